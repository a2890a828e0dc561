#include "integrations/gitlab/tester.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "integrations/common/fields.hpp"
#include "integrations/common/form.hpp"
#include "integrations/gitlab/answers.hpp"
#include "integrations/gitlab/checks.hpp"

// Fields: docs.gitlab.com/api (pipelines, jobs, commits), lib/api/commit_statuses.rb and lib/api/ci/pipelines.rb in
// gitlab-org/gitlab.

namespace hotfixd::gitlab {
namespace {

using common::Fields;
using nlohmann::json;
using State = RegressionTestView::State;

constexpr Seconds kListed{60};     // a pipeline that was asked for is there by then
constexpr Seconds kLookAgain{10};  // until then
constexpr Seconds kClocks{5};      // GitLab's may be so much behind ours

std::string number_of(const json& root) { return std::to_string(Fields(root).number_if_any("id")); }

class PipelineTester final : public RegressionTester {
 public:
  PipelineTester(Api& api, const Clock& clock, const std::string& full_name, std::vector<std::string> variables)
      : api_(api), clock_(clock), path_(project_path(full_name)), variables_(std::move(variables)) {}

  Result<std::optional<Started>> find(const effect::StartRegressionTest& order) override {
    const auto page =
        api_.get(fmt::format("{}/pipelines?ref={}&sha={}&source=api&order_by=id&sort=desc&per_page=20", path_,
                             common::percent_encoded(order.target), common::percent_encoded(order.sha)));
    if (!page) return std::unexpected(page.error());
    if (!page->body.is_array()) return malformed("pipelines are no list");
    for (const auto& one : page->body)
      if (one.is_object() && Fields(one).time("created_at").value_or(Time{}) >= order.ordered_at - kClocks)
        return Started{number_of(one), text_at(one, "web_url")};
    if (clock_.now() < order.ordered_at + kListed)
      return std::unexpected(Problem{Problem::Kind::rate_limited, "it is not known yet whether GitLab took the order",
                                     "nothing: it is looked for again", kLookAgain});
    return std::nullopt;
  }

  Result<Started> start(const effect::StartRegressionTest& order) override {
    json variables = json::array();
    for (const auto& [name, value] : {std::pair("sha", &order.sha),
                                      {"target", &order.target},
                                      {"hotfix", &order.hotfix},
                                      {"incident", &order.incident},
                                      {"key", &order.key}})
      if (std::ranges::find(variables_, name) != variables_.end())
        variables.push_back({{"key", name}, {"value", *value}});
    json body{{"ref", order.target}};
    if (!variables.empty()) body["variables"] = std::move(variables);
    const auto made = api_.post(path_ + "/pipeline", body);
    if (!made) return std::unexpected(explained(made.error()));
    const auto id = number_of(made->body);
    if (id == "0") return malformed("a pipeline without id");
    const auto sha = Fields(made->body).sha_if_any("sha");
    if (sha == order.sha) return Started{id, text_at(made->body, "web_url")};
    const auto cancelled = api_.post(fmt::format("{}/pipelines/{}/cancel", path_, id), json::object());
    return std::unexpected(Problem{
        Problem::Kind::refused,
        fmt::format("{} moved on: GitLab made a pipeline of {:.7}", order.target, sha),
        cancelled ? "nothing: it is cancelled, and the newer head is tested" : "nothing: the newer head is tested",
        {}});
  }

  Result<RegressionTestView> follow(const effect::FollowRegressionTest& run) override {
    const auto pipeline = api_.get(fmt::format("{}/pipelines/{}", path_, common::percent_encoded(run.id)));
    if (!pipeline) return std::unexpected(pipeline.error());
    const auto status = text_at(pipeline->body, "status");
    RegressionTestView view{State::running, {}, {}, Fields(pipeline->body).text_if_any("web_url")};
    if (status == "success") {
      view.state = State::passed;
    } else if (status == "failed") {
      view.state = State::failed;
      const auto jobs = api_.list(fmt::format("{}/pipelines/{}/jobs?per_page=100", path_, run.id));
      view.step = "the pipeline failed";
      if (jobs) name_failed(view, jobs->items);
    } else if (status == "canceled" || status == "skipped" || status == "manual") {
      view.state = State::not_run;
      view.step = status == "manual" ? "a job waits to be started by hand" : "the pipeline was " + status;
    }
    return view;
  }

