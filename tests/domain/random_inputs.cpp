#include <fmt/format.h>

#include "tests/domain/random_history.hpp"

// What people type, say and click at random, and what a forge reports.

namespace hotfixd::testing {
namespace cmd = command;
using std::chrono::hours;

Command History::command() {
  const auto why = one_in(5) ? std::string{} : std::string("because");
  switch (pick(33)) {
    case 0:
      return cmd::Assess{static_cast<Assessment>(pick(4)), why};
    case 1:
      return cmd::SetSeverity{static_cast<Severity>(1 + pick(4)), why};
    case 2:
      return cmd::AssignRole{static_cast<Role>(pick(5)), someone()};
    case 3:
      return cmd::Mitigate{static_cast<Mitigation>(pick(3)), one_in(2) ? "new-cart" : "coupons", why};
    case 4:
    case 5:
      return cmd::Branch{"checkout-500", one_in(10) ? "unknown" : repository(), one_in(5) ? "v2.4.6" : ""};
    case 6:
      if (one_in(4)) return cmd::PullRequest{0, {}, {}, repository()};
      return cmd::PullRequest{pick(4), "https://x/1", "fix", repository()};
    case 7:
    case 8:
      return cmd::Ci{
          one_in(6) ? std::nullopt : std::optional{one_in(3) ? static_cast<CheckState>(pick(4)) : CheckState::passed},
          one_in(3) ? sha({}) : "", "", repository()};
    case 9:
    case 10:
    case 11:
      return cmd::Approve{repository()};
    case 12:
    case 13:
    case 14:
      return cmd::Tag{one_in(5) ? "v2.5.0" : "", repository()};
    case 15:
    case 16:
      return cmd::DeployedTag{one_in(5) ? "v2.5.0" : "", one_in(5) ? "staging" : "", repository()};
    case 17:
      return cmd::Note{one_in(2) ? std::optional{run_.context.now - Minutes{pick(500)}} : std::nullopt, "noted"};
    case 18:
      return cmd::CorrectTime{fmt::format("{}", pick(12)), run_.context.now - Minutes{pick(500)}};
    case 19:
      return any<Command>({cmd::ShowTimeline{}, cmd::ShowObligations{}, cmd::ShowStatus{}, cmd::RcaShow{},
                           cmd::ActionList{}, cmd::ActionIssue{}});
    case 20:
      return cmd::Declare{Severity::sev2, "again", {}, {}, {}, false, one_in(2)};
    case 21:
      if (one_in(2)) return cmd::MergeBackOpen{any<std::string>({"", "main", "develop", "trunk"}), repository()};
      if (one_in(2)) return cmd::MergeBackShow{any<std::string>({"", "main", "develop", "trunk"}), repository()};
      return cmd::MergeBackStatus{repository()};
    case 22:
      return cmd::ActionAdd{one_in(6) ? "" : "a test",
                            one_in(2) ? someone() : Person{},
                            one_in(2) ? std::optional<Seconds>{hours{pick(400)}} : std::nullopt,
                            {}};
    case 25:
    case 26:
      return cmd::Deploy{one_in(6) ? "v2.4.7" : "", one_in(5) ? "Staging" : "", repository()};
    case 27:
      return one_in(2) ? Command{cmd::Where{one_in(4) ? "staging" : "", repository()}}
                       : Command{cmd::Mitigate{Mitigation::rollback, one_in(2) ? "v2.4.7" : "the cart", why}};
    case 28:
      return cmd::ConfirmRollback{repository()};
    case 29:
    case 30:
    case 31:
      return cmd::Merge{any<std::string>({"", "", "main", "develop"}), repository()};
    case 23:
      if (one_in(3)) return cmd::ActionIssue{one_in(2) ? "" : "A1", {}};
      return cmd::ActionFinish{one_in(4) ? "flag" : fmt::format("A{}", 1 + pick(3))};
    default:
      return cmd::Reopen{why};
  }
}

Command History::closing_command() {
  const auto why = one_in(5) ? std::string{} : std::string("because");
  switch (pick(16)) {
    case 0:
      return cmd::Verify{!one_in(4), why};
    case 1:
    case 2:
      return cmd::Resolve{"over"};
    case 3:
      return cmd::MergeBackAck{any<std::string>({"main", "develop", "trunk"}), why, repository()};
    case 4:
      return cmd::RcaStart{};
    case 5:
      return cmd::RcaSet{static_cast<RcaField>(pick(8)), one_in(10) ? "" : "text"};
    case 6: {  // everything that is missing, at once
      for (std::size_t n = 0; n + 1 < kRcaRequired; ++n)
        if (!run_.incident.rca.submitted) input(cmd::RcaSet{static_cast<RcaField>(n), "text"}, someone());
      return cmd::RcaSet{RcaField::category, "process"};
    }
    case 7:
      return cmd::RcaSubmit{};
    case 8:
      return cmd::RcaApprove{};
    case 9:
      return cmd::SetOwner{obligation(), someone()};
    case 10:
      return cmd::Snooze{one_in(2) ? "" : obligation(), hours{1 + pick(80)}};
    case 11:
    case 12:
      return cmd::Close{};
    case 13:
      return cmd::Override{one_in(2) ? any<std::string>({"branch", "ci", "approvals", "scope", "close"}) : obligation(),
                           why, repository()};
    case 14:
      return cmd::ConfirmOverride{one_in(2) ? "" : fmt::format("O{}", 1 + pick(4))};
    default:
      return cmd::DeclineOverride{one_in(2) ? "" : fmt::format("O{}", 1 + pick(4))};
  }
}

Input History::chat() {
  const auto old = fmt::format("m{}", 1 + pick(static_cast<std::uint32_t>(messages_ + 1)));
  const auto words =
      any<std::string>({"500s again", "21:07 rolled back", "2:30 looked at it", "23:59 nothing", "{sev2}", ""});
  switch (pick(6)) {
    case 0:
    case 1:
      return chat::Said{one_in(8) ? old : fmt::format("m{}", ++messages_), words};
    case 2:
      return chat::Edited{old, words};
    case 3:
      return chat::Deleted{old};
    case 4:
      return chat::Reacted{old, one_in(5) ? "heart" : "pushpin", !one_in(3)};
    default:
      return chat::Pressed{
          any<std::string>({"confirm", "decline", "snooze", "other", "assess", "branch", "approve", "tag", "deploy",
                            "rollback", "mergeback", "forward", "rca", "close", "timeline"}),
          any<std::string>({"O1", "O2", "R1", "", "alice", "bob", "shop@v2.4.8", "shop@" + sha({})})};
  }
}

ForgeEvent History::forge() {
  using Action = forge::PullRequest::Action;
  const auto repo = one_in(4) ? std::string("api") : std::string("shop");
  const auto at =
      one_in(3) ? std::nullopt
                : std::optional{run_.context.now - std::chrono::seconds{pick(4000)} + Minutes{one_in(10) ? 100 : 0}};
  const auto login = any<std::string>({"alice", "bob", "carol-gh", "dave-gh", "robot", ""});
  const auto branch = one_in(6) ? std::string("main") : std::string("hotfix/checkout-500");
  ForgeEvent e{repo, at, login, forge::TagCreated{"v2.4.8"}};
  for (const auto& h : run_.incident.hotfixes)  // what was closed is often opened again
    for (const auto& pr : h.pull_requests)
      if (!pr.open && pr.landing_sha.empty() && one_in(2))
        return {h.repository, at, login,
                forge::PullRequest{
                    Action::reopened, pr.number, pr.url, pr.title, h.branch, h.head, pr.base, {}, {}, false}};
  for (const auto& h : run_.incident.hotfixes)
    for (const auto& [target, port] : h.forward_ports)
      if (one_in(6))
        return {
            h.repository, at, login,
            forge::PullRequest{any({Action::opened, Action::updated, Action::closed, Action::reopened, Action::merged}),
                               port.number == 0 || one_in(4) ? 30U : port.number,
                               port.url,
                               "port",
                               port.branch,
                               "f2",
                               target,
                               {},
                               "robot",
                               one_in(4)}};
  switch (pick(8)) {
    case 0:
      e.fact = forge::PullRequest{any({Action::opened, Action::updated, Action::closed, Action::closed,
                                       Action::reopened, Action::reopened, Action::merged}),
                                  one_in(4) ? pick(3) : 7,
                                  "https://x/1",
                                  "fix",
                                  branch,
                                  sha(repo),
                                  "main",
                                  one_in(2) ? "landed" : "",
                                  one_in(3) ? "" : "dave-gh",
                                  false};
      break;
    case 1:
    case 2:
      e.fact = forge::Review{pick(3), branch, one_in(6) ? "" : sha(repo), login,
                             one_in(3) ? static_cast<ReviewVerdict>(pick(4)) : ReviewVerdict::approved};
      break;
    case 3:
    case 4:
      e.fact = forge::Check{sha(repo), one_in(2) ? "build" : "test", "",
                            one_in(3) ? static_cast<CheckState>(pick(4)) : CheckState::passed, pick(6)};
      if (one_in(2)) std::get<forge::Check>(e.fact).source = one_in(2) ? "app 7" : "user dave";
      break;
    case 5:
      e.fact = forge::Push{one_in(2) ? "refs/heads/main" : "refs/heads/hotfix/checkout-500",
                           one_in(4) ? "" : fmt::format("t{}", pick(4)),
                           one_in(6) ? "" : fmt::format("t{}", pick(4)),
                           false,
                           one_in(8),
                           one_in(4),
                           one_in(6)};
      break;
    case 6:
      e.fact =
          forge::Deployment{one_in(3) ? "main" : "v2.4.8", one_in(2) ? sha(repo) : "",
                            one_in(4) ? "staging" : "production", "", static_cast<forge::Deployment::State>(pick(3))};
      break;
    default:
      break;
  }
  return e;
}

}  // namespace hotfixd::testing
