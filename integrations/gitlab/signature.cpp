#include "integrations/gitlab/signature.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <optional>

namespace hotfixd::gitlab {
namespace {

constexpr std::size_t kDigestBytes = 32;
constexpr std::size_t kMostSignatures = 16;
constexpr std::size_t kLeastKey = 24, kLongestKey = 64;  // standard-webhooks.md, "Symmetric"

using Digest = std::array<unsigned char, kDigestBytes>;

bool is_base64(std::string_view text) {
  if (text.empty() || text.size() % 4 != 0) return false;
  while (text.ends_with('=') && text.size() % 4 != 2) text.remove_suffix(1);
  return std::ranges::all_of(text, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '+' || c == '/';
  });
}

// With its padding, without white space; nothing for any other form.
std::optional<std::string> unbase64(std::string_view text) {
  constexpr std::size_t kLongest = 256;
  if (text.size() > kLongest || !is_base64(text)) return std::nullopt;
  std::string out(text.size() / 4 * 3, '\0');
  const int length =
      EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()), reinterpret_cast<const unsigned char*>(text.data()),
                      static_cast<int>(text.size()));
  if (length < 0) return std::nullopt;
  const auto padding = text.ends_with("==") ? 2U : text.ends_with('=') ? 1U : 0U;
  out.resize(static_cast<std::size_t>(length) - padding);
  return out;
}

std::string hex_of(std::string_view bytes) {
  std::string hex;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    hex += "0123456789abcdef"[byte >> 4U];
    hex += "0123456789abcdef"[byte & 0x0FU];
  }
  return hex;
}

std::optional<std::int64_t> seconds_in(std::string_view text) {
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc{} || end != text.data() + text.size() || seconds < 0) return std::nullopt;
  return seconds;
}

bool is_now(std::string_view timestamp, Time now) {
  const auto seconds = seconds_in(timestamp);
  if (!seconds) return false;
  const auto ours = std::chrono::floor<Seconds>(now).time_since_epoch().count();
  const auto apart = *seconds > ours ? *seconds - ours : ours - *seconds;
  return apart <= SigningToken::kTolerance.count();
}

Digest sha256(std::initializer_list<std::string_view> parts) {
  Digest digest{};
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  EVP_DigestInit_ex(context, EVP_sha256(), nullptr);
  for (const auto part : parts) EVP_DigestUpdate(context, part.data(), part.size());
  EVP_DigestFinal_ex(context, digest.data(), nullptr);
  EVP_MD_CTX_free(context);
  return digest;
}

}  // namespace

Result<SigningToken> SigningToken::read(std::string_view token) {
  constexpr std::string_view kPrefix = "whsec_";
  const auto key = token.starts_with(kPrefix) ? unbase64(token.substr(kPrefix.size())) : std::nullopt;
  if (!key || key->size() < kLeastKey || key->size() > kLongestKey)
    return std::unexpected(
        Problem{Problem::Kind::invalid,
                "gitlab.signing_token is no signing token",
                "copy it whole from the webhook's page when GitLab makes it: \"whsec_\" and 44 characters",
                {}});
  return SigningToken(*key);
}

bool SigningToken::verifies(const Signed& headers, std::string_view body, Time now) const {
  if (headers.id.empty() || !is_now(headers.timestamp, now)) return false;
  auto rest = headers.signatures;
  bool good = false;
  for (std::size_t i = 0; i < kMostSignatures && !rest.empty(); ++i) {
    const auto one = rest.substr(0, rest.find(' '));
    rest.remove_prefix(std::min(rest.size(), one.size() + 1));
    constexpr std::string_view kScheme = "v1,";  // others, "v1a", are not by this key
    if (!one.starts_with(kScheme)) continue;
    const auto claimed = unbase64(one.substr(kScheme.size()));
    good |= claimed && key_.verifies({headers.id, ".", headers.timestamp, ".", body}, hex_of(*claimed));
  }
  return good;
}

SecretToken::SecretToken(std::string_view secret) : empty_(secret.empty()), digest_(sha256({secret})) {}

bool SecretToken::verifies(std::string_view header) const {
  const auto theirs = sha256({header});
  return !empty_ && CRYPTO_memcmp(digest_.data(), theirs.data(), theirs.size()) == 0;
}

std::string digest_of(std::string_view first, std::string_view second) {
  const auto digest = sha256({first, "\n", second});
  return hex_of({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

}  // namespace hotfixd::gitlab
