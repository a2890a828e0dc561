// Tells who delivered something what became of it.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "bot/engine/engine.hpp"

namespace hotfixd {

// In the order of tell(). Without start() at once, on the caller's thread; with it on a thread of its own, so that the
// next commit does not wait until answers are rendered. One that throws costs nobody else theirs.
class Acknowledger {
 public:
  // So few are brought by flush() itself, when no others wait: to wake the thread would take longer.
  static constexpr std::size_t kAtOnce = 2;

  ~Acknowledger() { stop(); }

  void start();
  // What was told before is still brought. Repeatable.
  void stop();
  // `delivery`: its id, for the log. `patient`: by the thread, see Delivery. One thread at a time.
  void tell(std::string delivery, Acknowledge acknowledge, Result<InboxAnswer> answer, bool patient = false);
  // Brings what was told since, or wakes the thread for it.
  void flush();
  // Until everything that was told has been brought.
  void wait();
  // Thread-safe: everything that was told has been brought.
  bool quiet() const;

 private:
  struct Told {
    std::string delivery;
    Acknowledge acknowledge;
    Result<InboxAnswer> answer;
    bool patient = false;
  };
  static void bring(const Told& told);
  void run();

  std::vector<Told> told_;  // since the last flush()
  mutable std::mutex mutex_;
  std::condition_variable wake_, brought_;
  std::vector<Told> waiting_;
  bool bringing_ = false;
  bool stopping_ = false;
  std::jthread thread_;
};

}  // namespace hotfixd
