// The contract of every chat platform, on Slack's.
#include "integrations/slack/platform.hpp"

#include <nlohmann/json.hpp>

#include "integrations/slack/channel_id.hpp"
#include "tests/local/chat_platform_contract.hpp"
#include "tests/slack/fake_slack.hpp"
#include "tests/slack/quiet_api.hpp"

namespace hotfixd::testing {
namespace {

// A second and more passes between two looks: what Slack wants between two posts to one channel.
class SteppingClock final : public Clock {
 public:
  Time now() const override { return now_ += Seconds{2}; }

 private:
  mutable Time now_{Seconds{1'794'690'000}};
};

class SlackUnderTest final : public PlatformUnderTest {
 public:
  SlackUnderTest() { restart(); }
  ~SlackUnderTest() override { EXPECT_TRUE(slack_.violations().empty()) << slack_.violations().front(); }
  ChatPlatform& platform() override { return *platform_; }
  void restart() override {
    platform_.reset();
    api_.reset();
    http_ = net::create_http_client({}).value();
    slack::WebApiOptions options;
    options.url = slack_.api_url();
    options.bot_token = "xoxb-test";
    api_ = slack::create_web_api(*http_, clock_, options);
    groups_ = std::make_unique<slack::Groups>(*api_, clock_);
    platform_ = slack::create_platform(*api_, *groups_, policy_, {.instance = "i", .report = {}});
  }
  std::vector<Seen> seen(const ChannelId& channel) override {
    std::vector<Seen> out;
    for (const auto& post : slack_.posts())
      if (post.channel == slack::parse_channel(channel)->channel && !post.deleted)
        out.push_back({post.ts, say(post.text), post.pinned});
    return out;
  }
  void someone_deletes(const ChannelId& channel, const MessageId& id) override {
    slack_.remove(slack::parse_channel(channel)->channel, id);
  }
  ChannelId channel() const override { return "slack:T1:C1"; }
  ChannelId named(const std::string& name) const override { return "slack:T1:#" + name; }

 private:
  FakeSlack slack_;
  SteppingClock clock_;
  Policy policy_;
  std::unique_ptr<net::HttpClient> http_;
  std::unique_ptr<slack::WebApi> api_;
  std::unique_ptr<slack::Groups> groups_;
  std::unique_ptr<ChatPlatform> platform_;
};

std::unique_ptr<PlatformUnderTest> make_slack() { return std::make_unique<SlackUnderTest>(); }

// users.info of one member, as Slack answers it.
class OneMember final : public testing::QuietApi {
 public:
  explicit OneMember(nlohmann::json user) : user_(std::move(user)) {}
  slack::ApiResult read(std::string_view method, const slack::Arguments& arguments) override {
    EXPECT_EQ(method, "users.info");
    EXPECT_EQ(arguments, (slack::Arguments{{"user", "U1"}}));
    if (user_.is_string())
      return std::unexpected(slack::ApiFailure{{Problem::Kind::not_found, user_, {}, {}}, user_, false});
    return nlohmann::json{{"ok", true}, {"user", user_}};
  }

 private:
  nlohmann::json user_;
};

TEST(SlackPeople, AreKnownByTheirZoneAndWhetherTheAccountIsClosed) {
  const auto known = [](nlohmann::json user, const std::string& id = "alice") -> std::string {
    OneMember api(std::move(user));
    SteppingClock clock;
    slack::Groups groups(api, clock);
    Policy policy;
    policy.people = {{.person = {"alice", "Alice"}, .zone = {}, .github = {}, .slack = "U1"}};
    const auto platform = slack::create_platform(api, groups, policy, {});
    const auto facts = platform->person({"slack:T1:C1", {id, "A"}});
    if (!facts) return "problem: " + facts.error().what;
    if (!*facts) return "nothing";
    return (*facts)->person.id + " " + (*facts)->zone + ((*facts)->active ? "" : " closed");
  };
  EXPECT_EQ(known({{"id", "U1"}, {"tz", "Europe/Berlin"}, {"deleted", false}}), "alice Europe/Berlin");
  EXPECT_EQ(known({{"id", "U1"}, {"deleted", true}}), "alice  closed");
  EXPECT_EQ(known({{"id", "U1"}, {"tz", "Mars/Olympus"}}), "alice ");
  EXPECT_EQ(known({{"id", "U1"}, {"tz", nullptr}, {"deleted", "yes"}}), "alice ");
  EXPECT_EQ(known("user_not_found"), "nothing");
  EXPECT_EQ(known("fatal_error"), "problem: fatal_error");
  EXPECT_EQ(known({{"id", "U1"}}, "somebody unknown to Slack"), "nothing");
}

INSTANTIATE_TEST_SUITE_P(Slack, ChatPlatformContract, ::testing::Values(&make_slack));

}  // namespace
}  // namespace hotfixd::testing
