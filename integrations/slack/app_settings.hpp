// An app's settings as its manifest has them (apps.manifest.export), and where they fall short of what the bot needs.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bot/domain/basics.hpp"

namespace hotfixd::slack {

// What of a manifest the bot depends on (docs.slack.dev, "App manifest reference").
struct AppSettings {
  struct Command {
    std::string name, url;
    bool escapes = false;
  };
  struct Shortcut {
    std::string type, callback_id;
    bool operator==(const Shortcut&) const = default;
  };
  std::vector<std::string> bot_scopes;  // the optional ones too
  std::vector<std::string> user_scopes;
  std::vector<std::string> bot_events;
  std::vector<Command> commands;
  std::vector<Shortcut> shortcuts;
  std::string events_url, interactivity_url;
  bool interactivity = false, home_tab = false, messages_tab = false, messages_read_only = false;
  bool socket_mode = false, token_rotation = false, org_deploy = false;
};

// Of Slack's answer, or of {"manifest": manifest_json(…)}. What is missing or of another type there is empty or off;
// texts become one line of at most 255 bytes, addresses of 3,000. Unreachable: there is no manifest.
Result<AppSettings> read_settings(const nlohmann::json& answer);

// How the bot's configuration wants to be reached.
struct Reach {
  bool socket_mode = true;
  std::string url;              // HTTP mode: the public address, without a slash at its end; empty = not known
  bool token_rotation = false;  // there is a refresh token
};
AppSettings wanted_settings(const Reach& reach);

// One line for people. `fails` = false: a hint, everything works.
struct AppDifference {
  bool fails = true;
  std::string what;  // what is missing, and what does not work without it
  std::string mend;  // on which page of the app's settings
};

// `granted`: the bot token's scopes as X-OAuth-Scopes names them; empty = not known. `app`: none = not known, then
// only the scopes are judged. HTTP addresses are compared when `wanted` has them; without, they must be there.
std::vector<AppDifference> differences(const AppSettings& wanted, const std::optional<AppSettings>& app,
                                       const std::vector<std::string>& granted);

}  // namespace hotfixd::slack
