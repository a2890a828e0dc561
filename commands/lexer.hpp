// Cuts a line into words: quotes, mentions and links are one word even when they hold spaces.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace hotfixd::commands {

struct Word {
  std::string text;                // without its quotes when `quoted`, as typed otherwise
  std::size_t begin = 0, end = 0;  // bytes of the line it was cut from, quotes included
  bool quoted = false;             // the whole word stood in quotes: never an option, never a keyword
};

// The words of `line`, in order. Never fails: a quote that is not closed is text.
//  * "…" and “…” and „…“ open at a word's beginning and close at the next such quote. When more
//    follows without a space ("a",) the word is kept as typed, but stays one word.
//  * '…' and ‘…’ open at a word's beginning and close at a word's end, so that don't stays a word.
//  * Inside quotes a backslash takes the next quote or backslash literally.
//  * --name="…" is one word; so are <@U1|Bob B>, <https://…|label> and <at>Bob B</at>.
std::vector<Word> split(std::string_view line);

// `text` without its quotes when all of it stands in one pair; nothing changes otherwise.
std::string unquoted(std::string_view text);

// The bytes of the dashes that can begin an option: 2 for "--", 3 for the long dash that phones and
// desks make of "--"; 0 when `text` does not begin like an option.
std::size_t option_dashes(std::string_view text);

}  // namespace hotfixd::commands
