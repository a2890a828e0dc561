#pragma once

#include "bot/ports/store.hpp"
#include "bot/store/codec.hpp"
#include "bot/store/sqlite_connection.hpp"

// Rows to domain values. Each throws SQLite::Exception, or Failed (corrupt) for a row that cannot be read.

namespace hotfixd::store::sqlite {

std::vector<Event> read_events(Connection& connection, const IncidentId& id);
std::vector<IncidentHead> read_heads(Connection& connection, bool all);
std::optional<InboxAnswer> read_answer(Connection& connection, const std::string& delivery_id);
std::vector<OutboxItem> read_pending(Connection& connection);
std::vector<LooseMessage> read_loose(Connection& connection, const ChannelId& channel, Time since);
std::vector<DeadLetter> read_dead_letters(Connection& connection);
std::string read_last_deployed(Connection& connection, const std::string& repository, const std::string& environment);

// The columns of an event that make its Record, in the order of kRecordColumns, from `first` on.
#define HOTFIXD_RECORD_COLUMNS "type, codec, body, occurred_at, recorded_at, actor_id, actor_name, source"
Record record_at(Query& row, int first);

}  // namespace hotfixd::store::sqlite
