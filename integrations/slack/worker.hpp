// One thread for calls that block, so that nobody who waits for an acknowledgement waits for them.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace hotfixd::slack {

// What is to happen later waits in a Timer, not in a job: a job that sleeps holds up the others.
class Worker {
 public:
  using Job = std::function<void()>;

  explicit Worker(std::size_t most = 1000);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // In the order of their coming. False: `most` jobs wait already. Thread-safe.
  bool add(Job job);
  // What waits, and what comes later, is dropped unworked. Repeatable; never from a job.
  void stop();

 private:
  void run();

  const std::size_t most_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Job> jobs_;
  bool stopping_ = false;
  std::jthread thread_;
};

}  // namespace hotfixd::slack
