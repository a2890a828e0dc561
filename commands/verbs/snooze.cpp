#include <fmt/format.h>

#include "commands/values.hpp"
#include "commands/verb.hpp"

// snooze: silences reminders for a while.

namespace hotfixd::commands {
namespace {

std::expected<Command, UserError> parse(Arguments& args, const ParseContext&) {
  constexpr std::string_view kExample = "snooze rca 2h";
  const std::vector<Word> words = args.words();
  if (words.empty()) return args.mistake("Say for how long, and which obligation when not all of yours.", kExample);
  const auto joined = [&](std::size_t from) {
    std::string text;
    for (std::size_t i = from; i < words.size(); ++i) text += (i > from ? " " : "") + words[i].text;
    return text;
  };
  const bool named = !duration(joined(0)) && !is_digits(words[0].text.substr(0, 1));
  std::size_t first = named ? 1 : 0;
  if (first < words.size() && same_word(words[first].text, "for")) ++first;
  if (first == words.size())
    return args.mistake("Say for how long.", fmt::format("snooze {} 2h", named ? words[0].text : "rca"));
  const auto length = duration(joined(first));
  if (!length) return args.mistake(length.error(), kExample);
  if (words[0].text.size() > kWordLimit)
    return args.mistake("That is no obligation; /hotfix obligations shows them.", kExample);
  return command::Snooze{named && !same_word(words[0].text, "for") ? words[0].text : std::string{}, *length};
}

}  // namespace

Verb snooze_verb() {
  return {
      .name = "snooze",
      .group = Group::any_time,
      .summary = "silences your reminders for a while",
      .usage = "snooze [obligation] <duration>",
      .details =
          "Without an obligation all of yours in this incident are silenced. How long and how often is limited by the "
          "policy; what is due stays due.",
      .who = "the owner of the obligation, or the commander",
      .examples = {"snooze 30m", "snooze rca 2h", "snooze merge-back:shop:develop 1d"},
      .parse = parse,
  };
}

}  // namespace hotfixd::commands
