#include "integrations/gitlab/forge.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <set>

#include "integrations/common/deployed.hpp"
#include "integrations/common/fields.hpp"
#include "integrations/common/form.hpp"
#include "integrations/common/utf8.hpp"
#include "integrations/gitlab/answers.hpp"
#include "integrations/gitlab/checks.hpp"
#include "integrations/gitlab/deployments.hpp"
#include "integrations/gitlab/people.hpp"
#include "integrations/gitlab/publish.hpp"

// Fields: docs.gitlab.com/api (projects, merge_requests, merge_request_approvals, notes, pipelines, jobs, commits,
// status_checks, users) and lib/api/entities in gitlab-org/gitlab; checked against the types of @gitbeaker/core 43.8.

namespace hotfixd::gitlab {
namespace {

using common::Fields;
using nlohmann::json;

constexpr std::size_t kNameLimit = 300;     // of checks, branches, user names
constexpr std::size_t kDescription = 140;   // of a commit status
constexpr std::size_t kBodyLimit = 60'000;  // of a merge request; GitLab takes 1,048,576 characters
constexpr std::size_t kMostPipelines = 50;  // whose jobs are read in one look
constexpr std::size_t kMostAddresses = 10;  // that are looked up in one look
constexpr std::size_t kMostOpen = 10;       // merge requests whose reviews are read in one look
constexpr std::size_t kShortSha = 7;
constexpr std::string_view kOwn = "hotfixd/";  // commit statuses of the bot

Problem too_much(std::string_view of) {
  return {Problem::Kind::refused, fmt::format("GitLab has more of {} than are read", of), "look at it on GitLab", {}};
}

ForgeEvent event_of(std::optional<Time> at, std::string login, ForgeFact fact) {
  return {.repository = {}, .at = at, .login = std::move(login), .fact = std::move(fact)};
}

// Of the merge requests that GitLab lists; nothing for a fork's.
std::optional<ForgeEvent> merge_request_of(Fields& in) {
  using Action = forge::PullRequest::Action;
  if (in.number_if_any("source_project_id") != in.number("target_project_id")) return std::nullopt;
  forge::PullRequest pr{.action = Action::opened,
                        .number = in.number("iid"),
                        .url = in.text_if_any("web_url"),
                        .title = in.text_if_any("title", kNameLimit),
                        .head_branch = in.text("source_branch"),
                        .head_sha = in.sha_if_any("sha"),
                        .base = in.text("target_branch"),
                        .landing_sha = {},
                        .author_login = in.text_if_any("author.username", kNameLimit),
                        .draft = in.flag("draft")};
  const auto state = in.text("state");
  auto at = in.time("created_at");
  auto login = pr.author_login;
  if (state == "merged") {
    pr.action = Action::merged;
    for (const char* field : {"merge_commit_sha", "squash_commit_sha", "sha"})  // the last of a fast-forward
      if (pr.landing_sha.empty()) pr.landing_sha = in.sha_if_any(field);
    at = in.time("merged_at");
    login = in.text_if_any("merge_user.username", kNameLimit);
    if (login.empty()) login = in.text_if_any("merged_by.username", kNameLimit);
  } else if (state == "closed") {
    pr.action = Action::closed;
    at = in.time("closed_at");
    login = in.text_if_any("closed_by.username", kNameLimit);
  }
  return event_of(at, std::move(login), std::move(pr));
}

// What the head of a merge request was when, by its versions.
class Versions {
 public:
  void add(Time from, std::string sha) { all_.emplace_back(from, std::move(sha)); }
  void sort() { std::ranges::stable_sort(all_, {}, &std::pair<Time, std::string>::first); }

  // Empty when it cannot be told.
  std::string at(std::optional<Time> time) const {
    if (!time) return all_.size() == 1 ? all_.front().second : std::string{};
    std::string sha;
    for (const auto& [from, head] : all_)
      if (from <= *time) sha = head;
    return sha;
  }

 private:
  std::vector<std::pair<Time, std::string>> all_;
};

// The last that somebody said by a system note (system_notes/merge_requests_service.rb; they are not translated).
struct Word {
  ReviewVerdict verdict{};
  std::optional<Time> at;
};
std::optional<ReviewVerdict> verdict_of(std::string_view note) {
  if (note == "approved this merge request") return ReviewVerdict::approved;
  if (note == "unapproved this merge request") return ReviewVerdict::dismissed;
  if (note == "requested changes") return ReviewVerdict::changes_requested;
  return std::nullopt;
}

struct Pipeline {
  std::uint64_t id = 0;
  std::string ref, source, status, url;
  std::optional<Time> at;
  bool newest = true;  // of its suite

  bool child() const { return source == "parent_pipeline"; }
  std::string suite() const { return suite_of(ref, counts_alone(source), id); }
};

// A job, a trigger or a commit status, as the commit lists all of them.
struct Status {
  std::uint64_t id = 0, pipeline = 0;  // pipeline: 0 = an older GitLab, that does not say
  std::string name, ref, url, status;
  bool may_fail = false;
  std::optional<Time> at;

