// Who somebody is in Slack: names by member id, asked aside, once, and remembered.
#pragma once

#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "bot/domain/policy.hpp"
#include "integrations/slack/inbound.hpp"
#include "integrations/slack/web_api.hpp"

namespace hotfixd::slack {

// users.info may take as long as Slack likes: only the thread in here waits for it. Thread-safe.
class People {
 public:
  // All must outlive it.
  People(WebApi& api, const Policy& policy, const Clock& clock);
  ~People();
  People(const People&) = delete;
  People& operator=(const People&) = delete;

  // The configured person with this member id; otherwise the id with the name that Slack shows, without one with
  // `hint` (the name in the payload), without that with the id itself. Does not block.
  Person person(std::string_view member, std::string_view hint = {}) const;
  // Asks for the names of those who are neither configured nor known. `done` is called once, on another thread, when
  // each was answered or refused; before learn() returns when there is nobody to ask.
  void learn(const std::vector<std::string>& members, std::function<void()> done = {});
  // Who still waits is not called. Repeatable.
  void stop();

 private:
  struct Known {
    std::string name;  // empty: Slack did not say
    Time until{};
  };
  struct Wait {
    std::set<std::string> left;
    std::function<void()> done;
  };
  void run();
  std::string ask(const std::string& member);
  bool configured(std::string_view member) const;

  WebApi& api_;
  const Policy& policy_;
  const Clock& clock_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::map<std::string, Known, std::less<>> names_;
  std::deque<std::string> wanted_;
  std::vector<Wait> waits_;
  bool stopping_ = false;
  std::jthread thread_;
};

}  // namespace hotfixd::slack
