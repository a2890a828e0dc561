// Batches: what waits is decided, committed in one transaction, acknowledged.
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "bot/engine/engine_impl.hpp"

namespace hotfixd {
namespace {

constexpr std::size_t kBatch = 256;              // deliveries and results committed together
constexpr int kMaxConflicts = 8;                 // another replica was faster
constexpr std::chrono::hours kChannelInUse{24};  // an ended incident whose channel has another one waits so long
constexpr Seconds kTickFloor{60};                // a tick that changed nothing is not asked for sooner

// Why something could not be drafted.
struct Undecided {
  Problem problem;       // the store's, unless it was a surprise
  bool forever = false;  // deciding it again would fail again
};

// A surprise in one decision is that one's Problem.
template <typename F>
std::expected<void, Undecided> guarded(F&& decide_it) {
  try {
    if (Result<void> decided = decide_it(); !decided)
      return std::unexpected(Undecided{decided.error(), decided.error().kind == Problem::Kind::corrupt});
    return {};
  } catch (const std::exception& e) {
    spdlog::critical("a decision failed: {}", e.what());
    return std::unexpected(Undecided{
        {Problem::Kind::internal, fmt::format("this could not be decided: {}", e.what()), "report it with the log", {}},
        true});
  }
}

}  // namespace

Result<bool> Engine::Impl::commit_all(std::vector<Draft>& drafts, std::vector<Incoming>& batch) {
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

void Engine::Impl::overtaken(Draft& d, std::vector<Incoming>& batch, std::vector<Finished>& results,
                             std::vector<Incoming>& deliveries) {
  forget(d);
  doubtful = true;
  if (d.finished) results.push_back(std::move(*d.finished));
  if (!d.incoming) return;
  auto& in = batch[*d.incoming];
  if (++in.conflicts > kMaxConflicts)
    acknowledge(in, std::unexpected(Problem{
                        Problem::Kind::locked, "the incident keeps changing under this command", "send it again", {}}));
  else
    deliveries.push_back(std::move(in));
}

void Engine::Impl::settle(Draft& d, const CommitOutcome& outcome, std::vector<Incoming>& batch) {
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

void Engine::Impl::take_over(Draft& d) {
  if (!d.ticked.empty() && d.commit.appends.empty())
    if (auto it = heads.find(d.ticked); it != heads.end() && it->second.wake_at.value_or(Time::max()) <= now())
      it->second.wake_at = now() + kTickFloor;
  if (d.seen_slot) unsure_slots.erase(*d.seen_slot);
  for (const auto& append : d.commit.appends)
    for (const auto& e : append.events) {
      if (const auto* judged = std::get_if<event::MergeBackJudged>(&e.data)) want_guard(judged->repository);
      if (const auto* tagged = std::get_if<event::Tagged>(&e.data)) want_guard(tagged->repository);
    }
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

void Engine::Impl::count(const MessageCounts& more) {
  const std::lock_guard lock(mutex);
  total.posts += more.posts;
  total.edits += more.edits;
}

Result<bool> Engine::Impl::store_refused(std::vector<Draft>& drafts, std::vector<Incoming>& batch,
                                         const Problem& problem) {
  std::vector<Finished> results;
  for (auto& d : drafts) {
    forget(d);
    if (d.finished) results.push_back(std::move(*d.finished));
    if (d.incoming) acknowledge(batch[*d.incoming], std::unexpected(problem));
  }
  requeue(std::move(results), {});
  return hold(problem);
}

std::unexpected<Problem> Engine::Impl::hold(const Problem& problem) {
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

void Engine::Impl::requeue(std::vector<Finished> results, std::vector<Incoming> deliveries) {
  const std::lock_guard lock(mutex);
  finished.insert(finished.begin(), std::make_move_iterator(results.begin()), std::make_move_iterator(results.end()));
  incoming.insert(incoming.begin(), std::make_move_iterator(deliveries.begin()),
                  std::make_move_iterator(deliveries.end()));
}

std::vector<Finished> Engine::Impl::take_results() {
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

void Engine::Impl::park(Finished f, const Problem& problem) {
  spdlog::error("the result of {} waits: {}. {}", f.key, problem.what, problem.mend);
  parked.push_back(std::move(f));
  parked_until = now() + kStoreRetry;
}

void Engine::Impl::draft_batch(std::vector<Draft>& drafts, std::vector<Incoming>& batch) {
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

void Engine::Impl::draft_results(std::vector<Draft>& drafts, std::vector<Finished> results) {
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

Result<bool> Engine::Impl::step_inputs() {
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

Result<bool> Engine::Impl::step_ticks() {
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

}  // namespace hotfixd
