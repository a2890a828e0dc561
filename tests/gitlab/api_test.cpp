// One call to GitLab: what is sent, pages, redirects, limits, failures.
#include "integrations/gitlab/api.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/gitlab/clock.hpp"
#include "tests/gitlab/fake_gitlab.hpp"

namespace hotfixd::gitlab {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr auto kShop = "GET /projects/acme%2Fweb%2Fshop";

class GitlabApi : public ::testing::Test {
 protected:
  GitlabApi() {
    clock_.set("2026-11-14T21:00:00Z");
    gitlab_.well_set_up();
    net::ClientOptions options;
    options.body_limit = 200'000;
    http_ = net::create_http_client(options).value();
    make(gitlab_.url());
  }
  void make(const std::string& url, std::string token = "glpat-good") {
    api_ = create_api(*http_, clock_, {.url = url, .token = std::move(token), .deadline = deadline_});
  }

  test::ManualClock clock_;
  test::FakeGitlab gitlab_;
  std::chrono::milliseconds deadline_{10'000};
  std::unique_ptr<net::HttpClient> http_;
  std::unique_ptr<Api> api_;
};

TEST_F(GitlabApi, SendsWhatGitLabWants) {
  EXPECT_EQ(project_path("acme/web/shop"), "/projects/acme%2Fweb%2Fshop");
  const auto read = api_->get(project_path("acme/web/shop"));
  ASSERT_TRUE(read) << read.error().what;
  EXPECT_EQ(read->body["id"], 15);
  EXPECT_FALSE(read->moved);
  const auto seen = gitlab_.asked().at(0);
  EXPECT_EQ(seen.call, "GET /api/v4/projects/acme%2Fweb%2Fshop");
  EXPECT_EQ(seen.headers.at("private-token"), "glpat-good");
  EXPECT_EQ(seen.headers.at("accept"), "application/json");
  EXPECT_EQ(seen.headers.at("user-agent"), "hotfixd");
  EXPECT_EQ(seen.headers.count("content-type"), 0U);
  EXPECT_EQ(seen.headers.count("authorization"), 0U);

  gitlab_.on("POST /x", {201, {{"ok", true}}, {}, {}});
  EXPECT_TRUE(api_->post("/x", {{"a", 1}}));
  EXPECT_EQ(gitlab_.asked().back().body, R"({"a":1})");
  EXPECT_EQ(gitlab_.asked().back().headers.at("content-type"), "application/json");
}

TEST_F(GitlabApi, AWrongTokenIsSaid) {
  make(gitlab_.url(), "glpat-other");
  const auto read = api_->get("/user");
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().kind, Problem::Kind::credentials);
  EXPECT_THAT(read.error().what, Not(HasSubstr("glpat")));
}

// By number, by key, or by http behind a proxy: what Link says is followed at the configured address.
TEST_F(GitlabApi, ListsAreReadToTheirEnd) {
  const auto page = [&](int n, const std::string& next) {
    test::Reply reply{200, json::array({n, n + 1}), {}, {}};
    if (!next.empty())
      reply.headers.emplace_back("Link",
                                 fmt::format("<{0}>; rel=\"prev\", <{0}>; rel=\"next\", <x>; rel=\"last\"", next));
    return reply;
  };
  gitlab_.on("GET /things?per_page=2", page(1, gitlab_.url() + "/things?per_page=2&page=2"));
  gitlab_.on("GET /things?per_page=2&page=2", page(3, "https://127.0.0.1/api/v4/things?per_page=2&id_after=4"));
  gitlab_.on("GET /things?per_page=2&id_after=4", page(5, "/api/v4/things?cursor=a"));
  gitlab_.on("GET /things?cursor=a", page(7, ""));
  const auto all = api_->list("/things?per_page=2");
  ASSERT_TRUE(all) << all.error().what;
  EXPECT_TRUE(all->whole);
  EXPECT_THAT(all->items, ElementsAre(1, 2, 3, 4, 5, 6, 7, 8));
}

TEST_F(GitlabApi, ListsHaveALimit) {
  gitlab_.on("GET /endless", {200, json::array({1}), {{"Link", "</api/v4/endless>; rel=\"next\""}}, {}});
  const auto all = api_->list("/endless");
  ASSERT_TRUE(all);
  EXPECT_FALSE(all->whole);
  EXPECT_EQ(gitlab_.asked("GET /endless"), kMostPages);

  gitlab_.on("GET /away", {200, json::array({1}), {{"Link", "<https://evil.example.com/2>; rel=\"next\""}}, {}});
  EXPECT_EQ(api_->list("/away").error().what,
            "the answer to GET /away is not GitLab's: its next page is on another server");
  EXPECT_EQ(api_->list("/user").error().what, "the answer to GET /user is not GitLab's: it is no list");
}

TEST_F(GitlabApi, ARenamedProjectIsFollowedOnceAndSaid) {
  gitlab_.on("GET /projects/15", {200, gitlab_.body(kShop), {}, {}});
  for (const int status : {301, 302, 307, 308})
    for (const auto& to : {gitlab_.url() + "/projects/15", std::string("https://127.0.0.1/api/v4/projects/15")}) {
      gitlab_.on("GET /projects/acme%2Fold",
                 {status, {{"message", "This resource has been moved"}}, {{"Location", to}}, {}});
      const auto read = api_->get("/projects/acme%2Fold");
      ASSERT_TRUE(read) << status << " " << to;
      EXPECT_TRUE(read->moved);
      EXPECT_EQ(read->body["path_with_namespace"], "acme/web/shop");
    }
  gitlab_.on("GET /round", {301, nullptr, {{"Location", "/api/v4/round"}}, {}});
  EXPECT_EQ(api_->get("/round").error().what, "GET /round is redirected twice");
  // What changes something is not sent twice.
  gitlab_.on("POST /round", {307, nullptr, {{"Location", "/api/v4/x"}}, {}});
  EXPECT_FALSE(api_->post("/round", json::object()));
  EXPECT_EQ(gitlab_.asked("POST /x"), 0);
}

TEST_F(GitlabApi, ATokenNeverGoesToAnotherServer) {
  test::FakeGitlab other;
  for (const auto& to : {std::string("//127.0.0.1/x"), std::string("projects/x"), std::string("https://gitlab.com/x"),
                         std::string("http://localhost/x"), std::string()}) {
    gitlab_.on("GET /away", {301, nullptr, {{"Location", to}}, {}});
    EXPECT_EQ(api_->get("/away").error().what, "GET /away is redirected to another server, which gets no token") << to;
  }
  // The same host at another port is asked at ours.
  gitlab_.on("GET /away", {301, nullptr, {{"Location", other.url() + "/user"}}, {}});
  EXPECT_TRUE(api_->get("/away"));
  EXPECT_THAT(other.calls(), ElementsAre());
}

TEST_F(GitlabApi, AfterARateLimitNothingIsSentUntilTheWaitIsOver) {
  gitlab_.next(kShop, {429, nullptr, {{"Retry-After", "30"}}, "Retry later\n"});
  const auto limited = api_->get("/projects/acme%2Fweb%2Fshop");
  ASSERT_FALSE(limited);
  EXPECT_EQ(limited.error().kind, Problem::Kind::rate_limited);
  EXPECT_EQ(limited.error().retry_after, Seconds{30});
  clock_.set("2026-11-14T21:00:20Z");
  const auto waiting = api_->get("/user");
  ASSERT_FALSE(waiting);
  EXPECT_EQ(waiting.error().what, "GET /user has to wait for GitLab's rate limit");
  EXPECT_EQ(waiting.error().retry_after, Seconds{10});
  EXPECT_FALSE(waiting.error().may_have_arrived);
  EXPECT_EQ(gitlab_.calls().size(), 1U);
  clock_.set("2026-11-14T21:00:30Z");
  EXPECT_TRUE(api_->get("/user"));
}

TEST_F(GitlabApi, FailuresOfTheNetworkAreUnreachable) {
  make(fmt::format("http://127.0.0.1:{}", hotfixd::test::closed_port()));
  const auto refused = api_->get("/user");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, Problem::Kind::unreachable);
  EXPECT_FALSE(refused.error().may_have_arrived);
  EXPECT_THAT(refused.error().what, HasSubstr("GET /user: "));
  EXPECT_EQ(refused.error().mend, "check gitlab.api_url, and whether this machine reaches it");

  make(gitlab_.url());
  gitlab_.on("GET /large", {200, std::string(300'000, 'x'), {}, {}});
  EXPECT_EQ(api_->get("/large").error().kind, Problem::Kind::invalid);
}

TEST_F(GitlabApi, NobodyIsWaitedForLongerThanTheDeadline) {
  const hotfixd::test::ScriptServer silent([](hotfixd::test::Peer& peer, int) {
    peer.request();
    peer.gone();
  });
  deadline_ = std::chrono::milliseconds{200};
  make(fmt::format("http://127.0.0.1:{}/api/v4", silent.port()));
  const auto late = api_->get("/user");
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().kind, Problem::Kind::unreachable);
  EXPECT_TRUE(late.error().may_have_arrived);
}

// A proxy may repeat the header that it did not like.
TEST_F(GitlabApi, SecretsAreInNoError) {
  gitlab_.on("GET /echo", {409, {{"message", "no: glpat-good, glpat-good"}}, {}, {}});
  const auto read = api_->get("/echo");
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().message, "no: [secret], [secret]");
  EXPECT_THAT(read.error().what, Not(HasSubstr("glpat-good")));
}

}  // namespace
}  // namespace hotfixd::gitlab
