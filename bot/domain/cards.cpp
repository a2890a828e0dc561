#include "bot/domain/cards.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "bot/domain/deploys.hpp"
#include "bot/domain/forecast_message.hpp"
#include "bot/domain/forward_port.hpp"
#include "bot/domain/regression.hpp"
#include "bot/domain/scope.hpp"
#include "bot/domain/zone.hpp"

namespace hotfixd {
namespace {

constexpr std::size_t kChecksShown = 5;  // of those that failed, and of those that run

std::string ci_word(const Hotfix& h, const Policy& policy) {
  switch (ci_state(h, h.head, policy)) {
    case CiState::green:
      return "CI green";
    case CiState::red:
      return "CI red: " + failed_check(h, h.head, policy);
    case CiState::pending:
      return "CI running";
    case CiState::none:
      break;
  }
  return "no CI yet";
}

// What failed with its address and first failing step, what runs, and what the gate does not wait for.
void append_checks(Message& m, const Hotfix& h, const Policy& policy) {
  std::vector<Line> failed, running;
  for (const auto& c : checks_of(h, h.head, policy)) {
    const auto state = c.check == nullptr ? CheckState::pending : c.check->state;
    const bool over = state == CheckState::passed || state == CheckState::skipped;
    if (over && !(c.foreign && c.required)) continue;
    if (c.check != nullptr && c.check->stamp.source == Source::said) continue;  // they said it in this channel
    const bool red = state == CheckState::failed && !c.foreign;
    if (c.foreign && c.required) {
      const auto why = why_foreign(c);
      running.push_back({plain("· "), c.check->url.empty() ? plain(why) : link(why, c.check->url)});
      continue;
    }
    if (c.check != nullptr && c.check->rollup && !(red ? failed : running).empty()) continue;  // its parts are there
    Line line{plain(red ? "✗ " : "· "),
              c.check == nullptr || c.check->url.empty() ? plain(c.name) : link(c.name, c.check->url)};
    if (red && !c.check->step.empty()) line.push_back(plain(fmt::format(": \"{}\" failed", c.check->step)));
    if (c.check == nullptr) line.push_back(plain(" has not reported"));
    if (!c.required) line.push_back(plain(" (the tag does not wait for it)"));
    (red ? failed : running).push_back(std::move(line));
  }
  for (auto* lines : {&failed, &running}) {
    for (std::size_t n = 0; n < std::min(lines->size(), kChecksShown); ++n) m.lines.push_back(std::move((*lines)[n]));
    if (lines->size() > kChecksShown)
      m.lines.push_back({plain(fmt::format("… and {} more", lines->size() - kChecksShown))});
  }
}

// Who is asked for a review that is still wanted.
std::vector<std::string> awaited(const Hotfix& h, const Policy& policy) {
  std::vector<std::string> names;
  if (static_cast<int>(approvers(h, h.head, policy).size()) < approvals_needed(h, policy))
    for (const auto& person : h.awaited) names.push_back(person.name);
  return names;
}

void append_hotfix(Message& m, const Incident& incident, const Hotfix& h, const Policy& policy) {
  const auto name = incident.hotfixes.size() > 1 ? h.repository + ": " : std::string{};
  if (h.base_sha.empty()) {
    m.lines.push_back({plain(name + "branch "), code(h.branch), plain(" is being cut")});
    return;
  }
  m.lines.push_back({plain(name), code(h.branch),
                     plain(fmt::format(" from {}{}", h.base_tag,
                                       h.tag.empty() || h.taggable() ? ", next " + h.version : std::string{}))});
  for (const auto& pr : h.pull_requests) {
    const auto label = pr.number != 0 ? fmt::format("PR #{}", pr.number) : std::string("PR");
    Line line{pr.url.empty() ? plain(label) : link(label, pr.url), plain(" " + pr.title)};
    line.push_back(plain(!pr.landing_sha.empty() ? " (merged to " + pr.base + ")"
                         : !pr.open              ? " (closed)"
                         : pr.draft              ? " (draft)"
                                                 : ""));
    m.lines.push_back(std::move(line));
  }
  if (h.taggable())
    m.lines.push_back(
        {plain(fmt::format("{}: {}, {} of {} approvals, {} {} and {} line", short_sha(h.head), ci_word(h, policy),
                           approvers(h, h.head, policy).size(), approvals_needed(h, policy), h.files,
                           h.files == 1 ? "file" : "files", h.lines) +
               (h.lines == 1 ? "" : "s"))});
  if (h.taggable() && !h.findings.empty()) m.lines.push_back({plain("scope: " + findings_text(h.findings))});
  if (!h.tag.empty())
    m.lines.push_back(
        {plain(h.environments.empty() ? fmt::format("{} tagged at {}", h.tag, short_sha(h.tag_sha))
                                      : fmt::format("{} in {}", h.tag, fmt::join(h.environments, ", ")))});
  if (h.tag.empty() && h.environments.empty()) return;
  for (const auto& [target, mb] : h.merge_backs) {
    Line line{plain(mb.settled() ? "✓ " : "✗ "), plain(fmt::format("{}: {}", target, mb.explanation))};
    std::ranges::move(forward_port_note(h, target), std::back_inserter(line));
    if (contradicts(h, target)) std::ranges::move(test_note(h, target), std::back_inserter(line));
    m.lines.push_back(std::move(line));
  }
}

// "/hotfix close" becomes "/hotfix HF-3 close": what is typed elsewhere, or among several incidents, names the one.
void name_incident(std::string& line, const IncidentId& id) {
  constexpr std::string_view kRoot = "/hotfix ";
  for (auto at = line.find(kRoot); at != std::string::npos; at = line.find(kRoot, at)) {
    at += kRoot.size();
    const auto verb = std::string_view(line).substr(at);
    if (!verb.starts_with("HF-") && !verb.starts_with("declare")) line.insert(at, id + " ");
  }
}

std::string age(Time from, Time now) { return format_duration(std::chrono::floor<Seconds>(now - from)); }

void append_due(Line& line, const Obligation& o, Time now) {
  if (o.due < now) {
    line.push_back(plain(fmt::format("overdue {}", age(o.due, now))));
  } else {
    line.push_back(plain("due "));
    line.push_back(due_at(o.due));
  }
  if (o.snoozed_until && *o.snoozed_until > now) {
    line.push_back(plain(", snoozed to "));
    line.push_back(due_at(*o.snoozed_until));
  }
}

}  // namespace

std::string severity_name(Severity severity, const Policy& policy) {
  const auto it = policy.severities.find(severity);
  return it == policy.severities.end() ? std::string(to_string(severity)) : it->second.name;
}

std::string in_repository(const Incident& incident, std::string_view repository) {
  return incident.hotfixes.size() > 1 ? fmt::format(" in {}", repository) : std::string{};
}

bool below_threshold(const Incident& incident, const Policy& policy) { return incident.severity > policy.threshold; }

std::string next_step(const Incident& i, const Policy& policy) {
  if (i.ended()) return {};
  if (!i.resolved && i.hotfixes.empty()) {
    if (i.mitigations.empty()) return "/hotfix mitigate rollback|flag|hotfix <what> <why>";
    if (i.mitigations.back().kind != Mitigation::hotfix)
      return "/hotfix verify ok <what you saw>, then /hotfix resolve <what>";
    return "/hotfix branch <slug>";
  }
  for (const auto& h : i.hotfixes) {
    if (i.resolved || h.base_sha.empty() || (!h.environments.empty() && !(i.verify_failing && h.taggable()))) continue;
    if (!h.tag.empty() && !h.taggable()) {
      if (under_way(i, h.repository, policy.environment) != nullptr) return h.tag + " is on its way";
      if (taken_out(i, h)) return "push what it lacks to " + h.branch;
      if (deployable(i, h, policy).empty()) return "deploy " + h.tag;
      return i.hotfixes.size() > 1 ? "/hotfix deploy --repo " + h.repository : "/hotfix deploy";
    }
    if (h.head.empty() || h.head == h.base_sha) return "push the fix to " + h.branch;
    for (const auto& gate : tag_gates(i, h, policy))
      if (!gate.open())
        return h.pull_requests.empty() ? "open a pull request from " + h.branch : "before the tag: " + gate.detail;
    return "/hotfix tag";
  }
  if (!i.resolved) return i.verified ? "/hotfix resolve <what>" : "/hotfix verify ok|failing <what you saw>";
  const auto open = open_obligations(i);
  return open.empty() ? "/hotfix close" : title(*open.front(), i) + ": " + what_to_do(*open.front(), i, policy);
}

Message status_card(const Incident& i, const Policy& policy) {
  Message m;
  m.lines.push_back(
      {bold(fmt::format("{} {} {}", i.id, severity_name(i.severity, policy), i.drill ? "[drill] " : "") + i.summary)});
  Line people{plain("status "), bold(std::string(to_string(i.status())))};
  for (const auto& [role, person] : i.roles)
    people.push_back(plain(fmt::format(", {} {}", to_string(role), person.name)));
  m.lines.push_back(std::move(people));
  if (!i.service.empty()) {
    Line service{plain("service "), bold(i.service)};
    if (const auto* known = policy.service(i.service); known != nullptr && !known->runbook.empty()) {
      service.push_back(plain(", "));
      service.push_back(link("runbook", known->runbook));
    }
    m.lines.push_back(std::move(service));
  }
  if (!i.mitigations.empty())
    m.lines.push_back(
        {plain(fmt::format("mitigation: {} {}", to_string(i.mitigations.back().kind), i.mitigations.back().what))});
  for (const auto& h : i.hotfixes) append_hotfix(m, i, h, policy);
  const auto open = open_obligations(i);
  if (!open.empty()) {
    std::vector<std::string> titles;
    for (const auto* o : open) titles.push_back(fmt::format("{} ({})", title(*o, i), o->owner.name));
    m.lines.push_back({plain(fmt::format("open: {}", fmt::join(titles, ", ")))});
  }
  for (const auto& given_up : i.abandoned) m.lines.push_back({plain("given up: " + given_up)});
  const auto next = next_step(i, policy);
  if (!next.empty()) m.lines.push_back({plain("next: "), code(next)});
  m.buttons = next_buttons(i, policy);
  return m;
}

std::vector<Button> next_buttons(const Incident& i, const Policy& policy) {
  std::vector<Button> out;
  if (i.ended()) return out;
  const auto offer = [&](std::string verb, std::string label, std::string value = {}, bool danger = false) {
    out.push_back({std::move(verb), std::move(label), std::move(value), danger});
  };
  if (!i.resolved && i.hotfixes.empty()) {
    if (!i.assessment) offer("assess", "Reproduced");
    if (!i.mitigations.empty() && i.mitigations.back().kind == Mitigation::hotfix) offer("branch", "Cut the branch");
  }
  for (const auto& h : i.hotfixes) {
    if (!deployable(i, h, policy).empty()) out.push_back(deploy_button(i, h, policy));
    if (!h.taggable()) continue;
    const auto at = h.repository + "@" + short_sha(h.head);
    if (std::ranges::all_of(tag_gates(i, h, policy), &GateResult::open))
      offer("tag", fmt::format("Tag {}{}", h.version, in_repository(i, h.repository)), at, true);
    else if (static_cast<int>(approvers(h, h.head, policy).size()) < approvals_needed(h, policy))
      offer("approve", fmt::format("Approve {}{}", short_sha(h.head), in_repository(i, h.repository)), at, true);
  }
  if (i.resolved) {
    if (!i.rca.submitted) offer("rca", i.rca.started ? "Show the RCA" : "Start the RCA");
    const auto to_carry = [](const Hotfix& h) {
      return may_be_carried(h) && std::ranges::any_of(h.merge_backs, [&](const auto& mb) {
               return lacks_fix(mb.second) && under_way(h, mb.first) == nullptr;
             });
    };
    if (std::ranges::any_of(i.hotfixes, to_carry))
      offer("forward", "Carry the fix forward");
    else if (std::ranges::any_of(open_obligations(i),
                                 [](const auto* o) { return o->kind == ObligationKind::merge_back; }))
      offer("mergeback", "Look at the merge-backs");
    if (open_obligations(i).empty()) offer("close", "Close");
  }
  if (out.size() > 2) out.resize(2);
  offer("timeline", "Timeline");
  return out;
}

Message digest_message(const Incident& i, const Policy& policy) {
  if (i.private_channel) return {};
  Line line{
      bold(fmt::format("{} {} {}", i.id, severity_name(i.severity, policy), i.drill ? "[drill] " : "") + i.summary),
      plain(fmt::format(": {}", to_string(i.status())))};
  if (const auto commander = i.holder(Role::commander)) line.push_back(plain(", commander " + commander->name));
  line.push_back(plain(", in "));
  line.push_back(channel_link(i.channel));
  return {{std::move(line)}, {}};
}

effect::FurnishChannel furniture(const Incident& i, const Policy& policy) {
  effect::FurnishChannel f;
  if (!i.own_channel) return f;
  f.channel = i.channel;
  f.topic = fmt::format("{} {} {}", i.id, severity_name(i.severity, policy), i.summary);
  const auto let_in = [&](const Person& person) {
    if (!person.empty() && !policy.is_alert_source(person) && std::ranges::find(f.people, person) == f.people.end())
      f.people.push_back(person);
  };
  let_in(i.declared.by);
  for (const auto& [role, person] : i.roles) let_in(person);
  for (const auto& o : i.obligations) let_in(o.owner);
  auto invited = policy.invite;
  if (std::ranges::any_of(i.pings, [](const Ping& ping) { return ping.level >= 2; }))  // they are called for help
    invited.insert(invited.end(), policy.managers.begin(), policy.managers.end());
  for (const auto& name : invited) {
    const auto* known = policy.person(name);
    if (name.starts_with('@'))
      f.groups.push_back(name);
    else
      let_in(known != nullptr ? known->person : Person{name, name});
  }
  if (const auto* service = policy.service(i.service); service != nullptr && !service->runbook.empty())
    f.bookmarks.push_back({"Runbook of " + service->name, service->runbook});
  for (const auto& h : i.hotfixes)
    for (const auto& pr : h.pull_requests)
      if (!pr.url.empty())
        f.bookmarks.push_back({pr.number == 0 ? "Pull request" : fmt::format("PR #{}", pr.number), pr.url});
  return f;
}

ChannelId beside(const ChannelId& channel, std::string_view name) {
  const auto place = channel.rfind(':');
  if (place == std::string::npos || !name.starts_with('#')) return ChannelId(name);
  return channel.substr(0, place + 1) + std::string(name);
}

Message obligations_message(const Incident& i, const Policy& policy, Time now) {
  Message m;
  const auto open = open_obligations(i);
  if (open.empty()) return say(fmt::format("{} has nothing open.", i.id));
  m.lines.push_back(
      {bold(fmt::format("{} {} open in {}", open.size(), open.size() == 1 ? "thing is" : "things are", i.id))});
  for (const auto* o : open) {
    Line line{plain("• "), bold(title(*o, i)), plain(" ["), code(o->id),
              plain(fmt::format("] {}, open {}, ", o->owner.name, age(o->opened_at, now)))};
    append_due(line, *o, now);
    line.push_back(plain(": "));
    line.push_back(code(what_to_do(*o, i, policy)));
    m.lines.push_back(std::move(line));
  }
  return m;
}

std::vector<Line> owed_lines(const Incident& i, const Policy& policy, const Person& who, Time now) {
  std::vector<Line> lines;
  for (const auto* o : open_obligations(i)) {
    if (!(o->owner == who)) continue;
    Line line{plain("• "), bold(title(*o, i)), plain(fmt::format(", {} in ", i.id)), channel_link(i.channel),
              plain(", ")};
    append_due(line, *o, now);
    auto what = what_to_do(*o, i, policy);
    name_incident(what, i.id);
    line.push_back(plain(": "));
    line.push_back(code(std::move(what)));
    lines.push_back(std::move(line));
  }
  return lines;
}

Message close_refused(const Incident& i, const Policy& policy, Time now) {
  auto m = obligations_message(i, policy, now);
  m.lines.front() = {bold(fmt::format("Close refused: {} {} open in {}", open_obligations(i).size(),
                                      open_obligations(i).size() == 1 ? "thing is" : "things are", i.id))};
  for (const auto& h : i.hotfixes)
    for (const auto& [target, mb] : h.merge_backs)
      if (!mb.settled())
        m.lines.push_back(
            {plain(fmt::format("{}{}: {}", i.hotfixes.size() > 1 ? h.repository + " " : "", target, mb.explanation))});
  return m;
}

Message addressed(Message message, const Incident& incident) {
  for (auto& button : message.buttons) button.value.insert(0, incident.id + "/");
  return incident.reopened == 0 ? message : named(std::move(message), incident.id);
}

Message named(Message message, const IncidentId& id) {
  for (auto& line : message.lines)
    for (auto& span : line)
      if (span.kind == Span::Kind::code) name_incident(span.text, id);
  return message;
}

Message review_message(const Incident& i, const Hotfix& h, const Policy& policy) {
  if (!h.taggable()) return {};
  const auto people = approvers(h, h.head, policy);
  const auto checks = h.checks.find(h.head);
  const bool reported = checks != h.checks.end() && std::ranges::any_of(checks->second, [](const auto& c) {
                          return c.second.stamp.source == Source::forge;
                        });
  if (people.empty() && !reported && ci_state(h, h.head, policy) != CiState::green) return {};
  std::vector<std::string> names;
  for (const auto& person : people) names.push_back(person.name);
  Message lines;
  append_checks(lines, h, policy);
  const bool red = ci_state(h, h.head, policy) == CiState::red && !lines.empty();  // they say what failed
  auto m = say(fmt::format("{}{}: {}, {} of {} approvals{}", short_sha(h.head), in_repository(i, h.repository),
                           red ? "CI red" : ci_word(h, policy), people.size(), approvals_needed(h, policy),
                           names.empty() ? "" : fmt::format(" ({})", fmt::join(names, ", "))));
  m.lines.insert(m.lines.end(), lines.lines.begin(), lines.lines.end());
  for (const auto& [who, number, review] : counting_reviews(h, policy))
    if (review.verdict == ReviewVerdict::approved && review.sha == h.head &&
        std::ranges::find(h.readers, who) != h.readers.end())
      m.lines.push_back(
          {plain(fmt::format("{} approved, which does not count: no right to write to {}", who.name, h.repository))});
  if (const auto waited = awaited(h, policy); !waited.empty())
    m.lines.push_back({plain(fmt::format("asked to review: {}", fmt::join(waited, ", ")))});
  return m;
}

Message review_nag(const Incident& i, const Hotfix& h, const Policy& policy) {
  const auto* counting = counting_pull_request(h, policy);
  const auto* pr = counting == nullptr ? h.open_pull_request() : counting;
  if (pr == nullptr) return {};
  Line line;
  for (const auto& person : h.awaited) {
    line.push_back(person.id.starts_with('@') ? plain(person.id) : mention(person));
    line.push_back(plain(" "));
  }
  const auto lacking = approvals_needed(h, policy) - static_cast<int>(approvers(h, h.head, policy).size());
  if (h.awaited.empty()) {
    line.push_back(mention(i.holder(Role::commander).value_or(i.declared.by)));
    line.push_back(plain(" nobody is asked to review: "));
  }
  const auto name = fmt::format("PR #{}{}", pr->number, in_repository(i, h.repository));
  line.push_back(pr->url.empty() ? plain(name) : link(name, pr->url));
  line.push_back(plain(
      fmt::format(" needs {} more {} of {}.", lacking, lacking == 1 ? "approval" : "approvals", short_sha(h.head))));
  return {{std::move(line)}, {}};
}

std::string release_notes(const Incident& i, const Hotfix& h, const Policy& policy) {
  if (i.private_channel) return i.id;
  auto notes = fmt::format("{}: {}", i.id, i.summary);
  std::string facts;
  for (const auto& pr : h.pull_requests)
    if (pr.number != 0 && pr.base == h.pull_requests.front().base && (pr.open || !pr.landing_sha.empty()))
      facts += fmt::format("PR #{}{}\n", pr.number, pr.title.empty() ? "" : ": " + pr.title);
  std::vector<std::string> names;
  for (const auto& person : approvers(h, h.head, policy)) names.push_back(person.name);
  if (!names.empty()) facts += fmt::format("Approved by {}\n", fmt::join(names, ", "));
  if (ci_state(h, h.head, policy) == CiState::green) facts += fmt::format("CI green on {}\n", short_sha(h.head));
  for (const auto& o : i.overrides)
    if (o.confirmed && o.repository == h.repository && o.sha == h.head)
      facts += fmt::format("Overridden by {} and {}: {}\n", o.asked.by.name, o.confirmed->by.name, o.gate);
  if (!facts.empty()) notes += "\n\n" + facts.substr(0, facts.size() - 1);
  return notes;
}

Message tag_refused(const Incident& i, const Hotfix& h, const std::vector<GateResult>& gates) {
  Message m;
  m.lines.push_back({bold(fmt::format("Tag {} refused{}", h.version, in_repository(i, h.repository)))});
  std::string first;
  for (const auto& g : gates) {
    m.lines.push_back({plain(g.passed       ? "✓ "
                             : g.overridden ? "! "
                                            : "✗ "),
                       plain(g.detail + (g.overridden ? " (overridden)" : ""))});
    if (!g.open() && first.empty()) first = to_string(g.gate);
  }
  if (!first.empty())
    m.lines.push_back({plain("If it must ship all the same: "), code(fmt::format("/hotfix override {} <why>", first)),
                       plain(" (a second person confirms)")});
  return m;
}

Message merge_back_message(const Incident& i) {
  Message m;
  for (const auto& h : i.hotfixes) {
    m.lines.push_back({bold(fmt::format("{} {}", h.repository, h.tag.empty() ? h.branch : h.tag))});
    if (h.merge_backs.empty()) m.lines.push_back({plain("not judged yet")});
    for (const auto& [target, mb] : h.merge_backs) {
      Line line{plain(mb.settled() ? "✓ " : "✗ "),
                plain(fmt::format("{}: {} {}", target, to_string(mb.verdict), mb.explanation))};
      if (mb.gone() && !mb.settled()) {
        line.push_back(plain("; when nothing is released from it any more: "));
        line.push_back(code(fmt::format("/hotfix mergeback ack {}{} <why>", target,
                                        i.hotfixes.size() > 1 ? " --repo " + h.repository : "")));
      }
      std::ranges::move(forward_port_note(h, target), std::back_inserter(line));
      m.lines.push_back(std::move(line));
      std::ranges::move(test_lines(h, target), std::back_inserter(m.lines));
      if (!mb.acknowledged_sha.empty())
        m.lines.push_back({plain(fmt::format("  acknowledged by {} at {}: {}", mb.acknowledged_by.name,
                                             short_sha(mb.acknowledged_sha), mb.acknowledged_why))});
    }
    if (h.taggable() && h.forecast) std::ranges::move(forecast_details(i, h), std::back_inserter(m.lines));
  }
  if (m.empty()) return say("No hotfix branch in this incident, so nothing to merge back.");
  return m;
}

Message rca_message(const Incident& i) {
  Message m;
  std::string state = i.rca.approved    ? "approved by " + i.rca.approved->by.name
                      : i.rca.submitted ? "submitted by " + i.rca.submitted->by.name
                                        : std::string("not submitted");
  m.lines.push_back({bold(fmt::format("RCA of {}", i.id)), plain(", " + state)});
  for (std::size_t n = 0; n <= static_cast<std::size_t>(RcaField::went_badly); ++n) {
    const auto field = static_cast<RcaField>(n);
    const auto it = i.rca.fields.find(field);
    const bool set = it != i.rca.fields.end() && !it->second.empty();
    Line line{plain(set ? "✓ " : n < kRcaRequired ? "✗ " : "· "), code(std::string(to_string(field)))};
    if (!set) {
      m.lines.push_back(std::move(line));
      continue;
    }
    auto text = say(it->second);
    line.push_back(plain(": "));
    line.push_back(text.lines.front().front());
    m.lines.push_back(std::move(line));
    for (std::size_t k = 1; k < text.lines.size(); ++k) m.lines.push_back({plain("  " + text.lines[k].front().text)});
  }
  return m;
}

Message actions_message(const Incident& i) {
  if (i.actions.empty())
    return {{{plain("No action items. Add one: "), code("/hotfix action add <text> --owner @person --due 2w")}}, {}};
  Message m;
  for (const auto& a : i.actions) {
    Line line{plain(a.done_at ? "✓ " : "✗ "), bold(a.id), plain(fmt::format(" {}, {}", a.what, a.owner.name))};
    if (a.issue != 0) {
      line.push_back(plain(", "));
      line.push_back(link(fmt::format("issue #{}", a.issue), a.issue_url));
    }
    if (!a.done_at) {
      line.push_back(plain(", due "));
      line.push_back(due_at(a.due));
    }
    m.lines.push_back(std::move(line));
  }
  return m;
}

Message declared_message(const Incident& i, const Policy& policy, bool severity_given) {
  Message m;
  m.lines.push_back(
      {bold(fmt::format("{} declared, {}", i.id, severity_name(i.severity, policy))), plain(". You are commander.")});
  if (!severity_given) m.lines.push_back({plain("No severity was given. Set it: "), code("/hotfix sev <1-4> <why>")});
  m.lines.push_back(
      {plain(fmt::format("A hotfix is for {} or worse, and when:", severity_name(policy.threshold, policy)))});
  for (const auto& c : policy.criteria) {
    const bool met = std::ranges::find(i.criteria, c) != i.criteria.end();
    m.lines.push_back({plain(met ? "✓ " : "· "), plain(c)});
  }
  if (below_threshold(i, policy) && i.below_threshold_reason.empty())
    m.lines.push_back({bold(fmt::format("{} is below that threshold", severity_name(i.severity, policy))),
                       plain(": say why it cannot wait before a branch is cut: "),
                       code(fmt::format("/hotfix sev {} <why>", static_cast<int>(i.severity)))});
  m.lines.push_back({plain("Roll back first, feature flag second, hotfix last: "),
                     code("/hotfix mitigate rollback|flag|hotfix <what> <why>")});
  return m;
}

}  // namespace hotfixd
