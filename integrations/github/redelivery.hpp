// Webhooks of the app that did not arrive: GitHub never delivers again by itself, so it is asked to.
#pragma once

#include <set>

#include "integrations/github/api.hpp"

namespace hotfixd::github {

class Redelivery {
 public:
  // Both must outlive it.
  Redelivery(Api& api, const Clock& clock) : api_(api), clock_(clock) {}

  // Reads the app's deliveries of the last three days (GitHub keeps no more), and asks for each of an event that the
  // bot reads of which no attempt arrived: once in the life of this object, twenty at most in one look, the oldest
  // first. It comes with the same X-GitHub-Delivery, so what did arrive after all is recognised. How many were asked
  // for. What GitHub does not deliver again (400, 422) is left. Blocks; not thread-safe.
  std::expected<int, ApiFailure> look();

 private:
  Api& api_;
  const Clock& clock_;
  std::set<std::string> asked_;  // guids
};

}  // namespace hotfixd::github
