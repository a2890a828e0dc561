// What stands behind a verdict, as the channel is told when somebody asks.
#pragma once

#include "bot/domain/incident.hpp"
#include "bot/domain/input.hpp"
#include "bot/domain/message.hpp"

namespace hotfixd {

// "there", "lacking" or "conflicts".
std::string_view word(MergeBackReport::Hunk::State state);
// A commit's own verdict; "EMPTY" when it changes nothing.
std::string_view word(const MergeBackReport::Commit& commit);
// "src/a.py:10"; "run.sh (mode 100755)" of what has no lines.
std::string place(const MergeBackReport::Hunk& hunk);

// The verdict, where each commit and hunk is, how the work landed, who changed the files since, what is in the way, and
// the command to look at it. Some of each: `hotfixd mergeback` prints all of it.
Message merge_back_details(const Incident& incident, const result::MergeBackExplained& explained);

}  // namespace hotfixd
