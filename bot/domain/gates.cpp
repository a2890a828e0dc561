#include "bot/domain/gates.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <ranges>

#include "bot/domain/forward_port.hpp"
#include "bot/domain/glob.hpp"
#include "bot/domain/scope.hpp"

namespace hotfixd {
namespace {

bool overridden(const Incident& incident, const Hotfix& h, Gate gate, const std::string& sha) {
  return std::ranges::any_of(incident.overrides, [&](const OverrideRequest& o) {
    return o.confirmed && o.gate == to_string(gate) && o.repository == h.repository && o.sha == sha;
  });
}

GateResult branch_gate(const Hotfix& h) {
  if (h.requested || h.base_sha.empty())
    return {Gate::branch, false, false, "the branch was not cut from the production tag"};
  if (!h.unclean.empty()) return {Gate::branch, false, false, fmt::format("{} {}", h.branch, h.unclean)};
  return {Gate::branch, true, false, fmt::format("{} was cut from {}", h.branch, h.base_tag)};
}

// One of the checks that must pass. No source: from anywhere.
struct Wanted {
  std::string name, source;
  bool pattern = false;

  bool names(std::string_view context, const Check& check) const {
    const auto own = check_name(context);
    return pattern ? text_matches(name, own) : name == own || name == check.source;
  }
  bool from_there(const Check& check) const { return source.empty() || source == check.source; }
};

std::vector<Wanted> wanted_checks(const Hotfix& h, const Policy& policy) {
  std::vector<Wanted> all;
  // The forge's names are names; a team's may be patterns.
  if (const auto* repository = policy.repository(h.repository);
      repository != nullptr && !repository->required_checks.empty()) {
    for (const auto& name : repository->required_checks) all.push_back({name, {}, true});
    return all;
  }
  for (const auto& name : h.required_checks) {
    const auto before = all.size();
    for (const auto& bound : h.check_sources)
      if (bound.check == name) all.push_back({name, bound.source});
    if (all.size() == before) all.push_back({name, {}});
  }
  return all;
}

// What keeps CI from being complete, beside what still runs.
std::vector<std::string> what_is_missing(const std::vector<CheckView>& checks, bool by_name) {
  std::vector<std::string> silent, skipped, all;
  for (const auto& c : checks) {
    if (!c.required) continue;
    if (c.check == nullptr)
      silent.push_back(c.name);
    else if (!c.foreign && c.check->state == CheckState::skipped && by_name)
      skipped.push_back(c.name);
  }
  if (!silent.empty()) all.push_back(fmt::format("{} did not report", fmt::join(silent, ", ")));
  for (const auto& c : checks)
    if (c.required && c.foreign) all.push_back(why_foreign(c));
  if (all.empty() && !skipped.empty()) all.push_back(fmt::format("{} did not run", fmt::join(skipped, ", ")));
  return all;
}

GateResult ci_gate(const Hotfix& h, const std::string& whole, const Policy& policy) {
  const auto sha = short_sha(whole);
  switch (ci_state(h, whole, policy)) {
    case CiState::green:
      return {Gate::ci, true, false,
              fmt::format("CI green on {}{}", sha,
                          h.rules_known ? "" : " (all that reported: which checks the line demands may not be read)")};
    case CiState::red:
      return {Gate::ci, false, false, fmt::format("CI red on {}: {}", sha, failed_check(h, whole, policy))};
    case CiState::pending: {
      const auto missing = what_is_missing(checks_of(h, whole, policy), !wanted_checks(h, policy).empty());
      if (missing.empty()) return {Gate::ci, false, false, "CI still running on " + sha};
      return {Gate::ci, false, false, fmt::format("CI not complete on {}: {}", sha, fmt::join(missing, "; "))};
    }
    case CiState::none:
      break;
  }
  return {Gate::ci, false, false, "no CI result for " + sha};
}

// Commits of which neither the forge nor the configuration says who wrote them.
std::vector<std::string> unknown_authors(const Hotfix& h, const Policy& policy) {
  const auto configured = [&](const std::string& name) {
    return std::ranges::any_of(policy.people, [&](const PersonPolicy& p) {
      return same_word(name, p.person.name) || same_word(name, p.person.id);
    });
  };
  return std::ranges::all_of(h.commit_authors, configured) ? std::vector<std::string>{} : h.unknown_authors;
}

GateResult approvals_gate(const Hotfix& h, const Policy& policy, const std::string& sha) {
  const auto people = approvers(h, sha, policy);
  const auto count = static_cast<int>(people.size());
  const auto needed = approvals_needed(h, policy);
  const auto reviews = counting_reviews(h, policy);
  const auto is_in = [](const std::vector<Person>& all, const Person& one) {
    return std::ranges::find(all, one) != all.end();
  };
  auto detail = fmt::format("{} of {} approvals on {}{}", count, needed, short_sha(sha),
                            needed > policy.approvals ? " (so many by the rules of the line)" : "");
  for (const auto& [who, number, review] : reviews) {
    if (review.verdict != ReviewVerdict::approved || count >= needed) continue;
    if (h.wrote(who))
      detail += fmt::format("; {} wrote the fix, so that one does not count", who.name);
    else if (is_in(h.readers, who))
      detail += fmt::format("; {} may not write to {}, so that one does not count", who.name, h.repository);
    else if (review.sha != sha)
      detail += fmt::format("; {} approved {}, which is not this commit", who.name, short_sha(review.sha));
  }
  for (const auto& who : people)
    if (is_in(h.rights_unknown, who)) detail += fmt::format("; rights of {} unknown", who.name);
  const auto unknown = unknown_authors(h, policy);
  if (!unknown.empty())
    detail += fmt::format(
        "; who wrote {} is not known, so it is not known either whose approval counts: link the "
        "commit's address to an account, or name its author in [[people]]",
        fmt::join(unknown, ", "));
  bool objected = !unknown.empty();
  const auto* counting = counting_pull_request(h, policy);
  for (const auto& [who, number, review] : reviews)
    if (review.verdict == ReviewVerdict::changes_requested) {
      objected = true;
      const bool elsewhere = number != 0 && counting != nullptr && number != counting->number;
      detail += fmt::format("; {} asked for changes{}", who.name, elsewhere ? fmt::format(" in #{}", number) : "");
    }
  return {Gate::approvals, count >= needed && !objected, false, std::move(detail)};
}

GateResult scope_gate(const Hotfix& h, const Policy& policy) {
  const bool fits = h.files <= policy.scope_files && h.lines <= policy.scope_lines;
  return {Gate::scope, fits, false,
          fmt::format("{} {}, {} {} changed (budget {} and {}){}", h.files, h.files == 1 ? "file" : "files", h.lines,
                      h.lines == 1 ? "line" : "lines", policy.scope_files, policy.scope_lines,
                      h.findings.empty() ? "" : "; " + findings_text(h.findings))};
}

}  // namespace

std::string short_sha(std::string_view sha) { return std::string(sha.substr(0, 7)); }

std::string_view check_name(std::string_view context) {
  constexpr std::string_view kSuite = " (suite ";
  const auto at = context.rfind(kSuite);
  return at == std::string_view::npos || !context.ends_with(')') ? context : context.substr(0, at);
}

std::vector<CheckView> checks_of(const Hotfix& h, const std::string& sha, const Policy& policy) {
  const auto wanted = wanted_checks(h, policy);
  const auto* repository = policy.repository(h.repository);
  const bool has_forge = repository != nullptr && !repository->forge.empty();
  std::vector<CheckView> all;
  std::vector<bool> seen(wanted.size());
  if (const auto it = h.checks.find(sha); it != h.checks.end()) {
    // What first ran once the tag was there, a deployment say, is no CI of the change.
    const auto before_tag = [&](const Check& check) { return check.first_at <= h.tagged_at; };
    const bool shipped = sha == h.tag_sha && std::ranges::any_of(it->second | std::views::values, before_tag);
    for (const auto& [context, check] : it->second) {
      // Where a machine says what passed, nobody's word stands in for it.
      const bool a_word = check.stamp.source == Source::said && check.state != CheckState::failed;
      if (a_word && (has_forge || !wanted.empty())) continue;
      CheckView view{context, &check};
      view.required = (wanted.empty() && (!shipped || before_tag(check))) ||
                      (check.stamp.source == Source::said && check.state == CheckState::failed);
      for (std::size_t n = 0; n < wanted.size(); ++n) {
        if (!wanted[n].names(context, check)) continue;
        if (wanted[n].from_there(check))
          view.required = seen[n] = true;
        else
          view.foreign = true;
      }
      view.foreign &= !view.required;
      all.push_back(std::move(view));
    }
  }
  const auto reported = all.size();
  for (std::size_t n = 0; n < wanted.size(); ++n) {
    if (seen[n]) continue;
    bool stands_in = false;
    for (std::size_t k = 0; k < reported; ++k)
      if (all[k].foreign && wanted[n].names(all[k].name, *all[k].check)) all[k].required = stands_in = true;
    if (!stands_in) all.push_back({wanted[n].name, nullptr});
  }
  std::ranges::stable_sort(
      all, {}, [](const CheckView& c) { return std::pair{!c.required, c.check != nullptr && c.check->rollup}; });
  // What ran once needs no suite to be told by.
  std::map<std::string, int, std::less<>> names;
  for (const auto& c : all) ++names[std::string(check_name(c.name))];
  for (auto& c : all)
    if (const auto name = std::string(check_name(c.name)); names[name] == 1) c.name = name;
  return all;
}

std::string why_foreign(const CheckView& c) {
  if (c.check->source.empty())
    return fmt::format("which app set {} is not known, and the rules want a certain one", c.name);
  return fmt::format("{} is from another app than the rules want", c.name);
}

CiState ci_state(const Hotfix& h, const std::string& sha, const Policy& policy) {
  const auto reported = h.checks.find(sha);
  if (reported == h.checks.end() || reported->second.empty()) return CiState::none;
  const bool by_name = !wanted_checks(h, policy).empty();
  bool pending = false, passed = false;
  for (const auto& c : checks_of(h, sha, policy)) {
    if (!c.required) continue;
    if (c.failed()) return CiState::red;
    pending |= c.check == nullptr || c.foreign || c.check->state == CheckState::pending ||
               (by_name && c.check->state == CheckState::skipped);
    passed |= c.check != nullptr && !c.foreign && c.check->state == CheckState::passed;
  }
  if (pending) return CiState::pending;
  return passed ? CiState::green : CiState::none;
}

std::string failed_check(const Hotfix& h, const std::string& sha, const Policy& policy) {
  for (const auto& c : checks_of(h, sha, policy))
    if (c.required && c.failed())
      return c.check->step.empty() ? c.name : fmt::format("{}, step \"{}\"", c.name, c.check->step);
  return {};
}

const PullRequest* counting_pull_request(const Hotfix& h, const Policy& policy) {
  const auto* repository = policy.repository(h.repository);
  const auto rank = [&](const PullRequest& pr) {
    const bool into_production = repository != nullptr && pr.base == repository->production_branch;
    const int where = into_production && pr.open ? 3 : into_production && !pr.landing_sha.empty() ? 2 : pr.open ? 1 : 0;
    return std::pair{where, pr.number};
  };
  const PullRequest* found = nullptr;
  for (const auto& pr : h.pull_requests)
    if (pr.number != 0 && (found == nullptr || rank(*found) < rank(pr))) found = &pr;
  return found;
}

std::vector<CountingReview> counting_reviews(const Hotfix& h, const Policy& policy) {
  const auto* counting = counting_pull_request(h, policy);
  const auto counts = [&](std::uint64_t number) {
    return number == 0 || counting == nullptr || number == counting->number;
  };
  const auto is_open = [&](std::uint64_t number) {
    return std::ranges::any_of(h.pull_requests, [&](const auto& pr) { return pr.number == number && pr.open; });
  };
  std::vector<CountingReview> all;
  for (const auto& [where, review] : h.reviews) {
    const auto& [key, number] = where;
    const bool objects = review.verdict == ReviewVerdict::changes_requested && is_open(number);
    if (!counts(number) && !objects) continue;
    const CountingReview now{h.reviewers.at(key), number, review};
    if (all.empty() || all.back().who.key() != key)
      all.push_back(now);
    else if (!counts(number) || (counts(all.back().number) && all.back().review.stamp.at <= review.stamp.at))
      all.back() = now;
  }
  return all;
}

std::vector<Person> approvers(const Hotfix& h, const std::string& sha, const Policy& policy) {
  std::vector<Person> people;
  if (sha.empty()) return people;
  for (const auto& [who, number, review] : counting_reviews(h, policy))
    if (review.verdict == ReviewVerdict::approved && review.sha == sha && !h.wrote(who) &&
        std::ranges::find(h.readers, who) == h.readers.end())
      people.push_back(who);
  return people;
}

int approvals_needed(const Hotfix& h, const Policy& policy) { return std::max(policy.approvals, h.required_approvals); }

std::optional<Time> next_review_nag(const Incident& incident, const Hotfix& h, const Policy& policy) {
  const auto* counting = counting_pull_request(h, policy);
  const auto* pr = counting == nullptr ? h.open_pull_request() : counting;
  const auto* repository = policy.repository(h.repository);
  if (repository == nullptr || repository->forge.empty()) return std::nullopt;  // who was asked is not known
  if (incident.ended() || !h.taggable() || !h.unclean.empty() || pr == nullptr || !pr->open || pr->draft)
    return std::nullopt;
  if (h.nags >= policy.review.count || ci_state(h, h.head, policy) == CiState::red) return std::nullopt;
  if (static_cast<int>(approvers(h, h.head, policy).size()) >= approvals_needed(h, policy) ||
      overridden(incident, h, Gate::approvals, h.head))
    return std::nullopt;
  const auto severity = policy.severities.find(incident.severity);
  const double pace = severity == policy.severities.end() ? 1.0 : severity->second.pace;
  const auto first = std::chrono::duration_cast<Seconds>(policy.review.first_after * pace);
  return h.nags == 0 ? std::max(h.head_at, pr->known_at) + first : h.nagged_at + first * (1 << h.nags);
}

std::vector<GateResult> tag_gates(const Incident& incident, const Hotfix& h, const Policy& policy) {
  return tag_gates(incident, h, policy, h.head);
}

std::vector<GateResult> tag_gates(const Incident& incident, const Hotfix& h, const Policy& policy,
                                  const std::string& sha) {
  std::vector<GateResult> gates{branch_gate(h), ci_gate(h, sha, policy), approvals_gate(h, policy, sha),
                                scope_gate(h, policy)};
  for (auto& g : gates) g.overridden = !g.passed && overridden(incident, h, g.gate, sha);
  return gates;
}

std::vector<GateResult> shipped_gates(const Incident& i, const Hotfix& h, const Policy& p) {
  return shipped_gates(i, h, p, h.tag_sha);
}

std::vector<GateResult> shipped_gates(const Incident& i, const Hotfix& h, const Policy& p, const std::string& sha) {
  auto gates = tag_gates(i, h, p, sha);
  if (!h.taggable()) return gates;
  for (auto& g : gates) {
    if (g.gate != Gate::branch && g.gate != Gate::scope) continue;
    g.passed = std::ranges::find(h.tag_bypassed, g.gate) == h.tag_bypassed.end();
    g.overridden = false;
    g.detail = fmt::format("{}: as it was when {} was tagged", to_string(g.gate), h.tag);
  }
  return gates;
}

std::vector<const Obligation*> open_obligations(const Incident& incident) {
  std::vector<const Obligation*> open;
  for (const auto& o : incident.obligations)
    if (o.state == ObligationState::open) open.push_back(&o);
  std::ranges::stable_sort(open, {}, [](const Obligation* o) { return o->opened_at; });
  return open;
}

Carries carries(const Incident& incident, std::string_view repository, std::string_view branch, std::string_view sha) {
  Carries found;
  for (const auto& o : incident.obligations) {
    if (o.kind != ObligationKind::merge_back || o.state != ObligationState::open || o.repository != repository ||
        o.target != branch)
      continue;
    const auto* h = incident.hotfix(o.repository);
    if (h == nullptr) continue;
    const auto mb = h->merge_backs.find(o.target);
    if (mb == h->merge_backs.end() || mb->second.target_sha != sha)
      found.judged = false;
    else
      found.lacking.push_back(fmt::format("{} ({})", h->tag.empty() ? h->branch : h->tag, incident.id));
  }
  return found;
}

std::string title(const Obligation& o, const Incident& incident) {
  const auto repository = incident.hotfixes.size() > 1 ? o.repository + " " : std::string{};
  switch (o.kind) {
    case ObligationKind::merge_back:
      return fmt::format("merge {}back to {}", repository.empty() ? "" : repository, o.target);
    case ObligationKind::rca:
      return "write the RCA";
    case ObligationKind::rca_review:
      return "review the RCA";
    case ObligationKind::verification:
      return fmt::format("verify {}in production", repository);
    case ObligationKind::stakeholder_update:
      return "update " + o.target;
    case ObligationKind::flag_clean_up:
      return "clean up the feature flag " + o.target;
    case ObligationKind::action_item:
      break;
  }
  for (const auto& a : incident.actions)
    if ("action:" + a.id == o.id) return fmt::format("{}: {}", a.id, a.what);
  return o.id;
}

std::string what_to_do(const Obligation& o, const Incident& incident, const Policy& policy) {
  switch (o.kind) {
    case ObligationKind::merge_back: {
      const auto* h = incident.hotfix(o.repository);
      if (h == nullptr) return "merge it";
      if (auto step = forward_port_step(*h, o.target); !step.empty()) return step;
      const auto it = h->merge_backs.find(o.target);
      if (it != h->merge_backs.end() && needs_ack(it->second.verdict)) {
        const auto which = o.target + (incident.hotfixes.size() > 1 ? " --repo " + o.repository : "");
        return fmt::format("{}/hotfix mergeback ack {} <why>",
                           it->second.gone() ? "" : fmt::format("/hotfix mergeback show {}, then ", which), which);
      }
      const auto* repository = policy.repository(o.repository);
      const bool has_forge = repository != nullptr && !repository->forge.empty();
      for (const auto& pr : h->pull_requests)
        if (has_forge && pr.open && pr.number != 0 && pr.base == o.target)
          return fmt::format("/hotfix merge {}{}", o.target,
                             incident.hotfixes.size() > 1 ? " --repo " + o.repository : "");
      if (has_forge && it != h->merge_backs.end() && lacks_fix(it->second))
        return fmt::format("/hotfix mergeback open {}{}", o.target,
                           incident.hotfixes.size() > 1 ? " --repo " + o.repository : "");
      if (it != h->merge_backs.end() && it->second.verdict == Verdict::regressed)
        return fmt::format("git switch {} && git cherry-pick {}..{} && git push", o.target, h->base_tag,
                           h->tag.empty() ? h->branch : h->tag);
      return fmt::format("git switch {} && git merge {} && git push", o.target, h->tag.empty() ? h->branch : h->tag);
    }
    case ObligationKind::rca: {
      for (std::size_t i = 0; i < kRcaRequired; ++i) {
        const auto field = static_cast<RcaField>(i);
        const auto it = incident.rca.fields.find(field);
        if (it == incident.rca.fields.end() || it->second.empty())
          return fmt::format("/hotfix rca set {} <text>", to_string(field));
      }
      return "/hotfix rca submit";
    }
    case ObligationKind::rca_review:
      return "read /hotfix rca show, then /hotfix rca approve";
    case ObligationKind::verification: {
      const auto* h = incident.hotfix(o.repository);
      if (h != nullptr && !h->tag.empty() && h->environments.empty())
        return fmt::format("deploy {0}, then /hotfix deployed {0} (if it stays out: /hotfix override {1} <why>)",
                           h->tag, o.id);
      return "/hotfix verify ok <what you saw>";
    }
    case ObligationKind::stakeholder_update:
      return "post the update";
    case ObligationKind::flag_clean_up:
      return fmt::format("remove the flag, then /hotfix action done \"{}\"", o.id);
    case ObligationKind::action_item:
      return "/hotfix action done " + o.id.substr(o.id.find(':') + 1);
  }
  return {};
}

}  // namespace hotfixd
