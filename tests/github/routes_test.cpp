#include "integrations/github/routes.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <thread>

#include "tests/github/describe.hpp"
#include "tests/github/sign.hpp"
#include "tests/net/client.hpp"

namespace hotfixd::github {
namespace {

constexpr std::string_view kSecret = "correct horse";
using Headers = std::vector<std::pair<std::string, std::string>>;

class RoutesTest : public testing::Test {
 protected:
  void SetUp() override {
    Policy policy;
    policy.repositories = {{.name = "shop", .github = "acme/shop"}};
    route_ = webhook_route(
        std::string(kSecret), policy, [this](std::vector<HookDelivery> deliveries, std::function<void(bool)> done) {
          for (const auto& d : deliveries) {
            submitted_.push_back(d.id + " | " + d.login + " | " + (d.at ? format_rfc3339(*d.at) : "-") + " | " +
                                 test::describe(d.event));
          }
          done_ = std::move(done);
        });
    std::ifstream file(HOTFIXD_SOURCE_DIR "/tests/github/payloads/release.published.json", std::ios::binary);
    body_.assign(std::istreambuf_iterator<char>(file), {});
  }

  static std::string show(const net::HttpResponse& r) {
    std::string text = std::to_string(r.status) + " " + r.body;
    for (const auto& [name, value] : r.headers) text += "[" + name + ": " + value + "]";
    return text;
  }
  // The answer so far; empty when there is none yet.
  std::string post(Headers headers, std::string body) {
    answer_.clear();
    net::HttpRequest request{
        .method = "POST", .target = "/hooks/github", .headers = std::move(headers), .body = std::move(body)};
    route_.handle(std::move(request), [this](const net::HttpResponse& r) { answer_ += show(r); });
    return answer_;
  }
  Headers signed_headers(const std::string& body, std::string event = "release") {
    return {{"X-GitHub-Event", std::move(event)},
            {"X-GitHub-Delivery", "72d3162e-cc78-11e3-81ab-4c9367dc0958"},
            {"X-Hub-Signature-256", test::sign(kSecret, body)},
            {"Content-Type", "application/json"}};
  }
  Headers without(std::string_view name) {
    auto headers = signed_headers(body_);
    std::erase_if(headers, [&](const auto& h) { return h.first == name; });
    return headers;
  }

