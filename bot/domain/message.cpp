#include "bot/domain/message.hpp"

namespace hotfixd {

Span channel_link(const ChannelId& channel) {
  return {Span::Kind::channel, channel.substr(channel.rfind(':') + 1), channel, {}};  // npos + 1 is the whole
}

Message say(std::string_view text) {
  Message message;
  while (true) {
    const auto end = text.find('\n');
    message.lines.push_back({plain(std::string(text.substr(0, end)))});
    if (end == std::string_view::npos) return message;
    text.remove_prefix(end + 1);
  }
}

}  // namespace hotfixd
