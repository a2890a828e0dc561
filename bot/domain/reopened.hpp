// The message that a merge-back is owed again, and who moved the line so.
#pragma once

#include "bot/domain/incident.hpp"
#include "bot/domain/message.hpp"
#include "bot/domain/policy.hpp"

namespace hotfixd {

// "HF-1/reopened/merge-back:shop:main/2": one message for each time.
std::string reopened_slot(const Incident& incident, const Obligation& obligation);

// The pushes to the line of this merge-back that took the fix from it, newest first; see MergeBack::lost_by().
std::vector<LinePush> lost_by(const Incident& incident, const Obligation& obligation);

// To the owner of a merge-back that was met before, and to who pushed what undid it. Where no forge told of a push: to
// who wrote the newest commit of what came since.
Message reopened_message(const Incident& incident, const Obligation& obligation, const Policy& policy);

}  // namespace hotfixd
