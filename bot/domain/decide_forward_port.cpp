#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "bot/domain/deciding.hpp"
#include "bot/domain/forward_port.hpp"

// The fix is carried to the lines that lack it, and what it came on is cleared away after the end.

namespace hotfixd {
namespace {

constexpr std::string_view kVerb = "mergeback open";

Deciding::How by_bot(const Deciding& d) { return {.at = d.c.now, .by = Person{}, .source = Source::bot}; }

bool has_forge(const Deciding& d, const std::string& repository) {
  const auto* known = d.p.repository(repository);
  return known != nullptr && !known->forge.empty();
}

std::string names_of(const Hotfix& h) {
  std::vector<std::string> names;
  for (const auto& [name, mb] : h.merge_backs) names.push_back(name);
  return names.empty() ? "none judged yet" : fmt::format("{}", fmt::join(names, ", "));
}

std::string carried_by(const ForwardPort& port, const std::string& target) {
  return fmt::format("PR #{} carries it to {} already{}.", port.number, target,
                     port.url.empty() ? "" : ": " + port.url);
}

// False when that was refused.
bool ask_of(Deciding& d, const Hotfix& h, const std::string& target) {
  if (h.base_sha.empty()) return d.refuse(fmt::format("{} is still being cut.", h.branch)), false;
  if (!may_be_carried(h))
    return d.refuse(fmt::format("{} is not tagged yet: what is carried to other lines is what shipped.", h.branch),
                    "/hotfix tag"),
           false;
  if (std::ranges::any_of(d.i.requests, [&](const auto& r) { return r.verb == kVerb && r.repository == h.repository; }))
    return d.refuse("It is on its way already."), false;
  if (!target.empty()) {
    const auto mb = h.merge_backs.find(target);
    if (mb == h.merge_backs.end())
      return d.refuse(fmt::format("'{}' is not a merge-back target. There {}: {}.", target,
                                  h.merge_backs.size() == 1 ? "is" : "are", names_of(h))),
             false;
    if (mb->second.verdict == Verdict::present)
      return d.refuse(fmt::format("{} has it already: {}.", target, mb->second.explanation)), false;
    if (const auto* port = under_way(h, target); port != nullptr && port->number != 0)
      return d.refuse(carried_by(*port, target)), false;
  }
  d.ask_git(std::string(kVerb), h, target);
  return true;
}

// The target whose branch this is; empty = it is none of these.
std::string target_of_branch(const Hotfix& h, const std::string& branch) {
  for (const auto& [target, port] : h.forward_ports)
    if (port.branch == branch) return target;
  for (const auto& [target, mb] : h.merge_backs)
    if (forward_branch(h, target) == branch) return target;  // somebody resolved it by hand
  return {};
}

}  // namespace

void ask_to_carry(Deciding& d, const command::MergeBackOpen& wanted) {
  if (!wanted.repository.empty() || !wanted.target.empty() || d.i.hotfixes.size() < 2) {
    if (const auto* h = d.which_hotfix(wanted.repository)) ask_of(d, Hotfix(*h), wanted.target);
    return;
  }
  const auto hotfixes = d.i.hotfixes;
  bool asked = false;
  for (const auto& h : hotfixes)
    if (may_be_carried(h)) asked = ask_of(d, h, {}) || asked;
  if (asked) d.out.reply.reset();
  if (!asked && !d.out.reply) d.refuse("Nothing is tagged yet: what is carried to other lines is what shipped.");
}

void carry_forward(Deciding& d, const PendingRequest& request) {
  const auto h = *d.i.hotfix(request.repository);
  const auto* repository = d.p.repository(request.repository);
  const auto about = observe(d.i, h, d.p);
  std::vector<std::string> begun;
  Message said;
  for (const auto& [target, mb] : h.merge_backs) {
    if (!request.argument.empty() ? target != request.argument : mb.settled()) continue;
    const auto* port = under_way(h, target);
    if (mb.verdict == Verdict::present) {
      said.lines.push_back({plain(fmt::format("{} has it already: {}.", target, mb.explanation))});
    } else if (port != nullptr && port->number != 0) {
      said.lines.push_back({plain(carried_by(*port, target))});
    } else if (request.argument.empty() && !lacks_fix(mb)) {
      said.lines.push_back(
          {plain(fmt::format("{} is {}: {}. To try it: ", target, to_string(mb.verdict), mb.explanation)),
           code(fmt::format("/hotfix mergeback open {}{}", target,
                            d.i.hotfixes.size() > 1 ? " --repo " + h.repository : ""))});
    } else if (about && repository != nullptr) {
      d.effect(effect::ForwardPort{h.repository, *about, target, forward_branch(h, target), h.tag,
                                   repository->forward_port, d.i.id});
      begun.push_back(target);
    }
  }
  if (begun.empty() && said.empty())
    said = say(request.argument.empty()
                   ? "Every line has it."
                   : fmt::format("'{}' is not a merge-back target any more. There {}: {}.", request.argument,
                                 h.merge_backs.size() == 1 ? "is" : "are", names_of(h)));
  if (!said.empty()) d.announce(std::move(said));
  if (!begun.empty())
    d.answer({{{plain(fmt::format("It is being carried to {}. What comes of it is said in ", fmt::join(begun, ", "))),
                channel_link(d.i.channel), plain(".")}},
              {}});
}

void decide_result(Deciding& d, const result::ForwardPorted& r) {
  const auto* h = d.i.hotfix(r.repository);
  if (h == nullptr) return;
  const bool forge = has_forge(d, r.repository);
  if (!r.branch.empty()) {
    const auto known = h->forward_ports.find(r.target);
    const bool same = known != h->forward_ports.end() && known->second.branch == r.branch &&
                      known->second.sha == r.sha && known->second.open;
    if (!same)
      d.emit(event::ForwardPortOpened{r.repository, r.target, r.branch, r.sha, 0, {}, r.conflict.has_value()},
             by_bot(d));
    h = d.i.hotfix(r.repository);
    if (const auto* port = under_way(*h, r.target); forge && (port == nullptr || port->number == 0))
      d.effect(effect::OpenPullRequest{r.repository, r.branch, r.target, forward_port_title(*h, r),
                                       forward_port_description(d.i, *h, r), r.conflict.has_value()});
    if (forge && !r.conflict) return;  // the pull request's number says all of it
  }
  // What is said is on the record too, and so has a slot of its own.
  if (d.out.events.empty())
    d.emit(event::ForgeRefused{r.repository, "carrying the fix to " + r.target,
                               r.conflict         ? "it conflicts there"
                               : r.branch.empty() ? "its commits change nothing there"
                                                  : r.branch + " carries it already"},
           by_bot(d));
  d.announce(forward_port_message(d.i, *d.i.hotfix(r.repository), r));
}

void decide_result(Deciding& d, const result::ForwardPortFailed& r) {
  d.emit(event::ForgeRefused{r.repository, "carrying the fix to " + r.target, r.problem.what}, by_bot(d));
  d.announce({{{bold(fmt::format("Nothing was carried to {}{}", r.target, in_repository(d.i, r.repository))),
                plain(": " + r.problem.what)},
               {plain(r.problem.mend)}},
              {}});
}

bool record_forward_port(Deciding& d, const std::string& repository, const forge::PullRequest& pr) {
  using Action = forge::PullRequest::Action;
  const auto* h = d.i.hotfix(repository);
  if (h == nullptr || pr.number == 0 || pr.head_branch == h->branch) return false;
  auto target = target_of_branch(*h, pr.head_branch);
  for (const auto& [name, port] : h->forward_ports)
    if (target.empty() && port.number == pr.number) target = name;
  if (target.empty() || (!pr.base.empty() && pr.base != target)) return false;
  const auto it = h->forward_ports.find(target);
  const auto known = it == h->forward_ports.end() ? ForwardPort{} : it->second;
  const bool ended = pr.action == Action::merged || pr.action == Action::closed;
  if (ended && known.number != 0 && known.number != pr.number) return true;  // of one that was before
  const event::ForwardPortOpened now{repository,
                                     target,
                                     pr.head_branch.empty() ? known.branch : pr.head_branch,
                                     pr.head_sha.empty() ? known.sha : pr.head_sha,
                                     pr.number,
                                     pr.url,
                                     pr.draft};
  const bool news = known.number != now.number || known.branch != now.branch || known.sha != now.sha ||
                    known.url != now.url || known.draft != now.draft || (!known.open && !ended);
  const auto from_forge = EmitAs{.at = d.c.now, .by = Person{}, .source = Source::forge};
  if (news && !(ended && known.number == pr.number)) d.emit(now, from_forge);
  if (ended && d.i.hotfix(repository)->forward_ports.at(target).open)
    d.emit(event::ForwardPortClosed{repository, target, pr.number, pr.action == Action::merged, pr.landing_sha},
           from_forge);
  if (known.number != pr.number && !ended && !pr.draft) {
    result::ForwardPorted told;
    told.repository = repository;
    told.target = target;
    told.branch = now.branch;
    d.announce(forward_port_message(d.i, *d.i.hotfix(repository), told));
  }
  return true;
}

bool forward_port_failed(Deciding& d, const result::PullRequestFailed& r) {
  const auto* h = d.i.hotfix(r.repository);
  if (h == nullptr || r.head == h->branch || target_of_branch(*h, r.head) != r.base) return false;
  d.emit(event::ForgeRefused{r.repository, "a pull request from " + r.head, r.problem.what},
         {.at = d.c.now, .by = Person{}, .source = Source::forge});
  Message m{{{bold(fmt::format("No pull request was opened from {} into {}{}", r.head, r.base,
                               in_repository(d.i, r.repository))),
              plain(": " + r.problem.what)},
             {plain(r.problem.mend + "; or open it by hand, or:")}},
            {}};
  result::ForwardPorted by_hand;
  by_hand.target = r.base;
  by_hand.branch = r.head;
  for (auto& command : manual_commands(*h, by_hand)) m.lines.push_back({code(std::move(command))});
  d.announce(std::move(m));
  return true;
}

void clear_branches(Deciding& d) {
  for (const auto& h : d.i.hotfixes) {
    const auto* repository = d.p.repository(h.repository);
    if (repository == nullptr || !repository->delete_branches || h.base_sha.empty() || h.merge_backs.empty()) continue;
    if (!std::ranges::all_of(h.merge_backs, [](const auto& mb) { return mb.second.settled(); })) continue;
    effect::DeleteBranches wanted{h.repository, {h.branch}};
    for (const auto& [target, port] : h.forward_ports) wanted.branches.push_back(port.branch);
    d.effect(std::move(wanted));
  }
}

void decide_result(Deciding& d, const result::BranchesDeleted& r) {
  const auto* h = d.i.hotfix(r.repository);
  if (h == nullptr) return;
  std::vector<std::string> kept;
  for (const auto& one : r.kept) kept.push_back(fmt::format("{}: {}", one.branch, one.why));
  d.emit(event::BranchesDeleted{r.repository, r.deleted, kept}, by_bot(d));
  std::vector<std::string> lines;
  if (!r.deleted.empty())
    lines.push_back(
        fmt::format("No longer on the origin{}: {}.", in_repository(d.i, r.repository), fmt::join(r.deleted, ", ")));
  for (const auto& one : kept) lines.push_back("Kept " + one + ".");
  if (!lines.empty()) d.announce(say(fmt::format("{}", fmt::join(lines, "\n"))));
}

}  // namespace hotfixd
