#include "bot/store/hash.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>
#include <stdexcept>

namespace hotfixd::store {

namespace {

// Looking the algorithm up costs more than a short digest: once per process.
const EVP_MD* sha256() {
  static const EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return algorithm;
}

}  // namespace

std::string to_hex(std::span<const unsigned char> bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  hex.reserve(2 * bytes.size());
  for (const unsigned char byte : bytes) {
    hex.push_back(kDigits[byte >> 4U]);
    hex.push_back(kDigits[byte & 0xFU]);
  }
  return hex;
}

std::string sha256_hex(std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  if (sha256() == nullptr || EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, sha256(), nullptr) != 1)
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
