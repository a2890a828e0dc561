#include "integrations/github/forge.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "bot/domain/zone.hpp"
#include "integrations/common/deployed.hpp"
#include "integrations/common/form.hpp"
#include "integrations/common/utf8.hpp"
#include "integrations/github/answers.hpp"
#include "integrations/github/credentials.hpp"
#include "integrations/github/findings.hpp"
#include "integrations/github/rules.hpp"

// Fields: docs.github.com/rest (pulls, reviews, checks, statuses, actions, branches, rules), as in @octokit/openapi.

namespace hotfixd::github {
namespace {

using common::Fields;
using nlohmann::json;

constexpr std::size_t kStepsAsked = 5;             // failed jobs whose steps are read in one look
constexpr std::size_t kDeploymentsAsked = 5;       // whose statuses are read in one look
constexpr std::size_t kRightsAsked = 20;           // people whose rights are read in one look
constexpr std::size_t kNameLimit = 300;            // of checks, steps, logins
constexpr std::size_t kShortSha = 7;               // as in the bot's messages
constexpr std::size_t kDescription = 140;          // of a commit status
constexpr std::size_t kBodyLimit = 60'000;         // of a pull request; GitHub takes 65,536 characters
constexpr std::string_view kWebFlow = "web-flow";  // commits that were made on GitHub's pages

std::string after_last(const std::string& text, std::string_view part) {
  const auto at = text.rfind(part);
  return at == std::string::npos ? std::string{} : text.substr(at + part.size());
}

class GithubForge final : public Forge {
 public:
  GithubForge(Api& api, std::string name, std::string full_name, Policy policy)
      : api_(api),
        name_(std::move(name)),
        full_name_(std::move(full_name)),
        path_(path_of(full_name_)),
        owner_(full_name_.substr(0, full_name_.find('/'))),
        policy_(std::move(policy)) {}

  Result<ForgeView> look(const effect::Observe& about, const std::string& head) override {
    ForgeView view;
    auto pulls = list("/pulls?state=all&per_page=100&head=" + common::percent_encoded(owner_ + ":" + about.branch));
    if (!pulls) return std::unexpected(pulls.error());
    std::vector<const json*> ours;  // the newest first; a fork's are not ours
    for (const auto& pull : *pulls) {
      const auto before = view.events.size();
      if (auto added = add(view, pull_request, {{"pull_request", pull}, {"action", "opened"}}); !added)
        return std::unexpected(added.error());
      if (view.events.size() > before) ours.push_back(&pull);
    }
    std::ranges::reverse(view.events);  // GitHub lists the newest first
    const auto* repository = policy_.repository(name_);
    const std::string production = repository == nullptr ? "" : repository->production_branch;
    const json* chosen = choose(ours, production);
    if (auto read = add_reviews(view, ours, chosen); !read) return std::unexpected(read.error());
    if (auto read = add_rights(view); !read) return std::unexpected(read.error());
    std::vector<std::string> bases;
    if (!production.empty()) bases.push_back(production);
    if (const auto base = chosen == nullptr ? std::string{} : base_of(*chosen); !base.empty() && base != production)
      bases.push_back(base);
    Rules rules;
    for (const auto& base : bases)
      if (auto read = read_rules(view, rules, base); !read) return std::unexpected(read.error());
    if (auto read = add_rules(view, std::move(rules)); !read) return std::unexpected(read.error());
    if (!head.empty()) {
      if (auto read = add_authors(view, about.base_sha, head); !read) return std::unexpected(read.error());
      if (auto read = add_checks(view, head); !read) return std::unexpected(read.error());
    }
    if (!about.tag_sha.empty())
      if (auto read = add_deployments(view, about); !read) return std::unexpected(read.error());
    return view;
  }

