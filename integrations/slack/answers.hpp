// What one person is shown after Slack was answered: brought by a thread of its own, so that nobody who waits for an
// acknowledgement waits for it.
#pragma once

#include <functional>
#include <string>

#include "bot/domain/decision.hpp"
#include "bot/domain/policy.hpp"
#include "integrations/slack/timer.hpp"
#include "integrations/slack/web_api.hpp"
#include "integrations/slack/worker.hpp"

namespace hotfixd::slack {

// Where it is shown.
struct Place {
  std::string channel, user;  // no channel: to the person alone
  std::string thread;         // ts of the parent; empty = the channel itself
  std::string response_url;   // of a command or a press; empty = there is none
};

class Answers {
 public:
  // All must outlive it; the timer is stopped before. `report`: what could not be shown.
  Answers(WebApi& api, const Policy& policy, Timer& timer, std::function<void(const std::string&)> report);

  // Through the response_url, which also works where the bot is no member; without one, or when Slack does not take
  // it any more, as an ephemeral message; when that cannot be shown, to the person alone. What may pass later is tried
  // kTries times each way, but a message to the person alone is not repeated when it may have arrived. Thread-safe.
  void show(Place place, Reply reply);
  // What waits is dropped. Repeatable.
  void stop();

  static constexpr int kTries = 5;

 private:
  struct Answer {
    Place place;
    Reply reply;
    int tries = 0;
    bool unsure = false;  // one of them may have been shown
  };
  void add(Answer answer);
  void bring(Answer answer);
  std::expected<void, ApiFailure> try_to_show(const Answer& answer);

  WebApi& api_;
  const Policy& policy_;
  Timer& timer_;
  const std::function<void(const std::string&)> report_;
  Worker worker_;
};

}  // namespace hotfixd::slack
