#include "integrations/slack/timer.hpp"

#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <utility>

namespace hotfixd::slack {
namespace {

using Steady = std::chrono::steady_clock;

class ThreadTimer final : public Timer {
 public:
  ThreadTimer() {
    thread_ = std::jthread([this] { run(); });
  }
  ~ThreadTimer() override { stop(); }

  Id after(Duration wait, std::function<void()> what) override {
    const auto at = Steady::now() + wait;
    const std::lock_guard lock(mutex_);
    if (stopping_) return 0;
    const Id id = ++last_;
    due_.emplace(std::pair{at, id}, std::move(what));
    times_.emplace(id, at);
    if (at < looks_at_) wake_.notify_one();
    return id;
  }

  void cancel(Id id) override {
    Due::node_type dropped;  // destroyed outside of the lock
    const std::lock_guard lock(mutex_);
    const auto time = times_.extract(id);
    if (!time.empty()) dropped = due_.extract({time.mapped(), id});
  }

  void stop() override {
    Due dropped;  // destroyed outside of the lock
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
      dropped.swap(due_);
      wake_.notify_all();
    }
    if (thread_.joinable()) thread_.join();
  }

 private:
  using Due = std::map<std::pair<Steady::time_point, Id>, std::function<void()>>;

  void run() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
      const auto first = due_.begin();
      looks_at_ = first == due_.end() ? Steady::time_point::max() : first->first.first;
      if (first == due_.end()) {
        wake_.wait(lock);
        continue;
      }
      if (looks_at_ > Steady::now()) {
        wake_.wait_until(lock, looks_at_);
        continue;
      }
      times_.erase(first->first.second);
      auto job = due_.extract(first);
      lock.unlock();
      job.mapped()();
      job = {};
      lock.lock();
    }
  }

  std::mutex mutex_;
  std::condition_variable wake_;
  Due due_;
  std::unordered_map<Id, Steady::time_point> times_;  // of what is in due_
  // When the thread looks at due_ by itself. What it waited for may have been cancelled: most is, long before its time,
  // and waking the thread for each would cost more than looking once in vain.
  Steady::time_point looks_at_ = Steady::time_point::max();
  Id last_ = 0;
  bool stopping_ = false;
  std::jthread thread_;
};

}  // namespace

std::unique_ptr<Timer> create_timer() { return std::make_unique<ThreadTimer>(); }

}  // namespace hotfixd::slack
