#include "integrations/slack/furnish.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "integrations/common/json.hpp"
#include "integrations/slack/mrkdwn.hpp"

namespace hotfixd::slack {
namespace {

using common::text_at;
using nlohmann::json;

constexpr std::size_t kTopicLimit = 250;     // conversations.setTopic
constexpr std::size_t kInvited = 100;        // conversations.invite, at once
constexpr std::size_t kBookmarkTitle = 255;  // our own: long titles are cut in the bar anyway

// They say that what was wanted is so, or cannot be meant otherwise.
constexpr std::array<std::string_view, 2> kIsSo{"already_in_channel", "cant_invite_self"};

// At most `limit` bytes, whole characters.
std::string cut(std::string_view text, std::size_t limit) {
  if (text.size() <= limit) return std::string(text);
  while (limit > 0 && (static_cast<unsigned char>(text[limit]) & 0xC0) == 0x80) --limit;
  return std::string(text.substr(0, limit));
}

// What may pass later is an error, what will not is reported.
Result<void> settled(const ApiResult& result, const Report& report) {
  if (result || std::ranges::find(kIsSo, result.error().error) != kIsSo.end()) return {};
  if (result.error().retryable()) return std::unexpected(result.error());
  if (report) report(result.error());
  return {};
}

// Slack's ids of the people and of the groups' members, each once.
Result<std::vector<std::string>> members(Groups& groups, const Policy& policy, const std::string& team,
                                         const effect::FurnishChannel& wanted, const Report& report) {
  std::vector<std::string> ids;
  const auto add = [&](const std::string& id) {
    if (std::ranges::find(ids, id) == ids.end()) ids.push_back(id);
  };
  const auto unknown = [&](std::string what) {
    if (report) report({Problem::Kind::not_found, std::move(what), "name them in [[people]] with slack = \"U…\"", {}});
  };
  for (const auto& person : wanted.people) {
    const auto* known = policy.person(person.id);
    const auto& id = known != nullptr && !known->slack.empty() ? known->slack : person.id;
    if (is_user_id(id))
      add(id);
    else
      unknown(fmt::format("{} could not be invited: no Slack member is known for that person", person.id));
  }
  if (wanted.groups.empty()) return ids;
  auto all = groups.all(team);
  if (!all && all.error().retryable()) return std::unexpected(all.error());
  if (!all && report) report(all.error());
  for (const auto& handle : wanted.groups) {
    const auto found = all ? all->find(handle.substr(1)) : std::map<std::string, Group>::iterator{};
    if (all && found == all->end()) unknown(fmt::format("{} could not be invited: there is no such group", handle));
    if (!all || found == all->end()) continue;
    for (const auto& id : found->second.members) add(id);
  }
  return ids;
}

Result<void> invite(WebApi& api, const std::string& channel, const std::vector<std::string>& ids,
                    const Report& report) {
  for (std::size_t from = 0; from < ids.size(); from += kInvited) {
    const auto to = std::min(ids.size(), from + kInvited);
    const auto users = fmt::format("{}", fmt::join(ids.begin() + static_cast<std::ptrdiff_t>(from),
                                                   ids.begin() + static_cast<std::ptrdiff_t>(to), ","));
    // force: those who are in already, or cannot be let in, keep nobody else out.
    auto invited =
        api.write("conversations.invite", json{{"channel", channel}, {"users", users}, {"force", true}}.dump());
    if (auto done = settled(invited, report); !done) return done;
  }
  return {};
}

Result<void> bookmark(WebApi& api, const std::string& channel, const effect::FurnishChannel& wanted,
                      const Report& report) {
  if (wanted.bookmarks.empty()) return {};
  auto there = api.read("bookmarks.list", {{"channel_id", channel}});
  if (!there) return settled(there, report);
  std::vector<std::string> links;
  for (const auto& one : there->value("bookmarks", json::array()))
    if (one.is_object()) links.push_back(text_at(one, "link"));
  for (const auto& one : wanted.bookmarks) {
    if (std::ranges::find(links, one.url) != links.end()) continue;
    auto added = api.write(
        "bookmarks.add",
        json{{"channel_id", channel}, {"title", cut(one.title, kBookmarkTitle)}, {"type", "link"}, {"link", one.url}}
            .dump());
    if (auto done = settled(added, report); !done) return done;
  }
  return {};
}

}  // namespace

Result<void> set_topic(WebApi& api, const std::string& channel, std::string_view topic, const Report& report) {
  if (topic.empty()) return {};
  return settled(
      api.write("conversations.setTopic", json{{"channel", channel}, {"topic", cut(topic, kTopicLimit)}}.dump()),
      report);
}

Result<void> furnish(WebApi& api, Groups& groups, const Policy& policy, const std::string& team,
                     const std::string& channel, const effect::FurnishChannel& wanted, const Report& report) {
  auto ids = members(groups, policy, team, wanted, report);
  if (!ids) return std::unexpected(ids.error());
  if (auto invited = invite(api, channel, *ids, report); !invited) return invited;
  if (auto set = set_topic(api, channel, wanted.topic, report); !set) return set;
  return bookmark(api, channel, wanted, report);
}

}  // namespace hotfixd::slack
