#include "bot/store/sqlite_read.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "bot/store/json_values.hpp"

namespace hotfixd::store::sqlite {
namespace {

Failed damaged(std::string what) { return Failed{corrupt(std::move(what))}; }

std::vector<std::string> read_list(const std::string& json, const std::string& where) {
  std::vector<std::string> out;
  Reader reader(nullptr);
  if (!reader.value(sound(parse_json(json, where)), out)) throw damaged(where + reader.wrong());
  return out;
}

}  // namespace

Record record_at(Query& row, int first) {
  Record record;
  record.type = row.text(first);
  record.codec = static_cast<int>(row.integer(first + 1));
  record.body = row.text(first + 2);
  record.occurred_at = row.time(first + 3);
  record.recorded_at = row.time(first + 4);
  record.actor = {row.text(first + 5), row.text(first + 6)};
  record.source = row.text(first + 7);
  return record;
}

// An incident's events from its last back to its first, as far as they are there. Each leads to an earlier one, so
// that it ends whatever the file says.
#define HOTFIXD_CHAIN                                                                                        \
  "WITH RECURSIVE chain (position, before) AS ("                                                             \
  "SELECT e.position, e.before FROM incidents i JOIN chains c USING (number) JOIN events e ON e.position = " \
  "c.last_event "                                                                                            \
  "AND e.incident = i.id WHERE i.id = ?1 "                                                                   \
  "UNION ALL SELECT e.position, e.before FROM chain c JOIN events e ON e.position = c.before "               \
  "AND e.incident = ?1 WHERE c.before < c.position) "

std::vector<Event> read_events(Connection& connection, const IncidentId& id) {
  std::uint64_t expected = 0;
  {
    Query head(connection, "SELECT version FROM incidents LEFT JOIN chains USING (number) WHERE id = ?", id);
    if (!head.next()) return {};
    if (head.null(0)) throw damaged(id + ": the end of its chain is missing");
    expected = head.count(0);
  }
  std::vector<Record> records;
  Texts texts;
  std::uint64_t first = 1;
  {
    Query rows(connection,
               HOTFIXD_CHAIN "SELECT version, texts, " HOTFIXD_RECORD_COLUMNS
                             " FROM chain JOIN events USING (position) ORDER BY chain.position",
               id);
    while (rows.next()) {
      if (records.empty()) first = rows.count(0);
      if (rows.count(0) != first + records.size())
        throw damaged(fmt::format("{}: event {} is missing", id, first + records.size()));
      auto list = decode_texts(rows.text(1));
      if (!list) throw damaged(fmt::format("{}, event {}: {}", id, rows.count(0), list.error().what));
      for (auto& kept : *list) {
        auto value = kept.erased() ? std::nullopt : std::optional(std::move(kept.text));
        if (const auto [known, added] = texts.try_emplace(kept.digest, value); !added && known->second != value)
          throw damaged(fmt::format("{}, event {}: two texts have one digest", id, rows.count(0)));
      }
      records.push_back(record_at(rows, 2));
    }
  }
  if (first != 1) throw damaged(fmt::format("{}: event {} is missing", id, first - 1));
  if (records.size() < expected) throw damaged(fmt::format("{}: event {} is missing", id, expected));
  if (records.size() > expected) throw damaged(fmt::format("{}: event {} was added", id, expected + 1));
  std::vector<Event> events;
  events.reserve(records.size());
  for (const auto& record : records) {
    auto event = decode_event(record, texts);
    if (!event) {
      event.error().what = fmt::format("{}, event {}: {}", id, events.size() + 1, event.error().what);
      throw Failed{std::move(event.error())};
    }
    events.push_back(std::move(*event));
  }
  return events;
}

std::vector<IncidentHead> read_heads(Connection& connection, bool all) {
  std::vector<IncidentHead> heads;
  Query rows(
      connection,
      "SELECT id, channel, open, watched, summary, severity, status, declared_at, version, repositories, wake_at "
      "FROM incidents LEFT JOIN chains USING (number) WHERE ?1 OR open OR watched ORDER BY number",
      all);
  while (rows.next()) {
    IncidentHead head;
    head.id = rows.text(0);
    head.channel = rows.text(1);
    head.open = rows.integer(2) != 0;
    head.watched = rows.integer(3) != 0;
    head.summary = rows.text(4);
    const auto severity = from_string<Severity>(rows.text(5));
    const auto status = from_string<Status>(rows.text(6));
    if (!status) throw damaged(head.id + " has an unknown status");
    head.severity = severity.value_or(Severity{});  // "?" stands for a head that was given none
    head.status = *status;
    head.declared_at = rows.time(7);
    if (rows.null(8)) throw damaged(head.id + ": the end of its chain is missing");
    head.version = rows.count(8);
    head.repositories = read_list(rows.text(9), head.id + "'s repositories");
    if (!rows.null(10)) head.wake_at = rows.time(10);
    heads.push_back(std::move(head));
  }
  return heads;
}

std::optional<InboxAnswer> read_answer(Connection& connection, const std::string& delivery_id) {
  Query row(connection, "SELECT incident, answer FROM inbox WHERE delivery_id = ?", delivery_id);
  if (!row.next()) return std::nullopt;
  InboxAnswer answer{row.text(0), std::nullopt};
  if (!row.null(1)) answer.reply = sound(decode_reply(row.text(1)));
  return answer;
}

std::vector<OutboxItem> read_pending(Connection& connection) {
  std::vector<OutboxItem> items;
  Query rows(connection,
             "SELECT COALESCE(position, sequence), key, target, incident, effect, not_before, attempts FROM outbox "
             "WHERE state = 'pending' ORDER BY 1");
  while (rows.next()) {
    OutboxItem item;
    item.sequence = rows.count(0);
    item.key = rows.text(1);
    item.target = rows.text(2);
    item.incident = rows.text(3);
    item.effect = sound(decode_effect(rows.text(4)));
    item.not_before = rows.time(5);
    item.attempts = static_cast<int>(rows.integer(6));
    items.push_back(std::move(item));
  }
  return items;
}

std::vector<LooseMessage> read_loose(Connection& connection, const ChannelId& channel, Time since) {
  std::vector<LooseMessage> messages;
  Query rows(connection,
             "SELECT channel, id, author_id, author_name, text, at FROM loose WHERE channel = ? AND at >= ? "
             "ORDER BY at, rowid",
             channel, since);
  while (rows.next())
    messages.push_back({rows.text(0), rows.text(1), {rows.text(2), rows.text(3)}, rows.text(4), rows.time(5)});
  return messages;
}

std::vector<DeadLetter> read_dead_letters(Connection& connection) {
  std::vector<DeadLetter> letters;
  Query rows(connection,
             "SELECT key, incident, what, at FROM outbox WHERE state = 'dead' ORDER BY COALESCE(position, sequence)");
  while (rows.next()) letters.push_back({rows.text(0), rows.text(1), rows.text(2), rows.time(3)});
  return letters;
}

std::string read_last_deployed(Connection& connection, const std::string& repository, const std::string& environment) {
  Query row(connection,
            "SELECT tag FROM deployed WHERE repository = ?1 AND (?2 = '' OR environment = ?2) "
            "ORDER BY at DESC, rowid DESC LIMIT 1",
            repository, environment);
  return row.next() ? row.text(0) : std::string{};
}

}  // namespace hotfixd::store::sqlite
