#include "tests/slack/fake_slack.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/sha.h>

#include <stdexcept>

#include "integrations/common/form.hpp"
#include "tests/slack/check_view.hpp"
#include "tests/slack/slack_arguments.hpp"

namespace hotfixd::testing {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

constexpr auto kPatience = 10s;

struct Method {
  std::set<std::string> needed, allowed;
  bool json_only = false;
};

// Arguments by docs.slack.dev, the page of each method.
const std::map<std::string, Method>& methods() {
  static const std::map<std::string, Method> all{
      {"auth.test", {}},
      {"apps.connections.open", {}},
      {"apps.manifest.export", {{"app_id"}, {}}},
      {"bots.info", {{}, {"bot", "team_id"}}},
      {"users.info", {{"user"}, {"include_locale"}}},
      {"chat.postMessage",
       {{"channel", "text"},
        {"blocks", "metadata", "mrkdwn", "parse", "link_names", "thread_ts", "reply_broadcast", "unfurl_links",
         "unfurl_media", "username", "icon_emoji", "icon_url", "attachments", "as_user", "markdown_text"}}},
      {"chat.update",
       {{"channel", "ts"},
        {"text", "blocks", "metadata", "parse", "link_names", "attachments", "as_user", "reply_broadcast", "file_ids",
         "markdown_text"}}},
      {"chat.postEphemeral",
       {{"channel", "user"},
        {"text", "blocks", "parse", "link_names", "thread_ts", "attachments", "as_user", "username", "icon_emoji",
         "icon_url", "markdown_text", "metadata"}}},
      {"views.open", {{"trigger_id", "view"}, {}}},
      {"views.publish", {{"user_id", "view"}, {"hash"}}},
      {"pins.add", {{"channel", "timestamp"}, {}}},
      {"conversations.create", {{"name"}, {"is_private", "team_id"}}},
      {"conversations.setTopic", {{"channel", "topic"}, {}}},
      {"conversations.archive", {{"channel"}, {}}},
      {"conversations.join", {{"channel"}, {}}},
      {"conversations.invite", {{"channel", "users"}, {"force"}}},
      {"bookmarks.list", {{}, {"channel_id"}}},
      {"bookmarks.add", {{"title", "type"}, {"channel_id", "link", "emoji", "entity_id", "access_level", "parent_id"}}},
      {"usergroups.list", {{}, {"include_count", "include_disabled", "include_users", "team_id"}}},
      {"conversations.list", {{}, {"types", "exclude_archived", "limit", "cursor", "team_id"}}},
      {"conversations.history",
       {{"channel"}, {"limit", "cursor", "include_all_metadata", "inclusive", "latest", "oldest"}}},
      {"conversations.replies",
       {{"channel", "ts"}, {"limit", "cursor", "include_all_metadata", "inclusive", "latest", "oldest"}}},
      {"pins.list", {{"channel"}, {}}},
  };
  return all;
}

std::string accept_key(const std::string& key) {
  const std::string text = key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";  // RFC 6455, 1.3
  unsigned char digest[SHA_DIGEST_LENGTH];
  ::SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest);
  std::string out(64, '\0');
  out.resize(static_cast<std::size_t>(
      ::EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()), digest, SHA_DIGEST_LENGTH)));
  return out;
}

std::string frame_of(unsigned char opcode, const std::string& text) {
  std::string frame{static_cast<char>(0x80 | opcode)};
  if (text.size() < 126) {
    frame += static_cast<char>(text.size());
  } else if (text.size() < 65536) {
    frame += static_cast<char>(126);
    frame += static_cast<char>(text.size() >> 8);
    frame += static_cast<char>(text.size() & 0xFF);
  } else {
    frame += static_cast<char>(127);
    for (int shift = 56; shift >= 0; shift -= 8) frame += static_cast<char>((text.size() >> shift) & 0xFF);
  }
  return frame + text;
}

bool read_all(test::Peer& peer, char* into, std::size_t size) {
  while (size > 0) {
    const auto n = peer.read(into, size);
    if (n <= 0) return false;
    into += n;
    size -= static_cast<std::size_t>(n);
  }
  return true;
}

}  // namespace

FakeSlack::FakeSlack() {
  next_ts_ = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch())
                 .count();
  up();
}

FakeSlack::~FakeSlack() {
  timer_->stop();
  if (api_) api_->stop(0ms);
  socket_server_.reset();
}