  Result<forge::PullRequest> open_pull_request(const effect::OpenPullRequest& request) override {
    auto known = find_open(request);
    if (!known) return std::unexpected(known.error());
    if (*known) return std::move(**known);
    json body{{"title", request.title},
              {"head", request.head},
              {"base", request.base},
              {"body", common::cut_utf8(request.body, kBodyLimit)},
              {"draft", request.draft}};
    auto made = api_.post(path_ + "/pulls", body, full_name_);
    // Some plans know no drafts.
    if (!made && request.draft && made.error().status == 422 &&
        made.error().message.find("raft") != std::string::npos) {
      body["draft"] = false;
      made = api_.post(path_ + "/pulls", body, full_name_);
    }
    if (!made) {
      // Somebody was faster, or an earlier try of ours arrived.
      if (made.error().kind == Problem::Kind::exists_elsewhere)
        if (auto other = find_open(request); other && *other) return std::move(**other);
      // A person was faster than an answer that was lost: it is merged.
      if (made.error().status == 422 && made.error().message.find("No commits between") != std::string::npos)
        if (auto other = find_merged(request); other && *other) return std::move(**other);
      return std::unexpected(made.error());
    }
    return read_pull_request(made->body);
  }

  // GitHub checks the sha: 409 when the head is another (docs.github.com, "Merge a pull request").
  Result<std::string> merge_pull_request(const effect::MergePullRequest& request) override {
    const auto pull = fmt::format("{}/pulls/{}", path_, request.number);
    auto known = api_.get(pull, full_name_);
    if (!known) return std::unexpected(known.error());
    Fields in(known->body);
    const auto head = in.sha("head.sha");
    const bool merged = in.flag("merged"), closed = in.text("state") == "closed";
    const auto landed = in.sha_if_any("merge_commit_sha");
    const auto base = in.text("base.ref");
    if (const auto& wrong = in.problem()) return malformed(wrong->what);
    if (merged && head == request.sha) return landed;
    if (merged || closed || head != request.sha)
      return std::unexpected(Problem{Problem::Kind::refused,
                                     merged || closed
                                         ? std::string(merged ? "it was merged with another head" : "it is closed")
                                         : fmt::format("its head is {:.7} by now", head),
                                     "look at it",
                                     {}});
    if (base != request.base)
      return std::unexpected(
          Problem{Problem::Kind::refused, fmt::format("it is to go into {} by now", base), "look at it", {}});
    auto done =
        api_.put(pull + "/merge", {{"sha", request.sha}, {"merge_method", to_string(request.method)}}, full_name_);
    if (!done) return std::unexpected(done.error());
    return Fields(done->body).sha_if_any("sha");
  }

  Result<std::vector<ListedPullRequest>> open_pull_requests() override {
    auto page = api_.get(path_ + "/pulls?state=open&sort=updated&direction=desc&per_page=100", full_name_);
    if (!page) return std::unexpected(page.error());
    if (!page->body.is_array()) return malformed("the pull requests are no list");
    std::vector<ListedPullRequest> all;
    for (const auto& pull : page->body) {
      Fields in(pull);
      ListedPullRequest one{in.number("number"),
                            in.sha("head.sha"),
                            in.text_if_any("head.ref", kNameLimit),
                            in.text_if_any("base.ref", kNameLimit),
                            {},
                            in.text_if_any("title", kNameLimit),
                            in.text_if_any("user.login", kNameLimit),
                            in.text_if_any("html_url"),
                            in.flag("draft"),
                            in.text_if_any("head.repo.full_name") != in.text_if_any("base.repo.full_name")};
      if (const auto& wrong = in.problem()) return malformed(wrong->what);
      one.ref = fmt::format("refs/pull/{}/head", one.number);
      all.push_back(std::move(one));
    }
    return all;
  }

  Result<std::optional<PullRequestStatus>> status_on(const std::string& sha, std::string_view context) override {
    const auto all = list(fmt::format("/commits/{}/status?per_page=100", common::percent_encoded(sha)), "statuses");
    if (!all) return std::unexpected(all.error());
    for (const auto& status : *all) {
      if (Fields(status).text_if_any("context", kNameLimit) != context) continue;
      const auto state = Fields(status).text_if_any("state", kNameLimit);
      return PullRequestStatus{state == "success"   ? CheckState::passed
                               : state == "pending" ? CheckState::pending
                                                    : CheckState::failed,
                               Fields(status).text_if_any("description")};
    }
    return std::nullopt;
  }

