#include "bot/store/sqlite_schema.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <tuple>

#include "bot/store/codec.hpp"
#include "bot/store/hash.hpp"

namespace hotfixd::store::sqlite {
namespace {

// Never edit one that was released: add the next. Times are microseconds since 1970, UTC.
constexpr std::array<const char*, 5> kMigrations{R"sql(
-- What is known of an incident without its events; last_hash is the end of its chain.
CREATE TABLE incidents (
  id TEXT PRIMARY KEY,
  number INTEGER NOT NULL UNIQUE,
  channel TEXT NOT NULL,
  open INTEGER NOT NULL,
  watched INTEGER NOT NULL,
  summary TEXT NOT NULL,
  severity TEXT NOT NULL,
  status TEXT NOT NULL,
  declared_at INTEGER NOT NULL,
  version INTEGER NOT NULL,
  repositories TEXT NOT NULL,
  wake_at INTEGER,
  last_hash TEXT NOT NULL
) STRICT;

CREATE TABLE events (
  incident TEXT NOT NULL REFERENCES incidents (id),
  version INTEGER NOT NULL,
  type TEXT NOT NULL,
  codec INTEGER NOT NULL,
  body TEXT NOT NULL,
  occurred_at INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL,
  actor_id TEXT NOT NULL,
  actor_name TEXT NOT NULL,
  source TEXT NOT NULL,
  prev_hash TEXT NOT NULL,
  hash TEXT NOT NULL,
  PRIMARY KEY (incident, version)
) STRICT;

-- What people wrote. An erased row stays, empty, so that its digest still resolves.
CREATE TABLE texts (
  incident TEXT NOT NULL REFERENCES incidents (id),
  digest TEXT NOT NULL,
  nonce TEXT NOT NULL,
  text TEXT NOT NULL,
  erased INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (incident, digest)
) STRICT;

CREATE TABLE inbox (
  delivery_id TEXT PRIMARY KEY,
  incident TEXT NOT NULL,
  answer TEXT,
  at INTEGER NOT NULL
) STRICT;
CREATE INDEX inbox_by_time ON inbox (at);

-- A row is never deleted: its key is used up for all time. The effect is kept only while it is pending
-- or dead. An item that replaced an unsent one of its slot stands at that one's `position`.
CREATE TABLE outbox (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT,
  position INTEGER,
  key TEXT NOT NULL UNIQUE,
  target TEXT NOT NULL,
  slot TEXT,
  incident TEXT NOT NULL,
  effect TEXT NOT NULL,
  not_before INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('pending', 'done', 'dead', 'replaced')),
  what TEXT NOT NULL DEFAULT '',
  at INTEGER NOT NULL
) STRICT;
CREATE INDEX outbox_pending ON outbox (slot) WHERE state = 'pending';
CREATE INDEX outbox_dead ON outbox (sequence) WHERE state = 'dead';

CREATE TABLE placed (
  slot TEXT PRIMARY KEY,
  channel TEXT NOT NULL,
  message TEXT NOT NULL
) STRICT;

CREATE TABLE loose (
  channel TEXT NOT NULL,
  id TEXT NOT NULL,
  author_id TEXT NOT NULL,
  author_name TEXT NOT NULL,
  text TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (channel, id)
) STRICT;
CREATE INDEX loose_by_id ON loose (id);
CREATE INDEX loose_by_time ON loose (at);

-- The newest deployment the events tell of.
CREATE TABLE deployed (
  repository TEXT NOT NULL,
  environment TEXT NOT NULL,
  tag TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (repository, environment)
) STRICT;
)sql",
                                                 R"sql(
-- Messages of the bot about an incident, counted from this version on.
ALTER TABLE incidents ADD COLUMN posts INTEGER NOT NULL DEFAULT 0;
ALTER TABLE incidents ADD COLUMN edits INTEGER NOT NULL DEFAULT 0;
)sql",
                                                 R"sql(
-- The order in which the events of all incidents were recorded, from 1: what the head of the database is made of.
ALTER TABLE events ADD COLUMN position INTEGER NOT NULL DEFAULT 0;
UPDATE events SET position = rowid;
CREATE UNIQUE INDEX events_by_position ON events (position);
)sql",
                                                 R"sql(
-- A record costs what it changes, and that is counted in B-trees: an event stands at its position, its texts stand in
-- the order of their events, and the inbox is looked through when it is pruned.
CREATE TABLE events_by_position_4 (
  position INTEGER PRIMARY KEY,
  incident TEXT NOT NULL REFERENCES incidents (id),
  version INTEGER NOT NULL,
  type TEXT NOT NULL,
  codec INTEGER NOT NULL,
  body TEXT NOT NULL,
  occurred_at INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL,
  actor_id TEXT NOT NULL,
  actor_name TEXT NOT NULL,
  source TEXT NOT NULL,
  prev_hash TEXT NOT NULL,
  hash TEXT NOT NULL,
  UNIQUE (incident, version)
) STRICT;
INSERT INTO events_by_position_4
  SELECT position, incident, version, type, codec, body, occurred_at, recorded_at, actor_id, actor_name, source,
         prev_hash, hash FROM events ORDER BY position;
