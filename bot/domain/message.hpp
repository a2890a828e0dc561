// What the bot says, without saying how it looks: rendered to terminal text, Block Kit, Adaptive
// Cards or HTML by each platform. Escaping is the renderer's duty; nothing here is markup.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "bot/domain/basics.hpp"

namespace hotfixd {

struct Span {
  enum class Kind {
    plain,
    bold,
    code,
    strike,
    mention,  // text = person's name, ref = person's id
    link,     // text = label, ref = URL
    clock,    // `at` as HH:MM in the reader's or the channel's zone
    day,      // `at` as YYYY-MM-DD
    due,      // `at` as "Sat 14 Nov 09:00"
    channel,  // ref = ChannelId; text = what it is called where it cannot be linked
  };
  Kind kind = Kind::plain;
  std::string text;
  std::string ref;
  Time at{};

  bool operator==(const Span&) const = default;
};

using Line = std::vector<Span>;

// A choice offered under a message. `id` names what it does ("confirm", "snooze"), `value` to what: "HF-1/O1".
struct Button {
  std::string id;
  std::string label;
  std::string value;
  bool danger = false;

  bool operator==(const Button&) const = default;
};

struct Message {
  std::vector<Line> lines;
  std::vector<Button> buttons;

  bool operator==(const Message&) const = default;
  bool empty() const { return lines.empty() && buttons.empty(); }
};

inline Span plain(std::string text) { return {Span::Kind::plain, std::move(text), {}, {}}; }
inline Span bold(std::string text) { return {Span::Kind::bold, std::move(text), {}, {}}; }
inline Span code(std::string text) { return {Span::Kind::code, std::move(text), {}, {}}; }
inline Span strike(std::string text) { return {Span::Kind::strike, std::move(text), {}, {}}; }
inline Span mention(const Person& p) { return {Span::Kind::mention, p.name, p.id, {}}; }
inline Span link(std::string label, std::string url) {
  return {Span::Kind::link, std::move(label), std::move(url), {}};
}
inline Span clock_at(Time at) { return {Span::Kind::clock, {}, {}, at}; }
inline Span day_at(Time at) { return {Span::Kind::day, {}, {}, at}; }
inline Span due_at(Time at) { return {Span::Kind::due, {}, {}, at}; }

// "slack:T1:C2" is called C2, "#incidents" itself.
Span channel_link(const ChannelId& channel);

// A message of plain lines, one per line of `text`.
Message say(std::string_view text);

}  // namespace hotfixd
