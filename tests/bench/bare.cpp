#include "tests/bench/bare.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <map>
#include <memory>
#include <stdexcept>

#include "integrations/common/form.hpp"
#include "integrations/slack/signature.hpp"
#include "tests/bench/load.hpp"
#include "tests/bench/sockets.hpp"

namespace hotfixd::bench {
namespace {

// One table, one row for each delivery.
class Log {
 public:
  explicit Log(const std::string& path)
      : database_(path, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE),
        set_up_(set_up(database_)),
        begin_(database_, "BEGIN IMMEDIATE"),
        insert_(database_, "INSERT INTO log (delivery, text) VALUES (?, ?)"),
        commit_(database_, "COMMIT") {}

  void begin() { run(begin_); }
  void commit() { run(commit_); }
  void add(const std::string& delivery, const std::string& text) {
    insert_.bind(1, delivery);
    insert_.bind(2, text);
    run(insert_);
  }

 private:
  static bool set_up(SQLite::Database& database) {
    database.execAndGet("PRAGMA journal_mode = WAL");
    database.exec("PRAGMA synchronous = FULL");
    database.exec("CREATE TABLE log (number INTEGER PRIMARY KEY, delivery TEXT NOT NULL, text TEXT NOT NULL) STRICT");
    return true;
  }
  static void run(SQLite::Statement& statement) {
    statement.exec();
    statement.reset();
  }

  SQLite::Database database_;
  bool set_up_;
  SQLite::Statement begin_, insert_, commit_;
};

std::string_view header_in(std::string_view head, std::string_view name) {
  const auto at = head.find(name);
  if (at == std::string_view::npos) return {};
  const auto from = at + name.size();
  return head.substr(from, head.find('\r', from) - from);
}

class Server {
 public:
  explicit Server(std::unique_ptr<Log> log)
      : log_(std::move(log)), listener_(listen_anywhere()), epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    watch(listener_);
    fmt::print("{}\n", port_of(listener_));
    std::fflush(stdout);
  }

  [[noreturn]] void run() {
    std::array<epoll_event, 256> events{};
    while (true) {
      const int n = ::epoll_wait(epoll_, events.data(), events.size(), -1);
      for (int k = 0; k < n; ++k) {
        const int fd = events[static_cast<std::size_t>(k)].data.fd;
        if (fd == listener_)
          watch(::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC));
        else
          hear(fd);
      }
      answer_all();
    }
  }

 private:
  struct Taken {
    int fd;
    int status;
    std::string delivery, text;
  };

  void watch(int fd) {
    epoll_event event{.events = EPOLLIN, .data = {.fd = fd}};
    ::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
  }

  void hear(int fd) {
    std::array<char, 16 * 1024> bytes;  // NOLINT: filled by recv
    const auto n = ::recv(fd, bytes.data(), bytes.size(), 0);
    auto& read = read_[fd];
    if (n <= 0) {
      read_.erase(fd);
      ::close(fd);
      return;
    }
    read.append(bytes.data(), static_cast<std::size_t>(n));
    const auto end = read.find("\r\n\r\n");
    if (end == std::string::npos) return;
    const auto head = std::string_view(read).substr(0, end + 2);
    std::size_t length = 0;
    const auto said = header_in(head, "Content-Length: ");
    std::from_chars(said.data(), said.data() + said.size(), length);
    if (read.size() < end + 4 + length) return;
    take(fd, head, std::string_view(read).substr(end + 4, length));
    read.clear();  // the load sends one request at a time
  }

  void take(int fd, std::string_view head, std::string_view body) {
    const auto now = std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
    Taken taken{fd, 200, {}, {}};
    auto fields = common::form_fields(body, 100);
    if (!slack::verify_signature(key_, header_in(head, "X-Slack-Request-Timestamp: "), body,
                                 header_in(head, "X-Slack-Signature: "), now))
      taken.status = 401;
    else if (!fields)
      taken.status = 400;
    else
      for (auto& [name, value] : *fields) {
        if (name == "trigger_id") taken.delivery = std::move(value);
        if (name == "text") taken.text = std::move(value);
      }
    taken_.push_back(std::move(taken));
  }

  void answer_all() {
    if (taken_.empty()) return;
    if (log_) {
      log_->begin();
      for (const auto& t : taken_)
        if (t.status == 200) log_->add(t.delivery, t.text);
      log_->commit();
    }
    for (const auto& t : taken_) {
      const auto body = fmt::format(R"({{"response_type":"ephemeral","text":"In the timeline: {}"}})", t.text);
      send_all(t.fd, fmt::format("HTTP/1.1 {} -\r\nContent-Type: application/json; charset=utf-8\r\n"
                                 "Content-Length: {}\r\nConnection: keep-alive\r\n\r\n{}",
                                 t.status, body.size(), body));
    }
    taken_.clear();
  }

  const common::HmacKey key_{kSecret};
  std::unique_ptr<Log> log_;
  int listener_, epoll_;
  std::map<int, std::string> read_;
  std::vector<Taken> taken_;
};

int echo(std::uint16_t port) {
  const int fd = connect_to(port);
  send_all(fd,
           "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
           "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
  read_header(fd);
  std::string read, text, out;
  std::size_t from = 0;
  std::array<char, 64 * 1024> bytes;  // NOLINT: filled by recv
  for (ssize_t n = 0; (n = ::recv(fd, bytes.data(), bytes.size(), 0)) > 0;) {
    read.append(bytes.data(), static_cast<std::size_t>(n));
    out.clear();
    while (take_frame(read, from, text))
      if (!text.empty()) out += text_frame(text, true);
    if (!send_all(fd, out)) break;
  }
  ::close(fd);
  return 0;
}

}  // namespace

int run_bare(const std::string& what, const std::string& argument) {
  if (what == "L0") Server(nullptr).run();
  if (what == "L1") Server(std::make_unique<Log>(argument)).run();
  if (what == "echo") return echo(static_cast<std::uint16_t>(std::stoi(argument)));
  throw std::runtime_error("no bare server is called " + what);
}

}  // namespace hotfixd::bench
