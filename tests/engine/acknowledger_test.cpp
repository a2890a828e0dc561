#include "bot/engine/acknowledger.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <latch>
#include <stdexcept>

namespace hotfixd {
namespace {

using ::testing::ElementsAre;

// What each delivery was told, in order. `then` happens in the acknowledgement.
struct Told {
  std::mutex mutex;
  std::vector<std::string> ids;

  Acknowledge as(std::string id, std::function<void()> then = {}) {
    return [this, id = std::move(id), then = std::move(then)](const Result<InboxAnswer>& answer) {
      if (then) then();
      const std::lock_guard lock(mutex);
      ids.push_back(id + (answer ? "" : ": " + answer.error().what));
    };
  }
};

TEST(Acknowledger, WithoutAThreadTellsAtOnce) {
  Told told;
  Acknowledger to;
  to.tell("1", told.as("1"), InboxAnswer{});
  EXPECT_THAT(told.ids, ElementsAre("1"));
  EXPECT_TRUE(to.quiet());
}

TEST(Acknowledger, KeepsTheOrderAndBringsTheRestWhenItStops) {
  Told told;
  std::latch began(1), go_on(1);
  Acknowledger to;
  to.start();
  to.tell("1",
          told.as("1",
                  [&] {
                    began.count_down();
                    go_on.wait();
                  }),
          InboxAnswer{});
  to.tell("1a", told.as("1a"), InboxAnswer{});
  to.tell("1b", told.as("1b"), InboxAnswer{});  // more than kAtOnce: by the thread
  to.flush();
  began.wait();
  EXPECT_FALSE(to.quiet());
  to.tell("2", told.as("2"), std::unexpected(Problem{Problem::Kind::full, "the disk is full", {}, {}}));
  to.flush();
  to.tell("3", told.as("3"), InboxAnswer{});  // told, and not flushed
  go_on.count_down();
  to.stop();
  EXPECT_THAT(told.ids, ElementsAre("1", "1a", "1b", "2: the disk is full", "3"));
}

TEST(Acknowledger, WhatMayTakeAWhileIsBroughtByItsThread) {
  Told told;
  std::latch brought(1);
  std::thread::id by;
  Acknowledger to;
  to.start();
  to.tell("1",
          told.as("1",
                  [&] {
                    by = std::this_thread::get_id();
                    brought.count_down();
                  }),
          InboxAnswer{}, true);
  to.flush();
  brought.wait();
  EXPECT_NE(by, std::this_thread::get_id());
}

TEST(Acknowledger, BringsOneAtOnce) {
  Told told;
  Acknowledger to;
  to.start();
  to.tell("1", told.as("1"), InboxAnswer{});
  to.flush();
  EXPECT_THAT(told.ids, ElementsAre("1"));
}

TEST(Acknowledger, OneThatThrowsCostsNobodyElseTheirs) {
  Told told;
  Acknowledger to;
  to.start();
  to.tell("1", told.as("1", [] { throw std::runtime_error("gone"); }), InboxAnswer{});
  to.tell("2", told.as("2"), InboxAnswer{});
  to.wait();
  EXPECT_THAT(told.ids, ElementsAre("2"));
  EXPECT_TRUE(to.quiet());
}

}  // namespace
}  // namespace hotfixd
