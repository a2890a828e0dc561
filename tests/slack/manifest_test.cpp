#include "integrations/slack/manifest.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <set>

// What an operator pastes, and what stands in deploy/.

namespace hotfixd::slack {
namespace {

TEST(Manifest, IsTheOneInDeploy) {
  std::ifstream in(HOTFIXD_SOURCE_DIR "/deploy/slack/manifest.yaml");
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(in), {}), manifest(""));
}

TEST(Manifest, BehindAnAddressEveryWayInHasItsUrl) {
  const auto text = manifest("https://bot.example.com");
  for (const char* line :
       {"url: https://bot.example.com/slack/commands", "request_url: https://bot.example.com/slack/events",
        "request_url: https://bot.example.com/slack/interactions", "socket_mode_enabled: false"})
    EXPECT_NE(text.find(line), std::string::npos) << line;
  EXPECT_EQ(manifest("").find("url:"), std::string::npos);
}

// Limits: docs.slack.dev, "App manifest reference"; the app's own page takes 24 characters for a shortcut's name.
TEST(Manifest, ShortcutsAreWithinTheirLimits) {
  EXPECT_LE(shortcuts().size(), 10u);
  std::set<std::string_view> ids;
  for (const auto& s : shortcuts()) {
    EXPECT_TRUE(s.type == "message" || s.type == "global") << s.type;
    EXPECT_LE(s.name.size(), 24u);
    EXPECT_LE(s.description.size(), 150u);
    EXPECT_LE(s.callback_id.size(), 255u);
    EXPECT_TRUE(ids.insert(s.callback_id).second) << s.callback_id;
  }
}

}  // namespace
}  // namespace hotfixd::slack
