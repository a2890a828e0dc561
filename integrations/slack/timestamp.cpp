#include "integrations/slack/timestamp.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace hotfixd::slack {

std::optional<Timestamp> Timestamp::parse(std::string_view text) {
  constexpr std::size_t kMostSeconds = 11, kFraction = 6;  // eleven digits reach the year 5138
  const std::size_t dot = text.find('.');
  if (dot == 0 || dot == std::string_view::npos || dot > kMostSeconds || text.size() != dot + 1 + kFraction)
    return std::nullopt;
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (!std::ranges::all_of(text.substr(0, dot), is_digit) || !std::ranges::all_of(text.substr(dot + 1), is_digit))
    return std::nullopt;
  if (dot > 1 && text.front() == '0') return std::nullopt;  // would be written otherwise than it came
  Timestamp out;
  std::from_chars(text.data(), text.data() + dot, out.seconds_);
  std::from_chars(text.data() + dot + 1, text.data() + text.size(), out.micros_);
  return out;
}

std::string Timestamp::text() const { return fmt::format("{}.{:06}", seconds_, micros_); }
std::string Timestamp::digits() const { return fmt::format("{}{:06}", seconds_, micros_); }

}  // namespace hotfixd::slack