  bool own() const { return name.starts_with(kOwn); }
  bool in(const Pipeline& p) const { return pipeline == 0 ? ref == p.ref && p.newest : pipeline == p.id; }
};

template <typename... Paths>
std::optional<Time> first_time(Fields& in, Paths... paths) {
  std::optional<Time> at;
  ((at = at ? at : in.time(paths)), ...);
  return at;
}

// Whose an address is, by address. Nobody's is not kept: it may be somebody's at the next look. Two calls may ask at
// the same time.
class Logins {
 public:
  std::optional<std::string> find(const std::string& email) const {
    const std::lock_guard lock(mutex_);
    const auto known = all_.find(email);
    return known == all_.end() ? std::nullopt : std::optional(known->second);
  }
  void keep(const std::string& email, const std::string& login) {
    const std::lock_guard lock(mutex_);
    all_[email] = login;
  }

 private:
  mutable std::mutex mutex_;  // never held over a request
  std::map<std::string, std::string> all_;
};

struct Project {
  std::string path;  // "/projects/15"
  json body;
};

// The merge requests of a branch that count.
struct MergeRequests {
  std::optional<json> ours;    // whose checks count
  std::vector<json> reviewed;  // whose reviews count
};

// Who approved, and in which merge request.
struct Approver {
  std::uint64_t user = 0, number = 0;
  std::string login;
};

// One call's work on the project. Nothing of it is shared with another call but the API and the logins.
class Visit {
 public:
  Visit(Api& api, Logins& logins, Project project, std::string production_branch, std::string environment)
      : api_(api),
        logins_(logins),
        path_(std::move(project.path)),
        project_(std::move(project.body)),
        production_branch_(std::move(production_branch)),
        environment_(std::move(environment)) {}

  Result<ForgeView> look(const effect::Observe& about, const std::string& head) {
    ForgeView view;
    auto all = add_merge_requests(view, about.branch);
    if (!all) return std::unexpected(all.error());
    if (Fields(project_).flag("only_allow_merge_if_pipeline_succeeds")) view.required_checks.emplace_back("pipeline");
    if (!head.empty())
      if (auto read = add_authors(view, about.base_sha, head); !read) return std::unexpected(read.error());
    if (auto read = add_reviews(view, all->reviewed); !read) return std::unexpected(read.error());
    if (auto read = add_rights(view); !read) return std::unexpected(read.error());
    if (all->ours)
      if (auto read = add_status_checks(view, *all->ours, head); !read) return std::unexpected(read.error());
    if (!head.empty())
      if (auto read = add_checks(view, all->ours, head); !read) return std::unexpected(read.error());
    if (!about.tag_sha.empty() && !environment_.empty())
      if (auto read = add_deployments(view, about); !read) return std::unexpected(read.error());
    return view;
  }

  Result<forge::PullRequest> open_pull_request(const effect::OpenPullRequest& request) {
    auto known = find_pull_request(request);
    if (!known) return std::unexpected(known.error());
    if (*known) return std::move(**known);
    const json body{{"source_branch", request.head},
                    {"target_branch", request.base},
                    {"title", (request.draft ? "Draft: " : "") + request.title},
                    {"description", std::string(common::cut_utf8(request.body, kBodyLimit))},
                    {"remove_source_branch", false}};
    auto made = api_.post(path_ + "/merge_requests", body);
    if (!made) {
      // Somebody was faster, or an earlier try of ours arrived.
      if (made.error().kind == Problem::Kind::exists_elsewhere)
        if (auto other = find_pull_request(request); other && *other) return std::move(**other);
      return std::unexpected(made.error());
    }
    return read_pull_request(made->body);
  }

  // GitLab checks the sha: 409 when the head is another. Squashed where the project or the configuration asks for it;
  // what else a merge is (a merge commit, a fast-forward) is the project's.
  Result<std::string> merge_pull_request(const effect::MergePullRequest& request) {
    const auto path = fmt::format("{}/merge_requests/{}", path_, request.number);
    auto known = api_.get(path);
    if (!known) return std::unexpected(known.error());
    auto before = read_pull_request(known->body);
    if (!before) return std::unexpected(before.error());
    const bool merged = before->action == forge::PullRequest::Action::merged;
    if (merged && before->head_sha == request.sha) return before->landing_sha;
    if (merged || before->action == forge::PullRequest::Action::closed || before->head_sha != request.sha)
      return std::unexpected(Problem{Problem::Kind::refused,
                                     before->action == forge::PullRequest::Action::closed ? "it is closed"
                                     : merged ? "it was merged with another head"
                                              : fmt::format("its head is {:.7} by now", before->head_sha),
                                     "look at it",
                                     {}});
    if (before->base != request.base)
      return std::unexpected(
          Problem{Problem::Kind::refused, fmt::format("it is to go into {} by now", before->base), "look at it", {}});
    json body{{"sha", request.sha}, {"should_remove_source_branch", false}};
    if (request.method == MergeMethod::squash) body["squash"] = true;
    auto done = api_.put(path + "/merge", body);
    // 401 is of the merge request, not of the token (lib/api/merge_requests.rb: unauthorized! unless
    // can_be_merged_by?).
    if (!done && done.error().status == 401)
      return std::unexpected(Problem{Problem::Kind::refused,
                                     "gitlab.token's owner may not merge into " + before->base,
                                     "allow it: the project's page, Settings, Repository, Protected branches",
                                     {}});
    if (!done && done.error().status == 405)
      return std::unexpected(Problem{Problem::Kind::refused,
                                     "GitLab does not merge it now: it conflicts, or its checks or approvals are open",
                                     "look at the merge request",
                                     {}});
    if (!done) return std::unexpected(done.error());
    auto after = read_pull_request(done->body);
    if (!after) return std::unexpected(after.error());
    if (after->action != forge::PullRequest::Action::merged)
      return std::unexpected(Problem{Problem::Kind::refused,
                                     "GitLab took it and has not merged it yet",
                                     "look at the merge request: it may wait for its pipeline or in a merge train",
                                     {}});
    return after->landing_sha;
  }

