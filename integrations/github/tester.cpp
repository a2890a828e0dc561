#include "integrations/github/tester.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "integrations/common/fields.hpp"
#include "integrations/common/form.hpp"
#include "integrations/github/answers.hpp"
#include "integrations/github/credentials.hpp"
#include "integrations/github/workflow.hpp"

// Fields: docs.github.com/rest (checks/runs, commits/statuses), as in @octokit/openapi.

namespace hotfixd::github {
namespace {

using common::Fields;
using nlohmann::json;
using State = RegressionTestView::State;

class WorkflowTester final : public RegressionTester {
 public:
  WorkflowTester(Api& api, const Clock& clock, std::string full_name, TestOptions options)
      : runs_(api, clock, std::move(full_name), options.file), options_(std::move(options)) {}

  // The line may have moved on since: the run is not told by its commit.
  Result<std::optional<Started>> find(const effect::StartRegressionTest& order) override {
    auto run = runs_.find(of(order));
    if (!run) return std::unexpected(run.error());
    if (!*run) return std::nullopt;
    return Started{(*run)->id, (*run)->url};
  }

  Result<Started> start(const effect::StartRegressionTest& order) override {
    json inputs = json::object();
    for (const auto& [name, value] : {std::pair("sha", &order.sha),
                                      {"target", &order.target},
                                      {"hotfix", &order.hotfix},
                                      {"incident", &order.incident},
                                      {"key", &order.key}})
      if (gets(name)) inputs[name] = *value;
    auto taken = runs_.dispatch(of(order), inputs);
    if (!taken) return std::unexpected(explained(order, taken.error()));
    return Started{std::move(taken->id), std::move(taken->url)};
  }

  Result<RegressionTestView> follow(const effect::FollowRegressionTest& asked) override {
    auto run = runs_.look(asked.id, asked.target, asked.key);
    if (!run) return std::unexpected(run.error());
    if (!*run) return RegressionTestView{};
    RegressionTestView view{State::running, {}, {}, (*run)->url};
    if (!(*run)->completed) return view;
    const auto& how = (*run)->conclusion;
    if (!gets("sha") && !(*run)->head_sha.empty() && (*run)->head_sha != asked.sha) {
      view.state = State::not_run;
      view.step = fmt::format("{} moved on: the run was of {:.7}", asked.target, (*run)->head_sha);
    } else if (how == "success") {
      view.state = State::passed;
    } else {
      view.state = how == "failure" || how == "timed_out" ? State::failed : State::not_run;
      view.step = std::move((*run)->step);
    }
    return view;
  }

 private:
  static WorkflowRuns::Order of(const effect::StartRegressionTest& order) {
    return {order.target, {}, order.key, order.ordered_at};
  }

  bool gets(std::string_view input) const { return std::ranges::find(options_.inputs, input) != options_.inputs.end(); }

  Problem explained(const effect::StartRegressionTest& order, const ApiFailure& failure) const {
    Problem problem = failure;
    if (failure.status == 404 || failure.status == 422)
      problem.mend = fmt::format(
          "{} on {} needs on: workflow_dispatch{}{}", options_.file, order.target,
          options_.inputs.empty() ? "" : fmt::format(" with the inputs {}", fmt::join(options_.inputs, ", ")),
          failure.status == 404 ? ", and the bot the right to write actions" : "");
    return problem;
  }

  WorkflowRuns runs_;
  const TestOptions options_;
};

// A check run's "status" and "conclusion", or a commit status' "state".
State state_of(const json& one) {
  const auto conclusion = text_at(one, "conclusion"), status = text_at(one, "state");
  if (conclusion == "success" || status == "success") return State::passed;
  if (conclusion == "failure" || conclusion == "timed_out" || status == "failure" || status == "error")
    return State::failed;
  if (conclusion.empty()) return State::running;
  return State::not_run;  // skipped, cancelled, neutral, stale, action_required, startup_failure
}

class CheckTester final : public RegressionTester {
 public:
  CheckTester(Api& api, std::string full_name, std::string check)
      : api_(api), full_name_(std::move(full_name)), path_(path_of(full_name_)), check_(std::move(check)) {}

  Result<std::optional<Started>> find(const effect::StartRegressionTest& order) override {
    return Started{order.sha, {}};
  }
  Result<Started> start(const effect::StartRegressionTest& order) override { return Started{order.sha, {}}; }

  Result<RegressionTestView> follow(const effect::FollowRegressionTest& run) override {
    const auto commit = fmt::format("{}/commits/{}", path_, common::percent_encoded(run.sha));
    const auto runs =
        api_.list(fmt::format("{}/check-runs?check_name={}&per_page=100", commit, common::percent_encoded(check_)),
                  full_name_, "check_runs");
    if (!runs) return std::unexpected(runs.error());
    const auto statuses = api_.list(commit + "/status?per_page=100", full_name_, "statuses");
    if (!statuses) return std::unexpected(statuses.error());
    std::vector<json> named;
    for (const auto& one : runs->items)
      if (one.is_object() && text_at(one, "name") == check_) named.push_back(one);
    for (const auto& one : statuses->items)
      if (one.is_object() && text_at(one, "context") == check_) named.push_back(one);
    const auto first = [&](State wanted) {
      return std::ranges::find_if(named, [&](const json& one) { return state_of(one) == wanted; });
    };
    for (const auto state : {State::failed, State::running, State::passed, State::not_run})
      if (const auto it = first(state); it != named.end()) return told(state, *it);
    return RegressionTestView{};
  }

 private:
  RegressionTestView told(State state, const json& one) const {
    RegressionTestView view{state, {}, {}, {}};
    for (const auto* field : {"html_url", "target_url"})
      if (view.url.empty()) view.url = Fields(one).text_if_any(field);
    if (state == State::not_run) view.step = fmt::format("{} was {}", check_, text_at(one, "conclusion"));
    if (state != State::failed) return view;
    for (const auto* field : {"output.title", "description"})
      if (view.step.empty()) view.step = text_at(one, field);
    if (view.step.empty()) view.step = check_ + " failed";
    std::ranges::replace(view.step, '\n', ' ');
    return view;
  }

  Api& api_;
  const std::string full_name_, path_, check_;
};

}  // namespace

std::unique_ptr<RegressionTester> create_workflow_tester(Api& api, const Clock& clock, std::string full_name,
                                                         TestOptions options) {
  return std::make_unique<WorkflowTester>(api, clock, std::move(full_name), std::move(options));
}

std::unique_ptr<RegressionTester> create_check_tester(Api& api, std::string full_name, std::string check) {
  return std::make_unique<CheckTester>(api, std::move(full_name), std::move(check));
}

}  // namespace hotfixd::github
