// The neutral message as JSON, as the built-in channel keeps it.
#pragma once

#include "bot/domain/message.hpp"

namespace hotfixd::local {

// Malformed UTF-8 is replaced by U+FFFD.
std::string message_to_json(const Message& message);

// Problem::Kind::corrupt when it is not what message_to_json() wrote. Unknown keys are ignored and an
// unknown kind of span counts as plain, so that an older program can read what a newer one wrote.
Result<Message> message_from_json(std::string_view json);

}  // namespace hotfixd::local
