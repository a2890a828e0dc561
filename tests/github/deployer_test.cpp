// Deploying by GitHub, against a GitHub of our own: dispatches, deployments, what is recognised and what is told.
#include "integrations/github/deployer.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bot/domain/zone.hpp"
#include "tests/github/fake_github.hpp"

namespace hotfixd::github {
namespace {

using nlohmann::json;
using State = DeploymentView::State;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr auto kSha = "82cda02aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
constexpr auto kCommit = "GET /repos/acme/shop/commits/tags%2Fv2.4.8";
constexpr auto kDispatch = "POST /repos/acme/shop/actions/workflows/deploy.yml/dispatches";
constexpr auto kRuns =
    "GET /repos/acme/shop/actions/workflows/deploy.yml/runs?event=workflow_dispatch&branch=v2.4.8&per_page=50";
constexpr auto kRunsOfCommit =
    "GET /repos/acme/shop/actions/workflows/deploy.yml/runs?event=workflow_dispatch&branch=v2.4.8&per_page=50&head_sha="
    "82cda02aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
constexpr auto kDeployments = "POST /repos/acme/shop/deployments";
constexpr auto kProduction = "GET /repos/acme/shop/deployments?environment=production&per_page=30";

class ManualClock final : public Clock {
 public:
  Time now() const override { return now_; }
  void set(std::string_view time) { now_ = parse_rfc3339(time).value(); }

 private:
  Time now_{};
};

effect::Deploy order() {
  return {"HF-7-D2-17", "shop", "v2.4.8", kSha, "production", false, parse_rfc3339("2026-11-14T21:43:00Z").value()};
}

json run(int id, std::string title, std::string status = "queued", json conclusion = nullptr) {
  return {{"id", id},
          {"display_title", std::move(title)},
          {"event", "workflow_dispatch"},
          {"created_at", "2026-11-14T21:42:58Z"},  // GitHub's clock is a little behind
          {"head_branch", "v2.4.8"},
          {"head_sha", kSha},
          {"status", std::move(status)},
          {"conclusion", std::move(conclusion)},
          {"html_url", fmt::format("https://github.com/acme/shop/actions/runs/{}", id)}};
}

class GithubDeployer : public ::testing::Test {
 protected:
  GithubDeployer() {
    clock_.set("2026-11-14T21:43:01Z");
    github_.well_set_up();
    github_.on(kCommit, {200, {{"sha", kSha}}, {}, {}});
    http_ = net::create_http_client({}).value();
    ApiOptions options;
    options.url = github_.url();
    options.token = "ghp_good";
    api_ = create_api(*http_, clock_, options);
  }

  std::unique_ptr<Deployer> workflow(std::string key_input = {}) {
    return create_workflow_deployer(*api_, clock_, "acme/shop",
                                    {.file = "deploy.yml", .key_input = std::move(key_input)});
  }
  std::unique_ptr<Deployer> deployments() { return create_deployments_deployer(*api_, "acme/shop"); }
  effect::FollowDeployment following(std::string id) const {
    return {order().key, "shop", "v2.4.8", "production", std::move(id), {}};
  }
  json sent(const std::string& call) const {
    json body;
    for (const auto& one : github_.asked())
      if (one.call == call) body = json::parse(one.body);
    return body;
  }

