// The built-in channel as a chat platform.
#pragma once

#include <memory>

#include "bot/ports/chat_platform.hpp"
#include "bot/ports/clock.hpp"
#include "integrations/local/channel_store.hpp"

namespace hotfixd::local {

// Who the bot is in the built-in channel.
const Person& bot_person();

// Both must outlive the platform. post(): a second call with the same key, also after a restart, finds the
// first post by its key (UNIQUE in the file), even when it has been deleted since.
std::unique_ptr<ChatPlatform> create_local_platform(ChannelStore& store, const Clock& clock);

// The private answer to a delivery as a message of the channel, or one for all when reply.in_channel. The
// key derives from the delivery, so that the answer to a redelivery is not shown twice.
NewPost answer_post(const Incoming& delivery, const Message& message, bool in_channel, bool refused, Time at);

}  // namespace hotfixd::local
