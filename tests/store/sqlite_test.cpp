#include <SQLiteCpp/SQLiteCpp.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "tests/store/stores.hpp"

// What only the file on disk can show: kills, damage, locks, rights, space and schema versions.

namespace hotfixd::store::test {
namespace {

class SqliteFile : public ::testing::Test {
 protected:
  SqliteOptions options() {
    return {.path = folder_.file("hotfixd.db"), .busy_timeout = std::chrono::milliseconds(50)};
  }
  std::unique_ptr<Store> open() { return must(open_sqlite(options(), *ids_)); }
  Problem refusal(const SqliteOptions& how) {
    const auto result = open_sqlite(how, *ids_);
    return result ? Problem{Problem::Kind::internal, "it opened", "", {}} : result.error();
  }
  static Commit next(std::uint64_t version) {
    auto commit = delivery(fmt::format("d{}", version));
    commit.appends = {
        append("HF-1", version,
               {version == 0 ? declared("HF-1") : happened(event::HeadMoved{"shop", fmt::format("{:040}", version)})})};
    return commit;
  }
  void run_sql(const std::string& sql) {
    SQLite::Database(folder_.file("hotfixd.db"), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE).exec(sql);
  }

  TemporaryFolder folder_;
  std::unique_ptr<IdSource> ids_ = random_ids();
};

// A child commits and tells of each commit through a pipe; it is killed somewhere in the middle. What
// it told of must be there, nothing may be half there.
TEST_F(SqliteFile, whatever_was_acknowledged_survives_a_kill) {
  std::uint64_t version = 0;
  for (int round = 0; round < 5; ++round) {
    int pipe_ends[2];
    ASSERT_EQ(::pipe(pipe_ends), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      ::close(pipe_ends[0]);
      auto store = open();
      for (std::uint64_t v = version;; ++v)
        if (commit_one(*store, next(v)).kind != CommitOutcome::Kind::committed ||
            ::write(pipe_ends[1], &v, sizeof v) != sizeof v)
          ::_exit(1);
    }
    ::close(pipe_ends[1]);
    std::uint64_t acknowledged = 0;
    for (int i = 0; i < 8 + 5 * round; ++i)
      ASSERT_EQ(::read(pipe_ends[0], &acknowledged, sizeof acknowledged), static_cast<ssize_t>(sizeof acknowledged));
    ::kill(child, SIGKILL);
    while (::read(pipe_ends[0], &acknowledged, sizeof acknowledged) == static_cast<ssize_t>(sizeof acknowledged))
      continue;
    ::close(pipe_ends[0]);
    int status = 0;
    ::waitpid(child, &status, 0);

    auto store = open();
    const auto events = must(store->load("HF-1"));
    EXPECT_GE(events.size(), acknowledged + 1);
    EXPECT_LE(events.size(), acknowledged + 2);  // committed, and killed before it could say so
    EXPECT_EQ(must(store->verify("HF-1")), events.size());
    EXPECT_EQ(must(store->heads(true)).at(0).version, events.size());
    EXPECT_TRUE(must(store->seen(fmt::format("d{}", events.size() - 1))).has_value());
    version = events.size();
  }
}

TEST_F(SqliteFile, a_new_database_is_private) {
  const auto store = open();
  const auto permissions = std::filesystem::status(folder_.file("hotfixd.db")).permissions();
  EXPECT_EQ(permissions & std::filesystem::perms::all,
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

TEST_F(SqliteFile, a_second_engine_is_refused_and_told_who_is_there) {
  auto first = open();
  const auto problem = refusal(options());
  EXPECT_EQ(problem.kind, Problem::Kind::locked);
  EXPECT_EQ(problem.what, fmt::format("{}.lock is held by process {}: a hotfixd is already running on this database",
                                      folder_.file("hotfixd.db"), ::getpid()));
  EXPECT_EQ(problem.mend, fmt::format("stop process {} first, or give this one a database of its own", ::getpid()));
  first.reset();
  EXPECT_TRUE(open_sqlite(options(), *ids_).has_value());
}

TEST_F(SqliteFile, a_reader_works_beside_the_engine_and_cannot_write) {
  auto engine = open();
  commit_one(*engine, next(0));
  auto how = options();
  how.read_only = true;
  auto reader = must(open_sqlite(how, *ids_));
  EXPECT_EQ(must(reader->load("HF-1")).size(), 1U);
  commit_one(*engine, next(1));
  EXPECT_EQ(must(reader->load("HF-1")).size(), 2U);
  EXPECT_EQ(must(reader->verify("HF-1")), 2U);
  const auto commit = next(2);
  const auto result = reader->commit(std::span(&commit, 1));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, Problem::Kind::refused);
  EXPECT_EQ(must(engine->load("HF-1")).size(), 2U);
}

TEST_F(SqliteFile, a_reader_needs_a_database_of_this_schema) {
  auto how = options();
  how.read_only = true;
  EXPECT_EQ(refusal(how).kind, Problem::Kind::refused);
  run_sql("CREATE TABLE schema_version (version INTEGER NOT NULL); INSERT INTO schema_version VALUES (0)");
  EXPECT_EQ(refusal(how).what, folder_.file("hotfixd.db") + " has schema 0, this hotfixd reads 5");
  EXPECT_EQ(refusal({.path = ":memory:", .read_only = true}).kind, Problem::Kind::invalid);
}

constexpr const char* kBackToTheFirstSchema = R"sql(
CREATE TABLE events_1 (
  incident TEXT NOT NULL REFERENCES incidents (id), version INTEGER NOT NULL, type TEXT NOT NULL,
  codec INTEGER NOT NULL, body TEXT NOT NULL, occurred_at INTEGER NOT NULL, recorded_at INTEGER NOT NULL,
  actor_id TEXT NOT NULL, actor_name TEXT NOT NULL, source TEXT NOT NULL, prev_hash TEXT NOT NULL, hash TEXT NOT NULL,
  PRIMARY KEY (incident, version)) STRICT;
INSERT INTO events_1
  SELECT incident, version, type, codec, body, occurred_at, recorded_at, actor_id, actor_name, source, prev_hash, hash
  FROM events ORDER BY position;
CREATE TABLE texts_1 (
  incident TEXT NOT NULL REFERENCES incidents (id), digest TEXT NOT NULL, nonce TEXT NOT NULL, text TEXT NOT NULL,
  erased INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (incident, digest)) STRICT;
INSERT INTO texts_1 SELECT incident, digest, nonce, text, erased FROM events JOIN texts ON event = position;
DROP VIEW texts;
DROP TABLE events;
ALTER TABLE events_1 RENAME TO events;
ALTER TABLE texts_1 RENAME TO texts;
CREATE TABLE inbox_1 (delivery_id TEXT PRIMARY KEY, incident TEXT NOT NULL, answer TEXT, at INTEGER NOT NULL) STRICT;
INSERT INTO inbox_1 SELECT * FROM inbox;
DROP TABLE inbox;
ALTER TABLE inbox_1 RENAME TO inbox;
CREATE INDEX inbox_by_time ON inbox (at);
ALTER TABLE incidents ADD COLUMN version INTEGER NOT NULL DEFAULT 0;
ALTER TABLE incidents ADD COLUMN wake_at INTEGER;
ALTER TABLE incidents ADD COLUMN last_hash TEXT NOT NULL DEFAULT '';
UPDATE incidents SET (version, wake_at, last_hash) =
  (SELECT c.version, c.wake_at, c.last_hash FROM chains c WHERE c.number = incidents.number);
DROP TABLE chains;
ALTER TABLE incidents DROP COLUMN posts;
ALTER TABLE incidents DROP COLUMN edits;
UPDATE schema_version SET version = 1;
)sql";

TEST_F(SqliteFile, a_database_of_the_first_schema_is_brought_up_to_date) {
  std::vector<Event> recorded;
  const auto head = [&] { return must(audit_sqlite(folder_.file("hotfixd.db"), {}, {})).head; };
  {
    auto store = open();
    commit_one(*store, next(0));
    commit_one(*store, delivery("x", {append("HF-2", 0, {declared("HF-2")})}));
    commit_one(*store, next(1));
    recorded = must(store->load("HF-1"));
  }
  const auto before = head();
  run_sql(kBackToTheFirstSchema);
  run_sql("INSERT INTO texts VALUES ('HF-2', 'of no event', 'n', 'a word that nobody refers to', 0)");
  run_sql(
      "INSERT INTO texts VALUES ('HF-2', 'odd', 'n', '\"\\' || char(10, 9, 1, 8364, 128512), 0), "
      "('HF-2', 'gone', '', '', 1), ('HF-2', 'damaged', 'n', CAST(x'41ff00' AS TEXT), 0)");
  {
    auto store = open();
    EXPECT_EQ(must(store->counts("HF-1")), MessageCounts{});
    EXPECT_EQ(must(store->verify("HF-1")), 2U);
    EXPECT_EQ(must(store->load("HF-1")), recorded);
    EXPECT_EQ(must(store->verify("HF-2")), 1U);
    SQLite::Database kept(folder_.file("hotfixd.db"), SQLite::OPEN_READONLY);
    EXPECT_EQ(kept.execAndGet("SELECT incident FROM texts JOIN events ON event = position WHERE digest = 'of no event'")
                  .getString(),
              "HF-2");
    EXPECT_EQ(kept.execAndGet("SELECT json_extract(t.value, '$.hex') FROM events, json_each(events.texts) t "
                              "WHERE json_extract(t.value, '$.digest') = 'damaged'")
                  .getString(),
              "41ff00");
    EXPECT_EQ(head(), before);
    commit_one(*store, next(2));
  }
  const auto later = must(audit_sqlite(folder_.file("hotfixd.db"), {}, before));
  EXPECT_EQ(later.found, "the database after 3 events");
  EXPECT_EQ(later.events, 4U);
}

// As a crash leaves them: the files copied while they are open.
TEST_F(SqliteFile, the_room_behind_the_log_means_nothing_after_a_crash) {
  constexpr std::uint64_t kCommits = 300;
  auto store = open();
  for (std::uint64_t v = 0; v < kCommits; ++v) commit_one(*store, next(v));
  EXPECT_GT(std::filesystem::file_size(folder_.file("hotfixd.db-wal")), 1000U * 4096U);
  auto how = options();
  how.path = folder_.file("crashed.db");
  for (const std::string part : {"", "-wal"})
    std::filesystem::copy_file(folder_.file("hotfixd.db" + part), how.path + part);
  const auto crashed = must(open_sqlite(how, *ids_));
  EXPECT_EQ(must(crashed->load("HF-1")).size(), kCommits);
  EXPECT_EQ(must(crashed->verify("HF-1")), kCommits);
  EXPECT_EQ(commit_one(*crashed, next(kCommits)).kind, CommitOutcome::Kind::committed);
}

TEST_F(SqliteFile, the_log_is_copied_beside_the_commits_and_begins_anew) {
  constexpr int kMany = 4000;  // pages: from there on it is copied
  auto store = open();
  // mxFrame of the index (sqlite.org/walformat.html): asking SQLite would copy the log.
  const auto pages = [&] {
    std::uint32_t frames = 0;
    std::ifstream index(folder_.file("hotfixd.db-shm"), std::ios::binary);
    index.seekg(16).read(reinterpret_cast<char*>(&frames), sizeof frames);
    return static_cast<int>(frames);
  };
  std::uint64_t version = 0;
  const auto commit_large = [&] {
    auto commit = next(version);
    commit.appends[0].events.push_back(happened(event::MessageRecorded{"m", {std::string(100'000, 'y')}}));
    commit.appends[0].head.version = version + 2;
    ASSERT_EQ(commit_one(*store, commit).kind, CommitOutcome::Kind::committed);
    version += 2;
  };
  int most = 0, now = 0;
  for (int n = 0; n < 2000 && (most < kMany || now > kMany / 2); ++n) {
    commit_large();
    now = pages();
    most = std::max(most, now);
  }
  EXPECT_GE(most, kMany);
  EXPECT_LT(now, kMany / 2);  // it was copied as a whole, and begun anew
  EXPECT_EQ(must(store->verify("HF-1")), version);
}

TEST_F(SqliteFile, a_commit_while_another_connection_writes_is_locked_and_then_goes_through) {
  auto store = open();
  const auto commit = next(0);
  {
    SQLite::Database other(folder_.file("hotfixd.db"), SQLite::OPEN_READWRITE);
    SQLite::Transaction writing(other, SQLite::TransactionBehavior::IMMEDIATE);
    const auto result = store->commit(std::span(&commit, 1));
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().kind, Problem::Kind::locked);
    EXPECT_TRUE(result.error().retryable());
  }
  EXPECT_EQ(commit_one(*store, commit).kind, CommitOutcome::Kind::committed);
}

TEST_F(SqliteFile, a_database_of_a_newer_version_is_refused_untouched) {
  open().reset();
  run_sql("UPDATE schema_version SET version = 7");
  const auto problem = refusal(options());
  EXPECT_EQ(problem.kind, Problem::Kind::refused);
  EXPECT_EQ(problem.what,
            folder_.file("hotfixd.db") + " was written by a newer hotfixd (schema 7, this one knows up to 5)");
  EXPECT_EQ(problem.mend, "install that newer version again, or restore the backup made before the upgrade");
  SQLite::Database database(folder_.file("hotfixd.db"));
  EXPECT_EQ(database.execAndGet("SELECT version FROM schema_version").getInt(), 7);
}

TEST_F(SqliteFile, somebody_elses_database_is_refused_untouched) {
  run_sql("CREATE TABLE invoices (id INTEGER)");
  const auto problem = refusal(options());
  EXPECT_EQ(problem.kind, Problem::Kind::refused);
  EXPECT_EQ(problem.what, folder_.file("hotfixd.db") + " is a database, but not one of hotfixd");
  SQLite::Database database(folder_.file("hotfixd.db"));
  EXPECT_EQ(database.execAndGet("PRAGMA journal_mode").getString(), "delete");
}

TEST_F(SqliteFile, a_file_that_is_no_database_is_corrupt) {
  std::ofstream(folder_.file("hotfixd.db")) << std::string(5000, 'x');
  const auto problem = refusal(options());
  EXPECT_EQ(problem.kind, Problem::Kind::corrupt);
  EXPECT_TRUE(problem.mend.contains("restore it from a backup")) << problem.mend;
}

TEST_F(SqliteFile, damaged_pages_are_corrupt_not_a_crash) {
  {
    auto store = open();
    for (std::uint64_t v = 0; v < 200; ++v) commit_one(*store, next(v));
  }
  const auto size = std::filesystem::file_size(folder_.file("hotfixd.db"));
  ASSERT_GT(size, 65536U);
  {
    std::fstream file(folder_.file("hotfixd.db"), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(8192);
    file << std::string(size - 8192, '\x5a');
  }
  const auto store = open_sqlite(options(), *ids_);
  const auto events = store ? (*store)->load("HF-1") : Result<std::vector<Event>>(std::unexpected(store.error()));
  ASSERT_FALSE(events);
  const auto kind = events.error().kind;
  EXPECT_EQ(kind, Problem::Kind::corrupt);
}

TEST_F(SqliteFile, a_full_disk_refuses_the_commit_and_keeps_what_was) {
  auto how = options();
  how.max_bytes = 300000;
  auto store = must(open_sqlite(how, *ids_));
  std::uint64_t version = 0;
  Result<std::vector<CommitOutcome>> result;
  const auto large = [&] {
    auto commit = next(version);
    commit.appends[0].events.push_back(happened(event::MessageRecorded{"m", {std::string(5000, 'y')}}));
    commit.appends[0].head.version = version + 2;
    return commit;
  };
  for (; version < 1000; version += 2) {
    const auto commit = large();
    result = store->commit(std::span(&commit, 1));
    if (!result) break;
  }
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, Problem::Kind::full) << result.error().what;
  EXPECT_EQ(result.error().mend, "free space on its disk, then try again");
  ASSERT_GT(version, 10U);
  EXPECT_EQ(must(store->load("HF-1")).size(), version);
  EXPECT_EQ(must(store->verify("HF-1")), version);
  EXPECT_FALSE(must(store->seen(fmt::format("d{}", version))).has_value());
  store.reset();
  store = open();  // more space now
  const auto commit = large();
  EXPECT_EQ(commit_one(*store, commit).kind, CommitOutcome::Kind::committed);
  EXPECT_EQ(must(store->verify("HF-1")), version + 2);
}

TEST_F(SqliteFile, a_text_beyond_the_limit_is_invalid_and_leaves_nothing) {
  auto store = open();
  const auto commit = delivery("d", {append("HF-1", 0, {declared("HF-1", std::string(17 * 1024 * 1024, 'z'))})});
  const auto result = store->commit(std::span(&commit, 1));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, Problem::Kind::invalid);
  EXPECT_TRUE(must(store->heads(true)).empty());
}

TEST_F(SqliteFile, an_event_that_cannot_be_written_takes_its_whole_group_back) {
  auto store = open();
  const std::vector<Commit> group{
      next(0),
      delivery("bad", {append("HF-2", 0,
                              {declared("HF-2"), happened(event::SeverityChanged{Severity{}, Severity::sev1, {}})})})};
  const auto result = store->commit(group);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, Problem::Kind::invalid);
  EXPECT_TRUE(must(store->heads(true)).empty());
  EXPECT_EQ(commit_one(*store, next(0)).kind, CommitOutcome::Kind::committed);
}

TEST_F(SqliteFile, a_missing_folder_is_refused_with_what_to_mend) {
  const auto problem = refusal({.path = folder_.file("nowhere/hotfixd.db")});
  EXPECT_EQ(problem.kind, Problem::Kind::refused);
  EXPECT_EQ(problem.what, "cannot write " + folder_.file("nowhere/hotfixd.db.lock") + ": No such file or directory");
  EXPECT_EQ(problem.mend, "check that the folder exists and that hotfixd's user may write to it");
  EXPECT_EQ(refusal({.path = folder_.file("nowhere/hotfixd.db"), .exclusive = false}).kind, Problem::Kind::refused);
}

// Without rights; as root the test gives up its rights for the moment.
TEST_F(SqliteFile, a_folder_or_file_that_may_not_be_written_is_refused) {
  constexpr uid_t kNobody = 65534;
  const bool root = ::geteuid() == 0;
  {
    commit_one(*open(), next(0));
  }
  using std::filesystem::perms;
  const auto read_only = perms::owner_read | perms::group_read | perms::others_read;
  const auto enter = perms::owner_exec | perms::group_exec | perms::others_exec;
  std::filesystem::permissions(folder_.file("hotfixd.db"), read_only);
  std::filesystem::permissions(folder_.path(), read_only | enter);
  if (root) ASSERT_EQ(::seteuid(kNobody), 0);
  auto unlocked = options();
  unlocked.exclusive = false;
  const auto file = refusal(unlocked);
  const auto folder = refusal({.path = folder_.file("other.db")});
  if (root) ASSERT_EQ(::seteuid(0), 0);
  std::filesystem::permissions(folder_.path(), perms::owner_all);
  std::filesystem::permissions(folder_.file("hotfixd.db"), perms::owner_read | perms::owner_write);
  EXPECT_EQ(file.kind, Problem::Kind::refused) << file.what;
  EXPECT_EQ(folder.kind, Problem::Kind::refused) << folder.what;
  EXPECT_EQ(must(open()->load("HF-1")).size(), 1U);
}

TEST_F(SqliteFile, last_deployed_looks_at_the_configured_environment_only) {
  auto how = options();
  how.environment = "production";
  auto store = must(open_sqlite(how, *ids_));
  commit_one(*store,
             delivery("", {append("HF-1", 0,
                                  {declared("HF-1"), happened(event::Deployed{"shop", "v1.0.1", "production"}, 1),
                                   happened(event::Deployed{"shop", "v1.0.2", "staging"}, 2)})}));
  EXPECT_EQ(must(store->last_deployed("shop")), "v1.0.1");
  const auto memory = memory_store(*ids_, "production");
  commit_one(*memory,
             delivery("", {append("HF-1", 0,
                                  {declared("HF-1"), happened(event::Deployed{"shop", "v1.0.1", "production"}, 1),
                                   happened(event::Deployed{"shop", "v1.0.2", "staging"}, 2)})}));
  EXPECT_EQ(must(memory->last_deployed("shop")), "v1.0.1");
}

}  // namespace
}  // namespace hotfixd::store::test
