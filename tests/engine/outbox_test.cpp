// The order in which pending effects may begin.
#include "bot/engine/outbox.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "bot/engine/effects.hpp"

namespace hotfixd {
namespace {

constexpr Time kNow{std::chrono::hours{500'000}};

OutboxItem item(const std::string& key, Effect effect, Time not_before = kNow) {
  OutboxItem i;
  i.key = key;
  const auto* shown = std::get_if<effect::ShowMessage>(&effect);
  i.incident = shown == nullptr ? "HF-1" : "HF-" + shown->channel;
  i.target = target_of(effect, i.incident);
  i.effect = std::move(effect);
  i.not_before = not_before;
  return i;
}

Effect show(const std::string& slot, const std::string& channel = "#incidents") {
  return effect::ShowMessage{slot, channel, say(slot), false, false};
}

Effect look(const std::string& repository) {
  effect::Observe e;
  e.repository = repository;
  return e;
}

std::string next(Outbox& outbox, Time now = kNow) {
  const auto* p = outbox.begin(now);
  return p == nullptr ? "" : p->item.key;
}

TEST(Outbox, BeginsTheFirstOfEachIdleTargetInTheOrderTheyWereAdded) {
  Outbox o;
  o.add(item("b1", show("s1", "#b")), true);
  o.add(item("a1", show("s2", "#a")), true);
  o.add(item("b2", show("s3", "#b")), true);
  EXPECT_EQ(next(o), "b1");
  EXPECT_EQ(next(o), "a1");
  EXPECT_EQ(next(o), "");  // b2 waits for b1
  ASSERT_EQ(o.running().size(), 2U);
  o.remove("b1");
  EXPECT_EQ(next(o), "b2");
  o.remove("a1");
  o.remove("b2");
  EXPECT_TRUE(o.running().empty());
  EXPECT_FALSE(o.next_due().has_value());
  EXPECT_EQ(o.find("b1"), nullptr);
}

TEST(Outbox, WhatIsToBeTriedAgainHoldsUpItsTargetOnly) {
  Outbox o;
  o.add(item("a1", show("s1", "#a")), true);
  o.add(item("a2", show("s2", "#a")), true);
  o.add(item("b1", show("s3", "#b"), kNow + Seconds{9}), true);
  EXPECT_EQ(next(o), "a1");
  EXPECT_EQ(*o.next_due(), kNow + Seconds{9});  // a2 cannot begin while a1 runs
  o.again("a1", 1, kNow + Seconds{5});
  EXPECT_EQ(next(o), "");
  EXPECT_EQ(*o.next_due(), kNow + Seconds{5});
  EXPECT_EQ(next(o, kNow + Seconds{9}), "a1");
  EXPECT_EQ(next(o, kNow + Seconds{9}), "b1");
}

TEST(Outbox, ANewerTextReplacesOnlyWhatWasNeverTried) {
  Outbox o;
  o.add(item("k1", show("s")), true);
  o.add(item("other", show("t")), true);
  o.add(item("k2", show("s")), true);
  EXPECT_EQ(o.find("k1"), nullptr);
  EXPECT_EQ(next(o), "other");
  o.remove("other");
  EXPECT_EQ(next(o), "k2");
  o.add(item("k3", show("s")), true);  // k2 is on its way
  EXPECT_NE(o.find("k2"), nullptr);
  o.again("k2", 1, kNow);
  o.add(item("k4", show("s")), true);  // k2 may have arrived, k3 was never tried
  EXPECT_NE(o.find("k2"), nullptr);
  EXPECT_EQ(o.find("k3"), nullptr);
  o.remove("k4");
  o.add(item("k5", show("s")), true);
  EXPECT_NE(o.find("k2"), nullptr);
  EXPECT_EQ(next(o), "k2");
}

TEST(Outbox, PollsThatHaveNotBegunMakeWayForALookThatLasts) {
  Outbox o;
  EXPECT_FALSE(o.waits_to_observe("HF-1", "shop", false));
  o.add(item("poll", look("shop")), false);
  o.add(item("poll of another", look("billing")), false);
  EXPECT_TRUE(o.waits_to_observe("HF-1", "shop", false));
  EXPECT_FALSE(o.waits_to_observe("HF-1", "shop", true));
  EXPECT_FALSE(o.waits_to_observe("HF-2", "shop", false));
  o.drop_polls("HF-2", "shop");
  EXPECT_NE(o.find("poll"), nullptr);
  o.drop_polls("HF-1", "shop");
  EXPECT_EQ(o.find("poll"), nullptr);
  EXPECT_NE(o.find("poll of another"), nullptr);
  o.add(item("running poll", look("shop")), false);
  EXPECT_EQ(next(o), "poll of another");
  EXPECT_EQ(next(o), "running poll");
  EXPECT_FALSE(o.waits_to_observe("HF-1", "shop", false));
  o.drop_polls("HF-1", "shop");
  EXPECT_NE(o.find("running poll"), nullptr);
}

}  // namespace
}  // namespace hotfixd
