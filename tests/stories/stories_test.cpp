// Every story gives exactly the channel that stands beside it, every time.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "bot/cli/replay.hpp"

namespace hotfixd::cli {
namespace {

namespace fs = std::filesystem;

const fs::path kFolder = fs::path(HOTFIXD_SOURCE_DIR) / "tests/stories";

std::vector<std::string> stories() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(kFolder))
    if (entry.path().extension() == ".jsonl") names.push_back(entry.path().stem().string());
  std::ranges::sort(names);
  return names;
}

std::string slurp(const fs::path& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

struct Played {
  int code = 0;
  std::string out, err;
};

Played play(const std::string& file, bool state = false, const std::string& config = {}, const std::string& zone = {}) {
  std::ostringstream out, err;
  const int code = run_replay({.file = file, .config = config, .zone = zone, .state = state}, out, err);
  return {code, out.str(), err.str()};
}

Played play_story(const std::string& name, bool state = false) {
  const auto config = kFolder / (name + ".toml");
  return play((kFolder / (name + ".jsonl")).string(), state, fs::exists(config) ? config.string() : std::string{});
}

// The text is played from a file of its own, as a person would.
Played play_text(const std::string& text, const std::string& zone = {}) {
  const auto path = fs::path(::testing::TempDir()) / "story.jsonl";
  std::ofstream(path) << text;
  return play(path.string(), false, {}, zone);
}

nlohmann::json state_of(const std::string& name) {
  return nlohmann::json::parse(play_story(name, true).out).at("incidents");
}

class Story : public ::testing::TestWithParam<std::string> {};

TEST_P(Story, GivesTheChannelBesideIt) {
  const auto played = play_story(GetParam());
  ASSERT_EQ(played.code, 0) << played.err;
  EXPECT_EQ(played.err, "");
  const auto golden = kFolder / (GetParam() + ".txt");
  if (std::getenv("HOTFIXD_UPDATE_GOLDEN") != nullptr) std::ofstream(golden) << played.out;
  EXPECT_EQ(played.out, slurp(golden));
}

INSTANTIATE_TEST_SUITE_P(All, Story, ::testing::ValuesIn(stories()), [](const auto& p) {
  auto name = p.param;
  std::ranges::replace(name, '-', '_');
  return name;
});

// The same run by another forge's webhooks reads the same.
TEST(Checkout500, ReadsTheSameOnGitLab) {
  const auto timeline = [](const std::string& name) {
    const auto out = play_story(name).out;
    const auto from = out.find("      21:04 pager: 500s spiking");
    EXPECT_NE(from, std::string::npos) << name;
    return out.substr(from, out.find("\n\n", from) - from);
  };
  EXPECT_EQ(timeline("on-gitlab"), timeline("checkout-500"));
}

TEST(Checkout500, HasItsSixLines) {
  const auto out = play_story("checkout-500").out;
  EXPECT_NE(out.find("      21:04 pager: 500s spiking on /checkout (sev-2)\n"
                     "      21:10 branch hotfix/checkout-500 cut from tag v2.4.7\n"
                     "      21:24 PR #4821 opened, one-line null check on cart[\"coupon\"]\n"
                     "      21:38 CI green, two approvals, merged to main\n"
                     "      21:42 v2.4.8 tagged and deployed to production\n"
                     "      22:01 500 rate back to baseline, incident resolved\n"),
            std::string::npos);
  const auto incident = state_of("checkout-500").at(0);
  EXPECT_EQ(incident["status"], "resolved");
  std::map<std::string, std::string> verdicts;
  for (const auto& mb : incident["hotfixes"][0]["merge_backs"]) verdicts[mb["target"]] = mb["verdict"];
  EXPECT_EQ(verdicts, (std::map<std::string, std::string>{
                          {"main", "PRESENT"}, {"develop", "ABSENT"}, {"release/2.5", "ABSENT"}}));
}

TEST(NeverMergedBack, IsNaggedForTenDaysEscalatedAndNotClosed) {
  const auto incident = state_of("never-merged-back").at(0);
  EXPECT_EQ(incident["status"], "resolved");
  std::map<std::string, int> to;
  std::map<std::string, int> per_day;
  for (const auto& ping : incident["pings"]) {
    ++to[ping["to"]];
    const auto at = ping["at"].get<std::string>();
    if (ping["to"] == "bob") ++per_day[at.substr(0, 10)];
    // Quiet hours, from 22:00 to 08:00.
    EXPECT_GE(at.substr(11, 5), "08:00");
    EXPECT_LT(at.substr(11, 5), "22:00");
  }
  EXPECT_GE(to["bob"], 8);
  EXPECT_GE(to["alice"], 5);       // the commander
  EXPECT_GE(to["#incidents"], 5);  // the channel
  for (const auto& [day, count] : per_day) EXPECT_LE(count, 3) << day;
}

TEST(SquashThenRevert, ReopensTheClosedIncidentAndPings) {
  const auto incident = state_of("squash-then-revert").at(0);
  EXPECT_EQ(incident["status"], "resolved");
  const auto& obligations = incident["obligations"];
  const auto it = std::ranges::find_if(obligations, [](const auto& o) { return o["id"] == "merge-back:shop:main"; });
  ASSERT_NE(it, obligations.end());
  EXPECT_EQ((*it)["state"], "open");
  EXPECT_GE(incident["pings"].back()["at"].get<std::string>(), "2026-11-18");
}

TEST(WholeRun, IsClosedWithEverythingMetAndSilentAfterwards) {
  const auto incident = state_of("whole-run").at(0);
  EXPECT_EQ(incident["status"], "closed");
  for (const auto& o : incident["obligations"]) {
    EXPECT_EQ(o["state"], "met") << o["id"];
    for (const auto& ping : incident["pings"])
      for (const auto& id : ping["obligations"])
        if (id == o["id"]) EXPECT_LE(ping["at"].get<std::string>(), o["met_at"].get<std::string>()) << id;
  }
}

TEST(Replay, AStepThatCannotBeDoneNamesItsLine) {
  const std::string declare = R"({"at":"2026-11-14T21:00:00Z","as":"a","say":"hello"})"
                              "\n";
  const struct {
    std::string text, error;
  } cases[] = {
      {"nonsense", "line 1: this is not JSON\n"},
      {"[]",
       "line 1: a step is an object, e.g. {\"at\":\"2026-11-14T21:04:00Z\",\"as\":\"alice\",\"say\":\"hello\"}\n"},
      {R"({"as":"a","say":"x"})", "line 1: \"at\" is missing: when the step happens, e.g. \"2026-11-14T21:04:00Z\"\n"},
      {R"({"at":"noon","say":"x"})", "line 1: \"at\" is not a time like 2026-11-14T21:04:00Z: noon\n"},
      {declare + "\n" + R"({"at":"2026-11-14T20:00:00Z"})", "line 3: \"at\" is earlier than the step before\n"},
      {R"({"at":"2026-11-14T21:00:00Z","say":"x"})", "line 1: a \"say\" step needs \"as\"\n"},
      {R"({"at":"2026-11-14T21:00:00Z","as":"a","shout":"x"})",
       "line 1: unknown key \"as\"; a step has say, react, unreact, edit, delete, press, hook or git\n"},
      {declare + R"({"at":"2026-11-14T21:00:00Z","as":"a","react":"pushpin","to":7})",
       "line 2: step 7 is not a message\n"},
      {declare + R"({"at":"2026-11-14T21:00:00Z","as":"a","press":"confirm"})",
       "line 2: no message in #incidents has a button \"confirm\"\n"},
      {declare + R"({"at":"2026-11-14T21:00:00Z","git":["merge","main","nowhere"]})", ""},
      {declare + R"({"at":"2026-11-14T21:00:00Z","git":["fly"]})",
       "line 2: unknown git step \"fly\"; known: commit, merge, squash, cherry-pick, revert, branch, tag, delete\n"},
      {declare + R"({"at":"2026-11-14T21:00:00Z","hook":"bitbucket","event":"x","body":{}})",
       "line 2: unknown hook \"bitbucket\"; known: github, gitlab\n"},
      {declare + R"({"at":"2026-11-14T21:00:00Z","as":"a","say":"${sha:nowhere}"})", ""},
      {declare + R"({"at":"2026-11-14T21:00:00Z","as":"@Hotfixd","say":"x"})",
       "line 2: \"as\" is the bot: Hotfixd speaks for itself\n"},
      {declare + R"({"at":"2026-11-14T21:00:00Z","as":"@","say":"x"})", "line 2: \"as\" must not be empty\n"},
  };
  for (const auto& c : cases) {
    const auto played = play_text(c.text);
    EXPECT_EQ(played.code, 2) << c.text;
    EXPECT_EQ(played.out, "") << c.text;
    if (c.error.empty())
      EXPECT_TRUE(played.err.starts_with("line 2: ")) << played.err;
    else
      EXPECT_EQ(played.err, c.error);
  }
  EXPECT_EQ(play("/nowhere/story.jsonl").code, 2);
}

TEST(Replay, TakesCommandsAndNamesAsPeopleTypeThem) {
  const auto played =
      play_text(R"({"at":"2026-11-14T21:00:00Z","as":"alice","say":"  /Hotfix declare sev2 500s --criteria all"})"
                "\n"
                R"({"at":"2026-11-14T21:01:00Z","as":"@bob","say":"/HOTFIX\tnote rate is 3 %"})"
                "\n"
                R"({"at":"2026-11-14T21:02:00Z","as":"bob","say":"/hotfixed it"})"
                "\n");
  EXPECT_EQ(played.code, 0) << played.err;
  EXPECT_NE(played.out.find("21:01 hotfixd: (to bob) In the timeline at 21:01."), std::string::npos) << played.out;
  EXPECT_NE(played.out.find("21:02 bob: /hotfixed it\n"), std::string::npos) << played.out;
  EXPECT_EQ(played.out.find("(to @bob)"), std::string::npos) << played.out;
}

TEST(Replay, TimesAreShownInTheZoneAndTextCannotDriveATerminal) {
  const auto played = play_text(R"({"at":"2026-11-14T21:00:00Z","as":"a","say":"red \u001b[31m\nsecond"})"
                                "\n",
                                "Europe/Berlin");
  EXPECT_EQ(played.out, "22:00 a: red ␛[31m\n      second\n");
  EXPECT_EQ(play_text("", "Mars/Base").code, 2);
}

}  // namespace
}  // namespace hotfixd::cli