CREATE TABLE texts_4 (
  event INTEGER NOT NULL,  -- its position
  digest TEXT NOT NULL,
  nonce TEXT NOT NULL,
  text TEXT NOT NULL,
  erased INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (event, digest)
) STRICT, WITHOUT ROWID;
-- A text that no event refers to any more stays with the first event of its incident, for whoever looks into it.
WITH refers (incident, digest, event) AS MATERIALIZED (
  SELECT e.incident, j.value, min(e.position) FROM events e,
         json_tree(CASE WHEN json_valid(e.body) THEN e.body ELSE '{}' END) j WHERE j.key = '$ref' GROUP BY 1, 2)
INSERT INTO texts_4
  SELECT COALESCE(r.event, (SELECT min(position) FROM events e WHERE e.incident = t.incident), 0),
         t.digest, t.nonce, t.text, t.erased
  FROM texts t LEFT JOIN refers r ON r.incident = t.incident AND r.digest = t.digest;
DROP TABLE texts;
ALTER TABLE texts_4 RENAME TO texts;
DROP TABLE events;
ALTER TABLE events_by_position_4 RENAME TO events;
DROP INDEX inbox_by_time;
)sql",
                                                 R"sql(
-- An incident's events are found by walking back from its last: an index by incident is a page of its own for each
-- incident that is written to at the same time. Its texts stand in its row, and an inbox is one B-tree.
-- What changes with every event of an incident is apart from what is said of it once: few pages hold it for all.
CREATE TABLE chains (
  number INTEGER PRIMARY KEY,   -- the incident's
  version INTEGER NOT NULL,
  wake_at INTEGER,
  last_event INTEGER NOT NULL,  -- its position; 0 = none
  last_hash TEXT NOT NULL
) STRICT;
INSERT INTO chains
  SELECT number, version, wake_at,
         COALESCE((SELECT e.position FROM events e WHERE e.incident = i.id ORDER BY e.version DESC LIMIT 1), 0),
         last_hash
  FROM incidents i;
ALTER TABLE incidents DROP COLUMN version;
ALTER TABLE incidents DROP COLUMN wake_at;
ALTER TABLE incidents DROP COLUMN last_hash;
-- A text of no event that is there stays with the first of all, for whoever looks into it.
UPDATE OR IGNORE texts SET event = (SELECT min(position) FROM events)
  WHERE event NOT IN (SELECT position FROM events) AND EXISTS (SELECT 1 FROM events);
CREATE TABLE events_5 (
  position INTEGER PRIMARY KEY,
  before INTEGER NOT NULL,  -- the position of the incident's event before it; 0 = it is the first
  incident TEXT NOT NULL,
  version INTEGER NOT NULL,
  type TEXT NOT NULL,
  codec INTEGER NOT NULL,
  body TEXT NOT NULL,
  occurred_at INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL,
  actor_id TEXT NOT NULL,
  actor_name TEXT NOT NULL,
  source TEXT NOT NULL,
  prev_hash TEXT NOT NULL,
  hash TEXT NOT NULL,
  texts TEXT NOT NULL  -- what people wrote, a JSON list; not in the hash, the body holds the digests
) STRICT;
INSERT INTO events_5
  SELECT position, COALESCE((SELECT b.position FROM events b WHERE b.incident = e.incident AND b.version < e.version
                             ORDER BY b.version DESC LIMIT 1), 0),
         incident, version, type, codec, body, occurred_at, recorded_at, actor_id, actor_name, source, prev_hash, hash,
         (SELECT json_group_array(json(CASE WHEN t.erased THEN json_object('digest', t.digest)
                                       WHEN hotfixd_damaged(t.text)
                                       THEN json_object('digest', t.digest, 'nonce', t.nonce, 'hex', lower(hex(t.text)))
                                       ELSE json_object('digest', t.digest, 'nonce', t.nonce, 'text', t.text) END))
          FROM texts t WHERE t.event = e.position)
  FROM events e ORDER BY position;
DROP TABLE texts;
DROP TABLE events;
ALTER TABLE events_5 RENAME TO events;
CREATE TABLE inbox_5 (
  delivery_id TEXT PRIMARY KEY,
  incident TEXT NOT NULL,
  answer TEXT,
  at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO inbox_5 SELECT delivery_id, incident, answer, at FROM inbox ORDER BY delivery_id;
DROP TABLE inbox;
ALTER TABLE inbox_5 RENAME TO inbox;
-- To be looked at; hotfixd itself trusts no function in a schema.
CREATE VIEW texts AS
  SELECT position AS event, json_extract(t.value, '$.digest') AS digest,
         COALESCE(json_extract(t.value, '$.nonce'), '') AS nonce, COALESCE(json_extract(t.value, '$.text'), '') AS text,
         json_extract(t.value, '$.nonce') IS NULL AS erased
  FROM events, json_each(events.texts) t;
)sql"};

