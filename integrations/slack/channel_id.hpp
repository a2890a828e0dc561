// "slack:T1:C2": how the rest of the program names a channel of a Slack workspace.
#pragma once

#include "integrations/slack/inbound.hpp"

namespace hotfixd::slack {

inline constexpr std::string_view kPlatform = "slack:";

struct ChannelName {
  std::string team;     // or, in an organisation-wide install without one, the enterprise
  std::string channel;  // Slack's id, or "#name" of one that the bot is about to make
};

// "slack:T1:" and `what`: of one workspace. In an organisation-wide install without a team the enterprise, else "-".
std::string in_workspace(const Workspace& workspace, std::string_view what);
ChannelId channel_id(const ChannelRef& channel);
// Nothing when it is no channel of Slack.
std::optional<ChannelName> parse_channel(std::string_view id);
// A channel that several people are in, by its id (C…, G…) or its name; false for a talk with the bot alone (D…, or
// a member's U…, W…), where no incident can be run.
bool is_shared(std::string_view id);

}  // namespace hotfixd::slack
