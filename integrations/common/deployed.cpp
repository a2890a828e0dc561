#include "integrations/common/deployed.hpp"

namespace hotfixd::common {

std::vector<std::string> commits_of_interest(const effect::Observe& about, const ForgeView& view) {
  std::vector<std::string> all{about.tag_sha};
  if (!about.base_sha.empty()) all.push_back(about.base_sha);
  for (const auto& event : view.events)
    if (const auto* pull = std::get_if<forge::PullRequest>(&event.fact); pull != nullptr && !pull->landing_sha.empty())
      all.push_back(pull->landing_sha);
  return all;
}

}  // namespace hotfixd::common
