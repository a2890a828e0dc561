// HTTP mode: slash commands, interactions and events as requests to us.
#pragma once

#include "bot/net/http_server.hpp"
#include "bot/ports/clock.hpp"
#include "integrations/slack/intake.hpp"

namespace hotfixd::slack {

// POST /slack/commands, /slack/interactions and /slack/events; each takes what any of them takes. The signature over
// the raw body comes before everything else (an unsigned ssl_check is answered and does nothing). Answers: 200 with the
// payload of a command, a challenge, or nothing; 400 malformed; 401 not signed by Slack or outside its five minutes;
// 413 over kBodyLimit; 503 not committed, so that Slack delivers again. All must outlive the server.
std::vector<net::Route> routes(std::string_view signing_secret, Intake& intake, const Clock& clock);

}  // namespace hotfixd::slack
