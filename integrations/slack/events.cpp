#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "integrations/slack/channel_id.hpp"
#include "integrations/slack/message_event.hpp"

// The Events API, and what every kind of delivery is known by.

namespace hotfixd::slack {
namespace {

using common::Fields;
using nlohmann::json;

// One event inside its envelope.
struct Event {
  Fields in;
  Workspace workspace;
  Self self;
};

ChannelRef channel_at(Event& e, std::string_view path) { return {e.workspace, e.in.text(path), {}}; }

UserRef user_at(Event& e, std::string_view path) { return {e.workspace, e.in.text(path), {}}; }

std::string event_ts(Event& e) { return e.in.text("event_ts"); }

What message(Event& e) {
  const std::string type = word(e.in, "channel_type");
  const auto channel = channel_at(e, "channel");
  return read_message(e.in, channel, e.self, type == "im" || type == "app_home");
}

// The same message comes as `message` too, where we are a member; both are read by the same rules.
What app_mention(Event& e) { return read_message(e.in, channel_at(e, "channel"), e.self, false); }

What reaction(Event& e, bool added) {
  const std::string item = word(e.in, "item.type");
  if (item != "message") return Ignored{"a reaction to something else than a message"};
  Reaction out{.message = {channel_at(e, "item.channel"), stamp(e.in, "item.ts")},
               .user = user_at(e, "user"),
               .name = e.in.text("reaction"),
               .added = added,
               .event_ts = event_ts(e)};
  if (const auto skin = out.name.find("::"); skin != std::string::npos) out.name.resize(skin);
  return out;
}
What reaction_added(Event& e) { return reaction(e, true); }
What reaction_removed(Event& e) { return reaction(e, false); }

What pin(Event& e, bool added) {
  if (!e.in.has("item.message")) return Ignored{"a pin of something else than a message"};
  return Pin{.message = {channel_at(e, "channel_id"), stamp(e.in, "item.message.ts")},
             .user = user_at(e, "user"),
             .added = added,
             .event_ts = event_ts(e)};
}
What pin_added(Event& e) { return pin(e, true); }
What pin_removed(Event& e) { return pin(e, false); }

What member_joined(Event& e) {
  MemberJoined out{.channel = channel_at(e, "channel"),
                   .user = user_at(e, "user"),
                   .inviter = word(e.in, "inviter"),
                   .event_ts = event_ts(e)};
  if (auto team = word(e.in, "team"); !team.empty()) out.user.workspace.team = std::move(team);
  return out;
}

What renamed(Event& e) {
  return ChannelRenamed{{e.workspace, e.in.text("channel.id"), e.in.text("channel.name")}, event_ts(e)};
}

// group_unarchive names who did it `actor_id` (@slack/types, events/group.ts), the others `user`.
What archived(Event& e, bool archived) {
  const bool actor = !e.in.has("user") && e.in.has("actor_id");
  return ChannelArchived{channel_at(e, "channel"), user_at(e, actor ? "actor_id" : "user"), archived, event_ts(e)};
}
What archived(Event& e) { return archived(e, true); }
What unarchived(Event& e) { return archived(e, false); }

What home_opened(Event& e) { return AppHomeOpened{user_at(e, "user"), word(e.in, "tab"), event_ts(e)}; }

struct Reader {
  std::string_view type;
  What (*read)(Event&);
};
// group_*: the same of private channels.
constexpr std::array kReaders = {Reader{"message", message},
                                 Reader{"app_mention", app_mention},
                                 Reader{"reaction_added", reaction_added},
                                 Reader{"reaction_removed", reaction_removed},
                                 Reader{"pin_added", pin_added},
                                 Reader{"pin_removed", pin_removed},
                                 Reader{"member_joined_channel", member_joined},
                                 Reader{"channel_rename", renamed},
                                 Reader{"group_rename", renamed},
                                 Reader{"channel_archive", archived},
                                 Reader{"group_archive", archived},
                                 Reader{"channel_unarchive", unarchived},
                                 Reader{"group_unarchive", unarchived},
                                 Reader{"app_home_opened", home_opened}};

std::optional<Time> seconds_at(Fields& in, std::string_view path) {
  const json* value = in.at(path);
  constexpr std::uint64_t kEndOf9999 = 253'402'300'799;
  if (value == nullptr || !value->is_number_unsigned() || value->get<std::uint64_t>() > kEndOf9999) return std::nullopt;
  return Time{Seconds{value->get<std::int64_t>()}};
}

// The installation the event is for: in a channel shared by several, team_id may be another's.
void read_authorization(Fields& body, Workspace& workspace, Self& self) {
  const json& all = list(body, "authorizations");
  if (!all.empty() && all.front().is_object()) {
    Fields first(all.front());
    workspace = {word(first, "team_id"), word(first, "enterprise_id"), first.truth("is_enterprise_install")};
    if (self.user.empty() && first.truth("is_bot")) self.user = word(first, "user_id");
  }
  if (workspace.team.empty()) workspace.team = first_word(body, {"team_id", "context_team_id"});
  if (workspace.enterprise.empty()) workspace.enterprise = first_word(body, {"enterprise_id", "context_enterprise_id"});
}

What event_callback(Fields& body, const Workspace& workspace, Self self) {
  const json* inner = body.at("event");
  if (inner == nullptr || !inner->is_object()) return Unknown{"event_callback: event is not an object"};
  Event event{Fields(*inner), workspace, std::move(self)};
  const std::string type = word(event.in, "type");
  const auto* found = std::ranges::find(kReaders, type, &Reader::type);
  if (found == kReaders.end()) return Unknown{"event " + shown_type(type)};
  auto what = found->read(event);
  if (event.in.problem()) return Unknown{fmt::format("event {}: {}", type, event.in.problem()->what)};
  return what;
}

// The parts of a delivery id after the team; empty: nothing for the engine.
struct IdOf {
  std::size_t action;

