#include "bot/engine/engine.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <ranges>
#include <thread>
#include <utility>

#include "bot/domain/cards.hpp"
#include "bot/domain/deploys.hpp"
#include "bot/domain/gates.hpp"
#include "bot/engine/acknowledger.hpp"
#include "bot/engine/effects.hpp"
#include "bot/engine/export.hpp"
#include "bot/engine/guarded_store.hpp"
#include "bot/engine/outbox.hpp"
#include "commands/commands.hpp"

// One thread decides and commits; workers carry out effects. Everything below Impl's queues belongs
// to the engine's thread (or to the caller of run_until_idle()).

namespace hotfixd {
namespace {

constexpr std::size_t kBatch = 256;              // deliveries and results committed together
constexpr int kMaxConflicts = 8;                 // another replica was faster
constexpr Seconds kStoreRetry{2};                // after the store refused a commit
constexpr std::chrono::hours kChannelInUse{24};  // an ended incident whose channel has another one waits so long
constexpr Seconds kTickFloor{60};                // a tick that changed nothing is not asked for sooner
constexpr std::size_t kMaxQueue = 20'000;        // deliveries waiting; more are refused, the source sends again
constexpr int kPollShare = 144;                  // after two quiet hours git is asked less than every minute
constexpr int kBlindAfter = 3;                   // failed looks in a row
constexpr std::size_t kShown = 50;               // lines of one list
constexpr std::size_t kSearched = 20;            // incidents of a channel asked for a message that was edited
constexpr int kDeployAttempts = 5;               // of one order: half a minute, with the usual waits
constexpr Seconds kVerdictHolds{600};            // of the gates before a tag
constexpr int kMaxSteps = 1'000'000;             // of one run_until_idle()

struct Incoming {
  Delivery delivery;
  Acknowledge acknowledge;
  int conflicts = 0;
};

struct Finished {
  std::string key;
  EffectOutcome outcome;
};

std::uint64_t number_of(const IncidentId& id) {
  std::uint64_t n = 0;
  for (const char ch : id)
    if (ch >= '0' && ch <= '9') n = n * 10 + static_cast<std::uint64_t>(ch - '0');
  return n;
}

// Why something could not be drafted.
struct Undecided {
  Problem problem;       // the store's, unless it was a surprise
  bool forever = false;  // deciding it again would fail again
};

InboxAnswer refusal(const UserError& e) {
  Message m = say(e.what);
  if (!e.try_instead.empty()) m.lines.push_back({plain("Type: "), code(e.try_instead)});
  return {{}, Reply{std::move(m), false, true}};
}

}  // namespace

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
  std::set<std::string> unsure_orders;          // keys of effect::Deploy that may have been begun: no answer came
  std::map<std::string, int> blind;             // incident/repository -> looks that failed in a row
  std::map<std::string, std::string> refusals;  // target -> what it was said to need
  Time held_until{};                            // after the store refused a commit
  bool doubtful = false;                        // the store may know more than `heads`, `cache` and `outbox`
  std::deque<Finished> parked;                  // the store could not be read to decide what follows from them
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

  // Who asked is told, once the step is over.
  void acknowledge(Incoming& in, Result<InboxAnswer> answer) {
    told.tell(in.delivery.id, std::move(in.acknowledge), std::move(answer), in.delivery.patient);
  }

  // ---- reading ------------------------------------------------------------------------------

  Result<Known*> known(const IncidentId& id) {
    if (const auto it = cache.find(id); it != cache.end()) return &it->second;
    auto events = store.load(id);
    if (!events) return std::unexpected(events.error());
    return &cache.emplace(id, Known{fold(*events), {}}).first->second;
  }
  Result<const Incident*> state(const IncidentId& id) {
    auto found = known(id);
    if (!found) return std::unexpected(found.error());
    return &(*found)->now;
  }

  // Reads the heads anew and forgets states that are older than they. When an open incident cannot be loaded
  // its head stays as stored, and the first such Problem is given back; `doubtful` stays only when nothing was read.
  Result<void> read_heads() {
    auto all = store.heads(true);
    if (!all) return std::unexpected(all.error());
    doubtful = false;
    heads.clear();
    Result<void> read;
    for (auto& stored : *all) {
      auto& head = heads[stored.id] = std::move(stored);
      if (const auto it = cache.find(head.id); it != cache.end() && it->second.now.version != head.version)
        cache.erase(it);
      if (!head.open) continue;
      // The policy may have changed since it was stored: what wakes an incident is worked out afresh.
      if (auto known = state(head.id); known)
        head = head_of(**known);
      else if (read)
        read = std::unexpected(known.error());
    }
    return read;
  }

  // Effects that are pending in the store and not known here.
  Result<void> read_outbox() {
    auto pending = store.pending();
    if (!pending) return std::unexpected(pending.error());
    for (auto& item : *pending) {
      if (outbox.find(item.key) != nullptr) continue;
      if (const auto* show = std::get_if<effect::ShowMessage>(&item.effect)) unsure_slots.insert(show->slot);
      if (std::holds_alternative<effect::Deploy>(item.effect)) unsure_orders.insert(item.key);
      outbox.add(std::move(item), true);
    }
    return {};
  }

  // After a refused commit or another engine's: what is known here is what the store holds.
  Result<void> catch_up() {
    if (auto known = read_outbox(); !known) return known;
    auto read = read_heads();
    if (!read && !doubtful) {
      spdlog::error("an incident cannot be read: {}. {}", read.error().what, read.error().mend);
      return {};
    }
    return read;
  }

  // The open incident of a channel; without one, the latest that was there.
  const IncidentHead* of_channel(const ChannelId& channel, bool open_only) const {
    const IncidentHead* best = nullptr;
    for (const auto& [id, head] : heads) {
      if (head.channel != channel || (open_only && !head.open)) continue;
      if (best == nullptr || (head.open && !best->open) ||
          (head.open == best->open && number_of(head.id) > number_of(best->id)))
        best = &head;
    }
    return best;
  }

  IncidentHead head_of(const Incident& i) const {
    IncidentHead h;
    h.id = i.id;
    h.channel = i.channel;
    h.open = !i.ended();
    h.watched = watched(i, policy, now());
    h.summary = i.private_channel ? "(private)" : i.summary;  // heads are shown in other channels
    h.severity = i.severity;
    h.status = i.status();
    h.declared_at = i.declared.at;
    h.version = i.version;
    for (const auto& hotfix : i.hotfixes)
      if (!hotfix.base_sha.empty()) h.repositories.push_back(hotfix.repository);
    h.wake_at = next_wake(i, policy, now());
    return h;
  }

  // ---- deciding -----------------------------------------------------------------------------

