// From what Slack sent to what the engine takes, and back to the answer that Slack wants.
#pragma once

#include <condition_variable>
#include <deque>
#include <thread>

#include "bot/domain/input.hpp"
#include "bot/ports/store.hpp"
#include "integrations/slack/people.hpp"

namespace hotfixd::slack {

// One thing for the engine's inbox.
struct Taken {
  struct CommandLine {
    std::string text;
    MessageId about;  // the message that an incident is declared from
  };
  std::string id;  // see delivery_id()
  std::optional<Time> sent_at;
  Person actor;
  ChannelId channel;
  std::variant<CommandLine, chat::Said, chat::Edited, chat::Deleted, chat::Reacted, chat::Added, chat::Pressed> what;
};
// Calls back once, from any thread, after the commit, or with why nothing was committed.
using Submit = std::function<void(Taken, std::function<void(const Result<InboxAnswer>&)>)>;

// What Slack is told. `committed` false: it shall deliver again. `payload`: the message for the person who typed a
// slash command, as JSON; empty for everything else.
struct Told {
  bool committed = true;
  std::string payload;
};

// Slash commands go straight to the engine; everything else in the order of its coming through one thread, which may
// ask Slack for names. What nobody handles is committed at once; what is not understood is reported once per text.
class Intake {
 public:
  // All must outlive it. `self`: see Self; it may become known later.
  Intake(WebApi& api, People& people, const Policy& policy, Submit submit,
         std::function<void(const std::string&)> report);
  ~Intake();
  Intake(const Intake&) = delete;
  Intake& operator=(const Intake&) = delete;

  // What `first` takes is its own: it gives the acknowledgement. Before anything comes in.
  void offer_first(std::function<bool(const Incoming&, std::function<void(Told)>&)> first) {
    first_ = std::move(first);
  }
  void set_self(Self self);
  Self self() const;
  // `told` is called once, from any thread. Thread-safe.
  void take(Incoming in, std::function<void(Told)> told);
  // What still waits is told "not committed". Repeatable.
  void stop();
  // Kinds of things that were not understood, and how often.
  std::uint64_t unknown() const;

 private:
  struct Waiting {
    Incoming in;
    std::function<void(Told)> told;
  };
  void run();
  void work(Waiting waiting);
  void slash(const Incoming& in, const SlashCommand& command, std::function<void(Told)> told);
  void answer_in_channel(const std::string& channel, const std::string& user, const Reply& reply);
  Person author(const Author& who);

  WebApi& api_;
  People& people_;
  const Policy& policy_;
  const Submit submit_;
  std::function<bool(const Incoming&, std::function<void(Told)>&)> first_;
  const std::function<void(const std::string&)> report_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Waiting> queue_;
  std::deque<std::function<void()>> answers_;  // ephemeral answers, which block
  Self self_;
  std::map<std::string, std::uint64_t> unknown_;
  bool stopping_ = false;
  std::jthread thread_;
};

}  // namespace hotfixd::slack
