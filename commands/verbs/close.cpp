#include "commands/verb.hpp"

// close: the end of a run.

namespace hotfixd::commands {
namespace {

std::expected<Command, UserError> parse(Arguments&, const ParseContext&) { return command::Close{}; }

}  // namespace

Verb close_verb() {
  return {
      .name = "close",
      .group = Group::finish,
      .summary = "closes the incident, when nothing is owed any more",
      .usage = "close",
      .details =
          "Refused while a line lacks the fix, the root cause analysis is not approved, or anything else is owed; it "
          "says what.",
      .who = kEveryone,
      .examples = {"close", "HF-3 close"},
      .parse = parse,
  };
}

}  // namespace hotfixd::commands