std::vector<net::Route> FakeSlack::routes() {
  std::vector<net::Route> routes;
  for (const auto& [method, shape] : methods())
    routes.push_back(
        {"POST", "/api/" + method, 1024 * 1024, [this, name = method](net::HttpRequest request, net::Respond respond) {
           answer(name, request, std::move(respond));
         }});
  routes.push_back({"POST", "/response", 1024 * 1024, [this](net::HttpRequest request, net::Respond respond) {
                      answer_response(request, std::move(respond));
                    }});
  return routes;
}

void FakeSlack::up() {
  socket_server_ = std::make_unique<test::ScriptServer>([this](test::Peer& peer, int) {
    int number = 0;
    {
      const std::lock_guard lock(mutex_);
      number = ++connections_;
    }
    serve_socket(peer, number);
  });
  net::ListenOptions options;
  options.port = port_;
  auto api = net::listen(options, routes());
  if (!api) throw std::runtime_error(api.error().what);
  api_ = std::move(*api);
  port_ = api_->port();
  api_->start();
}

void FakeSlack::down() {
  api_->stop(0ms);
  api_.reset();
  {
    const std::lock_guard lock(mutex_);
    for (auto& [number, socket] : sockets_) socket.peer->wake();
  }
  socket_server_.reset();
}

void FakeSlack::slow(const std::string& method, std::chrono::milliseconds by) {
  const std::lock_guard lock(mutex_);
  slow_[method] = by;
}

void FakeSlack::cut_one_of(int frames, unsigned seed) {
  const std::lock_guard lock(mutex_);
  cut_one_of_ = frames;
  dice_.seed(seed);
}

std::string FakeSlack::api_url() const { return fmt::format("http://127.0.0.1:{}/api/", port_); }

void FakeSlack::fail_next(const std::string& method, Failure failure) {
  const std::lock_guard lock(mutex_);
  failures_[method].push_back(failure);
}

void FakeSlack::refuse_next(const std::string& method, const std::string& error) {
  const std::lock_guard lock(mutex_);
  refusals_[method].push_back(error);
}

FakeSlack::Shown FakeSlack::wait_for_view(std::size_t nth) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, kPatience, [&] { return views_.size() >= nth; });
  return views_.size() < nth ? Shown{} : views_[nth - 1];
}

std::vector<std::string> FakeSlack::violations() const {
  const std::lock_guard lock(mutex_);
  return violations_;
}

int FakeSlack::calls(const std::string& method) const {
  const std::lock_guard lock(mutex_);
  const auto it = calls_.find(method);
  return it == calls_.end() ? 0 : it->second;
}

std::size_t FakeSlack::ephemerals() const {
  const std::lock_guard lock(mutex_);
  return ephemerals_.size();
}

std::string FakeSlack::response_url() {
  const std::lock_guard lock(mutex_);
  const auto query = fmt::format("n={}", response_urls_.size() + 1);
  response_urls_[query] = 0;
  return fmt::format("http://127.0.0.1:{}/response?{}", port_, query);
}

// docs.slack.dev, "Handling user interaction": JSON, five times within thirty minutes, without a token.
void FakeSlack::answer_response(const net::HttpRequest& request, net::Respond respond) {
  const std::lock_guard lock(mutex_);
  const auto url = response_urls_.find(request.query);
  if (url == response_urls_.end() || url->second >= 5) return respond({404, "text/plain", "expired_url", {}});
  ++url->second;
  static const std::set<std::string> allowed{"text",   "blocks",           "response_type",   "attachments",
                                             "mrkdwn", "replace_original", "delete_original", "thread_ts"};
  const auto a = json::parse(request.body, nullptr, false);
  if (request.has_header("authorization")) violations_.push_back("a response_url was given the token");
  if (!a.is_object() || (!a.contains("text") && !a.contains("blocks")))
    violations_.push_back("a response_url was given no message");
  else
    for (const auto& [name, value] : a.items())
      if (!allowed.contains(name)) violations_.push_back("a response_url takes no " + name);
  responses_.push_back({{}, {}, a.is_object() ? a.value("text", "") : "", {}});
  changed_.notify_all();
  respond({200, "text/plain", "ok", {}});
}

FakeSlack::Ephemeral FakeSlack::wait_for_response(const std::string& text) {
  std::unique_lock lock(mutex_);
  Ephemeral found;
  changed_.wait_for(lock, kPatience, [&] {
    for (const auto& e : responses_)
      if (e.text.contains(text)) {
        found = e;
        return true;
      }
    return false;
  });
  return found;
}

