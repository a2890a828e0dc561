// Message authentication as webhooks use it: HMAC-SHA256 written in hexadecimal.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace hotfixd::common {

// Is `hex` (64 hexadecimal digits, either case) the HMAC-SHA256 (RFC 2104) of the parts, one after the
// other, under `secret`? Compares in constant time. An empty secret, one above 4,096 bytes, and a text of
// another form verify nothing.
bool hmac_sha256_is(std::string_view secret, std::initializer_list<std::string_view> parts, std::string_view hex);

// The same as 64 lower-case digits; empty when the secret is empty or too long.
std::string hmac_sha256_hex(std::string_view secret, std::initializer_list<std::string_view> parts);

}  // namespace hotfixd::common
