#include "integrations/gitlab/deployments.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "integrations/common/fields.hpp"
#include "integrations/common/form.hpp"
#include "integrations/gitlab/answers.hpp"

// Fields: docs.gitlab.com/api/deployments; lib/api/entities/{deployment,ci/job_basic}.rb in gitlab-org/gitlab.

namespace hotfixd::gitlab {
namespace {

using common::Fields;
using nlohmann::json;

// Newest first by their numbers: GitLab sorts by time only together with filters that older ones do not have.
Result<std::vector<json>> newest(Api& api, const std::string& project, const std::string& environment,
                                 std::string_view filter) {
  const auto all = api.get(fmt::format("{}/deployments?environment={}{}&order_by=id&sort=desc&per_page=30", project,
                                       common::percent_encoded(environment), filter));
  if (!all) return std::unexpected(all.error());
  if (!all->body.is_array() || !std::ranges::all_of(all->body, [](const json& one) { return one.is_object(); }))
    return malformed("deployments are no list of objects");
  return all->body.get<std::vector<json>>();
}

Result<std::vector<json>> successes(Api& api, const std::string& project, const std::string& environment) {
  return newest(api, project, environment, "&status=success");
}

std::optional<Time> end_of(const json& deployment) {
  Fields in(deployment);
  const auto at = in.time("deployable.finished_at");
  return at ? at : in.time("updated_at");
}

std::string whole_text_at(const json& root, std::string_view path) { return Fields(root).text_if_any(path); }
std::string sha_of(const json& deployment) { return Fields(deployment).sha_if_any("sha"); }

}  // namespace

std::optional<forge::Deployment::State> deployment_state(std::string_view status) {
  using State = forge::Deployment::State;
  if (status == "canceled" || status == "skipped" || status == "blocked") return std::nullopt;
  return status == "success" ? State::succeeded : status == "failed" ? State::failed : State::pending;
}

Result<std::vector<ForgeEvent>> deployments_of(Api& api, const std::string& project, const std::string& environment,
                                               const std::vector<std::string>& shas) {
  const auto all = newest(api, project, environment, "");
  if (!all && all.error().retryable()) return std::unexpected(all.error());
  std::vector<ForgeEvent> events;
  for (const auto& one : all.value_or(std::vector<json>{})) {
    const auto state = deployment_state(whole_text_at(one, "status"));
    auto sha = sha_of(one);
    if (!state || sha.empty() || std::ranges::find(shas, sha) == shas.end()) continue;
    events.push_back({.repository = {},
                      .at = end_of(one),
                      .login = whole_text_at(one, "user.username"),
                      .fact = forge::Deployment{.ref = whole_text_at(one, "ref"),
                                                .sha = std::move(sha),
                                                .environment = environment,
                                                .url = whole_text_at(one, "deployable.web_url"),
                                                .state = *state}});
  }
  std::ranges::reverse(events);
  std::ranges::stable_sort(events, {}, [](const ForgeEvent& e) { return e.at.value_or(Time::max()); });
  return events;
}

Result<std::vector<Release>> deployed_releases(Api& api, const std::string& project, const std::string& environment) {
  const auto all = successes(api, project, environment);
  if (!all) return std::unexpected(all.error());
  std::vector<Release> releases;
  for (const auto& one : *all)
    releases.push_back({whole_text_at(one, "ref"), sha_of(one), end_of(one), whole_text_at(one, "deployable.web_url")});
  // A manual job has its deployment's number from when its pipeline was made.
  std::ranges::stable_sort(releases, std::greater{}, [](const Release& r) { return r.at.value_or(Time::min()); });
  std::vector<Release> once;
  for (auto& release : releases)
    if (std::ranges::none_of(once, [&](const Release& r) { return r.tag == release.tag && r.sha == release.sha; }))
      once.push_back(std::move(release));
  return once;
}

Result<bool> was_deployed_by(Api& api, const std::string& project, const std::string& environment,
                             std::uint64_t pipeline) {
  const auto all = successes(api, project, environment);
  if (!all) return std::unexpected(all.error());
  return std::ranges::any_of(
      *all, [&](const json& one) { return Fields(one).number_if_any("deployable.pipeline.id") == pipeline; });
}

}  // namespace hotfixd::gitlab
