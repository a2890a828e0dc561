#include "integrations/slack/mrkdwn.hpp"

#include <gtest/gtest.h>

#include "tests/slack/check_rendered.hpp"

namespace hotfixd::slack {
namespace {

std::string line(Line spans) {
  std::string out;
  for (const auto& one : mrkdwn_lines({{std::move(spans)}, {}}, "Europe/Berlin", 3000)) out += one + "\n";
  if (!out.empty()) out.pop_back();
  return out;
}

constexpr Time kAt{Seconds{1794690240}};  // 2026-11-14T21:04:00Z

TEST(Mrkdwn, EverySpan) {
  EXPECT_EQ(line({plain("a & b <c> d")}), "a &amp; b &lt;c&gt; d");
  EXPECT_EQ(line({bold("HF-3"), plain(": "), code("hotfix/x_y*")}), "*HF-3*: `hotfix/x_y*`");
  EXPECT_EQ(line({strike("done"), plain(" now")}), "~done~ now");
  EXPECT_EQ(line({mention({"U0BOB", "bob"}), plain(" owes")}), "<@U0BOB> owes");
  EXPECT_EQ(line({mention({"S0ONCALL", "oncall"})}), "<!subteam^S0ONCALL>");
  EXPECT_EQ(line({mention({"bob", "Bob <b>"})}), "@Bob &lt;b&gt;");
  EXPECT_EQ(line({mention({"here", ""})}), "@here");
  EXPECT_EQ(line({link("PR #4821", "https://github.com/acme/shop/pull/4821?a=1&b=2")}),
            "<https://github.com/acme/shop/pull/4821?a=1&amp;b=2|PR #4821>");
  EXPECT_EQ(line({link("", "https://x.example")}), "<https://x.example>");
  EXPECT_EQ(line({clock_at(kAt)}), "<!date^1794690240^{time}|22:04>");
  EXPECT_EQ(line({day_at(kAt)}), "<!date^1794690240^{date_num}|2026-11-14>");
  EXPECT_EQ(line({due_at(kAt)}), "<!date^1794690240^{date_short_pretty} {time}|Sat 14 Nov 22:04>");
  EXPECT_EQ(line({clock_at(Time{})}), "01:00");
}

TEST(Mrkdwn, TextFromOutsideMentionsNobody) {
  EXPECT_EQ(line({plain("<!channel> <@U1> <https://x|y>")}), "&lt;!channel&gt; &lt;@U1&gt; &lt;https://x|y&gt;");
  EXPECT_EQ(line({mention({"U1> <!channel", "x"})}), "@x");
  EXPECT_EQ(line({mention({"!channel", ""})}), "@!channel");
  EXPECT_EQ(line({link("a|b> <!here>", "https://x.example/a>b|c d")}),
            "<https://x.example/a%3Eb%7Cc%20d|a|b&gt; &lt;!here&gt;>");
  EXPECT_EQ(line({link("click", "javascript:alert(1)")}), "click (javascript:alert(1))");
  EXPECT_EQ(line({link("", "https://|x")}), "https://|x");
  EXPECT_EQ(line({code("<!channel>")}), "`&lt;!channel&gt;`");
}

TEST(Mrkdwn, TextFromOutsideFormatsNothing) {
  EXPECT_EQ(line({plain("*a* _b_ ~c~ `d` snake_case 2*3 5~6")}), "∗a∗ ˍbˍ ∼c∼ ˋdˋ snake_case 2*3 5~6");
  EXPECT_EQ(line({plain("a ` b "), code("c`d"), plain(" e ` f")}), "a ˋ b `cˋd` e ˋ f");
  EXPECT_EQ(line({bold("a* b*c *d")}), "*a∗ b*c ∗d*");
  EXPECT_EQ(line({plain("> not a quotation")}), "› not a quotation");
  EXPECT_EQ(line({plain("a\n  > b")}), "a\n  › b");
  EXPECT_EQ(line({plain("a\x1b[2Jb\r\nc\xff\u202e d\u0085")}), "a [2Jb\nc\uFFFD\uFFFD d\uFFFD");
}

TEST(Mrkdwn, MarksFormatWhereTheyStand) {
  EXPECT_EQ(line({bold(" a "), plain("b")}), " *a* b");
  EXPECT_EQ(line({bold("a\nb")}), "*a*\n*b*");
  EXPECT_EQ(line({code("")}), "");
  EXPECT_EQ(line({bold("  ")}), "  ");
  // Next to a letter or to each other Slack would show the marks.
  EXPECT_EQ(line({plain("x"), bold("y"), plain("z")}), "x\u200b*y*\u200bz");
  EXPECT_EQ(line({bold("a"), code("b")}), "*a*\u200b`b`");
  EXPECT_EQ(line({plain("("), bold("a"), plain(")")}), "(*a*)");
}

TEST(Mrkdwn, AChannelIsLinkedWhenItIsOneOfSlacks) {
  EXPECT_EQ(line({plain("in "), channel_link("slack:T1:C0INC"), plain(".")}), "in <#C0INC>.");
  EXPECT_EQ(line({channel_link("slack:-:G12345678")}), "<#G12345678>");
  // About to be made, of another platform, or no channel at all: by name.
  EXPECT_EQ(line({channel_link("slack:T1:#hf-1-slow")}), "#hf-1-slow");
  EXPECT_EQ(line({channel_link("#incidents")}), "#incidents");
  EXPECT_EQ(line({channel_link("slack:T1:U0ALICE")}), "U0ALICE");
  EXPECT_EQ(line({channel_link("slack:T1:C0|x> <!here")}), "C0|x&gt; &lt;!here");
}

TEST(Mrkdwn, LongLinesAreSplitAtSpaces) {
  std::string words;
  while (words.size() < 5000) words += "words& ";
  words.pop_back();
  const auto lines = mrkdwn_lines({{{plain("x "), bold(words)}}, {}}, "UTC", 3000);
  ASSERT_EQ(lines.size(), 3U);
  for (const auto& one : lines) {
    EXPECT_LE(one.size(), 3000U);
    EXPECT_EQ(test::wrong_markup(one, {}), "");
    EXPECT_TRUE(one.ends_with("words&amp;*")) << one.substr(one.size() - 20);
    EXPECT_TRUE(one.starts_with("x *words") || one.starts_with("*words")) << one.substr(0, 20);
  }
}

TEST(Mrkdwn, AWordThatIsCutFormatsNothing) {
  std::string word;
  while (word.size() < 7000) word += "1*2_3~";
  for (const Span& span : {plain(word), bold(word)}) {
    const auto lines = mrkdwn_lines({{{span}}, {}}, "UTC", 3000);
    ASSERT_EQ(lines.size(), 3U);
    for (std::string_view one : lines) {
      EXPECT_LE(one.size(), 3000U);
      if (span.kind == Span::Kind::bold) {
        ASSERT_TRUE(one.starts_with('*') && one.ends_with('*'));
        one = one.substr(1, one.size() - 2);
      }
      for (const char mark : {'*', '_', '~'}) EXPECT_FALSE(one.starts_with(mark) || one.ends_with(mark)) << mark;
    }
  }
  // In code nothing formats, so nothing is replaced.
  std::string back;
  for (const auto& one : mrkdwn_lines({{{code(word)}}, {}}, "UTC", 3000)) back += one.substr(1, one.size() - 2);
  EXPECT_EQ(back, word);
}

TEST(Mrkdwn, AnEscapeIsNeverCut) {
  for (std::size_t shift = 0; shift < 5; ++shift) {
    const std::string text = std::string(shift, 'x') + std::string(1500, '&');
    std::string back;
    for (const auto& one : mrkdwn_lines({{{plain(text)}}, {}}, "UTC", 3000)) {
      EXPECT_EQ(test::wrong_markup(one, {}), "") << shift;
      back += one;
    }
    EXPECT_EQ(back, escaped(text));
  }
}

TEST(Mrkdwn, AddressesAreSafe) {
  EXPECT_EQ(link_address("HTTPS://x.example/ü"), "HTTPS://x.example/%C3%BC");
  EXPECT_EQ(link_address("http://[::1]:80/"), "http://[::1]:80/");
  for (const auto* none : {"", "https://", "https:// x", "ftp://x", "//x", "https:x", "x https://y", "http:///x"})
    EXPECT_EQ(link_address(none), std::nullopt) << none;
  EXPECT_TRUE(link_address("https://x/" + std::string(1890, 'a')));
  EXPECT_FALSE(link_address("https://x/" + std::string(1891, 'a')));
}

TEST(Mrkdwn, Ids) {
  for (const auto* id : {"U1", "W012A3CDE", "U024BE7LH", "USLACKBOT"}) EXPECT_TRUE(is_user_id(id)) << id;
  for (const auto* id : {"", "U", "u1", "UTE", "C1", "U1 ", "U1>", "U0123456789012345678901234"})
    EXPECT_FALSE(is_user_id(id)) << id;
  EXPECT_TRUE(is_group_id("S1"));
  EXPECT_FALSE(is_group_id("U1"));
}

TEST(Mrkdwn, PlainLines) {
  EXPECT_EQ(plain_line("a <b>\n c", 75), "a ‹b›  c");
  EXPECT_EQ(plain_line(std::string(75, 'a'), 75), std::string(75, 'a'));
  EXPECT_EQ(plain_line(std::string(76, 'a'), 75), std::string(72, 'a') + "…");
  EXPECT_EQ(plain_line("ääää", 7), "ää…");
}

}  // namespace
}  // namespace hotfixd::slack
