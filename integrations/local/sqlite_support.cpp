#include "integrations/local/sqlite_support.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <unistd.h>

#include <array>

namespace hotfixd::local {
namespace {

constexpr std::chrono::milliseconds opening_patience{5000};  // another process may be opening it too

// Step N brings a file from user_version N to N + 1. Steps are never changed, only added.
constexpr std::array steps = {
    R"(CREATE TABLE channels (name TEXT PRIMARY KEY, topic TEXT NOT NULL, created_at INTEGER NOT NULL);
       CREATE TABLE messages (
         number INTEGER PRIMARY KEY AUTOINCREMENT,
         channel TEXT NOT NULL,
         key TEXT UNIQUE,                       -- idempotency key of the bot's posts
         author_id TEXT NOT NULL, author_name TEXT NOT NULL,
         at INTEGER NOT NULL,                   -- microseconds since 1970
         text TEXT NOT NULL,                    -- what a person typed
         card TEXT,                             -- the bot's neutral message as JSON
         command INTEGER NOT NULL DEFAULT 0,    -- text is a /hotfix command
         edited_at INTEGER,
         deleted INTEGER NOT NULL DEFAULT 0,
         pinned INTEGER NOT NULL DEFAULT 0,
         ping INTEGER NOT NULL DEFAULT 0,
         private_to TEXT NOT NULL DEFAULT '',   -- id of the only person who sees it
         refused INTEGER NOT NULL DEFAULT 0);
       CREATE INDEX messages_by_channel ON messages (channel, number);
       CREATE TABLE reactions (
         number INTEGER NOT NULL, reaction TEXT NOT NULL, person_id TEXT NOT NULL, person_name TEXT NOT NULL,
         at INTEGER NOT NULL, PRIMARY KEY (number, reaction, person_id)) WITHOUT ROWID;
       CREATE TABLE incoming (
         seq INTEGER PRIMARY KEY AUTOINCREMENT,
         delivery_id TEXT NOT NULL UNIQUE,
         kind TEXT NOT NULL,                    -- command, said, edited, deleted, reacted, unreacted, pressed
         channel TEXT NOT NULL, number INTEGER NOT NULL,
         actor_id TEXT NOT NULL, actor_name TEXT NOT NULL,
         at INTEGER NOT NULL,
         text TEXT NOT NULL, value TEXT NOT NULL,
         delivered INTEGER NOT NULL DEFAULT 0);
       CREATE INDEX incoming_waiting ON incoming (seq) WHERE delivered = 0;)",
    R"(CREATE TABLE changes (                     -- the newest ones, for other processes to tell their listeners
         seq INTEGER PRIMARY KEY AUTOINCREMENT,
         kind TEXT NOT NULL,                    -- posted, edited, deleted, reacted, unreacted
         number INTEGER NOT NULL, channel TEXT NOT NULL,
         person_id TEXT NOT NULL, person_name TEXT NOT NULL,
         reaction TEXT NOT NULL);)",
};

void create_private(const std::string& path) {
  if (path == ":memory:") return;
  // SQLite gives its -wal and -shm files the mode of the main file, so this one call covers all three.
  // Only when it is new: to close a descriptor of a file that is there would drop this process's locks on it.
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd >= 0) ::close(fd);  // when it cannot be created, opening it says why
}

}  // namespace

Problem as_problem(const SQLite::Exception& error) {
  using Kind = Problem::Kind;
  const auto make = [&](Kind kind, std::string mend) {
    return Problem{kind, fmt::format("the channel's file: {}", error.what()), std::move(mend), {}};
  };
  switch (error.getErrorCode()) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return make(Kind::locked, "another process is writing to it; it is tried again");
    case SQLITE_FULL:
      return make(Kind::full, "free space on the disk");
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return make(Kind::corrupt, "restore it from a backup");
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_CANTOPEN:
      return make(Kind::refused, "check that its folder exists and may be written to");
    default:
      return make(Kind::internal, "");
  }
}

Result<std::unique_ptr<SQLite::Database>> open_database(const std::string& path, std::chrono::milliseconds patience) {
  create_private(path);
  auto db = std::make_unique<SQLite::Database>(path, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE,
                                               static_cast<int>(opening_patience.count()));
  db->exec("PRAGMA journal_mode=WAL");
  db->exec("PRAGMA synchronous=FULL");
  db->exec("PRAGMA secure_delete=ON");  // what people delete is blanked, not only unlinked
  SQLite::Transaction transaction(*db, SQLite::TransactionBehavior::IMMEDIATE);
  const int version = db->execAndGet("PRAGMA user_version").getInt();
  const int newest = static_cast<int>(steps.size());
  if (version > newest) {
    return std::unexpected(
        Problem{Problem::Kind::refused,
                fmt::format("the channel's file has format {}, this program knows up to {}", version, newest),
                "run the newer hotfixd that wrote it",
                {}});
  }
  for (int i = version; i < newest; ++i) db->exec(steps[static_cast<std::size_t>(i)]);
  db->exec(fmt::format("PRAGMA user_version={}", newest));
  transaction.commit();
  db->setBusyTimeout(static_cast<int>(patience.count()));
  return db;
}

}  // namespace hotfixd::local
