// Servers that do not answer: a call to git ends in time, says why, and never holds a worker for ever.
#include <fmt/format.h>

#include "tests/git/relay.hpp"
#include "tests/git/server_support.hpp"

namespace hotfixd::git::testing {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr Patience kShort{.connect = milliseconds(400), .silence = milliseconds(300)};
constexpr milliseconds kSoon{1500};  // a loaded machine; kShort needs a third of it

// What the server sends of it does not compress.
std::string noise(std::size_t size) {
  std::string text;
  for (std::uint32_t state = 1; text.size() < size;) {
    state = state * 1'664'525 + 1'013'904'223;
    text += fmt::format("{:08x}{}", state, text.size() % 64 == 0 ? "\n" : "");
  }
  return text;
}

class Silence : public ::testing::Test {
 protected:
  void SetUp() override {
    repo_ = std::make_unique<Repo>(dir_);
    repo_->commit("start", {{"big.txt", noise(400'000)}});
    repo_->git("tag v2.4.7");
    repo_->push();
  }
  MirrorOptions over_http(int port) const {
    return {.url = fmt::format("http://127.0.0.1:{}/shop.git", port),
            .path = dir_.path("mirror"),
            .token = "s3cret-token",
            .patience = kShort};
  }
  static Result<void> fetch(const MirrorOptions& options, const GitProgress& progress = {}) {
    auto git = open_mirror(options, {.name = "shop"});
    if (!git) return std::unexpected(git.error());
    return (*git)->fetch(progress);
  }
  // The call fails as unreachable within `most`, and with these words first.
  static void expect_ended(const MirrorOptions& options, const std::string& words, const GitProgress& progress = {},
                           Clock::duration most = kSoon) {
    const auto started = Clock::now();
    const auto fetched = fetch(options, progress);
    EXPECT_LT(Clock::now() - started, most);
    ASSERT_FALSE(fetched);
    EXPECT_EQ(fetched.error().kind, Problem::Kind::unreachable);
    EXPECT_EQ(fetched.error().what.substr(0, words.size()), words);
  }

  TempDir dir_;
  std::unique_ptr<Repo> repo_;
};

// Long enough for a loaded machine to hand on the next piece, shorter than the whole.
constexpr Patience kForSlow{.silence = milliseconds(600)};
constexpr milliseconds kPause{35};

TEST_F(Silence, AnHttpServerThatNeverAnswers) {
  const Relay relay({});
  const auto options = over_http(relay.port());
  expect_ended(options, "connecting to " + options.url + " failed: the server said nothing for ");
  EXPECT_EQ(relay.accepted(), 1);
}

TEST_F(Silence, AnHttpsServerThatNeverAnswers) {
  const Relay relay({});
  auto options = over_http(relay.port());
  options.url.insert(4, "s");
  expect_ended(options, "connecting to " + options.url + " failed: the server said nothing for ");
}

TEST_F(Silence, AnSshServerThatNeverAnswers) {
  const Relay relay({});
  auto options = over_http(relay.port());
  options.url = fmt::format("ssh://git@127.0.0.1:{}/shop.git", relay.port());
  expect_ended(options, "connecting to " + options.url + " failed: the server said nothing for ");
}

TEST_F(Silence, AHostThatDropsPackets) {
  const Deaf deaf;
  const auto options = over_http(deaf.port());
  expect_ended(options, "connecting to " + options.url + " failed: the server did not answer within ");
}

TEST_F(Silence, TheLimitOfTheWholeCallHoldsWhileNothingMoves) {
  const Relay relay({});
  auto options = over_http(relay.port());
  options.patience.silence = std::chrono::minutes(1);
  options.timeout = std::chrono::seconds(1);
  const auto started = Clock::now();
  expect_ended(options, "connecting to " + options.url + " took too long", {}, milliseconds(2500));
  EXPECT_GE(Clock::now() - started, options.timeout);
}

TEST_F(Silence, ACallIsCancelledWhileNothingMoves) {
  for (const char* scheme : {"http", "ssh"}) {
    const Relay relay({});
    auto options = over_http(relay.port());
    options.url = fmt::format("{}://127.0.0.1:{}/shop.git", scheme, relay.port());
    options.path = dir_.path(scheme);
    options.patience = {};
    int asked = 0;
    const auto caller = std::this_thread::get_id();
    expect_ended(options, "connecting to " + options.url + " was cancelled", [&](std::string_view doing) {
      EXPECT_EQ(doing, "connecting to the origin");
      EXPECT_EQ(std::this_thread::get_id(), caller) << "whoever passes the callback need not lock what it uses";
      return ++asked < 3;
    });
    EXPECT_EQ(asked, 3);
    EXPECT_EQ(relay.accepted(), 1);
  }
}

TEST_F(Silence, ACallIsCancelledWhileItConnects) {
  const Deaf deaf;
  auto options = over_http(deaf.port());
  options.patience = {};
  int asked = 0;
  expect_ended(options, "connecting to " + options.url + " was cancelled",
               [&](std::string_view) { return ++asked < 2; });
}

class SilentHttp : public Silence {
 protected:
  void SetUp() override {
    Silence::SetUp();
    server_ = std::make_unique<HttpServer>(dir_);
  }
  std::unique_ptr<HttpServer> server_;
};

TEST_F(SilentHttp, AServerThatStopsInTheMiddleOfThePack) {
  const Relay relay({.target = server_->port(), .stop_after = 100'000});
  const auto options = over_http(relay.port());
  expect_ended(options, "fetching from " + options.url + " failed: the server said nothing for ");
}

TEST_F(SilentHttp, ASlowServerThatKeepsMovingIsWaitedFor) {
  const Relay relay({.target = server_->port(), .piece = 6'000, .pause = kPause});
  const auto started = Clock::now();
  auto options = over_http(relay.port());
  options.patience = kForSlow;
  EXPECT_TRUE(ok(fetch(options)));
  EXPECT_GT(Clock::now() - started, kForSlow.silence) << "not slow enough to tell";
}

class SilentSsh : public Silence {
 protected:
  void SetUp() override {
    Silence::SetUp();
    server_ = std::make_unique<SshServer>(dir_);
  }
  MirrorOptions through(const Relay& relay) {
    const std::string key = shell("cut -d' ' -f2- " + server_->keys("known_hosts"));
    write_file(dir_.path("known"), fmt::format("[127.0.0.1]:{} {}\n", relay.port(), key));
    return {.url = fmt::format("ssh://{}@127.0.0.1:{}{}", shell("id -un"), relay.port(), repo_->origin()),
            .path = dir_.path("mirror"),
            .ssh_key_path = server_->keys("good"),
            .known_hosts_path = dir_.path("known"),
            .patience = kShort};
  }
  std::unique_ptr<SshServer> server_;
};

TEST_F(SilentSsh, AServerThatStopsInTheMiddleOfThePack) {
  const Relay relay({.target = server_->port(), .stop_after = 100'000});
  const auto options = through(relay);
  expect_ended(options, "fetching from " + options.url + " failed: the server said nothing for ");
}

TEST_F(SilentSsh, ASlowServerThatKeepsMovingIsWaitedFor) {
  const Relay relay({.target = server_->port(), .piece = 6'000, .pause = kPause});
  const auto started = Clock::now();
  auto options = through(relay);
  options.patience = kForSlow;
  EXPECT_TRUE(ok(fetch(options)));
  EXPECT_GT(Clock::now() - started, kForSlow.silence) << "not slow enough to tell";
}

}  // namespace
}  // namespace hotfixd::git::testing
