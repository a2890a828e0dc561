// Testing a line by GitLab, against a GitLab of our own: a pipeline that is started there, and what CI reported.
#include "integrations/gitlab/tester.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "bot/domain/zone.hpp"
#include "tests/gitlab/clock.hpp"
#include "tests/gitlab/fake_gitlab.hpp"

namespace hotfixd::gitlab {
namespace {

using nlohmann::json;
using State = RegressionTestView::State;

constexpr auto kSha = "82cda02aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
constexpr auto kElsewhere = "99cda02aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const std::string kProject = "/projects/acme%2Fweb%2Fshop";
const std::string kStart = "POST " + kProject + "/pipeline";
const std::string kFound = fmt::format(
    "GET {}/pipelines?ref=release%2F2.5&sha={}&source=api&order_by=id&sort=desc&per_page=20", kProject, kSha);
const std::string kPipeline = "GET " + kProject + "/pipelines/57";
const std::string kStatuses =
    fmt::format("GET {}/repository/commits/{}/statuses?name=cart&per_page=100", kProject, kSha);

effect::StartRegressionTest order() {
  return {"HF-7-T9-17", "shop", "release/2.5", kSha, "v2.4.8", "HF-7", parse_rfc3339("2026-11-14T21:43:00Z").value()};
}
effect::FollowRegressionTest following(std::string id) {
  return {order().key, "shop", "release/2.5", kSha, std::move(id), {}};
}
json pipeline(const std::string& status, const std::string& sha = kSha) {
  return {{"id", 57},         {"sha", sha},
          {"status", status}, {"created_at", "2026-11-14T21:42:58Z"},
          {"source", "api"},  {"web_url", "https://gitlab.example.com/acme/web/shop/-/pipelines/57"}};
}
json status(const std::string& state, bool may_fail = false) {
  return {{"id", 9},
          {"name", "cart"},
          {"status", state},
          {"allow_failure", may_fail},
          {"description", nullptr},
          {"target_url", "https://gitlab.example.com/jobs/9"}};
}

class GitlabTester : public ::testing::Test {
 protected:
  GitlabTester() {
    clock_.set("2026-11-14T21:43:01Z");
    gitlab_.well_set_up();
    http_ = net::create_http_client({}).value();
    ApiOptions options;
    options.url = gitlab_.url();
    options.token = "glpat-good";
    api_ = create_api(*http_, clock_, options);
  }
  std::unique_ptr<RegressionTester> means(std::vector<std::string> variables = {"sha", "key"}) {
    return create_pipeline_tester(*api_, clock_, "acme/web/shop", std::move(variables));
  }
  RegressionTestView view(json answer) {
    gitlab_.on(kPipeline, {200, std::move(answer), {}, {}});
    const auto seen = means()->follow(following("57"));
    EXPECT_TRUE(seen) << seen.error().what;
    return seen.value_or(RegressionTestView{});
  }
  State reported(std::vector<json> statuses) {
    gitlab_.on(kStatuses, {200, statuses, {}, {}});
    const auto seen = create_check_tester(*api_, "acme/web/shop", "cart")->follow(following(kSha));
    EXPECT_TRUE(seen) << seen.error().what;
    return seen ? seen->state : State{};
  }

  test::ManualClock clock_;
  test::FakeGitlab gitlab_;
  std::unique_ptr<net::HttpClient> http_;
  std::unique_ptr<Api> api_;
};

TEST_F(GitlabTester, APipelineIsStartedAtTheLine) {
  gitlab_.on(kStart, {201, pipeline("created"), {}, {}});
  const auto started = means()->start(order());
  ASSERT_TRUE(started) << started.error().what;
  EXPECT_EQ(started->id, "57");
  json sent;
  for (const auto& one : gitlab_.asked())
    if (one.call.ends_with("/pipeline")) sent = json::parse(one.body);
  EXPECT_EQ(sent,
            (json{{"ref", "release/2.5"},
                  {"variables", {{{"key", "sha"}, {"value", kSha}}, {{"key", "key"}, {"value", "HF-7-T9-17"}}}}}));
}

TEST_F(GitlabTester, APipelineOfAnotherCommitIsCancelled) {
  gitlab_.on(kStart, {201, pipeline("created", kElsewhere), {}, {}});
  gitlab_.on("POST " + kProject + "/pipelines/57/cancel", {200, pipeline("canceled"), {}, {}});
  const auto started = means()->start(order());
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().what, "release/2.5 moved on: GitLab made a pipeline of 99cda02");
  EXPECT_EQ(gitlab_.asked("POST " + kProject + "/pipelines/57/cancel"), 1);
}

TEST_F(GitlabTester, APipelineIsFoundAgain) {
  gitlab_.on(kFound, {200, json::array(), {}, {}});
  EXPECT_EQ(means()->find(order()).error().kind, Problem::Kind::rate_limited) << "it may not be listed yet";
  clock_.set("2026-11-14T21:45:00Z");
  EXPECT_FALSE(*means()->find(order()));
  gitlab_.on(kFound, {200, json::array({pipeline("running")}), {}, {}});
  EXPECT_EQ((*means()->find(order()))->id, "57");
}

TEST_F(GitlabTester, APipelinesEndSaysWhetherTheFixWorksOrNothing) {
  gitlab_.on(kPipeline + "/jobs?per_page=100", {200,
                                                json::array({{{"id", 9},
                                                              {"name", "cart"},
                                                              {"stage", "test"},
                                                              {"status", "failed"},
                                                              {"allow_failure", false},
                                                              {"web_url", "https://gitlab.example.com/jobs/9"}}}),
                                                {},
                                                {}});
  EXPECT_EQ(view(pipeline("running")).state, State::running);
  EXPECT_EQ(view(pipeline("success")).state, State::passed);
  const auto failed = view(pipeline("failed"));
  EXPECT_EQ(failed.state, State::failed);
  EXPECT_EQ(failed.step, "test: cart");
  EXPECT_EQ(failed.url, "https://gitlab.example.com/jobs/9");
  EXPECT_EQ(view(pipeline("canceled")).state, State::not_run);
  EXPECT_EQ(view(pipeline("skipped")).state, State::not_run);
}

TEST_F(GitlabTester, AJobOrStatusOfThatNameIsRead) {
  EXPECT_EQ(reported({}), State::running);
  EXPECT_EQ(reported({status("running")}), State::running);
  EXPECT_EQ(reported({status("success")}), State::passed);
  EXPECT_EQ(reported({status("failed")}), State::failed);
  EXPECT_EQ(reported({status("failed", true)}), State::failed) << "it is the fix that is asked about";
  EXPECT_EQ(reported({status("skipped")}), State::not_run);
  EXPECT_EQ(reported({status("canceled")}), State::not_run);
  EXPECT_EQ(reported({status("manual", true)}), State::not_run);
}

}  // namespace
}  // namespace hotfixd::gitlab