  // A fork's are left out: their pipelines run in the fork, and what is set here is not shown there.
  Result<std::vector<ListedPullRequest>> open_pull_requests() {
    auto page = api_.get(path_ + "/merge_requests?state=opened&order_by=updated_at&sort=desc&per_page=100");
    if (!page) return std::unexpected(page.error());
    if (!page->body.is_array()) return malformed("the merge requests are no list");
    std::vector<ListedPullRequest> all;
    for (const auto& request : page->body) {
      Fields in(request);
      ListedPullRequest one{in.number("iid"),
                            in.sha_if_any("sha"),
                            in.text_if_any("source_branch", kNameLimit),
                            in.text_if_any("target_branch", kNameLimit),
                            {},
                            in.text_if_any("title", kNameLimit),
                            in.text_if_any("author.username", kNameLimit),
                            in.text_if_any("web_url"),
                            in.flag("draft")};
      const bool fork = in.number("source_project_id") != in.number("target_project_id");
      if (const auto& wrong = in.problem()) return malformed(wrong->what);
      one.ref = fmt::format("refs/merge-requests/{}/head", one.number);
      if (!fork && !one.head_sha.empty()) all.push_back(std::move(one));
    }
    return all;
  }

  Result<std::optional<PullRequestStatus>> status_on(const std::string& sha, std::string_view context) {
    const auto all = list(fmt::format("/repository/commits/{}/statuses?name={}&per_page=100",
                                      common::percent_encoded(sha), common::percent_encoded(std::string(context))));
    if (!all) return std::unexpected(all.error());
    for (const auto& status : *all) {
      if (Fields(status).text_if_any("name", kNameLimit) != context) continue;
      const auto state = Fields(status).text_if_any("status", kNameLimit);
      const bool open = state == "pending" || state == "running" || state == "created";
      return PullRequestStatus{state == "success" ? CheckState::passed
                               : open             ? CheckState::pending
                                                  : CheckState::failed,
                               Fields(status).text_if_any("description")};
    }
    return std::nullopt;
  }

  Result<void> set_commit_status(const effect::SetCommitStatus& request) {
    const std::string_view state = request.state == CheckState::passed    ? "success"
                                   : request.state == CheckState::pending ? "pending"
                                                                          : "failed";
    json body{{"state", state},
              {"name", request.context},
              {"description", std::string(common::cut_utf8(request.description, kDescription))}};
    if (!request.url.empty()) body["target_url"] = request.url;
    // Without it GitLab takes any branch's pipeline of this commit (app/services/ci/create_commit_status_service.rb).
    if (!request.branch.empty()) body["ref"] = request.branch;
    auto set = api_.post(fmt::format("{}/statuses/{}", path_, common::percent_encoded(request.sha)), body);
    if (set) return {};
    // It says so already: 'Cannot transition status via :enqueue from :pending' (spec/requests/api/
    // commit_statuses_spec.rb). Its description stays as it was.
    const auto& message = set.error().message;
    if (set.error().status == 400 && message.starts_with("Cannot transition status") &&
        message.contains(fmt::format("from :{}", state)))
      return {};
    return std::unexpected(set.error());
  }

 private:
  Result<std::vector<json>> list(const std::string& path) {
    auto all = api_.list(path_ + path);
    if (!all) return std::unexpected(all.error());
    if (!all->whole) return std::unexpected(too_much(path.substr(0, path.find('?'))));
    for (const auto& one : all->items)
      if (!one.is_object()) return malformed(path.substr(0, path.find('?')) + " is no list of objects");
    return std::move(all->items);
  }

  // Of what the bot may do without: nothing when it may not be read, or is not there.
  Result<std::vector<json>> list_if_allowed(const std::string& path) {
    auto all = list(path);
    if (all || all.error().retryable()) return all;
    return std::vector<json>{};
  }

