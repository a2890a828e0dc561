#include "bot/net/line_socket.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <cerrno>
#include <deque>
#include <map>
#include <mutex>
#include <system_error>

#include "bot/net/dial.hpp"

namespace hotfixd::net {
namespace {

using local_stream = asio::local::stream_protocol;
constexpr auto as_values = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t kReadSize = 4096;
constexpr Duration kFarewell{1'000};   // for a last line
constexpr Duration kAcceptAgain{200};  // after a failed accept
constexpr Duration kStopAtOnce{0};
constexpr mode_t kOwnerOnly = 0600;

Problem problem(Problem::Kind kind, std::string what, std::string mend = {}) {
  return {.kind = kind, .what = std::move(what), .mend = std::move(mend), .retry_after = {}};
}

Problem socket_problem(const std::string& doing, const std::string& path, int error) {
  const bool forbidden = error == EACCES || error == EPERM;
  return problem(forbidden ? Problem::Kind::refused : Problem::Kind::unreachable,
                 fmt::format("cannot {} {}: {}", doing, path, std::generic_category().message(error)),
                 forbidden ? "run it as the user that hotfixd runs as" : "");
}

// One connection, on the network thread. Its reader and its writer live and die together.
class Wire : public std::enable_shared_from_this<Wire> {
 public:
  struct Hooks {
    std::function<void(std::string)> line;
    std::function<void(bool heard)> closed;  // once; `heard`: a line came
    std::function<std::string(const std::string&)> farewell;
  };
  Wire(asio::io_context& context, local_stream::socket socket, LineLimits limits, Hooks hooks)
      : socket_(std::move(socket)), timer_(context), limits_(limits), hooks_(std::move(hooks)) {}

  void run(std::optional<Duration> first_line) {
    if (first_line)
      within(*first_line, [](Wire& wire) {
        if (!wire.heard_) wire.turn_away("nothing was said");
      });
    asio::co_spawn(socket_.get_executor(), read(shared_from_this()),
                   [self = shared_from_this()](std::exception_ptr thrown) {
                     if (thrown) self->close();
                   });
  }
  void send(std::string line) {
    if (!open_ || last_said_ || unheard_) return;
    line += '\n';
    unsent_ += line.size();
    if (unsent_ > limits_.unsent) return close();  // who does not read finds all of it in the file later
    queue_.push_back(std::move(line));
    if (queue_.size() > 1) return;
    asio::co_spawn(socket_.get_executor(), write(shared_from_this()),
                   [self = shared_from_this()](std::exception_ptr thrown) {
                     if (thrown) self->close();
                   });
  }
  void dismiss(std::string last_line) {
    if (!open_ || last_said_) return;
    if (unheard_) return close();
    send(std::move(last_line));
    last_said_ = true;
    if (queue_.empty()) return close();
    within(kFarewell, [](Wire& wire) { wire.close(); });
  }
  void close() {
    if (!open_) return;
    open_ = false;
    error_code ec;
    tolerate(socket_.close(ec));
    timer_.cancel();
    hooks_.closed(heard_);
    hooks_ = {};  // they may hold what holds us
  }

 private:
  // The other end has closed and takes nothing more. Its last words may still be here to be read.
  void only_read() {
    if (last_said_) return close();
    unheard_ = true;
    queue_.clear();
    within(kFarewell, [](Wire& wire) { wire.close(); });
  }

  void turn_away(const std::string& why) {
    if (hooks_.farewell)
      dismiss(hooks_.farewell(why));
    else
      close();
  }

  template <typename F>
  void within(Duration limit, F then) {
    timer_.expires_after(limit);
    timer_.async_wait([weak = weak_from_this(), then](error_code ec) {
      const auto self = weak.lock();
      if (!ec && self && self->open_) then(*self);
    });
  }

  asio::awaitable<void> read(std::shared_ptr<Wire> self) {
    std::array<char, kReadSize> chunk{};
    std::string begun;
    while (self->open_) {
      const auto [ec, n] = co_await self->socket_.async_read_some(asio::buffer(chunk), as_values);
      if (!self->open_) co_return;
      if (ec) co_return self->close();
      if (self->last_said_) continue;
      begun.append(chunk.data(), n);
      self->take_lines(begun);
    }
  }

  void take_lines(std::string& begun) {
    std::size_t start = 0;
    for (auto end = begun.find('\n'); end != std::string::npos && open_ && !last_said_; end = begun.find('\n', start)) {
      if (end - start > limits_.line) break;
      heard_ = true;
      const auto call = hooks_.line;  // close() inside drops the hooks
      call(begun.substr(start, end - start));
      start = end + 1;
    }
    begun.erase(0, start);
    if (open_ && !last_said_ && begun.size() > limits_.line)
      turn_away(fmt::format("a line is longer than {} bytes", limits_.line));
  }

  asio::awaitable<void> write(std::shared_ptr<Wire> self) {
    while (self->open_ && !self->queue_.empty()) {
      const auto [ec, n] = co_await asio::async_write(self->socket_, asio::buffer(self->queue_.front()), as_values);
      if (!self->open_) co_return;
      if (ec) co_return self->only_read();
      self->unsent_ -= n;
      self->queue_.pop_front();
    }
    if (self->last_said_) self->close();
  }

  local_stream::socket socket_;
  asio::steady_timer timer_;  // for the first line, or the last one
  const LineLimits limits_;
  Hooks hooks_;
  std::deque<std::string> queue_;
  std::size_t unsent_ = 0;
  bool open_ = true, heard_ = false;
  bool last_said_ = false;  // nothing more is said or taken
  bool unheard_ = false;    // nothing more is said: it would reach nobody
};

bool may_talk(int socket) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return false;
  return peer.uid == 0 || peer.uid == ::geteuid();
}

void keep_from_children(int descriptor) { ::fcntl(descriptor, F_SETFD, FD_CLOEXEC); }

class Server final : public LineServer {
 public:
  explicit Server(LineServerOptions options)
      : options_(std::move(options)),
        thread_("chat socket", options_.report),
        acceptor_(thread_.context()),
        pause_(thread_.context()) {}
  ~Server() override { Server::stop(); }

