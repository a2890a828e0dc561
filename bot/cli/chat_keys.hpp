// Bytes from a terminal as the characters libedit expects; pasted lines stay one line being typed.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <string_view>

namespace hotfixd::cli {

// Stands for a newline inside the line being typed, because the editor shows one line only.
constexpr wchar_t pasted_newline = L'\u23CE';  // ⏎

// Knows bracketed paste (xterm's mode 2004: ESC[200~ … ESC[201~). In a paste newlines become
// pasted_newline, tabs spaces, and other control characters are dropped, so that no pasted text can act
// as a key. Malformed UTF-8 becomes U+FFFD.
class KeyReader {
 public:
  void feed(std::string_view bytes);
  std::optional<wchar_t> next();
  // Is the rest the beginning of a character or of a paste mark?
  bool incomplete() const { return !bytes_.empty(); }
  // No more will follow soon: takes an incomplete beginning as it is.
  void flush();

 private:
  void decode(bool all);
  void put(wchar_t c);

  std::string bytes_;
  std::deque<wchar_t> keys_;
  bool pasting_ = false, after_return_ = false;
};

std::wstring widen(std::string_view utf8);
std::string narrow(std::wstring_view text);

}  // namespace hotfixd::cli
