#include "integrations/github/webhook.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>

#include "integrations/common/fields.hpp"
#include "integrations/common/json.hpp"
#include "integrations/github/findings.hpp"

// Payload shapes: docs.github.com/webhooks/webhook-events-and-payloads and @octokit/webhooks-examples.

namespace hotfixd::github {
namespace {

using common::Fields;

Finding found(std::optional<Time> at, std::string login, ForgeFact fact) {
  return {ForgeEvent{.repository = {}, .at = at, .login = std::move(login), .fact = std::move(fact)}, {}};
}
Finding ignored(std::string why) { return {std::nullopt, std::move(why)}; }

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return text;
}

template <typename... Paths>
std::optional<Time> first_time(Fields& in, Paths... paths) {
  std::optional<Time> at;
  ((at = at ? at : in.time(paths)), ...);
  return at;
}

template <typename... Paths>
std::string first_text(Fields& in, Paths... paths) {
  std::string text;
  ((text = text.empty() ? in.text_if_any(paths) : std::move(text)), ...);
  return text;
}

std::string sender(Fields& in) { return in.text_if_any("sender.login"); }

// Status and conclusion of a check run, a check suite or a workflow run. A conclusion that we do not
// know is a failure: it must not open the gate.
CheckState check_state(Fields& in, std::string_view status_path, std::string_view conclusion_path) {
  const std::string status = lower(in.text_if_any(status_path));
  const std::string conclusion = lower(in.text_if_any(conclusion_path));
  if (status.empty() && conclusion.empty()) in.fail(status_path, "is missing");
  if (!status.empty() && status != "completed") return CheckState::pending;
  if (conclusion == "success") return CheckState::passed;
  if (conclusion == "neutral" || conclusion == "skipped") return CheckState::skipped;
  return CheckState::failed;
}

// Why a check is none of ours: it is of a fork's branch, whatever the branch's name. What checks do not tell of the
// repository they were pushed to, their pull requests do; of a fork without any, GitHub leaves out the branch too
// (docs.github.com/rest/checks/suites), so that only the commit can make the check count.
std::optional<std::string> of_a_fork(Fields& in, std::string_view pull_requests) {
  const auto ours = in.number_if_any("repository.id");
  const auto heads = in.numbers(pull_requests, "head.repo.id");
  if (ours == 0 || heads.empty() || std::ranges::find(heads, ours) != heads.end()) return std::nullopt;
  return "a check of a fork's branch";
}

std::string source_of_app(Fields& in, std::string_view path) {
  const auto id = in.number_if_any(path);
  return id == 0 ? std::string{} : app_source(id);
}

// The API tells a status's `creator`, a webhook its `sender`. An app that acts for itself is the account "name[bot]",
// which does not say its number; one that acts for a person is not told from that person.
std::string source_of_status(Fields& in) {
  const auto* creator = in.has("creator") ? "creator.login" : "sender.login";
  const auto* type = in.has("creator") ? "creator.type" : "sender.type";
  const auto login = in.text_if_any(creator);
  return login.empty() || lower(in.text_if_any(type)) != "user" ? std::string{} : user_source(login);
}

// Checks of one name count each, one for a suite: the push and the pull request start a workflow twice on the same
// commit, and both must pass. GitHub looks at the newest only (actions/runner#1085), which lets a green one hide a red
// one. A run again is in the same suite, and replaces.
std::string in_suite(std::string name, std::uint64_t suite) {
  return suite == 0 ? std::move(name) : fmt::format("{} (suite {})", name, suite);
}

}  // namespace

std::string app_source(std::uint64_t id) { return fmt::format("app {}", id); }
std::string user_source(std::string_view login) { return fmt::format("user {}", login); }
std::string workflow_source(std::string_view file, bool foreign) {
  return fmt::format("workflow {}{}", file, foreign ? " of another repository" : "");
}

WorkflowFile workflow_file(std::string_view path, std::string_view repository) {
  constexpr std::string_view kFolder = ".github/workflows/";
  const auto at = path.find(kFolder);
  if (at == std::string_view::npos || (at > 0 && path[at - 1] != '/')) return {};
  const auto file = path.substr(at, path.find('@', at) - at);
  if (at == 0) return {std::string(file), std::nullopt};
  return {std::string(file), lower(std::string(path.substr(0, at - 1))) != lower(std::string(repository))};
}

