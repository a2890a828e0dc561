#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>

#include "commands/arguments.hpp"
#include "commands/text.hpp"
#include "tests/commands/show.hpp"

// Words, quotes, options and free text, without any verb.

namespace hotfixd::commands::testing {
namespace {

struct Case {
  std::string_view line, words;
};

// "[a] q[b c]": q marks a quoted word.
std::string words_of(std::string_view line) {
  std::string out;
  for (const Word& word : split(line))
    out += fmt::format("{}{}[{}]", out.empty() ? "" : " ", word.quoted ? "q" : "", word.text);
  return out;
}

TEST(Lexer, KeepsQuotesMentionsAndLinksTogether) {
  const auto cases = std::to_array<Case>({
      {"", ""},
      {"  a\t b\n", "[a] [b]"},
      {"a\u00a0b", "[a] [b]"},
      {"\"a b\" c", "q[a b] [c]"},
      {"“a b” c", "q[a b] [c]"},
      {"”a b” c", "q[a b] [c]"},
      {"„a b“ c", "q[a b] [c]"},
      {"'a b' c", "q[a b] [c]"},
      {"‘a b’ c", "q[a b] [c]"},
      {"'don't do it' c", "q[don't do it] [c]"},
      {"‘don’t do it’ c", "q[don’t do it] [c]"},
      {"don't users' x", "[don't] [users'] [x]"},
      {"\"\" x", "q[] [x]"},
      {R"("say \"hi\" \\ \n" x)", R"(q[say "hi" \ \n] [x])"},
      {"\"open to the end", "[\"open] [to] [the] [end]"},
      {"5\" disk", "[5\"] [disk]"},
      {"cart[\"coupon\"] x", "[cart[\"coupon\"]] [x]"},
      {"\"a b\", \"c d\"", "[\"a b\",] q[c d]"},
      {"'a 'b c' \"d \"e f\" \"g", "q[a 'b c] [\"d \"e] [f\"] [\"g]"},
      {"‘a ‘b “c d” 'e f'", "[‘a] [‘b] q[c d] q[e f]"},
      {"<@U1|Bob B> x", "[<@U1|Bob B>] [x]"},
      {"<at>Bob B</at> x", "[<at>Bob B</at>] [x]"},
      {"<https://x.example|a label> x", "[<https://x.example|a label>] [x]"},
      {"a < b > c", "[a] [<] [b] [>] [c]"},
      {"<@U1 x", "[<@U1] [x]"},
      {"--repo=\"a b\" c", "[--repo=\"a b\"] [c]"},
  });
  for (const Case& c : cases) EXPECT_EQ(words_of(c.line), c.words) << c.line;
}

constexpr std::array kOptions{Option{"repo"}, Option{"tag", Option::Kind::word, true},
                              Option{"why", Option::Kind::text}, Option{"due", Option::Kind::when},
                              Option{"all", Option::Kind::flag}};

// "rest | repo | tag,tag | why | due | all"; or the error.
std::string taken(std::string_view line) {
  Arguments args(std::string(line), split(line), 0, "", kOptions);
  const std::string rest = args.rest();
  if (const auto& error = args.error()) return "error: " + error->what;
  std::string tags;
  for (const std::string& tag : args.options("tag")) tags += tag + ",";
  return fmt::format("{}|{}|{}|{}|{}|{}", rest, args.option("repo"), tags, args.option("why"), args.option("due"),
                     args.flag("all") ? "all" : "");
}

TEST(Arguments, TakeOptionsFromAnywhereAndKeepTheText) {
  const auto cases = std::to_array<Case>({
      {"a  b", "a  b|||||"},
      {" a\n b ", "a\n b|||||"},
      {"--repo r a  b", "a  b|r||||"},
      {"a  --repo r   b", "a  b|r||||"},
      {"a b --REPO=r", "a b|r||||"},
      {"a --repo 'r s' b", "a b|r s||||"},
      {"a —repo r –all", "a|r||||all"},
      {"down —users are hit", "down —users are hit|||||"},
      {"--tag x a --tag=y b", "a b||x,y,|||"},
      {"a --why long  text here --all", "a|||long  text here||all"},
      {"a --why \"long text\" b", "a b|||long text||"},
      {"--why short a b", "a b|||short||"},
      {"a --due 2 days b", "a b||||2 days|"},
      {"a --due 3d call", "a call||||3d|"},
      {"a --due tomorrow 9:00", "a||||tomorrow 9:00|"},
      {"a -- b", "a -- b|||||"},
      {"a -- b --all", "a -- b|||||all"},
      {"--- a --", "--- a --|||||"},
      {"a -x -1 --1", "a -x -1 --1|||||"},
      {"-- a --repo r", "a --repo r|||||"},
      {"a -- --repo r", "a --repo r|||||"},
      {"--repo r -- --all", "--all|r||||"},
      {"\"a --repo r\"", "a --repo r|||||"},
      {"say \"a --repo r\" b", "say \"a --repo r\" b|||||"},
      {"say \"a --repo r\". b", "say \"a --repo r\". b|||||"},
      {"use --force, then", "use --force, then|||||"},
      {"a --forced", "error: Unknown option '--forced'. To use it as text, put it in quotes: \"--forced\"."},
  });
  for (const Case& c : cases) EXPECT_EQ(taken(c.line), c.words) << c.line;
}

TEST(Text, NearestIsNearOrNothing) {
  constexpr std::array<std::string_view, 5> kNames{"status", "note", "time", "timeline", "ci"};
  EXPECT_EQ(nearest("stauts", kNames), "status");
  EXPECT_EQ(nearest("STATUS", kNames), "status");
  EXPECT_EQ(nearest("notes", kNames), "note");
  EXPECT_EQ(nearest("tim", kNames), "time");
  EXPECT_EQ(nearest("timel", kNames), "time");
  EXPECT_EQ(nearest("ic", kNames), "ci");
  EXPECT_EQ(nearest("xyz", kNames), "");
  EXPECT_EQ(nearest("", kNames), "");
}

TEST(Text, Utf8IsStrict) {
  for (const char* good : {"", "a", "ä", "€", "😀", "\u0800", "\uffff"}) EXPECT_TRUE(is_utf8(good)) << good;
  for (const char* bad : {"\x80", "\xc3", "\xc0\x80", "\xe0\x80\x80", "\xed\xa0\x80", "\xf0\x80\x80\x80",
                          "\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80", "\xe2\x82"})
    EXPECT_FALSE(is_utf8(bad));
}

TEST(Text, ShownCutsAtACharactersEdge) {
  EXPECT_EQ(shown(" a\nb "), "a b");
  EXPECT_EQ(shown(std::string(39, 'x') + "€€"), std::string(39, 'x') + "…");
}

}  // namespace
}  // namespace hotfixd::commands::testing
