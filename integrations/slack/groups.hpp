// Slack's user groups by handle ("@oncall"), asked for together and remembered.
#pragma once

#include <map>
#include <mutex>

#include "bot/domain/basics.hpp"
#include "bot/ports/clock.hpp"
#include "integrations/slack/web_api.hpp"

namespace hotfixd::slack {

struct Group {
  std::string id;                    // "S0614TZR7"
  std::vector<std::string> members;  // member ids
};

class Groups {
 public:
  // Both must outlive it.
  Groups(WebApi& api, const Clock& clock) : api_(api), clock_(clock) {}

  // The workspace's groups by handle, without "@". Blocks when what is known is older than five minutes
  // (usergroups.list, which is not paged). When Slack cannot be asked, what was known before,
  // for an hour.
  Result<std::map<std::string, Group>> all(const std::string& team);

 private:
  struct Known {
    std::map<std::string, Group> groups;
    Time until{};
  };
  WebApi& api_;
  const Clock& clock_;
  std::mutex mutex_;
  std::map<std::string, Known> known_;  // by team
};

}  // namespace hotfixd::slack