  Result<void> add_decision(Draft& draft, const IncidentId& id, const Context& context, const Input& input) {
    Known none;
    Known* of = &none;
    if (heads.contains(id)) {
      auto found = known(id);
      if (!found) return std::unexpected(found.error());
      of = *found;
    }
    auto same = of->spare ? std::move(*of->spare) : of->now;
    of->spare.reset();
    auto decision = decide(of->now, std::move(same), context, input, policy);
    const IncidentId name = decision.after.exists() ? decision.after.id : id;  // a copy: `after` is moved away below
    if (decision.events.empty()) {
      of->spare = std::move(decision.after);
      // Nothing of it would show, when it is committed, that what it was decided on is still true.
      if (together.changed.contains(id)) {
        together.later = true;
        return {};
      }
    }
    for (auto& e : decision.effects) {
      OutboxItem item;
      const auto own = ports.ids.random_hex(12);
      item.key = fmt::format("{}/{}", name, own);
      item.target = target_of(e, name);
      if (auto* show = std::get_if<effect::ShowMessage>(&e); show != nullptr && show->slot.ends_with('/'))
        show->slot += own;
      item.incident = name;
      item.effect = std::move(e);
      item.not_before = context.now;
      if (const auto* follow = std::get_if<effect::FollowDeployment>(&item.effect))
        item.not_before = follow->not_before;
      if (const auto* look = std::get_if<effect::Observe>(&item.effect)) {
        auto asked = item.incident + "/" + look->repository;
        if (together.looks.contains(asked) || outbox.waits_to_observe(item.incident, look->repository, true)) continue;
        together.looks.insert(asked);
        draft.looks.push_back(std::move(asked));
      }
      draft.commit.effects.push_back(std::move(item));
    }
    if (!decision.events.empty()) advance(draft, of->now.version, decision);
    if (decision.reply)
      draft.answer = {name, std::move(decision.reply)};
    else if (draft.answer.incident.empty())
      draft.answer.incident = name;
    return {};
  }

  // Memory goes ahead of the store, where `version` is the last that is committed or drafted.
  void advance(Draft& draft, std::uint64_t version, Decision& decision) {
    const auto id = decision.after.id;
    draft.commit.appends.push_back({head_of(decision.after), version, std::move(decision.events)});
    const auto& append = draft.commit.appends.back();
    together.changed.insert(id);
    const auto same_way = [](const IncidentHead& a, const IncidentHead& b) {
      return std::tie(a.channel, a.open, a.watched, a.repositories) ==
             std::tie(b.channel, b.open, b.watched, b.repositories);
    };
    const auto head = heads.find(id);
    together.over = together.over || head == heads.end() || !same_way(head->second, append.head);
    heads[id] = append.head;
    auto& of = cache[id];
    auto before = std::exchange(of.now, std::move(decision.after));
    of.spare.reset();
    if (of.now.ended()) return;
    const auto entries = before.timeline.size();
    for (const auto& e : append.events) apply(before, e);
    before.timeline.share(of.now.timeline, entries);
    of.spare = std::move(before);
  }

  // What the draft would have made of its incidents will not be: they are read again. True when there are any.
  bool forget(const Draft& draft) {
    for (const auto& asked : draft.looks) together.looks.erase(asked);
    for (const auto& append : draft.commit.appends) cache.erase(append.head.id);
    doubtful = doubtful || !draft.commit.appends.empty();
    return !draft.commit.appends.empty();
  }

  // What is decided from the store, and not from memory, comes first in its commit. True when it must wait.
  bool waits_for_commit() {
    together.later = together.later || together.anything;
    return together.later;
  }

  Context context_of(const Delivery& d) {
    Context c;
    c.now = now();
    c.sent_at = std::min(d.sent_at, c.now);
    c.actor = d.actor;
    c.channel = d.channel;
    c.delivery = d.id;
    c.unproven = d.unproven;
    const std::lock_guard lock(mutex);
    c.groups = groups;
    return c;
  }

  // By number.
  std::vector<const IncidentHead*> sorted_heads(bool all) const {
    std::vector<const IncidentHead*> found;
    for (const auto& [id, head] : heads)
      if (all || head.open) found.push_back(&head);
    std::ranges::sort(found, {}, [](const IncidentHead* h) { return number_of(h->id); });
    return found;
  }

  // The newest of them, a line each.
  void append_heads(Message& m, const std::vector<const IncidentHead*>& found) const {
    for (std::size_t n = found.size() > kShown ? found.size() - kShown : 0; n < found.size(); ++n) {
      const auto& h = *found[n];
      const auto severity = policy.severities.find(h.severity);
      m.lines.push_back(
          {bold(h.id),
           plain(fmt::format(" {} {}, {}, ", severity == policy.severities.end() ? "" : severity->second.name,
                             h.summary, to_string(h.status))),
           channel_link(h.channel), plain(", "), day_at(h.declared_at)});
    }
  }

  Reply list(bool all) const {
    Message m;
    const auto found = sorted_heads(all);
    if (found.empty())
      m = say(all ? "No incident yet. Declare one: /hotfix declare sev2 <what is broken>" : "No incident is open.");
    append_heads(m, found);
    return {std::move(m), false, false};
  }

  Reply mine(const Person& who) {
    const auto found = sorted_heads(false);
    std::vector<Line> owed, unreadable;
    for (const auto* head : found) {
      auto known = state(head->id);
      if (!known) {  // it does not hide what is owed elsewhere
        unreadable.push_back({bold(head->id), plain(" cannot be read: " + known.error().what)});
        continue;
      }
      std::ranges::move(owed_lines(**known, policy, who, now()), std::back_inserter(owed));
    }
    Message m = say("You owe nothing.");
    if (!owed.empty())
      m.lines = {{bold(fmt::format("You owe {} {}", owed.size(), owed.size() == 1 ? "thing" : "things"))}};
    std::ranges::move(owed | std::views::take(kShown), std::back_inserter(m.lines));
    if (owed.size() > kShown) m.lines.push_back({plain(fmt::format("… and {} more.", owed.size() - kShown))});
    std::ranges::move(unreadable, std::back_inserter(m.lines));
    m.lines.push_back({});
    m.lines.push_back({found.empty() ? plain("No incident is open.") : bold("Open incidents")});
    append_heads(m, found);
    return {std::move(m), false, false};
  }

  // What the record says runs in production: a branch is cut from there.
  Result<void> add_known_production(Context& context) {
    for (const auto& r : policy.repositories) {
      auto tag = store.last_deployed(r.name);
      if (!tag) return std::unexpected(tag.error());
      context.known_production[r.name] = *tag;
    }
    return {};
  }

