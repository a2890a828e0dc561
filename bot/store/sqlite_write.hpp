#pragma once

#include "bot/ports/clock.hpp"
#include "bot/ports/store.hpp"
#include "bot/store/sqlite_heads.hpp"

// Writing one element of a commit inside the caller's transaction.

namespace hotfixd::store::sqlite {

// The whole element or, for a duplicate or a conflict, nothing of it.
CommitOutcome write_element(Connection& connection, Heads& heads, const Commit& element, IdSource& nonces);

// Appends one event to an incident that is there; its head keeps all but the version and the end of the chain.
void write_event(Connection& connection, Heads& heads, const IncidentId& id, const Event& event, IdSource& nonces);

// Drops inbox rows and loose messages older than `before`.
void write_prune(Connection& connection, Time before);

}  // namespace hotfixd::store::sqlite
