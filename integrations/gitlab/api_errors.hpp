// Answers of GitLab's REST API: the JSON of a success, or a Problem that says what to mend.
#pragma once

#include <nlohmann/json.hpp>

#include "bot/net/http_client.hpp"

namespace hotfixd::gitlab {

// `status` is 0 when no answer came.
struct ApiFailure : net::SendFailure {
  int status = 0;
  std::string message;  // GitLab's own words, one line; empty when the answer was none of GitLab's

  bool operator==(const ApiFailure&) const = default;
};

// The largest answer that is read.
inline constexpr std::size_t kReplyLimit = 8 * 1024 * 1024;

// The JSON of a 2xx (null when it has no body); anything else is a failure. `call` is "GET /projects/acme%2Fshop".
// Kinds (docs.gitlab.com/api/rest/troubleshooting, "Status codes"; docs.gitlab.com/administration/settings/
// user_and_ip_rate_limits, "Response headers"):
//  * 401, and 403 for want of a scope (error "insufficient_scope"): credentials;
//  * 429: rate_limited with the wait, from Retry-After, from RateLimit-Reset (seconds since 1970), else a minute;
//  * 404: not_found; GitLab says the same of what is not there and of what may not be seen, and so does the text;
//  * 403 else: refused, the role is too low; 405 of a project that has moved: refused, and its name is to be mended;
//  * 409: exists_elsewhere when GitLab says so ("already exists"), else refused; 400, 422: invalid; other 4xx: refused;
//  * 5xx and what is no JSON: unreachable, such a call may have been carried out all the same.
// GitLab's words are in the text as one line of UTF-8, 300 bytes at most.
std::expected<nlohmann::json, ApiFailure> read_reply(std::string_view call, const net::ClientResponse& response,
                                                     Time now);

}  // namespace hotfixd::gitlab
