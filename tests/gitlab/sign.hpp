// What GitLab does on its side: webhook-signature of a body.
#pragma once

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <string>
#include <string_view>

namespace hotfixd::gitlab::test {

// The published test vector's key (github.com/standard-webhooks/standard-webhooks).
inline constexpr std::string_view kToken = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

inline std::string base64(std::string_view bytes) {
  std::string out((bytes.size() + 2) / 3 * 4 + 1, '\0');
  EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()), reinterpret_cast<const unsigned char*>(bytes.data()),
                  static_cast<int>(bytes.size()));
  out.pop_back();
  return out;
}

// `token`: "whsec_" and base64 without padding.
inline std::string sign(std::string_view token, std::string_view id, std::string_view timestamp,
                        std::string_view body) {
  const auto text = token.substr(6);
  std::array<unsigned char, 128> key{};
  const int size =
      EVP_DecodeBlock(key.data(), reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  const auto signed_text = fmt::format("{}.{}.{}", id, timestamp, body);
  std::array<unsigned char, 32> digest{};
  HMAC(EVP_sha256(), key.data(), size, reinterpret_cast<const unsigned char*>(signed_text.data()), signed_text.size(),
       digest.data(), nullptr);
  return "v1," + base64({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

}  // namespace hotfixd::gitlab::test
