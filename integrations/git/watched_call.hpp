// Ends a libgit2 call when the server does not answer, falls silent, or nobody wants the call any more.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <mutex>
#include <optional>
#include <string>

#include "bot/ports/git_repository.hpp"

namespace hotfixd::git {

using Deadline = std::chrono::steady_clock::time_point;

// How long a server may take. `connect`: to accept the connection, all addresses of the host together (the first one
// gets half of it). `silence`: without a byte taken or sent and without a sign of work from libgit2.
struct Patience {
  std::chrono::milliseconds connect{15'000}, silence{30'000};
};

// libgit2 1.5 has no time limit of its own: it connects and reads with blocking calls, and so does libssh2 for it. So a
// call runs on a thread of its own while the thread that wants it watches, and ends it by shutting its socket down.
//
// The socket is learned by defining connect() in this program, which comes before libc's for libgit2 too; on any
// thread but a watched one it is libc's. The documented way to a stream of one's own, git_stream_register, does not
// serve ssh: 1.5 casts that stream to a private struct, so a stream that is not laid out alike corrupts memory after
// an upgrade, whereas a connect() that is no longer called only loses the limits, which the tests notice. What moves is
// counted by the kernel (TCP_INFO), which is the same for http, https and ssh.
//
// Looking a host name up cannot be ended: its limits are those of resolv.conf (10 s for each name server, by default).
class WatchedCall {
 public:
  WatchedCall(Patience patience, Deadline deadline, GitProgress progress);
  ~WatchedCall();
  WatchedCall(const WatchedCall&) = delete;
  WatchedCall& operator=(const WatchedCall&) = delete;

  // Runs `call` and returns when it has returned. `progress` is asked on this thread, at once with `doing` and then
  // every 200 ms, also while nothing moves; when it says no before the start, `call` is not run and the result is
  // false. Several calls over one connection may follow each other.
  bool run(std::string_view doing, const std::function<void()>& call);
  // For libgit2's callbacks, from inside `call`: it works, and at what. False = it was ended and shall give up.
  bool tell(std::string_view what);
  // Is there a socket to wait for?
  bool connected() const;
  // Why the call was ended, as the end of a sentence ("failed: the server said nothing for 30 s",
  // "was cancelled"); nothing when it was not.
  std::optional<std::string> why_ended() const;

  // What connect() does on the thread of a watched call.
  int connect(int socket, const void* address, unsigned length);

 private:
  void look();
  void end(std::string why);
  void end_locked(std::string why);

  const Patience patience_;
  const Deadline deadline_;
  const GitProgress progress_;
  std::chrono::steady_clock::time_point asked_{};  // progress, the last time
  std::atomic<std::uint64_t> signs_{0};            // of work, from libgit2
  std::atomic<bool> ended_{false};

  mutable std::mutex mutex_;  // guards what follows
  std::string doing_;
  std::string why_;          // ended
  std::string unconnected_;  // the last attempt to connect took too long
  std::optional<Deadline> connect_until_;
  // A duplicate of libgit2's descriptor: that one may be closed and its number be somebody else's at any moment.
  int socket_ = -1;
  std::uint64_t seen_ = 0;  // signs and bytes
  std::chrono::steady_clock::time_point moved_{};
};

}  // namespace hotfixd::git
