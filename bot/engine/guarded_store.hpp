// The store as the engine calls it: what a store throws comes back as a Problem, so that no path of the
// engine can lose what it holds because of it.
#pragma once

#include "bot/ports/store.hpp"

namespace hotfixd {

class GuardedStore final : public Store {
 public:
  // `below` must outlive it.
  explicit GuardedStore(Store& below) : below_(below) {}

  Result<std::vector<CommitOutcome>> commit(std::span<const Commit> commits) override;
  Result<std::vector<Event>> load(const IncidentId& id) override;
  Result<std::vector<IncidentHead>> heads(bool all) override;
  Result<std::uint64_t> last_number() override;
  Result<std::optional<InboxAnswer>> seen(const std::string& delivery_id) override;
  Result<std::vector<std::optional<InboxAnswer>>> seen_all(std::span<const std::string> delivery_ids) override;
  Result<std::vector<OutboxItem>> pending() override;
  Result<std::optional<PlacedMessage>> placed(const std::string& slot) override;
  Result<std::vector<LooseMessage>> loose(const ChannelId& channel, Time since) override;
  Result<std::vector<DeadLetter>> dead_letters() override;
  Result<MessageCounts> counts(const IncidentId& id) override;
  Result<std::string> last_deployed(const std::string& repository) override;
  Result<void> prune(Time before) override;
  Result<std::uint64_t> verify(const IncidentId& id) override;
  Result<Erased> redact(const Erasure& erasure) override;

 private:
  Store& below_;
};

}  // namespace hotfixd
