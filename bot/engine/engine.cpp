#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "bot/engine/engine_impl.hpp"

namespace hotfixd {
namespace {

constexpr std::size_t kMaxQueue = 20'000;  // deliveries waiting; more are refused, the source sends again
constexpr int kPollShare = 144;            // after two quiet hours git is asked less than every minute
constexpr int kMaxSteps = 1'000'000;       // of one run_until_idle()

}  // namespace

std::uint64_t number_of(const IncidentId& id) {
  std::uint64_t n = 0;
  for (const char ch : id)
    if (ch >= '0' && ch <= '9') n = n * 10 + static_cast<std::uint64_t>(ch - '0');
  return n;
}

void Engine::Impl::acknowledge(Incoming& in, Result<InboxAnswer> answer) {
  told.tell(in.delivery.id, std::move(in.acknowledge), std::move(answer), in.delivery.patient);
}

Result<Engine::Impl::Known*> Engine::Impl::known(const IncidentId& id) {
  if (const auto it = cache.find(id); it != cache.end()) return &it->second;
  auto events = store.load(id);
  if (!events) return std::unexpected(events.error());
  return &cache.emplace(id, Known{fold(*events), {}}).first->second;
}

Result<const Incident*> Engine::Impl::state(const IncidentId& id) {
  auto found = known(id);
  if (!found) return std::unexpected(found.error());
  return &(*found)->now;
}

Result<void> Engine::Impl::read_heads() {
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

Result<void> Engine::Impl::read_outbox() {
  auto pending = store.pending();
  if (!pending) return std::unexpected(pending.error());
  for (auto& item : *pending) {
    if (outbox.find(item.key) != nullptr) continue;
    if (const auto* show = std::get_if<effect::ShowMessage>(&item.effect)) unsure_slots.insert(show->slot);
    if (begins_elsewhere(item.effect)) unsure_orders.insert(item.key);
    outbox.add(std::move(item), true);
  }
  return {};
}

Result<void> Engine::Impl::catch_up() {
  if (auto known = read_outbox(); !known) return known;
  auto read = read_heads();
  if (!read && !doubtful) {
    spdlog::error("an incident cannot be read: {}. {}", read.error().what, read.error().mend);
    return {};
  }
  return read;
}

const IncidentHead* Engine::Impl::of_channel(const ChannelId& channel, bool open_only) const {
  const IncidentHead* best = nullptr;
  for (const auto& [id, head] : heads) {
    if (head.channel != channel || (open_only && !head.open)) continue;
    if (best == nullptr || (head.open && !best->open) ||
        (head.open == best->open && number_of(head.id) > number_of(best->id)))
      best = &head;
  }
  return best;
}

IncidentHead Engine::Impl::head_of(const Incident& i) const {
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

void Engine::Impl::poll() {
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

void Engine::Impl::answer_questions() {
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

Result<bool> Engine::Impl::step() {
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
  guard_pull_requests();
  if (auto slow = announce_slow(); !slow) return std::unexpected(slow.error());
  return dispatch();
}

std::optional<Time> Engine::Impl::next_due() const {
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
  for (const auto& repository : policy.repositories) {
    if (!guards(repository)) continue;
    const auto it = guarded_pulls.find(repository.name);
    if (it == guarded_pulls.end() || !it->second.running) sooner(it == guarded_pulls.end() ? now() : it->second.next);
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

void Engine::Impl::run() {
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
      until =
          std::clamp(std::chrono::duration_cast<std::chrono::milliseconds>(*due - now()) + std::chrono::milliseconds{1},
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

void Engine::Impl::work() {
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
      if (!doing.empty()) progress[job.key] = doing;
      return !stopping;
    });
    const std::lock_guard lock(mutex);
    progress.erase(job.key);
    finished.push_back({job.key, std::move(outcome)});
    wake_engine.notify_one();
  }
}

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
