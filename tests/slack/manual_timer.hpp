// A timer that only moves when the test says so.
#pragma once

#include <map>
#include <mutex>

#include "integrations/slack/timer.hpp"

namespace hotfixd::testing {

class ManualTimer final : public slack::Timer {
 public:
  Id after(Duration wait, std::function<void()> what) override {
    const std::lock_guard lock(mutex_);
    if (stopped_) return 0;
    due_.emplace(std::pair{now_ + wait, ++last_}, std::move(what));
    return last_;
  }
  void cancel(Id id) override {
    const std::lock_guard lock(mutex_);
    std::erase_if(due_, [&](const auto& job) { return job.first.second == id; });
  }
  std::size_t waiting() const {
    const std::lock_guard lock(mutex_);
    return due_.size();
  }
  void stop() override {
    Due dropped;
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    dropped.swap(due_);
  }
  // Everything that falls due on the way happens on this thread, in order.
  void advance(Duration by) {
    std::unique_lock lock(mutex_);
    const auto until = now_ + by;
    while (!due_.empty() && due_.begin()->first.first <= until) {
      now_ = std::max(now_, due_.begin()->first.first);
      auto job = due_.extract(due_.begin());
      lock.unlock();
      job.mapped()();
      lock.lock();
    }
    now_ = until;
  }

 private:
  using Due = std::map<std::pair<Duration, Id>, std::function<void()>>;

  mutable std::mutex mutex_;
  Due due_;
  Id last_ = 0;
  Duration now_{0};
  bool stopped_ = false;
};

}  // namespace hotfixd::testing
