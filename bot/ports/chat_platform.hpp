// A chat platform: where people type and the bot posts.
#pragma once

#include <functional>

#include "bot/domain/decision.hpp"

namespace hotfixd {

struct PostRequest {
  std::string key;  // idempotency key, unique for all time
  ChannelId channel;
  Message message;
  bool pin = false;
  bool ping = false;
  // An earlier attempt had no answer: look for the key before posting. Where it is false nobody has tried before.
  bool maybe_posted = false;
};

class ChatPlatform {
 public:
  virtual ~ChatPlatform() = default;

  // What this platform can do; what it cannot is left out of messages, never worked around by name.
  struct Capabilities {
    bool edits = true;
    bool pins = true;
    bool buttons = true;
    bool recognises_key = true;  // false: after an unknown outcome a post may be repeated
  };
  virtual Capabilities capabilities() const = 0;

  // Posts once per key: a second call with the same key finds the first post and returns its id.
  virtual Result<MessageId> post(const PostRequest& request) = 0;
  // Replaces the text of an own message. not_found when it was deleted.
  virtual Result<void> edit(const ChannelId& channel, const MessageId& id, const Message& message) = 0;
  // Creates the channel; its own earlier success is that the channel exists. Gives its id, which may be another
  // than the name that was asked for. Private: only for those who are let in.
  virtual Result<ChannelId> create_channel(const ChannelId& channel, const std::string& topic,
                                           bool is_private = false) = 0;
  // Topic, people and links of a channel; what is there already stays. What the platform has no such thing for is left
  // out: the default has none.
  virtual Result<void> furnish(const effect::FurnishChannel&) { return {}; }
  // Closes a channel to messages; done when it is closed already. The default knows no such thing.
  virtual Result<void> archive(const ChannelId&) { return {}; }
  // What is known of a person; nothing where the platform keeps no such facts, or knows nobody like that.
  virtual Result<std::optional<result::PersonKnown>> person(const effect::AskPerson&) { return std::nullopt; }
};

}  // namespace hotfixd