  Result<void> publish_release(const effect::PublishRelease& request) override {
    const auto tag = common::percent_encoded(request.tag);
    auto known = api_.get(fmt::format("{}/releases/tags/{}", path_, tag), full_name_);
    if (known) return {};
    if (known.error().kind != Problem::Kind::not_found) return std::unexpected(known.error());
    // A tag that is missing GitHub would make itself, on the default branch. Its name is one part of the path here.
    auto there =
        api_.get(fmt::format("{}/git/ref/{}", path_, common::percent_encoded("tags/" + request.tag)), full_name_);
    if (!there) {
      if (there.error().kind != Problem::Kind::not_found) return std::unexpected(there.error());
      return std::unexpected(Problem{Problem::Kind::unreachable,
                                     fmt::format("the tag {} is not on GitHub yet", request.tag),
                                     "nothing: it is tried again; if it stays so, push the tag",
                                     {}});
    }
    json body{{"tag_name", request.tag},
              {"name", request.title},
              {"body", common::cut_utf8(request.notes, kBodyLimit)},
              {"make_latest", "legacy"}};  // by date and version: an older line does not become the latest
    if (!request.sha.empty()) body["target_commitish"] = request.sha;
    auto made = api_.post(path_ + "/releases", body, full_name_);
    if (!made && made.error().kind != Problem::Kind::exists_elsewhere) return std::unexpected(made.error());
    return {};
  }

  Result<result::IssueFiled> file_issue(const effect::FileIssue& request) override {
    const auto marker = fmt::format("<!-- {} -->", request.marker);
    const auto known = api_.list(fmt::format("{}/issues?state=all&sort=created&direction=desc&per_page=100&since={}",
                                             path_, common::percent_encoded(format_rfc3339(request.since))),
                                 full_name_);
    if (!known) return std::unexpected(known.error());
    // Newest first: where the last is older than the marker can be, the rest need not be read.
    const auto oldest = known->items.empty() ? std::nullopt : Fields(known->items.back()).time("created_at");
    if (!known->whole && (!oldest || *oldest >= request.since))
      return std::unexpected(Problem{Problem::Kind::refused,
                                     "GitHub has more new issues than are read",
                                     "file it by hand, it cannot be told whether it is there",
                                     {}});
    for (const auto& issue : known->items)
      if (const auto* body = Fields(issue).at("body");
          body != nullptr && body->is_string() && body->get_ref<const std::string&>().contains(marker))
        return read_issue(request.action, issue);
    auto made = api_.post(path_ + "/issues",
                          {{"title", request.title},
                           {"body", fmt::format("{}\n\n{}", common::cut_utf8(request.body, kBodyLimit), marker)}},
                          full_name_);
    if (!made) return std::unexpected(made.error());
    return read_issue(request.action, made->body);
  }

  Result<void> set_commit_status(const effect::SetCommitStatus& request) override {
    const std::string_view state = request.state == CheckState::passed    ? "success"
                                   : request.state == CheckState::pending ? "pending"
                                                                          : "failure";
    json body{{"state", state},
              {"context", request.context},
              {"description", common::cut_utf8(request.description, kDescription)}};
    if (!request.url.empty()) body["target_url"] = request.url;
    auto set = api_.post(fmt::format("{}/statuses/{}", path_, common::percent_encoded(request.sha)), body, full_name_);
    if (!set) return std::unexpected(set.error());
    return {};
  }

 private:
  using Decoder = Finding (*)(Fields&, const Policy&);

  Result<std::vector<json>> list(const std::string& path, const std::string& member = {}) {
    auto all = api_.list(path_ + path, full_name_, member);
    if (!all) return std::unexpected(all.error());
    if (!all->whole)
      return std::unexpected(Problem{Problem::Kind::refused,
                                     fmt::format("GitHub has more of {} than are read", path.substr(0, path.find('?'))),
                                     "look at it on GitHub",
                                     {}});
    if (!std::ranges::all_of(all->items, [](const json& item) { return item.is_object(); }))
      return malformed(path.substr(0, path.find('?')) + " holds no objects");
    return std::move(all->items);
  }

  // Of what the bot may do without: nothing when it may not be read, or is not there.
  Result<std::vector<json>> list_if_allowed(const std::string& path, const std::string& member = {}) {
    auto all = list(path, member);
    if (all || all.error().retryable()) return all;
    return std::vector<json>{};
  }

