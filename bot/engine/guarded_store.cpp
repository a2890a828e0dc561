#include "bot/engine/guarded_store.hpp"

#include <fmt/format.h>

namespace hotfixd {
namespace {

template <typename Call>
std::invoke_result_t<Call> guarded(Call&& call) {
  try {
    return call();
  } catch (const std::exception& e) {
    return std::unexpected(Problem{Problem::Kind::internal,
                                   fmt::format("the store failed: {}", e.what()),
                                   "look into the log of hotfixd, then try again",
                                   {}});
  }
}

}  // namespace

Result<std::vector<CommitOutcome>> GuardedStore::commit(std::span<const Commit> commits) {
  return guarded([&] { return below_.commit(commits); });
}
Result<std::vector<Event>> GuardedStore::load(const IncidentId& id) {
  return guarded([&] { return below_.load(id); });
}
Result<std::vector<IncidentHead>> GuardedStore::heads(bool all) {
  return guarded([&] { return below_.heads(all); });
}
Result<std::uint64_t> GuardedStore::last_number() {
  return guarded([&] { return below_.last_number(); });
}
Result<std::optional<InboxAnswer>> GuardedStore::seen(const std::string& delivery_id) {
  return guarded([&] { return below_.seen(delivery_id); });
}
Result<std::vector<std::optional<InboxAnswer>>> GuardedStore::seen_all(std::span<const std::string> delivery_ids) {
  return guarded([&] { return below_.seen_all(delivery_ids); });
}
Result<std::vector<OutboxItem>> GuardedStore::pending() {
  return guarded([&] { return below_.pending(); });
}
Result<std::optional<PlacedMessage>> GuardedStore::placed(const std::string& slot) {
  return guarded([&] { return below_.placed(slot); });
}
Result<std::vector<LooseMessage>> GuardedStore::loose(const ChannelId& channel, Time since) {
  return guarded([&] { return below_.loose(channel, since); });
}
Result<std::vector<DeadLetter>> GuardedStore::dead_letters() {
  return guarded([&] { return below_.dead_letters(); });
}
Result<MessageCounts> GuardedStore::counts(const IncidentId& id) {
  return guarded([&] { return below_.counts(id); });
}
Result<std::string> GuardedStore::last_deployed(const std::string& repository) {
  return guarded([&] { return below_.last_deployed(repository); });
}
Result<void> GuardedStore::prune(Time before) {
  return guarded([&] { return below_.prune(before); });
}
Result<std::uint64_t> GuardedStore::verify(const IncidentId& id) {
  return guarded([&] { return below_.verify(id); });
}
Result<Erased> GuardedStore::redact(const Erasure& erasure) {
  return guarded([&] { return below_.redact(erasure); });
}

}  // namespace hotfixd
