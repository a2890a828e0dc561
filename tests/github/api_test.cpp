// The client against a GitHub of our own: rights, tokens, pages, ETags, redirects, limits.
#include "integrations/github/api.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>

#include "bot/domain/zone.hpp"
#include "tests/github/fake_github.hpp"

namespace hotfixd::github {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class ManualClock final : public Clock {
 public:
  Time now() const override { return Time{std::chrono::microseconds{now_.load()}}; }
  void set(std::string_view time) { now_ = parse_rfc3339(time).value().time_since_epoch().count(); }

 private:
  std::atomic<std::int64_t> now_{0};
};

constexpr auto kToken = "POST /app/installations/7/access_tokens";
constexpr auto kInstallation = "GET /repos/acme/shop/installation";
constexpr auto kShop = "GET /repos/acme/shop";

class GithubApi : public ::testing::Test {
 protected:
  GithubApi() {
    clock_.set("2026-11-14T21:00:00Z");
    github_.well_set_up();
    net::ClientOptions options;
    options.body_limit = 200'000;
    http_ = net::create_http_client(options).value();
  }

  Api& as_app() { return make(App{"Iv23test", test::app_key().pem}, {}); }
  Api& with_token(std::string token = "ghp_good") { return make({}, std::move(token)); }
  Api& make(std::optional<App> app, std::string token, std::string url = {}) {
    ApiOptions options;
    options.url = url.empty() ? github_.url() : url;
    options.app = std::move(app);
    options.token = std::move(token);
    options.deadline = deadline_;
    api_ = create_api(*http_, clock_, options);
    return *api_;
  }

  ManualClock clock_;
  test::FakeGithub github_;
  std::chrono::milliseconds deadline_{10'000};
  std::unique_ptr<net::HttpClient> http_;
  std::unique_ptr<Api> api_;
};

TEST_F(GithubApi, SendsWhatGitHubWants) {
  auto& api = with_token();
  const auto read = api.get("/repos/acme/shop", "acme/shop");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->body["full_name"], "acme/shop");
  EXPECT_FALSE(read->moved);
  const auto seen = github_.asked().at(0);
  EXPECT_EQ(seen.call, kShop);
  EXPECT_EQ(seen.headers.at("accept"), "application/vnd.github+json");
  EXPECT_EQ(seen.headers.at("x-github-api-version"), "2022-11-28");
  EXPECT_EQ(seen.headers.at("user-agent"), "hotfixd");
  EXPECT_EQ(seen.headers.at("authorization"), "Bearer ghp_good");
  EXPECT_EQ(seen.headers.count("content-type"), 0U);

  const auto user = api.get("/user");
  ASSERT_TRUE(user);
  EXPECT_THAT(user->scopes.value(), ElementsAre("repo", "read:repo_hook"));
  EXPECT_EQ(user->expires, "2027-01-31 10:00:00 UTC");

