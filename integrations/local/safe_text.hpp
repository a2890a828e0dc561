// Makes text from people harmless to a terminal: nothing they write can move the cursor, set colours,
// change the window's title or reorder the line.
#pragma once

#include <string>
#include <string_view>

namespace hotfixd::local {

// Valid UTF-8 without control characters but newline and tab. C0 controls become their visible picture
// (ESC is "␛"), C1 controls, bidirectional overrides and isolates (U+202A..E, U+2066..9) and malformed
// bytes become U+FFFD; CR LF becomes newline. The result may be longer than the input, at most threefold.
std::string safe_text(std::string_view text);

// The same on one line: newlines and tabs become spaces.
std::string safe_line(std::string_view text);

}  // namespace hotfixd::local
