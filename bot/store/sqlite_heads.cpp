#include "bot/store/sqlite_heads.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include "bot/store/json_values.hpp"
#include "bot/store/rules.hpp"

namespace hotfixd::store::sqlite {
namespace {

// All that does not change with each event.
auto lasting(const IncidentHead& h) {
  return std::tie(h.channel, h.open, h.watched, h.summary, h.severity, h.status, h.declared_at, h.repositories);
}

void write_lasting(Connection& connection, const IncidentHead& head, std::uint64_t number) {
  Query(connection,
        "INSERT INTO incidents (id, number, channel, open, watched, summary, severity, status, declared_at, "
        "repositories) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (id) DO UPDATE SET channel = excluded.channel, open = excluded.open, watched = excluded.watched, "
        "summary = excluded.summary, severity = excluded.severity, status = excluded.status, "
        "declared_at = excluded.declared_at, repositories = excluded.repositories",
        head.id, number, head.channel, head.open, head.watched, head.summary, to_string(head.severity),
        to_string(head.status), head.declared_at, canonical(nlohmann::json(head.repositories)))
      .run();
}

}  // namespace

void Heads::begin() {
  Query row(connection_, "PRAGMA data_version");  // stays the same while only this connection writes
  const std::int64_t version = row.next() ? row.integer(0) : 0;
  const bool rolled_back = std::exchange(open_, true);
  if (version != std::exchange(data_version_, version) || rolled_back) forget();
}

void Heads::forget() {
  known_.clear();
  last_position_.reset();
}

Heads::Known& Heads::known(const IncidentId& id) {
  if (const auto it = known_.find(id); it != known_.end()) return it->second;
  const auto number = number_of(id).value_or(0);
  Query row(connection_, "SELECT version, last_event, last_hash FROM chains WHERE number = ?", number);
  auto end = row.next() ? ChainEnd{row.count(0), row.integer(1), row.text(2)} : ChainEnd{};
  return known_.emplace(id, Known{number, std::move(end), {}}).first->second;
}

std::int64_t Heads::last_position() {
  if (!last_position_) {
    Query row(connection_, "SELECT COALESCE(MAX(position), 0) FROM events");
    last_position_ = row.next() ? row.integer(0) : 0;
  }
  return *last_position_;
}

void Heads::move_on(Known& known, ChainEnd end) {
  last_position_ = std::max(last_position(), end.position);
  known.end = std::move(end);
}

void Heads::write(const IncidentHead& head, ChainEnd end) {
  auto& of = known(head.id);
  if (!of.written || lasting(*of.written) != lasting(head)) {
    write_lasting(connection_, head, of.number);
    of.written = head;
  }
  Query(connection_,
        "INSERT INTO chains (number, version, wake_at, last_event, last_hash) VALUES (?, ?, ?, ?, ?) "
        "ON CONFLICT (number) DO UPDATE SET version = excluded.version, wake_at = excluded.wake_at, "
        "last_event = excluded.last_event, last_hash = excluded.last_hash",
        of.number, head.version, head.wake_at, end.position, end.hash)
      .run();
  move_on(of, std::move(end));
}

void Heads::write(const IncidentId& id, ChainEnd end) {
  auto& of = known(id);
  Query(connection_, "UPDATE chains SET version = ?, last_event = ?, last_hash = ? WHERE number = ?", end.version,
        end.position, end.hash, of.number)
      .run();
  move_on(of, std::move(end));
}

}  // namespace hotfixd::store::sqlite