bool is_of_a_pull_request(std::string_view event) { return event == "pull_request" || event == "pull_request_target"; }

Finding check_run(Fields& in, const Policy&) {
  if (auto why = of_a_fork(in, "check_run.pull_requests")) return ignored(std::move(*why));
  forge::Check check{.sha = in.sha("check_run.head_sha"),
                     .context = in_suite(in.text("check_run.name"), in.number_if_any("check_run.check_suite.id")),
                     .url = first_text(in, "check_run.html_url", "check_run.details_url"),
                     .state = check_state(in, "check_run.status", "check_run.conclusion"),
                     .sequence = in.number_if_any("check_run.id"),
                     .branch = in.text_if_any("check_run.check_suite.head_branch"),
                     .source = source_of_app(in, "check_run.app.id")};
  const auto at = check.state == CheckState::pending ? first_time(in, "check_run.started_at")
                                                     : first_time(in, "check_run.completed_at", "check_run.started_at");
  return found(at, sender(in), std::move(check));
}

namespace {

// All reports of a suite have its id, so what orders them is when they were made, in seconds since 1970.
std::uint64_t suite_sequence(Fields& in) {
  const auto at = in.time("check_suite.updated_at");
  return at ? static_cast<std::uint64_t>(std::chrono::floor<Seconds>(*at).time_since_epoch().count()) : 0;
}

}  // namespace

Finding check_suite(Fields& in, const Policy&) {
  if (auto why = of_a_fork(in, "check_suite.pull_requests")) return ignored(std::move(*why));
  // The suite of an app that never starts a run stays queued for ever; only the end is news.
  forge::Check check{.sha = in.sha("check_suite.head_sha"),
                     .context = {},
                     .url = {},
                     .state = check_state(in, "check_suite.status", "check_suite.conclusion"),
                     .sequence = suite_sequence(in),
                     .branch = in.text_if_any("check_suite.head_branch"),
                     .source = source_of_app(in, "check_suite.app.id")};
  if (check.state == CheckState::pending) return ignored("the check suite is not completed");
  const std::string app = first_text(in, "check_suite.app.slug", "check_suite.app.name");
  if (app.empty()) return ignored("a check suite of no app");  // GitHub may write it as null
  check.context = in_suite("suite: " + app, in.number_if_any("check_suite.id"));
  check.rollup = true;
  return found(first_time(in, "check_suite.updated_at"), sender(in), std::move(check));
}

namespace {

// Attempts of one run share its id, so the attempt is the low part of the sequence.
std::uint64_t workflow_sequence(Fields& in) {
  constexpr std::uint64_t kAttempts = 1000;
  const auto id = in.number_if_any("workflow_run.id");
  const auto attempt = in.number_if_any("workflow_run.run_attempt");
  if (id > std::numeric_limits<std::uint64_t>::max() / kAttempts - 1) {
    in.fail("workflow_run.id", "is too large");
    return 0;
  }
  return id * kAttempts + std::min(attempt, kAttempts - 1);
}

// Like of_a_fork, of what a workflow's run tells itself.
std::optional<std::string> run_for_a_fork(Fields& in) {
  const std::string head = in.text_if_any("workflow_run.head_repository.full_name");
  const std::string ours = in.text_if_any("repository.full_name");
  if (!head.empty() && !ours.empty() && lower(head) != lower(ours))
    return fmt::format("a workflow's run for the fork {}", head);
  if (in.is_null("workflow_run.head_repository")) return "a workflow's run for a fork that is gone";
  return of_a_fork(in, "workflow_run.pull_requests");
}

// "workflow: CI (push, run 9911)": runs of one workflow count each, like suites. Attempts share the run's id.
std::string run_context(const std::string& workflow, const std::string& trigger, std::uint64_t id) {
  return fmt::format("workflow: {} ({}run {})", workflow, trigger.empty() ? "" : trigger + ", ", id);
}

}  // namespace

