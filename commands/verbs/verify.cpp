#include <fmt/format.h>

#include <array>

#include "commands/values.hpp"
#include "commands/verb.hpp"

// verify: is the original signal back to normal in production?

namespace hotfixd::commands {
namespace {

std::expected<Command, UserError> parse(Arguments& args, const ParseContext&) {
  constexpr std::string_view kExample = "verify ok 500 rate back to baseline for 15 minutes";
  constexpr std::array<std::string_view, 2> kNames{"ok", "failing"};
  const auto word = args.next();
  if (!word) return args.mistake("Say ok or failing, and what you saw.", kExample);
  const bool ok = same_word(word->text, "ok") || same_word(word->text, "okay");
  const bool failing =
      same_word(word->text, "failing") || same_word(word->text, "failed") || same_word(word->text, "fail");
  if (!ok && !failing) {
    return args.mistake(
        fmt::format("'{}' is neither ok nor failing.{}", shown(word->text), did_you_mean(word->text, kNames)),
        kExample);
  }
  auto what = args.text("Say what you saw: the signal, and for how long.",
                        ok ? kExample : "verify failing 500s are back since 21:50");
  if (!what) return std::unexpected(what.error());
  return command::Verify{ok, std::move(*what)};
}

}  // namespace

Verb verify_verb() {
  return {
      .name = "verify",
      .group = Group::ship,
      .summary = "records what production shows after the deployment",
      .usage = "verify ok|failing <what>",
      .details =
          "Look at the signal that raised the alarm, not only at the deployment: is it back to normal, and what else "
          "broke?",
      .who = kEveryone,
      .examples = {"verify ok 500 rate back to baseline for 15 minutes", "verify failing 500s are back since 21:50"},
      .parse = parse,
  };
}

}  // namespace hotfixd::commands
