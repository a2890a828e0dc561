#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "bot/domain/deciding.hpp"
#include "bot/domain/deploys.hpp"

// Deployments by the repository's own means, what is where, and the way back. Gates decide whether something may be
// deployed, not who asks. A rollback passes none: it needs a version that is known, and one press to confirm it.

namespace hotfixd {
namespace {

namespace cmd = command;
using Outcome = DeploymentOutcome;

// A run is looked at every tenth of its age, within these bounds.
constexpr Seconds kLookSoonest{5}, kLookLatest{60};

EmitAs by_bot(const Deciding& d) { return {.at = d.c.now, .by = Person{}, .source = Source::bot}; }

bool counts(const Deciding& d, std::string_view environment) { return same_word(environment, d.p.environment); }

// As it is configured; refuses and gives nothing when it is not. Empty: the one that counts.
std::optional<std::string> environment_of(Deciding& d, const std::string& repository, const std::string& typed) {
  const auto all = d.p.environments_of(repository);
  const auto& wanted = typed.empty() ? d.p.environment : typed;
  for (const auto& name : all)
    if (same_word(name, wanted)) return name;
  if (typed.empty() && !all.empty()) return all.front();
  d.refuse(fmt::format("{} has no environment '{}'. There {}: {}.", repository, typed, all.size() == 1 ? "is" : "are",
                       fmt::join(all, ", ")));
  return std::nullopt;
}

// The repository that is meant where there need not be a hotfix; refuses and gives nothing when there is none.
std::optional<std::string> repository_of(Deciding& d, const std::string& typed) {
  auto name = typed;
  if (name.empty() && d.i.hotfixes.size() == 1) name = d.i.hotfixes.front().repository;
  if (name.empty()) name = d.i.default_repository;
  if (name.empty() && !d.p.repositories.empty()) name = d.p.repositories.front().name;
  if (d.p.repository(name) != nullptr) return name;
  d.refuse(name.empty() ? "No repository is configured: add [[repository]] to the configuration file."
                        : fmt::format("Repository '{}' is not configured.", name));
  return std::nullopt;
}

bool can_deploy(const Deciding& d, std::string_view repository) {
  const auto* r = d.p.repository(repository);
  return r != nullptr && r->deploys;
}

void order(Deciding& d, event::DeploymentOrdered what, EmitAs how) {
  const auto number = d.i.deployments.size() + 1;
  // With the second in it, so that another database's incident of the same number does not have it too.
  what.key = fmt::format("{}-D{}-{}", d.i.id, number, std::chrono::floor<Seconds>(d.c.now).time_since_epoch().count());
  const effect::Deploy deploy{what.key, what.repository, what.tag, what.sha, what.environment, what.rollback, d.c.now};
  d.emit(std::move(what), std::move(how));
  d.effect(deploy);
}

void look_again(Deciding& d, const Deployment& run, std::optional<Seconds> wait = {}) {
  const auto age = std::chrono::floor<Seconds>(d.c.now - run.ordered.at);
  const auto next = wait.value_or(std::clamp(age / 10, kLookSoonest, kLookLatest));
  d.effect(effect::FollowDeployment{run.key, run.repository, run.tag, run.environment, run.id, d.c.now + next});
}

// An edit wakes nobody: who ordered it is called when it went wrong.
void call(Deciding& d, const Deployment& run, std::string_view what) {
  const Answering answering(d, {run.asker()});
  const auto which = run.rollback ? fmt::format("the rollback of {} to {}", run.environment, run.tag)
                                  : fmt::format("the deployment of {} to {}", run.tag, run.environment);
  d.announce(
      {{{mention(run.ordered.by.empty() ? d.responsible() : run.ordered.by), plain(fmt::format(" {}{}", which, what))}},
       {}},
      true);
}

void end(Deciding& d, const std::string& key, Outcome outcome, std::string detail, const std::string& url,
         std::string output) {
  d.emit(event::DeploymentEnded{key, outcome, std::move(detail), url, {std::move(output)}}, by_bot(d));
  const auto run = *d.i.deployment(key);
  if (outcome == Outcome::succeeded) {
    const Answering answering(d, {run.asker()});
    d.answer(deployment_message(d.i, run, d.p));
    if (const auto* h = d.i.hotfix(run.repository); h != nullptr && counts(d, run.environment)) d.observe_now(*h);
  } else {
    call(d, run, outcome == Outcome::failed ? " failed." : ": it is not known how it ended.");
  }
}

std::string minutes(const Deciding& d, const Deployment& run) {
  const auto* r = d.p.repository(run.repository);
  return fmt::format("{} min", (r == nullptr ? RepositoryPolicy{} : *r).deploy_limit.count());
}

void refused(Deciding& d, const PendingRequest& r, const Hotfix& h, const std::string& environment,
             const std::vector<GateResult>& gates, const std::string& why) {
  refuse_behind_gates(
      d, r, h, fmt::format("Deployment of {} to {}{} refused", h.tag, environment, in_repository(d.i, h.repository)),
      gates, why);
}

// A version and nothing else: "v2.4.6", "2.4.6".
bool is_version(std::string_view text) {
  return text.find_first_of("0123456789") != std::string_view::npos && text.find('.') != std::string_view::npos &&
         text.find_first_of(" \t\n~^:?*[\\") == std::string_view::npos && text.size() <= 100;
}

// What production ran before `from`, as far as it is known, and who says so.
struct Back {
  std::string from, tag, sha, source;
};

std::optional<Back> way_back(const Deciding& d, const result::WhereKnown& known) {
  Back back;
  const auto place = std::ranges::find_if(known.places, [&](const auto& p) { return counts(d, p.environment); });
  if (place != known.places.end() && !place->releases.empty()) {
    back.from = place->releases.front().tag;
    back.source = "says " + place->source;
  }
  const auto* h = d.i.hotfix(known.repository);
  const bool live = h != nullptr && std::ranges::any_of(h->environments, [&](const auto& e) { return counts(d, e); });
  if (back.from.empty() && live) back.from = h->tag;
  if (known.wanted) {
    back.tag = known.wanted->tag;
    back.sha = known.wanted->sha;
    // Where it ran at another commit, that one is meant: a tag that moved since is refused.
    if (place != known.places.end())
      for (const auto& r : place->releases)
        if (r.tag == back.tag && !r.sha.empty()) back.sha = r.sha;
    return back;
  }
  // Neither a branch that was deployed, nor what this incident took out before.
  const auto bad = [&](const std::string& tag) {
    return std::ranges::any_of(d.i.deployments, [&](const Deployment& run) {
      return run.rollback && run.outcome == Outcome::succeeded && run.repository == known.repository &&
             run.replaces == tag;
    });
  };
  if (place != known.places.end())
    for (const auto& r : place->releases)
      if (is_version(r.tag) && r.tag != back.from && !bad(r.tag)) {
        back.tag = r.tag;
        back.sha = r.sha;
        return back;
      }
  if (!live) return std::nullopt;
  back.tag = h->earlier_tags.empty() ? h->base_tag : h->earlier_tags.back();
  back.sha = h->earlier_tags.empty() ? h->base_sha : std::string{};
  back.source = "says the record";
  return back;
}

void offer(Deciding& d, const PendingRequest& r, const result::WhereKnown& known) {
  const Answering answering(d, {r.asker()});
  const auto refuse = [&](const std::string& why) {
    settle(d, r, false, why);
    d.announce({{{bold("No rollback is offered"), plain(": " + why + ". Name the version: "),
                  code("/hotfix mitigate rollback v1.2.3 <why>")}},
                {}});
  };
  if (is_version(r.argument) && !known.wanted)
    return refuse(fmt::format("there is no tag {} on the origin", r.argument));
  const auto back = way_back(d, known);
  if (!back) {
    std::string trouble;
    for (const auto& place : known.places)
      if (counts(d, place.environment)) trouble = place.trouble;
    return refuse(
        fmt::format("what ran in {} before is not known{}", d.p.environment, trouble.empty() ? "" : ": " + trouble));
  }
  if (back->tag == back->from) return refuse(fmt::format("{} runs {} already", d.p.environment, back->tag));
  settle(d, r, true, {});
  const auto id = fmt::format("R{}", d.i.rollbacks.size() + 1);
  d.emit(event::RollbackOffered{id, r.repository, d.p.environment, back->from, back->tag, back->sha,
                                back->source.empty() ? "named by " + r.stamp.by.name : back->source},
         by_bot(d));
  d.answer(rollback_message(d.i, d.i.rollbacks.back(), d.p));
}

void take(Deciding& d, const RollbackOffer& offered) {
  if (d.p.is_alert_source(d.c.actor) || d.c.actor.empty()) return d.refuse("Only a person can confirm a rollback.");
  if (!offered.taken_by.empty()) return d.refuse(fmt::format("{} confirmed that already.", offered.confirmed_by.name));
  if (d.c.now > offered.offered.at + d.p.override_expires)
    return d.refuse("That offer has expired: what runs there may be another version by now. Ask again.",
                    fmt::format("/hotfix mitigate rollback {} <why>", offered.tag));
  for (const auto& run : d.i.deployments)
    if (run.under_way() && run.rollback && run.repository == offered.repository)
      return d.refuse(fmt::format("A rollback to {} is under way already.", run.tag));
  if (!can_deploy(d, offered.repository))
    return d.refuse(fmt::format("The bot has no means to deploy {} any more.", offered.repository));
  order(d,
        {.key = {},
         .repository = offered.repository,
         .tag = offered.tag,
         .sha = offered.sha,
         .environment = offered.environment,
         .replaces = offered.from,
         .rollback = true,
         .evidence = {fmt::format("{} runs {}: {}", offered.environment,
                                  offered.from.empty() ? "an unknown version" : offered.from, offered.source)},
         .channel = d.asked_in()},
        {});
}

}  // namespace

bool waits_for_deployer(const PendingRequest& r) { return r.verb == "where" || r.verb == "rollback"; }

void decide_deploy_command(Deciding& d, const cmd::Deploy& x) {
  const auto h = *d.which_hotfix(x.repository);
  const auto repo = repo_option(d, h.repository);
  if (!can_deploy(d, h.repository))
    return d.refuse(fmt::format("The bot has no means to deploy {}: deploy it by hand, then say so. (deploy = \"…\" in "
                                "the configuration gives it some.)",
                                h.repository),
                    "/hotfix deployed" + repo);
  if (h.tag.empty()) return d.refuse("Nothing is tagged yet, and only a tag is deployed.", "/hotfix tag" + repo);
  if (!x.version.empty() && !same_number(x.version, h.tag)) {
    if (h.precedes(x.version))
      return d.refuse(fmt::format("{} is what came before {}: that is a rollback.", x.version, h.tag),
                      fmt::format("/hotfix mitigate rollback {} <why>", x.version));
    return d.refuse(fmt::format("{} is not this hotfix, which is {}.", x.version, h.tag), "/hotfix deploy" + repo);
  }
  const auto environment = environment_of(d, h.repository, x.environment);
  if (!environment) return;
  if (const auto* run = under_way(d.i, h.repository, *environment))
    return d.refuse(fmt::format("{} is on its way to {} already.", run->tag, run->environment), "/hotfix status");
  if (std::ranges::any_of(h.environments, [&](const auto& e) { return same_word(e, *environment); }))
    return d.refuse(fmt::format("{} is in {} already.", h.tag, *environment), "/hotfix where" + repo);
  if (std::ranges::any_of(d.i.requests,
                          [&](const auto& r) { return r.verb == "deploy" && r.repository == h.repository; }))
    return d.refuse("A deployment is being decided already.");
  d.ask_git("deploy", h, h.tag + " " + *environment);
}

void decide_deploy(Deciding& d, const PendingRequest& r, const HotfixFacts& facts) {
  const auto h = *d.i.hotfix(r.repository);
  const auto space = r.argument.find(' ');
  const auto tag = r.argument.substr(0, space);
  const auto environment = space == std::string::npos ? d.p.environment : r.argument.substr(space + 1);
  if (tag != h.tag)
    return refused(d, r, h, environment, {}, fmt::format("{} was asked for, and the tag is {} now", tag, h.tag));
  // Whether it is where it was is asked of the origin once more when the order is carried out.
  if (facts.tag == tag && facts.tag_sha != h.tag_sha)
    return refused(d, r, h, environment, {},
                   fmt::format("the tag moved: the origin has {} at {}, the record at {}", tag,
                               short_sha(facts.tag_sha), short_sha(h.tag_sha)));
  const auto gates = shipped_gates(d.i, h, d.p);
  if (!std::ranges::all_of(gates, &GateResult::open)) return refused(d, r, h, environment, gates, {});
  settle(d, r, true, {});
  std::string replaces;
  if (counts(d, environment)) replaces = h.earlier_tags.empty() ? h.base_tag : h.earlier_tags.back();
  order(d,
        {.key = {},
         .repository = r.repository,
         .tag = tag,
         .sha = h.tag_sha,
         .environment = environment,
         .replaces = replaces,
         .rollback = false,
         .evidence = evidence_of(gates),
         .channel = r.channel},
        {r.stamp.at, r.stamp.by, Source::said});
}

void decide_deploy_command(Deciding& d, const cmd::Where& x) {
  const auto repository = repository_of(d, x.repository);
  if (!repository) return;
  auto environments = d.p.environments_of(*repository);
  if (!x.environment.empty()) {
    const auto one = environment_of(d, *repository, x.environment);
    if (!one) return;
    environments = {*one};
  }
  d.emit(event::RequestMade{"where", *repository, x.environment, d.asked_in()});
  effect::AskWhere ask;
  ask.repository = *repository;
  ask.environments = std::move(environments);
  ask.production = d.p.environment;
  d.effect(std::move(ask));
}

void ask_for_rollback(Deciding& d, const std::string& what) {
  auto name = d.i.hotfixes.size() == 1 ? d.i.hotfixes.front().repository : d.i.default_repository;
  if (name.empty() && !d.p.repositories.empty()) name = d.p.repositories.front().name;
  if (!can_deploy(d, name)) return;
  if (std::ranges::any_of(d.i.requests, [&](const auto& r) { return r.verb == "rollback" && r.repository == name; }))
    return;
  d.emit(event::RequestMade{"rollback", name, what, d.asked_in()});
  effect::AskWhere ask;
  ask.repository = name;
  ask.environments = {d.p.environment};
  ask.production = d.p.environment;
  if (is_version(what)) ask.tag = what;
  d.effect(std::move(ask));
}

void decide_deploy_command(Deciding& d, const cmd::ConfirmRollback& x) {
  for (auto offered = d.i.rollbacks.rbegin(); offered != d.i.rollbacks.rend(); ++offered)
    if (x.repository.empty() || offered->repository == x.repository) return take(d, RollbackOffer(*offered));
  d.refuse("No rollback is offered.", "/hotfix mitigate rollback v1.2.3 <why>");
}

void confirm_rollback(Deciding& d, const std::string& id) {
  if (!d.i.rollbacks.empty() && d.i.rollbacks.back().id == id) return take(d, RollbackOffer(d.i.rollbacks.back()));
  d.refuse("Another rollback was offered since: look at that one.", "/hotfix status");
}

bool rolled_back_by_word(Deciding& d, const cmd::DeployedTag& x) {
  for (auto run = d.i.deployments.rbegin(); run != d.i.deployments.rend(); ++run) {
    const bool waits = run->under_way() || run->outcome == Outcome::unknown;
    if (!run->rollback || !waits || !same_number(x.version, run->tag) ||
        (!x.repository.empty() && x.repository != run->repository) ||
        (!x.environment.empty() && !same_word(x.environment, run->environment)))
      continue;
    d.emit(event::Deployed{run->repository, run->tag, run->environment});
    return true;
  }
  return false;
}

void decide_result(Deciding& d, const result::DeploymentStarted& r) {
  const auto* known = d.i.deployment(r.key);
  if (known == nullptr || !known->under_way()) return;
  const auto run = *known;
  d.emit(event::DeploymentStarted{run.key, run.repository, run.tag, run.sha, run.environment, r.id, r.url}, by_bot(d));
  if (r.followed) look_again(d, *d.i.deployment(r.key));
}

void decide_result(Deciding& d, const result::DeploymentNotStarted& r) {
  const auto* run = d.i.deployment(r.key);
  if (run == nullptr || !run->under_way()) return;
  const auto why = r.problem.mend.empty() ? r.problem.what : fmt::format("{}. {}", r.problem.what, r.problem.mend);
  if (r.maybe) return end(d, r.key, Outcome::unknown, why, {}, {});
  if (counts(d, run->environment))
    d.emit(event::DeploymentFailed{run->repository, run->tag, run->environment, r.problem.what}, by_bot(d));
  end(d, r.key, Outcome::failed, why, {}, {});
}

void decide_result(Deciding& d, const result::DeploymentSeen& r) {
  const auto* known = d.i.deployment(r.key);
  if (known == nullptr || !known->under_way()) return;  // a webhook was faster
  const auto run = *known;
  if (r.view.state == DeploymentView::State::running) {
    const auto& url = r.view.url.empty() ? run.url : r.view.url;
    if (url != run.url || r.view.step != run.waits)
      d.emit(event::DeploymentStarted{run.key, run.repository, run.tag, run.sha, run.environment, run.id, url,
                                      r.view.step},
             by_bot(d));
    return look_again(d, run);
  }
  if (r.view.state == DeploymentView::State::failed) {
    if (counts(d, run.environment))
      d.emit(event::DeploymentFailed{run.repository, run.tag, run.environment, r.view.step}, by_bot(d));
    return end(d, run.key, Outcome::failed, r.view.step, r.view.url, r.view.output);
  }
  if (counts(d, run.environment))
    d.emit(event::Deployed{run.repository, run.tag, run.environment}, by_bot(d));
  else
    d.emit(event::EntryAdded{d.next_entry(), {}, {fmt::format("{} deployed to {}", run.tag, run.environment)}, false},
           by_bot(d));
  end(d, run.key, Outcome::succeeded, {}, r.view.url, {});
}

void decide_result(Deciding& d, const result::DeploymentUnseen& r) {
  const auto* run = d.i.deployment(r.key);
  if (run == nullptr || !run->under_way()) return;
  if (r.problem.retryable())
    return look_again(d, *run, std::max(kLookLatest, r.problem.retry_after.value_or(Seconds{0})));
  end(d, r.key, Outcome::unknown, r.problem.what, {}, {});
}

void decide_result(Deciding& d, const result::WhereKnown& r) {
  const auto requests = d.i.requests;
  for (const auto& request : requests) {
    if (request.repository != r.repository || !waits_for_deployer(request)) continue;
    if (d.c.looked_at != Time{} && request.recorded_at > d.c.looked_at) continue;
    if (request.verb == "rollback") {
      offer(d, request, r);
      continue;
    }
    settle(d, request, true, {});
    const Answering answering(d, {request.asker()});
    d.announce(where_message(r, d.c.now));
  }
}

void decide_result(Deciding& d, const result::WhereFailed& r) {
  const auto requests = d.i.requests;
  for (const auto& request : requests) {
    if (request.repository != r.repository || !waits_for_deployer(request)) continue;
    settle(d, request, false, r.problem.what);
    const Answering answering(d, {request.asker()});
    d.announce({{{bold(request.verb == "where" ? "What is where is not known" : "No rollback is offered"),
                  plain(fmt::format(": {}. {}", r.problem.what, r.problem.mend))}},
                {}});
  }
}

void Deciding::settle_deployments() {
  for (std::size_t n = 0; n < i.deployments.size(); ++n) {
    const auto run = i.deployments[n];
    if (run.outcome && *run.outcome != Outcome::unknown) continue;
    if (run.arrived)
      end(*this, run.key, Outcome::succeeded, {}, {}, {});
    else if (run.broke && run.under_way())
      end(*this, run.key, Outcome::failed, {}, {}, {});
    else if (run.under_way() && c.now >= given_up_at(run, p))
      end(*this, run.key, Outcome::unknown, fmt::format("nobody said so within {}", minutes(*this, run)), {}, {});
  }
}

void Deciding::show_deployments() {
  for (const auto& run : i.deployments) {
    const auto* old = before.deployment(run.key);
    auto now = deployment_message(i, run, p);
    if (old == nullptr || !(deployment_message(before, *old, p) == now))
      show(fmt::format("{}/deploy/{}", i.id, run.key), std::move(now));
  }
  for (std::size_t n = 0; n < i.rollbacks.size(); ++n) {
    auto now = rollback_message(i, i.rollbacks[n], p);
    const bool same = n < before.rollbacks.size() && rollback_message(before, before.rollbacks[n], p) == now;
    if (!same) show(fmt::format("{}/rollback/{}", i.id, i.rollbacks[n].id), std::move(now), false, true);
  }
}

}  // namespace hotfixd
