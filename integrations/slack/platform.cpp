#include "integrations/slack/platform.hpp"

#include <fmt/format.h>

#include <map>
#include <mutex>

#include "bot/domain/zone.hpp"
#include "integrations/common/json.hpp"
#include "integrations/slack/channel_id.hpp"
#include "integrations/slack/furnish.hpp"
#include "integrations/slack/inbound.hpp"
#include "integrations/slack/mrkdwn.hpp"
#include "integrations/slack/outbound.hpp"

namespace hotfixd::slack {
namespace {

using common::text_at;

using nlohmann::json;

constexpr int kPage = 200;              // messages or channels in one answer (docs.slack.dev, "Pagination")
constexpr int kChannelPages = 50;       // of conversations.list when a channel is looked for by name
constexpr std::size_t kNameLimit = 80;  // conversations.create

std::string next_cursor(const json& answer) {
  const auto it = answer.find("response_metadata");
  return it != answer.end() && it->is_object() ? text_at(*it, "next_cursor") : std::string{};
}

// Lower case letters, digits, '-' and '_', at most 80: what conversations.create takes.
std::string channel_name(std::string_view wanted) {
  std::string name;
  for (const char ch : wanted) {
    if (name.size() >= kNameLimit) break;
    if ((ch >= 'a' && ch <= 'z') || (ch >= '0' && ch <= '9') || ch == '-' || ch == '_')
      name += ch;
    else if (ch >= 'A' && ch <= 'Z')
      name += static_cast<char>(ch - 'A' + 'a');
    else if (ch != '#' && !name.empty() && name.back() != '-')
      name += '-';
  }
  return name.empty() ? "hotfix" : name;
}

bool is_true(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_boolean() && found->get<bool>();
}

std::string team_of(const ChannelId& channel) {
  const auto name = parse_channel(channel);
  return name ? name->team : std::string{};
}

class SlackPlatform final : public ChatPlatform {
 public:
  SlackPlatform(WebApi& api, Groups& groups, const Policy& policy, PlatformOptions options)
      : api_(api), groups_(groups), policy_(policy), options_(std::move(options)) {}

  Capabilities capabilities() const override { return {}; }

  Result<MessageId> post(const PostRequest& request) override {
    auto channel = resolve(request.channel);
    if (!channel) return std::unexpected(channel.error());
    const auto key = options_.instance + "/" + request.key;
    std::string ts;
    if (request.maybe_posted) {
      auto found = search(*channel, key);
      if (!found) return std::unexpected(found.error());
      ts = std::move(*found);
    }
    if (ts.empty()) {
      const auto arguments = post_arguments(*channel, rendered(request.message, team_of(request.channel)), key);
      auto posted = api_.write("chat.postMessage", arguments, *channel);
      // A public channel where it was never invited: its messages are wanted too.
      if (!posted && posted.error().error == "not_in_channel" &&
          api_.write("conversations.join", json{{"channel", *channel}}.dump()))
        return std::unexpected(
            Problem{Problem::Kind::rate_limited, "the bot has just come into the channel", {}, Seconds{1}});
      if (!posted) return std::unexpected(posted.error());
      ts = text_at(*posted, "ts");
      if (!Timestamp::parse(ts))
        return std::unexpected(
            Problem{Problem::Kind::unreachable, "Slack's answer to chat.postMessage has no ts", {}, {}});
    }
    if (request.pin)
      if (auto pinned = pin(*channel, ts); !pinned) return std::unexpected(pinned.error());
    return ts;
  }

  Result<void> edit(const ChannelId& where, const MessageId& id, const Message& message) override {
    auto channel = resolve(where);
    if (!channel) return std::unexpected(channel.error());
    const auto ts = Timestamp::parse(id);
    if (!ts)
      return std::unexpected(Problem{Problem::Kind::not_found, fmt::format("'{}' is no message of Slack", id), {}, {}});
    auto updated = api_.write("chat.update", update_arguments(*channel, *ts, rendered(message, team_of(where))));
    if (!updated) return std::unexpected(updated.error());
    return {};
  }

