#pragma once

#include "bot/ports/store.hpp"
#include "bot/store/sqlite_heads.hpp"
#include "bot/store/sqlite_store.hpp"

// Proving that nothing was changed, and erasing what must go without breaking that proof.
//
// What the chain shows: any change to a stored event, its place, its times, its actor or its text, a
// removed or added event, a cut-off tail, a text erased without an event that says so. What it cannot show
// by itself: somebody who can write the file may recompute every hash from the change to the end, the head's
// included. Only a head that was noted elsewhere shows that.

namespace hotfixd::store::sqlite {

// The number of events; throws Failed (corrupt) naming the first event that is wrong, or not_found.
std::uint64_t verify_chain(Connection& connection, const IncidentId& id);

// Everything that can be found wrong; see AuditReport.
AuditReport audit(Connection& connection, const IncidentId& only, const std::string& expected);

// Store::redact() within the caller's transaction; throws Failed (not_found).
Erased erase_texts(Connection& connection, Heads& heads, const Erasure& erasure, IdSource& nonces);

// After that transaction: leaves no copy in free pages or in the write-ahead log. Throws Failed
// (locked) while another connection still reads the old state.
void scrub_file(Connection& connection);

}  // namespace hotfixd::store::sqlite
