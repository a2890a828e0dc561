#include "integrations/common/answers.hpp"

#include <algorithm>
#include <charconv>

#include "bot/domain/basics.hpp"

namespace hotfixd::common {

bool is_redirect(int status) { return status == 301 || status == 302 || status == 307 || status == 308; }

std::optional<std::int64_t> number_in(std::string_view header) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(header.data(), header.data() + header.size(), number);
  return error == std::errc{} && end == header.data() + header.size() ? std::optional(number) : std::nullopt;
}

bool holds(std::string_view text, std::string_view words) {
  return std::ranges::search(text, words, [](char a, char b) { return same_word({&a, 1}, {&b, 1}); }).begin() !=
         text.end();
}

void hide(std::string& text, const std::string& secret) {
  if (secret.empty()) return;
  for (auto at = text.find(secret); at != std::string::npos; at = text.find(secret, at))
    text.replace(at, secret.size(), "[secret]");
}

}  // namespace hotfixd::common