  github_.on("POST /x", {201, {{"ok", true}}, {}, {}});
  EXPECT_TRUE(api.post("/x", {{"a", 1}}));
  EXPECT_EQ(github_.asked().back().body, R"({"a":1})");
  EXPECT_EQ(github_.asked().back().headers.at("content-type"), "application/json; charset=utf-8");
}

TEST_F(GithubApi, AnEnterpriseServerIsUnderItsPath) {
  github_.on("GET /api/v3/user", {200, {{"login", "alice"}}, {}, {}});
  EXPECT_TRUE(make({}, "ghp_good", github_.url() + "/api/v3").get("/user"));
}

TEST_F(GithubApi, OneTokenOfAnInstallationServesUntilItNearsItsEnd) {
  auto& api = as_app();
  EXPECT_TRUE(api.get("/repos/acme/shop", "acme/shop"));
  EXPECT_THAT(github_.calls(), ElementsAre(kInstallation, kToken, kShop));
  EXPECT_EQ(github_.asked().back().headers.at("authorization"), "Bearer ghs_test-1");
  clock_.set("2026-11-14T21:54:59Z");  // it expires at 22:00
  EXPECT_TRUE(api.get("/repos/acme/shop", "acme/shop"));
  EXPECT_EQ(github_.asked(kToken), 1);
  clock_.set("2026-11-14T21:55:00Z");
  EXPECT_TRUE(api.get("/repos/acme/shop", "acme/shop"));
  EXPECT_EQ(github_.asked(kToken), 2);
  EXPECT_EQ(github_.asked(kInstallation), 1);
  EXPECT_EQ(github_.asked().back().headers.at("authorization"), "Bearer ghs_test-2");
}

TEST_F(GithubApi, RepositoriesOfOneInstallationShareItsToken) {
  github_.on("GET /repos/acme/api/installation", {200, github_.body(kInstallation), {}, {}});
  github_.on("GET /repos/acme/api", {200, {{"id", 4}}, {}, {}});
  auto& api = as_app();
  EXPECT_TRUE(api.get("/repos/acme/shop", "acme/shop"));
  EXPECT_TRUE(api.get("/repos/acme/api", "acme/api"));
  EXPECT_EQ(github_.asked(kToken), 1);
}

TEST_F(GithubApi, TheTokenIsMadeOnceForAllWhoWait) {
  github_.slow_tokens(std::chrono::milliseconds{200});
  auto& api = as_app();
  std::vector<std::jthread> all;
  std::atomic<int> good{0};
  for (int i = 0; i < 8; ++i)
    all.emplace_back([&] { good += api.get("/repos/acme/shop", "acme/shop").has_value() ? 1 : 0; });
  all.clear();
  EXPECT_EQ(good, 8);
  EXPECT_EQ(github_.asked(kToken), 1);
  EXPECT_EQ(github_.asked(kInstallation), 1);
}

TEST_F(GithubApi, ATokenMayHaveAnyLength) {
  github_.tokens("ghs_5_" + std::string(3000, 'x') + ".y-z_0", "2026-11-14T22:00:00Z");
  EXPECT_TRUE(as_app().get("/repos/acme/shop", "acme/shop"));
}

TEST_F(GithubApi, ARevokedTokenIsMadeAnewOnce) {
  auto& api = as_app();
  EXPECT_TRUE(api.get("/repos/acme/shop", "acme/shop"));
  github_.revoke_tokens();
  EXPECT_TRUE(api.get("/repos/acme/shop", "acme/shop"));
  EXPECT_EQ(github_.asked(kToken), 2);
  // Refused for good: two tries, then the reason.
  const test::Reply refused{401, {{"message", "Bad credentials"}}, {}, {}};
  github_.next(kShop, refused);
  github_.next(kShop, refused);
  const auto read = api.get("/repos/acme/shop", "acme/shop");
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().kind, Problem::Kind::credentials);
  EXPECT_EQ(github_.asked(kShop), 5);
}

TEST_F(GithubApi, AnAppThatIsNotThereIsSaidAndNotAskedForAgainAtOnce) {
  auto& api = as_app();
  const auto read = api.get("/repos/acme/other", "acme/other");
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().kind, Problem::Kind::not_found);
  EXPECT_EQ(read.error().what, "the GitHub App is not installed for acme/other, or there is no such repository");
  EXPECT_EQ(api.get("/repos/acme/other", "acme/other").error(), read.error());
  EXPECT_EQ(github_.calls().size(), 1U);
  clock_.set("2026-11-14T21:00:10Z");
  EXPECT_FALSE(api.get("/repos/acme/other", "acme/other"));
  EXPECT_EQ(github_.calls().size(), 2U);
}

TEST_F(GithubApi, ASuspendedInstallationGivesNoToken) {
  github_.body(kInstallation)["suspended_at"] = "2026-11-14T20:00:00Z";
  const auto read = as_app().get("/repos/acme/shop", "acme/shop");
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().what, "the installation of the GitHub App at acme is suspended");
  EXPECT_EQ(github_.asked(kToken), 0);
}

TEST_F(GithubApi, AWrongKeyOrIdIsSaid) {
  github_.ids("Iv23other");
  const auto read = as_app().get("/app");
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().what, "GitHub does not take the app's key: Bad credentials");
}

TEST_F(GithubApi, StrangeAnswersForATokenAreNoToken) {
  auto& api = as_app();
  int minute = 0;
  for (const json& body : {json::object(), json{{"token", 7}, {"expires_at", "2026-11-14T22:00:00Z"}},
                           json{{"token", ""}, {"expires_at", "2026-11-14T22:00:00Z"}},
                           json{{"token", "ghs_x"}, {"expires_at", "soon"}}, json::array({1})}) {
    clock_.set(fmt::format("2026-11-14T21:{:02}:00Z", ++minute));
    github_.next(kToken, {201, body, {}, {}});
    const auto read = api.get("/repos/acme/shop", "acme/shop");
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().what, "GitHub's answer for a new token has none");
  }
}

