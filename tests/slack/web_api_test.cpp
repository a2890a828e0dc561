// What goes to a response_url, and where it may not go. No network: an HTTP client that only writes down.
#include "integrations/slack/web_api.hpp"

#include <gtest/gtest.h>

namespace hotfixd::slack {
namespace {

class NotedHttp final : public net::HttpClient {
 public:
  net::SendResult send(const net::ClientRequest& request) override {
    sent.push_back(request);
    return answer;
  }
  void send(net::ClientRequest request, Done done) override { done(send(request)); }
  net::ClientCounters counters() const override { return {}; }
  void stop(std::chrono::milliseconds) override {}

  std::vector<net::ClientRequest> sent;
  net::SendResult answer = net::ClientResponse{200, {}, "ok"};
};

class StoppedClock final : public Clock {
 public:
  Time now() const override { return Time{Seconds{1'794'690'000}}; }
};

struct Desk {
  NotedHttp http;
  StoppedClock clock;
  std::unique_ptr<WebApi> api;
  explicit Desk(std::string url = "https://slack.com/api/") {
    WebApiOptions options;
    options.url = std::move(url);
    options.bot_token = "xoxb-secret";
    api = create_web_api(http, clock, options);
  }
  std::string respond(std::string_view url) {
    const auto done = api->respond(url, R"({"text":"x"})");
    return done ? "sent" : done.error().what + (done.error().retryable() ? " [again]" : "");
  }
};

TEST(ResponseUrl, GetsTheMessageAndNotTheToken) {
  Desk desk;
  EXPECT_EQ(desk.respond("https://hooks.slack.com/commands/T1/2/x"), "sent");
  ASSERT_EQ(desk.http.sent.size(), 1u);
  const auto& request = desk.http.sent.front();
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.url, "https://hooks.slack.com/commands/T1/2/x");
  EXPECT_EQ(request.body, R"({"text":"x"})");
  const std::vector<std::pair<std::string, std::string>> headers{{"Content-Type", "application/json; charset=utf-8"}};
  EXPECT_EQ(request.headers, headers);
  EXPECT_FALSE(request.repeatable);  // each try counts towards Slack's five
}

TEST(ResponseUrl, IsHttpsOrOfTheConfiguredServer) {
  const std::string refused = "response_url: it is neither https nor of slack.api_url's server";
  Desk slack;
  for (const char* url : {"", "nonsense", "http://hooks.slack.com/x", "http://169.254.169.254/latest", "file:///etc",
                          "https://user:word@hooks.slack.com/x"})
    EXPECT_EQ(slack.respond(url), refused) << url;
  EXPECT_EQ(slack.respond("https://hooks.slack-gov.com/commands/x"), "sent");
  Desk loopback("http://127.0.0.1:8080/api/");
  EXPECT_EQ(loopback.respond("http://127.0.0.1:8080/response?n=1"), "sent");
  EXPECT_EQ(loopback.respond("http://127.0.0.1:8081/response?n=1"), refused);
}

TEST(ResponseUrl, SaysWhetherToTryAgain) {
  Desk desk;
  const struct {
    net::SendResult answer;
    std::string said;
  } cases[] = {
      {net::ClientResponse{404, {}, "expired_url"}, "response_url: status 404: expired_url"},
      {net::ClientResponse{200, {}, R"({"ok":false,"error":"used_url"})"}, "response_url: status 200: used_url"},
      {net::ClientResponse{503, {}, "<html>"}, "response_url: status 503 [again]"},
      {net::ClientResponse{429, {}, ""}, "response_url: Slack asks to wait [again]"},
      {std::unexpected(net::SendFailure{{Problem::Kind::unreachable, "no route", {}, {}}, false}),
       "response_url: no route [again]"},
  };
  for (const auto& c : cases) {
    desk.http.answer = c.answer;
    EXPECT_EQ(desk.respond("https://hooks.slack.com/x"), c.said);
  }
}

}  // namespace
}  // namespace hotfixd::slack
