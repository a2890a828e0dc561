#include "bot/store/sqlite_write.hpp"

#include <sqlite3.h>

#include <map>

#include "bot/store/codec.hpp"
#include "bot/store/hash.hpp"
#include "bot/store/sqlite_read.hpp"

namespace hotfixd::store::sqlite {
namespace {

void write_deployed(Connection& connection, const event::Deployed& deployed, Time at) {
  // Deleted and inserted anew, so that of two at the same time the one recorded later has the higher row.
  Query(connection, "DELETE FROM deployed WHERE repository = ? AND environment = ? AND at <= ?", deployed.repository,
        deployed.environment, at)
      .run();
  Query(connection,
        "INSERT INTO deployed (repository, environment, tag, at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
        deployed.repository, deployed.environment, deployed.tag, at)
      .run();
}

struct Link {
  EncodedEvent event;
  ChainEnd before, own;
};

// The events as they follow on `end`, which becomes theirs; they stand from `position` on.
std::vector<Link> chained(const IncidentId& id, ChainEnd& end, std::int64_t& position, std::span<const Event> events,
                          IdSource& nonces) {
  std::vector<Link> links;
  links.reserve(events.size());
  for (const auto& event : events) {
    auto encoded = sound(encode_event(event, nonces));
    const auto version = end.version + 1;
    ChainEnd own{version, position++, chain_hash(end.hash, id, version, encoded.record)};
    links.push_back({std::move(encoded), std::exchange(end, own), std::move(own)});
  }
  return links;
}

void write_links(Connection& connection, const IncidentId& id, std::span<const Link> links) {
  for (const auto& [event, before, own] : links) {
    const auto& record = event.record;
    Query(connection,
          "INSERT INTO events (position, before, incident, version, " HOTFIXD_RECORD_COLUMNS
          ", prev_hash, hash, texts) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
          own.position, before.position, id, own.version, record.type, record.codec, record.body, record.occurred_at,
          record.recorded_at, record.actor.id, record.actor.name, record.source, before.hash, own.hash,
          encode_texts(event.texts))
        .run();
  }
}

// One append ready to be written.
struct Chained {
  const Append& append;
  std::vector<Link> links;
  ChainEnd end;
};

// Nothing when an incident is not at the expected version.
std::optional<std::vector<Chained>> chained(Heads& heads, const Commit& element, IdSource& nonces) {
  std::vector<Chained> all;
  if (element.appends.empty()) return all;
  std::map<IncidentId, ChainEnd> ends;
  auto position = heads.last_position() + 1;
  for (const auto& append : element.appends) {
    const auto& id = append.head.id;
    auto end = ends.find(id);
    if (end == ends.end()) end = ends.emplace(id, heads.end_of(id)).first;
    if (end->second.version != append.expected_version) return std::nullopt;
    auto links = chained(id, end->second, position, append.events, nonces);
    all.push_back({append, std::move(links), end->second});
  }
  return all;
}

void write_append(Connection& connection, Heads& heads, const Chained& chained) {
  const auto& [append, links, end] = chained;
  heads.write(append.head, end);
  write_links(connection, append.head.id, links);
  for (const auto& event : append.events)
    if (const auto* deployed = std::get_if<event::Deployed>(&event.data))
      write_deployed(connection, *deployed, event.occurred_at);
}

void write_effect(Connection& connection, const OutboxItem& item, Time at) {
  if (Query known(connection, "SELECT 1 FROM outbox WHERE key = ?", item.key); known.next()) return;
  std::optional<std::string> slot;
  std::optional<std::int64_t> position;
  if (const auto* show = std::get_if<effect::ShowMessage>(&item.effect)) {
    slot = show->slot;
    std::optional<std::int64_t> unsent;
    {
      Query row(connection,
                "SELECT sequence, COALESCE(position, sequence) FROM outbox "
                "WHERE slot = ? AND state = 'pending' AND attempts = 0 ORDER BY 2 LIMIT 1",
                *slot);
      if (row.next()) {
        unsent = row.integer(0);
        position = row.integer(1);
      }
    }
    // The engine may be carrying the old one out at this moment: its key stays known, so that its
    // `done` finds something to record, and the new text keeps a row and a key of its own.
    if (unsent)
      Query(connection, "UPDATE outbox SET state = 'replaced', effect = '', at = ? WHERE sequence = ?", at, *unsent)
          .run();
  }
  Query(connection,
        "INSERT INTO outbox (position, key, target, slot, incident, effect, not_before, attempts, state, at) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'pending', ?)",
        position, item.key, item.target, slot, item.incident, encode_effect(item.effect), item.not_before,
        item.attempts, at)
      .run();
}

void write_outbox(Connection& connection, const Commit& element) {
  for (const auto& key : element.done)
    Query(connection, "UPDATE outbox SET state = 'done', effect = '', what = '', at = ? WHERE key = ?", element.at, key)
        .run();
  for (const auto& [key, problem] : element.dead)
    Query(connection, "UPDATE outbox SET state = 'dead', what = ?, at = ? WHERE key = ? AND state = 'pending'",
          problem.what, element.at, key)
        .run();
  for (const auto& item : element.retried)
    Query(connection, "UPDATE outbox SET attempts = ?, not_before = ? WHERE key = ? AND state = 'pending'",
          item.attempts, item.not_before, item.key)
        .run();
  for (const auto& item : element.effects) write_effect(connection, item, element.at);
}

void write_messages(Connection& connection, const Commit& element) {
  for (const auto& [slot, where] : element.placed)
    Query(connection,
          "INSERT INTO placed (slot, channel, message) VALUES (?, ?, ?) ON CONFLICT (slot) DO UPDATE "
          "SET channel = excluded.channel, message = excluded.message",
          slot, where.channel, where.message)
        .run();
  for (const auto& message : element.loose)
    Query(connection,
          "INSERT INTO loose (channel, id, author_id, author_name, text, at) VALUES (?, ?, ?, ?, ?, ?) "
          "ON CONFLICT (channel, id) DO UPDATE SET author_id = excluded.author_id, "
          "author_name = excluded.author_name, text = excluded.text, at = excluded.at",
          message.channel, message.id, message.author.id, message.author.name, message.text, message.at)
        .run();
  for (const auto& [incident, more] : element.counted)
    Query(connection, "UPDATE incidents SET posts = posts + ?, edits = edits + ? WHERE id = ?", more.posts, more.edits,
          incident)
        .run();
  for (const auto& taken : element.loose_taken) Query(connection, "DELETE FROM loose WHERE id = ?", taken).run();
}

// False when the delivery is there already.
bool write_inbox(Connection& connection, const Commit& element) {
  if (element.delivery_id.empty()) return true;
  std::optional<std::string> answer;
  if (element.answer.reply) answer = encode_reply(*element.answer.reply);
  Query(
      connection,
      "INSERT INTO inbox (delivery_id, incident, answer, at) VALUES (?, ?, ?, ?) ON CONFLICT (delivery_id) DO NOTHING",
      element.delivery_id, element.answer.incident, answer, element.at)
      .run();
  return sqlite3_changes(connection.database().getHandle()) > 0;
}

}  // namespace

// All that can make it be skipped is asked before it is written: a savepoint for each element would copy every page
// that it touches to a temporary file.
CommitOutcome write_element(Connection& connection, Heads& heads, const Commit& element, IdSource& nonces) {
  const auto appends = chained(heads, element, nonces);
  if (!appends || !write_inbox(connection, element)) {
    if (!element.delivery_id.empty())
      if (auto first = read_answer(connection, element.delivery_id))
        return {CommitOutcome::Kind::duplicate, std::move(*first)};
    return {CommitOutcome::Kind::version_conflict, {}};
  }
  for (const auto& append : *appends) write_append(connection, heads, append);
  write_outbox(connection, element);
  write_messages(connection, element);
  return {};
}

void write_event(Connection& connection, Heads& heads, const IncidentId& id, const Event& event, IdSource& nonces) {
  auto end = heads.end_of(id);
  auto position = heads.last_position() + 1;
  const auto links = chained(id, end, position, std::span(&event, 1), nonces);
  write_links(connection, id, links);
  heads.write(id, end);
}

void write_prune(Connection& connection, Time before) {
  Query(connection, "DELETE FROM inbox WHERE at < ?", before).run();  // looks at every row, once an hour
  Query(connection, "DELETE FROM loose WHERE at < ?", before).run();
}

}  // namespace hotfixd::store::sqlite