  // A command line: parsed, routed, decided. A UserError is an answer and needs no commit.
  Result<void> draft_command(Draft& draft, const Delivery& d, const Delivery::CommandLine& line) {
    auto parsed = commands::parse(line.text, {std::min(d.sent_at, now()), policy.zone, &policy});
    if (!parsed) {
      draft.answer = refusal(parsed.error());
      return {};
    }
    auto context = context_of(d);
    const auto& c = parsed->command;
    if (const auto* help = std::get_if<command::Help>(&c)) {
      auto message = commands::help(help->verb, policy);
      draft.answer = message ? InboxAnswer{{}, Reply{std::move(*message), false, false}} : refusal(message.error());
      return {};
    }
    if (const auto* wanted = std::get_if<command::List>(&c)) {
      if (waits_for_commit()) return {};
      draft.answer = {{}, list(wanted->all)};
      return {};
    }
    if (std::holds_alternative<command::Mine>(c)) {
      if (waits_for_commit()) return {};
      draft.answer = {{}, mine(d.actor)};
      return {};
    }
    const auto* declare = std::get_if<command::Declare>(&c);
    IncidentId id = parsed->incident;
    if (!id.empty() && !heads.contains(id)) {
      draft.answer = refusal({fmt::format("There is no incident {}.", id), "/hotfix list --all"});
      return {};
    }
    if (id.empty()) {
      const auto* head = of_channel(d.channel, declare != nullptr);
      if (head != nullptr) id = head->id;
    }
    if (declare != nullptr && (id.empty() || declare->new_channel || policy.new_channel)) {
      if (waits_for_commit()) return {};
      if (const auto* before = of_channel(d.channel, false); before != nullptr) {
        auto earlier_one = state(before->id);
        if (!earlier_one && earlier_one.error().kind != Problem::Kind::corrupt)
          return std::unexpected(earlier_one.error());
        context.private_place = earlier_one && (*earlier_one)->private_channel;
      }
      auto last = store.last_number();
      if (!last) return std::unexpected(last.error());
      context.about = line.about;
      context.new_id = id = fmt::format("HF-{}", *last + 1);
      auto earlier = store.loose(d.channel, context.now - policy.alert_lookback);
      if (!earlier) return std::unexpected(earlier.error());
      for (auto& m : *earlier) {
        draft.commit.loose_taken.push_back(m.id);
        context.earlier.push_back({std::move(m.id), std::move(m.author), std::move(m.text), m.at});
      }
    }
    if (const auto* where = std::get_if<command::Where>(&c); where != nullptr && id.empty()) {
      draft_where(draft, d, *where);
      return {};
    }
    if (id.empty()) {
      draft.answer = refusal({"No incident is open in this channel.", "/hotfix declare sev2 <what is broken>"});
      return {};
    }
    if (context.new_id.empty() && heads.at(id).channel != d.channel) {
      auto known = state(id);
      if (!known) return std::unexpected(known.error());
      const auto& i = **known;
      const bool answers_for_it = i.declared.by == d.actor || std::ranges::any_of(i.roles, [&](const auto& role) {
                                    return role.second == d.actor;
                                  });
      if (i.private_channel && !answers_for_it) {
        draft.answer = refusal({fmt::format("{} is private: type it in its own channel.", id), {}});
        return {};
      }
    }
    if (std::holds_alternative<command::Reopen>(c) && !heads.at(id).open)
      if (const auto* other = of_channel(heads.at(id).channel, true)) {
        draft.answer = refusal({{}, fmt::format("/hotfix {} close", other->id)});
        draft.answer.reply->message.lines.front() = {
            plain(other->id + " is open in "), channel_link(other->channel),
            plain(fmt::format(": one at a time. Close it first, then reopen {}.", id))};
        return {};
      }
    if (const auto* wanted = std::get_if<command::Export>(&c)) {
      if (waits_for_commit()) return {};
      auto known = state(id);
      if (!known) return std::unexpected(known.error());
      auto counted = store.counts(id);
      if (!counted) return std::unexpected(counted.error());
      draft.answer = {id, Reply{say(export_text(**known, policy, *counted, wanted->format)), false, false}};
      return {};
    }
    if (std::holds_alternative<command::Branch>(c)) {
      if (waits_for_commit()) return {};
      if (auto known = add_known_production(context); !known) return known;
    }
    auto added = add_decision(draft, id, context, c);
    if (draft.commit.appends.empty()) draft.commit.loose_taken.clear();
    return added;
  }

  // The incident that the pressed button says it belongs to (see addressed()), and the press as the domain takes
  // it; nothing when its value begins with no known id.
  std::optional<std::pair<IncidentId, chat::Pressed>> address_of(const Delivery& d) const {
    const auto* pressed = std::get_if<chat::Pressed>(&d.what);
    if (pressed == nullptr) return std::nullopt;
    const auto slash = pressed->value.find('/');
    if (slash == std::string::npos) return std::nullopt;
    auto id = pressed->value.substr(0, slash);
    if (!heads.contains(id)) return std::nullopt;
    return std::pair{std::move(id), chat::Pressed{pressed->button, pressed->value.substr(slash + 1)}};
  }

  // The message that somebody edited, deleted, reacted to or added; nothing for anything else.
  static const MessageId* message_of(const Delivery& d) {
    if (const auto* edited = std::get_if<chat::Edited>(&d.what)) return &edited->id;
    if (const auto* deleted = std::get_if<chat::Deleted>(&d.what)) return &deleted->id;
    if (const auto* reacted = std::get_if<chat::Reacted>(&d.what)) return &reacted->id;
    if (const auto* added = std::get_if<chat::Added>(&d.what)) return &added->id;
    return nullptr;
  }

  // The incidents of a channel that may hold a message of it: open ones first, then the newest, kSearched at most.
  std::vector<IncidentId> searched(const ChannelId& channel) const {
    std::vector<const IncidentHead*> found;
    for (const auto& [id, head] : heads)
      if (head.channel == channel) found.push_back(&head);
    std::ranges::sort(found, std::greater{}, [](const auto* h) { return std::pair{h->open, number_of(h->id)}; });
    std::vector<IncidentId> ids;
    for (const auto* head : found | std::views::take(kSearched)) ids.push_back(head->id);
    return ids;
  }

  // The incident that holds the message; empty when none of those searched does.
  Result<IncidentId> holder(const ChannelId& channel, const MessageId& message) {
    for (auto& id : searched(channel)) {
      const bool open = heads.at(id).open;
      auto known = state(id);
      if (known && (*known)->messages.contains(message)) return std::move(id);
      if (known) continue;
      // An ended incident that is damaged holds up nothing of what came after it.
      if (open || known.error().kind != Problem::Kind::corrupt) return std::unexpected(known.error());
      spdlog::error("{} cannot be searched for a message: {}", id, known.error().what);
    }
    return IncidentId{};
  }

  Result<void> draft_chat(Draft& draft, const Delivery& d) {
    auto context = context_of(d);
    if (auto addressed = address_of(d)) {
      if (addressed->second.button == "branch") {
        if (waits_for_commit()) return {};
        if (auto known = add_known_production(context); !known) return known;
      }
      return add_decision(draft, addressed->first, context, std::move(addressed->second));
    }
    const auto* head = of_channel(d.channel, !std::holds_alternative<chat::Archived>(d.what));
    if (const auto* message = message_of(d)) {
      auto held_by = holder(d.channel, *message);
      if (!held_by) return std::unexpected(held_by.error());
      if (!held_by->empty())
        head = &heads.at(*held_by);
      else if (!std::holds_alternative<chat::Added>(d.what))
        head = nullptr;
    }
    if (head != nullptr)
      return std::visit(
          [&]<typename T>(const T& what) -> Result<void> {
            if constexpr (std::is_constructible_v<Input, const T&>)
              return add_decision(draft, head->id, context, Input{what});
            return {};
          },
          d.what);
    if (const auto* said = std::get_if<chat::Said>(&d.what)) {
      draft.commit.loose.push_back({d.channel, said->id, d.actor, said->text, context.sent_at});
    } else if (const auto* edited = std::get_if<chat::Edited>(&d.what)) {
      if (waits_for_commit()) return {};
      auto recent = store.loose(d.channel, context.now - policy.alert_lookback);
      if (!recent) return std::unexpected(recent.error());
      for (auto& m : *recent)
        if (m.id == edited->id) draft.commit.loose.push_back({m.channel, m.id, m.author, edited->text, m.at});
    } else if (const auto* deleted = std::get_if<chat::Deleted>(&d.what)) {
      draft.commit.loose_taken.push_back(deleted->id);
    } else if (std::holds_alternative<chat::Added>(d.what)) {
      draft.answer = refusal({"No incident is open in this channel.", "/hotfix declare sev2 <what is broken>"});
    } else if (std::holds_alternative<chat::Pressed>(d.what)) {
      draft.answer = refusal({"That incident is over.", "/hotfix list"});
    }
    return {};
  }

  Result<void> draft_delivery(Draft& draft, const Delivery& d) {
    if (const auto* line = std::get_if<Delivery::CommandLine>(&d.what)) return draft_command(draft, d, *line);
    if (const auto* forge = std::get_if<ForgeEvent>(&d.what)) {
      auto context = context_of(d);
      std::vector<IncidentId> watching;
      for (const auto& [id, head] : heads)
        if (head.watched && std::ranges::find(head.repositories, forge->repository) != head.repositories.end())
          watching.push_back(id);
      for (const auto& id : watching)
        if (auto added = add_decision(draft, id, context, *forge); !added) return added;
      return {};
    }
    return draft_chat(draft, d);
  }

