#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/slack/check_rendered.hpp"

namespace hotfixd::slack::test {
namespace {

using nlohmann::json;

Button make_button(std::string id, std::string label = "Go", std::string value = "v", bool danger = false) {
  return {std::move(id), std::move(label), std::move(value), danger};
}

json blocks_of(const Message& message) { return json::parse(render(message).blocks); }

std::string all_text(const json& blocks) {
  std::string out;
  for (const json& block : blocks)
    if (block["type"] == "section") out += block["text"]["text"].get<std::string>() + "\n";
  return out;
}

TEST(Outbound, AWholeMessage) {
  const Message message{
      {{bold("HF-3"), plain(" sev-2")}, {plain("")}, {plain("next: "), code("/hotfix tag")}},
      {make_button("confirm", "Confirm", "HF-3/7"), make_button("decline", "Decline <it>", "", true)}};
  const Rendered rendered = render(message);
  EXPECT_EQ(rendered.text, "*HF-3* sev-2\n\nnext: `/hotfix tag`");
  EXPECT_EQ(
      rendered.blocks,
      R"([{"text":{"text":"*HF-3* sev-2\n\nnext: `/hotfix tag`","type":"mrkdwn","verbatim":true},"type":"section"},)"
      R"({"elements":[{"action_id":"confirm","text":{"emoji":false,"text":"Confirm","type":"plain_text"},)"
      R"("type":"button","value":"HF-3/7"},{"action_id":"decline","confirm":{"confirm":{"emoji":false,)"
      R"("text":"Decline ‹it›","type":"plain_text"},"deny":{"emoji":false,"text":"Cancel","type":"plain_text"},)"
      R"("style":"danger","text":{"emoji":false,"text":"Decline ‹it›","type":"plain_text"},"title":{"emoji":false,)"
      R"("text":"Are you sure?","type":"plain_text"}},"style":"danger","text":{"emoji":false,"text":"Decline ‹it›",)"
      R"("type":"plain_text"},"type":"button"}],"type":"actions"}])");
}

TEST(Outbound, ArgumentsOfTheMethods) {
  const Rendered r{.text = "t", .blocks = "[]"};
  EXPECT_EQ(post_arguments("C1", r, "HF-3/status"),
            R"({"blocks":[],"channel":"C1","metadata":{"event_payload":{"op_id":"HF-3/status"},)"
            R"("event_type":"hotfixd_post"},"parse":"none","text":"t","unfurl_links":false,"unfurl_media":false})");
  EXPECT_EQ(json::parse(post_arguments("C1", r, "k", Timestamp(1794690240, 100)))["thread_ts"], "1794690240.000100");
  EXPECT_EQ(update_arguments("C1", Timestamp(1794690240, 100), r),
            R"({"blocks":[],"channel":"C1","parse":"none","text":"t","ts":"1794690240.000100"})");
  EXPECT_EQ(ephemeral_arguments("C1", "U1", r),
            R"({"blocks":[],"channel":"C1","parse":"none","text":"t","user":"U1"})");
  EXPECT_EQ(answer(r, false), R"({"blocks":[],"response_type":"ephemeral","text":"t"})");
  EXPECT_EQ(answer(r, true), R"({"blocks":[],"response_type":"in_channel","text":"t"})");
  EXPECT_EQ(replacement(r), R"({"blocks":[],"replace_original":true,"text":"t"})");
}

TEST(Outbound, NothingIsSaidSomehow) {
  EXPECT_EQ(render({}).text, "—");
  EXPECT_EQ(wrong_with(render({}), {}), "");
  EXPECT_EQ(wrong_with(render(say(" \n\n ")), {}), "");
  const Message only{{}, {make_button("a", "Snooze *it*")}};
  EXPECT_EQ(render(only).text, "Snooze ∗it∗");
  EXPECT_EQ(wrong_with(render(only), {}), "");
}

TEST(Limits, Section) {
  const std::string first(1500, 'a');
  const auto blocks = [&](std::size_t second) {
    return blocks_of({{{plain(first)}, {plain(std::string(second, 'b'))}}, {}}).size();
  };
  EXPECT_EQ(blocks(limits::kSection - 1501), 1U);
  EXPECT_EQ(blocks(limits::kSection - 1500), 2U);
}

TEST(Limits, Text) {
  const auto text = [](std::size_t bytes) {
    return render({{{plain(std::string(2000, 'a'))}, {plain(std::string(bytes - 2001, 'b'))}}, {}}).text;
  };
  EXPECT_EQ(text(limits::kText).size(), limits::kText);
  EXPECT_EQ(text(limits::kText + 1), std::string(2000, 'a') + "\n… 1 more line: /hotfix status");
}

TEST(Limits, TheWholeOfTheBlocks) {
  // Lines of 2,900 bytes are a section each; the last one decides.
  const auto shown = [](std::size_t last) {
    Message message;
    for (int i = 0; i < 4; ++i) message.lines.push_back({plain(std::string(2900, 'a'))});
    message.lines.push_back({plain(std::string(last, 'b'))});
    const Rendered rendered = render(message);
    EXPECT_EQ(wrong_with(rendered, {}), "");
    return rendered;
  };
  const std::size_t around = shown(100).blocks.size() - 100;
  const std::size_t fits = limits::kBlocksJson - around;
  EXPECT_EQ(shown(fits).blocks.size(), limits::kBlocksJson);
  EXPECT_FALSE(shown(fits).blocks.contains("more line"));
  EXPECT_TRUE(shown(fits + 1).blocks.contains("… 1 more line: /hotfix status"));
}

TEST(Limits, LinesAreCountedNotLost) {
  Message message;
  for (int i = 0; i < 5000; ++i) message.lines.push_back({plain(fmt::format("line {}", i))});
  message.buttons.push_back(make_button("confirm"));
  const Rendered rendered = render(message, {.zone = "UTC", .more = "/hotfix timeline"});
  EXPECT_EQ(wrong_with(rendered, {}), "");
  const std::string text = all_text(json::parse(rendered.blocks));
  const std::size_t shown = static_cast<std::size_t>(std::ranges::count(text, '\n')) - 1;
  EXPECT_GT(shown, 1000U);
  EXPECT_TRUE(text.ends_with(fmt::format("line {}\n… {} more lines: /hotfix timeline\n", shown - 1, 5000 - shown)));
  EXPECT_TRUE(rendered.blocks.ends_with(R"("type":"actions"}])"));
}

TEST(Limits, ElementsAndBlocks) {
  const auto elements = [](std::size_t count) {
    Message message = say("x");
    for (std::size_t i = 0; i < count; ++i) message.buttons.push_back(make_button(fmt::format("b{}", i), "l", ""));
    std::vector<std::size_t> sizes;
    for (const json& block : blocks_of(message))
      if (block["type"] == "actions") sizes.push_back(block["elements"].size());
    return sizes;
  };
  EXPECT_EQ(elements(25), (std::vector<std::size_t>{25}));
  EXPECT_EQ(elements(26), (std::vector<std::size_t>{25, 1}));
}

TEST(Limits, ButtonsThatDoNotFitAreCounted) {
  Message message = say("x");
  for (int i = 0; i < 10; ++i) message.buttons.push_back(make_button("same", "Go", std::string(1000, 'v')));
  const Rendered rendered = render(message);
  EXPECT_EQ(wrong_with(rendered, {}), "");
  EXPECT_EQ(all_text(json::parse(rendered.blocks)), "x\n… 5 more choices: /hotfix status\n");
}

TEST(Limits, ButtonLabelValueAndId) {
  const auto one = [](Button b) {
    const json blocks = blocks_of({{{plain("x")}}, {std::move(b)}});
    return blocks.size() == 2 ? blocks[1]["elements"][0] : json(all_text(blocks));
  };
  const auto label = [&](std::size_t bytes) {
    return one(make_button("a", std::string(bytes, 'l')))["text"]["text"].get<std::string>();
  };
  EXPECT_EQ(label(75), std::string(75, 'l'));
  EXPECT_EQ(label(76), std::string(72, 'l') + "…");
  EXPECT_EQ(one(make_button("a", "", "v"))["text"]["text"], "a");
  EXPECT_EQ(one(make_button("a", "l", std::string(2000, 'v')))["value"], std::string(2000, 'v'));
  EXPECT_EQ(one(make_button("a", "l", std::string(2001, 'v'))), "x\n… 1 more choice: /hotfix status\n");
  EXPECT_EQ(one(make_button(std::string(255, 'i')))["action_id"], std::string(255, 'i'));
  EXPECT_EQ(one(make_button(std::string(256, 'i'))), "x\n… 1 more choice: /hotfix status\n");
  EXPECT_EQ(one(make_button("", "l")), "x\n… 1 more choice: /hotfix status\n");
  // JSON cannot carry these as they are, and changed they would name something else.
  EXPECT_EQ(one(make_button("a\xff", "l")), "x\n… 1 more choice: /hotfix status\n");
  EXPECT_EQ(one(make_button("a", "l", "\xff")), "x\n… 1 more choice: /hotfix status\n");
}

TEST(Limits, Confirm) {
  const auto confirm = [](std::size_t bytes) {
    return blocks_of(
        {{{plain("x")}}, {make_button("a", std::string(bytes, 'l'), "v", true)}})[1]["elements"][0]["confirm"];
  };
  EXPECT_EQ(confirm(30)["confirm"]["text"], std::string(30, 'l'));
  EXPECT_EQ(confirm(31)["confirm"]["text"], std::string(27, 'l') + "…");
  EXPECT_EQ(confirm(300)["text"]["text"], std::string(300, 'l'));
  EXPECT_EQ(confirm(301)["text"]["text"], std::string(297, 'l') + "…");
}

TEST(Outbound, ActionIdsAreTakenBack) {
  EXPECT_EQ(action_id("snooze", 1), "snooze");
  EXPECT_EQ(action_id("snooze", 2), "snooze#2");
  EXPECT_EQ(action_id("snooze#2", 1), "snooze#2#1");
  EXPECT_EQ(button_id("snooze#"), "snooze#");
  EXPECT_EQ(button_id("snooze#x"), "snooze#x");
}

RC_GTEST_PROP(Outbound, EveryActionIdIsTakenBack, (const std::string& id)) {
  const auto nth = *rc::gen::inRange<std::size_t>(1, 100);
  const auto tail = *rc::gen::element<std::string>("", "#", "#1", "#12", "#x", "##2");
  const std::string made = action_id(id + tail, nth);
  RC_ASSERT(button_id(made) == id + tail);
}

// Words that would do harm, and letters to put between them.
rc::Gen<std::string> outside_text() {
  const auto part = rc::gen::weightedOneOf<std::string>(
      {{6, rc::gen::element<std::string>("<!channel>", "<@U1>", "<https://x|y>", "<!date^1^{time}|x>", "&lt;!here&gt;",
                                         "<", ">", "&", "|", "*", "_", "~", "`", "```", "\n", "\n>", " ", "@here", "#c",
                                         "!", "https://x.example", "\xff", "\xe2\x80\xae", "\x1b", "\xc3\xa9", "…")},
       {3, rc::gen::element<std::string>("a", "word ", "snake_case", "2*3", "1~2")},
       {1,
        rc::gen::map(rc::gen::inRange(1, 4000), [](int n) { return std::string(static_cast<std::size_t>(n), 'w'); })}});
  return rc::gen::map(rc::gen::container<std::vector<std::string>>(part), [](const std::vector<std::string>& parts) {
    std::string out;
    for (const auto& one : parts) out += one;
    return out;
  });
}

rc::Gen<Span> any_span() {
  return rc::gen::build<Span>(
      rc::gen::set(&Span::kind, rc::gen::map(rc::gen::inRange(0, static_cast<int>(Span::Kind::channel) + 1),
                                             [](int kind) { return static_cast<Span::Kind>(kind); })),
      rc::gen::set(&Span::text, outside_text()),
      rc::gen::set(
          &Span::ref,
          rc::gen::oneOf(outside_text(),
                         rc::gen::element<std::string>("U0BOB", "S0ONCALL", "bob", "", "https://x.example/?a=1&b=<2>"),
                         rc::gen::map(outside_text(), [](const auto& t) { return "https://x" + t; }))),
      rc::gen::set(&Span::at, rc::gen::map(rc::gen::inRange<std::int64_t>(-10, 4'000'000'000),
                                           [](std::int64_t s) { return Time{Seconds{s}}; })));
}

rc::Gen<Message> any_message() {
  const auto button = rc::gen::build<Button>(
      rc::gen::set(&Button::id,
                   rc::gen::oneOf(rc::gen::element<std::string>("snooze", "confirm", "", "a#2"), outside_text())),
      rc::gen::set(&Button::label, outside_text()), rc::gen::set(&Button::value, outside_text()),
      rc::gen::set(&Button::danger));
  return rc::gen::build<Message>(
      rc::gen::set(&Message::lines, rc::gen::container<std::vector<Line>>(rc::gen::container<Line>(any_span()))),
      rc::gen::set(&Message::buttons, rc::gen::container<std::vector<Button>>(button)));
}

RC_GTEST_PROP(Outbound, AnyMessageIsWithinAllLimits, ()) {
  const auto message = *rc::gen::resize(12, any_message()).as("message");
  const Rendered rendered = render(message);
  const std::string wrong = wrong_with(rendered, tokens_of(message));
  if (!wrong.empty()) RC_FAIL(wrong);
  const Rendered again = render(message);
  RC_ASSERT(again.text == rendered.text && again.blocks == rendered.blocks);
}

RC_GTEST_PROP(Outbound, TextFromOutsideIsOnlyText, ()) {
  const auto text = *outside_text();
  for (const Span& span : {plain(text), bold(text), code(text), strike(text)}) {
    const Rendered rendered = render({{{plain("ours "), span, plain(" ours")}}, {make_button("a", text, text)}});
    const std::string wrong = wrong_with(rendered, {});  // not one token
    if (!wrong.empty()) RC_FAIL(wrong);
    RC_ASSERT(span.kind == Span::Kind::code || !rendered.text.contains('`'));
  }
}

// The marks of bold, strike and code are exactly ours: taken away, nothing that could format is left.
RC_GTEST_PROP(Outbound, NothingInsideAMarkCanCloseIt, ()) {
  const auto text = *outside_text();
  for (const auto& [span, mark] : {std::pair{bold(text), '*'}, {strike(text), '~'}, {code(text), '`'}}) {
    for (const std::string& line : mrkdwn_lines({{{span}}, {}}, "UTC", 3000)) {
      std::vector<std::size_t> marks;
      for (std::size_t i = 0; i < line.size(); ++i) {
        const auto is_word = [&](std::size_t at) {
          return at < line.size() && std::isalnum(static_cast<unsigned char>(line[at])) != 0;
        };
        if (line[i] == mark && (mark == '`' || i == 0 || !(is_word(i - 1) && is_word(i + 1)))) marks.push_back(i);
      }
      RC_ASSERT(marks.empty() || marks.size() == 2);
    }
  }
}

}  // namespace
}  // namespace hotfixd::slack::test
