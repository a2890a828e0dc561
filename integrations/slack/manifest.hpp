// The app as Slack is told of it: `hotfixd slack manifest`, deploy/slack/manifest.yaml.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace hotfixd::slack {

// A bot scope or a bot event. `why`: what does not work without it, understood without the others.
struct Needed {
  std::string_view name, why;
};
// Every scope that the bot uses, and no other.
const std::vector<Needed>& scopes();
const std::vector<Needed>& events();

// What stands in the menu of a message ("message") and in the search bar ("global").
struct Shortcut {
  std::string_view type, name, callback_id, description;
};
inline constexpr std::string_view kAddToTimeline = "add_to_timeline", kDeclareFromMessage = "declare_from_message",
                                  kDeclareAnywhere = "declare";
const std::vector<Shortcut>& shortcuts();

// The manifest by docs.slack.dev, "App manifest reference". `url`: the bot's public address for HTTP mode, without a
// slash at its end; empty = Socket Mode.
nlohmann::ordered_json manifest_json(std::string_view url);
// The same as YAML, with the reason beside each scope and event.
std::string manifest(std::string_view url);

}  // namespace hotfixd::slack
