#include "bot/engine/outbox.hpp"

#include <algorithm>

#include "bot/engine/effects.hpp"

namespace hotfixd {
namespace {

bool looks_at(const PendingEffect& p, const IncidentId& incident, const std::string& repository) {
  const auto* look = std::get_if<effect::Observe>(&p.item.effect);
  return look != nullptr && !p.running && p.item.incident == incident && look->repository == repository;
}

std::string lane_of_looks(const std::string& repository) {
  effect::Observe look;
  look.repository = repository;
  return target_of(look, {});
}

}  // namespace

void Outbox::add(OutboxItem item, bool durable) {
  if (const auto* show = std::get_if<effect::ShowMessage>(&item.effect)) {
    if (const auto older = newest_.find(show->slot); older != newest_.end())
      if (const auto* p = find(older->second); p != nullptr && p->item.attempts == 0 && !p->running)
        remove(std::string(older->second));
    newest_[show->slot] = item.key;
  }
  const auto lane = lanes_.try_emplace(item.target).first;
  lane->second.push_back({std::move(item), durable, false, {}, false, ++added_});
  const auto effect = std::prev(lane->second.end());
  by_key_.insert_or_assign(effect->item.key, Place{lane, effect});
}

bool Outbox::waits_to_observe(const IncidentId& incident, const std::string& repository, bool durable_only) const {
  const auto lane = lanes_.find(lane_of_looks(repository));
  return lane != lanes_.end() && std::ranges::any_of(lane->second, [&](const PendingEffect& p) {
           return (p.durable || !durable_only) && looks_at(p, incident, repository);
         });
}

void Outbox::drop_polls(const IncidentId& incident, const std::string& repository) {
  const auto lane = lanes_.find(lane_of_looks(repository));
  if (lane == lanes_.end()) return;
  std::vector<std::string> keys;
  for (const auto& p : lane->second)
    if (!p.durable && looks_at(p, incident, repository)) keys.push_back(p.item.key);
  for (const auto& key : keys) remove(key);
}

PendingEffect* Outbox::begin(Time now) {
  PendingEffect* next = nullptr;
  for (auto& [target, lane] : lanes_) {
    auto& first = lane.front();
    if (!first.running && first.item.not_before <= now && (next == nullptr || first.order < next->order)) next = &first;
  }
  if (next == nullptr) return nullptr;
  next->running = true;
  next->started = now;
  return next;
}

PendingEffect* Outbox::find(const std::string& key) {
  const auto it = by_key_.find(key);
  return it == by_key_.end() ? nullptr : &*it->second.effect;
}

void Outbox::remove(const std::string& key) {
  const auto it = by_key_.find(key);
  if (it == by_key_.end()) return;
  const auto [lane, effect] = it->second;
  if (const auto* show = std::get_if<effect::ShowMessage>(&effect->item.effect))
    if (const auto newest = newest_.find(show->slot); newest != newest_.end() && newest->second == key)
      newest_.erase(newest);
  by_key_.erase(it);
  lane->second.erase(effect);
  if (lane->second.empty()) lanes_.erase(lane);
}

void Outbox::again(const std::string& key, int attempts, Time not_before) {
  if (auto* p = find(key)) {
    p->running = false;
    p->item.attempts = attempts;
    p->item.not_before = not_before;
  }
}

std::optional<Time> Outbox::next_due() const {
  std::optional<Time> due;
  for (const auto& [target, lane] : lanes_) {
    const auto& first = lane.front();
    if (!first.running && (!due || first.item.not_before < *due)) due = first.item.not_before;
  }
  return due;
}

std::vector<PendingEffect*> Outbox::running() {
  std::vector<PendingEffect*> out;
  for (auto& [target, lane] : lanes_)
    if (lane.front().running) out.push_back(&lane.front());
  return out;
}

}  // namespace hotfixd
