// Brings what people typed to the engine: in order, one at a time, until it has been acknowledged.
#pragma once

#include <deque>
#include <memory>

#include "bot/cli/chat.hpp"

namespace hotfixd::cli {

// Used from one thread; acknowledgements come from others, store the answer and wait to be pumped.
class ChatIntake {
 public:
  using Instant = std::chrono::steady_clock::time_point;

  // What became of an attempt that did not simply succeed.
  struct Trouble {
    local::Incoming delivery;
    Problem problem;
    bool changed = false;             // the engine has it, only its answer could not be stored
    std::optional<Seconds> again_in;  // none: given up, it left the queue
  };

  // `wake` is called, from any thread, when pump() has something to do.
  ChatIntake(const ChatPorts& ports, std::function<void()> wake);
  ~ChatIntake();
  ChatIntake(const ChatIntake&) = delete;
  ChatIntake& operator=(const ChatIntake&) = delete;

  // Queues what a former run left undelivered; returns how many.
  Result<std::size_t> resume();
  // Queues a delivery that is stored already.
  void offer(local::Incoming delivery);
  // Takes note of what was acknowledged (its answer is stored by then) and submits what is due.
  std::vector<Trouble> pump(Instant now);

  std::optional<Instant> next_due() const;  // of the next attempt
  std::size_t waiting() const { return queue_.size(); }
  bool idle() const { return queue_.empty(); }

 private:
  struct Mail;
  struct Outcome;
  void submit_first();
  std::optional<Trouble> finish_first(const Outcome& outcome, Instant now);
  Trouble retry_later(Problem problem, bool changed, Instant now);

  ChatPorts ports_;
  std::shared_ptr<Mail> mail_;
  std::deque<local::Incoming> queue_;  // the first one is in flight, or waits for its next attempt
  bool in_flight_ = false;
  int attempts_ = 0;  // of the first one
  std::optional<Instant> again_at_;
};

}  // namespace hotfixd::cli
