// GitHub as a forge, against a GitHub of our own: what a look reads, and what the bot does there.
#include "integrations/github/forge.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bot/domain/overloaded.hpp"
#include "bot/domain/zone.hpp"
#include "integrations/github/webhook.hpp"
#include "tests/common/describe_forge.hpp"
#include "tests/github/fake_github.hpp"

namespace hotfixd::github {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const std::string kHead = "1111111111111111111111111111111111111111";
const std::string kBase = "2222222222222222222222222222222222222222";
const std::string kPulls = "GET /repos/acme/shop/pulls?state=all&per_page=100&head=acme%3Ahotfix%2Fcheckout-500";
const std::string kTag = "GET /repos/acme/shop/git/ref/tags%2Fv2.4.8";
const std::string kFind =
    "GET /repos/acme/shop/pulls?state=open&per_page=100&head=acme%3Ahotfix%2Fcheckout-500&base=main";
const std::string kReviews = "GET /repos/acme/shop/pulls/7/reviews?per_page=100";
const std::string kRules = "GET /repos/acme/shop/rules/branches/main?per_page=100";
const std::string kBranch = "GET /repos/acme/shop/branches/main";
const std::string kCompare = fmt::format("GET /repos/acme/shop/compare/{}...{}?per_page=100", kBase, kHead);
const std::string kCommit = "GET /repos/acme/shop/commits/" + kHead;
const std::string kRuns = kCommit + "/check-runs?per_page=100";
const std::string kStatus = kCommit + "/status?per_page=100";
const std::string kSuites = kCommit + "/check-suites?per_page=100";
const std::string kWorkflows = "GET /repos/acme/shop/actions/runs?per_page=100&head_sha=" + kHead;

class StoppedClock final : public Clock {
 public:
  Time now() const override { return parse_rfc3339("2026-11-14T21:00:00Z").value(); }
};

test::Reply ok(json body) { return {200, std::move(body), {}, {}}; }

json pull(int number, const std::string& state, json more = json::object()) {
  json body{{"number", number},
            {"state", state},
            {"title", "one-line null check"},
            {"html_url", fmt::format("https://github.com/acme/shop/pull/{}", number)},
            {"draft", false},
            {"user", {{"login", "acme-hotfixd[bot]"}}},
            {"head", {{"ref", "hotfix/checkout-500"}, {"sha", kHead}, {"repo", {{"full_name", "acme/shop"}}}}},
            {"base", {{"ref", "main"}, {"repo", {{"full_name", "acme/shop"}}}}},
            {"created_at", "2026-11-14T20:24:00Z"},
            {"updated_at", "2026-11-14T20:30:00Z"},
            {"merged_at", nullptr},
            {"requested_reviewers", json::array({{{"login", "carol"}}})},
            {"requested_teams", json::array({{{"slug", "owners"}}})}};
  body.update(more);
  return body;
}

json review(const std::string& login, const std::string& state, const std::string& at) {
  return {{"user", {{"login", login}, {"type", "User"}}},
          {"state", state},
          {"commit_id", kHead},
          {"author_association", "MEMBER"},
          {"submitted_at", at}};
}

// Without a login GitHub writes null.
json commit(char sha, const std::string& author, const std::string& committer) {
  const auto account = [](const std::string& login) { return login.empty() ? json() : json{{"login", login}}; };
  return {{"sha", std::string(40, sha)}, {"author", account(author)}, {"committer", account(committer)}};
}

json run(int id, const std::string& name, const std::string& conclusion) {
  return {{"id", id},
          {"name", name},
          {"head_sha", kHead},
          {"status", conclusion.empty() ? "in_progress" : "completed"},
          {"conclusion", conclusion.empty() ? json() : json(conclusion)},
          {"html_url", fmt::format("https://github.com/acme/shop/runs/{}", id)},
          {"details_url", fmt::format("https://github.com/acme/shop/actions/runs/9/job/{}", id)},
          {"started_at", "2026-11-14T20:30:00Z"},
          {"completed_at", conclusion.empty() ? json() : json("2026-11-14T20:38:00Z")},
          {"check_suite", {{"id", 5}}},
          {"pull_requests", json::array()}};
}

std::string text(const ForgeEvent& e) {
  return std::visit(Overloaded{
                        [](const forge::PullRequest& p) {
                          return fmt::format("PR {} {} {} {}", p.number, static_cast<int>(p.action), p.base,
                                             p.landing_sha);
                        },
                        [](const forge::Review& r) {
                          return fmt::format("review {} {} {} {:.1}", r.number, r.login, to_string(r.verdict), r.sha);
                        },
                        [](const forge::Check& c) {
                          return fmt::format("check {} {}{}{}", c.context, to_string(c.state),
                                             c.rollup ? " rollup" : "", c.step.empty() ? "" : " at " + c.step);
                        },
                        [](const auto&) { return std::string("other"); },
                    },
                    e.fact);
}

class GithubForge : public ::testing::Test {
 protected:
  GithubForge() {
    github_.well_set_up();
    policy_ = default_policy();
    policy_.repositories = {{.name = "shop", .github = "acme/shop"}};
    http_ = net::create_http_client({}).value();
    ApiOptions options;
    options.url = github_.url();
    options.token = "ghp_good";
    api_ = create_api(*http_, clock_, options);
    forge_ = create_forge(*api_, "shop", "acme/shop", policy_);
    look_.repository = "shop";
    look_.branch = "hotfix/checkout-500";
    look_.base_sha = kBase;
  }

  // A pull request with reviews, checks, statuses, and rules.
  void well_filled() {
    github_.on(kPulls, ok(json::array({pull(7, "open")})));
    github_.on(kReviews,
               ok(json::array({review("bob", "CHANGES_REQUESTED", "2026-11-14T20:31:00Z"),
                               review("carol", "APPROVED", "2026-11-14T20:32:00Z"),
                               review("bob", "APPROVED", "2026-11-14T20:33:00Z"),
                               review("carol", "COMMENTED", "2026-11-14T20:34:00Z"), review("dave", "PENDING", "")})));
    github_.on(kCompare, ok({{"commits", json::array({commit('a', "dave", "web-flow"), commit('b', "", "erin")})}}));
    github_.on(kRuns, ok({{"total_count", 3},
                          {"check_runs", json::array({run(31, "smoke", "success"), run(32, "regression", "failure"),
                                                      run(33, "nightly", "")})}}));
    github_.on("GET /repos/acme/shop/actions/jobs/32",
               ok({{"id", 32},
                   {"steps", json::array({{{"name", "Set up job"}, {"conclusion", "success"}},
                                          {{"name", "Run tests"}, {"conclusion", "failure"}},
                                          {{"name", "Upload"}, {"conclusion", "skipped"}}})}}));
    github_.on(kStatus, ok({{"state", "success"},
                            {"statuses", json::array({{{"id", 44},
                                                       {"context", "jenkins"},
                                                       {"state", "success"},
                                                       {"target_url", nullptr},
                                                       {"updated_at", "2026-11-14T20:38:00Z"}}})}}));
    github_.on(kSuites, ok({{"check_suites", json::array({{{"id", 5},
                                                           {"head_sha", kHead},
                                                           {"status", "completed"},
                                                           {"conclusion", "failure"},
                                                           {"app", {{"slug", "github-actions"}}},
                                                           {"updated_at", "2026-11-14T20:38:00Z"},
                                                           {"pull_requests", json::array()}}})}}));
    github_.on(kWorkflows, ok({{"workflow_runs", json::array({{{"id", 9},
                                                               {"name", "CI"},
                                                               {"event", "push"},
                                                               {"head_sha", kHead},
                                                               {"head_branch", "hotfix/checkout-500"},
                                                               {"status", "in_progress"},
                                                               {"conclusion", nullptr},
                                                               {"run_attempt", 1},
                                                               {"updated_at", "2026-11-14T20:38:00Z"},
                                                               {"head_repository", {{"full_name", "acme/shop"}}},
                                                               {"pull_requests", json::array()}}})}}));
    github_.on("GET /repos/acme/shop/rules/branches/main?per_page=100",
               ok(json::array({{{"type", "required_status_checks"},
                                {"parameters", {{"required_status_checks", json::array({{{"context", "smoke"}}})}}}},
                               {{"type", "deletion"}}})));
    github_.on("GET /repos/acme/shop/branches/main",
               ok({{"name", "main"},
                   {"protected", true},
                   {"protection",
                    {{"enabled", true},
                     {"required_status_checks",
                      {{"enforcement_level", "non_admins"}, {"contexts", {"smoke", "regression"}}}}}}}));
  }

