#include <fmt/format.h>

#include "commands/values.hpp"
#include "commands/verb.hpp"

// assess: what looking at the problem showed.

namespace hotfixd::commands {
namespace {

std::expected<Command, UserError> parse(Arguments& args, const ParseContext&) {
  constexpr std::string_view kExample = "assess reproduced adding an empty coupon gives a 500";
  const auto verdict = take_named(args, kAssessments, 4);
  if (!verdict) {
    const auto names = names_of(kAssessments);
    const Word* word = args.peek();
    if (word == nullptr) return args.mistake(fmt::format("Say what you found: {}.", either(names)), kExample);
    return args.mistake(fmt::format("'{}' is not an assessment; it is {}.{}", shown(word->text), either(names),
                                    did_you_mean(word->text, names)),
                        kExample);
  }
  if (*verdict == Assessment::reproduced && args.peek() == nullptr) return command::Assess{*verdict, {}};
  auto why = args.text(fmt::format("Say why it is {}.", to_string(*verdict)),
                       fmt::format("assess {} the gateway still had last week's address", to_string(*verdict)));
  if (!why) return std::unexpected(why.error());
  return command::Assess{*verdict, std::move(*why)};
}

}  // namespace

Verb assess_verb() {
  return {
      .name = "assess",
      .group = Group::declare,
      .summary = "records whether it was reproduced, and whether it is a hotfix at all",
      .usage = "assess reproduced|not-reproduced|config|not-a-hotfix <why>",
      .details =
          "Look before you cut a branch: about one emergency in five needs no code. `config` means a setting cures it; "
          "`not-a-hotfix` ends the run. Only `reproduced` needs no why.",
      .who = kEveryone,
      .examples = {"assess reproduced an empty coupon gives a 500",
                   "assess config the gateway still had last week's address",
                   "assess not-a-hotfix cosmetic, goes into the next release"},
      .parse = parse,
  };
}

}  // namespace hotfixd::commands
