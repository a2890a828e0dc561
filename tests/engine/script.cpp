#include "tests/engine/script.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>
#include <stdexcept>

namespace hotfixd::testing {
namespace {

constexpr auto kLost = "scripted: lost";

bool matches(const std::string& pattern, const std::string& subject) {
  return pattern.ends_with('*') ? subject.starts_with(pattern.substr(0, pattern.size() - 1)) : pattern == subject;
}

std::string plain_text(const Message& message) {
  std::string out;
  for (const auto& line : message.lines) {
    if (!out.empty()) out += '\n';
    for (const auto& span : line) out += span.text;
  }
  return out;
}

Problem problem_named(const std::string& kind, std::optional<Seconds> wait) {
  static const std::map<std::string, Problem::Kind> kinds{
      {"refused", Problem::Kind::refused},     {"unreachable", Problem::Kind::unreachable},
      {"lost", Problem::Kind::unreachable},    {"rate_limited", Problem::Kind::rate_limited},
      {"not_found", Problem::Kind::not_found}, {"credentials", Problem::Kind::credentials}};
  const auto it = kinds.find(kind);
  if (it == kinds.end()) throw std::invalid_argument("no result is called " + kind);
  return {it->second, "scripted: " + kind, {}, wait};
}

}  // namespace

void Script::expect(const std::string& text) {
  std::istringstream words(text);
  Line line;
  std::string arrow, result;
  if (!(words >> line.verb >> line.subject >> arrow >> result) || arrow != "->")
    throw std::invalid_argument("not a line of a script: " + text);
  if (result != "ok") {
    std::int64_t seconds = 0;
    const bool waits = static_cast<bool>(words >> seconds);
    line.problem = problem_named(result, waits ? std::optional(Seconds{seconds}) : std::nullopt);
  }
  const std::lock_guard lock(mutex_);
  lines_.push_back(std::move(line));
}

bool Script::received_all_expected() const {
  const std::lock_guard lock(mutex_);
  return lines_.empty();
}

Result<void> Script::call(const std::string& verb, const std::string& subject) {
  const std::lock_guard lock(mutex_);
  calls_.push_back(fmt::format("{} {}", verb, subject));
  if (lines_.empty() || lines_.front().verb != verb || !matches(lines_.front().subject, subject)) return {};
  const auto line = lines_.front();
  lines_.pop_front();
  if (line.problem) return std::unexpected(*line.problem);
  return {};
}

std::vector<std::string> Script::calls() const {
  const std::lock_guard lock(mutex_);
  return calls_;
}

Time ManualClock::now() const {
  const std::lock_guard lock(mutex_);
  return now_;
}

void ManualClock::advance(std::chrono::microseconds by) {
  const std::lock_guard lock(mutex_);
  now_ += by;
}

Result<MessageId> FakeChat::post(const PostRequest& request) {
  const auto scripted = script_.call("post", request.key);
  if (!scripted && scripted.error().what != kLost) return std::unexpected(scripted.error());
  const std::lock_guard lock(mutex_);
  auto found = std::ranges::find(posts_, request.key, &Post::key);
  if (found == posts_.end()) found = posts_.insert(posts_.end(), {request.key, request.message, false});
  if (!scripted) return std::unexpected(scripted.error());
  return fmt::format("m{}", found - posts_.begin() + 1);
}

Result<void> FakeChat::edit(const ChannelId&, const MessageId& id, const Message& message) {
  if (auto scripted = script_.call("edit", id); !scripted) return scripted;
  const std::lock_guard lock(mutex_);
  const auto n = static_cast<std::size_t>(std::stoul(id.substr(1)));
  if (n > posts_.size() || posts_[n - 1].deleted)
    return std::unexpected(Problem{Problem::Kind::not_found, "deleted", {}, {}});
  posts_[n - 1].message = message;
  return {};
}

void FakeChat::delete_by_people(const std::string& key) {
  const std::lock_guard lock(mutex_);
  std::ranges::find(posts_, key, &Post::key)->deleted = true;
}

std::string FakeChat::text(const std::string& key) const {
  const std::lock_guard lock(mutex_);
  const auto found = std::ranges::find(posts_, key, &Post::key);
  return found == posts_.end() ? std::string{} : plain_text(found->message);
}

std::vector<std::string> FakeChat::texts(const std::string& key_begin) const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> out;
  for (const auto& p : posts_)
    if (p.key.starts_with(key_begin)) out.push_back(plain_text(p.message));
  return out;
}

