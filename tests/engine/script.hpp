#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "bot/ports/chat_platform.hpp"
#include "bot/ports/clock.hpp"
#include "bot/ports/deployer.hpp"
#include "bot/ports/git_repository.hpp"
#include "bot/ports/regression_tester.hpp"

// Fakes of the engine's ports with a small script: each line is a call that is expected and what it gives,
//
//     post HF-1/status -> unreachable
//     edit m1 -> rate_limited 40
//     cut hotfix/* -> ok
//
// where `*` at the end stands for anything. Lines are used in order; a call that is not the next line's
// succeeds. Verbs: post, edit, cut, tag, commit, carry, delete, observe, judge, overlap, find, start, follow, releases,
// find-test, test, follow-test. Results: ok, a Problem's kind with seconds to wait, or, of a post or a start, lost: it
// is done and no answer comes.

namespace hotfixd::testing {

class Script {
 public:
  void expect(const std::string& line);  // throws std::invalid_argument when the line is malformed
  bool received_all_expected() const;
  // What the script says about this call; also writes it down.
  Result<void> call(const std::string& verb, const std::string& subject);
  std::vector<std::string> calls() const;  // "post HF-1/status", in order

 private:
  struct Line {
    std::string verb, subject;
    std::optional<Problem> problem;
  };
  mutable std::mutex mutex_;
  std::deque<Line> lines_;
  std::vector<std::string> calls_;
};

// Set by the test, read by the engine's threads.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(Time start) : now_(start) {}
  Time now() const override;
  void advance(std::chrono::microseconds by);

 private:
  mutable std::mutex mutex_;
  Time now_;
};

class FakeChat final : public ChatPlatform {
 public:
  explicit FakeChat(Script& script) : script_(script) {}
  Capabilities capabilities() const override { return {}; }
  Result<MessageId> post(const PostRequest& request) override;
  Result<void> edit(const ChannelId& channel, const MessageId& id, const Message& message) override;
  Result<ChannelId> create_channel(const ChannelId& channel, const std::string&, bool) override { return channel; }
  Result<void> furnish(const effect::FurnishChannel& wanted) override {
    furnished.push_back(wanted);
    return script_.call("furnish", wanted.channel);
  }

  std::vector<effect::FurnishChannel> furnished;
  void delete_by_people(const std::string& key);
  // What a post reads now, as text; empty when there is none.
  std::string text(const std::string& key) const;
  // Texts of all posts whose key begins so.
  std::vector<std::string> texts(const std::string& key_begin) const;
  // The buttons of that id under all posts, oldest first.
  std::vector<Button> buttons(const std::string& id) const;
  std::size_t count() const;

 private:
  struct Post {
    std::string key;
    Message message;
    bool deleted = false;
  };
  Script& script_;
  mutable std::mutex mutex_;
  std::vector<Post> posts_;  // message id m<n> is the nth
};

class FakeGit final : public GitRepository {
 public:
  FakeGit(std::string name, Script& script) : name_(std::move(name)), script_(script) {}
  Result<void> fetch(const GitProgress&) override { return {}; }
  Result<std::string> production_tag(const std::string&, const GitProgress&) override { return "v2.4.7"; }
  Result<std::string> tag_commit(const std::string& tag, const GitProgress& progress) override;
  Result<result::BranchCut> cut_branch(const effect::CutBranch& request, const GitProgress& progress) override;
  Result<result::TagPushed> push_tag(const effect::PushTag& request, const GitProgress& progress) override;
  Result<result::ForwardPorted> forward_port(const effect::ForwardPort& request, const GitProgress& progress) override;
  Result<result::MergeBackExplained> explain_merge_back(const effect::ExplainMergeBack& request,
                                                        const GitProgress& progress) override;
  Result<result::BranchesDeleted> delete_branches(const effect::DeleteBranches& request,
                                                  const GitProgress& progress) override;
  Result<HotfixFacts> observe(const effect::Observe& request, const GitProgress& progress) override;
  // Each one takes away what `takes_away` names, and nothing of the rest.
  Result<std::vector<JudgedPullRequest>> judge_pull_requests(const effect::GuardPullRequests& request,
                                                             const std::vector<ListedPullRequest>& open,
                                                             const GitProgress& progress) override;
  std::set<std::uint64_t> takes_away;
  // Each one of `overlapping` touches app.py on its base.
  Result<Overlaps> overlapping_pull_requests(const effect::Observe& request, const std::vector<ListedPullRequest>& open,
                                             const GitProgress& progress) override;
  std::set<std::uint64_t> overlapping;
  std::optional<Forecast> forecast;  // what observe() says

  // From now on calls wait until release().
  void hold();
  void release();

  // What observe() was told last that the record says of production.
  std::string known_production();
  // And what shipped in other incidents.
  std::vector<effect::Observe::Shipped> shipped();

  std::map<std::string, std::string> moved;  // tags that are on another commit than they were

  Verdict on_main = Verdict::absent;  // what observe() says of it

  static constexpr const char* kBase = "6a911ee000000000000000000000000000000000";
  static constexpr const char* kHead = "300fb6c000000000000000000000000000000000";

 private:
  void pass(const GitProgress& progress);

  std::string name_;
  Script& script_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool held_ = false;
  std::string known_production_ = "never asked";
  std::vector<effect::Observe::Shipped> shipped_;
};

class FakeTester final : public RegressionTester {
 public:
  explicit FakeTester(Script& script) : script_(script) {}
  Result<std::optional<Started>> find(const effect::StartRegressionTest& order) override;
  Result<Started> start(const effect::StartRegressionTest& order) override;
  Result<RegressionTestView> follow(const effect::FollowRegressionTest& run) override;

  std::function<void()> on_start;                  // after it was done, before the answer
  std::vector<effect::StartRegressionTest> begun;  // what was really started
  RegressionTestView view{RegressionTestView::State::running, {}, {}, {}};

 private:
  Script& script_;
};

class FakeDeployer final : public Deployer {
 public:
  explicit FakeDeployer(Script& script) : script_(script) {}
  Result<std::optional<Started>> find(const effect::Deploy& order) override;
  Result<Started> start(const effect::Deploy& order) override;
  Result<DeploymentView> follow(const effect::FollowDeployment& run) override;
  Result<std::vector<Release>> releases(const std::string& environment) override;
  std::string teller() const override { return "the fake"; }

  bool recognises = true;             // its own earlier success
  std::function<void()> on_start;     // after it was done, before the answer
  std::vector<effect::Deploy> begun;  // what was really started
  DeploymentView view{DeploymentView::State::running, {}, {}, {}};
  std::vector<Release> there{{"v2.4.7", FakeGit::kBase, {}, {}}, {"v2.4.6", "0123456", {}, {}}};

 private:
  Script& script_;
};

}  // namespace hotfixd::testing