void FakeSlack::answer(const std::string& method, const net::HttpRequest& request, net::Respond at_once) {
  net::Respond respond = std::move(at_once);
  {
    const std::lock_guard lock(mutex_);
    if (const auto it = slow_.find(method); it != slow_.end() && it->second > 0ms)
      respond = [this, by = it->second, respond = std::move(respond)](net::HttpResponse answer) {
        timer_->after(by, [respond, answer = std::move(answer)] { respond(answer); });
      };
  }
  const auto reply = [&](const json& body) {
    net::HttpResponse answer{200, "application/json; charset=utf-8", body.dump(), {}};
    if (!scopes_.empty() && !method.starts_with("apps.")) answer.headers.emplace_back("x-oauth-scopes", scopes_);
    respond(std::move(answer));
  };
  json arguments = json::object();
  std::optional<Failure> failure;
  json result;
  {
    const std::lock_guard lock(mutex_);
    ++calls_[method];
    const std::string token(request.header("authorization"));
    const bool app_level = method == "apps.connections.open", configuration = method.starts_with("apps.manifest.");
    if (token != (app_level ? "Bearer xapp-test" : configuration ? "Bearer xoxe.xoxp-test" : "Bearer xoxb-test"))
      return reply({{"ok", false}, {"error", token.empty() ? "not_authed" : "invalid_auth"}});
    const std::string type(request.header("content-type"));
    if (type.starts_with("application/json")) {
      arguments = json::parse(request.body, nullptr, false);
      if (!arguments.is_object()) violations_.push_back(method + ": the body is no JSON object");
    } else if (auto fields = common::form_fields(request.body, 100); fields) {
      for (const auto& [name, value] : *fields) arguments[name] = value;
    } else {
      violations_.push_back(method + ": the body is no form");
    }
    const auto& shape = methods().at(method);
    for (const auto& [name, value] : arguments.items())
      if (!shape.needed.contains(name) && !shape.allowed.contains(name))
        violations_.push_back(fmt::format("{} has no argument {}", method, name));
    for (auto& wrong : wrong_values(method, arguments, !type.starts_with("application/json")))
      violations_.push_back(std::move(wrong));
    for (const auto& name : shape.needed)
      if (!arguments.contains(name)) violations_.push_back(fmt::format("{} needs {}", method, name));
    if (auto& queue = refusals_[method]; !queue.empty()) {
      const json refused{{"ok", false}, {"error", queue.front()}};
      queue.pop_front();
      return reply(refused);
    }
    if (auto& queue = failures_[method]; !queue.empty()) {
      failure = queue.front();
      queue.pop_front();
    }
    if (!failure || failure == Failure::lost_answer) result = carry_out(method, arguments);
    changed_.notify_all();
  }
  if (!failure) return reply(result);
  switch (*failure) {
    case Failure::lost_answer:
      return respond({502, "text/html", "<html>Bad Gateway</html>", {}});
    case Failure::refused:
      return respond({503, "text/html", "<html>Service Unavailable</html>", {}});
    case Failure::rate_limited:
      return respond({429, "application/json", R"({"ok":false,"error":"ratelimited"})", {{"Retry-After", "1"}}});
    case Failure::archived:
      return reply({{"ok", false}, {"error", "is_archived"}});
    case Failure::missing_scope:
      return reply({{"ok", false}, {"error", "missing_scope"}, {"needed", "pins:write"}, {"provided", "chat:write"}});
  }
}

