#include "commands/values.hpp"
#include "commands/verb.hpp"

// resolve: the damage has ended; the duties have not.

namespace hotfixd::commands {
namespace {

std::expected<Command, UserError> parse(Arguments& args, const ParseContext&) {
  auto what = args.text("Say what ended it.", "resolve v2.4.8 is live, 500 rate back to baseline");
  if (!what) return std::unexpected(what.error());
  return command::Resolve{std::move(*what)};
}

}  // namespace

Verb resolve_verb() {
  return {
      .name = "resolve",
      .group = Group::ship,
      .summary = "says that the damage has ended",
      .usage = "resolve <what>",
      .details =
          "The outside is well again. What is owed stays open until it is done: merge-backs, verification, root cause "
          "analysis.",
      .who = kEveryone,
      .examples = {"resolve v2.4.8 is live, 500 rate back to baseline",
                   "resolve rolled back to v2.4.6, no errors for 20 minutes"},
      .parse = parse,
  };
}

}  // namespace hotfixd::commands
