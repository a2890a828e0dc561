#include <fmt/format.h>

#include <array>

#include "commands/values.hpp"
#include "commands/verb.hpp"

// mergeback: does every line carry the fix?

namespace hotfixd::commands {
namespace {

std::expected<Command, UserError> acknowledgement(Arguments& args, std::string repo) {
  constexpr std::string_view kExample = "mergeback ack develop resolved by hand in 1a2b3c4, same null check";
  const auto target = args.next();
  if (!target) return args.mistake("Name the branch you looked at, and why it is well.", kExample);
  auto name = ref_name(target->text);
  if (!name) return args.mistake(name.error(), kExample);
  auto why = args.text(fmt::format("Say why {} is well.", shown(*name)), kExample);
  if (!why) return std::unexpected(why.error());
  return command::MergeBackAck{std::move(*name), std::move(*why), std::move(repo)};
}

std::expected<Command, UserError> opening(Arguments& args, std::string repo) {
  const auto target = args.next();
  if (!target) return command::MergeBackOpen{{}, std::move(repo)};
  auto name = ref_name(target->text);
  if (!name) return args.mistake(name.error(), "mergeback open develop");
  return command::MergeBackOpen{std::move(*name), std::move(repo)};
}

std::expected<Command, UserError> details(Arguments& args, std::string repo) {
  const auto target = args.next();
  if (!target) return command::MergeBackShow{{}, std::move(repo)};
  auto name = ref_name(target->text);
  if (!name) return args.mistake(name.error(), "mergeback show develop");
  return command::MergeBackShow{std::move(*name), std::move(repo)};
}

std::expected<Command, UserError> testing(Arguments& args, std::string repo) {
  const auto target = args.next();
  if (!target) return command::MergeBackTest{{}, std::move(repo)};
  auto name = ref_name(target->text);
  if (!name) return args.mistake(name.error(), "mergeback test main");
  return command::MergeBackTest{std::move(*name), std::move(repo)};
}

std::expected<Command, UserError> parse(Arguments& args, const ParseContext& context) {
  constexpr std::array<std::string_view, 5> kNames{"status", "show", "open", "ack", "test"};
  const auto word = args.next();
  std::string repo = repository(args.option("repo"), *context.policy);
  if (!word || same_word(word->text, "status")) return command::MergeBackStatus{std::move(repo)};
  if (same_word(word->text, "show") || same_word(word->text, "why")) return details(args, std::move(repo));
  if (same_word(word->text, "open")) return opening(args, std::move(repo));
  if (same_word(word->text, "ack")) return acknowledgement(args, std::move(repo));
  if (same_word(word->text, "test")) return testing(args, std::move(repo));
  return args.mistake(fmt::format("'{}' is none of status, show, open, ack and test.{}", shown(word->text),
                                  did_you_mean(word->text, kNames)),
                      "mergeback status");
}

}  // namespace

Verb mergeback_verb() {
  return {
      .name = "mergeback",
      .group = Group::finish,
      .summary = "shows which lines carry the fix, and carries it to those that do not",
      .usage = "mergeback [status|show [target]|open [target]|ack <target> <why>|test [target]] [--repo R]",
      .details =
          "The bot proves from git whether main, develop and the open release branches carry the fix. `show` says "
          "what stands behind a verdict: which commits and hunks are there, how they landed, who changed the files "
          "since, and the command to look at it. `open` makes a branch with the fix for each that lacks it, or for the "
          "one named, and opens a pull request. Where git cannot tell (resolved by hand, changed since, file gone), a "
          "person looks and says so with `ack`. It falls when the files change. `test` runs the configured regression "
          "test on a line, or on each that is said to carry the fix; what it says is shown beside and changes nothing.",
      .who = kEveryone,
      .examples = {"mergeback open develop", "mergeback ack develop resolved by hand in 1a2b3c4, same null check",
                   "mergeback test main"},
      .aliases = {"merge-back"},
      .options = {{"repo"}},
      .parse = parse,
  };
}

}  // namespace hotfixd::commands