json FakeSlack::carry_out(const std::string& method, const json& a) {
  const auto text = [&](const char* name) { return a.value(name, std::string{}); };
  if (method == "auth.test")
    return {{"ok", true},       {"url", "https://acme.slack.com/"},
            {"team", "acme"},   {"user", "hotfixd"},
            {"team_id", "T1"},  {"user_id", "U0BOT"},
            {"bot_id", "B0BOT"}};
  if (method == "apps.connections.open")
    return {{"ok", true},
            {"url", fmt::format("ws://127.0.0.1:{}/link/?ticket=secret&app_id=A1", socket_server_->port())}};
  if (method == "apps.manifest.export") {
    if (text("app_id") != "A1") return {{"ok", false}, {"error", "app_not_found"}};
    return {{"ok", true}, {"manifest", manifest_}};
  }
  if (method == "bots.info") {
    if (text("bot") != "B0BOT") return {{"ok", false}, {"error", "bot_not_found"}};
    return {{"ok", true},
            {"bot",
             {{"id", "B0BOT"},
              {"deleted", false},
              {"name", "hotfixd"},
              {"updated", 1449272004},
              {"app_id", "A1"},
              {"user_id", "U0BOT"}}}};
  }
  if (method == "users.info")
    return {{"ok", true},
            {"user",
             {{"id", text("user")},
              {"name", "n-" + text("user")},
              {"profile", {{"display_name", "Name of " + text("user")}}}}}};
  if (method == "chat.postMessage") {
    Post post{text("channel"), new_ts(), text("text"), {}, a.value("blocks", json::array()), 0, false};
    if (a.contains("metadata")) post.op_id = a["metadata"]["event_payload"].value("op_id", std::string{});
    posts_.push_back(post);
    return {{"ok", true}, {"channel", post.channel}, {"ts", post.ts}, {"message", {{"text", post.text}}}};
  }
  if (method == "chat.update") {
    for (auto& post : posts_)
      if (post.channel == text("channel") && post.ts == text("ts") && !post.deleted) {
        post.text = text("text");
        post.blocks = a.value("blocks", json::array());
        ++post.edits;
        return {{"ok", true}, {"channel", post.channel}, {"ts", post.ts}, {"text", post.text}};
      }
    return {{"ok", false}, {"error", "message_not_found"}};
  }
  if (method == "chat.postEphemeral") {
    ephemerals_.push_back({text("channel"), text("user"), text("text"), text("thread_ts")});
    return {{"ok", true}, {"message_ts", new_ts()}};
  }
  if (method == "views.open" || method == "views.publish") {
    const bool modal = method == "views.open";
    const auto to = text(modal ? "trigger_id" : "user_id");
    if (auto wrong = wrong_view(a.value("view", json{}), modal ? "modal" : "home"); !wrong.empty())
      violations_.push_back(method + ": " + wrong);
    if (modal && !triggers_used_.insert(to).second) return {{"ok", false}, {"error", "exchanged_trigger_id"}};
    views_.push_back({fmt::format("V{}", views_.size() + 1), to, a.value("view", json{})});
    return {{"ok", true}, {"view", {{"id", views_.back().id}}}};
  }
  if (method == "pins.add") {
    for (auto& post : posts_)
      if (post.channel == text("channel") && post.ts == text("timestamp")) {
        if (std::exchange(post.pinned, true)) return {{"ok", false}, {"error", "already_pinned"}};
        return {{"ok", true}};
      }
    return {{"ok", false}, {"error", "message_not_found"}};
  }
  if (method == "conversations.create") {
    if (channels_.contains(text("name"))) return {{"ok", false}, {"error", "name_taken"}};
    const auto id = channels_[text("name")] = fmt::format("C9{:02}", channels_.size());
    return {{"ok", true}, {"channel", {{"id", id}, {"name", text("name")}}}};
  }
  if (method == "conversations.list") {
    json list = json::array();
    for (const auto& [name, id] : channels_)
      list.push_back({{"id", id}, {"name", name}, {"is_member", true}, {"creator", "U0BOT"}, {"is_private", false}});
    return {{"ok", true}, {"channels", list}, {"response_metadata", {{"next_cursor", ""}}}};
  }
  if (method == "conversations.history" || method == "conversations.replies") return read_messages(method, a);
  if (method == "pins.list") {
    json items = json::array();
    for (const auto& said : said_)
      if (said.channel == text("channel"))
        for (const auto& who : pins_[said.ts])
          items.push_back({{"type", "message"},
                           {"channel", said.channel},
                           {"created_by", who},
                           {"created", 1},
                           {"message", said.message}});
    return {{"ok", true}, {"items", items}};
  }
  return {{"ok", true}};
}

std::vector<FakeSlack::Post> FakeSlack::posts() const {
  const std::lock_guard lock(mutex_);
  return posts_;
}

FakeSlack::Post FakeSlack::wait_for(const std::string& text) {
  std::unique_lock lock(mutex_);
  Post found;
  changed_.wait_for(lock, kPatience, [&] {
    for (const auto& post : posts_)
      if (post.text.contains(text)) {
        found = post;
        return true;
      }
    return false;
  });
  return found;
}

FakeSlack::Ephemeral FakeSlack::wait_for_ephemeral(const std::string& text) {
  std::unique_lock lock(mutex_);
  Ephemeral found;
  changed_.wait_for(lock, kPatience, [&] {
    for (const auto& e : ephemerals_)
      if (e.text.contains(text)) {
        found = e;
        return true;
      }
    return false;
  });
  return found;
}

