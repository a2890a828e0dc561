#include "integrations/github/deployer.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "integrations/common/fields.hpp"
#include "integrations/common/form.hpp"
#include "integrations/common/utf8.hpp"
#include "integrations/github/answers.hpp"
#include "integrations/github/credentials.hpp"
#include "integrations/github/workflow.hpp"

// Fields: docs.github.com/rest (deployments), as in @octokit/openapi.

namespace hotfixd::github {
namespace {

using common::Fields;
using nlohmann::json;

constexpr std::size_t kAsked = 10;  // deployments whose statuses are read for one answer
constexpr std::size_t kEnough = 2;  // versions: what is there, and what was before it

std::string short_of(std::string_view sha) { return std::string(sha.substr(0, 7)); }

std::string as_tag(std::string ref) { return ref.starts_with("refs/tags/") ? ref.substr(10) : ref; }

// GitHub shall see the tag where it was when it was judged.
Result<void> check_tag(Api& api, const std::string& path, const std::string& full_name, const effect::Deploy& order) {
  if (order.sha.empty()) return {};
  const auto commit =
      api.get(fmt::format("{}/commits/{}", path, common::percent_encoded("tags/" + order.tag)), full_name);
  if (!commit) return std::unexpected(commit.error());
  const auto sha = Fields(commit->body).sha_if_any("sha");
  if (sha.empty()) return malformed("a commit without sha");
  if (sha == order.sha) return {};
  return std::unexpected(Problem{Problem::Kind::refused,
                                 fmt::format("the tag {} moved: GitHub has it on {}, and {} was meant", order.tag,
                                             short_of(sha), short_of(order.sha)),
                                 "find out who moved it, and why",
                                 {}});
}

Result<std::vector<json>> statuses_of(Api& api, const std::string& full_name, std::uint64_t deployment) {
  auto all = api.get(fmt::format("{}/deployments/{}/statuses?per_page=100", path_of(full_name), deployment), full_name);
  if (!all) return std::unexpected(all.error());
  if (!all->body.is_array()) return malformed("statuses are no list");
  return by_id(all->body);
}

std::string url_of(const json& status) {
  for (const auto* field : {"log_url", "target_url", "environment_url"})
    if (auto url = text_at(status, field); !url.empty()) return url;
  return {};
}

class WorkflowDeployer final : public Deployer {
 public:
  WorkflowDeployer(Api& api, const Clock& clock, std::string full_name, WorkflowOptions options)
      : api_(api),
        full_name_(std::move(full_name)),
        path_(path_of(full_name_)),
        runs_(api, clock, full_name_, options.file),
        options_(std::move(options)) {}

  Result<std::optional<Started>> find(const effect::Deploy& order) override {
    auto run = runs_.find(of(order));
    if (!run) return std::unexpected(run.error());
    if (!*run) return std::nullopt;
    return Started{(*run)->id, (*run)->url};
  }

  Result<Started> start(const effect::Deploy& order) override {
    if (auto there = check_tag(api_, path_, full_name_, order); !there) return std::unexpected(there.error());
    json inputs = json::object();
    if (!options_.version_input.empty()) inputs[options_.version_input] = order.tag;
    if (!options_.environment_input.empty()) inputs[options_.environment_input] = order.environment;
    if (!options_.key_input.empty()) inputs[options_.key_input] = order.key;
    auto taken = runs_.dispatch(of(order), inputs);
    if (!taken) return std::unexpected(explained(taken.error()));
    return Started{std::move(taken->id), std::move(taken->url)};
  }

  Result<DeploymentView> follow(const effect::FollowDeployment& asked) override {
    using State = DeploymentView::State;
    auto run = runs_.look(asked.id, asked.tag, asked.key);
    if (!run) return std::unexpected(run.error());
    if (!*run) return DeploymentView{State::running, {}, {}, {}};
    DeploymentView view{State::running, {}, {}, (*run)->url};
    if (!(*run)->completed) return view;
    view.state = (*run)->conclusion == "success" ? State::succeeded : State::failed;
    view.step = std::move((*run)->step);
    return view;
  }

  Result<std::vector<Release>> releases(const std::string& environment) override {
    return deployed_releases(api_, full_name_, environment);
  }
  std::string teller() const override { return "GitHub's deployments"; }

 private:
  static WorkflowRuns::Order of(const effect::Deploy& order) {
    return {order.tag, order.sha, order.key, order.ordered_at};
  }

  Problem explained(const ApiFailure& failure) const {
    Problem problem = failure;
    std::vector<std::string> inputs;
    for (const auto& name : {options_.version_input, options_.environment_input, options_.key_input})
      if (!name.empty()) inputs.push_back(name);
    if (failure.status == 404 || failure.status == 422)
      problem.mend = fmt::format("the tag's own {} needs on: workflow_dispatch with the inputs {}{}", options_.file,
                                 inputs.empty() ? "that it declares" : fmt::format("{}", fmt::join(inputs, ", ")),
                                 failure.status == 404 ? ", and the bot the right to write actions" : "");
    return problem;
  }

  Api& api_;
  const std::string full_name_, path_;
  WorkflowRuns runs_;
  const WorkflowOptions options_;
};

class DeploymentsDeployer final : public Deployer {
 public:
  DeploymentsDeployer(Api& api, std::string full_name)
      : api_(api), full_name_(std::move(full_name)), path_(path_of(full_name_)) {}

