// What GitHub does on its side: X-Hub-Signature-256 of a body.
#pragma once

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>

#include "integrations/github/webhook.hpp"

namespace hotfixd::github::test {

inline std::string sign(std::string_view secret, std::string_view body) {
  std::array<unsigned char, 32> digest{};
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(body.data()), body.size(), digest.data(), nullptr);
  std::string header = "sha256=";
  for (const auto byte : digest) header += fmt::format("{:02x}", byte);
  return header;
}

}  // namespace hotfixd::github::test