  // Ours, as counting_pull_request() has it: the open one into the production branch, else the one that was merged
  // there, else the newest open, else the newest. It is reviewed, and so is every open one.
  Result<MergeRequests> add_merge_requests(ForgeView& view, const std::string& branch) {
    auto all = list("/merge_requests?state=all&per_page=100&source_branch=" + common::percent_encoded(branch));
    if (!all) return std::unexpected(all.error());
    MergeRequests found;
    int best = -1;
    for (auto& one : *all) {  // the newest first
      Fields in(one);
      auto event = merge_request_of(in);
      if (const auto& wrong = in.problem()) return malformed(wrong->what);
      if (!event) continue;
      const auto& pr = std::get<forge::PullRequest>(event->fact);
      const bool open = pr.action == forge::PullRequest::Action::opened;
      const bool merged = pr.action == forge::PullRequest::Action::merged;
      const bool into_production = pr.base == production_branch_;
      const int rank = into_production && open ? 3 : into_production && merged ? 2 : open ? 1 : 0;
      view.events.insert(view.events.begin(), std::move(*event));
      if (rank > best) found.ours = one;
      best = std::max(best, rank);
      if (open) found.reviewed.push_back(std::move(one));
    }
    if (found.reviewed.size() > kMostOpen) return std::unexpected(too_much("/merge_requests"));
    if (found.ours && (best == 2 || best == 0)) found.reviewed.push_back(*found.ours);
    return found;
  }

  Result<Versions> versions_of(const std::string& mr) {
    Versions versions;
    const auto all = list(mr + "/versions?per_page=100");
    if (!all) return std::unexpected(all.error());
    for (const auto& one : *all) {
      Fields in(one);
      const auto from = in.time("created_at");
      auto sha = in.sha_if_any("head_commit_sha");
      if (!from) in.fail("created_at", "is missing");
      if (const auto& wrong = in.problem()) return malformed(wrong->what);
      versions.add(*from, std::move(sha));
    }
    versions.sort();
    return versions;
  }

  Result<std::map<std::string, Word>> words_of(const std::string& mr) {
    std::map<std::string, Word> words;
    const auto notes = list(mr + "/notes?per_page=100&order_by=created_at&sort=asc");
    if (!notes) return std::unexpected(notes.error());
    for (const auto& note : *notes) {
      Fields in(note);
      if (!in.flag("system")) continue;
      const auto verdict = verdict_of(in.text_if_any("body", 100));
      const auto login = in.text_if_any("author.username", kNameLimit);
      const auto at = in.time("created_at");
      if (const auto& wrong = in.problem()) return malformed(wrong->what);
      if (verdict && !login.empty() && !is_bot(login)) words[login] = {*verdict, at};
    }
    return words;
  }

  Result<void> add_reviews(ForgeView& view, const std::vector<json>& merge_requests) {
    std::vector<ForgeEvent> reviews;
    for (const auto& one : merge_requests)
      if (auto read = add_reviews_of(one, reviews, view.awaited); !read) return read;
    std::ranges::stable_sort(reviews, {}, [](const ForgeEvent& e) { return e.at.value_or(Time::max()); });
    std::ranges::move(reviews, std::back_inserter(view.events));
    return {};
  }

  // An approval counts of Developers and above, and of whom an approval rule names (docs.gitlab.com, "Merge request
  // approval rules": a Reporter may be one). 404 is no member: an administrator of the server is none of the project.
  Result<void> add_rights(ForgeView& view) {
    constexpr std::uint64_t kDeveloper = 30;  // docs.gitlab.com/api/members, "Roles"
    std::set<std::string> asked;
    for (const auto& one : approvers_) {
      if (!asked.insert(one.login).second) continue;
      if (one.user == 0) {
        view.rights_unknown.push_back(one.login);
        continue;
      }
      const auto member = api_.get(fmt::format("{}/members/all/{}", path_, one.user));
      if (!member && member.error().retryable()) return std::unexpected(member.error());
      const bool none = !member && member.error().kind == Problem::Kind::not_found;
      const auto* level = member ? Fields(member->body).at("access_level") : nullptr;
      if (!none && (level == nullptr || !level->is_number_unsigned())) {
        view.rights_unknown.push_back(one.login);
        continue;
      }
      if (!none && *level >= kDeveloper) continue;
      const auto named = named_by_a_rule(one);
      if (!named) return std::unexpected(named.error());
      if (!*named) view.readers.push_back(one.login);
    }
    return {};
  }

  // Premium; where there are no rules, nobody is.
  Result<bool> named_by_a_rule(const Approver& one) {
    const auto state = api_.get(fmt::format("{}/merge_requests/{}/approval_state", path_, one.number));
    if (!state) {
      if (state.error().retryable()) return std::unexpected(state.error());
      return false;
    }
    const auto* rules = Fields(state->body).at("rules");
    if (rules == nullptr || !rules->is_array()) return false;
    return std::ranges::any_of(*rules, [&](const json& rule) {
      const auto* eligible = Fields(rule).at("eligible_approvers");
      return eligible != nullptr && eligible->is_array() && std::ranges::any_of(*eligible, [&](const json& user) {
               return Fields(user).number_if_any("id") == one.user;
             });
    });
  }

