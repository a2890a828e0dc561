// Tokens that expire: renewed in time, kept on disk, never asked for twice with the same refresh token.
#include "integrations/slack/tokens.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <deque>

#include "integrations/slack/web_api.hpp"

namespace hotfixd::slack {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

class ListedHttp final : public net::HttpClient {
 public:
  net::SendResult send(const net::ClientRequest& request) override {
    std::string token;
    for (const auto& [name, value] : request.headers)
      if (name == "Authorization") token = " " + value;
    sent.push_back(request.url + token + " " + request.body);
    if (answers.empty()) return net::ClientResponse{200, {}, R"({"ok":true})"};
    auto answer = std::move(answers.front());
    answers.pop_front();
    return answer;
  }
  void send(net::ClientRequest request, Done done) override { done(send(request)); }
  net::ClientCounters counters() const override { return {}; }
  void stop(std::chrono::milliseconds) override {}

  std::vector<std::string> sent;
  std::deque<net::SendResult> answers;
};

class TestClock final : public Clock {
 public:
  Time now() const override { return at; }
  Time at{Seconds{1'794'690'000}};
};

net::SendResult said(std::string body) { return net::ClientResponse{200, {}, std::move(body)}; }
net::SendResult renewed(int n) {
  return said(
      fmt::format(R"({{"ok":true,"access_token":"xoxe.xoxb-{0}","refresh_token":"xoxe-{0}","expires_in":43200}})", n));
}

class TokenRotation : public ::testing::Test {
 protected:
  TokenRotation() {
    char path[] = "/tmp/hotfixd-tokens-XXXXXX";
    dir = ::mkdtemp(path);
  }
  ~TokenRotation() override { std::filesystem::remove_all(dir); }

  Tokens tokens(std::string refresh = "xoxe-0") {
    return {http,
            clock,
            "https://slack.com/api/",
            "xoxe.xoxb-0",
            Rotation{"C1", "s&cret", std::move(refresh), dir / "tokens.json"},
            [this](const Problem& p) { reported.push_back(p.what); }};
  }

  std::filesystem::path dir;
  ListedHttp http;
  TestClock clock;
  std::vector<std::string> reported;
};

TEST_F(TokenRotation, WithoutItTheTokenStays) {
  Tokens fixed(http, clock, "https://slack.com/api/", "xoxb-1", std::nullopt, {});
  clock.at += Seconds{1'000'000};
  EXPECT_EQ(fixed.current(), "xoxb-1");
  EXPECT_FALSE(fixed.renew("xoxb-1"));
  EXPECT_THAT(http.sent, IsEmpty());
}

TEST_F(TokenRotation, EachRefreshTokenIsUsedOnce) {
  auto t = tokens();
  http.answers = {renewed(1), renewed(2)};
  EXPECT_EQ(t.current(), "xoxe.xoxb-1");
  EXPECT_EQ(t.current(), "xoxe.xoxb-1");
  clock.at += Seconds{43'200 - 1800 - 1};
  EXPECT_EQ(t.current(), "xoxe.xoxb-1");
  clock.at += Seconds{1};
  EXPECT_EQ(t.current(), "xoxe.xoxb-2");
  EXPECT_THAT(http.sent,
              ElementsAre("https://slack.com/api/oauth.v2.access grant_type=refresh_token&refresh_token=xoxe-0"
                          "&client_id=C1&client_secret=s%26cret",
                          "https://slack.com/api/oauth.v2.access grant_type=refresh_token&refresh_token=xoxe-1"
                          "&client_id=C1&client_secret=s%26cret"));
}

TEST_F(TokenRotation, ANewProcessGoesOnWithWhatIsOnDisk) {
  http.answers = {renewed(1), renewed(2), renewed(3)};
  EXPECT_EQ(tokens().current(), "xoxe.xoxb-1");
  EXPECT_EQ(tokens().current(), "xoxe.xoxb-1");
  EXPECT_EQ(http.sent.size(), 1u);
  struct stat file{};
  ASSERT_EQ(::stat((dir / "tokens.json").c_str(), &file), 0);
  EXPECT_EQ(file.st_mode & 0777, 0600u);
  clock.at += Seconds{43'200};
  EXPECT_EQ(tokens().current(), "xoxe.xoxb-2");
  EXPECT_THAT(http.sent.back(), HasSubstr("refresh_token=xoxe-1&"));
  // The app was installed again: the file belongs to another line of tokens.
  EXPECT_EQ(tokens("xoxe-new").current(), "xoxe.xoxb-3");
  EXPECT_THAT(http.sent.back(), HasSubstr("refresh_token=xoxe-new&"));
}

TEST_F(TokenRotation, WhatAnotherProcessRenewedIsTaken) {
  http.answers = {renewed(1), renewed(2)};
  auto serving = tokens();
  EXPECT_EQ(serving.current(), "xoxe.xoxb-1");
  clock.at += Seconds{43'200};
  EXPECT_EQ(tokens().current(), "xoxe.xoxb-2");
  EXPECT_EQ(serving.current(), "xoxe.xoxb-2");
  EXPECT_EQ(http.sent.size(), 2u);
}

TEST_F(TokenRotation, WhatFailsIsReportedAndTriedAgainAMinuteLater) {
  auto t = tokens();
  http.answers = {said(R"({"ok":false,"error":"invalid_refresh_token"})"), renewed(1)};
  EXPECT_EQ(t.current(), "xoxe.xoxb-0");
  EXPECT_EQ(t.current(), "xoxe.xoxb-0");
  EXPECT_EQ(http.sent.size(), 1u);
  ASSERT_EQ(reported.size(), 1u);
  EXPECT_THAT(reported[0], HasSubstr("invalid_refresh_token"));
  EXPECT_EQ(reported[0].find("xoxe"), std::string::npos);
  clock.at += Seconds{60};
  EXPECT_EQ(t.current(), "xoxe.xoxb-1");
}

TEST_F(TokenRotation, ADamagedFileIsNoObstacle) {
  for (const char* text : {"", "{", R"({"line":1})", R"({"token":"x","refresh_token":"y","expires_at":9999999999})"}) {
    std::FILE* file = std::fopen((dir / "tokens.json").c_str(), "w");
    std::fputs(text, file);
    std::fclose(file);
    http.answers = {renewed(1)};
    EXPECT_EQ(tokens().current(), "xoxe.xoxb-1") << text;
  }
}

TEST_F(TokenRotation, WhatCannotBeKeptIsUsedAndSaid) {
  std::filesystem::remove_all(dir);
  auto t = tokens();
  http.answers = {renewed(1)};
  EXPECT_EQ(t.current(), "xoxe.xoxb-1");
  ASSERT_EQ(reported.size(), 1u);
  EXPECT_THAT(reported[0], StartsWith("cannot write"));
}

TEST_F(TokenRotation, ACallThatMeetsAnExpiredTokenIsRepeatedWithTheNext) {
  WebApiOptions options;
  options.bot_token = "xoxe.xoxb-0";
  options.rotation = Rotation{"C1", "secret", "xoxe-0", dir / "tokens.json"};
  http.answers = {renewed(1), said(R"({"ok":false,"error":"token_expired"})"), renewed(2)};
  const auto api = create_web_api(http, clock, options);
  EXPECT_TRUE(api->write("chat.postMessage", R"({"channel":"C1"})", "C1"));
  ASSERT_EQ(http.sent.size(), 4u);
  EXPECT_EQ(http.sent[1], R"(https://slack.com/api/chat.postMessage Bearer xoxe.xoxb-1 {"channel":"C1"})");
  EXPECT_EQ(http.sent[3], R"(https://slack.com/api/chat.postMessage Bearer xoxe.xoxb-2 {"channel":"C1"})");
}

}  // namespace
}  // namespace hotfixd::slack
