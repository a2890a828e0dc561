#include "bot/domain/policy.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "bot/domain/zone.hpp"

namespace hotfixd {

bool same_word(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) {
    return std::tolower(static_cast<unsigned char>(x)) == std::tolower(static_cast<unsigned char>(y));
  });
}

std::string Person::key() const {
  auto lower = id;
  for (auto& ch : lower) ch = static_cast<char>(std::tolower(static_cast<unsigned char>(ch)));
  return lower;
}

const RepositoryPolicy* Policy::repository(std::string_view name) const {
  for (const auto& r : repositories)
    if (r.name == name) return &r;
  return nullptr;
}

const ServicePolicy* Policy::service(std::string_view name) const {
  for (const auto& s : services)
    if (s.name == name) return &s;
  return nullptr;
}

const PersonPolicy* Policy::person(std::string_view id) const {
  for (const auto& p : people)
    if (p.person.id == id) return &p;
  return nullptr;
}

namespace {

Person by_name_in(const std::vector<PersonPolicy>& people, std::string PersonPolicy::* name, std::string_view login) {
  if (login.empty()) return {};  // nobody, not whoever has no login configured
  for (const auto& p : people)
    if (same_word(p.*name, login)) return p.person;
  for (const auto& p : people)
    if ((p.*name).empty() && (same_word(p.person.id, login) || same_word(p.person.name, login))) return p.person;
  return {std::string(login), std::string(login)};
}

}  // namespace

Person Policy::by_github(std::string_view login) const { return by_name_in(people, &PersonPolicy::github, login); }
Person Policy::by_gitlab(std::string_view login) const { return by_name_in(people, &PersonPolicy::gitlab, login); }

std::vector<std::string> Policy::environments_of(std::string_view name) const {
  const auto* r = repository(name);
  return r == nullptr || r->environments.empty() ? std::vector{environment} : r->environments;
}

Person Policy::by_login(std::string_view repository_name, std::string_view login) const {
  const auto* r = repository(repository_name);
  return r != nullptr && !r->gitlab.empty() ? by_gitlab(login) : by_github(login);
}

Person Policy::by_slack(std::string_view member, std::string_view name) const {
  for (const auto& p : people)
    if (!p.slack.empty() && p.slack == member) return p.person;
  return {std::string(member), std::string(name.empty() ? member : name)};
}

std::optional<Person> Policy::by_git_name(std::string_view repository_name, std::string_view git_name) const {
  if (git_name.empty()) return std::nullopt;
  for (const auto& p : people)
    if (same_word(p.person.name, git_name) || same_word(p.person.id, git_name)) return p.person;
  const auto* r = repository(repository_name);
  const auto login = r != nullptr && !r->gitlab.empty() ? &PersonPolicy::gitlab : &PersonPolicy::github;
  for (const auto& p : people)
    if (same_word(p.*login, git_name)) return p.person;
  return std::nullopt;
}

const ReminderPolicy& Policy::reminder(ObligationKind kind) const {
  static const ReminderPolicy fallback;
  const auto it = reminders.find(kind);
  return it == reminders.end() ? fallback : it->second;
}

bool Policy::is_alert_source(const Person& p) const {
  return std::ranges::any_of(alert_sources, [&](const auto& s) { return same_word(s, p.name) || same_word(s, p.id); });
}

Policy default_policy() {
  Policy p;
  p.severities = {
      {Severity::sev1, {"sev-1", "down for most users, data loss or a breach", 0.25}},
      {Severity::sev2, {"sev-2", "a critical path is broken for many users", 0.5}},
      {Severity::sev3, {"sev-3", "degraded, a work-around exists", 1.0}},
      {Severity::sev4, {"sev-4", "cosmetic or rare", 2.0}},
  };
  p.criteria = {
      "users cannot complete a critical path",
      "data is being lost, corrupted or exposed",
      "it cannot wait for the next regular release",
      "neither a rollback nor a feature flag is enough",
  };
  using std::chrono::hours;
  p.reminders[ObligationKind::merge_back] = {.due_after = hours{24},
                                             .first_after = Minutes{60},
                                             .max_gap = hours{24},
                                             .per_day = 3,
                                             .escalate_commander_after = hours{24},
                                             .escalate_channel_after = hours{72}};
  p.reminders[ObligationKind::verification] = {.due_after = hours{1},
                                               .first_after = Minutes{15},
                                               .max_gap = hours{4},
                                               .per_day = 6,
                                               .escalate_commander_after = hours{2},
                                               .escalate_channel_after = hours{8}};
  p.reminders[ObligationKind::rca] = {.due_after = hours{72},
                                      .first_after = hours{24},
                                      .max_gap = hours{24},
                                      .per_day = 2,
                                      .escalate_commander_after = hours{72},
                                      .escalate_channel_after = hours{120}};
  p.reminders[ObligationKind::rca_review] = {.due_after = hours{48},
                                             .first_after = hours{12},
                                             .max_gap = hours{24},
                                             .per_day = 2,
                                             .escalate_commander_after = hours{48},
                                             .escalate_channel_after = hours{96}};
  p.reminders[ObligationKind::action_item] = {.due_after = hours{14 * 24},
                                              .first_after = hours{7 * 24},
                                              .max_gap = hours{72},
                                              .per_day = 1,
                                              .escalate_commander_after = hours{21 * 24},
                                              .escalate_channel_after = hours{28 * 24}};
  p.reminders[ObligationKind::flag_clean_up] = {.due_after = hours{14 * 24},
                                                .first_after = hours{3 * 24},
                                                .max_gap = hours{72},
                                                .per_day = 1,
                                                .escalate_commander_after = hours{14 * 24},
                                                .escalate_channel_after = hours{28 * 24}};
  p.alert_sources = {"pager", "pagerduty", "alertmanager", "sentry"};
  return p;
}

