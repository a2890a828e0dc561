// Text from repositories and servers, made fit to be shown: git gives bytes, the rest of the program takes UTF-8.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace hotfixd::git {

// Valid UTF-8 on one line. Bytes that are not UTF-8 become U+FFFD each; terminal sequences (ECMA-48: colours, titles,
// links) and characters that turn the direction of writing are taken out; control characters and runs of blanks become
// one space, none at the ends. Cut after `limit` characters, with "…".
std::string shown(std::string_view bytes, std::size_t limit = 10'000);

// The same for what is written in the encoding that a commit's header names. ISO-8859-*, windows-125* and KOI8-* are
// honoured; anything else, and no encoding (null), is taken for UTF-8, as git does.
std::string shown_in(std::string_view bytes, const char* encoding, std::size_t limit = 10'000);

// A line of a file in a sentence: in quotes, without its indentation, cut after 60 characters.
std::string quoted_line(std::string_view line);

bool is_utf8(std::string_view bytes);

}  // namespace hotfixd::git
