#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "bot/ports/clock.hpp"
#include "bot/ports/store.hpp"

// The embedded store: one SQLite file, one writer, everything queued up committed in one transaction.

namespace hotfixd::store {

struct SqliteOptions {
  std::string path;                              // ":memory:" keeps it for the life of the object
  bool read_only = false;                        // for export and reports beside a running engine
  std::chrono::milliseconds busy_timeout{5000};  // how long to wait for another connection
  // Takes `<path>.lock`, so that a second engine is refused (locked, naming the first one's process id).
  // Not used with read_only or ":memory:".
  bool exclusive = true;
  // Whose deployments last_deployed() looks at (Policy::environment); empty = every environment's.
  std::string environment;
  std::uint64_t max_bytes = 0;  // the file grows no larger (then `full`); 0 = as large as the disk allows
};

// Opens or creates the database and brings its schema up to date. Problems:
//   refused  the file or folder cannot be written, is not ours, or was written by a newer hotfixd
//   locked   another process has it
//   corrupt  not a database, or a damaged one
//   full     no space
// Later calls give the same kinds; a commit that gives a Problem left nothing behind.
// `ids` draws the nonces of erasable texts and must outlive the store.
Result<std::unique_ptr<Store>> open_sqlite(const SqliteOptions& options, IdSource& ids);

}  // namespace hotfixd::store
