// What waits together is committed together, each decided on what the one before leaves behind; and nothing that was
// decided so outlives a commit that did not take place.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/engine/bench.hpp"

namespace hotfixd::testing {
namespace {

using ::testing::ElementsAre;

constexpr auto kDeclare = "declare sev2 500s on checkout --criteria all";

// Several deliveries that wait in the queue when the engine comes to them.
class Together : public ::testing::Test {
 protected:
  Bench b;
  std::vector<std::string> answers;  // in the order of their coming: who, and the first line or the Problem

  void submit(const Delivery& d, const std::string& as) {
    b.engine->submit(d, [this, as](const Result<InboxAnswer>& answer) {
      answers.push_back(as + ": " +
                        (!answer                  ? "problem, " + answer.error().what
                         : !answer->reply         ? "taken"
                         : answer->reply->refused ? "refused, " + first_line(*answer->reply)
                                                  : first_line(*answer->reply)));
    });
  }
  void type(const std::string& line, const std::string& channel = "#incidents") {
    submit(b.delivery("alice", Delivery::CommandLine{line}, channel), line);
  }
  std::uint64_t commits_of_a_run() {
    const auto before = b.engine->counters().commits;
    b.last_run = b.engine->run_until_idle();
    return b.engine->counters().commits - before;
  }
  static std::string first_line(const Reply& reply) {
    return reply.message.lines.empty() ? "" : plain_text(reply.message.lines.front());
  }
  static std::string plain_text(const Line& line) {
    std::string text;
    for (const auto& span : line) text += span.text;
    return text;
  }
  std::vector<std::string> notes(const std::string& id = "HF-1") {
    std::vector<std::string> texts;
    for (const auto& e : b.incident(id).timeline)
      if (e.text.starts_with("n")) texts.push_back(e.text);
    return texts;
  }
  // What this engine remembers is what another one reads.
  void expect_memory_is_the_record(const std::string& id = "HF-1") {
    const auto other = b.make(Bench::by_hand());
    const auto exported = [&](Engine& engine) {
      std::optional<Result<InboxAnswer>> answer;
      engine.submit(b.delivery("carol", Delivery::CommandLine{id + " export json"}),
                    [&](const auto& a) { answer = a; });
      EXPECT_TRUE(engine.run_until_idle());
      return (*answer)->reply;
    };
    EXPECT_EQ(exported(*b.engine), exported(*other));
    EXPECT_TRUE(b.store.verify(id));
  }
};

TEST_F(Together, NotesOfOneIncidentShareACommitAndKeepTheirOrder) {
  b.type("alice", kDeclare);
  for (int n = 1; n <= 5; ++n) type(fmt::format("note n{}", n));
  EXPECT_EQ(commits_of_a_run(), 1U);
  EXPECT_THAT(notes(), ElementsAre("n1", "n2", "n3", "n4", "n5"));
  EXPECT_THAT(answers, ElementsAre("note n1: In the timeline at 10:00.", "note n2: In the timeline at 10:00.",
                                   "note n3: In the timeline at 10:00.", "note n4: In the timeline at 10:00.",
                                   "note n5: In the timeline at 10:00."));
  expect_memory_is_the_record();
}

TEST_F(Together, EachIsDecidedOnWhatTheOneBeforeLeaves) {
  b.type("alice", kDeclare);
  type("resolve the rate is back");
  type("resolve the rate is back");  // refused, because of the first
  type("note n1");
  commits_of_a_run();
  EXPECT_THAT(answers, ElementsAre("resolve the rate is back: taken",
                                   "resolve the rate is back: refused, HF-1 is resolved already: the rate is back.",
                                   "note n1: In the timeline at 10:00."));
  expect_memory_is_the_record();
}

TEST_F(Together, AStoreThatRefusesTakesNothingAndIsGivenEverythingAgain) {
  b.type("alice", kDeclare);
  const auto version = b.incident().version;
  std::vector<Delivery> sent;
  for (int n = 1; n <= 3; ++n) sent.push_back(b.delivery("alice", Delivery::CommandLine{fmt::format("note n{}", n)}));
  b.store.refuse = Problem{Problem::Kind::full, "the disk is full", "make room", {}};
  for (const auto& d : sent) submit(d, d.id);
  type("status");
  EXPECT_EQ(commits_of_a_run(), 0U);
  EXPECT_THAT(answers, ElementsAre("d2: problem, the disk is full", "d3: problem, the disk is full",
                                   "d4: problem, the disk is full", "status: problem, the disk is full"));
  EXPECT_EQ(b.incident().version, version);

  b.store.refuse.reset();
  b.clock.advance(Seconds{3});
  answers.clear();
  expect_memory_is_the_record();
  for (const auto& d : sent) submit(d, d.id);
  EXPECT_EQ(commits_of_a_run(), 1U);
  EXPECT_THAT(notes(), ElementsAre("n1", "n2", "n3"));
  EXPECT_EQ(answers.size(), 3U);
  expect_memory_is_the_record();
}

// The commit took place, its answer was lost: memory went back to before it.
TEST_F(Together, ACommitWhoseAnswerWasLostIsFoundInTheStore) {
  b.type("alice", kDeclare);
  std::vector<Delivery> sent;
  for (int n = 1; n <= 3; ++n) sent.push_back(b.delivery("alice", Delivery::CommandLine{fmt::format("note n{}", n)}));
  b.store.loses_answers = true;
  for (const auto& d : sent) submit(d, d.id);
  commits_of_a_run();
  b.store.loses_answers = false;
  b.clock.advance(Seconds{3});
  answers.clear();
  for (const auto& d : sent) submit(d, d.id);
  EXPECT_EQ(commits_of_a_run(), 0U);
  EXPECT_THAT(answers, ElementsAre("d2: In the timeline at 10:00.", "d3: In the timeline at 10:00.",
                                   "d4: In the timeline at 10:00."));
  EXPECT_THAT(notes(), ElementsAre("n1", "n2", "n3"));
  expect_memory_is_the_record();
}

// Another engine writes one event: the second note's version would fit, though it was decided on the first.
TEST_F(Together, AnotherEngineThatWasFasterMakesAllOfItBeDecidedAgain) {
  b.type("alice", kDeclare);
  b.type("alice", kDeclare, "#other");
  const auto before = b.incident().version;
  b.change_behind("HF-1");
  for (int n = 1; n <= 3; ++n) type(fmt::format("note n{}", n));
  type("note n4", "#other");
  commits_of_a_run();
  EXPECT_THAT(notes(), ElementsAre("n1", "n2", "n3"));
  EXPECT_THAT(notes("HF-2"), ElementsAre("n4"));
  EXPECT_EQ(b.incident().version, before + 4);
  EXPECT_EQ(answers.size(), 4U);
  for (const auto& answer : answers) EXPECT_TRUE(answer.ends_with("In the timeline at 10:00.")) << answer;
  expect_memory_is_the_record();
  expect_memory_is_the_record("HF-2");
}

TEST_F(Together, ARefusalTellsOfNothingThatWasNotCommitted) {
  b.type("alice", kDeclare);
  b.change_behind("HF-1", event::Resolved{{"seen by the other"}});
  type("resolve mine");
  type("resolve another");  // decided on the first, it would be refused because of "mine"
  commits_of_a_run();
  EXPECT_THAT(answers, ElementsAre("resolve mine: refused, HF-1 is resolved already: seen by the other.",
                                   "resolve another: refused, HF-1 is resolved already: seen by the other."));
}

TEST_F(Together, ARedeliveryBehindTheFirstWaitsForItsAnswer) {
  b.type("alice", kDeclare);
  const auto note = b.delivery("alice", Delivery::CommandLine{"note n1"});
  submit(note, "first");
  submit(note, "again");
  type("note n2");
  EXPECT_EQ(commits_of_a_run(), 2U);
  EXPECT_THAT(notes(), ElementsAre("n1", "n2"));
  EXPECT_THAT(answers, ElementsAre("first: In the timeline at 10:00.", "again: In the timeline at 10:00.",
                                   "note n2: In the timeline at 10:00."));
}

// A reader is never shown what may still fail.
TEST_F(Together, WhatOnlyReadsIsAnsweredFromWhatIsCommitted) {
  b.type("alice", kDeclare);
  b.store.refuse = Problem{Problem::Kind::full, "the disk is full", "make room", {}};
  type("assess not-a-hotfix the load test ran");
  type("list");
  type("role");
  commits_of_a_run();
  EXPECT_THAT(answers, ElementsAre("assess not-a-hotfix the load test ran: problem, the disk is full",
                                   "list: problem, the disk is full", "role: problem, the disk is full"));
}

TEST_F(Together, DeclaringIsDecidedOnWhatIsCommitted) {
  type(kDeclare);
  type("note n1");
  type(kDeclare, "#other");
  type("note n2", "#other");
  type("HF-1 note n3", "#other");
  commits_of_a_run();
  EXPECT_THAT(notes("HF-1"), ElementsAre("n1", "n3"));
  EXPECT_THAT(notes("HF-2"), ElementsAre("n2"));
  EXPECT_EQ(answers.size(), 5U);
  expect_memory_is_the_record("HF-1");
  expect_memory_is_the_record("HF-2");
}

// An incident that ends lets go of its channel, for what waits behind it too.
TEST_F(Together, WhatComesAfterTheEndIsNotRecordedBeforeIt) {
  b.type("alice", kDeclare);
  type("assess not-a-hotfix the load test ran");
  submit(b.delivery("dave", chat::Said{"m1", "n1 said too late"}), "m1");
  type("note n2");
  type(kDeclare);
  commits_of_a_run();
  EXPECT_EQ(b.incident().status(), Status::not_a_hotfix);
  EXPECT_TRUE(b.incident("HF-2").messages.contains("m1"));  // taken along as said shortly before
  expect_memory_is_the_record("HF-1");
  expect_memory_is_the_record("HF-2");
}

TEST_F(Together, AMessageAndItsEditAreBothFollowed) {
  b.type("alice", kDeclare);
  submit(b.delivery("dave", chat::Said{"m1", "rate is 3 %"}), "m1");
  submit(b.delivery("dave", chat::Edited{"m1", "rate is 4 %"}), "m1 edited");
  submit(b.delivery("bob", chat::Reacted{"m1", "pushpin", true}), "m1 pinned");
  submit(b.delivery("dave", chat::Said{"l1", "elsewhere"}, "#quiet"), "l1");
  submit(b.delivery("dave", chat::Edited{"l1", "elsewhere, edited"}, "#quiet"), "l1 edited");
  commits_of_a_run();
  EXPECT_EQ(b.incident().timeline.back().text, "rate is 4 %");
  EXPECT_EQ(b.store.loose("#quiet", {})->at(0).text, "elsewhere, edited");
  expect_memory_is_the_record();
}

}  // namespace
}  // namespace hotfixd::testing
