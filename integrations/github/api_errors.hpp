// Answers of GitHub's REST API: the JSON of a success, or a Problem that says what to mend.
#pragma once

#include <nlohmann/json.hpp>

#include "bot/net/http_client.hpp"

namespace hotfixd::github {

// `status` is 0 when no answer came.
struct ApiFailure : net::SendFailure {
  int status = 0;
  std::string message;  // GitHub's own words, one line; empty when the answer was none of GitHub's

  bool operator==(const ApiFailure&) const = default;
};

// What GitHub was shown: a GitHub App's own token, one of its installation's, or github.token.
enum class Shown { app, installation, token };

// The largest answer that is read.
inline constexpr std::size_t kReplyLimit = 8 * 1024 * 1024;

// The JSON of a 2xx (null when it has no body); anything else is a failure. `call` is "GET /repos/acme/shop". Kinds
// (docs.github.com, "Troubleshooting the REST API", "Rate limits for the REST API"):
//  * 401, and 403 for want of a permission, which is named as far as GitHub names it: credentials;
//  * 403 and 429 at a rate limit: rate_limited with the wait, from Retry-After, from X-RateLimit-Reset when nothing
//    remains, else a minute;
//  * 404: not_found; GitHub says the same of what is not there and of what may not be seen, and so does the text;
//  * 405, 409, other 403 and 4xx: refused; 422: exists_elsewhere when GitHub says so, else invalid;
//  * 5xx and what is no JSON: unreachable, such a call may have been carried out all the same.
// GitHub's words are in the text as one line of UTF-8, 300 bytes at most.
std::expected<nlohmann::json, ApiFailure> read_reply(std::string_view call, const net::ClientResponse& response,
                                                     Shown shown, Time now);

}  // namespace hotfixd::github
