// The inside of the Engine, shared by the .cpp files of this room only. One thread decides and commits; workers carry
// out effects. Everything below the queues belongs to the engine's thread (or to the caller of run_until_idle()).
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "bot/engine/acknowledger.hpp"
#include "bot/engine/effects.hpp"
#include "bot/engine/engine.hpp"
#include "bot/engine/guarded_store.hpp"
#include "bot/engine/outbox.hpp"

namespace hotfixd {

inline constexpr Seconds kStoreRetry{2};  // after the store refused a commit

struct Incoming {
  Delivery delivery;
  Acknowledge acknowledge;
  int conflicts = 0;
};

struct Finished {
  std::string key;
  EffectOutcome outcome;
};

std::uint64_t number_of(const IncidentId& id);
InboxAnswer refusal(const UserError& e);

struct Engine::Impl {
  EnginePorts ports;
  Policy policy;
  EngineOptions options;
  GuardedStore store;

  // Shared with other threads.
  mutable std::mutex mutex;
  std::condition_variable wake_engine, wake_workers;
  std::deque<Incoming> incoming;
  std::deque<Finished> finished;
  std::set<std::string> refresh_wanted;
  std::shared_ptr<const std::map<std::string, std::vector<Person>>> groups;
  std::vector<std::function<void(std::vector<OpenChannel>)>> questions;
  struct Job {
    std::string key;
    Effect effect;
    std::optional<PlacedMessage> placed;
    bool unsure = false;
  };
  std::deque<Job> jobs;
  std::map<std::string, std::string> progress;  // key of a running effect -> what it says it is doing
  bool stopping = false;
  Acknowledger told;
  std::jthread thread;
  std::vector<std::jthread> workers;
  Counters total;
  bool resting = false;  // the engine thread found nothing to do and waits

  // The engine thread's own.
  std::map<IncidentId, IncidentHead> heads;
  // An incident in memory. A decision needs the state before it and one to become the next; keeping the
  // second means that a message costs what it changes and not a copy of the whole incident.
  struct Known {
    Incident now;
    std::optional<Incident> spare;  // equals `now`
  };
  std::map<IncidentId, Known> cache;
  Outbox outbox;
  std::map<std::string, Time> next_poll;
  std::set<std::string> unsure_slots;           // something may have been posted there of which no answer came
  std::set<std::string> unsure_orders;          // keys of what begins elsewhere and may have begun: no answer came
  std::map<std::string, int> blind;             // incident/repository -> looks that failed in a row
  std::map<std::string, std::string> refusals;  // target -> what it was said to need
  // Of one repository: what is known to stand on the heads of its open pull requests, and when they are judged again.
  struct GuardedPulls {
    Time next{}, began{};
    bool running = false;
    std::vector<effect::GuardPullRequests::Said> said;
    std::string trouble;  // what was logged last
  };
  std::map<std::string, GuardedPulls> guarded_pulls;
  Time held_until{};            // after the store refused a commit
  bool doubtful = false;        // the store may know more than `heads`, `cache` and `outbox`
  std::deque<Finished> parked;  // the store could not be read to decide what follows from them
  Time parked_until{};
  Time next_prune{};

  // What one input leads to, ready to be committed.
  struct Draft {
    Commit commit;
    std::optional<std::size_t> incoming;             // index in the batch
    std::optional<Finished> finished;                // kept, to be tried again when the store refuses
    std::optional<std::string> seen_slot;            // whose message is known to stand there
    std::vector<std::pair<std::string, int>> sight;  // what becomes of entries of `blind`
    InboxAnswer answer;
    std::vector<std::string> looks;  // its part of Together::looks
    IncidentId ticked;
    bool empty() const {
      return commit.appends.empty() && commit.effects.empty() && commit.done.empty() && commit.placed.empty() &&
             commit.retried.empty() && commit.dead.empty() && commit.loose.empty() && commit.loose_taken.empty() &&
             commit.delivery_id.empty();
    }
  };

