// Slack's Web API: one call, its budget, its errors as Problems.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>

#include "bot/net/http_client.hpp"
#include "bot/ports/clock.hpp"
#include "integrations/slack/tokens.hpp"

namespace hotfixd::slack {

// `error` is Slack's own word ("channel_not_found"), empty when the answer was none of Slack's.
struct ApiFailure : Problem {
  std::string error;
  bool may_have_arrived = false;  // Slack may have done it all the same
};
using ApiResult = std::expected<nlohmann::json, ApiFailure>;

// Names and values of a form.
using Arguments = std::vector<std::pair<std::string, std::string>>;

struct WebApiOptions {
  std::string url = "https://slack.com/api/";  // ends with '/'
  std::string bot_token;                       // xoxb-…
  std::string app_token;                       // xapp-…; empty: no Socket Mode
  std::chrono::milliseconds deadline{15'000};  // of one call
  std::optional<Rotation> rotation;            // none: the bot token does not expire
  std::function<void(const Problem&)> report;  // what an operator should see: a renewal that failed
};

class WebApi {
 public:
  virtual ~WebApi() = default;
  // A method that writes, with its arguments as JSON; one that reads, with a form: not all of those take JSON.
  // Both block. After "ratelimited" the method is not called again before its Retry-After; chat.postMessage waits
  // one second for each channel. What may not be sent yet is rate_limited with the time to wait, and has
  // certainly not arrived. `channel`: whose budget it is; empty = none. Source: docs.slack.dev, "Rate limits".
  virtual ApiResult write(std::string_view method, std::string arguments, std::string_view channel = {}) = 0;
  virtual ApiResult read(std::string_view method, const Arguments& arguments) = 0;
  // Posts a message (JSON, see answer()) to the response_url of a command or a press; without a token. Blocks. It must
  // be https (hooks.slack.com, GovSlack's hooks.slack-gov.com), or of the same origin as WebApiOptions::url; anything
  // else is invalid. Slack takes five in thirty minutes; `expired_url` and `used_url` are its words for the end.
  virtual std::expected<void, ApiFailure> respond(std::string_view response_url, std::string message) = 0;
  // apps.connections.open with the app-level token: the address of a new WebSocket.
  virtual std::expected<std::string, ApiFailure> open_connection() = 0;
  // apps.manifest.export with an app configuration token: the settings of the app.
  virtual ApiResult export_manifest(const std::string& config_token, const std::string& app_id) = 0;
  // The bot token's scopes as the last answer named them (X-OAuth-Scopes); empty when none did.
  virtual std::vector<std::string> granted_scopes() const = 0;
};

// Both must outlive it.
std::unique_ptr<WebApi> create_web_api(net::HttpClient& http, const Clock& clock, WebApiOptions options);

}  // namespace hotfixd::slack
