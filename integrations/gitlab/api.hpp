// GitLab's REST API, version 4, of gitlab.com and of a GitLab of one's own: one call, its limits, its errors.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>

#include "bot/ports/clock.hpp"
#include "integrations/gitlab/api_errors.hpp"

namespace hotfixd::gitlab {

struct ApiOptions {
  std::string url = "https://gitlab.com/api/v4";  // without a slash at its end
  std::string token;                              // a personal, project or group access token
  std::chrono::milliseconds deadline{15'000};     // of one request
};

struct Answer {
  nlohmann::json body;  // null when there is none
  bool moved = false;   // GitLab knows it under another name now, and answered for that
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
  // `path` begins with '/', its parts are percent_encoded(); a project is named by project_path(). All block.
  //
  // A redirect of a GET (a project that was renamed) is followed once and on the same host, always to the address that
  // is configured, so that no token leaves it. After a rate limit nothing is sent until GitLab's wait is over; what may
  // not be sent is rate_limited and has certainly not arrived. Nothing is kept to be compared by ETag: GitLab's limits
  // count a request before it looks at that. A failure's text holds no secret.
  virtual ApiResult get(const std::string& path) = 0;
  // All pages, by Link: by number or by key, as GitLab chooses.
  virtual std::expected<List, ApiFailure> list(const std::string& path) = 0;
  virtual ApiResult post(const std::string& path, const nlohmann::json& body) = 0;
  virtual ApiResult put(const std::string& path, const nlohmann::json& body) = 0;
  // Of ApiOptions::url, without a port: "gitlab.com".
  virtual std::string host() const = 0;
};

// "/projects/acme%2Fweb%2Fshop".
std::string project_path(std::string_view full_name);

// Both must outlive it.
std::unique_ptr<Api> create_api(net::HttpClient& http, const Clock& clock, ApiOptions options);

}  // namespace hotfixd::gitlab
