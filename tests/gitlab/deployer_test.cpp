// Deploying by GitLab, against a GitLab of our own: jobs of the tag's pipeline, pipelines that are started, what is
// recognised and what is told.
#include "integrations/gitlab/deployer.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bot/domain/zone.hpp"
#include "integrations/gitlab/deployments.hpp"
#include "tests/gitlab/clock.hpp"
#include "tests/gitlab/fake_gitlab.hpp"

namespace hotfixd::gitlab {
namespace {

using nlohmann::json;
using State = DeploymentView::State;
using test::Reply;
using ::testing::HasSubstr;

constexpr auto kSha = "82cda02aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
constexpr auto kElsewhere = "99cda02aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const std::string kTag = "GET /projects/15/repository/tags/v2.4.8";
const std::string kStart = "POST /projects/15/pipeline";
const std::string kPipelines = fmt::format("GET /projects/15/pipelines?ref=v2.4.8&sha={}&order_by=id&sort=desc", kSha);
const std::string kOfTag = kPipelines + "&per_page=20";
const std::string kOfApi =
    fmt::format("GET /projects/15/pipelines?ref=v2.4.8&source=api&sha={}&order_by=id&sort=desc&per_page=20", kSha);
const std::string kSuccesses =
    "GET /projects/15/deployments?environment=production&status=success&order_by=id&sort=desc&per_page=30";
std::string jobs_of(int pipeline) { return fmt::format("GET /projects/15/pipelines/{}/jobs?per_page=100", pipeline); }
std::string page(std::string_view kind, int id) {
  return fmt::format("https://gitlab.example.com/acme/web/shop/-/{}/{}", kind, id);
}

Reply ok(json body) { return {200, std::move(body), {}, {}}; }

effect::Deploy order(std::string environment = "production") {
  return {"HF-7-D2-17",
          "shop",
          "v2.4.8",
          kSha,
          std::move(environment),
          false,
          parse_rfc3339("2026-11-14T21:43:00Z").value()};
}
effect::FollowDeployment following(std::string id, std::string environment = "production") {
  return {order().key, "shop", "v2.4.8", std::move(environment), std::move(id), {}};
}

json pipeline(int id, const std::string& status, const std::string& created = "2026-11-14T21:42:58Z") {
  return {{"id", id},         {"sha", kSha},           {"ref", "v2.4.8"}, {"source", "api"},
          {"status", status}, {"created_at", created}, {"name", nullptr}, {"web_url", page("pipelines", id)}};
}

json job(int id, const std::string& name, const std::string& status, const std::string& finished = {}) {
  return {{"id", id},
          {"name", name},
          {"stage", "deploy"},
          {"status", status},
          {"allow_failure", false},
          {"created_at", "2026-11-14T21:40:00Z"},
          {"finished_at", finished.empty() ? json() : json(finished)},
          {"web_url", page("jobs", id)}};
}

json deployment(int id, const std::string& ref, const std::string& sha, const std::string& finished, int pipeline) {
  return {{"id", id},
          {"iid", id},
          {"ref", ref},
          {"sha", sha},
          {"status", "success"},
          {"created_at", "2026-11-14T17:00:00Z"},
          {"updated_at", "2026-11-14T23:00:00Z"},
          {"user", {{"username", "bob-k"}}},
          {"environment", {{"id", 9}, {"name", "production"}}},
          {"deployable",
           {{"id", 600 + id},
            {"finished_at", finished},
            {"web_url", page("jobs", 600 + id)},
            {"pipeline", {{"id", pipeline}}}}}};
}

class GitlabDeployer : public ::testing::Test {
 protected:
  GitlabDeployer() {
    clock_.set("2026-11-14T21:43:01Z");
    gitlab_.well_set_up();
    gitlab_.on(kTag, ok({{"name", "v2.4.8"}, {"commit", {{"id", kSha}}}}));
    gitlab_.on(kOfTag, ok(json::array({pipeline(36, "manual")})));
    gitlab_.on("GET /projects/15/pipelines/36/bridges?per_page=100", ok(json::array()));
    http_ = net::create_http_client({}).value();
    api_ = create_api(*http_, clock_, {.url = gitlab_.url(), .token = "glpat-good"});
  }

