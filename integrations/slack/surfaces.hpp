// What people open besides typing a command: the form of `/hotfix declare`, the shortcuts of a
// message's menu, and App Home.
#pragma once

#include "integrations/slack/declare_modal.hpp"
#include "integrations/slack/intake.hpp"
#include "integrations/slack/worker.hpp"

namespace hotfixd::slack {

class Surfaces {
 public:
  // All must outlive it; the timer and the people are stopped before.
  struct Parts {
    WebApi& api;
    People& people;
    Answers& answers;
    Timer& timer;
    const Policy& policy;
  };
  Surfaces(Parts parts, Submit submit, std::function<void(const std::string&)> report);

  // False: it is none of a surface's, and `told` was not touched. Otherwise `told` is called once, from any thread.
  // A trigger lives three seconds, so a form is asked for at once, before anything that waits. One that was sent is
  // answered within Intake::kAnswerWithin, whatever the engine does. Thread-safe.
  bool take(const Incoming& in, std::function<void(Told)>& told);
  void stop();

 private:
  void open_form(const UserRef& user, const std::string& trigger, DeclareDraft draft);
  void from_message(const Incoming& in, const MessageShortcut& wish, std::function<void(Told)> told);
  void add_to_timeline(const Incoming& in, const MessageShortcut& wish, std::function<void(Told)> told);
  void sent(const Incoming& in, const ViewSubmission& form, std::function<void(Told)> told);
  void show_home(const Incoming& in, const AppHomeOpened& home, std::function<void(Told)> told);
  void tell(const ChannelId& where, const std::string& user, Message message);

  void named(const std::vector<std::string>& members, std::function<void()> job);
  std::string read(std::string_view text) const;

  WebApi& api_;
  People& people_;
  Answers& answers_;
  Timer& timer_;
  const Policy& policy_;
  const Submit submit_;
  const std::function<void(const std::string&)> report_;
  Worker opener_;  // views.open, and nothing else that could hold it up
  Worker home_;    // views.publish
};

}  // namespace hotfixd::slack
