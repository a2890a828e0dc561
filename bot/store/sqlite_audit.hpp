#pragma once

#include "bot/ports/store.hpp"
#include "bot/store/sqlite_connection.hpp"

// Proving that nothing was changed, and erasing what must go without breaking that proof.
//
// What the chain shows: any change to a stored event, its place, its times, its actor or its text, a
// removed or added event, a cut-off tail. What it cannot show by itself: somebody who can write the
// file may recompute every hash from the change to the end, the head's included, or erase a text as
// redact() does. Only a hash kept elsewhere (an export) shows that.

namespace hotfixd::store::sqlite {

// The number of events; throws Failed (corrupt) naming the first event that is wrong, or not_found.
std::uint64_t verify_chain(Connection& connection, const IncidentId& id);

// Within the caller's transaction: the number of texts erased; throws Failed (not_found).
std::size_t erase_texts(Connection& connection, const IncidentId& id, const std::string& needle);

// After that transaction: leaves no copy in free pages or in the write-ahead log. Throws Failed
// (locked) while another connection still reads the old state.
void scrub_file(Connection& connection);

}  // namespace hotfixd::store::sqlite