Finding workflow_run(Fields& in, const Policy&) {
  if (auto why = run_for_a_fork(in)) return ignored(std::move(*why));
  const std::string name = first_text(in, "workflow_run.name", "workflow.name", "workflow_run.path");
  if (name.empty()) in.fail("workflow_run.name", "is missing");
  forge::Check check{
      .sha = in.sha("workflow_run.head_sha"),
      .context = run_context(name, in.text_if_any("workflow_run.event", 100), in.number_if_any("workflow_run.id")),
      .url = in.text_if_any("workflow_run.html_url"),
      .state = check_state(in, "workflow_run.status", "workflow_run.conclusion"),
      .sequence = workflow_sequence(in),
      .branch = in.text_if_any("workflow_run.head_branch"),
      .rollup = true};
  const auto of = workflow_file(in.text_if_any("workflow_run.path"), in.text_if_any("repository.full_name"));
  if (of.foreign && is_of_a_pull_request(in.text_if_any("workflow_run.event", 100)))
    check.source = workflow_source(of.file, *of.foreign);
  return found(first_time(in, "workflow_run.updated_at", "workflow_run.run_started_at"), sender(in), std::move(check));
}

Finding commit_status(Fields& in, const Policy&) {
  std::string context = in.text("context");
  if (context.starts_with(kOwnContext)) return ignored("the bot's own status");
  forge::Check check{.sha = in.sha("sha"),
                     .context = std::move(context),
                     .url = in.text_if_any("target_url"),
                     .state = CheckState::pending,
                     .sequence = in.number_if_any("id"),
                     .branch = in.only("branches", "name"),  // all that contain the commit
                     .source = source_of_status(in)};
  const std::string state = lower(in.text("state"));
  if (state == "success") {
    check.state = CheckState::passed;
  } else if (state == "failure" || state == "error") {
    check.state = CheckState::failed;
  } else if (state != "pending") {
    in.fail("state", "is none of pending, success, failure and error");
  }
  return found(first_time(in, "updated_at", "created_at"), sender(in), std::move(check));
}

namespace {

// Why a pull request is none of ours: its branch is in another repository, whatever the branch's name.
// GitHub writes head.repo as null once a fork is deleted; a body without the field is taken for ours.
std::optional<std::string> from_a_fork(Fields& in) {
  const auto number = in.number("pull_request.number");
  const std::string head = in.text_if_any("pull_request.head.repo.full_name");
  const std::string ours = first_text(in, "repository.full_name", "pull_request.base.repo.full_name");
  if (!head.empty() && !ours.empty() && lower(head) != lower(ours)) {
    return fmt::format("PR #{} comes from the fork {}", number, head);
  }
  if (in.is_null("pull_request.head.repo") && in.has("pull_request.base.repo")) {
    return fmt::format("PR #{} comes from a fork that is gone", number);
  }
  return std::nullopt;
}

}  // namespace

Finding pull_request(Fields& in, const Policy&) {
  using Action = forge::PullRequest::Action;
  if (auto why = from_a_fork(in)) return ignored(std::move(*why));
  constexpr std::size_t kTitleLimit = 300;
  forge::PullRequest pr{.action = Action::updated,
                        .number = in.number("pull_request.number"),
                        .url = in.text_if_any("pull_request.html_url"),
                        .title = in.text_if_any("pull_request.title", kTitleLimit),
                        .head_branch = in.text("pull_request.head.ref"),
                        .head_sha = in.sha_if_any("pull_request.head.sha"),
                        .base = in.text("pull_request.base.ref"),
                        .landing_sha = {},
                        .author_login = in.text_if_any("pull_request.user.login"),
                        .draft = in.flag("pull_request.draft")};
  const auto merged_at = in.time("pull_request.merged_at");
  const bool merged = in.flag("pull_request.merged") || merged_at.has_value();
  const std::string state = lower(in.text_if_any("pull_request.state"));
  const std::string action = lower(in.text_if_any("action"));
  std::optional<Time> at;
  if (merged) {
    pr.action = Action::merged;
    // Before the merge this field is the test merge, which never lands.
    pr.landing_sha = in.sha_if_any("pull_request.merge_commit_sha");
    at = merged_at ? merged_at : first_time(in, "pull_request.closed_at", "pull_request.updated_at");
  } else if (state == "closed") {
    pr.action = Action::closed;
    at = first_time(in, "pull_request.closed_at", "pull_request.updated_at");
  } else if (action == "opened") {
    pr.action = Action::opened;
    at = first_time(in, "pull_request.created_at", "pull_request.updated_at");
  } else {
    if (action == "reopened") pr.action = Action::reopened;
    at = first_time(in, "pull_request.updated_at");
  }
  return found(at, sender(in), std::move(pr));
}

