// Signals and wake-ups of the chat client as one descriptor to wait on.
#pragma once

#include <csignal>
#include <utility>
#include <vector>

namespace hotfixd::cli {

// A descriptor that becomes readable; wake() may be called from any thread and from signal handlers.
class WakeUp {
 public:
  WakeUp();  // throws std::system_error when the process has no descriptor left
  ~WakeUp();
  WakeUp(const WakeUp&) = delete;
  WakeUp& operator=(const WakeUp&) = delete;
  int fd() const { return fd_; }
  void wake() const;
  void clear() const;

 private:
  int fd_;
};

// While it lives, these signals only wake and are remembered. At most one exists at a time.
class SignalWatch {
 public:
  SignalWatch(const WakeUp& wake, std::vector<int> signals);
  ~SignalWatch();
  SignalWatch(const SignalWatch&) = delete;
  SignalWatch& operator=(const SignalWatch&) = delete;
  static bool take(int signal);  // has it come since the last take()?
  static bool is_pending(int signal);

 private:
  std::vector<std::pair<int, struct sigaction>> before_;
};

}  // namespace hotfixd::cli
