#include <SQLiteCpp/SQLiteCpp.h>
#include <fmt/format.h>

#include <fstream>
#include <sstream>

#include "tests/store/stores.hpp"

// Redaction on disk: the bytes are gone from every file, the chain still verifies.

namespace hotfixd::store::test {
namespace {

const std::string kSecret = "carol.smith@example.com";

class Redaction : public ::testing::Test {
 protected:
  std::unique_ptr<Store> open() {
    return must(
        open_sqlite(SqliteOptions{.path = folder_.file("r.db"), .busy_timeout = std::chrono::milliseconds(50)}, *ids_));
  }

  // How often the bytes occur in all files of the folder together.
  std::size_t on_disk(const std::string& needle) {
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
      std::ostringstream bytes;
      bytes << std::ifstream(entry.path(), std::ios::binary).rdbuf();
      const auto all = bytes.str();
      for (auto found = all.find(needle); found != std::string::npos; found = all.find(needle, found + 1)) ++count;
    }
    return count;
  }

  // Two incidents' worth of texts, so that pages split and rows move; every tenth names the person.
  void fill(Store& store) {
    commit_one(store, delivery("d0", {append("HF-1", 0, {declared("HF-1", "500s for " + kSecret)})}));
    for (std::uint64_t i = 1; i < 300; ++i) {
      const auto text =
          fmt::format("message {} {}{}", i, std::string(i * 7 % 400, 'x'), i % 10 == 0 ? " by " + kSecret : "");
      auto commit = delivery(fmt::format("d{}", i),
                             {append("HF-1", i, {happened(event::MessageRecorded{fmt::format("m{}", i), {text}})})});
      commit.answer = {"HF-1", saying("heard: " + text)};
      commit.effects = {show(fmt::format("e{}", i), fmt::format("s{}", i), text)};
      if (i % 3 == 0) commit.done = {fmt::format("e{}", i - 1)};
      commit.loose = {{"#lobby", fmt::format("m{}", i), {"U1", "alice"}, text, at(0)}};
      commit_one(store, commit);
    }
  }

  TemporaryFolder folder_;
  std::unique_ptr<IdSource> ids_ = random_ids();
};

TEST_F(Redaction, the_text_is_gone_from_every_file_and_the_chain_verifies) {
  auto store = open();
  fill(*store);
  ASSERT_GT(on_disk(kSecret), 0U);
  EXPECT_EQ(must(store->redact(erasure(kSecret))).texts, 30U);
  EXPECT_EQ(on_disk(kSecret), 0U);
  EXPECT_EQ(on_disk("carol.smith"), 0U);
  EXPECT_EQ(must(store->verify("HF-1")), 301U);
  store.reset();
  EXPECT_EQ(on_disk(kSecret), 0U);
  store = open();
  EXPECT_EQ(must(store->verify("HF-1")), 301U);
  EXPECT_EQ(std::get<event::MessageRecorded>(must(store->load("HF-1"))[10].data).text.value, "[redacted]");
}

TEST_F(Redaction, a_reader_of_the_old_state_is_named_as_the_hindrance_and_a_repetition_finishes_the_work) {
  auto store = open();
  fill(*store);
  {
    SQLite::Database reader(folder_.file("r.db"), SQLite::OPEN_READONLY);
    SQLite::Statement reading(reader, "SELECT text FROM texts");
    ASSERT_TRUE(reading.executeStep());
    const auto result = store->redact(erasure(kSecret));
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().kind, Problem::Kind::locked) << result.error().what;
    EXPECT_GT(on_disk(kSecret), 0U);
  }
  EXPECT_EQ(must(store->redact(erasure(kSecret))).texts, 0U);
  EXPECT_EQ(on_disk(kSecret), 0U);
}

// What stands in the chain itself is named, not passed over.
TEST_F(Redaction, what_cannot_be_erased_is_said) {
  auto store = open();
  commit_one(*store, delivery("d1", {append("HF-1", 0,
                                            {declared("HF-1", "500s for " + kSecret),
                                             happened(event::BranchRequested{"shop", "hotfix/" + kSecret, ""}),
                                             happened(event::ObligationMet{"rca", {"told " + kSecret}})})}));
  const auto erased = must(store->redact(erasure(kSecret)));
  EXPECT_EQ(erased.texts, 2U);
  EXPECT_EQ(erased.kept, std::vector<std::uint64_t>{2});
}

TEST_F(Redaction, a_dead_letter_that_quotes_the_text_is_blackened) {
  auto store = open();
  commit_one(*store, delivery("d1", {append("HF-1", 0, {declared("HF-1")})}));
  auto commit = delivery("");
  commit.effects = {show("e1", "s1", "for " + kSecret)};
  commit_one(*store, commit);
  commit.effects.clear();
  commit.dead = {{"e1", Problem{Problem::Kind::refused, "cannot post \"for " + kSecret + "\"", "", {}}}};
  commit_one(*store, commit);
  must(store->redact(erasure(kSecret)));
  EXPECT_EQ(must(store->dead_letters()).at(0).what, "[redacted]");
  EXPECT_EQ(on_disk(kSecret), 0U);
}

TEST_F(Redaction, what_was_done_or_replaced_leaves_no_text_in_the_outbox) {
  auto store = open();
  auto commit = delivery("");
  commit.effects = {show("e1", "s1", kSecret), show("e2", "s1", "newer"), show("e3", "s2", kSecret)};
  commit_one(*store, commit);
  commit.effects.clear();
  commit.done = {"e3"};
  commit_one(*store, commit);
  store.reset();
  EXPECT_EQ(on_disk(kSecret), 0U);
}

}  // namespace
}  // namespace hotfixd::store::test
