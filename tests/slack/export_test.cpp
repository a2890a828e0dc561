#include "integrations/slack/export.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "bot/domain/zone.hpp"

// What is read out of an unpacked export, and what is said when it cannot be.

namespace hotfixd::slack {
namespace {

namespace fs = std::filesystem;

const fs::path kExports = HOTFIXD_SOURCE_DIR "/tests/slack/export";

std::string shown(const Taken& t) {
  const auto what = [&]<typename T>(const T& x) -> std::string {
    if constexpr (std::is_same_v<T, chat::Said>) return "said " + x.text;
    if constexpr (std::is_same_v<T, Taken::CommandLine>) return "typed " + x.text;
    if constexpr (std::is_same_v<T, chat::Added>)
      return fmt::format("added {} of {} at {}", x.text, x.author.name, format_rfc3339(x.at));
    return "?";
  };
  return fmt::format("{} {} {}: {}", format_rfc3339(*t.sent_at), t.channel, t.actor.name, std::visit(what, t.what));
}

std::string read(const ExportQuery& query, const Policy& policy = default_policy()) {
  const auto exported = read_export(query, policy);
  if (!exported) return exported.error().what + " | " + exported.error().mend;
  std::string out;
  for (const auto& t : exported->taken) out += shown(t) + "\n";
  for (const auto& left : exported->left_out) out += left + "\n";
  return out;
}

TEST(SlackExport, IsWhatTheBotWouldHaveHeard) {
  EXPECT_EQ(read({.folder = kExports / "acme",
                  .channel = "#incidents",
                  .from = parse_rfc3339("2026-11-14T21:00:00Z"),
                  .until = {},
                  .bot = "hotfixd"}),
            R"(2026-11-14T21:04:00Z #incidents pager: said 500s spiking on /checkout
2026-11-14T21:05:00Z #incidents Alice: said looking, <v2.4.7> went out at 20:50
2026-11-14T21:20:00Z #incidents Alice: said cart["coupon"] is null, @Bob Baker see PR 4821 (https://git.example.com/pr/4821)
2026-11-14T21:22:00Z #incidents Bob Baker: said 21:21 rolled out the flag
2026-11-14T21:30:00.0001Z #incidents Alice: said the rate falls
2026-11-14T21:40:00Z #incidents Carol (support): said support has three tickets
2026-11-15T00:10:00Z #incidents Bob Baker: said 00:05 all clear
2026-11-15T00:10:00Z #incidents Bob Baker: added cart["coupon"] is null, @Bob Baker see PR 4821 (https://git.example.com/pr/4821) of Alice at 2026-11-14T21:20:00Z
2026-11-15T00:10:00Z #incidents Alice: added cart["coupon"] is null, @Bob Baker see PR 4821 (https://git.example.com/pr/4821) of Alice at 2026-11-14T21:20:00Z
2026-11-15T00:10:00Z #incidents Alice: added support has three tickets of Carol (support) at 2026-11-14T21:40:00Z
2026-11-15T00:10:00Z #incidents Bob Baker: added the rate falls of Alice at 2026-11-14T21:30:00.0001Z
incidents/2026-11-14.json: message 10 is left out: message a_new_kind
)");
}

TEST(SlackExport, OfAnOrganisationHasItsOwnListOfPeople) {
  Policy policy = default_policy();
  policy.people = {{.person = {"al", "Alice A."}, .zone = {}, .github = {}, .slack = "W0ALICE"}};
  EXPECT_EQ(read({.folder = kExports / "grid", .channel = "", .from = {}, .until = {}, .bot = "hotfixd"}, policy),
            "2026-11-14T21:00:00Z #war-room Alice A.: typed declare sev1 nobody can pay\n"
            "2026-11-14T21:02:00Z #war-room Alice A.: typed note 20:55 first call from support\n"
            "2026-11-14T21:03:00Z #war-room Alice A.: said 20:58 switched to the spare provider\n");
}

TEST(SlackExport, SaysWhatIsWrongAndWhere) {
  char path[] = "/tmp/hotfixd-export-XXXXXX";
  const fs::path dir = ::mkdtemp(path);
  const auto write = [&](const char* file, const std::string& text) {
    fs::create_directories((dir / file).parent_path());
    std::ofstream(dir / file) << text;
  };
  const auto wrong = [&](const std::string& channel = {}) {
    return read({.folder = dir, .channel = channel, .from = {}, .until = {}, .bot = "hotfixd"});
  };
  EXPECT_EQ(wrong(), dir.string() +
                         " has neither users.json nor org_users.json | name the folder into which Slack's "
                         "ZIP was unpacked");
  write("users.json", "[\n{\"id\":\"U1\"},\n{]\n");
  EXPECT_EQ(wrong(), "users.json: line 3 is not JSON | unpack the export again");
  write("users.json", "{}");
  EXPECT_EQ(wrong(), "users.json holds no list | ");
  write("users.json", R"([{"id":"U1","name":"alice"}, 7])");
  EXPECT_EQ(wrong(), dir.string() +
                         " has no channels.json or groups.json with a folder for each channel | name the "
                         "folder into which Slack's ZIP was unpacked");
  write("channels.json", R"([{"id":"C1","name":"one"},{"id":"C2","name":"two"},{"id":"C3","name":"../x"}])");
  write("one/2026-11-14.json", "[]");
  write("two/2026-11-14.json", R"([{"type":"message","user":"U1","text":"hi","ts":"1794690240.000100"}, 7])");
  EXPECT_EQ(wrong(), "the export has 2 channels: one, two | say which: --channel NAME");
  EXPECT_EQ(wrong("three"), "the export has no channel 'three'; it has one, two | --channel NAME");
  EXPECT_EQ(wrong("C1"), "#one has no messages in the export | ");
  EXPECT_EQ(wrong("two"), "two/2026-11-14.json: message 2 has no ts | unpack the export again");
  write("two/2026-11-14.json", "[{\"ts\":\"1\"}\n,\n");
  EXPECT_EQ(wrong("two"), "two/2026-11-14.json: line 3 is not JSON | unpack the export again");
  write("two/2026-11-14.json", R"([{"type":"message","user":"U1","text":"hi","ts":"1794690240.000100"}])");
  EXPECT_EQ(
      read({.folder = dir, .channel = "two", .from = parse_rfc3339("2026-11-15T00:00:00Z"), .until = {}, .bot = ""}),
      "nobody wrote anything in #two in that range; its messages are from 2026-11-14 21:04 to 2026-11-14 21:04 "
      "(UTC) | choose another --from and --until");
  fs::remove_all(dir);
}

}  // namespace
}  // namespace hotfixd::slack
