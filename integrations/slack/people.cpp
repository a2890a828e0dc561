#include "integrations/slack/people.hpp"

#include "integrations/common/json.hpp"

namespace hotfixd::slack {
namespace {

using common::text_at;

constexpr Seconds kNameKept{3600};
constexpr Seconds kFailureKept{60};  // a name that could not be asked for
constexpr std::size_t kNamesKept = 10'000;

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

Person People::person(std::string_view member) {
  if (member.empty()) return {};
  {
    const std::lock_guard lock(mutex_);
    if (const auto it = names_.find(member); it != names_.end() && it->second.until > clock_.now())
      return policy_.by_slack(member, it->second.name);
  }
  auto answer = api_.read("users.info", {{"user", std::string(member)}});
  Known known{answer ? shown_name(*answer) : std::string{}, clock_.now() + (answer ? kNameKept : kFailureKept)};
  const std::lock_guard lock(mutex_);
  if (names_.size() >= kNamesKept) names_.clear();
  auto& kept = names_[std::string(member)];
  if (known.name.empty()) known.name = std::move(kept.name);  // an old name is better than none
  kept = std::move(known);
  return policy_.by_slack(member, kept.name);
}

std::string People::known_name(std::string_view member) {
  const std::lock_guard lock(mutex_);
  const auto it = names_.find(member);
  return it == names_.end() ? std::string{} : it->second.name;
}

}  // namespace hotfixd::slack