  Result<void> add_reviews_of(const json& merge_request, std::vector<ForgeEvent>& reviews,
                              std::vector<std::string>& awaited) {
    Fields mr(merge_request);
    const auto number = mr.number("iid");
    const auto branch = mr.text("source_branch");
    const bool open = mr.text("state") == "opened";
    if (const auto& wrong = mr.problem()) return malformed(wrong->what);
    const auto path = fmt::format("/merge_requests/{}", number);
    const auto approvals = api_.get(path_ + path + "/approvals");
    if (!approvals) return std::unexpected(approvals.error());
    const auto versions = versions_of(path);
    if (!versions) return std::unexpected(versions.error());
    const auto words = words_of(path);
    if (!words) return std::unexpected(words.error());
    const auto reviewers = list_if_allowed(path + "/reviewers");
    if (!reviewers) return std::unexpected(reviewers.error());

    std::set<std::string> standing;  // who has said something here that still counts
    const auto add = [&](const std::string& login, ReviewVerdict verdict, std::optional<Time> at) {
      // The head of that time, not of now: the same words after a push are no news.
      auto sha = versions->at(at);
      if (verdict == ReviewVerdict::approved && sha.empty()) return;
      if (!standing.insert(login).second) return;
      reviews.push_back(event_of(
          at, login,
          forge::Review{
              .number = number, .head_branch = branch, .sha = std::move(sha), .login = login, .verdict = verdict}));
    };
    const auto word_of = [&](const std::string& login, ReviewVerdict verdict) -> std::optional<Time> {
      const auto it = words->find(login);
      return it != words->end() && it->second.verdict == verdict ? it->second.at : std::nullopt;
    };

    for (const auto& reviewer : *reviewers) {
      Fields in(reviewer);
      const auto login = in.text_if_any("user.username", kNameLimit);
      const auto state = in.text_if_any("state", kNameLimit);
      if (const auto& wrong = in.problem()) return malformed(wrong->what);
      if (login.empty() || is_bot(login)) continue;
      if (state == "requested_changes")
        add(login, ReviewVerdict::changes_requested, word_of(login, ReviewVerdict::changes_requested));
      const bool waits = open && (state == "unreviewed" || state == "review_started");
      if (waits && std::ranges::find(awaited, login) == awaited.end()) awaited.push_back(login);
    }
    Fields in(approvals->body);
    const auto* all = in.at("approved_by");
    if (all == nullptr || !all->is_array()) in.fail("approved_by", "is not a list");
    if (const auto& wrong = in.problem()) return malformed(wrong->what);
    for (const auto& approval : *all) {
      Fields of(approval);
      const auto login = of.text_if_any("user.username", kNameLimit);
      const auto name = of.text_if_any("user.name", kNameLimit);
      const auto user = of.number_if_any("user.id");
      auto at = of.time("approved_at");
      if (const auto& wrong = of.problem()) return malformed(wrong->what);
      if (login.empty() || is_bot(login) || standing.contains(login) || wrote(name)) continue;
      if (!at) at = word_of(login, ReviewVerdict::approved);
      add(login, ReviewVerdict::approved, at);
      if (standing.contains(login)) approvers_.push_back({user, number, login});
    }
    for (const auto& [login, word] : *words)
      if (!standing.contains(login))
        // As of the last word: whatever made it void, what is said anew is later.
        add(login, ReviewVerdict::dismissed, word.at);
    return {};
  }

  // Whether the change is by somebody of this name, as git knows it. Who commits from an address that GitLab does not
  // know is told by nothing else.
  bool wrote(std::string_view name) const {
    return std::ranges::any_of(names_, [&](const auto& author) { return same_word(author, name); });
  }

  // External status checks are of the merge request's head.
  Result<void> add_status_checks(ForgeView& view, const json& merge_request, const std::string& head) {
    Fields mr(merge_request);
    const auto number = mr.number("iid");
    const bool all_must_pass = Fields(project_).flag("only_allow_merge_if_all_status_checks_passed");
    const auto checks = list_if_allowed(fmt::format("/merge_requests/{}/status_checks", number));
    if (!checks) return std::unexpected(checks.error());
    for (const auto& check : *checks) {
      Fields in(check);
      const auto name = in.text("name");
      const auto id = in.number_if_any("id");
      const auto status = in.text("status");
      if (const auto& wrong = in.problem()) return malformed(wrong->what);
      if (all_must_pass) view.required_checks.push_back(name);
      if (head.empty() || mr.sha_if_any("sha") != head) continue;
      const auto state = status == "passed"    ? CheckState::passed
                         : status == "pending" ? CheckState::pending
                                               : CheckState::failed;
      view.events.push_back(event_of({}, {},
                                     forge::Check{.sha = head,
                                                  .context = status_context(name, fmt::format("!{}", number)),
                                                  .url = {},
                                                  .state = state,
                                                  .sequence = id}));
    }
    return {};
  }

  // GitLab's commits hold names and addresses only. An address that hides the real one holds the user's name; others
  // are looked up, which finds the ones that people made public. Empty = not known.
  Result<std::string> login_of(const std::string& email, std::size_t& asked) {
    if (auto login = login_of_private_email(email, api_.host()); !login.empty()) return login;
    if (auto known = logins_.find(email)) return std::move(*known);
    if (email.empty() || ++asked > kMostAddresses) return std::string{};
    const auto users = api_.list("/users?search=" + common::percent_encoded(email));
    if (!users) {
      if (users.error().retryable()) return std::unexpected(users.error());
      return std::string{};
    }
    const bool one = users->items.size() == 1 && users->items.front().is_object();
    auto login = one ? Fields(users->items.front()).text_if_any("username", kNameLimit) : std::string{};
    if (!login.empty()) logins_.keep(email, login);
    return login;
  }

