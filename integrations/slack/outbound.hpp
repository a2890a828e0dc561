// What we say in Slack: a neutral Message as Block Kit within all of Slack's limits, and the arguments of
// the methods that carry it. Pure, and the same Message always gives the same bytes.
#pragma once

#include "bot/domain/message.hpp"
#include "integrations/slack/timestamp.hpp"

namespace hotfixd::slack {

// metadata.event_type of every post of ours. Metadata is readable by every app of the workspace.
inline constexpr std::string_view kMetadataEvent = "hotfixd_post";

struct RenderOptions {
  std::string zone = "UTC";             // IANA, for those who cannot show <!date>
  std::string more = "/hotfix status";  // where what did not fit can be read
};

struct Rendered {
  std::string text;    // mrkdwn, what notifications show; never empty
  std::string blocks;  // a JSON array: sections of mrkdwn and actions; never empty
};

// Never fails. Lines that do not fit are left out from the end and counted: "… 12 more lines: /hotfix status".
// Buttons become actions; one whose value or id Slack would refuse, or that does not fit, is left out and
// counted: cut, it would mean something else. Dangerous ones ask first.
Rendered render(const Message& message, const RenderOptions& options = {});

// Within one message Slack wants every action_id once; ours name what a button does, which several may do.
// The n-th button of an id (from 1) is "<id>" or "<id>#<n>", and button_id() takes that back.
std::string action_id(std::string_view button, std::size_t nth);
std::string_view button_id(std::string_view action_id);

// Arguments of chat.postMessage as JSON. `key` goes into the metadata as event_payload.op_id: after an
// unknown outcome it is looked for in the channel's history. Links are not unfurled.
std::string post_arguments(std::string_view channel, const Rendered& rendered, std::string_view key,
                           const std::optional<Timestamp>& thread = std::nullopt);
// Of chat.update. Without metadata: what is left out stays as it was (docs, "chat.update": "If you don't include this
// field, the message's previous metadata will be retained").
std::string update_arguments(std::string_view channel, const Timestamp& ts, const Rendered& rendered);
// Of chat.postEphemeral. `thread`: the parent's ts; empty = in the channel.
std::string ephemeral_arguments(std::string_view channel, std::string_view user, const Rendered& rendered,
                                std::string_view thread = {});
// Of chat.postMessage to one person alone. Without metadata: such an answer is not looked for again.
std::string direct_arguments(std::string_view user, const Rendered& rendered);
// The answer to a slash command: as acknowledgement's payload, as body of the HTTP answer, or for its
// response_url. Only to the person, or to the channel.
std::string answer(const Rendered& rendered, bool in_channel);
// The same for the response_url of a press: replaces the message whose button was pressed.
std::string replacement(const Rendered& rendered);

}  // namespace hotfixd::slack