  std::unique_ptr<Deployer> pipelines(PipelineOptions options = {}) {
    return create_pipeline_deployer(*api_, clock_, "acme/web/shop", std::move(options));
  }
  std::unique_ptr<Deployer> jobs(std::string name = "deploy-{environment}") {
    return pipelines({.job = std::move(name)});
  }
  // The tag's pipeline has these jobs.
  void has(std::vector<json> all) { gitlab_.on(jobs_of(36), ok(std::move(all))); }
  json sent(const std::string& call) const {
    json body;
    for (const auto& one : gitlab_.asked())
      if (one.call.ends_with(call.substr(call.find('/')))) body = json::parse(one.body);
    return body;
  }
  std::string told(const Result<DeploymentView>& view) const {
    if (!view) return "problem: " + view.error().what;
    const char* const states[] = {"running", "succeeded", "failed"};
    return fmt::format("{} [{}] {}", states[static_cast<int>(view->state)], view->step, view->url);
  }

  test::ManualClock clock_;
  test::FakeGitlab gitlab_;
  std::unique_ptr<net::HttpClient> http_;
  std::unique_ptr<Api> api_;
};

TEST_F(GitlabDeployer, TheManualJobOfTheTagsPipelineIsPlayedAndFollowed) {
  has({job(700, "rspec", "success", "2026-11-14T21:42:00Z"), job(701, "deploy-staging", "manual"),
       job(702, "deploy-production", "manual")});
  gitlab_.on("POST /projects/15/jobs/702/play", ok(job(702, "deploy-production", "pending")));
  const auto started = jobs()->start(order());
  ASSERT_TRUE(started) << started.error().what;
  EXPECT_EQ(started->id, "36");
  EXPECT_EQ(started->url, page("jobs", 702));
  EXPECT_TRUE(started->followed);
  EXPECT_EQ(sent("POST /projects/15/jobs/702/play"), json::object()) << "new projects refuse variables";
  EXPECT_EQ(gitlab_.asked(kStart), 0);
  for (const auto& [status, expected] :
       std::vector<std::pair<std::string, std::string>>{{"pending", "running []"},
                                                        {"running", "running []"},
                                                        {"waiting_for_resource", "running [another deployment to end]"},
                                                        {"success", "succeeded []"},
                                                        {"canceled", "failed [deploy-production was canceled]"}}) {
    has({job(702, "deploy-production", status)});
    EXPECT_EQ(told(jobs()->follow(following("36"))), expected + " " + page("jobs", 702)) << status;
  }
  auto failed = job(702, "deploy-production", "failed", "2026-11-14T21:44:00Z");
  failed["failure_reason"] = "script_failure";
  has({failed});
  EXPECT_EQ(told(jobs()->follow(following("36"))),
            "failed [deploy: deploy-production: script_failure] " + page("jobs", 702));
}

TEST_F(GitlabDeployer, EachEnvironmentHasItsJob) {
  has({job(701, "deploy-staging", "manual"), job(702, "deploy-production", "manual")});
  gitlab_.on("POST /projects/15/jobs/701/play", ok(job(701, "deploy-staging", "pending")));
  const auto started = jobs()->start(order("staging"));
  ASSERT_TRUE(started) << started.error().what;
  EXPECT_EQ(started->url, page("jobs", 701));
  has({job(701, "deploy-staging", "success"), job(702, "deploy-production", "failed")});
  EXPECT_EQ(told(jobs()->follow(following("36", "staging"))), "succeeded [] " + page("jobs", 701));
}

TEST_F(GitlabDeployer, AJobThatWaitsForThoseBeforeItIsPlayedOnceTheyAreDone) {
  has({job(700, "rspec", "running"), job(702, "deploy-production", "created")});
  const auto started = jobs()->start(order());
  ASSERT_TRUE(started) << started.error().what;
  EXPECT_EQ(started->id, "36");
  EXPECT_EQ(told(jobs()->follow(following("36"))), "running [the jobs before it] " + page("jobs", 702));
  has({job(700, "approve", "manual"), job(702, "deploy-production", "created")});
  EXPECT_EQ(told(jobs()->follow(following("36"))), "running [approve to be started by hand] " + page("jobs", 702));
  has({job(700, "approve", "success"), job(702, "deploy-production", "manual")});
  gitlab_.on("POST /projects/15/jobs/702/play", ok(job(702, "deploy-production", "pending")));
  EXPECT_EQ(told(jobs()->follow(following("36"))), "running [] " + page("jobs", 702));
  EXPECT_EQ(gitlab_.asked("POST /projects/15/jobs/702/play"), 1);
  // What was refused meanwhile ends the run.
  gitlab_.on("POST /projects/15/jobs/702/play", test::refusal(403, "403 Forbidden"));
  EXPECT_THAT(told(jobs()->follow(following("36"))),
              HasSubstr("failed [GitLab refuses POST /projects/15/jobs/702/play"));
  gitlab_.on("POST /projects/15/jobs/702/play", test::refusal(503, "later"));
  EXPECT_TRUE(jobs()->follow(following("36")).error().retryable());
}

TEST_F(GitlabDeployer, AnApprovalIsWaitedFor) {
  has({job(702, "deploy-production", "manual")});
  gitlab_.on("POST /projects/15/jobs/702/play", test::refusal(400, "400 Bad request - Unplayable Job"));
  const auto started = jobs()->start(order());
  ASSERT_TRUE(started) << started.error().what;
  EXPECT_EQ(told(jobs()->follow(following("36"))),
            "running [an approval on GitLab, unless it is archived] " + page("jobs", 702));
  gitlab_.on("POST /projects/15/jobs/702/play", ok(job(702, "deploy-production", "pending")));
  EXPECT_EQ(told(jobs()->follow(following("36"))), "running [] " + page("jobs", 702));
}

TEST_F(GitlabDeployer, WhatRunsByItselfIsOnlyFollowed) {
  has({job(702, "deploy-production", "running")});
  const auto started = jobs()->start(order());
  ASSERT_TRUE(started) << started.error().what;
  EXPECT_EQ(started->id, "36");
  for (const auto& call : gitlab_.calls()) EXPECT_THAT(call, ::testing::StartsWith("GET ")) << "nothing is begun";
}

TEST_F(GitlabDeployer, WhatRanBeforeIsRunAgain) {
  has({job(702, "deploy-production", "success", "2026-11-12T10:00:00Z")});
  EXPECT_EQ(jobs()->find(order()).value(), std::nullopt) << "that was before the order";
  gitlab_.on("POST /projects/15/jobs/702/retry", {201, job(711, "deploy-production", "pending"), {}, {}});
  const auto started = jobs()->start(order());
  ASSERT_TRUE(started) << started.error().what;
  EXPECT_EQ(started->url, page("jobs", 711));
}

TEST_F(GitlabDeployer, AnEarlierPlayIsRecognised) {
  for (const std::string held : {"manual", "created", "skipped"}) {
    has({job(702, "deploy-production", held)});
    EXPECT_EQ(jobs()->find(order()).value(), std::nullopt) << held;
  }
  has({job(702, "deploy-production", "pending")});
  ASSERT_TRUE(jobs()->find(order()).value());
  EXPECT_EQ(jobs()->find(order()).value()->id, "36");
  has({job(702, "deploy-production", "failed", "2026-11-14T21:43:40Z")});
  EXPECT_TRUE(jobs()->find(order()).value()) << "it has failed already";
  // Two at once: the other's play is ours.
  gitlab_.next(jobs_of(36), ok(json::array({job(702, "deploy-production", "manual")})));
  gitlab_.on("POST /projects/15/jobs/702/play", test::refusal(400, "400 Bad request - Unplayable Job"));
  has({job(702, "deploy-production", "running")});
  EXPECT_TRUE(jobs()->start(order()));
}

TEST_F(GitlabDeployer, WithoutSuchAJobItIsRefusedAndSaysWhatToDo) {
  gitlab_.on(kOfTag, ok(json::array()));
  auto refused = jobs()->start(order());
  EXPECT_EQ(refused.error().kind, Problem::Kind::rate_limited) << "GitLab makes it some seconds after the tag";
  clock_.set("2026-11-14T21:44:01Z");
  refused = jobs()->start(order());
  EXPECT_EQ(refused.error().kind, Problem::Kind::refused);
  EXPECT_EQ(refused.error().what, "GitLab made no pipeline for v2.4.8");
  EXPECT_EQ(refused.error().mend,
            "let .gitlab-ci.yml run for tags (rules: if: $CI_COMMIT_TAG), or set deploy = \"pipeline\"");
  gitlab_.on(kOfTag, ok(json::array({pipeline(36, "success")})));
  has({job(700, "rspec", "success")});
  EXPECT_EQ(jobs()->start(order()).error().what, "the pipeline of v2.4.8 has no job deploy-production");
  auto failed = job(700, "rspec", "failed");
  failed["stage"] = "test";
  has({failed, job(702, "deploy-production", "skipped")});
  EXPECT_EQ(jobs()->start(order()).error().what, "deploy-production was skipped: test: rspec");
  EXPECT_EQ(told(jobs()->follow(following("36"))),
            "failed [deploy-production was skipped: test: rspec] " + page("jobs", 702));
}

TEST_F(GitlabDeployer, TheJobMayBeInAnOlderPipelineOrStartAnother) {
  gitlab_.on(kOfTag, ok(json::array({pipeline(40, "success"), pipeline(36, "manual")})));
  gitlab_.on(jobs_of(40), ok(json::array({job(800, "nightly", "success")})));
  has({job(700, "rspec", "success")});
  gitlab_.on("GET /projects/15/pipelines/40/bridges?per_page=100", ok(json::array()));
  gitlab_.on("GET /projects/15/pipelines/36/bridges?per_page=100",
             ok(json::array({job(702, "deploy-production", "manual")})));
  gitlab_.on("POST /projects/15/jobs/702/play", ok(job(702, "deploy-production", "pending")));
  const auto started = jobs()->start(order());
  ASSERT_TRUE(started) << started.error().what;
  EXPECT_EQ(started->id, "36");
}

TEST_F(GitlabDeployer, ATagThatMovedIsNotDeployed) {
  gitlab_.on(kTag, ok({{"name", "v2.4.8"}, {"commit", {{"id", kElsewhere}}}}));
  for (const auto& means : {jobs(), pipelines()}) {
    const auto refused = means->start(order());
    EXPECT_EQ(refused.error().what, "the tag v2.4.8 moved: GitLab has it on 99cda02, and 82cda02 was meant");
  }
  EXPECT_EQ(gitlab_.asked(kStart), 0);
}

TEST_F(GitlabDeployer, APipelineIsStartedAtTheTagWithItsVariables) {
  gitlab_.on(kStart, {201, pipeline(57, "created"), {}, {}});
  const auto started = pipelines({.key = "HOTFIXD_ORDER"})->start(order());
  ASSERT_TRUE(started) << started.error().what;
  EXPECT_EQ(started->id, "57");
  EXPECT_EQ(started->url, page("pipelines", 57));
  EXPECT_EQ(sent(kStart), (json{{"ref", "v2.4.8"},
                                {"variables", json::array({{{"key", "version"}, {"value", "v2.4.8"}},
                                                           {{"key", "environment"}, {"value", "production"}},
                                                           {{"key", "HOTFIXD_ORDER"}, {"value", "HF-7-D2-17"}}})}}));
  ASSERT_TRUE(pipelines({.version = "", .environment = "DEPLOY_TO", .as_inputs = true})->start(order()));
  EXPECT_EQ(sent(kStart), (json{{"ref", "v2.4.8"}, {"inputs", {{"DEPLOY_TO", "production"}}}}));
  ASSERT_TRUE(pipelines({.version = "", .environment = ""})->start(order()));
  EXPECT_EQ(sent(kStart), (json{{"ref", "v2.4.8"}}));

  auto elsewhere = pipeline(58, "created");
  elsewhere["sha"] = kElsewhere;
  gitlab_.on(kStart, {201, elsewhere, {}, {}});
  const std::string told = "GitLab made pipeline 58 of 99cda02, and 82cda02 was meant: is a branch called v2.4.8 too?";
  gitlab_.on("POST /projects/15/pipelines/58/cancel", test::refusal(403, "403 Forbidden"));
  const auto running = pipelines()->start(order());
  EXPECT_EQ(running.error().what, told);
  EXPECT_EQ(running.error().mend, "cancel that pipeline by hand, at once");
  gitlab_.on("POST /projects/15/pipelines/58/cancel", ok(pipeline(58, "canceled")));
  EXPECT_EQ(pipelines()->start(order()).error().what, told + " It was cancelled");
}

TEST_F(GitlabDeployer, ItsOwnPipelineIsRecognisedByItsKey) {
  gitlab_.on(kOfApi, ok(json::array({pipeline(59, "running"), pipeline(58, "running"), pipeline(57, "running"),
                                     pipeline(56, "success", "2026-11-14T20:00:00Z")})));
  gitlab_.on("GET /projects/15/pipelines/59/variables", test::refusal(403, "403 Forbidden"));  // somebody else's
  gitlab_.on("GET /projects/15/pipelines/58/variables",
             ok(json::array({{{"key", "HOTFIXD_ORDER"}, {"value", "HF-7-D3-99"}}})));
  gitlab_.on("GET /projects/15/pipelines/57/variables",
             ok(json::array({{{"variable_type", "env_var"}, {"key", "HOTFIXD_ORDER"}, {"value", "HF-7-D2-17"}}})));
  const auto found = pipelines({.key = "HOTFIXD_ORDER"})->find(order());
  ASSERT_TRUE(found && *found);
  EXPECT_EQ((*found)->id, "57");
  EXPECT_EQ(gitlab_.asked("GET /projects/15/pipelines/56/variables"), 0) << "it is older than the order";
  // By its name (workflow: name:), whatever it was told.
  gitlab_.body(kOfApi).at(1)["name"] = "Deploy HF-7-D2-17";
  EXPECT_EQ(pipelines({.key = "HOTFIXD_ORDER"})->find(order()).value()->id, "58");
  // Without a key by tag, commit and time.
  EXPECT_EQ(pipelines()->find(order()).value()->id, "59");
}

TEST_F(GitlabDeployer, AMinuteLongItIsNotKnownWhetherItArrived) {
  gitlab_.on(kOfApi, ok(json::array({pipeline(56, "success", "2026-11-14T20:00:00Z")})));
  const auto young = pipelines()->find(order());
  ASSERT_FALSE(young);
  EXPECT_EQ(young.error().kind, Problem::Kind::rate_limited);
  clock_.set("2026-11-14T21:44:00Z");
  EXPECT_EQ(pipelines()->find(order()).value(), std::nullopt);
}

TEST_F(GitlabDeployer, APipelineIsFollowedToItsEnd) {
  const auto is = [&](const std::string& status) {
    gitlab_.on("GET /projects/15/pipelines/36", ok(pipeline(36, status)));
    return told(pipelines()->follow(following("36")));
  };
  const auto url = page("pipelines", 36);
  EXPECT_EQ(is("running"), "running [] " + url);
  EXPECT_EQ(is("waiting_for_resource"), "running [another deployment to end] " + url);
  has({job(701, "approve", "manual"), job(702, "deploy", "created")});
  EXPECT_EQ(is("manual"), "running [approve to be started by hand] " + url);
  has({job(702, "deploy", "success")});
  EXPECT_EQ(is("success"), "succeeded [] " + url);
  EXPECT_EQ(gitlab_.asked(kSuccesses), 0) << "nothing is left to be started";
  EXPECT_EQ(is("canceled"), "failed [the pipeline was canceled] " + url);
  EXPECT_EQ(is("skipped"), "failed [the pipeline was skipped] " + url);
  auto late = job(705, "smoke", "failed"), may = job(701, "lint", "failed"), first = job(703, "migrate", "failed");
  may["allow_failure"] = true;
  first["failure_reason"] = "runner_system_failure";
  has({late, may, first});
  EXPECT_EQ(is("failed"), "failed [deploy: migrate: runner_system_failure] " + page("jobs", 703));
  // Where none of its own did, the pipeline that one of them started.
  has({job(702, "build", "success")});
  auto bridge = job(704, "deploy-to-k8s", "failed");
  bridge["downstream_pipeline"] = {{"id", 90}, {"web_url", page("pipelines", 90)}};
  gitlab_.on("GET /projects/15/pipelines/36/bridges?per_page=100", ok(json::array({bridge})));
  EXPECT_EQ(is("failed"), "failed [deploy: deploy-to-k8s] " + page("pipelines", 90));
}

TEST_F(GitlabDeployer, APipelineThatPassedWithoutItsManualJobHasDeployedNothing) {
  gitlab_.on("GET /projects/15/pipelines/36", ok(pipeline(36, "success")));
  has({job(701, "build", "success"), job(702, "deploy", "manual"), job(703, "a", "manual"), job(704, "b", "manual"),
       job(705, "c", "manual")});
  gitlab_.on(kSuccesses, ok(json::array({deployment(41, "v2.4.7", kElsewhere, "2026-11-14T18:00:00Z", 30)})));
  EXPECT_EQ(told(pipelines()->follow(following("36"))),
            "running [deploy, a, b and 1 more to be started by hand] " + page("pipelines", 36));
  gitlab_.on(kSuccesses, ok(json::array({deployment(42, "v2.4.8", kSha, "2026-11-14T21:45:00Z", 36)})));
  EXPECT_EQ(told(pipelines()->follow(following("36"))), "succeeded [] " + page("pipelines", 36));
}

TEST_F(GitlabDeployer, ARefusalSaysWhatToMend) {
  struct Case {
    int status;
    json message;
    std::string mend;
  };
  for (const auto& c : std::vector<Case>{
           {400, {{"base", {"Missing CI config file"}}}, "put a .gitlab-ci.yml into the commit"},
           {400, {{"base", {"Insufficient permissions to set pipeline variables"}}}, "lower the minimum role"},
           {400,
            {{"base", {"You do not have sufficient permission to run a pipeline on 'v2.4.8'. Please select …"}}},
            "the tag is protected"},
           {400,
            {{"base", {"Given inputs not defined in the `spec` section of the included configuration file"}}},
            "declare them under spec: inputs:"},
           {400,
            {{"base", {"The resulting pipeline would have been empty. Review the rules configuration."}}},
            "let the rules of the job that deploys take it"},
           {400, {{"base", {"Reference not found"}}}, "look at it on GitLab"},
           {403, "403 Forbidden - Job is not retryable", "it may be archived"},
           {403, "403 Forbidden", "the role Developer, and where the environment"}}) {
    gitlab_.on(kStart, test::refusal(c.status, c.message));
    const auto refused = pipelines()->start(order());
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().mend, HasSubstr(c.mend)) << c.message;
    EXPECT_FALSE(refused.error().retryable());
  }
  gitlab_.on(kStart, test::refusal(502, "bad gateway"));
  EXPECT_TRUE(pipelines()->start(order()).error().retryable()) << "it may have arrived";
}

TEST_F(GitlabDeployer, WhatRanThereIsReadFromDeployments) {
  // A manual job has its number from before: the time of the end tells.
  gitlab_.on(kSuccesses, ok(json::array({deployment(44, "v2.4.6", kElsewhere, "2026-11-14T18:00:00Z", 1),
                                         deployment(43, "v2.4.7", kSha, "2026-11-14T19:00:00Z", 2),
                                         deployment(42, "v2.4.6", kElsewhere, "2026-11-13T18:00:00Z", 3)})));
  for (const auto& means : {jobs(), pipelines()}) {
    const auto releases = means->releases("production");
    ASSERT_TRUE(releases) << releases.error().what;
    ASSERT_EQ(releases->size(), 2U);
    EXPECT_EQ(releases->at(0).tag, "v2.4.7");
    EXPECT_EQ(releases->at(0).at, parse_rfc3339("2026-11-14T19:00:00Z"));
    EXPECT_EQ(releases->at(0).url, page("jobs", 643));
    EXPECT_EQ(releases->at(1).tag, "v2.4.6");
    EXPECT_EQ(releases->at(1).at, parse_rfc3339("2026-11-14T18:00:00Z"));
    EXPECT_EQ(means->teller(), "GitLab's deployments");
  }
  gitlab_.on(kSuccesses, ok(json::array()));
  EXPECT_TRUE(jobs()->releases("production")->empty());
  gitlab_.on(kSuccesses, test::refusal(403, "403 Forbidden"));
  EXPECT_FALSE(jobs()->releases("production"));
}

TEST_F(GitlabDeployer, WhatIsNotGitLabsIsSaidSo) {
  gitlab_.on(kStart, {201, json::array({1}), {}, {}});
  EXPECT_EQ(pipelines()->start(order()).error().what, "GitLab's answer is not as described: a pipeline without id");
  gitlab_.on(kTag, ok({{"name", "v2.4.8"}}));
  EXPECT_EQ(pipelines()->start(order()).error().what, "GitLab's answer is not as described: a tag without commit");
  gitlab_.on(kSuccesses, ok({{"a", 1}}));
  EXPECT_EQ(pipelines()->releases("production").error().kind, Problem::Kind::unreachable);
  gitlab_.on(kOfApi, ok(json::array({1, 2})));
  EXPECT_EQ(pipelines()->find(order()).error().kind, Problem::Kind::unreachable);
}

TEST(GitlabDeployments, AStatusSaysWhatBecameOfIt) {
  using Became = forge::Deployment::State;
  EXPECT_EQ(deployment_state("success"), Became::succeeded);
  EXPECT_EQ(deployment_state("failed"), Became::failed);
  for (const auto* pending : {"created", "running"}) EXPECT_EQ(deployment_state(pending), Became::pending);
  for (const auto* nothing : {"canceled", "skipped", "blocked"}) EXPECT_EQ(deployment_state(nothing), std::nullopt);
}

}  // namespace
}  // namespace hotfixd::gitlab
