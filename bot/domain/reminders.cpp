#include "bot/domain/reminders.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "bot/domain/gates.hpp"
#include "bot/domain/zone.hpp"

namespace hotfixd {
namespace {

using Micros = std::chrono::microseconds;

constexpr std::chrono::hours kWhileUnresolved{12};
constexpr std::chrono::hours kBundle{2};  // pings this close together are one ping

double pace(const Incident& incident, const Policy& policy) {
  const auto it = policy.severities.find(incident.severity);
  return it == policy.severities.end() ? 1.0 : it->second.pace;
}

Micros scaled(Minutes d, double factor) {
  return Micros{static_cast<std::int64_t>(static_cast<double>(Micros{d}.count()) * factor)};
}

// first_after, then each gap `backoff` times the one before, never above max_gap.
Micros gap(const ReminderPolicy& r, int pings, double factor) {
  const auto wanted =
      static_cast<double>(scaled(r.first_after, factor).count()) * std::pow(r.backoff, std::min(pings, 64));
  const auto limit = static_cast<double>(Micros{r.max_gap}.count());
  return Micros{static_cast<std::int64_t>(std::min(wanted, limit))};
}

int pings_on_day(const Incident& incident, const Person& owner, Time day, std::string_view zone) {
  const auto wanted = local_time(day, zone);
  return static_cast<int>(std::ranges::count_if(
      incident.pings, [&](const Ping& p) { return p.to == owner && local_time(p.at, zone).same_day(wanted); }));
}

Time next_midnight(Time t, std::string_view zone) {
  // From noon, so that a day of 23 or 25 hours neither skips tomorrow nor stays today.
  const auto today = local_time(t, zone);
  const auto tomorrow =
      local_time(instant(today.year, today.month, today.day, 12 * 60, zone) + std::chrono::hours{24}, zone);
  return instant(tomorrow.year, tomorrow.month, tomorrow.day, 0, zone);
}

}  // namespace

Time after_quiet(Time t, const QuietHours& quiet, std::string_view zone) {
  if (quiet.from == quiet.to) return t;
  const auto local = local_time(t, zone);
  const int now = local.minute_of_day;
  const auto from = static_cast<int>(quiet.from.count()), to = static_cast<int>(quiet.to.count());
  const bool inside = from < to ? now >= from && now < to : now >= from || now < to;
  if (!inside) return t;
  auto day = local;
  if (from > to && now >= from) day = local_time(next_midnight(t, zone), zone);
  const auto end = instant(day.year, day.month, day.day, to, zone);
  // Clocks were put back over the end, and this is the second time round: it comes once more.
  return end > t ? end : after_quiet(end + std::chrono::floor<Minutes>(t - end) + Minutes{1}, quiet, zone);
}

Time next_ping(const Obligation& o, const Incident& incident, const Policy& policy, Time earliest) {
  const auto& r = policy.reminder(o.kind);
  const auto& zone = incident.zone_of(o.owner, policy);
  // While production still burns nobody is asked to merge back or to write.
  auto since = o.opened_at;
  if (o.kind == ObligationKind::merge_back || o.kind == ObligationKind::rca)
    since = incident.resolved ? std::max(since, incident.resolved->at) : since + kWhileUnresolved;
  auto at = (o.last_ping ? *o.last_ping : since) + gap(r, o.pings, pace(incident, policy));
  // An action item is not due before its own date draws near.
  if (o.kind == ObligationKind::action_item && o.pings == 0) at = std::max(at, o.due - std::chrono::hours{24});
  if (o.snoozed_until) at = std::max(at, *o.snoozed_until);
  at = after_quiet(std::max(at, earliest), policy.quiet, zone);
  for (int day = 0; day < 8 && pings_on_day(incident, o.owner, at, zone) >= r.per_day; ++day)
    at = after_quiet(next_midnight(at, zone), policy.quiet, zone);
  return at;
}

int escalation(const Obligation& o, const Incident& incident, const Policy& policy, Time now) {
  const auto& r = policy.reminder(o.kind);
  const auto factor = pace(incident, policy);
  if (now >= o.opened_at + scaled(r.escalate_channel_after, factor)) return 2;
  return now >= o.opened_at + scaled(r.escalate_commander_after, factor) ? 1 : 0;
}

std::vector<Due> due_pings(const Incident& incident, const Policy& policy, Time now) {
  std::vector<Due> bundles;
  if (incident.ended()) return bundles;
  for (const auto* trigger : open_obligations(incident)) {
    if (std::ranges::any_of(bundles, [&](const Due& d) { return d.owner == trigger->owner; })) continue;
    // One that fell due while nobody looked still waits out the quiet hours and keeps to today's cap.
    if (next_ping(*trigger, incident, policy, now) > now) continue;
    Due due{trigger->owner, {}, 0};
    for (const auto* o : open_obligations(incident)) {
      if (!(o->owner == trigger->owner) || (o->snoozed_until && *o->snoozed_until > now)) continue;
      // Together with what is due goes what soon would be, and what was asked for before.
      if (o->pings == 0 && next_ping(*o, incident, policy) > now + kBundle) continue;
      due.obligations.push_back(o->id);
      due.level = std::max(due.level, escalation(*o, incident, policy, now));
    }
    bundles.push_back(std::move(due));
  }
  return bundles;
}

Message ping_message(const Incident& incident, const Ping& ping, const Policy& policy) {
  Message m;
  if (std::ranges::any_of(incident.pings,
                          [&](const Ping& p) { return p.to == ping.to && p.slot != ping.slot && p.at > ping.at; })) {
    m.lines = {{mention(ping.to), plain(fmt::format(" was reminded of {} {} in {}.", ping.obligations.size(),
                                                    ping.obligations.size() == 1 ? "thing" : "things", incident.id))}};
    return m;
  }
  std::size_t open = 0;
  std::vector<Line> items;
  for (const auto& id : ping.obligations) {
    const auto* o = incident.obligation(id);
    if (o == nullptr) continue;
    if (o->state != ObligationState::open) {
      items.push_back({plain("✓ "), strike(title(*o, incident))});
      continue;
    }
    ++open;
    Line line{plain("• "), bold(title(*o, incident))};
    if (o->due <= ping.at)
      line.push_back(
          plain(fmt::format(", {} overdue", format_duration(std::chrono::floor<Seconds>(ping.at - o->due)))));
    else {
      line.push_back(plain(", due "));
      line.push_back(due_at(o->due));
    }
    line.push_back(plain(": "));
    line.push_back(code(what_to_do(*o, incident, policy)));
    items.push_back(std::move(line));
  }
  Line head;
  if (open == 0) {
    head = {plain(fmt::format("✓ {} did this in {}", ping.to.name, incident.id))};
  } else {
    head = {mention(ping.to),
            plain(fmt::format(" {} {} {} open", open, open == 1 ? "thing keeps" : "things keep", incident.id))};
    const auto commander = incident.holder(Role::commander);
    if (ping.level >= 1 && commander && !(*commander == ping.to)) {
      head.push_back(plain(", commander "));
      head.push_back(mention(*commander));
    }
    if (ping.level >= 2) {
      head.push_back(plain(". Nobody has settled this: can somebody here help?"));
      for (const auto& name : policy.managers) {
        const auto* known = policy.person(name);
        head.push_back(plain(" "));
        head.push_back(mention(known != nullptr ? known->person : Person{name, name}));
      }
    }
  }
  m.lines.push_back(std::move(head));
  for (auto& item : items) m.lines.push_back(std::move(item));
  if (open > 0) m.buttons.push_back({"snooze", "Snooze 1d", ping.to.id, false});
  return m;
}

}  // namespace hotfixd
