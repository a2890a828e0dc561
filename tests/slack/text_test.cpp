#include "integrations/slack/text.hpp"

#include <gtest/gtest.h>

#include "bot/domain/zone.hpp"
#include "commands/commands.hpp"

// What Slack makes of what people type, read back; the grammar itself is the judge.

namespace hotfixd::slack {
namespace {

const Policy& policy() {
  static const Policy p = [] {
    Policy made = default_policy();
    made.people = {{{"U0BOB", "bob"}, "", ""}};
    made.repositories = {{.name = "shop", .github = "acme/shop"}};
    return made;
  }();
  return p;
}

template <typename Command>
Command parsed(std::string_view slack) {
  const auto out = commands::parse(for_grammar(slack), {Time{Seconds{1794690240}}, "UTC", &policy()});
  EXPECT_TRUE(out) << slack << ": " << (out ? "" : out.error().what);
  return out ? std::get<Command>(out->command) : Command{};
}

TEST(Text, APersonIsNamedById) {
  EXPECT_EQ(parsed<command::AssignRole>("role commander <@U123|carol>").person.id, "U123");
  EXPECT_EQ(parsed<command::AssignRole>("role commander <@U123|carol>").person.name, "carol");
  EXPECT_EQ(parsed<command::AssignRole>("role commander <@U123>").person.id, "U123");
  EXPECT_EQ(parsed<command::AssignRole>("role commander <@U0BOB|robert.b>").person.name, "bob");
  EXPECT_EQ(parsed<command::AssignRole>("role commander <@U123|Carol &amp; Co>").person.name, "Carol & Co");
}

TEST(Text, AGroupIsNoPerson) {
  for (const auto* group :
       {"<!here>", "<!channel|@channel>", "<!everyone>", "<!subteam^S1|@oncall>", "<!subteam^S1>"}) {
    const auto out = commands::parse(for_grammar(std::string("role commander ") + group), {Time{}, "UTC", &policy()});
    ASSERT_FALSE(out) << group;
    EXPECT_TRUE(out.error().what.contains("is a group")) << out.error().what;
  }
}

TEST(Text, EscapesAreTakenBackOnce) {
  EXPECT_EQ(parsed<command::Declare>("declare sev2 a &amp; b &lt; c &gt; d").summary, "a & b < c > d");
  EXPECT_EQ(for_grammar("&amp;lt; &quot; &amp &; &"), "&lt; &quot; &amp &; &");
}

TEST(Text, PhonesTypeOtherQuotesAndDashes) {
  const auto declare = parsed<command::Declare>("declare sev2 500s —drill —repo “shop” —reason ‘the audit’");
  EXPECT_TRUE(declare.drill);
  EXPECT_EQ(declare.summary, "500s");
  EXPECT_EQ(declare.repository, "shop");
  EXPECT_EQ(declare.reason, "the audit");
}

TEST(Text, LinksAreAddresses) {
  EXPECT_EQ(parsed<command::PullRequest>("pr <https://github.com/acme/shop/pull/4821>").number, 4821U);
  EXPECT_EQ(parsed<command::PullRequest>("pr <https://github.com/acme/shop/pull/4821|the fix>").url,
            "https://github.com/acme/shop/pull/4821");
  EXPECT_EQ(for_grammar("see <http://example.com|example.com> and <mailto:a@b.c|a@b.c>"), "see example.com and a@b.c");
  EXPECT_EQ(for_grammar("<https://x.example/?a=1&amp;b=2>"), "https://x.example/?a=1&b=2");
}

TEST(Text, ForPeople) {
  const NameOf names = [](std::string_view id) { return id == "U2" ? "carol" : ""; };
  EXPECT_EQ(readable("<@U1|bob> <@U2> <@U3> &lt;3 <!here> <!subteam^S1|@oncall> <!subteam^S2>", names),
            "@bob @carol @U3 <3 @here @oncall @S2");
  EXPECT_EQ(readable("<#C1|incidents> <#C2> <https://x.example|the page> <https://x.example>"),
            "#incidents #C2 the page (https://x.example) https://x.example");
  EXPECT_EQ(readable("at <!date^1794690240^{time}|21:04>, <!unknown^1|so>"), "at 21:04, so");
}

TEST(Text, WhatIsNoMarkupStays) {
  for (const auto* text : {"a < b > c", "<", "<>", "<a", "<b>", "<<@U1>", "< @U1>", "<@\n>", "x<y|z>"}) {
    const std::string same = for_grammar(text);
    EXPECT_EQ(same, std::string(text)) << text;
  }
}

TEST(Text, ALeadingMentionIsTakenOff) {
  EXPECT_EQ(after_mention("<@U0BOT> status", "U0BOT"), "status");
  EXPECT_EQ(after_mention("  <@U0BOT|hotfixd>: declare &lt;x&gt;", "U0BOT"), "declare &lt;x&gt;");
  EXPECT_EQ(after_mention("<@U0BOT>", "U0BOT"), "");
  EXPECT_EQ(after_mention("<@U0BOTX> status", "U0BOT"), std::nullopt);
  EXPECT_EQ(after_mention("hi <@U0BOT> status", "U0BOT"), std::nullopt);
  EXPECT_EQ(after_mention("&lt;@U0BOT&gt; status", "U0BOT"), std::nullopt);
  EXPECT_EQ(after_mention("<@> status", ""), std::nullopt);
}

}  // namespace
}  // namespace hotfixd::slack
