#include "tests/bench/fake_api.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <charconv>
#include <stdexcept>

#include "tests/bench/sockets.hpp"

namespace hotfixd::bench {
namespace {

using Steady = std::chrono::steady_clock;

constexpr int kPatience = 10'000;  // ms

std::string accept_key(const std::string& key) {
  const std::string text = key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";  // RFC 6455, 1.3
  std::array<unsigned char, SHA_DIGEST_LENGTH> digest{};
  ::SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  std::array<unsigned char, 64> out{};
  const int size = ::EVP_EncodeBlock(out.data(), digest.data(), digest.size());
  return {reinterpret_cast<const char*>(out.data()), static_cast<std::size_t>(size)};
}

std::string header_in(const std::string& head, std::string name) {
  std::string lower;
  for (const char c : head) lower += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  const auto at = lower.find(name += ": ");
  if (at == std::string::npos) throw std::runtime_error("the client sent no " + name);
  return head.substr(at + name.size(), head.find("\r\n", at) - at - name.size());
}

}  // namespace

SocketLoad::SocketLoad() : listener_(listen_anywhere()) {}

SocketLoad::~SocketLoad() {
  if (peer_ >= 0) ::close(peer_);
  ::close(listener_);
}

std::uint16_t SocketLoad::port() const { return port_of(listener_); }

void SocketLoad::accept() {
  if (peer_ >= 0) ::close(peer_);
  pollfd waiting{listener_, POLLIN, 0};
  if (::poll(&waiting, 1, kPatience) != 1) throw std::runtime_error("no WebSocket was opened");
  peer_ = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
  send_all(peer_, fmt::format("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                              "Sec-WebSocket-Accept: {}\r\n\r\n",
                              accept_key(header_in(read_header(peer_), "sec-websocket-key"))));
  send_all(peer_, text_frame(R"({"type":"hello","num_connections":1,"connection_info":{"app_id":"A1"}})", false));
}

Figures SocketLoad::run(const std::vector<std::string>& frames, int under_way, const std::string& expected) {
  std::vector<Steady::time_point> sent(frames.size());
  std::vector<std::chrono::nanoseconds> times;
  std::uint64_t wrong = 0;
  std::string first_wrong;
  std::size_t next = 0;
  std::string out, read, text;
  std::size_t from = 0;
  const auto began = Steady::now();
  const auto send_more = [&](std::size_t count) {
    out.clear();
    for (; count > 0 && next < frames.size(); --count, ++next) {
      sent[next] = Steady::now();
      out += frames[next];
    }
    if (!send_all(peer_, out)) throw std::runtime_error("the WebSocket was closed");
  };
  send_more(static_cast<std::size_t>(under_way));
  while (times.size() < frames.size()) {
    pollfd waiting{peer_, POLLIN, 0};
    if (::poll(&waiting, 1, kPatience) != 1) break;
    std::array<char, 64 * 1024> bytes;  // NOLINT: filled by recv
    const auto n = ::recv(peer_, bytes.data(), bytes.size(), 0);
    if (n <= 0) break;
    read.append(bytes.data(), static_cast<std::size_t>(n));
    std::size_t answered = 0;
    while (take_frame(read, from, text)) {
      constexpr std::string_view kId = R"("envelope_id":")";
      const auto at = text.find(kId);
      if (at == std::string::npos) continue;  // a ping
      std::size_t number = frames.size();
      std::from_chars(text.data() + at + kId.size(), text.data() + text.size(), number);
      if (number >= frames.size() || !text.contains(expected))
        if (wrong++ == 0) first_wrong = text;
      if (number >= frames.size()) continue;
      times.push_back(Steady::now() - sent[number]);
      ++answered;
    }
    send_more(answered);
  }
  const auto took = Steady::now() - began;
  const auto missing = frames.size() - times.size();
  auto figures = figures_of(std::move(times), took, wrong + missing);
  figures.first_wrong = std::move(first_wrong);
  return figures;
}

std::string slash_frame(std::size_t number, const std::string& text, int channel, std::uint64_t trigger) {
  return text_frame(
      fmt::format(
          R"({{"envelope_id":"{}","type":"slash_commands","accepts_response_payload":true,"payload":{{)"
          R"("token":"none","team_id":"T1","team_domain":"acme","channel_id":"C{}","channel_name":"incident-{}",)"
          R"("user_id":"U1","user_name":"alice","command":"/hotfix","text":"{}","api_app_id":"A1",)"
          R"("is_enterprise_install":"false","response_url":"https://hooks.slack.com/commands/T1/1/x",)"
          R"("trigger_id":"{}.1.f00"}}}})",
          number, channel, channel, text, trigger),
      false);
}

FakeApi::FakeApi(std::uint16_t socket_port) {
  const auto answers = [](std::string body) {
    return [body = std::move(body)](const net::HttpRequest& /*request*/, const net::Respond& respond) {
      respond({200, "application/json; charset=utf-8", body, {}});
    };
  };
  std::vector<net::Route> routes;
  const auto add = [&](const std::string& method, std::function<void(net::HttpRequest, net::Respond)> handle) {
    routes.push_back({"POST", "/api/" + method, 1024 * 1024, std::move(handle)});
  };
  add("auth.test",
      answers(R"({"ok":true,"url":"https://acme.slack.com/","team":"acme","user":"hotfixd","team_id":"T1",)"
              R"("user_id":"U0BOT","bot_id":"B0BOT"})"));
  add("apps.connections.open",
      answers(fmt::format(R"({{"ok":true,"url":"ws://127.0.0.1:{}/link/?ticket=none&app_id=A1"}})", socket_port)));
  add("chat.postMessage", [number = std::make_shared<std::atomic<int>>(0)](const net::HttpRequest& /*request*/,
                                                                           const net::Respond& respond) {
    respond({200,
             "application/json; charset=utf-8",
             fmt::format(R"({{"ok":true,"channel":"C1","ts":"1794690000.{:06}","message":{{"text":"x"}}}})", ++*number),
             {}});
  });
  add("chat.update", answers(R"({"ok":true,"channel":"C1","ts":"1794690000.000001","text":"x"})"));
  add("pins.add", answers(R"({"ok":true})"));
  add("conversations.history", answers(R"({"ok":true,"messages":[],"has_more":false})"));
  auto server = net::listen({}, std::move(routes));
  if (!server) throw std::runtime_error(server.error().what);
  server_ = std::move(*server);
  server_->start();
}

std::string FakeApi::url() const { return fmt::format("http://127.0.0.1:{}/api/", server_->port()); }

}  // namespace hotfixd::bench
