// A webhook as the means to deploy one repository.
#pragma once

#include <memory>

#include "bot/net/http_client.hpp"
#include "bot/ports/clock.hpp"
#include "bot/ports/deployer.hpp"

namespace hotfixd::webhook {

struct Options {
  std::string url;     // https, or http to this very machine
  std::string secret;  // "whsec_" + base64, or any text; empty: not signed
  std::chrono::milliseconds deadline{15'000};
};

// The Standard Webhooks signature ("v1,…") of a body under this secret (standardwebhooks.com: symmetric, HMAC-SHA256 of
// "id.timestamp.body"); empty when the secret is none.
std::string signature(std::string_view secret, std::string_view id, std::int64_t timestamp, std::string_view body);

// It recognises nothing of its own: an order whose answer was lost is sent again with the same Idempotency-Key, and a
// receiver that does not look at that deploys twice. Both must outlive it.
std::unique_ptr<Deployer> create_deployer(net::HttpClient& http, const Clock& clock, Options options);

}  // namespace hotfixd::webhook