  Result<void> draft_input(Draft& draft, const IncidentId& id, const Input& input, Time looked_at = {}) {
    Context c;
    c.now = c.sent_at = now();
    c.looked_at = looked_at;
    return add_decision(draft, id, c, input);
  }

  // ---- results of effects -------------------------------------------------------------------

  Seconds backoff(int attempts, const Problem& problem) {
    if (problem.retry_after) return std::max(Seconds{1}, *problem.retry_after);
    auto wait = options.first_retry;
    for (int n = 0; n < attempts && wait < options.max_retry; ++n) wait *= 2;
    wait = std::min(wait, options.max_retry);
    // Between a half and the whole of it, so that many that failed together do not return together.
    const auto roll = std::stoul(ports.ids.random_hex(2), nullptr, 16) % 1000;
    return std::max(Seconds{1}, Seconds{wait.count() / 2 + wait.count() * static_cast<std::int64_t>(roll) / 2000});
  }

  Result<void> draft_finished(Draft& draft, const Finished& f) {
    auto* pending = outbox.find(f.key);
    if (pending == nullptr) return {};
    const auto& item = pending->item;
    if (pending->announced) {
      const auto took = format_duration_since(pending->started);
      const auto* problem = std::get_if<Problem>(&f.outcome.what);
      draft.commit.effects.push_back(progress_message(
          item, fmt::format("{}: {} after {}.", describe(item.effect), problem == nullptr ? "done" : "failed", took)));
    }
    note_sight(draft, item, f.outcome);
    if (const auto* problem = std::get_if<Problem>(&f.outcome.what)) return draft_failure(draft, *pending, *problem);
    refusals.erase(item.target);
    if (pending->durable) draft.commit.done.push_back(f.key);
    if (const auto* posted = std::get_if<EffectOutcome::Posted>(&f.outcome.what)) {
      const auto& slot = std::get<effect::ShowMessage>(item.effect).slot;
      draft.commit.placed.emplace_back(slot, posted->where);
      draft.seen_slot = slot;
      if (!item.incident.empty()) draft.commit.counted.push_back({item.incident, {.posts = 1}});
    } else if (std::holds_alternative<EffectOutcome::Edited>(f.outcome.what)) {
      draft.commit.counted.push_back({item.incident, {.edits = 1}});
    }
    if (const auto* input = std::get_if<Input>(&f.outcome.what)) {
      if (item.incident.empty()) return answer_without_incident(draft, item, *input);
      return draft_input(draft, item.incident, *input, pending->started);
    }
    return {};
  }

  // `where`, asked in a channel that has no incident.
  Result<void> answer_without_incident(Draft& draft, const OutboxItem& item, const Input& input) {
    const auto* asked = std::get_if<effect::AskWhere>(&item.effect);
    if (asked == nullptr) return {};
    Message m = say("What is deployed is not known.");
    if (const auto* known = std::get_if<result::WhereKnown>(&input))
      m = where_message(*known, now());
    else if (const auto* failed = std::get_if<result::WhereFailed>(&input))
      m.lines.push_back({plain(fmt::format("{}. {}", failed->problem.what, failed->problem.mend))});
    if (!asked->who.empty()) m.lines.front().insert(m.lines.front().begin(), {mention(asked->who), plain(" ")});
    auto answer = own_message({}, "where/" + item.key, {});
    auto& show = std::get<effect::ShowMessage>(answer.effect);
    show.channel = asked->channel;
    show.message = std::move(m);
    answer.target = "chat/" + asked->channel;
    draft.commit.effects.push_back(std::move(answer));
    return {};
  }

  // What is deployed may be asked before anything is declared.
  void draft_where(Draft& draft, const Delivery& d, const command::Where& wanted) {
    auto name = wanted.repository;
    if (name.empty() && !policy.repositories.empty()) name = policy.repositories.front().name;
    if (policy.repository(name) == nullptr) {
      draft.answer =
          refusal({name.empty() ? "No repository is configured." : "There is no repository " + name + ".", {}});
      return;
    }
    auto environments = policy.environments_of(name);
    if (!wanted.environment.empty()) environments = {wanted.environment};
    OutboxItem item;
    item.key = fmt::format("where/{}", ports.ids.random_hex(12));
    item.effect = effect::AskWhere{name, std::move(environments), policy.environment, {}, {}, d.channel, d.actor};
    item.target = target_of(item.effect, {});
    item.not_before = now();
    draft.commit.effects.push_back(std::move(item));
    draft.answer = {{}, Reply{say("Asking; the answer comes here."), false, false}};
  }

  // A bot that cannot read the repository, or what its forge says of it, says so once, and once when it can again.
  void note_sight(Draft& draft, const OutboxItem& item, const EffectOutcome& outcome) {
    const auto* look = std::get_if<effect::Observe>(&item.effect);
    if (look == nullptr) return;
    const auto* problem = std::get_if<Problem>(&outcome.what);
    note_sight(draft, item.incident, look->repository, look->repository, problem);
    const auto* input = std::get_if<Input>(&outcome.what);
    const auto* seen = input == nullptr ? nullptr : std::get_if<result::Observed>(input);
    if (seen == nullptr || !ports.forges.contains(look->repository)) return;
    note_sight(draft, item.incident, look->repository + "/forge", "the forge of " + look->repository,
               seen->forge_problem ? &*seen->forge_problem : nullptr);
  }

  void note_sight(Draft& draft, const IncidentId& incident, const std::string& what, const std::string& shown,
                  const Problem* problem) {
    auto name = incident + "/" + what;
    const auto known = blind.find(name);
    const int failures = known == blind.end() ? 0 : known->second;
    const auto slot = fmt::format("{}/blind/{}", incident, what);
    if (problem == nullptr) {
      draft.sight.emplace_back(std::move(name), 0);
      if (failures >= kBlindAfter)
        draft.commit.effects.push_back(own_message(incident, slot, fmt::format("I can read {} again.", shown)));
      return;
    }
    const bool passing = problem->kind == Problem::Kind::unreachable || problem->kind == Problem::Kind::rate_limited ||
                         problem->kind == Problem::Kind::locked;
    const int now_failed = passing ? failures + 1 : std::max(failures + 1, kBlindAfter);
    draft.sight.emplace_back(std::move(name), now_failed);
    if (failures < kBlindAfter && now_failed >= kBlindAfter)
      draft.commit.effects.push_back(
          own_message(incident, slot,
                      fmt::format("I cannot read {}: {}. Until I can, what I say of it is old. {}", shown,
                                  problem->what, problem->mend)));
  }

