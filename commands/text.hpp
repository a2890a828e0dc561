// Small helpers for text that people typed: trimming, comparing, cutting, and the nearest known word.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hotfixd::commands {

// Bytes of the white space character that begins at `at`; 0 when there is none. Space, tab, newline,
// and the no-break space that Teams puts after a mention.
std::size_t space_at(std::string_view text, std::size_t at);

// `text` without white space at both ends.
std::string_view trim(std::string_view text);

// ASCII letters lowered; every other byte is kept.
std::string lower(std::string_view text);

bool is_digits(std::string_view text);  // one or more of 0-9

// Equal but for ASCII case, and '-', '_' and ' ' count as the same: "Root cause" is "root_cause".
bool same_word(std::string_view a, std::string_view b);

// As shown inside an error: newlines as spaces, cut after 40 bytes at a character's edge.
std::string shown(std::string_view text);

// "a", "a or b", "a, b or c".
std::string either(std::span<const std::string_view> words);

// UTF-8 as RFC 3629 defines it: no overlong forms, no surrogates, nothing above U+10FFFF.
bool is_utf8(std::string_view text);

// A control character other than newline and tab (C0, DEL, C1). `text` is valid UTF-8.
bool has_control(std::string_view text);

// The candidate that `word` most likely meant; empty when none is near. Near is at most a third of
// the letters inserted, dropped, changed or swapped (optimal string alignment distance), or one being
// the beginning of the other. The first of equals wins.
std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates);

}  // namespace hotfixd::commands
