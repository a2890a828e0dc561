#include <gtest/gtest.h>

#include "tests/domain/support.hpp"

// What people ask for and git must answer first: ci, approve, tag, branch.

namespace hotfixd::testing {
namespace {

namespace cmd = command;

const Problem kUnreachable{Problem::Kind::unreachable, "no route to git.example", "Try again.", {}};

TEST(Requests, CiCountsForTheHeadThatWasKnown) {
  struct Case {
    const char* typed_sha;
    const char* known;
    const char* found;
    const char* all;
  };
  for (const auto& c : {
           Case{"", "h1", "h1",
                "settled ci shop yes\ncheck h1 said by bob passed 0\nCI green h1\nh1: CI green, 0 of 2 approvals"},
           Case{"", "", "h1",
                "head shop h1 (dave)\nscope 1 2\nsettled ci shop yes\ncheck h1 said by bob passed 0\nCI green h1\nh1: "
                "CI green, 0 of 2 approvals"},
           Case{"", "h1", "h2",
                "head shop h2 (dave)\nsettled ci shop yes\n"
                "hotfix/checkout-500 moved from h1 to h2 meanwhile: bob, look at h2 and type /hotfix ci again."},
           Case{"h2", "h1", "h2",
                "head shop h2 (dave)\nsettled ci shop yes\ncheck h2 said by bob passed 0\nCI green h2\nh2: CI green, 0 "
                "of 2 approvals"},
           Case{"h1", "h1", "h2",
                "head shop h2 (dave)\nsettled ci shop yes\nh1 is not the head of hotfix/checkout-500, which is h2: not "
                "recorded."},
           Case{"", "", "base",
                "head shop base (dave)\nscope 1 2\nsettled ci shop yes\n"
                "There is no commit on hotfix/checkout-500 yet, so there is nothing CI could say."},
       }) {
    Story run;
    run.cut();
    if (*c.known != 0) run.git(facts(c.known));
    run.type("bob", cmd::Ci{CheckState::passed, c.typed_sha, "https://ci/1", {}}).git(facts(c.found));
    EXPECT_EQ(run.all(), c.all);
  }
}

TEST(Requests, ApprovalsCountForTheHeadThatWasKnown) {
  struct Case {
    const char* who;
    const char* found;
    const char* all;
  };
  for (const auto& c : {
           Case{"bob", "h1", "settled approve shop yes\nreview bob approved h1\nh1: no CI yet, 1 of 2 approvals (bob)"},
           Case{"bob", "h2",
                "head shop h2 (dave)\nsettled approve shop yes\n"
                "hotfix/checkout-500 moved from h1 to h2 meanwhile: bob, look at h2 and type /hotfix approve again."},
       }) {
    Story run;
    run.cut().git(facts("h1")).type(c.who, cmd::Approve{{}}).git(facts(c.found));
    EXPECT_EQ(run.all(), c.all);
  }
  Story twice;
  twice.cut().git(facts("h1")).type("bob", cmd::Approve{{}}).git(facts("h1"));
  twice.type("bob", cmd::Approve{{}}).git(facts("h1"));
  EXPECT_EQ(twice.all(), "settled approve shop yes\nbob approved h1 already.");
  Story author;  // of a commit that nobody knew of
  author.cut().type("dave", cmd::Approve{{}}).git(facts("h1"));
  EXPECT_EQ(
      author.all(),
      "head shop h1 (dave)\nscope 1 2\nsettled approve shop yes\ndave wrote this fix: 2 other people must approve it.");
}

TEST(Requests, ADeploymentIsRecordedOnFreshFacts) {
  Story run;
  run.reviewed().at("21:42").type("alice", cmd::DeployedTag{"v2.4.8", "", ""}).git(facts("h1"));
  EXPECT_EQ(run.incident.hotfixes.front().environments, std::vector<std::string>{"production"});
  EXPECT_NE(run.all().find("v2.4.8 is in production, but the origin has no such tag: push it."), std::string::npos)
      << run.all();

  Story nothing;
  nothing.cut().type("alice", cmd::DeployedTag{}).git(facts("base"));
  EXPECT_TRUE(nothing.incident.hotfixes.front().environments.empty());
  EXPECT_NE(nothing.all().find("has no commit of its own yet, so v2.4.8 cannot be in production: not recorded."),
            std::string::npos)
      << nothing.all();

  Story unreachable;  // what people did stands, whether git answers or not
  unreachable.tagged().type("alice", cmd::DeployedTag{}).input(result::ObserveFailed{"shop", kUnreachable});
  EXPECT_EQ(unreachable.incident.hotfixes.front().environments, std::vector<std::string>{"production"});
}

TEST(Requests, ATagIsDecidedOnFreshFacts) {
  Story run;
  run.reviewed().type("alice", cmd::Tag{}).type("bob", cmd::Tag{});
  EXPECT_EQ(run.all(), "refused: A tag is on its way already.");
  run.git(facts("h1", {{"main"}, {"develop"}}));
  EXPECT_EQ(run.all(), "settled tag shop yes\npush shop v2.4.8 h1: HF-1: 500s spiking on /checkout");
  run.input(result::TagPushed{"shop", "v2.4.8", "h1"});
  EXPECT_EQ(run.all(),
            "tagged v2.4.8 h1 bypassed [] overridden []\nv2.4.8 tagged at h1. Deploy it, then /hotfix deployed v2.4.8");
  run.input(result::TagPushed{"shop", "v2.4.8", "h1"});
  EXPECT_EQ(run.all(), "");
}

TEST(Requests, AFurtherFixOnTheSameBranchIsTaggedBehindTheSameGates) {
  Story run;
  run.deployed().type("bob", cmd::Verify{false, "still 3 %"});
  run.type("alice", cmd::Tag{}).git(facts("h1", {{"main"}, {"develop"}}));
  EXPECT_EQ(run.all(),
            "settled tag shop no: v2.4.8 is tagged already, at h1\n"
            "tag refused v2.4.9: v2.4.8 is tagged already, at h1\n"
            "Tag v2.4.9 refused: v2.4.8 is tagged already, at h1");
  run.git(facts("h2", {{"main"}, {"develop"}})).type("alice", cmd::Tag{}).git(facts("h2", {{"main"}, {"develop"}}));
  EXPECT_TRUE(
      run.shown().starts_with("Tag v2.4.9 refused\n✓ hotfix/checkout-500 was cut from v2.4.7\n✗ no CI result "
                              "for h2\n✗ 0 of 2 approvals on h2"))
      << run.shown();
  run.forge(forge::Check{"h2", "build", {}, CheckState::passed, 2})
      .forge(forge::Review{7, "hotfix/checkout-500", "h2", "bob", ReviewVerdict::approved})
      .forge(forge::Review{7, "hotfix/checkout-500", "h2", "carol", ReviewVerdict::approved});
  EXPECT_TRUE(run.shown().contains("h2 may be tagged v2.4.9: /hotfix tag")) << run.shown();
  run.type("alice", cmd::Tag{}).git(facts("h2", {{"main"}, {"develop"}}));
  EXPECT_EQ(run.asked(), "push shop v2.4.9 h2: HF-1: 500s spiking on /checkout");
  run.input(result::TagPushed{"shop", "v2.4.9", "h2"});
  EXPECT_EQ(run.incident.hotfixes.front().tag, "v2.4.9");
  EXPECT_TRUE(run.incident.hotfixes.front().environments.empty());
  auto there = facts("h2", {{"main"}, {"develop"}});
  there.tag = "v2.4.9";
  there.tag_sha = "h2";
  run.after(std::chrono::minutes{5}).type("alice", cmd::DeployedTag{}).git(there);
  EXPECT_EQ(run.incident.hotfixes.front().environments, std::vector<std::string>{"production"});
  EXPECT_EQ(run.incident.obligation("verification:shop")->state, ObligationState::open);
  run.type("bob", cmd::Verify{true, "0 errors"});
  EXPECT_EQ(run.incident.obligation("verification:shop")->state, ObligationState::met);
}

TEST(Requests, WhatIsInProductionByNowClosesTheGate) {
  Story run;
  run.reviewed();
  auto stale = facts("h1", {{"main"}, {"develop"}});
  stale.stale = "was cut from v2.4.7, production is v2.4.8 by now: git merge v2.4.8";
  stale.version = "v2.4.9";
  run.git(stale);
  EXPECT_EQ(run.all(),
            "version v2.4.9\nscope 1 2\n"
            "v2.4.8 is another commit's by now: this hotfix will be v2.4.9.\n"
            "hotfix/checkout-500 was cut from v2.4.7, production is v2.4.8 by now: git merge v2.4.8. It is not tagged "
            "before that is mended. /hotfix override branch <why> sets it aside");
  run.type("alice", cmd::Tag{"v2.4.9", ""}).git(stale);
  EXPECT_TRUE(
      run.shown().starts_with("Tag v2.4.9 refused\n✗ hotfix/checkout-500 was cut from v2.4.7, production is "
                              "v2.4.8 by now"))
      << run.shown();
  stale.stale.clear();
  run.git(stale).type("alice", cmd::Tag{}).git(stale);
  EXPECT_EQ(run.asked(), "push shop v2.4.9 h1: HF-1: 500s spiking on /checkout");
}

TEST(Requests, WhatIsTaggedAndNeverDeployedIsNotVerified) {
  Story run;
  run.tagged().at("22:00").type("alice", cmd::Resolve{"quiet"});
  EXPECT_EQ(run.incident.obligation("verification:shop")->state, ObligationState::open);
  run.type("bob", cmd::ShowObligations{});
  EXPECT_TRUE(run.answer().contains("deploy v2.4.8, then /hotfix deployed v2.4.8")) << run.answer();
}

TEST(Requests, TheNumberAfterATag) {
  for (const auto& [tag, next] : std::initializer_list<std::pair<const char*, const char*>>{
           {"v2.4.8", "v2.4.9"}, {"2.4.9", "2.4.10"}, {"shop-1.0.99+b7", "shop-1.0.100"}})
    EXPECT_EQ(patch_after(tag), next);
}

TEST(Requests, TheTagItselfAnswersWhenTheAnswerIsLost) {
  Story run;
  auto there = facts("h1", {{"main"}, {"develop"}});
  run.reviewed().type("alice", cmd::Tag{}).git(there);
  there.tag = "v2.4.8";
  there.tag_sha = "h1";
  run.git(there);
  EXPECT_EQ(run.recorded(), "tagged v2.4.8 h1 bypassed [] overridden []");
}

TEST(Requests, ATagIsRefused) {
  Story rewritten;
  auto elsewhere = facts("h1", {{"main"}, {"develop"}});
  elsewhere.unclean = "no longer contains v2.4.7";
  rewritten.reviewed().type("alice", cmd::Tag{}).git(elsewhere);
  EXPECT_EQ(rewritten.recorded(),
            "scope 1 2\n"
            "settled tag shop no: hotfix/checkout-500 no longer contains v2.4.7\n"
            "tag refused v2.4.8: hotfix/checkout-500 no longer contains v2.4.7");
  Story empty;
  empty.cut().type("alice", cmd::Tag{}).git(facts("base"));
  EXPECT_EQ(empty.shown(), "Tag v2.4.8 refused: the branch has no commit of its own");
  Story hook;
  hook.reviewed().type("alice", cmd::Tag{}).git(facts("h1", {{"main"}, {"develop"}}));
  hook.input(
      result::TagFailed{"shop", "v2.4.8", {Problem::Kind::refused, "remote: tags are frozen", "Ask the owner.", {}}});
  EXPECT_EQ(hook.all(),
            "tag refused v2.4.8: remote: tags are frozen\nTag v2.4.8 refused: remote: tags are frozen\nAsk the owner.");
  hook.type("alice", cmd::Tag{});
  EXPECT_EQ(hook.all(), "asked tag shop v2.4.8\nobserve shop");
  hook.input(result::ObserveFailed{"shop", kUnreachable});
  EXPECT_EQ(hook.all(),
            "settled tag shop no: no route to git.example\ntag is not decided: git says no route to git.example. "
            "Type it again: /hotfix tag");
}

TEST(Requests, EachRepositoryHasItsOwnTag) {
  Story run;
  run.reviewed()
      .type("alice", cmd::Branch{"x", "api", {}})
      .input(result::BranchCut{"api", "hotfix/x", "v1.0.0", "base", "v1.0.1"});
  run.type("alice", cmd::Tag{});
  EXPECT_EQ(run.answer(), "refused: HF-1 has several hotfixes: say which with --repo shop or --repo api.");
  run.type("alice", cmd::Tag{{}, "shop"}).type("alice", cmd::Tag{{}, "api"});
  EXPECT_EQ(run.all(), "asked tag api v1.0.1\nobserve api");
}

TEST(Requests, ABranchIsCutOrRefused) {
  Story run;
  run.context.known_production = {{"shop", "v2.4.7"}};
  run.declared().type("alice", cmd::Branch{"x", {}, {}});
  EXPECT_EQ(run.asked(), "cut shop hotfix/x from '' known 'v2.4.7'");
  run.type("alice", cmd::Branch{"x", {}, {}});
  EXPECT_EQ(run.all(), "refused: hotfix/x is being cut already.");
  run.type("alice", cmd::Tag{});
  EXPECT_EQ(run.all(), "refused: hotfix/x is still being cut.");
  run.input(result::BranchFailed{
      "shop", "hotfix/x", {Problem::Kind::exists_elsewhere, "hotfix/x exists at 1a2b3c4", "Choose another name.", {}}});
  EXPECT_EQ(run.all(),
            "branch refused shop hotfix/x: hotfix/x exists at 1a2b3c4\nBranch hotfix/x refused: hotfix/x exists at "
            "1a2b3c4\nChoose another name.");
  run.type("alice", cmd::Branch{"y", {}, {}}).input(result::BranchCut{"shop", "hotfix/y", "v2.4.7", "base", "v2.4.8"});
  EXPECT_EQ(run.all(),
            "branch cut shop hotfix/y v2.4.7 base v2.4.8\n"
            "observe shop\n"
            "hotfix/y cut from v2.4.7 at base, next version v2.4.8.\n"
            "Start: git fetch && git switch hotfix/y");
}

TEST(Requests, GrowingPastTheBudgetIsSaidOnce) {
  Story run;
  auto large = facts("h1");
  large.files = 9;
  run.cut().git(large);
  EXPECT_EQ(run.shown(),
            "The hotfix grew to 9 files and 2 lines (budget 5 and 100). A hotfix is the narrowest correct change: move "
            "the rest to a regular one.");
  large.files = 10;
  run.git(large);
  EXPECT_EQ(run.all(), "scope 10 2");
}

TEST(Requests, WhatWasGivenUpIsShown) {
  Story run;
  run.declared().input(result::Abandoned{"a message to #incidents", kUnreachable});
  EXPECT_EQ(run.recorded(), "given up a message to #incidents: no route to git.example");
  EXPECT_EQ(run.incident.abandoned, std::vector<std::string>{"a message to #incidents: no route to git.example"});
}

}  // namespace
}  // namespace hotfixd::testing
