// The channel of a replay: kept in memory, printed at the end as people would see it then.
#pragma once

#include <map>

#include "bot/ports/chat_platform.hpp"
#include "bot/ports/clock.hpp"

namespace hotfixd::cli {

class Transcript : public ChatPlatform {
 public:
  struct Entry {
    ChannelId channel;
    MessageId id;   // of people and bot alike; empty for commands and private answers
    Person author;  // empty = the bot
    Time at{};
    std::string text;  // of people
    Message message;   // of the bot
    bool edited = false, deleted = false;
    std::string private_to;  // name; empty = everybody sees it
  };

  explicit Transcript(const Clock& clock) : clock_(clock) {}

  Capabilities capabilities() const override { return {}; }
  Result<MessageId> post(const PostRequest& request) override;
  Result<void> edit(const ChannelId& channel, const MessageId& id, const Message& message) override;
  Result<ChannelId> create_channel(const ChannelId& channel, const std::string& topic, bool is_private) override;

  // What people do. said() returns the message's id.
  MessageId said(const ChannelId& channel, const Person& who, const std::string& text);
  void typed(const ChannelId& channel, const Person& who, const std::string& command);
  void answered(const ChannelId& channel, const Person& to, const Message& message);
  Entry* find(const MessageId& id);
  // The newest message with a button of that id (or, failing that, that label).
  const Button* button(const ChannelId& channel, const std::string& id) const;

  // "HH:MM name: text", continuation lines indented; a line with the date where the day changes; each
  // further channel under its name.
  std::string print(const std::string& bot_name, const std::string& zone) const;

 private:
  const Clock& clock_;
  std::vector<Entry> entries_;
  std::map<std::string, MessageId> keys_;
};

}  // namespace hotfixd::cli