namespace {

// Why a review does not count: on a public repository anybody at all can approve.
std::optional<std::string> not_a_member(Fields& in, const std::string& login, const Policy& policy) {
  if (lower(in.text_if_any("review.user.type")) == "bot") return fmt::format("a review by {}, who is a bot", login);
  const std::string association = lower(in.text_if_any("review.author_association"));
  constexpr std::array kTrusted{"", "owner", "member", "collaborator"};
  if (std::ranges::find(kTrusted, association) != kTrusted.end()) return std::nullopt;
  // So GitHub calls everybody who once had a change merged, and a member whose membership is private: they count
  // where outsiders see nothing, and when the configuration knows them.
  if (association == "contributor" &&
      (in.flag("repository.private") || policy.person(policy.by_github(login).id) != nullptr))
    return std::nullopt;
  return fmt::format("a review by {}, who is not a member", login);
}

}  // namespace

Finding pull_request_review(Fields& in, const Policy& policy) {
  if (auto why = from_a_fork(in)) return ignored(std::move(*why));
  forge::Review review{.number = in.number("pull_request.number"),
                       .head_branch = in.text_if_any("pull_request.head.ref"),
                       .sha = in.sha_if_any("review.commit_id"),
                       .login = in.text_if_any("review.user.login"),
                       .verdict = ReviewVerdict::commented};
  const std::string state = lower(in.text("review.state"));
  auto at = first_time(in, "review.submitted_at");
  if (state == "approved") {
    review.verdict = ReviewVerdict::approved;
  } else if (state == "changes_requested") {
    review.verdict = ReviewVerdict::changes_requested;
  } else if (state == "dismissed") {
    review.verdict = ReviewVerdict::dismissed;
    // submitted_at still tells when the review was given, not when it was taken away.
    at = first_time(in, "review.updated_at", "pull_request.updated_at");
  } else if (state != "commented") {
    return ignored(fmt::format("a review that is {} says nothing yet", state));
  }
  if (review.login.empty()) return ignored("the reviewer's account is gone");
  // Taking a verdict away is believed of everybody: it can only close a gate.
  if (review.verdict != ReviewVerdict::dismissed)
    if (auto why = not_a_member(in, review.login, policy)) return ignored(std::move(*why));
  return found(at, sender(in), std::move(review));
}

Finding deployment_status(Fields& in, const Policy&) {
  using State = forge::Deployment::State;
  forge::Deployment deployment{.ref = in.text("deployment.ref"),
                               .sha = in.sha_if_any("deployment.sha"),
                               .environment = first_text(in, "deployment.environment", "deployment_status.environment"),
                               .url = first_text(in, "deployment_status.log_url", "deployment_status.target_url",
                                                 "deployment_status.environment_url"),
                               .state = State::pending};
  if (deployment.environment.empty()) in.fail("deployment.environment", "is missing");
  const std::string state = lower(in.text("deployment_status.state"));
  // GitHub marks what a newer deployment replaced; that is the newer one's news.
  if (state == "inactive") return ignored("the deployment was replaced by a newer one");
  if (state == "success") deployment.state = State::succeeded;
  if (state == "failure" || state == "error") deployment.state = State::failed;
  return found(first_time(in, "deployment_status.created_at", "deployment_status.updated_at"), sender(in),
               std::move(deployment));
}

