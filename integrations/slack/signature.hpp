// Is a request really from Slack, and is it recent? Pure: the time is an argument.
#pragma once

#include <expected>

#include "bot/domain/basics.hpp"
#include "integrations/common/hmac.hpp"

namespace hotfixd::slack {

// Why a request is not believed.
enum class Distrust {
  missing,              // no secret is configured, or one of the two headers is empty
  malformed_timestamp,  // not whole seconds since 1970
  too_old,
  too_far_ahead,
  wrong,  // the signature is another one
};
std::string_view to_string(Distrust);

// Slack's own advice, and the window in which replays must be recognised: both sides, because a request
// from the future would stay fresh until then.
inline constexpr Seconds kSignatureWindow{300};

// Is `signature` (X-Slack-Signature, "v0=" and 64 hexadecimal digits) the HMAC-SHA256 of
// "v0:" timestamp ":" body under `key`, and `timestamp` (X-Slack-Request-Timestamp, seconds since 1970)
// at most kSignatureWindow away from `now`? Compares in constant time. Call it before anything else looks
// at the raw `body`. Source: docs.slack.dev, "Verifying requests from Slack".
std::expected<void, Distrust> verify_signature(const common::HmacKey& key, std::string_view timestamp,
                                               std::string_view body, std::string_view signature, Time now);

}  // namespace hotfixd::slack
