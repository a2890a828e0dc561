#include <algorithm>

#include "commands/values.hpp"
#include "commands/verb.hpp"

// pr: tells of a pull request that the bot has not seen itself.

namespace hotfixd::commands {
namespace {

std::expected<Command, UserError> parse(Arguments& args, const ParseContext& context) {
  constexpr std::string_view kExample = "pr 4821 one-line null check on the coupon";
  const auto word = args.next();
  if (!word) return args.mistake("Give the number of the pull request or a link to it.", kExample);
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
      .summary = "names the pull request of the fix",
      .usage = "pr <url or number> [title] [--repo R]",
      .details =
          "Only needed when the forge does not report to the bot: a pull request of the hotfix branch is noticed by "
          "itself.",
      .who = kEveryone,
      .examples = {"pr 4821 one-line null check on the coupon", "pr https://github.com/acme/shop/pull/4821"},
      .options = {{"repo"}},
      .parse = parse,
  };
}

}  // namespace hotfixd::commands