  static std::string of(const MessageRef& m) { return fmt::format("{}:{}", m.channel.id, m.ts.text()); }

  std::string operator()(const SlashCommand& c) const { return "command:" + c.trigger_id; }
  std::string operator()(const BlockActions& b) const {
    if (action >= b.actions.size()) return {};
    return fmt::format("action:{}:{}:{}", b.user.id, b.actions[action].id, b.actions[action].ts);
  }
  std::string operator()(const ViewSubmission& v) const { return "view:" + v.view.id; }
  std::string operator()(const GlobalShortcut& s) const {
    return fmt::format("shortcut:{}:{}", s.user.id, s.action_ts);
  }
  std::string operator()(const MessageShortcut& s) const {
    return fmt::format("shortcut:{}:{}", s.user.id, s.action_ts);
  }
  std::string operator()(const MessagePosted& m) const { return of(m.message); }
  std::string operator()(const AppMention& m) const { return of(m.message); }
  std::string operator()(const DirectMessage& m) const { return of(m.message); }
  std::string operator()(const MessageChanged& m) const { return fmt::format("{}:edit:{}", of(m.message), m.event_ts); }
  std::string operator()(const MessageDeleted& m) const { return of(m.message) + ":delete"; }
  std::string operator()(const Reaction& r) const {
    return fmt::format("{}:{}:{}:{}:{}", of(r.message), r.added ? "react" : "unreact", r.user.id, r.name, r.event_ts);
  }
  std::string operator()(const Pin& p) const {
    return fmt::format("{}:{}:{}", of(p.message), p.added ? "pin" : "unpin", p.event_ts);
  }
  std::string operator()(const MemberJoined& m) const {
    return fmt::format("{}:joined:{}:{}", m.channel.id, m.user.id, m.event_ts);
  }
  std::string operator()(const ChannelRenamed& c) const {
    return fmt::format("{}:renamed:{}", c.channel.id, c.event_ts);
  }
  std::string operator()(const ChannelArchived& c) const {
    return fmt::format("{}:{}:{}", c.channel.id, c.archived ? "archived" : "unarchived", c.event_ts);
  }
  std::string operator()(const AppHomeOpened& h) const { return fmt::format("{}:home:{}", h.user.id, h.event_ts); }
  template <typename Other>
  std::string operator()(const Other&) const {
    return {};
  }
};

std::optional<Time> time_in(std::string_view ts) {
  const auto at = Timestamp::parse(ts);
  return at ? std::optional(at->time()) : std::nullopt;
}

struct TimeOf {
  std::size_t action;

  std::optional<Time> operator()(const BlockActions& b) const {
    return action < b.actions.size() ? time_in(b.actions[action].ts) : std::nullopt;
  }
  std::optional<Time> operator()(const MessagePosted& m) const { return m.message.ts.time(); }
  std::optional<Time> operator()(const AppMention& m) const { return m.message.ts.time(); }
  std::optional<Time> operator()(const DirectMessage& m) const { return m.message.ts.time(); }
  std::optional<Time> operator()(const GlobalShortcut& s) const { return time_in(s.action_ts); }
  std::optional<Time> operator()(const MessageShortcut& s) const { return time_in(s.action_ts); }
  template <typename Other>
  std::optional<Time> operator()(const Other& other) const {
    if constexpr (requires { other.event_ts; }) return time_in(other.event_ts);
    return std::nullopt;
  }
};

}  // namespace

void read_event(Incoming& out, const json& body, const Self& self) {
  Fields in(body);
  const std::string type = word(in, "type");
  out.app = word(in, "api_app_id");
  out.event_id = word(in, "event_id");
  out.event_time = seconds_at(in, "event_time");
  Self us = self;
  read_authorization(in, out.workspace, us);
  if (type == "event_callback") {
    out.what = event_callback(in, out.workspace, std::move(us));
  } else if (type == "url_verification") {
    out.what = Challenge{in.text("challenge")};
  } else if (type == "app_rate_limited") {
    out.what = RateLimited{out.workspace, seconds_at(in, "minute_rate_limited").value_or(Time{})};
  } else {
    out.what = Unknown{"body " + shown_type(type)};
  }
  if (in.problem()) out.what = Unknown{fmt::format("body {}: {}", shown_type(type), in.problem()->what)};
}

std::string delivery_id(const Incoming& in, std::size_t action) {
  const std::string rest = std::visit(IdOf{action}, in.what);
  if (rest.empty()) return {};
  return in_workspace(in.workspace, rest);
}

std::optional<Time> sent_at(const Incoming& in, std::size_t action) {
  if (auto at = std::visit(TimeOf{action}, in.what)) return at;
  return in.event_time;
}

}  // namespace hotfixd::slack
