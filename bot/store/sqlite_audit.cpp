#include "bot/store/sqlite_audit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "bot/store/codec.hpp"
#include "bot/store/event_fields.hpp"
#include "bot/store/hash.hpp"
#include "bot/store/json_values.hpp"
#include "bot/store/redaction.hpp"
#include "bot/store/rules.hpp"
#include "bot/store/sqlite_read.hpp"
#include "bot/store/sqlite_write.hpp"

namespace hotfixd::store::sqlite {
namespace {

// Where each event stands, those that no chain leads to included. For the queries below: nothing else finds the events
// of an incident by its name.
void find_recorded(Connection& connection, const IncidentId& only) {
  Query(connection,
        "CREATE TEMP TABLE IF NOT EXISTS recorded (incident TEXT, version INTEGER, position INTEGER, "
        "PRIMARY KEY (incident, version, position)) STRICT, WITHOUT ROWID")
      .run();
  Query(connection, "DELETE FROM recorded").run();
  Query(connection,
        "INSERT INTO recorded SELECT incident, version, position FROM events WHERE ?1 = '' OR incident = ?1", only)
      .run();
}

Failed broken(const IncidentId& id, std::uint64_t number, std::string_view why) {
  return Failed{{Problem::Kind::corrupt,
                 fmt::format("{}, event {}: {}", id, number, why),
                 "the record was changed outside hotfixd: compare it with a backup or an earlier export",
                 {}}};
}

std::map<std::string, TextRow> stored_texts(Connection& connection, const IncidentId& id) {
  std::map<std::string, TextRow> texts;
  Query rows(connection,
             "SELECT texts, e.version FROM recorded r JOIN events e USING (position) WHERE r.incident = ? "
             "ORDER BY position",
             id);
  while (rows.next()) {
    auto kept = decode_texts(rows.text(0));
    if (!kept) throw broken(id, rows.count(1), kept.error().what);
    for (auto& text : *kept)
      if (const auto [known, added] = texts.try_emplace(text.digest, text); !added && known->second != text)
        throw broken(id, rows.count(1), "two texts have one digest");
  }
  return texts;
}

// Empty when every text the body refers to is there, and is the one that was written.
std::string wrong_text(const std::string& body, const std::map<std::string, TextRow>& texts,
                       const std::set<std::string>& covered) {
  const auto references = referenced_texts(body);
  if (!references) return references.error().what;
  for (const auto& digest : *references) {
    const auto found = texts.find(digest);
    if (found == texts.end()) return "a text is missing";
    if (found->second.erased() && !covered.contains(digest)) return "a text was erased, and no event says by whom";
    if (!found->second.erased() && text_digest(found->second.nonce, found->second.text) != digest)
      return "a text was changed";
  }
  return {};
}

// The texts that events of the incident say were erased.
std::set<std::string> texts_said_erased(Connection& connection, const IncidentId& id, const Texts& texts) {
  std::set<std::string> covered;
  Query rows(connection,
             "SELECT " HOTFIXD_RECORD_COLUMNS
             " FROM recorded r JOIN events USING (position) WHERE r.incident = ? AND type = ?",
             id, Fields<event::TextErased>::name);
  while (rows.next())
    if (const auto event = decode_event(record_at(rows, 0), texts))
      if (const auto* erased = std::get_if<event::TextErased>(&event->data))
        covered.insert(erased->digests.begin(), erased->digests.end());
  return covered;
}

bool contains(const std::string& value, const std::string& needle) { return value.find(needle) != std::string::npos; }

std::uint64_t redact_inbox(Connection& connection, const IncidentId& id, const std::string& needle) {
  std::vector<std::pair<std::string, Reply>> changed;
  {
    Query rows(connection,
               "SELECT delivery_id, answer FROM inbox WHERE (incident = ? OR incident = '') AND answer IS NOT NULL",
               id);
    while (rows.next())
      if (auto reply = sound(decode_reply(rows.text(1))); redact_message(reply.message, needle) > 0)
        changed.emplace_back(rows.text(0), std::move(reply));
  }
  for (const auto& [delivery, reply] : changed)
    Query(connection, "UPDATE inbox SET answer = ? WHERE delivery_id = ?", encode_reply(reply), delivery).run();
  return changed.size();
}

std::uint64_t redact_outbox(Connection& connection, const IncidentId& id, const std::string& needle) {
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
  return changed.size();
}

std::uint64_t redact_loose(Connection& connection, const std::string& needle) {
  std::vector<std::pair<std::string, std::string>> changed;
  {
    Query rows(connection, "SELECT channel, id, text FROM loose");
    while (rows.next())
      if (contains(rows.text(2), needle)) changed.emplace_back(rows.text(0), rows.text(1));
  }
  for (const auto& [channel, message] : changed)
    Query(connection, "UPDATE loose SET text = ? WHERE channel = ? AND id = ?", kRedacted, channel, message).run();
  return changed.size();
}

// Events whose own record holds the words, outside of any text: such as a branch that was named so.
std::vector<std::uint64_t> events_with(Connection& connection, const IncidentId& id, const std::string& words) {
  std::vector<std::uint64_t> found;
  const auto quoted = canonical(nlohmann::json(words));
  Query rows(connection, "SELECT version FROM events WHERE incident = ? AND instr(body, ?) > 0 ORDER BY version", id,
             std::string_view(quoted).substr(1, quoted.size() - 2));
  while (rows.next()) found.push_back(rows.count(0));
  return found;
}

std::vector<IncidentId> others_with(Connection& connection, const IncidentId& id, const std::string& words) {
  std::set<std::uint64_t> found;
  Query rows(connection, "SELECT incident, texts FROM events WHERE incident <> ?", id);
  while (rows.next()) {
    const auto number = number_of(rows.text(0)).value_or(0);
    if (found.contains(number)) continue;
    const auto texts = decode_texts(rows.text(1));
    // What is damaged is looked through as it stands.
    const bool has = texts ? std::ranges::any_of(*texts, [&](const TextRow& t) { return contains(t.text, words); })
                           : contains(rows.text(1), words);
    if (has) found.insert(number);
  }
  std::vector<IncidentId> others;
  for (const auto number : found) others.push_back(fmt::format("HF-{}", number));
  return others;
}

}  // namespace

namespace {

// Of the events that find_recorded() found.
std::uint64_t verify_recorded(Connection& connection, const IncidentId& id) {
  std::uint64_t expected = 0;
  std::int64_t last_event = 0;
  std::string last_hash;
  {
    Query head(connection,
               "SELECT version, last_event, last_hash FROM incidents LEFT JOIN chains USING (number) WHERE id = ?", id);
    if (!head.next()) throw Failed{no_such_incident(id)};
    if (head.null(0)) throw Failed{corrupt(id + ": the end of its chain is missing")};
    expected = head.count(0);
    last_event = head.integer(1);
    last_hash = head.text(2);
  }
  const auto texts = stored_texts(connection, id);
  Texts values;
  for (const auto& [digest, text] : texts)
    values.emplace(digest, text.erased() ? std::nullopt : std::optional(text.text));
  const auto covered = texts_said_erased(connection, id, values);
  std::uint64_t number = 0;
  std::int64_t before = 0;
  std::string hash(kNoHash);
  Query rows(connection,
             "SELECT e.version, prev_hash, hash, before, position, " HOTFIXD_RECORD_COLUMNS
             " FROM recorded r JOIN events e USING (position) WHERE r.incident = ? ORDER BY r.version, position",
             id);
  while (rows.next()) {
    ++number;
    if (rows.count(0) != number) throw broken(id, number, "it is missing");
    if (rows.text(1) != hash) throw broken(id, number, "it does not follow from the one before");
    const auto record = record_at(rows, 5);
    hash = chain_hash(hash, id, number, record);
    if (rows.text(2) != hash) throw broken(id, number, "it was changed");
    if (const auto why = wrong_text(record.body, texts, covered); !why.empty()) throw broken(id, number, why);
    if (const auto event = decode_event(record, values); !event) throw broken(id, number, event.error().what);
    if (rows.integer(3) != before) throw broken(id, number, "it does not lead to the one before");
    before = rows.integer(4);
  }
  if (number < expected) throw broken(id, number + 1, fmt::format("it is missing, the record had {}", expected));
  if (number > expected) throw broken(id, expected + 1, fmt::format("it was added, the record had {}", expected));
  if (hash != last_hash || before != last_event) throw broken(id, number, "it is not the one the record ended with");
  return number;
}

}  // namespace

std::uint64_t verify_chain(Connection& connection, const IncidentId& id) {
  find_recorded(connection, id);
  return verify_recorded(connection, id);
}

Erased erase_texts(Connection& connection, Heads& heads, const Erasure& erasure, IdSource& nonces) {
  const auto& id = erasure.incident;
  const auto& needle = erasure.words;
  std::string summary;
  {
    Query head(connection, "SELECT summary FROM incidents WHERE id = ?", id);
    if (!head.next()) throw Failed{no_such_incident(id)};
    summary = head.text(0);
  }
  Erased count;
  if (redact_value(summary, needle) > 0) {
    Query(connection, "UPDATE incidents SET summary = ? WHERE id = ?", summary, id).run();
    count.heads = 1;
  }
  std::vector<std::pair<std::int64_t, std::string>> changed;
  std::vector<std::string> found;
  {
    Query rows(connection, "SELECT position, texts FROM events WHERE incident = ?", id);
    while (rows.next()) {
      auto texts = sound(decode_texts(rows.text(1)));
      const auto before = found.size();
      for (auto& kept : texts) {
        if (kept.erased() || !contains(kept.text, needle)) continue;
        found.push_back(kept.digest);
        kept = {kept.digest, {}, {}};
      }
      if (found.size() > before) changed.emplace_back(rows.integer(0), encode_texts(texts));
    }
  }
  for (const auto& [position, texts] : changed)
    Query(connection, "UPDATE events SET texts = ? WHERE position = ?", texts, position).run();
  count.texts = found.size();
  count.answers = redact_inbox(connection, id, needle);
  count.effects = redact_outbox(connection, id, needle);
  count.loose = redact_loose(connection, needle);
  count.kept = events_with(connection, id, needle);
  count.others = others_with(connection, id, needle);
  if (count.anything() || erasure.elsewhere > 0)
    write_event(connection, heads, id, erasure_event(erasure, count, std::move(found)), nonces);
  return count;
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

namespace {

// Whether what the tables say beside the events is what the events give.
std::string wrong_head(const IncidentHead& head, const Incident& folded) {
  if (head.channel != folded.channel)
    return fmt::format("its channel is {}, the table says {}", folded.channel, head.channel);
  if (head.status != folded.status())
    return fmt::format("it is {}, the table says {}", to_string(folded.status()), to_string(head.status));
  if (head.open == folded.ended())
    return folded.ended() ? "it is over, the table says open" : "it is open, the table says over";
  if (head.version != folded.version)
    return fmt::format("it has {} events, the table says {}", folded.version, head.version);
  return {};
}

ChainReport audit_one(Connection& connection, const IncidentHead& head) {
  ChainReport report{head.id, 0, {}, {}};
  try {
    report.events = verify_recorded(connection, head.id);
    if (report.events == 0) {
      report.finding = head.id + ": it has no events";
      return report;
    }
    {
      Query end(connection, "SELECT last_hash FROM incidents JOIN chains USING (number) WHERE id = ?", head.id);
      if (end.next()) report.head = end.text(0);
    }
    if (const auto wrong = wrong_head(head, fold(read_events(connection, head.id))); !wrong.empty())
      report.finding = fmt::format("{}: {}", head.id, wrong);
  } catch (Failed& failed) {
    if (failed.problem.kind != Problem::Kind::corrupt) throw;
    report.finding = failed.problem.what;
  }
  return report;
}

// Walks the events in the order they were recorded and says where `expected` stood: as the head of the database or as
// the end of an incident's chain. With `only` the other incidents were not verified, and prove nothing.
void walk_all(Connection& connection, const IncidentId& only, const std::string& expected, AuditReport& report) {
  std::map<IncidentId, std::uint64_t> versions;
  std::string head(kNoHash);
  Query rows(connection, "SELECT incident, version, hash FROM events WHERE ?1 = '' OR incident = ?1 ORDER BY position",
             only);
  while (rows.next()) {
    const auto incident = rows.text(0), hash = rows.text(2);
    auto& version = versions[incident];
    if (rows.count(1) != ++version && report.findings.empty())
      report.findings.push_back(
          fmt::format("{}, event {}: it does not stand where it was recorded", incident, version));
    head = sha256_hex(head + hash);
    ++report.events;
    if (head == expected && only.empty()) report.found = fmt::format("the database after {} events", report.events);
    if (hash == expected) report.found = fmt::format("{} after {} events", incident, version);
  }
  if (only.empty()) report.head = head;
}

// What the tables beside the events say that cannot be. False: the incidents cannot be read for it.
bool check_tables(Connection& connection, const IncidentId& only, std::vector<std::string>& findings) {
  bool readable = true;
  Query rows(connection,
             "SELECT id, number, version FROM incidents LEFT JOIN chains USING (number) WHERE ?1 = '' OR id = ?1 "
             "ORDER BY number",
             only);
  while (rows.next()) {
    if (number_of(rows.text(0)).value_or(0) != rows.count(1))
      findings.push_back(fmt::format("{}: the table says that its number is {}", rows.text(0), rows.integer(1)));
    else if (rows.null(2))
      findings.push_back(rows.text(0) + ": the end of its chain is missing");
    readable = readable && !rows.null(2);
  }
  Query ends(connection, "SELECT number FROM chains WHERE number NOT IN (SELECT number FROM incidents) ORDER BY 1");
  while (ends.next())
    if (const auto id = fmt::format("HF-{}", ends.integer(0)); only.empty() || only == id)
      findings.push_back(id + ": the end of a chain of an incident that is not there");
  return readable;
}

}  // namespace

AuditReport audit(Connection& connection, const IncidentId& only, const std::string& expected) {
  AuditReport report;
  if (!check_tables(connection, only, report.findings)) return report;
  find_recorded(connection, only);
  for (const auto& head : read_heads(connection, true))
    if (only.empty() || head.id == only) report.incidents.push_back(audit_one(connection, head));
  {
    Query orphans(connection,
                  "SELECT incident, count(*) FROM events WHERE incident NOT IN (SELECT id FROM incidents) "
                  "AND (?1 = '' OR incident = ?1) GROUP BY incident",
                  only);
    while (orphans.next())
      report.findings.push_back(
          fmt::format("{}: {} events of an incident that is not there", orphans.text(0), orphans.count(1)));
  }
  walk_all(connection, only, expected, report);
  if (report.incidents.empty() && report.findings.empty())
    report.findings.push_back(only.empty() ? "the database holds no incident" : "there is no incident " + only);
  return report;
}

}  // namespace hotfixd::store::sqlite