  std::vector<std::string> seen(const ForgeView& view) {
    std::vector<std::string> all;
    for (const auto& e : view.events) {
      EXPECT_EQ(e.repository, "shop");
      all.push_back(text(e));
    }
    return all;
  }

  StoppedClock clock_;
  test::FakeGithub github_;
  Policy policy_;
  std::unique_ptr<net::HttpClient> http_;
  std::unique_ptr<Api> api_;
  std::unique_ptr<Forge> forge_;
  effect::Observe look_;
};

TEST_F(GithubForge, ALookReadsAllThatCounts) {
  well_filled();
  const auto view = forge_->look(look_, kHead);
  ASSERT_TRUE(view) << view.error().what;
  EXPECT_THAT(seen(*view), ElementsAre("PR 7 0 main ", "review 7 carol approved 1", "review 7 bob approved 1",
                                       "check smoke (suite 5) passed", "check regression (suite 5) failed at Run tests",
                                       "check nightly (suite 5) pending", "check jenkins passed",
                                       "check suite: github-actions (suite 5) failed rollup",
                                       "check workflow: CI (push, run 9) pending rollup"));
  EXPECT_THAT(view->authors, ElementsAre("dave", "erin"));
  EXPECT_THAT(view->unknown_authors, ElementsAre("bbbbbbb"));
  EXPECT_THAT(view->required_checks, ElementsAre("smoke", "regression"));
  EXPECT_TRUE(view->rules_known);
  EXPECT_THAT(view->awaited, ElementsAre("carol", "@acme/owners"));
}

// The author decides: whoever committed it for somebody unknown did not write it.
TEST_F(GithubForge, ACommitWithoutAnAccountIsNamed) {
  well_filled();
  github_.on(kCompare, ok({{"commits", json::array({commit('c', "dave", "dave"),
                                                    commit('d', "dave", ""),
                                                    commit('e', "", "web-flow"),
                                                    commit('f', "", ""),
                                                    {{"sha", kBase}, {"author", json::object()}}})}}));
  const auto view = forge_->look(look_, kHead);
  ASSERT_TRUE(view) << view.error().what;
  EXPECT_THAT(view->authors, ElementsAre("dave"));
  EXPECT_THAT(view->unknown_authors, ElementsAre("eeeeeee", "fffffff", "2222222"));
  github_.on(kCompare, ok({{"commits", json::array({{{"author", nullptr}}})}}));
  EXPECT_FALSE(forge_->look(look_, kHead));
}

// What a look brings has the names that webhooks give it: it must never stand beside them.
TEST_F(GithubForge, WhatAWebhookSaidIsTheSameFact) {
  well_filled();
  const auto view = forge_->look(look_, kHead);
  ASSERT_TRUE(view);
  json body{{"action", "completed"},
            {"check_run", run(32, "regression", "failure")},
            {"repository", {{"full_name", "acme/shop"}}}};
  const auto hook = decode("check_run", body.dump(), policy_);
  ASSERT_TRUE(hook && hook->events.size() == 1);
  const auto& told = std::get<forge::Check>(hook->events.front().fact);
  const auto it = std::ranges::find_if(view->events, [&](const auto& e) {
    const auto* c = std::get_if<forge::Check>(&e.fact);
    return c != nullptr && c->context == told.context;
  });
  ASSERT_NE(it, view->events.end());
  const auto& looked = std::get<forge::Check>(it->fact);
  EXPECT_EQ(std::tie(looked.state, looked.sequence, looked.url, looked.sha),
            std::tie(told.state, told.sequence, told.url, told.sha));
  EXPECT_EQ(it->at, hook->events.front().at);
}

TEST_F(GithubForge, WithoutACommitOnlyPullRequestsAreAsked) {
  github_.on(kPulls, ok(json::array()));
  github_.on("GET /repos/acme/shop/branches/main", {404, {{"message", "Branch not found"}}, {}, {}});
  const auto view = forge_->look(look_, {});
  ASSERT_TRUE(view) << view.error().what;
  EXPECT_THAT(view->events, IsEmpty());
  EXPECT_EQ(github_.calls().size(), 3U);
}

TEST_F(GithubForge, TheOpenPullRequestIsTheOneWhoseReviewsCount) {
  well_filled();
  github_.on(
      kPulls,
      ok(json::array({pull(8, "closed", {{"closed_at", "2026-11-14T20:50:00Z"}}), pull(7, "open"),
                      pull(6, "closed", {{"merged_at", "2026-11-14T20:10:00Z"}, {"merge_commit_sha", kBase}})})));
  const auto view = forge_->look(look_, kHead);
  ASSERT_TRUE(view) << view.error().what;
  EXPECT_THAT(std::vector(seen(*view)).at(0), "PR 6 4 main " + kBase);
  EXPECT_THAT(std::vector(seen(*view)).at(1), "PR 7 0 main ");
  EXPECT_THAT(std::vector(seen(*view)).at(2), "PR 8 2 main ");
  EXPECT_EQ(github_.asked(kReviews), 1);
}

// One branch, three open pull requests: the one into the production line counts, however old it is.
TEST_F(GithubForge, OfSeveralOpenOnesTheProductionLinesCounts) {
  well_filled();
  const auto into = [](const std::string& base, json more = json::object()) {
    more["base"] = {{"ref", base}, {"repo", {{"full_name", "acme/shop"}}}};
    return more;
  };
  const auto reviews = [](int number) {
    return fmt::format("GET /repos/acme/shop/pulls/{}/reviews?per_page=100", number);
  };
  const auto at = [](int minute) { return fmt::format("2026-11-14T20:{}:00Z", minute); };
  github_.on(kPulls, ok(json::array({pull(9, "closed", into("main")), pull(8, "open", into("develop")), pull(7, "open"),
                                     pull(6, "open", into("release/2"))})));
  github_.on(kReviews, ok(json::array({review("bob", "APPROVED", at(31)), review("carol", "APPROVED", at(32))})));
  github_.on(reviews(8),
             ok(json::array({review("erin", "APPROVED", at(33)), review("bob", "CHANGES_REQUESTED", at(34)),
                             review("carol", "CHANGES_REQUESTED", at(35)), review("carol", "APPROVED", at(36))})));
  github_.on(reviews(6), ok(json::array({review("frank", "DISMISSED", at(37))})));
  auto view = forge_->look(look_, {});
  ASSERT_TRUE(view) << view.error().what;
  EXPECT_THAT(seen(*view), ElementsAre("PR 6 0 release/2 ", "PR 7 0 main ", "PR 8 0 develop ", "PR 9 2 main ",
                                       "review 7 bob approved 1", "review 7 carol approved 1",
                                       "review 8 erin approved 1", "review 8 bob changes_requested 1",
                                       "review 8 carol approved 1", "review 6 frank dismissed 1"));
  EXPECT_EQ(github_.asked(reviews(9)), 0);
  EXPECT_THAT(view->required_checks, ElementsAre("smoke", "regression"));

  // None into the production line: the newest open one, and the rules of both lines.
  github_.on("GET /repos/acme/shop/rules/branches/develop?per_page=100",
             ok(json::array({{{"type", "required_status_checks"},
                              {"parameters", {{"required_status_checks", json::array({{{"context", "lint"}}})}}}}})));
  github_.on(kPulls,
             ok(json::array({pull(9, "closed"), pull(8, "open", into("develop", {{"requested_teams", json::array()}})),
                             pull(6, "open", into("release/2"))})));
  view = forge_->look(look_, {});
  ASSERT_TRUE(view) << view.error().what;
  EXPECT_THAT(seen(*view), ElementsAre("PR 6 0 release/2 ", "PR 8 0 develop ", "PR 9 2 main ",
                                       "review 8 erin approved 1", "review 8 bob changes_requested 1",
                                       "review 8 carol approved 1", "review 6 frank dismissed 1"));
  EXPECT_THAT(view->required_checks, ElementsAre("smoke", "regression", "lint"));
  EXPECT_THAT(view->awaited, ElementsAre("carol"));

  // Merged into the production line, that one still counts before one into another.
  github_.on(reviews(9), ok(json::array({review("erin", "APPROVED", at(39))})));
  github_.on(kPulls, ok(json::array({pull(10, "open", into("develop", {{"requested_teams", json::array()}})),
                                     pull(9, "closed", {{"merged_at", at(40)}, {"merge_commit_sha", kBase}})})));
  github_.on(reviews(10), ok(json::array()));
  view = forge_->look(look_, {});
  ASSERT_TRUE(view) << view.error().what;
  EXPECT_THAT(seen(*view), ElementsAre("PR 9 4 main " + kBase, "PR 10 0 develop ", "review 9 erin approved 1"));
  EXPECT_THAT(view->awaited, ElementsAre("carol", "@acme/owners"));

  // None open: the newest.
  github_.on(kPulls, ok(json::array({pull(9, "closed"), pull(8, "closed", into("develop"))})));
  view = forge_->look(look_, {});
  ASSERT_TRUE(view) << view.error().what;
  EXPECT_THAT(seen(*view), ElementsAre("PR 8 2 develop ", "PR 9 2 main ", "review 9 erin approved 1"));
}

// Only who may write there approves anything for GitHub.
TEST_F(GithubForge, RightsOfThoseWhoApprove) {
  const auto rights = [](const std::string& login) {
    return fmt::format("GET /repos/acme/shop/collaborators/{}/permission", login);
  };
  const auto may = [&](const std::string& login, const std::string& permission) {
    github_.on(rights(login), ok({{"permission", permission}, {"role_name", "custom"}}));
  };
  well_filled();
  json all = json::array();
  for (const char* login : {"admin", "writer", "reader", "nobody", "odd", "gone", "hidden"})
    all.push_back(review(login, "APPROVED", "2026-11-14T20:31:00Z"));
  all.push_back(review("critic", "CHANGES_REQUESTED", "2026-11-14T20:32:00Z"));
  github_.on(kReviews, ok(all));
  may("admin", "admin");
  may("writer", "write");
  may("reader", "read");
  may("nobody", "none");
  may("odd", "something");
  github_.on(rights("gone"), {404, {{"message", "Not Found"}}, {}, {}});
  github_.on(rights("hidden"), {403, {{"message", "Must have push access to view collaborator permission."}}, {}, {}});
  const auto view = forge_->look(look_, {});
  ASSERT_TRUE(view) << view.error().what;
  EXPECT_THAT(view->readers, ElementsAre("reader", "nobody"));
  EXPECT_THAT(view->rights_unknown, ElementsAre("odd", "gone", "hidden"));
  EXPECT_EQ(github_.asked(rights("critic")), 0);
  // What may pass by is no answer.
  github_.on(rights("writer"), {502, {}, {}, {}});
  EXPECT_FALSE(forge_->look(look_, {}));
}

std::map<std::string, std::string> sources(const ForgeView& view) {
  std::map<std::string, std::string> all;
  for (const auto& event : view.events)
    if (const auto* check = std::get_if<forge::Check>(&event.fact)) all[check->context] = check->source;
  return all;
}

json status(const std::string& context, const std::string& login, const std::string& type) {
  return {{"id", 44},
          {"context", context},
          {"state", "success"},
          {"creator", {{"login", login}, {"type", type}}},
          {"updated_at", "2026-11-14T20:38:00Z"}};
}

TEST_F(GithubForge, RulesNameTheAppThatAChecksMustBeOf) {
  well_filled();
  github_.on(kRules, ok(json::array({{{"type", "required_status_checks"},
                                      {"parameters",
                                       {{"required_status_checks",
                                         json::array({{{"context", "smoke"}, {"integration_id", 15368}},
                                                      {{"context", "smoke"}, {"integration_id", 15368}},
                                                      {{"context", "lint"}, {"integration_id", -1}},
                                                      {{"context", "jenkins"}, {"integration_id", nullptr}},
                                                      {{"context", "coverage"}, {"integration_id", 77}}})}}}}})));
  github_.on(kBranch, ok({{"protection",
                           {{"required_status_checks",
                             {{"enforcement_level", "everyone"},
                              {"contexts", {"smoke", "unit", "old"}},
                              {"checks", json::array({{{"context", "smoke"}, {"app_id", 9}},
                                                      {{"context", "unit"}, {"app_id", nullptr}},
                                                      {{"context", "lint"}, {"app_id", -1}}})}}}}}}));
  github_.body(kRuns)["check_runs"][0]["app"] = {{"id", 15368}, {"slug", "github-actions"}};
  github_.body(kSuites)["check_suites"][0]["app"]["id"] = 15368;
  github_.on(kStatus, ok({{"statuses", json::array({status("coverage", "codecov[bot]", "Bot"),
                                                    status("jenkins", "ci-user", "User"),
                                                    status("other", "nobody-asks[bot]", "Bot"),
                                                    {{"id", 45},
                                                     {"context", "orphan"},
                                                     {"state", "success"},
                                                     {"creator", nullptr},
                                                     {"updated_at", "2026-11-14T20:38:00Z"}}})}}));
  const auto of_app = [&](test::Reply reply) {
    github_.on("GET /apps/codecov", std::move(reply));
    const auto view = forge_->look(look_, kHead);
    EXPECT_TRUE(view) << view.error().what;
    return sources(view.value_or(ForgeView{}))["coverage"];
  };
  EXPECT_EQ(of_app(ok({{"id", 77}, {"slug", "codecov"}})), "app 77");
  EXPECT_EQ(of_app({404, {{"message", "Not Found"}}, {}, {}}), "");
  EXPECT_EQ(github_.asked("GET /apps/nobody-asks"), 0);
  const auto view = forge_->look(look_, kHead);
  ASSERT_TRUE(view) << view.error().what;
  EXPECT_THAT(view->required_checks, ElementsAre("smoke", "lint", "jenkins", "coverage", "unit", "old"));
  EXPECT_THAT(view->check_sources, ElementsAre(CheckSource{"smoke", "app 15368"}, CheckSource{"coverage", "app 77"},
                                               CheckSource{"smoke", "app 9"}));
  auto of = sources(*view);
  EXPECT_EQ(of["smoke (suite 5)"], "app 15368");
  EXPECT_EQ(of["suite: github-actions (suite 5)"], "app 15368");
  EXPECT_EQ(of["regression (suite 5)"], "");
  EXPECT_EQ(of["jenkins"], "user ci-user");
  EXPECT_EQ(of["other"], "");
  EXPECT_EQ(of["orphan"], "");
  github_.on("GET /apps/codecov", {502, {}, {}, {}});
  EXPECT_FALSE(forge_->look(look_, kHead));
}

TEST_F(GithubForge, RequiredWorkflowsAreKnownByTheirFile) {
  well_filled();
  const std::string ci = ".github/workflows/ci.yml", scan = ".github/workflows/scan.yml";
  github_.on(kRules, ok(json::array({{{"type", "workflows"},
                                      {"parameters",
                                       {{"workflows", json::array({{{"path", ci}, {"repository_id", 3}},
                                                                   {{"path", scan}, {"repository_id", 99}}})}}}}})));
  github_.on("GET /repos/acme/shop", ok({{"id", 3}, {"full_name", "acme/shop"}}));
  const auto of = [](int id, const std::string& path, const std::string& event) {
    return json{{"id", id},
                {"name", fmt::format("W{}", id)},
                {"event", event},
                {"path", path},
                {"workflow_id", id + 100},
                {"head_sha", kHead},
                {"status", "completed"},
                {"conclusion", "success"},
                {"run_attempt", 1},
                {"updated_at", "2026-11-14T20:38:00Z"},
                {"head_repository", {{"full_name", "acme/shop"}}},
                {"pull_requests", json::array()}};
  };
  github_.on(
      kWorkflows,
      ok({{"workflow_runs", json::array({of(1, ci, "pull_request"), of(2, ci, "push"), of(3, scan, "pull_request"),
                                         of(4, scan + "@refs/heads/main", "pull_request_target"),
                                         of(5, "acme/policy/" + scan + "@main", "pull_request"),
                                         of(6, "Acme/shop/" + ci + "@main", "pull_request"),
                                         of(8, "dynamic/github-code-scanning/codeql", "pull_request")})}}));
  const std::string own = "workflow " + ci, foreign = "workflow " + scan + " of another repository";
  const auto workflows = [&](test::Reply ci_yml, test::Reply scan_yml) {
    github_.on("GET /repos/acme/shop/actions/workflows/ci.yml", std::move(ci_yml));
    github_.on("GET /repos/acme/shop/actions/workflows/scan.yml", std::move(scan_yml));
    const auto view = forge_->look(look_, kHead);
    EXPECT_TRUE(view) << view.error().what;
    EXPECT_THAT(view->required_checks, ElementsAre("smoke", "regression", own, foreign));
    EXPECT_THAT(view->check_sources, ElementsAre(CheckSource{own, own}, CheckSource{foreign, foreign}));
    return sources(*view);
  };
  const test::Reply none{404, {{"message", "Not Found"}}, {}, {}};
  auto seen = workflows(ok({{"id", 101}, {"path", ci}}), none);
  EXPECT_EQ(seen["workflow: W1 (pull_request, run 1)"], own);
  EXPECT_EQ(seen["workflow: W2 (push, run 2)"], "");
  EXPECT_EQ(seen["workflow: W3 (pull_request, run 3)"], foreign);
  EXPECT_EQ(seen["workflow: W5 (pull_request, run 5)"], foreign);
  EXPECT_EQ(seen["workflow: W6 (pull_request, run 6)"], own);
  // The branch has a file of that name too: its run is not the ruleset's.
  seen = workflows(none, ok({{"id", 104}, {"path", scan}}));
  EXPECT_EQ(seen["workflow: W1 (pull_request, run 1)"], "workflow " + ci + " of another repository");
  EXPECT_EQ(seen["workflow: W3 (pull_request, run 3)"], foreign);
  EXPECT_EQ(seen["workflow: W4 (pull_request_target, run 4)"], "workflow " + scan);
  // It cannot be told.
  seen = workflows({403, {{"message", "Resource not accessible by integration"}}, {}, {}}, none);
  EXPECT_EQ(seen["workflow: W1 (pull_request, run 1)"], "");
  EXPECT_EQ(seen["workflow: W6 (pull_request, run 6)"], own);
  EXPECT_EQ(seen["workflow: W8 (pull_request, run 8)"], "");
}

TEST_F(GithubForge, TheLargestNumberOfApprovalsIsDemanded) {
  well_filled();
  const auto rule = [](json count) {
    return json{{"type", "pull_request"}, {"parameters", {{"required_approving_review_count", std::move(count)}}}};
  };
  EXPECT_EQ(forge_->look(look_, {})->required_approvals, 0);
  github_.on(kRules, ok(json::array({rule(1), rule(3), rule(2), rule("many"), {{"type", "pull_request"}}})));
  EXPECT_EQ(forge_->look(look_, {})->required_approvals, 3);
}

// What a webhook tells of a source, a look tells too.
TEST_F(GithubForge, SourcesInWebhooks) {
  const auto source = [&](const std::string& event, json body) {
    body["repository"] = {{"full_name", "acme/shop"}};
    const auto hook = decode(event, body.dump(), policy_);
    EXPECT_TRUE(hook && hook->events.size() == 1) << event;
    return std::get<forge::Check>(hook->events.front().fact).source;
  };
  auto check = run(32, "regression", "failure");
  EXPECT_EQ(source("check_run", {{"check_run", check}}), "");
  check["app"] = {{"id", 15368}};
  EXPECT_EQ(source("check_run", {{"check_run", check}}), "app 15368");
  auto set = status("jenkins", "", "");
  set.erase("creator");
  set["sha"] = kHead;
  set["branches"] = json::array();
  set["sender"] = {{"login", "dave"}, {"type", "User"}};
  EXPECT_EQ(source("status", set), "user dave");
  set["sender"] = {{"login", "codecov[bot]"}, {"type", "Bot"}};
  EXPECT_EQ(source("status", set), "");
  const auto workflow = [&](const std::string& path, const std::string& event) {
    return source("workflow_run", {{"workflow_run",
                                    {{"id", 9},
                                     {"name", "CI"},
                                     {"event", event},
                                     {"path", path},
                                     {"head_sha", kHead},
                                     {"status", "completed"},
                                     {"conclusion", "success"},
                                     {"head_repository", {{"full_name", "acme/shop"}}}}}});
  };
  EXPECT_EQ(workflow(".github/workflows/ci.yml", "pull_request"), "");
  EXPECT_EQ(workflow("acme/policy/.github/workflows/ci.yml@main", "pull_request"),
            "workflow .github/workflows/ci.yml of another repository");
  EXPECT_EQ(workflow("acme/policy/.github/workflows/ci.yml@main", "push"), "");
  EXPECT_EQ(workflow("acme/shop/.github/workflows/ci.yml@main", "pull_request"), "workflow .github/workflows/ci.yml");
  EXPECT_EQ(workflow("acme/x.github/workflows/ci.yml@main", "pull_request"), "");
}

TEST_F(GithubForge, AForksPullRequestIsNotTheOneThatCounts) {
  well_filled();
  const json fork{{"ref", "hotfix/checkout-500"}, {"sha", kHead}, {"repo", {{"full_name", "acme/shop-fork"}}}};
  github_.on(kPulls, ok(json::array({pull(8, "open", {{"head", fork}}), pull(7, "open")})));
  const auto view = forge_->look(look_, {});
  ASSERT_TRUE(view) << view.error().what;
  EXPECT_THAT(seen(*view), ElementsAre("PR 7 0 main ", "review 7 carol approved 1", "review 7 bob approved 1"));
}

// A member whose membership is private is a CONTRIBUTOR: where the repository is private they count, as by a webhook.
TEST_F(GithubForge, ContributorsCountWhereTheRepositoryIsPrivate) {
  for (const bool is_private : {true, false}) {
    well_filled();
    const json base{{"ref", "main"}, {"repo", {{"id", 3}, {"full_name", "acme/shop"}, {"private", is_private}}}};
    auto by = review("bob", "APPROVED", "2026-11-14T20:31:00Z");
    by["author_association"] = "CONTRIBUTOR";
    github_.on(kPulls, ok(json::array({pull(7, "open", {{"base", base}})})));
    github_.on(kReviews, ok(json::array({by})));
    const auto view = forge_->look(look_, {});
    ASSERT_TRUE(view) << view.error().what;
    EXPECT_EQ(seen(*view).size(), is_private ? 2U : 1U);
  }
}

TEST_F(GithubForge, RulesThatMayNotBeReadAreNotKnown) {
  const test::Reply no{403, {{"message", "Resource not accessible by integration"}}, {}, {}};
  const test::Reply hidden{404, {{"message", "Not Found"}}, {}, {}};
  const test::Reply gone{404, {{"message", "Branch not found"}}, {}, {}};
  const auto known = [&](const test::Reply& rules, const test::Reply& branch) {
    well_filled();
    github_.on(kRules, rules);
    github_.on(kBranch, branch);
    const auto view = forge_->look(look_, {});
    EXPECT_TRUE(view);
    EXPECT_THAT(view->required_checks, IsEmpty());
    return view->rules_known;
  };
  EXPECT_FALSE(known(no, no));
  EXPECT_FALSE(known(hidden, hidden));
  EXPECT_FALSE(known(hidden, no));
  EXPECT_TRUE(known(no, ok({{"name", "main"}, {"protected", false}})));
  EXPECT_TRUE(known(ok(json::array()), no));
  EXPECT_TRUE(known(ok(json::array()), gone));
}

// What the bot says itself is no check, neither one that ran nor one that is waited for.
const std::string kDeployments = "GET /repos/acme/shop/deployments?environment=production&per_page=30";
const std::string kElsewhere(40, '9');

json deployment(int id, const std::string& sha) {
  return {{"id", id}, {"sha", sha}, {"ref", "v2.4.8"}, {"environment", "production"}, {"task", "deploy"}};
}

json status(int id, const std::string& state, const std::string& at) {
  return {
      {"id", id}, {"state", state}, {"created_at", at}, {"log_url", "https://ci/1"}, {"creator", {{"login", "bob"}}}};
}

TEST_F(GithubForge, DeploymentsAreReadOnceThereIsATag) {
  const auto statuses = [](int id) {
    return fmt::format("GET /repos/acme/shop/deployments/{}/statuses?per_page=100", id);
  };
  const auto deployments = [&](const Result<ForgeView>& view) {
    std::vector<std::string> all;
    if (!view) return std::vector<std::string>{"problem: " + view.error().what};
    for (const auto& e : view->events)
      if (std::holds_alternative<forge::Deployment>(e.fact)) all.push_back(test::describe(e, "pull request", '#'));
    return all;
  };
  well_filled();
  const std::string landed(40, '7');
  github_.on(
      kPulls,
      ok(json::array({pull(7, "closed", {{"merged_at", "2026-11-14T20:38:00Z"}, {"merge_commit_sha", landed}})})));
  github_.on(kDeployments,
             {200,
              json::array({deployment(16, kBase), deployment(15, kElsewhere), deployment(14, landed),
                           deployment(13, kHead), deployment(12, kHead), deployment(11, kHead), deployment(10, kHead)}),
              {{"ETag", "\"d-1\""}},
              {}});
  github_.on(statuses(11), ok(json::array({status(1, "queued", "2026-11-14T20:40:00Z")})));
  github_.on(statuses(12), ok(json::array({status(3, "failure", "2026-11-14T20:43:00Z"),
                                           status(2, "in_progress", "2026-11-14T20:42:00Z")})));
  github_.on(
      statuses(13),
      ok(json::array({status(6, "inactive", "2026-11-14T20:50:00Z"), status(5, "success", "2026-11-14T20:45:00Z")})));
  github_.on(statuses(14), ok(json::array()));
  github_.on(statuses(16), ok(json::array({status(7, "success", "2026-11-14T20:50:00Z")})));
  EXPECT_THAT(deployments(forge_->look(look_, kHead)), IsEmpty());
  EXPECT_EQ(github_.asked(kDeployments), 0) << "nothing is tagged";
  look_.tag_sha = kHead;
  const std::vector<std::string> expected{
      fmt::format("shop 2026-11-14T20:40:00Z bob: deployment pending v2.4.8@{} to production [https://ci/1]", kHead),
      fmt::format("shop 2026-11-14T20:43:00Z bob: deployment failed v2.4.8@{} to production [https://ci/1]", kHead),
      fmt::format("shop 2026-11-14T20:45:00Z bob: deployment succeeded v2.4.8@{} to production [https://ci/1]", kHead),
      fmt::format("shop 2026-11-14T20:50:00Z bob: deployment succeeded v2.4.8@{} to production [https://ci/1]", kBase)};
  EXPECT_EQ(deployments(forge_->look(look_, kHead)), expected);
  EXPECT_EQ(github_.asked(statuses(10)), 0) << "the five newest are enough";
  EXPECT_EQ(github_.asked(statuses(15)), 0) << "another commit's";
  EXPECT_EQ(deployments(forge_->look(look_, "")), expected) << "the branch is gone, and the list is unchanged (304)";
  github_.on(kDeployments, {403, {{"message", "Resource not accessible by integration"}}, {}, {}});
  EXPECT_THAT(deployments(forge_->look(look_, kHead)), IsEmpty());
  github_.on(kDeployments, {502, {{"message", "Bad Gateway"}}, {}, {}});
  EXPECT_THAT(deployments(forge_->look(look_, kHead)), ElementsAre(HasSubstr("problem")));
}

TEST_F(GithubForge, TheBotsOwnStatusIsNoCheck) {
  well_filled();
  github_.on(kStatus, ok({{"statuses", json::array({{{"id", 45},
                                                     {"context", "hotfixd/merge-back"},
                                                     {"state", "failure"},
                                                     {"updated_at", "2026-11-14T20:38:00Z"}}})}}));
  github_.on(kBranch, ok({{"protection",
                           {{"required_status_checks",
                             {{"enforcement_level", "everyone"}, {"contexts", {"hotfixd/merge-back", "unit"}}}}}}}));
  const auto view = forge_->look(look_, kHead);
  ASSERT_TRUE(view) << view.error().what;
  for (const auto& fact : seen(*view)) EXPECT_THAT(fact, ::testing::Not(HasSubstr("hotfixd/")));
  EXPECT_THAT(view->required_checks, ElementsAre("smoke", "unit"));
}

TEST_F(GithubForge, ASuiteOfNoAppIsLeftOut) {
  well_filled();
  github_.body(kSuites)["check_suites"][0]["app"] = nullptr;
  const auto view = forge_->look(look_, kHead);
  ASSERT_TRUE(view) << view.error().what;
  EXPECT_EQ(view->events.size(), 8U);
  for (const auto& fact : seen(*view)) EXPECT_THAT(fact, ::testing::Not(HasSubstr("suite: ")));
}

TEST_F(GithubForge, WhatMayNotBeReadAndIsNotNeededIsLeftOut) {
  well_filled();
  const test::Reply no{403, {{"message", "Resource not accessible by integration"}}, {}, {}};
  for (const auto& call : {std::string("GET /repos/acme/shop/rules/branches/main?per_page=100"),
                           std::string("GET /repos/acme/shop/branches/main"),
                           std::string("GET /repos/acme/shop/actions/jobs/32"), kSuites, kWorkflows})
    github_.on(call, no);
  const auto view = forge_->look(look_, kHead);
  ASSERT_TRUE(view) << view.error().what;
  EXPECT_THAT(view->required_checks, IsEmpty());
  EXPECT_FALSE(view->rules_known);
  EXPECT_EQ(view->events.size(), 7U);
}

TEST_F(GithubForge, WithoutWhatIsNeededThereIsNoView) {
  const test::Reply no{403, {{"message", "Resource not accessible by integration"}}, {}, {}};
  for (const auto& call : {kPulls, kReviews, kCompare, kRuns, kStatus}) {
    well_filled();
    github_.on(call, no);
    const auto view = forge_->look(look_, kHead);
    ASSERT_FALSE(view) << call;
    EXPECT_EQ(view.error().kind, Problem::Kind::credentials) << call;
    EXPECT_THAT(view.error().what, HasSubstr(call.substr(0, call.find('?'))));
    github_.on(call, {502, {{"message", "Bad Gateway"}}, {}, {}});
    EXPECT_TRUE(forge_->look(look_, kHead).error().retryable()) << call;
  }
  // Where a part may be left out, that is no reason to leave it out when GitHub is down.
  for (const auto& call : {kSuites, kWorkflows, std::string("GET /repos/acme/shop/branches/main"),
                           std::string("GET /repos/acme/shop/actions/jobs/32")}) {
    well_filled();
    github_.on(call, {502, {{"message", "Bad Gateway"}}, {}, {}});
    ASSERT_FALSE(forge_->look(look_, kHead)) << call;
  }
}

TEST_F(GithubForge, AnAnswerOfAnotherShapeIsNoView) {
  for (const auto& wrong : {json{{"check_runs", 7}}, json{{"check_runs", json::array({7})}}, json::array(),
                            json{{"check_runs", json::array({{{"id", 1}}})}}}) {
    well_filled();
    github_.on(kRuns, ok(wrong));
    const auto view = forge_->look(look_, kHead);
    ASSERT_FALSE(view) << wrong.dump();
    EXPECT_THAT(view.error().what, HasSubstr("GitHub's")) << wrong.dump();
  }
  well_filled();
  github_.on(kPulls, ok(json::array({"a text"})));
  EXPECT_FALSE(forge_->look(look_, kHead));
}

// More checks than are read must not pass unseen.
TEST_F(GithubForge, AListWithoutEndIsNoView) {
  well_filled();
  test::Reply page = ok({{"check_runs", json::array({run(31, "smoke", "success")})}});
  page.headers = {{"Link", fmt::format("<{}/repos/acme/shop/commits/{}/check-runs?per_page=100>; rel=\"next\"",
                                       github_.url(), kHead)}};
  github_.on(kRuns, page);
  const auto view = forge_->look(look_, kHead);
  ASSERT_FALSE(view);
  EXPECT_THAT(view.error().what, HasSubstr("more of"));
  EXPECT_EQ(github_.asked(kRuns), kMostPages);
}

TEST_F(GithubForge, APullRequestIsOpenedOnce) {
  const effect::OpenPullRequest wanted{"shop", "hotfix/checkout-500", "main", "one-line null check", "Hotfix HF-1",
                                       false};
  github_.on(kFind, ok(json::array()));
  github_.on("POST /repos/acme/shop/pulls", {201, pull(7, "open"), {}, {}});
  const auto opened = forge_->open_pull_request(wanted);
  ASSERT_TRUE(opened) << opened.error().what;
  EXPECT_EQ(opened->number, 7U);
  EXPECT_EQ(opened->author_login, "acme-hotfixd[bot]");
  EXPECT_EQ(json::parse(github_.asked().back().body), (json{{"title", "one-line null check"},
                                                            {"head", "hotfix/checkout-500"},
                                                            {"base", "main"},
                                                            {"body", "Hotfix HF-1"},
                                                            {"draft", false}}));
  github_.on(kFind, ok(json::array({pull(7, "open")})));
  EXPECT_EQ(forge_->open_pull_request(wanted)->number, 7U);
  EXPECT_EQ(github_.asked("POST /repos/acme/shop/pulls"), 1);
}

TEST_F(GithubForge, ASecondOneAtTheSameMomentIsTheOthers) {
  github_.next(kFind, ok(json::array()));
  github_.on(kFind, ok(json::array({pull(8, "open")})));
  github_.on("POST /repos/acme/shop/pulls",
             {422,
              {{"message", "Validation Failed"},
               {"errors", json::array({{{"resource", "PullRequest"},
                                        {"code", "custom"},
                                        {"message", "A pull request already exists for acme:hotfix/checkout-500."}}})}},
              {},
              {}});
  const auto opened = forge_->open_pull_request({"shop", "hotfix/checkout-500", "main", "t", "b", false});
  ASSERT_TRUE(opened) << opened.error().what;
  EXPECT_EQ(opened->number, 8U);
}

// The answer to an earlier try was lost, and a person has merged it meanwhile.
TEST_F(GithubForge, OneThatIsMergedAlreadyIsTheOne) {
  github_.on(kFind, ok(json::array()));
  github_.on("POST /repos/acme/shop/pulls",
             {422, {{"message", "Validation Failed: No commits between main and hotfix/checkout-500"}}, {}, {}});
  std::string closed = kFind;
  closed.replace(closed.find("state=open"), 10, "state=closed");
  auto merged = pull(7, "closed");
  github_.on(closed, ok(json::array({merged})));
  EXPECT_FALSE(forge_->open_pull_request({"shop", "hotfix/checkout-500", "main", "t", "b", false}));
  merged["merged_at"] = "2026-11-14T21:40:00Z";
  github_.on(closed, ok(json::array({merged})));
  const auto found = forge_->open_pull_request({"shop", "hotfix/checkout-500", "main", "t", "b", false});
  ASSERT_TRUE(found) << found.error().what;
  EXPECT_EQ(found->number, 7U);
  EXPECT_EQ(found->action, forge::PullRequest::Action::merged);
}

TEST_F(GithubForge, WithoutDraftsItIsAnOrdinaryOne) {
  github_.on(kFind, ok(json::array()));
  github_.next("POST /repos/acme/shop/pulls",
               {422, {{"message", "Draft pull requests are not supported in this repository."}}, {}, {}});
  github_.on("POST /repos/acme/shop/pulls", {201, pull(7, "open"), {}, {}});
  ASSERT_TRUE(forge_->open_pull_request({"shop", "hotfix/checkout-500", "main", "t", "b", true}));
  EXPECT_EQ(json::parse(github_.asked().back().body)["draft"], false);
}

TEST_F(GithubForge, ARefusalSaysWhyAndOpensNothing) {
  github_.on(kFind, ok(json::array()));
  const struct {
    int status;
    std::string message;
    Problem::Kind kind;
  } cases[] = {{403, "Resource not accessible by personal access token", Problem::Kind::credentials},
               {404, "Not Found", Problem::Kind::not_found},
               {422, "Validation Failed: No commits between main and hotfix/checkout-500", Problem::Kind::invalid},
               {502, "Bad Gateway", Problem::Kind::unreachable}};
  for (const auto& c : cases) {
    github_.on("POST /repos/acme/shop/pulls", {c.status, {{"message", c.message}}, {}, {}});
    const auto opened = forge_->open_pull_request({"shop", "hotfix/checkout-500", "main", "t", "b", false});
    ASSERT_FALSE(opened) << c.status;
    EXPECT_EQ(opened.error().kind, c.kind) << opened.error().what;
    EXPECT_FALSE(opened.error().mend.empty());
  }
}

TEST_F(GithubForge, AReleaseIsPublishedUnlessItIsThere) {
  const effect::PublishRelease wanted{"shop", "v2.4.8", "v2.4.8", "HF-1: 500s\n\nPR #7", kHead};
  const std::string find = "GET /repos/acme/shop/releases/tags/v2.4.8", make = "POST /repos/acme/shop/releases";
  github_.on(kTag, ok({{"ref", "refs/tags/v2.4.8"}, {"object", {{"type", "commit"}, {"sha", kHead}}}}));
  github_.on(find, {404, {{"message", "Not Found"}}, {}, {}});
  github_.on(make, {201, {{"id", 1}}, {}, {}});
  ASSERT_TRUE(forge_->publish_release(wanted));
  EXPECT_EQ(json::parse(github_.asked().back().body), (json{{"tag_name", "v2.4.8"},
                                                            {"name", "v2.4.8"},
                                                            {"body", "HF-1: 500s\n\nPR #7"},
                                                            {"make_latest", "legacy"},
                                                            {"target_commitish", kHead}}));
  github_.on(find, ok({{"id", 1}}));
  ASSERT_TRUE(forge_->publish_release(wanted));
  EXPECT_EQ(github_.asked(make), 1);
  // Made by somebody else between the two calls.
  github_.on(find, {404, {{"message", "Not Found"}}, {}, {}});
  github_.on(make,
             {422,
              {{"message", "Validation Failed"},
               {"errors", json::array({{{"resource", "Release"}, {"code", "already_exists"}, {"field", "tag_name"}}})}},
              {},
              {}});
  EXPECT_TRUE(forge_->publish_release(wanted));
  github_.on(make, {403, {{"message", "Resource not accessible by integration"}}, {}, {}});
  EXPECT_EQ(forge_->publish_release(wanted).error().kind, Problem::Kind::credentials);
}

// GitHub would make it, on the default branch.
TEST_F(GithubForge, WithoutItsTagThereIsNoRelease) {
  const std::string make = "POST /repos/acme/shop/releases";
  github_.on(make, {201, {{"id", 1}}, {}, {}});
  const auto early = forge_->publish_release({"shop", "v2.4.8", "v2.4.8", "HF-1", kHead});
  ASSERT_FALSE(early);
  EXPECT_TRUE(early.error().retryable());
  EXPECT_EQ(early.error().what, "the tag v2.4.8 is not on GitHub yet");
  github_.on(kTag, {403, {{"message", "Resource not accessible by integration"}}, {}, {}});
  EXPECT_EQ(forge_->publish_release({"shop", "v2.4.8", "v2.4.8", "HF-1", kHead}).error().kind,
            Problem::Kind::credentials);
  EXPECT_EQ(github_.asked(make), 0);
  github_.on(kTag, ok({{"ref", "refs/tags/v2.4.8"}}));
  ASSERT_TRUE(forge_->publish_release({"shop", "v2.4.8", "v2.4.8", "HF-1", {}}));
  EXPECT_FALSE(json::parse(github_.asked().back().body).contains("target_commitish"));
}

TEST_F(GithubForge, AnActionItemBecomesOneIssue) {
  const effect::FileIssue wanted{"shop",
                                 "A1",
                                 "hotfixd HF-1/A1",
                                 "test the empty coupon",
                                 "Action item A1 of HF-1",
                                 parse_rfc3339("2026-11-14T20:00:00Z").value()};
  const std::string find =
      "GET /repos/acme/shop/issues?state=all&sort=created&direction=desc&per_page=100&since=2026-11-14T20%3A00%3A00Z";
  const std::string make = "POST /repos/acme/shop/issues";
  const json other{{"number", 8}, {"body", nullptr}, {"created_at", "2026-11-14T20:30:00Z"}};
  github_.on(find, ok(json::array({other})));
  github_.on(make, {201, {{"number", 9}, {"html_url", "https://github.com/acme/shop/issues/9"}}, {}, {}});
  auto filed = forge_->file_issue(wanted);
  ASSERT_TRUE(filed) << filed.error().what;
  EXPECT_EQ(filed->number, 9U);
  EXPECT_EQ(filed->action, "A1");
  const auto body = json::parse(github_.asked().back().body);
  EXPECT_EQ(body["title"], "test the empty coupon");
  EXPECT_EQ(body["body"], "Action item A1 of HF-1\n\n<!-- hotfixd HF-1/A1 -->");
  // An earlier try arrived: it is found by its marker, however the title was changed.
  github_.on(
      find, ok(json::array({other, {{"number", 9}, {"html_url", "u"}, {"title", "changed"}, {"body", body["body"]}}})));
  filed = forge_->file_issue(wanted);
  ASSERT_TRUE(filed);
  EXPECT_EQ(filed->number, 9U);
  EXPECT_EQ(github_.asked(make), 1);
  github_.on(find, ok(json::array()));
  github_.on(make, {410, {{"message", "Issues has been disabled in this repository."}}, {}, {}});
  filed = forge_->file_issue(wanted);
  ASSERT_FALSE(filed);
  EXPECT_EQ(filed.error().kind, Problem::Kind::refused);
  EXPECT_THAT(filed.error().what, HasSubstr("disabled"));
}

// Where the list does not end, what is older than the marker can be needs no reading.
TEST_F(GithubForge, ALongListOfIssuesIsReadAsFarAsItMatters) {
  const effect::FileIssue wanted{"shop", "A1", "hotfixd HF-1/A1",
                                 "t",    "b",  parse_rfc3339("2026-11-14T20:00:00Z").value()};
  const std::string find =
      "GET /repos/acme/shop/issues?state=all&sort=created&direction=desc&per_page=100&since=2026-11-14T20%3A00%3A00Z";
  github_.on("POST /repos/acme/shop/issues", {201, {{"number", 9}, {"html_url", "u"}}, {}, {}});
  for (const bool old : {true, false}) {
    auto page = ok(json::array(
        {{{"number", 8}, {"body", "x"}, {"created_at", old ? "2026-11-13T20:00:00Z" : "2026-11-14T20:30:00Z"}}}));
    page.headers = {{"Link", fmt::format("<{}{}>; rel=\"next\"", github_.url(), find.substr(4))}};
    github_.on(find, page);
    EXPECT_EQ(forge_->file_issue(wanted).has_value(), old);
  }
}

TEST_F(GithubForge, AStatusIsSetOnTheCommit) {
  const std::string call = "POST /repos/acme/shop/statuses/" + kHead;
  github_.on(call, {201, {{"id", 1}}, {}, {}});
  const std::string lengthy(200, 'x');
  ASSERT_TRUE(
      forge_->set_commit_status({"shop", kHead, "hotfixd/merge-back", "main", CheckState::failed, lengthy, {}}));
  EXPECT_EQ(json::parse(github_.asked().back().body),
            (json{{"state", "failure"}, {"context", "hotfixd/merge-back"}, {"description", std::string(140, 'x')}}));
  ASSERT_TRUE(forge_->set_commit_status(
      {"shop", kHead, "hotfixd/merge-back", "main", CheckState::passed, "all there", "https://bot.example.com"}));
  EXPECT_EQ(json::parse(github_.asked().back().body)["state"], "success");
  EXPECT_EQ(json::parse(github_.asked().back().body)["target_url"], "https://bot.example.com");
}

// ---- merging, and other people's pull requests

const std::string kPull = "GET /repos/acme/shop/pulls/7";
const std::string kMerge = "PUT /repos/acme/shop/pulls/7/merge";
const std::string kLanded = "3333333333333333333333333333333333333333";

TEST_F(GithubForge, MergesExactlyThatHead) {
  github_.on(kPull, ok(pull(7, "open", {{"merged", false}, {"merge_commit_sha", nullptr}})));
  github_.on(kMerge, ok({{"sha", kLanded}, {"merged", true}, {"message", "Pull Request successfully merged"}}));
  const auto merged = forge_->merge_pull_request({"shop", 7, kHead, "main", MergeMethod::squash});
  ASSERT_TRUE(merged) << merged.error().what;
  EXPECT_EQ(*merged, kLanded);
  EXPECT_EQ(json::parse(github_.asked().back().body), (json{{"sha", kHead}, {"merge_method", "squash"}}));
}

TEST_F(GithubForge, KnowsItsEarlierMerge) {
  github_.on(kPull, ok(pull(7, "closed", {{"merged", true}, {"merge_commit_sha", kLanded}})));
  const auto merged = forge_->merge_pull_request({"shop", 7, kHead, "main", MergeMethod::merge});
  ASSERT_TRUE(merged) << merged.error().what;
  EXPECT_EQ(*merged, kLanded);
  const auto other = forge_->merge_pull_request({"shop", 7, kBase, "main", MergeMethod::merge});
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().what, "it was merged with another head");
}

