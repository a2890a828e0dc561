// From what Slack sent to what the engine takes, and back to the answer that Slack wants within three seconds.
#pragma once

#include <condition_variable>
#include <deque>
#include <thread>

#include "bot/ports/store.hpp"
#include "integrations/slack/answers.hpp"
#include "integrations/slack/changes.hpp"

namespace hotfixd::slack {

// Calls back once, from any thread, after the commit, or with why nothing was committed.
using Submit = std::function<void(Taken, std::function<void(const Result<InboxAnswer>&)>)>;

// What Slack is told. `committed` false: it shall deliver again. `payload`: the message for the person who typed a
// slash command, as JSON; empty for everything else. `again`: it was committed before.
struct Told {
  bool committed = true;
  std::string payload;
  bool again = false;
};

// Nobody waits here for Slack or longer than Slack does:
//  * A slash command goes straight to the engine. What is not committed after kAnswerWithin is answered with "not
//    recorded yet", and the real answer follows through its response_url. So does a press, which is acknowledged then:
//    neither is delivered again.
//  * Events go through one thread in the order of their coming. An unknown name holds them up for kNameWithin at most;
//    then the id stands for it. What is committed too late is delivered again, and the inbox knows it.
// What nobody handles is committed at once; what is not understood is counted, and reported once per text.
class Intake {
 public:
  // All must outlive it.
  struct Parts {
    People& people;
    Answers& answers;
    Timer& timer;
    const Policy& policy;
  };
  Intake(Parts parts, Submit submit, std::function<void(const std::string&)> report);
  ~Intake();
  Intake(const Intake&) = delete;
  Intake& operator=(const Intake&) = delete;

  // What `first` takes is its own: it gives the acknowledgement. Before anything comes in.
  void offer_first(std::function<bool(const Incoming&, std::function<void(Told)>&)> first) {
    first_ = std::move(first);
  }
  // See Self; it may become known later.
  void set_self(Self self);
  Self self() const;
  // `told` is called once, from any thread. Thread-safe.
  void take(Incoming in, std::function<void(Told)> told);
  // What still waits is told "not committed". Repeatable.
  void stop();
  // Kinds of things that were not understood, and how often.
  std::uint64_t unknown() const;

  static constexpr Timer::Duration kAnswerWithin{2'500};
  static constexpr Timer::Duration kNameWithin{1'000};

 private:
  struct Waiting {
    Incoming in;
    std::function<void(Told)> told;
    bool ready = false;  // its names are known, or not waited for any longer
  };
  // Outlives this object where a name or the timer comes late.
  struct Queue {
    std::mutex mutex;
    std::condition_variable wake;
    std::deque<Waiting> waiting;
    std::uint64_t first = 0;  // number of waiting.front()
    bool stopping = false;
    // Its number, or nothing, and neither was touched: there is no room, or no use any more.
    std::optional<std::uint64_t> add(Incoming& in, std::function<void(Told)>& told);
    void ready(std::uint64_t number);
  };
  void run();
  void work(Waiting waiting);
  void slash(const Incoming& in, const SlashCommand& command, std::function<void(Told)> told);
  void press(const Incoming& in, const BlockActions& press, std::function<void(Told)> told);
  void note_unknown(const Unknown& what);
  std::vector<Taken> taken(const Incoming& in) const;
  std::string payload(const Reply& reply) const;

  People& people_;
  Answers& answers_;
  Timer& timer_;
  const Policy& policy_;
  const Submit submit_;
  std::function<bool(const Incoming&, std::function<void(Told)>&)> first_;
  const std::function<void(const std::string&)> report_;
  std::shared_ptr<Queue> queue_ = std::make_shared<Queue>();
  mutable std::mutex mutex_;
  Self self_;
  std::map<std::string, std::uint64_t> unknown_;
  Changes changes_;  // the thread's own
  std::jthread thread_;
};

}  // namespace hotfixd::slack
