// Plays a replay through Slack: what people do goes in as Slack's payloads, what the bot posts goes to the fake Slack.
#pragma once

#include "bot/cli/replay.hpp"
#include "tests/slack/world.hpp"

namespace hotfixd::testing {

// The story's people and channels get ids of Slack's: alice is UALICE, "#incidents" is C1, each further channel the
// next. `violations` is filled when the replay is over.
cli::MakeWay slack_way(Mode mode, std::vector<std::string>& violations);
// The story's name of a channel of Slack's, as the state names it ("slack:T1:C1"), for a whole text.
std::string with_story_names(std::string state);

}  // namespace hotfixd::testing
