#include <fmt/format.h>

#include "commands/values.hpp"
#include "commands/verb.hpp"

// sev: changes the severity.

namespace hotfixd::commands {
namespace {

std::expected<Command, UserError> parse(Arguments& args, const ParseContext& context) {
  constexpr std::string_view kExample = "sev sev1 payments fail in all regions";
  const auto word = args.next();
  if (!word) return args.mistake(fmt::format("Name the severity: {}.", severity_names(*context.policy)), kExample);
  const auto chosen = severity(word->text, *context.policy);
  if (!chosen) {
    return args.mistake(
        fmt::format("There is no severity '{}'; it is {}.", shown(word->text), severity_names(*context.policy)),
        kExample);
  }
  auto why = args.text("Say why the severity changes.",
                       fmt::format("sev {} payments fail in all regions", to_string(*chosen)));
  if (!why) return std::unexpected(why.error());
  return command::SetSeverity{*chosen, std::move(*why)};
}

}  // namespace

Verb sev_verb() {
  return {
      .name = "sev",
      .group = Group::declare,
      .summary = "changes the severity",
      .usage = "sev <N> <why>",
      .details = "Raises or lowers the severity. Reminders keep the pace of the new one from then on.",
      .who = kEveryone,
      .examples = {"sev sev1 payments fail in all regions", "sev 3 only the preview is affected"},
      .aliases = {"severity"},
      .parse = parse,
  };
}

}  // namespace hotfixd::commands
