#include "commands/verb.hpp"

// status: where the run stands.

namespace hotfixd::commands {
namespace {

std::expected<Command, UserError> parse(Arguments&, const ParseContext&) { return command::ShowStatus{}; }

}  // namespace

Verb status_verb() {
  return {
      .name = "status",
      .group = Group::any_time,
      .summary = "shows where the run stands and what comes next",
      .usage = "status",
      .details =
          "Severity, roles, the fix with its checks and approvals, and the next step. An incident's id alone does the "
          "same.",
      .who = kEveryone,
      .examples = {"status", "HF-3 status"},
      .parse = parse,
  };
}

}  // namespace hotfixd::commands
