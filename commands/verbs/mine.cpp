#include "commands/verb.hpp"

// mine: what the person who asks owes, and what is open.

namespace hotfixd::commands {
namespace {

std::expected<Command, UserError> parse(Arguments&, const ParseContext&) { return command::Mine{}; }

}  // namespace

Verb mine_verb() {
  return {
      .name = "mine",
      .group = Group::any_time,
      .summary = "shows what you owe, over all incidents",
      .usage = "mine",
      .details = "Your open obligations in every open incident, with what to do about each, and the open incidents.",
      .who = kEveryone,
      .examples = {"mine", "todo"},
      .aliases = {"todo"},
      .parse = parse,
  };
}

}  // namespace hotfixd::commands