  Result<void> add_authors(ForgeView& view, const std::string& base, const std::string& head) {
    const auto compared =
        api_.get(fmt::format("{}/repository/compare?from={}&to={}", path_, common::percent_encoded(base), head));
    if (!compared) return std::unexpected(compared.error());
    Fields in(compared->body);
    const auto* commits = in.at("commits");
    if (commits == nullptr || !commits->is_array()) in.fail("commits", "is not a list");
    if (const auto& wrong = in.problem()) return malformed(wrong->what);
    std::size_t asked = 0;
    for (const auto& one : *commits) {
      Fields commit(one);
      const auto sha = commit.sha("id");
      for (const char* who : {"author_name", "committer_name"})
        if (auto name = commit.text_if_any(who, kNameLimit); !name.empty()) names_.insert(std::move(name));
      bool is_author = true;  // then the committer
      for (const char* who : {"author_email", "committer_email"}) {
        const auto login = login_of(commit.text_if_any(who, kNameLimit), asked);
        if (!login) return std::unexpected(login.error());
        if (login->empty() && is_author) view.unknown_authors.push_back(sha.substr(0, kShortSha));
        is_author = false;
        if (!login->empty() && std::ranges::find(view.authors, *login) == view.authors.end())
          view.authors.push_back(*login);
      }
      if (const auto& wrong = commit.problem()) return malformed(wrong->what);
    }
    return {};
  }

  static Result<Pipeline> pipeline_of(const json& body) {
    Fields in(body);
    Pipeline p{.id = in.number("id"),
               .ref = in.text("ref"),
               .source = in.text_if_any("source", kNameLimit),
               .status = in.text("status"),
               .url = in.text_if_any("web_url"),
               .at = first_time(in, "updated_at", "created_at")};
    if (const auto& wrong = in.problem()) return malformed(wrong->what);
    return p;
  }

  // The pipeline of a merged result, when it is of this head: its commit is the merge of it into the target, which is
  // on no branch.
  Result<std::optional<Pipeline>> merged_result(const json& merge_request, const std::string& head) {
    const auto found = api_.get(fmt::format("{}/merge_requests/{}", path_, Fields(merge_request).number("iid")));
    if (!found) return std::unexpected(found.error());
    Fields in(found->body);
    const auto* last = in.at("head_pipeline");
    if (last == nullptr) return std::nullopt;
    const auto sha = Fields(*last).sha_if_any("sha");
    const auto p = pipeline_of(*last);
    if (!p) return std::unexpected(p.error());
    if (sha.empty() || sha == head || !p->ref.starts_with("refs/merge-requests/")) return std::nullopt;
    const auto commit = api_.get(fmt::format("{}/repository/commits/{}", path_, sha));
    if (!commit) {
      if (commit.error().retryable()) return std::unexpected(commit.error());
      return std::nullopt;
    }
    Fields of(commit->body);
    const auto* parents = of.at("parent_ids");
    const bool ours =
        parents != nullptr && parents->is_array() && std::ranges::find(*parents, json(head)) != parents->end();
    return ours ? std::optional(*p) : std::nullopt;
  }

  Result<std::vector<Pipeline>> pipelines_of(const std::optional<json>& merge_request, const std::string& head) {
    std::vector<Pipeline> all;
    const auto path = "/pipelines?per_page=100&sha=" + head;
    for (const auto& one : {path, path + "&source=parent_pipeline"}) {  // children are not among the others
      const auto page = list(one);
      if (!page) return std::unexpected(page.error());
      for (const auto& body : *page) {
        auto p = pipeline_of(body);
        if (!p) return std::unexpected(p.error());
        if (std::ranges::find(all, p->id, &Pipeline::id) == all.end()) all.push_back(std::move(*p));
      }
    }
    if (merge_request) {
      auto p = merged_result(*merge_request, head);
      if (!p) return std::unexpected(p.error());
      if (*p && std::ranges::find(all, (*p)->id, &Pipeline::id) == all.end()) all.push_back(std::move(**p));
    }
    std::ranges::sort(all, {}, &Pipeline::id);
    for (auto& p : all)
      p.newest = std::ranges::none_of(all, [&](const auto& q) { return q.id > p.id && q.suite() == p.suite(); });
    return all;
  }

  Result<std::vector<Status>> statuses_of(const std::string& head) {
    std::vector<Status> all;
    const auto page = list(fmt::format("/repository/commits/{}/statuses?per_page=100", head));
    if (!page) return std::unexpected(page.error());
    for (const auto& body : *page) {
      Fields in(body);
      all.push_back({.id = in.number("id"),
                     .pipeline = in.number_if_any("pipeline_id"),
                     .name = in.text("name"),
                     .ref = in.text_if_any("ref", kNameLimit),
                     .url = in.text_if_any("target_url"),
                     .status = in.text("status"),
                     .may_fail = in.flag("allow_failure"),
                     .at = first_time(in, "finished_at", "started_at", "created_at")});
      if (const auto& wrong = in.problem()) return malformed(wrong->what);
    }
    return all;
  }