  std::optional<Problem> bind() {
    struct stat there{};
    if (::lstat(options_.path.c_str(), &there) == 0) {
      if (!S_ISSOCK(there.st_mode))
        return problem(Problem::Kind::invalid, fmt::format("{} is in the way: it is not a socket", options_.path),
                       "move it elsewhere");
      ::unlink(options_.path.c_str());
    }
    error_code ec;
    if (acceptor_.open(local_stream(), ec)) return failed(ec);
    keep_from_children(acceptor_.native_handle());
    if (acceptor_.bind(local_stream::endpoint(options_.path), ec)) return failed(ec);
    bound_ = true;
    // Until listen() nobody can connect.
    if (::chmod(options_.path.c_str(), kOwnerOnly) != 0) return socket_problem("make", options_.path, errno);
    if (acceptor_.listen(asio::socket_base::max_listen_connections, ec)) return failed(ec);
    return std::nullopt;
  }
  void start() override {
    thread_.begin([this] {
      asio::co_spawn(thread_.context(), accept(), [this](std::exception_ptr thrown) {
        if (thrown) thread_.report("no more connections are accepted: accept threw");
        thread_.end();
      });
    });
  }

  void send(PeerId peer, std::string line) override {
    post([this, peer, line = std::move(line)]() mutable {
      if (const auto wire = find(peer)) wire->send(std::move(line));
    });
  }
  void dismiss(PeerId peer, std::string last_line) override {
    post([this, peer, last_line = std::move(last_line)]() mutable {
      if (const auto wire = find(peer)) wire->dismiss(std::move(last_line));
    });
  }
  void stop() override {
    thread_.stop(
        [this] {
          stopping_ = true;
          error_code ec;
          tolerate(acceptor_.close(ec));
          pause_.cancel();
          const auto all = wires_;  // closing takes them out
          for (const auto& [id, wire] : all) wire->close();
        },
        [] {}, kStopAtOnce);
    if (std::exchange(bound_, false)) ::unlink(options_.path.c_str());
  }

 private:
  Problem failed(const error_code& ec) const {
    auto failed = socket_problem("listen on", options_.path, ec.value());
    failed.mend = "its folder must be writable for this user, on a file system that takes sockets";
    return failed;
  }

  // What comes after stop() is dropped. Asio lets what the network thread itself posts be overtaken by other threads,
  // so the order is kept here.
  void post(std::function<void()> task) {
    {
      const std::lock_guard lock(mutex_);
      tasks_.push_back(std::move(task));
    }
    thread_.begin([this] {
      next_task()();
      thread_.end();
    });
  }
  std::function<void()> next_task() {
    const std::lock_guard lock(mutex_);
    auto task = std::move(tasks_.front());
    tasks_.pop_front();
    return task;
  }
  std::shared_ptr<Wire> find(PeerId peer) const {
    const auto found = wires_.find(peer);
    return found == wires_.end() ? nullptr : found->second;
  }

