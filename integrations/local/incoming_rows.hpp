// Rows of the `incoming` queue: what a person did, as SQLite keeps it until the engine has it.
#pragma once

#include "integrations/local/channel_store.hpp"
#include "integrations/local/sqlite_support.hpp"

namespace hotfixd::local {

// Inserts the row inside the caller's transaction and sets sequence and delivery_id. `number` is the
// message it is about, 0 for a pressed button.
void insert_incoming(SQLite::Database& db, Incoming& incoming, Number number);

std::vector<Incoming> waiting_incoming(SQLite::Database& db);

// Takes it out of the queue; the last rows are kept for a while to look at. False: it was settled already.
bool mark_delivered(SQLite::Database& db, const std::string& delivery_id);

}  // namespace hotfixd::local
