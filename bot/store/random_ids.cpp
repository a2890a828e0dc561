#include "bot/store/random_ids.hpp"

#include <fmt/format.h>
#include <openssl/rand.h>

#include <array>
#include <random>
#include <span>
#include <stdexcept>

#include "bot/store/hash.hpp"

namespace hotfixd::store {
namespace {

class RandomIds final : public IdSource {
 public:
  std::string random_hex(std::size_t n) override {
    std::string hex;
    std::array<unsigned char, 64> bytes{};
    while (n > 0) {
      const std::size_t part = std::min(n, bytes.size());
      if (RAND_bytes(bytes.data(), static_cast<int>(part)) != 1)
        throw std::runtime_error("the system's random generator is not available");
      hex += to_hex(std::span(bytes).first(part));
      n -= part;
    }
    return hex;
  }
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