// 0 = an empty file.
int schema_of(Connection& connection) {
  auto& database = connection.database();
  if (database.tableExists("schema_version")) return database.execAndGet("SELECT version FROM schema_version").getInt();
  if (database.execAndGet("SELECT count(*) FROM sqlite_master").getInt() == 0) return 0;
  throw Failed{{Problem::Kind::refused,
                connection.path() + " is a database, but not one of hotfixd",
                "give another path in the configuration",
                {}}};
}

[[noreturn]] void refuse_newer(const Connection& connection, int version) {
  throw Failed{{Problem::Kind::refused,
                fmt::format("{} was written by a newer hotfixd (schema {}, this one knows up to {})", connection.path(),
                            version, newest_schema()),
                "install that newer version again, or restore the backup made before the upgrade",
                {}}};
}

}  // namespace

int newest_schema() { return static_cast<int>(kMigrations.size()); }

void require_ours(Connection& connection) {
  if (const int version = schema_of(connection); version > newest_schema()) refuse_newer(connection, version);
}

namespace {

// What must be the same after a migration: every link of every chain, and every text.
std::string evidence(Connection& connection, int version) {
  constexpr int kFirstWithPositions = 3, kFirstWithTextsInEvents = 5;
  auto& database = connection.database();
  std::string hashes;
  SQLite::Statement links(database, version >= kFirstWithPositions ? "SELECT hash FROM events ORDER BY position"
                                                                   : "SELECT hash FROM events ORDER BY rowid");
  while (links.executeStep()) hashes = sha256_hex(hashes + links.getColumn(0).getString());
  std::vector<TextRow> texts;
  if (version >= kFirstWithTextsInEvents) {
    SQLite::Statement lists(database, "SELECT texts FROM events");
    while (lists.executeStep())
      std::ranges::move(sound(decode_texts(lists.getColumn(0).getString())), std::back_inserter(texts));
  } else {
    SQLite::Statement rows(database, "SELECT digest, nonce, text FROM texts");
    while (rows.executeStep())
      texts.push_back({rows.getColumn(0).getString(), rows.getColumn(1).getString(), rows.getColumn(2).getString()});
  }
  std::ranges::sort(texts, {}, [](const TextRow& t) { return std::tie(t.digest, t.nonce); });
  for (const auto& t : texts) hashes = sha256_hex(hashes + t.digest + t.nonce + t.text);
  return hashes;
}

}  // namespace

void migrate(Connection& connection) {
  if (const int version = schema_of(connection); version == newest_schema()) return;
  Transaction transaction(connection, Transaction::Kind::write);
  auto& database = connection.database();
  const int version = schema_of(connection);  // again, now that nobody else can change it
  if (version > newest_schema()) refuse_newer(connection, version);
  if (version == 0)
    database.exec(
        "CREATE TABLE schema_version (version INTEGER NOT NULL) STRICT; INSERT INTO schema_version VALUES (0)");
  const auto before = version == 0 ? std::string{} : evidence(connection, version);
  // Bytes that JSON has no form for.
  database.createFunction(
      "hotfixd_damaged", 1, true, nullptr, [](sqlite3_context* context, int /*count*/, sqlite3_value** values) {
        const auto* bytes = static_cast<const char*>(sqlite3_value_blob(values[0]));
        const std::string text(bytes == nullptr ? "" : bytes, static_cast<std::size_t>(sqlite3_value_bytes(values[0])));
        sqlite3_result_int(context, survives_json(text) && !text.contains('\0') ? 0 : 1);
      });
  for (int next = version; next < newest_schema(); ++next) database.exec(kMigrations[static_cast<std::size_t>(next)]);
  if (version > 0) {
    if (evidence(connection, newest_schema()) != before)
      throw Failed{{Problem::Kind::corrupt,
                    fmt::format("{} cannot be brought from schema {} to {} without changing the record: it was left "
                                "as it is",
                                connection.path(), version, newest_schema()),
                    "keep the earlier hotfixd and report it",
                    {}}};
    spdlog::info("{}: schema {} becomes {}, the record is the same", connection.path(), version, newest_schema());
  }
  Query(connection, "UPDATE schema_version SET version = ?", newest_schema()).run();
  transaction.commit();
}

void require_schema(Connection& connection) {
  const int version = schema_of(connection);
  if (version > newest_schema()) refuse_newer(connection, version);
  if (version < newest_schema())
    throw Failed{{Problem::Kind::refused,
                  fmt::format("{} has schema {}, this hotfixd reads {}", connection.path(), version, newest_schema()),
                  "start the engine on it once: that brings it up to date",
                  {}}};
}

}  // namespace hotfixd::store::sqlite
