// Commands, messages, reactions and buttons come in over both ways, posts go out, and what Slack does wrong is
// survived.
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <future>

#include "tests/slack/manual_timer.hpp"
#include "tests/slack/world.hpp"

namespace hotfixd::testing {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

json message(const std::string& user, const std::string& ts, const std::string& text) {
  return {{"type", "message"}, {"channel", "C1"}, {"channel_type", "channel"}, {"user", user}, {"text", text},
          {"ts", ts},          {"event_ts", ts}};
}

class Workspace : public ::testing::TestWithParam<Mode> {};

TEST_P(Workspace, ARunFromDeclareToTheTimeline) {
  World world(GetParam());
  EXPECT_THAT(world.command("U1", "declare sev2 500s spiking on /checkout"), HasSubstr("HF-1 declared"));
  const auto card = world.slack.wait_for("HF-1 sev-2 500s spiking on /checkout");
  EXPECT_EQ(card.channel, "C1");
  EXPECT_TRUE(card.op_id.ends_with("/HF-1/status")) << card.op_id;
  EXPECT_EQ(world.command("U1", "branch checkout-500"), "");
  EXPECT_EQ(world.slack.wait_for("hotfix/checkout-500").channel, "C1");

  const auto now =
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  const auto ts = std::to_string(now) + ".000100";
  world.event(message("U2", ts, "rolled back the &lt;config&gt;"), "EvA");
  world.event(message("U2", ts, "rolled back the &lt;config&gt;"), "EvB");  // the same under another event id
  world.event({{"type", "reaction_added"},
               {"user", "U1"},
               {"reaction", "pushpin"},
               {"item_user", "U2"},
               {"item", {{"type", "message"}, {"channel", "C1"}, {"ts", ts}}},
               {"event_ts", ts}});
  EXPECT_THAT(world.command("U1", "timeline"), HasSubstr("Name of U2: rolled back the &lt;config&gt;"));
  world.event({{"type", "message"},
               {"subtype", "message_changed"},
               {"channel", "C1"},
               {"channel_type", "channel"},
               {"hidden", true},
               {"ts", std::to_string(now + 1) + ".000200"},
               {"event_ts", std::to_string(now + 1) + ".000200"},
               {"message",
                {{"type", "message"},
                 {"user", "U2"},
                 {"text", "rolled it back"},
                 {"ts", ts},
                 {"edited", {{"user", "U2"}, {"ts", std::to_string(now + 1) + ".000000"}}}}},
               {"previous_message",
                {{"type", "message"}, {"user", "U2"}, {"text", "rolled back the &lt;config&gt;"}, {"ts", ts}}}});
  EXPECT_THAT(world.command("U1", "timeline"), HasSubstr("Name of U2: rolled it back"));
  // A mistake is answered to the person and changes nothing.
  EXPECT_THAT(world.command("U2", "tga"), HasSubstr("tag"));
}

TEST_P(Workspace, AButtonIsPressedBySomebodyElse) {
  World world(GetParam());
  world.command("U1", "declare sev2 slow");
  world.command("U1", "branch x");
  ASSERT_NE(world.slack.wait_for("cut from v2.4.7").ts, "");
  EXPECT_EQ(world.command("U1", "override ci the runners are down"), "");
  const auto asked = world.slack.wait_for("asks to override");
  ASSERT_NE(asked.ts, "");
  std::string action, value;
  for (const auto& block : asked.blocks)
    if (block["type"] == "actions") {
      action = block["elements"][0]["action_id"];
      value = block["elements"][0].value("value", "");
    }
  world.press("U1", action, value, asked.ts);
  EXPECT_THAT(world.slack.wait_for_ephemeral("a second person must confirm").user, "U1");
  world.press("U2", action, value, asked.ts);
  EXPECT_EQ(world.slack.wait_for("overridden by").ts, asked.ts);
}

TEST_P(Workspace, AnIncidentGetsItsOwnChannel) {
  World world(GetParam());
  EXPECT_THAT(world.command("U1", "declare sev2 slow search --new-channel"), HasSubstr("HF-1 declared"));
  EXPECT_EQ(world.slack.wait_for("HF-1 sev-2").channel, "C900");
  // Commands typed there belong to it.
  EXPECT_THAT(world.command("U1", "note looking", "C900"), HasSubstr("In the timeline at"));
  EXPECT_THAT(world.command("U1", "status", "C1"), HasSubstr("No incident is open in this channel"));
  EXPECT_TRUE(World::eventually([&] { return world.slack.calls("conversations.invite") == 1; }));
}

TEST_P(Workspace, APrivateIncidentIsToldInItsChannelOnly) {
  World world(GetParam(), {.config = [](cli::Config& config) { config.policy.digest = "slack:T1:C7"; }});
  EXPECT_THAT(world.command("U1", "declare sev1 keys leaked --private"), HasSubstr("It goes on in #hf-1-private"));
  EXPECT_THAT(world.command("U2", "declare sev2 slow search"), HasSubstr("HF-2 declared"));
  EXPECT_EQ(world.slack.wait_for("HF-2 sev-2 slow search").channel, "C1");
  EXPECT_TRUE(World::eventually(
      [&] { return std::ranges::any_of(world.slack.posts(), [](const auto& post) { return post.channel == "C7"; }); }));
  EXPECT_EQ(world.slack.wait_for("keys leaked").channel, "C900");
  for (const auto& post : world.slack.posts())
    if (post.text.contains("keys leaked")) EXPECT_EQ(post.channel, "C900");
  EXPECT_THAT(world.command("U2", "list"), HasSubstr("HF-1"));
  EXPECT_THAT(world.command("U2", "list"), ::testing::Not(HasSubstr("keys leaked")));
  EXPECT_THAT(world.command("U2", "HF-1 status"), HasSubstr("HF-1 is private"));
}

TEST_P(Workspace, RepliesInThreadsAreMessagesAndAreAnsweredThere) {
  World world(GetParam());
  auto& slack = world.slack;
  world.command("U1", "declare sev2 slow");
  const auto parent = slack.say("U2", "which queries?");
  const auto reply = slack.say("U1", "those of search", parent["ts"]);
  const auto shown = slack.say("U1", "and of checkout", parent["ts"], true);
  for (const auto& said : {parent, reply, shown}) {
    world.event(said);
    world.event(slack.react(said["ts"], "U1", "pushpin"));
  }
  EXPECT_THAT(world.timeline(), ElementsAre("declared sev-2: slow", "Name of U2: which queries?",
                                            "Alice: those of search", "Alice: and of checkout"));
  world.event(slack.say("U2", "<@U0BOT> status", parent["ts"]));
  EXPECT_EQ(slack.wait_for_ephemeral("HF-1").thread, parent["ts"].get<std::string>());
}

json joined(FakeSlack& slack, const std::string& user, const std::string& channel) {
  return {
      {"type", "member_joined_channel"}, {"user", user}, {"channel", channel}, {"channel_type", "C"}, {"team", "T1"},
      {"event_ts", slack.new_ts()}};
}

TEST_P(Workspace, WhoJoinsIsShownTheStatusAlone) {
  World world(GetParam());
  world.event(joined(world.slack, "U3", "C1"));  // nothing is open there
  world.command("U1", "declare sev2 slow");
  world.event(joined(world.slack, "U0BOT", "C1"));
  world.event(joined(world.slack, "U3", "C2"));
  world.event(joined(world.slack, "U2", "C1"));
  const auto shown = world.slack.wait_for_ephemeral("HF-1 sev-2 slow");
  EXPECT_EQ(shown.user, "U2");
  EXPECT_EQ(shown.channel, "C1");
  EXPECT_EQ(world.slack.ephemerals(), 1u);
}

TEST_P(Workspace, AnArchivedChannelIsOnTheRecordAndARenamedOneGoesOn) {
  World world(GetParam());
  auto& slack = world.slack;
  world.command("U1", "declare sev2 slow");
  world.event({{"type", "channel_rename"},
               {"channel", {{"id", "C1"}, {"name", "another"}, {"created", 1}}},
               {"event_ts", slack.new_ts()}});
  const json archived{{"type", "channel_archive"}, {"channel", "C1"}, {"user", "U2"}, {"event_ts", slack.new_ts()}};
  world.event(archived);
  world.event(archived);
  world.event({{"type", "group_unarchive"}, {"channel", "C1"}, {"actor_id", "U1"}, {"event_ts", slack.new_ts()}});
  EXPECT_THAT(world.timeline(), ElementsAre("declared sev-2: slow", "Name of U2: archived the channel",
                                            "Alice: brought the channel back from the archive"));
}

TEST_P(Workspace, WhatIsNotRecordedInTimeIsAnsweredLater) {
  auto timer = std::make_unique<ManualTimer>();
  auto& time = *timer;
  World world(GetParam(), {.engine_starts = false, .timer = std::move(timer)});
  auto answer = std::async(std::launch::async, [&] { return world.command("U1", "declare sev2 500s on /checkout"); });
  while (answer.wait_for(std::chrono::milliseconds{5}) != std::future_status::ready)
    time.advance(std::chrono::milliseconds{2'500});
  EXPECT_EQ(answer.get(),
            "Not recorded yet: this takes longer than usual. The answer follows here; if none "
            "does within a minute, type it again.");
  world.start_engine();
  EXPECT_THAT(world.slack.wait_for_response("HF-1 declared").text, HasSubstr("HF-1 declared"));
}

INSTANTIATE_TEST_SUITE_P(Modes, Workspace, ::testing::Values(Mode::socket, Mode::http),
                         [](const auto& info) { return info.param == Mode::socket ? "Socket" : "Http"; });

TEST(SlackFailures, APostWhoseAnswerIsLostIsNotRepeated) {
  World world(Mode::socket);
  world.slack.fail_next("chat.postMessage", FakeSlack::Failure::lost_answer);
  world.slack.fail_next("chat.postMessage", FakeSlack::Failure::refused);
  world.command("U1", "declare sev2 slow");
  ASSERT_NE(world.slack.wait_for("HF-1 sev-2").ts, "");  // or the card would be posted late, as it reads in the end
  world.command("U1", "note one");
  world.command("U1", "mitigate rollback v2.4.6 it was fine");
  ASSERT_NE(world.slack.wait_for("chose rollback").ts, "");
  std::map<std::string, int> seen;
  for (const auto& post : world.slack.posts()) ++seen[post.op_id];
  for (const auto& [op, count] : seen) EXPECT_EQ(count, 1) << op;
  EXPECT_EQ(seen.size(), 2u);  // the status card and the choice
}

TEST(SlackFailures, LaterMeansLater) {
  World world(Mode::socket);
  world.slack.fail_next("chat.postMessage", FakeSlack::Failure::rate_limited);
  world.command("U1", "declare sev2 slow");
  EXPECT_NE(world.slack.wait_for("HF-1 sev-2").ts, "");
  EXPECT_EQ(world.slack.calls("chat.postMessage"), 2);
}

TEST(SlackFailures, APinThatIsNotAllowedCostsOnlyThePin) {
  World world(Mode::socket);
  world.slack.fail_next("pins.add", FakeSlack::Failure::missing_scope);
  world.command("U1", "declare sev2 slow");
  EXPECT_NE(world.slack.wait_for("HF-1 sev-2").ts, "");
  EXPECT_EQ(world.slack.posts().size(), 1u);
}

TEST(SlackFailures, AnArchivedChannelIsReportedOnce) {
  std::ostringstream written;
  const auto sink = std::make_shared<spdlog::sinks::ostream_sink_mt>(written);
  sink->set_level(spdlog::level::warn);
  spdlog::default_logger()->sinks().push_back(sink);
  World world(Mode::socket);
  world.command("U1", "declare sev2 slow");
  ASSERT_NE(world.slack.wait_for("HF-1 sev-2").ts, "");
  for (int n = 0; n < 3; ++n) {
    world.slack.fail_next("chat.postMessage", FakeSlack::Failure::archived);
    world.slack.fail_next("chat.update", FakeSlack::Failure::archived);
    world.slack.fail_next("chat.update", FakeSlack::Failure::archived);
  }
  for (const char* what : {"rollback v2.4.6 a", "rollback v2.4.5 b", "rollback v2.4.4 c"})
    world.command("U1", std::string("mitigate ") + what);
  ASSERT_TRUE(World::eventually([&] { return world.slack.calls("chat.postMessage") == 4; }));
  world.end();
  spdlog::default_logger()->sinks().pop_back();
  std::vector<std::string> log;
  std::istringstream lines(written.str());
  for (std::string line; std::getline(lines, line);)
    if (line.contains("is_archived")) log.push_back(line);
  EXPECT_THAT(log, ElementsAre(HasSubstr("unarchive the channel, or use another")));
}

TEST(SlackFailures, TheNextSocketIsOpenBeforeTheOldOneGoes) {
  World world(Mode::socket);
  ASSERT_EQ(world.slack.sockets_opened(), 1);
  world.slack.disconnect(1, "refresh_requested");
  ASSERT_TRUE(world.slack.wait_for_sockets(2));  // both are there
  const json payload{{"command", "/hotfix"}, {"text", "help"},  {"user_id", "U1"},    {"user_name", "n"},
                     {"channel_id", "C1"},   {"team_id", "T1"}, {"trigger_id", "old"}};
  EXPECT_FALSE(world.slack.wait_for_ack(world.slack.send_on(1, "slash_commands", payload)).is_null());
  EXPECT_FALSE(world.slack.wait_for_ack(world.slack.send_on(2, "slash_commands", payload)).is_null());
  ASSERT_TRUE(world.slack.wait_for_sockets(1));
}

TEST(SlackFailures, ASocketThatBreaksIsOpenedAgain) {
  World world(Mode::socket, 2);
  world.slack.cut(1);
  world.slack.cut(2);
  ASSERT_TRUE(world.slack.wait_for_sockets(0) || world.slack.sockets_opened() > 2);
  ASSERT_TRUE(world.slack.wait_for_sockets(2));
  EXPECT_THAT(world.command("U1", "declare sev2 slow"), HasSubstr("HF-1 declared"));
}

TEST(SlackFailures, ARedeliveredCommandGetsTheFirstAnswer) {
  World world(Mode::socket);
  const json payload{{"command", "/hotfix"}, {"text", "declare sev2 slow"}, {"user_id", "U1"},
                     {"user_name", "n"},     {"channel_id", "C1"},          {"team_id", "T1"},
                     {"trigger_id", "once"}};
  const auto first = world.slack.wait_for_ack(world.slack.send("slash_commands", payload));
  const auto again = world.slack.wait_for_ack(world.slack.send("slash_commands", payload));
  EXPECT_EQ(first["payload"], again["payload"]);
  EXPECT_THAT(first["payload"]["text"], HasSubstr("HF-1 declared"));
}

TEST(SlackHttp, OnlySlackIsBelieved) {
  World world(Mode::http);
  EXPECT_EQ(world.post("/slack/commands", "application/x-www-form-urlencoded", "command=%2Fhotfix", "v0=00").status,
            401);
  EXPECT_EQ(world.post("/slack/events", "application/json", "{").status, 400);
  const auto challenge =
      world.post("/slack/events", "application/json", R"({"type":"url_verification","token":"t","challenge":"c-1"})");
  EXPECT_EQ(challenge.status, 200);
  EXPECT_EQ(challenge.body, "c-1");
  EXPECT_EQ(world.post("/slack/commands", "application/x-www-form-urlencoded", "ssl_check=1&token=t", "").status, 200);
}

}  // namespace
}  // namespace hotfixd::testing
