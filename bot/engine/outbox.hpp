// The pending effects in memory, mirroring the store: what may be carried out now, in which order.
// Owned by the engine's thread.
#pragma once

#include <list>
#include <set>

#include "bot/engine/engine.hpp"

namespace hotfixd {

struct PendingEffect {
  OutboxItem item;
  bool durable = true;  // false: a poll, which the store does not know
  bool running = false;
  Time started{};
  bool announced = false;  // that it takes long
};

class Outbox {
 public:
  // Adds at the end. A ShowMessage replaces an unattempted one of its slot.
  void add(OutboxItem item, bool durable);
  // True when an Observe for this incident and repository waits and has not begun: it will see
  // everything a new one would.
  bool waits_to_observe(const IncidentId& incident, const std::string& repository, bool durable_only) const;
  // The next effect that may begin at `now`: the first of its target, whose target is idle. Marks it running.
  PendingEffect* begin(Time now);
  PendingEffect* find(const std::string& key);
  void remove(const std::string& key);
  // Puts it back for another attempt.
  void again(const std::string& key, int attempts, Time not_before);
  // When the next waiting effect may begin.
  std::optional<Time> next_due() const;
  bool empty() const { return items_.empty(); }
  std::list<PendingEffect>& items() { return items_; }

 private:
  std::list<PendingEffect> items_;
};

}  // namespace hotfixd
