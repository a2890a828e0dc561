#include "bot/store/memory_store.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "bot/store/codec.hpp"
#include "bot/store/redaction.hpp"
#include "bot/store/rules.hpp"

namespace hotfixd::store {
namespace {

struct Kept {
  IncidentHead head;
  std::vector<Event> events;
  MessageCounts counts;
};

struct Remembered {
  InboxAnswer answer;
  Time at{};
};

struct Deployment {
  std::string environment, tag;
  Time at{};
};

class MemoryStore final : public Store {
 public:
  explicit MemoryStore(std::string environment) : environment_(std::move(environment)) {}

  Result<std::vector<CommitOutcome>> commit(std::span<const Commit> commits) override {
    if (auto problem = wrong_call(commits)) return std::unexpected(std::move(*problem));
    return written_in_order(commits, [this](const Commit& element) { return commit_one(element); });
  }

  Result<std::vector<Event>> load(const IncidentId& id) override {
    const auto* kept = find(id);
    return kept ? kept->events : std::vector<Event>{};
  }

  Result<std::vector<IncidentHead>> heads(bool all) override {
    std::vector<IncidentHead> out;
    for (const auto& [number, kept] : incidents_)
      if (all || kept.head.open || kept.head.watched) out.push_back(kept.head);
    return out;
  }

  Result<std::uint64_t> last_number() override { return incidents_.empty() ? 0 : incidents_.rbegin()->first; }

  Result<std::optional<InboxAnswer>> seen(const std::string& delivery_id) override {
    const auto found = inbox_.find(delivery_id);
    return found == inbox_.end() ? std::nullopt : std::optional(found->second.answer);
  }

  Result<std::vector<OutboxItem>> pending() override {
    std::vector<OutboxItem> out;
    for (const auto& [sequence, item] : pending_) out.push_back(item);
    return out;
  }

  Result<std::optional<PlacedMessage>> placed(const std::string& slot) override {
    const auto found = placed_.find(slot);
    return found == placed_.end() ? std::nullopt : std::optional(found->second);
  }

  Result<std::vector<LooseMessage>> loose(const ChannelId& channel, Time since) override {
    std::vector<LooseMessage> out;
    for (const auto& message : loose_)
      if (message.channel == channel && message.at >= since)
        out.insert(std::ranges::upper_bound(out, message.at, {}, &LooseMessage::at), message);
    return out;
  }

  Result<std::vector<DeadLetter>> dead_letters() override {
    std::vector<DeadLetter> out;
    for (const auto& [sequence, letter] : dead_) out.push_back(letter);
    return out;
  }

  Result<MessageCounts> counts(const IncidentId& id) override {
    const auto* kept = find(id);
    return kept ? kept->counts : MessageCounts{};
  }

  Result<std::string> last_deployed(const std::string& repository) override {
    std::string tag;
    Time newest = Time::min();
    for (const auto& deployment : deployed_[repository])
      if ((environment_.empty() || deployment.environment == environment_) && deployment.at >= newest) {
        tag = deployment.tag;
        newest = deployment.at;
      }
    return tag;
  }

  Result<void> prune(Time before) override {
    std::erase_if(inbox_, [&](const auto& entry) { return entry.second.at < before; });
    std::erase_if(loose_, [&](const LooseMessage& message) { return message.at < before; });
    return {};
  }

  Result<std::uint64_t> verify(const IncidentId& id) override {
    const auto* kept = find(id);
    if (kept == nullptr) return std::unexpected(no_such_incident(id));
    if (kept->head.version != kept->events.size())
      return std::unexpected(Problem{
          Problem::Kind::corrupt,
          fmt::format("{}: the head counts {} events, there are {}", id, kept->head.version, kept->events.size()),
          "",
          {}});
    return kept->events.size();
  }

  Result<Erased> redact(const Erasure& erasure) override {
    if (auto problem = wrong_erasure(erasure)) return std::unexpected(std::move(*problem));
    const auto number = number_of(erasure.incident);
    const auto found = number ? incidents_.find(*number) : incidents_.end();
    if (found == incidents_.end()) return std::unexpected(no_such_incident(erasure.incident));
    const auto& needle = erasure.words;
    const auto concerns = [&](const IncidentId& id) { return id == erasure.incident || id.empty(); };
    auto& kept = found->second;
    Erased count;
    for (auto& event : kept.events) count.texts += redact_event(event.data, needle);
    count.heads = redact_value(kept.head.summary, needle);
    for (auto& [delivery, remembered] : inbox_)
      if (concerns(remembered.answer.incident) && remembered.answer.reply)
        count.answers += redact_message(remembered.answer.reply->message, needle) > 0;
    for (auto& [sequence, item] : pending_)
      if (concerns(item.incident)) count.effects += redact_effect(item.effect, needle) > 0;
    for (auto& [sequence, letter] : dead_)
      if (concerns(letter.incident)) count.effects += redact_value(letter.what, needle);
    for (auto& message : loose_) count.loose += redact_value(message.text, needle);
    for (auto& [other, theirs] : incidents_) {
      auto events = theirs.events;
      if (other != *number && std::ranges::any_of(events, [&](Event& e) { return redact_event(e.data, needle) > 0; }))
        count.others.push_back(theirs.head.id);
    }
    if (!count.anything() && erasure.elsewhere == 0) return count;
    // There are no digests here to name.
    kept.events.push_back(erasure_event(erasure, count, {}));
    ++kept.head.version;
    return count;
  }

