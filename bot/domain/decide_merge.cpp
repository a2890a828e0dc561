#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "bot/domain/deciding.hpp"
#include "bot/domain/deploys.hpp"
#include "bot/domain/forward_port.hpp"

// The bot merges the hotfix's pull request in the forge, behind the gates of the tag.

namespace hotfixd {
namespace {

Deciding::How by_bot(const Deciding& d) { return {.at = d.c.now, .by = Person{}, .source = Source::bot}; }

const PullRequest* find(const Hotfix& h, std::uint64_t number) {
  const auto it = std::ranges::find(h.pull_requests, number, &PullRequest::number);
  return it == h.pull_requests.end() ? nullptr : &*it;
}

// The open one into `target`; empty: into the production line, else the only one. Refuses, and is null.
const PullRequest* which(Deciding& d, const Hotfix& h, const RepositoryPolicy& repository, const std::string& target) {
  std::vector<const PullRequest*> open;
  for (const auto& pr : h.pull_requests)
    if (pr.open && pr.number != 0) open.push_back(&pr);
  const auto into = [&](const std::string& base) -> const PullRequest* {
    const auto it = std::ranges::find(open, base, &PullRequest::base);
    return it == open.end() ? nullptr : *it;
  };
  if (const auto* pr = into(target.empty() ? repository.production_branch : target)) return pr;
  if (const auto* port = under_way(h, target); port != nullptr && port->number != 0) {
    d.refuse(fmt::format("PR #{} carries the fix to {}: it is merged on {}, where its own reviews and checks hold. {}",
                         port->number, target, repository.forge, port->url));
    return nullptr;
  }
  if (target.empty() && open.size() == 1) return open.front();
  if (target.empty() && open.size() > 1) {
    std::vector<std::string> bases;
    for (const auto* pr : open) bases.push_back(pr->base);
    d.refuse(fmt::format("Several pull requests are open, into {}: say which.", fmt::join(bases, ", ")),
             "/hotfix merge " + bases.front() + repo_option(d, h.repository));
    return nullptr;
  }
  d.refuse(fmt::format("No pull request from {}{} is open.", h.branch, target.empty() ? "" : " into " + target),
           "/hotfix pr" + repo_option(d, h.repository));
  return nullptr;
}

// Of the argument "7 main".
std::string number_of(const PendingRequest& r) { return r.argument.substr(0, r.argument.find(' ')); }
std::string base_of(const PendingRequest& r) {
  const auto space = r.argument.find(' ');
  return space == std::string::npos ? std::string{} : r.argument.substr(space + 1);
}

void refused(Deciding& d, const PendingRequest& r, const Hotfix& h, const std::vector<GateResult>& gates,
             const std::string& why) {
  refuse_behind_gates(d, r, h, fmt::format("PR #{} is not merged{}", number_of(r), in_repository(d.i, r.repository)),
                      gates, why);
}

}  // namespace

void ask_to_merge(Deciding& d, const Hotfix& h, const std::string& target) {
  const auto* repository = d.p.repository(h.repository);
  if (repository == nullptr || repository->forge.empty())
    return d.refuse("The bot cannot merge here: no forge is configured for it. Merge it by hand; git shows it.");
  const auto* pr = which(d, h, *repository, target);
  if (pr == nullptr) return;
  if (pr->draft) return d.refuse(fmt::format("PR #{} is a draft: mark it ready first. {}", pr->number, pr->url));
  if ((!pr->merging.who.empty() && !pr->merging_lost) || std::ranges::any_of(d.i.requests, [&](const auto& r) {
        return r.verb == "merge" && r.repository == h.repository;
      }))
    return d.refuse("A merge is on its way already.", "/hotfix status");
  d.ask_git("merge", h, fmt::format("{} {}", pr->number, pr->base));
}

void decide_merge(Deciding& d, const PendingRequest& r) {
  const auto h = *d.i.hotfix(r.repository);
  const PullRequest* pr = nullptr;
  for (const auto& known : h.pull_requests)
    if (std::to_string(known.number) == number_of(r)) pr = &known;
  if (pr == nullptr || !pr->open)
    return refused(d, r, h, {}, pr != nullptr && !pr->landing_sha.empty() ? "it is merged already" : "it is closed");
  if (pr->draft) return refused(d, r, h, {}, "it is a draft by now");
  if (pr->base != base_of(r))
    return refused(d, r, h, {}, fmt::format("it was to go into {}, and is to go into {} by now", base_of(r), pr->base));
  if (!h.has_work()) return refused(d, r, h, {}, fmt::format("{} has no commit of its own", h.branch));
  const auto gates = h.taggable() ? tag_gates(d.i, h, d.p) : shipped_gates(d.i, h, d.p, h.head);
  if (!std::ranges::all_of(gates, &GateResult::open)) return refused(d, r, h, gates, {});
  settle(d, r, true, {});
  std::vector<Gate> overridden;
  for (const auto& g : gates)
    if (g.overridden) overridden.push_back(g.gate);
  d.emit(event::MergeOrdered{r.repository, pr->number, pr->base, h.head, overridden, evidence_of(gates), r.channel},
         {r.stamp.at, r.stamp.by, Source::said});
  d.effect(
      effect::MergePullRequest{r.repository, pr->number, h.head, pr->base, d.p.repository(r.repository)->merge_method});
}

void say_merged(Deciding& d, const std::string& repository, const PullRequest& ordered) {
  const auto* h = d.i.hotfix(repository);
  const auto* pr = h == nullptr ? nullptr : find(*h, ordered.number);
  if (pr == nullptr || ordered.merging.who.empty()) return;
  const Answering answering(d, {ordered.merging});
  d.announce(say(fmt::format("PR #{} merged into {}{}{}.", pr->number, pr->base,
                             pr->landing_sha.empty() ? "" : " at " + short_sha(pr->landing_sha),
                             in_repository(d.i, repository))));
}

void decide_result(Deciding& d, const result::PullRequestMerged& r) {
  const auto* h = d.i.hotfix(r.repository);
  const auto* pr = h == nullptr ? nullptr : find(*h, r.number);
  if (pr == nullptr || !pr->landing_sha.empty()) return;  // a webhook was faster
  const auto before = *pr;
  d.emit(event::PullRequestMerged{r.repository, r.number, pr->base, r.landing_sha.empty() ? h->head : r.landing_sha},
         {.at = d.c.now, .by = pr->merging.who, .source = Source::forge});
  say_merged(d, r.repository, before);
  d.observe_now(*d.i.hotfix(r.repository));
}

void decide_result(Deciding& d, const result::MergeFailed& r) {
  const auto* h = d.i.hotfix(r.repository);
  const auto* pr = h == nullptr ? nullptr : find(*h, r.number);
  if (pr == nullptr || !pr->landing_sha.empty()) return;
  const Answering answering(d, {pr->merging});
  const auto again = fmt::format("/hotfix merge {}{}", pr->base, repo_option(d, r.repository));
  const bool maybe = r.problem.kind == Problem::Kind::unreachable;
  d.emit(event::MergeRefused{r.repository, r.number, r.problem.what, maybe}, by_bot(d));
  d.announce(
      {{{bold(fmt::format("PR #{} {}{}", r.number, maybe ? "may not be merged" : "is not merged",
                          in_repository(d.i, r.repository))),
         plain(": " + r.problem.what)},
        {plain(maybe ? "It is looked at again; if it stays open, type " : r.problem.mend + "; then "), code(again)}},
       {}});
  if (maybe) d.observe_now(*d.i.hotfix(r.repository));
}

}  // namespace hotfixd
