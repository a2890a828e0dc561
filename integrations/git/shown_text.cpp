#include "integrations/git/shown_text.hpp"

#include <iconv.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <system_error>

namespace hotfixd::git {
namespace {

constexpr char32_t kReplacement = U'\uFFFD';
constexpr char32_t kEscape = 0x1b, kBell = 0x07;
constexpr const char* kCharacters = "WCHAR_T";  // built into glibc, as UTF-8 is; the others are files
static_assert(sizeof(wchar_t) == sizeof(char32_t));

class Converter {
 public:
  Converter(const char* to, const char* from) : handle_(::iconv_open(to, from)) {}
  ~Converter() {
    if (opened()) ::iconv_close(handle_);
  }
  Converter(const Converter&) = delete;
  Converter& operator=(const Converter&) = delete;
  bool opened() const { return handle_ != reinterpret_cast<iconv_t>(-1); }

  // The characters of `bytes`; each byte that is none is replaced and counted.
  std::u32string characters(std::string_view bytes, std::size_t& bad) {
    std::u32string out;
    std::array<char32_t, 256> buffer;
    char* in = const_cast<char*>(bytes.data());  // iconv does not write to it
    std::size_t left = bytes.size();
    while (left > 0) {
      char* to = reinterpret_cast<char*>(buffer.data());
      std::size_t room = sizeof buffer;
      const std::size_t rc = ::iconv(handle_, &in, &left, &to, &room);
      out.append(buffer.data(), (sizeof buffer - room) / sizeof(char32_t));
      if (rc != static_cast<std::size_t>(-1) || errno == E2BIG) continue;
      out += kReplacement;
      ++bad;
      ++in;
      --left;
    }
    return out;
  }

 private:
  iconv_t handle_;
};

bool between(char32_t c, char32_t low, char32_t high) { return c >= low && c <= high; }

void append_utf8(std::string& out, char32_t c) {
  if (between(c, 0xd800, 0xdfff) || c > 0x10ffff) c = kReplacement;
  const auto put = [&](char32_t lead, int shift) {
    out += static_cast<char>(lead | (c >> shift));
    while ((shift -= 6) >= 0) out += static_cast<char>(0x80 | (c >> shift & 0x3f));
  };
  if (c < 0x80) return put(0, 0);
  if (c < 0x800) return put(0xc0, 6);
  if (c < 0x10000) return put(0xe0, 12);
  put(0xf0, 18);
}

std::u32string utf8_characters(std::string_view bytes, std::size_t& bad) {
  Converter converter(kCharacters, "UTF-8");
  if (!converter.opened()) throw std::system_error(errno, std::generic_category(), "iconv from UTF-8");
  return converter.characters(bytes, bad);
}

// Where the terminal sequence that starts at `at` ends (ECMA-48 5.3 to 5.6): the place of its last character.
std::size_t end_of_sequence(std::u32string_view text, std::size_t at) {
  const bool eight_bit = text[at] != kEscape;
  const char32_t kind = eight_bit ? text[at] - 0x40 : at + 1 < text.size() ? text[at + 1] : 0;
  std::size_t i = eight_bit ? at + 1 : at + 2;
  if (kind == U'[') {
    while (i < text.size() && between(text[i], 0x20, 0x3f)) ++i;
    return std::min(i, text.size() - 1);
  }
  if (kind == U']' || kind == U'P' || kind == U'_' || kind == U'^' || kind == U'X') {
    for (; i < text.size(); ++i) {
      if (text[i] == kBell || text[i] == 0x9c) return i;
      if (text[i] == kEscape) return i + 1 < text.size() && text[i + 1] == U'\\' ? i + 1 : i - 1;
    }
    return text.size() - 1;
  }
  if (eight_bit || kind == 0) return at;
  i = at + 1;
  while (i < text.size() && between(text[i], 0x20, 0x2f)) ++i;
  return i < text.size() && between(text[i], 0x30, 0x7e) ? i : i - 1;
}

bool turns_writing(char32_t c) {
  return between(c, 0x202a, 0x202e) || between(c, 0x2066, 0x2069) || c == 0x200e || c == 0x200f || c == 0x61c;
}

bool is_blank(char32_t c) { return c <= 0x20 || between(c, 0x7f, 0xa0) || c == 0x2028 || c == 0x2029; }

std::string one_line(std::u32string_view text, std::size_t limit) {
  std::string out;
  std::size_t count = 0;
  bool blank = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char32_t c = text[i];
    if (c == kEscape || between(c, 0x80, 0x9f)) {
      const std::size_t end = end_of_sequence(text, i);
      if (end == i && c != kEscape) blank = true;
      i = end;
    } else if (is_blank(c)) {
      blank = true;
    } else if (!turns_writing(c)) {
      if (count + 2 > limit) return out + "…";
      if (blank && !out.empty()) out += ' ', ++count;
      blank = false;
      append_utf8(out, c), ++count;
    }
  }
  return out;
}

// The name for iconv of an encoding that is honoured. Never the header's own word: iconv takes options in names.
std::optional<std::string> honoured(const char* encoding) {
  if (encoding == nullptr) return std::nullopt;
  std::string name;
  for (const char* c = encoding; *c != 0 && name.size() < 20; ++c)
    if (*c != '-' && *c != '_') name += static_cast<char>(*c >= 'a' && *c <= 'z' ? *c - 'a' + 'A' : *c);
  const auto digits_after = [&](std::string_view start, std::size_t most) {
    return name.starts_with(start) && name.size() > start.size() && name.size() <= start.size() + most &&
           std::all_of(name.begin() + static_cast<std::ptrdiff_t>(start.size()), name.end(),
                       [](char c) { return c >= '0' && c <= '9'; });
  };
  if (digits_after("ISO8859", 2)) return "ISO-8859-" + name.substr(7);
  if (name == "LATIN1") return "ISO-8859-1";
  if (digits_after("WINDOWS125", 1)) return "CP125" + name.substr(10);
  if (digits_after("CP125", 1)) return name;
  if (name == "KOI8R" || name == "KOI8U") return "KOI8-" + name.substr(4);
  return std::nullopt;
}

}  // namespace

std::string shown(std::string_view bytes, std::size_t limit) { return shown_in(bytes, nullptr, limit); }

std::string shown_in(std::string_view bytes, const char* encoding, std::size_t limit) {
  std::size_t bad = 0;
  if (const auto from = honoured(encoding)) {
    Converter converter(kCharacters, from->c_str());  // may be absent: a libc without its tables
    if (converter.opened()) return one_line(converter.characters(bytes, bad), limit);
  }
  return one_line(utf8_characters(bytes, bad), limit);
}

std::string quoted_line(std::string_view line) {
  constexpr std::size_t kLongest = 60;
  line.remove_prefix(std::min(line.size(), line.find_first_not_of(" \t")));
  return "\"" + shown(line, kLongest) + "\"";
}

bool is_utf8(std::string_view bytes) {
  std::size_t bad = 0;
  utf8_characters(bytes, bad);
  return bad == 0;
}

}  // namespace hotfixd::git
