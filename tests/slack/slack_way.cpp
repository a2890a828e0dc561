#include "tests/slack/slack_way.hpp"

#include <fmt/format.h>

#include <atomic>

#include "bot/store/random_ids.hpp"
#include "integrations/slack/outbound.hpp"
#include "tests/slack/manual_timer.hpp"

namespace hotfixd::testing {
namespace {

using nlohmann::json;
using Outcome = cli::ReplayWay::Outcome;
using Failure = std::unexpected<std::string>;

// Channels by the order in which the stories name them.
const std::vector<std::string> kChannels{"#incidents", "#other"};

std::string slack_channel(const std::string& in) {
  for (std::size_t n = 0; n < kChannels.size(); ++n)
    if (kChannels[n] == in) return "C" + std::to_string(n + 1);
  throw std::logic_error("a story's channel without an id: " + in);
}

std::string member(const std::string& name) {
  std::string id = "U";
  for (const char ch : name) id += ch >= 'a' && ch <= 'z' ? static_cast<char>(ch - 'a' + 'A') : ch;
  return id;
}

std::string escaped_text(const std::string& text) {
  std::string out;
  for (const char ch : text) out += ch == '&' ? "&amp;" : ch == '<' ? "&lt;" : ch == '>' ? "&gt;" : std::string(1, ch);
  return out;
}

std::string form(const std::vector<std::pair<std::string, std::string>>& fields) {
  std::string out;
  for (const auto& [name, value] : fields) {
    out += (out.empty() ? "" : "&") + name + "=";
    for (const char ch : value) out += fmt::format("%{:02X}", static_cast<unsigned char>(ch));
  }
  return out;
}

class SlackWay final : public cli::ReplayWay {
 public:
  SlackWay(cli::Config& config, const Clock& clock, Mode mode, std::vector<std::string>& violations)
      : config_(config), clock_(clock), mode_(mode), violations_(violations), ids_(store::seeded_ids(2)) {
    config.slack.bot_token = secret("xoxb-test");
    config.slack.api_url = slack_.api_url();
    config.slack.connections = 1;
    if (mode == Mode::socket)
      config.slack.app_token = secret("xapp-test");
    else
      config.slack.signing_secret = secret("shh");
    for (const char* name : {"alice", "bob", "carol", "dave", "erin"}) {
      const auto known = std::ranges::find_if(config.policy.people, [&](const auto& p) { return p.person.id == name; });
      if (known != config.policy.people.end())
        known->slack = member(name);
      else
        config.policy.people.push_back({.person = {name, name}, .zone = {}, .github = {}, .slack = member(name)});
    }
    out_ = cli::make_slack(config, clock).value();
    platform_ = slack::create_platform(*out_.api, *out_.groups, config.policy, {.instance = "story", .report = {}});
  }
  ~SlackWay() override {
    if (server_) server_->stop(std::chrono::milliseconds{0});
    if (in_) in_->stop();
    violations_ = slack_.violations();
  }

  ChatPlatform& platform() override { return *platform_; }

  void meet(Engine& engine, std::function<Outcome()> settle) override {
    settle_ = std::move(settle);
    in_ = std::make_unique<cli::SlackIn>(config_, out_, engine, clock_, *ids_, std::make_unique<ManualTimer>());
    if (mode_ == Mode::http) {
      server_ = std::move(*net::listen({}, in_->routes()));
      server_->start();
      client_ = std::move(*net::create_http_client({}));
    }
    if (!in_->start()) throw std::runtime_error("the way in from Slack cannot be opened");
    if (mode_ == Mode::socket && !slack_.wait_for_sockets(1)) throw std::runtime_error("no socket was opened");
    if (!World::eventually([&] { return !in_->intake().self().user.empty(); }))
      throw std::runtime_error("the bot does not know itself");
  }

  Outcome bring(const cli::ReplayStep& s, const Person& who, decltype(Delivery::what) what) override {
    return std::visit([&](const auto& w) { return bring_one(s, who, w); }, what);
  }

  std::optional<Button> button(const ChannelId& channel, const std::string& id) const override {
    for (const bool by_label : {false, true})
      if (const auto found = find_button(channel, [&](const json& element) {
            return by_label ? element["text"]["text"] == id
                            : slack::button_id(element["action_id"].get<std::string>()) == id;
          }))
        return Button{std::string(slack::button_id(found->second["action_id"].get<std::string>())),
                      found->second["text"]["text"], found->second.value("value", ""), false};
    return std::nullopt;
  }

