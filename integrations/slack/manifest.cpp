#include "integrations/slack/manifest.hpp"

#include <fmt/format.h>

#include <array>

namespace hotfixd::slack {
namespace {

// What they need: docs.slack.dev, the page of each event. group_*: the same of private channels.
constexpr std::array kEvents{
    Scope{"app_mention", "@hotfixd status"},
    Scope{"message.channels", "the timeline is kept from the messages, their edits and deletions"},
    Scope{"message.groups", "the same in private channels"},
    Scope{"message.im", "commands in a direct message"},
    Scope{"reaction_added", "a pushpin puts a message into the timeline"},
    Scope{"reaction_removed", "and takes it out again"},
    Scope{"pin_added", "so does a pin"},
    Scope{"pin_removed", "and takes it out again"},
    Scope{"member_joined_channel", "who joins an incident's channel is shown its status"},
    Scope{"channel_rename", "nothing changes: channels are known by their id"},
    Scope{"channel_archive", "who archived an open incident's channel is on the record"},
    Scope{"channel_unarchive", "and who brought it back"},
    Scope{"group_rename", "the same in private channels"},
    Scope{"group_archive", "the same in private channels"},
    Scope{"group_unarchive", "the same in private channels"},
    Scope{"app_home_opened", "what the person owes, and what is open"},
};

}  // namespace

const std::vector<Scope>& scopes() {
  static const std::vector<Scope> all{
      {"commands", "/hotfix"},
      {"chat:write", "posts, edits, answers to one person"},
      {"pins:write", "the status message is pinned"},
      {"pins:read", "a pinned message enters the timeline"},
      {"reactions:read", "so does one with a pushpin reaction"},
      {"channels:history", "the timeline is kept from the messages; a post is found again by its key"},
      {"groups:history", "the same in private channels"},
      {"channels:read", "finds a channel that it made"},
      {"groups:read", "the same for private channels"},
      {"channels:manage", "makes an incident's own channel, sets its topic, lets people in, archives it"},
      {"channels:join", "comes into a public channel where an incident is declared"},
      {"groups:write", "the same for a private incident"},
      {"bookmarks:read", "which links that channel has already"},
      {"bookmarks:write", "pull requests and the runbook at its head"},
      {"usergroups:read", "groups named in the configuration: who is let in, who may release"},
      {"users:read", "names in the timeline"},
      {"app_mentions:read", "@hotfixd status"},
      {"im:history", "commands in a direct message"},
  };
  return all;
}

const std::vector<Shortcut>& shortcuts() {
  static const std::vector<Shortcut> all{
      {"message", "Add to timeline", kAddToTimeline, "Puts this message on the timeline of the channel's incident"},
      {"message", "Declare from message", kDeclareFromMessage, "Opens the form to declare a hotfix about this message"},
      {"global", "Declare a hotfix", kDeclareAnywhere, "Opens the form to declare a hotfix"},
  };
  return all;
}

std::string manifest(std::string_view url) {
  const bool socket = url.empty();
  std::string out =
      "# Made by `hotfixd slack manifest`. Paste it at https://api.slack.com/apps, \"From a manifest\".\n"
      "display_information:\n"
      "  name: hotfixd\n"
      "  description: Runs a hotfix from the incident channel\n"
      "features:\n"
      "  app_home:\n"
      "    home_tab_enabled: true\n"
      "    messages_tab_enabled: true\n"
      "    messages_tab_read_only_enabled: false\n"
      "  bot_user:\n"
      "    display_name: hotfixd\n"
      "    always_online: true\n"
      "  shortcuts:\n";
  for (const auto& s : shortcuts())
    out += fmt::format("    - name: {}\n      type: {}\n      callback_id: {}\n      description: {}\n", s.name, s.type,
                       s.callback_id, s.description);
  out +=
      "  slash_commands:\n"
      "    - command: /hotfix\n"
      "      description: Declare, branch, tag, deploy, verify, merge back, RCA, close\n"
      "      usage_hint: declare sev2 500s on /checkout\n"
      "      should_escape: true\n";
  if (!socket) out += fmt::format("      url: {}/slack/commands\n", url);
  out += "oauth_config:\n  scopes:\n    bot:\n";
  for (const auto& scope : scopes()) out += fmt::format("      - {}  # {}\n", scope.name, scope.why);
  out += "settings:\n  event_subscriptions:\n";
  if (!socket) out += fmt::format("    request_url: {}/slack/events\n", url);
  out += "    bot_events:\n";
  for (const auto& event : kEvents) out += fmt::format("      - {}  # {}\n", event.name, event.why);
  out += "  interactivity:\n    is_enabled: true\n";
  if (!socket) out += fmt::format("    request_url: {}/slack/interactions\n", url);
  out +=
      fmt::format("  org_deploy_enabled: false\n  socket_mode_enabled: {}\n  token_rotation_enabled: false\n", socket);
  return out;
}

}  // namespace hotfixd::slack
