#include "integrations/common/hmac.hpp"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <array>
#include <memory>
#include <mutex>
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

const unsigned char* bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

}  // namespace

// The key stays in it: looking the algorithms up and hashing the key costs more than a short digest, and so would a
// copy for each digest.
struct HmacKey::Keyed {
  std::mutex mutex;
  std::unique_ptr<EVP_MAC_CTX, decltype(&EVP_MAC_CTX_free)> state{nullptr, &EVP_MAC_CTX_free};  // under mutex

  explicit Keyed(std::string_view secret) {
    const std::unique_ptr<EVP_MAC, decltype(&EVP_MAC_free)> hmac(EVP_MAC_fetch(nullptr, "HMAC", nullptr),
                                                                 &EVP_MAC_free);
    state.reset(hmac ? EVP_MAC_CTX_new(hmac.get()) : nullptr);
    std::string name = "SHA256";
    const std::array params{OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name.data(), 0),
                            OSSL_PARAM_construct_end()};
    if (state && EVP_MAC_init(state.get(), bytes(secret), secret.size(), params.data()) != 1) state.reset();
  }

  std::optional<Digest> digest_of(std::initializer_list<std::string_view> parts) {
    const std::lock_guard lock(mutex);
    if (!state || EVP_MAC_init(state.get(), nullptr, 0, nullptr) != 1) return std::nullopt;
    for (const std::string_view part : parts) {
      if (EVP_MAC_update(state.get(), bytes(part), part.size()) != 1) return std::nullopt;
    }
    Digest digest{};
    std::size_t length = 0;
    if (EVP_MAC_final(state.get(), digest.data(), &length, digest.size()) != 1 || length != digest.size())
      return std::nullopt;
    return digest;
  }
};

HmacKey::HmacKey(std::string_view secret)
    : empty_(secret.empty()),
      keyed_(empty_ || secret.size() > kLongestSecret ? nullptr : std::make_shared<Keyed>(secret)) {}

std::string HmacKey::sign(std::initializer_list<std::string_view> parts) const {
  const auto digest = keyed_ ? keyed_->digest_of(parts) : std::nullopt;
  std::string hex;
  if (!digest) return hex;
  for (const unsigned char byte : *digest) {
    hex += "0123456789abcdef"[byte >> 4U];
    hex += "0123456789abcdef"[byte & 0x0FU];
  }
  return hex;
}

bool HmacKey::verifies(std::initializer_list<std::string_view> parts, std::string_view hex) const {
  const auto claimed = from_hex(hex);
  if (!claimed || !keyed_) return false;
  const auto ours = keyed_->digest_of(parts);
  return ours && CRYPTO_memcmp(ours->data(), claimed->data(), ours->size()) == 0;
}

}  // namespace hotfixd::common