  // Drafts of one commit. Each is decided on the states after the ones before, so memory is ahead of the store until
  // they are committed; see forget().
  struct Together {
    bool anything = false;         // there is something to commit
    std::set<IncidentId> changed;  // ahead of the store
    std::set<std::string> looks;   // incident/repository -> asked of git
    bool over = false;             // which incident a channel or repository means has changed: no more
    bool later = false;            // the last one must be decided on what is committed
  } together;

  Impl(EnginePorts p, Policy pol, EngineOptions o)
      : ports(std::move(p)), policy(std::move(pol)), options(o), store(ports.store) {}

  Time now() const { return ports.clock.now(); }

  // engine.cpp
  // Who asked is told, once the step is over.
  void acknowledge(Incoming& in, Result<InboxAnswer> answer);
  Result<Known*> known(const IncidentId& id);
  Result<const Incident*> state(const IncidentId& id);
  // Reads the heads anew and forgets states that are older than they. When an open incident cannot be loaded
  // its head stays as stored, and the first such Problem is given back; `doubtful` stays only when nothing was read.
  Result<void> read_heads();
  // Effects that are pending in the store and not known here.
  Result<void> read_outbox();
  // After a refused commit or another engine's: what is known here is what the store holds.
  Result<void> catch_up();
  // The open incident of a channel; without one, the latest that was there.
  const IncidentHead* of_channel(const ChannelId& channel, bool open_only) const;
  IncidentHead head_of(const Incident& i) const;

  // drafting.cpp
  Result<void> add_decision(Draft& draft, const IncidentId& id, const Context& context, const Input& input);
  // Memory goes ahead of the store, where `version` is the last that is committed or drafted.
  void advance(Draft& draft, std::uint64_t version, Decision& decision);
  // What the draft would have made of its incidents will not be: they are read again. True when there are any.
  bool forget(const Draft& draft);
  // What is decided from the store, and not from memory, comes first in its commit. True when it must wait.
  bool waits_for_commit();
  Context context_of(const Delivery& d);
  // By number.
  std::vector<const IncidentHead*> sorted_heads(bool all) const;
  // The newest of them, a line each.
  void append_heads(Message& m, const std::vector<const IncidentHead*>& found) const;
  Reply list(bool all) const;
  Reply mine(const Person& who);
  // What the record says runs in production: a branch is cut from there.
  Result<void> add_known_production(Context& context);
  // A command line: parsed, routed, decided. A UserError is an answer and needs no commit.
  Result<void> draft_command(Draft& draft, const Delivery& d, const Delivery::CommandLine& line);
  // The incident that the pressed button says it belongs to (see addressed()), and the press as the domain takes
  // it; nothing when its value begins with no known id.
  std::optional<std::pair<IncidentId, chat::Pressed>> address_of(const Delivery& d) const;
  // The incidents of a channel that may hold a message of it: open ones first, then the newest, kSearched at most.
  std::vector<IncidentId> searched(const ChannelId& channel) const;
  // The incident that holds the message; empty when none of those searched does.
  Result<IncidentId> holder(const ChannelId& channel, const MessageId& message);
  Result<void> draft_chat(Draft& draft, const Delivery& d);
  // What is deployed may be asked before anything is declared.
  void draft_where(Draft& draft, const Delivery& d, const command::Where& wanted);
  Result<void> draft_delivery(Draft& draft, const Delivery& d);
  Result<void> draft_input(Draft& draft, const IncidentId& id, const Input& input, Time looked_at = {});