 private:
  using Found = std::optional<std::pair<FakeSlack::Post, json>>;
  Found find_button(const ChannelId& channel, const std::function<bool(const json&)>& wanted) const {
    const auto posts = slack_.posts();
    for (auto post = posts.rbegin(); post != posts.rend(); ++post) {
      if (post->channel != slack_channel(channel)) continue;
      for (const auto& block : post->blocks)
        if (block["type"] == "actions")
          for (const auto& element : block["elements"])
            if (wanted(element)) return std::pair{*post, element};
    }
    return std::nullopt;
  }

  // The step's own time, and unique.
  std::string stamp(Time at) {
    last_ = std::max(last_ + std::chrono::microseconds{1}, at);
    const auto micros = last_.time_since_epoch().count();
    return fmt::format("{}.{:06}", micros / 1'000'000, micros % 1'000'000);
  }

  Outcome bring_one(const cli::ReplayStep& s, const Person& who, const Delivery::CommandLine& line) {
    std::string text = escaped_text(line.text);
    for (const auto& p : config_.policy.people)  // as Slack writes a mention, see should_escape in the manifest
      for (auto at = text.find(" @" + p.person.id); at != std::string::npos;
           at = text.find(" @" + p.person.id, at + 1)) {
        const auto end = at + 2 + p.person.id.size();
        if (end < text.size() && text[end] != ' ' && text[end] != ',') continue;
        text.replace(at, end - at, fmt::format(" <@{}|{}>", p.slack, p.person.id));
      }
    const json fields{{"command", "/hotfix"},
                      {"text", text},
                      {"user_id", member(who.id)},
                      {"user_name", who.id},
                      {"channel_id", slack_channel(s.in)},
                      {"channel_name", s.in.substr(1)},
                      {"team_id", "T1"},
                      {"team_domain", "acme"},
                      {"api_app_id", "A1"},
                      {"response_url", slack_.response_url()},
                      {"trigger_id", fmt::format("trigger-{}", s.line)}};
    if (mode_ == Mode::socket) return send("slash_commands", fields);
    std::vector<std::pair<std::string, std::string>> pairs;
    for (const auto& [name, value] : fields.items()) pairs.emplace_back(name, value);
    return post("/slack/commands", "application/x-www-form-urlencoded", form(pairs));
  }
  Outcome bring_one(const cli::ReplayStep& s, const Person& who, const chat::Said& said) {
    const auto ts = messages_[said.id] = stamp(s.at);
    json message{{"type", "message"}, {"text", escaped_text(said.text)}, {"ts", ts}};
    if (config_.policy.is_alert_source(who)) {  // an app of its own
      message["subtype"] = "bot_message";
      message["bot_id"] = "B" + member(who.id).substr(1);
      message["username"] = who.name;
    } else {
      message["user"] = member(who.id);
    }
    written_[said.id] = message;
    message.update({{"channel", slack_channel(s.in)}, {"channel_type", "channel"}, {"event_ts", ts}});
    return event(s, message);
  }
  Outcome bring_one(const cli::ReplayStep& s, const Person&, const chat::Edited& edited) {
    auto& message = written_.at(edited.id);
    const json before = message;
    const auto at = stamp(s.at);
    message["text"] = escaped_text(edited.text);
    message["edited"] = {{"user", message.value("user", "")}, {"ts", at}};
    return event(s, {{"type", "message"},
                     {"subtype", "message_changed"},
                     {"hidden", true},
                     {"channel", slack_channel(s.in)},
                     {"channel_type", "channel"},
                     {"ts", at},
                     {"event_ts", at},
                     {"message", message},
                     {"previous_message", before}});
  }
  Outcome bring_one(const cli::ReplayStep& s, const Person&, const chat::Deleted& deleted) {
    const auto at = stamp(s.at);
    return event(s, {{"type", "message"},
                     {"subtype", "message_deleted"},
                     {"hidden", true},
                     {"channel", slack_channel(s.in)},
                     {"channel_type", "channel"},
                     {"ts", at},
                     {"event_ts", at},
                     {"deleted_ts", messages_.at(deleted.id)},
                     {"previous_message", written_.at(deleted.id)}});
  }
  Outcome bring_one(const cli::ReplayStep& s, const Person& who, const chat::Reacted& reacted) {
    return event(s,
                 {{"type", reacted.added ? "reaction_added" : "reaction_removed"},
                  {"user", member(who.id)},
                  {"reaction", reacted.reaction},
                  {"item_user", written_.at(reacted.id).value("user", "")},
                  {"item", {{"type", "message"}, {"channel", slack_channel(s.in)}, {"ts", messages_.at(reacted.id)}}},
                  {"event_ts", stamp(s.at)}});
  }
  Outcome bring_one(const cli::ReplayStep& s, const Person& who, const chat::Pressed& pressed) {
    const auto found = find_button(s.in, [&](const json& element) {
      return slack::button_id(element["action_id"].get<std::string>()) == pressed.button &&
             element.value("value", "") == pressed.value;
    });
    if (!found) return Failure("no message has that button");
    const auto& [message, element] = *found;
    const json payload{
        {"type", "block_actions"},
        {"team", {{"id", "T1"}, {"domain", "acme"}}},
        {"user", {{"id", member(who.id)}, {"username", who.id}, {"team_id", "T1"}}},
        {"channel", {{"id", message.channel}, {"name", s.in.substr(1)}}},
        {"container",
         {{"type", "message"}, {"message_ts", message.ts}, {"channel_id", message.channel}, {"is_ephemeral", false}}},
        {"message", {{"ts", message.ts}}},
        {"api_app_id", "A1"},
        {"response_url", slack_.response_url()},
        {"trigger_id", fmt::format("trigger-{}", s.line)},
        {"actions", json::array({{{"action_id", element["action_id"]},
                                  {"block_id", "b"},
                                  {"type", "button"},
                                  {"value", pressed.value},
                                  {"action_ts", stamp(s.at)}}})}};
    if (mode_ == Mode::socket) return send("interactive", payload);
    return post("/slack/interactions", "application/x-www-form-urlencoded", form({{"payload", payload.dump()}}));
  }
  template <typename Other>
  Outcome bring_one(const cli::ReplayStep&, const Person&, const Other&) {
    return Failure("a story has no such step");
  }

