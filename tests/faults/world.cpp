#include "tests/faults/world.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "bot/domain/incident.hpp"

namespace hotfixd::faults {
namespace {

Problem lost(const char* what) { return {Problem::Kind::unreachable, what, {}, {}}; }

}  // namespace

// ---- the channel ----------------------------------------------------------------------------

Result<void> SimulatedChannel::maybe_fail() {
  if (!plan_.chat_fails()) return {};
  if (plan_.even()) return std::unexpected(Problem{Problem::Kind::rate_limited, "too many requests", {}, Seconds{7}});
  return std::unexpected(lost("connection reset"));
}

Result<MessageId> SimulatedChannel::post(const PostRequest& request) {
  plan_.boundary("before post");
  if (auto up = maybe_fail(); !up) return std::unexpected(up.error());
  auto found = std::ranges::find(posts_, request.key, &Post::key);
  if (found == posts_.end()) {
    const auto slot = request.key.substr(0, request.key.find("/after/"));
    for (const auto& p : posts_)
      if (p.slot == slot && !p.deleted) findings_.add(fmt::format("posted twice: {} and {}", p.key, request.key));
    if (request.ping && on_ping) on_ping(slot);
    posts_.push_back(
        {slot, request.key, request.channel, fmt::format("m{}", posts_.size() + 1), request.message, false});
    found = posts_.end() - 1;
  }
  const auto id = found->id;
  plan_.boundary("after post");
  if (auto answered = maybe_fail(); !answered) return std::unexpected(answered.error());
  return id;
}

Result<void> SimulatedChannel::edit(const ChannelId& channel, const MessageId& id, const Message& message) {
  plan_.boundary("before edit");
  if (auto up = maybe_fail(); !up) return up;
  const auto found =
      std::ranges::find_if(posts_, [&](const Post& p) { return p.channel == channel && p.id == id && !p.deleted; });
  if (found == posts_.end()) return std::unexpected(Problem{Problem::Kind::not_found, "no such message", {}, {}});
  found->message = message;
  ++edits;
  plan_.boundary("after edit");
  return maybe_fail();
}

Result<ChannelId> SimulatedChannel::create_channel(const ChannelId& channel, const std::string&, bool) {
  return channel;
}

void SimulatedChannel::delete_by_people(const std::string& slot) {
  for (auto& p : posts_)
    if (p.slot == slot) p.deleted = true;
}

const SimulatedChannel::Post* SimulatedChannel::newest(const std::string& slot) const {
  const Post* best = nullptr;
  for (const auto& p : posts_)
    if (p.slot == slot) best = &p;
  return best;
}

// ---- the origin -----------------------------------------------------------------------------

SimulatedOrigin::SimulatedOrigin(std::string name, FaultPlan& plan, Findings& findings)
    : name_(std::move(name)), plan_(plan), findings_(findings) {
  tags_[kProduction] = sha(1);
  for (const auto* target : {"main", "develop", "release/2.5"})
    targets_[target] = {sha(static_cast<int>(targets_.size()) + 2), Verdict::absent, {}};
}

std::string SimulatedOrigin::sha(int serial) const {
  return fmt::format("{:0>8x}{:0>32x}", serial * 7919, std::hash<std::string>{}(name_));
}

Result<result::BranchCut> SimulatedOrigin::cut_branch(const effect::CutBranch& request, const GitProgress&) {
  plan_.boundary("before cut");
  const bool fails = plan_.git_fails(), done_first = plan_.even();
  if (fails && !done_first) return std::unexpected(lost("no route to the origin"));
  const auto base = tags_.at(kProduction);
  if (const auto it = branches_.find(request.branch); it != branches_.end() && it->second != base)
    return std::unexpected(Problem{Problem::Kind::exists_elsewhere, "the branch is at another commit", {}, {}});
  branches_[request.branch] = base;
  plan_.boundary("after cut");
  if (fails) return std::unexpected(lost("connection reset"));
  return result::BranchCut{name_, request.branch, kProduction, base, "v2.4.8"};
}

Result<result::TagPushed> SimulatedOrigin::push_tag(const effect::PushTag& request, const GitProgress&) {
  plan_.boundary("before tag");
  const bool fails = plan_.git_fails(), done_first = plan_.even();
  if (fails && !done_first) return std::unexpected(lost("no route to the origin"));
  if (const auto it = tags_.find(request.tag); it != tags_.end() && it->second != request.sha)
    return std::unexpected(Problem{Problem::Kind::exists_elsewhere, "the tag is at another commit", {}, {}});
  tags_[request.tag] = request.sha;
  plan_.boundary("after tag");
  if (fails) return std::unexpected(lost("connection reset"));
  return result::TagPushed{name_, request.tag, request.sha};
}

Result<std::string> SimulatedOrigin::tag_commit(const std::string& tag, const GitProgress&) {
  if (const auto it = tags_.find(tag); it != tags_.end()) return it->second;
  return std::unexpected(Problem{Problem::Kind::not_found, "no such tag", {}, {}});
}

Result<result::ForwardPorted> SimulatedOrigin::forward_port(const effect::ForwardPort& request, const GitProgress&) {
  plan_.boundary("before carry");
  const bool fails = plan_.git_fails(), done_first = plan_.even();
  if (fails && !done_first) return std::unexpected(lost("no route to the origin"));
  auto& tip = branches_[request.branch];
  if (tip.empty()) tip = targets_.contains(request.target) ? targets_.at(request.target).sha : request.about.base_sha;
  plan_.boundary("after carry");
  if (fails) return std::unexpected(lost("connection reset"));
  return result::ForwardPorted{.repository = name_,
                               .target = request.target,
                               .branch = request.branch,
                               .sha = tip,
                               .target_sha = tip,
                               .mode = request.mode,
                               .why_picked = {},
                               .commits = {{request.about.known_head, "the fix"}}};
}

Result<result::MergeBackExplained> SimulatedOrigin::explain_merge_back(const effect::ExplainMergeBack& request,
                                                                       const GitProgress&) {
  plan_.boundary("before explain");
  if (plan_.git_fails()) return std::unexpected(lost("no route to the origin"));
  const auto line = targets_.find(request.target);
  if (line == targets_.end()) return std::unexpected(Problem{Problem::Kind::not_found, "no such line", {}, {}});
  MergeBackReport report;
  report.verdict = line->second.verdict;
  report.explanation = fmt::format("{} at {}", to_string(report.verdict), line->second.sha.substr(0, 7));
  return result::MergeBackExplained{name_, request.target, std::move(report)};
}

Result<result::BranchesDeleted> SimulatedOrigin::delete_branches(const effect::DeleteBranches& request,
                                                                 const GitProgress&) {
  plan_.boundary("before delete");
  const bool fails = plan_.git_fails(), done_first = plan_.even();
  if (fails && !done_first) return std::unexpected(lost("no route to the origin"));
  for (const auto& branch : request.branches) branches_.erase(branch);
  plan_.boundary("after delete");
  if (fails) return std::unexpected(lost("connection reset"));
  return result::BranchesDeleted{name_, request.branches, {}};
}

Result<HotfixFacts> SimulatedOrigin::observe(const effect::Observe& request, const GitProgress&) {
  plan_.boundary("before observe");
  HotfixFacts facts;
  if (const auto it = branches_.find(request.branch); it != branches_.end()) facts.head = it->second;
  facts.authors = authors_[request.branch];
  facts.files = facts.authors.empty() ? 0 : 1;
  facts.lines = facts.authors.empty() ? 0 : 2;
  for (const auto& [tag, at] : tags_)
    if (tag != kProduction && at == facts.head) {
      facts.tag = tag;
      facts.tag_sha = at;
    }
  for (const auto& [name, line] : targets_) {
    MergeBackFact fact{
        name,  line.sha, line.verdict, fmt::format("{} at {}", to_string(line.verdict), line.sha.substr(0, 7)), false,
        "bob", {}};
    if (line.at != Time{}) fact.at = line.at;
    facts.targets.push_back(std::move(fact));
  }
  plan_.boundary("after observe");
  return facts;
}

void SimulatedOrigin::commit(const std::string& branch, const std::string& author, int serial, Time) {
  if (!branches_.contains(branch)) {
    findings_.add(fmt::format("{}: the branch {} is not there when {} wants to commit", name_, branch, author));
    return;
  }
  branches_[branch] = sha(serial + 100);
  if (auto& known = authors_[branch]; std::ranges::find(known, author) == known.end()) known.push_back(author);
}

void SimulatedOrigin::change_target(const std::string& target, Verdict verdict, int serial, Time at) {
  targets_[target] = {sha(serial + 100), verdict, at};
}

// ---- the test of the fix ----------------------------------------------------------------------

Result<std::optional<RegressionTester::Started>> SimulatedTester::find(const effect::StartRegressionTest& order) {
  plan_.boundary("before find-test");
  if (plan_.git_fails()) return std::unexpected(lost("no route to CI"));
  return looks_.contains(order.key) ? std::optional(Started{order.key, {}}) : std::nullopt;
}

Result<RegressionTester::Started> SimulatedTester::start(const effect::StartRegressionTest& order) {
  plan_.boundary("before start-test");
  const bool fails = plan_.git_fails(), done_first = plan_.even();
  if (fails && !done_first) return std::unexpected(lost("no route to CI"));
  if (!looks_.emplace(order.key, 0).second) findings_.add("tested twice: " + order.key);
  plan_.boundary("after start-test");
  if (fails) return std::unexpected(lost("connection reset"));
  return Started{order.key, {}};
}

Result<RegressionTestView> SimulatedTester::follow(const effect::FollowRegressionTest& run) {
  plan_.boundary("before follow-test");
  if (plan_.git_fails()) return std::unexpected(lost("no route to CI"));
  const auto found = looks_.find(run.id);
  if (found == looks_.end()) findings_.add("a run is followed that was never started: " + run.id);
  RegressionTestView view;
  if (found != looks_.end() && ++found->second > 1)
    view.state = run.target == kFailing ? RegressionTestView::State::failed : RegressionTestView::State::passed;
  plan_.boundary("after follow-test");
  return view;
}

// ---- the store ------------------------------------------------------------------------------

Result<std::vector<CommitOutcome>> WatchedStore::commit(std::span<const Commit> wanted) {
  plan_.boundary("before commit");
  if (plan_.store_fails()) return std::unexpected(Problem{Problem::Kind::full, "the disk is full", "make room", {}});
  for (const auto& one : wanted)
    for (const auto& append : one.appends) {
      if (!std::ranges::any_of(append.events,
                               [](const Event& e) { return std::holds_alternative<event::ReminderSent>(e.data); }))
        continue;
      auto state = fold(*below_->load(append.head.id));
      for (const auto& e : append.events) {
        if (const auto* sent = std::get_if<event::ReminderSent>(&e.data)) {
          ++reminders;
          for (const auto& id : sent->obligations)
            if (const auto* o = state.obligation(id); o == nullptr || o->state != ObligationState::open)
              findings_.add(fmt::format("reminded of {} after it was met", id));
        }
        apply(state, e);
      }
    }
  auto outcomes = below_->commit(wanted);
  if (outcomes) {
    ++commits;
    for (std::size_t n = 0; n < wanted.size(); ++n)
      if ((*outcomes)[n].kind == CommitOutcome::Kind::committed) keep_books(wanted[n]);
  }
  plan_.boundary("after commit");
  return outcomes;
}

void WatchedStore::keep_books(const Commit& commit) {
  for (const auto& item : commit.effects) {
    if (const auto* show = std::get_if<effect::ShowMessage>(&item.effect))
      shown_[show->slot] = show->message;
    else if (!std::holds_alternative<effect::Observe>(item.effect))
      git_effects_.push_back(item.effect);
  }
}

}  // namespace hotfixd::faults
