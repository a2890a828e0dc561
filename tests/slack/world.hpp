// The whole bot against a Slack of our own, in either way that Slack can talk to it.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/hmac.h>
#include <unistd.h>

#include <filesystem>
#include <sstream>
#include <thread>

#include "bot/cli/compose.hpp"
#include "integrations/git/demo.hpp"
#include "tests/slack/fake_slack.hpp"

namespace hotfixd::testing {

inline cli::Secret secret(const char* text) { return {text, "env:TEST"}; }

// An event of the Events API as the bot's installation in T1 gets it; `at`: seconds since 1970.
inline nlohmann::json event_callback(nlohmann::json event, const std::string& id, std::int64_t at = 1794690000) {
  return {{"type", "event_callback"},
          {"authorizations", nlohmann::json::array({{{"enterprise_id", nullptr},
                                                     {"team_id", "T1"},
                                                     {"user_id", "U0BOT"},
                                                     {"is_bot", true},
                                                     {"is_enterprise_install", false}}})},
          {"team_id", "T1"},
          {"api_app_id", "A1"},
          {"event_id", id},
          {"event_time", at},
          {"event", std::move(event)}};
}

enum class Mode { socket, http };

class World {
 public:
  struct Options {
    int connections = 1;
    bool engine_starts = true;                 // false: nothing is committed before start_engine()
    std::unique_ptr<slack::Timer> timer = {};  // none: real time
    std::function<void(cli::Config&)> config = {};
  };
  explicit World(Mode mode, int connections = 1) : World(mode, Options{.connections = connections}) {}
  World(Mode mode, Options options) : mode_(mode) {
    char path[] = "/tmp/hotfixd-slack-XXXXXX";
    dir_ = ::mkdtemp(path);
    EXPECT_TRUE(git::create_demo(dir_));
    config_ = cli::demo_config(dir_);
    config_.slack.bot_token = secret("xoxb-test");
    config_.slack.api_url = slack.api_url();
    config_.slack.connections = options.connections;
    if (mode == Mode::socket)
      config_.slack.app_token = secret("xapp-test");
    else
      config_.slack.signing_secret = secret("shh");
    config_.policy.people = {{.person = {"alice", "Alice"}, .zone = {}, .github = {}, .slack = "U1"}};
    if (options.config) options.config(config_);
    timer_ = std::move(options.timer);
    engine_starts_ = options.engine_starts;
    begin();
  }
  ~World() {
    end();
    EXPECT_THAT(slack.violations(), ::testing::IsEmpty());
    std::filesystem::remove_all(dir_);
  }

  // The process ends, and is started again later.
  void end() {
    if (!bot_) return;
    if (server_) server_->stop(std::chrono::milliseconds{0});
    in_->stop();
    bot_->engine->stop();
    in_.reset();
    bot_.reset();
  }
  void begin() {
    auto bot = cli::make_bot(config_);
    if (!bot) throw std::runtime_error(bot.error().what);
    bot_ = std::make_unique<cli::Bot>(std::move(*bot));
    in_ =
        std::make_unique<cli::SlackIn>(config_, bot_->slack, *bot_->engine, *bot_->clock, *bot_->ids, std::move(timer_),
                                       slack::CatchUpOptions{.between = std::chrono::milliseconds{0},
                                                             .first_retry = std::chrono::milliseconds{100},
                                                             .live = Seconds{0}});
    if (mode_ == Mode::http) {
      server_ = std::move(*net::listen({}, in_->routes()));
      server_->start();
      client_ = std::move(*net::create_http_client({}));
    }
    if (engine_starts_) start_engine();
    EXPECT_TRUE(in_->start());
    EXPECT_TRUE(eventually([&] { return !in_->intake().self().user.empty(); }));
    if (mode_ == Mode::socket) EXPECT_TRUE(slack.wait_for_sockets(config_.slack.connections));
  }
  // Within ten seconds.
  static bool eventually(const std::function<bool()>& it) {
    for (int n = 0; n < 200; ++n) {
      if (it()) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds{50});
    }
    return false;
  }
  // The channel has been compared with Slack's history this often since begin().
  bool wait_caught_up(std::uint64_t times) {
    return eventually([&] { return in_->caught_up() >= times; });
  }
  // The timeline without its heading and times, as U1 sees it.
  std::vector<std::string> timeline(const std::string& channel = "C1") {
    std::vector<std::string> lines;
    std::istringstream in(command("U1", "timeline", channel));
    for (std::string line; std::getline(in, line);)
      if (const auto time = line.find("> "); time != std::string::npos && line.contains("<!date")) {
        lines.push_back(line.substr(time + 2));
        if (lines.size() == 1 && line.contains("timeline")) lines.pop_back();
      }
    return lines;
  }