  Result<void> draft_failure(Draft& draft, const PendingEffect& pending, const Problem& problem) {
    const auto& item = pending.item;
    const bool looks = std::holds_alternative<effect::Observe>(item.effect) ||
                       std::holds_alternative<effect::FollowDeployment>(item.effect) ||
                       std::holds_alternative<effect::AskWhere>(item.effect);
    const bool later = problem.kind == Problem::Kind::rate_limited;
    // What a target refuses for the same reason again and again (an archived channel) is said once.
    const bool said = !problem.retryable() && std::exchange(refusals[item.target], problem.mend) == problem.mend;
    spdlog::log(later || said ? spdlog::level::debug : spdlog::level::warn, "{} failed (attempt {}): {}{}{}",
                describe(item.effect), item.attempts + 1, problem.what, problem.mend.empty() ? "" : ". ", problem.mend);
    if (const auto* tried = std::get_if<effect::ShowMessage>(&item.effect)) unsure_slots.insert(tried->slot);
    const bool deploys = std::holds_alternative<effect::Deploy>(item.effect);
    if (deploys) unsure_orders.insert(item.key);
    // What a person waits for is not repeated behind their back: the gates would have to be asked again.
    const bool once = looks || std::holds_alternative<effect::PushTag>(item.effect);
    const int most = deploys ? std::min(options.max_attempts, kDeployAttempts) : options.max_attempts;
    // "Later" is no failure, however often it is said.
    if (!once && problem.retryable() && (later || item.attempts + 1 < most)) {
      auto again = item;
      ++again.attempts;
      again.not_before = now() + backoff(item.attempts, problem);
      if (item.attempts == 0 && item.target.starts_with("git/"))
        draft.commit.effects.push_back(
            progress_message(item, fmt::format("{}: {}. Trying again.", describe(item.effect), problem.what)));
      draft.commit.retried.push_back(std::move(again));
      return {};
    }
    // What the forge refuses of a status it refuses of the next: the domain says it once.
    const bool status = std::holds_alternative<effect::SetCommitStatus>(item.effect);
    if (pending.durable && !looks && !status && !item.target.starts_with("git/"))
      draft.commit.dead.emplace_back(item.key, problem);
    else if (pending.durable)
      draft.commit.done.push_back(item.key);
    // The status card cannot report that the status card cannot be shown.
    const auto* show = std::get_if<effect::ShowMessage>(&item.effect);
    if (show != nullptr && show->slot.ends_with("/status")) return {};
    if (item.incident.empty()) return answer_without_incident(draft, item, failure_of(item.effect, problem));
    return draft_input(draft, item.incident, failure_of(item.effect, problem), pending.started);
  }

  std::string format_duration_since(Time start) const {
    return fmt::format("{}s", std::chrono::duration_cast<Seconds>(now() - start).count());
  }

  OutboxItem progress_message(const OutboxItem& about, const std::string& text) {
    return own_message(about.incident, about.key + "/progress", text);
  }

  OutboxItem own_message(const IncidentId& incident, std::string slot, const std::string& text) {
    OutboxItem item;
    const auto it = heads.find(incident);
    effect::ShowMessage show{std::move(slot), it == heads.end() ? ChannelId{} : it->second.channel, say(text), false,
                             false};
    item.key = fmt::format("{}/{}", incident, ports.ids.random_hex(12));
    item.incident = incident;
    item.effect = std::move(show);
    item.target = target_of(item.effect, item.incident);
    item.not_before = now();
    return item;
  }

  // ---- committing ---------------------------------------------------------------------------

  // Commits the drafts in one transaction, then acknowledges. True when something was worked off.
  Result<bool> commit_all(std::vector<Draft>& drafts, std::vector<Incoming>& batch) {
    std::vector<Commit> wanted;
    std::vector<std::size_t> which;
    for (std::size_t n = 0; n < drafts.size(); ++n) {
      auto& d = drafts[n];
      if (d.empty()) continue;
      d.commit.answer = d.answer;
      d.commit.at = now();
      wanted.push_back(std::move(d.commit));
      which.push_back(n);
    }
    // They are the drafts' again, whatever the store says.
    const auto given_back = [&](auto done) {
      for (std::size_t k = 0; k < which.size(); ++k) drafts[which[k]].commit = std::move(wanted[k]);
      return done;
    };
    std::vector<CommitOutcome> outcomes;
    if (!wanted.empty()) {
      auto done = given_back(store.commit(wanted));
      if (!done) return store_refused(drafts, batch, done.error());
      outcomes = std::move(*done);
      const std::lock_guard lock(mutex);
      total.commits += 1;
    }
    std::vector<CommitOutcome> by_draft(drafts.size());
    for (std::size_t k = 0; k < which.size(); ++k) by_draft[which[k]] = std::move(outcomes[k]);
    std::vector<Finished> results;
    std::vector<Incoming> deliveries;
    for (std::size_t n = 0; n < drafts.size(); ++n)
      if (by_draft[n].kind == CommitOutcome::Kind::version_conflict)
        overtaken(drafts[n], batch, results, deliveries);
      else
        settle(drafts[n], by_draft[n], batch);
    requeue(std::move(results), std::move(deliveries));
    return true;
  }

  // Another engine was faster: it is decided again, on what the store then holds.
  void overtaken(Draft& d, std::vector<Incoming>& batch, std::vector<Finished>& results,
                 std::vector<Incoming>& deliveries) {
    forget(d);
    doubtful = true;
    if (d.finished) results.push_back(std::move(*d.finished));
    if (!d.incoming) return;
    auto& in = batch[*d.incoming];
    if (++in.conflicts > kMaxConflicts)
      acknowledge(in,
                  std::unexpected(Problem{
                      Problem::Kind::locked, "the incident keeps changing under this command", "send it again", {}}));
    else
      deliveries.push_back(std::move(in));
  }

  void settle(Draft& d, const CommitOutcome& outcome, std::vector<Incoming>& batch) {
    if (outcome.kind == CommitOutcome::Kind::committed)
      take_over(d);
    else
      forget(d);
    if (!d.incoming) return;
    {
      const std::lock_guard lock(mutex);
      total.deliveries += 1;
    }
    if (outcome.kind == CommitOutcome::Kind::duplicate) {
      auto first = outcome.first_answer;
      first.again = true;
      acknowledge(batch[*d.incoming], first);
    } else {
      acknowledge(batch[*d.incoming], d.answer);
    }
  }

  void take_over(Draft& d) {
    if (!d.ticked.empty() && d.commit.appends.empty())
      if (auto it = heads.find(d.ticked); it != heads.end() && it->second.wake_at.value_or(Time::max()) <= now())
        it->second.wake_at = now() + kTickFloor;
    if (d.seen_slot) unsure_slots.erase(*d.seen_slot);
    for (const auto& [name, failures] : d.sight) blind[name] = failures;
    if (d.finished) {
      for (const auto& [incident, more] : d.commit.counted) count(more);
      if (d.commit.retried.empty())
        outbox.remove(d.finished->key), unsure_orders.erase(d.finished->key);
      else
        outbox.again(d.finished->key, d.commit.retried.front().attempts, d.commit.retried.front().not_before);
    }
    for (auto& item : d.commit.effects) {
      if (const auto* look = std::get_if<effect::Observe>(&item.effect))
        outbox.drop_polls(item.incident, look->repository);  // this one sees all that they would
      outbox.add(std::move(item), true);
    }
  }

  void count(const MessageCounts& more) {
    const std::lock_guard lock(mutex);
    total.posts += more.posts;
    total.edits += more.edits;
  }

  Result<bool> store_refused(std::vector<Draft>& drafts, std::vector<Incoming>& batch, const Problem& problem) {
    std::vector<Finished> results;
    for (auto& d : drafts) {
      forget(d);
      if (d.finished) results.push_back(std::move(*d.finished));
      if (d.incoming) acknowledge(batch[*d.incoming], std::unexpected(problem));
    }
    requeue(std::move(results), {});
    return hold(problem);
  }

