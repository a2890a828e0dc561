#include "bot/cli/transcript.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "bot/domain/zone.hpp"
#include "integrations/local/render.hpp"
#include "integrations/local/safe_text.hpp"

namespace hotfixd::cli {

Result<MessageId> Transcript::post(const PostRequest& request) {
  if (const auto known = keys_.find(request.key); known != keys_.end()) return known->second;
  auto id = fmt::format("b{}", entries_.size() + 1);
  keys_[request.key] = id;
  entries_.push_back({request.channel, id, {}, clock_.now(), {}, request.message, false, false, {}});
  return id;
}

Result<void> Transcript::edit(const ChannelId& channel, const MessageId& id, const Message& message) {
  auto* entry = find(id);
  if (entry == nullptr || entry->deleted || entry->channel != channel)
    return std::unexpected(Problem{Problem::Kind::not_found, "no message " + id, {}, {}});
  entry->message = message;
  entry->edited = true;
  return {};
}

Result<ChannelId> Transcript::create_channel(const ChannelId& channel, const std::string&, bool) { return channel; }

MessageId Transcript::said(const ChannelId& channel, const Person& who, const std::string& text) {
  auto id = fmt::format("m{}", entries_.size() + 1);
  entries_.push_back({channel, id, who, clock_.now(), text, {}, false, false, {}});
  return id;
}

void Transcript::typed(const ChannelId& channel, const Person& who, const std::string& command) {
  entries_.push_back({channel, {}, who, clock_.now(), command, {}, false, false, {}});
}

void Transcript::answered(const ChannelId& channel, const Person& to, const Message& message) {
  entries_.push_back({channel, {}, {}, clock_.now(), {}, message, false, false, to.name});
}

Transcript::Entry* Transcript::find(const MessageId& id) {
  const auto it = std::ranges::find(entries_, id, &Entry::id);
  return id.empty() || it == entries_.end() ? nullptr : &*it;
}

const Button* Transcript::button(const ChannelId& channel, const std::string& id) const {
  for (const auto& wanted : {&Button::id, &Button::label})
    for (auto entry = entries_.rbegin(); entry != entries_.rend(); ++entry) {
      if (entry->channel != channel || entry->deleted) continue;
      const auto it = std::ranges::find(entry->message.buttons, id, wanted);
      if (it != entry->message.buttons.end()) return &*it;
    }
  return nullptr;
}

std::string Transcript::print(const std::string& bot_name, const std::string& zone) const {
  std::vector<ChannelId> channels;
  for (const auto& e : entries_)
    if (std::ranges::find(channels, e.channel) == channels.end()) channels.push_back(e.channel);
  std::string out;
  for (const auto& channel : channels) {
    if (channel != channels.front()) out += fmt::format("\n{}\n", channel);
    std::optional<LocalTime> day;
    for (const auto& e : entries_) {
      if (e.channel != channel) continue;
      const auto local = local_time(e.at, zone);
      if (day && !day->same_day(local)) out += fmt::format("--- {} ---\n", format_day(e.at, zone));
      day = local;
      const bool bot = e.author.empty();
      auto body = bot ? local::render_text(e.message, zone) : local::safe_text(e.text);
      if (e.deleted)
        body = "(deleted)";
      else if (e.edited && !bot)
        body += " (edited)";
      const auto heading =
          fmt::format("{} {}", format_clock(e.at, zone), bot ? bot_name : local::safe_line(e.author.name));
      if (!e.private_to.empty()) body = fmt::format("(to {}) {}", local::safe_line(e.private_to), body);
      out += local::render_entry(heading, body, 6) + "\n";
    }
  }
  return out;
}

}  // namespace hotfixd::cli
