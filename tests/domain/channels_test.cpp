#include <gtest/gtest.h>

#include "bot/domain/cards.hpp"
#include "bot/domain/reminders.hpp"
#include "tests/domain/support.hpp"

// An incident's own channel, the digest channel, and the buttons that save typing.

namespace hotfixd::testing {
namespace {

namespace cmd = command;

TEST(Channels, ItsOwnHasThosePeopleAndLinksThatTheRunBrings) {
  auto policy = team();
  policy.invite = {"@oncall", "erin"};
  Story run(policy);
  run.type("alice", cmd::Declare{.severity = Severity::sev2, .summary = "500s on /checkout!", .new_channel = true});
  EXPECT_EQ(run.incident.channel, "#hf-1-500s-on-checkout");
  EXPECT_EQ(run.asked(),
            "create #hf-1-500s-on-checkout (HF-1 sev-2 500s on /checkout!)\n"
            "furnish #hf-1-500s-on-checkout +alice +erin +@oncall");
  run.type("alice", cmd::AssignRole{Role::scribe, person("bob")});
  EXPECT_EQ(run.asked(), "furnish #hf-1-500s-on-checkout +bob");
  run.type("alice", cmd::AssignRole{Role::owner, person("bob")});
  EXPECT_EQ(run.asked(), "") << "bob is in already";
  run.type("alice", cmd::SetSeverity{Severity::sev1, "everybody"});
  EXPECT_EQ(run.asked(), "furnish #hf-1-500s-on-checkout topic (HF-1 sev-1 500s on /checkout!)");
  run.type("alice", cmd::Branch{"x", {}, {}}).input(result::BranchCut{"shop", "hotfix/x", "v2.4.7", "base", "v2.4.8"});
  run.type("bob", cmd::PullRequest{7, "https://forge.example/7", "null check", {}});
  EXPECT_EQ(run.asked(), "furnish #hf-1-500s-on-checkout [PR #7](https://forge.example/7)");
}

TEST(Channels, WhereItWasDeclaredNobodyIsInvited) {
  Story run;
  EXPECT_EQ(run.declared().asked(), "");
  EXPECT_EQ(run.type("alice", cmd::AssignRole{Role::scribe, person("bob")}).asked(), "");
}

TEST(Channels, APrivateOneSaysNothingByItsName) {
  auto policy = team();
  policy.digest = "#digest";
  Story run(policy);
  run.context.channel = "slack:T1:C2";
  run.type("alice", cmd::Declare{.severity = Severity::sev1, .summary = "keys leaked", .private_channel = true});
  EXPECT_EQ(run.asked(),
            "create private slack:T1:#hf-1-private (HF-1 sev-1 keys leaked)\nfurnish slack:T1:#hf-1-private +alice");
  EXPECT_TRUE(run.incident.private_channel);
  for (const auto& e : run.last.effects)
    if (const auto* show = std::get_if<effect::ShowMessage>(&e)) EXPECT_EQ(show->channel, "slack:T1:#hf-1-private");
}

std::string digest_of(const Story& run) {
  for (const auto& e : run.last.effects)
    if (const auto* show = std::get_if<effect::ShowMessage>(&e); show != nullptr && show->slot == "HF-1/digest")
      return show->channel + ": " + text(show->message);
  return {};
}

TEST(Channels, TheDigestHasOneLineThatFollows) {
  auto policy = team();
  policy.digest = "#digest";
  Story run(policy);
  EXPECT_EQ(digest_of(run.declared()),
            "#digest: HF-1 sev-2 500s spiking on /checkout: declared, commander alice, in #incidents");
  EXPECT_EQ(digest_of(run.type("bob", cmd::Note{std::nullopt, "looking"})), "") << "nothing that it shows changed";
  EXPECT_EQ(digest_of(run.type("alice", cmd::Resolve{"rolled back"})),
            "#digest: HF-1 sev-2 500s spiking on /checkout: resolved, commander alice, in #incidents");
}

TEST(Channels, WhoTypesElsewhereIsAnswered) {
  Story run;
  run.declared();
  run.type("alice", cmd::Mitigate{Mitigation::rollback, "v2.4.6", "it worked"});
  EXPECT_FALSE(run.last.reply) << "the channel is told, and alice is there";
  run.context.channel = "#elsewhere";
  run.type("alice", cmd::Mitigate{Mitigation::rollback, "v2.4.5", "that one failed"});
  ASSERT_TRUE(run.last.reply);
  EXPECT_EQ(text(run.last.reply->message), "alice chose rollback: v2.4.5 (that one failed)");
  run.type("alice", cmd::Branch{"x", {}, {}});
  ASSERT_TRUE(run.last.reply);
  EXPECT_EQ(text(run.last.reply->message),
            "Git is asked first; it may be refused. What comes of it is said here and in #incidents.");
  run.type("alice", cmd::Close{});
  ASSERT_TRUE(run.last.reply);
  EXPECT_TRUE(text(run.last.reply->message).ends_with("/hotfix HF-1 assess not-a-hotfix <why>"));
}

// What the last input has posted there, each message with who is pinged.
std::string told_in(const Story& run, const ChannelId& channel) {
  std::string all;
  for (const auto& e : run.last.effects)
    if (const auto* show = std::get_if<effect::ShowMessage>(&e); show != nullptr && show->channel == channel)
      all += (all.empty() ? "" : "\n") + text(show->message);
  return all;
}

TEST(Channels, WhatGitDecidesIsSaidWhereItWasAsked) {
  const auto elsewhere = [](Story& run) -> Story& {
    run.context.channel = "slack:T1:C9";
    return run;
  };
  Story tag;
  elsewhere(tag.cut().git(facts("h1", {{"main"}}))).type("alice", cmd::Tag{}).git(facts("h1", {{"main"}}));
  EXPECT_TRUE(told_in(tag, "slack:T1:C9").starts_with("@alice Tag v2.4.8 refused\n")) << told_in(tag, "slack:T1:C9");
  EXPECT_TRUE(told_in(tag, "slack:T1:C9").contains("/hotfix HF-1 override ")) << told_in(tag, "slack:T1:C9");
  EXPECT_TRUE(told_in(tag, "#incidents").contains("Tag v2.4.8 refused\n"));

  Story pushed;
  elsewhere(pushed.reviewed()).type("alice", cmd::Tag{}).git(facts("h1", {{"main"}}));
  EXPECT_EQ(told_in(pushed, "slack:T1:C9"), "") << "not pushed yet";
  auto failed = pushed;
  pushed.input(result::TagPushed{"shop", "v2.4.8", "h1"});
  EXPECT_EQ(told_in(pushed, "slack:T1:C9"), "@alice v2.4.8 tagged at h1. Deploy it, then /hotfix HF-1 deployed v2.4.8");
  failed.input(result::TagFailed{"shop", "v2.4.8", {Problem::Kind::refused, "tags are frozen", "Ask the owner.", {}}});
  EXPECT_EQ(told_in(failed, "slack:T1:C9"), "@alice Tag v2.4.8 refused: tags are frozen\nAsk the owner.");

  Story branch;
  elsewhere(branch.declared()).type("alice", cmd::Branch{"x", {}, {}});
  auto taken = branch;
  branch.input(result::BranchCut{"shop", "hotfix/x", "v2.4.7", "base", "v2.4.8"});
  EXPECT_TRUE(told_in(branch, "slack:T1:C9").starts_with("@alice hotfix/x cut from v2.4.7 at base"));
  taken.input(result::BranchFailed{"shop", "hotfix/x", {Problem::Kind::exists_elsewhere, "it exists", "Rename.", {}}});
  EXPECT_EQ(told_in(taken, "slack:T1:C9"), "@alice Branch hotfix/x refused: it exists\nRename.");

  Story ci;
  elsewhere(ci.cut().git(facts("h1"))).type("bob", cmd::Ci{CheckState::passed, {}, {}, {}}).git(facts("h1"));
  EXPECT_EQ(told_in(ci, "slack:T1:C9"), "@bob Noted: CI on h1 passed.");
  ci.type("bob", cmd::Approve{}).git(facts("h2"));
  EXPECT_EQ(told_in(ci, "slack:T1:C9"),
            "@bob hotfix/checkout-500 moved from h1 to h2 meanwhile: bob, look at h2 and type /hotfix HF-1 approve "
            "again.");
  ci.type("bob", cmd::Approve{}).git(facts("h2"));
  EXPECT_EQ(told_in(ci, "slack:T1:C9"), "@bob Noted: you approved h2.");
  ci.type("bob", cmd::Approve{}).input(result::ObserveFailed{"shop", {Problem::Kind::unreachable, "no", "Wait.", {}}});
  EXPECT_EQ(told_in(ci, "slack:T1:C9"),
            "@bob approve is not decided: git says no. Type it again: /hotfix HF-1 approve");

  Story close;
  close.deployed().type("alice", cmd::Resolve{"over"});
  elsewhere(close).type("alice", cmd::Close{});
  EXPECT_TRUE(text(close.last.reply->message).starts_with("Git is asked first"));
  close.git(facts("h1", {{"main"}, {"develop"}}));
  EXPECT_TRUE(told_in(close, "slack:T1:C9").starts_with("@alice Close refused: ")) << told_in(close, "slack:T1:C9");
  for (const auto& e : close.last.effects)
    if (const auto* show = std::get_if<effect::ShowMessage>(&e); show != nullptr && show->channel == "slack:T1:C9")
      EXPECT_TRUE(show->slot.starts_with("HF-1/answer/") && show->ping) << show->slot;
}

TEST(Channels, TheVerdictOfAPrivateOneIsNotSaidElsewhere) {
  Story run;
  run.type("alice", cmd::Declare{.severity = Severity::sev1, .summary = "wages leaked", .private_channel = true});
  run.context.channel = "#elsewhere";
  run.type("alice", cmd::Branch{});
  EXPECT_EQ(text(run.last.reply->message),
            "Git is asked first; it may be refused. What comes of it is said in #hf-1-private.");
  run.input(result::BranchCut{"shop", "hotfix/hf-1", "v2.4.7", "base", "v2.4.8"});
  EXPECT_EQ(told_in(run, "#elsewhere"), "");
}

TEST(Channels, WhatIsShownInTheChannelIsAnsweredWhereItWasTyped) {
  Story run;
  run.cut().git(facts("h1")).context.channel = "#elsewhere";
  run.type("alice", cmd::Override{"ci", "runners are down", {}});
  ASSERT_TRUE(run.last.reply);
  EXPECT_TRUE(text(run.last.reply->message).contains("/hotfix HF-1 override ")) << text(run.last.reply->message);
}

// A command in a span of its own gets the incident's id where it is shown elsewhere, all of them in one span too.
TEST(Channels, EveryCommandOfAMessageIsNamed) {
  EXPECT_EQ(text(named({{{code("read /hotfix rca show, then /hotfix rca approve"), plain(" "), code("/hotfix HF-1 tag"),
                          code("/hotfix declare x")}},
                        {}},
                       "HF-1")),
            "read /hotfix HF-1 rca show, then /hotfix HF-1 rca approve /hotfix HF-1 tag/hotfix declare x");
  Story run;
  run.deployed().context.channel = "#elsewhere";
  run.type("bob", cmd::RcaSet{RcaField::impact, "checkout"});
  EXPECT_TRUE(text(run.last.reply->message).ends_with(" to go: /hotfix HF-1 rca show"));
  run.type("bob", cmd::ActionList{});
  EXPECT_EQ(text(run.last.reply->message),
            "No action items. Add one: /hotfix HF-1 action add <text> --owner @person --due 2w");
}

TEST(Channels, TheDigestChannelItselfNeedsNone) {
  auto policy = team();
  policy.digest = "#incidents";
  Story run(policy);
  EXPECT_EQ(digest_of(run.declared()), "");
}

TEST(Channels, WhatIsPushedSaysNothingOfAPrivateIncident) {
  Story run;
  run.type("alice", cmd::Declare{.severity = Severity::sev1, .summary = "wages leaked", .private_channel = true});
  run.type("alice", cmd::Branch{});
  EXPECT_EQ(run.asked(), "cut shop hotfix/hf-1 from '' known ''");
  run.input(result::BranchCut{"shop", "hotfix/hf-1", "v2.4.7", "base", "v2.4.8"}).git(facts("h1", {{"main"}}));
  for (const char* gate : {"ci", "approvals"}) {
    run.type("alice", cmd::AssignRole{Role::releaser, person("bob")}).type("bob", cmd::Override{gate, "now", {}});
    run.type("alice", cmd::ConfirmOverride{});
  }
  run.type("alice", cmd::Tag{}).git(facts("h1", {{"main"}}));
  EXPECT_EQ(run.asked(), "push shop v2.4.8 h1: HF-1");
}

TEST(Channels, WithoutOneOfItsOwnItGoesOnWhereItWasDeclared) {
  Story run;
  run.type("alice", cmd::Declare{.severity = Severity::sev2, .summary = "slow", .new_channel = true});
  run.input(result::ChannelFailed{{Problem::Kind::credentials, "the scope is missing", "add it", {}}});
  EXPECT_EQ(run.incident.channel, "#incidents");
  EXPECT_TRUE(
      run.shown().contains("@alice HF-1 goes on here: its own channel could not be made: the scope is missing. "
                           "add it"))
      << run.shown();
}

TEST(Channels, APrivateOneThatCannotBeMadeIsSaidWithoutAWordOfIt) {
  Story run;
  run.type("alice", cmd::Declare{.severity = Severity::sev1, .summary = "keys leaked", .private_channel = true});
  run.input(result::ChannelFailed{{Problem::Kind::refused, "restricted_action", "", {}}});
  EXPECT_EQ(run.incident.channel, "#hf-1-private");
  int said = 0;
  for (const auto& e : run.last.effects)
    if (const auto* show = std::get_if<effect::ShowMessage>(&e); show != nullptr && show->channel == "#incidents") {
      ++said;
      EXPECT_FALSE(text(show->message).contains("keys leaked"));
    }
  EXPECT_EQ(said, 1);
}

TEST(Channels, WhatIsDeclaredWhereAPrivateOneWasIsPrivateToo) {
  auto policy = team();
  policy.digest = "#digest";
  Story run(policy);
  run.context.private_place = true;
  run.type("alice", cmd::Declare{.severity = Severity::sev1, .summary = "leaked again"});
  EXPECT_TRUE(run.incident.private_channel);
  EXPECT_FALSE(run.incident.own_channel);
  EXPECT_EQ(run.asked(), "");
}

TEST(Channels, WhoReopensInItHasOpenedItAgain) {
  auto policy = team();
  policy.archive_after = Minutes{1};
  Story run(policy);
  run.type("alice", cmd::Declare{.severity = Severity::sev2, .summary = "slow", .new_channel = true});
  run.type("alice", cmd::Assess{Assessment::not_a_hotfix, "a cache"}).at("23:00").tick();
  EXPECT_TRUE(run.incident.archived);
  run.context.channel = run.incident.channel;
  run.type("alice", cmd::Reopen{"it is back"});
  EXPECT_FALSE(run.incident.archived);
}

TEST(Channels, ItsOwnIsArchivedSomeTimeAfterTheEnd) {
  auto policy = team();
  policy.archive_after = std::chrono::hours{24};
  Story run(policy);
  run.type("alice", cmd::Declare{.severity = Severity::sev2, .summary = "slow", .new_channel = true});
  run.at("22:00").type("alice", cmd::Assess{Assessment::not_a_hotfix, "a cache"});
  EXPECT_EQ(next_wake(run.incident, policy, run.context.now), at("2026-11-15T22:00:00Z"));
  EXPECT_EQ(run.at("2026-11-15T21:59:59Z").tick().all(), "");
  EXPECT_EQ(run.at("2026-11-15T22:00:00Z").tick().all(), "channel archived\narchive #hf-1-slow");
  EXPECT_EQ(run.at("2026-11-17T22:00:00Z").tick().all(), "") << "once";
  EXPECT_EQ(next_wake(run.incident, policy, run.context.now), std::nullopt);
}

TEST(Channels, OneThatPeopleWriteInIsNotArchived) {
  auto policy = team();
  policy.archive_after = Minutes{1};
  Story run(policy);
  run.declared().type("alice", cmd::Assess{Assessment::not_a_hotfix, "a cache"});
  EXPECT_EQ(next_wake(run.incident, policy, run.context.now), std::nullopt);
}

TEST(Channels, WhatComesAfterTheArchiveIsSaidInTheDigestChannel) {
  auto policy = team();
  policy.digest = "#digest";
  policy.archive_after = Minutes{1};
  Story run(policy);
  run.type("alice", cmd::Declare{.severity = Severity::sev2, .summary = "slow", .new_channel = true});
  run.input(chat::Archived{true}, person("bob"));
  EXPECT_EQ(run.all(), "channel archived\nentry 2 archived the channel");
  run.type("alice", cmd::SetSeverity{Severity::sev1, "everybody"});
  std::string where;
  for (const auto& e : run.last.effects)
    if (const auto* show = std::get_if<effect::ShowMessage>(&e); show != nullptr && show->slot.contains("/say/"))
      where = show->channel;
  EXPECT_EQ(where, "#digest");
}

// deployed() leaves merge-backs and a verification to alice.
TEST(People, WhatAClosedAccountOwesGoesToTheCommander) {
  Story run;
  run.deployed().type("bob", cmd::AssignRole{Role::owner, person("dave")});
  run.type("alice", cmd::ActionAdd{"a test", person("dave"), {}, {}});
  run.input(result::PersonKnown{person("dave"), "Europe/Berlin", false});
  EXPECT_EQ(run.recorded(), "dave is in Europe/Berlin, account closed\nreassigned action:A1 alice");
  EXPECT_EQ(run.shown(), "@alice the account of dave is closed; what was owed is yours now: A1: a test.");
  run.input(result::PersonKnown{person("dave"), "Europe/Berlin", false});
  EXPECT_EQ(run.all(), "") << "known";
  run.input(result::PersonKnown{person("alice"), "", false});
  EXPECT_TRUE(run.shown().contains("The account of alice is closed and nobody answers for")) << run.shown();
}

TEST(People, AreAskedAboutWhenTheyFirstOweSomethingAndWithEveryPing) {
  const auto asked = [](const Story& run) {
    std::string who;
    for (const auto& e : run.last.effects)
      if (std::holds_alternative<effect::AskPerson>(e)) who += text(e) + "\n";
    return who;
  };
  Story run;
  run.deployed();
  EXPECT_EQ(asked(run), "ask about alice\n");
  run.type("alice", cmd::Resolve{"over"});
  EXPECT_EQ(asked(run), "");
}

TEST(People, QuietHoursAreThoseOfTheZoneThatTheChatKnows) {
  auto policy = team();
  policy.zone = "UTC";
  policy.quiet = {Minutes{22 * 60}, Minutes{8 * 60}};
  Story run(policy);
  run.deployed().type("alice", cmd::Resolve{"over"});
  const auto late = at("2026-11-16T23:00:00Z");
  const auto rca = *run.incident.obligation("rca");
  const auto before = next_ping(rca, run.incident, policy, late);
  EXPECT_EQ(before, at("2026-11-17T08:00:00Z"));
  run.input(result::PersonKnown{person("alice"), "America/New_York", true});
  EXPECT_EQ(next_ping(rca, run.incident, policy, late), late) << "18:00 there";
  run.policy.people = {{.person = person("alice"), .zone = "Europe/Berlin"}};
  EXPECT_EQ(next_ping(rca, run.incident, run.policy, late), at("2026-11-17T07:00:00Z")) << "configured";
}

TEST(People, AGroupMayHoldTheReleases) {
  auto policy = team();
  policy.releasers = {"@release"};
  Story run(policy);
  run.cut().git(facts("h1", {{"main"}})).type("bob", cmd::Override{"ci", "runners down", {}});
  EXPECT_TRUE(run.last.reply->refused);
  run.context.groups = std::make_shared<const std::map<std::string, std::vector<Person>>>(
      std::map<std::string, std::vector<Person>>{{"@release", {person("bob")}}});
  run.type("bob", cmd::Override{"ci", "runners down", {}});
  EXPECT_FALSE(run.last.reply && run.last.reply->refused);
  run.type("alice", cmd::AssignRole{Role::releaser, person("carol")});
  EXPECT_EQ(run.answer(), "refused: carol is not among the configured releasers: @release.");
}

std::string buttons(const Story& run) {
  Message m;
  m.buttons = next_buttons(run.incident, run.policy);
  return text(m);
}

TEST(Buttons, OfferWhatIsSensibleNext) {
  Story run;
  run.declared();
  EXPECT_EQ(buttons(run), "[Reproduced: assess ]\n[Timeline: timeline ]");
  run.type("alice", cmd::Mitigate{Mitigation::hotfix, "null check", "no flag for it"});
  EXPECT_EQ(buttons(run), "[Reproduced: assess ]\n[Cut the branch: branch ]\n[Timeline: timeline ]");
  Story reviewed;
  reviewed.cut().git(facts("h1", {{"main"}}));
  EXPECT_EQ(buttons(reviewed), "[Approve h1: approve shop@h1]\n[Timeline: timeline ]");
  Story ready;
  ready.reviewed();
  EXPECT_EQ(buttons(ready), "[Tag v2.4.8: tag shop@h1]\n[Timeline: timeline ]");
  Story over;
  over.deployed().type("alice", cmd::Resolve{"over"});
  EXPECT_EQ(buttons(over), "[Start the RCA: rca ]\n[Carry the fix forward: forward ]\n[Timeline: timeline ]");
}

TEST(Buttons, DoWhatTheVerbDoes) {
  Story pressed, typed;
  pressed.reviewed().at("21:42").input(chat::Pressed{"tag", "shop@h1"}, person("alice"));
  typed.reviewed().at("21:42").type("alice", cmd::Tag{{}, "shop"});
  EXPECT_EQ(pressed.all(), typed.all());
  EXPECT_EQ(pressed.asked(), typed.asked());
  EXPECT_EQ(pressed.asked(), "observe shop");

  Story author;
  author.reviewed().input(chat::Pressed{"approve", "shop@h1"}, person("dave"));
  EXPECT_EQ(author.answer(), "refused: You wrote this fix: 2 other people must approve it.");
}

TEST(Buttons, OneMeantForAnEarlierHeadIsRefused) {
  Story run;
  run.reviewed().git(facts("h2", {{"main"}}));
  for (const char* verb : {"tag", "approve"}) {
    run.input(chat::Pressed{verb, "shop@h1"}, person("alice"));
    EXPECT_EQ(run.all(),
              "refused: The branch moved on to h2 since that was shown: look at it again.\n"
              "Type: /hotfix status");
  }
  run.input(chat::Pressed{"tag", "nowhere"}, person("alice"));
  EXPECT_EQ(run.all(), "refused: The branch moved on since that was shown: look at it again.\nType: /hotfix status");
}

TEST(Buttons, AMachineApprovesNothing) {
  Story run;
  run.reviewed().input(chat::Pressed{"approve", "shop@h1"}, person("pager"));
  EXPECT_EQ(run.all(), "refused: pager is an alert source: a person has to type that.");
}

}  // namespace
}  // namespace hotfixd::testing