  net::Route route_;
  std::string body_, answer_;
  std::vector<std::string> submitted_;
  std::function<void(bool)> done_;
};

TEST_F(RoutesTest, NothingIsAnsweredBeforeTheCommit) {
  EXPECT_EQ(route_.method + " " + route_.path, "POST /hooks/github");
  EXPECT_EQ(route_.body_limit, 25U * 1024 * 1024);
  EXPECT_EQ(post(signed_headers(body_), body_), "");
  EXPECT_EQ(submitted_, std::vector<std::string>{
                            "github:72d3162e-cc78-11e3-81ab-4c9367dc0958 | carol-m | 2026-11-14T21:45:00Z | shop "
                            "2026-11-14T21:45:00Z carol-m: released v2.4.8 "
                            "[https://github.com/Acme/Shop/releases/tag/v2.4.8]"});
  done_(true);
  EXPECT_EQ(answer_, "202 recorded\n");
}

TEST_F(RoutesTest, WhatWasNotCommittedIsAskedForAgain) {
  EXPECT_EQ(post(signed_headers(body_), body_), "");
  done_(false);
  EXPECT_EQ(answer_, "503 not recorded, deliver it again\n[Retry-After: 10]");
}

TEST_F(RoutesTest, OnlyGitHubIsBelieved) {
  const std::string refused = "401 X-Hub-Signature-256 is missing or does not match the secret\n";
  EXPECT_EQ(post({}, ""), refused);
  EXPECT_EQ(post(without("X-Hub-Signature-256"), body_), refused);
  EXPECT_EQ(post(signed_headers(body_), body_ + " "), refused);
  EXPECT_EQ(post(signed_headers(body_), "no JSON at all"), refused);  // not even looked at
  EXPECT_TRUE(submitted_.empty());
}

TEST_F(RoutesTest, OtherForgesAreToldSo) {
  for (const auto& [header, forge] : Headers{{"X-Forgejo-Event", "Forgejo"},
                                             {"X-Gitea-Delivery", "Gitea"},
                                             {"X-Gogs-Event", "Gogs"},
                                             {"X-Gitlab-Event", "GitLab"}}) {
    auto headers = signed_headers(body_);
    headers.emplace_back(header, "push");
    EXPECT_EQ(post(headers, body_), "400 this address takes GitHub's webhooks, not those of " + forge + "\n");
  }
  auto headers = signed_headers(body_);  // Forgejo sends all of its ancestors' headers
  headers.insert(headers.begin(), {{"X-Gogs-Event", "push"}, {"X-Gitea-Event", "push"}, {"X-Forgejo-Event", "push"}});
  EXPECT_EQ(post(headers, body_), "400 this address takes GitHub's webhooks, not those of Forgejo\n");
  EXPECT_TRUE(submitted_.empty());
}

TEST_F(RoutesTest, WhatIsMissingOrMalformedIsSaid) {
  EXPECT_EQ(post(without("X-GitHub-Delivery"), body_), "400 X-GitHub-Delivery is missing or malformed\n");
  auto odd = without("X-GitHub-Delivery");
  odd.emplace_back("X-GitHub-Delivery", "a/../b");
  EXPECT_EQ(post(odd, body_), "400 X-GitHub-Delivery is missing or malformed\n");
  EXPECT_EQ(post(without("X-GitHub-Event"), body_), "400 X-GitHub-Event is missing\n");
  EXPECT_EQ(post(signed_headers("{"), "{"), "400 the body is not JSON\n");
  const std::string empty = R"({"release":{"published_at":"2026-11-14T21:45:00Z"}})";
  EXPECT_EQ(post(signed_headers(empty), empty), "400 release.tag_name is missing\n");
  EXPECT_TRUE(submitted_.empty());
}

TEST_F(RoutesTest, PingsAndTheRestAreAnsweredAtOnce) {
  EXPECT_EQ(post(signed_headers("{}", "ping"), "{}"), "200 pong\n");
  EXPECT_EQ(post(signed_headers("{}", "issues"), "{}"), "200 ignored: this kind of event is not used\n");
  const std::string other = R"({"repository":{"full_name":"acme/other"}})";
  EXPECT_EQ(post(signed_headers(other), other), "200 ignored: repository acme/other is not configured\n");
  EXPECT_TRUE(submitted_.empty());
}

TEST_F(RoutesTest, FormsAreSignedAsTheyAreSent) {
  const std::string form =
      "payload=%7B%22release%22%3A%7B%22tag_name%22%3A%22v1%22%2C%22published_at%22%3A%222026-11-14T21%3A45%3A00Z%22%"
      "7D%7D";
  auto headers = signed_headers(form);
  headers.back().second = "application/x-www-form-urlencoded";
  EXPECT_EQ(post(headers, form), "");
  ASSERT_EQ(submitted_.size(), 1U);
  EXPECT_TRUE(submitted_[0].ends_with("shop 2026-11-14T21:45:00Z : released v1 []")) << submitted_[0];
}

// The whole way over a socket, with a commit that takes a while and one that takes too long.
TEST_F(RoutesTest, OverASocket) {
  std::vector<std::thread> committing;
  std::vector<std::function<void(bool)>> never;
  Policy policy;
  policy.repositories = {{.name = "shop", .github = "acme/shop"}};
  auto route = webhook_route(std::string(kSecret), policy,
                             [&](const std::vector<HookDelivery>& deliveries, const std::function<void(bool)>& done) {
                               if (deliveries.at(0).id == "github:stuck") return never.push_back(done);
                               committing.emplace_back([done] {
                                 std::this_thread::sleep_for(std::chrono::milliseconds(20));
                                 done(true);
                               });
                             });
  auto server = net::listen({.response_timeout = std::chrono::milliseconds(500)}, {route});
  ASSERT_TRUE(server) << server.error().what;
  (*server)->start();
  hotfixd::test::Client client((*server)->port());
  const auto ask = [&](const std::string& guid) {
    client.send("POST /hooks/github HTTP/1.1\r\nHost: bot\r\nContent-Length: " + std::to_string(body_.size()) +
                "\r\nX-GitHub-Event: release\r\nContent-Type: application/json\r\nX-GitHub-Delivery: " + guid +
                "\r\nX-Hub-Signature-256: " + test::sign(kSecret, body_) + "\r\n\r\n" + body_);
    return client.response();
  };
  EXPECT_TRUE(ask("quick").starts_with("HTTP/1.1 202 Accepted\r\n"));
  EXPECT_TRUE(ask("stuck").starts_with("HTTP/1.1 503 Service Unavailable\r\n"));
  EXPECT_TRUE(ask("quick").starts_with("HTTP/1.1 202 Accepted\r\n"));
  (*server)->stop();
  for (auto& thread : committing) thread.join();
  for (const auto& done : never) done(true);  // nobody is there any more, and nothing happens
}

}  // namespace
}  // namespace hotfixd::github
