#include "integrations/github/workflow.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "bot/domain/zone.hpp"
#include "integrations/common/fields.hpp"
#include "integrations/common/form.hpp"
#include "integrations/github/answers.hpp"
#include "integrations/github/credentials.hpp"

namespace hotfixd::github {
namespace {

using common::Fields;
using nlohmann::json;

constexpr Seconds kListed{60};                    // a dispatched run is in the list by then
constexpr Seconds kLookAgain{10};                 // until then
constexpr Seconds kClocks{5};                     // GitHub's may be so much behind ours
constexpr std::string_view kUnlisted = "since:";  // an id that is not known yet: the run has to be found

}  // namespace

WorkflowRuns::WorkflowRuns(Api& api, const Clock& clock, std::string full_name, const std::string& file)
    : api_(api),
      clock_(clock),
      full_name_(std::move(full_name)),
      path_(path_of(full_name_)),
      workflow_(fmt::format("{}/actions/workflows/{}", path_, common::percent_encoded(file))) {}

Result<std::optional<WorkflowRuns::Started>> WorkflowRuns::find(const Order& order) {
  auto run = find_run(order.ref, order.sha, order.key, order.at - kClocks);
  if (!run) return std::unexpected(run.error());
  if (*run) return Started{std::to_string(number_at(**run, "id")), text_at(**run, "html_url")};
  if (clock_.now() < order.at + kListed)
    return std::unexpected(Problem{Problem::Kind::rate_limited, "it is not known yet whether GitHub took the order",
                                   "nothing: it is looked for again", kLookAgain});
  return std::nullopt;
}

std::expected<WorkflowRuns::Started, ApiFailure> WorkflowRuns::dispatch(const Order& order, const json& inputs) {
  json body{{"ref", order.ref}, {"inputs", inputs}, {"return_run_details", true}};
  auto taken = api_.post(workflow_ + "/dispatches", body, full_name_);
  // A GitHub Enterprise Server of before that field refuses it.
  if (!taken && (taken.error().status == 422 || taken.error().status == 400) &&
      taken.error().message.find("return_run_details") != std::string::npos) {
    body.erase("return_run_details");
    taken = api_.post(workflow_ + "/dispatches", body, full_name_);
  }
  if (!taken) return std::unexpected(taken.error());
  const auto id = taken->body.is_object() ? number_at(taken->body, "workflow_run_id") : 0;
  if (id == 0) return Started{std::string(kUnlisted) + format_rfc3339(order.at - kClocks), {}};
  return Started{std::to_string(id), text_at(taken->body, "html_url")};
}

Result<std::optional<WorkflowRuns::View>> WorkflowRuns::look(const std::string& asked, const std::string& ref,
                                                             const std::string& key) {
  auto id = asked;
  if (id.starts_with(kUnlisted)) {
    const auto since = parse_rfc3339(id.substr(kUnlisted.size()));
    auto run = find_run(ref, {}, key, since.value_or(Time{}));
    if (!run) return std::unexpected(run.error());
    if (!*run) return std::nullopt;
    id = std::to_string(number_at(**run, "id"));
  }
  const auto run = api_.get(fmt::format("{}/actions/runs/{}", path_, common::percent_encoded(id)), full_name_);
  if (!run) return std::unexpected(run.error());
  if (!run->body.is_object()) return malformed("a run is no object");
  View view{text_at(run->body, "status") == "completed",
            text_at(run->body, "conclusion"),
            text_at(run->body, "html_url"),
            Fields(run->body).sha_if_any("head_sha"),
            {}};
  if (view.completed && view.conclusion != "success") view.step = failed_step(id, view.conclusion);
  return view;
}

// The newest run that can be the order's. The list has a filter `created`, whose syntax the documentation and the
// description of the API give differently: the times are compared here.
Result<std::optional<json>> WorkflowRuns::find_run(const std::string& ref, const std::string& sha,
                                                   const std::string& key, Time since) {
  auto path =
      fmt::format("{}/runs?event=workflow_dispatch&branch={}&per_page=50", workflow_, common::percent_encoded(ref));
  if (!sha.empty()) path += "&head_sha=" + common::percent_encoded(sha);
  const auto runs = api_.get(path, full_name_);
  if (!runs) return std::unexpected(runs.error());
  const auto* list = Fields(runs->body).at("workflow_runs");
  if (list == nullptr || !list->is_array()) return malformed("runs are no list");
  // "HF-7-" of "HF-7-D2-1794690245": another run of this incident is none of this order.
  const auto kin = key.substr(0, key.find('-', key.find('-') + 1) + 1);
  std::optional<json> found;
  for (auto& run : by_id(*list)) {
    const auto title = text_at(run, "display_title");
    if (title.find(key) != std::string::npos) return std::optional(run);
    const bool in_time = Fields(run).time("created_at").value_or(Time{}) >= since;
    if (!found && in_time && title.find(kin) == std::string::npos && text_at(run, "event") == "workflow_dispatch" &&
        text_at(run, "head_branch") == ref)
      found = run;
  }
  return found;
}

// "deploy / migrate the database", or what became of the run as a whole.
std::string WorkflowRuns::failed_step(const std::string& id, const std::string& conclusion) {
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

}  // namespace hotfixd::github
