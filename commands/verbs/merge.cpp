#include "commands/values.hpp"
#include "commands/verb.hpp"

// merge: the hotfix's pull request, behind the gates.

namespace hotfixd::commands {
namespace {

std::expected<Command, UserError> parse(Arguments& args, const ParseContext& context) {
  command::Merge merge;
  if (const auto word = args.next()) {
    auto target = ref_name(word->text);
    if (!target) return args.mistake(target.error(), "merge main");
    merge.target = std::move(*target);
  }
  merge.repository = repository(args.option("repo"), *context.policy);
  return merge;
}

}  // namespace

Verb merge_verb() {
  return {
      .name = "merge",
      .group = Group::ship,
      .summary = "merges the pull request of the fix, when the gates are open",
      .usage = "merge [target] [--repo R]",
      .details =
          "The bot merges it on the forge, exactly as it was reviewed: the gates of tag are judged again first, and a "
          "head that moved meanwhile is refused. Without a target it is the one into the production branch. What the "
          "forge itself asks for holds too.",
      .who = kEveryone,
      .examples = {"merge", "merge develop --repo shop"},
      .options = {{"repo"}},
      .parse = parse,
  };
}

}  // namespace hotfixd::commands
