#include "integrations/slack/message_event.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "integrations/common/utf8.hpp"
#include "integrations/slack/outbound.hpp"
#include "integrations/slack/text.hpp"

namespace hotfixd::slack {

using common::Fields;
using nlohmann::json;

std::string word(common::TextFields& in, std::string_view path) { return in.text_if_any(path, kWordLimit); }

std::string first_word(common::TextFields& in, std::initializer_list<std::string_view> paths) {
  std::string out;
  for (const std::string_view path : paths)
    if (out.empty()) out = word(in, path);
  return out;
}

const json& list(Fields& in, std::string_view path) {
  static const json none = json::array();
  const json* value = in.at(path);
  return value != nullptr && value->is_array() ? *value : none;
}

std::optional<Timestamp> stamp_if_any(Fields& in, std::string_view path) {
  const json* value = in.at(path);
  const auto* text = value == nullptr ? nullptr : value->get_ptr<const std::string*>();
  return text == nullptr ? std::nullopt : Timestamp::parse(*text);
}

Timestamp stamp(Fields& in, std::string_view path) {
  const auto found = stamp_if_any(in, path);
  if (!found) in.fail(path, in.has(path) ? "is not a timestamp" : "is missing");
  return found.value_or(Timestamp{});
}

std::string shown_type(std::string_view type) {
  constexpr std::size_t kLongest = 60;
  if (type.empty()) return "without a type";
  std::string out(type.substr(0, kLongest));
  std::ranges::replace_if(
      out,
      [](char c) {
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        return !letter && c != '_' && c != '.' && c != '-';
      },
      '?');
  return out;
}

namespace {

enum class Kind { person, bot, changed, deleted, tombstone, noise, unknown };

struct Subtype {
  std::string_view name;
  Kind kind;
};
// docs.slack.dev/reference/events/message, "Message subtypes"; `tombstone` is what is left of a deleted
// message that has replies.
constexpr std::array kSubtypes = {
    Subtype{"", Kind::person},
    Subtype{"file_share", Kind::person},
    Subtype{"me_message", Kind::person},
    Subtype{"thread_broadcast", Kind::person},
    Subtype{"bot_message", Kind::bot},
    Subtype{"message_changed", Kind::changed},
    Subtype{"message_deleted", Kind::deleted},
    Subtype{"tombstone", Kind::tombstone},
    Subtype{"assistant_app_thread", Kind::noise},
    Subtype{"bot_add", Kind::noise},
    Subtype{"bot_remove", Kind::noise},
    Subtype{"channel_archive", Kind::noise},
    Subtype{"channel_convert_to_private", Kind::noise},
    Subtype{"channel_join", Kind::noise},
    Subtype{"channel_leave", Kind::noise},
    Subtype{"channel_name", Kind::noise},
    Subtype{"channel_posting_permissions", Kind::noise},
    Subtype{"channel_purpose", Kind::noise},
    Subtype{"channel_topic", Kind::noise},
    Subtype{"channel_unarchive", Kind::noise},
    Subtype{"ekm_access_denied", Kind::noise},
    Subtype{"file_comment", Kind::noise},
    Subtype{"file_mention", Kind::noise},
    Subtype{"group_archive", Kind::noise},
    Subtype{"group_join", Kind::noise},
    Subtype{"group_leave", Kind::noise},
    Subtype{"group_name", Kind::noise},
    Subtype{"group_purpose", Kind::noise},
    Subtype{"group_topic", Kind::noise},
    Subtype{"group_unarchive", Kind::noise},
    Subtype{"message_replied", Kind::noise},
    Subtype{"pinned_item", Kind::noise},
    Subtype{"reminder_add", Kind::noise},
    Subtype{"reply_broadcast", Kind::noise},
    Subtype{"unpinned_item", Kind::noise},
};

Kind kind_of(std::string_view subtype) {
  const auto* found = std::ranges::find(kSubtypes, subtype, &Subtype::name);
  return found == kSubtypes.end() ? Kind::unknown : found->kind;
}

bool is_ours(const Author& author, const Self& self) {
  return (!self.bot.empty() && author.bot == self.bot) || (!self.user.empty() && author.user.id == self.user) ||
         (!self.app.empty() && author.app == self.app && author.is_bot());
}

void add_line(std::string& out, const std::string& line) {
  if (line.empty() || out.size() > kTextLimit) return;
  if (!out.empty()) out += '\n';
  out += line;
}

// Section, header and context blocks: what is text in them.
std::string text_of_blocks(Fields& in, std::string_view path) {
  std::string out;
  for (const json& block : list(in, path)) {
    Fields b(block);
    add_line(out, b.lines_if_any("text.text", kTextLimit));
    for (const auto* part : {"fields", "elements"}) {
      for (const json& element : list(b, part)) {
        Fields e(element);
        add_line(out, e.lines_if_any("text", kTextLimit));
      }
    }
  }
  return out;
}

std::string text_of_attachments(Fields& in) {
  std::string out;
  for (const json& attachment : list(in, "attachments")) {
    Fields a(attachment);
    std::string one;
    for (const auto* path : {"pretext", "title", "text"}) add_line(one, a.lines_if_any(path, kTextLimit));
    if (one.empty()) one = text_of_blocks(a, "blocks");
    if (one.empty()) one = a.lines_if_any("fallback", kTextLimit);
    add_line(out, one);
  }
  return out;
}

// "(file graph.png)": what stands for a message that is nothing else. Names come as they are, the text around them as
// Slack's markup.
std::string names_of_files(Fields& in) {
  constexpr std::size_t kNamed = 10;
  std::string names;
  std::size_t count = 0;
  for (const json& file : list(in, "files")) {
    Fields f(file);
    if (++count > kNamed) continue;
    if (count > 1) names += ", ";
    for (const char c : first_word(f, {"name", "title", "id"})) {
      if (c == '&')
        names += "&amp;";
      else if (c == '<' || c == '>')
        names += c == '<' ? "&lt;" : "&gt;";
      else
        names += c;
    }
  }
  if (count == 0) return {};
  return fmt::format("({} {}{})", count == 1 ? "file" : "files", names,
                     count > kNamed ? fmt::format(" and {} more", count - kNamed) : "");
}

std::optional<Timestamp> parent_of(Fields& in, const Timestamp& ts) {
  auto thread = stamp_if_any(in, "thread_ts");
  if (thread && *thread == ts) thread.reset();  // a parent names itself once it has replies
  return thread;
}

What posted(Fields& in, const ChannelRef& channel, const Self& self, bool direct) {
  const Timestamp ts = stamp(in, "ts");
  Author author = author_of(in, channel.workspace);
  if (is_ours(author, self)) return Ignored{"our own message"};
  std::string text = text_of(in);
  auto thread = parent_of(in, ts);
  MessageRef message{channel, ts};
  if (!author.is_bot()) {
    // A bot gives no commands: two of them could talk for ever.
    auto command = after_mention(text, self.user);
    if (direct && !command) command = in.lines_if_any("text", kTextLimit);  // a file alone is no command
    if (direct) return DirectMessage{std::move(message), std::move(author), std::move(*command), thread};
    if (command) return AppMention{std::move(message), std::move(author), std::move(*command), thread};
  }
  return MessagePosted{std::move(message), std::move(author), std::move(text), thread};
}

What changed(Fields& in, const ChannelRef& channel, const Self& self) {
  const json* after = in.at("message");
  if (after == nullptr || !after->is_object()) return Unknown{"message_changed: message is not an object"};
  Fields message(*after);
  const Timestamp ts = stamp(message, "ts");
  MessageChanged out{.message = {channel, ts},
                     .author = author_of(message, channel.workspace),
                     .text = text_of(message),
                     .before = {},
                     .thread = parent_of(message, ts),
                     .event_ts = first_word(in, {"event_ts", "ts"})};
  const Kind kind = kind_of(word(message, "subtype"));
  if (message.problem()) return Unknown{"message_changed: message." + message.problem()->what};
  const json* before = in.at("previous_message");
  if (before != nullptr && before->is_object()) {
    Fields previous(*before);
    if (kind == Kind::tombstone && is_ours(author_of(previous, channel.workspace), self))
      return Ignored{"our own message"};
    out.before = text_of(previous);
  }
  if (kind == Kind::tombstone) return MessageDeleted{out.message, out.before, out.event_ts};
  if (is_ours(out.author, self)) return Ignored{"our own message"};
  if (kind == Kind::noise) return Ignored{"a change of a message that nobody wrote"};
  // Link previews and new replies come as changes too.
  if (before != nullptr && out.before == out.text) return Ignored{"a change that left the text alone"};
  return out;
}

What deleted(Fields& in, const ChannelRef& channel, const Self& self) {
  MessageDeleted out{
      .message = {channel, stamp(in, "deleted_ts")}, .before = {}, .event_ts = first_word(in, {"event_ts", "ts"})};
  const json* before = in.at("previous_message");
  if (before != nullptr && before->is_object()) {
    Fields previous(*before);
    if (is_ours(author_of(previous, channel.workspace), self)) return Ignored{"our own message"};
    out.before = text_of(previous);
  }
  return out;
}

}  // namespace

Author author_of(Fields& in, const Workspace& workspace) {
  Author author{.user = {workspace, word(in, "user"), first_word(in, {"username", "bot_profile.name"})},
                .bot = word(in, "bot_id"),
                .app = first_word(in, {"app_id", "bot_profile.app_id"})};
  if (auto team = first_word(in, {"user_team", "team"}); !team.empty()) author.user.workspace.team = std::move(team);
  return author;
}

std::string text_of(Fields& in) {
  std::string text = in.lines_if_any("text", kTextLimit);
  if (!text.empty()) return text;
  if (!in.has("bot_id")) return names_of_files(in);
  text = text_of_attachments(in);
  if (text.empty()) text = text_of_blocks(in, "blocks");
  return std::string(common::cut_utf8(text, kTextLimit));
}

What read_message(Fields& in, const ChannelRef& channel, const Self& self, bool direct) {
  const std::string subtype = word(in, "subtype");
  switch (kind_of(subtype)) {
    case Kind::person:
    case Kind::bot:
      return posted(in, channel, self, direct);
    case Kind::changed:
      return changed(in, channel, self);
    case Kind::deleted:
      return deleted(in, channel, self);
    case Kind::tombstone:
      return Ignored{"a message that was deleted"};
    case Kind::noise:
      return Ignored{"message " + subtype};
    case Kind::unknown:
      break;
  }
  return Unknown{"message " + shown_type(subtype)};
}

What read_history_message(const json& message, const ChannelRef& channel, const Self& self) {
  if (!message.is_object()) return Unknown{"a message of the history that is no object"};
  Fields in(message);
  auto what = read_message(in, channel, self, false);
  if (in.problem()) return Unknown{"history: " + in.problem()->what};
  return what;
}

std::string op_id_of(const json& message) {
  if (!message.is_object()) return {};
  Fields in(message);
  if (word(in, "metadata.event_type") != kMetadataEvent) return {};
  return word(in, "metadata.event_payload.op_id");
}

}  // namespace hotfixd::slack