  // What a webhook with this body would say. Of the repository it says what the pull request does.
  Result<void> add(ForgeView& view, Decoder decode, json body) const {
    const auto* told = Fields(body).at("pull_request.base.repo");
    json repository = told != nullptr && told->is_object() ? *told : json::object();
    if (!repository.contains("full_name")) repository["full_name"] = full_name_;
    body["repository"] = std::move(repository);
    Fields in(body);
    auto finding = decode(in, policy_);
    if (const auto& wrong = in.problem()) return malformed(wrong->what);
    if (finding.event) {
      finding.event->repository = name_;
      view.events.push_back(std::move(*finding.event));
    }
    return {};
  }

  static std::string base_of(const json& pull) { return Fields(pull).text_if_any("base.ref"); }
  static bool is_open(const json& pull) { return Fields(pull).text_if_any("state", kNameLimit) == "open"; }

  // The pull request that counts, as counting_pull_request() has it: the open one into the production line, else the
  // one that was merged there, else the newest open one, else the newest.
  static const json* choose(const std::vector<const json*>& pulls, const std::string& production) {
    const auto rank = [&](const json& pull) {
      const bool into_production = base_of(pull) == production;
      if (is_open(pull)) return into_production ? 3 : 1;
      return into_production && Fields(pull).has("merged_at") ? 2 : 0;
    };
    const json* chosen = nullptr;
    for (const auto* pull : pulls)
      if (chosen == nullptr || rank(*pull) > rank(*chosen)) chosen = pull;
    return chosen;
  }

  // What was said in the pull request that counts and in every other that is open; who was asked there and is silent.
  Result<void> add_reviews(ForgeView& view, const std::vector<const json*>& pulls, const json* chosen) {
    if (chosen == nullptr) return {};
    if (auto read = add_reviews_of(view, *chosen); !read) return read;
    for (const auto* pull : pulls)
      if (pull != chosen && is_open(*pull))
        if (auto read = add_reviews_of(view, *pull); !read) return read;
    const auto names = [&](const char* list, const char* field, const std::string& before) {
      const auto it = chosen->find(list);
      if (it == chosen->end() || !it->is_array()) return;
      for (const auto& one : *it)
        if (auto name = Fields(one).text_if_any(field, kNameLimit); !name.empty())
          view.awaited.push_back(before + name);
    };
    names("requested_reviewers", "login", "");
    names("requested_teams", "slug", fmt::format("@{}/", owner_));
    return {};
  }

  // The latest verdict of each reviewer, in the order in which they were given.
  Result<void> add_reviews_of(ForgeView& view, const json& pull) {
    Fields in(pull);
    const auto number = in.number("number");
    if (const auto& wrong = in.problem()) return malformed(wrong->what);
    auto reviews = list(fmt::format("/pulls/{}/reviews?per_page=100", number));
    if (!reviews) return std::unexpected(reviews.error());
    std::map<std::string, std::size_t> latest;  // by login, in `reviews`
    for (std::size_t n = 0; n < reviews->size(); ++n) {
      const auto state = Fields((*reviews)[n]).text_if_any("state", kNameLimit);
      if (!same_word(state, "COMMENTED") && !same_word(state, "PENDING"))
        latest[Fields((*reviews)[n]).text_if_any("user.login", kNameLimit)] = n;
    }
    for (std::size_t n = 0; n < reviews->size(); ++n) {
      auto& review = (*reviews)[n];
      const auto it = latest.find(Fields(review).text_if_any("user.login", kNameLimit));
      if (it == latest.end() || it->first.empty() || it->second != n) continue;
      if (auto added = add(view, pull_request_review, {{"pull_request", pull}, {"review", std::move(review)}}); !added)
        return added;
    }
    return {};
  }

  // GitHub counts approvals of those who may write there (docs.github.com, "About protected branches"). `permission` is
  // one of admin, write, read and none, whatever the role is called. An app may read it with its metadata right; a
  // token's user must be allowed to push.
  Result<void> add_rights(ForgeView& view) {
    std::vector<std::string> logins;
    for (const auto& event : view.events)
      if (const auto* review = std::get_if<forge::Review>(&event.fact);
          review != nullptr && review->verdict == ReviewVerdict::approved &&
          std::ranges::find(logins, review->login) == logins.end())
        logins.push_back(review->login);
    for (std::size_t n = 0; n < logins.size(); ++n) {
      std::string permission;
      if (n < kRightsAsked) {
        auto found = api_.get(fmt::format("{}/collaborators/{}/permission", path_, common::percent_encoded(logins[n])),
                              full_name_);
        if (!found && found.error().retryable()) return std::unexpected(found.error());
        if (found) permission = Fields(found->body).text_if_any("permission", kNameLimit);
      }
      if (permission == "read" || permission == "none")
        view.readers.push_back(logins[n]);
      else if (permission != "admin" && permission != "write")
        view.rights_unknown.push_back(logins[n]);
    }
    return {};
  }

