// One thread for calls that block, so that nobody who waits for an acknowledgement waits for them.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <thread>

namespace hotfixd::slack {

class Worker {
 public:
  using Job = std::function<void()>;
  using At = std::chrono::steady_clock::time_point;

  // More than `most` waiting jobs are refused.
  explicit Worker(std::size_t most = 1000);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // Not before `at`, else in the order of their coming. False: refused, or stopped. Thread-safe.
  bool add(Job job, At at = {});
  // What waits is dropped unworked. Repeatable; never from a job.
  void stop();

 private:
  void run();

  const std::size_t most_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::multimap<At, Job> jobs_;
  bool stopping_ = false;
  std::jthread thread_;
};

}  // namespace hotfixd::slack
