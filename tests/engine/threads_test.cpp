// The engine with its own thread and workers: what is said while git takes long, starting and stopping.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <thread>

#include "tests/engine/bench.hpp"

namespace hotfixd::testing {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

EngineOptions threaded() {
  EngineOptions o;
  o.workers = 2;
  return o;
}

// Real time passes here; a second's wait is the engine's own pulse.
bool eventually(const std::function<bool()>& holds) {
  for (int n = 0; n < 1000; ++n) {
    if (holds()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds{10});
  }
  return false;
}

// The answer; `tick` is how far the clock goes on while it is waited for.
Result<InboxAnswer> ask(Bench& b, const Delivery& d, Seconds tick = Seconds{0}) {
  std::latch answered(1);
  Result<InboxAnswer> answer;
  b.engine->submit(d, [&](const Result<InboxAnswer>& a) {
    answer = a;
    answered.count_down();
  });
  while (!answered.try_wait()) {
    b.clock.advance(tick);
    std::this_thread::sleep_for(std::chrono::milliseconds{1});
  }
  return answer;
}

TEST(EngineThreads, SaysSoWhenGitTakesLong) {
  Bench b(threaded());
  b.engine->start();
  b.shop.hold();
  ASSERT_TRUE(ask(b, b.delivery("alice", Delivery::CommandLine{"declare sev2 500s --criteria all"})));
  ASSERT_TRUE(ask(b, b.delivery("alice", Delivery::CommandLine{"branch checkout-500"})));
  ASSERT_TRUE(eventually([&] { return b.chat.count() >= 1; }));
  EXPECT_FALSE(b.engine->quiet());
  std::this_thread::sleep_for(std::chrono::milliseconds{50});
  const auto said = [&] {
    const auto texts = b.chat.texts("HF-1/");
    return std::ranges::any_of(texts, [](const auto& t) {
      return t.contains("cutting hotfix/checkout-500 in shop takes a while: receiving 12 of 5000 objects");
    });
  };
  EXPECT_FALSE(said());
  b.clock.advance(Seconds{3});
  EXPECT_TRUE(eventually(said));
  // The channel goes on meanwhile.
  EXPECT_TRUE(ask(b, b.delivery("bob", Delivery::CommandLine{"note still waiting"})));
  b.shop.release();
  EXPECT_TRUE(eventually([&] { return b.engine->quiet(); }));
  EXPECT_THAT(b.chat.texts("HF-1/"), Contains(HasSubstr("done after 3s")));
  b.engine->stop();
  EXPECT_EQ(b.incident().hotfixes.front().base_tag, "v2.4.7");
}

TEST(EngineThreads, AnEffectDoesNotBeginWhileItsAnswerIsOnTheWay) {
  Bench b(threaded());
  b.engine->start();
  std::latch began(1), go_on(1);
  b.engine->submit(b.delivery("alice", Delivery::CommandLine{"declare sev2 500s --criteria all"}), [&](const auto&) {
    began.count_down();
    go_on.wait();
  });
  began.wait();
  std::this_thread::sleep_for(std::chrono::milliseconds{50});  // time enough to post, were it allowed
  EXPECT_TRUE(b.chat.texts("HF-1/").empty());
  EXPECT_FALSE(b.engine->quiet());
  go_on.count_down();
  EXPECT_TRUE(eventually([&] { return b.engine->quiet(); }));
  EXPECT_FALSE(b.chat.texts("HF-1/").empty());
  b.engine->stop();
}

TEST(EngineThreads, StoppingAsksWhatRunsToEndAndKeepsTheRest) {
  Bench b(threaded());
  b.engine->start();
  b.shop.hold();
  ASSERT_TRUE(ask(b, b.delivery("alice", Delivery::CommandLine{"declare sev2 500s --criteria all"})));
  ASSERT_TRUE(ask(b, b.delivery("alice", Delivery::CommandLine{"branch checkout-500"})));
  b.engine->stop();
  const auto late = ask(b, b.delivery("alice", Delivery::CommandLine{"note too late"}));
  ASSERT_FALSE(late.has_value());
  EXPECT_EQ(late.error().kind, Problem::Kind::unreachable);
  b.shop.release();
  b.engine = b.make(Bench::by_hand());
  b.wait(Seconds{600});
  EXPECT_EQ(b.incident().hotfixes.front().base_tag, "v2.4.7");
}

TEST(EngineThreads, TheStoreFailsAndComesBack) {
  Bench b(threaded());
  b.engine->start();
  ASSERT_TRUE(ask(b, b.delivery("alice", Delivery::CommandLine{"declare sev2 500s --criteria all"})));
  const auto note = b.delivery("bob", Delivery::CommandLine{"note support was told"});
  b.store.throws = true;
  EXPECT_FALSE(ask(b, note, Seconds{1}).has_value());
  b.store.throws = false;
  EXPECT_TRUE(ask(b, note, Seconds{1}).has_value());
  EXPECT_TRUE(eventually([&] { return b.engine->quiet(); }));
  EXPECT_EQ(b.chat.texts("HF-1/status").size(), 1U);
  b.engine->stop();
}

// Two results come together; the incident of the first cannot be read for a while.
TEST(EngineThreads, AResultThatCannotBeDecidedYetTakesNoOtherWithIt) {
  Bench b(threaded());
  std::atomic<bool> unreadable = false;
  b.store.refuses = [&](std::string_view call, const std::string& id) -> std::optional<Problem> {
    if (call != "load" || id != "HF-1" || !unreadable) return std::nullopt;
    return Problem{Problem::Kind::locked, "locked", "wait", {}};
  };
  b.engine->start();
  b.shop.hold();
  b.billing.hold();
  for (const auto* channel : {"#one", "#two"})
    ASSERT_TRUE(ask(b, b.delivery("alice", Delivery::CommandLine{"declare sev2 500s --criteria all"}, channel)));
  ASSERT_TRUE(ask(b, b.delivery("alice", Delivery::CommandLine{"branch one --repo shop"}, "#one")));
  ASSERT_TRUE(ask(b, b.delivery("alice", Delivery::CommandLine{"branch two --repo billing"}, "#two")));
  const auto cuts = [&] {
    return std::ranges::count_if(b.script.calls(), [](const auto& c) { return c.starts_with("cut "); });
  };
  std::latch waits(1), together(1);  // the engine's thread waits in an answer to a question
  b.engine->open_channels([&](const auto&) {
    waits.count_down();
    together.wait();
  });
  waits.wait();
  b.shop.release();
  ASSERT_TRUE(eventually([&] { return cuts() == 1; }));
  std::this_thread::sleep_for(std::chrono::milliseconds{50});
  b.billing.release();
  ASSERT_TRUE(eventually([&] { return cuts() == 2; }));
  std::this_thread::sleep_for(std::chrono::milliseconds{50});
  b.change_behind("HF-1");
  b.change_behind("HF-2");
  unreadable = true;
  together.count_down();
  EXPECT_TRUE(eventually([&] { return b.incident("HF-2").hotfixes.front().base_tag == "v2.4.7"; }));
  unreadable = false;
  EXPECT_TRUE(b.incident("HF-1").hotfixes.front().base_tag.empty());
  EXPECT_FALSE(b.engine->quiet());
  EXPECT_TRUE(eventually([&] {
    b.clock.advance(Seconds{1});
    return b.incident("HF-1").hotfixes.front().base_tag == "v2.4.7";
  }));
  EXPECT_TRUE(eventually([&] {
    b.clock.advance(Seconds{1});
    return b.engine->quiet();
  }));
  b.engine->stop();
  EXPECT_EQ(cuts(), 2);
  EXPECT_TRUE(b.store.dead_letters()->empty());
}

// Several people at once, the engine stopped and started again under them: whoever got an answer finds
// it recorded, and everybody gets one in the end.
TEST(EngineThreads, StartsAndStopsUnderLoad) {
  constexpr int kPeople = 4, kNotes = 40, kRestarts = 5;
  Bench b(threaded());
  b.engine->start();
  std::mutex mutex;  // of `engine`, as the owner of an engine would guard it
  for (int n = 0; n < kPeople; ++n)
    ASSERT_TRUE(
        ask(b, b.delivery("alice", Delivery::CommandLine{"declare sev2 500s --criteria all"}, fmt::format("#c{}", n))));
  std::atomic<int> refused = 0;
  {
    std::vector<std::jthread> people;
    for (int n = 0; n < kPeople; ++n)
      people.emplace_back([&, n] {
        for (int k = 0; k < kNotes; ++k) {
          const Delivery d{fmt::format("p{}/{}", n, k),
                           Bench::kStart,
                           {"bob", "bob"},
                           fmt::format("#c{}", n),
                           Delivery::CommandLine{fmt::format("note n{}", k)}};
          for (bool done = false; !done;) {
            auto answered = std::make_shared<std::latch>(1);
            auto ok = std::make_shared<std::atomic<bool>>(false);
            {
              const std::lock_guard lock(mutex);
              b.engine->submit(d, [answered, ok](const Result<InboxAnswer>& a) {
                *ok = a.has_value();
                answered->count_down();
              });
            }
            answered->wait();
            done = *ok;
            refused += !done;
            if (!done) std::this_thread::sleep_for(std::chrono::milliseconds{1});
          }
        }
      });
    for (int n = 0; n < kRestarts; ++n) {
      std::this_thread::sleep_for(std::chrono::milliseconds{15});
      const std::lock_guard lock(mutex);
      b.engine->stop();
      b.engine = b.make(threaded());
      b.engine->start();
    }
  }
  EXPECT_TRUE(eventually([&] { return b.engine->quiet(); }));
  b.engine->stop();
  for (int n = 0; n < kPeople; ++n) {
    const auto i = b.incident(fmt::format("HF-{}", n + 1));
    for (int k = 0; k < kNotes; ++k)
      EXPECT_EQ(std::ranges::count(i.timeline, fmt::format("n{}", k), &TimelineEntry::text), 1) << n << " " << k;
    EXPECT_EQ(b.chat.texts(i.id + "/status").size(), 1U);
  }
  EXPECT_TRUE(b.store.pending()->empty());
}

TEST(EngineThreads, IsNotQuietWhileItIsToAskGit) {
  Bench b(threaded());
  b.type("alice", "declare sev2 500s --criteria all");  // answered nothing yet: nobody works
  b.engine->start();
  ASSERT_TRUE(ask(b, b.delivery("alice", Delivery::CommandLine{"branch checkout-500"}, "#incidents")));
  ASSERT_TRUE(eventually([&] { return b.engine->quiet(); }));
  const auto before = std::ranges::count(b.script.calls(), "observe hotfix/checkout-500");
  b.engine->refresh("shop");
  EXPECT_TRUE(eventually([&] { return b.engine->quiet(); }));
  EXPECT_GT(std::ranges::count(b.script.calls(), "observe hotfix/checkout-500"), before);
  b.engine->stop();
}

}  // namespace
}  // namespace hotfixd::testing