void FakeSlack::serve_socket(test::Peer& peer, int number) {
  const auto request = peer.request();
  const std::string name = "sec-websocket-key: ";
  std::string lower = request;
  for (auto& ch : lower) ch = ch >= 'A' && ch <= 'Z' ? static_cast<char>(ch - 'A' + 'a') : ch;
  const auto at = lower.find(name);
  if (at == std::string::npos) return;
  const auto end = request.find("\r\n", at);
  peer.send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " +
            accept_key(request.substr(at + name.size(), end - at - name.size())) + "\r\n\r\n");
  {
    const std::lock_guard lock(mutex_);
    sockets_[number] = {&peer};
    ++opened_;
  }
  send_frame(number, R"({"type":"hello","num_connections":1,"connection_info":{"app_id":"A1"},)"
                     R"("debug_info":{"host":"h","approximate_connection_time":18060}})");
  changed_.notify_all();
  std::string text;
  while (true) {
    unsigned char head[2];
    if (!read_all(peer, reinterpret_cast<char*>(head), 2)) break;
    std::uint64_t size = head[1] & 0x7F;
    if (size >= 126) {
      unsigned char longer[8];
      const std::size_t bytes = size == 126 ? 2 : 8;
      if (!read_all(peer, reinterpret_cast<char*>(longer), bytes)) break;
      size = 0;
      for (std::size_t n = 0; n < bytes; ++n) size = size << 8 | longer[n];
    }
    char mask[4];
    if (!read_all(peer, mask, 4)) break;
    std::string body(size, '\0');
    if (size > 0 && !read_all(peer, body.data(), size)) break;
    for (std::size_t n = 0; n < body.size(); ++n) body[n] = static_cast<char>(body[n] ^ mask[n % 4]);
    const auto opcode = head[0] & 0x0F;
    if (opcode == 8) break;
    if (opcode == 9) peer.send(frame_of(10, body));
    if (opcode != 1 && opcode != 0) continue;
    text += body;
    if ((head[0] & 0x80) == 0) continue;
    auto ack = json::parse(std::exchange(text, {}), nullptr, false);
    const std::lock_guard lock(mutex_);
    if (ack.is_object() && ack.contains("envelope_id")) acks_[ack["envelope_id"]] = ack;
    changed_.notify_all();
  }
  const std::lock_guard lock(mutex_);
  sockets_.erase(number);
  changed_.notify_all();
}

void FakeSlack::send_frame(int connection, const std::string& text) {
  const std::lock_guard lock(mutex_);
  const auto it = sockets_.find(connection);
  if (it == sockets_.end()) return;
  if (cut_one_of_ > 0 && std::uniform_int_distribution<>(1, cut_one_of_)(dice_) == 1) return it->second.peer->wake();
  it->second.peer->send(frame_of(1, text));
}

bool FakeSlack::wait_for_sockets(int ready) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, kPatience, [&] { return static_cast<int>(sockets_.size()) == ready; });
}

int FakeSlack::sockets_opened() const {
  const std::lock_guard lock(mutex_);
  return opened_;
}

std::string FakeSlack::send(const std::string& type, json payload) {
  int newest = 0;
  {
    const std::lock_guard lock(mutex_);
    if (!sockets_.empty()) newest = sockets_.rbegin()->first;
  }
  return send_on(newest, type, std::move(payload));
}

void FakeSlack::send_raw(const std::string& text) {
  int newest = 0;
  {
    const std::lock_guard lock(mutex_);
    if (!sockets_.empty()) newest = sockets_.rbegin()->first;
  }
  send_frame(newest, text);
}

std::string FakeSlack::send_on(int connection, const std::string& type, json payload) {
  std::string id;
  {
    const std::lock_guard lock(mutex_);
    id = fmt::format("envelope-{}", ++envelopes_);
  }
  send_frame(connection, json{{"envelope_id", id},
                              {"type", type},
                              {"accepts_response_payload",
                               type == "slash_commands" || payload.value("type", std::string{}) == "view_submission"},
                              {"payload", std::move(payload)}}
                             .dump());
  return id;
}

void FakeSlack::disconnect(int connection, const std::string& reason) {
  send_frame(connection, json{{"type", "disconnect"}, {"reason", reason}, {"debug_info", {{"host", "h"}}}}.dump());
}

void FakeSlack::cut(int connection) {
  const std::lock_guard lock(mutex_);
  if (const auto it = sockets_.find(connection); it != sockets_.end()) it->second.peer->wake();
}

json FakeSlack::wait_for_ack(const std::string& envelope) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, kPatience, [&] { return acks_.contains(envelope); });
  const auto it = acks_.find(envelope);
  return it == acks_.end() ? json{} : it->second;
}

bool FakeSlack::acknowledged(const std::string& envelope) const {
  const std::lock_guard lock(mutex_);
  return acks_.contains(envelope);
}

}  // namespace hotfixd::testing