  asio::awaitable<void> accept() {
    while (!stopping_) {
      local_stream::socket socket(thread_.context());
      const auto [ec] = co_await acceptor_.async_accept(socket, as_values);
      if (stopping_) co_return;
      if (ec) {
        thread_.report(fmt::format("accept: {}", ec.message()));
        pause_.expires_after(kAcceptAgain);
        co_await pause_.async_wait(as_values);
        continue;
      }
      keep_from_children(socket.native_handle());
      if (!may_talk(socket.native_handle()))
        turn_away(socket, "only the user that hotfixd runs as, and root, may talk to it");
      else if (wires_.size() >= options_.max_peers)
        turn_away(socket, fmt::format("{} are connected already, no more are let in", wires_.size()));
      else
        admit(std::move(socket));
    }
  }

  void turn_away(local_stream::socket& socket, const std::string& why) const {
    error_code ec;
    tolerate(socket.non_blocking(true, ec));
    socket.write_some(asio::buffer(options_.farewell(why) + "\n"), ec);
    tolerate(ec);
  }

  void admit(local_stream::socket socket) {
    const PeerId id = ++last_;
    auto wire =
        std::make_shared<Wire>(thread_.context(), std::move(socket), options_.limits,
                               Wire::Hooks{.line = [this, id](std::string line) { options_.line(id, std::move(line)); },
                                           .closed =
                                               [this, id](bool heard) {
                                                 wires_.erase(id);
                                                 if (heard) options_.closed(id);
                                               },
                                           .farewell = options_.farewell});
    wires_[id] = wire;
    wire->run(options_.first_line_timeout);
  }

  const LineServerOptions options_;
  NetworkThread thread_;
  std::mutex mutex_;
  std::deque<std::function<void()>> tasks_;  // under mutex_
  // On the network thread only, but for bind().
  local_stream::acceptor acceptor_;
  asio::steady_timer pause_;
  std::map<PeerId, std::shared_ptr<Wire>> wires_;
  PeerId last_ = 0;
  bool stopping_ = false;
  bool bound_ = false;  // of who owns the server
};

class Client final : public LineClient {
 public:
  Client(int connected, LineLimits limits, std::function<void(std::string)> line, std::function<void()> closed)
      : thread_("chat socket", [](const Problem&) {}) {
    local_stream::socket socket(thread_.context());
    socket.assign(local_stream(), connected);
    wire_ = std::make_shared<Wire>(
        thread_.context(), std::move(socket), limits,
        Wire::Hooks{
            .line = std::move(line), .closed = [closed = std::move(closed)](bool) { closed(); }, .farewell = {}});
    post([this] { wire_->run(std::nullopt); });
  }
  ~Client() override {
    thread_.stop([this] { wire_->close(); }, [] {}, kStopAtOnce);
  }
  void send(std::string line) override {
    post([this, line = std::move(line)]() mutable { wire_->send(std::move(line)); });
  }

 private:
  void post(std::function<void()> task) {
    thread_.begin([this, task = std::move(task)] {
      task();
      thread_.end();
    });
  }

  NetworkThread thread_;
  std::shared_ptr<Wire> wire_;
};

}  // namespace

std::optional<Problem> unsound_socket_path(const std::string& path) {
  constexpr std::size_t longest = sizeof(sockaddr_un::sun_path) - 1;
  if (path.size() <= longest) return std::nullopt;
  return problem(Problem::Kind::invalid,
                 fmt::format("{} has {} bytes, and the path of a socket has at most {}", path, path.size(), longest));
}

Result<std::unique_ptr<LineServer>> listen_lines(LineServerOptions options) {
  if (auto unsound = unsound_socket_path(options.path)) return std::unexpected(*std::move(unsound));
  auto server = std::make_unique<Server>(std::move(options));
  if (auto failed = server->bind()) return std::unexpected(*std::move(failed));
  return server;
}

Result<std::unique_ptr<LineClient>> connect_lines(const std::string& path, LineLimits limits,
                                                  std::function<void(std::string)> line, std::function<void()> closed) {
  if (auto unsound = unsound_socket_path(path)) return std::unexpected(*std::move(unsound));
  // By hand: Asio takes the EAGAIN of a full backlog for a connection under way.
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  path.copy(static_cast<char*>(address.sun_path), path.size());
  const int connected = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (connected < 0) return std::unexpected(socket_problem("connect to", path, errno));
  if (::connect(connected, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    const int error = errno;
    ::close(connected);
    auto failed = socket_problem("connect to", path, error);
    if (error == ENOENT || error == ECONNREFUSED) failed.kind = Problem::Kind::not_found;
    return std::unexpected(std::move(failed));
  }
  return std::make_unique<Client>(connected, limits, std::move(line), std::move(closed));
}

}  // namespace hotfixd::net
