#include "bot/cli/chat_keys.hpp"

#include "integrations/local/safe_text.hpp"

namespace hotfixd::cli {
namespace {

constexpr std::string_view paste_begin = "\x1b[200~", paste_end = "\x1b[201~";
// More than this many keys waiting is no person typing; the store refuses such a message anyway.
constexpr std::size_t most_keys = 64 * 1024;
constexpr wchar_t malformed = L'\uFFFD';
static_assert(sizeof(wchar_t) == 4, "one wchar_t is one code point");

std::size_t length_of(char lead) {
  const auto byte = static_cast<unsigned char>(lead);
  return byte < 0x80 ? 1 : byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 1;
}

// The first code point of `text`, which holds length_of() bytes; safe_text() has made it well-formed.
wchar_t code_point(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<char32_t>(static_cast<unsigned char>(text[i])); };
  switch (length_of(text[0])) {
    case 1:
      return static_cast<wchar_t>(byte(0));
    case 2:
      return static_cast<wchar_t>((byte(0) & 0x1F) << 6 | (byte(1) & 0x3F));
    case 3:
      return static_cast<wchar_t>((byte(0) & 0x0F) << 12 | (byte(1) & 0x3F) << 6 | (byte(2) & 0x3F));
    default:
      return static_cast<wchar_t>((byte(0) & 0x07) << 18 | (byte(1) & 0x3F) << 12 | (byte(2) & 0x3F) << 6 |
                                  (byte(3) & 0x3F));
  }
}

}  // namespace

void KeyReader::feed(std::string_view bytes) {
  bytes_ += bytes;
  decode(false);
}

void KeyReader::flush() { decode(true); }

std::optional<wchar_t> KeyReader::next() {
  if (keys_.empty()) return std::nullopt;
  const wchar_t key = keys_.front();
  keys_.pop_front();
  return key;
}

void KeyReader::decode(bool all) {
  std::string_view rest = bytes_;
  while (!rest.empty()) {
    const std::string_view mark = pasting_ ? paste_end : paste_begin;
    if (rest.starts_with(mark)) {
      pasting_ = !pasting_;
      after_return_ = false;
      rest.remove_prefix(mark.size());
      continue;
    }
    if (!all && mark.starts_with(rest)) break;
    const std::size_t length = length_of(rest[0]);
    if (rest.size() < length && !all) break;
    const std::string_view sequence = rest.substr(0, length);
    if (static_cast<unsigned char>(rest[0]) < 0x80) {
      put(static_cast<wchar_t>(rest[0]));
      rest.remove_prefix(1);
    } else if (const std::string safe = local::safe_line(sequence); safe == sequence) {
      put(code_point(safe));
      rest.remove_prefix(length);
    } else {
      put(malformed);
      rest.remove_prefix(1);
      while (!rest.empty() && (static_cast<unsigned char>(rest[0]) & 0xC0) == 0x80) rest.remove_prefix(1);
    }
  }
  bytes_ = std::string(rest);
}

void KeyReader::put(wchar_t c) {
  if (keys_.size() >= most_keys) return;
  if (!pasting_) {
    keys_.push_back(c);
    return;
  }
  const bool follows_return = after_return_;
  after_return_ = c == L'\r';
  if (c == L'\r' || (c == L'\n' && !follows_return))
    keys_.push_back(pasted_newline);
  else if (c == L'\t')
    keys_.push_back(L' ');
  else if (c >= L' ' && c != 0x7F)
    keys_.push_back(c);
}

std::wstring widen(std::string_view utf8) {
  const std::string safe = local::safe_line(utf8);
  std::wstring out;
  for (std::size_t i = 0; i < safe.size(); i += length_of(safe[i])) out += code_point(std::string_view(safe).substr(i));
  return out;
}

std::string narrow(std::wstring_view text) {
  std::string out;
  for (const wchar_t wide : text) {
    const auto c = static_cast<char32_t>(wide);
    if (c < 0x80) {
      out += static_cast<char>(c);
    } else if (c < 0x800) {
      out += static_cast<char>(0xC0 | (c >> 6));
      out += static_cast<char>(0x80 | (c & 0x3F));
    } else if (c < 0x10000) {
      out += static_cast<char>(0xE0 | (c >> 12));
      out += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
      out += static_cast<char>(0x80 | (c & 0x3F));
    } else {
      out += static_cast<char>(0xF0 | (c >> 18));
      out += static_cast<char>(0x80 | ((c >> 12) & 0x3F));
      out += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
      out += static_cast<char>(0x80 | (c & 0x3F));
    }
  }
  return out;
}

}  // namespace hotfixd::cli
