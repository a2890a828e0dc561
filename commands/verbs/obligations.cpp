#include "commands/verb.hpp"

// obligations: what is owed before the incident can close.

namespace hotfixd::commands {
namespace {

std::expected<Command, UserError> parse(Arguments&, const ParseContext&) { return command::ShowObligations{}; }

}  // namespace

Verb obligations_verb() {
  return {
      .name = "obligations",
      .group = Group::any_time,
      .summary = "shows what is still owed, by whom and until when",
      .usage = "obligations",
      .details =
          "Everything that keeps the incident open, with its id, owner and due time, and what to type to settle it.",
      .who = kEveryone,
      .examples = {"obligations", "HF-3 obligations"},
      .parse = parse,
  };
}

}  // namespace hotfixd::commands
