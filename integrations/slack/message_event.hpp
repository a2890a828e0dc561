// Inside the decoder: what frames, interactions, events and history share. Not for other rooms.
#pragma once

#include "integrations/common/fields.hpp"
#include "integrations/slack/inbound.hpp"

namespace hotfixd::slack {

// One line of text, empty when it is missing; another type is the Fields' problem.
std::string word(common::TextFields& in, std::string_view path);
// The first of these that is not empty.
std::string first_word(common::TextFields& in, std::initializer_list<std::string_view> paths);
// The elements of a list; none when it is missing or no list.
const nlohmann::json& list(common::Fields& in, std::string_view path);
// A ts that must be there.
Timestamp stamp(common::Fields& in, std::string_view path);
// A ts that may be missing; one of another form counts as missing.
std::optional<Timestamp> stamp_if_any(common::Fields& in, std::string_view path);
// The name of a type as it may be logged: cut, and only letters, digits, '_', '.' and '-'.
std::string shown_type(std::string_view type);

// Of a message object.
Author author_of(common::Fields& message, const Workspace& workspace);
// Its text; that of its attachments or blocks when it is empty and a bot wrote it.
std::string text_of(common::Fields& message);

// An event `message` or `app_mention`, or a message of the history (then `channel` is known).
What read_message(common::Fields& event, const ChannelRef& channel, const Self& self, bool direct);

// The body of the Events API, or the payload of an events_api frame: fills in everything but the envelope.
void read_event(Incoming& out, const nlohmann::json& body, const Self& self);

}  // namespace hotfixd::slack