  // Its own earlier success: a channel of that name that the bot made.
  Result<ChannelId> create_channel(const ChannelId& wanted, const std::string& topic, bool is_private) override {
    const auto name = parse_channel(wanted);
    if (!name || !name->channel.starts_with('#'))
      return std::unexpected(
          Problem{Problem::Kind::invalid, fmt::format("'{}' cannot be made in Slack", wanted), {}, {}});
    json arguments{{"name", channel_name(name->channel)}, {"is_private", is_private}};
    if (name->team.starts_with('T')) arguments["team_id"] = name->team;  // needed with an organisation's token
    auto made = api_.write("conversations.create", arguments.dump());
    std::string id;
    if (made) {
      id = made->contains("channel") && (*made)["channel"].is_object() ? text_at((*made)["channel"], "id") : "";
    } else if (made.error().error == "name_taken") {
      auto found = find_own(channel_name(name->channel), is_private);
      if (!found) return std::unexpected(found.error());
      id = std::move(*found);
    } else {
      return std::unexpected(made.error());
    }
    if (id.empty())
      return std::unexpected(
          Problem{Problem::Kind::exists_elsewhere,
                  fmt::format("#{} exists in Slack and the bot did not make it", channel_name(name->channel)),
                  "rename that channel, or choose another channel.template",
                  {}});
    {
      const std::lock_guard lock(mutex_);
      made_[wanted] = id;
    }
    // What may pass later is not waited for: the incident goes on in the channel that there is.
    if (auto set = set_topic(api_, id, topic, options_.report); !set && options_.report) options_.report(set.error());
    return std::string(kPlatform) + name->team + ":" + id;
  }

  Result<void> furnish(const effect::FurnishChannel& wanted) override {
    auto channel = resolve(wanted.channel);
    // It may not be made yet.
    if (!channel && channel.error().kind == Problem::Kind::not_found) channel.error().kind = Problem::Kind::unreachable;
    if (!channel) return std::unexpected(channel.error());
    return slack::furnish(api_, groups_, policy_, parse_channel(wanted.channel)->team, *channel, wanted,
                          options_.report);
  }

  Result<void> archive(const ChannelId& where) override {
    auto channel = resolve(where);
    if (!channel) return std::unexpected(channel.error());
    auto done = api_.write("conversations.archive", json{{"channel", *channel}}.dump());
    if (done || done.error().error == "already_archived") return {};
    return std::unexpected(done.error());
  }

  // The user object: docs.slack.dev, "User object": tz is an IANA name, deleted a closed account.
  Result<std::optional<result::PersonKnown>> person(const effect::AskPerson& asked) override {
    const auto* configured = policy_.person(asked.person.id);
    const auto& id = configured != nullptr && !configured->slack.empty() ? configured->slack : asked.person.id;
    if (!is_user_id(id)) return std::nullopt;
    auto answer = api_.read("users.info", {{"user", id}});
    if (!answer && answer.error().error == "user_not_found") return std::nullopt;
    if (!answer) return std::unexpected(answer.error());
    const auto user = answer->find("user");
    if (user == answer->end() || !user->is_object()) return std::nullopt;
    auto zone = text_at(*user, "tz");
    if (!zone_exists(zone)) zone.clear();
    const auto deleted = user->find("deleted");
    return result::PersonKnown{asked.person, std::move(zone),
                               !(deleted != user->end() && deleted->is_boolean() && deleted->get<bool>())};
  }

 private:
  Result<std::string> resolve(const ChannelId& channel) {
    const auto name = parse_channel(channel);
    if (!name)
      return std::unexpected(
          Problem{Problem::Kind::not_found, fmt::format("'{}' is no channel of Slack", channel), {}, {}});
    if (!name->channel.starts_with('#')) return name->channel;
    {
      const std::lock_guard lock(mutex_);
      if (const auto it = made_.find(channel); it != made_.end()) return it->second;
    }
    auto found = find_channel(channel_name(name->channel));
    if (!found) return std::unexpected(found.error());
    if (found->empty())
      return std::unexpected(Problem{Problem::Kind::not_found,
                                     fmt::format("there is no channel {} that the bot is in", name->channel),
                                     "invite the bot there",
                                     {}});
    const std::lock_guard lock(mutex_);
    return made_[channel] = *found;
  }

