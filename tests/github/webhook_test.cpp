#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "bot/domain/gates.hpp"
#include "tests/github/describe.hpp"

// Every kind of webhook we use, as GitHub shapes it, and the whole of what we make of it.

namespace hotfixd::github {
namespace {

using nlohmann::json;
using test::describe;

constexpr std::string_view kHead = "4f2a9c1be7d05836aa1c94e2f7b3d8610c5e9f47";

Policy policy_for(std::vector<RepositoryPolicy> repositories) {
  Policy policy;
  policy.repositories = std::move(repositories);
  return policy;
}
const Policy& shop() {
  static const Policy policy = policy_for({{.name = "shop", .github = "acme/shop"}});
  return policy;
}

std::string payload(const std::string& name) {
  std::ifstream file(HOTFIXD_SOURCE_DIR "/tests/github/payloads/" + name + ".json", std::ios::binary);
  EXPECT_TRUE(file) << name;
  return {std::istreambuf_iterator<char>(file), {}};
}

// The event is the payload's name up to the first dot.
std::string read(const std::string& name) {
  return describe(decode(name.substr(0, name.find('.')), payload(name), shop()));
}

std::string read_json(const std::string& name, const json& body) {
  return describe(decode(name.substr(0, name.find('.')), body.dump(), shop()));
}
// A payload with one field changed.
std::string with(const std::string& name, const char* pointer, const json& value) {
  auto body = json::parse(payload(name));
  body[json::json_pointer(pointer)] = value;
  return read_json(name, body);
}
std::string check_branch(const std::string& name, const char* pointer, const json& value) {
  const std::string all = with(name, pointer, value);
  const auto on = all.rfind(" on [");
  return on == std::string::npos ? all : all.substr(on + 5, all.rfind(']') - on - 5);
}

TEST(Webhook, PullRequests) {
  const std::string pr =
      "#4821 'Guard cart[\"coupon\"] against null' https://github.com/Acme/Shop/pull/4821 hotfix/checkout-500@";
  EXPECT_EQ(read("pull_request.opened"), "shop 2026-11-14T21:24:11Z bob-k: pull request opened " + pr +
                                             "4f2a9c1be7d05836aa1c94e2f7b3d8610c5e9f47 -> main landing [] by bob-k");
  EXPECT_EQ(read("pull_request.synchronize"),  // the test merge is no landing
            "shop 2026-11-14T21:30:00Z bob-k: pull request updated " + pr +
                "b81d3e6f9a2c4075d1e8f3b6a9c2d5e8f1b4a7c0 -> main landing [] by bob-k draft");
  EXPECT_EQ(read("pull_request.merged"), "shop 2026-11-14T21:38:40Z carol-m: pull request merged " + pr +
                                             "4f2a9c1be7d05836aa1c94e2f7b3d8610c5e9f47 -> main landing "
                                             "[b81d3e6f9a2c4075d1e8f3b6a9c2d5e8f1b4a7c0] by bob-k");
  EXPECT_EQ(read("pull_request.closed"), "shop 2026-11-14T21:50:02Z carol-m: pull request closed " + pr +
                                             "4f2a9c1be7d05836aa1c94e2f7b3d8610c5e9f47 -> main landing [] by bob-k");
  EXPECT_EQ(read("pull_request.reopened"), "shop 2026-11-14T21:55:00Z bob-k: pull request reopened " + pr +
                                               "4f2a9c1be7d05836aa1c94e2f7b3d8610c5e9f47 -> main landing [] by bob-k");
}

TEST(Webhook, Reviews) {
  const std::string of = " #4821 hotfix/checkout-500@4f2a9c1be7d05836aa1c94e2f7b3d8610c5e9f47 by carol-m";
  EXPECT_EQ(read("pull_request_review.approved"), "shop 2026-11-14T21:31:09Z carol-m: review approved" + of);
  EXPECT_EQ(
      read("pull_request_review.changes_requested"),
      "shop 2026-11-14T21:31:09Z carol-m: review " + std::string(to_string(ReviewVerdict::changes_requested)) + of);
  // Not at the time of the approval that is taken back.
  EXPECT_EQ(read("pull_request_review.dismissed"), "shop 2026-11-14T21:35:30Z bob-k: review dismissed" + of);
}

TEST(Webhook, PullRequestsFromForksAreIgnored) {
  EXPECT_EQ(read("pull_request.fork"), "ignored: PR #4821 comes from the fork mallory/Shop");
  for (const auto* name : {"pull_request.opened", "pull_request.merged", "pull_request_review.approved",
                           "pull_request_review.dismissed"}) {
    EXPECT_EQ(with(name, "/pull_request/head/repo/full_name", "mallory/Shop"),
              "ignored: PR #4821 comes from the fork mallory/Shop");
    EXPECT_EQ(with(name, "/pull_request/head/repo", nullptr), "ignored: PR #4821 comes from a fork that is gone");
    EXPECT_EQ(with(name, "/pull_request/head/repo/full_name", "aCME/sHOP"), read(name));
    EXPECT_EQ(with(name, "/pull_request/head/repo", json::object()), read(name));
    auto without = json::parse(payload(name));
    without["pull_request"]["head"].erase("repo");
    EXPECT_EQ(read_json(name, without), read(name));
    auto null_everywhere = json::parse(payload(name));
    null_everywhere["pull_request"]["head"]["repo"] = nullptr;
    null_everywhere["pull_request"]["base"].erase("repo");
    EXPECT_EQ(read_json(name, null_everywhere), read(name));
    auto no_repository = json::parse(payload(name));  // then the base tells whose it is
    no_repository.erase("repository");
    no_repository["pull_request"]["head"]["repo"]["full_name"] = "mallory/Shop";
    EXPECT_EQ(read_json(name, no_repository), "ignored: PR #4821 comes from the fork mallory/Shop");
  }
}

TEST(Webhook, OnlyMembersReview) {
  EXPECT_EQ(read("pull_request_review.stranger"), "ignored: a review by mallory, who is not a member");
  // A dismissal only takes away.
  EXPECT_EQ(with("pull_request_review.dismissed", "/review/author_association", "NONE"),
            read("pull_request_review.dismissed"));
  EXPECT_EQ(with("pull_request_review.dismissed", "/review/user/type", "Bot"), read("pull_request_review.dismissed"));
  for (const auto* name : {"pull_request_review.approved", "pull_request_review.changes_requested"}) {
    for (const auto* association : {"OWNER", "MEMBER", "COLLABORATOR", "CONTRIBUTOR"}) {
      EXPECT_EQ(with(name, "/review/author_association", association), read(name)) << association;
    }
    for (const auto* association : {"FIRST_TIMER", "FIRST_TIME_CONTRIBUTOR", "MANNEQUIN", "NONE", "not known yet"}) {
      EXPECT_EQ(with(name, "/review/author_association", association),
                "ignored: a review by carol-m, who is not a member")
          << association;
    }
    EXPECT_EQ(with(name, "/review/user/type", "Bot"), "ignored: a review by carol-m, who is a bot");
    EXPECT_EQ(with(name, "/review/author_association", nullptr), read(name));
    EXPECT_EQ(with(name, "/review/user/type", nullptr), read(name));
  }
}

TEST(Webhook, Checks) {
  const std::string suite = " (suite 30550077)'";
  const std::string run =
      " 4f2a9c1be7d05836aa1c94e2f7b3d8610c5e9f47 [https://github.com/Acme/Shop/actions/runs/9911/job/36001122334] seq "
      "36001122334 on [hotfix/checkout-500]";
  EXPECT_EQ(read("check_run.success"), "shop 2026-11-14T21:29:45Z bob-k: check passed 'unit tests" + suite + run);
  EXPECT_EQ(read("check_run.queued"), "shop 2026-11-14T21:25:00Z bob-k: check pending 'unit tests" + suite + run);
  EXPECT_EQ(read("check_run.timed_out"), "shop 2026-11-14T21:29:45Z bob-k: check failed 'unit tests" + suite + run);
  EXPECT_EQ(read("check_run.neutral"), "shop 2026-11-14T21:29:45Z acme-ci[bot]: check skipped 'lint" + suite + run);
  EXPECT_EQ(read("check_suite.completed"),
            "shop 2026-11-14T21:29:50Z bob-k: check failed 'suite: github-actions (suite 30550077)' "
            "4f2a9c1be7d05836aa1c94e2f7b3d8610c5e9f47 [] seq 1794691790 on [hotfix/checkout-500] sums up");
  EXPECT_EQ(read("check_suite.queued"), "ignored: the check suite is not completed");
  EXPECT_EQ(
      read("status.failure"),
      "shop 2026-11-14T21:28:00Z acme-ci[bot]: check failed 'jenkins/build' "
      "4f2a9c1be7d05836aa1c94e2f7b3d8610c5e9f47 [https://ci.acme.example/job/4] seq 28800999 on [hotfix/checkout-500]");
  EXPECT_EQ(read("status.pending"),
            "shop 2026-11-14T21:26:00Z acme-ci[bot]: check pending 'jenkins/build' "
            "4f2a9c1be7d05836aa1c94e2f7b3d8610c5e9f47 [] seq 28800998 on []");
  EXPECT_EQ(read("workflow_run.success"),
            "shop 2026-11-14T21:29:51Z bob-k: check passed 'workflow: CI (pull_request, run 9911)' "
            "4f2a9c1be7d05836aa1c94e2f7b3d8610c5e9f47 [https://github.com/Acme/Shop/actions/runs/9911] seq 9911002 on "
            "[hotfix/checkout-500] sums up");
  EXPECT_EQ(read("workflow_run.completed_but_queued"),
            "shop 2026-11-14T21:29:51Z bob-k: check pending 'workflow: CI (pull_request, run 9911)' "
            "4f2a9c1be7d05836aa1c94e2f7b3d8610c5e9f47 [https://github.com/Acme/Shop/actions/runs/9911] seq 9911002 on "
            "[hotfix/checkout-500] sums up");
}

// The key that the domain tells checks apart by.
std::string context(const std::string& name, const std::vector<std::pair<const char*, json>>& changes) {
  auto body = json::parse(payload(name));
  for (const auto& [pointer, value] : changes) body[json::json_pointer(pointer)] = value;
  const auto decoded = decode(name.substr(0, name.find('.')), body.dump(), shop());
  if (!decoded || decoded->events.empty()) return describe(decoded);
  return std::get<forge::Check>(decoded->events.at(0).fact).context;
}

TEST(Webhook, TheBotsOwnStatusIsIgnored) {
  EXPECT_EQ(with("status.failure", "/context", "hotfixd/merge-back"), "ignored: the bot's own status");
  EXPECT_EQ(with("status.pending", "/context", "hotfixd/anything"), "ignored: the bot's own status");
  EXPECT_EQ(context("status.failure", {{"/context", "hotfixd"}}), "hotfixd");
  EXPECT_EQ(context("status.failure", {{"/context", "ci/hotfixd/x"}}), "ci/hotfixd/x");
}

TEST(Webhook, ASuiteOfNoAppIsIgnored) {
  EXPECT_EQ(with("check_suite.completed", "/check_suite/app", nullptr), "ignored: a check suite of no app");
  EXPECT_EQ(with("check_suite.completed", "/check_suite/app", json::object()), "ignored: a check suite of no app");
  EXPECT_EQ(with("check_suite.completed", "/check_suite/app", "ci"), "problem: check_suite.app is not an object");
}

TEST(Webhook, TheBranchOfACheck) {
  EXPECT_EQ(check_branch("check_run.success", "/check_run/check_suite/head_branch", nullptr), "");  // a fork's
  EXPECT_EQ(check_branch("check_run.success", "/check_run/check_suite", nullptr), "");
  EXPECT_EQ(check_branch("check_suite.completed", "/check_suite/head_branch", nullptr), "");
  EXPECT_EQ(check_branch("workflow_run.success", "/workflow_run/head_branch", "main"), "main");
  EXPECT_EQ(check_branch("workflow_run.success", "/workflow_run/head_branch", nullptr), "");
  EXPECT_EQ(check_branch("status.failure", "/branches", nullptr), "");
  EXPECT_EQ(check_branch("status.failure", "/branches", json::parse(R"([{"name":"main"},{"name":"hotfix/x"}])")), "");
  EXPECT_EQ(check_branch("status.failure", "/branches", json::parse("[{}]")), "");
  EXPECT_EQ(check_branch("status.failure", "/branches", json::parse("[7]")), "");
}

TEST(Webhook, AGreenCheckHidesNoRedOneOfItsName) {
  // Another suite is another check; the same suite run again is the same.
  EXPECT_EQ(context("check_run.success", {{"/check_run/check_suite/id", 30550078}}), "unit tests (suite 30550078)");
  EXPECT_EQ(context("check_run.success", {{"/check_run/id", 36001122399}}), context("check_run.success", {}));
  EXPECT_EQ(context("check_run.success", {{"/check_run/check_suite", nullptr}}), "unit tests");
  EXPECT_NE(context("check_suite.completed", {{"/check_suite/id", 30550078}}), context("check_suite.completed", {}));
  // A workflow that ran for the push and for the pull request, or for two of these.
  EXPECT_EQ(context("workflow_run.success", {{"/workflow_run/event", "push"}, {"/workflow_run/id", 9912}}),
            "workflow: CI (push, run 9912)");
  EXPECT_NE(context("workflow_run.success", {{"/workflow_run/id", 9912}}), context("workflow_run.success", {}));
  EXPECT_EQ(context("workflow_run.success", {{"/workflow_run/run_attempt", 3}}), context("workflow_run.success", {}));
  EXPECT_EQ(context("workflow_run.success", {{"/workflow_run/event", nullptr}}), "workflow: CI (run 9911)");
}

TEST(Webhook, BothRunsOfOneNameMustPass) {
  Hotfix hotfix;
  const auto report = [&](std::uint64_t suite, std::uint64_t id, const char* conclusion) {
    auto body = json::parse(payload("check_run.success"));
    body["check_run"]["check_suite"]["id"] = suite;
    body["check_run"]["id"] = id;
    body["check_run"]["conclusion"] = conclusion;
    const auto check = std::get<forge::Check>(decode("check_run", body.dump(), shop())->events.at(0).fact);
    hotfix.checks[check.sha][check.context].state = check.state;
    return ci_state(hotfix, check.sha, default_policy());
  };
  EXPECT_EQ(report(1, 101, "failure"), CiState::red);  // for the push
  EXPECT_EQ(report(2, 102, "success"), CiState::red);  // for the pull request
  EXPECT_EQ(report(1, 103, "success"), CiState::green) << "the first one, run again";
}

TEST(Webhook, ASuiteRunAgainIsNewerThanWhatItWas) {
  const auto sequence = [](const char* updated_at) {
    auto body = json::parse(payload("check_suite.completed"));
    body["check_suite"]["updated_at"] = updated_at;
    return std::get<forge::Check>(decode("check_suite", body.dump(), shop())->events.at(0).fact).sequence;
  };
  EXPECT_LT(sequence("2026-11-14T21:29:50Z"), sequence("2026-11-14T21:29:51Z"));
}

TEST(Webhook, ChecksOfForksDoNotCount) {
  const json fork = json::parse(R"([{"number":7,"head":{"ref":"hotfix/checkout-500","repo":{"id":666}}}])");
  const json ours =
      json::parse(R"([{"number":7,"head":{"repo":{"id":666}}},{"number":8,"head":{"repo":{"id":71402231}}}])");
  const std::pair<const char*, std::string> kChecks[] = {{"check_run.success", "/check_run/pull_requests"},
                                                         {"check_suite.completed", "/check_suite/pull_requests"},
                                                         {"workflow_run.success", "/workflow_run/pull_requests"}};
  for (const auto& [name, list] : kChecks) {
    SCOPED_TRACE(name);
    EXPECT_EQ(with(name, list.c_str(), fork), "ignored: a check of a fork's branch");
    EXPECT_EQ(with(name, list.c_str(), ours), read(name)) << "one commit may be the head of both";
    EXPECT_EQ(with(name, list.c_str(), json::array()), read(name));
    EXPECT_EQ(with(name, list.c_str(), json::parse(R"([{"head":{"repo":null}},{},{"head":null}])")), read(name));
    EXPECT_EQ(
        with(name, list.c_str(), json::parse(R"([{"head":{"repo":{"id":"x"}}}])")),
        "problem: " + list.substr(1, list.find('/', 1) - 1) + ".pull_requests.head.repo.id is not a whole number");
  }
  const auto* head = "/workflow_run/head_repository";
  EXPECT_EQ(with("workflow_run.success", head, {{"id", 666}, {"full_name", "mallory/shop"}}),
            "ignored: a workflow's run for the fork mallory/shop");
  EXPECT_EQ(with("workflow_run.success", head, {{"full_name", "acme/SHOP"}}), read("workflow_run.success"));
  EXPECT_EQ(with("workflow_run.success", head, nullptr), "ignored: a workflow's run for a fork that is gone");
}

TEST(Webhook, EveryConclusion) {
  const std::pair<const char*, const char*> kStates[] = {
      {"success", "passed"},         {"neutral", "skipped"},     {"skipped", "skipped"},        {"failure", "failed"},
      {"cancelled", "failed"},       {"timed_out", "failed"},    {"action_required", "failed"}, {"stale", "failed"},
      {"startup_failure", "failed"}, {"not known yet", "failed"}};
  auto body = json::parse(payload("check_run.success"));
  for (const auto& [conclusion, state] : kStates) {
    body["check_run"]["conclusion"] = conclusion;
    const auto decoded = decode("check_run", body.dump(), shop());
    ASSERT_TRUE(decoded);
    EXPECT_EQ(to_string(std::get<forge::Check>(decoded->events.at(0).fact).state), state) << conclusion;
  }
}

TEST(Webhook, RefsAndTags) {
  EXPECT_EQ(read("push.forced"),
            "shop 2026-11-14T21:10:07Z bob-k: push refs/heads/hotfix/checkout-500 "
            "[4f2a9c1be7d05836aa1c94e2f7b3d8610c5e9f47]..[b81d3e6f9a2c4075d1e8f3b6a9c2d5e8f1b4a7c0] forced");
  EXPECT_EQ(
      read("push.tag"),
      "shop 2026-11-14T21:10:07Z bob-k: push refs/tags/v2.4.8 []..[b81d3e6f9a2c4075d1e8f3b6a9c2d5e8f1b4a7c0] created");
  EXPECT_EQ(read("push.deleted"),
            "shop 2026-11-14T21:10:07Z bob-k: push refs/heads/hotfix/checkout-500 "
            "[b81d3e6f9a2c4075d1e8f3b6a9c2d5e8f1b4a7c0]..[] deleted");
  // Who pushed, when that is a person.
  const auto who = [](const char* pointer, const json& value) {
    const auto all = with("push.forced", pointer, value);
    return all.substr(26, all.find(": push") - 26) + (all.ends_with(" by a program") ? ", a program" : "");
  };
  EXPECT_EQ(who("/sender/type", "User"), "bob-k");
  EXPECT_EQ(who("/sender", json()), "bob-k") << "pusher.name";
  EXPECT_EQ(who("/sender", {{"login", "renovate[bot]"}, {"type", "Bot"}}), "renovate[bot], a program");
  EXPECT_EQ(who("/sender", {{"login", "acme"}, {"type", "Organization"}}), "acme, a program");
  EXPECT_EQ(who("/sender", {{"login", "ghost"}, {"type", "User"}}), "");
  EXPECT_EQ(read("create.tag"), "shop - carol-m: tag v2.4.8");
  EXPECT_EQ(read("create.branch"), "shop - carol-m: push refs/heads/hotfix/checkout-500 []..[] created");
}

TEST(Webhook, DeploymentsAndReleases) {
  EXPECT_EQ(read("deployment_status.success"),
            "shop 2026-11-14T21:42:30Z acme-ci[bot]: deployment succeeded "
            "v2.4.8@b81d3e6f9a2c4075d1e8f3b6a9c2d5e8f1b4a7c0 to production [https://ci.acme.example/deploy/7001/log]");
  EXPECT_EQ(read("deployment_status.error"),
            "shop 2026-11-14T21:42:31Z acme-ci[bot]: deployment failed "
            "v2.4.8@b81d3e6f9a2c4075d1e8f3b6a9c2d5e8f1b4a7c0 to production [https://ci.acme.example/deploy/7001]");
  EXPECT_EQ(read("deployment_status.inactive"), "ignored: the deployment was replaced by a newer one");
  EXPECT_EQ(read("release.published"),
            "shop 2026-11-14T21:45:00Z carol-m: released v2.4.8 [https://github.com/Acme/Shop/releases/tag/v2.4.8]");
  EXPECT_EQ(read("release.draft"), "ignored: the release is a draft");
}

TEST(Webhook, WhatWeHaveNoUseFor) {
  EXPECT_EQ(read("ping"), "ignored: a ping");
  EXPECT_EQ(read("issues.opened"), "ignored: this kind of event is not used");
  EXPECT_EQ(describe(decode("", "{}", shop())), "ignored: this kind of event is not used");
}

TEST(Webhook, TheRepositoryDecidesWhoseEventItIs) {
  const std::string tag = payload("create.tag");  // of Acme/Shop
  const auto read_as = [&](std::vector<RepositoryPolicy> repositories) {
    return describe(decode("create", tag, policy_for(std::move(repositories))));
  };
  EXPECT_EQ(read_as({{.name = "web", .github = "ACME/SHOP"}}), "web - carol-m: tag v2.4.8");
  EXPECT_EQ(read_as({{.name = "Shop"}}), "Shop - carol-m: tag v2.4.8");
  EXPECT_EQ(read_as({{.name = "shop"}, {.name = "web", .github = "acme/shop"}}), "web - carol-m: tag v2.4.8");
  EXPECT_EQ(read_as({{.name = "shop", .github = "other/shop"}}), "ignored: repository Acme/Shop is not configured");
  EXPECT_EQ(read_as({{.name = "shopping"}}), "ignored: repository Acme/Shop is not configured");
  EXPECT_EQ(read_as({}), "ignored: repository Acme/Shop is not configured");
}

TEST(Webhook, ABodyWithoutRepository) {
  const std::string body = R"({"ref":"v1.0.1","ref_type":"tag"})";
  EXPECT_EQ(describe(decode("create", body, shop())), "shop - : tag v1.0.1");
  EXPECT_EQ(describe(decode("create", body, policy_for({{.name = "a"}, {.name = "b"}}))),
            "ignored: it names no repository and 2 are configured");
  EXPECT_EQ(describe(decode("create", body, policy_for({}))), "ignored: it names no repository and 0 are configured");
}

TEST(Webhook, WhatIsWrongIsNamed) {
  EXPECT_EQ(with("pull_request.opened", "/pull_request", 7), "problem: pull_request is not an object");
  EXPECT_EQ(with("pull_request.opened", "/pull_request/head", json::array()),
            "problem: pull_request.head is not an object");
  EXPECT_EQ(with("pull_request.opened", "/pull_request/head/ref", nullptr),
            "problem: pull_request.head.ref is missing");
  EXPECT_EQ(with("pull_request.opened", "/pull_request/number", -1),
            "problem: pull_request.number is not a whole number");
  EXPECT_EQ(with("pull_request.opened", "/pull_request/number", "4821"),
            "problem: pull_request.number is not a whole number");
  EXPECT_EQ(with("pull_request.opened", "/pull_request/number", 1e300),
            "problem: pull_request.number is not a whole number");
  EXPECT_EQ(with("pull_request.opened", "/pull_request/merged", "yes"),
            "problem: pull_request.merged is not true or false");
  EXPECT_EQ(with("pull_request.opened", "/pull_request/created_at", "yesterday"),
            "problem: pull_request.created_at is not a time");
  EXPECT_EQ(with("pull_request.opened", "/pull_request/head/sha", "main; rm -rf"),
            "problem: pull_request.head.sha is not an object name");
  EXPECT_EQ(with("pull_request.opened", "/repository", "acme/shop"), "problem: repository is not an object");
  EXPECT_EQ(with("pull_request.opened", "/repository/full_name", 1), "problem: repository.full_name is not text");
  EXPECT_EQ(with("pull_request_review.approved", "/review/state", json()), "problem: review.state is missing");
  EXPECT_EQ(with("pull_request_review.approved", "/review/state", "pending"),
            "ignored: a review that is pending says nothing yet");
  EXPECT_EQ(with("pull_request_review.approved", "/review/user", json()), "ignored: the reviewer's account is gone");
  EXPECT_EQ(with("check_run.success", "/check_run/name", ""), "problem: check_run.name is empty");
  EXPECT_EQ(with("check_run.success", "/check_run/name", std::string(2000, 'x')),
            "problem: check_run.name is too long");
  EXPECT_EQ(with("check_run.success", "/check_run/head_sha", std::string(40, '0')),
            "problem: check_run.head_sha is missing");
  EXPECT_EQ(with("workflow_run.success", "/workflow_run/id", 18446744073709551615U),
            "problem: workflow_run.id is too large");
  EXPECT_EQ(with("status.failure", "/state", "odd"), "problem: state is none of pending, success, failure and error");
  EXPECT_EQ(with("status.failure", "/branches", "main"), "problem: branches is not a list");
  EXPECT_EQ(with("status.failure", "/branches/0/name", 7), "problem: branches.name is not text");
  EXPECT_EQ(with("pull_request.opened", "/pull_request/head/repo", "acme/shop"),
            "problem: pull_request.head.repo is not an object");
  EXPECT_EQ(with("push.forced", "/ref", "main"), "problem: ref is not a full ref name");
  EXPECT_EQ(with("push.forced", "/repository/pushed_at", 1e12), "problem: repository.pushed_at is not a whole number");
  EXPECT_EQ(with("push.forced", "/repository/pushed_at", 999999999999U), "problem: repository.pushed_at is not a time");
  EXPECT_EQ(with("deployment_status.success", "/deployment/ref", true), "problem: deployment.ref is not text");
  EXPECT_EQ(with("release.published", "/release/tag_name", json()), "problem: release.tag_name is missing");
}

TEST(Webhook, WhatIsNoJsonIsSaid) {
  const auto read_body = [](const std::string& body) { return describe(decode("push", body, shop())); };
  for (const auto* body : {"", "hello", "{", "{\"a\":1}}", "{\"a\":\"\xff\"}", "\xef\xbb", "{\"a\":NaN}"}) {
    EXPECT_EQ(read_body(body), "problem: the body is not JSON") << body;
  }
  for (const auto* body : {"[]", "null", "1", "\"text\""}) {
    EXPECT_EQ(read_body(body), "problem: the body is not a JSON object") << body;
  }
  EXPECT_EQ(read_body("{\"id\":1e999}"), "problem: the body is not JSON");
}

TEST(Webhook, SizesAreLimited) {
  const auto read_body = [](const std::string& body) { return describe(decode("push", body, shop())); };
  std::string deep = "{\"a\":";
  for (int i = 0; i < 1'000'000; ++i) deep += '[';
  EXPECT_EQ(read_body(deep), "problem: the JSON is nested too deeply");
  std::string brackets_in_text = payload("push.forced");
  brackets_in_text.insert(1, "\"x\":\"" + std::string(1000, '[') + "\\\"" + std::string(1000, '{') + "\",");
  EXPECT_EQ(read_body(brackets_in_text), read("push.forced"));
  std::string many = "{\"a\":[0";
  for (std::size_t i = 0; i < kValueLimit; ++i) many += ",0";
  EXPECT_EQ(read_body(many + "]}"), "problem: the JSON has too many values");
  EXPECT_EQ(read_body(std::string(kPayloadLimit + 1, ' ')), "problem: the body is larger than 25 MB");

  std::string largest = payload("push.forced");  // exactly at the limit it is read
  largest.insert(1, "\"x\":\"\",");
  largest.insert(6, std::string(kPayloadLimit - largest.size(), 'x'));
  ASSERT_EQ(largest.size(), kPayloadLimit);
  EXPECT_EQ(read_body(largest), read("push.forced"));
}

TEST(Webhook, LongTitlesAreCutBetweenCharacters) {
  auto body = json::parse(payload("pull_request.opened"));
  std::string title = "x";
  for (int i = 0; i < 400; ++i) title += "ü";
  body["pull_request"]["title"] = title;
  const auto decoded = decode("pull_request", body.dump(), shop());
  ASSERT_TRUE(decoded);
  EXPECT_EQ(std::get<forge::PullRequest>(decoded->events.at(0).fact).title, title.substr(0, 299));
}

// Replays and people write short bodies: what is not needed may be left out.
TEST(Webhook, ShortBodies) {
  EXPECT_EQ(
      describe(decode("check_run",
                      fmt::format(R"({{"check_run":{{"name":"ci","head_sha":"{}","conclusion":"success"}}}})", kHead),
                      shop())),
      fmt::format("shop - : check passed 'ci' {} [] seq 0 on []", kHead));
  EXPECT_EQ(
      describe(decode("pull_request",
                      R"({"pull_request":{"number":1,"head":{"ref":"hotfix/x"},"base":{"ref":"main"}}})", shop())),
      "shop - : pull request updated #1 ''  hotfix/x@ -> main landing [] by ");
  EXPECT_EQ(
      describe(decode("check_run", fmt::format(R"({{"check_run":{{"name":"ci","head_sha":"{}"}}}})", kHead), shop())),
      "problem: check_run.status is missing");
}

}  // namespace
}  // namespace hotfixd::github
