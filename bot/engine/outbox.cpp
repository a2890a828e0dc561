#include "bot/engine/outbox.hpp"

#include <algorithm>

namespace hotfixd {

void Outbox::add(OutboxItem item, bool durable) {
  if (const auto* show = std::get_if<effect::ShowMessage>(&item.effect))
    items_.remove_if([&](const PendingEffect& p) {
      const auto* old = std::get_if<effect::ShowMessage>(&p.item.effect);
      return old != nullptr && old->slot == show->slot && p.item.attempts == 0 && !p.running;
    });
  items_.push_back({std::move(item), durable, false, {}, false});
}

bool Outbox::waits_to_observe(const IncidentId& incident, const std::string& repository, bool durable_only) const {
  return std::ranges::any_of(items_, [&](const PendingEffect& p) {
    const auto* e = std::get_if<effect::Observe>(&p.item.effect);
    return e != nullptr && !p.running && (p.durable || !durable_only) && p.item.incident == incident &&
           e->repository == repository;
  });
}

PendingEffect* Outbox::begin(Time now) {
  std::set<std::string_view> blocked;
  for (const auto& p : items_)
    if (p.running) blocked.insert(p.item.target);
  for (auto& p : items_) {
    if (p.running || !blocked.insert(p.item.target).second) continue;
    if (p.item.not_before > now) continue;
    p.running = true;
    p.started = now;
    return &p;
  }
  return nullptr;
}

PendingEffect* Outbox::find(const std::string& key) {
  const auto it = std::ranges::find_if(items_, [&](const PendingEffect& p) { return p.item.key == key; });
  return it == items_.end() ? nullptr : &*it;
}

void Outbox::remove(const std::string& key) {
  items_.remove_if([&](const PendingEffect& p) { return p.item.key == key; });
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
  std::set<std::string_view> blocked;
  for (const auto& p : items_)
    if (p.running) blocked.insert(p.item.target);
  for (const auto& p : items_)
    if (!p.running && blocked.insert(p.item.target).second && (!due || p.item.not_before < *due))
      due = p.item.not_before;
  return due;
}

}  // namespace hotfixd
