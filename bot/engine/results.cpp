// What became of effects: recorded, tried again, or given up and said.
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "bot/domain/cards.hpp"
#include "bot/domain/deploys.hpp"
#include "bot/engine/engine_impl.hpp"

namespace hotfixd {
namespace {

constexpr int kBlindAfter = 3;      // failed looks in a row
constexpr int kDeployAttempts = 5;  // of one order: half a minute, with the usual waits
constexpr std::size_t kMostSaid = 500;
constexpr Seconds kMoreStatuses{60};  // until the next of them are set

}  // namespace

Seconds Engine::Impl::backoff(int attempts, const Problem& problem) {
  if (problem.retry_after) return std::max(Seconds{1}, *problem.retry_after);
  auto wait = options.first_retry;
  for (int n = 0; n < attempts && wait < options.max_retry; ++n) wait *= 2;
  wait = std::min(wait, options.max_retry);
  // Between a half and the whole of it, so that many that failed together do not return together.
  const auto roll = std::stoul(ports.ids.random_hex(2), nullptr, 16) % 1000;
  return std::max(Seconds{1}, Seconds{wait.count() / 2 + wait.count() * static_cast<std::int64_t>(roll) / 2000});
}

Result<void> Engine::Impl::draft_finished(Draft& draft, const Finished& f) {
  auto* pending = outbox.find(f.key);
  if (pending == nullptr) return {};
  const auto& item = pending->item;
  if (const auto* guard = std::get_if<effect::GuardPullRequests>(&item.effect)) {
    take_guarded(guard->repository, f.outcome);
    return {};
  }
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

Result<void> Engine::Impl::answer_without_incident(Draft& draft, const OutboxItem& item, const Input& input) {
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

void Engine::Impl::note_sight(Draft& draft, const OutboxItem& item, const EffectOutcome& outcome) {
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

void Engine::Impl::note_sight(Draft& draft, const IncidentId& incident, const std::string& what,
                              const std::string& shown, const Problem* problem) {
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
                    fmt::format("I cannot read {}: {}. Until I can, what I say of it is old. {}", shown, problem->what,
                                problem->mend)));
}

// Nobody waits for it in a channel: what stands in its way is logged, and `check --online` says it too.
void Engine::Impl::take_guarded(const std::string& repository, const EffectOutcome& outcome) {
  auto& guard = guarded_pulls[repository];
  guard.running = false;
  const auto* done = std::get_if<EffectOutcome::Guarded>(&outcome.what);
  const auto* problem = std::get_if<Problem>(&outcome.what);
  if (done != nullptr && done->problem) problem = &*done->problem;
  if (done != nullptr) {
    auto said = done->said;
    // Of those that this pass did not come to, what was known stands.
    if (problem != nullptr)
      for (const auto& known : guard.said)
        if (said.size() < kMostSaid &&
            std::ranges::find(said, known.sha, &effect::GuardPullRequests::Said::sha) == said.end())
          said.push_back(known);
    guard.said = std::move(said);
    if (!done->all) guard.next = std::min(guard.next, now() + kMoreStatuses);
  }
  if (problem == nullptr) {
    guard.trouble.clear();
    return;
  }
  if (problem->retry_after) guard.next = std::max(guard.next, now() + *problem->retry_after);
  const bool said = std::exchange(guard.trouble, problem->what) == problem->what;
  spdlog::log(said ? spdlog::level::debug : spdlog::level::warn, "the open pull requests of {} are not judged: {}. {}",
              repository, problem->what, problem->mend);
}

Result<void> Engine::Impl::draft_failure(Draft& draft, const PendingEffect& pending, const Problem& problem) {
  const auto& item = pending.item;
  const bool looks = std::holds_alternative<effect::Observe>(item.effect) ||
                     std::holds_alternative<effect::FollowDeployment>(item.effect) ||
                     std::holds_alternative<effect::FollowRegressionTest>(item.effect) ||
                     std::holds_alternative<effect::AskWhere>(item.effect) ||
                     std::holds_alternative<effect::ExplainMergeBack>(item.effect);
  const bool later = problem.kind == Problem::Kind::rate_limited;
  // What a target refuses for the same reason again and again (an archived channel) is said once.
  const bool said = !problem.retryable() && std::exchange(refusals[item.target], problem.mend) == problem.mend;
  spdlog::log(later || said ? spdlog::level::debug : spdlog::level::warn, "{} failed (attempt {}): {}{}{}",
              describe(item.effect), item.attempts + 1, problem.what, problem.mend.empty() ? "" : ". ", problem.mend);
  if (const auto* tried = std::get_if<effect::ShowMessage>(&item.effect)) unsure_slots.insert(tried->slot);
  const bool deploys = begins_elsewhere(item.effect);
  if (deploys) unsure_orders.insert(item.key);
  // What a person waits for is not repeated behind their back: the gates would have to be asked again.
  const bool once = looks || std::holds_alternative<effect::PushTag>(item.effect) ||
                    std::holds_alternative<effect::MergePullRequest>(item.effect);
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
  // Of a test the domain says it, as of a look.
  const bool tests = std::holds_alternative<effect::StartRegressionTest>(item.effect);
  if (pending.durable && !looks && !status && !tests && !item.target.starts_with("git/"))
    draft.commit.dead.emplace_back(item.key, problem);
  else if (pending.durable)
    draft.commit.done.push_back(item.key);
  // The status card cannot report that the status card cannot be shown.
  const auto* show = std::get_if<effect::ShowMessage>(&item.effect);
  if (show != nullptr && show->slot.ends_with("/status")) return {};
  if (item.incident.empty()) return answer_without_incident(draft, item, failure_of(item.effect, problem));
  return draft_input(draft, item.incident, failure_of(item.effect, problem), pending.started);
}

std::string Engine::Impl::format_duration_since(Time start) const {
  return fmt::format("{}s", std::chrono::duration_cast<Seconds>(now() - start).count());
}

OutboxItem Engine::Impl::progress_message(const OutboxItem& about, const std::string& text) {
  return own_message(about.incident, about.key + "/progress", text);
}

OutboxItem Engine::Impl::own_message(const IncidentId& incident, std::string slot, const std::string& text) {
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

}  // namespace hotfixd
