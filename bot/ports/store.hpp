// Durable state: events with their hash chain, inbox, outbox, timers, placed messages. One commit()
// is one transaction over all of them. Called from the engine thread only; readers use their own Store.
#pragma once

#include <memory>
#include <span>

#include "bot/domain/decision.hpp"

namespace hotfixd {

// What the engine knows about an incident without loading it.
struct IncidentHead {
  IncidentId id;
  ChannelId channel;
  bool open = true;     // false: closed or not a hotfix; it no longer claims its channel
  bool watched = true;  // still wakes up, and forge events and git facts are offered to it
  std::string summary;  // redactable: cleared together with the text
  Severity severity{};
  Status status{};
  Time declared_at{};
  std::uint64_t version = 0;              // number of events
  std::vector<std::string> repositories;  // with a hotfix branch in this incident
  std::optional<Time> wake_at;            // its one timer
};

struct Append {
  IncidentHead head;                   // as it is after these events; head.version = expected + events.size()
  std::uint64_t expected_version = 0;  // 0 = the incident must be new
  std::vector<Event> events;
};

struct OutboxItem {
  std::string key;      // idempotency key, unique for all time
  std::string target;   // items of one target are carried out in order: "chat/#incidents", "git/shop"
  IncidentId incident;  // may be empty
  Effect effect;
  Time not_before{};
  int attempts = 0;
  std::uint64_t sequence = 0;  // order of insertion; set by the store
};

// The first answer to a delivery, given again when the delivery comes again.
struct InboxAnswer {
  IncidentId incident;
  std::optional<Reply> reply;
  bool again = false;  // given before; not stored
};

struct PlacedMessage {
  ChannelId channel;
  MessageId message;
};

// A chat message in a channel without an open incident; kept for Policy::alert_lookback.
struct LooseMessage {
  ChannelId channel;
  MessageId id;
  Person author;
  std::string text;
  Time at{};
};

// Messages of the bot about one incident: posted anew, and edited in place.
struct MessageCounts {
  std::uint64_t posts = 0, edits = 0;
  bool operator==(const MessageCounts&) const = default;
};

struct Commit {
  std::string delivery_id;  // empty = nothing to remember (ticks, results are keyed by their outbox item)
  InboxAnswer answer;
  Time at{};  // when the delivery was taken; inbox rows are pruned by it
  std::vector<Append> appends;
  std::vector<OutboxItem> effects;  // a ShowMessage replaces an unsent, unattempted one of its slot
  std::vector<std::string> done;    // outbox keys carried out: removed from the pending ones
  std::vector<std::pair<std::string, PlacedMessage>> placed;  // slot -> where it went
  std::vector<OutboxItem> retried;                            // same key, new attempts and not_before
  std::vector<std::pair<std::string, Problem>> dead;          // outbox keys given up: kept as dead letters
  std::vector<LooseMessage> loose;
  std::vector<MessageId> loose_taken;                         // moved into an incident
  std::vector<std::pair<IncidentId, MessageCounts>> counted;  // added to what was counted before
};

struct CommitOutcome {
  enum class Kind { committed, duplicate, version_conflict } kind = Kind::committed;
  InboxAnswer first_answer;  // of the duplicate
};

struct DeadLetter {
  std::string key;
  IncidentId incident;
  std::string what;
  Time at{};
};

// What is to be erased, and what the record will say of it.
struct Erasure {
  IncidentId incident;
  std::string words;  // at least 3 characters; every text that contains them goes
  Person by;          // who erases
  std::string why;    // not empty, and without the words
  Time at{};
  std::uint64_t elsewhere = 0;  // what was erased outside the store for the same reason
};

// What was erased.
struct Erased {
  std::uint64_t texts = 0;          // of the incident's record
  std::uint64_t answers = 0;        // to deliveries
  std::uint64_t effects = 0;        // that wait to be carried out, or were given up
  std::uint64_t loose = 0;          // messages of channels without an incident
  std::uint64_t heads = 0;          // the incident's summary
  std::vector<std::uint64_t> kept;  // numbers of events that hold the words where they cannot be erased
  std::vector<IncidentId> others;   // incidents that hold the words too
  bool anything() const { return texts + answers + effects + loose + heads > 0; }
};

class Store {
 public:
  virtual ~Store() = default;

  // Commits all in one transaction with one fsync: each element as a whole or not at all. A duplicate
  // or conflicting element is skipped and said so, and a later one of the same incident is a conflict with it; the
  // others stand. On a Problem nothing was committed.
  virtual Result<std::vector<CommitOutcome>> commit(std::span<const Commit> commits) = 0;

  virtual Result<std::vector<Event>> load(const IncidentId& id) = 0;  // empty: no such incident
  virtual Result<std::vector<IncidentHead>> heads(bool all) = 0;      // !all: open or watched only; by number
  virtual Result<std::uint64_t> last_number() = 0;                    // of the incident declared last; 0 = none
  virtual Result<std::optional<InboxAnswer>> seen(const std::string& delivery_id) = 0;
  // The same of each, in order; a store may answer them in one go.
  virtual Result<std::vector<std::optional<InboxAnswer>>> seen_all(std::span<const std::string> delivery_ids) {
    std::vector<std::optional<InboxAnswer>> answers;
    for (const auto& id : delivery_ids) {
      auto answer = seen(id);
      if (!answer) return std::unexpected(std::move(answer.error()));
      answers.push_back(std::move(*answer));
    }
    return answers;
  }
  // All that is not done, in order of insertion (per target the first is the next to be carried out).
  virtual Result<std::vector<OutboxItem>> pending() = 0;
  virtual Result<std::optional<PlacedMessage>> placed(const std::string& slot) = 0;
  virtual Result<std::vector<LooseMessage>> loose(const ChannelId& channel, Time since) = 0;
  virtual Result<std::vector<DeadLetter>> dead_letters() = 0;
  // Of all that was committed as carried out for this incident; zeros when there is none.
  virtual Result<MessageCounts> counts(const IncidentId& id) = 0;
  // The newest tag that Deployed events recorded for a repository and environment; empty = none.
  virtual Result<std::string> last_deployed(const std::string& repository) = 0;
  // Drops inbox rows and loose messages older than `before`.
  virtual Result<void> prune(Time before) = 0;

  // Walks the hash chain of one incident. The first broken link is the Problem (kind corrupt), naming
  // the event's number; otherwise the count of events.
  virtual Result<std::uint64_t> verify(const IncidentId& id) = 0;
  // Erases every text of the incident that contains the words and every copy the store holds of it, and records a
  // TextErased in the same transaction, unless nothing was found here or elsewhere. not_found, or invalid.
  virtual Result<Erased> redact(const Erasure& erasure) = 0;
};

}  // namespace hotfixd
