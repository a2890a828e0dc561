// Somebody else's JSON: bounded before anything is built from it.
#pragma once

#include <nlohmann/json.hpp>

#include "bot/domain/basics.hpp"

namespace hotfixd::common {

struct JsonLimits {
  std::size_t bytes = 0, nesting = 0, values = 0;
};

// The object that `body` is; with `list_too` it may be a list. Larger, deeper or with more values than `limits`, not
// JSON, or neither of these: Problem::invalid that says which.
Result<nlohmann::json> parse_json(std::string_view body, const JsonLimits& limits, bool list_too = false);

// `text` as a JSON string, with its quotes. Malformed UTF-8 becomes U+FFFD.
std::string json_string(std::string_view text);

// The text `name` of an object; empty when there is none.
std::string text_at(const nlohmann::json& object, const char* name);

// The same text without what only its characters can make invalid: malformed UTF-8 bytes and \u escapes
// of half a surrogate pair become U+FFFD. Text that has neither is returned as it is.
std::string mended_json(std::string_view body);

}  // namespace hotfixd::common
