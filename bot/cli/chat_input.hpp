// What a person typed at the chat client: a message, a /hotfix command, or one of the client's own. Pure.
#pragma once

#include <variant>

#include "bot/domain/basics.hpp"

namespace hotfixd::cli {

namespace typed {
struct Nothing {};
struct Say {
  std::string text;
};
struct Command {
  std::string arguments;
};  // what follows /hotfix
struct Join {
  ChannelId channel;
};
struct As {
  std::string name;
};
struct React {
  std::string reaction;
  std::optional<std::uint64_t> number;
  bool add = true;
};  // none = the newest message
struct Edit {
  std::uint64_t number = 0;
  std::string text;
};
struct Delete {
  std::uint64_t number = 0;
};
struct Press {
  std::size_t choice = 0;
  bool bare = false;
  std::string text;
};  // bare: only the number was typed
struct Who {};
struct Channels {};
struct Pins {};
struct Help {};
struct Quit {};
}  // namespace typed

using Typed = std::variant<typed::Nothing, typed::Say, typed::Command, typed::Join, typed::As, typed::React,
                           typed::Edit, typed::Delete, typed::Press, typed::Who, typed::Channels, typed::Pins,
                           typed::Help, typed::Quit, UserError>;

// What follows "/hotfix" when the text is a command of the bot; the word counts in any case, blanks before it do not.
std::optional<std::string> command_arguments(std::string_view text);

// An unknown slash is a UserError that suggests the nearest command, or the verb of /hotfix that was meant.
// "//text" says "/text".
Typed read_typed(std::string_view text, const std::vector<std::string>& verbs);

// The whole words that could stand where the last word of `before` is begun; empty when nothing is known.
struct CompletionWords {
  std::vector<std::string> verbs, channels, people;
};
struct Completions {
  std::size_t word_begin = 0;  // byte offset in `before`
  std::vector<std::string> words;
};
Completions complete_typed(std::string_view before, const CompletionWords& words);

// Lines of /help.
std::vector<std::string> help_lines();

}  // namespace hotfixd::cli