  // results.cpp
  Seconds backoff(int attempts, const Problem& problem);
  Result<void> draft_finished(Draft& draft, const Finished& f);
  // `where`, asked in a channel that has no incident.
  Result<void> answer_without_incident(Draft& draft, const OutboxItem& item, const Input& input);
  // A bot that cannot read the repository, or what its forge says of it, says so once, and once when it can again.
  void note_sight(Draft& draft, const OutboxItem& item, const EffectOutcome& outcome);
  void note_sight(Draft& draft, const IncidentId& incident, const std::string& what, const std::string& shown,
                  const Problem* problem);
  void take_guarded(const std::string& repository, const EffectOutcome& outcome);
  Result<void> draft_failure(Draft& draft, const PendingEffect& pending, const Problem& problem);
  std::string format_duration_since(Time start) const;
  OutboxItem progress_message(const OutboxItem& about, const std::string& text);
  OutboxItem own_message(const IncidentId& incident, std::string slot, const std::string& text);

  // committing.cpp
  // Commits the drafts in one transaction, then acknowledges. True when something was worked off.
  Result<bool> commit_all(std::vector<Draft>& drafts, std::vector<Incoming>& batch);
  // Another engine was faster: it is decided again, on what the store then holds.
  void overtaken(Draft& d, std::vector<Incoming>& batch, std::vector<Finished>& results,
                 std::vector<Incoming>& deliveries);
  void settle(Draft& d, const CommitOutcome& outcome, std::vector<Incoming>& batch);
  void take_over(Draft& d);
  void count(const MessageCounts& more);
  Result<bool> store_refused(std::vector<Draft>& drafts, std::vector<Incoming>& batch, const Problem& problem);
  // The store does not work: it is left alone for a while. Nobody is kept waiting for it meanwhile: who sent
  // what waits will send it again.
  std::unexpected<Problem> hold(const Problem& problem);
  // Back to the head of their queues, in the order they had.
  void requeue(std::vector<Finished> results, std::vector<Incoming> deliveries);
  // Results that can be decided side by side; each names one incident. Those of an incident that could not be
  // read wait aside, in order, and hold up nothing else.
  std::vector<Finished> take_results();
  void park(Finished f, const Problem& problem);
  // In order, each on what the ones before leave behind. What has to wait for their commit goes back to the queue.
  void draft_batch(std::vector<Draft>& drafts, std::vector<Incoming>& batch);
  void draft_results(std::vector<Draft>& drafts, std::vector<Finished> results);
  // Results name one incident each; a delivery may name any. They share no batch.
  Result<bool> step_inputs();
  Result<bool> step_ticks();

  // dispatching.cpp
  // The post that a key finds again may still read as it did when its answer was lost, and a newer text may
  // have taken its place in the outbox since: then it is made to read as wanted.
  EffectOutcome carry_out_job(const Job& job, const GitProgress& progress_of);
  EffectOutcome carry_out_surely(const Job& job, const GitProgress& progress_of);
  // Over all incidents that watch this repository: a line may lack the hotfix of one and carry another's.
  Result<void> judge(effect::SetCommitStatus& status);
  // Which tag the record says was deployed last.
  Result<void> known_production(const std::string& repository, std::string& tag);
  std::vector<effect::Observe::Shipped> shipped_beside(const IncidentId& incident, const std::string& repository);
  // What the store and the ports know at the moment an effect begins.
  Result<void> fill_in(Job& job, const IncidentId& incident);
  // What the gates said of a tag holds for a while: one that waited longer, while the process was down say, is asked
  // for again. Had it arrived, git says so.
  std::optional<Problem> too_late(const OutboxItem& item) const;
  bool guards(const RepositoryPolicy& repository) const;
  // Something was heard that may change what is said of open pull requests.
  void want_guard(const std::string& repository);
  // Begins to judge the open pull requests of each repository whose time has come.
  void guard_pull_requests();
  Result<std::vector<effect::GuardPullRequests::Shipped>> shipped_from(const std::string& repository);
  // Hands out effects that may begin. True when one was carried out inline.
  Result<bool> dispatch();
  // Says so in the channel when git takes long and somebody waits.
  Result<void> announce_slow();

  // engine.cpp
  void poll();
  void answer_questions();
  // Works off what is due now; false when there is nothing.
  Result<bool> step();
  std::optional<Time> next_due() const;
  void run();
  void work();
};

}  // namespace hotfixd
