#include "bot/domain/incident.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/domain/support.hpp"

// What states of one incident share in memory, and that none of it can be seen from outside.

namespace hotfixd::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Event by(const Person& who, EventData what, Source source = Source::said) {
  return {std::move(what), at("21:04"), at("21:05"), who, source};
}

Event note(const std::string& id, const Person& who) {
  return by(who, event::EntryAdded{id, {}, {"support call " + id}, false});
}

const TimelineEntry& line(const Incident& i, int n) { return *std::next(i.timeline.begin(), n); }

const Person kAlice{"U1", "Alice"}, kBob{"U2", "Bob"};

TEST(Incident, ALineIsCopiedByTheFirstStateThatChangesIt) {
  const auto before = fold(std::vector{note("1", kAlice), note("2", kAlice)});
  auto after = before;
  apply(after, by(kBob, event::EntryTimeCorrected{"1", at("20:50")}));
  EXPECT_EQ(line(before, 0).occurred_at, at("21:04"));
  EXPECT_EQ(line(after, 0).occurred_at, at("20:50"));
  EXPECT_NE(&line(before, 0), &line(after, 0));
  EXPECT_EQ(&line(before, 1), &line(after, 1));
  EXPECT_FALSE(before == after);
}

TEST(Incident, LinesThatTwoStatesCameToByThemselvesAreSharedAgain) {
  auto now = fold(std::vector{note("1", kAlice)});
  auto spare = now;
  for (auto* state : {&now, &spare}) apply(*state, note("2", kBob));
  EXPECT_NE(&line(now, 1), &line(spare, 1));
  spare.timeline.share(now.timeline, 1);
  EXPECT_EQ(&line(now, 1), &line(spare, 1));
  EXPECT_TRUE(now == spare);
}

TEST(Incident, NotesOfOneAuthorHaveOneBackgroundHoweverTheyAlternate) {
  const Person renamed{"U1", "Alice Liddell"};
  const auto i = fold(std::vector{note("1", kAlice), note("2", kBob), note("3", kAlice), note("4", renamed)});
  EXPECT_EQ(&line(i, 0).author(), &line(i, 2).author());
  EXPECT_EQ(line(i, 1).author().name, "Bob");
  EXPECT_EQ(line(i, 2).author().name, "Alice");
  EXPECT_EQ(line(i, 3).author().name, "Alice Liddell");
}

TEST(Incident, APinIsOfOneLineOfOneState) {
  const auto pin = by(kBob, event::EntryAdded{"2", "m1", {"it is the cache"}, false}, Source::message);
  auto before = fold(std::vector{note("1", kAlice),
                                 by(kAlice, event::MessageRecorded{"m1", {"it is the cache"}}, Source::message), pin,
                                 note("3", kAlice)});
  auto after = before;
  apply(after, by(kAlice, event::EntryAdded{"2", "m1", {"it is the cache"}, false}, Source::message));
  EXPECT_THAT(line(before, 1).pinned_by(), ElementsAre("u2"));
  EXPECT_THAT(line(after, 1).pinned_by(), ElementsAre("u1", "u2"));
  EXPECT_EQ(line(after, 1).message(), "m1");
  EXPECT_FALSE(line(before, 1) == line(after, 1));
  for (const int other : {0, 2}) {
    EXPECT_THAT(line(after, other).pinned_by(), IsEmpty());
    EXPECT_EQ(line(after, other).message(), "");
    EXPECT_EQ(line(after, other).author().name, "Alice");
  }
}

}  // namespace
}  // namespace hotfixd::testing