TEST_F(GithubApi, WhatHasNotChangedComesFromBefore) {
  auto& api = with_token();
  const auto first = api.get("/repos/acme/shop", "acme/shop");
  const auto again = api.get("/repos/acme/shop", "acme/shop");
  ASSERT_TRUE(first && again);
  EXPECT_EQ(github_.asked(kShop), 2);
  EXPECT_EQ(github_.asked().at(0).headers.count("if-none-match"), 0U);
  EXPECT_EQ(github_.asked().at(1).headers.at("if-none-match"), "\"shop-1\"");
  EXPECT_EQ(again->body, first->body);  // the answer was 304, without a body

  github_.on(kShop, {200, {{"full_name", "acme/shop2"}}, {{"ETag", "\"shop-2\""}}, {}});
  EXPECT_EQ(api.get("/repos/acme/shop", "acme/shop")->body["full_name"], "acme/shop2");
  EXPECT_EQ(api.get("/repos/acme/shop", "acme/shop")->body["full_name"], "acme/shop2");
  EXPECT_EQ(github_.asked().back().headers.at("if-none-match"), "\"shop-2\"");
}

TEST_F(GithubApi, ListsAreReadToTheirEnd) {
  const auto page = [&](int n, const std::string& next) {
    test::Reply reply{200, json::array({n, n + 1}), {{"ETag", fmt::format("\"p{}\"", n)}}, {}};
    if (!next.empty()) reply.headers.emplace_back("Link", fmt::format("<{}>; rel=\"next\", <x>; rel=\"last\"", next));
    return reply;
  };
  github_.on("GET /things?per_page=2", page(1, github_.url() + "/things?per_page=2&page=2"));
  github_.on("GET /things?per_page=2&page=2", page(3, "/things?per_page=2&page=3"));
  github_.on("GET /things?per_page=2&page=3", page(5, ""));
  auto& api = with_token();
  for (int i = 0; i < 2; ++i) {  // the second time every page is a 304, also what it says of the next
    const auto all = api.list("/things?per_page=2");
    ASSERT_TRUE(all) << all.error().what;
    EXPECT_TRUE(all->whole);
    EXPECT_THAT(all->items, ElementsAre(1, 2, 3, 4, 5, 6));
  }
  EXPECT_EQ(github_.calls().size(), 6U);
}

TEST_F(GithubApi, ListsHaveALimit) {
  github_.on("GET /endless", {200, json::array({1}), {{"Link", "</endless>; rel=\"next\""}}, {}});
  const auto all = with_token().list("/endless");
  ASSERT_TRUE(all);
  EXPECT_FALSE(all->whole);
  EXPECT_EQ(github_.asked("GET /endless"), kMostPages);

  github_.on("GET /away", {200, json::array({1}), {{"Link", "<https://evil.example.com/2>; rel=\"next\""}}, {}});
  EXPECT_EQ(api_->list("/away").error().what,
            "the answer to GET /away is not GitHub's: its next page is on another server");
  EXPECT_EQ(api_->list("/user").error().what, "the answer to GET /user is not GitHub's: it is no list");
}

TEST_F(GithubApi, ARenamedRepositoryIsFollowedOnceAndSaid) {
  auto& api = with_token();
  for (const int status : {301, 302, 307, 308}) {
    github_.on("GET /repos/acme/old",
               {status, {{"message", "Moved"}}, {{"Location", github_.url() + "/repos/acme/shop"}}, {}});
    const auto read = api.get("/repos/acme/old", "acme/old");
    ASSERT_TRUE(read) << status;
    EXPECT_TRUE(read->moved);
    EXPECT_EQ(read->body["full_name"], "acme/shop");
  }
  github_.on("POST /repos/acme/old/x", {307, nullptr, {{"Location", "/repos/acme/shop/x"}}, {}});
  github_.on("POST /repos/acme/shop/x", {201, {{"ok", true}}, {}, {}});
  EXPECT_TRUE(api.post("/repos/acme/old/x", {{"a", 1}}));
  EXPECT_EQ(github_.asked().back().body, R"({"a":1})");

  github_.on("GET /round", {301, nullptr, {{"Location", "/round"}}, {}});
  EXPECT_EQ(api.get("/round").error().what, "GET /round is redirected twice");
  EXPECT_EQ(github_.asked("GET /round"), 2);
}