  void start_engine() { bot_->engine->start(); }
  cli::Bot& bot() { return *bot_; }
  const cli::Config& config() const { return config_; }

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
                                                                        {"response_url", slack.response_url()},
                                                                        {"trigger_id", trigger}}));
      return ack.is_null() ? "no answer" : ack.value("payload", nlohmann::json::object()).value("text", "");
    }
    const auto answer = post("/slack/commands", "application/x-www-form-urlencoded",
                             "command=%2Fhotfix&text=" + escaped(text) + "&user_id=" + user + "&user_name=n-" + user +
                                 "&channel_id=" + channel + "&channel_name=incidents&team_id=T1&team_domain=acme" +
                                 "&response_url=" + escaped(slack.response_url()) + "&trigger_id=" + trigger);
    if (answer.status != 200) return std::to_string(answer.status);
    return answer.body.empty() ? "" : nlohmann::json::parse(answer.body).value("text", "");
  }

  // An event of the Events API, acknowledged.
  void event(nlohmann::json event, std::string event_id = {}) {
    if (event_id.empty()) event_id = "Ev" + std::to_string(++events_);
    const auto payload = event_callback(std::move(event), event_id);
    if (mode_ == Mode::socket)
      EXPECT_FALSE(slack.wait_for_ack(slack.send("events_api", payload)).is_null());
    else
      EXPECT_EQ(post("/slack/events", "application/json", payload.dump()).status, 200);
  }

  // As Slack does: again, under another envelope, until it is acknowledged.
  bool deliver(const nlohmann::json& event) {
    const auto payload = event_callback(event, "Ev" + std::to_string(++events_));
    if (mode_ == Mode::http)
      return eventually([&] { return post("/slack/events", "application/json", payload.dump()).status == 200; });
    std::vector<std::string> envelopes;
    return eventually([&] {
      envelopes.push_back(slack.send("events_api", payload));
      for (int n = 0; n < 10; ++n) {
        for (const auto& envelope : envelopes)
          if (slack.acknowledged(envelope)) return true;
        std::this_thread::sleep_for(std::chrono::milliseconds{20});
      }
      return false;
    });
  }
  // The body of a request, or the frame that it would be: neither needs to make sense.
  void send_junk(const std::string& body) {
    if (mode_ == Mode::socket)
      slack.send_raw(body);
    else
      EXPECT_NE(post("/slack/events", "application/json", body).status, 500);
  }
  const slack::Intake& intake() const { return in_->intake(); }

  // An interaction: what its acknowledgement carries, null when nothing.
  nlohmann::json interact(nlohmann::json payload) {
    payload["team"] = {{"id", "T1"}, {"domain", "acme"}};
    payload["api_app_id"] = "A1";
    if (!payload.contains("trigger_id")) payload["trigger_id"] = std::to_string(++triggers_);
    if (mode_ == Mode::socket) {
      const auto ack = slack.wait_for_ack(slack.send("interactive", payload));
      EXPECT_FALSE(ack.is_null());
      return ack.value("payload", nlohmann::json{});
    }
    const auto answer =
        post("/slack/interactions", "application/x-www-form-urlencoded", "payload=" + escaped(payload.dump()));
    EXPECT_EQ(answer.status, 200);
    return answer.body.empty() ? nlohmann::json{} : nlohmann::json::parse(answer.body);
  }

  static nlohmann::json user(const std::string& id) { return {{"id", id}, {"username", "n-" + id}, {"team_id", "T1"}}; }

  void press(const std::string& user_id, const std::string& action, const std::string& value, const std::string& ts) {
    interact({{"type", "block_actions"},
              {"user", user(user_id)},
              {"channel", {{"id", "C1"}, {"name", "incidents"}}},
              {"container", {{"type", "message"}, {"message_ts", ts}, {"channel_id", "C1"}, {"is_ephemeral", false}}},
              {"message", {{"ts", ts}}},
              {"actions", nlohmann::json::array({{{"action_id", action},
                                                  {"block_id", "b"},
                                                  {"type", "button"},
                                                  {"value", value},
                                                  {"action_ts", std::to_string(++triggers_)}}})}});
  }

  // Sends the view as it was shown, with these values in its fields: a text or a list of chosen values.
  nlohmann::json submit(const std::string& user_id, const FakeSlack::Shown& shown,
                        const std::map<std::string, nlohmann::json>& fields) {
    nlohmann::json values = nlohmann::json::object();
    for (const auto& block : shown.view["blocks"]) {
      const auto& element = block["element"];
      const std::string type = element["type"], id = block["block_id"];
      const auto found = fields.find(id);
      nlohmann::json value{{"type", type}};
      const auto option = [](const nlohmann::json& chosen) {
        return nlohmann::json{{"text", {{"type", "plain_text"}, {"text", "shown"}}}, {"value", chosen}};
      };
      if (type == "plain_text_input") {
        value["value"] = found != fields.end() ? found->second : element.value("initial_value", nlohmann::json{});
      } else if (type == "static_select") {
        value["selected_option"] =
            found != fields.end() ? option(found->second) : element.value("initial_option", nlohmann::json{});
      } else {
        value["selected_options"] = element.value("initial_options", nlohmann::json::array());
        if (found != fields.end()) {
          value["selected_options"] = nlohmann::json::array();
          for (const auto& chosen : found->second) value["selected_options"].push_back(option(chosen));
        }
      }
      values[id] = {{element["action_id"].get<std::string>(), std::move(value)}};
    }
    return interact({{"type", "view_submission"},
                     {"user", user(user_id)},
                     {"view",
                      {{"id", shown.id},
                       {"type", "modal"},
                       {"callback_id", shown.view["callback_id"]},
                       {"private_metadata", shown.view["private_metadata"]},
                       {"hash", "1.a"},
                       {"app_installed_team_id", "T1"},
                       {"state", {{"values", std::move(values)}}}}}});
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

  // The signature of a request whose secret is "shh".
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

  FakeSlack slack;

 private:
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
  std::unique_ptr<slack::Timer> timer_;
  bool engine_starts_ = true;
  std::string dir_;
  cli::Config config_;
  std::unique_ptr<cli::Bot> bot_;
  std::unique_ptr<cli::SlackIn> in_;
  std::unique_ptr<net::HttpServer> server_;
  std::unique_ptr<net::HttpClient> client_;
  int triggers_ = 0, events_ = 0;
};

}  // namespace hotfixd::testing
