#include "bot/domain/glob.hpp"

namespace hotfixd {

namespace {

// Backtracks to the last star only, so the time is at most |pattern| x |text|.
bool matches(std::string_view pattern, std::string_view text, bool slashes) {
  std::size_t p = 0, t = 0, star = std::string_view::npos, star_text = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      star_text = t;
    } else if (p < pattern.size() && (pattern[p] == text[t] || (pattern[p] == '?' && (slashes || text[t] != '/')))) {
      ++p, ++t;
    } else if (star != std::string_view::npos && (slashes || text[star_text] != '/')) {
      p = star + 1;
      t = ++star_text;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

}  // namespace

bool glob_matches(std::string_view pattern, std::string_view text) { return matches(pattern, text, false); }
bool text_matches(std::string_view pattern, std::string_view text) { return matches(pattern, text, true); }

}  // namespace hotfixd
