// What is looked for in the answers of more than one web API.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hotfixd::common {

// 301, 302, 307 or 308.
bool is_redirect(int status);

// A header that is one whole decimal number, with or without a minus; nothing for any other form.
std::optional<std::int64_t> number_in(std::string_view header);

// Do these words stand in the text, in any case of ASCII letters?
bool holds(std::string_view text, std::string_view words);

// Writes "[secret]" wherever the secret stands in the text; an empty one stands nowhere.
void hide(std::string& text, const std::string& secret);

}  // namespace hotfixd::common
