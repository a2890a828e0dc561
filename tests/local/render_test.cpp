// Neutral messages as terminal text; nothing a person writes reaches the terminal as a command.
#include "integrations/local/render.hpp"

#include <gtest/gtest.h>

#include "integrations/local/safe_text.hpp"
#include "tests/local/fake_engine.hpp"

namespace hotfixd::testing {
namespace {

using local::render_text;
using local::safe_line;
using local::safe_text;

const Time at = FixedClock{}.now();

TEST(Render, EachSpanAsPlainText) {
  const struct {
    Span span;
    const char* expected;
  } table[] = {
      {plain("as it is * _ `"), "as it is * _ `"},
      {bold("HF-1"), "HF-1"},
      {code("git log"), "git log"},
      {strike("done"), "~done~"},
      {mention({"u1", "alice"}), "@alice"},
      {mention({"u1", ""}), "@u1"},
      {link("PR #4821", "https://h/4821"), "PR #4821 (https://h/4821)"},
      {link("https://h/1", "https://h/1"), "https://h/1"},
      {link("", "https://h/1"), "https://h/1"},
      {link("label", ""), "label"},
      {clock_at(at), "22:04"},
      {day_at(at), "2026-11-14"},
      {due_at(at), "Sat 14 Nov 22:04"},
  };
  for (const auto& [span, expected] : table) EXPECT_EQ(render_text({{{span}}, {}}, "Europe/Berlin"), expected);
}

TEST(Render, AChannelIsItsName) {
  EXPECT_EQ(render_text({{{plain("in "), channel_link("#incidents")}}, {}}, "UTC"), "in #incidents");
  EXPECT_EQ(render_text({{{plain("in "), channel_link("slack:T1:C2")}}, {}}, "UTC"), "in C2");
  EXPECT_EQ(render_text({{{channel_link("#a\nb")}}, {}}, "UTC").find('\n'), std::string::npos);
}

TEST(Render, ButtonsAreTheLastLine) {
  const Message m{{{plain("sure?")}}, {{"c", "Confirm", "", false}, {"d", "Decline", "", true}}};
  EXPECT_EQ(render_text(m, "UTC"), "sure?\n[1] Confirm  [2] Decline");
  EXPECT_EQ(render_text(m, "UTC", {.buttons = false}), "sure?");
  EXPECT_EQ(render_text(m, "UTC", {.ansi = true}),
            "sure?\n\x1b[1m[1]\x1b[22m Confirm  \x1b[1m[2]\x1b[22m \x1b[31mDecline\x1b[39m");
  EXPECT_EQ(render_text({{}, {{"c", "Confirm", "", false}}}, "UTC"), "[1] Confirm");
  EXPECT_EQ(render_text({}, "UTC"), "");
}

TEST(Render, AnsiOnlyWhenAsked) {
  const Message m{{{bold("b"), strike("s"), code("c")}}, {}};
  EXPECT_EQ(render_text(m, "UTC"), "b~s~c");
  EXPECT_EQ(render_text(m, "UTC", {.ansi = true}), "\x1b[1mb\x1b[22m\x1b[9ms\x1b[29m\x1b[36mc\x1b[39m");
}

TEST(SafeText, HostileTextBecomesVisible) {
  const struct {
    std::string_view text;
    const char* expected;
  } table[] = {
      {"\x1b[2Jgone", "␛[2Jgone"},
      {"\x1b]0;title\x07", "␛]0;title␇"},
      {"a\rb", "a␍b"},
      {"a\r\nb", "a\nb"},
      {"back\b\b\x7f", "back␈␈␡"},
      {{"nul\0x", 5}, "nul␀x"},
      {"\xC2\x9B"
       "31m",
       "�31m"},  // C1 CSI
      {"\x9B"
       "31m",
       "�31m"},  // the same as a raw byte
      {"abc\xE2\x80\xAE"
       "cba",
       "abc�cba"},                                  // right-to-left override
      {"\xE2\x81\xA6x\xE2\x81\xA9", "�x�"},         // isolates
      {"\xE2\x80\xA8line", "\nline"},               // U+2028
      {"\xC0\xAF\xED\xA0\x80\xF5\x80", "�������"},  // overlong, surrogate, too large
      {"cut \xE6\xBC", "cut ��"},
      {"tab\tand ünïcode 漢字 📌", "tab\tand ünïcode 漢字 📌"},
  };
  for (const auto& [text, expected] : table) {
    EXPECT_EQ(safe_text(text), expected);
    EXPECT_EQ(safe_text(safe_text(text)), expected) << "safe text stays as it is";
  }
  EXPECT_EQ(safe_line("one\ntwo\tthree"), "one two three");
}

TEST(SafeText, NoSpanCarriesAnEscapeSequence) {
  const std::string evil =
      "\x1b]0;x\x07\xC2\x9B"
      "31m";
  Message m{{{plain(evil), bold(evil), code(evil), strike(evil), mention({evil, evil}), link(evil, evil + "2")}},
            {{"b", evil, "", false}}};
  const std::string text = render_text(m, "UTC");
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_EQ(text.find("\xC2\x9B"), std::string::npos);
}

TEST(Render, FurtherLinesAreIndentedSoThatNoTextPassesForAMessage) {
  EXPECT_EQ(local::render_entry("21:04 alice", "hello\n21:05 hotfixd: closed\n\nreally", 6),
            "21:04 alice: hello\n      21:05 hotfixd: closed\n\n      really");
}

}  // namespace
}  // namespace hotfixd::testing
