#include "integrations/slack/changes.hpp"

#include <fmt/format.h>

namespace hotfixd::slack {
namespace {

constexpr std::size_t kPerMessage = 50;  // changes that came before their message

std::string key_of(const MessageRef& m) { return m.channel.id + ":" + m.ts.text(); }

// What a change changes, and when by Slack's clock; empty: it is no change of a message.
struct Change {
  std::string message, thing, at;
};
struct ChangeOf {
  Change operator()(const MessageChanged& m) const { return {key_of(m.message), key_of(m.message), m.event_ts}; }
  Change operator()(const MessageDeleted& m) const { return {key_of(m.message), {}, {}}; }  // for good
  Change operator()(const Reaction& r) const {
    return {key_of(r.message), fmt::format("{}:{}:{}", key_of(r.message), r.user.id, r.name), r.event_ts};
  }
  Change operator()(const Pin& p) const {
    return {key_of(p.message), fmt::format("{}:pin:{}", key_of(p.message), p.user.id), p.event_ts};
  }
  template <typename Other>
  Change operator()(const Other&) const {
    return {};
  }
};

}  // namespace

template <typename Key>
bool Changes::Recent<Key>::insert(const Key& key) {
  if (!all.insert(key).second) return false;
  order.push_back(key);
  if (order.size() > kKept) {
    all.erase(order.front());
    order.pop_front();
  }
  return true;
}

bool Changes::newest(const std::string& thing, const std::string& at) {
  const auto when = Timestamp::parse(at);
  if (thing.empty() || !when) return true;
  const auto [it, fresh] = newest_.try_emplace(thing, *when);
  if (!fresh && it->second > *when) return false;
  it->second = *when;
  if (fresh) {
    things_.push_back(thing);
    if (things_.size() > kKept) {
      newest_.erase(things_.front());
      things_.pop_front();
    }
  }
  return true;
}

std::vector<Taken> Changes::in_order(const Incoming& in, std::vector<Taken> taken) {
  if (const auto* message = std::get_if<MessagePosted>(&in.what)) {
    const auto key = key_of(message->message);
    posted_.insert(key);
    if (auto early = early_.extract(key); !early.empty())
      for (auto& change : early.mapped()) taken.push_back(std::move(change));
    return taken;
  }
  const auto change = std::visit(ChangeOf{}, in.what);
  if (change.message.empty()) return taken;
  if (!newest(change.thing, change.at)) return {};
  if (posted_.all.contains(change.message)) return taken;
  const auto [it, fresh] = early_.try_emplace(change.message);
  if (fresh) {
    early_order_.push_back(change.message);
    if (early_order_.size() > kKept) {
      early_.erase(early_order_.front());
      early_order_.pop_front();
    }
  }
  if (it->second.size() < kPerMessage) it->second.insert(it->second.end(), taken.begin(), taken.end());
  return taken;
}

}  // namespace hotfixd::slack
