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