 private:
  const Kept* find(const IncidentId& id) const {
    const auto number = number_of(id);
    const auto found = number ? incidents_.find(*number) : incidents_.end();
    return found == incidents_.end() ? nullptr : &found->second;
  }

  // Does every append of the element meet the version it expects, one after the other?
  bool versions_fit(const Commit& element) const {
    std::map<IncidentId, std::uint64_t> versions;
    for (const auto& append : element.appends) {
      const auto* kept = find(append.head.id);
      auto& version = versions.try_emplace(append.head.id, kept ? kept->head.version : 0).first->second;
      if (version != append.expected_version) return false;
      version = append.head.version;
    }
    return true;
  }

  // All that can go wrong is asked before anything is changed: the element is taken whole or not at all.
  CommitOutcome commit_one(const Commit& element) {
    if (const auto found = inbox_.find(element.delivery_id); !element.delivery_id.empty() && found != inbox_.end())
      return {CommitOutcome::Kind::duplicate, found->second.answer};
    if (!versions_fit(element)) return {CommitOutcome::Kind::version_conflict, {}};
    if (!element.delivery_id.empty()) inbox_[element.delivery_id] = {element.answer, element.at};
    for (const auto& append : element.appends) take(append);
    for (const auto& key : element.done) finish(key);
    for (const auto& [key, problem] : element.dead) bury(key, problem, element.at);
    for (const auto& item : element.retried) retry(item);
    for (const auto& item : element.effects) enqueue(item);
    for (const auto& [slot, where] : element.placed) placed_[slot] = where;
    for (const auto& message : element.loose) {
      const auto same = [&](const LooseMessage& l) { return l.channel == message.channel && l.id == message.id; };
      if (const auto found = std::ranges::find_if(loose_, same); found != loose_.end())
        *found = message;
      else
        loose_.push_back(message);
    }
    for (const auto& [id, more] : element.counted)
      if (const auto number = number_of(id); number && incidents_.contains(*number)) {
        auto& counts = incidents_[*number].counts;
        counts.posts += more.posts;
        counts.edits += more.edits;
      }
    for (const auto& taken : element.loose_taken)
      std::erase_if(loose_, [&](const LooseMessage& message) { return message.id == taken; });
    return {};
  }

  void take(const Append& append) {
    auto& kept = incidents_[*number_of(append.head.id)];
    kept.head = append.head;
    for (const auto& event : append.events) {
      kept.events.push_back(event);
      if (const auto* deployed = std::get_if<event::Deployed>(&event.data))
        deployed_[deployed->repository].push_back({deployed->environment, deployed->tag, event.occurred_at});
    }
  }

  std::map<std::uint64_t, OutboxItem>::iterator find_pending(const std::string& key) {
    return std::ranges::find_if(pending_, [&](const auto& entry) { return entry.second.key == key; });
  }

  void finish(const std::string& key) {
    if (const auto found = find_pending(key); found != pending_.end()) pending_.erase(found);
    std::erase_if(dead_, [&](const auto& entry) { return entry.second.key == key; });
  }

  void bury(const std::string& key, const Problem& problem, Time at) {
    const auto found = find_pending(key);
    if (found == pending_.end()) return;
    dead_[found->first] = {key, found->second.incident, problem.what, at};
    pending_.erase(found);
  }

  void retry(const OutboxItem& item) {
    const auto found = find_pending(item.key);
    if (found == pending_.end()) return;
    found->second.attempts = item.attempts;
    found->second.not_before = item.not_before;
  }

  void enqueue(const OutboxItem& item) {
    if (!keys_.insert(item.key).second) return;  // keys are unique for all time
    auto sequence = ++last_sequence_;
    if (const auto* show = std::get_if<effect::ShowMessage>(&item.effect)) {
      const auto unsent = std::ranges::find_if(pending_, [&](const auto& entry) {
        const auto* other = std::get_if<effect::ShowMessage>(&entry.second.effect);
        return other != nullptr && other->slot == show->slot && entry.second.attempts == 0;
      });
      if (unsent != pending_.end()) {
        sequence = unsent->first;
        pending_.erase(unsent);
      }
    }
    auto& kept = pending_[sequence] = item;
    kept.sequence = sequence;
  }

  std::string environment_;
  std::map<std::uint64_t, Kept> incidents_;  // by number
  std::map<std::string, Remembered> inbox_;
  std::map<std::uint64_t, OutboxItem> pending_;  // by sequence
  std::map<std::uint64_t, DeadLetter> dead_;     // by sequence
  std::set<std::string> keys_;                   // of every effect ever taken
  std::uint64_t last_sequence_ = 0;
  std::map<std::string, PlacedMessage> placed_;  // by slot
  std::vector<LooseMessage> loose_;
  std::map<std::string, std::vector<Deployment>> deployed_;  // by repository
};

}  // namespace

std::unique_ptr<Store> memory_store(IdSource& /*ids*/, std::string environment) {
  return std::make_unique<MemoryStore>(std::move(environment));
}

}  // namespace hotfixd::store
