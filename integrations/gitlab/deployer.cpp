#include "integrations/gitlab/deployer.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <mutex>

#include "integrations/common/answers.hpp"
#include "integrations/common/fields.hpp"
#include "integrations/common/form.hpp"
#include "integrations/gitlab/answers.hpp"
#include "integrations/gitlab/checks.hpp"
#include "integrations/gitlab/deployments.hpp"

// Fields: docs.gitlab.com/api (pipelines, jobs, tags), lib/api/ci/{pipelines,jobs}.rb and lib/api/entities/ci in
// gitlab-org/gitlab; what may be played and run again: app/models/ci/build.rb (playable?), app/services/ci/
// play_build_service.rb.

namespace hotfixd::gitlab {
namespace {

using common::Fields;
using nlohmann::json;
using State = DeploymentView::State;

constexpr Seconds kListed{60};       // a pipeline that was asked for is there by then, and so is a tag's own
constexpr Seconds kLookAgain{10};    // until then
constexpr Seconds kClocks{5};        // GitLab's may be so much behind ours
constexpr std::size_t kAsked = 10;   // pipelines whose variables are read for one answer
constexpr std::size_t kWithJob = 5;  // pipelines of a tag that are searched for the job
constexpr std::size_t kNamed = 3;    // jobs that are named in one sentence
constexpr std::string_view kPlace = "{environment}";

std::unexpected<Problem> refused(std::string what, std::string mend) {
  return std::unexpected(Problem{Problem::Kind::refused, std::move(what), std::move(mend), {}});
}

std::unexpected<Problem> later(std::string what) {
  return std::unexpected(
      Problem{Problem::Kind::rate_limited, std::move(what), "nothing: it is looked for again", kLookAgain});
}

std::string url_of(const json& root) { return Fields(root).text_if_any("web_url"); }
std::uint64_t id_of(const json& root) { return Fields(root).number_if_any("id"); }
std::string status_of(const json& root) { return text_at(root, "status"); }

std::optional<std::uint64_t> number_in(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

bool has_ended(std::string_view status) { return status == "success" || status == "failed" || status == "canceled"; }
// It has not begun, and nobody knows when it will.
bool is_held(std::string_view status) { return status == "manual" || status == "created" || status == "skipped"; }

// "approve, migrate and 2 more".
std::string names_of(const std::vector<std::string>& names) {
  const auto shown = std::span(names).first(std::min(names.size(), kNamed));
  const auto rest = names.size() - shown.size();
  return fmt::format("{}{}", fmt::join(shown, ", "), rest == 0 ? "" : fmt::format(" and {} more", rest));
}

std::vector<std::string> manual_in(const std::vector<json>& jobs) {
  std::vector<std::string> names;
  for (const auto& job : jobs)
    if (status_of(job) == "manual") names.push_back(text_at(job, "name"));
  return names;
}

// The first by number that failed and may not; null when none did.
const json* failed_in(const std::vector<json>& jobs) {
  const json* first = nullptr;
  for (const auto& job : jobs)
    if (status_of(job) == "failed" && !Fields(job).flag("allow_failure") &&
        (first == nullptr || id_of(job) < id_of(*first)))
      first = &job;
  return first;
}

// "deploy: production: script_failure".
std::string told(const json& job) {
  const auto reason = text_at(job, "failure_reason");
  return fmt::format("{}{}{}", failed_step(text_at(job, "stage"), text_at(job, "name")), reason.empty() ? "" : ": ",
                     reason);
}

// GitLab's words, and what is to be done.
struct Advice {
  std::string_view holds, mend;
};
constexpr std::array kAdvice{
    Advice{"CI config file", "put a .gitlab-ci.yml into the commit that is tagged; the project says where it is"},
    Advice{".gitlab-ci.yml", "put a .gitlab-ci.yml into the commit that is tagged; the project says where it is"},
    Advice{"set pipeline variables",
           "the project's Settings, CI/CD, Variables: lower the minimum role to use pipeline variables; or let the "
           "pipeline take inputs and set deploy_pipeline_inputs; or send none: deploy_version_input = \"\" and so on"},
    Advice{"sufficient permission to run a pipeline",
           "the tag is protected: let the owner of gitlab.token create it (Settings, Repository, Protected tags)"},
    Advice{"inputs", "declare them under spec: inputs: in the tag's own .gitlab-ci.yml, or mend deploy_…_input"},
    Advice{"would have been empty",
           "let the rules of the job that deploys take it: if: $CI_PIPELINE_SOURCE == \"api\""},
    Advice{"filtered out by", "let the rules of the job that deploys take it: if: $CI_PIPELINE_SOURCE == \"api\""},
    Advice{"not retryable", "look at the job: it may be archived; a pipeline that is run anew on the tag has another"},
};

Problem explained(ApiFailure failure) {
  for (const auto& advice : kAdvice)
    if (common::holds(failure.message, advice.holds)) {
      failure.mend = advice.mend;
      return failure;
    }
  if (failure.status == 403)
    failure.mend =
        "give the owner of gitlab.token the role Developer, and where the environment or the tag is protected the "
        "right "
        "to deploy (Settings, CI/CD, Protected environments)";
  return failure;
}

// What a manual job says while its deployment waits for people's approval, and an archived one for ever
// (app/models/ci/build.rb, waiting_for_deployment_approval?).
bool is_unplayable(const ApiFailure& failure) {
  return failure.status == 400 && common::holds(failure.message, "unplayable");
}
constexpr std::string_view kApproval = "an approval on GitLab, unless it is archived";

class PipelineDeployer : public Deployer {
 public:
  PipelineDeployer(Api& api, const Clock& clock, std::string full_name, PipelineOptions options)
      : options_(std::move(options)), api_(api), clock_(clock), full_name_(std::move(full_name)) {}

  Result<std::vector<Release>> releases(const std::string& environment) override {
    const auto path = project();
    if (!path) return std::unexpected(path.error());
    return deployed_releases(api_, *path, environment);
  }
  std::string teller() const override { return "GitLab's deployments"; }

 protected:
  // "/projects/15": a project that was renamed is found by its number.
  Result<std::string> project() {
    const std::lock_guard lock(mutex_);
    if (!path_.empty()) return path_;
    const auto found = api_.get(project_path(full_name_));
    if (!found) return std::unexpected(found.error());
    const auto number = id_of(found->body);
    if (number == 0) return malformed("a project without id");
    return path_ = fmt::format("/projects/{}", number);
  }

  Result<std::vector<json>> list(const std::string& path) {
    const auto base = project();
    if (!base) return std::unexpected(base.error());
    auto all = api_.list(*base + path);
    if (!all) return std::unexpected(all.error());
    if (!std::ranges::all_of(all->items, [](const json& one) { return one.is_object(); }))
      return malformed("a list of something else than objects");
    return std::move(all->items);
  }

  ApiResult get(const std::string& path) {
    const auto base = project();
    if (!base) return std::unexpected(failed(base.error()));
    return api_.get(*base + path);
  }

  ApiResult post(const std::string& path, const json& body) {
    const auto base = project();
    if (!base) return std::unexpected(failed(base.error()));
    return api_.post(*base + path, body);
  }

  // GitLab shall see the tag where it was when it was judged.
  Result<void> check_tag(const effect::Deploy& order) {
    if (order.sha.empty()) return {};
    const auto tag = get("/repository/tags/" + common::percent_encoded(order.tag));
    if (!tag) return std::unexpected(tag.error());
    const auto sha = Fields(tag->body).sha_if_any("commit.id");
    if (sha.empty()) return malformed("a tag without commit");
    if (sha == order.sha) return {};
    return refused(
        fmt::format("the tag {} moved: GitLab has it on {:.7}, and {:.7} was meant", order.tag, sha, order.sha),
        "find out who moved it, and why");
  }

  // Of the tag at that commit, the newest first.
  Result<std::vector<json>> pipelines_of(const effect::Deploy& order, std::string_view filter = {}) {
    auto path = fmt::format("/pipelines?ref={}{}", common::percent_encoded(order.tag), filter);
    if (!order.sha.empty()) path += "&sha=" + common::percent_encoded(order.sha);
    const auto page = get(path + "&order_by=id&sort=desc&per_page=20");
    if (!page) return std::unexpected(page.error());
    if (!page->body.is_array() || !std::ranges::all_of(page->body, [](const json& one) { return one.is_object(); }))
      return malformed("pipelines are no list of objects");
    return page->body.get<std::vector<json>>();
  }

  Result<std::vector<json>> jobs_of(std::uint64_t pipeline) {
    return list(fmt::format("/pipelines/{}/jobs?per_page=100", pipeline));
  }
  // Jobs that start other pipelines.
  Result<std::vector<json>> bridges_of(std::uint64_t pipeline) {
    return list(fmt::format("/pipelines/{}/bridges?per_page=100", pipeline));
  }

  bool is_young(const effect::Deploy& order) const { return clock_.now() < order.ordered_at + kListed; }

  const PipelineOptions options_;
  Api& api_;

 private:
  static ApiFailure failed(const Problem& problem) {
    ApiFailure failure;
    static_cast<Problem&>(failure) = problem;
    return failure;
  }

  const Clock& clock_;
  const std::string full_name_;
  std::mutex mutex_;
  std::string path_;  // under mutex_
};

// Starts a pipeline of its own; a run's id is the pipeline's.
class OwnPipeline final : public PipelineDeployer {
 public:
  using PipelineDeployer::PipelineDeployer;

  Result<std::optional<Started>> find(const effect::Deploy& order) override {
    const auto all = pipelines_of(order, "&source=api");
    if (!all) return std::unexpected(all.error());
    std::size_t asked = 0;
    for (const auto& one : *all) {
      if (Fields(one).time("created_at").value_or(Time{}) < order.ordered_at - kClocks) continue;
      auto ours = is_of(order, one, asked);
      if (!ours) return std::unexpected(ours.error());
      if (*ours) return Started{std::to_string(id_of(one)), url_of(one)};
    }
    if (is_young(order)) return later("it is not known yet whether GitLab took the order");
    return std::nullopt;
  }

  Result<Started> start(const effect::Deploy& order) override {
    if (auto there = check_tag(order); !there) return std::unexpected(there.error());
    json variables = json::array(), inputs = json::object();
    for (const auto& [name, value] : {std::pair(&options_.version, &order.tag),
                                      {&options_.environment, &order.environment},
                                      {&options_.key, &order.key}}) {
      if (name->empty()) continue;
      variables.push_back({{"key", *name}, {"value", *value}});
      inputs[*name] = *value;
    }
    json body{{"ref", order.tag}};
    if (!variables.empty()) body[options_.as_inputs ? "inputs" : "variables"] = options_.as_inputs ? inputs : variables;
    const auto made = post("/pipeline", body);
    if (!made) return std::unexpected(explained(made.error()));
    const auto id = id_of(made->body);
    if (id == 0) return malformed("a pipeline without id");
    const auto sha = Fields(made->body).sha_if_any("sha");
    if (!order.sha.empty() && sha != order.sha) {
      const auto cancelled = post(fmt::format("/pipelines/{}/cancel", id), json::object());
      return refused(fmt::format("GitLab made pipeline {} of {:.7}, and {:.7} was meant: is a branch called {} too?{}",
                                 id, sha, order.sha, order.tag, cancelled ? " It was cancelled" : ""),
                     cancelled ? "rename the branch, and order it again" : "cancel that pipeline by hand, at once");
    }
    return Started{std::to_string(id), url_of(made->body)};
  }

  Result<DeploymentView> follow(const effect::FollowDeployment& run) override {
    const auto id = number_in(run.id).value_or(0);
    const auto pipeline = get(fmt::format("/pipelines/{}", id));
    if (!pipeline) return std::unexpected(pipeline.error());
    const auto status = status_of(pipeline->body);
    DeploymentView view{State::running, {}, {}, url_of(pipeline->body)};
    const bool over = has_ended(status) || status == "skipped";
    if (!over && status != "manual") {
      if (status == "waiting_for_resource") view.step = "another deployment to end";
      return view;
    }
    const auto jobs = jobs_of(id);
    if (!jobs) return std::unexpected(jobs.error());
    const auto manual = manual_in(*jobs);
    if (status == "success") {
      const auto path = project();
      if (!path) return std::unexpected(path.error());
      const auto deployed = manual.empty() ? Result<bool>(true) : was_deployed_by(api_, *path, run.environment, id);
      if (!deployed) return std::unexpected(deployed.error());
      if (*deployed) {
        view.state = State::succeeded;
        return view;
      }
    }
    if (status == "manual" || status == "success") {
      view.step = manual.empty() ? "a job to be started by hand" : names_of(manual) + " to be started by hand";
      return view;
    }
    view.state = State::failed;
    view.step = status == "failed" ? "the pipeline failed" : "the pipeline was " + status;
    if (status != "failed") return view;
    return with_failed_job(std::move(view), id, *jobs);
  }

 private:
  // By its name, by its variables, or where no key was sent by what the list says of it.
  Result<bool> is_of(const effect::Deploy& order, const json& pipeline, std::size_t& asked) {
    if (options_.key.empty()) return true;
    if (text_at(pipeline, "name").contains(order.key)) return true;
    if (options_.as_inputs) return true;  // they cannot be asked for
    if (++asked > kAsked) return false;
    // Those of a pipeline that somebody else started are not shown to a Developer (app/policies/ci/pipeline_policy.rb).
    const auto all = list(fmt::format("/pipelines/{}/variables", id_of(pipeline)));
    if (!all && all.error().kind == Problem::Kind::refused) return false;
    if (!all) return std::unexpected(all.error());
    return std::ranges::any_of(*all, [&](const json& one) {
      return text_at(one, "key") == options_.key && text_at(one, "value") == order.key;
    });
  }

  // Where no job of its own did, one that started another pipeline may have.
  Result<DeploymentView> with_failed_job(DeploymentView view, std::uint64_t pipeline, const std::vector<json>& jobs) {
    std::vector<json> bridges;
    const auto* failed = failed_in(jobs);
    if (failed == nullptr) {
      auto more = bridges_of(pipeline);
      if (!more && more.error().retryable()) return std::unexpected(more.error());
      if (more) bridges = std::move(*more);
      failed = failed_in(bridges);
    }
    if (failed == nullptr) return view;
    view.step = told(*failed);
    if (auto url = url_of(*failed); !url.empty()) view.url = std::move(url);
    if (auto url = Fields(*failed).text_if_any("downstream_pipeline.web_url"); !url.empty()) view.url = std::move(url);
    return view;
  }
};

// Plays a job of the tag's own pipeline; a run's id is that pipeline's.
class TagJob final : public PipelineDeployer {
 public:
  using PipelineDeployer::PipelineDeployer;

  Result<std::optional<Started>> find(const effect::Deploy& order) override {
    auto found = job_for(order);
    if (!found) return std::unexpected(found.error());
    if (!found->job || is_held(status_of(*found->job))) return std::nullopt;
    if (has_ended(status_of(*found->job)) &&
        Fields(*found->job).time("finished_at").value_or(Time{}) < order.ordered_at - kClocks)
      return std::nullopt;
    return Started{std::to_string(found->pipeline), url_of(*found->job)};
  }

  Result<Started> start(const effect::Deploy& order) override {
    if (auto there = check_tag(order); !there) return std::unexpected(there.error());
    const auto found = job_for(order);
    if (!found) return std::unexpected(found.error());
    const auto name = name_in(order.environment);
    if (!found->job) {
      if (found->pipeline == 0 && is_young(order))
        return later(fmt::format("the pipeline of {} is not there yet", order.tag));
      if (found->pipeline == 0)
        return refused(fmt::format("GitLab made no pipeline for {}", order.tag),
                       "let .gitlab-ci.yml run for tags (rules: if: $CI_COMMIT_TAG), or set deploy = \"pipeline\"");
      return refused(fmt::format("the pipeline of {} has no job {}", order.tag, name),
                     "mend deploy = \"pipeline:JOB\", or let the job's rules take tags: if: $CI_COMMIT_TAG");
    }
    const auto& job = *found->job;
    const auto status = status_of(job);
    if (status == "skipped") {
      const auto jobs = jobs_of(found->pipeline);
      const auto* failed = jobs ? failed_in(*jobs) : nullptr;
      return refused(
          fmt::format("{} was skipped: {}", name, failed == nullptr ? "a job before it failed" : told(*failed)),
          "mend that, or run it again on GitLab");
    }
    if (status == "manual" || has_ended(status)) {
      const auto begun =
          post(fmt::format("/jobs/{}/{}", id_of(job), status == "manual" ? "play" : "retry"), json::object());
      if (!begun) {
        if (begun.error().retryable()) return std::unexpected(begun.error());
        // Somebody was faster, or an earlier try of ours arrived.
        if (auto other = find(order); other && *other) return std::move(**other);
        if (is_unplayable(begun.error())) return Started{std::to_string(found->pipeline), url_of(job)};
        return std::unexpected(explained(begun.error()));
      }
      return Started{std::to_string(found->pipeline), url_of(begun->body)};
    }
    return Started{std::to_string(found->pipeline), url_of(job)};  // it runs, or will once those before it are done
  }

  Result<DeploymentView> follow(const effect::FollowDeployment& run) override {
    const auto pipeline = number_in(run.id).value_or(0);
    const auto name = name_in(run.environment);
    const auto jobs = jobs_of(pipeline);
    if (!jobs) return std::unexpected(jobs.error());
    const auto job = named(*jobs, name, pipeline);
    if (!job) return std::unexpected(job.error());
    if (!*job)
      return std::unexpected(Problem{
          Problem::Kind::not_found, fmt::format("GitLab shows no job {} any more", name), "look at the pipeline", {}});
    const auto status = status_of(**job);
    DeploymentView view{State::running, {}, {}, url_of(**job)};
    const auto failed = [&](std::string why) {
      view.state = State::failed;
      view.step = std::move(why);
      return view;
    };
    if (status == "success") {
      view.state = State::succeeded;
    } else if (status == "failed") {
      return failed(told(**job));
    } else if (status == "canceled") {
      return failed(name + " was canceled");
    } else if (status == "skipped") {
      const auto* before = failed_in(*jobs);
      return failed(
          fmt::format("{} was skipped: {}", name, before == nullptr ? "a job before it failed" : told(*before)));
    } else if (status == "manual") {
      // It was ordered while those before it ran, or waits for an approval.
      const auto begun = post(fmt::format("/jobs/{}/play", id_of(**job)), json::object());
      if (!begun && begun.error().retryable()) return std::unexpected(begun.error());
      if (!begun && is_unplayable(begun.error())) {
        view.step = kApproval;
      } else if (!begun) {
        const auto why = explained(begun.error());
        return failed(fmt::format("{}. {}", why.what, why.mend));
      }
    } else if (status == "created") {
      const auto manual = manual_in(*jobs);
      view.step = manual.empty() ? "the jobs before it" : names_of(manual) + " to be started by hand";
    } else if (status == "waiting_for_resource") {
      view.step = "another deployment to end";
    }
    return view;
  }

 private:
  struct Found {
    std::uint64_t pipeline = 0;  // 0: the tag has none
    std::optional<json> job;
  };

  std::string name_in(const std::string& environment) const {
    auto name = options_.job;
    for (auto at = name.find(kPlace); at != std::string::npos; at = name.find(kPlace, at + environment.size()))
      name.replace(at, kPlace.size(), environment);
    return name;
  }

  // The run of it that counts: those before it are not listed.
  Result<std::optional<json>> named(const std::vector<json>& jobs, const std::string& name, std::uint64_t pipeline) {
    const auto is_it = [&](const json& one) { return text_at(one, "name") == name; };
    if (const auto it = std::ranges::find_if(jobs, is_it); it != jobs.end()) return *it;
    const auto bridges = bridges_of(pipeline);
    if (!bridges && bridges.error().retryable()) return std::unexpected(bridges.error());
    if (!bridges) return std::nullopt;
    const auto it = std::ranges::find_if(*bridges, is_it);
    return it == bridges->end() ? std::nullopt : std::optional(*it);
  }

  // In the newest of the tag's pipelines that has it.
  Result<Found> job_for(const effect::Deploy& order) {
    const auto pipelines = pipelines_of(order);
    if (!pipelines) return std::unexpected(pipelines.error());
    Found found;
    for (const auto& one : std::span(*pipelines).first(std::min(pipelines->size(), kWithJob))) {
      const auto jobs = jobs_of(id_of(one));
      if (!jobs) return std::unexpected(jobs.error());
      auto job = named(*jobs, name_in(order.environment), id_of(one));
      if (!job) return std::unexpected(job.error());
      if (found.pipeline == 0 || *job) found = {id_of(one), std::move(*job)};
      if (found.job) break;
    }
    return found;
  }
};

}  // namespace

std::unique_ptr<Deployer> create_pipeline_deployer(Api& api, const Clock& clock, std::string full_name,
                                                   PipelineOptions options) {
  if (options.job.empty()) return std::make_unique<OwnPipeline>(api, clock, std::move(full_name), std::move(options));
  return std::make_unique<TagJob>(api, clock, std::move(full_name), std::move(options));
}

}  // namespace hotfixd::gitlab
