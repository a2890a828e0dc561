#include "commands/verb.hpp"

// reopen: it is not over after all.

namespace hotfixd::commands {
namespace {

std::expected<Command, UserError> parse(Arguments& args, const ParseContext&) {
  auto why = args.text("Say why it is opened again.", "reopen the 500s are back on /checkout");
  if (!why) return std::unexpected(why.error());
  return command::Reopen{std::move(*why)};
}

}  // namespace

Verb reopen_verb() {
  return {
      .name = "reopen",
      .group = Group::finish,
      .summary = "opens a resolved or closed incident again",
      .usage = "reopen <why>",
      .details = "For the same problem that came back. A new problem is a new incident.",
      .who = kEveryone,
      .examples = {"reopen the 500s are back on /checkout", "HF-3 reopen release 2.5 went out without the fix"},
      .parse = parse,
  };
}

}  // namespace hotfixd::commands
