#include "integrations/slack/manifest.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

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

}  // namespace
}  // namespace hotfixd::slack
