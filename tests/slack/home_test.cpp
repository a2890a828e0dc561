#include "integrations/slack/home.hpp"

#include <gtest/gtest.h>

#include "tests/slack/check_rendered.hpp"
#include "tests/slack/check_view.hpp"

// App Home is one view however much a person owes.

namespace hotfixd::slack {
namespace {

using nlohmann::json;

TEST(Home, BlankLinesSetBlocksApart) {
  const json view =
      json::parse(home_view({{{plain("You owe nothing.")}, {}, {bold("Open incidents")}, {}}, {}}, "UTC"));
  EXPECT_EQ(testing::wrong_view(view, "home"), "");
  ASSERT_EQ(view["blocks"].size(), 3u);
  EXPECT_EQ(view["blocks"][0]["elements"][0]["action_id"], "declare");
  EXPECT_EQ(view["blocks"][1]["text"]["text"], "You owe nothing.");
  EXPECT_EQ(view["blocks"][2]["text"]["text"], "*Open incidents*");
}

TEST(Home, HoweverMuchItIsSlackTakesIt) {
  for (const auto& [lines, length, blanks] : std::vector<std::tuple<std::size_t, std::size_t, bool>>{
           {0, 0, false}, {400, 0, true}, {99, 2999, false}, {500, 2990, false}, {300, 10, true}, {20000, 40, false}}) {
    Message message;
    for (std::size_t n = 0; n < lines; ++n) {
      message.lines.push_back({plain(std::string(length, '&'))});
      if (blanks) message.lines.push_back({});
    }
    const json view = json::parse(home_view(message, "UTC"));
    EXPECT_EQ(testing::wrong_view(view, "home"), "") << lines << " of " << length;
    for (const auto& block : view["blocks"]) {
      if (block["type"] == "section") EXPECT_EQ(test::wrong_markup(block["text"]["text"].get<std::string>(), {}), "");
    }
    if (lines < 500) continue;
    const auto last = view["blocks"].back()["text"]["text"].get<std::string>();
    EXPECT_TRUE(last.contains(" more lines: /hotfix mine")) << last.substr(0, 100);
  }
}

}  // namespace
}  // namespace hotfixd::slack
