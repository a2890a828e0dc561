#include "bot/engine/acknowledger.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

namespace hotfixd {

void Acknowledger::start() {
  thread_ = std::jthread([this] { run(); });
}

void Acknowledger::stop() {
  if (!thread_.joinable()) return;
  flush();
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    wake_.notify_one();
  }
  thread_.join();
}

void Acknowledger::tell(std::string delivery, Acknowledge acknowledge, Result<InboxAnswer> answer, bool patient) {
  Told told{std::move(delivery), std::move(acknowledge), std::move(answer), patient};
  if (thread_.joinable())
    told_.push_back(std::move(told));
  else
    bring(told);
}

void Acknowledger::flush() {
  if (told_.empty()) return;
  if (told_.size() <= kAtOnce && std::ranges::none_of(told_, &Told::patient) && quiet()) {
    for (const auto& told : told_) bring(told);
    return told_.clear();
  }
  const std::lock_guard lock(mutex_);
  waiting_.insert(waiting_.end(), std::make_move_iterator(told_.begin()), std::make_move_iterator(told_.end()));
  told_.clear();
  wake_.notify_one();
}

void Acknowledger::wait() {
  flush();
  std::unique_lock lock(mutex_);
  brought_.wait(lock, [&] { return !thread_.joinable() || (waiting_.empty() && !bringing_); });
}

bool Acknowledger::quiet() const {
  const std::lock_guard lock(mutex_);
  return waiting_.empty() && !bringing_;
}

void Acknowledger::bring(const Told& told) {
  try {
    told.acknowledge(told.answer);
  } catch (const std::exception& e) {
    spdlog::error("{} could not be acknowledged: {}", told.delivery, e.what());
  }
}

void Acknowledger::run() {
  std::vector<Told> now;
  while (true) {
    {
      std::unique_lock lock(mutex_);
      bringing_ = false;
      brought_.notify_all();
      wake_.wait(lock, [&] { return stopping_ || !waiting_.empty(); });
      if (waiting_.empty()) return;
      now.swap(waiting_);
      bringing_ = true;
    }
    for (const auto& told : now) bring(told);
    now.clear();
  }
}

}  // namespace hotfixd
