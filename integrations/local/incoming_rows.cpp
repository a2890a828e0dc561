#include "integrations/local/incoming_rows.hpp"

#include <fmt/format.h>

namespace hotfixd::local {
namespace {

constexpr std::int64_t delivered_rows_kept = 1000;

struct Columns {
  std::string kind, text, value;
};

struct ToColumns {
  Columns operator()(const Incoming::CommandLine& c) const { return {"command", c.text, ""}; }
  Columns operator()(const chat::Said& c) const { return {"said", c.text, ""}; }
  Columns operator()(const chat::Edited& c) const { return {"edited", c.text, ""}; }
  Columns operator()(const chat::Deleted&) const { return {"deleted", "", ""}; }
  Columns operator()(const chat::Reacted& c) const { return {c.added ? "reacted" : "unreacted", c.reaction, ""}; }
  Columns operator()(const chat::Pressed& c) const { return {"pressed", c.button, c.value}; }
};

// A message is said or commanded once, so its number is enough; all else may happen to it again.
std::string make_delivery_id(const std::string& kind, Number number, std::int64_t sequence) {
  if (kind == "said" || kind == "command") return fmt::format("local:{}", number);
  if (kind == "pressed") return fmt::format("local:press:{}", sequence);
  const std::string_view what = kind == "edited" ? "edit" : kind == "deleted" ? "delete" : "react";
  return fmt::format("local:{}:{}:{}", number, what, sequence);
}

void read_what(Incoming& in, const Columns& columns, Number number) {
  const auto& [kind, text, value] = columns;
  const MessageId id = message_id(number);
  if (kind == "command")
    in.what = Incoming::CommandLine{text};
  else if (kind == "said")
    in.what = chat::Said{id, text};
  else if (kind == "edited")
    in.what = chat::Edited{id, text};
  else if (kind == "deleted")
    in.what = chat::Deleted{id};
  else if (kind == "pressed")
    in.what = chat::Pressed{text, value};
  else
    in.what = chat::Reacted{id, text, kind == "reacted"};
}

}  // namespace

void insert_incoming(SQLite::Database& db, Incoming& incoming, Number number) {
  const Columns columns = std::visit(ToColumns{}, incoming.what);
  const std::int64_t sequence =
      db.execAndGet("SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'incoming'), 0) + 1").getInt64();
  incoming.sequence = static_cast<std::uint64_t>(sequence);
  incoming.delivery_id = make_delivery_id(columns.kind, number, sequence);
  SQLite::Statement insert(
      db,
      "INSERT INTO incoming (seq, delivery_id, kind, channel, number, actor_id, actor_name, at, text, value)"
      " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  insert.bind(1, sequence);
  insert.bind(2, incoming.delivery_id);
  insert.bind(3, columns.kind);
  insert.bind(4, incoming.channel);
  insert.bind(5, static_cast<std::int64_t>(number));
  insert.bind(6, incoming.actor.id);
  insert.bind(7, incoming.actor.name);
  insert.bind(8, to_row(incoming.at));
  insert.bind(9, columns.text);
  insert.bind(10, columns.value);
  insert.exec();
}

std::vector<Incoming> waiting_incoming(SQLite::Database& db) {
  std::vector<Incoming> out;
  SQLite::Statement query(db,
                          "SELECT seq, delivery_id, kind, channel, number, actor_id, actor_name, at, text, value"
                          " FROM incoming WHERE delivered = 0 ORDER BY seq");
  while (query.executeStep()) {
    Incoming in;
    in.sequence = static_cast<std::uint64_t>(query.getColumn(0).getInt64());
    in.delivery_id = query.getColumn(1).getString();
    in.channel = query.getColumn(3).getString();
    in.actor = {query.getColumn(5).getString(), query.getColumn(6).getString()};
    in.at = from_row(query.getColumn(7).getInt64());
    read_what(in, {query.getColumn(2).getString(), query.getColumn(8).getString(), query.getColumn(9).getString()},
              static_cast<Number>(query.getColumn(4).getInt64()));
    out.push_back(std::move(in));
  }
  return out;
}

bool mark_delivered(SQLite::Database& db, const std::string& delivery_id) {
  SQLite::Statement mark(db, "UPDATE incoming SET delivered = 1 WHERE delivery_id = ? AND delivered = 0");
  mark.bind(1, delivery_id);
  if (mark.exec() == 0) return false;
  SQLite::Statement prune(db,
                          "DELETE FROM incoming WHERE delivered = 1 AND seq <= "
                          "(SELECT seq FROM sqlite_sequence WHERE name = 'incoming') - ?");
  prune.bind(1, delivered_rows_kept);
  prune.exec();
  return true;
}

}  // namespace hotfixd::local
