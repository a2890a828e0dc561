#include "integrations/slack/manifest.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace hotfixd::slack {
namespace {

using nlohmann::ordered_json;

std::string comment(std::string_view name) {
  for (const auto* all : {&scopes(), &events()})
    if (const auto it = std::ranges::find(*all, name, &Needed::name); it != all->end())
      return fmt::format("  # {}", it->why);
  return {};
}

// Block style; every text of the manifest is a plain scalar.
void write_yaml(const ordered_json& value, std::size_t indent, std::string& out) {
  const auto scalar = [](const ordered_json& v) { return v.is_string() ? v.get<std::string>() : v.dump(); };
  const std::string pad(indent, ' ');
  if (value.is_array()) {
    for (const auto& entry : value) {
      const auto at = out.size() + indent;
      if (entry.is_structured())
        write_yaml(entry, indent + 2, out);
      else
        out += fmt::format("{}  {}{}\n", pad, scalar(entry), comment(scalar(entry)));
      out[at] = '-';
    }
    return;
  }
  for (const auto& [name, inner] : value.items()) {
    out += fmt::format("{}{}:", pad, name);
    if (!inner.is_structured()) {
      out += fmt::format(" {}\n", scalar(inner));
    } else {
      out += '\n';
      write_yaml(inner, indent + 2, out);
    }
  }
}

}  // namespace

const std::vector<Needed>& scopes() {
  static const std::vector<Needed> all{
      {"commands", "/hotfix"},
      {"chat:write", "posts, edits, answers to one person"},
      {"pins:write", "the status message is pinned"},
      {"pins:read", "a pinned message enters the timeline"},
      {"reactions:read", "a message with a pushpin reaction enters the timeline"},
      {"channels:history", "the timeline is kept from the messages; a post is found again by its key"},
      {"groups:history", "the timeline of a private channel"},
      {"channels:read", "finds a channel that it made"},
      {"groups:read", "finds a private channel that it made"},
      {"channels:manage", "makes an incident's own channel, sets its topic, lets people in, archives it"},
      {"channels:join", "comes into a public channel where an incident is declared"},
      {"groups:write", "makes a private incident's channel, sets its topic, lets people in, archives it"},
      {"bookmarks:read", "which links an incident's channel has already"},
      {"bookmarks:write", "pull requests and the runbook at the head of an incident's channel"},
      {"usergroups:read", "groups named in the configuration: who is let in, who may release"},
      {"users:read", "names in the timeline"},
      {"app_mentions:read", "@hotfixd status"},
      {"im:history", "commands in a direct message"},
  };
  return all;
}

// What they need: docs.slack.dev, the page of each event. group_*: the same of private channels.
const std::vector<Needed>& events() {
  static const std::vector<Needed> all{
      {"app_mention", "@hotfixd status"},
      {"message.channels", "the timeline is kept from the messages, their edits and deletions"},
      {"message.groups", "the timeline of a private channel"},
      {"message.im", "commands in a direct message"},
      {"reaction_added", "a pushpin puts a message into the timeline"},
      {"reaction_removed", "taking the pushpin away takes the message out again"},
      {"pin_added", "a pin puts a message into the timeline"},
      {"pin_removed", "unpinning takes the message out again"},
      {"member_joined_channel", "who joins an incident's channel is shown its status"},
      {"channel_rename", "a renamed channel stays the incident's: it is known by its id"},
      {"group_rename", "a renamed private channel stays the incident's"},
      {"channel_archive", "who archived an open incident's channel is on the record"},
      {"channel_unarchive", "who brought an open incident's channel back is on the record"},
      {"group_archive", "who archived an open incident's private channel is on the record"},
      {"group_unarchive", "who brought an open incident's private channel back is on the record"},
      {"app_home_opened", "App Home shows what the person owes, and what is open"},
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

ordered_json manifest_json(std::string_view url) {
  const bool socket = url.empty();
  const auto at = [&](std::string_view path) { return fmt::format("{}/slack/{}", url, path); };
  ordered_json out{
      {"display_information", {{"name", "hotfixd"}, {"description", "Runs a hotfix from the incident channel"}}}};
  auto& features = out["features"];
  features["app_home"] = {
      {"home_tab_enabled", true}, {"messages_tab_enabled", true}, {"messages_tab_read_only_enabled", false}};
  features["bot_user"] = {{"display_name", "hotfixd"}, {"always_online", true}};
  for (const auto& s : shortcuts())
    features["shortcuts"].push_back(
        {{"name", s.name}, {"type", s.type}, {"callback_id", s.callback_id}, {"description", s.description}});
  ordered_json command{{"command", "/hotfix"},
                       {"description", "Declare, branch, tag, deploy, verify, merge back, RCA, close"},
                       {"usage_hint", "declare sev2 500s on /checkout"},
                       {"should_escape", true}};
  if (!socket) command["url"] = at("commands");
  features["slash_commands"].push_back(std::move(command));
  for (const auto& scope : scopes()) out["oauth_config"]["scopes"]["bot"].push_back(scope.name);
  auto& settings = out["settings"];
  auto& subscriptions = settings["event_subscriptions"];
  if (!socket) subscriptions["request_url"] = at("events");
  for (const auto& event : events()) subscriptions["bot_events"].push_back(event.name);
  settings["interactivity"]["is_enabled"] = true;
  if (!socket) settings["interactivity"]["request_url"] = at("interactions");
  settings["org_deploy_enabled"] = false;
  settings["socket_mode_enabled"] = socket;
  settings["token_rotation_enabled"] = false;
  return out;
}

std::string manifest(std::string_view url) {
  std::string out =
      "# Made by `hotfixd slack manifest`. Paste it at https://api.slack.com/apps, \"From a manifest\".\n";
  write_yaml(manifest_json(url), 0, out);
  return out;
}

}  // namespace hotfixd::slack
