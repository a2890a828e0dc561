// What people type survives a crash between storing and acknowledging, and nothing is stored twice.
#include "integrations/local/channel_store.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include "integrations/local/local_platform.hpp"
#include "integrations/local/message_json.hpp"
#include "tests/local/fake_engine.hpp"
#include "tests/local/temporary_folder.hpp"

namespace hotfixd::testing {
namespace {

using local::ChannelStore;
using local::Incoming;

const Person alice{"alice", "alice"}, bob{"bob", "bob"};
const ChannelId room = "#incidents";
const Time t0 = FixedClock{}.now();

std::string line_of(const Incoming& in) {
  struct Words {
    std::string operator()(const Incoming::CommandLine& c) const { return "command " + c.text; }
    std::string operator()(const chat::Said& c) const { return "said " + c.id + " " + c.text; }
    std::string operator()(const chat::Edited& c) const { return "edited " + c.id + " " + c.text; }
    std::string operator()(const chat::Deleted& c) const { return "deleted " + c.id; }
    std::string operator()(const chat::Reacted& c) const {
      return (c.added ? "reacted " : "unreacted ") + c.id + " " + c.reaction;
    }
    std::string operator()(const chat::Pressed& c) const { return "pressed " + c.button + " " + c.value; }
  };
  return in.delivery_id + " " + in.actor.name + " " + std::visit(Words{}, in.what);
}

std::vector<std::string> waiting(const ChannelStore& store) {
  std::vector<std::string> out;
  for (const Incoming& in : store.undelivered().value()) out.push_back(line_of(in));
  return out;
}

TEST(ChannelStore, WhatWasTypedIsOfferedAgainAfterACrashWithTheSameIds) {
  const TemporaryFolder folder;
  std::vector<std::string> before;
  {
    const auto store = ChannelStore::open(folder.file("c.db")).value();
    ASSERT_TRUE(store->say(room, alice, "500s on /checkout", t0));
    ASSERT_TRUE(store->command(room, alice, "declare sev2 500s", t0));
    ASSERT_TRUE(store->edit_said(1, alice, "502s on /checkout", t0));
    ASSERT_TRUE(store->react(1, bob, "pushpin", true, t0).value());
    ASSERT_TRUE(store->react(1, bob, "pushpin", false, t0).value());
    ASSERT_TRUE(store->press(room, bob, {"confirm", "Confirm", "HF-1", false}, t0));
    ASSERT_TRUE(store->delete_said(1, alice, t0));
    before = waiting(*store);
  }
  EXPECT_EQ(before, (std::vector<std::string>{
                        "local:1 alice said 1 500s on /checkout", "local:2 alice command declare sev2 500s",
                        "local:1:edit:3 alice edited 1 502s on /checkout", "local:1:react:4 bob reacted 1 pushpin",
                        "local:1:react:5 bob unreacted 1 pushpin", "local:press:6 bob pressed confirm HF-1",
                        "local:1:delete:7 alice deleted 1"}));
  const auto again = ChannelStore::open(folder.file("c.db")).value();
  EXPECT_EQ(waiting(*again), before);
  for (const Incoming& in : again->undelivered().value()) {
    EXPECT_EQ(in.at, t0);
    EXPECT_EQ(in.channel, room);
  }
}

// All bytes of all files that begin so: the database, its log and its index.
std::string bytes_of(const std::string& path) {
  std::string all;
  for (const auto& entry : std::filesystem::directory_iterator(std::filesystem::path(path).parent_path())) {
    std::ifstream in(entry.path(), std::ios::binary);
    all.append(std::istreambuf_iterator<char>(in), {});
  }
  return all;
}

bool blacken(Message& message) {
  bool found = false;
  for (auto& line : message.lines)
    for (auto& span : line)
      if (span.text.contains("4711-SECRET")) span = plain("[redacted]"), found = true;
  return found;
}

TEST(ChannelStore, RedactionErasesWordsFromEveryMessageAndFromTheFiles) {
  const TemporaryFolder folder;
  const auto path = folder.file("c.db");
  const auto store = ChannelStore::open(path).value();
  ASSERT_TRUE(store->create_channel("#hf", "about 4711-SECRET", t0));
  ASSERT_TRUE(store->say(room, alice, "the card is 4711-SECRET", t0));
  ASSERT_TRUE(store->say(room, alice, "nothing of interest", t0));
  ASSERT_TRUE(store->edit_said(2, alice, "also 4711-SECRET", t0));
  ASSERT_TRUE(store->edit_said(2, alice, "nothing again", t0));
  ASSERT_TRUE(store->react(1, bob, "4711-SECRET", true, t0).value());
  const Incoming command = store->command("#hf", bob, "note 4711-SECRET", t0).value();
  ASSERT_TRUE(
      store->settle(command.delivery_id, local::answer_post(command, say("noted: 4711-SECRET"), false, false, t0)));
  for (int n = 0; n < 200; ++n)
    ASSERT_TRUE(store->post({.key = std::to_string(n),
                             .channel = room,
                             .author = local::bot_person(),
                             .at = t0,
                             .message = say(n % 10 == 0 ? "status: 4711-SECRET" : std::string(300, 'x')),
                             .pin = n == 0}));
  ASSERT_TRUE(bytes_of(path).contains("4711-SECRET"));
  std::vector<local::Number> told;
  const auto listening = store->subscribe([&](const local::Change& c) { told.push_back(c.number); });

  const auto erased = store->redact("4711-SECRET", "[redacted]", blacken);
  ASSERT_TRUE(erased) << erased.error().what;
  EXPECT_EQ(erased->messages, 2U);  // the message and the command
  EXPECT_EQ(erased->cards, 21U);    // twenty posts and an answer
  EXPECT_EQ(erased->others, 6U);    // typed: said, edited, commanded, reacted; a topic; a reaction
  EXPECT_EQ(told.size(), 23U);
  EXPECT_FALSE(bytes_of(path).contains("4711"));
  EXPECT_EQ(store->entry(1).value()->text, "[redacted]");
  EXPECT_TRUE(store->entry(1).value()->reactions.empty());
  EXPECT_EQ(store->entry(2).value()->text, "nothing again");
  EXPECT_EQ(store->pinned(room, 1).value().front().card, say("[redacted]"));
  EXPECT_EQ(waiting(*store).front(), "local:1 alice said 1 [redacted]");
  EXPECT_EQ(store->redact("4711-SECRET", "[redacted]", blacken)->cards, 0U);
}

TEST(ChannelStore, ARedactionNamesTheReaderThatKeepsTheOldStateAndIsRepeated) {
  const TemporaryFolder folder;
  const auto store = ChannelStore::open(folder.file("c.db")).value();
  ASSERT_TRUE(store->say(room, alice, "the card is 4711-SECRET", t0));
  {
    SQLite::Database reader(folder.file("c.db"), SQLite::OPEN_READONLY);
    SQLite::Statement reading(reader, "SELECT text FROM messages");
    ASSERT_TRUE(reading.executeStep());
    const auto erased = store->redact("4711-SECRET", "[redacted]", blacken);
    ASSERT_FALSE(erased);
    EXPECT_EQ(erased.error().kind, Problem::Kind::locked);
    EXPECT_EQ(store->entry(1).value()->text, "[redacted]");
  }
  EXPECT_TRUE(store->redact("4711-SECRET", "[redacted]", blacken));
  EXPECT_FALSE(bytes_of(folder.file("c.db")).contains("4711"));
}

TEST(ChannelStore, SettlingTakesItOutOfTheQueueAndPostsTheAnswerOnce) {
  const auto store = ChannelStore::open(":memory:").value();
  const Incoming in = store->command(room, alice, "status", t0).value();
  const auto answer = local::answer_post(in, say("all is well"), false, false, t0);
  ASSERT_TRUE(store->settle(in.delivery_id, answer));
  ASSERT_TRUE(store->settle(in.delivery_id, answer));
  EXPECT_TRUE(waiting(*store).empty());
  const auto seen = store->recent(room, "alice", 10).value();
  ASSERT_EQ(seen.size(), 2u);
  EXPECT_EQ(seen[1].private_to, "alice");
  EXPECT_EQ(seen[1].card, say("all is well"));
  EXPECT_EQ(store->recent(room, "bob", 10).value().size(), 1u) << "a private answer is seen by nobody else";
}

TEST(ChannelStore, AReactionCountsOnce) {
  const auto store = ChannelStore::open(":memory:").value();
  ASSERT_TRUE(store->say(room, alice, "hello", t0));
  EXPECT_TRUE(store->react(1, bob, "pushpin", true, t0).value().has_value());
  EXPECT_FALSE(store->react(1, bob, "pushpin", true, t0).value().has_value());
  EXPECT_TRUE(store->react(1, bob, "pushpin", false, t0).value().has_value());
  EXPECT_FALSE(store->react(1, bob, "pushpin", false, t0).value().has_value());
}

TEST(ChannelStore, WhatIsNotTheirsStaysAsItIs) {
  const auto store = ChannelStore::open(":memory:").value();
  ASSERT_TRUE(store->say(room, alice, "hello", t0));
  ASSERT_TRUE(store->command(room, alice, "close", t0));
  const auto kind_of = [](const auto& result) { return result ? Problem::Kind::internal : result.error().kind; };
  EXPECT_EQ(kind_of(store->edit_said(1, bob, "bye", t0)), Problem::Kind::refused);
  EXPECT_EQ(kind_of(store->delete_said(1, bob, t0)), Problem::Kind::refused);
  EXPECT_EQ(kind_of(store->edit_said(2, alice, "reopen", t0)), Problem::Kind::refused) << "a command is done";
  EXPECT_EQ(kind_of(store->edit_said(9, alice, "?", t0)), Problem::Kind::not_found);
  EXPECT_EQ(kind_of(store->say(room, alice, " \n ", t0)), Problem::Kind::invalid);
  EXPECT_EQ(kind_of(store->say(room, alice, std::string(local::max_text_bytes + 1, 'x'), t0)), Problem::Kind::invalid);
  EXPECT_EQ(waiting(*store).size(), 2u) << "what was refused left no trace";
}

TEST(ChannelStore, ADeletedMessageKeepsNoText) {
  const auto store = ChannelStore::open(":memory:").value();
  ASSERT_TRUE(store->say(room, alice, "my password is hunter2", t0));
  ASSERT_TRUE(store->delete_said(1, alice, t0));
  EXPECT_EQ(store->entry(1).value()->text, "");
  EXPECT_TRUE(store->recent(room, "alice", 10).value().empty());
}

TEST(ChannelStore, TheFileIsOnlyForItsOwner) {
  const TemporaryFolder folder;
  const auto store = ChannelStore::open(folder.file("c.db")).value();
  ASSERT_TRUE(store->say(room, alice, "hello", t0));
  for (const char* suffix : {"", "-wal", "-shm"}) {
    struct stat s{};
    ASSERT_EQ(::stat((folder.file("c.db") + suffix).c_str(), &s), 0) << suffix;
    EXPECT_EQ(s.st_mode & 0777, 0600u) << suffix;
  }
}

TEST(ChannelStore, SeveralProcessesMayHaveItOpen) {
  const TemporaryFolder folder;
  const auto here = ChannelStore::open(folder.file("c.db")).value();
  ASSERT_TRUE(here->say(room, alice, "before", t0));
  // Another connection stands for another process.
  const auto there = ChannelStore::open(folder.file("c.db")).value();
  std::vector<std::string> told;
  const auto listening = there->subscribe([&](const local::Change& c) {
    told.push_back(
        fmt::format("{} {} {} {} {}", static_cast<int>(c.kind), c.number, c.channel, c.person.name, c.reaction));
  });
  const auto said = here->say(room, alice, "hello", t0);
  ASSERT_TRUE(said);
  ASSERT_TRUE(here->react(2, alice, "eyes", true, t0));
  EXPECT_TRUE(told.empty()) << "nothing is noticed by itself";
  // Its own change comes after those that were made before it.
  ASSERT_TRUE(there->delete_said(1, alice, t0));
  EXPECT_EQ(told, (std::vector<std::string>{fmt::format("0 2 {} alice ", room), fmt::format("3 2 {} alice eyes", room),
                                            fmt::format("2 1 {} alice ", room)}));
  ASSERT_TRUE(there->notice_changes());
  EXPECT_EQ(told.size(), 3u) << "each is told once";
  ASSERT_TRUE(there->settle(said->delivery_id, std::nullopt));
  EXPECT_EQ(here->undelivered().value().size(), 3u) << "before, the reaction, the deletion";
  // Who looks rarely hears of the newest.
  for (int n = 0; n < 1100; ++n) ASSERT_TRUE(here->react(2, alice, "eyes", n % 2 == 1, t0));
  ASSERT_TRUE(there->notice_changes());
  EXPECT_EQ(told.size(), 1003u);
  EXPECT_EQ(
      ChannelStore::open(folder.file("c.db"), std::chrono::milliseconds{1}).value()->recent(room, "me", 10)->size(),
      1u);
}

TEST(ChannelStore, AWriteWaitsForAnotherProcessNoLongerThanItsPatience) {
  const TemporaryFolder folder;
  const auto store = ChannelStore::open(folder.file("c.db"), std::chrono::milliseconds{50}).value();
  SQLite::Database other(folder.file("c.db"), SQLite::OPEN_READWRITE);
  SQLite::Transaction writing(other, SQLite::TransactionBehavior::IMMEDIATE);
  const auto refused = store->say(room, alice, "hello", t0);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, Problem::Kind::locked);
  writing.commit();
  EXPECT_TRUE(store->say(room, alice, "hello", t0));
}

TEST(ChannelStore, FailuresOfTheFileAreProblems) {
  const TemporaryFolder folder;
  const auto nowhere = ChannelStore::open(folder.file("missing/c.db"));
  ASSERT_FALSE(nowhere);
  EXPECT_EQ(nowhere.error().kind, Problem::Kind::refused);
  {
    SQLite::Database newer(folder.file("newer.db"), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    newer.exec("PRAGMA user_version=99");
  }
  const auto newer = ChannelStore::open(folder.file("newer.db"));
  ASSERT_FALSE(newer);
  EXPECT_EQ(newer.error().kind, Problem::Kind::refused);
}

TEST(ChannelStore, ManyThreadsPostTheSameKeysAndEachIsThereOnce) {
  const auto store = ChannelStore::open(":memory:").value();
  std::atomic<int> told{0};
  const auto listening = store->subscribe([&](const local::Change&) { ++told; });
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 25; ++i) {
          EXPECT_TRUE(store->post(
              {.key = std::to_string(i), .channel = room, .author = local::bot_person(), .message = say("x")}));
        }
      });
    }
  }
  EXPECT_EQ(store->recent(room, "me", 1000).value().size(), 25u);
  EXPECT_EQ(told, 25);
}

TEST(MessageJson, EverySpanAndButtonComesBack) {
  Message m;
  m.lines = {{plain("a"), bold("b"), code("c"), strike("d")},
             {},
             {mention(alice), link("label", "https://example.org/?q=\"x\""), clock_at(t0), day_at(t0), due_at(t0)}};
  m.buttons = {{"confirm", "Confirm", "HF-1", false}, {"drop", "Drop", "", true}};
  EXPECT_EQ(local::message_from_json(local::message_to_json(m)), m);
  EXPECT_EQ(local::message_from_json(local::message_to_json(Message{})), Message{});
}

TEST(MessageJson, WhatIsNotOneIsCorrupt) {
  for (const char* text :
       {"", "null", "[]", "{\"lines\":3}", "{\"lines\":[[1]]}", "{\"lines\":[],\"buttons\":[{}]}", "{\"li"}) {
    const auto read = local::message_from_json(text);
    ASSERT_FALSE(read.has_value()) << text;
    EXPECT_EQ(read.error().kind, Problem::Kind::corrupt) << text;
  }
}

}  // namespace
}  // namespace hotfixd::testing
