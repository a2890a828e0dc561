// The whole bot against a Slack of our own: commands, messages, reactions and buttons come in over both ways, posts go
// out, and what Slack does wrong is survived.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/hmac.h>
#include <unistd.h>

#include <filesystem>

#include "bot/cli/compose.hpp"
#include "integrations/git/demo.hpp"
#include "tests/slack/fake_slack.hpp"

namespace hotfixd::testing {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

cli::Secret secret(const char* text) { return {text, "env:TEST"}; }

enum class Mode { socket, http };

class World {
 public:
  explicit World(Mode mode, int connections = 1) : mode_(mode) {
    char path[] = "/tmp/hotfixd-slack-XXXXXX";
    dir_ = ::mkdtemp(path);
    EXPECT_TRUE(git::create_demo(dir_));
    config_ = cli::demo_config(dir_);
    config_.slack.bot_token = secret("xoxb-test");
    config_.slack.api_url = slack.api_url();
    config_.slack.connections = connections;
    if (mode == Mode::socket)
      config_.slack.app_token = secret("xapp-test");
    else
      config_.slack.signing_secret = secret("shh");
    config_.policy.people = {{.person = {"alice", "Alice"}, .zone = {}, .github = {}, .slack = "U1"}};
    auto bot = cli::make_bot(config_);
    if (!bot) throw std::runtime_error(bot.error().what);
    bot_ = std::make_unique<cli::Bot>(std::move(*bot));
    in_ = std::make_unique<cli::SlackIn>(config_, *bot_->slack.api, *bot_->engine, *bot_->clock, *bot_->ids);
    if (mode == Mode::http) {
      server_ = std::move(*net::listen({}, in_->routes()));
      server_->start();
      client_ = std::move(*net::create_http_client({}));
    }
    bot_->engine->start();
    EXPECT_TRUE(in_->start());
    if (mode == Mode::socket) EXPECT_TRUE(slack.wait_for_sockets(connections));
  }
  ~World() {
    if (server_) server_->stop(std::chrono::milliseconds{0});
    in_->stop();
    bot_->engine->stop();
    EXPECT_THAT(slack.violations(), IsEmpty());
    in_.reset();
    bot_.reset();
    fs::remove_all(dir_);
  }

  // What Slack would show the person: the text of the answer.
  std::string command(const std::string& user, const std::string& text, const std::string& channel = "C1") {
    const auto trigger = std::to_string(++triggers_);
    if (mode_ == Mode::socket) {
      const auto ack = slack.wait_for_ack(slack.send("slash_commands", {{"command", "/hotfix"},
                                                                        {"text", text},
                                                                        {"user_id", user},
                                                                        {"user_name", "n-" + user},
                                                                        {"channel_id", channel},
                                                                        {"channel_name", "incidents"},
                                                                        {"team_id", "T1"},
                                                                        {"team_domain", "acme"},
                                                                        {"response_url", "https://hooks.slack.com/x"},
                                                                        {"trigger_id", trigger}}));
      return ack.is_null() ? "no answer" : ack.value("payload", json::object()).value("text", "");
    }
    const auto answer = post("/slack/commands", "application/x-www-form-urlencoded",
                             "command=%2Fhotfix&text=" + escaped(text) + "&user_id=" + user + "&user_name=n-" + user +
                                 "&channel_id=" + channel + "&channel_name=incidents&team_id=T1&team_domain=acme" +
                                 "&response_url=https%3A%2F%2Fhooks.slack.com%2Fx&trigger_id=" + trigger);
    if (answer.status != 200) return std::to_string(answer.status);
    return answer.body.empty() ? "" : json::parse(answer.body).value("text", "");
  }

  // An event of the Events API, acknowledged.
  void event(json event, std::string event_id = {}) {
    if (event_id.empty()) event_id = "Ev" + std::to_string(++events_);
    const json payload{{"type", "event_callback"}, {"team_id", "T1"},          {"api_app_id", "A1"},
                       {"event_id", event_id},     {"event_time", 1794690000}, {"event", std::move(event)}};
    if (mode_ == Mode::socket)
      EXPECT_FALSE(slack.wait_for_ack(slack.send("events_api", payload)).is_null());
    else
      EXPECT_EQ(post("/slack/events", "application/json", payload.dump()).status, 200);
  }

  void press(const std::string& user, const std::string& action, const std::string& value, const std::string& ts) {
    const json payload{
        {"type", "block_actions"},
        {"team", {{"id", "T1"}, {"domain", "acme"}}},
        {"user", {{"id", user}, {"username", "n-" + user}, {"team_id", "T1"}}},
        {"channel", {{"id", "C1"}, {"name", "incidents"}}},
        {"container", {{"type", "message"}, {"message_ts", ts}, {"channel_id", "C1"}, {"is_ephemeral", false}}},
        {"message", {{"ts", ts}}},
        {"trigger_id", std::to_string(++triggers_)},
        {"actions", json::array({{{"action_id", action},
                                  {"block_id", "b"},
                                  {"type", "button"},
                                  {"value", value},
                                  {"action_ts", std::to_string(++triggers_)}}})}};
    if (mode_ == Mode::socket)
      EXPECT_FALSE(slack.wait_for_ack(slack.send("interactive", payload)).is_null());
    else
      EXPECT_EQ(
          post("/slack/interactions", "application/x-www-form-urlencoded", "payload=" + escaped(payload.dump())).status,
          200);
  }

  net::ClientResponse post(const std::string& path, const std::string& type, const std::string& body,
                           std::optional<std::string> signature = {}) {
    const auto now =
        std::to_string(std::chrono::duration_cast<std::chrono::seconds>(bot_->clock->now().time_since_epoch()).count());
    net::ClientRequest request;
    request.method = "POST";
    request.url = "http://127.0.0.1:" + std::to_string(server_->port()) + path;
    request.headers = {{"Content-Type", type},
                       {"X-Slack-Request-Timestamp", now},
                       {"X-Slack-Signature", signature.value_or(sign("v0:" + now + ":" + body))}};
    request.body = body;
    auto answer = client_->send(request);
    return answer ? *answer : net::ClientResponse{};
  }

  FakeSlack slack;

 private:
  static std::string sign(const std::string& text) {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    ::HMAC(::EVP_sha256(), "shh", 3, reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest, &size);
    std::string hex = "v0=";
    for (unsigned n = 0; n < size; ++n) {
      hex += "0123456789abcdef"[digest[n] >> 4];
      hex += "0123456789abcdef"[digest[n] & 15];
    }
    return hex;
  }
  static std::string escaped(const std::string& text) {
    std::string out;
    for (const char ch : text) {
      out += '%';
      out += "0123456789ABCDEF"[static_cast<unsigned char>(ch) >> 4];
      out += "0123456789ABCDEF"[static_cast<unsigned char>(ch) & 15];
    }
    return out;
  }

  Mode mode_;
  std::string dir_;
  cli::Config config_;
  std::unique_ptr<cli::Bot> bot_;
  std::unique_ptr<cli::SlackIn> in_;
  std::unique_ptr<net::HttpServer> server_;
  std::unique_ptr<net::HttpClient> client_;
  int triggers_ = 0, events_ = 0;
};

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
