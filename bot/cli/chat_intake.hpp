// Brings what people typed to the engine: in order, one at a time, until it has been acknowledged.
#pragma once

#include <memory>

#include "bot/cli/chat.hpp"

namespace hotfixd::cli {

// Used from one thread.
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

  virtual ~ChatIntake() = default;
  // Queues what the file holds undelivered and is not queued yet; returns how many.
  virtual Result<std::size_t> resume() = 0;
  // Queues a delivery that is stored already.
  virtual void offer(local::Incoming delivery) = 0;
  // Takes note of what was acknowledged (its answer is stored by then) and submits what is due.
  virtual std::vector<Trouble> pump(Instant now) = 0;
  // What the person should know of the way there, one line each.
  virtual std::vector<std::string> news() { return {}; }

  virtual std::optional<Instant> next_due() const = 0;  // of the next attempt
  virtual std::size_t waiting() const = 0;
  // Is nothing on its way, i.e. no delivery, and no effect that is due or being carried out? An effect that waits for
  // its next attempt counts as quiet.
  virtual bool quiet() = 0;
  // The engine cannot be reached at the moment: what is typed is stored, and nothing comes of it yet.
  virtual bool cut_off() const { return false; }
  // Does the person who typed wait for something that is being done?
  virtual bool working() { return !(idle() && quiet()); }
  bool idle() const { return waiting() == 0; }
};

// To the engine of this process. Acknowledgements come from its threads, store the answer and wait to be pumped.
// `wake` is called, from any thread, when pump() has something to do.
std::unique_ptr<ChatIntake> engine_intake(const ChatPorts& ports, std::function<void()> wake);

}  // namespace hotfixd::cli
