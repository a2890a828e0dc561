#include "integrations/local/local_platform.hpp"

#include <fmt/format.h>

namespace hotfixd::local {
namespace {

class LocalPlatform final : public ChatPlatform {
 public:
  LocalPlatform(ChannelStore& store, const Clock& clock) : store_(store), clock_(clock) {}

  Capabilities capabilities() const override { return {}; }

  Result<MessageId> post(const PostRequest& request) override {
    NewPost post{.key = request.key,
                 .channel = request.channel,
                 .author = bot_person(),
                 .at = clock_.now(),
                 .message = request.message,
                 .pin = request.pin,
                 .ping = request.ping};
    const auto number = store_.post(post);
    if (!number) return std::unexpected(number.error());
    return message_id(*number);
  }

  Result<void> edit(const ChannelId& channel, const MessageId& id, const Message& message) override {
    const auto number = parse_message_id(id);
    if (!number)
      return std::unexpected(Problem{Problem::Kind::not_found, fmt::format("there is no message {}", id), {}, {}});
    return store_.edit_post(channel, *number, message, clock_.now());
  }

  Result<ChannelId> create_channel(const ChannelId& channel, const std::string& topic, bool) override {
    if (auto made = store_.create_channel(channel, topic, clock_.now()); !made) return std::unexpected(made.error());
    return channel;
  }

 private:
  ChannelStore& store_;
  const Clock& clock_;
};

}  // namespace

const Person& bot_person() {
  static const Person bot{"hotfixd", "hotfixd"};
  return bot;
}

std::unique_ptr<ChatPlatform> create_local_platform(ChannelStore& store, const Clock& clock) {
  return std::make_unique<LocalPlatform>(store, clock);
}

NewPost answer_post(const Incoming& delivery, const Message& message, bool in_channel, bool refused, Time at) {
  return {.key = "answer/" + delivery.delivery_id,
          .channel = delivery.channel,
          .author = bot_person(),
          .at = at,
          .message = message,
          .private_to = in_channel ? std::string() : delivery.actor.id,
          .refused = refused};
}

}  // namespace hotfixd::local
