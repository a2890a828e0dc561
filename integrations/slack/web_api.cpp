#include "integrations/slack/web_api.hpp"

#include <fmt/format.h>

#include <map>
#include <mutex>

#include "bot/net/url.hpp"
#include "integrations/common/form.hpp"
#include "integrations/common/headers.hpp"
#include "integrations/common/utf8.hpp"
#include "integrations/slack/api_errors.hpp"

namespace hotfixd::slack {
namespace {

constexpr Seconds kBetweenPosts{1};          // to one channel (docs.slack.dev, "Rate limits")
constexpr std::size_t kErrorShown = 60;      // bytes of an error that is no JSON
constexpr std::size_t kChannelsKept = 1000;  // whose last post is remembered

class HttpWebApi final : public WebApi {
 public:
  HttpWebApi(net::HttpClient& http, const Clock& clock, WebApiOptions options)
      : http_(http),
        clock_(clock),
        options_(std::move(options)),
        tokens_(http, clock, options_.url, options_.bot_token, options_.rotation, options_.report) {}

  ApiResult write(std::string_view method, std::string arguments, std::string_view channel) override {
    if (auto wait = take_turn(method, channel)) return std::unexpected(std::move(*wait));
    return as_bot(method, std::move(arguments), "application/json; charset=utf-8", false);
  }

  ApiResult read(std::string_view method, const Arguments& arguments) override {
    if (auto wait = take_turn(method, {})) return std::unexpected(std::move(*wait));
    return as_bot(method, common::form_of(arguments), "application/x-www-form-urlencoded", true);
  }

  std::expected<void, ApiFailure> respond(std::string_view response_url, std::string message) override {
    const auto refused = [](Problem::Kind kind, std::string what, std::string error = {}) {
      return std::unexpected(ApiFailure{{kind, "response_url: " + std::move(what), {}, {}}, std::move(error), false});
    };
    const auto to = net::parse_url(response_url, net::UrlKind::http);
    const auto home = net::parse_url(options_.url, net::UrlKind::http);
    if (!to || (!to->secure && (!home || to->origin != home->origin)))
      return refused(Problem::Kind::invalid, "it is neither https nor of slack.api_url's server");
    net::ClientRequest request;
    request.method = "POST";
    request.url = response_url;
    request.headers = {{"Content-Type", "application/json; charset=utf-8"}};
    request.body = std::move(message);
    request.deadline = options_.deadline;
    auto answer = http_.send(request);
    if (!answer) return refused(answer.error().kind, answer.error().what);
    if (answer->status == 429)
      return refused(Problem::Kind::rate_limited, "Slack asks to wait");  // its Retry-After is seldom there
    if (answer->status >= 500) return refused(Problem::Kind::unreachable, fmt::format("status {}", answer->status));
    // Errors come as text, or as JSON with ok false.
    auto error = error_of(answer->body);
    if (answer->status < 300 && error.empty()) return {};
    if (error.empty()) error = common::mended_utf8(answer->body.substr(0, kErrorShown));
    return refused(Problem::Kind::refused, fmt::format("status {}: {}", answer->status, error), error);
  }

  std::expected<std::string, ApiFailure> open_connection() override {
    constexpr std::string_view kMethod = "apps.connections.open";
    if (auto wait = take_turn(kMethod, {})) return std::unexpected(std::move(*wait));
    auto opened = call(kMethod, {}, "application/x-www-form-urlencoded", options_.app_token, true, false);
    if (!opened) return std::unexpected(opened.error());
    const auto url = opened->find("url");
    if (url == opened->end() || !url->is_string())
      return std::unexpected(ApiFailure{
          {Problem::Kind::unreachable, "Slack's answer to apps.connections.open has no url", {}, {}}, {}, false});
    return url->get<std::string>();
  }

