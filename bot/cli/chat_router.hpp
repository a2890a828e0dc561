// Several chat platforms as one: a channel's id says which of them it is on.
#pragma once

#include <memory>
#include <vector>

#include "bot/ports/chat_platform.hpp"

namespace hotfixd::cli {

class ChatRouter final : public ChatPlatform {
 public:
  struct Branch {
    std::string prefix;  // of channel ids: "slack:"
    std::unique_ptr<ChatPlatform> platform;
  };
  // What has none of the prefixes goes to `rest`.
  ChatRouter(std::vector<Branch> branches, std::unique_ptr<ChatPlatform> rest)
      : branches_(std::move(branches)), rest_(std::move(rest)) {}

  // What all of them can do.
  Capabilities capabilities() const override {
    auto all = rest_->capabilities();
    for (const auto& branch : branches_) {
      const auto c = branch.platform->capabilities();
      all.edits &= c.edits;
      all.pins &= c.pins;
      all.buttons &= c.buttons;
      all.recognises_key &= c.recognises_key;
    }
    return all;
  }
  Result<MessageId> post(const PostRequest& request) override { return of(request.channel).post(request); }
  Result<void> edit(const ChannelId& channel, const MessageId& id, const Message& message) override {
    return of(channel).edit(channel, id, message);
  }
  Result<ChannelId> create_channel(const ChannelId& channel, const std::string& topic, bool is_private) override {
    return of(channel).create_channel(channel, topic, is_private);
  }
  Result<void> furnish(const effect::FurnishChannel& wanted) override { return of(wanted.channel).furnish(wanted); }
  Result<void> archive(const ChannelId& channel) override { return of(channel).archive(channel); }
  Result<std::optional<result::PersonKnown>> person(const effect::AskPerson& asked) override {
    return of(asked.channel).person(asked);
  }

 private:
  ChatPlatform& of(const ChannelId& channel) const {
    for (const auto& branch : branches_)
      if (channel.starts_with(branch.prefix)) return *branch.platform;
    return *rest_;
  }

  std::vector<Branch> branches_;
  std::unique_ptr<ChatPlatform> rest_;
};

}  // namespace hotfixd::cli
