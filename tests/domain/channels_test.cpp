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
            "On its way. What comes of it is said in #incidents; here type: /hotfix HF-1 status");
  run.type("alice", cmd::Close{});
  ASSERT_TRUE(run.last.reply);
  EXPECT_TRUE(text(run.last.reply->message).ends_with("/hotfix HF-1 assess not-a-hotfix <why>"));
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
  EXPECT_EQ(buttons(over), "[Start the RCA: rca ]\n[Look at the merge-backs: mergeback ]\n[Timeline: timeline ]");
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
