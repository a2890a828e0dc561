#include "bot/domain/deploys.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "bot/domain/cards.hpp"
#include "bot/domain/zone.hpp"

namespace hotfixd {
namespace {

using Outcome = DeploymentOutcome;

constexpr std::size_t kShownOutput = 8;  // lines

void append_url(Line& line, const std::string& url) {
  if (url.empty()) return;
  line.push_back(plain(" "));
  line.push_back(link("(watch it)", url));
}

// "production goes back from v2.4.8 to v2.4.7", "v2.4.8 to production".
std::string journey(const Incident& i, const Deployment& run) {
  const auto where = in_repository(i, run.repository);
  if (!run.rollback) return fmt::format("{} to {}{}", run.tag, run.environment, where);
  return run.replaces.empty()
             ? fmt::format("{}{} goes back to {}", run.environment, where, run.tag)
             : fmt::format("{}{} goes back from {} to {}", run.environment, where, run.replaces, run.tag);
}

Message succeeded(const Incident& i, const Deployment& run, const Policy& policy) {
  const auto where = in_repository(i, run.repository);
  Message m;
  Line first{bold(run.rollback ? fmt::format("{}{} runs {} again", run.environment, where, run.tag)
                               : fmt::format("{} is in {}{}", run.tag, run.environment, where))};
  if (run.rollback && !run.replaces.empty()) first.push_back(plain(fmt::format(", {} is out", run.replaces)));
  append_url(first, run.url);
  m.lines.push_back(std::move(first));
  if (same_word(run.environment, policy.environment))
    m.lines.push_back({plain("Watch the signal, then "), code("/hotfix verify ok|failing <what you saw>")});
  return m;
}

Message failed(const Incident& i, const Deployment& run) {
  Message m;
  Line first{bold(run.rollback ? fmt::format("The rollback failed: {}", journey(i, run))
                               : fmt::format("Deployment of {} failed", journey(i, run)))};
  if (!run.detail.empty()) first.push_back(plain(": " + run.detail));
  append_url(first, run.url);
  m.lines.push_back(std::move(first));
  const auto output = say(run.output);
  const auto skip = output.lines.size() > kShownOutput ? output.lines.size() - kShownOutput : 0;
  for (auto n = skip; !run.output.empty() && n < output.lines.size(); ++n)
    if (!output.lines[n].empty()) m.lines.push_back({plain("  "), code(output.lines[n].front().text)});
  const auto repository = i.hotfixes.size() > 1 ? " --repo " + run.repository : std::string{};
  m.lines.push_back(
      {plain("Mend it, then again: "), code(run.rollback ? fmt::format("/hotfix mitigate rollback {} <why>", run.tag)
                                                         : "/hotfix deploy" + repository)});
  return m;
}

Message unknown(const Incident& i, const Deployment& run) {
  Message m;
  Line first{bold(fmt::format("It is not known how this ended: {}", journey(i, run)))};
  if (!run.detail.empty()) first.push_back(plain(": " + run.detail));
  append_url(first, run.url);
  m.lines.push_back(std::move(first));
  m.lines.push_back({plain("Look yourself. When it is there: "), code("/hotfix deployed " + run.tag)});
  return m;
}

std::string age(Time from, Time now) { return format_duration(std::chrono::floor<Seconds>(now - from)); }

}  // namespace

std::vector<std::string> evidence_of(const std::vector<GateResult>& gates) {
  std::vector<std::string> lines;
  for (const auto& g : gates)
    lines.push_back(g.detail + (g.passed ? "" : g.overridden ? " (overridden)" : " (not met)"));
  return lines;
}

const Deployment* newest_run(const Incident& i, std::string_view repository, std::string_view tag,
                             std::string_view environment) {
  for (auto run = i.deployments.rbegin(); run != i.deployments.rend(); ++run)
    if (run->repository == repository && run->tag == tag && same_word(run->environment, environment)) return &*run;
  return nullptr;
}

const Deployment* under_way(const Incident& i, std::string_view repository, std::string_view environment) {
  for (const auto& run : i.deployments)
    if (run.under_way() && run.repository == repository && same_word(run.environment, environment)) return &run;
  return nullptr;
}

Time given_up_at(const Deployment& run, const Policy& policy) {
  const auto* r = policy.repository(run.repository);
  return run.ordered.at + (r == nullptr ? RepositoryPolicy{}.deploy_limit : r->deploy_limit);
}

Message deployment_message(const Incident& i, const Deployment& run, const Policy& policy) {
  if (run.outcome == Outcome::succeeded) return succeeded(i, run, policy);
  if (run.outcome == Outcome::failed) return failed(i, run);
  if (run.outcome == Outcome::unknown) return unknown(i, run);
  Line line{bold(journey(i, run)), plain(!run.waits.empty() ? ": waits for " + run.waits
                                         : run.started      ? ": running"
                                                            : ": starting")};
  append_url(line, run.url);
  line.push_back(plain(fmt::format(", ordered by {}", run.ordered.by.name)));
  return {{std::move(line)}, {}};
}

Message rollback_message(const Incident& i, const RollbackOffer& offer, const Policy& policy) {
  const auto where = in_repository(i, offer.repository);
  const auto from = offer.from.empty() ? std::string{} : " from " + offer.from;
  if (!offer.taken_by.empty())
    return say(fmt::format("Rollback of {}{}{} to {} confirmed by {}.", offer.environment, where, from, offer.tag,
                           offer.confirmed_by.name));
  const bool newest = &i.rollbacks.back() == &offer;
  if (!newest)
    return say(fmt::format("Rollback of {}{}{} to {}: another was asked for since.", offer.environment, where, from,
                           offer.tag));
  const auto repository = policy.repositories.size() > 1 ? " --repo " + offer.repository : std::string{};
  return {{{bold(fmt::format("Roll {}{} back{} to {}?", offer.environment, where, from, offer.tag)),
            plain(fmt::format(" ({})", offer.source))},
           {code("/hotfix rollback confirm" + repository)}},
          {{"rollback", "Roll back to " + offer.tag, offer.id, true}}};
}

Message where_message(const result::WhereKnown& known, Time now) {
  Message m;
  m.lines.push_back({bold(known.repository)});
  for (const auto& place : known.places) {
    Line line{plain(place.environment + ": ")};
    if (place.releases.empty()) {
      line.push_back(plain("not known" + (place.trouble.empty() ? std::string{} : ": " + place.trouble)));
      m.lines.push_back(std::move(line));
      continue;
    }
    const auto& r = place.releases.front();
    const auto name = r.tag.empty() ? short_sha(r.sha) : r.tag;
    line.push_back(r.url.empty() ? bold(name) : link(name, r.url));
    if (!r.tag.empty() && !r.sha.empty()) line.push_back(plain(fmt::format(" ({})", short_sha(r.sha))));
    if (r.at && *r.at <= now) line.push_back(plain(fmt::format(", for {}", age(*r.at, now))));
    line.push_back(plain(fmt::format(", says {}", place.source)));
    if (place.releases.size() > 1)
      line.push_back(plain(fmt::format(
          "; before it {}", place.releases[1].tag.empty() ? short_sha(place.releases[1].sha) : place.releases[1].tag)));
    if (!place.trouble.empty()) line.push_back(plain(fmt::format(" ({})", place.trouble)));
    m.lines.push_back(std::move(line));
  }
  return m;
}

bool taken_out(const Incident& i, const Hotfix& h) {
  bool out = false;
  for (const auto& run : i.deployments) {
    if (run.repository != h.repository) continue;
    if (run.rollback && run.replaces == h.tag && run.outcome == Outcome::succeeded) out = true;
    if (!run.rollback && run.tag == h.tag) out = false;
  }
  return out;
}

bool shipped(const Incident& i, const Hotfix& h) {
  return h.deployed_at || (!h.tag.empty() && (i.resolved || i.ended()));
}

bool binds_releases(const Incident& i, const Hotfix& h, const Policy& policy) {
  if (i.drill || !shipped(i, h) || h.tag_sha.empty() || h.base_sha.empty() || h.rolled_back_at || taken_out(i, h))
    return false;
  const auto* repository = policy.repository(h.repository);
  const auto& line = (repository == nullptr ? RepositoryPolicy{} : *repository).production_branch;
  const auto mb = h.merge_backs.find(line);
  if (mb != h.merge_backs.end() && mb->second.settled() && mb->second.verdict != Verdict::present) return false;
  return std::ranges::none_of(i.obligations, [&](const Obligation& o) {
    return o.kind == ObligationKind::merge_back && o.repository == h.repository && o.target == line &&
           o.state == ObligationState::overridden;
  });
}

std::string deployable(const Incident& i, const Hotfix& h, const Policy& policy) {
  const auto* r = policy.repository(h.repository);
  const auto environments = policy.environments_of(h.repository);
  const auto counts = [&](const std::string& name) { return same_word(name, policy.environment); };
  if (r == nullptr || !r->deploys || h.tag.empty() || i.resolved || std::ranges::none_of(environments, counts) ||
      std::ranges::any_of(h.environments, counts) || under_way(i, h.repository, policy.environment) != nullptr ||
      taken_out(i, h))
    return {};
  return h.tag;
}

Button deploy_button(const Incident& i, const Hotfix& h, const Policy& policy) {
  return {"deploy", fmt::format("Deploy {} to {}{}", h.tag, policy.environment, in_repository(i, h.repository)),
          h.repository + "@" + h.tag, true};
}

}  // namespace hotfixd
