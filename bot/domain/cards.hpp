// The longer messages: the pinned status, lists, refusals. Pure functions of the state, so that a
// message is edited exactly when something it shows has changed.
#pragma once

#include "bot/domain/decision.hpp"
#include "bot/domain/gates.hpp"
#include "bot/domain/message.hpp"

namespace hotfixd {

// A channel outlives its incidents, and a reopened one may share it with a later one: the value of every button
// begins with "<incident id>/", and what is to be typed for a reopened incident begins with its id.
Message addressed(Message message, const Incident& incident);
// For another channel than the incident's: what is to be typed begins with its id.
Message named(Message message, const IncidentId& id);
// The pinned message, edited in place. Shows nothing that changes with time alone.
Message status_card(const Incident& incident, const Policy& policy);
// What a person would sensibly type next; empty when nothing is left to do.
std::string next_step(const Incident& incident, const Policy& policy);
// The next sensible presses, three at most: each button is a verb, its value the repository and the head it is meant
// for ("shop@1a2b3c4") where the verb needs them.
std::vector<Button> next_buttons(const Incident& incident, const Policy& policy);
// One line about the incident for those who are not in its channel; empty when it is private.
Message digest_message(const Incident& incident, const Policy& policy);
// What the incident's own channel shall have besides messages; empty when it has none of its own.
effect::FurnishChannel furniture(const Incident& incident, const Policy& policy);
// `name` in the same workspace as `channel`: "#digest" beside "slack:T1:C2" is "slack:T1:#digest". A whole id stays.
ChannelId beside(const ChannelId& channel, std::string_view name);
// Every open obligation with owner, age and the one thing to do.
Message obligations_message(const Incident& incident, const Policy& policy, Time now);
// What this person owes here: what, where, until when, and the line to type with the incident's id in it.
std::vector<Line> owed_lines(const Incident& incident, const Policy& policy, const Person& who, Time now);
// Why `close` was refused.
Message close_refused(const Incident& incident, const Policy& policy, Time now);
// What CI and reviewers said of the head so far, e.g. "d23ad7c: CI green, 1 of 2 approvals (bob)"; empty before
// either said something, and once it is tagged.
Message review_message(const Incident& incident, const Hotfix& hotfix, const Policy& policy);
// Asks those whose review is wanted, else whoever commands, for what the head lacks.
Message review_nag(const Incident& incident, const Hotfix& hotfix, const Policy& policy);
// What a tag and a release say of the hotfix, in lines: its pull requests, reviewers and CI. Of a private incident only
// its id.
std::string release_notes(const Incident& incident, const Hotfix& hotfix, const Policy& policy);
// Why `tag` was refused: every gate, and how to override.
Message tag_refused(const Incident& incident, const Hotfix& hotfix, const std::vector<GateResult>& gates);
// The verdict for every target with its evidence.
Message merge_back_message(const Incident& incident);
Message rca_message(const Incident& incident);
Message actions_message(const Incident& incident);
// The written definition of a hotfix with the criteria that were met, and "rollback first".
Message declared_message(const Incident& incident, const Policy& policy, bool severity_given);

std::string severity_name(Severity severity, const Policy& policy);
// " in shop" when the incident has hotfixes in several repositories, else nothing.
std::string in_repository(const Incident& incident, std::string_view repository);
// Below the threshold: a hotfix needs a reason first.
bool below_threshold(const Incident& incident, const Policy& policy);

}  // namespace hotfixd
