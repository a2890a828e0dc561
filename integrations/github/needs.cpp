#include "integrations/github/needs.hpp"

#include <algorithm>
#include <array>

namespace hotfixd::github {
namespace {

constexpr std::array kNeeds = {
    Need{"push", "contents", "Contents", "commits on a hotfix's branch are seen at once"},
    Need{"create", "contents", "Contents", "branches and tags made by hand are seen"},
    Need{"release", "contents", "Contents", "releases are on the timeline"},
    Need{"pull_request", "pull_requests", "Pull requests", "pull requests are on the timeline"},
    Need{"pull_request_review", "pull_requests", "Pull requests", "approvals count for the gate"},
    Need{"", "pull_requests", "Pull requests", "the bot opens pull requests", true},
    Need{"check_run", "checks", "Checks", "checks count for the CI gate"},
    Need{"check_suite", "checks", "Checks", "check suites count for the CI gate"},
    Need{"status", "statuses", "Commit statuses", "commit statuses count for the CI gate"},
    Need{"", "statuses", "Commit statuses", "the bot says on a commit whether the fix is merged back", true},
    Need{"", "contents", "Contents", "the bot makes releases", true, Use::releases},
    Need{"", "contents", "Contents", "/hotfix merge merges the pull request", true, Use::merges},
    Need{"", "issues", "Issues", "/hotfix action issue files issues", true, Use::issues},
    Need{"workflow_run", "actions", "Actions", "workflow runs count for the CI gate"},
    Need{"deployment_status", "deployments", "Deployments", "deployments are seen"},
};

}  // namespace

std::span<const Need> needs() { return kNeeds; }

bool allows(std::string_view granted, bool write) {
  return write ? granted == "write" || granted == "admin" : !granted.empty();
}

std::vector<Missing> missing_permissions(const std::map<std::string, std::string>& granted, Use use) {
  std::vector<Missing> all;
  for (const auto& need : kNeeds) {
    if (need.use != use) continue;
    const auto it = granted.find(std::string(need.permission));
    if (it != granted.end() && allows(it->second, need.write)) continue;
    if (!all.empty() && all.back().permission == need.permission)
      all.back().purposes += ", " + std::string(need.purpose);
    else
      all.push_back({std::string(need.permission), std::string(need.label), std::string(need.purpose)});
    all.back().write |= need.write;
  }
  return all;
}

std::vector<Need> missing_events(const std::vector<std::string>& subscribed) {
  std::vector<Need> all;
  for (const auto& need : kNeeds)
    if (!need.event.empty() &&
        std::ranges::none_of(subscribed, [&](const auto& s) { return s == "*" || s == need.event; }))
      all.push_back(need);
  return all;
}

}  // namespace hotfixd::github
