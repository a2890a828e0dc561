#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "tests/slack/fake_slack.hpp"

// What stands in the fake's channels: said, changed, read page by page.

namespace hotfixd::testing {

using nlohmann::json;

std::string FakeSlack::new_ts() {
  const std::lock_guard lock(mutex_);
  const auto now =
      std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch())
          .count();
  next_ts_ = std::max(next_ts_ + 1, now);
  return fmt::format("{}.{:06}", next_ts_ / 1'000'000, next_ts_ % 1'000'000);
}

json FakeSlack::say(const std::string& user, const std::string& text, const std::string& thread, bool broadcast,
                    const std::string& channel) {
  const std::lock_guard lock(mutex_);
  json message{{"type", "message"}, {"user", user}, {"text", text}, {"ts", new_ts()}, {"team", "T1"}};
  if (!thread.empty()) {
    message["thread_ts"] = thread;
    if (broadcast) message["subtype"] = "thread_broadcast";
    for (auto& said : said_)
      if (said.channel == channel && said.ts == thread) {
        said.message["thread_ts"] = thread;
        said.message["reply_count"] = said.message.value("reply_count", 0) + 1;
        said.message["latest_reply"] = message["ts"];
      }
  }
  said_.push_back({channel, message["ts"], message});
  message["channel"] = channel;
  message["channel_type"] = "channel";
  message["event_ts"] = message["ts"];
  return message;
}

json FakeSlack::edit(const std::string& ts, const std::string& text) {
  const std::lock_guard lock(mutex_);
  for (auto& said : said_) {
    if (said.ts != ts) continue;
    const json before = said.message;
    const auto at = new_ts();
    said.message["text"] = text;
    said.message["edited"] = {{"user", said.message["user"]}, {"ts", at.substr(0, at.find('.')) + ".000000"}};
    return {{"type", "message"},
            {"subtype", "message_changed"},
            {"hidden", true},
            {"channel", said.channel},
            {"ts", at},
            {"event_ts", at},
            {"channel_type", "channel"},
            {"message", said.message},
            {"previous_message", before}};
  }
  throw std::logic_error("nobody said " + ts);
}

json FakeSlack::react(const std::string& ts, const std::string& user, const std::string& name, bool added) {
  const std::lock_guard lock(mutex_);
  for (auto& said : said_) {
    if (said.ts != ts) continue;
    json left = json::array();
    bool found = false;
    for (json reaction : said.message.value("reactions", json::array())) {
      if (reaction["name"] == name) {
        found = true;
        auto& users = reaction["users"];
        if (added) users.push_back(user);
        if (!added) users.erase(std::remove(users.begin(), users.end(), json(user)), users.end());
        reaction["count"] = users.size();
      }
      if (!reaction["users"].empty()) left.push_back(reaction);
    }
    if (!found && added) left.push_back({{"name", name}, {"users", {user}}, {"count", 1}});
    said.message["reactions"] = left;
    return {{"type", added ? "reaction_added" : "reaction_removed"},
            {"user", user},
            {"reaction", name},
            {"item_user", said.message["user"]},
            {"item", {{"type", "message"}, {"channel", said.channel}, {"ts", ts}}},
            {"event_ts", new_ts()}};
  }
  throw std::logic_error("nobody said " + ts);
}

json FakeSlack::pin(const std::string& ts, const std::string& user, bool added) {
  const std::lock_guard lock(mutex_);
  for (auto& said : said_) {
    if (said.ts != ts) continue;
    if (added)
      pins_[ts].insert(user);
    else
      pins_[ts].erase(user);
    if (pins_[ts].empty())
      said.message.erase("pinned_to");
    else
      said.message["pinned_to"] = {said.channel};
    return {{"type", added ? "pin_added" : "pin_removed"},
            {"user", user},
            {"channel_id", said.channel},
            {"item", {{"type", "message"}, {"channel", said.channel}, {"created_by", user}, {"message", said.message}}},
            {"event_ts", new_ts()}};
  }
  throw std::logic_error("nobody said " + ts);
}

void FakeSlack::remove(const std::string& channel, const std::string& ts) {
  const std::lock_guard lock(mutex_);
  std::erase_if(said_, [&](const Said& said) { return said.channel == channel && said.ts == ts; });
  for (auto& post : posts_)
    if (post.channel == channel && post.ts == ts) post.deleted = true;
}

std::vector<json> FakeSlack::messages_of(const std::string& channel) const {
  std::vector<json> all;
  for (const auto& said : said_)
    if (said.channel == channel) all.push_back(said.message);
  for (const auto& post : posts_) {
    if (post.channel != channel || post.deleted) continue;
    all.push_back({{"type", "message"},
                   {"subtype", "bot_message"},
                   {"bot_id", "B0BOT"},
                   {"user", "U0BOT"},
                   {"ts", post.ts},
                   {"text", post.text},
                   {"blocks", post.blocks}});
    if (!post.op_id.empty())
      all.back()["metadata"] = {{"event_type", "hotfixd_post"}, {"event_payload", {{"op_id", post.op_id}}}};
  }
  std::ranges::sort(all, {}, [](const json& m) { return m["ts"].get<std::string>(); });
  return all;
}

// The history comes newest first, replies oldest first with their parent; at most page_limit_ in one answer, whatever
// is asked for, and `oldest` itself is left out (docs.slack.dev, "Pagination").
json FakeSlack::read_messages(const std::string& method, const json& a) const {
  const bool replies = method == "conversations.replies";
  const auto text = [&](const char* name) { return a.value(name, std::string{}); };
  auto all = messages_of(text("channel"));
  std::erase_if(all, [&](const json& m) {
    const auto ts = m["ts"].get<std::string>(), thread = m.value("thread_ts", ts);
    if (replies) return thread != text("ts");
    if (!text("oldest").empty() && ts <= text("oldest")) return true;
    return thread != ts && m.value("subtype", "") != "thread_broadcast";
  });
  if (replies && all.empty()) return {{"ok", false}, {"error", "thread_not_found"}};
  if (!replies) std::ranges::reverse(all);
  const bool with_metadata = a.value("include_all_metadata", json("false")) == "true";
  const auto from = text("cursor").empty() ? 0 : std::stoul(text("cursor"));
  const auto limit = std::min<std::size_t>(text("limit").empty() ? 100 : std::stoul(text("limit")), page_limit_);
  json page = json::array();
  for (auto n = from; n < std::min(all.size(), from + limit); ++n) {
    if (!with_metadata) all[n].erase("metadata");
    page.push_back(all[n]);
  }
  const bool more = from + limit < all.size();
  return {{"ok", true},
          {"messages", page},
          {"has_more", more},
          {"response_metadata", {{"next_cursor", more ? std::to_string(from + limit) : ""}}}};
}

}  // namespace hotfixd::testing
