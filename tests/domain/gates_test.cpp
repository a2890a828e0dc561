#include "bot/domain/gates.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/domain/support.hpp"

// What must be true before the bot tags.

namespace hotfixd::testing {
namespace {

using State = CheckState;
namespace cmd = command;

std::string gates(const Story& run, const std::string& sha = {}) {
  std::vector<std::string> lines;
  const auto& h = run.incident.hotfixes.front();
  for (const auto& g : tag_gates(run.incident, h, run.policy, sha.empty() ? h.head : sha))
    lines.push_back(fmt::format("{} {}: {}",
                                g.passed       ? "open"
                                : g.overridden ? "overridden"
                                               : "shut",
                                to_string(g.gate), g.detail));
  return fmt::format("{}", fmt::join(lines, "\n"));
}

ForgeFact review(std::string login, ReviewVerdict verdict, std::string sha = "h1") {
  return forge::Review{7, "hotfix/checkout-500", std::move(sha), std::move(login), verdict};
}

TEST(Gates, AllOpen) {
  Story run;
  run.reviewed();
  EXPECT_EQ(gates(run),
            "open branch: hotfix/checkout-500 was cut from v2.4.7\n"
            "open ci: CI green on h1\n"
            "open approvals: 2 of 2 approvals on h1\n"
            "open scope: 1 file, 2 lines changed (budget 5 and 100)");
}

TEST(Gates, AllShut) {
  Story run;
  auto large = facts("h1");
  large.files = 6;
  large.lines = 101;
  run.cut().git(large);
  EXPECT_EQ(gates(run),
            "open branch: hotfix/checkout-500 was cut from v2.4.7\n"
            "shut ci: no CI result for h1\n"
            "shut approvals: 0 of 2 approvals on h1\n"
            "shut scope: 6 files, 101 lines changed (budget 5 and 100)");
}

TEST(Gates, ABranchThatWasNotCutYetIsShut) {
  Story run;
  run.declared().type("alice", cmd::Branch{"x", {}, {}});
  EXPECT_EQ(gates(run).substr(0, 65), "shut branch: the branch was not cut from the production tag\nshut ");
}

TEST(Gates, ChecksOfOneCommitTogether) {
  struct Case {
    std::vector<std::pair<std::string, State>> checks;
    CiState together;
    std::string failed;
  };
  for (const auto& c : {
           Case{{}, CiState::none, ""},
           Case{{{"build", State::passed}}, CiState::green, ""},
           Case{{{"build", State::passed}, {"docs", State::skipped}}, CiState::green, ""},
           Case{{{"docs", State::skipped}}, CiState::none, ""},
           Case{{{"build", State::passed}, {"test", State::pending}}, CiState::pending, ""},
           Case{{{"build", State::pending}, {"test", State::failed}}, CiState::red, "test"},
       }) {
    Hotfix h;
    for (const auto& [context, state] : c.checks) h.checks["h1"][context] = {state, {}, 0, {}};
    EXPECT_EQ(ci_state(h, "h1", default_policy()), c.together);
    EXPECT_EQ(failed_check(h, "h1", default_policy()), c.failed);
    EXPECT_EQ(ci_state(h, "h2", default_policy()), CiState::none);
  }
}

// Reports of one check arrive in any order; the forge's number says which is the latest.
TEST(Gates, RerunsOutOfOrder) {
  struct Report {
    std::uint64_t sequence;
    State state;
  };
  struct Case {
    std::vector<Report> reports;
    const char* gate;
  };
  for (const auto& c : {
           Case{{{1, State::failed}, {2, State::passed}}, "open ci: CI green on h1"},
           Case{{{2, State::passed}, {1, State::failed}}, "open ci: CI green on h1"},
           Case{{{2, State::failed}, {1, State::passed}}, "shut ci: CI red on h1: build"},
           Case{{{1, State::passed}, {2, State::pending}}, "shut ci: CI still running on h1"},
           Case{{{1, State::passed}, {1, State::pending}}, "open ci: CI green on h1"},
           Case{{{1, State::pending}, {1, State::passed}}, "open ci: CI green on h1"},
       }) {
    Story run;
    run.cut().git(facts("h1"));
    for (const auto& r : c.reports) run.forge(forge::Check{"h1", "build", {}, r.state, r.sequence});
    const auto all = gates(run);
    const auto from = all.find('\n') + 1;
    EXPECT_EQ(all.substr(from, all.find('\n', from) - from), c.gate);
  }
}

TEST(Gates, WhoseApprovalCounts) {
  using V = ReviewVerdict;
  struct Given {
    const char* who;
    V verdict;
    const char* sha;
  };
  struct Case {
    std::vector<Given> given;
    const char* gate;
  };
  for (const auto& c : {
           Case{{{"bob", V::approved, "h1"}, {"bob", V::approved, "h1"}}, "shut approvals: 1 of 2 approvals on h1"},
           Case{{{"bob", V::approved, "h1"}, {"dave", V::approved, "h1"}},
                "shut approvals: 1 of 2 approvals on h1; dave wrote the fix, so that one does not count"},
           Case{{{"bob", V::approved, "h0"}, {"carol", V::approved, "h1"}},
                "shut approvals: 1 of 2 approvals on h1; bob approved h0, which is not this commit"},
           Case{{{"bob", V::approved, "h1"}, {"carol", V::approved, "h1"}, {"bob", V::changes_requested, "h1"}},
                "shut approvals: 1 of 2 approvals on h1; bob asked for changes"},
           Case{{{"bob", V::approved, "h1"}, {"carol", V::approved, "h1"}, {"erin", V::changes_requested, "h1"}},
                "shut approvals: 2 of 2 approvals on h1; erin asked for changes"},
           Case{{{"bob", V::approved, "h1"}, {"BOB", V::approved, "h1"}}, "shut approvals: 1 of 2 approvals on h1"},
           Case{{{"bob", V::approved, "h1"}, {"carol", V::approved, "h1"}, {"bob", V::dismissed, "h1"}},
                "shut approvals: 1 of 2 approvals on h1"},
           Case{{{"bob", V::approved, "h1"}, {"carol", V::approved, "h1"}, {"bob", V::commented, "h1"}},
                "open approvals: 2 of 2 approvals on h1"},
           Case{{{"", V::approved, "h1"}, {"carol", V::approved, "h1"}}, "shut approvals: 1 of 2 approvals on h1"},
       }) {
    Story run;
    run.cut().git(facts("h1"));
    run.forge(forge::PullRequest{
        forge::PullRequest::Action::opened, 7, {}, "fix", "hotfix/checkout-500", "h1", "main", {}, "dave", false});
    for (const auto& g : c.given) run.after(Minutes{1}).forge(review(g.who, g.verdict, g.sha), g.who);
    const auto all = gates(run);
    const auto from = all.find("\nshut approvals") != std::string::npos ? all.find("\nshut approvals") + 1
                                                                        : all.find("\nopen approvals") + 1;
    EXPECT_EQ(all.substr(from, all.find('\n', from) - from), c.gate);
  }
}

TEST(Gates, ALateReviewDoesNotReplaceALaterOne) {
  Story run;
  run.reviewed();
  run.at("21:40").forge(review("bob", ReviewVerdict::changes_requested), "bob", at("21:31"));
  EXPECT_EQ(run.recorded(), "");
}

TEST(Gates, ANewHeadShutsThemAgain) {
  Story run;
  run.reviewed().at("21:39").git(facts("h2", {{"main"}, {"develop"}}));
  EXPECT_EQ(gates(run),
            "open branch: hotfix/checkout-500 was cut from v2.4.7\n"
            "shut ci: no CI result for h2\n"
            "shut approvals: 0 of 2 approvals on h2; bob approved h1, which is not this commit; carol approved h1, "
            "which is not this commit\n"
            "open scope: 1 file, 2 lines changed (budget 5 and 100)");
  run.type("alice", cmd::Tag{}).git(facts("h2", {{"main"}, {"develop"}}));
  EXPECT_EQ(run.all(),
            "settled tag shop no: no CI result for h2; 0 of 2 approvals on h2; bob approved h1, which is not this "
            "commit; carol approved "
            "h1, which is not this commit\n"
            "tag refused v2.4.8: no CI result for h2; 0 of 2 approvals on h2; bob approved h1, which is not this "
            "commit; carol approved h1, "
            "which is not this commit\n"
            "Tag v2.4.8 refused\n"
            "✓ hotfix/checkout-500 was cut from v2.4.7\n"
            "✗ no CI result for h2\n"
            "✗ 0 of 2 approvals on h2; bob approved h1, which is not this commit; carol approved h1, which is not this "
            "commit\n"
            "✓ 1 file, 2 lines changed (budget 5 and 100)\n"
            "If it must ship all the same: /hotfix override ci <why> (a second person confirms)");
}

TEST(Gates, AnOverrideHoldsForTheCommitItWasAskedFor) {
  Story run;
  run.cut()
      .git(facts("h1"))
      .type("alice", cmd::Override{"ci", "the runners are down", {}})
      .type("bob", cmd::ConfirmOverride{"O1"});
  EXPECT_EQ(gates(run),
            "open branch: hotfix/checkout-500 was cut from v2.4.7\n"
            "overridden ci: no CI result for h1\n"
            "shut approvals: 0 of 2 approvals on h1\n"
            "open scope: 1 file, 2 lines changed (budget 5 and 100)");
  run.git(facts("h2"));
  EXPECT_EQ(gates(run),
            "open branch: hotfix/checkout-500 was cut from v2.4.7\n"
            "shut ci: no CI result for h2\n"
            "shut approvals: 0 of 2 approvals on h2\n"
            "open scope: 1 file, 2 lines changed (budget 5 and 100)");
  EXPECT_EQ(gates(run, "h1").substr(53, 36), "overridden ci: no CI result for h1\ns");
}

// What a look at the forge says of rules and of people.
Story& look(Story& run, ForgeView view) {
  return run.input(result::Observed{"shop", facts("h1"), std::move(view), {}});
}

ForgeEvent told(ForgeFact fact) { return {"shop", {}, {}, std::move(fact)}; }

forge::Check of(std::string name, State state, std::string source, std::uint64_t sequence = 1) {
  return {.sha = "h1", .context = std::move(name), .state = state, .sequence = sequence, .source = std::move(source)};
}

TEST(Gates, ACheckCountsFromTheSourceThatTheRulesName) {
  const struct {
    std::vector<forge::Check> checks;
    const char* gate;
  } cases[] = {
      {{of("smoke (suite 1)", State::passed, "app 7")}, "CI green on h1"},
      {{of("smoke (suite 1)", State::failed, "app 7")}, "CI red on h1: smoke"},
      {{of("smoke", State::passed, "app 8")}, "CI not complete on h1: smoke is from another app than the rules want"},
      {{of("smoke", State::failed, "app 8")}, "CI not complete on h1: smoke is from another app than the rules want"},
      {{of("smoke", State::passed, "user dave")},
       "CI not complete on h1: smoke is from another app than the rules want"},
      {{of("smoke", State::passed, "")},
       "CI not complete on h1: which app set smoke is not known, and the rules want a certain one"},
      // The right one is there: its namesake says nothing, well or ill.
      {{of("smoke (suite 1)", State::passed, "app 7"), of("smoke (suite 2)", State::failed, "app 8")},
       "CI green on h1"},
      {{of("smoke (suite 1)", State::failed, "app 7"), of("smoke (suite 2)", State::passed, "app 8")},
       "CI red on h1: smoke (suite 1)"},
      {{of("other", State::passed, "app 7")}, "CI not complete on h1: smoke did not report"},
  };
  for (const auto& c : cases) {
    Story run;
    ForgeView view{.required_checks = {"smoke"}, .check_sources = {{"smoke", "app 7"}}};
    for (const auto& check : c.checks) view.events.push_back(told(check));
    look(run.cut(), std::move(view));
    EXPECT_EQ(tag_gates(run.incident, run.incident.hotfixes.front(), run.policy).at(1).detail, c.gate);
  }
}

// Two rules want one name of two apps, and a third a workflow, whatever its runs are called.
TEST(Gates, EveryRuleHasItsSource) {
  Story run;
  const std::string workflow = "workflow .github/workflows/ci.yml";
  ForgeView view{.required_checks = {"smoke", workflow},
                 .check_sources = {{"smoke", "app 7"}, {"smoke", "app 8"}, {workflow, workflow}}};
  const auto gate = [&] { return tag_gates(run.incident, run.incident.hotfixes.front(), run.policy).at(1).detail; };
  view.events = {told(of("smoke (suite 1)", State::passed, "app 7"))};
  look(run.cut(), view);
  EXPECT_EQ(gate(), "CI not complete on h1: smoke, workflow .github/workflows/ci.yml did not report");
  view.events = {told(of("smoke (suite 2)", State::passed, "app 8")), told(of(workflow, State::passed, "app 8"))};
  look(run, view);
  EXPECT_EQ(gate(), "CI not complete on h1: workflow .github/workflows/ci.yml is from another app than the rules want");
  view.events = {told(of("workflow: CI (pull_request, run 5)", State::passed, workflow))};
  look(run, view);
  EXPECT_EQ(gate(), "CI green on h1");
  view.events = {told(of("workflow: CI (pull_request, run 6)", State::failed, workflow))};
  look(run, view);
  EXPECT_EQ(gate(), "CI red on h1: workflow: CI (pull_request, run 6)");
}

// A webhook does not say which app set a status: the look that it causes does, and no webhook takes it back.
TEST(Gates, ALookTellsWhatAWebhookLeavesOut) {
  Story run;
  look(run.cut(), {.required_checks = {"smoke"}, .check_sources = {{"smoke", "app 7"}}});
  run.forge(of("lint", State::passed, ""));
  EXPECT_EQ(run.asked(), "");
  run.forge(of("smoke", State::pending, "", 4));
  EXPECT_EQ(run.asked(), "");
  run.forge(of("smoke", State::passed, "", 5));
  EXPECT_EQ(run.asked(), "observe shop");
  ForgeView view{.required_checks = {"smoke"}, .check_sources = {{"smoke", "app 7"}}};
  view.events = {told(of("smoke", State::passed, "app 7", 5))};
  look(run, view);
  EXPECT_EQ(ci_state(run.incident.hotfixes.front(), "h1", run.policy), CiState::green);
  run.forge(of("smoke", State::passed, "", 5));
  EXPECT_EQ(run.all(), "");
  // What a workflow's run is of stays known while it goes on.
  Story other;
  const std::string workflow = "workflow .github/workflows/ci.yml";
  view = {.required_checks = {workflow}, .check_sources = {{workflow, workflow}}};
  auto going = of("workflow: CI (pull_request, run 5)", State::pending, workflow, 5001);
  going.rollup = true;
  view.events = {told(going)};
  look(other.cut(), view);
  going.state = State::passed;
  going.source.clear();
  other.forge(going);
  EXPECT_EQ(ci_state(other.incident.hotfixes.front(), "h1", other.policy), CiState::green);
}

TEST(Gates, TheCiCardShowsTheNamesakeThatDoesNotCount) {
  auto policy = team();
  policy.repositories.front().forge = "GitHub";
  Story run(policy);
  ForgeView view{.required_checks = {"smoke"}, .check_sources = {{"smoke", "app 7"}}};
  view.events = {told(of("smoke", State::passed, "app 8"))};
  look(run.cut(), std::move(view));
  EXPECT_EQ(run.shown(), "h1: CI running, 0 of 2 approvals\n· smoke is from another app than the rules want");
}

TEST(Gates, TheForgeMayDemandMoreApprovals) {
  Story run;
  run.reviewed();
  look(run, {.required_approvals = 3});
  const auto gate = [&] { return tag_gates(run.incident, run.incident.hotfixes.front(), run.policy).at(2); };
  EXPECT_EQ(gate().detail, "2 of 3 approvals on h1 (so many by the rules of the line)");
  EXPECT_FALSE(gate().passed);
  // Losing the right to read the rules does not lower it, and a smaller number is no reason for less.
  look(run, {.rules_known = false});
  EXPECT_FALSE(gate().passed);
  look(run, {.required_approvals = 1});
  EXPECT_EQ(gate().detail, "2 of 2 approvals on h1");
  EXPECT_TRUE(gate().passed);
}

TEST(Gates, WhoMayNotWriteApprovesNothing) {
  Story run;
  run.reviewed();
  const auto gate = [&] { return tag_gates(run.incident, run.incident.hotfixes.front(), run.policy).at(2); };
  look(run, {.readers = {"carol"}, .rights_unknown = {"bob"}});
  EXPECT_EQ(gate().detail,
            "1 of 2 approvals on h1; carol may not write to shop, so that one does not count; rights of bob unknown");
  EXPECT_FALSE(gate().passed);
  EXPECT_EQ(run.shown(),
            "h1: CI green, 1 of 2 approvals (bob)\ncarol approved, which does not count: no right to write to shop");
  look(run, {.rights_unknown = {"bob"}});
  EXPECT_EQ(gate().detail, "2 of 2 approvals on h1; rights of bob unknown");
  EXPECT_TRUE(gate().passed);
}

// Nobody is asked for a review of the pull request whose approvals do not count.
TEST(Gates, PeopleAreAskedForTheReviewsThatCount) {
  auto policy = team();
  policy.repositories.front().forge = "GitHub";
  Story run(policy);
  run.cut().git(facts("h1"));
  for (const std::uint64_t number : {7U, 8U})
    run.forge(forge::PullRequest{forge::PullRequest::Action::opened,
                                 number,
                                 {},
                                 "fix",
                                 "hotfix/checkout-500",
                                 "h1",
                                 number == 7 ? "main" : "develop",
                                 {},
                                 "dave",
                                 false});
  run.after(Minutes{10}).tick();
  EXPECT_EQ(run.shown(), "@alice nobody is asked to review: PR #7 needs 2 more approvals of h1.");
  run.forge(forge::PullRequest{
      forge::PullRequest::Action::merged, 7, {}, "fix", "hotfix/checkout-500", "h1", "main", "m1", "dave", false});
  EXPECT_FALSE(next_review_nag(run.incident, run.incident.hotfixes.front(), policy));
}

TEST(Gates, AWebhooksApprovalIsLookedInto) {
  auto policy = team();
  policy.repositories.front().forge = "GitHub";
  Story run(policy);
  run.cut().git(facts("h1")).forge(review("bob", ReviewVerdict::approved), "bob");
  EXPECT_EQ(run.asked(), "observe shop");
  run.forge(review("bob", ReviewVerdict::dismissed), "bob");
  EXPECT_EQ(run.asked(), "");
}

// Approvals are of a pull request: one into another line approves another change. What stands against it there stands.
TEST(Gates, ReviewsAreOfTheirPullRequest) {
  using V = ReviewVerdict;
  Story run;
  run.cut().git(facts("h1"));
  const auto pull = [&](std::uint64_t number, std::string base, forge::PullRequest::Action action) {
    run.forge(forge::PullRequest{action,
                                 number,
                                 {},
                                 "fix",
                                 "hotfix/checkout-500",
                                 "h1",
                                 std::move(base),
                                 action == forge::PullRequest::Action::merged ? "m1" : "",
                                 "dave",
                                 false});
  };
  using enum forge::PullRequest::Action;
  const auto say = [&](std::uint64_t number, std::string who, V verdict, std::string_view when) {
    run.at("21:50").forge(forge::Review{number, "hotfix/checkout-500", "h1", who, verdict}, who, at(when));
  };
  const auto gate = [&] { return tag_gates(run.incident, run.incident.hotfixes.front(), run.policy).at(2).detail; };
  pull(7, "main", opened);
  pull(8, "develop", opened);
  say(8, "bob", V::approved, "21:31");
  EXPECT_EQ(gate(), "0 of 2 approvals on h1");
  say(7, "bob", V::approved, "21:32");
  // An older word in the other one neither comes late nor replaces a later one here.
  say(8, "bob", V::changes_requested, "21:30");
  EXPECT_EQ(run.recorded(), "");
  say(8, "carol", V::changes_requested, "21:29");
  say(7, "carol", V::approved, "21:33");
  EXPECT_EQ(gate(), "1 of 2 approvals on h1; carol asked for changes in #8");
  say(8, "carol", V::dismissed, "21:34");
  EXPECT_EQ(gate(), "2 of 2 approvals on h1");
  say(8, "erin", V::changes_requested, "21:34");
  EXPECT_EQ(gate(), "2 of 2 approvals on h1; erin asked for changes in #8");
  // Merged, the one into production still counts; one that is over and was refused does not.
  pull(8, "develop", closed);
  pull(9, "develop", opened);
  pull(7, "main", merged);
  EXPECT_EQ(gate(), "2 of 2 approvals on h1");
  EXPECT_EQ(counting_pull_request(run.incident.hotfixes.front(), run.policy)->number, 7U);
}

// What people say in the channel is of the commit, in whatever pull request it is merged.
TEST(Gates, AWordInTheChannelIsOfNoPullRequest) {
  Story run;
  run.cut().git(facts("h1"));
  for (const std::uint64_t number : {8U, 7U})
    run.forge(forge::PullRequest{forge::PullRequest::Action::opened,
                                 number,
                                 {},
                                 "fix",
                                 "hotfix/checkout-500",
                                 "h1",
                                 number == 7 ? "main" : "develop",
                                 {},
                                 "dave",
                                 false});
  run.type("bob", cmd::Approve{}).git(facts("h1"));
  EXPECT_EQ(approvers(run.incident.hotfixes.front(), "h1", run.policy).size(), 1U);
  run.after(Minutes{1}).forge(review("bob", ReviewVerdict::changes_requested), "bob");
  EXPECT_EQ(tag_gates(run.incident, run.incident.hotfixes.front(), run.policy).at(2).detail,
            "0 of 2 approvals on h1; bob asked for changes");
}

TEST(Gates, OnlyAConfiguredLoginIsAPerson) {
  auto p = team();
  p.people = {{person("alice"), {}, {}}, {person("bob"), {}, "bob-gh"}};
  EXPECT_EQ(p.by_github("").id, "");
  EXPECT_EQ(p.by_github("Alice").id, "alice");
  EXPECT_EQ(p.by_github("BOB-gh").id, "bob");
  EXPECT_EQ(p.by_github("bob").id, "bob");
  EXPECT_EQ(p.by_github("robot").id, "robot");
}

}  // namespace
}  // namespace hotfixd::testing
