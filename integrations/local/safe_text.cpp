#include "integrations/local/safe_text.hpp"

#include "integrations/common/utf8.hpp"

namespace hotfixd::local {
namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";  // U+FFFD

bool reorders(char32_t c) { return (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069); }

void append_picture(std::string& out, char32_t control) {
  const char32_t picture = control == 0x7F ? 0x2421 : 0x2400 + control;
  common::append_utf8(out, picture);
}

std::string made_safe(std::string_view text, bool one_line) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    const auto [c, length] = common::decode_utf8(text.substr(i));
    if (length == 0) {
      out += replacement;
      ++i;
      continue;
    }
    if (c == '\r' && i + 1 < text.size() && text[i + 1] == '\n') {
      ++i;
      continue;
    }
    if (c == '\n' || c == '\t') {
      out += one_line ? ' ' : static_cast<char>(c);
    } else if (c == 0x2028 || c == 0x2029) {  // Unicode's own line and paragraph separators
      out += one_line ? ' ' : '\n';
    } else if (c < 0x20 || c == 0x7F) {
      append_picture(out, c);
    } else if ((c >= 0x80 && c < 0xA0) || reorders(c)) {
      out += replacement;
    } else {
      out += text.substr(i, length);
    }
    i += length;
  }
  return out;
}

}  // namespace

std::string safe_text(std::string_view text) { return made_safe(text, false); }
std::string safe_line(std::string_view text) { return made_safe(text, true); }

}  // namespace hotfixd::local
