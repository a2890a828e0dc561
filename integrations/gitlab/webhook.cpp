#include "integrations/gitlab/webhook.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "bot/domain/zone.hpp"
#include "integrations/common/fields.hpp"
#include "integrations/common/json.hpp"
#include "integrations/gitlab/checks.hpp"
#include "integrations/gitlab/deployments.hpp"
#include "integrations/gitlab/people.hpp"

// Payload shapes: docs.gitlab.com/user/project/integrations/webhook_events, and what builds them in
// gitlab-org/gitlab: lib/gitlab/data_builder/{push,pipeline,build,deployment}.rb and lib/gitlab/hook_data/.

namespace hotfixd::gitlab {
namespace {

using common::Fields;
using nlohmann::json;

constexpr std::size_t kNameLimit = 300;

// One decoder's finding: an event, or the reason why there is none. Problems stay in the Fields.
struct Finding {
  std::optional<ForgeEvent> event;
  std::string ignored;
  std::optional<ForgeEvent> also{};
};

Finding found(std::optional<Time> at, std::string login, ForgeFact fact) {
  return {ForgeEvent{.repository = {}, .at = at, .login = std::move(login), .fact = std::move(fact)}, {}, {}};
}
Finding ignored(std::string why) { return {std::nullopt, std::move(why), {}}; }

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return text;
}

// "2013-12-03T17:23:34Z", "2016-08-12 15:23:28 UTC", "2021-04-28 21:50:00 +0200": GitLab writes all of them.
std::optional<Time> time_of(Fields& in, std::string_view path) {
  auto text = in.text_if_any(path, 40);
  if (text.empty()) return std::nullopt;
  if (text.ends_with(" UTC")) text.replace(text.size() - 4, 4, "Z");
  const auto zone = text.size() - std::min<std::size_t>(text.size(), 6);
  if (text.size() > 6 && text[zone] == ' ' && (text[zone + 1] == '+' || text[zone + 1] == '-'))
    text = text.substr(0, zone) + text.substr(zone + 1, 3) + ":" + text.substr(zone + 4);
  const auto at = parse_rfc3339(text);
  if (!at) in.fail(path, "is not a time");
  return at;
}

template <typename... Paths>
std::optional<Time> first_time(Fields& in, Paths... paths) {
  std::optional<Time> at;
  ((at = at ? at : time_of(in, paths)), ...);
  return at;
}

std::string actor(Fields& in) { return in.text_if_any("user.username", kNameLimit); }

// "https://gitlab.com/acme/shop/-/jobs/7"; empty where the project's address is not told.
std::string page(Fields& in, std::string_view kind, std::uint64_t id) {
  const auto project = in.text_if_any("project.web_url");
  return project.empty() || id == 0 ? std::string{} : fmt::format("{}/-/{}/{}", project, kind, id);
}

// Both kinds of push, tags and branches. GitLab does not say when.
Finding push(Fields& in, const RepositoryPolicy&) {
  forge::Push push{.ref = in.text("ref"),
                   .before = in.sha_if_any("before"),
                   .after = in.sha_if_any("after"),
                   .created = in.all_zeros("before"),
                   .deleted = in.all_zeros("after")};
  auto login = in.text_if_any("user_username", kNameLimit);
  push.by_program = is_bot(login);
  if (!push.ref.starts_with("refs/")) in.fail("ref", "is not a full ref name");
  return found(std::nullopt, std::move(login), std::move(push));
}

// Why a merge request is none of ours: its branch is in another project, whatever the branch's name. `at` is the object
// that holds the two ids; GitLab writes source_project_id as null once a fork is deleted.
std::optional<std::string> from_a_fork(Fields& in, const std::string& at) {
  const auto number = in.number_if_any(at + ".iid");
  if (in.is_null(at + ".source_project_id")) return fmt::format("!{} comes from a fork that is gone", number);
  const auto source = in.number_if_any(at + ".source_project_id");
  const auto target = in.number_if_any(at + ".target_project_id");
  if (source == 0 || target == 0 || source == target) return std::nullopt;
  const auto name = in.text_if_any(at + ".source.path_with_namespace", kNameLimit);
  return fmt::format("!{} comes from the fork {}", number, name.empty() ? fmt::to_string(source) : name);
}

// The author is told by number; his user name, where somebody in the payload has that number.
std::string author_login(Fields& in) {
  const auto author = in.number_if_any("object_attributes.author_id");
  if (author == 0) return {};
  if (in.number_if_any("user.id") == author) return actor(in);
  for (const char* list : {"assignees", "reviewers"}) {
    const auto* people = in.at(list);
    if (people == nullptr || !people->is_array()) continue;
    for (const auto& person : *people) {
      Fields one(person);
      if (person.is_object() && one.number_if_any("id") == author) return one.text_if_any("username", kNameLimit);
    }
  }
  return {};
}

forge::PullRequest merge_request_of(Fields& in) {
  const auto f = [](const char* name) { return fmt::format("object_attributes.{}", name); };
  return {.action = forge::PullRequest::Action::updated,
          .number = in.number(f("iid")),
          .url = in.text_if_any(f("url")),
          .title = in.text_if_any(f("title"), kNameLimit),
          .head_branch = in.text(f("source_branch")),
          .head_sha = in.sha_if_any(f("last_commit.id")),
          .base = in.text(f("target_branch")),
          .landing_sha = {},
          .author_login = author_login(in),
          .draft = in.flag(f("draft")) || in.flag(f("work_in_progress"))};
}

// "approved" and "unapproved" say besides that all rules are met, or no longer. With `system` it was a push that took
// approvals away, and the user is who pushed.
std::optional<ReviewVerdict> verdict_of(Fields& in, const std::string& action) {
  if (in.flag("object_attributes.system")) return std::nullopt;
  if (action == "approved" || action == "approval") return ReviewVerdict::approved;
  if (action == "unapproved" || action == "unapproval") return ReviewVerdict::dismissed;
  return std::nullopt;
}

Finding merge_request(Fields& in, const RepositoryPolicy& policy) {
  using Action = forge::PullRequest::Action;
  if (auto why = from_a_fork(in, "object_attributes")) return ignored(std::move(*why));
  auto pr = merge_request_of(in);
  const auto action = in.text_if_any("object_attributes.action", kNameLimit);
  const auto state = in.text_if_any("object_attributes.state", kNameLimit);
  const auto changed = first_time(in, "object_attributes.actioned_at", "object_attributes.updated_at");
  const bool can_be_asked = !policy.forge.empty();
  if (const auto verdict = verdict_of(in, action)) {
    const auto login = actor(in);
    if (login.empty()) return ignored("the reviewer's account is gone");
    if (is_bot(login)) return ignored(fmt::format("a review by {}, who is a bot", login));
    if (*verdict == ReviewVerdict::approved && can_be_asked) return found(changed, login, std::move(pr));
    // Taken back is believed at once: updated_at may be of before it.
    const bool taken = *verdict == ReviewVerdict::dismissed;
    auto finding = found(taken ? time_of(in, "object_attributes.actioned_at") : changed, login,
                         forge::Review{.number = pr.number,
                                       .head_branch = pr.head_branch,
                                       .sha = pr.head_sha,
                                       .login = login,
                                       .verdict = *verdict});
    if (can_be_asked) finding.also = found(changed, login, std::move(pr)).event;
    return finding;
  }
  if (state == "merged") {
    for (const char* field : {"object_attributes.merge_commit_sha", "object_attributes.squash_commit_sha"})
      if (pr.landing_sha.empty()) pr.landing_sha = in.sha_if_any(field);
    if (!pr.landing_sha.empty() || !can_be_asked) pr.action = Action::merged;
    if (pr.landing_sha.empty()) pr.landing_sha = pr.head_sha;  // a fast-forward, unless it was squashed too
    return found(
        first_time(in, "object_attributes.merged_at", "object_attributes.actioned_at", "object_attributes.updated_at"),
        actor(in), std::move(pr));
  }
  if (state == "closed") {
    pr.action = Action::closed;
    return found(changed, actor(in), std::move(pr));
  }
  if (action == "open") {
    pr.action = Action::opened;
    return found(first_time(in, "object_attributes.created_at"), actor(in), std::move(pr));
  }
  if (action == "reopen") pr.action = Action::reopened;
  return found(changed, actor(in), std::move(pr));
}

// A pipeline's jobs, without those that were run again. Each run has a higher number than the ones before.
struct Jobs {
  std::uint64_t newest = 0;
  std::string failed;          // "test: rspec": the first that failed, by number
  std::optional<Time> latest;  // when the last thing happened to one
};

Jobs jobs_of(Fields& in) {
  Jobs jobs;
  const auto* all = in.at("builds");
  if (all == nullptr) return jobs;
  if (!all->is_array()) {
    in.fail("builds", "is not a list");
    return jobs;
  }
  std::uint64_t first = 0;
  for (const auto& build : *all) {
    if (!build.is_object()) {
      in.fail("builds", "is not a list of objects");
      return jobs;
    }
    Fields one(build);
    const auto id = one.number("id");
    const auto status = one.text_if_any("status", kNameLimit);
    const auto stage = one.text_if_any("stage", kNameLimit), name = one.text_if_any("name", kNameLimit);
    const bool may_fail = one.flag("allow_failure");
    for (const char* field : {"created_at", "started_at", "finished_at"})
      if (const auto at = time_of(one, field); at && (!jobs.latest || *at > *jobs.latest)) jobs.latest = at;
    if (const auto& wrong = one.problem()) {
      in.fail("builds: " + wrong->what, "");
      return jobs;
    }
    jobs.newest = std::max(jobs.newest, id);
    if (job_state(status, may_fail) == CheckState::failed && (first == 0 || id < first)) {
      first = id;
      jobs.failed = failed_step(stage, name);
    }
  }
  return jobs;
}

// The pipeline of a merged result is of a commit that is on no branch: only its branch says whose it is.
Finding pipeline(Fields& in, const RepositoryPolicy& policy) {
  if (in.has("merge_request"))
    if (auto why = from_a_fork(in, "merge_request")) return ignored("a pipeline: " + *why);
  const auto id = in.number("object_attributes.id");
  const auto source = in.text_if_any("object_attributes.source", kNameLimit);
  // Made of statuses that somebody set, where it may be used also by the bot: then a look tells what the others say.
  if (source == "external" && !policy.forge.empty())
    return found(std::nullopt, {}, forge::Push{.ref = "refs/heads/" + in.text_if_any("object_attributes.ref")});
  const bool child = source == "parent_pipeline";
  const auto jobs = jobs_of(in);
  const auto state = pipeline_state(in.text("object_attributes.status"));
  const auto ref = in.text("object_attributes.ref");
  const auto number = source == "merge_request_event" ? in.number_if_any("merge_request.iid") : 0;
  const auto suite =
      number == 0 ? suite_of(ref, counts_alone(source), id) : fmt::format("!{}", number);  // ref is the branch
  const auto sequence = pipeline_sequence(id, jobs.newest);
  if (!sequence) in.fail("object_attributes.id", "or a job's is too large");
  auto url = in.text_if_any("object_attributes.url");
  if (url.empty()) url = page(in, "pipelines", id);
  forge::Check check{.sha = in.sha("object_attributes.sha"),
                     .context = pipeline_context(suite, child),
                     .url = std::move(url),
                     .state = state,
                     .sequence = sequence.value_or(0),
                     .branch = in.flag("object_attributes.tag") ? "refs/tags/" + ref : ref,
                     .step = state == CheckState::failed ? jobs.failed : std::string{},
                     .rollup = true};
  const auto finished = time_of(in, "object_attributes.finished_at");
  const auto begun = jobs.latest ? jobs.latest : time_of(in, "object_attributes.created_at");
  return found(state != CheckState::pending && finished ? finished : begun, actor(in), std::move(check));
}

Finding job(Fields& in, const RepositoryPolicy&) {
  const auto ref = in.text("ref");
  if (ref.starts_with("refs/merge-requests/") && ref.ends_with("/merge"))
    return ignored("a job of a merged result, whose pipeline is reported");
  // A child's: another pipeline of this project started it.
  const bool child =
      in.has("source_pipeline") && in.number_if_any("source_pipeline.project.id") == in.number("project_id");
  const auto suite = suite_of(ref, child, in.number("pipeline_id"));
  const auto id = in.number("build_id");
  const auto state = job_state(in.text("build_status"), in.flag("build_allow_failure"));
  forge::Check check{.sha = in.sha("sha"),
                     .context = job_context(in.text("build_name"), suite),
                     .url = page(in, "jobs", id),
                     .state = state,
                     .sequence = id,
                     .branch = in.flag("tag") ? "refs/tags/" + ref : ref,
                     .step = {}};
  if (state == CheckState::failed)
    check.step =
        failed_step(in.text_if_any("build_stage", kNameLimit), in.text_if_any("build_failure_reason", kNameLimit));
  const auto at = state == CheckState::pending
                      ? first_time(in, "build_started_at", "build_created_at")
                      : first_time(in, "build_finished_at", "build_started_at", "build_created_at");
  return found(at, actor(in), std::move(check));
}

// GitLab writes the whole commit into its address only: "…/acme/shop/-/commit/279484c0…".
std::string deployed_sha(Fields& in) {
  const auto url = in.text_if_any("commit_url");
  const auto slash = url.rfind('/');
  const json wrapped{{"sha", slash == std::string::npos ? "" : url.substr(slash + 1)}};
  Fields whole(wrapped);
  auto sha = whole.sha_if_any("sha");
  const bool is_whole = !whole.problem() && (sha.size() == 40 || sha.size() == 64);
  return is_whole && sha.starts_with(in.sha_if_any("short_sha")) ? sha : std::string{};
}

Finding deployment(Fields& in, const RepositoryPolicy&) {
  forge::Deployment deployment{.ref = in.text_if_any("ref"),  // older ones do not tell it
                               .sha = deployed_sha(in),
                               .environment = in.text("environment"),
                               .url = in.text_if_any("deployable_url"),
                               .state = {}};
  if (deployment.ref.empty() && deployment.sha.empty()) in.fail("commit_url", "does not name the commit");
  const auto status = in.text("status");
  const auto state = deployment_state(status);
  if (!state) return ignored(fmt::format("the deployment was {}", status));
  deployment.state = *state;
  return found(time_of(in, "status_changed_at"), actor(in), std::move(deployment));
}

Finding release(Fields& in, const RepositoryPolicy&) {
  const auto action = in.text_if_any("action", kNameLimit);
  if (!action.empty() && action != "create") return ignored(fmt::format("a release: {}", action));
  return found(first_time(in, "released_at", "created_at"), {},
               forge::Released{.tag = in.text("tag"), .url = in.text_if_any("url")});
}

struct Decoder {
  std::string_view kind;
  Finding (*decode)(Fields&, const RepositoryPolicy&);
};
constexpr std::array kDecoders = {
    Decoder{"push", push},         Decoder{"tag_push", push}, Decoder{"merge_request", merge_request},
    Decoder{"pipeline", pipeline}, Decoder{"build", job},     Decoder{"deployment", deployment},
    Decoder{"release", release},
};

// "acme/shop" of "https://gitlab.com/acme/shop".
std::string_view path_of(std::string_view address) {
  const auto scheme = address.find("://");
  if (scheme == std::string_view::npos) return {};
  const auto slash = address.find('/', scheme + 3);
  return slash == std::string_view::npos ? std::string_view{} : address.substr(slash + 1);
}

// The policy's repository that a body speaks of; otherwise the reason to ignore it. An older
// GitLab's Job Hook has no project object, only its address.
std::expected<const RepositoryPolicy*, std::string> repository_of(Fields& in, const Policy& policy) {
  const auto path = lower(in.text_if_any("project.path_with_namespace", kNameLimit));
  const auto home = path.empty() ? lower(in.text_if_any("repository.homepage")) : std::string{};
  const auto home_path = path_of(home);
  if (path.empty() && home.empty()) in.fail("project.path_with_namespace", "is missing");
  const auto it = std::ranges::find_if(policy.repositories, [&](const auto& r) {
    const auto ours = lower(r.gitlab);
    return !ours.empty() && (path.empty() ? home_path == ours : path == ours);
  });
  if (it == policy.repositories.end())
    return std::unexpected(fmt::format("project {} is not configured", path.empty() ? home : path));
  return &*it;
}

}  // namespace

