#include <fmt/format.h>

#include <array>

#include "commands/values.hpp"
#include "commands/verb.hpp"

// rca: the root cause analysis, field by field.

namespace hotfixd::commands {
namespace {

constexpr std::size_t kFieldWords = 4;  // "what would catch it"

std::expected<Command, UserError> field(Arguments& args) {
  constexpr std::string_view kExample = "rca set root_cause the cart was saved without a coupon and read with one";
  const auto names = names_of(kRcaFields);
  const auto chosen = take_named(args, kRcaFields, kFieldWords);
  if (!chosen) {
    const Word* word = args.peek();
    if (word == nullptr) return args.mistake(fmt::format("Name the field: {}.", either(names)), kExample);
    return args.mistake(fmt::format("'{}' is not a field; fields are {}.{}", shown(word->text), either(names),
                                    did_you_mean(word->text, names)),
                        kExample);
  }
  auto text = args.text(
      fmt::format("Write the text for {} after it.", to_string(*chosen)),
      fmt::format("rca set {} the cart was saved without a coupon and read with one", to_string(*chosen)), kLineLimit);
  if (!text) return std::unexpected(text.error());
  return command::RcaSet{*chosen, std::move(*text)};
}

std::expected<Command, UserError> parse(Arguments& args, const ParseContext&) {
  constexpr std::array<std::string_view, 5> kNames{"start", "set", "show", "submit", "approve"};
  const auto word = args.next();
  if (!word || same_word(word->text, "show")) return command::RcaShow{};
  if (same_word(word->text, "start")) return command::RcaStart{};
  if (same_word(word->text, "set")) return field(args);
  if (same_word(word->text, "submit")) return command::RcaSubmit{};
  if (same_word(word->text, "approve")) return command::RcaApprove{};
  return args.mistake(fmt::format("'{}' is not part of the rca; it is {}.{}", shown(word->text), either(kNames),
                                  did_you_mean(word->text, kNames)),
                      "rca show");
}

}  // namespace

Verb rca_verb() {
  static const std::string details =
      "`start` drafts the summary from the record and shows the timeline. Fields: summary, impact, root_cause, "
      "why_reached_production, what_would_catch_it, category, went_well, went_badly; all but the last two must be "
      "there to submit.\n"
      "category is one of: " +
      rca_categories() +
      ".\n"
      "Speak of systems, not of people. The text may have several lines.";
  return {
      .name = "rca",
      .group = Group::finish,
      .summary = "writes the root cause analysis",
      .usage = "rca [start|set <field> <text>|show|submit|approve]",
      .details = details,
      .who = "everyone in the channel; approved by another person than the one who submitted it",
      .examples = {"rca", "rca set root_cause the cart was saved without a coupon and read with one", "rca submit"},
      .parse = parse,
  };
}

}  // namespace hotfixd::commands
