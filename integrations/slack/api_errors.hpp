// Answers of the Web API: the JSON of a success, or a Problem that says what to mend.
#pragma once

#include <nlohmann/json.hpp>

#include "bot/domain/basics.hpp"

namespace hotfixd::slack {

struct ApiReply {
  std::string_view method;       // "chat.postMessage", for the problem's text
  unsigned status = 0;           // of HTTP
  std::string_view retry_after;  // the header Retry-After, whole seconds; empty = there is none
  std::string_view body;
};

// The largest answer that is read: a page of a thousand messages.
inline constexpr std::size_t kReplyLimit = 16 * 1024 * 1024;

// The whole answer when `ok` is true. Otherwise a Problem by the error's name (docs.slack.dev, the error
// lists of the methods); its kind says whether to try again:
//  * 429, ratelimited, rate_limited: rate_limited, retry_after from the header, 30 s without one;
//  * 5xx, what is not JSON, internal_error, fatal_error and their like: unreachable. Such a call may have
//    been carried out all the same;
//  * tokens and scopes: credentials; missing_scope names what is needed and what was granted;
//  * everything else: refused, not_found, exists_elsewhere or invalid. An error we do not know is refused.
Result<nlohmann::json> read_reply(const ApiReply& reply);

// The error's name in an answer ("not_in_channel"); empty when it has none.
std::string error_of(std::string_view body);

}  // namespace hotfixd::slack
