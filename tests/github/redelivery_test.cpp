// Webhooks that did not arrive are asked for, once.
#include "integrations/github/redelivery.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bot/domain/zone.hpp"
#include "tests/github/fake_github.hpp"

namespace hotfixd::github {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class SetClock final : public Clock {
 public:
  Time now() const override { return now_; }
  void set(std::string_view time) { now_ = parse_rfc3339(time).value(); }

 private:
  Time now_ = parse_rfc3339("2026-11-14T21:00:00Z").value();
};

constexpr auto kList = "GET /app/hook/deliveries?per_page=100";

json attempt(int id, const std::string& guid, int status, const std::string& at = "2026-11-14T20:00:00Z",
             const std::string& event = "push") {
  return {{"id", id}, {"guid", guid}, {"status_code", status}, {"delivered_at", at}, {"event", event}};
}

class GithubRedelivery : public ::testing::Test {
 protected:
  GithubRedelivery() {
    github_.well_set_up();
    ApiOptions options;
    options.url = github_.url();
    options.app = App{"Iv23test", test::app_key().pem};
    api_ = create_api(*http_, clock_, options);
    redelivery_ = std::make_unique<Redelivery>(*api_, clock_);
  }

  void deliveries(const json& all) {
    github_.on(kList, {200, all, {}, {}});
    for (const auto& one : all)
      github_.on(fmt::format("POST /app/hook/deliveries/{}/attempts", one.value("id", 0)),
                 {202, json::object(), {}, {}});
  }
  // Looks, and says what was asked for: the ids of attempts.
  std::vector<std::string> look() {
    const auto before = github_.calls().size();
    const auto asked = redelivery_->look();
    said_ = asked ? std::to_string(*asked) : asked.error().what;
    std::vector<std::string> ids;
    const auto calls = github_.calls();
    for (auto i = before; i < calls.size(); ++i)
      if (calls[i].starts_with("POST /app/hook/deliveries/"))
        ids.push_back(calls[i].substr(26, calls[i].rfind('/') - 26));
    return ids;
  }

  test::FakeGithub github_;
  SetClock clock_;
  std::unique_ptr<net::HttpClient> http_ = net::create_http_client({}).value();
  std::unique_ptr<Api> api_;
  std::unique_ptr<Redelivery> redelivery_;
  std::string said_;
};

TEST_F(GithubRedelivery, WhatDidNotArriveIsAskedForOnceTheOldestFirst) {
  deliveries(
      json::array({attempt(9, "i", 502), attempt(8, "h", 200), attempt(7, "g", 0, "2026-11-14T19:00:00Z"),
                   attempt(6, "arrived-later", 202), attempt(5, "arrived-later", 502),
                   attempt(4, "twice", 500, "2026-11-14T18:00:00Z"), attempt(3, "twice", 500, "2026-11-14T17:00:00Z"),
                   attempt(2, "too-old", 502, "2026-11-11T20:59:59Z"),
                   attempt(1, "not-read", 502, "2026-11-14T20:00:00Z", "ping")}));
  EXPECT_THAT(look(), ElementsAre("4", "7", "9"));
  EXPECT_EQ(said_, "3");
  EXPECT_THAT(look(), IsEmpty());
  EXPECT_EQ(said_, "0");
}

TEST_F(GithubRedelivery, AnAttemptOnALaterPageCounts) {
  deliveries(json::array({attempt(9, "a", 502), attempt(8, "b", 502)}));
  github_.on(kList, {200,
                     json::array({attempt(9, "a", 502), attempt(8, "b", 502)}),
                     {{"Link", "</app/hook/deliveries?per_page=100&cursor=v1_7>; rel=\"next\""}},
                     {}});
  github_.on("GET /app/hook/deliveries?per_page=100&cursor=v1_7", {200, json::array({attempt(7, "a", 200)}), {}, {}});
  EXPECT_THAT(look(), ElementsAre("8"));
}

TEST_F(GithubRedelivery, ManyAreAskedForInSeveralLooks) {
  json all = json::array();
  for (int i = 45; i > 0; --i) all.push_back(attempt(i, fmt::format("g{}", i), 502));
  deliveries(all);
  EXPECT_EQ(look().size(), 20U);
  EXPECT_EQ(look().size(), 20U);
  EXPECT_EQ(look().size(), 5U);
  EXPECT_EQ(look().size(), 0U);
}

TEST_F(GithubRedelivery, ARefusedOneIsLeftAndTheOthersAreAskedFor) {
  deliveries(json::array({attempt(2, "b", 502), attempt(1, "a", 502, "2026-11-14T19:00:00Z")}));
  github_.next("POST /app/hook/deliveries/1/attempts", {422, {{"message", "too old"}}, {}, {}});
  EXPECT_THAT(look(), ElementsAre("1", "2"));
  EXPECT_EQ(said_, "1");
  EXPECT_THAT(look(), IsEmpty());
}

TEST_F(GithubRedelivery, ARateLimitEndsTheLookAndTheRestFollows) {
  deliveries(json::array({attempt(2, "b", 502), attempt(1, "a", 502, "2026-11-14T19:00:00Z")}));
  github_.next("POST /app/hook/deliveries/1/attempts", {429, {{"message", "slow"}}, {{"Retry-After", "30"}}, {}});
  EXPECT_THAT(look(), ElementsAre("1"));
  EXPECT_EQ(said_, "GitHub's rate limit is reached, it asks to wait 30 s");
  clock_.set("2026-11-14T21:00:30Z");
  EXPECT_THAT(look(), ElementsAre("1", "2"));
}

TEST_F(GithubRedelivery, WhatMayHaveBeenAskedForIsNotAskedForTwice) {
  deliveries(json::array({attempt(1, "a", 502)}));
  github_.next("POST /app/hook/deliveries/1/attempts", {502, nullptr, {}, "<html>"});
  EXPECT_THAT(look(), ElementsAre("1"));
  EXPECT_THAT(said_, ::testing::HasSubstr("status 502"));
  EXPECT_THAT(look(), IsEmpty());
}

TEST_F(GithubRedelivery, WhatIsNotUnderstoodIsLeft) {
  const json all = json::array({{{"guid", "a"}}, {{"id", "x"}, {"guid", "b"}}, 7, nullptr, attempt(1, "", 502)});
  github_.on(kList, {200, all, {}, {}});
  EXPECT_THAT(look(), IsEmpty());
  EXPECT_EQ(said_, "0");
}

}  // namespace
}  // namespace hotfixd::github
