#include "commands/values.hpp"
#include "commands/verb.hpp"

// approve: a review given in the channel.

namespace hotfixd::commands {
namespace {

std::expected<Command, UserError> parse(Arguments& args, const ParseContext& context) {
  return command::Approve{repository(args.option("repo"), *context.policy)};
}

}  // namespace

Verb approve_verb() {
  return {
      .name = "approve",
      .group = Group::fix,
      .summary = "approves the fix as it is now",
      .usage = "approve [--repo R]",
      .details =
          "Says that you have read the fix at the head of its branch. A new commit needs a new approval. Reviews on "
          "the forge count as well.",
      .who = "everyone but the author of the fix",
      .examples = {"approve", "approve --repo shop"},
      .options = {{"repo"}},
      .parse = parse,
  };
}

}  // namespace hotfixd::commands
