#include "integrations/git/watched_call.hpp"

#include <dlfcn.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <future>

namespace hotfixd::git {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kAskEvery{200};
constexpr milliseconds kShortestTick{10};

thread_local WatchedCall* watched = nullptr;  // the call that this thread is running

using Connect = int (*)(int, const sockaddr*, socklen_t);
Connect next_connect() {
  static const auto next = reinterpret_cast<Connect>(::dlsym(RTLD_NEXT, "connect"));
  return next;
}

std::string words(Clock::duration duration) {
  const double seconds = std::chrono::duration<double>(duration).count();
  return seconds < 10 ? fmt::format("{:.1f} s", seconds) : fmt::format("{:.0f} s", seconds);
}

// Bytes that came and bytes whose arrival the server confirmed; nothing for what is no TCP socket.
std::uint64_t bytes_moved(int socket) {
  tcp_info info{};
  socklen_t length = sizeof info;
  if (::getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &length) != 0) return 0;
  return info.tcpi_bytes_received + info.tcpi_bytes_acked;
}

bool is_tcp(int socket) {
  int kind = 0, family = 0;
  socklen_t length = sizeof kind;
  if (::getsockopt(socket, SOL_SOCKET, SO_TYPE, &kind, &length) != 0) return false;
  length = sizeof family;
  if (::getsockopt(socket, SOL_SOCKET, SO_DOMAIN, &family, &length) != 0) return false;
  return kind == SOCK_STREAM && (family == AF_INET || family == AF_INET6);
}

// Neither a signal meant for the program nor SIGPIPE: libgit2 writes without MSG_NOSIGNAL.
void block_signals() {
  sigset_t all;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

}  // namespace

WatchedCall::WatchedCall(Patience patience, Deadline deadline, GitProgress progress)
    : patience_(patience), deadline_(deadline), progress_(std::move(progress)) {}

WatchedCall::~WatchedCall() {
  if (socket_ >= 0) ::close(socket_);
}

bool WatchedCall::run(std::string_view doing, const std::function<void()>& call) {
  {
    const std::lock_guard lock(mutex_);
    doing_ = doing;
    moved_ = Clock::now();
    connect_until_.reset();
  }
  asked_ = {};
  look();
  if (ended_) return false;
  const auto tick = std::clamp(std::min(patience_.connect, patience_.silence) / 8, kShortestTick, kAskEvery);
  auto running = std::async(std::launch::async, [this, &call] {
    block_signals();
    watched = this;
    call();
  });
  try {
    while (running.wait_for(tick) == std::future_status::timeout) look();
  } catch (...) {  // from progress: the thread uses what the caller owns
    end("was cancelled");
    running.wait();
    throw;
  }
  running.get();
  return true;
}

bool WatchedCall::tell(std::string_view what) {
  ++signs_;
  const std::lock_guard lock(mutex_);
  doing_ = what;
  return !ended_;
}

bool WatchedCall::connected() const {
  const std::lock_guard lock(mutex_);
  return socket_ >= 0;
}

std::optional<std::string> WatchedCall::why_ended() const {
  const std::lock_guard lock(mutex_);
  if (!why_.empty()) return why_;
  if (!unconnected_.empty()) return unconnected_;
  return std::nullopt;
}

void WatchedCall::look() {
  if (ended_) return;
  const auto now = Clock::now();
  if (now > deadline_) return end("took too long");
  if (progress_ && now - asked_ >= kAskEvery) {
    asked_ = now;
    std::string doing;
    {
      const std::lock_guard lock(mutex_);
      doing = doing_;
    }
    if (!progress_(doing)) return end("was cancelled");
  }
  const std::lock_guard lock(mutex_);
  if (socket_ < 0 || connect_until_) return;
  const std::uint64_t seen = signs_ + bytes_moved(socket_);
  if (seen != seen_) {
    seen_ = seen;
    moved_ = now;
  } else if (now - moved_ > patience_.silence) {
    end_locked(fmt::format("failed: the server said nothing for {}", words(now - moved_)));
  }
}

void WatchedCall::end(std::string why) {
  const std::lock_guard lock(mutex_);
  end_locked(std::move(why));
}

void WatchedCall::end_locked(std::string why) {
  if (ended_) return;
  ended_ = true;
  why_ = std::move(why);
  if (socket_ >= 0) ::shutdown(socket_, SHUT_RDWR);
}

int WatchedCall::connect(int socket, const void* address, unsigned length) {
  if (!is_tcp(socket)) return next_connect()(socket, static_cast<const sockaddr*>(address), length);
  const auto started = Clock::now();
  Deadline until;
  {
    const std::lock_guard lock(mutex_);
    if (!connect_until_) connect_until_ = started + patience_.connect;
    until = started + (*connect_until_ - started) / 2;
  }
  const int flags = ::fcntl(socket, F_GETFL);
  if (flags < 0 || ::fcntl(socket, F_SETFL, flags | O_NONBLOCK) < 0) return -1;
  int error = next_connect()(socket, static_cast<const sockaddr*>(address), length) == 0 ? 0 : errno;
  bool late = false;
  while (error == EINPROGRESS && !ended_ && !late) {
    pollfd wanted{socket, POLLOUT, 0};
    const int ready = ::poll(&wanted, 1, static_cast<int>(kShortestTick.count()));
    if (ready > 0) {
      socklen_t size = sizeof error;
      if (::getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size) < 0) error = errno;
    } else if (ready < 0 && errno != EINTR) {
      error = errno;
    } else {
      late = Clock::now() > until;
    }
  }
  if (error == EINPROGRESS) error = late ? ETIMEDOUT : ECANCELED;
  if (::fcntl(socket, F_SETFL, flags) < 0 && error == 0) error = errno;

  const std::lock_guard lock(mutex_);
  if (error == 0 && ended_) error = ECANCELED;
  if (late) unconnected_ = fmt::format("failed: the server did not answer within {}", words(Clock::now() - started));
  if (error != 0) {
    errno = error;
    return -1;
  }
  if (socket_ >= 0) ::close(socket_);
  socket_ = ::fcntl(socket, F_DUPFD_CLOEXEC, 0);
  if (socket_ < 0) return -1;
  connect_until_.reset();
  unconnected_.clear();
  seen_ = 0;
  moved_ = Clock::now();
  return 0;
}

}  // namespace hotfixd::git

// Seen by libgit2 and everything else in the program before libc's.
extern "C" __attribute__((visibility("default"))) int connect(int socket, const sockaddr* address, socklen_t length) {
  if (auto* call = hotfixd::git::watched) return call->connect(socket, address, length);
  return hotfixd::git::next_connect()(socket, address, length);
}
