#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "commands/text.hpp"
#include "commands/verb.hpp"
#include "tests/commands/show.hpp"

// What holds for every line, whoever typed it.

namespace hotfixd::commands::testing {
namespace {

// Pieces that the grammar looks at, and others.
rc::Gen<std::string> piece() {
  std::vector<std::string> known{"HF-3",
                                 "#hf-1:",
                                 "--repo",
                                 "--repo=shop",
                                 "--criteria",
                                 "all",
                                 "--",
                                 "---",
                                 "—repo",
                                 "--force",
                                 "\"",
                                 "\"a b\"",
                                 "“x y”",
                                 "'",
                                 "don't",
                                 "\\",
                                 "sev2",
                                 "S3",
                                 "2",
                                 "21:04",
                                 "yesterday",
                                 "2026-11-14",
                                 "2026-12-01",
                                 "2h",
                                 "3 days",
                                 "@bob",
                                 "<@U1|Bob>",
                                 "<at>Bob B</at>",
                                 "<@",
                                 "#4821",
                                 "https://github.com/acme/shop/pull/7",
                                 "1a2b3c4",
                                 "ok",
                                 "ack",
                                 "set",
                                 "add",
                                 "done",
                                 "confirm",
                                 "because",
                                 "--due",
                                 "--owner",
                                 "--reason",
                                 "\n",
                                 "\t",
                                 "\u00a0",
                                 "ü",
                                 "😀",
                                 "root",
                                 "cause",
                                 "not",
                                 "a",
                                 "hotfix",
                                 "rollback",
                                 "ci",
                                 "close",
                                 "md"};
  return rc::gen::oneOf(rc::gen::elementOf(known), rc::gen::elementOf(verbs()), rc::gen::string<std::string>());
}

std::string line_of(const std::vector<std::string>& pieces) {
  std::string line;
  for (const std::string& one : pieces) line += one + ' ';
  return line;
}

void check(const std::string& line) {
  const auto result = parse(line, context());
  if (result) return;
  RC_ASSERT(!result.error().what.empty());
  RC_ASSERT(result.error().what.size() < 1000U);
  RC_ASSERT(is_utf8(result.error().what));
  const std::string& instead = result.error().try_instead;
  RC_ASSERT(instead.starts_with("/hotfix "));
  const auto again = parse(instead, context());
  if (!again) RC_FAIL(fmt::format("suggested [{}] for [{}]: {}", instead, line, again.error().what));
}

RC_GTEST_PROP(AnyLine, IsUnderstoodOrAnsweredWithALineThatIs, ()) {
  check(line_of(*rc::gen::container<std::vector<std::string>>(piece())));
}

RC_GTEST_PROP(AnyBytes, NeverThrow, (const std::string& bytes)) { check(bytes); }

RC_GTEST_PROP(AnyVerb, IsUnderstoodOrAnsweredWithALineThatIs, ()) {
  check(*rc::gen::elementOf(verbs()) + ' ' + line_of(*rc::gen::container<std::vector<std::string>>(piece())));
}

// Words that are no option, no quote and no dash: wherever the options stand, the text is the words.
RC_GTEST_PROP(FreeText, NeverHoldsAnOption, ()) {
  const auto words = *rc::gen::nonEmpty(rc::gen::container<std::vector<std::string>>(
      rc::gen::elementOf(std::vector<std::string>{"a", "don't", "--", "---", "x--y", "50%", "é", "/checkout"})));
  RC_PRE(words.size() <= 25U);  // within the length of a summary
  const auto at = *rc::gen::inRange<std::size_t>(0, words.size() + 1);
  const auto flag_at = *rc::gen::inRange<std::size_t>(0, words.size() + 1);
  std::string line = "declare begin ";
  std::string text = "begin";
  for (std::size_t i = 0; i <= words.size(); ++i) {
    if (i == at)
      line += *rc::gen::element<std::string>("--repo shop ", "--repo=shop ", "--repo 'shop' ", "—repo shop ");
    if (i == flag_at) line += "--drill ";
    if (i < words.size()) line += words[i] + ' ';
  }
  const auto result = parse(line, context());
  RC_ASSERT(result.has_value());
  const auto& declare = std::get<command::Declare>(result->command);
  if (line.contains("-- --") || line.contains("-- —")) return;  // the person ended the options
  RC_ASSERT(declare.repository == "shop");
  RC_ASSERT(declare.drill);
  RC_ASSERT(!declare.summary.contains("repo"));
  RC_ASSERT(!declare.summary.contains("shop"));
  RC_ASSERT(!declare.summary.contains("drill"));
}

// Text without quotes and double dashes comes back as it was typed.
RC_GTEST_PROP(FreeText, IsKeptAsTyped, ()) {
  const auto text = *rc::gen::suchThat(rc::gen::container<std::string>(rc::gen::element(
                                           'a', 'b', ' ', '-', '.', '<', '>', '@', '\n', '\t', '|', '=', '\\')),
                                       [](const std::string& t) { return !t.contains("--"); });
  const std::string wanted(trim(text));
  RC_PRE(!wanted.empty());
  const auto result = parse("resolve " + text, context());
  RC_ASSERT(result.has_value());
  RC_ASSERT(std::get<command::Resolve>(result->command).what == wanted);
}

// What stands in quotes comes back without them, whatever it is.
RC_GTEST_PROP(FreeText, InQuotesMayBeAnything, ()) {
  const auto text = *rc::gen::container<std::string>(rc::gen::element('a', '-', ' ', '"', '\\', '\'', '=', '\n'));
  RC_PRE(!trim(text).empty());
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  const auto result = parse("resolve " + quoted + '"', context());
  RC_ASSERT(result.has_value());
  RC_ASSERT(std::get<command::Resolve>(result->command).what == trim(text));
}

}  // namespace
}  // namespace hotfixd::commands::testing
