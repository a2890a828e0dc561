// Opening the channel's SQLite file, its schema, and SQLite's failures as Problems.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <chrono>
#include <memory>
#include <type_traits>

#include "bot/domain/basics.hpp"

namespace hotfixd::local {

// Opens or creates the file (mode 0600, WAL, synchronous=FULL) and brings its schema up to date.
// Throws SQLite::Exception. A schema newer than this program's is refused: Problem::Kind::refused. `patience` is how
// long a later write waits for another process's.
Result<std::unique_ptr<SQLite::Database>> open_database(const std::string& path, std::chrono::milliseconds patience);

Problem as_problem(const SQLite::Exception& error);

// Runs `f`, which returns a Result, and turns SQLite's exceptions into Problems.
template <typename F>
std::invoke_result_t<F> guarded(F&& f) {
  try {
    return std::forward<F>(f)();
  } catch (const SQLite::Exception& e) {
    return std::unexpected(as_problem(e));
  }
}

inline std::int64_t to_row(Time t) { return t.time_since_epoch().count(); }
inline Time from_row(std::int64_t us) { return Time(std::chrono::microseconds(us)); }

}  // namespace hotfixd::local
