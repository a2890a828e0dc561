#include "bot/domain/timeline.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "bot/domain/gates.hpp"
#include "bot/domain/zone.hpp"

namespace hotfixd {
namespace {

bool is_milestone(const TimelineEntry& e) { return e.milestone != Milestone::none && e.milestone != Milestone::signal; }

// "{sev2}" in a milestone's own words becomes the name the team gave it; what a person wrote stands after the colon.
std::string with_names(const TimelineEntry& e, const Policy& policy) {
  if (e.milestone != Milestone::declared && e.milestone != Milestone::severity) return e.text;
  const auto colon = e.text.find(':');
  auto text = e.text.substr(0, colon);
  for (const auto& [severity, names] : policy.severities) {
    const auto token = fmt::format("{{{}}}", to_string(severity));
    if (const auto at = text.find(token); at != std::string::npos) text.replace(at, token.size(), names.name);
  }
  return colon == std::string::npos ? text : text + e.text.substr(colon);
}

// A verified or resolved milestone belongs to the incident, the others to their hotfix.
bool joins(const TimelineEntry& a, const TimelineEntry& b) {
  return is_milestone(a) && is_milestone(b) && a.repository() == b.repository() &&
         std::chrono::floor<Minutes>(a.occurred_at) == std::chrono::floor<Minutes>(b.occurred_at);
}

// The order within a minute. What contradicts each other keeps the order in which it happened.
Milestone rank(Milestone m) {
  if (m == Milestone::ci_failed) return Milestone::ci;
  if (m == Milestone::deploy_failed) return Milestone::deployed;
  return m;
}

std::string join_group(std::vector<const TimelineEntry*> group, const Incident& incident, const Policy& policy) {
  std::ranges::stable_sort(group, {}, [](const TimelineEntry* e) { return rank(e->milestone); });
  std::vector<std::string> parts;
  for (std::size_t n = 0; n < group.size(); ++n) {
    const auto& e = *group[n];
    const auto* next = n + 1 < group.size() ? group[n + 1] : nullptr;
    const auto* h = incident.hotfix(e.repository());
    if (e.milestone == Milestone::tagged && next != nullptr && next->milestone == Milestone::deployed && h != nullptr &&
        next->text.starts_with(h->tag + " deployed")) {
      parts.push_back(fmt::format("{} tagged and{}", h->tag, next->text.substr(h->tag.size())));
      ++n;
    } else if (e.milestone == Milestone::resolved) {
      if (!e.text.empty() && std::ranges::find(parts, e.text) == parts.end()) parts.push_back(e.text);
      parts.push_back("incident resolved");
    } else if (auto text = with_names(e, policy); std::ranges::find(parts, text) == parts.end()) {
      parts.push_back(std::move(text));
    }
  }
  auto text = fmt::format("{}", fmt::join(parts, ", "));
  const auto& repository = group.front()->repository();
  return repository.empty() || incident.hotfixes.size() < 2 ? text : repository + ": " + text;
}

// What rests on a person's word alone is named under the timeline.
std::vector<std::string> said_by_people(const Incident& incident) {
  std::vector<std::string> said;
  for (const auto& h : incident.hotfixes) {
    const auto& sha = h.tag_sha.empty() ? h.head : h.tag_sha;
    const auto checks = h.checks.find(sha);
    if (checks != h.checks.end())
      for (const auto& [context, check] : checks->second)
        if (check.stamp.source == Source::said) said.push_back(fmt::format("CI ({})", check.stamp.by.name));
    for (const auto& [id, review] : h.reviews)
      if (review.stamp.source == Source::said && review.sha == sha)
        said.push_back(fmt::format("approval ({})", review.stamp.by.name));
  }
  for (const auto& e : incident.timeline)
    if (!e.removed && e.source == Source::said &&
        (e.milestone == Milestone::deployed || e.milestone == Milestone::pull_request))
      said.push_back(
          fmt::format("{} ({})", e.milestone == Milestone::deployed ? "deployment" : "pull request", e.author().name));
  std::vector<std::string> once;
  for (auto& fact : said)
    if (std::ranges::find(once, fact) == once.end()) once.push_back(std::move(fact));
  return once;
}

}  // namespace

std::vector<TimelineLine> timeline(const Incident& incident, const Policy& policy) {
  std::vector<const TimelineEntry*> entries;
  for (const auto& e : incident.timeline)
    if (!e.removed) entries.push_back(&e);
  std::ranges::stable_sort(entries, {}, [](const TimelineEntry* e) { return e->occurred_at; });

  std::vector<TimelineLine> lines;
  std::vector<bool> taken(entries.size(), false);
  for (std::size_t n = 0; n < entries.size(); ++n) {
    if (taken[n]) continue;
    const auto& first = *entries[n];
    TimelineLine line{first.occurred_at, first.recorded_at, {}, {}, first.source, {first.id()}};
    if (is_milestone(first)) {
      std::vector<const TimelineEntry*> group{&first};
      for (auto k = n + 1; k < entries.size(); ++k)
        if (!taken[k] && joins(first, *entries[k])) {
          taken[k] = true;
          group.push_back(entries[k]);
          line.entries.push_back(entries[k]->id());
          line.recorded_at = std::max(line.recorded_at, entries[k]->recorded_at);
        }
      line.text = join_group(std::move(group), incident, policy);
    } else {
      line.author = first.author().name;
      line.text = first.text;
      if (first.milestone == Milestone::signal) {
        const auto it = policy.severities.find(incident.declared_severity);
        const auto mark =
            fmt::format("({})", it == policy.severities.end() ? std::string(to_string(incident.declared_severity))
                                                              : it->second.name);
        if (line.text.find(mark) == std::string::npos) line.text += " " + mark;
      }
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

Message timeline_message(const Incident& incident, const Policy& policy) {
  Message m;
  const auto lines = timeline(incident, policy);
  m.lines.push_back(
      {bold(fmt::format("{} timeline", incident.id)),
       plain(fmt::format(" ({}, {})", policy.zone,
                         format_day(lines.empty() ? incident.declared.at : lines.front().at, policy.zone)))});
  for (const auto& line : lines) {
    Line shown;
    if (!local_time(line.at, policy.zone).same_day(local_time(lines.front().at, policy.zone))) {
      shown.push_back(day_at(line.at));
      shown.push_back(plain(" "));
    }
    shown.push_back(clock_at(line.at));
    shown.push_back(plain(line.author.empty() ? " " + line.text : fmt::format(" {}: {}", line.author, line.text)));
    m.lines.push_back(std::move(shown));
  }
  auto said = said_by_people(incident);
  if (!said.empty())
    m.lines.push_back({plain(fmt::format("Said by a person, not seen by the bot: {}.", fmt::join(said, ", ")))});
  return m;
}

std::optional<std::pair<Time, std::string>> leading_time(std::string_view text, Time sent_at, std::string_view zone) {
  const auto digit = [&](std::size_t i) { return i < text.size() && text[i] >= '0' && text[i] <= '9'; };
  std::size_t pos = 0;
  int hour = 0;
  while (pos < 2 && digit(pos)) hour = hour * 10 + (text[pos++] - '0');
  if (pos == 0 || pos >= text.size() || text[pos] != ':' || !digit(pos + 1) || !digit(pos + 2)) return std::nullopt;
  const int minute = (text[pos + 1] - '0') * 10 + (text[pos + 2] - '0');
  pos += 3;
  if (pos + 2 < text.size() && text[pos] == ':' && digit(pos + 1) && digit(pos + 2)) pos += 3;  // seconds
  if (pos < text.size() && text[pos] == ':') ++pos;                                             // "21:07: rolled back"
  if (hour > 23 || minute > 59 || pos >= text.size() || (text[pos] != ' ' && text[pos] != '\t')) return std::nullopt;
  const auto from = text.find_first_not_of(" \t\n-", pos);
  if (from == std::string_view::npos) return std::nullopt;
  const auto now = local_time(sent_at, zone);
  auto at = instant(now.year, now.month, now.day, hour * 60 + minute, zone);
  if (at > sent_at) {  // yesterday, reckoned from noon: days may have 23 or 25 hours
    const auto before = local_time(instant(now.year, now.month, now.day, 12 * 60, zone) - std::chrono::hours{24}, zone);
    at = instant(before.year, before.month, before.day, hour * 60 + minute, zone);
  }
  // An hour that clocks repeat: the later one, when that is past.
  if (const auto again = at + std::chrono::hours{1};
      again <= sent_at && local_time(again, zone).minute_of_day == local_time(at, zone).minute_of_day)
    at = again;
  return std::pair{at, std::string(text.substr(from))};
}

}  // namespace hotfixd
