// Telling a receiver to deploy: what is sent and signed, and what its answers mean.
#include "integrations/webhook/deployer.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <mutex>
#include <nlohmann/json.hpp>

#include "tests/net/script_server.hpp"

namespace hotfixd::webhook {
namespace {

using ::testing::HasSubstr;

class ManualClock final : public Clock {
 public:
  Time now() const override { return Time{Seconds{1614265330}}; }
};

class WebhookDeployer : public ::testing::Test {
 protected:
  std::unique_ptr<Deployer> means(std::string secret = {}) {
    return create_deployer(*http_, clock_,
                           {.url = fmt::format("http://127.0.0.1:{}/deploy", server_.port()),
                            .secret = std::move(secret),
                            .deadline = std::chrono::milliseconds{5'000}});
  }
  static effect::Deploy order() { return {"HF-7-D1-17", "shop", "v2.4.8", "82cda02", "production", true, {}}; }

  std::mutex mutex_;
  std::string request_, answer_ = "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n";
  test::ScriptServer server_{[this](test::Peer& peer, int) {
    for (auto text = peer.request(); !text.empty(); text = peer.request()) {
      std::string answer;
      {
        const std::lock_guard lock(mutex_);
        request_ = text;
        answer = answer_;
      }
      if (answer.empty() || !peer.send(answer)) return;
    }
  }};
  ManualClock clock_;
  std::unique_ptr<net::HttpClient> http_ = net::create_http_client({}).value();
};

// The example of the Standard Webhooks reference libraries.
TEST(WebhookSignature, IsTheStandardOne) {
  EXPECT_EQ(signature("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330,
                      R"({"test": 2432232314})"),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
  EXPECT_NE(signature("plain", "a", 1, "b"), signature("other", "a", 1, "b"));
  EXPECT_EQ(signature("", "a", 1, "b"), "");
}

TEST_F(WebhookDeployer, SendsTheOrderSignedUnderItsKey) {
  const auto started = means("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")->start(order());
  ASSERT_TRUE(started) << started.error().what;
  EXPECT_FALSE(started->followed) << "who took it does not say how it ends";
  const auto body = request_.substr(request_.find("\r\n\r\n") + 4);
  EXPECT_EQ(nlohmann::json::parse(body), (nlohmann::json{{"repository", "shop"},
                                                         {"tag", "v2.4.8"},
                                                         {"sha", "82cda02"},
                                                         {"environment", "production"},
                                                         {"key", "HF-7-D1-17"},
                                                         {"rollback", true}}));
  EXPECT_THAT(request_, HasSubstr("POST /deploy HTTP/1.1"));
  EXPECT_THAT(request_, HasSubstr("Idempotency-Key: HF-7-D1-17\r\n"));
  EXPECT_THAT(request_, HasSubstr("webhook-id: HF-7-D1-17\r\n"));
  EXPECT_THAT(request_, HasSubstr("webhook-timestamp: 1614265330\r\n"));
  EXPECT_THAT(request_,
              HasSubstr("webhook-signature: " +
                        signature("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "HF-7-D1-17", 1614265330, body) + "\r\n"));
  EXPECT_FALSE(*means()->find(order()));
}

TEST_F(WebhookDeployer, AnAnswerSaysWhetherItIsWorthTryingAgain) {
  struct Case {
    std::string answer;
    Problem::Kind kind;
    std::string what;
  };
  for (const auto& c : {Case{"HTTP/1.1 403 X\r\nContent-Length: 6\r\n\r\nsecret", Problem::Kind::refused,
                             "the deploy webhook answered 403"},
                        Case{"HTTP/1.1 302 X\r\nLocation: https://x\r\nContent-Length: 0\r\n\r\n",
                             Problem::Kind::refused, "the deploy webhook answered 302"},
                        Case{"HTTP/1.1 503 X\r\nContent-Length: 0\r\n\r\n", Problem::Kind::unreachable,
                             "the deploy webhook answered 503"},
                        Case{"HTTP/1.1 429 X\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n",
                             Problem::Kind::rate_limited, "the deploy webhook answered 429"}}) {
    {
      const std::lock_guard lock(mutex_);
      answer_ = c.answer;
    }
    const auto started = means("s")->start(order());
    ASSERT_FALSE(started);
    EXPECT_EQ(started.error().kind, c.kind);
    EXPECT_EQ(started.error().what, c.what);
    EXPECT_EQ(started.error().retry_after,
              c.kind == Problem::Kind::rate_limited ? std::optional(Seconds{7}) : std::nullopt);
  }
  {
    const std::lock_guard lock(mutex_);
    answer_.clear();  // taken, and no answer
  }
  EXPECT_TRUE(means()->start(order()).error().retryable());
}

}  // namespace
}  // namespace hotfixd::webhook
