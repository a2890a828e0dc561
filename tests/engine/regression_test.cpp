#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/engine/bench.hpp"

// The regression test of a line: begun once, whatever is lost between the means and the record.

namespace hotfixd::testing {
namespace {

using State = RegressionTestView::State;
using ::testing::HasSubstr;

constexpr std::chrono::microseconds kSecond = Seconds{1};

struct TestingLines : Bench {
  TestingLines() {
    tests = true;
    engine = make(by_hand());
    shop.on_main = Verdict::present;
  }
  // The fix is on main, and nobody has tagged it.
  void land() {
    type("alice", "declare sev2 500s on /checkout");
    type("alice", "branch checkout-500");
  }
  const Hotfix& hotfix() {
    state = incident();
    return state.hotfixes.front();
  }
  std::string shown() {
    const auto all = chat.texts("HF-1/test/");
    return all.empty() ? std::string() : all.back();
  }
  int calls(const std::string& call) { return static_cast<int>(std::ranges::count(script.calls(), call)); }
  void restart() {
    engine.reset();
    engine = make(by_hand());
  }
  Incident state;
};

TEST(TestingLines, IsBegunFollowedAndAContradictionIsSaid) {
  TestingLines b;
  b.land();
  ASSERT_EQ(b.tester.begun.size(), 1U);
  EXPECT_EQ(b.tester.begun.front().sha, FakeGit::kBase);
  EXPECT_EQ(b.tester.begun.front().incident, "HF-1");
  EXPECT_EQ(b.calls("follow-test 18"), 0);
  b.wait(5 * kSecond);
  EXPECT_EQ(b.calls("follow-test 18"), 1);
  b.tester.view = {State::failed, "exit status 1", "got 500", {}};
  b.wait(10 * kSecond);
  EXPECT_THAT(b.shown(), HasSubstr("main carries the text of the fix, but the regression test fails there at 6a911ee: "
                                   "exit status 1 (see it)"));
  EXPECT_EQ(b.hotfix().tested.at("main").outcome, TestOutcome::failed);
  b.wait(3600 * kSecond);
  EXPECT_EQ(b.tester.begun.size(), 1U) << "the head is the same";
  EXPECT_EQ(b.calls("follow-test 18"), 2) << "it has ended";
}

TEST(TestingLines, AnAnswerThatIsLostDoesNotBeginItTwice) {
  TestingLines b;
  b.script.expect("test main -> lost");
  b.land();
  b.wait(2 * kSecond);
  EXPECT_EQ(b.calls("find-test main"), 1);
  EXPECT_EQ(b.tester.begun.size(), 1U);
  EXPECT_EQ(b.hotfix().testing.at("main").id, "18");
}

// kill -9 after the means took it and before that is on the record.
TEST(TestingLines, ACrashBetweenStartAndItsAnswerDoesNotBeginItTwice) {
  TestingLines b;
  b.tester.on_start = [&] { b.store.refuse = Problem{Problem::Kind::full, "no space", {}, {}}; };
  b.land();
  b.store.refuse.reset();
  b.tester.on_start = nullptr;
  ASSERT_EQ(b.tester.begun.size(), 1U);
  EXPECT_EQ(b.hotfix().testing.at("main").id, "");
  b.restart();
  b.wait(2 * kSecond);
  EXPECT_EQ(b.calls("find-test main"), 1);
  EXPECT_EQ(b.tester.begun.size(), 1U);
  EXPECT_EQ(b.hotfix().testing.at("main").id, "18");
}

TEST(TestingLines, OneThatCannotBeBegunSaysNothingOfTheFixAndIsNoDeadLetter) {
  TestingLines b;
  b.script.expect("test main -> refused");
  b.land();
  EXPECT_EQ(b.hotfix().tested.at("main").outcome, TestOutcome::not_run);
  EXPECT_EQ(b.hotfix().tested.at("main").detail, "scripted: refused");
  EXPECT_EQ(b.shown(), "");
  EXPECT_TRUE(b.store.dead_letters()->empty());
}

// One incident's look at git is told what others shipped from there.
TEST(TestingLines, ALookIsToldWhatOtherIncidentsShipped) {
  TestingLines b;
  b.land();
  for (const auto* line : {"ci pass", "tag"}) b.type("alice", line);
  b.type("carol", "approve");
  b.type("dave", "approve");
  b.type("alice", "tag");
  EXPECT_TRUE(b.shop.shipped().empty());
  b.type("alice", "declare sev2 another --new-channel");
  b.type("alice", "HF-2 branch other");
  EXPECT_TRUE(b.shop.shipped().empty()) << "it is not in production yet";
  b.type("alice", "HF-1 deployed v2.4.8");
  b.wait(std::chrono::minutes{30});
  ASSERT_EQ(b.shop.shipped().size(), 1U);
  EXPECT_EQ(b.shop.shipped().front().name, "v2.4.8 (HF-1)");
  EXPECT_EQ(b.shop.shipped().front().branch, "hotfix/checkout-500");
  EXPECT_EQ(b.shop.shipped().front().tag_sha, FakeGit::kHead);
}

}  // namespace
}  // namespace hotfixd::testing
