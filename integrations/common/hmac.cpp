#include "integrations/common/hmac.hpp"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <array>
#include <memory>
#include <optional>

#include "integrations/common/form.hpp"

namespace hotfixd::common {
namespace {

constexpr std::size_t kDigestBytes = 32;
constexpr std::size_t kLongestSecret = 4096;
using Digest = std::array<unsigned char, kDigestBytes>;

std::optional<Digest> from_hex(std::string_view hex) {
  if (hex.size() != 2 * kDigestBytes) return std::nullopt;
  Digest digest{};
  for (std::size_t i = 0; i < kDigestBytes; ++i) {
    const int high = hex_digit(hex[2 * i]);
    const int low = hex_digit(hex[2 * i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    digest[i] = static_cast<unsigned char>(high * 16 + low);
  }
  return digest;
}

using State = std::unique_ptr<EVP_MAC_CTX, decltype(&EVP_MAC_CTX_free)>;

// Without a key, to be copied: looking the algorithms up costs more than a short digest. Null when there is none.
const EVP_MAC_CTX* hmac_sha256() {
  static const State state = [] {
    const std::unique_ptr<EVP_MAC, decltype(&EVP_MAC_free)> hmac(EVP_MAC_fetch(nullptr, "HMAC", nullptr),
                                                                 &EVP_MAC_free);
    State made(hmac ? EVP_MAC_CTX_new(hmac.get()) : nullptr, &EVP_MAC_CTX_free);
    std::string name = "SHA256";
    const std::array params{OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name.data(), 0),
                            OSSL_PARAM_construct_end()};
    if (made && EVP_MAC_CTX_set_params(made.get(), params.data()) != 1) made.reset();
    return made;
  }();
  return state.get();
}

std::optional<Digest> digest_of(std::string_view secret, std::initializer_list<std::string_view> parts) {
  if (secret.empty() || secret.size() > kLongestSecret || hmac_sha256() == nullptr) return std::nullopt;
  const State state(EVP_MAC_CTX_dup(hmac_sha256()), &EVP_MAC_CTX_free);
  if (!state ||
      EVP_MAC_init(state.get(), reinterpret_cast<const unsigned char*>(secret.data()), secret.size(), nullptr) != 1)
    return std::nullopt;
  for (const std::string_view part : parts) {
    if (EVP_MAC_update(state.get(), reinterpret_cast<const unsigned char*>(part.data()), part.size()) != 1)
      return std::nullopt;
  }
  Digest digest{};
  std::size_t length = 0;
  if (EVP_MAC_final(state.get(), digest.data(), &length, digest.size()) != 1 || length != digest.size())
    return std::nullopt;
  return digest;
}

}  // namespace

bool hmac_sha256_is(std::string_view secret, std::initializer_list<std::string_view> parts, std::string_view hex) {
  const auto claimed = from_hex(hex);
  if (!claimed) return false;
  const auto ours = digest_of(secret, parts);
  return ours && CRYPTO_memcmp(ours->data(), claimed->data(), ours->size()) == 0;
}

std::string hmac_sha256_hex(std::string_view secret, std::initializer_list<std::string_view> parts) {
  const auto digest = digest_of(secret, parts);
  std::string hex;
  if (!digest) return hex;
  for (const unsigned char byte : *digest) {
    hex += "0123456789abcdef"[byte >> 4U];
    hex += "0123456789abcdef"[byte & 0x0FU];
  }
  return hex;
}

}  // namespace hotfixd::common
