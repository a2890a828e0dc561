// `hotfixd check --online` against a Slack of our own: what it prints, and what it does not touch.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "bot/cli/check_slack.hpp"
#include "integrations/slack/manifest.hpp"
#include "tests/slack/fake_slack.hpp"

namespace hotfixd::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr auto kVariable = "HOTFIXD_TEST_CONFIG_TOKEN";

std::string every_scope() {
  std::vector<std::string_view> all;
  for (const auto& scope : slack::scopes()) all.push_back(scope.name);
  return fmt::format("{}", fmt::join(all, ","));
}

class CheckOnline : public ::testing::Test {
 protected:
  CheckOnline() {
    ::setenv(kVariable, "xoxe.xoxp-test", 1);
    config_.slack.api_url = slack_.api_url();
    config_.slack.bot_token = {"xoxb-test", "env:TEST"};
    config_.slack.app_token = {"xapp-test", "env:TEST"};
    config_.slack.config_token = cli::SecretPlace{fmt::format("env:{}", kVariable), {}};
    slack_.manifest(slack::manifest_json(""));
    slack_.scopes(every_scope());
  }
  ~CheckOnline() override {
    ::unsetenv(kVariable);
    EXPECT_THAT(slack_.violations(), IsEmpty());
    EXPECT_EQ(slack_.sockets_opened(), 0) << "a socket of the check would take events from serve";
  }

  std::vector<std::string> lines() {
    std::vector<std::string> all;
    for (const auto& f : cli::slack_findings(config_)) {
      all.push_back(fmt::format("{} {}: {}", !f.ok ? "fail" : f.mend.empty() ? "ok" : "hint", f.subject, f.what));
      if (!f.mend.empty()) all.back() += " → " + f.mend;
      EXPECT_EQ(all.back().find("xox"), std::string::npos) << "a secret in: " << all.back();
    }
    return all;
  }

  FakeSlack slack_;
  cli::Config config_;
};

constexpr auto kBot = "ok slack online: hotfixd in acme";
constexpr auto kSocket = "ok slack socket: the app token opens connections";
constexpr auto kCompared = "ok slack app: the settings of A1 were compared with the manifest";
constexpr auto kNewToken =
    "make a new app configuration token at https://api.slack.com/apps (one lives 12 hours) and set slack.config_token";

TEST_F(CheckOnline, AnAppMadeFromTheManifestIsFine) { EXPECT_THAT(lines(), ElementsAre(kBot, kSocket, kCompared)); }

TEST_F(CheckOnline, WhatTheAppLacksIsNamed) {
  nlohmann::json manifest = slack::manifest_json("");
  auto& events = manifest["settings"]["event_subscriptions"]["bot_events"];
  events.erase(std::ranges::find(events, "pin_added"));
  slack_.manifest(manifest);
  EXPECT_THAT(lines(), ElementsAre(kBot, kSocket, kCompared,
                                   "fail slack app: the bot event pin_added is missing, so this does not work: a pin "
                                   "puts a message into the timeline → Event Subscriptions, Subscribe to bot events: "
                                   "add it; or apply the manifest printed by: hotfixd slack manifest --socket"));
}

TEST_F(CheckOnline, WithoutAConfigurationTokenScopesAndTheSocketAreLookedAt) {
  config_.slack.config_token.reset();
  slack_.scopes(every_scope() + ",files:write");
  EXPECT_THAT(lines(),
              ElementsAre(kBot, kSocket,
                          "hint slack app: events, commands and settings were not compared with the manifest → to have "
                          "that done, make an app configuration token at https://api.slack.com/apps and set "
                          "slack.config_token",
                          "hint slack app: the app has scopes that the bot does not use: files:write → OAuth & "
                          "Permissions: remove them, the bot needs no more than it uses"));
  EXPECT_EQ(slack_.calls("apps.manifest.export"), 0);
}