  // Rulesets, and the older branch protection: where neither is readable, the rules are not known.
  Result<void> read_rules(ForgeView& view, Rules& rules, const std::string& base) {
    const auto branch = common::percent_encoded(base);
    const auto all = list(fmt::format("/rules/branches/{}?per_page=100", branch));
    if (!all && all.error().retryable()) return std::unexpected(all.error());
    for (const auto& rule : all.value_or(std::vector<json>{})) read_rule(rules, rule);
    auto found = api_.get(fmt::format("{}/branches/{}", path_, branch), full_name_);
    if (found) {
      read_protection(rules, found->body);
    } else {
      if (found.error().retryable()) return std::unexpected(found.error());
      if (!all) view.rules_known = false;
    }
    return {};
  }

  // A workflow is waited for like a check, and counts by its file: its runs bear any name.
  Result<void> add_rules(ForgeView& view, Rules rules) {
    view.required_checks = std::move(rules.checks);
    view.check_sources = std::move(rules.sources);
    view.required_approvals = rules.approvals;
    if (rules.workflows.empty()) return {};
    const auto about = api_.get(path_, full_name_);
    if (!about) return std::unexpected(about.error());
    Fields in(about->body);
    const auto own = in.number("id");
    if (const auto& wrong = in.problem()) return malformed(wrong->what);
    for (const auto& workflow : rules.workflows) {
      const auto name = workflow_source(workflow.file, workflow.repository != own);
      if (std::ranges::find(view.required_checks, name) != view.required_checks.end()) continue;
      view.required_checks.push_back(name);
      view.check_sources.push_back({name, name});
    }
    return {};
  }

  // GitHub names no account ("author": null) where a commit's address belongs to none.
  Result<void> add_authors(ForgeView& view, const std::string& base, const std::string& head) {
    const auto commits = list(fmt::format("/compare/{}...{}?per_page=100", base, head), "commits");
    if (!commits) return std::unexpected(commits.error());
    for (const auto& commit : *commits) {
      bool author = true;
      for (const char* who : {"author.login", "committer.login"}) {
        auto login = Fields(commit).text_if_any(who, kNameLimit);
        if (login == kWebFlow) login.clear();
        if (login.empty() && author) {
          Fields in(commit);
          view.unknown_authors.push_back(in.sha("sha").substr(0, kShortSha));
          if (const auto& wrong = in.problem()) return malformed(wrong->what);
        }
        author = false;
        if (!login.empty() && std::ranges::find(view.authors, login) == view.authors.end())
          view.authors.push_back(std::move(login));
      }
    }
    return {};
  }

