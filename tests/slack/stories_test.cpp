// Every story of tests/stories gives the same incidents when it is told through Slack, in either mode.
#include <algorithm>
#include <fstream>
#include <iostream>

#include "tests/slack/slack_way.hpp"

namespace hotfixd::testing {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

const fs::path kFolder = fs::path(HOTFIXD_SOURCE_DIR) / "tests/stories";

std::vector<std::string> stories() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(kFolder))
    if (entry.path().extension() == ".jsonl") names.push_back(entry.path().stem().string());
  std::ranges::sort(names);
  return names;
}

json state_of(const std::string& story, const cli::MakeWay& way) {
  cli::ReplayOptions options;
  options.file = (kFolder / (story + ".jsonl")).string();
  if (const auto config = kFolder / (story + ".toml"); fs::exists(config)) options.config = config.string();
  options.state = true;
  std::ostringstream out, err;
  EXPECT_EQ(cli::run_replay(options, out, err, way), 0) << err.str();
  // Everything is compared, also how many messages were posted and edited: under the virtual clock a post that has to
  // wait its second is only later, never left out.
  auto state = json::parse(with_story_names(out.str()), nullptr, false);
  if (!state.is_object()) return out.str();
  return state;
}

using Telling = std::tuple<std::string, Mode>;
class Story : public ::testing::TestWithParam<Telling> {};

TEST_P(Story, IsTheSameThroughSlack) {
  const auto& [name, mode] = GetParam();
  std::vector<std::string> violations;
  const auto through = state_of(name, slack_way(mode, violations));
  EXPECT_THAT(violations, ::testing::IsEmpty());
  const auto direct = state_of(name, {});
  ASSERT_TRUE(direct.is_object() && !direct["incidents"].empty());
  EXPECT_EQ(through, direct) << json::diff(direct, through).dump(1);
}

INSTANTIATE_TEST_SUITE_P(All, Story,
                         ::testing::Combine(::testing::ValuesIn(stories()),
                                            ::testing::Values(Mode::socket, Mode::http)),
                         [](const auto& info) {
                           auto name = std::get<0>(info.param);
                           std::ranges::replace(name, '-', '_');
                           return name + (std::get<1>(info.param) == Mode::socket ? "_Socket" : "_Http");
                         });

}  // namespace
}  // namespace hotfixd::testing