  ManualClock clock_;
  test::FakeGithub github_;
  std::unique_ptr<net::HttpClient> http_;
  std::unique_ptr<Api> api_;
};

TEST_F(GithubDeployer, AWorkflowIsDispatchedAtTheTagAndItsRunIsNamed) {
  github_.on(kDispatch, {200,
                         {{"workflow_run_id", 4711},
                          {"run_url", "https://api.github.com/repos/acme/shop/actions/runs/4711"},
                          {"html_url", "https://github.com/acme/shop/actions/runs/4711"}},
                         {},
                         {}});
  const auto started = workflow("order")->start(order());
  ASSERT_TRUE(started) << started.error().what;
  EXPECT_EQ(started->id, "4711");
  EXPECT_EQ(started->url, "https://github.com/acme/shop/actions/runs/4711");
  EXPECT_TRUE(started->followed);
  EXPECT_EQ(sent(kDispatch),
            (json{{"ref", "v2.4.8"},
                  {"inputs", {{"version", "v2.4.8"}, {"environment", "production"}, {"order", "HF-7-D2-17"}}},
                  {"return_run_details", true}}));
}

TEST_F(GithubDeployer, A204IsFollowedByFindingTheRun) {
  github_.on(kDispatch, {204, nullptr, {}, {}});
  const auto started = workflow()->start(order());
  ASSERT_TRUE(started) << started.error().what;
  github_.next(kRuns, {200, {{"total_count", 0}, {"workflow_runs", json::array()}}, {}, {}});
  auto view = workflow()->follow(following(started->id));
  ASSERT_TRUE(view) << view.error().what;
  EXPECT_EQ(view->state, State::running) << "it is not listed yet";
  github_.on(kRuns, {200, {{"workflow_runs", json::array({run(12, "Deploy")})}}, {}, {}});
  github_.on("GET /repos/acme/shop/actions/runs/12", {200, run(12, "Deploy", "completed", "success"), {}, {}});
  view = workflow()->follow(following(started->id));
  ASSERT_TRUE(view) << view.error().what;
  EXPECT_EQ(view->state, State::succeeded);
  EXPECT_EQ(view->url, "https://github.com/acme/shop/actions/runs/12");
}

TEST_F(GithubDeployer, AnOlderServerIsAskedWithoutRunDetails) {
  github_.next(kDispatch, {422, {{"message", "\"return_run_details\" is not a permitted key"}}, {}, {}});
  github_.on(kDispatch, {204, nullptr, {}, {}});
  EXPECT_TRUE(workflow()->start(order()));
  EXPECT_EQ(github_.asked(kDispatch), 2);
  EXPECT_FALSE(sent(kDispatch).contains("return_run_details"));
}

TEST_F(GithubDeployer, ATagThatMovedIsNotDeployed) {
  github_.on(kCommit, {200, {{"sha", "bad0bad0aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}}, {}, {}});
  for (const auto& means : {workflow(), deployments()}) {
    const auto started = means->start(order());
    ASSERT_FALSE(started);
    EXPECT_EQ(started.error().kind, Problem::Kind::refused);
    EXPECT_EQ(started.error().what, "the tag v2.4.8 moved: GitHub has it on bad0bad, and 82cda02 was meant");
  }
  EXPECT_EQ(github_.asked(kDispatch) + github_.asked(kDeployments), 0);
}

TEST_F(GithubDeployer, WhatTheWorkflowLacksIsSaid) {
  github_.on(kDispatch, {422, {{"message", "Workflow does not have 'workflow_dispatch' trigger"}}, {}, {}});
  const auto started = workflow()->start(order());
  ASSERT_FALSE(started);
  EXPECT_FALSE(started.error().retryable());
  EXPECT_THAT(started.error().what, HasSubstr("Workflow does not have 'workflow_dispatch' trigger"));
  EXPECT_EQ(started.error().mend,
            "the tag's own deploy.yml needs on: workflow_dispatch with the inputs version, environment");
}

TEST_F(GithubDeployer, ItsOwnRunIsRecognised) {
  auto earlier = run(2, "Deploy");
  earlier["created_at"] = "2026-11-14T21:42:00Z";
  struct Case {
    json runs;
    std::string id;  // empty: none
  };
  for (const auto& c : {Case{json::array({run(3, "Deploy"), run(5, "Deploy")}), "5"},
                        Case{json::array({run(3, "Deploy HF-7-D2-17"), run(5, "Deploy")}), "3"},
                        Case{json::array({run(5, "Deploy HF-7-D1-16 to staging")}), ""}, Case{json::array({}), ""}}) {
    clock_.set("2026-11-14T21:45:00Z");
    github_.on(kRunsOfCommit, {200, {{"workflow_runs", c.runs}}, {}, {}});
    const auto found = workflow("order")->find(order());
    ASSERT_TRUE(found) << found.error().what;
    EXPECT_EQ(*found ? (*found)->id : "", c.id);
  }
  clock_.set("2026-11-14T21:43:30Z");  // an empty list says nothing so soon after
  const auto soon = workflow()->find(order());
  ASSERT_FALSE(soon);
  EXPECT_EQ(soon.error().kind, Problem::Kind::rate_limited);
  EXPECT_EQ(soon.error().retry_after, Seconds{10});
}

TEST_F(GithubDeployer, ARunIsToldWithTheStepThatFailed) {
  github_.on("GET /repos/acme/shop/actions/runs/12", {200, run(12, "Deploy", "in_progress"), {}, {}});
  EXPECT_EQ(workflow()->follow(following("12"))->state, State::running);
  github_.on("GET /repos/acme/shop/actions/runs/12", {200, run(12, "Deploy", "completed", "failure"), {}, {}});
  github_.on("GET /repos/acme/shop/actions/runs/12/jobs?per_page=100",
             {200,
              {{"jobs", json::array({{{"name", "build"}, {"conclusion", "success"}, {"steps", json::array()}},
                                     {{"name", "deploy"},
                                      {"conclusion", "failure"},
                                      {"steps", json::array({{{"name", "checkout"}, {"conclusion", "success"}},
                                                             {{"name", "migrate"}, {"conclusion", "failure"}}})}}})}},
              {},
              {}});
  auto view = workflow()->follow(following("12"));
  ASSERT_TRUE(view) << view.error().what;
  EXPECT_EQ(view->state, State::failed);
  EXPECT_EQ(view->step, "deploy / migrate");
  github_.on("GET /repos/acme/shop/actions/runs/12", {200, run(12, "Deploy", "completed", "cancelled"), {}, {}});
  github_.on("GET /repos/acme/shop/actions/runs/12/jobs?per_page=100", {403, {{"message", "no"}}, {}, {}});
  EXPECT_EQ(workflow()->follow(following("12"))->step, "the run ended: cancelled");
  github_.on("GET /repos/acme/shop/actions/runs/12", {404, {{"message", "Not Found"}}, {}, {}});
  EXPECT_EQ(workflow()->follow(following("12")).error().kind, Problem::Kind::not_found);
}

TEST_F(GithubDeployer, ADeploymentMergesNothingAndCarriesItsKey) {
  github_.on(kDeployments, {201, {{"id", 42}, {"sha", kSha}, {"ref", "v2.4.8"}}, {}, {}});
  const auto started = deployments()->start(order());
  ASSERT_TRUE(started) << started.error().what;
  EXPECT_EQ(started->id, "42");
  EXPECT_EQ(sent(kDeployments), (json{{"ref", "v2.4.8"},
                                      {"task", "deploy"},
                                      {"auto_merge", false},
                                      {"required_contexts", json::array()},
                                      {"payload", {{"hotfixd", "HF-7-D2-17"}}},
                                      {"environment", "production"},
                                      {"description", "v2.4.8 (HF-7-D2-17)"}}));
}

TEST_F(GithubDeployer, WhatIsNoDeploymentIsRefused) {
  github_.next(kDeployments, {202, {{"message", "Auto-merged main into v2.4.8 on deployment."}}, {}, {}});
  auto started = deployments()->start(order());
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().kind, Problem::Kind::refused);
  EXPECT_THAT(started.error().what, HasSubstr("Auto-merged main into v2.4.8"));
  github_.next(kDeployments, {409, {{"message", "Conflict: Commit status checks failed for v2.4.8."}}, {}, {}});
  started = deployments()->start(order());
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().kind, Problem::Kind::refused);
  EXPECT_THAT(started.error().what, HasSubstr("Commit status checks failed"));
  github_.next(kDeployments, {201, {{"id", 43}, {"sha", "bad0bad0aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}}, {}, {}});
  started = deployments()->start(order());
  ASSERT_FALSE(started);
  EXPECT_THAT(started.error().what, HasSubstr("deployment 43 of bad0bad, and 82cda02 was meant"));
  github_.next(kDeployments, {502, nullptr, {}, "oops"});
  started = deployments()->start(order());
  ASSERT_FALSE(started);
  EXPECT_TRUE(started.error().retryable()) << "it may have arrived";
  github_.next(kDeployments,
               {429, {{"message", "You have exceeded a secondary rate limit"}}, {{"Retry-After", "30"}}, {}});
  started = deployments()->start(order());
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().kind, Problem::Kind::rate_limited);
  EXPECT_EQ(started.error().retry_after, Seconds{30});
}

TEST_F(GithubDeployer, ItsOwnDeploymentIsRecognisedByItsPayload) {
  const auto call = "GET /repos/acme/shop/deployments?ref=v2.4.8&environment=production&per_page=100";
  const json other{{"id", 9}, {"payload", {{"hotfixd", "HF-7-D1-16"}}}};
  github_.on(call,
             {200, json::array({other, {{"id", 8}, {"payload", "x"}}, {{"id", 7}, {"payload", nullptr}}}), {}, {}});
  EXPECT_FALSE(deployments()->find(order()).value());
  for (const json& payload : {json{{"hotfixd", "HF-7-D2-17"}}, json(R"({"hotfixd":"HF-7-D2-17"})")}) {
    github_.on(call, {200, json::array({other, {{"id", 42}, {"payload", payload}}}), {}, {}});
    const auto found = deployments()->find(order());
    ASSERT_TRUE(found && *found);
    EXPECT_EQ((*found)->id, "42");
  }
}

TEST_F(GithubDeployer, ADeploymentsNewestStatusIsItsState) {
  struct Case {
    std::vector<std::pair<std::string, std::string>> statuses;  // oldest first: state, description
    State state;
    std::string step;
  };
  for (const auto& c :
       {Case{{}, State::running, ""}, Case{{{"queued", ""}, {"in_progress", ""}}, State::running, ""},
        Case{{{"in_progress", ""}, {"success", ""}}, State::succeeded, ""},
        Case{{{"success", ""}, {"inactive", ""}}, State::succeeded, ""},
        Case{{{"in_progress", ""}, {"inactive", ""}}, State::failed, "another deployment took its place"},
        Case{{{"failure", "migrate failed"}}, State::failed, "migrate failed"},
        Case{{{"error", ""}}, State::failed, "error"}}) {
    json list = json::array();
    int id = 0;
    for (const auto& [state, description] : c.statuses)
      list.push_back({{"id", ++id}, {"state", state}, {"description", description}, {"log_url", "https://log"}});
    github_.on("GET /repos/acme/shop/deployments/42/statuses?per_page=100", {200, list, {}, {}});
    const auto view = deployments()->follow(following("42"));
    ASSERT_TRUE(view) << view.error().what;
    EXPECT_EQ(view->state, c.state);
    EXPECT_EQ(view->step, c.step);
    EXPECT_EQ(view->url, c.statuses.empty() ? "" : "https://log");
  }
}

TEST_F(GithubDeployer, WhatIsThereIsTheNewestThatSucceeded) {
  const auto deployment = [](int id, std::string ref, char digit) {
    return json{{"id", id}, {"ref", std::move(ref)}, {"sha", std::string(40, digit)}, {"environment", "production"}};
  };
  const auto status = [&](int id, const std::vector<std::string>& states) {
    json list = json::array();
    for (std::size_t n = 0; n < states.size(); ++n)
      list.push_back({{"id", n + 1}, {"state", states[n]}, {"created_at", "2026-11-14T18:05:00Z"}});
    github_.on(fmt::format("GET /repos/acme/shop/deployments/{}/statuses?per_page=100", id), {200, list, {}, {}});
  };
  github_.on(kProduction,
             {200,
              json::array({deployment(5, "v2.4.8", '5'), deployment(4, "refs/tags/v2.4.7", '4'),
                           deployment(3, "v2.4.7", '4'), deployment(2, "v2.4.6", '2'), deployment(1, "v2.4.5", '1')}),
              {},
              {}});
  status(5, {"in_progress", "failure"});
  status(4, {"success"});
  status(2, {"success", "inactive"});
  const auto releases = deployments()->releases("production");
  ASSERT_TRUE(releases) << releases.error().what;
  ASSERT_EQ(releases->size(), 2U);
  EXPECT_EQ(releases->at(0).tag, "v2.4.7");
  EXPECT_EQ(releases->at(0).sha, std::string(40, '4'));
  EXPECT_EQ(releases->at(0).at, parse_rfc3339("2026-11-14T18:05:00Z").value());
  EXPECT_EQ(releases->at(1).tag, "v2.4.6");
  EXPECT_EQ(github_.asked("GET /repos/acme/shop/deployments/3/statuses?per_page=100"), 0) << "the same version again";

  github_.on(kProduction, {200, json::array(), {}, {}});
  EXPECT_TRUE(workflow()->releases("production")->empty()) << "then somebody else has to tell";
  github_.on(kProduction, {403, {{"message", "Resource not accessible by integration"}}, {}, {}});
  EXPECT_EQ(workflow()->releases("production").error().kind, Problem::Kind::credentials);
}

}  // namespace
}  // namespace hotfixd::github
