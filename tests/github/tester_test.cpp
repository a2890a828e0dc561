// Testing a line by GitHub, against a GitHub of our own: a workflow that is dispatched there, and what CI reported.
#include "integrations/github/tester.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bot/domain/zone.hpp"
#include "tests/github/fake_github.hpp"

namespace hotfixd::github {
namespace {

using nlohmann::json;
using State = RegressionTestView::State;
using ::testing::HasSubstr;

constexpr auto kSha = "82cda02aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
constexpr auto kElsewhere = "99cda02aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
constexpr auto kDispatch = "POST /repos/acme/shop/actions/workflows/fix.yml/dispatches";
constexpr auto kRuns =
    "GET /repos/acme/shop/actions/workflows/fix.yml/runs?event=workflow_dispatch&branch=release%2F2.5&per_page=50";
constexpr auto kRun = "GET /repos/acme/shop/actions/runs/4711";
const std::string kCommit = fmt::format("GET /repos/acme/shop/commits/{}", kSha);
const std::string kChecks = kCommit + "/check-runs?check_name=regression%20%2F%20cart&per_page=100";
const std::string kStatuses = kCommit + "/status?per_page=100";

class ManualClock final : public Clock {
 public:
  Time now() const override { return now_; }
  void set(std::string_view time) { now_ = parse_rfc3339(time).value(); }

 private:
  Time now_{};
};

effect::StartRegressionTest order() {
  return {"HF-7-T9-17", "shop", "release/2.5", kSha, "v2.4.8", "HF-7", parse_rfc3339("2026-11-14T21:43:00Z").value()};
}
effect::FollowRegressionTest following(std::string id) {
  return {order().key, "shop", "release/2.5", kSha, std::move(id), {}};
}

json run(std::string status, json conclusion = nullptr, std::string sha = kSha, std::string title = "fix") {
  return {{"id", 4711},
          {"display_title", std::move(title)},
          {"event", "workflow_dispatch"},
          {"created_at", "2026-11-14T21:42:58Z"},
          {"head_branch", "release/2.5"},
          {"head_sha", std::move(sha)},
          {"status", std::move(status)},
          {"conclusion", std::move(conclusion)},
          {"html_url", "https://github.com/acme/shop/actions/runs/4711"}};
}

json check(std::string status, json conclusion = nullptr) {
  return {{"id", 5},
          {"name", "regression / cart"},
          {"status", std::move(status)},
          {"conclusion", std::move(conclusion)},
          {"html_url", "https://github.com/acme/shop/runs/5"},
          {"output", {{"title", nullptr}}}};
}

class GithubTester : public ::testing::Test {
 protected:
  GithubTester() {
    clock_.set("2026-11-14T21:43:01Z");
    github_.well_set_up();
    http_ = net::create_http_client({}).value();
    ApiOptions options;
    options.url = github_.url();
    options.token = "ghp_good";
    api_ = create_api(*http_, clock_, options);
  }
  std::unique_ptr<RegressionTester> workflow(std::vector<std::string> inputs = {"sha", "target", "hotfix", "incident",
                                                                                "key"}) {
    return create_workflow_tester(*api_, clock_, "acme/shop", {.file = "fix.yml", .inputs = std::move(inputs)});
  }
  RegressionTestView reported(std::vector<json> checks, std::vector<json> statuses) {
    github_.on(kChecks, {200, {{"total_count", checks.size()}, {"check_runs", checks}}, {}, {}});
    github_.on(kStatuses, {200, {{"state", "pending"}, {"statuses", statuses}}, {}, {}});
    const auto tester = create_check_tester(*api_, "acme/shop", "regression / cart");
    const auto started = tester->start(order());
    EXPECT_TRUE(started);
    const auto view = tester->follow(following(started->id));
    EXPECT_TRUE(view) << view.error().what;
    return view.value_or(RegressionTestView{});
  }
  json sent() const {
    json body;
    for (const auto& one : github_.asked())
      if (one.call == kDispatch) body = json::parse(one.body);
    return body;
  }

