#include <algorithm>

#include "commands/values.hpp"
#include "commands/verb.hpp"

// pr: tells of a pull request that the bot has not seen itself.

namespace hotfixd::commands {
namespace {

std::expected<Command, UserError> parse(Arguments& args, const ParseContext& context) {
  constexpr std::string_view kExample = "pr 4821 one-line null check on the coupon";
  const auto word = args.next();
  if (!word) return command::PullRequest{0, {}, {}, repository(args.option("repo"), *context.policy)};
  auto name = pull_request(word->text, *context.policy);
  if (!name) return args.mistake(name.error(), kExample);
  command::PullRequest pr{name->number, std::move(name->url), args.rest(),
                          repository(args.option("repo"), *context.policy)};
  if (pr.title.size() > kSummaryLimit) return args.mistake("That title is too long; at most 300 bytes fit.", kExample);
  std::ranges::replace(pr.title, '\n', ' ');
  if (pr.repository.empty()) pr.repository = std::move(name->repository);
  return pr;
}

}  // namespace

Verb pr_verb() {
  return {
      .name = "pr",
      .group = Group::fix,
      .summary = "opens the pull request of the fix, or names it",
      .usage = "pr [url or number] [title] [--repo R]",
      .details =
          "Seldom needed: with a forge configured the bot opens one by itself as soon as the branch has a commit, and "
          "notices one that you open. Alone it tries again; name one where the forge does not report to the bot.",
      .who = kEveryone,
      .examples = {"pr", "pr 4821 one-line null check on the coupon", "pr https://github.com/acme/shop/pull/4821"},
      .options = {{"repo"}},
      .parse = parse,
  };
}

}  // namespace hotfixd::commands
