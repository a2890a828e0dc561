// What happens later. Tests move it by hand.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

namespace hotfixd::slack {

class Timer {
 public:
  using Duration = std::chrono::milliseconds;

  virtual ~Timer() = default;  // stops
  // Runs `what` once, after that long, on the timer's thread; not at all once stop() was called. Keep it short.
  // Thread-safe.
  virtual void after(Duration wait, std::function<void()> what) = 0;
  // Repeatable; not from a `what`.
  virtual void stop() = 0;
};

std::unique_ptr<Timer> create_timer();

}  // namespace hotfixd::slack
