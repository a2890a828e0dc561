#include <SQLiteCpp/SQLiteCpp.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "tests/store/stores.hpp"

// The audit chain: whatever is changed in the file behind hotfixd's back, verify() says where.

namespace hotfixd::store::test {
namespace {

class Tampering : public ::testing::Test {
 protected:
  Tampering() {
    auto store = open();
    commit_one(*store, delivery("d1", {append("HF-1", 0,
                                              {declared("HF-1"), happened(event::HeadMoved{"shop", "abc"}, 10),
                                               happened(event::HeadMoved{"shop", "def"}, 20),
                                               happened(event::Resolved{{"at baseline"}}, 30)})}));
    commit_one(*store, delivery("d2", {append("HF-2", 0, {declared("HF-2")})}));
  }

  std::unique_ptr<Store> open() { return must(open_sqlite(SqliteOptions{.path = folder_.file("t.db")}, *ids_)); }

  // What verify() says of HF-1 after the statements were run on the file.
  std::string after(const std::string& sql) {
    {
      SQLite::Database database(folder_.file("t.db"), SQLite::OPEN_READWRITE);
      EXPECT_GT(database.exec(sql), 0) << "changed nothing: " << sql;
    }
    auto store = open();
    EXPECT_EQ(must(store->verify("HF-2")), 1U);
    const auto result = store->verify("HF-1");
    if (result) return fmt::format("{} events", *result);
    EXPECT_EQ(result.error().kind, Problem::Kind::corrupt);
    return result.error().what;
  }

