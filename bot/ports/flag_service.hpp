// Feature flags that are switched while the program runs. Every call blocks on the network and is made on a worker
// thread, one at a time.
#pragma once

#include "bot/domain/decision.hpp"

namespace hotfixd {

class FlagService {
 public:
  virtual ~FlagService() = default;

  // For everybody, in the environment that is configured. Its own earlier success: it is off already. not_found: no
  // flag has that key.
  virtual Result<void> switch_off(const effect::SwitchFlag& request) = 0;
};

}  // namespace hotfixd
