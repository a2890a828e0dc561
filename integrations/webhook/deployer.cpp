#include "integrations/webhook/deployer.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <charconv>
#include <nlohmann/json.hpp>

#include "integrations/common/form.hpp"
#include "integrations/common/hmac.hpp"

namespace hotfixd::webhook {
namespace {

constexpr std::string_view kPrefix = "whsec_";

// Nothing when it is no base64.
std::optional<std::string> unbase64(std::string_view text) {
  if (text.empty() || text.size() % 4 != 0) return std::nullopt;
  std::string out(text.size() / 4 * 3, '\0');
  const int length =
      EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()), reinterpret_cast<const unsigned char*>(text.data()),
                      static_cast<int>(text.size()));
  if (length < 0) return std::nullopt;
  const auto padding = static_cast<std::size_t>(text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0);
  out.resize(static_cast<std::size_t>(length) - padding);
  return out;
}

std::string base64_of_hex(std::string_view hex) {
  std::string bytes;
  for (std::size_t n = 0; n + 1 < hex.size(); n += 2)
    bytes += static_cast<char>(common::hex_digit(hex[n]) * 16 + common::hex_digit(hex[n + 1]));
  std::string out((bytes.size() + 2) / 3 * 4 + 1, '\0');
  const int length =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                      reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  out.resize(static_cast<std::size_t>(length));
  return out;
}

std::optional<Seconds> wait_of(std::string_view header) {
  std::int64_t seconds = 0;
  const auto read = std::from_chars(header.data(), header.data() + header.size(), seconds);
  return read.ec == std::errc{} && seconds >= 0 ? std::optional(Seconds{seconds}) : std::nullopt;
}

class WebhookDeployer final : public Deployer {
 public:
  WebhookDeployer(net::HttpClient& http, const Clock& clock, Options options)
      : http_(http), clock_(clock), options_(std::move(options)) {}

  Result<std::optional<Started>> find(const effect::Deploy&) override { return std::nullopt; }

  Result<Started> start(const effect::Deploy& order) override {
    const nlohmann::json body{{"repository", order.repository},   {"tag", order.tag}, {"sha", order.sha},
                              {"environment", order.environment}, {"key", order.key}, {"rollback", order.rollback}};
    const auto now = std::chrono::floor<Seconds>(clock_.now()).time_since_epoch().count();
    net::ClientRequest request;
    request.method = "POST";
    request.url = options_.url;
    request.body = body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    request.headers = {{"Content-Type", "application/json; charset=utf-8"},
                       {"Idempotency-Key", order.key},
                       {"webhook-id", order.key},
                       {"webhook-timestamp", std::to_string(now)}};
    if (auto signed_by = signature(options_.secret, order.key, now, request.body); !signed_by.empty())
      request.headers.emplace_back("webhook-signature", std::move(signed_by));
    request.deadline = options_.deadline;
    const auto answer = http_.send(request);
    if (!answer) return std::unexpected(answer.error());
    const int status = answer->status;
    if (status >= 200 && status < 300) return Started{{}, {}, false};
    const bool later = status == 429, passes = status == 408 || status >= 500;
    return std::unexpected(Problem{later    ? Problem::Kind::rate_limited
                                   : passes ? Problem::Kind::unreachable
                                            : Problem::Kind::refused,
                                   fmt::format("the deploy webhook answered {}", status),
                                   status == 401 || status == 403 ? "compare deploy_secret with the receiver's"
                                   : status < 400                 ? "set deploy to the address that it redirects to"
                                                                  : "look at the receiver's log",
                                   wait_of(answer->header("retry-after"))});
  }

  Result<DeploymentView> follow(const effect::FollowDeployment&) override {
    return std::unexpected(
        Problem{Problem::Kind::not_found, "a webhook does not tell how it ends", "say so: /hotfix deployed", {}});
  }
  Result<std::vector<Release>> releases(const std::string&) override { return std::vector<Release>{}; }
  std::string teller() const override { return "the webhook"; }

 private:
  net::HttpClient& http_;
  const Clock& clock_;
  const Options options_;
};

}  // namespace

std::string signature(std::string_view secret, std::string_view id, std::int64_t timestamp, std::string_view body) {
  std::string key(secret);
  if (secret.starts_with(kPrefix))
    if (auto bytes = unbase64(secret.substr(kPrefix.size()))) key = std::move(*bytes);
  const auto hex = common::HmacKey(key).sign({id, ".", std::to_string(timestamp), ".", body});
  return hex.empty() ? std::string{} : "v1," + base64_of_hex(hex);
}

std::unique_ptr<Deployer> create_deployer(net::HttpClient& http, const Clock& clock, Options options) {
  return std::make_unique<WebhookDeployer>(http, clock, std::move(options));
}

}  // namespace hotfixd::webhook
