// What happens later. Tests move it by hand.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>

namespace hotfixd::slack {

class Timer {
 public:
  using Duration = std::chrono::milliseconds;
  using Id = std::uint64_t;  // 0 = none

  virtual ~Timer() = default;  // stops
  // Runs `what` once, after that long, on the timer's thread; not at all once stop() was called (then the Id is 0).
  // Keep it short. Thread-safe.
  virtual Id after(Duration wait, std::function<void()> what) = 0;
  // Forgets what has not begun yet; of what has, and of 0, nothing. Thread-safe.
  virtual void cancel(Id id) = 0;
  // Repeatable; not from a `what`.
  virtual void stop() = 0;
};

std::unique_ptr<Timer> create_timer();

}  // namespace hotfixd::slack
