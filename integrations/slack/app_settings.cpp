#include "integrations/slack/app_settings.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "integrations/common/fields.hpp"
#include "integrations/slack/manifest.hpp"

namespace hotfixd::slack {
namespace {

using common::Fields;
using nlohmann::json;

// The manifest's own limits: 255 scopes, 100 events, 50 commands, 10 shortcuts.
constexpr std::size_t kMost = 300;
constexpr std::size_t kLongestName = 255, kLongestUrl = 3000;

bool has(const std::vector<std::string>& all, std::string_view name) {
  return std::ranges::find(all, name) != all.end();
}

bool is_on(const json& manifest, std::string_view path) { return Fields(manifest).flag(path); }

std::string text_of(const json& object, std::string_view path, std::size_t limit = kLongestName) {
  return Fields(object).text_if_any(path, limit);
}

template <typename Take>
void each(const json& manifest, std::string_view path, Take take) {
  Fields in(manifest);
  const json* list = in.at(path);
  if (list == nullptr || !list->is_array()) return;
  for (std::size_t i = 0; i < std::min(list->size(), kMost); ++i) take((*list)[i]);
}

void add_names(const json& manifest, std::string_view path, std::vector<std::string>& names) {
  each(manifest, path, [&](const json& entry) {
    const json wrapped{{"name", entry}};
    if (auto name = text_of(wrapped, "name"); !name.empty()) names.push_back(std::move(name));
  });
}

class Comparison {
 public:
  explicit Comparison(const AppSettings& wanted) : wanted_(wanted) {
    // The printed manifest has rotation off, and Slack does not let it be switched off again.
    if (!wanted.token_rotation)
      apply_ = fmt::format("; or apply the manifest printed by: hotfixd slack manifest {}",
                           wanted.socket_mode ? "--socket" : fmt::format("--url {}", base_of(wanted)));
  }

  void scopes(const AppSettings* app, const std::vector<std::string>& granted) {
    for (const auto& [name, why] : slack::scopes()) {
      const bool asked = app == nullptr || has(app->bot_scopes, name);
      const bool held = granted.empty() || has(granted, name);
      if (!asked && !granted.empty() && held)
        fail(fmt::format("the bot scope {} is no longer in the app's settings, so after the next installation this "
                         "does not work: {}",
                         name, why),
             "OAuth & Permissions: add it");
      else if (!asked || (!held && app == nullptr))
        fail(fmt::format("the bot scope {} is missing, so this does not work: {}", name, why),
             "OAuth & Permissions: add it, and install the app again");
      else if (!held)
        all_.push_back({true,
                        fmt::format("the bot token lacks the scope {}, which the app's settings have, so this does not "
                                    "work: {}",
                                    name, why),
                        "OAuth & Permissions: install the app again, and set slack.bot_token"});
    }
    std::vector<std::string> surplus;
    const auto add = [&](const std::vector<std::string>& names, std::string_view mark, bool user) {
      for (const auto& name : names)
        if (user || std::ranges::find(slack::scopes(), name, &Needed::name) == slack::scopes().end())
          if (auto shown = fmt::format("{}{}", name, mark); !has(surplus, shown)) surplus.push_back(std::move(shown));
    };
    if (app != nullptr) add(app->bot_scopes, "", false);
    add(granted, "", false);
    if (app != nullptr) add(app->user_scopes, " (user)", true);
    if (!surplus.empty())
      hint(fmt::format("the app has scopes that the bot does not use: {}", fmt::join(surplus, ", ")),
           "OAuth & Permissions: remove them, the bot needs no more than it uses");
  }

