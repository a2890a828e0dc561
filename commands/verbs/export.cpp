#include <fmt/format.h>

#include <array>

#include "commands/values.hpp"
#include "commands/verb.hpp"

// export: the incident as a document.

namespace hotfixd::commands {
namespace {

std::expected<Command, UserError> parse(Arguments& args, const ParseContext&) {
  constexpr std::array<std::string_view, 3> kFormats{"markdown", "json", "csv"};
  const auto word = args.next();
  if (!word || same_word(word->text, "md")) return command::Export{"markdown"};
  for (const std::string_view format : kFormats) {
    if (same_word(word->text, format)) return command::Export{std::string(format)};
  }
  return args.mistake(fmt::format("'{}' is no format; it is {}.{}", shown(word->text), either(kFormats),
                                  did_you_mean(word->text, kFormats)),
                      "export markdown");
}

}  // namespace

Verb export_verb() {
  return {
      .name = "export",
      .group = Group::any_time,
      .summary = "gives the incident as a document",
      .usage = "export [markdown|json|csv]",
      .details = "Timeline, decisions, obligations and root cause analysis; Markdown unless you say otherwise.",
      .who = kEveryone,
      .examples = {"export", "HF-3 export json"},
      .parse = parse,
  };
}

}  // namespace hotfixd::commands
