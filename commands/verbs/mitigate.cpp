#include <fmt/format.h>

#include "commands/values.hpp"
#include "commands/verb.hpp"

// mitigate: how the damage is stopped, and why so.

namespace hotfixd::commands {
namespace {

std::string_view example_of(Mitigation kind) {
  switch (kind) {
    case Mitigation::rollback:
      return "mitigate rollback v2.4.6 \"500s began with v2.4.7\"";
    case Mitigation::flag:
      return "mitigate flag new-cart only the new cart reads the coupon";
    case Mitigation::hotfix:
      break;
  }
  return "mitigate hotfix \"null check on the coupon\" a rollback would lose the new tax rules";
}

std::string_view missing_why(Mitigation kind) {
  switch (kind) {
    case Mitigation::rollback:
      return "Say after it why this rollback is the way.";
    case Mitigation::flag:
      return "Say after it why this flag is the way.";
    case Mitigation::hotfix:
      break;
  }
  return "Say what will be done (in quotes when it is more than a word), then why a rollback or a flag is not enough.";
}

std::expected<Command, UserError> parse(Arguments& args, const ParseContext&) {
  const auto kind = take_named(args, kMitigations, 1);
  if (!kind) {
    const auto names = names_of(kMitigations);
    const Word* word = args.peek();
    if (word == nullptr)
      return args.mistake(fmt::format("Say how: {}.", either(names)), example_of(Mitigation::rollback));
    return args.mistake(fmt::format("'{}' is not a mitigation; it is {}.{}", shown(word->text), either(names),
                                    did_you_mean(word->text, names)),
                        example_of(Mitigation::rollback));
  }
  auto first = args.next();
  if (first && *kind == Mitigation::rollback && same_word(first->text, "to")) first = args.next();
  if (!first || trim(first->text).empty()) {
    return args.mistake(fmt::format("Say what the {} is, and why.", to_string(*kind)), example_of(*kind));
  }
  std::string what(trim(first->text));
  std::string why = args.rest();
  // "null check on the coupon because …" needs no quotes.
  if (const std::size_t because = why.find(" because "); !first->quoted && because != std::string::npos) {
    what += ' ' + std::string(trim(std::string_view(why).substr(0, because)));
    why = trim(std::string_view(why).substr(because + 9));
  } else if (!first->quoted && why.starts_with("because ")) {
    why = trim(std::string_view(why).substr(8));
  }
  if (why.empty()) return args.mistake(std::string(missing_why(*kind)), example_of(*kind));
  if (what.size() > kTextLimit || why.size() > kTextLimit) {
    return args.mistake(fmt::format("That is too long; at most {} bytes fit.", kTextLimit), example_of(*kind));
  }
  return command::Mitigate{*kind, std::move(what), std::move(why)};
}

}  // namespace

Verb mitigate_verb() {
  return {
      .name = "mitigate",
      .group = Group::declare,
      .summary = "records the way out: roll back first, a flag second, a hotfix last",
      .usage = "mitigate rollback|flag|hotfix <what> <why>",
      .details =
          "<what> is the first word or a text in quotes (the version, the flag, the change), <why> the rest.\n"
          "`mitigate hotfix null check because a rollback loses data` works without quotes.\n"
          "Where the bot can deploy, `mitigate rollback` offers to bring that version back; nothing moves before it is "
          "confirmed.",
      .who = kEveryone,
      .examples = {example_of(Mitigation::rollback), example_of(Mitigation::flag), example_of(Mitigation::hotfix)},
      .parse = parse,
  };
}

}  // namespace hotfixd::commands
