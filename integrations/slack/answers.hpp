// What one person is shown after Slack was answered: brought by a thread of its own, so that nobody who waits for an
// acknowledgement waits for it.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "bot/domain/decision.hpp"
#include "bot/domain/policy.hpp"
#include "integrations/slack/timer.hpp"
#include "integrations/slack/web_api.hpp"

namespace hotfixd::slack {

// Where it is shown.
struct Place {
  std::string channel, user;
  std::string thread;        // ts of the parent; empty = the channel itself
  std::string response_url;  // of a command or a press; empty = there is none
};

class Answers {
 public:
  // All must outlive it. `report`: what could not be shown.
  Answers(WebApi& api, const Policy& policy, Timer& timer, std::function<void(const std::string&)> report);
  ~Answers();
  Answers(const Answers&) = delete;
  Answers& operator=(const Answers&) = delete;

  // Through the response_url, which also works where the bot is no member; without one, or when Slack does not take
  // it any more, as an ephemeral message. What may pass later is tried kTries times. Thread-safe.
  void show(Place place, Reply reply);
  // What waits is dropped. Repeatable.
  void stop();

  static constexpr int kTries = 5;

 private:
  struct Answer {
    Place place;
    Reply reply;
    int tries = 0;
  };
  void add(Answer answer);
  void run();
  void bring(Answer answer);

  WebApi& api_;
  const Policy& policy_;
  Timer& timer_;
  const std::function<void(const std::string&)> report_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Answer> waiting_;
  bool stopping_ = false;
  std::jthread thread_;
};

}  // namespace hotfixd::slack
