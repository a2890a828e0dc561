#include <gtest/gtest.h>

#include "tests/domain/support.hpp"

// What a forge reports: once, twice, late, for others, and past the gates.

namespace hotfixd::testing {
namespace {

using Action = forge::PullRequest::Action;
namespace cmd = command;

forge::PullRequest pr(Action action, std::string author = "dave") {
  return {action, 7, "https://x/7", "null check", "hotfix/checkout-500", "h1", "main", "m1", std::move(author), false};
}

TEST(Forge, PullRequestsInAnyOrder) {
  struct Case {
    std::vector<Action> actions;
    const char* last;
    bool open;
  };
  for (const auto& c : {
           Case{{Action::opened}, "PR opened #7 null check by dave", true},
           Case{{Action::opened, Action::opened}, "", true},
           Case{{Action::merged}, "PR opened #7 null check by dave\nPR merged #7 main m1", false},
           Case{{Action::merged, Action::opened}, "", false},
           Case{{Action::merged, Action::merged}, "", false},
           Case{{Action::opened, Action::closed}, "PR closed #7", false},
           Case{{Action::opened, Action::closed, Action::reopened}, "PR reopened #7", true},
           Case{{Action::opened, Action::merged, Action::reopened}, "", false},
       }) {
    Story run;
    run.cut().git(facts("h1"));
    for (const auto a : c.actions) run.forge(pr(a), "dave");
    EXPECT_EQ(run.recorded(), c.last);
    EXPECT_EQ(run.incident.hotfixes.front().pull_requests.front().open, c.open);
  }
}

TEST(Forge, KnowsTheAuthorBetterThanWhoTypedIt) {
  Story run;
  run.cut()
      .git(facts("h1"))
      .type("bob", cmd::PullRequest{7, "https://x/7", "fix", {}})
      .forge(pr(Action::opened), "dave");
  EXPECT_EQ(run.recorded(), "PR opened #7 null check by dave");
  EXPECT_EQ(run.incident.hotfixes.front().pull_requests.size(), 1u);
  run.forge(forge::Review{7, {}, "h1", "bob", ReviewVerdict::approved}, "bob");
  EXPECT_EQ(run.recorded(), "review bob approved h1");
}

TEST(Forge, OthersAreNoneOfOurBusiness) {
  Story run;
  run.cut().git(facts("h1"));
  auto other = pr(Action::opened);
  other.head_branch = "feature/x";
  for (const ForgeFact& fact :
       {ForgeFact{other}, ForgeFact{forge::Review{9, "feature/x", "f1", "bob", ReviewVerdict::approved}},
        ForgeFact{forge::Push{"refs/heads/feature/x", "a", "b", false, false, false}},
        ForgeFact{forge::Deployment{"main", "f1", "production", {}, forge::Deployment::State::succeeded}},
        ForgeFact{forge::Deployment{"v2.4.8", "h1", "staging", {}, forge::Deployment::State::succeeded}}}) {
    run.forge(fact, "bob");
    EXPECT_EQ(run.all(), "");
    run.forge(fact, "bob", {}, "api");
    EXPECT_EQ(run.all(), "");
  }
}

TEST(Forge, LooksAtGitWhenSomethingMoved) {
  Story run;
  run.cut().git(facts("h1", {{"main"}}));
  for (const ForgeFact& fact : {ForgeFact{forge::Push{"refs/heads/hotfix/checkout-500", "a", "b", false, false, false}},
                                ForgeFact{forge::Push{"refs/heads/main", {}, {}, false, false, false}},
                                ForgeFact{forge::TagCreated{"v2.4.8"}}, ForgeFact{forge::Released{"v2.4.8", {}}}}) {
    run.forge(fact, "bob");
    EXPECT_EQ(run.all(), "observe shop");
  }
}

TEST(Forge, ItsOwnTimeCountsUnlessItCannotBe) {
  Story run;
  run.cut().git(facts("h1")).at("21:40");
  run.forge(pr(Action::opened), "dave", at("21:24"));
  EXPECT_EQ(run.last.events.front().occurred_at, at("21:24"));
  EXPECT_EQ(run.last.events.front().recorded_at, at("21:40"));
  run.forge(forge::Check{"h1", "build", {}, CheckState::passed, 1}, {}, at("2031-01-01T00:00:00Z"));
  EXPECT_EQ(run.last.events.front().occurred_at, at("21:40"));
  run.forge(forge::Check{"h1", "test", {}, CheckState::passed, 1}, {}, at("2001-01-01T00:00:00Z"));
  EXPECT_EQ(run.last.events.front().occurred_at, at("21:40"));
}

TEST(Forge, RedIsSaidOnceAndGreenAgain) {
  Story run;
  run.cut().git(facts("h1")).forge(forge::Check{"h1", "build", {}, CheckState::failed, 1});
  EXPECT_EQ(run.all(), "check h1 build failed 1\nCI red h1 build\nCI red on h1: build");
  run.forge(forge::Check{"h1", "build", {}, CheckState::failed, 1});
  EXPECT_EQ(run.all(), "");
  run.forge(forge::Check{"h1", "build", {}, CheckState::passed, 2});
  EXPECT_EQ(run.all(), "check h1 build passed 2\nCI green h1\nh1: CI green, 0 of 2 approvals");
}

TEST(Forge, SaysWhenItMayBeTagged) {
  Story run;
  run.reviewed();
  EXPECT_EQ(run.all(),
            "review carol approved h1\napprovals 2 h1\nh1: CI green, 2 of 2 approvals (bob, carol)\n"
            "h1 may be tagged v2.4.8: /hotfix tag");
  // One message for each head, edited.
  const auto slot_of_review = [&] {
    for (const auto& e : run.last.effects)
      if (const auto* show = std::get_if<effect::ShowMessage>(&e); show != nullptr && show->slot.contains("/review/"))
        return show->slot;
    return std::string{};
  };
  EXPECT_EQ(slot_of_review(), "HF-1/review/shop/h1");
  run.git(facts("h2")).forge(forge::Check{"h2", "build", {}, CheckState::passed, 3});
  EXPECT_EQ(slot_of_review(), "HF-1/review/shop/h2");
  EXPECT_EQ(run.shown(), "h2: CI green, 0 of 2 approvals");
}

TEST(Forge, AVersionOfTheSameNameIsNotOurDeploymentBeforeOurTag) {
  Story run;  // another incident cut from the same tag expects the same version
  run.reviewed().forge(forge::Deployment{"v2.4.8", "other", "production", {}, forge::Deployment::State::succeeded},
                       "bob");
  EXPECT_EQ(run.recorded(), "");
}

TEST(Forge, ASecondTagIsJudgedAndDeployedOfItsOwn) {
  Story run;
  run.deployed();
  auto more = facts("h2", {{"main"}, {"develop"}});
  more.tag = "v2.4.9";
  more.tag_sha = "h2";
  run.git(more);
  const auto& h = run.incident.hotfixes.front();
  EXPECT_EQ(h.tag, "v2.4.9");
  EXPECT_EQ(h.tag_sha, "h2");
  EXPECT_TRUE(h.environments.empty());
  run.forge(forge::Deployment{"v2.4.9", "h2", "Production", {}, forge::Deployment::State::succeeded}, "bob");
  EXPECT_EQ(run.incident.hotfixes.front().environments, std::vector<std::string>{"production"});
}

TEST(Forge, DeploymentsSucceedAndFail) {
  Story run;
  run.tagged().forge(forge::Deployment{"v2.4.8", {}, "production", "https://x/d", forge::Deployment::State::failed},
                     "bob");
  EXPECT_EQ(run.all(), "deployment failed v2.4.8 production\nDeployment of v2.4.8 to production failed: https://x/d");
  run.forge(forge::Deployment{"refs/tags/v2.4.8", {}, "production", {}, forge::Deployment::State::pending}, "bob");
  EXPECT_EQ(run.all(), "");
  run.forge(forge::Deployment{{}, "h1", "production", {}, forge::Deployment::State::succeeded}, "bob");
  EXPECT_EQ(run.recorded().substr(0, 26), "deployed v2.4.8 production");
  run.forge(forge::Deployment{"v2.4.8", "h1", "production", {}, forge::Deployment::State::succeeded}, "bob");
  EXPECT_EQ(run.all(), "");
}

TEST(Forge, ADeploymentOfTheOldTagIsARollback) {
  Story run;
  run.tagged().forge(forge::Deployment{"v2.4.7", "base", "production", {}, forge::Deployment::State::succeeded}, "bob");
  EXPECT_EQ(run.recorded(), "");  // the hotfix is not out yet
  run.forge(forge::Deployment{"v2.4.8", "h1", "production", {}, forge::Deployment::State::succeeded}, "bob");
  run.type("bob", command::Verify{true, "0 errors"});
  run.at("22:10").forge(forge::Deployment{"v2.4.7", {}, "production", {}, forge::Deployment::State::failed}, "bob");
  EXPECT_EQ(run.recorded(), "");
  run.forge(forge::Deployment{"v2.4.7", {}, "production", {}, forge::Deployment::State::succeeded}, "bob");
  EXPECT_EQ(run.all(),
            "deployed v2.4.7 production\n"
            "reopened verification:shop: what was seen no longer holds\n"
            "@alice production runs v2.4.7 again: v2.4.8 was rolled back. Say why: /hotfix mitigate rollback "
            "v2.4.7 <why>");
  EXPECT_TRUE(run.incident.hotfixes.front().environments.empty());
  EXPECT_EQ(run.incident.timeline.back().text, "v2.4.8 rolled back to v2.4.7 in production");
  run.forge(forge::Deployment{"v2.4.7", {}, "production", {}, forge::Deployment::State::succeeded}, "bob");
  EXPECT_EQ(run.recorded(), "");
  run.forge(forge::Deployment{"v2.4.8", "h1", "production", {}, forge::Deployment::State::succeeded}, "bob");
  EXPECT_EQ(run.incident.hotfixes.front().environments, std::vector<std::string>{"production"});
  run.type("bob", command::Verify{true, "0 errors"});
  EXPECT_EQ(run.incident.obligation("verification:shop")->state, ObligationState::met);
}

TEST(Forge, AReportOfBeforeTheRollbackDoesNotUndoIt) {
  const auto success = [](const char* ref) {
    return forge::Deployment{ref, {}, "production", {}, forge::Deployment::State::succeeded};
  };
  Story run;
  run.deployed().at("22:10").forge(success("v2.4.7"), "bob", at("22:09")).at("22:12");
  run.forge(success("v2.4.8"), "bob", at("22:05"));
  EXPECT_EQ(run.recorded(), "");
  Story second;  // back to the first tag of the same hotfix
  auto more = facts("h2", {{"main"}, {"develop"}});
  more.tag = "v2.4.9";
  more.tag_sha = "h2";
  second.deployed().git(more).at("22:00").forge(success("v2.4.9"), "bob").at("22:10").forge(success("v2.4.8"), "bob");
  EXPECT_EQ(second.recorded(), "deployed v2.4.8 production");
  EXPECT_TRUE(second.incident.hotfixes.front().environments.empty());
  second.type("alice", command::DeployedTag{"v2.4.8", "", ""});
  EXPECT_EQ(second.answer(), "refused: v2.4.8 does not hold this fix, which is v2.4.9.\nType: /hotfix deployed v2.4.9");
}

TEST(Forge, AnOldDeploymentThatComesLateIsNoRollback) {
  Story run;
  run.deployed().at("22:00").forge(
      forge::Deployment{"v2.4.7", "base", "production", {}, forge::Deployment::State::succeeded}, "bob", at("20:30"));
  EXPECT_EQ(run.recorded(), "");
}

TEST(Forge, WhoOpenedAnyPullRequestWroteTheFix) {
  Story run;
  const auto pr = [&](std::uint64_t number, const char* author) {
    return forge::PullRequest{.action = forge::PullRequest::Action::opened,
                              .number = number,
                              .url = "u",
                              .title = "t",
                              .head_branch = "hotfix/checkout-500",
                              .head_sha = "h1",
                              .base = "main",
                              .landing_sha = {},
                              .author_login = author};
  };
  run.cut().git(facts("h1")).forge(pr(1, "eve"), "eve").forge(pr(2, "alice"), "alice");
  for (const char* who : {"eve", "alice", "bob"})
    run.forge(forge::Review{2, "hotfix/checkout-500", "h1", who, ReviewVerdict::approved}, who);
  EXPECT_EQ(run.shown(), "h1: no CI yet, 1 of 2 approvals (bob)");
}

TEST(Forge, WhoCarriesTheFixBackStillApprovedIt) {
  Story run;
  run.reviewed().forge(forge::PullRequest{.action = forge::PullRequest::Action::opened,
                                          .number = 9,
                                          .url = "u",
                                          .title = "back to develop",
                                          .head_branch = "hotfix/checkout-500",
                                          .head_sha = "h1",
                                          .base = "develop",
                                          .landing_sha = {},
                                          .author_login = "bob"},
                       "bob");
  run.type("alice", command::Tag{}).git(facts("h1"));
  EXPECT_EQ(run.asked(), "push shop v2.4.8 h1: HF-1: 500s spiking on /checkout");
}

TEST(Forge, AnApprovalOfNoCommitIsNone) {
  Story run;
  run.reviewed().git(facts("h2")).forge(forge::Review{7, "hotfix/checkout-500", "", "bob", ReviewVerdict::approved});
  EXPECT_EQ(run.recorded(), "");
}

TEST(Forge, ACheckThatBeginsAgainIsPending) {
  Story run;
  run.reviewed().at("21:50").forge(forge::Check{"h1", "build", {}, CheckState::pending, 1}, {}, at("21:49"));
  EXPECT_EQ(run.recorded(), "check h1 build pending 1");
  Story late;  // the report of its beginning comes after that of its end
  late.reviewed().at("21:50").forge(forge::Check{"h1", "build", {}, CheckState::pending, 1}, {}, at("21:06"));
  EXPECT_EQ(late.recorded(), "");
}

TEST(Forge, ATitleThatChangesIsFollowed) {
  Story run;
  run.reviewed().forge(forge::PullRequest{.action = forge::PullRequest::Action::updated,
                                          .number = 7,
                                          .url = "https://x/7",
                                          .title = "a better title",
                                          .head_branch = "hotfix/checkout-500",
                                          .head_sha = "h1",
                                          .base = "main",
                                          .landing_sha = {},
                                          .author_login = "dave"},
                       "eve");
  EXPECT_EQ(run.recorded(), "PR opened #7 a better title by dave");
  int named = 0;
  for (const auto& e : run.incident.timeline) named += e.text == "PR #7 opened, a better title";
  EXPECT_EQ(named, 1);
}

TEST(Forge, ATagByHandIsOnTheRecordWithTheGatesItPassedBy) {
  Story run;
  auto by_hand = facts("h1", {{"main"}});
  by_hand.tag = "v2.4.8";
  by_hand.tag_sha = "h1";
  by_hand.tag_at = at("21:29");
  run.cut().at("21:30").type("alice", cmd::Override{"ci", "runners down", {}});
  run.git(facts("h1")).type("alice", cmd::Override{"scope", "x", {}});
  EXPECT_EQ(run.answer(),
            "refused: Nothing to override: 1 file, 2 lines changed (budget 5 and 100).\nType: /hotfix tag");
  run.git(by_hand);
  EXPECT_EQ(run.all(),
            "tagged v2.4.8 h1 bypassed [ci, approvals] overridden []\n"
            "judged shop main t1 ABSENT: ABSENT\n"
            "v2.4.8 was tagged by hand at h1 past these gates: ci, approvals. It is on the record.");
  EXPECT_EQ(run.last.events.front().occurred_at, at("21:29"));
}

}  // namespace
}  // namespace hotfixd::testing
