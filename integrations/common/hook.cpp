#include "integrations/common/hook.hpp"

#include <fmt/format.h>

namespace hotfixd::common {

std::vector<HookDelivery> deliveries(const std::string& id, std::vector<ForgeEvent> events) {
  std::vector<HookDelivery> all;
  for (auto& event : events) {
    auto own = all.empty() ? id : fmt::format("{}/{}", id, all.size() + 1);
    const auto at = event.at;
    auto login = event.login;
    all.push_back({std::move(own), at, std::move(login), std::move(event)});
  }
  return all;
}

}  // namespace hotfixd::common