std::vector<Button> FakeChat::buttons(const std::string& id) const {
  const std::lock_guard lock(mutex_);
  std::vector<Button> out;
  for (const auto& p : posts_)
    std::ranges::copy_if(p.message.buttons, std::back_inserter(out), [&](const Button& b) { return b.id == id; });
  return out;
}

std::size_t FakeChat::count() const {
  const std::lock_guard lock(mutex_);
  return posts_.size();
}

Result<std::string> FakeGit::tag_commit(const std::string& tag, const GitProgress& progress) {
  pass(progress);
  if (auto scripted = script_.call("commit", tag); !scripted) return std::unexpected(scripted.error());
  if (const auto it = moved.find(tag); it != moved.end()) return it->second;
  return tag == "v2.4.7" ? kBase : tag == "v2.4.6" ? "0123456" : kHead;
}

Result<std::optional<RegressionTester::Started>> FakeTester::find(const effect::StartRegressionTest& order) {
  if (auto scripted = script_.call("find-test", order.target); !scripted) return std::unexpected(scripted.error());
  const bool known = std::ranges::any_of(begun, [&](const auto& b) { return b.key == order.key; });
  return known ? std::optional(Started{"18", "https://ci/18"}) : std::nullopt;
}

Result<RegressionTester::Started> FakeTester::start(const effect::StartRegressionTest& order) {
  auto scripted = script_.call("test", order.target);
  if (!scripted && scripted.error().what != kLost) return std::unexpected(scripted.error());
  begun.push_back(order);
  if (on_start) on_start();
  if (!scripted) return std::unexpected(scripted.error());
  return Started{"18", "https://ci/18"};
}

Result<RegressionTestView> FakeTester::follow(const effect::FollowRegressionTest& run) {
  if (auto scripted = script_.call("follow-test", run.id); !scripted) return std::unexpected(scripted.error());
  return view;
}

Result<std::optional<Deployer::Started>> FakeDeployer::find(const effect::Deploy& order) {
  if (auto scripted = script_.call("find", order.tag); !scripted) return std::unexpected(scripted.error());
  const bool known = recognises && std::ranges::any_of(begun, [&](const auto& b) { return b.key == order.key; });
  return known ? std::optional(Started{"17", "https://ci/17"}) : std::nullopt;
}

Result<Deployer::Started> FakeDeployer::start(const effect::Deploy& order) {
  auto scripted = script_.call("start", order.tag + "/" + order.environment);
  if (!scripted && scripted.error().what != kLost) return std::unexpected(scripted.error());
  begun.push_back(order);
  if (on_start) on_start();
  if (!scripted) return std::unexpected(scripted.error());
  return Started{"17", "https://ci/17"};
}

Result<DeploymentView> FakeDeployer::follow(const effect::FollowDeployment& run) {
  if (auto scripted = script_.call("follow", run.id); !scripted) return std::unexpected(scripted.error());
  return view;
}

Result<std::vector<Release>> FakeDeployer::releases(const std::string& environment) {
  if (auto scripted = script_.call("releases", environment); !scripted) return std::unexpected(scripted.error());
  return there;
}

Result<result::BranchCut> FakeGit::cut_branch(const effect::CutBranch& request, const GitProgress& progress) {
  pass(progress);
  if (auto scripted = script_.call("cut", request.branch); !scripted) return std::unexpected(scripted.error());
  return result::BranchCut{name_, request.branch, "v2.4.7", kBase, "v2.4.8"};
}

Result<result::TagPushed> FakeGit::push_tag(const effect::PushTag& request, const GitProgress& progress) {
  pass(progress);
  if (auto scripted = script_.call("tag", request.tag); !scripted) return std::unexpected(scripted.error());
  return result::TagPushed{name_, request.tag, request.sha};
}

