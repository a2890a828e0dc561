#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "bot/cli/replay.hpp"

// A team that never ran the bot reviews its incident from an export of its channel.

namespace hotfixd::cli {
namespace {

struct Said {
  int code = 0;
  std::string out, err;
};

Said review(ReplayOptions options, const std::string& folder = "acme") {
  options.slack_export = HOTFIXD_SOURCE_DIR "/tests/slack/export/" + folder;
  std::ostringstream out, err;
  Said said;
  said.code = run_replay(options, out, err);
  said.out = out.str();
  said.err = err.str();
  return said;
}

ReplayOptions evening() {
  ReplayOptions options;
  options.channel = "incidents";
  options.from = "2026-11-14 21:00";
  options.until = "2026-11-14 23:00";
  options.declare = "sev2 500s on checkout";
  return options;
}

TEST(ReviewOfAnExport, PrintsTheTimelineByTheRulesOfTheBot) {
  const auto said = review(evening());
  EXPECT_EQ(said.code, 0) << said.err;
  EXPECT_EQ(said.out, R"(HF-1 sev-2 500s on checkout, #incidents
HF-1 timeline (UTC, 2026-11-14)
21:04 pager: 500s spiking on /checkout (sev-2)
21:20 Alice: cart["coupon"] is null, @Bob Baker see PR 4821 (https://git.example.com/pr/4821)
21:21 Bob Baker: rolled out the flag
21:30 Alice: the rate falls
21:40 Carol (support): support has three tickets
)");
  EXPECT_EQ(said.err, "incidents/2026-11-14.json: message 10 is left out: message a_new_kind\n");
}

TEST(ReviewOfAnExport, ComesInTheFormatsOfExport) {
  auto options = evening();
  options.format = "markdown";
  EXPECT_TRUE(review(options).out.starts_with("# HF-1 500s on checkout\n\nsev-2, declared, declared "));
  options.format = "csv";
  EXPECT_TRUE(review(options).out.starts_with("at,recorded_at,source,author,text\r\n"));
  options.format = "json";
  EXPECT_EQ(nlohmann::json::parse(review(options).out)["channel"], "#incidents");
  options.format = "";
  options.state = true;
  EXPECT_EQ(nlohmann::json::parse(review(options).out)["incidents"][0]["declared_by"], "Slack export");
}

TEST(ReviewOfAnExport, MentionsOfTheBotAreCommands) {
  const auto said = review({.zone = "Europe/Berlin"}, "grid");
  EXPECT_EQ(said.code, 0) << said.err;
  EXPECT_EQ(said.out,
            "HF-1 sev-1 nobody can pay, #war-room\nHF-1 timeline (Europe/Berlin, 2026-11-14)\n"
            "20:55 Alice: first call from support\n20:58 Alice: switched to the spare provider\n"
            "22:00 declared sev-1: nobody can pay\n");
}

TEST(ReviewOfAnExport, TimesAreOfTheZone) {
  auto options = evening();
  options.zone = "Europe/Berlin";
  options.from = "2026-11-14 22:30";
  options.until = "2026-11-15";
  const auto said = review(options);
  EXPECT_EQ(said.out,
            "HF-1 sev-2 500s on checkout, #incidents\nHF-1 timeline (Europe/Berlin, 2026-11-14)\n"
            "22:30 declared sev-2: 500s on checkout\n22:30 Alice: the rate falls\n"
            "22:40 Carol (support): support has three tickets\n");
}

TEST(ReviewOfAnExport, SaysWhatIsMissing) {
  auto options = evening();
  options.declare.clear();
  auto said = review(options);
  EXPECT_EQ(said.code, 2);
  EXPECT_TRUE(said.err.ends_with(
      "Nobody declared an incident in these messages. Say what was broken: --declare \"sev2 500s on /checkout\"\n"))
      << said.err;
  options = evening();
  options.declare = "sev9 x";
  said = review(options);
  EXPECT_EQ(said.code, 2);
  EXPECT_TRUE(said.err.contains("--declare: There is no severity 'sev9'; it is ")) << said.err;
  options = evening();
  options.from = "yesterday";
  EXPECT_EQ(review(options).err,
            "--from 'yesterday' is no time. Write 2026-11-14T21:04:00Z, \"2026-11-14 21:04\" or "
            "2026-11-14.\n");
  options = evening();
  options.channel.clear();
  EXPECT_EQ(review(options).err, "the export has 2 channels: incidents, random: say which: --channel NAME\n");
}

}  // namespace
}  // namespace hotfixd::cli
