#include "bot/store/sqlite_connection.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

namespace hotfixd::store::sqlite {

namespace {

// A connection is used by one thread at a time (see Store). Counting the process's bytes would take a lock for each
// allocation; it can only be switched off before SQLite is used for the first time.
int prepared_flags(int flags) {
  static const int uncounted = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  (void)uncounted;
  return flags | SQLite::OPEN_NOMUTEX;
}

}  // namespace

Connection::Connection(std::string path, int flags, std::chrono::milliseconds busy_timeout)
    : path_(std::move(path)), database_(path_, prepared_flags(flags), static_cast<int>(busy_timeout.count())) {
  sqlite3_extended_result_codes(database_.getHandle(), 1);
}

SQLite::Statement& Connection::prepared(const char* sql) {
  auto found = statements_.find(sql);
  if (found == statements_.end()) found = statements_.emplace(sql, SQLite::Statement(database_, sql)).first;
  found->second.tryReset();
  found->second.clearBindings();
  return found->second;
}

void Connection::run(const char* sql) {
  auto& statement = prepared(sql);
  try {
    while (statement.executeStep()) continue;
  } catch (...) {
    statement.tryReset();
    throw;
  }
  statement.tryReset();
}

Transaction::Transaction(Connection& connection, Kind kind) : connection_(connection) {
  connection_.run(kind == Kind::write ? "BEGIN IMMEDIATE" : "BEGIN DEFERRED");
}

// After some errors SQLite has rolled back already; a rollback that fails leaves the transaction to the
// next open, which discards it as it would after a crash.
Transaction::~Transaction() {
  auto& database = connection_.database();
  if (open_ && sqlite3_get_autocommit(database.getHandle()) == 0) database.tryExec("ROLLBACK");
}

void Transaction::commit() {
  connection_.run("COMMIT");
  open_ = false;
}

Problem problem_of(int code, std::string_view message, std::string_view doing, const std::string& path) {
  using Kind = Problem::Kind;
  const auto make = [&](Kind kind, std::string_view what, std::string mend) {
    return Problem{kind, fmt::format("{} {} ({}, while {})", path, what, message, doing), std::move(mend), {}};
  };
  switch (code & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_CONSTRAINT:  // our own rules are checked before: the tables contradict each other
    case SQLITE_MISMATCH:
      return make(Kind::corrupt, "is damaged or not a database of hotfixd",
                  fmt::format("keep a copy of {} and restore it from a backup", path));
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return make(Kind::locked, "is in use by another process",
                  "end the other process, or wait until it is done, and try again");
    case SQLITE_FULL:
      return make(Kind::full, "cannot grow: no space is left", "free space on its disk, then try again");
    case SQLITE_IOERR:
      switch (code) {
        case SQLITE_IOERR_WRITE:
        case SQLITE_IOERR_FSYNC:
        case SQLITE_IOERR_DIR_FSYNC:
        case SQLITE_IOERR_TRUNCATE:
        case SQLITE_IOERR_SHMSIZE:
        case SQLITE_IOERR_SHMOPEN:
          return make(Kind::full, "cannot be written",
                      "free space on its disk and look into the system's log for disk errors");
        case SQLITE_IOERR_CORRUPTFS:
        case SQLITE_IOERR_DATA:
          return make(Kind::corrupt, "lies on a damaged disk",
                      fmt::format("restore {} from a backup on a sound disk", path));
        default:
          return make(Kind::internal, "cannot be read", "look into the system's log for disk errors");
      }
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return make(Kind::refused, "cannot be opened or written",
                  "check that the folder exists and that hotfixd's user may write the file and its folder");
    case SQLITE_TOOBIG:
      return make(Kind::invalid, "takes no value this large", "");
    default:
      return make(Kind::internal, "failed", "");
  }
}

Problem problem_of(const SQLite::Exception& error, std::string_view doing, const std::string& path) {
  const int extended = error.getExtendedErrorCode();
  const int code = extended > 0 ? extended : error.getErrorCode();
  return problem_of(code, error.what(), doing, path);
}

}  // namespace hotfixd::store::sqlite
