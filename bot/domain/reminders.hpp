// When owners are pinged: first ping, back-off, daily cap, quiet hours, escalation, snooze. Pure arithmetic.
#pragma once

#include "bot/domain/incident.hpp"
#include "bot/domain/message.hpp"

namespace hotfixd {

// The first instant at or after `t` that is outside the person's quiet hours.
Time after_quiet(Time t, const QuietHours& quiet, std::string_view zone);

// When this open obligation is next due for a ping: never before it was opened, never while snoozed,
// never in its owner's quiet hours, never above the owner's daily cap, and not before `earliest`.
Time next_ping(const Obligation& obligation, const Incident& incident, const Policy& policy, Time earliest = {});

// 0 the owner, 1 the commander too, 2 the whole channel and the managers.
int escalation(const Obligation& obligation, const Incident& incident, const Policy& policy, Time now);

// One owner's bundle.
struct Due {
  Person owner;
  std::vector<std::string> obligations;  // open, not snoozed, and due by now or soon
  int level = 0;
};

// Whose ping is due at `now`. At most one bundle per owner, however long the bot was away.
std::vector<Due> due_pings(const Incident& incident, const Policy& policy, Time now);

// The text of a ping as it stands: met obligations are struck through, buttons vanish when all are met,
// and one that was followed by another is a single line.
Message ping_message(const Incident& incident, const Ping& ping, const Policy& policy);

}  // namespace hotfixd
