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
    Need{"check_run", "checks", "Checks", "checks count for the CI gate"},
    Need{"check_suite", "checks", "Checks", "check suites count for the CI gate"},
    Need{"status", "statuses", "Commit statuses", "commit statuses count for the CI gate"},
    Need{"workflow_run", "actions", "Actions", "workflow runs count for the CI gate"},
    Need{"deployment_status", "deployments", "Deployments", "deployments are seen"},
};

}  // namespace

std::span<const Need> needs() { return kNeeds; }

std::vector<Missing> missing_permissions(const std::map<std::string, std::string>& granted) {
  std::vector<Missing> all;
  for (const auto& need : kNeeds) {
    if (granted.contains(std::string(need.permission))) continue;
    if (!all.empty() && all.back().permission == need.permission)
      all.back().purposes += ", " + std::string(need.purpose);
    else
      all.push_back({std::string(need.permission), std::string(need.label), std::string(need.purpose)});
  }
  return all;
}

std::vector<Need> missing_events(const std::vector<std::string>& subscribed) {
  std::vector<Need> all;
  for (const auto& need : kNeeds)
    if (std::ranges::none_of(subscribed, [&](const auto& s) { return s == "*" || s == need.event; }))
      all.push_back(need);
  return all;
}

}  // namespace hotfixd::github