  // The store does not work: it is left alone for a while. Nobody is kept waiting for it meanwhile: who sent
  // what waits will send it again.
  std::unexpected<Problem> hold(const Problem& problem) {
    spdlog::error("the store refused: {}. {}", problem.what, problem.mend);
    held_until = now() + kStoreRetry;
    doubtful = true;
    std::deque<Incoming> waiting;
    {
      const std::lock_guard lock(mutex);
      waiting.swap(incoming);
    }
    for (auto& in : waiting) acknowledge(in, std::unexpected(problem));
    return std::unexpected(problem);
  }

  // Back to the head of their queues, in the order they had.
  void requeue(std::vector<Finished> results, std::vector<Incoming> deliveries) {
    const std::lock_guard lock(mutex);
    finished.insert(finished.begin(), std::make_move_iterator(results.begin()), std::make_move_iterator(results.end()));
    incoming.insert(incoming.begin(), std::make_move_iterator(deliveries.begin()),
                    std::make_move_iterator(deliveries.end()));
  }

  // ---- one step -----------------------------------------------------------------------------

  // A surprise in one decision is that one's Problem.
  template <typename F>
  std::expected<void, Undecided> guarded(F&& decide_it) {
    try {
      if (Result<void> decided = decide_it(); !decided)
        return std::unexpected(Undecided{decided.error(), decided.error().kind == Problem::Kind::corrupt});
      return {};
    } catch (const std::exception& e) {
      spdlog::critical("a decision failed: {}", e.what());
      return std::unexpected(Undecided{{Problem::Kind::internal,
                                        fmt::format("this could not be decided: {}", e.what()),
                                        "report it with the log",
                                        {}},
                                       true});
    }
  }

  // Results that can be decided side by side; each names one incident. Those of an incident that could not be
  // read wait aside, in order, and hold up nothing else.
  std::vector<Finished> take_results() {
    std::vector<Finished> results;
    std::set<IncidentId> claimed;
    const auto incident_of = [&](const Finished& f) {
      const auto* pending = outbox.find(f.key);
      return pending == nullptr ? IncidentId{} : pending->item.incident;
    };
    const std::lock_guard lock(mutex);
    if (now() >= parked_until) {
      finished.insert(finished.begin(), std::make_move_iterator(parked.begin()), std::make_move_iterator(parked.end()));
      parked.clear();
    }
    std::set<IncidentId> unreadable;
    for (const auto& f : parked) unreadable.insert(incident_of(f));
    while (!finished.empty() && results.size() < kBatch) {
      const auto id = incident_of(finished.front());
      const bool aside = unreadable.contains(id);
      if (!aside && !id.empty() && !claimed.insert(id).second) break;
      if (aside)
        parked.push_back(std::move(finished.front()));
      else
        results.push_back(std::move(finished.front()));
      finished.pop_front();
    }
    return results;
  }

  void park(Finished f, const Problem& problem) {
    spdlog::error("the result of {} waits: {}. {}", f.key, problem.what, problem.mend);
    parked.push_back(std::move(f));
    parked_until = now() + kStoreRetry;
  }

  // In order, each on what the ones before leave behind. What has to wait for their commit goes back to the queue.
  void draft_batch(std::vector<Draft>& drafts, std::vector<Incoming>& batch) {
    // Asked before deciding: what was done already would be refused the second time.
    std::vector<std::string> ids;
    ids.reserve(batch.size());
    for (const auto& in : batch) ids.push_back(in.delivery.id);
    auto first = store.seen_all(ids);
    if (!first) {
      for (auto& in : batch) acknowledge(in, std::unexpected(first.error()));
      return;
    }
    drafts.reserve(batch.size());
    std::set<std::string_view> taken;
    std::size_t n = 0;
    for (bool more = true; more && n < batch.size(); ++n) {
      const auto& delivery = batch[n].delivery;
      if (!taken.insert(ids[n]).second) break;  // the answer that it gets again is not committed
      if (auto& answer = (*first)[n]; answer) {
        answer->again = true;
        acknowledge(batch[n], *answer);
        continue;
      }
      Draft d;
      d.incoming = n;
      const auto drafted = guarded([&] { return draft_delivery(d, delivery); });
      if (drafted && together.later) {
        forget(d);
        break;
      }
      if (!drafted) {
        more = !forget(d);
        acknowledge(batch[n], std::unexpected(drafted.error().problem));
        continue;
      }
      // Remembered when it changed something: what only reads is answered afresh.
      if (!d.empty() || delivery.remember) d.commit.delivery_id = delivery.id;
      together.anything = together.anything || !d.empty();
      more = !together.over;
      drafts.push_back(std::move(d));
    }
    if (n == batch.size()) return;
    requeue({}, {std::make_move_iterator(batch.begin() + static_cast<std::ptrdiff_t>(n)),
                 std::make_move_iterator(batch.end())});
  }

  void draft_results(std::vector<Draft>& drafts, std::vector<Finished> results) {
    for (auto& f : results) {
      Draft d;
      if (auto drafted = guarded([&] { return draft_finished(d, f); }); !drafted) {
        if (!drafted.error().forever) {
          forget(d);
          park(std::move(f), drafted.error().problem);
          continue;
        }
        forget(d);
        d = {};  // it must not block what comes after
        if (const auto* p = outbox.find(f.key); p != nullptr && p->durable)
          d.commit.dead.emplace_back(f.key, drafted.error().problem);
      }
      d.finished = std::move(f);
      drafts.push_back(std::move(d));
    }
  }

  // Results name one incident each; a delivery may name any. They share no batch.
  Result<bool> step_inputs() {
    together = {};
    std::vector<Incoming> batch;
    auto results = take_results();
    if (results.empty()) {
      const std::lock_guard lock(mutex);
      const auto count = static_cast<std::ptrdiff_t>(std::min(incoming.size(), kBatch));
      batch.assign(std::make_move_iterator(incoming.begin()), std::make_move_iterator(incoming.begin() + count));
      incoming.erase(incoming.begin(), incoming.begin() + count);
    }
    if (batch.empty() && results.empty()) return false;
    std::vector<Draft> drafts;
    draft_batch(drafts, batch);
    draft_results(drafts, std::move(results));
    return commit_all(drafts, batch);
  }

  Result<bool> step_ticks() {
    together = {};
    std::vector<Draft> drafts;
    const auto t = now();
    for (auto& [id, head] : heads) {
      if (!head.wake_at || *head.wake_at > t) continue;
      if (!head.open && of_channel(head.channel, true) != nullptr) {  // its channel is in use again: not archived now
        head.wake_at = t + kChannelInUse;
        continue;
      }
      Draft d;
      d.ticked = id;
      if (auto drafted = guarded([&] { return draft_input(d, id, Tick{}); }); !drafted) {
        head.wake_at = t + (drafted.error().forever ? kTickFloor : kStoreRetry);  // it does not hold up the others
        spdlog::error("{} waits for its time: {}", id, drafted.error().problem.what);
        continue;
      }
      if (d.empty()) head.wake_at = t + kTickFloor;
      drafts.push_back(std::move(d));
    }
    if (drafts.empty()) return false;
    std::vector<Incoming> none;
    return commit_all(drafts, none);
  }