  void settings(const AppSettings& app) {
    for (const auto& [name, why] : events())
      if (!has(app.bot_events, name))
        fail(fmt::format("the bot event {} is missing, so this does not work: {}", name, why),
             "Event Subscriptions, Subscribe to bot events: add it");
    for (const auto& command : wanted_.commands) slash_command(command, app);
    for (const auto& shortcut : shortcuts())
      if (std::ranges::find(app.shortcuts,
                            AppSettings::Shortcut{std::string(shortcut.type), std::string(shortcut.callback_id)}) ==
          app.shortcuts.end())
        fail(fmt::format("the {} shortcut {} (\"{}\") is missing, so it is not in {}", shortcut.type,
                         shortcut.callback_id, shortcut.name,
                         shortcut.type == "message" ? "a message's menu" : "the search bar"),
             "Interactivity & Shortcuts: create it with this callback ID");
    if (!app.interactivity)
      fail("interactivity is off, so buttons, forms and shortcuts do not work",
           "Interactivity & Shortcuts: switch it on");
    else
      address("interactivity", app.interactivity_url, wanted_.interactivity_url,
              "buttons, forms and shortcuts do not work", "Interactivity & Shortcuts");
    address("the event subscription", app.events_url, wanted_.events_url, "no message, reaction or pin arrives",
            "Event Subscriptions");
    home(app);
    modes(app);
  }

  std::vector<AppDifference> all() && { return std::move(all_); }

 private:
  static std::string base_of(const AppSettings& wanted) {
    constexpr std::string_view kEnd = "/slack/events";
    const auto& url = wanted.events_url;
    return url.ends_with(kEnd) ? url.substr(0, url.size() - kEnd.size()) : "https://HOST";
  }

  void fail(std::string what, std::string_view mend) {
    all_.push_back({true, std::move(what), std::string(mend) + apply_});
  }
  void hint(std::string what, std::string_view mend) { all_.push_back({false, std::move(what), std::string(mend)}); }

  // HTTP mode: where Slack sends requests.
  void address(std::string_view of, const std::string& is, const std::string& wanted, std::string_view lost,
               std::string_view page) {
    if (wanted_.socket_mode || (is == wanted && !is.empty()) || (wanted.empty() && !is.empty())) return;
    const std::string mend = wanted.empty() ? fmt::format("{}: set it", page) : fmt::format("{}: set {}", page, wanted);
    if (is.empty())
      fail(fmt::format("{} has no request URL, so {}", of, lost), mend);
    else
      fail(fmt::format("the request URL of {} is {}, not {}, so {}", of, is, wanted, lost), mend);
  }

  void slash_command(const AppSettings::Command& wanted, const AppSettings& app) {
    const auto it = std::ranges::find(app.commands, wanted.name, &AppSettings::Command::name);
    if (it == app.commands.end()) {
      std::vector<std::string_view> others;
      for (const auto& other : app.commands) others.emplace_back(other.name);
      const auto instead = others.empty() ? "" : fmt::format(" (the app has {})", fmt::join(others, ", "));
      return fail(fmt::format("the slash command {} is missing{}, so nobody can type it", wanted.name, instead),
                  "Slash Commands: create it");
    }
    address(fmt::format("the slash command {}", wanted.name), it->url, wanted.url, "what is typed does not arrive",
            "Slash Commands");
    if (!it->escapes)
      fail(
          fmt::format("the slash command {} does not escape channels, users and links, so a person named in it arrives "
                      "as plain text",
                      wanted.name),
          "Slash Commands: tick \"Escape channels, users, and links sent to your app\"");
  }

  void home(const AppSettings& app) {
    if (!app.home_tab)
      fail("the Home tab is off, so App Home does not show what a person owes and what is open",
           "App Home: switch on the Home Tab");
    if (!app.messages_tab)
      fail("the Messages tab is off, so nobody can write to the bot directly", "App Home: switch on the Messages Tab");
    else if (app.messages_read_only)
      fail("the Messages tab is read-only, so nobody can write to the bot directly",
           "App Home: tick \"Allow users to send Slash commands and messages from the messages tab\"");
  }

