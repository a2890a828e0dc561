#include <fmt/format.h>

#include "commands/values.hpp"
#include "commands/verb.hpp"

// time: corrects when something happened.

namespace hotfixd::commands {
namespace {

constexpr std::size_t kEntryDigits = 9;

std::expected<Command, UserError> parse(Arguments& args, const ParseContext& context) {
  constexpr std::string_view kExample = "time 3 21:04";
  const auto word = args.next();
  if (!word) return command::CorrectTime{};  // lists them
  std::string_view entry = word->text;
  if (entry.starts_with('#')) entry.remove_prefix(1);
  if (!is_digits(entry) || entry.size() > kEntryDigits) {
    return args.mistake(
        fmt::format("'{}' is not the number of an entry; /hotfix time alone lists them.", shown(word->text)), kExample);
  }
  const std::string typed = args.rest();
  if (typed.empty())
    return args.mistake(fmt::format("When did entry {} happen?", entry), fmt::format("time {} 21:04", entry));
  const auto at = past_time(typed, context.now, context.zone);
  if (!at) return args.mistake(at.error(), fmt::format("time {} 21:04", entry));
  return command::CorrectTime{std::string(entry), *at};
}

}  // namespace

Verb time_verb() {
  return {
      .name = "time",
      .group = Group::any_time,
      .summary = "corrects the time of a timeline entry",
      .usage = "time [<entry> <HH:MM>]",
      .details = "Alone it lists the lines with their numbers. When it was recorded stays in the record.",
      .who = kEveryone,
      .examples = {"time 3 21:04", "time #3 9:05"},
      .parse = parse,
  };
}

}  // namespace hotfixd::commands