  void poll() {
    std::set<std::string> wanted;
    {
      const std::lock_guard lock(mutex);
      wanted.swap(refresh_wanted);
    }
    const auto t = now();
    for (const auto& [id, head] : heads) {
      if (!head.watched) continue;
      for (const auto& repository : head.repositories) {
        auto& next = next_poll[id + "/" + repository];
        if (!wanted.contains(repository) && next > t) continue;
        auto known = state(id);
        if (!known) {
          next = t + kStoreRetry;
          continue;
        }
        if (!watched(**known, policy, t)) {
          next = t + options.fetch_resolved;
          continue;
        }
        // The longer nothing has happened, the rarer git is asked.
        const auto quiet_for = std::chrono::duration_cast<Seconds>(t - (*known)->last_recorded);
        next = t + std::clamp(quiet_for / kPollShare, options.fetch_active, options.fetch_resolved);
        if (outbox.waits_to_observe(id, repository, false)) continue;
        const auto* h = (*known)->hotfix(repository);
        auto look = h != nullptr ? observe(**known, *h, policy) : std::nullopt;
        if (!look) continue;
        OutboxItem item;
        item.key = fmt::format("poll/{}/{}/{}", id, repository, ports.ids.random_hex(4));
        item.incident = id;
        item.effect = std::move(*look);
        item.target = target_of(item.effect, item.incident);
        item.not_before = t;
        outbox.add(std::move(item), false);
      }
    }
  }

  // The post that a key finds again may still read as it did when its answer was lost, and a newer text may
  // have taken its place in the outbox since: then it is made to read as wanted.
  EffectOutcome carry_out_job(const Job& job, const GitProgress& progress_of) {
    try {
      return carry_out_surely(job, progress_of);
    } catch (const std::exception& e) {
      return {Problem{Problem::Kind::unreachable, fmt::format("{}: {}", describe(job.effect), e.what()), {}, {}}};
    }
  }

  EffectOutcome carry_out_surely(const Job& job, const GitProgress& progress_of) {
    auto outcome = carry_out(job.effect, job.placed, job.unsure, ports, progress_of);
    const auto* posted = std::get_if<EffectOutcome::Posted>(&outcome.what);
    if (posted == nullptr || !job.unsure || !ports.chat.capabilities().edits) return outcome;
    auto again = carry_out(job.effect, posted->where, false, ports, progress_of);
    return std::holds_alternative<EffectOutcome::Edited>(again.what) ? outcome : again;
  }

  // Over all incidents that watch this repository: a line may lack the hotfix of one and carry another's.
  Result<void> judge(effect::SetCommitStatus& status) {
    std::vector<std::string> missing;
    bool judged = true;
    for (const auto& [id, head] : heads) {
      if (!head.watched || std::ranges::find(head.repositories, status.repository) == head.repositories.end()) continue;
      auto known = state(id);
      if (!known) return std::unexpected(known.error());
      auto found = carries(**known, status.repository, status.branch, status.sha);
      std::ranges::move(found.lacking, std::back_inserter(missing));
      judged = judged && found.judged;
    }
    if (!missing.empty()) {
      status.state = CheckState::failed;
      status.description = fmt::format("lacks {}", fmt::join(missing, ", "));
    } else if (judged) {  // else that incident's own look says it
      status.state = CheckState::passed;
      status.description = "carries every shipped hotfix";
    }
    return {};
  }

  // Which tag the record says was deployed last.
  Result<void> known_production(const std::string& repository, std::string& tag) {
    auto known = store.last_deployed(repository);
    if (!known) return std::unexpected(known.error());
    tag = std::move(*known);
    return {};
  }

  // What the store and the ports know at the moment an effect begins.
  Result<void> fill_in(Job& job, const IncidentId& incident) {
    if (const auto* show = std::get_if<effect::ShowMessage>(&job.effect)) {
      auto placed = store.placed(show->slot);
      if (!placed) return std::unexpected(placed.error());
      job.placed = std::move(*placed);
      job.unsure = unsure_slots.contains(show->slot);
    } else if (auto* look = std::get_if<effect::Observe>(&job.effect)) {
      return known_production(look->repository, look->known_production);
    } else if (auto* status = std::get_if<effect::SetCommitStatus>(&job.effect);
               status != nullptr && status->context == effect::kMergeBackContext) {
      return judge(*status);
    } else if (auto* where = std::get_if<effect::AskWhere>(&job.effect)) {
      return known_production(where->repository, where->known_production);
    } else if (std::holds_alternative<effect::Deploy>(job.effect)) {
      job.unsure = unsure_orders.contains(job.key);
    } else if (auto* port = std::get_if<effect::ForwardPort>(&job.effect)) {
      return known_production(port->repository, port->about.known_production);
    } else if (auto* furnish = std::get_if<effect::FurnishChannel>(&job.effect); furnish != nullptr && ports.page) {
      furnish->bookmarks.insert(furnish->bookmarks.begin(), {"Incident " + incident, ports.page(incident)});
    }
    return {};
  }

  // What the gates said of a tag holds for a while: one that waited longer, while the process was down say, is asked
  // for again. Had it arrived, git says so.
  std::optional<Problem> too_late(const OutboxItem& item) const {
    if (!std::holds_alternative<effect::PushTag>(item.effect) || now() - item.not_before <= kVerdictHolds)
      return std::nullopt;
    return Problem{Problem::Kind::refused, "the gates were judged too long ago", "type /hotfix tag again", {}};
  }

  // Hands out effects that may begin. True when one was carried out inline.
  Result<bool> dispatch() {
    bool any = false;
    while (auto* p = outbox.begin(now())) {
      Job job{p->item.key, p->item.effect, {}};
      if (auto known = fill_in(job, p->item.incident); !known) {  // the others may begin
        spdlog::error("{} waits: {}. {}", describe(job.effect), known.error().what, known.error().mend);
        outbox.again(job.key, p->item.attempts, now() + kStoreRetry);
        continue;
      }
      any = true;
      told.wait();  // an answer comes before what follows from it
      if (auto late = too_late(p->item)) {
        const std::lock_guard lock(mutex);
        finished.push_back({job.key, EffectOutcome{std::move(*late)}});
        return true;
      }
      if (options.workers > 0) {
        const std::lock_guard lock(mutex);
        jobs.push_back(std::move(job));
        wake_workers.notify_one();
        continue;
      }
      auto outcome = carry_out_job(job, [](std::string_view) { return true; });
      const std::lock_guard lock(mutex);
      finished.push_back({job.key, std::move(outcome)});
      return true;  // its result is worked off before the next one begins
    }
    return any && options.workers == 0;
  }

  // Says so in the channel when git takes long and somebody waits.
  Result<void> announce_slow() {
    for (auto* running : outbox.running()) {
      auto& p = *running;
      if (p.announced || p.item.incident.empty() || !p.item.target.starts_with("git/") ||
          now() - p.started < options.progress_after)
        continue;
      const auto it = cache.find(p.item.incident);
      const bool someone_waits = !std::holds_alternative<effect::Observe>(p.item.effect) ||
                                 (it != cache.end() && std::ranges::any_of(it->second.now.requests, [](const auto& r) {
                                    return r.verb != "remind";
                                  }));
      if (!someone_waits) continue;
      std::string doing;
      {
        const std::lock_guard lock(mutex);
        if (const auto said = progress.find(p.item.key); said != progress.end()) doing = said->second;
      }
      Draft d;
      d.commit.effects.push_back(progress_message(
          p.item, fmt::format("{} takes a while{}{}", describe(p.item.effect), doing.empty() ? "" : ": ", doing)));
      std::vector<Draft> drafts;
      drafts.push_back(std::move(d));
      std::vector<Incoming> none;
      if (auto done = commit_all(drafts, none); !done) return std::unexpected(done.error());
      p.announced = true;
      return {};
    }
    return {};
  }

