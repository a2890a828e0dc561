// Values as they are written in the configuration file.
#include "bot/cli/config_values.hpp"

#include <gtest/gtest.h>

namespace hotfixd::cli {
namespace {

TEST(Span, IsReadInEveryUnitAndInCombinationsFromLargeToSmall) {
  EXPECT_EQ(parse_span("90s"), Seconds{90});
  EXPECT_EQ(parse_span("30m"), Seconds{1800});
  EXPECT_EQ(parse_span("2h"), Seconds{7200});
  EXPECT_EQ(parse_span("3d"), Seconds{259200});
  EXPECT_EQ(parse_span("1h30m"), Seconds{5400});
  EXPECT_EQ(parse_span("1d 2h 3m 4s"), Seconds{86400 + 7200 + 180 + 4});
  EXPECT_EQ(parse_span("0m"), Seconds{0});
}

TEST(Span, RefusesWhatIsNotOne) {
  for (const auto* text : {"", " ", "30", "m", "30 m", "-5m", "+5m", "1.5h", "30m1h", "1h1h", "1h ", "1h  2m", "1w",
                           "1H", "999999999999d", "9223372036854775808s", "3653d1s", "1h\n"})
    EXPECT_EQ(parse_span(text), std::nullopt) << '"' << text << '"';
}

TEST(Span, IsShownSoThatItReadsBackTheSame) {
  EXPECT_EQ(show_span(Seconds{0}), "0s");
  EXPECT_EQ(show_span(Seconds{5400}), "1h30m");
  EXPECT_EQ(show_span(Seconds{30 * 86400}), "30d");
  for (std::int64_t s = 0; s < 400000; s += 977) EXPECT_EQ(parse_span(show_span(Seconds{s})), Seconds{s});
}

TEST(Clock, IsFiveCharactersOfADay) {
  EXPECT_EQ(parse_clock("00:00"), Minutes{0});
  EXPECT_EQ(parse_clock("23:59"), Minutes{1439});
  EXPECT_EQ(show_clock(Minutes{485}), "08:05");
  for (const auto* text : {"", "8:00", "24:00", "12:60", "12-30", "1a:00", "12:3x", "12:30:00"})
    EXPECT_EQ(parse_clock(text), std::nullopt) << text;
}

TEST(TomlText, EscapesWhatTomlWants) {
  EXPECT_EQ(toml_text("plain 📌"), "\"plain 📌\"");
  EXPECT_EQ(toml_text("a\"b\\c\n"), "\"a\\\"b\\\\c\\u000A\"");
  EXPECT_EQ(toml_list({}), "[]");
  EXPECT_EQ(toml_list({"a", "b\""}), "[\"a\", \"b\\\"\"]");
}

TEST(Nearest, FindsASlipAndNothingElse) {
  const std::vector<std::string> known{"approvals", "scope_files", "scope_lines", "to"};
  EXPECT_EQ(nearest("aprovals", known), "approvals");
  EXPECT_EQ(nearest("scope_line", known), "scope_lines");
  EXPECT_EQ(nearest("scopefiles", known), "scope_files");
  EXPECT_EQ(nearest("colour", known), std::nullopt);
  EXPECT_EQ(nearest("xy", known), std::nullopt);
  EXPECT_EQ(nearest(std::string(100000, 'a'), known), std::nullopt);
}

}  // namespace
}  // namespace hotfixd::cli
