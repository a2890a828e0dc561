// Carrying out one effect against the ports: blocking, on a worker thread or inline.
#pragma once

#include "bot/engine/engine.hpp"

namespace hotfixd {

// What a carried-out effect brings back.
struct EffectOutcome {
  struct Posted {
    PlacedMessage where;
  };  // a message went to an empty slot
  struct Edited {};
  struct Done {};  // nothing to tell
  struct Guarded {
    std::vector<effect::GuardPullRequests::Said> said;  // what stands on the open ones' heads now
    bool all = true;                                    // false: more are waiting to be set
    std::optional<Problem> problem;                     // one could not be set
  };
  std::variant<Posted, Edited, Done, Input, Problem, Guarded> what;
};

// `placed`: where the slot of a ShowMessage is now; nothing = empty. `maybe_done`: an earlier attempt had no answer.
EffectOutcome carry_out(const Effect& effect, const std::optional<PlacedMessage>& placed, bool maybe_done,
                        EnginePorts& ports, const GitProgress& progress);

// The queue an effect waits in: effects of one target keep their order, targets are independent.
std::string target_of(const Effect& effect, const IncidentId& incident);

// It begins what goes on elsewhere: one that may have begun before a crash is looked for before it is begun again.
bool begins_elsewhere(const Effect& effect);

// "cutting hotfix/x in shop", for progress messages and logs.
std::string describe(const Effect& effect);

// The input that says that this effect failed for good.
Input failure_of(const Effect& effect, const Problem& problem);

}  // namespace hotfixd
