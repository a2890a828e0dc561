#include "commands/lexer.hpp"

#include <array>
#include <optional>

#include "commands/text.hpp"

namespace hotfixd::commands {
namespace {

struct Quote {
  std::string_view open;
  std::array<std::string_view, 2> close;
  bool ends_word;  // closes only where the word ends
};

constexpr std::array<Quote, 6> kQuotes{{
    {"\"", {"\"", "\""}, false},
    {"“", {"”", "“"}, false},
    {"”", {"”", "”"}, false},
    {"„", {"“", "”"}, false},
    {"'", {"'", "'"}, true},
    {"‘", {"’", "’"}, true},
}};

bool word_ends(std::string_view line, std::size_t at) { return at >= line.size() || space_at(line, at) > 0; }

// What a backslash protects: a quote of the same kind or another backslash.
std::size_t escaped_bytes(std::string_view after, const Quote& quote) {
  if (after.starts_with('\\')) return 1;
  if (after.starts_with(quote.open)) return quote.open.size();
  for (const std::string_view close : quote.close) {
    if (after.starts_with(close)) return close.size();
  }
  return 0;
}

struct Quoted {
  std::string text;
  std::size_t end;  // past the closing quote
};

// The kinds of quotes that were looked for up to the line's end in vain: none that opens later closes
// either, and a line full of them would take a time that grows with its square.
using Unclosed = std::array<bool, kQuotes.size()>;

std::optional<Quoted> quoted_at(std::string_view line, std::size_t at, Unclosed& unclosed) {
  for (std::size_t kind = 0; kind < kQuotes.size(); ++kind) {
    const Quote& quote = kQuotes[kind];
    if (!line.substr(at).starts_with(quote.open)) continue;
    if (unclosed[kind]) return std::nullopt;
    std::string text;
    for (std::size_t i = at + quote.open.size(); i < line.size();) {
      const std::string_view here = line.substr(i);
      if (here.front() == '\\') {
        const std::size_t bytes = escaped_bytes(here.substr(1), quote);
        text += bytes > 0 ? here.substr(1, bytes) : here.substr(0, 1);
        i += 1 + bytes;
        continue;
      }
      for (const std::string_view close : quote.close) {
        if (here.starts_with(close) && (!quote.ends_word || word_ends(line, i + close.size()))) {
          return Quoted{std::move(text), i + close.size()};
        }
      }
      text += here.front();
      ++i;
    }
    unclosed[kind] = true;
    return std::nullopt;
  }
  return std::nullopt;
}

// The end of a mention or link in angle brackets that begins at `at`; nothing when there is none.
std::optional<std::size_t> bracket_end(std::string_view line, std::size_t at) {
  const std::string_view here = line.substr(at);
  if (here.starts_with("<at>") || here.starts_with("<at ")) {
    const std::size_t close = here.find("</at>");
    if (close != std::string_view::npos) return at + close + 5;
  } else if (here.starts_with("<@") || here.starts_with("<http://") || here.starts_with("<https://")) {
    const std::size_t close = here.find_first_of(">\n");
    if (close != std::string_view::npos && here[close] == '>') return at + close + 1;
  }
  return std::nullopt;
}

bool is_name_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
}

// Where the value of --name= begins; 0 when the word at `at` is no such option.
std::size_t inline_value(std::string_view line, std::size_t at) {
  const std::size_t dashes = option_dashes(line.substr(at));
  if (dashes == 0) return 0;
  std::size_t i = at + dashes;
  while (i < line.size() && is_name_byte(line[i])) ++i;
  return i > at + dashes && i < line.size() && line[i] == '=' ? i + 1 : 0;
}

std::size_t next_space(std::string_view line, std::size_t at) {
  while (!word_ends(line, at)) ++at;
  return at;
}

Word word_at(std::string_view line, std::size_t at, Unclosed& unclosed) {
  std::size_t end = at;
  if (auto quoted = quoted_at(line, at, unclosed)) {
    if (word_ends(line, quoted->end)) return {std::move(quoted->text), at, quoted->end, true};
    end = quoted->end;
  } else if (const auto bracket = bracket_end(line, at)) {
    end = *bracket;
  } else if (const std::size_t value = inline_value(line, at)) {
    const auto inner = quoted_at(line, value, unclosed);
    end = inner ? inner->end : value;
  }
  end = next_space(line, end);
  return {std::string(line.substr(at, end - at)), at, end, false};
}

}  // namespace

std::vector<Word> split(std::string_view line) {
  std::vector<Word> words;
  Unclosed unclosed{};
  for (std::size_t i = 0; i < line.size();) {
    if (const std::size_t space = space_at(line, i)) {
      i += space;
      continue;
    }
    words.push_back(word_at(line, i, unclosed));
    i = words.back().end;
  }
  return words;
}

std::string unquoted(std::string_view text) {
  Unclosed unclosed{};
  if (auto quoted = text.empty() ? std::nullopt : quoted_at(text, 0, unclosed); quoted && quoted->end == text.size()) {
    return std::move(quoted->text);
  }
  return std::string(text);
}

std::size_t option_dashes(std::string_view text) {
  if (text.starts_with("--")) return 2;
  return text.starts_with("—") || text.starts_with("–") ? 3 : 0;
}

}  // namespace hotfixd::commands
