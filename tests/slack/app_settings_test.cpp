#include "integrations/slack/app_settings.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "integrations/slack/manifest.hpp"

// The manifest that hotfixd prints, with one thing taken away each time: exactly that is said, and nothing else.

namespace hotfixd::slack {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const Reach kSocket{true, {}, false}, kHttp{false, "https://bot.example.com", false};

constexpr std::string_view kApply = "; or apply the manifest printed by: hotfixd slack manifest --socket";
constexpr std::string_view kApplyUrl =
    "; or apply the manifest printed by: hotfixd slack manifest --url https://bot.example.com";

json printed(const Reach& reach) { return manifest_json(reach.socket_mode ? "" : reach.url); }

std::vector<std::string> lines(const Reach& reach, const json& manifest, const std::vector<std::string>& granted = {}) {
  const auto app = read_settings({{"ok", true}, {"manifest", manifest}});
  EXPECT_TRUE(app);
  std::vector<std::string> all;
  for (const auto& d : differences(wanted_settings(reach), *app, granted))
    all.push_back(fmt::format("{}{} → {}", d.fails ? "" : "hint: ", d.what, d.mend));
  return all;
}

std::vector<std::string> every_scope() {
  std::vector<std::string> all;
  for (const auto& scope : scopes()) all.emplace_back(scope.name);
  return all;
}

json without(json list, std::string_view name) {
  list.erase(std::ranges::find(list, json(name)));
  return list;
}

TEST(AppSettings, TheManifestThatIsPrintedLacksNothing) {
  EXPECT_THAT(lines(kSocket, printed(kSocket), every_scope()), IsEmpty());
  EXPECT_THAT(lines(kHttp, printed(kHttp), every_scope()), IsEmpty());
}

TEST(AppSettings, EachMissingScopeIsNamedWithWhatItIsFor) {
  for (const auto& [name, why] : scopes()) {
    auto manifest = printed(kSocket);
    auto& asked = manifest["oauth_config"]["scopes"]["bot"];
    asked = without(asked, name);
    const auto granted = every_scope();
    std::vector<std::string> rest;
    std::ranges::copy_if(granted, std::back_inserter(rest), [&](const auto& g) { return g != name; });
    const auto missing = fmt::format(
        "the bot scope {} is missing, so this does not work: {} → OAuth & Permissions: add it, and install "
        "the app again{}",
        name, why, kApply);
    EXPECT_THAT(lines(kSocket, manifest), ElementsAre(missing));
    EXPECT_THAT(lines(kSocket, manifest, rest), ElementsAre(missing));
    EXPECT_THAT(lines(kSocket, manifest, granted),
                ElementsAre(fmt::format("the bot scope {} is no longer in the app's settings, so after the next "
                                        "installation this does not work: {} → OAuth & Permissions: add it{}",
                                        name, why, kApply)));
    EXPECT_THAT(lines(kSocket, printed(kSocket), rest),
                ElementsAre(fmt::format("the bot token lacks the scope {}, which the app's settings have, so this does "
                                        "not work: {} → OAuth & Permissions: install the app again, and set "
                                        "slack.bot_token",
                                        name, why)));
    // Without the settings the header alone is judged.
    const auto found = differences(wanted_settings(kSocket), std::nullopt, rest);
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(fmt::format("{} → {}", found[0].what, found[0].mend), missing);
  }
  EXPECT_THAT(differences(wanted_settings(kSocket), std::nullopt, {}), IsEmpty());
}

TEST(AppSettings, AnOptionalScopeIsOneOfTheApp) {
  auto manifest = printed(kSocket);
  auto& all = manifest["oauth_config"]["scopes"];
  all["bot"] = without(all["bot"], "pins:read");
  all["bot_optional"] = {"pins:read"};
  EXPECT_THAT(lines(kSocket, manifest), IsEmpty());
}

TEST(AppSettings, ScopesThatAreNotUsedAreAHint) {
  auto manifest = printed(kSocket);
  auto& all = manifest["oauth_config"]["scopes"];
  all["bot"].push_back("files:write");
  all["user"] = {"search:read", "users:read"};
  auto granted = every_scope();
  granted.insert(granted.end(), {"files:write", "chat:write.public"});
  EXPECT_THAT(lines(kSocket, manifest, granted),
              ElementsAre("hint: the app has scopes that the bot does not use: files:write, chat:write.public, "
                          "search:read (user), users:read (user) → OAuth & Permissions: remove them, the bot needs no "
                          "more than it uses"));
}

TEST(AppSettings, EachMissingEventIsNamedWithWhatItIsFor) {
  for (const auto& [name, why] : events()) {
    auto manifest = printed(kSocket);
    auto& subscribed = manifest["settings"]["event_subscriptions"]["bot_events"];
    subscribed = without(subscribed, name);
    EXPECT_THAT(lines(kSocket, manifest),
                ElementsAre(fmt::format("the bot event {} is missing, so this does not work: {} → Event Subscriptions, "
                                        "Subscribe to bot events: add it{}",
                                        name, why, kApply)));
  }
}

TEST(AppSettings, EachMissingShortcutIsNamed) {
  for (std::size_t i = 0; i < shortcuts().size(); ++i) {
    const auto& s = shortcuts()[i];
    const auto missing = fmt::format(
        "the {} shortcut {} (\"{}\") is missing, so it is not in {} → Interactivity & Shortcuts: create it with this "
        "callback ID{}",
        s.type, s.callback_id, s.name, s.type == "message" ? "a message's menu" : "the search bar", kApply);
    auto manifest = printed(kSocket);
    manifest["features"]["shortcuts"].erase(i);
    EXPECT_THAT(lines(kSocket, manifest), ElementsAre(missing));
    manifest = printed(kSocket);
    manifest["features"]["shortcuts"][i]["callback_id"] = "other";
    EXPECT_THAT(lines(kSocket, manifest), ElementsAre(missing));
  }
}

// Each of these sets one value of the manifest (a JSON pointer, a JSON text) and expects one line.
struct Changed {
  Reach reach;
  const char *pointer, *value;
  std::string line;
};

TEST(AppSettings, EachOtherSettingIsOneLine) {
  const std::string apply(kApply), apply_url(kApplyUrl);
  const std::vector<Changed> all{
      {kSocket, "/features/slash_commands", "[]",
       "the slash command /hotfix is missing, so nobody can type it → Slash Commands: create it" + apply},
      {kSocket, "/features/slash_commands/0/command", R"("/hot-fix")",
       "the slash command /hotfix is missing (the app has /hot-fix), so nobody can type it → Slash Commands: create "
       "it" +
           apply},
      {kHttp, "/features/slash_commands/0/url", R"("https://old.example.com/slack/commands")",
       "the request URL of the slash command /hotfix is https://old.example.com/slack/commands, not "
       "https://bot.example.com/slack/commands, so what is typed does not arrive → Slash Commands: set "
       "https://bot.example.com/slack/commands" +
           apply_url},
      {kSocket, "/features/slash_commands/0/should_escape", "false",
       "the slash command /hotfix does not escape channels, users and links, so a person named in it arrives as plain "
       "text → Slash Commands: tick \"Escape channels, users, and links sent to your app\"" +
           apply},
      {kSocket, "/settings/interactivity/is_enabled", "false",
       "interactivity is off, so buttons, forms and shortcuts do not work → Interactivity & Shortcuts: switch it on" +
           apply},
      {kHttp, "/settings/interactivity/request_url", R"("https://bot.example.com/slack/events")",
       "the request URL of interactivity is https://bot.example.com/slack/events, not "
       "https://bot.example.com/slack/interactions, so buttons, forms and shortcuts do not work → Interactivity & "
       "Shortcuts: set https://bot.example.com/slack/interactions" +
           apply_url},
      {kHttp, "/settings/event_subscriptions/request_url", R"("")",
       "the event subscription has no request URL, so no message, reaction or pin arrives → Event Subscriptions: set "
       "https://bot.example.com/slack/events" +
           apply_url},
      {{false, {}, false},
       "/settings/event_subscriptions/request_url",
       "null",
       "the event subscription has no request URL, so no message, reaction or pin arrives → Event Subscriptions: set "
       "it; or apply the manifest printed by: hotfixd slack manifest --url https://HOST"},
      {kSocket, "/features/app_home/home_tab_enabled", "false",
       "the Home tab is off, so App Home does not show what a person owes and what is open → App Home: switch on the "
       "Home Tab" +
           apply},
      {kSocket, "/features/app_home/messages_tab_enabled", "false",
       "the Messages tab is off, so nobody can write to the bot directly → App Home: switch on the Messages Tab" +
           apply},
      {kSocket, "/features/app_home/messages_tab_read_only_enabled", "true",
       "the Messages tab is read-only, so nobody can write to the bot directly → App Home: tick \"Allow users to send "
       "Slash commands and messages from the messages tab\"" +
           apply},
      {kSocket, "/settings/socket_mode_enabled", "false",
       "Socket Mode is off, and slack.app_token is set: nothing comes in → Socket Mode: switch it on" + apply},
      {kHttp, "/settings/socket_mode_enabled", "true",
       "Socket Mode is on, and slack.app_token is not set: Slack sends no requests, so nothing comes in → Socket Mode: "
       "switch it off, or set slack.app_token" +
           apply_url},
      {kSocket, "/settings/token_rotation_enabled", "true",
       "token rotation is on: a bot token expires after 12 hours, and slack.refresh_token is not set → set "
       "slack.client_id, slack.client_secret and slack.refresh_token; Slack does not let rotation be switched off "
       "again"},
      {{true, {}, true},
       "/settings/token_rotation_enabled",
       "false",
       "token rotation is off, and slack.refresh_token is set: the bot token is not renewed → remove "
       "slack.refresh_token; or OAuth & Permissions: switch token rotation on, for good"},
      {kSocket, "/settings/org_deploy_enabled", "true",
       "hint: the app may be installed for a whole organisation (org_deploy_enabled), and the bot works in one "
       "workspace → install it in that workspace"},
  };
  for (const auto& changed : all) {
    auto manifest = printed(changed.reach.url.empty() && !changed.reach.socket_mode ? kHttp : changed.reach);
    manifest[json::json_pointer(changed.pointer)] = json::parse(changed.value);
    EXPECT_THAT(lines(changed.reach, manifest), ElementsAre(changed.line)) << changed.pointer;
  }
}

// The printed manifest would switch rotation off, which Slack refuses.
TEST(AppSettings, WhereTokensAreRotatedTheManifestIsNotOfferedWhole) {
  const Reach rotating{true, {}, true};
  auto manifest = printed(rotating);
  manifest["settings"]["token_rotation_enabled"] = true;
  EXPECT_THAT(lines(rotating, manifest), IsEmpty());
  manifest["settings"]["interactivity"]["is_enabled"] = false;
  EXPECT_THAT(lines(rotating, manifest),
              ElementsAre("interactivity is off, so buttons, forms and shortcuts do not work → Interactivity & "
                          "Shortcuts: switch it on"));
}

TEST(AppSettings, OddShapesReadAsNothingThere) {
  for (const char* answer : {"{}", R"({"manifest":null})", R"({"manifest":[]})", R"({"manifest":"x"})", "[]", "null"})
    EXPECT_FALSE(read_settings(json::parse(answer))) << answer;
  const auto app = read_settings(json::parse(
      R"({"manifest":{"oauth_config":{"scopes":[]},"features":{"slash_commands":[1,null,{"command":["x"]},{"command":
"/a\nb"}],"shortcuts":{"a":1},"app_home":true},"settings":{"event_subscriptions":{"bot_events":[[],7,"pin_added"]},
"interactivity":{"is_enabled":"true"},"socket_mode_enabled":1}}})"));
  ASSERT_TRUE(app);
  EXPECT_THAT(app->bot_events, ElementsAre("pin_added"));
  ASSERT_EQ(app->commands.size(), 2u);
  EXPECT_EQ(app->commands[1].name, "/a b");
  EXPECT_FALSE(app->interactivity || app->socket_mode || app->home_tab);
}

}  // namespace
}  // namespace hotfixd::slack