namespace {

// Who pushed. "ghost" stands for nobody that GitHub knows (docs.github.com/webhooks/webhook-events-and-payloads, "The
// sender property").
std::string pusher(Fields& in) {
  auto login = first_text(in, "sender.login", "pusher.name");
  return same_word(login, "ghost") ? std::string{} : login;
}

Finding push(Fields& in, const Policy&) {
  forge::Push push{.ref = in.text("ref"),
                   .before = in.sha_if_any("before"),
                   .after = in.sha_if_any("after"),
                   .created = in.flag("created") || in.all_zeros("before"),
                   .deleted = in.flag("deleted") || in.all_zeros("after"),
                   .forced = in.flag("forced"),
                   .by_program = in.has("sender.type") && lower(in.text("sender.type")) != "user"};
  if (!push.ref.starts_with("refs/")) in.fail("ref", "is not a full ref name");
  return found(in.time("repository.pushed_at"), pusher(in), std::move(push));
}

Finding create(Fields& in, const Policy&) {
  const std::string type = in.text("ref_type");
  if (type != "tag" && type != "branch") return ignored(fmt::format("a {} was created", type));
  std::string ref = in.text("ref");  // the short name here, unlike in push
  if (type == "tag") return found(std::nullopt, sender(in), forge::TagCreated{std::move(ref)});
  return found(std::nullopt, sender(in),
               forge::Push{.ref = "refs/heads/" + ref, .before = {}, .after = {}, .created = true});
}

Finding release(Fields& in, const Policy&) {
  const std::string action = lower(in.text_if_any("action"));
  const auto at = in.time("release.published_at");
  if (in.flag("release.draft") || !at) return ignored("the release is a draft");
  // "released", "created" and "edited" repeat what "published" said.
  if (!action.empty() && action != "published") return ignored(fmt::format("a release was {}", action));
  return found(at, sender(in),
               forge::Released{.tag = in.text("release.tag_name"), .url = in.text_if_any("release.html_url")});
}

struct Decoder {
  std::string_view event;
  Finding (*decode)(Fields&, const Policy&);
};
constexpr std::array kDecoders = {
    Decoder{"push", push},
    Decoder{"create", create},
    Decoder{"pull_request", pull_request},
    Decoder{"pull_request_review", pull_request_review},
    Decoder{"check_run", check_run},
    Decoder{"check_suite", check_suite},
    Decoder{"status", commit_status},
    Decoder{"workflow_run", workflow_run},
    Decoder{"deployment_status", deployment_status},
    Decoder{"release", release},
};

const RepositoryPolicy* configured(const std::string& full_name, const Policy& policy) {
  const std::string wanted = lower(full_name);
  const std::string last = wanted.substr(wanted.rfind('/') + 1);
  const auto by_path = std::ranges::find_if(
      policy.repositories, [&](const auto& r) { return !r.github.empty() && lower(r.github) == wanted; });
  if (by_path != policy.repositories.end()) return &*by_path;
  const auto by_name = std::ranges::find_if(policy.repositories, [&](const auto& r) {
    return r.github.empty() && r.gitlab.empty() && lower(r.name) == last;
  });
  return by_name == policy.repositories.end() ? nullptr : &*by_name;
}

// The policy's repository that a body speaks of; otherwise the reason to ignore it.
std::expected<const RepositoryPolicy*, std::string> repository_of(Fields& in, const Policy& policy) {
  if (!in.has("repository")) {
    if (policy.repositories.size() == 1 && policy.repositories.front().gitlab.empty())
      return &policy.repositories.front();
    return std::unexpected(fmt::format("it names no repository and {} are configured", policy.repositories.size()));
  }
  constexpr std::size_t kNameLimit = 200;
  std::string name = in.text_if_any("repository.full_name", kNameLimit);
  if (name.empty()) name = in.text_if_any("repository.name", kNameLimit);
  if (name.empty()) in.fail("repository.full_name", "is missing");
  const auto* repository = configured(name, policy);
  if (repository == nullptr) return std::unexpected(fmt::format("repository {} is not configured", name));
  return repository;
}

}  // namespace

Result<Decoded> decode(std::string_view event, std::string_view body, const Policy& policy) {
  const auto root = common::parse_json(body, {kPayloadLimit, kNestingLimit, kValueLimit});
  if (!root) return std::unexpected(root.error());
  if (event == "ping") return Decoded{{}, "a ping"};
  const auto decoder = std::ranges::find(kDecoders, event, &Decoder::event);
  if (decoder == kDecoders.end()) return Decoded{{}, "this kind of event is not used"};

  Fields in(*root);
  const auto repository = repository_of(in, policy);
  if (const auto& problem = in.problem()) return std::unexpected(*problem);
  if (!repository) return Decoded{{}, repository.error()};

  Finding finding = decoder->decode(in, policy);
  if (const auto& problem = in.problem()) return std::unexpected(*problem);
  if (!finding.event) return Decoded{{}, std::move(finding.ignored)};
  finding.event->repository = (*repository)->name;
  Decoded decoded;
  decoded.events.push_back(std::move(*finding.event));
  return decoded;
}

}  // namespace hotfixd::github
