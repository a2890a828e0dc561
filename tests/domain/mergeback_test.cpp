#include <gtest/gtest.h>

#include "bot/domain/deploys.hpp"
#include "tests/domain/support.hpp"

// The fix must be on every line, and stay there.

namespace hotfixd::testing {
namespace {

namespace cmd = command;

Story& resolved(Story& run) { return run.deployed().type("alice", cmd::Resolve{"quiet"}).rca(); }

TEST(MergeBack, SquashThenRevertOpensItAgain) {
  Story run;
  resolved(run).at("22:10").git(facts("h1", {{"main", Verdict::present, "m2", false, "squashed as m2"}, {"develop"}}));
  EXPECT_EQ(run.recorded(), "judged shop main m2 PRESENT: squashed as m2\nmet merge-back:shop:main: squashed as m2");
  run.at("22:20").git(facts("h1", {{"main", Verdict::regressed, "m3", false, "reverted by m3"}, {"develop"}}));
  EXPECT_EQ(run.all(),
            "judged shop main m3 REGRESSED: reverted by m3\n"
            "reopened merge-back:shop:main: reverted by m3\n"
            "@alice HF-1: merge back to main is open again: reverted by m3");
  run.type("alice", cmd::Close{})
      .git(facts("h1", {{"main", Verdict::regressed, "m3", false, "reverted by m3"}, {"develop", Verdict::present}}));
  EXPECT_EQ(run.shown(),
            "Close refused: 1 thing is open in HF-1\n"
            "• merge back to main [merge-back:shop:main] alice, open 0s, due Sun 15 Nov 22:20: git switch main && git "
            "cherry-pick v2.4.7..v2.4.8 && git push\n"
            "main: reverted by m3");
}

TEST(MergeBack, ARevertAfterCloseReopensTheIncident) {
  Story run;
  const auto there = facts("h1", {{"main", Verdict::present, "m2"}, {"develop", Verdict::present, "d2"}});
  resolved(run).git(there).type("alice", cmd::Close{}).git(there);
  ASSERT_EQ(run.incident.status(), Status::closed);
  run.at("2026-11-20T10:00:00Z")
      .git(facts("h1",
                 {{"main", Verdict::present, "m2"}, {"develop", Verdict::regressed, "d3", false, "reverted by d3"}}));
  EXPECT_EQ(run.all(),
            "judged shop develop d3 REGRESSED: reverted by d3\n"
            "reopened merge-back:shop:develop: reverted by d3\n"
            "incident reopened: open again: merge back to develop\n"
            "@alice HF-1: merge back to develop is open again: reverted by d3");
  EXPECT_EQ(run.incident.status(), Status::resolved);
  run.git(there).type("alice", cmd::Close{}).git(there);
  EXPECT_EQ(run.incident.status(), Status::closed);
}

TEST(MergeBack, AnAcknowledgementHoldsUntilTheFilesChange) {
  Story run;
  resolved(run).at("22:10").git(facts("h1", {{"main", Verdict::adapted, "m2"}, {"develop"}}));
  run.type("bob", cmd::MergeBackAck{"main", "", {}});
  EXPECT_EQ(run.answer(), "refused: Say what you looked at.\nType: /hotfix mergeback ack main <why>");
  run.type("bob", cmd::MergeBackAck{"trunk", "x", {}});
  EXPECT_EQ(run.answer(), "refused: 'trunk' is not a merge-back target. There are: develop, main.");
  run.type("bob", cmd::MergeBackAck{"develop", "x", {}});
  EXPECT_EQ(run.answer(),
            "refused: develop is ABSENT: ABSENT. That is for merging, not for acknowledging.\nType: /hotfix override "
            "merge-back:shop:develop <why>");
  run.at("22:15").type("bob", cmd::MergeBackAck{"main", "read the resolution", {}});
  EXPECT_EQ(run.all(),
            "Noted for main at m2. It is asked again when those files change there.\n"
            "acknowledged main m2: read the resolution\n"
            "met merge-back:shop:main: ADAPTED acknowledged by bob: read the resolution");
  EXPECT_EQ(run.incident.obligation("merge-back:shop:main")->met_at, at("22:15"));
  run.git(facts("h1", {{"main", Verdict::adapted, "m3"}, {"develop"}}));
  EXPECT_EQ(run.recorded(), "judged shop main m3 ADAPTED: ADAPTED");
  run.git(facts("h1", {{"main", Verdict::adapted, "m4", true}, {"develop"}}));
  EXPECT_EQ(
      run.recorded(),
      "acknowledgement void main m4\njudged shop main m4 ADAPTED: ADAPTED\nreopened merge-back:shop:main: ADAPTED");
  run.git(facts("h1", {{"main", Verdict::present, "m5"}, {"develop"}})).type("bob", cmd::MergeBackAck{"main", "x", {}});
  EXPECT_EQ(run.answer(), "refused: main has it already: PRESENT.");
}

TEST(MergeBack, AnAcknowledgementIsForTheWorkAndTheVerdictThatWereThere) {
  Story before;  // there is no fix yet
  before.cut().git(facts("base", {{"main", Verdict::unknown}})).type("bob", cmd::MergeBackAck{"main", "fine", {}});
  EXPECT_EQ(before.answer(),
            "refused: There is no commit on hotfix/checkout-500 yet, so there is nothing to acknowledge.");
  Story moved;  // the fix changed afterwards
  moved.cut().git(facts("h1", {{"main", Verdict::unknown}})).type("bob", cmd::MergeBackAck{"main", "fine", {}});
  EXPECT_TRUE(moved.incident.hotfixes.front().merge_backs.at("main").settled());
  moved.git(facts("h2", {{"main", Verdict::unknown}}));
  EXPECT_FALSE(moved.incident.hotfixes.front().merge_backs.at("main").settled());
  Story second;  // another tag of the same hotfix
  resolved(second).git(facts("h1", {{"main", Verdict::adapted}, {"develop"}}));
  second.type("bob", cmd::MergeBackAck{"main", "read it", {}});
  auto more = facts("h2", {{"main", Verdict::adapted}, {"develop"}});
  more.tag = "v2.4.9";
  more.tag_sha = "h2";
  second.git(more);
  EXPECT_FALSE(second.incident.hotfixes.front().merge_backs.at("main").settled());
  Story verdict;  // something else is said of the line now
  resolved(verdict).git(facts("h1", {{"main", Verdict::unknown}, {"develop"}}));
  verdict.type("bob", cmd::MergeBackAck{"main", "looked", {}});
  verdict.git(facts("h1", {{"main", Verdict::changed_since}, {"develop"}}));
  EXPECT_FALSE(verdict.incident.hotfixes.front().merge_backs.at("main").settled());
}

// Whoever brought it there: it is shipped with whatever is shipped from that line.
TEST(MergeBack, AFixThatIsOnOneLineIsOwedToTheOthers) {
  Story run;
  const auto there = facts("h1", {{"main", Verdict::present, "m1"}, {"develop"}});
  run.cut().git(there).type("alice", cmd::Assess{Assessment::not_a_hotfix, "no"});
  EXPECT_EQ(run.answer(),
            "refused: A hotfix was already shipped here: it must be merged back and reviewed.\nType: /hotfix close");
  run.type("alice", cmd::Resolve{"quiet"}).rca().git(there).type("alice", cmd::Close{}).git(there);
  EXPECT_EQ(run.incident.status(), Status::resolved);
  EXPECT_EQ(run.incident.obligation("merge-back:shop:develop")->state, ObligationState::open);

  Story deployed;  // main's own commit goes to production
  deployed.cut().git(there).forge(
      forge::Deployment{"main", "m1", "production", {}, forge::Deployment::State::succeeded}, "bob");
  EXPECT_EQ(deployed.incident.hotfixes.front().environments, std::vector<std::string>{"production"});
  EXPECT_TRUE(deployed.recorded().starts_with("deployed main production\n")) << deployed.recorded();
  Story said;
  said.cut().git(there).type("alice", cmd::DeployedTag{"v2.5.0", "", ""}).git(there);
  EXPECT_TRUE(said.recorded().contains("deployed v2.5.0 production")) << said.recorded();
}

TEST(MergeBack, WhatLandsAfterTheEndIsARegularChange) {
  Story run;
  run.cut().git(facts("h1", {{"main"}})).type("alice", cmd::Assess{Assessment::not_a_hotfix, "can wait"});
  run.git(facts("h1", {{"main", Verdict::present}, {"develop"}}));
  EXPECT_EQ(run.incident.status(), Status::not_a_hotfix);
  EXPECT_TRUE(run.incident.obligations.empty());
}

TEST(MergeBack, ATagOnTheMergeOfTheHeadShipsTheHead) {
  Story run;
  run.reviewed();
  auto there = facts("h1", {{"main", Verdict::adapted, "m1"}, {"develop"}});
  run.git(there).type("bob", cmd::MergeBackAck{"main", "read it", {}});
  there.tag = "v2.4.8";
  there.tag_sha = "m1";
  run.git(there);
  EXPECT_FALSE(run.incident.hotfixes.front().taggable());
  EXPECT_TRUE(run.incident.hotfixes.front().merge_backs.at("main").settled());
  there.tag = "v2.4.9";  // of a later release, which contains it
  there.tag_sha = "m5";
  run.git(there);
  EXPECT_EQ(run.recorded(), "");
}

TEST(MergeBack, ALineThatIsGoneIsForAPersonToJudge) {
  Story run;
  resolved(run).git(facts("h1", {{"main", Verdict::present, "m2"}}));
  EXPECT_EQ(run.recorded(),
            "judged shop develop t1 MOOT: develop is gone from the origin\n"
            "judged shop main m2 PRESENT: PRESENT\n"
            "met merge-back:shop:main: PRESENT");
  run.type("alice", cmd::Close{}).git(facts("h1", {{"main", Verdict::present, "m2"}}));
  EXPECT_EQ(run.shown(),
            "Close refused: 1 thing is open in HF-1\n"
            "• merge back to develop [merge-back:shop:develop] alice, open 0s, due Sun 15 Nov 21:43: /hotfix mergeback "
            "ack develop <why>\n"
            "develop: develop is gone from the origin");
  run.type("bob", cmd::MergeBackStatus{}).git(facts("h1", {{"main", Verdict::present, "m2"}}));
  EXPECT_EQ(run.shown(),
            "shop v2.4.8\n"
            "✗ develop: MOOT develop is gone from the origin; when nothing is released from it any more: "
            "/hotfix mergeback ack develop <why>\n"
            "✓ main: PRESENT PRESENT");
  run.type("bob", cmd::MergeBackAck{"develop", "never released", {}})
      .type("alice", cmd::Close{})
      .git(facts("h1", {{"main", Verdict::present, "m2"}}));
  EXPECT_EQ(run.incident.status(), Status::closed);
}

TEST(MergeBack, APullRequestIntoALineThatIsGoneIsNoWayToEndIt) {
  Story run;
  resolved(run);
  auto& port = run.incident.hotfixes.front().forward_ports["develop"];
  port = {.branch = "hotfix-forward/checkout-500-to-develop", .sha = "s", .number = 8};
  const auto step = [&] {
    return what_to_do(*run.incident.obligation("merge-back:shop:develop"), run.incident, run.policy);
  };
  EXPECT_EQ(step(), "merge PR #8");
  run.git(facts("h1", {{"main", Verdict::present, "m2"}}));
  EXPECT_EQ(step(), "/hotfix mergeback ack develop <why>");
}

TEST(MergeBack, ALineThatIsGoneAfterItHadTheFixIsToldAndOwesNothing) {
  Story run;
  const HotfixFacts all = facts("h1", {{"main", Verdict::present, "m2"}, {"develop", Verdict::adapted, "d2"}});
  resolved(run).git(all).type("bob", cmd::MergeBackAck{"develop", "same null check", {}}).git(all);
  run.git(facts("h1", {}));
  EXPECT_EQ(run.recorded(),
            "judged shop develop d2 ADAPTED: develop is gone from the origin\n"
            "judged shop main m2 PRESENT: it had the fix, and main is gone from the origin");
  EXPECT_EQ(run.incident.obligation("merge-back:shop:main")->state, ObligationState::met);
  EXPECT_EQ(run.incident.obligation("merge-back:shop:develop")->state, ObligationState::met);
  run.git(facts("h1", {}));
  EXPECT_EQ(run.recorded(), "") << "said once";
  run.type("bob", cmd::MergeBackStatus{}).git(facts("h1", {}));
  EXPECT_EQ(run.shown(),
            "shop v2.4.8\n"
            "✓ develop: ADAPTED develop is gone from the origin\n"
            "  acknowledged by bob at d2: same null check\n"
            "✓ main: PRESENT it had the fix, and main is gone from the origin");
  run.git(all);  // both are there again
  EXPECT_EQ(run.recorded(), "judged shop main m2 PRESENT: PRESENT\njudged shop develop d2 ADAPTED: ADAPTED");
}

TEST(MergeBack, ANewReleaseBranchOwesItToo) {
  Story run;
  resolved(run).git(facts(
      "h1",
      {{"main", Verdict::present, "m2"}, {"develop", Verdict::present, "d2"}, {"release/2.5", Verdict::absent, "r1"}}));
  EXPECT_EQ(run.recorded(),
            "judged shop main m2 PRESENT: PRESENT\n"
            "judged shop develop d2 PRESENT: PRESENT\n"
            "judged shop release/2.5 r1 ABSENT: ABSENT\n"
            "opened merge-back:shop:release/2.5 alice 2026-11-15T21:43:00Z\n"
            "met merge-back:shop:develop: PRESENT\n"
            "met merge-back:shop:main: PRESENT");
}

TEST(MergeBack, ALineThatCameLaterAndIsGoneAgainOwesNothing) {
  Story run;
  resolved(run).at("22:10").git(facts(
      "h1",
      {{"main", Verdict::present, "m2"}, {"develop", Verdict::present, "d2"}, {"release/2.5", Verdict::absent, "r1"}}));
  EXPECT_EQ(run.incident.obligation("merge-back:shop:release/2.5")->state, ObligationState::open);
  run.git(facts("h1", {{"main", Verdict::present, "m2"}, {"develop", Verdict::present, "d2"}}));
  EXPECT_EQ(run.incident.obligation("merge-back:shop:release/2.5")->state, ObligationState::met);
  // It comes again, and owes it again.
  run.git(facts(
      "h1",
      {{"main", Verdict::present, "m2"}, {"develop", Verdict::present, "d2"}, {"release/2.5", Verdict::absent, "r2"}}));
  EXPECT_EQ(run.incident.obligation("merge-back:shop:release/2.5")->state, ObligationState::open);
}

TEST(MergeBack, BindsTheNextReleasesUntilItIsTakenOutOrGivenUp) {
  const auto binds = [](const Story& run) {
    return binds_releases(run.incident, run.incident.hotfixes.front(), run.policy);
  };
  Story run;
  run.reviewed();
  EXPECT_FALSE(binds(run)) << "nothing shipped";
  resolved(run).git(facts("h1", {{"main", Verdict::present, "m2"}, {"develop", Verdict::present, "d2"}}));
  EXPECT_TRUE(binds(run));
  run.git(facts("h1", {{"main", Verdict::regressed, "m3"}, {"develop", Verdict::present, "d2"}}));
  EXPECT_TRUE(binds(run)) << "a loss that nobody agreed to";
  auto agreed = run;
  for (auto& o : agreed.incident.obligations)
    if (o.target == "main") o.state = ObligationState::overridden;
  EXPECT_FALSE(binds(agreed));
  auto elsewhere = run;
  for (auto& o : elsewhere.incident.obligations)
    if (o.target == "develop") o.state = ObligationState::overridden;
  EXPECT_TRUE(binds(elsewhere));
  auto back = run;
  back.incident.hotfixes.front().rolled_back_at = at("23:00");
  EXPECT_FALSE(binds(back));
}

// Of several pull requests into a line the one merged last says what the work is there, and a forward-port its own.
TEST(MergeBack, TheLandingIsTheOneMergedLast) {
  Story run;
  resolved(run);
  auto& h = run.incident.hotfixes.front();
  h.pull_requests.clear();
  h.pull_requests.push_back(
      {.number = 7, .base = "main", .open = false, .landing_sha = "m7", .merged_at = at("22:30")});
  h.pull_requests.push_back(
      {.number = 9, .base = "main", .open = false, .landing_sha = "m9", .merged_at = at("22:10")});
  h.forward_ports["develop"] = {.branch = "f", .sha = "s", .number = 8, .open = false, .landing_sha = "d8"};
  const auto landing = [&](const std::string& target) {
    for (const auto& known : observe(run.incident, h, run.policy)->known_targets)
      if (known.name == target) return known.landing_sha;
    return std::string("not asked");
  };
  EXPECT_EQ(landing("main"), "m7");
  EXPECT_EQ(landing("develop"), "d8");
  h.pull_requests.front().landing_sha = h.head;
  EXPECT_EQ(landing("main"), "") << "the forge did not say";
}

TEST(MergeBack, StatusAnswersWithTheVerdicts) {
  Story run;
  run.deployed()
      .type("bob", cmd::MergeBackStatus{})
      .git(facts("h1", {{"main", Verdict::present, "m2", false, "merged as m2"}, {"develop"}}));
  EXPECT_EQ(run.shown(), "shop v2.4.8\n✗ develop: ABSENT ABSENT\n✓ main: PRESENT merged as m2");
}

}  // namespace
}  // namespace hotfixd::testing
