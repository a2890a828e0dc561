#include "tests/bench/load.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "integrations/common/hmac.hpp"
#include "tests/bench/sockets.hpp"

namespace hotfixd::bench {
namespace {

using Steady = std::chrono::steady_clock;

constexpr int kPatience = 10'000;  // ms without any answer: the load gives up

struct Connection {
  int fd = -1;
  std::size_t current = 0;  // the request under way
  Steady::time_point sent;
  std::string read;
  bool busy = false;
};

// The size of the first answer in `bytes` when it is there as a whole, 0 while it is not.
std::size_t answer_size(std::string_view bytes) {
  const auto end = bytes.find("\r\n\r\n");
  if (end == std::string_view::npos) return 0;
  constexpr std::string_view kLength = "Content-Length: ";
  const auto at = bytes.substr(0, end).find(kLength);
  std::size_t length = 0;
  if (at != std::string_view::npos) std::from_chars(bytes.data() + at + kLength.size(), bytes.data() + end, length);
  const auto size = end + 4 + length;
  return bytes.size() >= size ? size : 0;
}

class Load {
 public:
  Load(std::uint16_t port, int connections, const std::vector<std::string>& requests, const std::string& expected)
      : requests_(requests), expected_(expected), epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    times_.reserve(requests.size());
    for (int n = 0; n < connections; ++n) {
      auto& c = connections_.emplace_back();
      c.fd = connect_to(port);
      epoll_event event{.events = EPOLLIN, .data = {.u64 = static_cast<std::uint64_t>(n)}};
      ::epoll_ctl(epoll_, EPOLL_CTL_ADD, c.fd, &event);
    }
  }
  ~Load() {
    for (auto& c : connections_)
      if (c.fd >= 0) ::close(c.fd);
    ::close(epoll_);
  }
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;

  Figures run() {
    const auto began = Steady::now();
    for (auto& c : connections_) next(c);
    std::array<epoll_event, 256> events{};
    while (open_ > 0) {
      const int n = ::epoll_wait(epoll_, events.data(), events.size(), kPatience);
      if (n == 0) break;
      for (int k = 0; k < n; ++k) hear(connections_[events[static_cast<std::size_t>(k)].data.u64]);
    }
    const auto took = Steady::now() - began;
    const auto missing = requests_.size() - times_.size();
    auto figures = figures_of(std::move(times_), took, wrong_ + missing);
    figures.first_wrong = first_wrong_;
    return figures;
  }

 private:
  void next(Connection& c) {
    if (c.busy) --open_;
    c.busy = next_ < requests_.size();
    if (!c.busy) return;
    ++open_;
    const auto& request = requests_[next_++];
    c.sent = Steady::now();
    if (::send(c.fd, request.data(), request.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request.size())) lose(c);
  }

  void hear(Connection& c) {
    std::array<char, 16 * 1024> bytes;  // NOLINT: filled by recv
    const auto n = ::recv(c.fd, bytes.data(), bytes.size(), 0);
    if (n <= 0) return lose(c);
    c.read.append(bytes.data(), static_cast<std::size_t>(n));
    const auto size = answer_size(c.read);
    if (size == 0) return;
    times_.push_back(Steady::now() - c.sent);
    const auto answer = std::string_view(c.read).substr(0, size);
    if (!answer.starts_with("HTTP/1.1 200 ") || !answer.contains(expected_))
      if (wrong_++ == 0) first_wrong_ = answer;
    c.read.erase(0, size);
    next(c);
  }

  void lose(Connection& c) {
    ::close(std::exchange(c.fd, -1));
    if (std::exchange(c.busy, false)) --open_;
  }

  const std::vector<std::string>& requests_;
  const std::string& expected_;
  std::vector<Connection> connections_;
  std::vector<std::chrono::nanoseconds> times_;
  std::size_t next_ = 0;
  int open_ = 0;
  std::uint64_t wrong_ = 0;
  std::string first_wrong_;
  int epoll_;
};

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text)
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))
      out += c;
    else
      out += c == ' ' ? "+" : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  return out;
}

}  // namespace

Figures figures_of(std::vector<std::chrono::nanoseconds> times, std::chrono::nanoseconds took, std::uint64_t wrong) {
  Figures f;
  f.done = times.size();
  f.wrong = wrong;
  if (times.empty()) return f;
  std::ranges::sort(times);
  const auto at = [&](double share) {
    return static_cast<double>(times[static_cast<std::size_t>(static_cast<double>(times.size() - 1) * share)].count()) /
           1e3;
  };
  f.p50 = at(0.5);
  f.p99 = at(0.99);
  f.per_second = static_cast<double>(f.done) / std::chrono::duration<double>(took).count();
  return f;
}

std::string slash_form(const std::string& text, int channel, std::uint64_t trigger) {
  return fmt::format(
      "token=none&team_id=T1&team_domain=acme&channel_id=C{}&channel_name=incident-{}&user_id=U1&user_name=alice"
      "&command=%2Fhotfix&text={}&api_app_id=A1&is_enterprise_install=false"
      "&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1%2F1%2Fx&trigger_id={}.1.f00",
      channel, channel, escaped(text), trigger);
}

std::string signed_request(const std::string& form) {
  static const common::HmacKey key(kSecret);
  const auto stamp = std::to_string(
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count());
  return fmt::format(
      "POST /slack/commands HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: Slackbot 1.0\r\nAccept: */*\r\n"
      "Content-Type: application/x-www-form-urlencoded\r\nX-Slack-Request-Timestamp: {}\r\n"
      "X-Slack-Signature: v0={}\r\nContent-Length: {}\r\n\r\n{}",
      stamp, key.sign({"v0:", stamp, ":", form}), form.size(), form);
}

Figures http_load(std::uint16_t port, int connections, const std::vector<std::string>& requests,
                  const std::string& expected) {
  return Load(port, connections, requests, expected).run();
}

}  // namespace hotfixd::bench
