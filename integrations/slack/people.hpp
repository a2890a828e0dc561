// Who somebody is in Slack: names by member id, asked once and remembered.
#pragma once

#include <map>
#include <mutex>

#include "bot/domain/policy.hpp"
#include "integrations/slack/inbound.hpp"
#include "integrations/slack/web_api.hpp"

namespace hotfixd::slack {

class People {
 public:
  // All must outlive it.
  People(WebApi& api, const Policy& policy, const Clock& clock) : api_(api), policy_(policy), clock_(clock) {}

  // Blocks on the first sight of a person (users.info). The configured person with this member id; otherwise the id
  // with the display name, or with the id itself when Slack does not say.
  Person person(std::string_view member);
  // What they are called; empty when it is not known yet. Does not block.
  std::string known_name(std::string_view member);

 private:
  struct Known {
    std::string name;
    Time until{};
  };
  WebApi& api_;
  const Policy& policy_;
  const Clock& clock_;
  std::mutex mutex_;
  std::map<std::string, Known, std::less<>> names_;
};

}  // namespace hotfixd::slack
