#include "integrations/slack/channel_id.hpp"

namespace hotfixd::slack {

std::string in_workspace(const Workspace& w, std::string_view what) {
  std::string out(kPlatform);
  out += !w.team.empty() ? w.team : !w.enterprise.empty() ? w.enterprise : "-";
  return out.append(":").append(what);
}

ChannelId channel_id(const ChannelRef& channel) { return in_workspace(channel.workspace, channel.id); }

std::optional<ChannelName> parse_channel(std::string_view id) {
  if (!id.starts_with(kPlatform)) return std::nullopt;
  id.remove_prefix(kPlatform.size());
  const auto colon = id.find(':');
  if (colon == 0 || colon == std::string_view::npos || colon + 1 == id.size()) return std::nullopt;
  return ChannelName{std::string(id.substr(0, colon)), std::string(id.substr(colon + 1))};
}

bool is_shared(std::string_view id) {
  const auto name = parse_channel(id);
  return name && std::string_view("CG#").contains(name->channel.front());
}

}  // namespace hotfixd::slack