std::vector<std::string> validate(const Policy& p) {
  std::vector<std::string> wrong;
  const auto want = [&](bool good, std::string sentence) {
    if (!good) wrong.push_back(std::move(sentence));
  };
  want(zone_exists(p.zone), fmt::format("zone '{}' is not an IANA time zone such as Europe/Berlin", p.zone));
  for (const auto& person : p.people) {
    want(!person.person.id.empty(), "a person has no id");
    want(person.zone.empty() || zone_exists(person.zone),
         fmt::format("zone '{}' of {} is not an IANA time zone such as Europe/Berlin", person.zone, person.person.id));
    want(std::ranges::count_if(p.people, [&](const auto& o) { return o.person.id == person.person.id; }) == 1,
         fmt::format("person '{}' is listed more than once", person.person.id));
  }
  for (auto s : {Severity::sev1, Severity::sev2, Severity::sev3, Severity::sev4}) {
    const auto it = p.severities.find(s);
    want(it != p.severities.end(), fmt::format("severity {} is missing", to_string(s)));
    if (it != p.severities.end())
      want(it->second.pace > 0 && it->second.pace <= 100,
           fmt::format("pace of {} must be above 0 and at most 100", to_string(s)));
  }
  want(p.approvals >= 0 && p.approvals <= 20, "approvals must be from 0 to 20");
  want(p.scope_files >= 1, "scope_files must be at least 1");
  want(p.scope_lines >= 1, "scope_lines must be at least 1");
  want(!p.override_roles.empty(), "override_roles must name at least one role");
  want(!p.environment.empty(), "environment must not be empty");
  want(p.quiet.from.count() >= 0 && p.quiet.from.count() < 1440 && p.quiet.to.count() >= 0 && p.quiet.to.count() < 1440,
       "quiet hours must be times of day");
  want(p.snooze_limit >= Minutes{1}, "snooze_limit must be at least 1m");
  want(p.snooze_count >= 0, "snooze_count must not be negative");
  want(p.override_expires >= Minutes{1}, "override_expires must be at least 1m");
  want(p.alert_lookback >= Minutes{0} && p.alert_lookback <= std::chrono::hours{24},
       "alert lookback must be from 0m to 24h");
  for (const auto& [kind, r] : p.reminders) {
    const auto name = to_string(kind);
    want(r.first_after >= Minutes{1}, fmt::format("reminders.{}.first_after must be at least 1m", name));
    want(r.backoff >= 1.0 && r.backoff <= 10.0, fmt::format("reminders.{}.backoff must be from 1 to 10", name));
    want(r.max_gap >= r.first_after || r.max_gap >= Minutes{5},
         fmt::format("reminders.{}.max_gap must be at least 5m", name));
    want(r.per_day >= 1 && r.per_day <= 48, fmt::format("reminders.{}.per_day must be from 1 to 48", name));
    want(r.due_after >= Minutes{1}, fmt::format("reminders.{}.due_after must be at least 1m", name));
    want(r.escalate_commander_after <= r.escalate_channel_after,
         fmt::format("reminders.{}: escalate_commander_after must not be later than escalate_channel_after", name));
  }
  for (const auto& r : p.repositories) {
    want(!r.name.empty() && r.name.find_first_of(" \t\n:/") == std::string::npos,
         fmt::format("repository name '{}' must be one word without ':' or '/'", r.name));
    want(!r.targets.empty(), fmt::format("repository {} has no merge-back targets", r.name));
    want(!r.production_branch.empty(), fmt::format("repository {} has no production_branch", r.name));
    want(std::ranges::count_if(p.repositories, [&](const auto& o) { return o.name == r.name; }) == 1,
         fmt::format("repository '{}' is listed more than once", r.name));
  }
  for (const auto& s : p.services) {
    want(!s.name.empty() && s.name.find_first_of(" \t\n:/") == std::string::npos,
         fmt::format("service name '{}' must be one word without ':' or '/'", s.name));
    want(s.repository.empty() || p.repository(s.repository) != nullptr,
         fmt::format("service {} names the repository '{}', which is not configured", s.name, s.repository));
    want(std::ranges::count_if(p.services, [&](const auto& o) { return o.name == s.name; }) == 1,
         fmt::format("service '{}' is listed more than once", s.name));
  }
  return wrong;
}

}  // namespace hotfixd
