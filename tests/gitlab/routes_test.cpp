#include "integrations/gitlab/routes.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <set>
#include <thread>

#include "tests/gitlab/describe.hpp"
#include "tests/gitlab/sign.hpp"
#include "tests/net/client.hpp"

namespace hotfixd::gitlab {
namespace {

constexpr std::string_view kSecret = "correct horse";
constexpr std::string_view kId = "f5e5f430-f57b-4e6e-9fac-d9128cd7232f";
constexpr std::string_view kTimestamp = "1794690000";
using Headers = std::vector<std::pair<std::string, std::string>>;

class StoppedClock final : public Clock {
 public:
  Time now() const override { return Time{Seconds{1'794'690'000}}; }
};

std::string payload(const std::string& name) {
  std::ifstream file(HOTFIXD_SOURCE_DIR "/tests/gitlab/payloads/" + name + ".json", std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

class GitlabRoutes : public testing::Test {
 protected:
  void SetUp() override {
    policy_.repositories = {{.name = "shop", .gitlab = "acme/web/shop"}};
    body_ = payload("release.created");
    with_secret();
  }
  void with_secret() { serve({.secret = std::string(kSecret), .signing = {}, .report = {}}); }
  void with_signing() {
    serve({.secret = std::string(kSecret), .signing = SigningToken::read(test::kToken).value(), .report = {}});
  }
  void serve(HookOptions options) {
    options.report = [this](const Problem& p) { reported_.push_back(p.what); };
    route_ =
        webhook_route(std::move(options), policy_, clock_,
                      [this](std::vector<common::HookDelivery> deliveries, std::function<void(bool)> done) {
                        for (const auto& d : deliveries)
                          submitted_.push_back(d.id + " | " + d.login + " | " + (d.at ? format_rfc3339(*d.at) : "-") +
                                               " | " + test::describe(d.event));
                        done_ = std::move(done);
                      });
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
        .method = "POST", .target = "/hooks/gitlab", .headers = std::move(headers), .body = std::move(body)};
    route_.handle(std::move(request), [this](const net::HttpResponse& r) { answer_ += show(r); });
    return answer_;
  }
  static Headers headers() {
    return {{"X-Gitlab-Event", "Release Hook"},
            {"X-Gitlab-Webhook-UUID", "11111111-f57b-4e6e-9fac-d9128cd7232f"},
            {"X-Gitlab-Event-UUID", "22222222-f57b-4e6e-9fac-d9128cd7232f"},
            {"X-Gitlab-Instance", "https://gitlab.example.com"},
            {"Idempotency-Key", std::string(kId)},
            {"X-Gitlab-Token", std::string(kSecret)},
            {"Content-Type", "application/json"}};
  }
  static Headers signed_headers(const std::string& body, std::string_view timestamp = kTimestamp) {
    auto all = headers();
    all.emplace_back("webhook-id", kId);
    all.emplace_back("webhook-timestamp", timestamp);
    all.emplace_back("webhook-signature", test::sign(test::kToken, kId, timestamp, body));
    return all;
  }
  static Headers without(Headers all, std::string_view name) {
    std::erase_if(all, [&](const auto& h) { return h.first == name; });
    return all;
  }

  StoppedClock clock_;
  Policy policy_;
  net::Route route_;
  std::string body_, answer_;
  std::vector<std::string> submitted_, reported_;
  std::function<void(bool)> done_;
};

TEST_F(GitlabRoutes, NothingIsAnsweredBeforeTheCommit) {
  EXPECT_EQ(route_.method + " " + route_.path, "POST /hooks/gitlab");
  EXPECT_EQ(route_.body_limit, 25U * 1024 * 1024);
  EXPECT_EQ(post(headers(), body_), "");
  EXPECT_EQ(submitted_,
            std::vector<std::string>{"gitlab:f5e5f430-f57b-4e6e-9fac-d9128cd7232f |  | 2026-11-14T21:45:00Z | shop "
                                     "2026-11-14T21:45:00Z : released v2.4.8 "
                                     "[https://gitlab.example.com/Acme/web/shop/-/releases/v2.4.8]"});
  done_(true);
  EXPECT_EQ(answer_, "202 recorded\n");
}

TEST_F(GitlabRoutes, WhatWasNotCommittedIsSaid) {
  EXPECT_EQ(post(headers(), body_), "");
  done_(false);
  EXPECT_EQ(answer_, "503 not recorded, deliver it again\n");
}

TEST_F(GitlabRoutes, OnlyWhoKnowsTheSecretIsBelieved) {
  const std::string refused = "401 X-Gitlab-Token is missing or is not the secret token\n";
  EXPECT_EQ(post({}, ""), refused);
  EXPECT_EQ(post(without(headers(), "X-Gitlab-Token"), body_), refused);
  auto other = without(headers(), "X-Gitlab-Token");
  other.emplace_back("X-Gitlab-Token", "correct hors");
  EXPECT_EQ(post(other, "no JSON at all"), refused);  // not even looked at
  EXPECT_TRUE(submitted_.empty() && reported_.empty());
}

TEST_F(GitlabRoutes, WithASigningTokenTheSecretProvesNothing) {
  with_signing();
  EXPECT_EQ(post(headers(), body_), "401 webhook-signature is missing: give the webhook a signing token\n");
  const std::string refused =
      "401 webhook-signature does not match the signing token, or webhook-timestamp is not of now\n";
  EXPECT_EQ(post(signed_headers(body_), body_ + " "), refused);
  EXPECT_EQ(post(signed_headers(body_), "no JSON at all"), refused);
  EXPECT_EQ(post(signed_headers(body_, "1794689699"), body_), refused);
  EXPECT_TRUE(submitted_.empty() && reported_.empty());

  EXPECT_EQ(post(signed_headers(body_, "1794689700"), body_), "");  // five minutes ago
  EXPECT_EQ(post(without(signed_headers(body_), "X-Gitlab-Token"), body_), "");
  ASSERT_EQ(submitted_.size(), 2U);
  EXPECT_TRUE(submitted_[0].starts_with("gitlab:f5e5f430-f57b-4e6e-9fac-d9128cd7232f | "));
}

TEST_F(GitlabRoutes, OneByteTamperedIsRefused) {
  with_signing();
  for (std::size_t i = 0; i < body_.size(); i += 7) {
    auto other = body_;
    other[i] = static_cast<char>(other[i] ^ 1);
    EXPECT_TRUE(post(signed_headers(body_), other).starts_with("401 ")) << i;
  }
  EXPECT_TRUE(submitted_.empty());
}

// The signed id is the one that counts: whoever repeats a delivery cannot make it new.
TEST_F(GitlabRoutes, TheIdIsTheSignedOne) {
  with_signing();
  auto other = without(signed_headers(body_), "Idempotency-Key");
  other.emplace_back("Idempotency-Key", "another");
  post(other, body_);
  ASSERT_EQ(submitted_.size(), 1U);
  EXPECT_TRUE(submitted_[0].starts_with("gitlab:f5e5f430-f57b-4e6e-9fac-d9128cd7232f | "));
}

TEST_F(GitlabRoutes, AResentOneHasTheSameId) {
  auto again = without(headers(), "X-Gitlab-Webhook-UUID");
  again.emplace_back("X-Gitlab-Webhook-UUID", "33333333-f57b-4e6e-9fac-d9128cd7232f");
  post(headers(), body_);
  post(again, body_);
  // Before GitLab 17.4: by the event and the body.
  const auto old = without(headers(), "Idempotency-Key");
  post(old, body_);
  post(without(old, "X-Gitlab-Webhook-UUID"), body_);
  post(old, payload("tag_push.created"));  // of the same request to GitLab
  ASSERT_EQ(submitted_.size(), 5U);
  std::vector<std::string> ids;
  for (const auto& s : submitted_) ids.push_back(s.substr(0, s.find(' ')));
  EXPECT_EQ(ids[0], ids[1]);
  EXPECT_EQ(ids[2], ids[3]);
  EXPECT_EQ(std::set<std::string>(ids.begin(), ids.end()).size(), 3U);
  EXPECT_EQ(ids[2].size(), 7U + 64U);
}

TEST_F(GitlabRoutes, OtherForgesAreToldSo) {
  for (const auto& [header, forge] :
       Headers{{"X-Forgejo-Event", "Forgejo"}, {"X-Gitea-Event", "Gitea"}, {"X-GitHub-Event", "GitHub"}}) {
    auto other = without(headers(), "X-Gitlab-Event");
    other.insert(other.begin(), {{header, "push"}, {"X-GitHub-Event", "push"}});
    EXPECT_EQ(post(other, body_), "400 this address takes GitLab's webhooks, not those of " + forge + "\n");
  }
  EXPECT_TRUE(submitted_.empty());
}

// An error in a row of four would make GitLab switch the webhook off.
TEST_F(GitlabRoutes, WhatIsNotUnderstoodIsNoError) {
  EXPECT_EQ(post(headers(), "{"), "200 not understood: the body is not JSON\n");
  EXPECT_EQ(post(headers(), "{}"), "200 not understood: object_kind is missing\n");
  EXPECT_EQ(reported_, (std::vector<std::string>{
                           "a webhook of GitLab's, f5e5f430-f57b-4e6e-9fac-d9128cd7232f, is not understood: the body "
                           "is not JSON",
                           "a webhook of GitLab's, f5e5f430-f57b-4e6e-9fac-d9128cd7232f, is not understood: "
                           "object_kind is missing"}));
  EXPECT_EQ(post(headers(), payload("note.comment")), "200 ignored: this kind of event is not used\n");
  EXPECT_EQ(post(headers(), R"({"object_kind":"push","project":{"path_with_namespace":"acme/other"}})"),
            "200 ignored: project acme/other is not configured\n");
  auto odd = without(headers(), "Idempotency-Key");
  odd.emplace_back("Idempotency-Key", "a/../b");
  EXPECT_EQ(post(odd, body_), "400 webhook-id or Idempotency-Key is malformed\n");
  EXPECT_TRUE(submitted_.empty());
}

// The whole way over a socket, with a commit that takes a while and one that takes too long.
TEST_F(GitlabRoutes, OverASocket) {
  std::vector<std::thread> committing;
  std::vector<std::function<void(bool)>> never;
  auto route =
      webhook_route({.secret = std::string(kSecret), .signing = {}, .report = {}}, policy_, clock_,
                    [&](const std::vector<common::HookDelivery>& deliveries, const std::function<void(bool)>& done) {
                      if (deliveries.at(0).id == "gitlab:stuck") return never.push_back(done);
                      committing.emplace_back([done] { done(true); });
                    });
  auto server = net::listen({.response_timeout = std::chrono::milliseconds(500)}, {route});
  ASSERT_TRUE(server) << server.error().what;
  (*server)->start();
  hotfixd::test::Client client((*server)->port());
  const auto ask = [&](const std::string& id) {
    client.send("POST /hooks/gitlab HTTP/1.1\r\nHost: bot\r\nContent-Length: " + std::to_string(body_.size()) +
                "\r\nX-Gitlab-Event: Release Hook\r\nContent-Type: application/json\r\nIdempotency-Key: " + id +
                "\r\nX-Gitlab-Token: " + std::string(kSecret) + "\r\n\r\n" + body_);
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
}  // namespace hotfixd::gitlab
