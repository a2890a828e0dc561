#include "bot/store/random_ids.hpp"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <mutex>
#include <random>
#include <span>
#include <stdexcept>

#include "bot/store/hash.hpp"

namespace hotfixd::store {
namespace {

// One draw from the system's generator costs as much as hashing a record: so much is drawn at once, and each byte is
// given once.
class RandomIds final : public IdSource {
 public:
  std::string random_hex(std::size_t n) override {
    std::string hex;
    hex.reserve(2 * n);
    const std::lock_guard lock(mutex_);
    while (n > 0) {
      if (used_ == bytes_.size()) {
        if (RAND_bytes(bytes_.data(), static_cast<int>(bytes_.size())) != 1)
          throw std::runtime_error("the system's random generator is not available");
        used_ = 0;
      }
      const auto part = std::min(n, bytes_.size() - used_);
      const auto given = std::span(bytes_).subspan(used_, part);
      hex += to_hex(given);
      OPENSSL_cleanse(given.data(), given.size());
      used_ += part;
      n -= part;
    }
    return hex;
  }

 private:
  std::mutex mutex_;
  std::array<unsigned char, 1024> bytes_{};
  std::size_t used_ = bytes_.size();
};

class SeededIds final : public IdSource {
 public:
  explicit SeededIds(std::uint64_t seed) : engine_(seed) {}

  std::string random_hex(std::size_t n) override {
    std::string hex;
    hex.reserve(2 * n + 16);
    while (hex.size() < 2 * n) fmt::format_to(std::back_inserter(hex), "{:016x}", engine_());
    hex.resize(2 * n);
    return hex;
  }

 private:
  std::mt19937_64 engine_;  // its output is fixed by the standard
};

}  // namespace

std::unique_ptr<IdSource> random_ids() { return std::make_unique<RandomIds>(); }
std::unique_ptr<IdSource> seeded_ids(std::uint64_t seed) { return std::make_unique<SeededIds>(seed); }

}  // namespace hotfixd::store