  Result<void> add_checks(ForgeView& view, const std::string& head) {
    const auto commit = fmt::format("/commits/{}", head);
    const auto runs = list(commit + "/check-runs?per_page=100", "check_runs");
    if (!runs) return std::unexpected(runs.error());
    std::size_t steps = 0;
    for (const auto& run : *runs) {
      const auto before = view.events.size();
      if (auto added = add(view, check_run, {{"check_run", run}}); !added) return added;
      if (view.events.size() == before) continue;
      auto& check = std::get<forge::Check>(view.events.back().fact);
      if (check.state != CheckState::failed || ++steps > kStepsAsked) continue;
      auto step = failed_step(run);
      if (!step) return std::unexpected(step.error());
      check.step = std::move(*step);
    }
    const auto statuses = list(commit + "/status?per_page=100", "statuses");
    if (!statuses) return std::unexpected(statuses.error());
    for (auto status : *statuses) {
      status["sha"] = head;
      const auto before = view.events.size();
      const auto login = Fields(status).text_if_any("creator.login", kNameLimit);
      if (auto added = add(view, commit_status, std::move(status)); !added) return added;
      if (view.events.size() == before) continue;
      auto& check = std::get<forge::Check>(view.events.back().fact);
      if (!check.source.empty() ||
          std::ranges::find(view.check_sources, check.context, &CheckSource::check) == view.check_sources.end())
        continue;
      auto source = source_of_bot(login);
      if (!source) return std::unexpected(source.error());
      check.source = std::move(*source);
    }
    const auto suites = list_if_allowed(commit + "/check-suites?per_page=100", "check_suites");
    if (!suites) return std::unexpected(suites.error());
    for (const auto& suite : *suites)
      if (auto added = add(view, check_suite, {{"check_suite", suite}}); !added) return added;
    const auto workflows =
        list_if_allowed(fmt::format("/actions/runs?per_page=100&head_sha={}", head), "workflow_runs");
    if (!workflows) return std::unexpected(workflows.error());
    for (const auto& run : *workflows) {
      const auto before = view.events.size();
      if (auto added = add(view, workflow_run, {{"workflow_run", run}}); !added) return added;
      if (view.events.size() == before) continue;
      auto& check = std::get<forge::Check>(view.events.back().fact);
      if (!check.source.empty()) continue;
      auto source = source_of_run(view, run);
      if (!source) return std::unexpected(source.error());
      check.source = std::move(*source);
    }
    return {};
  }

  // Of the environment's thirty newest the five newest that are of interest, each with what came of it: "inactive" only
  // says that another took its place. The oldest first.
  Result<void> add_deployments(ForgeView& view, const effect::Observe& about) {
    const auto found = api_.get(
        fmt::format("{}/deployments?environment={}&per_page=30", path_, common::percent_encoded(policy_.environment)),
        full_name_);
    if (!found && found.error().retryable()) return std::unexpected(found.error());
    if (!found || !found->body.is_array()) return {};
    const auto wanted = common::commits_of_interest(about, view);
    std::vector<std::pair<std::uint64_t, const json*>> ours;
    for (const auto& one : found->body)
      if (one.is_object() && std::ranges::find(wanted, Fields(one).sha_if_any("sha")) != wanted.end())
        ours.emplace_back(Fields(one).number_if_any("id"), &one);
    std::ranges::sort(ours, std::greater{});
    ours.resize(std::min(ours.size(), kDeploymentsAsked));
    std::ranges::reverse(ours);
    for (const auto& [id, deployment] : ours) {
      const auto statuses = list_if_allowed(fmt::format("/deployments/{}/statuses?per_page=100", id));
      if (!statuses) return std::unexpected(statuses.error());
      const json* newest = nullptr;
      std::uint64_t number = 0;
      for (const auto& status : *statuses) {
        const auto at = Fields(status).number_if_any("id");
        if (at < number || same_word(Fields(status).text_if_any("state", kNameLimit), "inactive")) continue;
        number = at;
        newest = &status;
      }
      if (newest == nullptr) continue;
      const auto creator = newest->find("creator");
      if (auto added = add(view, deployment_status,
                           {{"deployment", *deployment},
                            {"deployment_status", *newest},
                            {"sender", creator == newest->end() ? json() : *creator}});
          !added)
        return added;
    }
    return {};
  }

  // The app whose account set a status: "circleci[bot]" is the app called circleci, by GET /apps/{app_slug}. What one
  // that may not be seen is, or anything else that is no person, is not known.
  Result<std::string> source_of_bot(std::string_view login) {
    constexpr std::string_view kBot = "[bot]";
    if (!login.ends_with(kBot)) return std::string{};
    login.remove_suffix(kBot.size());
    const auto app = api_.get(fmt::format("/apps/{}", common::percent_encoded(login)), full_name_);
    if (!app && app.error().retryable()) return std::unexpected(app.error());
    const auto id = app ? Fields(app->body).number_if_any("id") : 0;
    return id == 0 ? std::string{} : app_source(id);
  }

