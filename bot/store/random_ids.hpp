#pragma once

#include <cstdint>
#include <memory>

#include "bot/ports/clock.hpp"

// The two sources of ids: real randomness for a running bot, a seed for replay and tests.

namespace hotfixd::store {

// From OpenSSL's generator; safe to share between threads. Throws std::runtime_error when the
// generator cannot be seeded: then nothing secret may be made.
std::unique_ptr<IdSource> random_ids();

// The same seed gives the same ids on every machine. Predictable, so never for a running bot; one
// thread at a time.
std::unique_ptr<IdSource> seeded_ids(std::uint64_t seed);

}  // namespace hotfixd::store
