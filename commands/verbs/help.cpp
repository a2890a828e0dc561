#include "commands/values.hpp"
#include "commands/verb.hpp"

// help: what there is to type.

namespace hotfixd::commands {
namespace {

// Only the first word counts: "help action add" shows action. An unknown one is told by help().
std::expected<Command, UserError> parse(Arguments& args, const ParseContext&) {
  const std::vector<Word> words = args.words();
  if (words.empty()) return command::Help{};
  if (words[0].text.size() > kWordLimit) return args.mistake("That is no verb.", "help");
  const Verb* verb = find_verb(words[0].text);
  return command::Help{verb == nullptr ? words[0].text : std::string(verb->name)};
}

}  // namespace

Verb help_verb() {
  return {
      .name = "help",
      .group = Group::any_time,
      .summary = "shows this, or one verb with examples",
      .usage = "help [verb]",
      .details = "Shows all verbs, the severities and the definition of a hotfix; with a verb its usage and examples.",
      .who = kEveryone,
      .examples = {"help", "help declare"},
      .aliases = {"?"},
      .parse = parse,
  };
}

}  // namespace hotfixd::commands