  void modes(const AppSettings& app) {
    if (wanted_.socket_mode && !app.socket_mode)
      fail("Socket Mode is off, and slack.app_token is set: nothing comes in", "Socket Mode: switch it on");
    if (!wanted_.socket_mode && app.socket_mode)
      fail("Socket Mode is on, and slack.app_token is not set: Slack sends no requests, so nothing comes in",
           "Socket Mode: switch it off, or set slack.app_token");
    if (app.token_rotation && !wanted_.token_rotation)
      all_.push_back(
          {true, "token rotation is on: a bot token expires after 12 hours, and slack.refresh_token is not set",
           "set slack.client_id, slack.client_secret and slack.refresh_token; Slack does not let rotation be "
           "switched off again"});
    if (!app.token_rotation && wanted_.token_rotation)
      all_.push_back({true, "token rotation is off, and slack.refresh_token is set: the bot token is not renewed",
                      "remove slack.refresh_token; or OAuth & Permissions: switch token rotation on, for good"});
    if (app.org_deploy)
      hint("the app may be installed for a whole organisation (org_deploy_enabled), and the bot works in one workspace",
           "install it in that workspace");
  }

  const AppSettings& wanted_;
  std::string apply_;
  std::vector<AppDifference> all_;
};

}  // namespace

Result<AppSettings> read_settings(const json& answer) {
  Fields root(answer);
  const json* manifest = root.at("manifest");
  if (manifest == nullptr || !manifest->is_object())
    return std::unexpected(Problem{Problem::Kind::unreachable,
                                   "Slack's answer to apps.manifest.export has no manifest",
                                   "check slack.api_url, and whether a proxy stands between",
                                   {}});
  const json& m = *manifest;
  AppSettings app;
  add_names(m, "oauth_config.scopes.bot", app.bot_scopes);
  add_names(m, "oauth_config.scopes.bot_optional", app.bot_scopes);
  add_names(m, "oauth_config.scopes.user", app.user_scopes);
  add_names(m, "oauth_config.scopes.user_optional", app.user_scopes);
  add_names(m, "settings.event_subscriptions.bot_events", app.bot_events);
  each(m, "features.slash_commands", [&](const json& c) {
    if (c.is_object())
      app.commands.push_back({text_of(c, "command"), text_of(c, "url", kLongestUrl), is_on(c, "should_escape")});
  });
  each(m, "features.shortcuts", [&](const json& s) {
    if (s.is_object()) app.shortcuts.push_back({text_of(s, "type"), text_of(s, "callback_id")});
  });
  app.events_url = text_of(m, "settings.event_subscriptions.request_url", kLongestUrl);
  app.interactivity_url = text_of(m, "settings.interactivity.request_url", kLongestUrl);
  app.interactivity = is_on(m, "settings.interactivity.is_enabled");
  app.home_tab = is_on(m, "features.app_home.home_tab_enabled");
  app.messages_tab = is_on(m, "features.app_home.messages_tab_enabled");
  app.messages_read_only = is_on(m, "features.app_home.messages_tab_read_only_enabled");
  app.socket_mode = is_on(m, "settings.socket_mode_enabled");
  app.token_rotation = is_on(m, "settings.token_rotation_enabled");
  app.org_deploy = is_on(m, "settings.org_deploy_enabled");
  return app;
}

AppSettings wanted_settings(const Reach& reach) {
  const json printed = manifest_json(reach.socket_mode ? std::string_view{} : std::string_view{reach.url});
  auto wanted = *read_settings({{"manifest", printed}});
  wanted.socket_mode = reach.socket_mode;
  wanted.token_rotation = reach.token_rotation;
  return wanted;
}

std::vector<AppDifference> differences(const AppSettings& wanted, const std::optional<AppSettings>& app,
                                       const std::vector<std::string>& granted) {
  Comparison comparison(wanted);
  comparison.scopes(app ? &*app : nullptr, granted);
  if (app) comparison.settings(*app);
  return std::move(comparison).all();
}

}  // namespace hotfixd::slack
