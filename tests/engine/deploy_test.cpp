#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/engine/bench.hpp"

// An order to deploy: once, whatever is lost between the means and the record.

namespace hotfixd::testing {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::chrono::microseconds kSecond = Seconds{1};

struct Deploying : Bench {
  Deploying() {
    deploys = true;
    engine = make(by_hand());
  }
  // v2.4.8 is tagged, bob wrote it.
  void ship() {
    type("alice", "declare sev2 500s on /checkout");
    type("alice", "branch checkout-500");
    type("alice", "ci pass");
    type("carol", "approve");
    type("dave", "approve");
    type("alice", "tag");
  }
  const Deployment& run() {
    state = incident();
    return state.deployments.back();
  }
  std::string shown() { return chat.text("HF-1/deploy/" + run().key); }
  int calls(const std::string& call) { return static_cast<int>(std::ranges::count(script.calls(), call)); }
  void restart() {
    engine.reset();
    engine = make(by_hand());
  }
  Incident state;
};

TEST(Deploying, IsStartedFollowedAndSaidInOneMessage) {
  Deploying b;
  b.ship();
  EXPECT_THAT(b.chat.texts("HF-1/say/"), Contains(HasSubstr("Next: /hotfix deploy")));
  b.type("alice", "deploy");
  EXPECT_THAT(b.script.calls(), Contains("commit v2.4.8"));
  ASSERT_EQ(b.deployer.begun.size(), 1U);
  EXPECT_EQ(b.deployer.begun.front().sha, FakeGit::kHead);
  EXPECT_EQ(b.shown(), "v2.4.8 to production: running (watch it), ordered by alice");
  EXPECT_EQ(b.calls("follow 17"), 0);
  b.wait(5 * kSecond);
  EXPECT_EQ(b.calls("follow 17"), 1);
  b.deployer.view.state = DeploymentView::State::succeeded;
  b.wait(10 * kSecond);
  EXPECT_THAT(b.shown(), HasSubstr("v2.4.8 is in production"));
  b.wait(600 * kSecond);
  EXPECT_EQ(b.calls("follow 17"), 2) << "it has ended";
  EXPECT_EQ(b.chat.texts("HF-1/deploy/").size(), 1U);
  EXPECT_EQ(*b.store.last_deployed("shop"), "v2.4.8");
}

TEST(Deploying, AnAnswerThatIsLostDoesNotDeployTwice) {
  Deploying b;
  b.ship();
  b.script.expect("start v2.4.8/production -> lost");
  b.type("alice", "deploy");
  EXPECT_FALSE(b.run().started);
  b.wait(2 * kSecond);
  EXPECT_EQ(b.calls("find v2.4.8"), 1);
  EXPECT_EQ(b.deployer.begun.size(), 1U);
  EXPECT_EQ(b.run().id, "17");
}

// kill -9 after the means took it and before that is on the record.
TEST(Deploying, ACrashBetweenStartAndItsAnswerDoesNotDeployTwice) {
  for (const bool recognises : {true, false}) {
    Deploying b;
    b.ship();
    b.deployer.recognises = recognises;
    b.deployer.on_start = [&] { b.store.refuse = Problem{Problem::Kind::full, "no space", {}, {}}; };
    b.type("alice", "deploy");
    b.store.refuse.reset();
    b.deployer.on_start = nullptr;
    EXPECT_FALSE(b.run().started);
    b.restart();
    b.wait(2 * kSecond);
    EXPECT_EQ(b.run().id, "17");
    // Means that cannot tell begin it again: the same tag, in the same place.
    EXPECT_EQ(b.deployer.begun.size(), recognises ? 1U : 2U);
  }
}

TEST(Deploying, WhatCannotBeToldYetIsAskedAgain) {
  Deploying b;
  b.ship();
  b.script.expect("start v2.4.8/production -> lost");
  b.script.expect("find v2.4.8 -> rate_limited 10");
  b.type("alice", "deploy");
  b.wait(2 * kSecond);
  EXPECT_EQ(b.calls("find v2.4.8"), 1);
  EXPECT_FALSE(b.run().started);
  b.wait(10 * kSecond);
  EXPECT_EQ(b.calls("find v2.4.8"), 2);
  EXPECT_EQ(b.deployer.begun.size(), 1U);
  EXPECT_TRUE(b.run().started);
}

TEST(Deploying, AnOldOrderIsNotCarriedOut) {
  Deploying b;
  b.ship();
  b.deployer.on_start = [&] { b.store.refuse = Problem{Problem::Kind::full, "no space", {}, {}}; };
  b.deployer.recognises = false;
  b.type("alice", "deploy");
  b.store.refuse.reset();
  b.engine.reset();
  b.clock.advance(Minutes{11});
  b.engine = b.make(Bench::by_hand());
  b.wait(kSecond);
  EXPECT_EQ(b.deployer.begun.size(), 1U);
  EXPECT_THAT(b.shown(), HasSubstr("the order is older than 10 min"));
}

TEST(Deploying, ATagThatMovedIsRefusedAtTheLastMoment) {
  Deploying b;
  b.ship();
  b.shop.moved["v2.4.8"] = "bad0bad0";
  b.type("alice", "deploy");
  EXPECT_THAT(b.deployer.begun, IsEmpty());
  EXPECT_THAT(b.shown(), HasSubstr("the tag v2.4.8 moved: it is on bad0bad now, and 300fb6c was meant"));
  EXPECT_TRUE(b.store.dead_letters()->empty());
}

TEST(Deploying, WhatIsRefusedIsNotTriedAgain) {
  Deploying b;
  b.ship();
  b.script.expect("start v2.4.8/production -> refused");
  b.type("alice", "deploy");
  b.wait(600 * kSecond);
  EXPECT_EQ(b.calls("start v2.4.8/production"), 1);
  EXPECT_THAT(b.shown(), HasSubstr("Deployment of v2.4.8 to production failed: scripted: refused"));
}

TEST(Deploying, NobodyReachedForHalfAMinuteIsNotKnown) {
  Deploying b;
  b.ship();
  for (int n = 0; n < 5; ++n) b.script.expect("start v2.4.8/production -> unreachable");
  b.type("alice", "deploy");
  for (int n = 0; n < 40; ++n) b.wait(5 * kSecond);
  EXPECT_TRUE(b.script.received_all_expected());
  EXPECT_EQ(b.calls("start v2.4.8/production"), 5);
  EXPECT_THAT(b.shown(), HasSubstr("It is not known how this ended"));
}

TEST(Deploying, ItIsFollowedOnAfterARestart) {
  Deploying b;
  b.ship();
  b.type("alice", "deploy");
  b.restart();
  b.deployer.view = {DeploymentView::State::failed, "deploy / migrate", {}, {}};
  b.wait(5 * kSecond);
  EXPECT_THAT(b.shown(), HasSubstr("Deployment of v2.4.8 to production failed: deploy / migrate"));
}

TEST(Deploying, RollsBackBeforeThereIsABranchAndWithoutGit) {
  Deploying b;
  b.type("alice", "declare sev2 500s on /checkout");
  b.type("alice", "mitigate rollback \"the cart\" 500s since v2.4.7");
  const auto offered = b.chat.texts("HF-1/rollback/");
  ASSERT_EQ(offered.size(), 1U);
  EXPECT_THAT(offered.front(), HasSubstr("Roll production back from v2.4.7 to v2.4.6? (says the fake)"));
  EXPECT_THAT(b.deployer.begun, IsEmpty()) << "nothing moves before it is confirmed";
  b.script.expect("commit v2.4.6 -> unreachable");
  b.type("bob", "rollback confirm");
  ASSERT_EQ(b.deployer.begun.size(), 1U);
  EXPECT_EQ(b.deployer.begun.front().tag, "v2.4.6");
  b.deployer.view.state = DeploymentView::State::succeeded;
  b.wait(5 * kSecond);
  EXPECT_THAT(b.shown(), HasSubstr("production runs v2.4.6 again, v2.4.7 is out"));
  EXPECT_EQ(*b.store.last_deployed("shop"), "v2.4.6");
}

TEST(Deploying, WhereIsAnsweredFromTheBestSourceThatCanTell) {
  Deploying b;
  b.type("alice", "declare sev2 500s on /checkout");
  b.type("alice", "where");
  EXPECT_THAT(b.chat.texts("HF-1/say/"),
              Contains("shop\nproduction: v2.4.7 (6a911ee), says the fake; before it v2.4.6"));
  b.deployer.there.clear();
  b.type("alice", "where production");
  EXPECT_THAT(b.chat.texts("HF-1/say/"),
              Contains("shop\nproduction: v2.4.7, says git, where nothing tells of deployments"));
  b.type("alice", "branch checkout-500");
  b.type("alice", "mitigate rollback v2.4.6 because");
  b.type("alice", "rollback confirm");
  b.deployer.view.state = DeploymentView::State::succeeded;
  b.wait(5 * kSecond);
  b.script.expect("releases production -> refused");
  b.type("alice", "where");
  EXPECT_THAT(b.chat.texts("HF-1/say/"), Contains("shop\nproduction: v2.4.6, says the record (scripted: refused)"));
}

TEST(Deploying, WhereIsAnsweredWithoutAnIncident) {
  Deploying b;
  const auto answer = b.type("alice", "where", "#anywhere");
  ASSERT_TRUE(answer && *answer);
  EXPECT_THAT(b.chat.texts("where/"),
              ElementsAre("alice shop\nproduction: v2.4.7 (6a911ee), says the fake; before it v2.4.6"));
  b.script.expect("releases production -> unreachable");
  b.type("alice", "where --repo nothing", "#anywhere");
  EXPECT_EQ(b.chat.texts("where/").size(), 1U);
}

}  // namespace
}  // namespace hotfixd::testing