  Result<std::optional<Started>> find(const effect::Deploy& order) override {
    const auto all =
        api_.get(fmt::format("{}/deployments?ref={}&environment={}&per_page=100", path_,
                             common::percent_encoded(order.tag), common::percent_encoded(order.environment)),
                 full_name_);
    if (!all) return std::unexpected(all.error());
    if (!all->body.is_array()) return malformed("deployments are no list");
    for (const auto& one : by_id(all->body))
      if (key_of(one) == order.key) return Started{std::to_string(number_at(one, "id")), {}};
    return std::nullopt;
  }

  Result<Started> start(const effect::Deploy& order) override {
    if (auto there = check_tag(api_, path_, full_name_, order); !there) return std::unexpected(there.error());
    const auto made =
        api_.post(path_ + "/deployments",
                  {{"ref", order.tag},
                   {"task", "deploy"},
                   {"auto_merge", false},  // or GitHub may merge the default branch into what was judged (202)
                   {"required_contexts", json::array()},  // the gates have judged
                   {"payload", {{"hotfixd", order.key}}},
                   {"environment", order.environment},
                   {"description", fmt::format("{}{} ({})", order.rollback ? "back to " : "", order.tag, order.key)}},
                  full_name_);
    if (!made) return std::unexpected(made.error());
    const auto id = made->body.is_object() ? number_at(made->body, "id") : 0;
    if (id == 0)  // 202 has a message instead
      return std::unexpected(Problem{Problem::Kind::refused,
                                     fmt::format("GitHub made no deployment: {}",
                                                 made->body.is_object() ? text_at(made->body, "message") : "no answer"),
                                     "look at the repository's deployments",
                                     {}});
    const auto sha = Fields(made->body).sha_if_any("sha");
    if (!order.sha.empty() && !sha.empty() && sha != order.sha)
      return std::unexpected(
          Problem{Problem::Kind::refused,
                  fmt::format("GitHub made deployment {} of {}, and {} was meant: is a branch called {} too?", id,
                              short_of(sha), short_of(order.sha), order.tag),
                  "end that deployment by hand",
                  {}});
    return Started{std::to_string(id), {}};
  }

  Result<DeploymentView> follow(const effect::FollowDeployment& run) override {
    using State = DeploymentView::State;
    std::uint64_t id = 0;
    for (const char ch : run.id) id = ch >= '0' && ch <= '9' ? id * 10 + static_cast<std::uint64_t>(ch - '0') : 0;
    const auto statuses = statuses_of(api_, full_name_, id);
    if (!statuses) return std::unexpected(statuses.error());
    if (statuses->empty()) return DeploymentView{State::running, {}, {}, {}};
    const auto& newest = statuses->front();
    DeploymentView view{State::running, {}, {}, url_of(newest)};
    const auto state = text_at(newest, "state");
    const auto was = [](const json& status) { return text_at(status, "state") == "success"; };
    if (state == "success" || (state == "inactive" && std::ranges::any_of(*statuses, was))) {
      view.state = State::succeeded;
    } else if (state == "failure" || state == "error" || state == "inactive") {
      view.state = State::failed;
      view.step = text_at(newest, "description");
      if (view.step.empty()) view.step = state == "inactive" ? "another deployment took its place" : state;
    }
    return view;
  }

  Result<std::vector<Release>> releases(const std::string& environment) override {
    return deployed_releases(api_, full_name_, environment);
  }
  std::string teller() const override { return "GitHub's deployments"; }

 private:
  // GitHub gives the payload back as it was sent, or as the text of it.
  static std::string key_of(const json& deployment) {
    const auto* payload = Fields(deployment).at("payload");
    if (payload == nullptr) return {};
    if (payload->is_object()) return text_at(*payload, "hotfixd");
    if (!payload->is_string()) return {};
    const auto parsed = json::parse(payload->get<std::string>(), nullptr, false);
    return parsed.is_object() ? text_at(parsed, "hotfixd") : std::string{};
  }

  Api& api_;
  const std::string full_name_, path_;
};

}  // namespace

Result<std::vector<Release>> deployed_releases(Api& api, const std::string& full_name, const std::string& environment) {
  const auto all = api.get(fmt::format("{}/deployments?environment={}&per_page=30", path_of(full_name),
                                       common::percent_encoded(environment)),
                           full_name);
  if (!all) return std::unexpected(all.error());
  if (!all->body.is_array()) return malformed("deployments are no list");
  std::vector<Release> releases;
  std::size_t asked = 0;
  for (const auto& one : by_id(all->body)) {
    if (releases.size() >= kEnough || asked >= kAsked) break;
    Release release{as_tag(text_at(one, "ref")), Fields(one).sha_if_any("sha"), {}, {}};
    if (std::ranges::any_of(releases, [&](const Release& r) { return r.tag == release.tag && r.sha == release.sha; }))
      continue;
    ++asked;
    const auto statuses = statuses_of(api, full_name, number_at(one, "id"));
    if (!statuses) return std::unexpected(statuses.error());
    const auto success =
        std::ranges::find_if(*statuses, [](const json& s) { return text_at(s, "state") == "success"; });
    if (success == statuses->end()) continue;
    release.at = Fields(*success).time("created_at");
    release.url = url_of(*success);
    releases.push_back(std::move(release));
  }
  return releases;
}

std::unique_ptr<Deployer> create_workflow_deployer(Api& api, const Clock& clock, std::string full_name,
                                                   WorkflowOptions options) {
  return std::make_unique<WorkflowDeployer>(api, clock, std::move(full_name), std::move(options));
}

std::unique_ptr<Deployer> create_deployments_deployer(Api& api, std::string full_name) {
  return std::make_unique<DeploymentsDeployer>(api, std::move(full_name));
}

}  // namespace hotfixd::github
