// App Home: what `/hotfix mine` answers, as the view of views.publish.
#pragma once

#include "bot/domain/message.hpp"

namespace hotfixd::slack {

// JSON. Within Slack's limits of a view: lines that do not fit are left out from the end and counted. With a button
// that opens the form of declare. `zone`: see RenderOptions.
std::string home_view(const Message& message, std::string_view zone);

}  // namespace hotfixd::slack
