#include <fmt/format.h>

#include "commands/values.hpp"
#include "commands/verb.hpp"

// rollback: confirms the way back that `mitigate rollback` offered.

namespace hotfixd::commands {
namespace {

std::expected<Command, UserError> parse(Arguments& args, const ParseContext& context) {
  const auto word = args.next();
  if (!word || !same_word(word->text, "confirm"))
    return args.mistake("A rollback is asked for with its reason, and then confirmed.",
                        "mitigate rollback v2.4.7 \"500s began with v2.4.8\"");
  return command::ConfirmRollback{repository(args.option("repo"), *context.policy)};
}

}  // namespace

Verb rollback_verb() {
  return {
      .name = "rollback",
      .group = Group::declare,
      .summary = "confirms the rollback that was offered",
      .usage = "rollback confirm [--repo R]",
      .details =
          "`mitigate rollback <version> <why>` says what production would go back to; anybody here may confirm it, who "
          "asked too. It is deployed by the same means as a fix.",
      .who = kEveryone,
      .examples = {"rollback confirm", "rollback confirm --repo shop"},
      .options = {{"repo"}},
      .parse = parse,
  };
}

}  // namespace hotfixd::commands
