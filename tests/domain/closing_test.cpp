#include <gtest/gtest.h>

#include "tests/domain/support.hpp"

// The RCA, action items, and the end of an incident.

namespace hotfixd::testing {
namespace {

using std::chrono::hours;
namespace cmd = command;

const HotfixFacts kMissing = facts("h1", {{"main"}, {"develop"}});
const HotfixFacts kMerged = facts("h1", {{"main", Verdict::present, "m2"}, {"develop", Verdict::present, "d2"}});

TEST(Closing, IsRefusedWithEverythingThatIsOpen) {
  Story run;
  run.deployed().at("22:01").type("alice", cmd::Resolve{"quiet"}).at("22:43").type("alice", cmd::Close{});
  EXPECT_EQ(run.all(), "asked close shop \nobserve shop");
  run.git(kMissing);
  EXPECT_EQ(run.all(),
            "settled close shop yes\n"
            "Close refused: 3 things are open in HF-1\n"
            "• merge back to develop [merge-back:shop:develop] alice, open 1h, due Sun 15 Nov 21:43: git switch "
            "develop && git merge v2.4.8 && git push\n"
            "• merge back to main [merge-back:shop:main] alice, open 1h, due Sun 15 Nov 21:43: git switch main && git "
            "merge v2.4.8 && git push\n"
            "• write the RCA [rca] alice, open 1h, due Tue 17 Nov 21:43: /hotfix rca set summary <text>\n"
            "develop: ABSENT\n"
            "main: ABSENT");
}

TEST(Closing, WithTheEvidence) {
  Story run;
  run.deployed().type("alice", cmd::Resolve{"quiet"}).rca().type("alice", cmd::Close{}).git(kMerged);
  EXPECT_EQ(run.recorded(),
            "judged shop main m2 PRESENT: PRESENT\n"
            "judged shop develop d2 PRESENT: PRESENT\n"
            "settled close shop yes\n"
            "met merge-back:shop:develop: PRESENT\n"
            "met merge-back:shop:main: PRESENT\n"
            "closed by alice");
  EXPECT_EQ(run.shown(), "HF-1 closed by alice.");
  EXPECT_EQ(run.incident.status(), Status::closed);
  EXPECT_EQ(next_wake(run.incident, run.policy, run.context.now), std::nullopt);
  EXPECT_TRUE(watched(run.incident, run.policy, run.context.now + hours{24 * 29}));
  EXPECT_FALSE(watched(run.incident, run.policy, run.context.now + hours{24 * 31}));
}

TEST(Closing, TheRcaIsDraftedFromTheRecord) {
  Story run;
  run.deployed().at("22:01").type("alice", cmd::Resolve{"quiet"}).type("bob", cmd::RcaStart{});
  EXPECT_EQ(run.incident.rca.fields.at(RcaField::summary),
            "500s spiking on /checkout (sev-2). Began 2026-11-14 21:05 UTC; v2.4.8 in production at 21:43; over at "
            "22:01 (56m): quiet.");
  EXPECT_TRUE(run.answer().contains("✗ impact")) << run.answer();
  EXPECT_TRUE(run.answer().contains("\n21:05 declared sev-2: 500s spiking on /checkout")) << run.answer();
  run.type("bob", cmd::RcaSet{RcaField::summary, "mine"}).type("bob", cmd::RcaStart{});
  EXPECT_EQ(run.incident.rca.fields.at(RcaField::summary), "mine");
}

TEST(Closing, RootCausesHaveAClosedListOfCategories) {
  for (const auto& [typed, category] : std::initializer_list<std::pair<const char*, const char*>>{
           {"regression test gap", "regression test gap"},
           {"1", "regression test gap"},
           {"8", "other"},
           {"9", "other: 9"},
           {"Untested Edge", "untested edge case"},
           {"config", "environment/config difference"},
           {"test", "other: test"},  // two have it
           {"capacity", "capacity"},
           {"Other: Sunspots", "other: Sunspots"},
           {"sunspots", "other: sunspots"},
       })
    EXPECT_EQ(rca_category(typed), category) << typed;
  Story run;
  run.declared().type("bob", cmd::RcaSet{RcaField::category, "edge case"});
  EXPECT_EQ(run.answer(), "Noted as untested edge case. 5 to go: /hotfix rca show");
  EXPECT_EQ(run.incident.rca.fields.at(RcaField::category), "untested edge case");
  run.type("bob", cmd::RcaSet{RcaField::category, "sunspots"});
  EXPECT_TRUE(
      run.answer().starts_with("Noted as other: sunspots. 5 to go: /hotfix rca show\nThe categories are: 1 = "
                               "regression test gap, "))
      << run.answer();
}

TEST(Closing, NeedsToBeResolved) {
  Story run;
  run.declared().type("alice", cmd::Close{});
  EXPECT_EQ(
      run.all(),
      "refused: HF-1 is not resolved yet. If no hotfix was needed, say so.\nType: /hotfix assess not-a-hotfix <why>");
  Story shipped;
  shipped.deployed().type("alice", cmd::Close{});
  EXPECT_EQ(shipped.all(), "refused: HF-1 is not resolved yet.\nType: /hotfix resolve <what>");
  // Reopened while git was asked: what was true when close was typed is not true now.
  Story late;
  late.deployed()
      .type("alice", cmd::Resolve{"quiet"})
      .rca()
      .type("alice", cmd::Close{})
      .type("bob", cmd::Reopen{"back again"})
      .git(kMerged);
  EXPECT_EQ(late.recorded().find("closed by"), std::string::npos);
  EXPECT_EQ(late.shown(), "HF-1 is verifying: not closed.");
}

TEST(Closing, ARollbackAlsoOwesAnRca) {
  Story run;
  run.declared()
      .type("bob", cmd::Mitigate{Mitigation::rollback, "v2.4.6", "it was fine"})
      .type("alice", cmd::Resolve{"quiet"});
  run.type("alice", cmd::Close{});
  EXPECT_EQ(run.recorded(), "asked close  \nsettled close  yes");
  EXPECT_EQ(run.shown(),
            "Close refused: 1 thing is open in HF-1\n"
            "• write the RCA [rca] alice, open 0s, due Tue 17 Nov 21:05: /hotfix rca set summary <text>");
  run.rca().type("alice", cmd::Close{});
  EXPECT_EQ(run.incident.status(), Status::closed);
}

TEST(Closing, EveryRepositoryMustAnswer) {
  Story run;
  run.deployed()
      .type("alice", cmd::Branch{"x", "api", {}})
      .input(result::BranchCut{"api", "hotfix/x", "v1.0.0", "base", "v1.0.1"});
  run.type("alice", cmd::Resolve{"quiet"}).rca().type("alice", cmd::Close{});
  EXPECT_EQ(run.all(), "asked close shop \nasked close api \nobserve shop\nobserve api");
  run.type("bob", cmd::Close{});
  EXPECT_EQ(run.all(), "refused: A close is being decided already.");
  run.git(kMerged);
  EXPECT_EQ(run.incident.status(), Status::closing);
  run.git(facts(""), "api");
  EXPECT_EQ(run.recorded(), "scope 1 2\nsettled close api yes\nclosed by alice");

  Story failed;
  failed.deployed()
      .type("alice", cmd::Branch{"x", "api", {}})
      .input(result::BranchCut{"api", "hotfix/x", "v1.0.0", "base", "v1.0.1"});
  failed.type("alice", cmd::Resolve{"quiet"}).rca().type("alice", cmd::Close{});
  failed.input(result::ObserveFailed{"api", {Problem::Kind::unreachable, "no route to git.example", "Try again.", {}}});
  EXPECT_EQ(failed.all(),
            "settled close api no: no route to git.example\n"
            "settled close shop no: no route to git.example\n"
            "close is not decided: git says no route to git.example. Type it again: /hotfix close");
  failed.git(kMerged);
  EXPECT_EQ(failed.incident.status(), Status::closing);
}

TEST(Closing, TheRcaIsReadBySomebodyElseAndOnceMoreWhenItChanges) {
  Story run;
  run.deployed().rca("bob", "carol");
  EXPECT_EQ(run.recorded(), "RCA approved by carol\nmet rca-review: approved by carol");
  run.type("carol", cmd::RcaApprove{});
  EXPECT_EQ(run.all(), "refused: Approved already by carol.");
  run.type("bob", cmd::RcaSet{RcaField::impact, "more"});
  EXPECT_EQ(run.recorded(),
            "RCA impact: more\n"
            "reopened rca: the RCA was changed after it was submitted\n"
            "reopened rca-review: the RCA was changed after it was approved");
  run.type("bob", cmd::RcaSubmit{}).type("bob", cmd::RcaApprove{});
  EXPECT_EQ(run.all(), "refused: You submitted it: somebody else must approve it.");
  run.type("bob", cmd::RcaSubmit{});
  EXPECT_EQ(run.all(), "refused: Submitted already by bob.");
}

TEST(Closing, ActionItemsAreOwed) {
  Story run;
  run.declared()
      .type("alice", cmd::ActionAdd{"a test", person("bob"), hours{48}, {}})
      .type("alice", cmd::Resolve{"quiet"})
      .rca();
  run.type("alice", cmd::Close{});
  EXPECT_EQ(run.shown(),
            "Close refused: 1 thing is open in HF-1\n"
            "• A1: a test [action:A1] bob, open 0s, due Mon 16 Nov 21:05: /hotfix action done A1");
  run.type("bob", cmd::ActionFinish{"A1"});
  EXPECT_EQ(run.all(), "A1 is done.\naction done A1\nmet action:A1: done");
  run.type("bob", cmd::ActionFinish{"A1"});
  EXPECT_EQ(run.all(), "refused: A1 is done already.");
  run.type("alice", cmd::Close{});
  EXPECT_EQ(run.incident.status(), Status::closed);
}

}  // namespace
}  // namespace hotfixd::testing
