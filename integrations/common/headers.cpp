#include "integrations/common/headers.hpp"

#include <algorithm>

namespace hotfixd::common {

std::optional<Seconds> retry_after(std::string_view header) {
  constexpr std::int64_t kLongest = 3600;
  std::int64_t seconds = 0;
  if (header.empty() || header.size() > 6) return std::nullopt;
  for (const char c : header) {
    if (c < '0' || c > '9') return std::nullopt;
    seconds = seconds * 10 + (c - '0');
  }
  return Seconds{std::clamp<std::int64_t>(seconds, 1, kLongest)};
}

std::vector<std::string> names_in(std::string_view header) {
  std::vector<std::string> all(1);
  for (const char c : header) {
    if (c == ',')
      all.emplace_back();
    else if (c != ' ')
      all.back() += c;
  }
  std::erase(all, "");
  return all;
}

}  // namespace hotfixd::common
