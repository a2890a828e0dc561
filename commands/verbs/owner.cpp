#include <fmt/format.h>

#include "commands/values.hpp"
#include "commands/verb.hpp"

// owner: hands an obligation to a person.

namespace hotfixd::commands {
namespace {

std::expected<Command, UserError> parse(Arguments& args, const ParseContext& context) {
  constexpr std::string_view kExample = "owner merge-back:shop:develop @bob";
  const auto word = args.next();
  if (!word || word->text.empty() || word->text.size() > kWordLimit) {
    return args.mistake("Name the obligation and its owner. /hotfix obligations shows them.", kExample);
  }
  if (is_mention(word->text) && args.peek() == nullptr)
    return args.mistake("Which obligation? Name it before the person.", kExample);
  if (args.peek() == nullptr) return args.mistake(fmt::format("Who owns {}?", shown(word->text)), kExample);
  auto who = take_person(args, *context.policy);
  if (!who) return args.mistake(who.error(), kExample);
  return command::SetOwner{word->text, std::move(*who)};
}

}  // namespace

Verb owner_verb() {
  return {
      .name = "owner",
      .group = Group::any_time,
      .summary = "hands an obligation to a person",
      .usage = "owner <obligation> @person",
      .details = "The person is reminded from then on. /hotfix obligations shows the ids.",
      .who = kEveryone,
      .examples = {"owner merge-back:shop:develop @bob", "owner rca @alice"},
      .parse = parse,
  };
}

}  // namespace hotfixd::commands
