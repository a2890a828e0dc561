// The pending effects in memory, mirroring the store: what may be carried out now, in which order.
// Owned by the engine's thread. What is asked in every step costs as many looks as there are targets,
// however many effects wait.
#pragma once

#include <list>
#include <map>
#include <unordered_map>
#include <vector>

#include "bot/engine/engine.hpp"

namespace hotfixd {

struct PendingEffect {
  OutboxItem item;
  bool durable = true;  // false: a poll, which the store does not know
  bool running = false;
  Time started{};
  bool announced = false;   // that it takes long
  std::uint64_t order = 0;  // of insertion; set by the Outbox
};

class Outbox {
 public:
  // Adds at the end. A ShowMessage replaces an unattempted one of its slot. The key must be new.
  void add(OutboxItem item, bool durable);
  // True when an Observe for this incident and repository waits and has not begun: it will see
  // everything a new one would.
  bool waits_to_observe(const IncidentId& incident, const std::string& repository, bool durable_only) const;
  // Takes out polls for this incident and repository that have not begun.
  void drop_polls(const IncidentId& incident, const std::string& repository);
  // The next effect that may begin at `now`: the first of its target, whose target is idle; of several
  // targets the one that was added first. Marks it running.
  PendingEffect* begin(Time now);
  PendingEffect* find(const std::string& key);
  void remove(const std::string& key);
  // Puts it back for another attempt, before everything else of its target.
  void again(const std::string& key, int attempts, Time not_before);
  // When the next waiting effect may begin.
  std::optional<Time> next_due() const;
  // What is being carried out, at most one of each target.
  std::vector<PendingEffect*> running();

 private:
  using Lane = std::list<PendingEffect>;  // of one target; only the first can be running
  using Lanes = std::map<std::string, Lane>;
  struct Place {
    Lanes::iterator lane;
    Lane::iterator effect;
  };

  Lanes lanes_;  // none is empty
  std::unordered_map<std::string, Place> by_key_;
  std::unordered_map<std::string, std::string> newest_;  // slot -> key of the ShowMessage added last
  std::uint64_t added_ = 0;
};

}  // namespace hotfixd
