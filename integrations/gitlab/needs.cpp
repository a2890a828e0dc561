#include "integrations/gitlab/needs.hpp"

#include <array>

namespace hotfixd::gitlab {
namespace {

constexpr std::array kNeeds = {
    Need{"push_events", "Push events", "commits on a hotfix's branch are seen at once"},
    Need{"tag_push_events", "Tag push events", "tags made by hand are seen"},
    Need{"merge_requests_events", "Merge request events", "merge requests are on the timeline, approvals are seen"},
    Need{"pipeline_events", "Pipeline events", "pipelines count for the CI gate at once"},
    Need{"job_events", "Job events", "jobs count for the CI gate at once"},
    Need{"deployment_events", "Deployment events", "deployments are seen"},
    Need{"releases_events", "Release events", "releases are on the timeline"},
};

}  // namespace

std::span<const Need> needs() { return kNeeds; }

std::vector<Need> missing_events(const nlohmann::json& hook) {
  std::vector<Need> all;
  for (const auto& need : kNeeds) {
    const auto it = hook.find(need.flag);
    if (it == hook.end() || *it != true) all.push_back(need);
  }
  return all;
}

}  // namespace hotfixd::gitlab
