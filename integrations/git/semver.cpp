#include "integrations/git/semver.hpp"

#include <algorithm>
#include <charconv>

namespace hotfixd::git {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool all_digits(std::string_view s) { return !s.empty() && std::ranges::all_of(s, is_digit); }

// Takes a number without leading zero from the front of `rest`.
std::optional<std::uint64_t> take_number(std::string_view& rest) {
  std::size_t length = 0;
  while (length < rest.size() && is_digit(rest[length])) ++length;
  if (length == 0 || length > 18 || (length > 1 && rest[0] == '0')) return std::nullopt;
  std::uint64_t value = 0;
  std::from_chars(rest.data(), rest.data() + length, value);
  rest.remove_prefix(length);
  return value;
}

bool take(std::string_view& rest, char c) {
  if (rest.empty() || rest[0] != c) return false;
  rest.remove_prefix(1);
  return true;
}

// Dot-separated identifiers of [0-9A-Za-z-], none empty; numeric ones without leading zero if `strict`.
bool identifiers_ok(std::string_view text, bool strict) {
  while (true) {
    const std::size_t dot = text.find('.');
    const std::string_view part = text.substr(0, dot);
    const auto allowed = [](char c) {
      return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
    };
    if (part.empty() || !std::ranges::all_of(part, allowed)) return false;
    if (strict && all_digits(part) && part.size() > 1 && part[0] == '0') return false;
    if (dot == std::string_view::npos) return true;
    text.remove_prefix(dot + 1);
  }
}

int sign(auto ordering) { return ordering < 0 ? -1 : ordering > 0 ? 1 : 0; }

int compare_identifier(std::string_view a, std::string_view b) {
  const bool a_number = all_digits(a), b_number = all_digits(b);
  if (a_number != b_number) return a_number ? -1 : 1;
  if (a_number && a.size() != b.size()) return a.size() < b.size() ? -1 : 1;
  return sign(a <=> b);
}

int compare_pre_release(std::string_view a, std::string_view b) {
  if (a.empty() || b.empty()) return a.empty() == b.empty() ? 0 : a.empty() ? 1 : -1;
  while (true) {
    const std::size_t a_dot = a.find('.'), b_dot = b.find('.');
    if (const int c = compare_identifier(a.substr(0, a_dot), b.substr(0, b_dot)); c != 0) return c;
    const bool a_ends = a_dot == std::string_view::npos, b_ends = b_dot == std::string_view::npos;
    if (a_ends || b_ends) return a_ends == b_ends ? 0 : a_ends ? -1 : 1;
    a.remove_prefix(a_dot + 1);
    b.remove_prefix(b_dot + 1);
  }
}

constexpr std::string_view kBetween = "/-_";

// The numbers of a part of a name, "2.4.x" → 2, 4; none when it is no version.
std::vector<std::uint64_t> numbers_in(std::string_view part) {
  if (part.starts_with('v') || part.starts_with('V')) part.remove_prefix(1);
  part = part.substr(0, part.find('+'));
  std::vector<std::uint64_t> numbers;
  bool open = false;  // after "x" no number follows
  while (true) {
    const auto dot = part.find('.');
    const auto one = part.substr(0, dot);
    if (one == "x" || one == "X" || one == "*") {
      open = true;
    } else {
      std::uint64_t number = 0;
      const auto read = std::from_chars(one.data(), one.data() + one.size(), number);
      if (open || !all_digits(one) || one.size() > 18 || read.ec != std::errc{}) return {};
      numbers.push_back(number);
    }
    if (dot == std::string_view::npos) return numbers;
    part.remove_prefix(dot + 1);
  }
}

}  // namespace

std::optional<ReleaseLine> release_line(std::string_view name) {
  std::vector<std::uint64_t> best;
  const auto last = name.substr(name.rfind('/') + 1);
  while (true) {
    const auto end = name.find_first_of(kBetween);
    if (auto numbers = numbers_in(name.substr(0, end)); !numbers.empty() && numbers.size() >= best.size())
      best = std::move(numbers);
    if (end == std::string_view::npos) break;
    name.remove_prefix(end + 1);
  }
  // One number alone may count anything ("team-1/main"), but where it is the whole of the last part.
  if (best.empty() || (best.size() == 1 && numbers_in(last) != best)) return std::nullopt;
  const auto number = [&](std::size_t n) { return best.size() > n ? std::optional(best[n]) : std::nullopt; };
  return ReleaseLine{best[0], number(1), number(2)};
}

bool older(const ReleaseLine& line, const ReleaseLine& base) {
  if (line.major != base.major) return line.major < base.major;
  if (!line.minor || !base.minor || *line.minor != *base.minor)
    return line.minor && base.minor && *line.minor < *base.minor;
  return line.patch && base.patch && *line.patch < *base.patch;
}

std::string Version::text() const {
  std::string text = prefix + std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(patch);
  if (!pre_release.empty()) text += "-" + pre_release;
  if (!build.empty()) text += "+" + build;
  return text;
}

std::optional<Version> parse_version(std::string_view tag) {
  const auto digit = std::ranges::find_if(tag, is_digit);
  Version version;
  version.prefix = std::string(tag.begin(), digit);
  std::string_view rest = tag.substr(version.prefix.size());
  const auto major = take_number(rest);
  if (!major || !take(rest, '.')) return std::nullopt;
  const auto minor = take_number(rest);
  if (!minor || !take(rest, '.')) return std::nullopt;
  const auto patch = take_number(rest);
  if (!patch) return std::nullopt;
  version.major = *major, version.minor = *minor, version.patch = *patch;
  if (const std::size_t plus = rest.find('+'); plus != std::string_view::npos) {
    version.build = std::string(rest.substr(plus + 1));
    rest = rest.substr(0, plus);
    if (!identifiers_ok(version.build, false)) return std::nullopt;
  }
  if (take(rest, '-')) {
    version.pre_release = std::string(rest);
    if (!identifiers_ok(version.pre_release, true)) return std::nullopt;
    rest = {};
  }
  if (!rest.empty()) return std::nullopt;
  return version;
}

int compare(const Version& a, const Version& b) {
  if (a.major != b.major) return a.major < b.major ? -1 : 1;
  if (a.minor != b.minor) return a.minor < b.minor ? -1 : 1;
  if (a.patch != b.patch) return a.patch < b.patch ? -1 : 1;
  return compare_pre_release(a.pre_release, b.pre_release);
}

bool newer(std::string_view a, std::string_view b) {
  const auto left = parse_version(a), right = parse_version(b);
  return left && right && left->prefix == right->prefix && compare(*left, *right) > 0;
}

std::optional<std::string> newest(const std::vector<std::string>& tags, std::string_view prefix) {
  std::optional<Version> best;
  for (const std::string& tag : tags) {
    auto version = parse_version(tag);
    if (!version || version->prefix != prefix || !version->pre_release.empty()) continue;
    if (!best || compare(*version, *best) > 0) best = std::move(version);
  }
  if (!best) return std::nullopt;
  return best->text();
}

std::optional<std::string> next_patch(std::string_view tag, const std::function<bool(const std::string&)>& taken) {
  auto version = parse_version(tag);
  if (!version) return std::nullopt;
  version->pre_release.clear();
  version->build.clear();
  for (int tries = 0; tries < 1000; ++tries) {
    ++version->patch;
    std::string text = version->text();
    if (!taken || !taken(text)) return text;
  }
  return std::nullopt;
}

}  // namespace hotfixd::git