TEST_F(CheckOnline, InHttpModeTheAddressesAreThoseOfTheConfiguration) {
  config_.slack.app_token.reset();
  slack_.manifest(slack::manifest_json("https://bot.example.com"));
  EXPECT_THAT(lines(), ElementsAre(kBot, kCompared,
                                   "hint slack app: the app's request URLs were not compared → set slack.public_url"));
  config_.slack.public_url = "https://bot.example.com";
  EXPECT_THAT(lines(), ElementsAre(kBot, kCompared));
  config_.slack.public_url = "https://new.example.com";
  EXPECT_EQ(lines().size(), 5u);  // three addresses
  EXPECT_EQ(slack_.calls("apps.connections.open"), 0);
}

TEST_F(CheckOnline, AnExpiredConfigurationTokenIsToBeMadeAnew) {
  for (const std::string error : {"token_expired", "token_revoked", "invalid_auth", "not_allowed_token_type"}) {
    slack_.refuse_next("apps.manifest.export", error);
    EXPECT_THAT(lines(), ElementsAre(kBot, kSocket,
                                     fmt::format("fail slack app: Slack refuses apps.manifest.export: {} → {}", error,
                                                 kNewToken)));
  }
  ::setenv(kVariable, "xoxe.xoxp-old", 1);
  EXPECT_EQ(lines().back(),
            fmt::format("fail slack app: Slack refuses apps.manifest.export: invalid_auth → {}", kNewToken));
}

TEST_F(CheckOnline, ATokenThatIsNotThereIsSaid) {
  ::unsetenv(kVariable);
  EXPECT_EQ(lines().back(),
            fmt::format("fail slack app: slack.config_token: the environment variable {0} is not set → set {0} for the "
                        "process, or name a file with file:PATH; or remove the key",
                        kVariable));
}

TEST_F(CheckOnline, ARefusedMethodIsSaidAndTheRestIsStillChecked) {
  slack_.refuse_next("apps.manifest.export", "no_permission");
  slack_.scopes("commands");
  const auto all = lines();
  ASSERT_EQ(all.size(), 3 + slack::scopes().size() - 1);
  EXPECT_EQ(all[2],
            "fail slack app: Slack refuses apps.manifest.export: no_permission → use the app configuration token of "
            "somebody who is a collaborator of the app, made in the app's workspace");
  EXPECT_THAT(all[3], ::testing::StartsWith("fail slack app: the bot scope chat:write is missing"));

  slack_.scopes(every_scope());
  slack_.refuse_next("bots.info", "bot_not_found");
  EXPECT_THAT(lines().back(), ::testing::StartsWith("fail slack app: Slack refuses bots.info: bot_not_found"));
}

TEST_F(CheckOnline, AnAppTokenThatOpensNothingIsSaid) {
  for (const std::string error : {"missing_scope", "invalid_auth", "not_allowed_token_type"}) {
    slack_.refuse_next("apps.connections.open", error);
    EXPECT_THAT(
        lines(),
        ElementsAre(kBot,
                    fmt::format("fail slack socket: Slack refuses apps.connections.open: {} → Basic Information, "
                                "App-Level Tokens: make one with the scope connections:write and set "
                                "slack.app_token",
                                error),
                    kCompared));
  }
}

TEST_F(CheckOnline, ABotTokenThatSlackDoesNotKnowIsSaid) {
  slack_.refuse_next("auth.test", "invalid_auth");
  EXPECT_THAT(lines(),
              ElementsAre("fail slack online: Slack refuses auth.test: invalid_auth → install the app again and "
                          "put the new bot token into the configuration",
                          kSocket));
}

TEST_F(CheckOnline, ABotTokenThatExpiresNeedsItsRefreshToken) {
  config_.slack.bot_token = {"xoxe.xoxb-old", "env:TEST"};
  slack_.refuse_next("auth.test", "token_expired");
  EXPECT_THAT(lines(),
              ElementsAre(::testing::StartsWith("fail slack online: Slack refuses auth.test"), kSocket,
                          "fail slack online: the bot token expires after 12 hours, and slack.refresh_token is "
                          "not set → set slack.client_id, slack.client_secret and slack.refresh_token"));
}

TEST_F(CheckOnline, AnAnswerWithoutAManifestIsSaid) {
  slack_.manifest(nullptr);
  EXPECT_EQ(lines().back(),
            "fail slack app: Slack's answer to apps.manifest.export has no manifest → check slack.api_url, and whether "
            "a proxy stands between");
}

}  // namespace
}  // namespace hotfixd::testing