Result<Decoded> decode(std::string_view body, const Policy& policy) {
  const auto root = common::parse_json(body, {kPayloadLimit, kNestingLimit, kValueLimit});
  if (!root) return std::unexpected(root.error());
  Fields in(*root);
  auto kind = in.text_if_any("object_kind", kNameLimit);
  if (kind.empty()) kind = in.text_if_any("event_name", kNameLimit);  // a group's own events have no object
  if (kind.empty()) in.fail("object_kind", "is missing");
  if (const auto& problem = in.problem()) return std::unexpected(*problem);
  const auto decoder = std::ranges::find(kDecoders, kind, &Decoder::kind);
  if (decoder == kDecoders.end()) return Decoded{{}, "this kind of event is not used"};

  const auto repository = repository_of(in, policy);
  if (const auto& problem = in.problem()) return std::unexpected(*problem);
  if (!repository) return Decoded{{}, repository.error()};

  Finding finding = decoder->decode(in, **repository);
  if (const auto& problem = in.problem()) return std::unexpected(*problem);
  if (!finding.event) return Decoded{{}, std::move(finding.ignored)};
  Decoded decoded;
  for (auto* event : {&finding.event, &finding.also}) {
    if (!*event) continue;
    (*event)->repository = (*repository)->name;
    decoded.events.push_back(std::move(**event));
  }
  return decoded;
}

}  // namespace hotfixd::gitlab
