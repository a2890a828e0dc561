#include "integrations/slack/worker.hpp"

namespace hotfixd::slack {

Worker::Worker(std::size_t most) : most_(most) {
  thread_ = std::jthread([this] { run(); });
}

Worker::~Worker() { stop(); }

bool Worker::add(Job job, At at) {
  const std::lock_guard lock(mutex_);
  if (stopping_ || jobs_.size() >= most_) return false;
  jobs_.emplace(at, std::move(job));
  wake_.notify_one();
  return true;
}

void Worker::stop() {
  std::multimap<At, Job> dropped;  // destroyed outside of the lock: what they hold may call back
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
  while (!stopping_) {
    if (jobs_.empty()) {
      wake_.wait(lock);
      continue;
    }
    const auto first = jobs_.begin();
    if (const At at = first->first; at > std::chrono::steady_clock::now()) {
      wake_.wait_until(lock, at);
      continue;
    }
    auto job = jobs_.extract(first);
    lock.unlock();
    job.mapped()();
    job = {};
    lock.lock();
  }
}

}  // namespace hotfixd::slack
