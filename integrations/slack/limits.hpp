// What Slack accepts of a message or a view, and what it would refuse (docs.slack.dev, Block Kit reference;
// @slack/types). Slack says "characters" and not of which kind: we count bytes of UTF-8, of which there are
// never fewer.
#pragma once

#include <cstddef>

namespace hotfixd::slack::limits {

inline constexpr std::size_t kText = 4000;          // of a message; chat.update refuses more (msg_too_long)
inline constexpr std::size_t kBlocks = 50;          // of a message
inline constexpr std::size_t kBlocksJson = 13'200;  // all of them, as JSON: beyond about that, msg_blocks_too_long
inline constexpr std::size_t kSection = 3000;       // text of a section
inline constexpr std::size_t kElements = 25;        // of an actions block
inline constexpr std::size_t kButtonLabel = 75;
inline constexpr std::size_t kButtonValue = 2000;
inline constexpr std::size_t kActionId = 255;
inline constexpr std::size_t kConfirmTitle = 100;
inline constexpr std::size_t kConfirmText = 300;
inline constexpr std::size_t kConfirmButton = 30;
inline constexpr std::size_t kUrl = 3000;

inline constexpr std::size_t kViewTitle = 24;  // and its two buttons
inline constexpr std::size_t kViewBlocks = 100;
inline constexpr std::size_t kHomeJson = 200'000;  // a view may have 250 kB
inline constexpr std::size_t kPrivateMetadata = 3000;
inline constexpr std::size_t kOptionText = 75;
inline constexpr std::size_t kOptionValue = 75;
inline constexpr std::size_t kSelectOptions = 100;
inline constexpr std::size_t kCheckboxes = 10;
inline constexpr std::size_t kInputLength = 3000;  // max_length of a plain_text_input

}  // namespace hotfixd::slack::limits
