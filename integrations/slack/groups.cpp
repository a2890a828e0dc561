#include "integrations/slack/groups.hpp"

#include "integrations/common/json.hpp"

namespace hotfixd::slack {
namespace {

using common::text_at;
using nlohmann::json;

constexpr Seconds kKept{300};
constexpr Seconds kTrusted{3600};

std::map<std::string, Group> read_groups(const json& answer) {
  std::map<std::string, Group> groups;
  for (const auto& one : answer.value("usergroups", json::array())) {
    if (!one.is_object()) continue;
    Group group{text_at(one, "id"), {}};
    if (const auto users = one.find("users"); users != one.end() && users->is_array())
      for (const auto& user : *users)
        if (user.is_string()) group.members.push_back(user.get<std::string>());
    if (auto handle = text_at(one, "handle"); !handle.empty() && !group.id.empty())
      groups.insert_or_assign(std::move(handle), std::move(group));
  }
  return groups;
}

}  // namespace

Result<std::map<std::string, Group>> Groups::all(const std::string& team) {
  {
    const std::lock_guard lock(mutex_);
    if (const auto it = known_.find(team); it != known_.end() && clock_.now() < it->second.until)
      return it->second.groups;
  }
  Arguments arguments{{"include_users", "true"}};
  if (team.starts_with('T')) arguments.emplace_back("team_id", team);  // needed with an organisation's token
  auto answer = api_.read("usergroups.list", arguments);
  const std::lock_guard lock(mutex_);
  const auto it = known_.find(team);
  // What is known for an hour lets nobody in who has left meanwhile.
  if (!answer && (it == known_.end() || clock_.now() >= it->second.until + kTrusted - kKept))
    return std::unexpected(answer.error());
  if (!answer) return it->second.groups;
  return (known_[team] = {read_groups(*answer), clock_.now() + kKept}).groups;
}

}  // namespace hotfixd::slack
