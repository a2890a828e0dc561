#include <gtest/gtest.h>

#include "bot/store/hash.hpp"
#include "bot/store/random_ids.hpp"

// Ids: the right length and alphabet, never twice at random, always the same from a seed.

namespace hotfixd::store {
namespace {

TEST(Ids, random_ones_are_hexadecimal_of_the_asked_length_and_differ) {
  const auto ids = random_ids();
  for (const std::size_t n : {std::size_t{1}, std::size_t{16}, std::size_t{63}, std::size_t{64}, std::size_t{200}}) {
    const auto hex = ids->random_hex(n);
    EXPECT_EQ(hex.size(), 2 * n);
    EXPECT_TRUE(from_hex(hex).has_value()) << hex;
  }
  EXPECT_EQ(ids->random_hex(0), "");
  EXPECT_NE(ids->random_hex(16), ids->random_hex(16));
}

TEST(Ids, a_seed_gives_the_same_ids_everywhere) {
  const auto one = seeded_ids(42);
  EXPECT_EQ(one->random_hex(4), "c151df7d");  // the first output of mt19937_64 with this seed
  EXPECT_EQ(one->random_hex(32), [] {
    const auto other = seeded_ids(42);
    other->random_hex(4);
    return other->random_hex(32);
  }());
  EXPECT_NE(seeded_ids(1)->random_hex(8), seeded_ids(2)->random_hex(8));
}

TEST(Hash, is_sha256) {
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(text_digest("616", "c"), "");
  EXPECT_EQ(text_digest("6162", "c"), sha256_hex("abc"));
}

TEST(Hash, moving_a_byte_from_one_field_to_the_next_changes_it) {
  Record one, two;
  one.actor = {"ab", "c"};
  two.actor = {"a", "bc"};
  EXPECT_NE(chain_hash(kNoHash, "HF-1", 1, one), chain_hash(kNoHash, "HF-1", 1, two));
}

}  // namespace
}  // namespace hotfixd::store
