// Decoded deliveries as text, every field of them, so that a test compares the whole reading.
#pragma once

#include <fmt/format.h>

#include <fstream>
#include <iterator>

#include "bot/domain/zone.hpp"
#include "integrations/slack/inbound.hpp"

namespace hotfixd::slack::test {

inline const Self kSelf{.user = "U0BOT", .bot = "B0HOTFIX", .app = "A0HOTFIX"};

inline std::string read_file(const std::string& name) {
  std::ifstream file(HOTFIXD_SOURCE_DIR "/tests/slack/payloads/" + name + ".json", std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline std::string joined(const std::vector<std::string>& values) { return fmt::format("{}", fmt::join(values, ",")); }

struct Describe {
  static std::string at(const Workspace& w) {
    return fmt::format("{}/{}{}", w.team, w.enterprise, w.org_install ? "/org" : "");
  }
  static std::string of(const UserRef& u) { return fmt::format("{}={}@{}", u.id, u.name, at(u.workspace)); }
  static std::string of(const ChannelRef& c) { return fmt::format("{}={}@{}", c.id, c.name, at(c.workspace)); }
  static std::string of(const MessageRef& m) { return fmt::format("{}!{}", of(m.channel), m.ts.text()); }
  static std::string of(const Author& a) { return fmt::format("{} bot[{}] app[{}]", of(a.user), a.bot, a.app); }
  static std::string of(const std::optional<Timestamp>& t) { return t ? t->text() : "-"; }
  static std::string of(const View& v) {
    std::string out = fmt::format("{} {} {} [{}] {} root {} previous {} external {}", v.id, v.type, v.callback_id,
                                  v.private_metadata, v.hash, v.root_id, v.previous_id, v.external_id);
    for (const auto& value : v.values) out += fmt::format(" {}.{}={}", value.block, value.action, joined(value.values));
    return out;
  }

  std::string operator()(const Hello& h) const {
    return fmt::format("hello {} {} {}s", h.app, h.connections, h.lifetime.count());
  }
  std::string operator()(const Disconnect& d) const {
    return fmt::format("disconnect {} {}", static_cast<int>(d.reason), d.text);
  }
  std::string operator()(const Challenge& c) const { return "challenge " + c.challenge; }
  std::string operator()(const SslCheck&) const { return "ssl check"; }
  std::string operator()(const RateLimited& r) const {
    return fmt::format("rate limited {} {}", at(r.workspace), format_rfc3339(r.minute));
  }
  std::string operator()(const SlashCommand& c) const {
    return fmt::format("slash {} in {}: {} '{}' {} {}", of(c.user), of(c.channel), c.command, c.text, c.response_url,
                       c.trigger_id);
  }
  std::string operator()(const BlockActions& b) const {
    std::string out = fmt::format("actions {} on {} thread {}{} view [{} {}] {} {}", of(b.user),
                                  b.message ? of(*b.message) : "-", of(b.thread), b.ephemeral ? " ephemeral" : "",
                                  b.view_id, b.callback_id, b.response_url, b.trigger_id);
    for (const auto& a : b.actions)
      out += fmt::format(" | {} {} {}={} {}", a.id, a.block, a.type, joined(a.values), a.ts);
    return out;
  }
  std::string operator()(const ViewSubmission& v) const {
    return fmt::format("submission {} {}: {}", of(v.user), v.trigger_id, of(v.view));
  }
  std::string operator()(const ViewClosed& v) const {
    return fmt::format("closed {}{}: {}", of(v.user), v.cleared ? " all" : "", of(v.view));
  }
  std::string operator()(const GlobalShortcut& s) const {
    return fmt::format("shortcut {} {} {} {}", of(s.user), s.callback_id, s.trigger_id, s.action_ts);
  }
  std::string operator()(const MessageShortcut& s) const {
    return fmt::format("shortcut {} {} {} {} {} on {} by {} '{}' thread {}", of(s.user), s.callback_id, s.trigger_id,
                       s.action_ts, s.response_url, of(s.message), of(s.author), s.text, of(s.thread));
  }
  std::string operator()(const MessagePosted& m) const {
    return fmt::format("posted {} by {} '{}' thread {}", of(m.message), of(m.author), m.text, of(m.thread));
  }
  std::string operator()(const MessageChanged& m) const {
    return fmt::format("changed {} by {} '{}' from '{}' thread {} at {}", of(m.message), of(m.author), m.text, m.before,
                       of(m.thread), m.event_ts);
  }
  std::string operator()(const MessageDeleted& m) const {
    return fmt::format("deleted {} '{}' at {}", of(m.message), m.before, m.event_ts);
  }
  std::string operator()(const AppMention& m) const {
    return fmt::format("mention {} by {} '{}' thread {}", of(m.message), of(m.author), m.text, of(m.thread));
  }
  std::string operator()(const DirectMessage& m) const {
    return fmt::format("direct {} by {} '{}' thread {}", of(m.message), of(m.author), m.text, of(m.thread));
  }
  std::string operator()(const Reaction& r) const {
    return fmt::format("{} {} to {} by {} at {}", r.added ? "reaction" : "no reaction", r.name, of(r.message),
                       of(r.user), r.event_ts);
  }
  std::string operator()(const Pin& p) const {
    return fmt::format("{} {} by {} at {}", p.added ? "pin" : "no pin", of(p.message), of(p.user), p.event_ts);
  }
  std::string operator()(const MemberJoined& m) const {
    return fmt::format("joined {} {} invited by {} at {}", of(m.channel), of(m.user), m.inviter, m.event_ts);
  }
  std::string operator()(const ChannelRenamed& c) const {
    return fmt::format("renamed {} at {}", of(c.channel), c.event_ts);
  }
  std::string operator()(const ChannelArchived& c) const {
    return fmt::format("{} {} by {} at {}", c.archived ? "archived" : "back", of(c.channel), of(c.user), c.event_ts);
  }
  std::string operator()(const AppHomeOpened& h) const {
    return fmt::format("home {} {} at {}", of(h.user), h.tab, h.event_ts);
  }
  std::string operator()(const Ignored& i) const { return "ignored: " + i.why; }
  std::string operator()(const Unknown& u) const { return "unknown: " + u.what; }
};

inline std::string describe(const What& what) { return std::visit(Describe{}, what); }

inline std::string describe(const Result<Incoming>& in) {
  return in ? describe(in->what) : "problem: " + in.error().what;
}

}  // namespace hotfixd::slack::test