  void answer_questions() {
    std::vector<std::function<void(std::vector<OpenChannel>)>> asked;
    {
      const std::lock_guard lock(mutex);
      asked.swap(questions);
    }
    if (asked.empty()) return;
    std::vector<OpenChannel> all;
    for (const auto& [id, head] : heads) {
      if (!head.open) continue;
      auto known = state(id);
      if (!known) {
        spdlog::error("{} cannot be compared with its channel: {}", id, known.error().what);
        continue;
      }
      OpenChannel open{head.channel, std::max((*known)->declared.at, (*known)->last_reopened), {}};
      for (const auto& [message, said] : (*known)->messages)
        open.messages[message] = {said.versions.back(), said.deleted, {}};
      for (const auto& entry : (*known)->timeline)
        if (const auto it = open.messages.find(entry.message()); it != open.messages.end() && !entry.removed)
          it->second.pinned_by = entry.pinned_by();
      all.push_back(std::move(open));
    }
    for (const auto& done : asked) done(all);
  }

  // Works off what is due now; false when there is nothing.
  Result<bool> step() {
    const auto t = now();
    if (t < held_until) return false;
    if (doubtful)
      if (auto known = catch_up(); !known) return hold(known.error());
    answer_questions();
    if (t >= next_prune) {
      next_prune = t + std::chrono::hours{1};
      if (auto pruned = store.prune(t - options.inbox_kept); !pruned) spdlog::warn("pruning: {}", pruned.error().what);
    }
    auto worked = step_inputs();
    if (!worked || *worked) return worked;
    worked = step_ticks();
    if (!worked || *worked) return worked;
    poll();
    if (auto slow = announce_slow(); !slow) return std::unexpected(slow.error());
    return dispatch();
  }

  std::optional<Time> next_due() const {
    std::optional<Time> due;
    const auto sooner = [&](std::optional<Time> t) {
      if (t && (!due || *t < *due)) due = t;
    };
    for (const auto& [id, head] : heads) {
      sooner(head.wake_at);
      if (!head.watched) continue;
      for (const auto& repository : head.repositories) {
        const auto it = next_poll.find(id + "/" + repository);
        sooner(it == next_poll.end() ? now() : it->second);
      }
    }
    sooner(outbox.next_due());
    if (!parked.empty()) sooner(parked_until);
    {
      const std::lock_guard lock(mutex);
      if (!finished.empty() || !incoming.empty()) sooner(now());
    }
    if (due && *due < held_until) due = held_until;
    return due;
  }

  // ---- threads ------------------------------------------------------------------------------

  void run() {
    while (true) {
      try {
        while (true) {
          {
            const std::lock_guard lock(mutex);
            if (stopping) return;
          }
          const auto worked = step();
          told.flush();
          if (!worked) held_until = std::max(held_until, now() + kStoreRetry);
          if (!worked || !*worked) break;
        }
      } catch (const std::exception& e) {  // a surprise costs this step, not the process
        spdlog::critical("engine: {}", e.what());
        told.flush();
        cache.clear();
        doubtful = true;
        held_until = now() + kStoreRetry;
      }
      auto until = std::chrono::milliseconds{1000};
      if (const auto due = next_due())
        until = std::clamp(
            std::chrono::duration_cast<std::chrono::milliseconds>(*due - now()) + std::chrono::milliseconds{1},
            std::chrono::milliseconds{1}, until);
      const bool running = !outbox.running().empty();
      std::unique_lock lock(mutex);
      if (stopping) return;
      resting = !running;
      const bool held = now() < held_until;
      wake_engine.wait_for(lock, until, [&] {
        return stopping ||
               (!held && (!incoming.empty() || !finished.empty() || !refresh_wanted.empty() || !questions.empty()));
      });
      resting = false;
    }
  }

  void work() {
    while (true) {
      Job job;
      {
        std::unique_lock lock(mutex);
        wake_workers.wait(lock, [&] { return stopping || !jobs.empty(); });
        if (stopping) return;
        job = std::move(jobs.front());
        jobs.pop_front();
      }
      auto outcome = carry_out_job(job, [&](std::string_view doing) {
        const std::lock_guard lock(mutex);
        progress[job.key] = doing;
        return !stopping;
      });
      const std::lock_guard lock(mutex);
      progress.erase(job.key);
      finished.push_back({job.key, std::move(outcome)});
      wake_engine.notify_one();
    }
  }
};

Engine::Engine(EnginePorts ports, Policy policy, EngineOptions options)
    : impl_(std::make_unique<Impl>(std::move(ports), std::move(policy), options)) {}
Engine::~Engine() { stop(); }

Result<void> Engine::open() {
  if (auto read = impl_->read_heads(); !read) return read;
  return impl_->read_outbox();
}

void Engine::submit(Delivery delivery, Acknowledge acknowledge) {
  {
    const std::lock_guard lock(impl_->mutex);
    if (!impl_->stopping && impl_->incoming.size() < kMaxQueue) {
      impl_->incoming.push_back({std::move(delivery), std::move(acknowledge), 0});
      impl_->wake_engine.notify_one();
      return;
    }
  }
  acknowledge(
      std::unexpected(Problem{Problem::Kind::unreachable, "hotfixd is stopping or overloaded", "send it again", {}}));
}

Result<void> Engine::run_until_idle() {
  for (int n = 0; n < kMaxSteps; ++n) {
    auto worked = impl_->step();
    if (!worked) return std::unexpected(worked.error());
    if (!*worked) return {};
  }
  return std::unexpected(Problem{Problem::Kind::internal, "the engine does not come to rest", {}, {}});
}

std::optional<Time> Engine::next_due() const { return impl_->next_due(); }

void Engine::start() {
  for (int n = 0; n < impl_->options.workers; ++n) impl_->workers.emplace_back([this] { impl_->work(); });
  impl_->told.start();
  impl_->thread = std::jthread([this] { impl_->run(); });
}

void Engine::stop(const std::function<void()>& hang_up) {
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->stopping = true;
    impl_->wake_engine.notify_all();
    impl_->wake_workers.notify_all();
  }
  if (impl_->thread.joinable()) impl_->thread.join();
  if (hang_up) hang_up();
  impl_->workers.clear();
  impl_->told.stop();
  std::deque<Incoming> left;
  std::vector<std::function<void(std::vector<OpenChannel>)>> asked;
  {
    const std::lock_guard lock(impl_->mutex);
    left.swap(impl_->incoming);
    asked.swap(impl_->questions);
  }
  for (const auto& done : asked) done({});
  for (auto& in : left)
    in.acknowledge(std::unexpected(Problem{Problem::Kind::unreachable, "hotfixd is stopping", "send it again", {}}));
}

void Engine::open_channels(std::function<void(std::vector<OpenChannel>)> done) {
  {
    const std::lock_guard lock(impl_->mutex);
    if (!impl_->stopping) {
      impl_->questions.push_back(std::move(done));
      impl_->wake_engine.notify_one();
      return;
    }
  }
  done({});
}

void Engine::refresh(const std::string& repository) {
  const std::lock_guard lock(impl_->mutex);
  impl_->refresh_wanted.insert(repository);
  impl_->wake_engine.notify_one();
}

void Engine::set_groups(std::map<std::string, std::vector<Person>> groups) {
  auto known = std::make_shared<const std::map<std::string, std::vector<Person>>>(std::move(groups));
  const std::lock_guard lock(impl_->mutex);
  impl_->groups = std::move(known);
}

const Policy& Engine::policy() const { return impl_->policy; }

Engine::Counters Engine::counters() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->total;
}

bool Engine::quiet() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->resting && impl_->refresh_wanted.empty() && impl_->questions.empty() && impl_->incoming.empty() &&
         impl_->finished.empty() && impl_->jobs.empty() && impl_->told.quiet();
}

}  // namespace hotfixd
