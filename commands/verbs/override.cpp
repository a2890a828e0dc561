#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "commands/values.hpp"
#include "commands/verb.hpp"

// override: sets a gate or an obligation aside, by two people.

namespace hotfixd::commands {
namespace {

constexpr std::string_view kExample = "override ci \"the runner is down, the tests pass on two laptops\"";

// A gate's name; or what may be an obligation's id, which only the domain can tell.
std::optional<std::string> gate_of(const Word& word) {
  const std::string typed = lower(word.text);
  constexpr std::array<std::string_view, 3> kObligations{"rca", "flag", "verification"};
  const auto gates = names_of(kGates);
  if (std::ranges::find(gates, typed) != gates.end() || std::ranges::find(kObligations, typed) != kObligations.end())
    return typed;
  const bool id =
      word.text.find_first_of(":-") != std::string::npos && word.text.find_first_of(" \t\n") == std::string::npos;
  return id && word.text.size() <= kWordLimit ? std::optional(word.text) : std::nullopt;
}

// "O1", "o1", "1", or nothing: the one that waits.
std::expected<std::string, UserError> request_id(Arguments& args, std::string_view answer) {
  const auto word = args.next();
  if (!word) return std::string{};
  std::string id = numbered_id(word->text, 'O');
  if (id.size() > kWordLimit || !id.starts_with('O') || !is_digits(std::string_view(id).substr(1))) {
    return args.mistake(fmt::format("'{}' is not the id of an override.", shown(word->text)),
                        fmt::format("override {} O1", answer));
  }
  return id;
}

std::expected<Command, UserError> parse(Arguments& args, const ParseContext& context) {
  const auto word = args.next();
  const auto gates = names_of(kGates);
  if (!word) return args.mistake(fmt::format("Name the gate ({}) or an obligation, and why.", either(gates)), kExample);
  if (same_word(word->text, "confirm")) {
    auto id = request_id(args, "confirm");
    if (!id) return std::unexpected(id.error());
    return command::ConfirmOverride{std::move(*id)};
  }
  if (same_word(word->text, "decline")) {
    auto id = request_id(args, "decline");
    if (!id) return std::unexpected(id.error());
    return command::DeclineOverride{std::move(*id)};
  }
  auto gate = gate_of(*word);
  if (!gate) {
    return args.mistake(fmt::format("'{}' is not a gate; gates are {}.{}", shown(word->text), either(gates),
                                    did_you_mean(word->text, gates)),
                        kExample);
  }
  auto why = args.text(fmt::format("Say why {} is set aside.", shown(*gate)), kExample);
  if (!why) return std::unexpected(why.error());
  return command::Override{std::move(*gate), std::move(*why), repository(args.option("repo"), *context.policy)};
}

}  // namespace

Verb override_verb() {
  return {
      .name = "override",
      .group = Group::any_time,
      .summary = "sets a gate aside: a reason and a second person",
      .usage = "override <gate> <why> [--repo R] | override confirm|decline [O1]",
      .details =
          "Gates: branch, ci, approvals, scope, close; or an obligation's id. It counts only for the commit at hand "
          "and only after another person confirmed it in time. Who, why and when go into the record.",
      .who = "the roles that the policy names, confirmed by another person",
      .examples = {kExample, "override confirm O1", "override merge-back:shop:main \"main no longer has this file\""},
      .options = {{"repo"}},
      .parse = parse,
  };
}

}  // namespace hotfixd::commands
