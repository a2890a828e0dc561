#include "integrations/slack/worker.hpp"

namespace hotfixd::slack {

Worker::Worker(std::size_t most) : most_(most) {
  thread_ = std::jthread([this] { run(); });
}

Worker::~Worker() { stop(); }

bool Worker::add(Job job) {
  const std::lock_guard lock(mutex_);
  if (stopping_) return true;
  if (jobs_.size() >= most_) return false;
  jobs_.push_back(std::move(job));
  wake_.notify_one();
  return true;
}

void Worker::stop() {
  std::deque<Job> dropped;  // destroyed outside of the lock: what they hold may call back
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    dropped.swap(jobs_);
    wake_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

void Worker::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [&] { return stopping_ || !jobs_.empty(); });
    if (stopping_) return;
    auto job = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    job();
    job = {};
    lock.lock();
  }
}

}  // namespace hotfixd::slack
