#pragma once

#include "bot/store/sqlite_connection.hpp"

// The tables, as numbered migrations that are applied when the database is opened.

namespace hotfixd::store::sqlite {

// The schema version this build works with.
int newest_schema();

// Changes nothing. Throws Failed (refused) for a database of a newer version or one that is not ours.
void require_ours(Connection& connection);

// Brings the schema up to date in one transaction; throws as require_ours().
void migrate(Connection& connection);

// For a reader, which must not change anything: throws Failed (refused) unless the schema is current.
void require_schema(Connection& connection);

}  // namespace hotfixd::store::sqlite