  TemporaryFolder folder_;
  std::unique_ptr<IdSource> ids_ = seeded_ids(3);
};

TEST_F(Tampering, an_untouched_record_verifies) { EXPECT_EQ(must(open()->verify("HF-1")), 4U); }

// Every column of an event is covered: each is changed by one character or one microsecond.
TEST_F(Tampering, any_change_to_an_event_is_found) {
  struct Change {
    std::string set, found;
  };
  const std::string changed = "HF-1, event 2: it was changed";
  const std::vector<Change> changes{
      {"body = replace(body, 'abc', 'abd')", changed},
      {"body = body || ' '", changed},
      {"type = 'closed'", changed},
      {"codec = 2", changed},
      {"occurred_at = occurred_at + 1", changed},
      {"recorded_at = recorded_at - 1", changed},
      {"actor_id = 'U2'", changed},
      {"actor_name = 'mallory'", changed},
      {"source = 'git'", changed},
      {"hash = replace(hash, substr(hash, 1, 1), 'x')", changed},
      {"prev_hash = '0' || substr(prev_hash, 2) || 'x'", "HF-1, event 2: it does not follow from the one before"},
      {"version = 9", "HF-1, event 2: it is missing"},
      {"before = 0", "HF-1, event 2: it does not lead to the one before"},
      {"incident = 'HF-2'", ""},
  };
  for (const auto& change : changes) {
    if (change.found.empty()) continue;
    SCOPED_TRACE(change.set);
    SQLite::Database database(folder_.file("t.db"), SQLite::OPEN_READWRITE);
    database.exec("CREATE TEMP TABLE kept AS SELECT * FROM events WHERE incident = 'HF-1'");
    EXPECT_EQ(after("UPDATE events SET " + change.set + " WHERE incident = 'HF-1' AND version = 2"), change.found);
    database.exec("DELETE FROM events WHERE incident = 'HF-1'; INSERT INTO events SELECT * FROM kept; DROP TABLE kept");
    EXPECT_EQ(must(open()->verify("HF-1")), 4U);
  }
}

// Byte by byte through the last stored body, the hash in it and the digest of its text included.
TEST_F(Tampering, any_byte_of_a_body_is_covered) {
  std::string body;
  {
    SQLite::Database database(folder_.file("t.db"));
    body = database.execAndGet("SELECT body FROM events WHERE incident = 'HF-1' AND version = 4").getString();
  }
  auto store = open();
  SQLite::Database database(folder_.file("t.db"), SQLite::OPEN_READWRITE);
  for (std::size_t i = 0; i < body.size(); ++i) {
    auto damaged = body;
    damaged[i] = damaged[i] == '!' ? '?' : '!';
    SQLite::Statement update(database, "UPDATE events SET body = ? WHERE incident = 'HF-1' AND version = 4");
    update.bind(1, damaged);
    update.exec();
    const auto result = store->verify("HF-1");
    ASSERT_FALSE(result) << i;
    EXPECT_EQ(result.error().what, "HF-1, event 4: it was changed");
  }
}

TEST_F(Tampering, swapped_events_are_found) {
  EXPECT_EQ(after("UPDATE events SET version = 20 WHERE incident = 'HF-1' AND version = 2;"
                  "UPDATE events SET version = 2 WHERE incident = 'HF-1' AND version = 3;"
                  "UPDATE events SET version = 3 WHERE incident = 'HF-1' AND version = 20"),
            "HF-1, event 2: it does not follow from the one before");
}

TEST_F(Tampering, a_removed_event_is_found) {
  EXPECT_EQ(after("DELETE FROM events WHERE incident = 'HF-1' AND version = 1"), "HF-1, event 1: it is missing");
}

TEST_F(Tampering, a_removed_event_is_found_although_the_rest_moved_up) {
  EXPECT_EQ(after("DELETE FROM events WHERE incident = 'HF-1' AND version = 2;"
                  "UPDATE events SET version = 2 WHERE incident = 'HF-1' AND version = 3;"
                  "UPDATE events SET version = 3 WHERE incident = 'HF-1' AND version = 4"),
            "HF-1, event 2: it does not follow from the one before");
}

TEST_F(Tampering, a_cut_off_tail_is_found) {
  EXPECT_EQ(after("DELETE FROM events WHERE incident = 'HF-1' AND version >= 3"),
            "HF-1, event 3: it is missing, the record had 4");
}

TEST_F(Tampering, a_cut_off_tail_is_found_although_the_head_counts_less) {
  EXPECT_EQ(after("DELETE FROM events WHERE incident = 'HF-1' AND version = 4;"
                  "UPDATE chains SET version = 3 WHERE number = 1"),
            "HF-1, event 3: it is not the one the record ended with");
}

TEST_F(Tampering, an_added_event_is_found) {
  EXPECT_EQ(
      after(
          "INSERT INTO events SELECT 99, position, incident, 5, type, codec, body, occurred_at, recorded_at, actor_id, "
          "actor_name, source, "
          "hash, hash, texts FROM events WHERE incident = 'HF-1' AND version = 4"),
      "HF-1, event 5: it was changed");
}

TEST_F(Tampering, an_incident_that_does_not_lead_to_its_last_event_is_found) {
  EXPECT_EQ(after("UPDATE chains SET last_event = last_event - 1 WHERE number = 1"),
            "HF-1, event 4: it is not the one the record ended with");
  EXPECT_EQ(open()->load("HF-1").error().what, "HF-1: event 4 is missing");
}

// Who reads must come to an end, whatever the file says.
TEST_F(Tampering, a_chain_that_leads_in_a_circle_is_found) {
  EXPECT_EQ(after("UPDATE events SET before = 4 WHERE incident = 'HF-1' AND version = 3"),
            "HF-1, event 3: it does not lead to the one before");
  EXPECT_EQ(open()->load("HF-1").error().what, "HF-1: event 2 is missing");
}

TEST_F(Tampering, a_changed_or_removed_text_is_found) {
  EXPECT_EQ(after("UPDATE events SET texts = replace(texts, 'at baseline', 'never at baseline') WHERE version = 4"),
            "HF-1, event 4: a text was changed");
  EXPECT_EQ(after("UPDATE events SET texts = '[]' WHERE version = 4"), "HF-1, event 4: a text is missing");
}

// One program must not read this text, and another that.
TEST_F(Tampering, a_second_text_beside_the_one_that_was_written_is_found) {
  EXPECT_EQ(after("UPDATE events SET texts = json_array(json_object('digest', json_extract(texts, '$[0].digest'), "
                  "'nonce', 'n', 'text', 'FAKE'), json_extract(texts, '$[0]')) "
                  "WHERE incident = 'HF-1' AND version = 4"),
            "HF-1, event 4: two texts have one digest");
  EXPECT_EQ(open()->load("HF-1").error().what, "HF-1, event 4: two texts have one digest");
}

TEST_F(Tampering, a_text_with_another_member_is_found) {
  EXPECT_EQ(
      after("UPDATE events SET texts = json_set(texts, '$[0].hex', '00') WHERE incident = 'HF-1' AND version = 4"),
      "HF-1, event 4: the texts of an event: one has other members than digest, nonce and text");
}

TEST_F(Tampering, texts_that_are_none_are_found_with_their_event) {
  EXPECT_EQ(after("UPDATE events SET texts = 'garbage' WHERE incident = 'HF-1' AND version = 4"),
            "HF-1, event 4: the texts of an event is not JSON");
}

TEST_F(Tampering, a_missing_end_of_a_chain_is_no_empty_incident) {
  EXPECT_EQ(after("DELETE FROM chains WHERE number = 1"), "HF-1: the end of its chain is missing");
  EXPECT_EQ(open()->load("HF-1").error().what, "HF-1: the end of its chain is missing");
  EXPECT_EQ(open()->heads(true).error().what, "HF-1: the end of its chain is missing");
}

TEST_F(Tampering, an_audit_compares_the_tables_beside_the_events) {
  const auto findings = [&](const std::string& sql) {
    SQLite::Database(folder_.file("t.db"), SQLite::OPEN_READWRITE).exec(sql);
    return fmt::format("{}", fmt::join(must(audit_sqlite(folder_.file("t.db"), {}, {})).findings, "; "));
  };
  EXPECT_EQ(findings("INSERT INTO chains VALUES (7, 5, NULL, 10, 'ab')"),
            "HF-7: the end of a chain of an incident that is not there");
  EXPECT_EQ(
      findings("UPDATE chains SET number = 99 WHERE number = 7; UPDATE incidents SET number = 99 WHERE id = 'HF-2'"),
      "HF-2: the table says that its number is 99; HF-2: the end of a chain of an incident that is not there");
  EXPECT_EQ(findings("DELETE FROM chains WHERE number IN (1, 99); UPDATE incidents SET number = 2 WHERE id = 'HF-2'"),
            "HF-1: the end of its chain is missing");
}

TEST_F(Tampering, a_gap_also_stops_loading) {
  after("DELETE FROM events WHERE incident = 'HF-1' AND version = 2");
  EXPECT_EQ(open()->load("HF-1").error().what, "HF-1: event 2 is missing");
}

}  // namespace
}  // namespace hotfixd::store::test
