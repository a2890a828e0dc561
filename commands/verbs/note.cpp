#include "commands/values.hpp"
#include "commands/verb.hpp"

// note: a line for the timeline.

namespace hotfixd::commands {
namespace {

std::expected<Command, UserError> parse(Arguments& args, const ParseContext& context) {
  constexpr std::string_view kExample = "note 21:04 restarted the cart service";
  command::Note note;
  const auto ahead = args.ahead(2);
  if (!ahead.empty() && !ahead[0]->quoted) {
    const bool second = ahead.size() > 1 && !ahead[1]->quoted;
    const std::size_t count = time_words(ahead[0]->text, second ? ahead[1]->text : std::string{});
    if (count > 0) {
      const std::string typed = count == 2 ? ahead[0]->text + ' ' + ahead[1]->text : ahead[0]->text;
      const auto at = past_time(typed, context.now, context.zone);
      if (!at) return args.mistake(at.error(), kExample);
      note.at = *at;
      args.skip(count);
    }
  }
  auto text = args.text("Say what to note.", kExample);
  if (!text) return std::unexpected(text.error());
  note.text = std::move(*text);
  return note;
}

}  // namespace

Verb note_verb() {
  return {
      .name = "note",
      .group = Group::any_time,
      .summary = "puts a line into the timeline",
      .usage = "note [HH:MM] <text>",
      .details =
          "Without a time it happened now. 21:04 is the latest 21:04 of the channel's clock; \"yesterday 21:04\" and "
          "\"2026-11-14 21:04\" work too. A pushpin on a message, or a message that begins with a time, does the same.",
      .who = kEveryone,
      .examples = {"note 21:04 restarted the cart service", "note error rate is falling",
                   "note yesterday 23:50 first report from support"},
      .parse = parse,
  };
}

}  // namespace hotfixd::commands