  // What a pipeline would say without the bot's own status in it, which may be all there is: where nothing else ran
  // GitLab makes a pipeline of the status.
  static CheckState state_of(const Pipeline& p, const std::vector<Status>& statuses) {
    const bool holds_ours = std::ranges::any_of(statuses, [&](const Status& s) { return s.own() && s.in(p); });
    if (!holds_ours) return pipeline_state(p.status);
    bool passed = false, pending = false;
    for (const auto& s : statuses) {
      if (s.own() || !s.in(p)) continue;
      const auto state = job_state(s.status, s.may_fail);
      if (state == CheckState::failed) return CheckState::failed;
      passed |= state == CheckState::passed;
      pending |= state == CheckState::pending;
    }
    return pending ? CheckState::pending : passed ? CheckState::passed : CheckState::skipped;
  }

  Result<void> add_checks(ForgeView& view, const std::optional<json>& merge_request, const std::string& head) {
    const auto pipelines = pipelines_of(merge_request, head);
    if (!pipelines) return std::unexpected(pipelines.error());
    const auto statuses = statuses_of(head);
    if (!statuses) return std::unexpected(statuses.error());
    if (pipelines->size() > kMostPipelines) return std::unexpected(too_much("/pipelines"));
    std::set<std::uint64_t> jobs;
    for (const auto& p : *pipelines)
      if (auto added = add_pipeline(view, p, *statuses, head, jobs); !added) return added;
    for (const auto& s : *statuses) {
      if (s.own() || jobs.contains(s.id)) continue;
      const auto p = std::ranges::find_if(*pipelines, [&](const Pipeline& q) { return s.in(q); });
      const auto suite = p != pipelines->end() ? p->suite() : suite_of(s.ref, s.pipeline != 0, s.pipeline);
      view.events.push_back(event_of(s.at, {},
                                     forge::Check{.sha = head,
                                                  .context = status_context(s.name, suite),
                                                  .url = s.url,
                                                  .state = job_state(s.status, s.may_fail),
                                                  .sequence = s.id}));
    }
    return {};
  }

  Result<void> add_pipeline(ForgeView& view, const Pipeline& p, const std::vector<Status>& statuses,
                            const std::string& head, std::set<std::uint64_t>& seen) {
    auto jobs = list(fmt::format("/pipelines/{}/jobs?per_page=100", p.id));
    if (!jobs) return std::unexpected(jobs.error());
    std::vector<ForgeEvent> events;
    std::uint64_t newest = 0, first_failed = 0;
    std::string failed;
    for (const auto& body : *jobs) {
      Fields in(body);
      const auto id = in.number("id");
      const auto name = in.text("name"), stage = in.text_if_any("stage", kNameLimit);
      const auto state = job_state(in.text("status"), in.flag("allow_failure"));
      const auto at = state == CheckState::pending ? first_time(in, "started_at", "created_at")
                                                   : first_time(in, "finished_at", "started_at", "created_at");
      forge::Check check{.sha = head,
                         .context = job_context(name, p.suite()),
                         .url = in.text_if_any("web_url"),
                         .state = state,
                         .sequence = id};
      if (state == CheckState::failed) check.step = failed_step(stage, in.text_if_any("failure_reason", kNameLimit));
      if (const auto& wrong = in.problem()) return malformed(wrong->what);
      if (state == CheckState::failed && (first_failed == 0 || id < first_failed)) {
        first_failed = id;
        failed = failed_step(stage, name);
      }
      newest = std::max(newest, id);
      seen.insert(id);
      events.push_back(event_of(at, {}, std::move(check)));
    }
    if (p.newest) {
      const auto sequence = pipeline_sequence(p.id, newest);
      if (!sequence) return malformed("the id of a pipeline or of a job is too large");
      const auto state = state_of(p, statuses);
      view.events.push_back(event_of(p.at, {},
                                     forge::Check{.sha = head,
                                                  .context = pipeline_context(p.suite(), p.child()),
                                                  .url = p.url,
                                                  .state = state,
                                                  .sequence = *sequence,
                                                  .branch = {},
                                                  .step = state == CheckState::failed ? failed : std::string{},
                                                  .rollup = true}));
    }
    // Jobs of one that was replaced tell something only where it was not green.
    if (p.newest || p.status != "success") std::ranges::move(events, std::back_inserter(view.events));
    return {};
  }

  Result<void> add_deployments(ForgeView& view, const effect::Observe& about) {
    auto told = deployments_of(api_, path_, environment_, common::commits_of_interest(about, view));
    if (!told) return std::unexpected(told.error());
    std::ranges::move(*told, std::back_inserter(view.events));
    return {};
  }