  ApiResult export_manifest(const std::string& config_token, const std::string& app_id) override {
    constexpr std::string_view kMethod = "apps.manifest.export";
    if (auto wait = take_turn(kMethod, {})) return std::unexpected(std::move(*wait));
    return call(kMethod, common::form_of({{"app_id", app_id}}), "application/x-www-form-urlencoded", config_token, true,
                false);
  }

  std::vector<std::string> granted_scopes() const override {
    const std::lock_guard lock(mutex_);
    return common::names_in(granted_);
  }

 private:
  // Nothing when it may be called now.
  std::optional<ApiFailure> take_turn(std::string_view method, std::string_view channel) {
    const auto now = clock_.now();
    const std::lock_guard lock(mutex_);
    Time free = now;
    if (const auto it = closed_.find(method); it != closed_.end()) free = std::max(free, it->second);
    if (!channel.empty())
      if (const auto it = posted_.find(channel); it != posted_.end()) free = std::max(free, it->second + kBetweenPosts);
    if (free > now)
      return ApiFailure{{Problem::Kind::rate_limited,
                         fmt::format("{} has to wait", method),
                         {},
                         std::chrono::ceil<Seconds>(free - now)},
                        {},
                        false};
    if (!channel.empty()) {
      if (posted_.size() >= kChannelsKept)
        std::erase_if(posted_, [&](const auto& p) { return p.second + kBetweenPosts < now; });
      posted_.insert_or_assign(std::string(channel), now);
    }
    return std::nullopt;
  }

  // With the bot token; once more with the next one when Slack says that it has expired, which carries nothing out.
  ApiResult as_bot(std::string_view method, const std::string& body, const std::string& content_type, bool repeatable) {
    const auto token = tokens_.current();
    auto answer = call(method, body, content_type, token, repeatable, true);
    if (answer || answer.error().error != "token_expired" || !tokens_.renew(token)) return answer;
    return call(method, body, content_type, tokens_.current(), repeatable, true);
  }

  ApiResult call(std::string_view method, std::string body, std::string content_type, const std::string& token,
                 bool repeatable, bool bot) {
    net::ClientRequest request;
    request.method = "POST";
    request.url = options_.url + std::string(method);
    request.headers = {{"Content-Type", std::move(content_type)}, {"Authorization", "Bearer " + token}};
    request.body = std::move(body);
    request.deadline = options_.deadline;
    request.repeatable = repeatable;
    auto answer = http_.send(request);
    if (!answer) {
      ApiFailure failure{answer.error(), {}, answer.error().may_have_arrived};
      failure.what = fmt::format("{}: {}", method, failure.what);
      return std::unexpected(std::move(failure));
    }
    if (const auto granted = answer->header("x-oauth-scopes"); !granted.empty() && bot) {
      const std::lock_guard lock(mutex_);
      granted_ = granted;
    }
    auto read =
        read_reply({method, static_cast<unsigned>(answer->status), answer->header("retry-after"), answer->body});
    if (read) return std::move(*read);
    ApiFailure failure{std::move(read.error()), error_of(answer->body), false};
    failure.may_have_arrived = failure.kind == Problem::Kind::unreachable;
    if (failure.kind == Problem::Kind::rate_limited && failure.retry_after) {
      const std::lock_guard lock(mutex_);
      closed_.insert_or_assign(std::string(method), clock_.now() + *failure.retry_after);
    }
    return std::unexpected(std::move(failure));
  }

  net::HttpClient& http_;
  const Clock& clock_;
  const WebApiOptions options_;
  Tokens tokens_;
  mutable std::mutex mutex_;
  std::string granted_;                              // scopes, as written
  std::map<std::string, Time, std::less<>> closed_;  // methods that said "later"
  std::map<std::string, Time, std::less<>> posted_;  // channel -> last post
};

}  // namespace

std::unique_ptr<WebApi> create_web_api(net::HttpClient& http, const Clock& clock, WebApiOptions options) {
  return std::make_unique<HttpWebApi>(http, clock, std::move(options));
}

}  // namespace hotfixd::slack
