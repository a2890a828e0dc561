// A timer that only moves when the test says so.
#pragma once

#include <map>
#include <mutex>

#include "integrations/slack/timer.hpp"

namespace hotfixd::testing {

class ManualTimer final : public slack::Timer {
 public:
  void after(Duration wait, std::function<void()> what) override {
    const std::lock_guard lock(mutex_);
    if (!stopped_) due_.emplace(now_ + wait, std::move(what));
  }
  void stop() override {
    std::multimap<Duration, std::function<void()>> dropped;
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    dropped.swap(due_);
  }
  // Everything that falls due on the way happens on this thread, in order.
  void advance(Duration by) {
    std::unique_lock lock(mutex_);
    const auto until = now_ + by;
    while (!due_.empty() && due_.begin()->first <= until) {
      now_ = std::max(now_, due_.begin()->first);
      auto job = due_.extract(due_.begin());
      lock.unlock();
      job.mapped()();
      lock.lock();
    }
    now_ = until;
  }

 private:
  std::mutex mutex_;
  std::multimap<Duration, std::function<void()>> due_;
  Duration now_{0};
  bool stopped_ = false;
};

}  // namespace hotfixd::testing
