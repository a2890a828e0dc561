#include "integrations/slack/timer.hpp"

#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>

namespace hotfixd::slack {
namespace {

using Steady = std::chrono::steady_clock;

class ThreadTimer final : public Timer {
 public:
  ThreadTimer() {
    thread_ = std::jthread([this] { run(); });
  }
  ~ThreadTimer() override { stop(); }

  void after(Duration wait, std::function<void()> what) override {
    const std::lock_guard lock(mutex_);
    if (stopping_) return;
    due_.emplace(Steady::now() + wait, std::move(what));
    wake_.notify_one();
  }

  void stop() override {
    std::multimap<Steady::time_point, std::function<void()>> dropped;  // destroyed outside of the lock
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
      dropped.swap(due_);
      wake_.notify_all();
    }
    if (thread_.joinable()) thread_.join();
  }

 private:
  void run() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
      if (due_.empty()) {
        wake_.wait(lock);
        continue;
      }
      const auto first = due_.begin();
      if (const auto at = first->first; at > Steady::now()) {
        wake_.wait_until(lock, at);
        continue;
      }
      auto job = due_.extract(first);
      lock.unlock();
      job.mapped()();
      job = {};
      lock.lock();
    }
  }

  std::mutex mutex_;
  std::condition_variable wake_;
  std::multimap<Steady::time_point, std::function<void()>> due_;
  bool stopping_ = false;
  std::jthread thread_;
};

}  // namespace

std::unique_ptr<Timer> create_timer() { return std::make_unique<ThreadTimer>(); }

}  // namespace hotfixd::slack
