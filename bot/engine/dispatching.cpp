// Effects that may begin are handed to workers with what the store and the record know at that moment.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <spdlog/spdlog.h>

#include <algorithm>

#include "bot/domain/deploys.hpp"
#include "bot/domain/gates.hpp"
#include "bot/engine/engine_impl.hpp"

namespace hotfixd {
namespace {

constexpr Seconds kVerdictHolds{600};  // of the gates before a tag or a merge

constexpr std::chrono::minutes kGuardEvery{10};  // open pull requests, when nothing is heard of them
constexpr Seconds kGuardPause{30};               // between two passes

bool takes_long(std::string_view target) { return target.starts_with("git/") || target.starts_with("look/"); }

}  // namespace

EffectOutcome Engine::Impl::carry_out_job(const Job& job, const GitProgress& progress_of) {
  try {
    return carry_out_surely(job, progress_of);
  } catch (const std::exception& e) {
    return {Problem{Problem::Kind::unreachable, fmt::format("{}: {}", describe(job.effect), e.what()), {}, {}}};
  }
}

EffectOutcome Engine::Impl::carry_out_surely(const Job& job, const GitProgress& progress_of) {
  auto outcome = carry_out(job.effect, job.placed, job.unsure, ports, progress_of);
  const auto* posted = std::get_if<EffectOutcome::Posted>(&outcome.what);
  if (posted == nullptr || !job.unsure || !ports.chat.capabilities().edits) return outcome;
  auto again = carry_out(job.effect, posted->where, false, ports, progress_of);
  return std::holds_alternative<EffectOutcome::Edited>(again.what) ? outcome : again;
}

Result<void> Engine::Impl::judge(effect::SetCommitStatus& status) {
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

Result<void> Engine::Impl::known_production(const std::string& repository, std::string& tag) {
  auto known = store.last_deployed(repository);
  if (!known) return std::unexpected(known.error());
  tag = std::move(*known);
  return {};
}

// What shipped from it in other incidents. One that cannot be read holds up nothing.
std::vector<effect::Observe::Shipped> Engine::Impl::shipped_beside(const IncidentId& incident,
                                                                   const std::string& repository) {
  std::vector<effect::Observe::Shipped> all;
  for (const auto& [id, head] : heads) {
    if (id == incident || !head.watched || std::ranges::find(head.repositories, repository) == head.repositories.end())
      continue;
    auto known = state(id);
    if (!known) {
      spdlog::error("whether the next tag of {} carries what {} shipped is not judged: {}", repository, id,
                    known.error().what);
      continue;
    }
    const auto* h = (*known)->hotfix(repository);
    if (h == nullptr || !watched(**known, policy, ports.clock.now()) || !binds_releases(**known, *h, policy)) continue;
    all.push_back({fmt::format("{} ({})", h->tag, id), h->branch, h->base_tag, h->base_sha, h->tag, h->tag_sha});
  }
  return all;
}

Result<void> Engine::Impl::fill_in(Job& job, const IncidentId& incident) {
  if (const auto* show = std::get_if<effect::ShowMessage>(&job.effect)) {
    auto placed = store.placed(show->slot);
    if (!placed) return std::unexpected(placed.error());
    job.placed = std::move(*placed);
    job.unsure = unsure_slots.contains(show->slot);
  } else if (auto* look = std::get_if<effect::Observe>(&job.effect)) {
    look->shipped = shipped_beside(incident, look->repository);
    return known_production(look->repository, look->known_production);
  } else if (auto* status = std::get_if<effect::SetCommitStatus>(&job.effect);
             status != nullptr && status->context == effect::kMergeBackContext) {
    return judge(*status);
  } else if (auto* where = std::get_if<effect::AskWhere>(&job.effect)) {
    return known_production(where->repository, where->known_production);
  } else if (begins_elsewhere(job.effect)) {
    job.unsure = unsure_orders.contains(job.key);
  } else if (auto* port = std::get_if<effect::ForwardPort>(&job.effect)) {
    return known_production(port->repository, port->about.known_production);
  } else if (auto* explain = std::get_if<effect::ExplainMergeBack>(&job.effect)) {
    return known_production(explain->repository, explain->about.known_production);
  } else if (auto* furnish = std::get_if<effect::FurnishChannel>(&job.effect); furnish != nullptr && ports.page) {
    furnish->bookmarks.insert(furnish->bookmarks.begin(), {"Incident " + incident, ports.page(incident)});
  }
  return {};
}

std::optional<Problem> Engine::Impl::too_late(const OutboxItem& item) const {
  const bool tags = std::holds_alternative<effect::PushTag>(item.effect);
  const bool merges = std::holds_alternative<effect::MergePullRequest>(item.effect);
  const bool flags = std::holds_alternative<effect::SwitchFlag>(item.effect);
  if ((!tags && !merges && !flags) || now() - item.not_before <= kVerdictHolds) return std::nullopt;
  if (flags)
    return Problem{Problem::Kind::refused, "that was asked for too long ago", "see whether it is still wanted", {}};
  // It may have been made before the process died: the forge is looked at.
  if (merges) return Problem{Problem::Kind::unreachable, "the gates were judged too long ago", {}, {}};
  return Problem{Problem::Kind::refused, "the gates were judged too long ago", "type /hotfix tag again", {}};
}

bool Engine::Impl::guards(const RepositoryPolicy& repository) const {
  return repository.pull_request_status != PullRequestStatusWhen::never && !repository.forge.empty() &&
         ports.forges.contains(repository.name) && ports.repositories.contains(repository.name);
}

void Engine::Impl::want_guard(const std::string& repository) {
  const auto it = guarded_pulls.find(repository);
  if (it == guarded_pulls.end()) return;
  it->second.next = std::min(it->second.next, std::max(now(), it->second.began + kGuardPause));
}

// What shipped from a repository and is watched. Problem: an incident cannot be read, and without it nothing is said.
Result<std::vector<effect::GuardPullRequests::Shipped>> Engine::Impl::shipped_from(const std::string& repository) {
  std::vector<effect::GuardPullRequests::Shipped> all;
  for (const auto& [id, head] : heads) {
    if (!head.watched || std::ranges::find(head.repositories, repository) == head.repositories.end()) continue;
    auto known = state(id);
    if (!known) return std::unexpected(known.error());
    const auto* hotfix = (*known)->hotfix(repository);
    if (hotfix == nullptr || hotfix->tag_sha.empty()) continue;
    auto about = observe(**known, *hotfix, policy);
    if (!about) continue;
    if (auto filled = known_production(repository, about->known_production); !filled)
      return std::unexpected(filled.error());
    all.push_back({fmt::format("{} ({})", hotfix->tag, id), std::move(*about)});
  }
  return all;
}

void Engine::Impl::guard_pull_requests() {
  for (const auto& repository : policy.repositories) {
    if (!guards(repository)) continue;
    auto& guard = guarded_pulls[repository.name];
    if (guard.running || guard.next > now()) continue;
    guard.began = now();
    guard.next = guard.began + kGuardEvery;
    auto shipped = shipped_from(repository.name);
    if (!shipped) {  // it holds up nothing else
      spdlog::error("the open pull requests of {} are not judged: {}", repository.name, shipped.error().what);
      continue;
    }
    if (shipped->empty() && repository.pull_request_status != PullRequestStatusWhen::always) continue;
    guard.running = true;
    OutboxItem item;
    item.key = fmt::format("guard/{}", ports.ids.random_hex(12));
    item.effect = effect::GuardPullRequests{repository.name, std::move(*shipped), guard.said};
    item.target = target_of(item.effect, {});
    item.not_before = guard.began;
    outbox.add(std::move(item), false);
  }
}

Result<bool> Engine::Impl::dispatch() {
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

Result<void> Engine::Impl::announce_slow() {
  for (auto* running : outbox.running()) {
    auto& p = *running;
    if (p.announced || p.item.incident.empty() || !takes_long(p.item.target) ||
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

}  // namespace hotfixd
