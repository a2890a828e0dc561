#include "bot/store/hash.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>
#include <memory>
#include <stdexcept>

namespace hotfixd::store {

namespace {

// Looking the algorithm up costs more than a short digest: once per process. So does making a state: once per thread.
const EVP_MD* sha256() {
  static const EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return algorithm;
}

}  // namespace

std::string to_hex(std::span<const unsigned char> bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex(2 * bytes.size(), '0');
  auto* out = hex.data();
  for (const unsigned char byte : bytes) {
    *out++ = kDigits[byte >> 4U];
    *out++ = kDigits[byte & 0xFU];
  }
  return hex;
}

std::string sha256_hex(std::string_view bytes) {
  thread_local const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> state(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  if (!state || sha256() == nullptr || EVP_DigestInit_ex2(state.get(), sha256(), nullptr) != 1 ||
      EVP_DigestUpdate(state.get(), bytes.data(), bytes.size()) != 1 ||
      EVP_DigestFinal_ex(state.get(), digest.data(), &size) != 1)
    throw std::runtime_error("SHA-256 is not available in this OpenSSL");
  return to_hex(std::span(digest).first(size));
}

std::optional<std::string> from_hex(std::string_view hex) {
  const auto digit = [](char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1; };
  if (hex.size() % 2 != 0) return std::nullopt;
  std::string bytes;
  bytes.reserve(hex.size() / 2);
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    const int high = digit(hex[i]), low = digit(hex[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    bytes.push_back(static_cast<char>(high * 16 + low));
  }
  return bytes;
}

std::string chain_hash(std::string_view prev, std::string_view incident, std::uint64_t version, const Record& record) {
  std::string bytes;
  bytes.reserve(record.body.size() + 256);
  const auto put = [&](std::string_view field) {
    bytes.append(fmt::format_int(field.size()).c_str()).append(":").append(field);
  };
  put(prev);
  put(incident);
  put(std::to_string(version));
  put(record.type);
  put(std::to_string(record.codec));
  put(std::to_string(record.occurred_at.time_since_epoch().count()));
  put(std::to_string(record.recorded_at.time_since_epoch().count()));
  put(record.actor.id);
  put(record.actor.name);
  put(record.source);
  put(record.body);
  return sha256_hex(bytes);
}

}  // namespace hotfixd::store
