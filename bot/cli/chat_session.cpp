#include "bot/cli/chat_session.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>

#include "integrations/local/local_platform.hpp"
#include "integrations/local/safe_text.hpp"

namespace hotfixd::cli {
namespace {

constexpr std::size_t scroll_back_messages = 20;

bool same_ignoring_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

bool good_name(std::string_view name) {
  return !name.empty() && name.size() <= local::max_name_bytes && local::safe_line(name) == name &&
         name.find(' ') == std::string_view::npos && !same_ignoring_case(name, local::bot_person().id);
}

}  // namespace

Person default_person() {
  const char* user = std::getenv("USER");
  const std::string name = user != nullptr && good_name(user) ? user : "me";
  return {name, name};
}

ChatSession::ChatSession(const ChatOptions& options, const ChatPorts& ports, ChatPlace& place, ChatIntake& intake,
                         ChatFeed& feed, std::function<void(std::string)> print)
    : options_(options), ports_(ports), place_(place), intake_(intake), feed_(feed), print_(std::move(print)) {}

// One overload per thing that can be typed; true = stay.
struct ChatSession::Carry {
  ChatSession& s;
  Time now;

  bool operator()(const typed::Nothing&) const { return true; }
  bool operator()(const typed::Quit&) const { return false; }
  bool operator()(const typed::Say& say) const {
    s.queue(s.ports_.store.say(s.place_.channel, s.place_.person, say.text, now));
    return true;
  }
  bool operator()(const typed::Command& command) const {
    s.queue(s.ports_.store.command(s.place_.channel, s.place_.person, command.arguments, now));
    return true;
  }
  bool operator()(const typed::Edit& edit) const {
    s.queue(s.ports_.store.edit_said(edit.number, s.place_.person, edit.text, now));
    return true;
  }
  bool operator()(const typed::Delete& gone) const {
    s.queue(s.ports_.store.delete_said(gone.number, s.place_.person, now));
    return true;
  }
  bool operator()(const typed::Press& press) const {
    s.press(press);
    return true;
  }
  bool operator()(const typed::React& react) const {
    s.react(react);
    return true;
  }
  bool operator()(const typed::Join& join) const {
    if (local::safe_line(join.channel) != join.channel) {
      s.tell(UserError{"A channel's name has no control characters.", "/join #incidents"});
    } else if (const auto made = s.ports_.store.create_channel(join.channel, "", now); !made) {
      s.tell(made.error());
    } else {
      s.place_.channel = join.channel;
      s.notice(fmt::format("You are in {}.", join.channel));
      s.scroll_back();
    }
    return true;
  }
  bool operator()(const typed::As& as) const {
    s.become(as.name);
    return true;
  }
  bool operator()(const typed::Who&) const {
    s.list_people();
    return true;
  }
  bool operator()(const typed::Channels&) const {
    s.list_channels();
    return true;
  }
  bool operator()(const typed::Pins&) const {
    s.list_pins();
    return true;
  }
  bool operator()(const typed::Help&) const {
    for (const std::string& line : help_lines()) s.notice(line);
    return true;
  }
  bool operator()(const UserError& error) const {
    s.tell(error);
    return true;
  }
};

bool ChatSession::enter(std::string_view line) {
  return std::visit(Carry{*this, ports_.clock.now()}, read_typed(line, options_.verbs));
}

void ChatSession::scroll_back() {
  const auto entries = ports_.store.recent(place_.channel, place_.person.id, scroll_back_messages);
  if (!entries) return tell(entries.error());
  for (const local::Entry& entry : *entries) print_(feed_.block(entry));
}

void ChatSession::tell(const ChatIntake::Trouble& trouble) {
  const std::string why = local::safe_line(trouble.problem.what);
  const std::string mend =
      trouble.problem.mend.empty() ? "" : fmt::format(" ({})", local::safe_line(trouble.problem.mend));
  if (trouble.changed) {
    notice(fmt::format("It was done, but the answer could not be stored: {}{}. It is asked for again in {} s.", why,
                       mend, trouble.again_in.value_or(Seconds{0}).count()));
  } else if (trouble.again_in) {
    notice(fmt::format("Nothing was changed: {}{}. What you typed is kept and will be offered again in {} s.", why,
                       mend, trouble.again_in->count()));
  } else {
    notice(fmt::format("Nothing was changed: {}{}. It will not be offered again; type it anew.", why, mend));
  }
}

Completions ChatSession::complete(std::string_view before) const {
  CompletionWords words{.verbs = options_.verbs, .channels = {}, .people = {}};
  if (const auto channels = ports_.store.channels()) {
    for (const auto& channel : *channels) words.channels.push_back(local::safe_line(channel.name));
  }
  for (const Person& person : options_.people) words.people.push_back(person.name);
  if (const auto people = ports_.store.people(place_.channel)) {
    for (const Person& person : *people) words.people.push_back(local::safe_line(person.name));
  }
  return complete_typed(before, words);
}

void ChatSession::notice(std::string_view text) { print_(fmt::format("* {}", text)); }

void ChatSession::tell(const UserError& error) {
  notice(error.try_instead.empty()
             ? local::safe_line(error.what)
             : fmt::format("{} Try: {}", local::safe_line(error.what), local::safe_line(error.try_instead)));
}

void ChatSession::tell(const Problem& problem) {
  notice(problem.mend.empty() ? fmt::format("Nothing was sent: {}.", local::safe_line(problem.what))
                              : fmt::format("Nothing was sent: {} ({}).", local::safe_line(problem.what),
                                            local::safe_line(problem.mend)));
}

void ChatSession::queue(Result<local::Incoming> stored) {
  if (stored) return intake_.offer(*std::move(stored));
  using Kind = Problem::Kind;
  const Kind kind = stored.error().kind;
  const bool their_mistake = kind == Kind::refused || kind == Kind::not_found || kind == Kind::invalid;
  if (!their_mistake) stored_all_ = false;
  tell(stored.error());
}

// The number stands for what was read, which the file may not hold any more.
void ChatSession::press(const typed::Press& press) {
  const auto printed = feed_.choices();
  const auto entry =
      printed ? ports_.store.entry(printed->number) : ports_.store.newest_choice(place_.channel, place_.person.id);
  if (!entry) {
    stored_all_ = false;
    return tell(entry.error());
  }
  const bool there = *entry && !(*entry)->deleted && (*entry)->visible_to(place_.person.id);
  const auto now = there ? (*entry)->card.value_or(Message{}).buttons : std::vector<Button>{};
  const std::size_t choices = printed ? printed->buttons.size() : now.size();
  const local::Number number = printed ? printed->number : *entry ? (*entry)->number : 0;
  if (press.choice == 0 || press.choice > choices || (press.bare && !printed)) {
    // A bare number that chooses nothing is just something said.
    if (press.bare) return queue(ports_.store.say(place_.channel, place_.person, press.text, ports_.clock.now()));
    if (choices == 0) return tell(UserError{"No message here has anything to choose.", ""});
    return tell(UserError{fmt::format("#{} offers 1 to {}.", number, choices), "/press 1"});
  }
  if (!there) return notice(fmt::format("Nothing was pressed: #{} is not here any more.", number));
  if (!printed || now != printed->buttons) {
    notice(fmt::format("Nothing was pressed: the choices of #{} {}. Now it reads:", number,
                       printed ? "changed since they were shown" : "were not shown yet"));
    return print_(feed_.block(**entry));
  }
  const Button& button = now[press.choice - 1];
  auto stored = ports_.store.press(place_.channel, place_.person, button, ports_.clock.now());
  if (stored)
    notice(fmt::format("{} chose [{}] {} of #{}", place_.person.name, press.choice, local::safe_line(button.label),
                       number));
  queue(std::move(stored));
}

void ChatSession::become(const std::string& name) {
  const auto known = std::ranges::find_if(options_.people, [&](const Person& p) {
    return same_ignoring_case(p.id, name) || same_ignoring_case(p.name, name);
  });
  if (known != options_.people.end()) {
    place_.person = *known;
  } else if (good_name(name)) {
    place_.person = {name, name};
  } else {
    return tell(UserError{"That cannot be a person's name: 1 to 64 bytes, no spaces, not the bot's.", "/as alice"});
  }
  notice(fmt::format("You are {}.", place_.person.name));
}

void ChatSession::react(const typed::React& react) {
  auto number = react.number;
  if (!number) {
    const auto newest = ports_.store.newest_said(place_.channel);
    if (!newest) return queue(std::unexpected(newest.error()));
    if (!*newest) return tell(UserError{"Nobody has said anything here yet.", ""});
    number = (*newest)->number;
  }
  auto stored = ports_.store.react(*number, place_.person, react.reaction, react.add, ports_.clock.now());
  if (!stored) return queue(std::unexpected(stored.error()));
  if (!*stored)
    return tell(UserError{react.add ? "You have reacted so already." : "There is no such reaction of yours.", ""});
  queue(**std::move(stored));
}

void ChatSession::list_channels() {
  const auto channels = ports_.store.channels();
  if (!channels) return tell(channels.error());
  for (const local::ChannelInfo& c : *channels) {
    notice(fmt::format("{}{}  {} messages{}{}", local::safe_line(c.name), c.name == place_.channel ? " (here)" : "",
                       c.messages, c.topic.empty() ? "" : "  ", local::safe_line(c.topic)));
  }
}

void ChatSession::list_people() {
  notice(fmt::format("You are {}, in {}.", place_.person.name, place_.channel));
  const auto people = ports_.store.people(place_.channel);
  if (!people) return tell(people.error());
  std::string names;
  for (const Person& person : *people)
    names += fmt::format("{}{}", names.empty() ? "" : ", ", local::safe_line(person.name));
  if (!names.empty()) notice(fmt::format("Who wrote here, last first: {}", names));
}

void ChatSession::list_pins() {
  const auto pins = ports_.store.pinned(place_.channel, scroll_back_messages);
  if (!pins) return tell(pins.error());
  if (pins->empty()) notice("Nothing is pinned here.");
  for (const local::Entry& entry : *pins) print_(feed_.block(entry));
}

}  // namespace hotfixd::cli
