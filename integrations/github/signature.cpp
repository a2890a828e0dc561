#include "integrations/github/webhook.hpp"

// X-Hub-Signature-256: HMAC-SHA256 over the raw body.

namespace hotfixd::github {

bool verify_signature(const common::HmacKey& key, std::string_view body, std::string_view header) {
  constexpr std::string_view kScheme = "sha256=";
  return header.starts_with(kScheme) && key.verifies({body}, header.substr(kScheme.size()));
}

}  // namespace hotfixd::github
