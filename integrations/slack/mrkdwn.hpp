// Our lines in Slack's markup. Text from outside can neither mention, link nor format.
#pragma once

#include "bot/domain/message.hpp"

namespace hotfixd::slack {

// Any text as mrkdwn that shows it: `&`, `<` and `>` escaped (Slack has no other escapes), malformed UTF-8,
// control characters but newline and tab, and marks that turn the direction of writing replaced. What could
// format (`*` `_` `~` outside of a word, every backtick) becomes a character that looks like it, so that the
// text cannot open or close what we format. What must survive copying byte for byte belongs into code, where
// only the backtick is replaced.
std::string escaped(std::string_view text);
std::string escaped_code(std::string_view text);

// As plain_text, on one line of at most `limit` bytes, cut with "…". Angle brackets become ‹ and ›: whether
// Slack reads markup there or not, it finds none.
std::string plain_line(std::string_view text, std::size_t limit);

// An address that can stand in `<address|label>`: http or https with a host, what Slack's markup uses
// percent-encoded; nothing when it is none or longer than 1,900 bytes.
std::optional<std::string> link_address(std::string_view url);

// Is this the id of a user (U…, W…) that may be mentioned?
bool is_user_id(std::string_view id);
// Of a usergroup (S…)?
bool is_group_id(std::string_view id);
// Of a channel (C…, G…) that may be linked?
bool is_channel_id(std::string_view id);

// The message's lines, those that are longer than `limit` (at least 3,000) split at a space, else between
// characters; formatting is closed and opened again. Times are `<!date^…>` with the time in `zone` (IANA) as
// fallback, persons who are not users of Slack are written out.
std::vector<std::string> mrkdwn_lines(const Message& message, std::string_view zone, std::size_t limit);

}  // namespace hotfixd::slack
