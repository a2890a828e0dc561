// GitHub's REST API, of github.com and of GitHub Enterprise Server: one call, its rights, its limits, its errors.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>

#include "bot/ports/clock.hpp"
#include "integrations/github/credentials.hpp"

namespace hotfixd::github {

struct ApiOptions {
  std::string url = "https://api.github.com";  // GHES: "https://HOST/api/v3"; without a slash at its end
  std::optional<App> app;                      // none: `token`
  std::string token;                           // fine-grained or classic
  std::chrono::milliseconds deadline{15'000};  // of one request
};

struct Answer {
  nlohmann::json body;                             // null when there is none
  std::optional<std::vector<std::string>> scopes;  // X-OAuth-Scopes: of a classic token only
  std::string expires;                             // of a token, as GitHub writes it; empty = it does not say
  bool moved = false;                              // GitHub knows it under another name now, and answered for that
};
using ApiResult = std::expected<Answer, ApiFailure>;

struct List {
  std::vector<nlohmann::json> items;
  bool whole = true;  // false: there is more than kMostPages or kReplyLimit
};
inline constexpr int kMostPages = 20;

class Api {
 public:
  virtual ~Api() = default;
  // `path` begins with '/', its parts are percent_encoded(). `repository` ("acme/shop"): whose installation's right is
  // used; empty: the app's own. A token serves for both. All block.
  //
  // What was read before is asked for with its ETag, so that an answer that has not changed costs nothing
  // (docs.github.com, "Best practices for using the REST API").  A redirect (301, 302, 307, 308) is followed once and
  // within the same origin, so that no token leaves it. After a rate limit nothing is sent with that right until
  // GitHub's wait is over; what may not be sent is rate_limited and has certainly not arrived. A failure's text holds
  // no secret.
  virtual ApiResult get(const std::string& path, const std::string& repository = {}) = 0;
  // All pages, by Link. `member`: where the list stands in each page's object ("check_runs"); empty: the page is the
  // list.
  virtual std::expected<List, ApiFailure> list(const std::string& path, const std::string& repository = {},
                                               const std::string& member = {}) = 0;
  // `body` null: none is sent.
  virtual ApiResult post(const std::string& path, const nlohmann::json& body, const std::string& repository = {}) = 0;
  virtual ApiResult put(const std::string& path, const nlohmann::json& body, const std::string& repository = {}) = 0;
  // Where the app is installed for a repository.
  virtual std::expected<Installation, ApiFailure> installation(const std::string& repository) = 0;
};

// Both must outlive it.
std::unique_ptr<Api> create_api(net::HttpClient& http, const Clock& clock, ApiOptions options);

}  // namespace hotfixd::github
