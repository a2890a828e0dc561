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

// What an audit found.
struct ChainReport {
  IncidentId id;
  std::uint64_t events = 0;
  std::string head;     // hash of its last event; empty when the chain is broken
  std::string finding;  // empty = the chain is whole, and the table of incidents says what the events give
};
struct AuditReport {
  std::vector<ChainReport> incidents;  // by number
  std::vector<std::string> findings;   // about the database as a whole
  std::uint64_t events = 0;            // of all incidents asked for
  // SHA-256 over the head before and the hash of the event, for each event in the order of recording, from 64 zeros
  // on: it covers the end of every incident's chain. Whoever noted it sees later that nothing up to it was cut off or
  // replaced; without a noted head a truncated end cannot be seen. Empty
  // when one incident was asked for.
  std::string head;
  std::string found;  // where the expected head stood, e.g. "the database after 12 events"; empty = nowhere
};
// Reads everything and changes nothing. `only`: one incident, empty = all. `expected`: a head of the database or of an
// incident that was noted earlier, empty = none. A missing database is one without incidents, and both are findings.
// Problems as of open_sqlite() when it cannot be read.
Result<AuditReport> audit_sqlite(const std::string& path, const IncidentId& only, const std::string& expected);

}  // namespace hotfixd::store
