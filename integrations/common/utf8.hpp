// UTF-8 as RFC 3629 defines it: no overlong forms, no surrogates, nothing above U+10FFFF.
#pragma once

#include <string>
#include <string_view>

namespace hotfixd::common {

struct CodePoint {
  char32_t value = 0;
  std::size_t bytes = 0;  // 0: malformed
};

// The first code point of a text that is not empty.
CodePoint decode_utf8(std::string_view text);

void append_utf8(std::string& out, char32_t value);

bool is_utf8(std::string_view text);

// Every malformed byte becomes U+FFFD: at most three times as long.
std::string mended_utf8(std::string text);

// At most `limit` bytes, without cutting a character of valid UTF-8 in two.
std::string_view cut_utf8(std::string_view text, std::size_t limit);

}  // namespace hotfixd::common
