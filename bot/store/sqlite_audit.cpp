#include "bot/store/sqlite_audit.hpp"

#include <fmt/format.h>

#include "bot/store/codec.hpp"
#include "bot/store/hash.hpp"
#include "bot/store/redaction.hpp"
#include "bot/store/rules.hpp"
#include "bot/store/sqlite_read.hpp"

namespace hotfixd::store::sqlite {
namespace {

struct StoredText {
  std::string nonce, text;
  bool erased = false;
};

std::map<std::string, StoredText> stored_texts(Connection& connection, const IncidentId& id) {
  std::map<std::string, StoredText> texts;
  Query rows(connection, "SELECT digest, nonce, text, erased FROM texts WHERE incident = ?", id);
  while (rows.next()) texts[rows.text(0)] = {rows.text(1), rows.text(2), rows.integer(3) != 0};
  return texts;
}

// Empty when every text the body refers to is there, and is the one that was written.
std::string wrong_text(const std::string& body, const std::map<std::string, StoredText>& texts) {
  const auto references = referenced_texts(body);
  if (!references) return references.error().what;
  for (const auto& digest : *references) {
    const auto found = texts.find(digest);
    if (found == texts.end()) return "a text is missing";
    if (!found->second.erased && text_digest(found->second.nonce, found->second.text) != digest)
      return "a text was changed";
  }
  return {};
}

bool contains(const std::string& value, const std::string& needle) { return value.find(needle) != std::string::npos; }

void redact_inbox(Connection& connection, const IncidentId& id, const std::string& needle) {
  std::vector<std::pair<std::string, Reply>> changed;
  {
    Query rows(connection, "SELECT delivery_id, answer FROM inbox WHERE incident = ? AND answer IS NOT NULL", id);
    while (rows.next())
      if (auto reply = sound(decode_reply(rows.text(1))); redact_message(reply.message, needle) > 0)
        changed.emplace_back(rows.text(0), std::move(reply));
  }
  for (const auto& [delivery, reply] : changed)
    Query(connection, "UPDATE inbox SET answer = ? WHERE delivery_id = ?", encode_reply(reply), delivery).run();
}

void redact_outbox(Connection& connection, const IncidentId& id, const std::string& needle) {
  struct Row {
    std::int64_t sequence;
    std::string effect, what;
  };
  std::vector<Row> changed;
  {
    Query rows(connection,
               "SELECT sequence, effect, what FROM outbox WHERE (incident = ? OR incident = '') "
               "AND (effect <> '' OR what <> '')",
               id);
    while (rows.next()) {
      Row row{rows.integer(0), rows.text(1), rows.text(2)};
      std::size_t count = redact_value(row.what, needle);
      if (!row.effect.empty()) {
        auto effect = sound(decode_effect(row.effect));
        if (redact_effect(effect, needle) > 0) {
          row.effect = encode_effect(effect);
          ++count;
        }
      }
      if (count > 0) changed.push_back(std::move(row));
    }
  }
  for (const auto& row : changed)
    Query(connection, "UPDATE outbox SET effect = ?, what = ? WHERE sequence = ?", row.effect, row.what, row.sequence)
        .run();
}

void redact_loose(Connection& connection, const std::string& needle) {
  std::vector<std::pair<std::string, std::string>> changed;
  {
    Query rows(connection, "SELECT channel, id, text FROM loose");
    while (rows.next())
      if (contains(rows.text(2), needle)) changed.emplace_back(rows.text(0), rows.text(1));
  }
  for (const auto& [channel, message] : changed)
    Query(connection, "UPDATE loose SET text = ? WHERE channel = ? AND id = ?", kRedacted, channel, message).run();
}

}  // namespace

std::uint64_t verify_chain(Connection& connection, const IncidentId& id) {
  std::uint64_t expected = 0;
  std::string last_hash;
  {
    Query head(connection, "SELECT version, last_hash FROM incidents WHERE id = ?", id);
    if (!head.next()) throw Failed{no_such_incident(id)};
    expected = head.count(0);
    last_hash = head.text(1);
  }
  const auto broken = [&](std::uint64_t number, std::string_view why) {
    return Failed{{Problem::Kind::corrupt,
                   fmt::format("{}, event {}: {}", id, number, why),
                   "the record was changed outside hotfixd: compare it with a backup or an earlier export",
                   {}}};
  };
  const auto texts = stored_texts(connection, id);
  const auto values = read_texts(connection, id);
  std::uint64_t number = 0;
  std::string hash(kNoHash);
  Query rows(connection,
             "SELECT version, prev_hash, hash, " HOTFIXD_RECORD_COLUMNS
             " FROM events WHERE incident = ? ORDER BY version",
             id);
  while (rows.next()) {
    ++number;
    if (rows.count(0) != number) throw broken(number, "it is missing");
    if (rows.text(1) != hash) throw broken(number, "it does not follow from the one before");
    const auto record = record_at(rows, 3);
    hash = chain_hash(hash, id, number, record);
    if (rows.text(2) != hash) throw broken(number, "it was changed");
    if (const auto why = wrong_text(record.body, texts); !why.empty()) throw broken(number, why);
    if (const auto event = decode_event(record, values); !event) throw broken(number, event.error().what);
  }
  if (number < expected) throw broken(number + 1, fmt::format("it is missing, the record had {}", expected));
  if (number > expected) throw broken(expected + 1, fmt::format("it was added, the record had {}", expected));
  if (hash != last_hash) throw broken(number, "it is not the one the record ended with");
  return number;
}

std::size_t erase_texts(Connection& connection, const IncidentId& id, const std::string& needle) {
  std::string summary;
  {
    Query head(connection, "SELECT summary FROM incidents WHERE id = ?", id);
    if (!head.next()) throw Failed{no_such_incident(id)};
    summary = head.text(0);
  }
  if (redact_value(summary, needle) > 0)
    Query(connection, "UPDATE incidents SET summary = ? WHERE id = ?", summary, id).run();
  std::vector<std::string> found;
  for (const auto& [digest, text] : read_texts(connection, id))
    if (text && contains(*text, needle)) found.push_back(digest);
  for (const auto& digest : found)
    Query(connection, "UPDATE texts SET nonce = '', text = '', erased = 1 WHERE incident = ? AND digest = ?", id,
          digest)
        .run();
  redact_inbox(connection, id, needle);
  redact_outbox(connection, id, needle);
  redact_loose(connection, needle);
  return found.size();
}

void scrub_file(Connection& connection) {
  // secure_delete blanks what is freed, but SQLite does not promise that of cells that moved between
  // pages; VACUUM writes every page anew from live rows only. It needs free space of the file's size.
  connection.database().exec("VACUUM");
  Query checkpoint(connection, "PRAGMA wal_checkpoint(TRUNCATE)");
  if (checkpoint.next() && checkpoint.integer(0) != 0)
    throw Failed{{Problem::Kind::locked,
                  fmt::format("the text is erased, but another process still reads the old state of {}: "
                              "its bytes stay in {}-wal until that ends",
                              connection.path(), connection.path()),
                  "end the other process, then repeat the redaction",
                  {}}};
}

}  // namespace hotfixd::store::sqlite
