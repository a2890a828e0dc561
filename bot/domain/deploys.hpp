// Deployments that the bot makes itself: what is shown of them, and when they are given up.
#pragma once

#include "bot/domain/decision.hpp"
#include "bot/domain/gates.hpp"

namespace hotfixd {

// What each gate was judged on, a line each: "CI green on 1a2b3c4", "3 of 5 … (overridden)".
std::vector<std::string> evidence_of(const std::vector<GateResult>& gates);

// The run that was ordered last for this tag and environment; null when there is none.
const Deployment* newest_run(const Incident& incident, std::string_view repository, std::string_view tag,
                             std::string_view environment);
// Some run into this environment has not ended; null when none is under way.
const Deployment* under_way(const Incident& incident, std::string_view repository, std::string_view environment);
// When nobody waits for its end any more.
Time given_up_at(const Deployment& run, const Policy& policy);

// The one message of a run, edited from "starting" to its end.
Message deployment_message(const Incident& incident, const Deployment& run, const Policy& policy);
// "Roll production back from v2.4.8 to v2.4.7?", edited once it was confirmed.
Message rollback_message(const Incident& incident, const RollbackOffer& offer, const Policy& policy);
// What is where, since when, and who says so.
Message where_message(const result::WhereKnown& known, Time now);

// The bot took the hotfix's tag out of production and nobody ordered it again since.
bool taken_out(const Incident& incident, const Hotfix& hotfix);
// It is in production, or its tag is as good as there: the incident is over.
bool shipped(const Incident& incident, const Hotfix& hotfix);
// Must what is tagged from its repository next contain it? It shipped, is not out of production again, and nobody has
// said on the record that the production line does without it.
bool binds_releases(const Incident& incident, const Hotfix& hotfix, const Policy& policy);
// The tag that waits to be brought to Policy::environment by the bot; empty = none, or it cannot.
std::string deployable(const Incident& incident, const Hotfix& hotfix, const Policy& policy);
// "Deploy v2.4.8 to production"; its value says which tag it is meant for.
Button deploy_button(const Incident& incident, const Hotfix& hotfix, const Policy& policy);

}  // namespace hotfixd
