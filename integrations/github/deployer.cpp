#include "integrations/github/deployer.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "bot/domain/zone.hpp"
#include "integrations/common/fields.hpp"
#include "integrations/common/form.hpp"
#include "integrations/common/utf8.hpp"
#include "integrations/github/credentials.hpp"

// Fields: docs.github.com/rest (actions/workflows, actions/workflow-runs, actions/workflow-jobs, deployments), as in
// @octokit/openapi.

namespace hotfixd::github {
namespace {

using common::Fields;
using nlohmann::json;

constexpr Seconds kListed{60};                    // a dispatched run is in the list by then
constexpr Seconds kLookAgain{10};                 // until then
constexpr Seconds kClocks{5};                     // GitHub's may be so much behind ours
constexpr std::size_t kAsked = 10;                // deployments whose statuses are read for one answer
constexpr std::size_t kEnough = 2;                // versions: what is there, and what was before it
constexpr std::size_t kShown = 200;               // bytes of a name
constexpr std::string_view kUnlisted = "since:";  // an id that is not known yet: the run has to be found

std::unexpected<Problem> malformed(std::string_view what) {
  return std::unexpected(Problem{Problem::Kind::unreachable,
                                 fmt::format("GitHub's answer is not as described: {}", what),
                                 "check github.api_url, and whether a proxy stands between",
                                 {}});
}

std::string text_at(const json& root, std::string_view path) { return Fields(root).text_if_any(path, kShown); }
std::uint64_t number_at(const json& root, std::string_view path) { return Fields(root).number_if_any(path); }

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

// Newest first, whatever order they came in.
std::vector<json> by_id(const json& list) {
  std::vector<json> all;
  if (list.is_array())
    for (const auto& one : list)
      if (one.is_object()) all.push_back(one);
  std::ranges::stable_sort(all, std::greater{}, [](const json& one) { return number_at(one, "id"); });
  return all;
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
        clock_(clock),
        full_name_(std::move(full_name)),
        path_(path_of(full_name_)),
        workflow_(fmt::format("{}/actions/workflows/{}", path_, common::percent_encoded(options.file))),
        options_(std::move(options)) {}

  Result<std::optional<Started>> find(const effect::Deploy& order) override {
    auto run = find_run(order.tag, order.sha, order.key, order.ordered_at - kClocks);
    if (!run) return std::unexpected(run.error());
    if (*run) return Started{std::to_string(number_at(**run, "id")), text_at(**run, "html_url")};
    if (clock_.now() < order.ordered_at + kListed)
      return std::unexpected(Problem{Problem::Kind::rate_limited, "it is not known yet whether GitHub took the order",
                                     "nothing: it is looked for again", kLookAgain});
    return std::nullopt;
  }

  Result<Started> start(const effect::Deploy& order) override {
    if (auto there = check_tag(api_, path_, full_name_, order); !there) return std::unexpected(there.error());
    json inputs = json::object();
    if (!options_.version_input.empty()) inputs[options_.version_input] = order.tag;
    if (!options_.environment_input.empty()) inputs[options_.environment_input] = order.environment;
    if (!options_.key_input.empty()) inputs[options_.key_input] = order.key;
    json body{{"ref", order.tag}, {"inputs", std::move(inputs)}, {"return_run_details", true}};
    auto taken = api_.post(workflow_ + "/dispatches", body, full_name_);
    // A GitHub Enterprise Server of before that field refuses it.
    if (!taken && (taken.error().status == 422 || taken.error().status == 400) &&
        taken.error().message.find("return_run_details") != std::string::npos) {
      body.erase("return_run_details");
      taken = api_.post(workflow_ + "/dispatches", body, full_name_);
    }
    if (!taken) return std::unexpected(explained(taken.error()));
    const auto id = taken->body.is_object() ? number_at(taken->body, "workflow_run_id") : 0;
    if (id == 0) return Started{std::string(kUnlisted) + format_rfc3339(order.ordered_at - kClocks), {}};
    return Started{std::to_string(id), text_at(taken->body, "html_url")};
  }

  Result<DeploymentView> follow(const effect::FollowDeployment& asked) override {
    using State = DeploymentView::State;
    auto id = asked.id;
    if (id.starts_with(kUnlisted)) {
      const auto since = parse_rfc3339(id.substr(kUnlisted.size()));
      auto run = find_run(asked.tag, {}, asked.key, since.value_or(Time{}));
      if (!run) return std::unexpected(run.error());
      if (!*run) return DeploymentView{State::running, {}, {}, {}};
      id = std::to_string(number_at(**run, "id"));
    }
    const auto run = api_.get(fmt::format("{}/actions/runs/{}", path_, common::percent_encoded(id)), full_name_);
    if (!run) return std::unexpected(run.error());
    if (!run->body.is_object()) return malformed("a run is no object");
    DeploymentView view{State::running, {}, {}, text_at(run->body, "html_url")};
    if (text_at(run->body, "status") != "completed") return view;
    const auto conclusion = text_at(run->body, "conclusion");
    view.state = conclusion == "success" ? State::succeeded : State::failed;
    if (view.state == State::failed) view.step = failed_step(id, conclusion);
    return view;
  }

  Result<std::vector<Release>> releases(const std::string& environment) override {
    return deployed_releases(api_, full_name_, environment);
  }
  std::string teller() const override { return "GitHub's deployments"; }

 private:
  // The newest run that can be the order's. The list has a filter `created`, whose syntax the documentation and the
  // description of the API give differently: the times are compared here.
  Result<std::optional<json>> find_run(const std::string& tag, const std::string& sha, const std::string& key,
                                       Time since) {
    auto path =
        fmt::format("{}/runs?event=workflow_dispatch&branch={}&per_page=50", workflow_, common::percent_encoded(tag));
    if (!sha.empty()) path += "&head_sha=" + common::percent_encoded(sha);
    const auto runs = api_.get(path, full_name_);
    if (!runs) return std::unexpected(runs.error());
    const auto* list = Fields(runs->body).at("workflow_runs");
    if (list == nullptr || !list->is_array()) return malformed("runs are no list");
    // "HF-7-D" of "HF-7-D2-1794690245": another run of this incident is none of this order.
    const auto kin = key.substr(0, key.find("-D") + 2);
    std::optional<json> found;
    for (auto& run : by_id(*list)) {
      const auto title = text_at(run, "display_title");
      if (title.find(key) != std::string::npos) return std::optional(run);
      const bool in_time = Fields(run).time("created_at").value_or(Time{}) >= since;
      if (!found && in_time && title.find(kin) == std::string::npos && text_at(run, "event") == "workflow_dispatch" &&
          text_at(run, "head_branch") == tag)
        found = run;
    }
    return found;
  }

  // "deploy / migrate the database", or what became of the run as a whole.
  std::string failed_step(const std::string& id, const std::string& conclusion) {
    const auto jobs = api_.list(fmt::format("{}/actions/runs/{}/jobs?per_page=100", path_, common::percent_encoded(id)),
                                full_name_, "jobs");
    const auto went_wrong = [](const json& one) {
      const auto how = text_at(one, "conclusion");
      return how == "failure" || how == "timed_out" || how == "startup_failure";
    };
    if (jobs)
      for (const auto& job : jobs->items) {
        if (!job.is_object() || !went_wrong(job)) continue;
        const auto* steps = Fields(job).at("steps");
        if (steps != nullptr && steps->is_array())
          for (const auto& step : *steps)
            if (step.is_object() && went_wrong(step))
              return fmt::format("{} / {}", text_at(job, "name"), text_at(step, "name"));
        return text_at(job, "name");
      }
    return conclusion.empty() ? "the run ended without a result" : "the run ended: " + conclusion;
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
  const Clock& clock_;
  const std::string full_name_, path_, workflow_;
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
