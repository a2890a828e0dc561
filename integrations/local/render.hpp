// Neutral messages as terminal text, and the one form every message has on a terminal.
#pragma once

#include "bot/domain/message.hpp"

namespace hotfixd::local {

struct RenderOptions {
  bool ansi = false;    // bold, strike and colour as escape sequences; plain text otherwise
  bool buttons = true;  // the choices as a last line "[1] Confirm  [2] Decline"
};

// Lines joined with '\n', no newline at the end. `zone` (IANA) is what clock, day and due are shown in.
// Everything in the message is made safe first: the only escape sequences in the result are ours.
std::string render_text(const Message& message, std::string_view zone, RenderOptions options = {});

// "HEADING: first line" with each further line indented by `indent` columns, so that no text can pass
// for a message of its own. `heading` is taken as it is, `body` must be safe already.
std::string render_entry(std::string_view heading, std::string_view body, std::size_t indent);

}  // namespace hotfixd::local
