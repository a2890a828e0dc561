// The imperative shell: load → decide → commit → acknowledge → carry out effects → feed results back.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <set>

#include "bot/domain/decide.hpp"
#include "bot/ports/chat_platform.hpp"
#include "bot/ports/clock.hpp"
#include "bot/ports/deployer.hpp"
#include "bot/ports/flag_service.hpp"
#include "bot/ports/forge.hpp"
#include "bot/ports/git_repository.hpp"
#include "bot/ports/regression_tester.hpp"
#include "bot/ports/store.hpp"

namespace hotfixd {

// Something that came in from outside.
struct Delivery {
  struct CommandLine {
    std::string text;  // without the leading "/hotfix"
    MessageId about;   // see Context::about
  };
  std::string id;  // the source's own id for it: the same on redelivery
  Time sent_at{};  // the source's own time
  Person actor;
  ChannelId channel;  // empty for forge events
  std::variant<CommandLine, chat::Said, chat::Edited, chat::Deleted, chat::Reacted, chat::Added, chat::Pressed,
               chat::Joined, chat::Archived, ForgeEvent>
      what;
  bool remember = false;  // its answer is kept even when it changed nothing
  bool unproven = false;  // see Context::unproven
  bool patient = false;   // bringing its answer may take a while: never on the engine's own thread
};

// Called once, after the commit (or after nothing could be committed: then a Problem, and the source
// must deliver again). On a redelivery it gets the first answer. One at a time, in the order of the commits, on a
// thread of its own (the engine's where it is quick, the caller's under run_until_idle()), and before effects of the
// same commit begin: be quick.
using Acknowledge = std::function<void(const Result<InboxAnswer>&)>;

struct EngineOptions {
  // How often git is asked: 1/144 of the time since the incident last moved, within these bounds.
  Seconds fetch_active{60};
  Seconds fetch_resolved{600};
  Seconds progress_after{2};  // a git call that takes longer is announced in the channel
  int max_attempts = 12;      // of one effect, before it becomes a dead letter
  Seconds first_retry{2};     // doubles up to max_retry, with jitter
  Seconds max_retry{300};
  Seconds inbox_kept{7 * 24 * 3600};
  int workers = 4;  // threads for effects; 0 = effects run inside run_until_idle() (tests, replay)
};

struct EnginePorts {
  Store& store;
  Clock& clock;
  IdSource& ids;
  ChatPlatform& chat;
  std::map<std::string, GitRepository*> repositories;    // by policy name
  std::function<std::string(const IncidentId&)> page{};  // the address of an incident's page; none = there are no pages
  std::map<std::string, Forge*> forges{};                // by policy name; none = only webhooks tell of it
  std::map<std::string, Deployer*> deployers{};          // by policy name; none = people deploy it
  std::map<std::string, RegressionTester*> testers{};    // by policy name; none = it has no regression test
  FlagService* flags = nullptr;                          // none = people switch them
};

class Engine {
 public:
  Engine(EnginePorts ports, Policy policy, EngineOptions options);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // Reads the heads and the pending outbox. Call once before anything else.
  Result<void> open();

  // Thread-safe. The delivery waits its turn; see Acknowledge.
  void submit(Delivery delivery, Acknowledge acknowledge);

  // Single-threaded driving: works off all that is due at the clock's now, effects included (workers == 0).
  Result<void> run_until_idle();
  // When run_until_idle() next has something to do, deliveries aside.
  std::optional<Time> next_due() const;

  // Threaded driving: start() spawns the engine thread and the workers; stop() refuses new deliveries,
  // finishes what is being committed, asks running effects to end and joins. The outbox keeps the rest.
  void start();
  // `hang_up` is called once nothing is decided any more and before the workers are waited for, so that what it breaks
  // off is carried out after the next start and is nobody's answer.
  void stop(const std::function<void()>& hang_up = {});

  // What the record holds of each channel with an open incident, so that what was missed there can be found.
  struct OpenChannel {
    ChannelId channel;
    Time since{};  // when it was declared, or opened again
    struct Message {
      std::string text;
      bool deleted = false;
      std::set<std::string> pinned_by;  // Person::key()
    };
    std::map<MessageId, Message> messages;
  };
  // Thread-safe. `done` is called once, on the engine's thread; with none when it is stopping.
  void open_channels(std::function<void(std::vector<OpenChannel>)> done);

  // Asks git about this repository now (a push webhook, a git step in a replay).
  void refresh(const std::string& repository);

  // Who is in the chat platform's groups that the policy names ("@release"). Thread-safe.
  void set_groups(std::map<std::string, std::vector<Person>> groups);

  const Policy& policy() const;
  // Messages of the bot that were posted anew, and edits in place, since open(). Store::counts() has them per incident,
  // for good.
  struct Counters {
    std::uint64_t posts = 0, edits = 0, commits = 0, deliveries = 0;
  };
  Counters counters() const;
  // Thread-safe: nothing waits, nothing is due and nothing is being carried out. An effect that waits
  // for its next attempt counts as quiet.
  bool quiet() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace hotfixd
