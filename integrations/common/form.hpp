// Bodies of type application/x-www-form-urlencoded (WHATWG URL standard).
#pragma once

#include <utility>

#include "bot/domain/basics.hpp"

namespace hotfixd::common {

// 0 to 15, or -1.
constexpr int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// The media type alone, lower case: "Application/JSON; charset=utf-8" → "application/json".
std::string media_type(std::string_view content_type);

// '+' is a space, %XX a byte. False when an escape is broken.
bool form_unescape(std::string& text);

using FormFields = std::vector<std::pair<std::string, std::string>>;

// Every field in order, names and values unescaped; a field without '=' has an empty value. Bytes are not
// checked to be UTF-8. More than `most` fields or a broken escape: Problem::invalid that names the field.
Result<FormFields> form_fields(std::string_view body, std::size_t most);

// All but letters, digits and -._~ as %XX (RFC 3986, 2.1): fit for a form and for one part of a path.
std::string percent_encoded(std::string_view text);

// The body that form_fields() reads back.
std::string form_of(const FormFields& fields);

}  // namespace hotfixd::common
