// What Slack sent as what the engine takes. Pure but for the names.
#pragma once

#include "bot/domain/input.hpp"
#include "integrations/slack/people.hpp"

namespace hotfixd::slack {

// One thing for the engine's inbox.
struct Taken {
  struct CommandLine {
    std::string text;
    MessageId about;  // the message that an incident is declared from
  };
  std::string id;  // see delivery_id()
  std::optional<Time> sent_at;
  Person actor;
  ChannelId channel;
  std::variant<CommandLine, chat::Said, chat::Edited, chat::Deleted, chat::Reacted, chat::Added, chat::Pressed,
               chat::Joined, chat::Archived>
      what;
  bool remember = false;  // kept in the inbox even when it changes nothing: what was answered must not be missed later
};

// Several for a press of several elements; none for what the engine has no use for. `bot`: our own user, whose coming
// into a channel is nobody's.
std::vector<Taken> taken_of(const Incoming& in, const Policy& policy, const People& people, std::string_view bot);

// Whose names taken_of() would like to know: who did it and who is mentioned, kMostNames at most.
std::vector<std::string> members_in(const Incoming& in);
inline constexpr std::size_t kMostNames = 20;

}  // namespace hotfixd::slack