  // Of a run whose file a rule demands: is it this repository's? Another's that a ruleset brings here runs among ours,
  // and its workflow is none of those that are found here (cli/cli#9228).
  Result<std::string> source_of_run(const ForgeView& view, const json& run) {
    Fields in(run);
    const auto file = workflow_file(in.text_if_any("path"), full_name_).file;
    const auto demanded = [&](bool foreign) {
      return std::ranges::find(view.check_sources, workflow_source(file, foreign), &CheckSource::source) !=
             view.check_sources.end();
    };
    if (file.empty() || !is_of_a_pull_request(in.text_if_any("event", kNameLimit)) ||
        (!demanded(true) && !demanded(false)))
      return std::string{};
    const auto id = in.number_if_any("workflow_id");
    if (id == 0) return std::string{};
    const auto name = file.substr(file.rfind('/') + 1);
    const auto own = api_.get(fmt::format("{}/actions/workflows/{}", path_, common::percent_encoded(name)), full_name_);
    if (own) return workflow_source(file, Fields(own->body).number_if_any("id") != id);
    if (own.error().retryable()) return std::unexpected(own.error());
    return own.error().kind == Problem::Kind::not_found ? workflow_source(file, true) : std::string{};
  }

  // Of a job of GitHub Actions: its number is at the end of the check's address ("…/actions/runs/1/job/2").
  Result<std::string> failed_step(const json& run) {
    Fields in(run);
    const auto job = after_last(in.text_if_any("details_url"), "/job/");
    if (job.empty() || !std::ranges::all_of(job, [](char c) { return c >= '0' && c <= '9'; })) return std::string{};
    auto found = api_.get(fmt::format("{}/actions/jobs/{}", path_, job), full_name_);
    if (!found) {
      if (found.error().retryable()) return std::unexpected(found.error());
      return std::string{};
    }
    Fields of(found->body);
    const auto* steps = of.at("steps");
    if (steps != nullptr && steps->is_array())
      for (const auto& step : *steps) {
        const auto conclusion = Fields(step).text_if_any("conclusion", kNameLimit);
        if (conclusion == "failure" || conclusion == "timed_out" || conclusion == "cancelled")
          return Fields(step).text_if_any("name", kNameLimit);
      }
    return std::string{};
  }

  Result<std::vector<json>> pulls_of(const effect::OpenPullRequest& request, std::string_view state) {
    return list(fmt::format("/pulls?state={}&per_page=100&head={}&base={}", state,
                            common::percent_encoded(owner_ + ":" + request.head),
                            common::percent_encoded(request.base)));
  }

  Result<std::optional<forge::PullRequest>> find_open(const effect::OpenPullRequest& request) {
    const auto pulls = pulls_of(request, "open");
    if (!pulls) return std::unexpected(pulls.error());
    if (pulls->empty()) return std::nullopt;
    auto read = read_pull_request(pulls->front());
    if (!read) return std::unexpected(read.error());
    return std::move(*read);
  }

  // The newest, when that is what became of it.
  Result<std::optional<forge::PullRequest>> find_merged(const effect::OpenPullRequest& request) {
    const auto pulls = pulls_of(request, "closed");
    if (!pulls) return std::unexpected(pulls.error());
    if (pulls->empty()) return std::nullopt;
    auto read = read_pull_request(pulls->front());
    if (!read) return std::unexpected(read.error());
    if (read->action != forge::PullRequest::Action::merged) return std::nullopt;
    return std::move(*read);
  }

  static Result<result::IssueFiled> read_issue(const std::string& action, const json& issue) {
    Fields in(issue);
    result::IssueFiled filed{action, in.number("number"), in.text_if_any("html_url")};
    if (const auto& wrong = in.problem()) return malformed(wrong->what);
    return filed;
  }

  Result<forge::PullRequest> read_pull_request(const json& pull) const {
    ForgeView view;
    if (auto read = add(view, pull_request, {{"pull_request", pull}, {"action", "opened"}}); !read)
      return std::unexpected(read.error());
    if (view.events.empty())
      return std::unexpected(Problem{
          Problem::Kind::unreachable, "GitHub's answer holds no pull request of ours", "look at it on GitHub", {}});
    return std::get<forge::PullRequest>(view.events.front().fact);
  }

  Api& api_;
  const std::string name_, full_name_, path_, owner_;
  const Policy policy_;
};

}  // namespace

std::unique_ptr<Forge> create_forge(Api& api, std::string name, std::string full_name, Policy policy) {
  return std::make_unique<GithubForge>(api, std::move(name), std::move(full_name), std::move(policy));
}

}  // namespace hotfixd::github
