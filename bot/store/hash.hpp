#pragma once

#include <span>

#include "bot/store/codec.hpp"

// The hash chain of one incident: each record's hash covers the one before it.

namespace hotfixd::store {

// Lower-case hexadecimal digits, two for each byte.
std::string to_hex(std::span<const unsigned char> bytes);

// What the first record of an incident follows: 64 zeros.
inline constexpr std::string_view kNoHash = "0000000000000000000000000000000000000000000000000000000000000000";

// SHA-256 as 64 lower-case hexadecimal digits.
std::string sha256_hex(std::string_view bytes);

// The bytes of a hexadecimal string; nothing when it is not one.
std::optional<std::string> from_hex(std::string_view hex);

// SHA-256(prev || incident, version, type, codec, occurred_at, recorded_at, actor id, actor name,
// source, body), every field preceded by its length so that no two records share their bytes.
std::string chain_hash(std::string_view prev, std::string_view incident, std::uint64_t version, const Record& record);

}  // namespace hotfixd::store