  // Empty: there is none like this that the bot made itself. Somebody else's may have anybody in it.
  Result<std::string> find_own(const std::string& name, bool is_private) {
    auto self = api_.read("auth.test", {});
    if (!self) return std::unexpected(self.error());
    const auto user = text_at(*self, "user_id");
    return find_channel(name, [&](const json& channel) {
      return text_at(channel, "creator") == user && is_true(channel, "is_private") == is_private;
    });
  }

  // Empty: there is none that the bot is a member of and that `fits`.
  Result<std::string> find_channel(
      const std::string& name, const std::function<bool(const json&)>& fits = [](const json&) { return true; }) {
    std::string cursor;
    for (int page = 0; page < kChannelPages; ++page) {
      Arguments arguments{
          {"types", "public_channel,private_channel"}, {"exclude_archived", "true"}, {"limit", std::to_string(kPage)}};
      if (!cursor.empty()) arguments.emplace_back("cursor", cursor);
      auto answer = api_.read("conversations.list", arguments);
      if (!answer) return std::unexpected(answer.error());
      for (const auto& channel : answer->value("channels", json::array()))
        if (channel.is_object() && text_at(channel, "name") == name && is_true(channel, "is_member") && fits(channel))
          return text_at(channel, "id");
      cursor = next_cursor(*answer);
      if (cursor.empty()) break;
    }
    return std::string{};
  }

  // The ts of the post with this key; empty when it is not among the newest kSearched.
  Result<std::string> search(const std::string& channel, const std::string& key) {
    std::string cursor;
    for (int seen = 0; seen < kSearched; seen += kPage) {
      Arguments arguments{{"channel", channel}, {"limit", std::to_string(kPage)}, {"include_all_metadata", "true"}};
      if (!cursor.empty()) arguments.emplace_back("cursor", cursor);
      auto answer = api_.read("conversations.history", arguments);
      if (!answer) return std::unexpected(answer.error());
      for (const auto& message : answer->value("messages", json::array()))
        if (message.is_object() && op_id_of(message) == key) return text_at(message, "ts");
      cursor = next_cursor(*answer);
      if (cursor.empty()) break;
    }
    return std::string{};
  }

  // What may pass later is an error: the post is found by its key then. What will not is reported.
  Result<void> pin(const std::string& channel, const std::string& ts) {
    auto pinned = api_.write("pins.add", json{{"channel", channel}, {"timestamp", ts}}.dump());
    if (pinned || pinned.error().error == "already_pinned") return {};
    if (pinned.error().retryable()) return std::unexpected(pinned.error());
    if (options_.report) options_.report(pinned.error());
    return {};
  }

  // Of a person or a group ("@oncall"); as it is when none is known.
  std::string slack_id(std::string ref, const std::string& team) {
    if (const auto* known = policy_.person(ref); known != nullptr && !known->slack.empty()) return known->slack;
    if (!ref.starts_with('@')) return ref;
    const auto groups = groups_.all(team);
    if (!groups) return ref;
    const auto group = groups->find(ref.substr(1));
    return group == groups->end() ? ref : group->second.id;
  }

  // People are mentioned by their member id, groups by theirs.
  Rendered rendered(Message message, const std::string& team) {
    for (auto& line : message.lines)
      for (auto& span : line)
        if (span.kind == Span::Kind::mention) span.ref = slack_id(std::move(span.ref), team);
    return render(message, {.zone = policy_.zone});
  }

  WebApi& api_;
  Groups& groups_;
  const Policy& policy_;
  const PlatformOptions options_;
  std::mutex mutex_;
  std::map<ChannelId, std::string> made_;  // names asked for -> Slack's ids
};

}  // namespace

std::unique_ptr<ChatPlatform> create_platform(WebApi& api, Groups& groups, const Policy& policy,
                                              PlatformOptions options) {
  return std::make_unique<SlackPlatform>(api, groups, policy, std::move(options));
}

}  // namespace hotfixd::slack
