#include <gtest/gtest.h>

#include "tests/domain/support.hpp"

// Setting a gate or an obligation aside takes a role, a reason and a second person.

namespace hotfixd::testing {
namespace {

TEST(Overrides, NobodyTakesTheRoleThatMayAskForThem) {
  for (const auto role : {Role::releaser, Role::commander}) {
    Story run;
    run.declared().type("mallory", command::AssignRole{role, person("mallory")});
    EXPECT_TRUE(run.answer().starts_with("refused: Nobody makes himself ")) << run.answer();
    EXPECT_EQ(run.recorded(), "");
  }
}

namespace cmd = command;

Story& waiting(Story& run) {
  return run.cut().git(facts("h1")).at("21:30").type("alice", cmd::Override{"ci", "the runners are down", {}});
}

TEST(Overrides, ASecondPersonConfirms) {
  Story run;
  waiting(run);
  EXPECT_EQ(run.all(),
            "override asked O1 ci shop: the runners are down\n"
            "alice asks to override ci: the runners are down\n"
            "A second person confirms within 30m: /hotfix override confirm O1\n"
            "[Confirm: confirm HF-1/O1]\n[Decline: decline HF-1/O1]");
  run.type("alice", cmd::ConfirmOverride{"O1"});
  EXPECT_EQ(run.all(), "refused: You asked for it: a second person must confirm.");
  run.input(chat::Pressed{"confirm", "O1"}, person("alice"));
  EXPECT_EQ(run.all(), "refused: You asked for it: a second person must confirm.");
  run.type("pager", cmd::ConfirmOverride{"O1"});
  EXPECT_EQ(run.all(), "refused: pager is an alert source: a person has to type that.");
  run.input(chat::Pressed{"confirm", "O1"}, person("pager"));
  EXPECT_EQ(run.all(), "refused: Only a person can confirm an override.");
  run.type("bob", cmd::ConfirmOverride{"O9"});
  EXPECT_EQ(run.all(), "refused: Override O9 is not waiting for a second person.");
  run.input(chat::Pressed{"confirm", "O1"}, person("bob"));
  EXPECT_EQ(run.all(),
            "You confirmed what alice asked: ci is set aside.\noverride confirmed O1 by bob\nci overridden by alice "
            "and bob: the runners are down");
  run.type("carol", cmd::ConfirmOverride{""});
  EXPECT_EQ(run.all(), "refused: No override waits for a second person.");
}

// Whoever sits at the bot's own machine can type any name.
TEST(Overrides, AtATerminalBesideAnotherPlatformNobodyIsTheSecondPerson) {
  const std::string no =
      "refused: At this terminal nobody can be the second person: the name is only typed here. Do it in the channel.";
  Story run;
  waiting(run).context.unproven = true;
  EXPECT_EQ(run.type("bob", cmd::ConfirmOverride{"O1"}).all(), no);
  EXPECT_EQ(run.type("bob", cmd::Override{"ci", "I agree", {}}).all(), no);
  EXPECT_EQ(run.input(chat::Pressed{"confirm", "O1"}, person("bob")).all(), no);
  EXPECT_EQ(run.type("bob", cmd::Approve{}).all(), no);
  EXPECT_EQ(run.type("bob", cmd::RcaApprove{}).all(), no);
  run.context.unproven = false;
  EXPECT_EQ(run.type("bob", cmd::ConfirmOverride{"O1"}).recorded(), "override confirmed O1 by bob");
}

TEST(Overrides, TypingTheSameIsConfirming) {
  Story run;
  waiting(run).type("bob", cmd::Override{"ci", "I agree", {}});
  EXPECT_EQ(run.recorded(), "override confirmed O1 by bob");
}

TEST(Overrides, AnObligationHasSeveralNames) {
  Story run;
  run.deployed().type("alice", cmd::Override{"develop", "it is frozen", {}});
  EXPECT_EQ(run.recorded(), "override asked O1 merge-back:shop:develop : it is frozen");
  run.type("bob", cmd::Override{"merge-back:shop:develop", "I agree", {}});
  EXPECT_EQ(run.recorded(), "override confirmed O1 by bob");
}

TEST(Overrides, ForAnotherRepositoryIsNotTheSame) {
  Story run;
  waiting(run)
      .type("alice", cmd::Branch{"x", "api", {}})
      .input(result::BranchCut{"api", "hotfix/x", "v1.0.0", "base", "v1.0.1"});
  run.type("bob", cmd::Override{"ci", "that one too", "api"});
  EXPECT_EQ(run.all(),
            "refused: Only the releaser or the commander may ask for an override: ask alice, who commands here.");
}

TEST(Overrides, NeedARoleAndAReasonAndSomethingToOverride) {
  Story run;
  run.reviewed().type("bob", cmd::Override{"ci", "because", {}});
  EXPECT_EQ(run.all(),
            "refused: Only the releaser or the commander may ask for an override: ask alice, who commands here.");
  run.type("alice", cmd::Override{"ci", "", {}});
  EXPECT_EQ(run.all(), "refused: Say why.\nType: /hotfix override ci <why>");
  run.type("alice", cmd::Override{"ci", "because", {}});
  EXPECT_EQ(run.all(), "refused: Nothing to override: CI green on h1.\nType: /hotfix tag");
  run.type("alice", cmd::Override{"close", "because", {}});
  EXPECT_EQ(run.all(), "refused: Nothing keeps it open.\nType: /hotfix close");
  run.type("alice", cmd::Override{"rca", "because", {}});
  EXPECT_EQ(run.all(), "refused: HF-1 has no obligations yet.");
  run.policy.releasers = {"bob"};
  run.git(facts("h2")).type("bob", cmd::Override{"ci", "because", {}});
  EXPECT_EQ(run.recorded(), "override asked O1 ci shop: because");
}

TEST(Overrides, ExpireAndAreDeclined) {
  Story run;
  waiting(run).at("22:00:01").type("bob", cmd::ConfirmOverride{"O1"});
  EXPECT_EQ(run.all(), "refused: That override has expired; ask again.\nType: /hotfix override ci <why>");
  EXPECT_EQ(next_wake(run.incident, run.policy, at("21:31")), at("22:00"));
  run.tick();
  EXPECT_EQ(run.all(), "override declined O1\nThe override of ci expired: no second person confirmed.");
  run.type("alice", cmd::Override{"ci", "still down", {}}).type("carol", cmd::DeclineOverride{"O2"});
  EXPECT_EQ(run.all(), "override declined O2\nci not overridden (asked by alice: still down)");
  run.type("bob", cmd::ConfirmOverride{"O2"});
  EXPECT_EQ(run.all(), "refused: Override O2 is not waiting for a second person.");
}

TEST(Overrides, OfAnObligationAndOfAllThatIsOpen) {
  Story run;
  run.deployed().type("alice", cmd::Override{"develop", "it is frozen", {}}).type("bob", cmd::ConfirmOverride{"O1"});
  EXPECT_EQ(run.incident.obligation("merge-back:shop:develop")->evidence, "overridden by alice and bob: it is frozen");
  EXPECT_EQ(run.incident.obligation("merge-back:shop:main")->state, ObligationState::open);
  run.type("alice", cmd::Resolve{"over"})
      .type("alice", cmd::Override{"close", "the shop is sold", {}})
      .type("bob", cmd::ConfirmOverride{"O2"});
  EXPECT_EQ(run.incident.status(), Status::closing);
  run.type("alice", cmd::Close{}).git(facts("h1", {{"main"}, {"develop"}}));
  EXPECT_EQ(run.recorded(), "settled close shop yes\nclosed by alice");
}

}  // namespace
}  // namespace hotfixd::testing
