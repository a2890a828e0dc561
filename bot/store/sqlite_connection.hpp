#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <string>
#include <unordered_map>
#include <utility>

#include "bot/domain/basics.hpp"

// One SQLite connection with its prepared statements, transactions that roll back by themselves, and
// the one place where SQLite's errors become Problems.

namespace hotfixd::store::sqlite {

// Carries a Problem up to guarded(); never leaves this room.
struct Failed {
  Problem problem;
};

class Connection {
 public:
  // Throws SQLite::Exception.
  Connection(std::string path, int flags, std::chrono::milliseconds busy_timeout);

  SQLite::Database& database() { return database_; }
  const std::string& path() const { return path_; }
  // The statement for this SQL, a literal, prepared at its first use, with nothing bound.
  SQLite::Statement& prepared(const char* sql);
  // Runs SQL that gives no rows, a literal.
  void run(const char* sql);

 private:
  std::string path_;
  SQLite::Database database_;
  std::unordered_map<const char*, SQLite::Statement> statements_;  // by where the literal stands
};

// One use of a prepared statement, given back at the end of the scope. `sql` must be a literal. Strings that have a
// name are not copied: they must stay as they are for as long as the Query is used.
class Query {
 public:
  template <typename... Values>
  Query(Connection& connection, const char* sql, Values&&... values) : statement_(connection.prepared(sql)) {
    int index = 0;
    (bind(++index, std::forward<Values>(values)), ...);
  }
  ~Query() { statement_.tryReset(); }
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;

  bool next() { return statement_.executeStep(); }
  void run() {
    while (statement_.executeStep()) continue;
  }

  std::string text(int column) { return statement_.getColumn(column).getString(); }
  std::int64_t integer(int column) { return statement_.getColumn(column).getInt64(); }
  std::uint64_t count(int column) { return static_cast<std::uint64_t>(integer(column)); }
  Time time(int column) { return Time{std::chrono::microseconds{integer(column)}}; }
  bool null(int column) { return statement_.getColumn(column).isNull(); }

 private:
  void bind(int index, const std::string& value) { statement_.bindNoCopy(index, value); }
  void bind(int index, std::string&& value) { statement_.bind(index, value); }
  void bind(int index, std::string_view value) { statement_.bind(index, std::string(value)); }
  void bind(int index, const char* value) { statement_.bind(index, value); }
  void bind(int index, bool value) { statement_.bind(index, value ? 1 : 0); }
  void bind(int index, int value) { statement_.bind(index, value); }
  void bind(int index, std::int64_t value) { statement_.bind(index, value); }
  void bind(int index, std::uint64_t value) { statement_.bind(index, static_cast<std::int64_t>(value)); }
  void bind(int index, Time value) { statement_.bind(index, std::int64_t{value.time_since_epoch().count()}); }
  template <typename T>
  void bind(int index, const std::optional<T>& value) {
    if (value)
      bind(index, *value);
    else
      statement_.bind(index);
  }

  SQLite::Statement& statement_;
};

// Rolled back at the end of the scope unless commit() was called.
class Transaction {
 public:
  enum class Kind { read, write };
  Transaction(Connection& connection, Kind kind);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  void commit();

 private:
  Connection& connection_;
  bool open_ = true;
};

// `code` is an extended result code; `message` SQLite's own words, which name tables but hold no data.
Problem problem_of(int code, std::string_view message, std::string_view doing, const std::string& path);
Problem problem_of(const SQLite::Exception& error, std::string_view doing, const std::string& path);

// Runs f and turns what SQLite throws into a Problem; `doing` completes "while …".
template <typename Function>
auto guarded(const std::string& path, std::string_view doing, Function&& f) -> Result<std::invoke_result_t<Function>> {
  try {
    if constexpr (std::is_void_v<std::invoke_result_t<Function>>) {
      f();
      return {};
    } else {
      return f();
    }
  } catch (const SQLite::Exception& error) {
    return std::unexpected(problem_of(error, doing, path));
  } catch (Failed& failed) {
    return std::unexpected(std::move(failed.problem));
  }
}

// The value, or the Problem thrown to the guard above.
template <typename T>
T sound(Result<T> result) {
  if (!result) throw Failed{std::move(result.error())};
  return std::move(*result);
}

}  // namespace hotfixd::store::sqlite
