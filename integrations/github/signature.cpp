#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>

#include "integrations/github/webhook.hpp"

// X-Hub-Signature-256: HMAC-SHA256 over the raw body.

namespace hotfixd::github {
namespace {

constexpr std::string_view kScheme = "sha256=";
constexpr std::size_t kDigestBytes = 32;
using Digest = std::array<unsigned char, kDigestBytes>;

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::optional<Digest> parse_header(std::string_view header) {
  if (!header.starts_with(kScheme)) return std::nullopt;
  header.remove_prefix(kScheme.size());
  if (header.size() != 2 * kDigestBytes) return std::nullopt;
  Digest digest{};
  for (std::size_t i = 0; i < kDigestBytes; ++i) {
    const int high = hex_digit(header[2 * i]);
    const int low = hex_digit(header[2 * i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    digest[i] = static_cast<unsigned char>(high * 16 + low);
  }
  return digest;
}

}  // namespace

bool verify_signature(std::string_view secret, std::string_view body, std::string_view header) {
  constexpr std::size_t kLongestSecret = 4096;
  if (secret.empty() || secret.size() > kLongestSecret) return false;
  const auto claimed = parse_header(header);
  if (!claimed) return false;
  Digest ours{};
  unsigned int length = 0;
  const auto* bytes = reinterpret_cast<const unsigned char*>(body.data());
  if (HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()), bytes, body.size(), ours.data(), &length) ==
          nullptr ||
      length != ours.size()) {
    return false;
  }
  return CRYPTO_memcmp(ours.data(), claimed->data(), ours.size()) == 0;
}

}  // namespace hotfixd::github
