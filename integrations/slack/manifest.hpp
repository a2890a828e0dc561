// The app as Slack is told of it: `hotfixd slack manifest`, deploy/slack/manifest.yaml.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace hotfixd::slack {

struct Scope {
  std::string_view name, why;
};
// Every scope that the bot uses, and no other.
const std::vector<Scope>& scopes();

// What stands in the menu of a message ("message") and in the search bar ("global").
struct Shortcut {
  std::string_view type, name, callback_id, description;
};
inline constexpr std::string_view kAddToTimeline = "add_to_timeline", kDeclareFromMessage = "declare_from_message",
                                  kDeclareAnywhere = "declare";
const std::vector<Shortcut>& shortcuts();

// YAML (docs.slack.dev, "App manifest reference"). `url`: the bot's public address for HTTP mode, without a slash at
// its end; empty = Socket Mode.
std::string manifest(std::string_view url);

}  // namespace hotfixd::slack