TEST_F(GithubApi, ATokenNeverGoesToAnotherServer) {
  test::FakeGithub other;
  auto& api = with_token();
  for (const auto& to : {other.url() + "/repos/acme/shop", std::string("//127.0.0.1/x"), std::string("repos/x"),
                         std::string("https://api.github.com/x"), std::string()}) {
    github_.on("GET /away", {301, nullptr, {{"Location", to}}, {}});
    EXPECT_EQ(api.get("/away").error().what, "GET /away is redirected to another server, which gets no token") << to;
  }
  EXPECT_THAT(other.calls(), ElementsAre());
}

TEST_F(GithubApi, AfterARateLimitNothingIsSentUntilTheWaitIsOver) {
  auto& api = with_token();
  github_.next(kShop, {403, {{"message", "You have exceeded a secondary rate limit."}}, {{"Retry-After", "30"}}, {}});
  const auto limited = api.get("/repos/acme/shop", "acme/shop");
  ASSERT_FALSE(limited);
  EXPECT_EQ(limited.error().kind, Problem::Kind::rate_limited);
  EXPECT_EQ(limited.error().retry_after, Seconds{30});
  clock_.set("2026-11-14T21:00:20Z");
  const auto waiting = api.get("/user");
  ASSERT_FALSE(waiting);
  EXPECT_EQ(waiting.error().what, "GET /user has to wait for GitHub's rate limit");
  EXPECT_EQ(waiting.error().retry_after, Seconds{10});
  EXPECT_FALSE(waiting.error().may_have_arrived);
  EXPECT_EQ(github_.calls().size(), 1U);
  clock_.set("2026-11-14T21:00:30Z");
  EXPECT_TRUE(api.get("/user"));
}

TEST_F(GithubApi, TheAppsLimitIsNotThatOfItsInstallation) {
  auto& api = as_app();
  EXPECT_TRUE(api.get("/repos/acme/shop", "acme/shop"));
  github_.next(kShop, {429, {{"message", "slow"}}, {}, {}});
  EXPECT_FALSE(api.get("/repos/acme/shop", "acme/shop"));
  EXPECT_EQ(api.get("/repos/acme/shop", "acme/shop").error().status, 0);
  EXPECT_TRUE(api.get("/app"));
}

TEST_F(GithubApi, FailuresOfTheNetworkAreUnreachable) {
  auto& gone = make({}, "ghp_good", fmt::format("http://127.0.0.1:{}", test::closed_port()));
  const auto refused = gone.get("/user");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, Problem::Kind::unreachable);
  EXPECT_FALSE(refused.error().may_have_arrived);
  EXPECT_THAT(refused.error().what, HasSubstr("GET /user: "));

  github_.on("GET /large", {200, std::string(300'000, 'x'), {}, {}});
  EXPECT_EQ(with_token().get("/large").error().kind, Problem::Kind::invalid);

  github_.slow_tokens(std::chrono::milliseconds{1500});
  deadline_ = std::chrono::milliseconds{300};
  const auto slow = as_app().get("/repos/acme/shop", "acme/shop");
  ASSERT_FALSE(slow);
  EXPECT_EQ(slow.error().kind, Problem::Kind::unreachable);
  EXPECT_TRUE(slow.error().may_have_arrived);
}

// A proxy may repeat the header that it did not like.
TEST_F(GithubApi, SecretsAreInNoError) {
  github_.on("GET /echo", {409, {{"message", "no: Bearer ghp_good, ghp_good"}}, {}, {}});
  const auto read = with_token().get("/echo");
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().message, "no: Bearer [secret], [secret]");
  EXPECT_THAT(read.error().what, Not(HasSubstr("ghp_good")));
}

TEST_F(GithubApi, ATokenHasNoInstallation) {
  EXPECT_EQ(with_token().installation("acme/shop").error().what, "a token has no installation");
  EXPECT_EQ(as_app().installation("acme/shop")->id, 7U);
}

}  // namespace
}  // namespace hotfixd::github