 private:
  static void name_failed(RegressionTestView& view, const std::vector<json>& jobs) {
    for (const auto& job : jobs) {
      if (!job.is_object() || text_at(job, "status") != "failed" || Fields(job).flag("allow_failure")) continue;
      view.step = failed_step(text_at(job, "stage"), text_at(job, "name"));
      if (auto url = Fields(job).text_if_any("web_url"); !url.empty()) view.url = std::move(url);
      return;
    }
  }

  static Problem explained(const ApiFailure& failure) {
    Problem problem = failure;
    if (failure.message.contains("set pipeline variables"))
      problem.mend = "let the project take pipeline variables, or set regression_inputs = []";
    else if (failure.message.contains("filtered out by") || failure.message.contains("would have been empty"))
      problem.mend = "let the rules of the job that tests take it: if: $CI_PIPELINE_SOURCE == \"api\"";
    return problem;
  }

  Api& api_;
  const Clock& clock_;
  const std::string path_;
  const std::vector<std::string> variables_;
};

class CheckTester final : public RegressionTester {
 public:
  CheckTester(Api& api, const std::string& full_name, std::string check)
      : api_(api), path_(project_path(full_name)), check_(std::move(check)) {}

  Result<std::optional<Started>> find(const effect::StartRegressionTest& order) override {
    return Started{order.sha, {}};
  }
  Result<Started> start(const effect::StartRegressionTest& order) override { return Started{order.sha, {}}; }

  // Jobs are listed as statuses too, the newest run of each.
  Result<RegressionTestView> follow(const effect::FollowRegressionTest& run) override {
    const auto all = api_.list(fmt::format("{}/repository/commits/{}/statuses?name={}&per_page=100", path_,
                                           common::percent_encoded(run.sha), common::percent_encoded(check_)));
    if (!all) return std::unexpected(all.error());
    for (const auto state : {State::failed, State::running, State::passed, State::not_run})
      for (const auto& one : all->items)
        if (one.is_object() && text_at(one, "name") == check_ && state_of(one) == state) return told(state, one);
    return RegressionTestView{};
  }

 private:
  // One that may fail is a failure all the same: it is the fix that is asked about.
  static State state_of(const json& one) {
    const auto status = text_at(one, "status");
    if (status == "canceled" || (status == "manual" && Fields(one).flag("allow_failure"))) return State::not_run;
    switch (job_state(status, false)) {
      case CheckState::passed:
        return State::passed;
      case CheckState::failed:
        return State::failed;
      case CheckState::skipped:
        return State::not_run;
      case CheckState::pending:
        break;
    }
    return State::running;
  }

  RegressionTestView told(State state, const json& one) const {
    RegressionTestView view{state, {}, {}, Fields(one).text_if_any("target_url")};
    if (state == State::not_run) view.step = fmt::format("{} was {}", check_, text_at(one, "status"));
    if (state != State::failed) return view;
    view.step = text_at(one, "description");
    if (view.step.empty()) view.step = check_ + " failed";
    std::ranges::replace(view.step, '\n', ' ');
    return view;
  }

  Api& api_;
  const std::string path_, check_;
};

}  // namespace

std::unique_ptr<RegressionTester> create_pipeline_tester(Api& api, const Clock& clock, std::string full_name,
                                                         std::vector<std::string> variables) {
  return std::make_unique<PipelineTester>(api, clock, full_name, std::move(variables));
}

std::unique_ptr<RegressionTester> create_check_tester(Api& api, std::string full_name, std::string check) {
  return std::make_unique<CheckTester>(api, full_name, std::move(check));
}

}  // namespace hotfixd::gitlab
