#pragma once

#include <unordered_map>

#include "bot/ports/store.hpp"
#include "bot/store/hash.hpp"
#include "bot/store/sqlite_connection.hpp"

// The tables of incidents and of their chains, as the one who appends to them needs them.

namespace hotfixd::store::sqlite {

// The end of an incident's chain: before its first event, version and position 0 and kNoHash.
struct ChainEnd {
  std::uint64_t version = 0;
  std::int64_t position = 0;
  std::string hash{kNoHash};
};

// Remembers what it has read and written, so that an append costs no reading. Used inside write transactions only.
class Heads {
 public:
  explicit Heads(Connection& connection) : connection_(connection) {}

  // At the start of each transaction: what another connection may have changed, or a transaction that was rolled back
  // did not change after all, is read again.
  void begin();
  // At the end of one that stands.
  void committed() { open_ = false; }

  const ChainEnd& end_of(const IncidentId& id) { return known(id).end; }
  // Of the event that was recorded last, of any incident; 0 = there is none.
  std::int64_t last_position();

  // `end` is the end of its chain from now on.
  void write(const IncidentHead& head, ChainEnd end);
  // The same, all else stays as it is.
  void write(const IncidentId& id, ChainEnd end);

 private:
  struct Known {
    std::uint64_t number = 0;
    ChainEnd end;
    std::optional<IncidentHead> written;  // by us: what need not be written again
  };
  Known& known(const IncidentId& id);
  void move_on(Known& known, ChainEnd end);
  void forget();

  Connection& connection_;
  bool open_ = false;
  std::int64_t data_version_ = 0;
  std::optional<std::int64_t> last_position_;
  std::unordered_map<IncidentId, Known> known_;
};

}  // namespace hotfixd::store::sqlite