  Outcome event(const cli::ReplayStep& s, json event) {
    const auto payload = event_callback(std::move(event), fmt::format("Ev{}", s.line),
                                        std::chrono::duration_cast<Seconds>(s.at.time_since_epoch()).count());
    return mode_ == Mode::socket ? send("events_api", payload)
                                 : post("/slack/events", "application/json", payload.dump());
  }

  // The engine has no thread of its own here: it works while Slack waits.
  Outcome send(const std::string& type, const json& payload) {
    const auto envelope = slack_.send(type, payload);
    return drive([&] { return slack_.acknowledged(envelope); });
  }
  Outcome post(const std::string& path, const std::string& type, const std::string& body) {
    const auto now = std::to_string(std::chrono::duration_cast<Seconds>(clock_.now().time_since_epoch()).count());
    net::ClientRequest request;
    request.method = "POST";
    request.url = "http://127.0.0.1:" + std::to_string(server_->port()) + path;
    request.headers = {{"Content-Type", type},
                       {"X-Slack-Request-Timestamp", now},
                       {"X-Slack-Signature", World::sign("v0:" + now + ":" + body)}};
    request.body = body;
    auto status = std::make_shared<std::atomic<int>>(0);
    client_->send(request, [status](const net::SendResult& answer) { *status = answer ? answer->status : -1; });
    if (auto done = drive([&] { return *status != 0; }); !done) return done;
    if (*status != 200) return Failure(fmt::format("{} was answered with {}", path, status->load()));
    return {};
  }
  Outcome drive(const std::function<bool()>& done) {
    for (int n = 0; n < 20'000; ++n) {
      if (auto settled = settle_(); !settled) return settled;
      if (done()) return settle_();
      std::this_thread::sleep_for(std::chrono::microseconds{500});
    }
    return Failure("Slack was not answered within ten seconds");
  }

  cli::Config& config_;
  const Clock& clock_;
  const Mode mode_;
  std::vector<std::string>& violations_;
  FakeSlack slack_;
  std::unique_ptr<IdSource> ids_;
  cli::SlackOut out_;
  std::unique_ptr<ChatPlatform> platform_;
  std::function<Outcome()> settle_;
  std::unique_ptr<cli::SlackIn> in_;
  std::unique_ptr<net::HttpServer> server_;
  std::unique_ptr<net::HttpClient> client_;
  Time last_{};
  std::map<MessageId, std::string> messages_;  // the replay's id -> ts
  std::map<MessageId, json> written_;
};

}  // namespace

cli::MakeWay slack_way(Mode mode, std::vector<std::string>& violations) {
  return [mode, &violations](cli::Config& config, const Clock& clock) {
    return std::make_unique<SlackWay>(config, clock, mode, violations);
  };
}

std::string with_story_names(std::string state) {
  for (const auto& name : kChannels)
    for (const auto& id = "slack:T1:" + slack_channel(name); state.contains(id);)
      state.replace(state.find(id), id.size(), name);
  return state;
}

}  // namespace hotfixd::testing