Result<result::ForwardPorted> FakeGit::forward_port(const effect::ForwardPort& request, const GitProgress& progress) {
  pass(progress);
  if (auto scripted = script_.call("carry", request.target); !scripted) return std::unexpected(scripted.error());
  return result::ForwardPorted{.repository = name_,
                               .target = request.target,
                               .branch = request.branch,
                               .sha = "f0f0f0f000000000000000000000000000000000",
                               .target_sha = kBase,
                               .mode = request.mode,
                               .why_picked = {},
                               .commits = {{kHead, "guard null coupon"}}};
}

Result<result::MergeBackExplained> FakeGit::explain_merge_back(const effect::ExplainMergeBack& request,
                                                               const GitProgress& progress) {
  pass(progress);
  if (auto scripted = script_.call("explain", request.target); !scripted) return std::unexpected(scripted.error());
  MergeBackReport report;
  report.verdict = Verdict::absent;
  report.explanation = "0 of 1 commit present";
  report.commits = {{kHead, "guard null coupon", "bob", Verdict::absent, {}}};
  return result::MergeBackExplained{name_, request.target, std::move(report)};
}

Result<result::BranchesDeleted> FakeGit::delete_branches(const effect::DeleteBranches& request,
                                                         const GitProgress& progress) {
  pass(progress);
  for (const auto& branch : request.branches)
    if (auto scripted = script_.call("delete", branch); !scripted) return std::unexpected(scripted.error());
  return result::BranchesDeleted{name_, request.branches, {}};
}

Result<std::vector<JudgedPullRequest>> FakeGit::judge_pull_requests(const effect::GuardPullRequests& request,
                                                                    const std::vector<ListedPullRequest>& open,
                                                                    const GitProgress& progress) {
  pass(progress);
  if (auto scripted = script_.call("judge", request.repository); !scripted) return std::unexpected(scripted.error());
  std::vector<JudgedPullRequest> all;
  for (const auto& one : open) {
    auto& judged = all.emplace_back(JudgedPullRequest{one, false, {}, {}});
    const auto after = takes_away.contains(one.number) ? Verdict::absent : Verdict::present;
    for (const auto& shipped : request.shipped) judged.hotfixes.push_back({shipped.name, Verdict::present, after});
  }
  return all;
}

Result<Overlaps> FakeGit::overlapping_pull_requests(const effect::Observe& request,
                                                    const std::vector<ListedPullRequest>& open,
                                                    const GitProgress& progress) {
  pass(progress);
  if (auto scripted = script_.call("overlap", request.branch); !scripted) return std::unexpected(scripted.error());
  Overlaps found;
  for (const auto& one : open)
    if (overlapping.contains(one.number))
      found.pull_requests.push_back({one.number, {one.title}, one.author, one.url, one.base, one.draft, {"app.py"}});
  return found;
}

Result<HotfixFacts> FakeGit::observe(const effect::Observe& request, const GitProgress& progress) {
  pass(progress);
  {
    const std::lock_guard lock(mutex_);
    known_production_ = request.known_production;
    shipped_ = request.shipped;
  }
  if (auto scripted = script_.call("observe", request.branch); !scripted) return std::unexpected(scripted.error());
  HotfixFacts facts;
  facts.head = kHead;
  facts.authors = {"bob"};
  facts.files = 1;
  facts.lines = 2;
  const std::string word = on_main == Verdict::absent ? "absent" : "present";
  facts.targets = {{"main", kBase, on_main, word, false, {}, {}}};
  facts.forecast = forecast;
  return facts;
}

std::vector<effect::Observe::Shipped> FakeGit::shipped() {
  const std::lock_guard lock(mutex_);
  return shipped_;
}

std::string FakeGit::known_production() {
  const std::lock_guard lock(mutex_);
  return known_production_;
}

void FakeGit::hold() {
  const std::lock_guard lock(mutex_);
  held_ = true;
}

void FakeGit::release() {
  const std::lock_guard lock(mutex_);
  held_ = false;
  changed_.notify_all();
}

void FakeGit::pass(const GitProgress& progress) {
  std::unique_lock lock(mutex_);
  while (held_) {
    if (!progress("receiving 12 of 5000 objects")) return;
    changed_.wait_for(lock, std::chrono::milliseconds{10});
  }
}

}  // namespace hotfixd::testing
