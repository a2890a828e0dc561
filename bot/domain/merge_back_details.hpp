// What stands behind a verdict, as the channel is told when somebody asks.
#pragma once

#include "bot/domain/incident.hpp"
#include "bot/domain/input.hpp"
#include "bot/domain/message.hpp"

namespace hotfixd {

// The verdict, where each commit and hunk is, how the work landed, who changed the files since, what is in the way, and
// the command to look at it. Some of each: `hotfixd mergeback` prints all of it.
Message merge_back_details(const Incident& incident, const result::MergeBackExplained& explained);

}  // namespace hotfixd
