// `hotfixd check --online` for Slack: who the bot is, and what its app lacks.
#pragma once

#include "bot/cli/check.hpp"

namespace hotfixd::cli {

// Needs config.slack.bot_token. Nothing is changed at Slack and no WebSocket is opened, so a running `serve` loses no
// event. Scopes are told from the header of an answer; events, commands and settings need slack.config_token, which is
// read here (apps.manifest.export).
std::vector<Finding> slack_findings(const Config& config);

}  // namespace hotfixd::cli