TEST_F(GithubForge, MergesNothingElse) {
  github_.on(kPull, ok(pull(7, "open", {{"merged", false}})));
  const auto moved = forge_->merge_pull_request({"shop", 7, kBase, "main", MergeMethod::merge});
  ASSERT_FALSE(moved);
  EXPECT_EQ(moved.error().what, "its head is 1111111 by now");
  github_.on(kPull, ok(pull(7, "closed", {{"merged", false}})));
  const auto closed = forge_->merge_pull_request({"shop", 7, kHead, "main", MergeMethod::merge});
  ASSERT_FALSE(closed);
  EXPECT_EQ(closed.error().what, "it is closed");
  github_.on(kPull, ok(pull(7, "open", {{"merged", false}})));
  for (const auto& [status, words] : {std::pair{405, "At least 2 approving reviews are required"},
                                      std::pair{409, "Head branch was modified. Review and try the merge again."}}) {
    github_.on(kMerge, {status, {{"message", words}}, {}, {}});
    const auto refused = forge_->merge_pull_request({"shop", 7, kHead, "main", MergeMethod::merge});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, Problem::Kind::refused);
    EXPECT_THAT(refused.error().what, HasSubstr(words));
  }
}

TEST_F(GithubForge, ListsOpenPullRequestsAndWhatStandsOnThem) {
  auto gone = pull(9, "open");
  gone["head"]["repo"] = nullptr;  // the fork was deleted
  gone["draft"] = true;
  github_.on("GET /repos/acme/shop/pulls?state=open&sort=updated&direction=desc&per_page=100",
             ok(json::array({pull(8, "open"), gone})));
  const auto open = forge_->open_pull_requests();
  ASSERT_TRUE(open) << open.error().what;
  ListedPullRequest ours{8, kHead, "hotfix/checkout-500", "main", "refs/pull/8/head"};
  ours.title = "one-line null check";
  ours.author = "acme-hotfixd[bot]";
  ours.url = "https://github.com/acme/shop/pull/8";
  auto theirs = ours;
  theirs.number = 9;
  theirs.ref = "refs/pull/9/head";
  theirs.url = "https://github.com/acme/shop/pull/9";
  theirs.draft = theirs.fork = true;
  EXPECT_THAT(*open, ElementsAre(ours, theirs));
  github_.on(kStatus, ok({{"statuses", json::array({{{"context", "ci"}, {"state", "pending"}},
                                                    {{"context", "hotfixd/merge-back"},
                                                     {"state", "failure"},
                                                     {"description", "would take it out"}}})}}));
  const auto stands = forge_->status_on(kHead, "hotfixd/merge-back");
  ASSERT_TRUE(stands) << stands.error().what;
  EXPECT_EQ(*stands, (PullRequestStatus{CheckState::failed, "would take it out"}));
  const auto none = forge_->status_on(kHead, "hotfixd/other");
  ASSERT_TRUE(none);
  EXPECT_FALSE(*none);
}

}  // namespace
}  // namespace hotfixd::github
