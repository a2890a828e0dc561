#include <gtest/gtest.h>

#include "bot/domain/cards.hpp"
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

TEST(Channels, TheDigestChannelItselfNeedsNone) {
  auto policy = team();
  policy.digest = "#incidents";
  Story run(policy);
  EXPECT_EQ(digest_of(run.declared()), "");
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