  // The open one, or the newest when it was merged as the branch still is: GitLab would open another one that changes
  // nothing, where a person was faster than an answer that was lost.
  Result<std::optional<forge::PullRequest>> find_pull_request(const effect::OpenPullRequest& request) {
    using Action = forge::PullRequest::Action;
    const auto all = list(fmt::format("/merge_requests?state=all&per_page=100&source_branch={}&target_branch={}",
                                      common::percent_encoded(request.head), common::percent_encoded(request.base)));
    if (!all) return std::unexpected(all.error());
    std::optional<forge::PullRequest> newest;
    for (const auto& one : *all) {
      Fields in(one);
      auto event = merge_request_of(in);
      if (const auto& wrong = in.problem()) return malformed(wrong->what);
      if (!event) continue;
      auto& pr = std::get<forge::PullRequest>(event->fact);
      if (pr.action == Action::opened) return std::move(pr);
      if (!newest) newest = std::move(pr);
    }
    if (!newest || newest->action != Action::merged) return std::nullopt;
    const auto branch =
        api_.get(fmt::format("{}/repository/branches/{}", path_, common::percent_encoded(request.head)));
    if (!branch) {
      if (branch.error().kind != Problem::Kind::not_found) return std::unexpected(branch.error());
      return newest;  // deleted with the merge
    }
    return Fields(branch->body).sha_if_any("commit.id") == newest->head_sha ? std::move(newest) : std::nullopt;
  }

  static Result<forge::PullRequest> read_pull_request(const json& body) {
    Fields in(body);
    auto event = merge_request_of(in);
    if (const auto& wrong = in.problem()) return malformed(wrong->what);
    if (!event)
      return std::unexpected(Problem{
          Problem::Kind::unreachable, "GitLab's answer holds no merge request of ours", "look at it on GitLab", {}});
    return std::get<forge::PullRequest>(event->fact);
  }

  Api& api_;
  Logins& logins_;
  const std::string path_;  // "/projects/15"
  const json project_;
  const std::string production_branch_, environment_;
  std::vector<Approver> approvers_;
  std::set<std::string> names_;  // of those who wrote or committed the change, as git has them
};

class GitlabForge final : public Forge {
 public:
  GitlabForge(Api& api, std::string name, std::string full_name, std::string production_branch, std::string environment)
      : api_(api),
        name_(std::move(name)),
        full_name_(std::move(full_name)),
        production_branch_(std::move(production_branch)),
        environment_(std::move(environment)) {}

  Result<ForgeView> look(const effect::Observe& about, const std::string& head) override {
    auto project = find_project();
    if (!project) return std::unexpected(project.error());
    auto view = visit(std::move(*project)).look(about, head);
    if (view)
      for (auto& event : view->events) event.repository = name_;
    return view;
  }

  Result<forge::PullRequest> open_pull_request(const effect::OpenPullRequest& request) override {
    auto project = find_project();
    if (!project) return std::unexpected(project.error());
    return visit(std::move(*project)).open_pull_request(request);
  }

  Result<void> publish_release(const effect::PublishRelease& request) override {
    const auto project = find_project();
    if (!project) return std::unexpected(project.error());
    return gitlab::publish_release(api_, project->path, request.tag, request.title, request.notes);
  }

  Result<result::IssueFiled> file_issue(const effect::FileIssue& request) override {
    const auto project = find_project();
    if (!project) return std::unexpected(project.error());
    const auto issue =
        gitlab::file_issue(api_, project->path, {request.marker, request.title, request.body}, request.since);
    if (!issue) return std::unexpected(issue.error());
    return result::IssueFiled{request.action, issue->number, issue->url};
  }

  Result<std::string> merge_pull_request(const effect::MergePullRequest& request) override {
    auto project = find_project();
    if (!project) return std::unexpected(project.error());
    return visit(std::move(*project)).merge_pull_request(request);
  }

  Result<std::vector<ListedPullRequest>> open_pull_requests() override {
    auto project = find_project();
    if (!project) return std::unexpected(project.error());
    return visit(std::move(*project)).open_pull_requests();
  }

  Result<std::optional<PullRequestStatus>> status_on(const std::string& sha, std::string_view context) override {
    auto project = find_project();
    if (!project) return std::unexpected(project.error());
    return visit(std::move(*project)).status_on(sha, context);
  }

  Result<void> set_commit_status(const effect::SetCommitStatus& request) override {
    auto project = find_project();
    if (!project) return std::unexpected(project.error());
    return visit(std::move(*project)).set_commit_status(request);
  }

 private:
  Visit visit(Project project) { return {api_, logins_, std::move(project), production_branch_, environment_}; }

  // Its number is its address for the rest of the call.
  Result<Project> find_project() {
    auto found = api_.get(project_path(full_name_));
    if (!found) return std::unexpected(found.error());
    Fields in(found->body);
    auto path = fmt::format("/projects/{}", in.number("id"));
    if (const auto& wrong = in.problem()) return malformed(wrong->what);
    return Project{std::move(path), std::move(found->body)};
  }

  Api& api_;
  const std::string name_, full_name_, production_branch_, environment_;
  Logins logins_;
};

}  // namespace

std::unique_ptr<Forge> create_forge(Api& api, std::string name, std::string full_name, std::string production_branch,
                                    std::string environment) {
  return std::make_unique<GitlabForge>(api, std::move(name), std::move(full_name), std::move(production_branch),
                                       std::move(environment));
}

}  // namespace hotfixd::gitlab
