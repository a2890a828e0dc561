// Is a webhook really from GitLab? By its signing token (Standard Webhooks), or by the plain secret token.
#pragma once

#include <array>

#include "bot/domain/basics.hpp"
#include "integrations/common/hmac.hpp"

namespace hotfixd::gitlab {

// The headers that a signature speaks of.
struct Signed {
  std::string_view id;          // webhook-id
  std::string_view timestamp;   // webhook-timestamp: seconds since 1970
  std::string_view signatures;  // webhook-signature: "v1,<base64>", several with a space between
};

// A signing token as GitLab makes it: "whsec_" and the base64 of the key (GitLab takes 32 bytes, the standard 24 to
// 64).
class SigningToken {
 public:
  // Problem::invalid that does not repeat it.
  static Result<SigningToken> read(std::string_view token);

  // Is one of the signatures HMAC-SHA256 of "{id}.{timestamp}.{body}", and the timestamp within kTolerance of `now`?
  // Compares in constant time. Source: gitlab-org/gitlab!230944, github.com/standard-webhooks/standard-webhooks,
  // spec/standard-webhooks.md.
  bool verifies(const Signed& headers, std::string_view body, Time now) const;

  static constexpr Seconds kTolerance{5 * 60};

 private:
  explicit SigningToken(const std::string& key) : key_(key) {}

  common::HmacKey key_;
};

// The secret token of a webhook, which GitLab sends as it is in X-Gitlab-Token. An empty one verifies nothing.
class SecretToken {
 public:
  explicit SecretToken(std::string_view secret);

  // Compares in constant time, whatever the lengths.
  bool verifies(std::string_view header) const;

 private:
  using Digest = std::array<unsigned char, 32>;

  bool empty_;
  Digest digest_;  // SHA-256
};

// 64 lower-case digits: SHA-256 of the parts, one after the other, with a newline between.
std::string digest_of(std::string_view first, std::string_view second);

}  // namespace hotfixd::gitlab
