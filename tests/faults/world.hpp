#pragma once

#include <functional>
#include <memory>

#include "bot/ports/chat_platform.hpp"
#include "bot/ports/clock.hpp"
#include "bot/ports/git_repository.hpp"
#include "bot/ports/regression_tester.hpp"
#include "bot/ports/store.hpp"
#include "tests/faults/crash.hpp"

// The world around the engine in a simulation: it outlives every crash and notices what a promise forbids.

namespace hotfixd::faults {

// What was seen to be wrong; the first few are enough.
class Findings {
 public:
  void add(std::string what) {
    if (list_.size() < 8) list_.push_back(std::move(what));
  }
  const std::vector<std::string>& list() const { return list_; }

 private:
  std::vector<std::string> list_;
};

class VirtualClock final : public Clock {
 public:
  Time now() const override { return now_; }
  void to(Time t) { now_ = std::max(now_, t); }

 private:
  Time now_{};
};

// A channel whose posts are found again by their key.
class SimulatedChannel final : public ChatPlatform {
 public:
  struct Post {
    std::string slot, key;
    ChannelId channel;
    MessageId id;
    Message message;
    bool deleted = false;  // by people
  };

  SimulatedChannel(FaultPlan& plan, Findings& findings) : plan_(plan), findings_(findings) {}

  Capabilities capabilities() const override { return {}; }
  Result<MessageId> post(const PostRequest& request) override;
  Result<void> edit(const ChannelId& channel, const MessageId& id, const Message& message) override;
  Result<ChannelId> create_channel(const ChannelId& channel, const std::string& topic, bool is_private) override;

  // Somebody deletes what stands in the slot.
  void delete_by_people(const std::string& slot);
  // The newest post of a slot; nothing when there was none.
  const Post* newest(const std::string& slot) const;
  const std::vector<Post>& posts() const { return posts_; }
  // Asked before a reminder is posted for the first time.
  std::function<void(const std::string& slot)> on_ping;
  std::uint64_t edits = 0;

 private:
  Result<void> maybe_fail();

  FaultPlan& plan_;
  Findings& findings_;
  std::vector<Post> posts_;
};

// An origin with one production tag, hotfix branches and three target lines.
class SimulatedOrigin final : public GitRepository {
 public:
  Result<std::vector<JudgedPullRequest>> judge_pull_requests(const effect::GuardPullRequests&,
                                                             const std::vector<ListedPullRequest>&,
                                                             const GitProgress&) override {
    return std::vector<JudgedPullRequest>{};  // it has no forge
  }
  Result<Overlaps> overlapping_pull_requests(const effect::Observe&, const std::vector<ListedPullRequest>&,
                                             const GitProgress&) override {
    return Overlaps{};
  }
  SimulatedOrigin(std::string name, FaultPlan& plan, Findings& findings);

  Result<void> fetch(const GitProgress&) override { return {}; }
  Result<std::string> production_tag(const std::string&, const GitProgress&) override { return kProduction; }
  Result<std::string> tag_commit(const std::string& tag, const GitProgress&) override;
  Result<result::BranchCut> cut_branch(const effect::CutBranch& request, const GitProgress&) override;
  Result<result::TagPushed> push_tag(const effect::PushTag& request, const GitProgress&) override;
  Result<result::ForwardPorted> forward_port(const effect::ForwardPort& request, const GitProgress&) override;
  Result<result::MergeBackExplained> explain_merge_back(const effect::ExplainMergeBack& request,
                                                        const GitProgress&) override;
  Result<result::BranchesDeleted> delete_branches(const effect::DeleteBranches& request, const GitProgress&) override;
  Result<HotfixFacts> observe(const effect::Observe& request, const GitProgress&) override;

  // What people do with plain git. `serial` makes the new commit's sha.
  void commit(const std::string& branch, const std::string& author, int serial, Time at);
  void change_target(const std::string& target, Verdict verdict, int serial, Time at);
  const std::map<std::string, std::string>& branches() const { return branches_; }
  const std::map<std::string, std::string>& tags() const { return tags_; }

 private:
  static constexpr const char* kProduction = "v2.4.7";
  std::string sha(int serial) const;

  std::string name_;
  FaultPlan& plan_;
  Findings& findings_;
  std::map<std::string, std::string> branches_, tags_;
  std::map<std::string, std::vector<std::string>> authors_;
  std::map<std::string, Time> tagged_at_;
  struct Line {
    std::string sha;
    Verdict verdict = Verdict::absent;
    Time at{};
  };
  std::map<std::string, Line> targets_;
};

// Runs a fix's test on a line, and knows its runs again by their key. One line's runs fail.
class SimulatedTester final : public RegressionTester {
 public:
  static constexpr const char* kFailing = "release/2.5";

  SimulatedTester(FaultPlan& plan, Findings& findings) : plan_(plan), findings_(findings) {}

  Result<std::optional<Started>> find(const effect::StartRegressionTest& order) override;
  Result<Started> start(const effect::StartRegressionTest& order) override;
  Result<RegressionTestView> follow(const effect::FollowRegressionTest& run) override;

  const std::map<std::string, int>& looks() const { return looks_; }  // at each run, by its key

 private:
  FaultPlan& plan_;
  Findings& findings_;
  std::map<std::string, int> looks_;
};

// Passes everything on to the store below and keeps the books: what was promised to be shown and done.
class WatchedStore final : public Store {
 public:
  WatchedStore(std::unique_ptr<Store> below, FaultPlan& plan, Findings& findings)
      : below_(std::move(below)), plan_(plan), findings_(findings) {}

  Result<std::vector<CommitOutcome>> commit(std::span<const Commit> commits) override;
  Result<std::vector<Event>> load(const IncidentId& id) override { return below_->load(id); }
  Result<std::vector<IncidentHead>> heads(bool all) override { return below_->heads(all); }
  Result<std::uint64_t> last_number() override { return below_->last_number(); }
  Result<std::optional<InboxAnswer>> seen(const std::string& delivery_id) override { return below_->seen(delivery_id); }
  Result<std::vector<OutboxItem>> pending() override { return below_->pending(); }
  Result<std::optional<PlacedMessage>> placed(const std::string& slot) override { return below_->placed(slot); }
  Result<std::vector<LooseMessage>> loose(const ChannelId& channel, Time since) override {
    return below_->loose(channel, since);
  }
  Result<std::vector<DeadLetter>> dead_letters() override { return below_->dead_letters(); }
  Result<MessageCounts> counts(const IncidentId& id) override { return below_->counts(id); }
  Result<std::string> last_deployed(const std::string& repository) override {
    return below_->last_deployed(repository);
  }
  Result<void> prune(Time before) override { return below_->prune(before); }
  Result<std::uint64_t> verify(const IncidentId& id) override { return below_->verify(id); }
  Result<Erased> redact(const Erasure& erasure) override { return below_->redact(erasure); }

  const std::map<std::string, Message>& shown() const { return shown_; }  // slot -> what it shall read
  const std::vector<Effect>& git_effects() const { return git_effects_; }
  std::uint64_t commits = 0, reminders = 0;

 private:
  void keep_books(const Commit& commit);

  std::unique_ptr<Store> below_;
  FaultPlan& plan_;
  Findings& findings_;
  std::map<std::string, Message> shown_;
  std::vector<Effect> git_effects_;
};

}  // namespace hotfixd::faults
