#include "commands/values.hpp"
#include "commands/verb.hpp"

// branch: cuts the hotfix branch from what is in production.

namespace hotfixd::commands {
namespace {

std::expected<Command, UserError> parse(Arguments& args, const ParseContext& context) {
  auto name = slug(args.rest());
  if (!name) return args.mistake(name.error(), "branch checkout-500");
  std::string from = args.option("from");
  if (!from.empty() && !ref_name(from))
    return args.mistake(ref_name(from).error(), "branch checkout-500 --from v2.4.7");
  return command::Branch{std::move(*name), repository(args.option("repo"), *context.policy), std::move(from)};
}

}  // namespace

Verb branch_verb() {
  return {
      .name = "branch",
      .group = Group::fix,
      .summary = "cuts hotfix/<slug> from the tag that is in production",
      .usage = "branch [slug] [--repo R] [--from TAG]",
      .details =
          "Cuts the branch from the production tag, never from a branch with unfinished work. Without a slug the bot "
          "makes one from the summary. --from names another tag that is in production.",
      .who = kEveryone,
      .examples = {"branch checkout-500", "branch", "branch checkout-500 --repo shop --from v2.4.7"},
      .options = {{"repo"}, {"from"}},
      .parse = parse,
  };
}

}  // namespace hotfixd::commands
