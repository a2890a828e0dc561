#include "integrations/slack/people.hpp"

#include <algorithm>

#include "integrations/common/json.hpp"

namespace hotfixd::slack {
namespace {

using common::text_at;

constexpr Seconds kNameKept{3600};
constexpr Seconds kFailureKept{60};  // a name that could not be asked for
constexpr std::size_t kNamesKept = 10'000;
constexpr std::size_t kMostWanted = 1'000;  // more are not asked for: their ids do

// The name that Slack shows (docs.slack.dev, the user object).
std::string shown_name(const nlohmann::json& answer) {
  const auto user = answer.find("user");
  if (user == answer.end() || !user->is_object()) return {};
  if (const auto profile = user->find("profile"); profile != user->end() && profile->is_object()) {
    if (auto name = text_at(*profile, "display_name"); !name.empty()) return name;
    if (auto name = text_at(*profile, "real_name"); !name.empty()) return name;
  }
  if (auto name = text_at(*user, "real_name"); !name.empty()) return name;
  return text_at(*user, "name");
}

}  // namespace

People::People(WebApi& api, const Policy& policy, const Clock& clock) : api_(api), policy_(policy), clock_(clock) {
  thread_ = std::jthread([this] { run(); });
}

People::~People() { stop(); }

void People::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    wake_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

bool People::configured(std::string_view member) const {
  return std::ranges::any_of(policy_.people, [&](const auto& p) { return !p.slack.empty() && p.slack == member; });
}

Person People::person(std::string_view member, std::string_view hint) const {
  if (member.empty()) return {};
  const std::lock_guard lock(mutex_);
  const auto it = names_.find(member);
  return policy_.by_slack(member, it == names_.end() || it->second.name.empty() ? hint : it->second.name);
}

void People::learn(const std::vector<std::string>& members, std::function<void()> done) {
  {
    const std::lock_guard lock(mutex_);
    Wait wait{{}, std::move(done)};
    for (const auto& member : members) {
      if (member.empty() || configured(member)) continue;
      const auto it = names_.find(member);
      const bool fresh = it != names_.end() && it->second.until > clock_.now();
      if (fresh || stopping_ || wanted_.size() >= kMostWanted) continue;
      if (std::ranges::find(wanted_, member) == wanted_.end()) {
        wanted_.push_back(member);
        wake_.notify_one();
      }
      if (it == names_.end()) wait.left.insert(member);  // an old name does until there is a new one
    }
    if (!wait.left.empty()) {
      if (wait.done) waits_.push_back(std::move(wait));
      return;
    }
    done = std::move(wait.done);
  }
  if (done) done();
}

std::string People::ask(const std::string& member) {
  auto answer = api_.read("users.info", {{"user", member}});
  return answer ? shown_name(*answer) : std::string{};
}

void People::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [&] { return stopping_ || !wanted_.empty(); });
    if (stopping_) return;
    const auto member = wanted_.front();
    lock.unlock();
    auto name = ask(member);
    lock.lock();
    wanted_.pop_front();  // only now: who asks meanwhile waits for this answer
    if (names_.size() >= kNamesKept) names_.clear();
    auto& kept = names_[member];
    kept.until = clock_.now() + (name.empty() ? kFailureKept : kNameKept);
    if (!name.empty()) kept.name = std::move(name);  // an old name is better than none
    std::vector<std::function<void()>> satisfied;
    std::erase_if(waits_, [&](Wait& wait) {
      wait.left.erase(member);
      if (!wait.left.empty()) return false;
      satisfied.push_back(std::move(wait.done));
      return true;
    });
    lock.unlock();
    for (auto& done : satisfied) done();
    satisfied.clear();
    lock.lock();
  }
}

}  // namespace hotfixd::slack