  ManualClock clock_;
  test::FakeGithub github_;
  std::unique_ptr<net::HttpClient> http_;
  std::unique_ptr<Api> api_;
};

TEST_F(GithubTester, AWorkflowIsDispatchedAtTheLineWithWhatItShallTest) {
  github_.on(
      kDispatch,
      {200, {{"workflow_run_id", 4711}, {"html_url", "https://github.com/acme/shop/actions/runs/4711"}}, {}, {}});
  const auto started = workflow()->start(order());
  ASSERT_TRUE(started) << started.error().what;
  EXPECT_EQ(started->id, "4711");
  EXPECT_EQ(started->url, "https://github.com/acme/shop/actions/runs/4711");
  EXPECT_EQ(sent(), (json{{"ref", "release/2.5"},
                          {"inputs",
                           {{"sha", kSha},
                            {"target", "release/2.5"},
                            {"hotfix", "v2.4.8"},
                            {"incident", "HF-7"},
                            {"key", "HF-7-T9-17"}}},
                          {"return_run_details", true}}));
  ASSERT_TRUE(workflow({"sha"})->start(order()));
  EXPECT_EQ(sent().at("inputs"), (json{{"sha", kSha}}));
}

TEST_F(GithubTester, ALineWithoutTheWorkflowSaysWhatItNeeds) {
  github_.on(kDispatch, {422, {{"message", "Unexpected inputs provided: [\"hotfix\"]"}}, {}, {}});
  const auto started = workflow({"sha", "hotfix"})->start(order());
  ASSERT_FALSE(started);
  EXPECT_FALSE(started.error().retryable());
  EXPECT_EQ(started.error().mend, "fix.yml on release/2.5 needs on: workflow_dispatch with the inputs sha, hotfix");
}

TEST_F(GithubTester, ARunIsFoundAgainByItsTimeOrForCertainByItsKey) {
  github_.on(kRuns, {200, {{"workflow_runs", json::array()}}, {}, {}});
  const auto early = workflow()->find(order());
  ASSERT_FALSE(early);
  EXPECT_EQ(early.error().kind, Problem::Kind::rate_limited) << "it may not be listed yet";
  clock_.set("2026-11-14T21:45:00Z");
  EXPECT_FALSE(*workflow()->find(order()));
  github_.on(kRuns, {200, {{"workflow_runs", {run("queued", nullptr, kElsewhere)}}}, {}, {}});
  EXPECT_EQ((*workflow()->find(order()))->id, "4711") << "the line may have moved on";
  github_.on(kRuns, {200, {{"workflow_runs", {run("queued", nullptr, kSha, "test HF-7-T3-9")}}}, {}, {}});
  EXPECT_FALSE(*workflow()->find(order())) << "that is another order's";
}

TEST_F(GithubTester, ARunsConclusionSaysWhetherTheFixWorksOrNothing) {
  github_.on("GET /repos/acme/shop/actions/runs/4711/jobs?per_page=100",
             {200,
              {{"jobs",
                {{{"name", "cart"},
                  {"conclusion", "failure"},
                  {"steps", {{{"name", "pytest"}, {"conclusion", "failure"}}}}}}}},
              {},
              {}});
  const auto view = [&](json answer, std::vector<std::string> inputs = {"sha"}) {
    github_.on(kRun, {200, std::move(answer), {}, {}});
    const auto seen = workflow(std::move(inputs))->follow(following("4711"));
    EXPECT_TRUE(seen) << seen.error().what;
    return seen.value_or(RegressionTestView{});
  };
  EXPECT_EQ(view(run("in_progress")).state, State::running);
  EXPECT_EQ(view(run("completed", "success")).state, State::passed);
  const auto failed = view(run("completed", "failure"));
  EXPECT_EQ(failed.state, State::failed);
  EXPECT_EQ(failed.step, "cart / pytest");
  EXPECT_EQ(failed.url, "https://github.com/acme/shop/actions/runs/4711");
  EXPECT_EQ(view(run("completed", "cancelled")).state, State::not_run);
  // Told the commit, the workflow checks it out; else the run was of whatever the line was on.
  EXPECT_EQ(view(run("completed", "success", kElsewhere)).state, State::passed);
  const auto other = view(run("completed", "success", kElsewhere), {"target"});
  EXPECT_EQ(other.state, State::not_run);
  EXPECT_EQ(other.step, "release/2.5 moved on: the run was of 99cda02");
}

TEST_F(GithubTester, ACheckOfThatNameIsReadAndNothingIsBegun) {
  EXPECT_EQ(reported({}, {}).state, State::running) << "it has not reported";
  EXPECT_EQ(reported({check("in_progress")}, {}).state, State::running);
  const auto passed = reported({check("completed", "success")}, {});
  EXPECT_EQ(passed.state, State::passed);
  EXPECT_EQ(passed.url, "https://github.com/acme/shop/runs/5");
  const auto skipped = reported({check("completed", "skipped")}, {});
  EXPECT_EQ(skipped.state, State::not_run);
  EXPECT_EQ(skipped.step, "regression / cart was skipped");
  const json status{{"context", "regression / cart"},
                    {"state", "failure"},
                    {"description", "3 of 40 carts"},
                    {"target_url", "https://ci.example.com/9"}};
  const auto failed = reported({check("completed", "success")}, {status});
  EXPECT_EQ(failed.state, State::failed);
  EXPECT_EQ(failed.step, "3 of 40 carts");
  EXPECT_EQ(failed.url, "https://ci.example.com/9");
  const json other{{"context", "lint"}, {"state", "failure"}, {"description", ""}, {"target_url", nullptr}};
  EXPECT_EQ(reported({check("completed", "success")}, {other}).state, State::passed);
  EXPECT_EQ(github_.asked(kDispatch), 0);
}

}  // namespace
}  // namespace hotfixd::github
