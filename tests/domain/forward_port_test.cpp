#include "bot/domain/forward_port.hpp"

#include <gtest/gtest.h>

#include "bot/domain/cards.hpp"
#include "bot/domain/gates.hpp"
#include "tests/domain/support.hpp"

// The fix is carried to the lines that lack it, and what stands out in it is said.

namespace hotfixd::testing {
namespace {

namespace cmd = command;
using Action = forge::PullRequest::Action;

Policy with_forge() {
  auto p = team();
  p.repositories[0].forge = "GitHub";
  return p;
}

HotfixFacts lacking() {
  return facts(
      "h1", {{"develop", Verdict::absent, "d1", false, "ABSENT"}, {"main", Verdict::present, "m1", false, "merged"}});
}

result::ForwardPorted ported() {
  return {.repository = "shop",
          .target = "develop",
          .branch = "hotfix-forward/checkout-500-to-develop",
          .sha = "f1f1f1f1f1",
          .target_sha = "d1",
          .mode = PortMode::merge,
          .why_picked = {},
          .commits = {{"h1", "guard null coupon"}}};
}

forge::PullRequest pull_request(Action action, bool draft = false) {
  return {action,    12, "https://x/12", "Forward-port", "hotfix-forward/checkout-500-to-develop", "f1f1f1f1f1",
          "develop", {}, "robot",        draft};
}

PortConflict conflict() {
  return {"h2h2h2h2",
          "rename `cart`",
          {{"src/cart.js",
            "both sides changed it",
            {{"Erin", "1a2b3c4", {}}, {"Frank", "5d6e7f8", {}}},
            "<<<<<<< develop\n  a\n=======\n  b\n>>>>>>> h2h2h2h\n"}},
          {"h2h2h2h2", "h3h3h3h3"}};
}

TEST(ForwardPort, GitIsAskedFirstAndThePullRequestIsOpened) {
  Story run(with_forge());
  run.deployed().type("alice", cmd::MergeBackOpen{});
  EXPECT_EQ(run.all(), "asked mergeback open shop \nobserve shop");
  run.git(lacking());
  EXPECT_EQ(run.asked(),
            "carry shop hotfix/checkout-500 v2.4.8 of HF-1 to develop by merge as "
            "hotfix-forward/checkout-500-to-develop");
  EXPECT_EQ(run.shown(), "");
  run.input(ported());
  EXPECT_EQ(run.all(),
            "forward port shop develop hotfix-forward/checkout-500-to-develop f1f1f1f1f1 #0\n"
            "open PR shop hotfix-forward/checkout-500-to-develop into develop: Forward-port v2.4.8 to develop: guard "
            "null coupon");
  EXPECT_EQ(std::get<effect::OpenPullRequest>(run.last.effects.front()).body,
            "Carries `v2.4.8` of HF-1 to `develop`.\n\n- h1 `guard null coupon`\n");
  run.input(result::PullRequestReady{"shop", pull_request(Action::opened)});
  EXPECT_EQ(run.all(),
            "forward port shop develop hotfix-forward/checkout-500-to-develop f1f1f1f1f1 #12\n"
            "PR #12 carries v2.4.8 to develop: review and merge it.");
  EXPECT_EQ(text(merge_back_message(run.incident)),
            "shop v2.4.8\n✗ develop: ABSENT ABSENT, PR #12 open\n✓ main: PRESENT merged");
  EXPECT_TRUE(text(status_card(run.incident, run.policy)).contains("✗ develop: ABSENT, PR #12 open"));

  // Again: nothing is done twice.
  run.input(result::PullRequestReady{"shop", pull_request(Action::opened)});
  EXPECT_EQ(run.all(), "");
  run.type("alice", cmd::MergeBackOpen{"develop", {}});
  EXPECT_EQ(run.answer(), "refused: PR #12 carries it to develop already: https://x/12.");
  run.type("alice", cmd::MergeBackOpen{}).git(lacking());
  EXPECT_EQ(run.asked(), "");
  EXPECT_EQ(run.shown(), "PR #12 carries it to develop already: https://x/12.");

  // Closed without merging: it may be opened again. Merged: git says so.
  run.forge(pull_request(Action::closed), "erin");
  EXPECT_EQ(run.recorded(), "forward port develop #12 closed");
  run.type("alice", cmd::MergeBackOpen{"develop", {}}).git(lacking());
  EXPECT_TRUE(run.asked().starts_with("carry shop"));
  run.input(ported());
  EXPECT_TRUE(run.asked().starts_with("open PR shop"));
  run.input(result::PullRequestReady{"shop", pull_request(Action::opened)});
  run.forge(pull_request(Action::merged), "erin");
  EXPECT_EQ(run.recorded(), "forward port develop #12 merged");
  EXPECT_EQ(run.asked(), "observe shop");
}

TEST(ForwardPort, TheOwnerIsToldTheNextStep) {
  Story run(with_forge());
  run.deployed().type("alice", cmd::Resolve{"quiet"}).git(lacking());
  const auto step = [&] {
    return what_to_do(*run.incident.obligation("merge-back:shop:develop"), run.incident, run.policy);
  };
  EXPECT_EQ(step(), "/hotfix mergeback open develop");
  run.policy.repositories[0].forge.clear();
  EXPECT_EQ(step(), "git switch develop && git merge v2.4.8 && git push");
  run.input(ported());
  EXPECT_EQ(step(),
            "git fetch && git switch develop && git pull && git merge "
            "origin/hotfix-forward/checkout-500-to-develop && git push");
  run.input(result::PullRequestReady{"shop", pull_request(Action::opened, true)});
  EXPECT_EQ(step(), "resolve the conflict on hotfix-forward/checkout-500-to-develop, then merge PR #12 https://x/12");
  run.forge(pull_request(Action::updated));
  EXPECT_EQ(step(), "merge PR #12 https://x/12");
  run.git(facts("h1", {{"develop", Verdict::present, "d2"}, {"main", Verdict::present, "m1"}}));
  EXPECT_EQ(run.incident.obligation("merge-back:shop:develop")->state, ObligationState::met);
  EXPECT_FALSE(text(merge_back_message(run.incident)).contains("PR #12"));
}

TEST(ForwardPort, WithoutAForgeTheBranchAndTheCommandsAreTold) {
  Story run;
  run.deployed().type("alice", cmd::MergeBackOpen{"develop", {}}).git(lacking()).input(ported());
  EXPECT_EQ(run.asked(), "");
  EXPECT_EQ(run.shown(),
            "v2.4.8 is ready for develop on hotfix-forward/checkout-500-to-develop.\n"
            "git fetch && git switch develop && git pull\n"
            "git merge origin/hotfix-forward/checkout-500-to-develop\n"
            "git push");
  EXPECT_EQ(text(merge_back_message(run.incident)),
            "shop v2.4.8\n✗ develop: ABSENT ABSENT, on hotfix-forward/checkout-500-to-develop\n✓ main: PRESENT merged");
}

TEST(ForwardPort, IsRefusedWhereItMakesNoSense) {
  Story early(with_forge());
  early.reviewed().type("alice", cmd::MergeBackOpen{});
  EXPECT_EQ(early.all(),
            "refused: hotfix/checkout-500 is not tagged yet: what is carried to other lines is what shipped.\n"
            "Type: /hotfix tag");
  Story none(with_forge());
  none.declared().type("alice", cmd::MergeBackOpen{});
  EXPECT_EQ(none.answer(), "refused: HF-1 has no hotfix branch yet.\nType: /hotfix branch <slug>");
  Story run(with_forge());
  run.deployed().git(lacking());
  run.type("alice", cmd::MergeBackOpen{"trunk", {}});
  EXPECT_EQ(run.answer(), "refused: 'trunk' is not a merge-back target. There are: develop, main.");
  run.type("alice", cmd::MergeBackOpen{"main", {}});
  EXPECT_EQ(run.answer(), "refused: main has it already: merged.");
  run.type("alice", cmd::MergeBackOpen{}).type("bob", cmd::MergeBackOpen{});
  EXPECT_EQ(run.answer(), "refused: It is on its way already.");
  run.git(facts("h1", {{"develop", Verdict::present, "d2"}, {"main", Verdict::present, "m1"}}));
  EXPECT_EQ(run.asked(), "");
  EXPECT_TRUE(run.shown().ends_with("Every line has it.")) << run.shown();
  // A person has to look at these first; named, they are tried.
  run.type("alice", cmd::MergeBackOpen{})
      .git(facts("h1", {{"develop", Verdict::moot, "d2"}, {"main", Verdict::present, "m1"}}));
  EXPECT_EQ(run.asked(), "");
  EXPECT_TRUE(run.shown().contains("develop is MOOT: MOOT. To try it: /hotfix mergeback open develop")) << run.shown();
  run.type("alice", cmd::MergeBackOpen{"develop", {}})
      .git(facts("h1", {{"develop", Verdict::moot, "d2"}, {"main", Verdict::present, "m1"}}));
  EXPECT_TRUE(run.asked().starts_with("carry shop"));
}

TEST(ForwardPort, AConflictAfterThePicksIsADraft) {
  Story run(with_forge());
  run.policy.repositories[0].forward_port = PortMode::cherry_pick;
  run.deployed().type("alice", cmd::MergeBackOpen{"develop", {}}).git(lacking());
  EXPECT_TRUE(run.asked().contains(" by cherry-pick as "));
  auto r = ported();
  r.mode = PortMode::cherry_pick;
  r.conflict = conflict();
  run.input(r);
  EXPECT_EQ(run.recorded(), "forward port shop develop hotfix-forward/checkout-500-to-develop f1f1f1f1f1 #0 draft");
  EXPECT_EQ(run.asked(),
            "open draft PR shop hotfix-forward/checkout-500-to-develop into develop: Forward-port v2.4.8 to develop: "
            "guard null coupon");
  EXPECT_EQ(run.shown(),
            "v2.4.8 does not go onto develop by itself: h2h2h2h conflicts in 1 file.\n"
            "1 of its commits is on hotfix-forward/checkout-500-to-develop.\n"
            "• src/cart.js: both sides changed it, last by Erin, Frank\n"
            "<<<<<<< develop\n"
            "  a\n"
            "=======\n"
            "  b\n"
            ">>>>>>> h2h2h2h\n"
            "By hand:\n"
            "git fetch && git switch hotfix-forward/checkout-500-to-develop\n"
            "git cherry-pick -x h2h2h2h h3h3h3h  # mend the files, git add them, git cherry-pick --continue\n"
            "git push");
  EXPECT_EQ(std::get<effect::OpenPullRequest>(run.last.effects.front()).body,
            "Carries `v2.4.8` of HF-1 to `develop`.\n\n"
            "- h1 `guard null coupon`\n\n"
            "**It stops before h2h2h2h** (`` rename `cart` ``), which does not apply here.\n\n"
            "`src/cart.js`: both sides changed it, last by `Erin`, `Frank`.\n\n"
            "```\n<<<<<<< develop\n  a\n=======\n  b\n>>>>>>> h2h2h2h\n```\n\n"
            "By hand:\n\n"
            "```\ngit fetch && git switch hotfix-forward/checkout-500-to-develop\n"
            "git cherry-pick -x h2h2h2h h3h3h3h  # mend the files, git add them, git cherry-pick --continue\ngit "
            "push\n```\n");
  run.input(result::PullRequestReady{"shop", pull_request(Action::opened, true)});
  EXPECT_EQ(run.shown(), "");
  EXPECT_TRUE(text(merge_back_message(run.incident)).contains("develop: ABSENT ABSENT, draft PR #12 open"));
}

TEST(ForwardPort, AConflictWithoutACommitIsSaidInTheChannel) {
  Story run(with_forge());
  run.deployed().type("alice", cmd::MergeBackOpen{"develop", {}}).git(lacking());
  auto r = ported();
  r.branch.clear(), r.sha.clear(), r.commits.clear();
  r.conflict = conflict();
  r.conflict->sha = "h1";
  r.conflict->left.clear();
  run.input(r);
  EXPECT_EQ(run.recorded(), "refused carrying the fix to develop: it conflicts there");
  EXPECT_EQ(run.asked(), "");
  EXPECT_TRUE(
      run.shown().ends_with("By hand:\n"
                            "git fetch --tags && git switch --no-track -c "
                            "hotfix-forward/checkout-500-to-develop origin/develop\n"
                            "git merge v2.4.8  # mend the files, git add them, git merge --continue\n"
                            "git push -u origin hotfix-forward/checkout-500-to-develop"))
      << run.shown();
  // Whoever does so and opens the pull request is seen to have done it.
  run.forge(pull_request(Action::opened), "erin");
  EXPECT_EQ(run.recorded(), "forward port shop develop hotfix-forward/checkout-500-to-develop f1f1f1f1f1 #12");
}

TEST(ForwardPort, FailuresSayWhatToDo) {
  Story run(with_forge());
  run.deployed().type("alice", cmd::MergeBackOpen{"develop", {}}).git(lacking());
  run.input(result::ForwardPortFailed{
      "shop", "develop", "b", {Problem::Kind::refused, "the server refused it: \"frozen\"", "ask them", {}}});
  EXPECT_EQ(run.shown(), "Nothing was carried to develop: the server refused it: \"frozen\"\nask them");
  run.type("alice", cmd::MergeBackOpen{"develop", {}}).git(lacking()).input(ported());
  run.input(result::PullRequestFailed{"shop",
                                      "hotfix-forward/checkout-500-to-develop",
                                      "develop",
                                      {Problem::Kind::refused, "403 Forbidden", "allow it", {}}});
  EXPECT_EQ(run.all(),
            "refused a pull request from hotfix-forward/checkout-500-to-develop: 403 Forbidden\n"
            "No pull request was opened from hotfix-forward/checkout-500-to-develop into develop: 403 Forbidden\n"
            "allow it; or open it by hand, or:\n"
            "git fetch && git switch develop && git pull\n"
            "git merge origin/hotfix-forward/checkout-500-to-develop\n"
            "git push");
  auto nothing = ported();
  nothing.branch.clear(), nothing.sha.clear(), nothing.commits.clear();
  run.input(nothing);
  EXPECT_EQ(run.shown(), "There is nothing of v2.4.8 to carry to develop: its commits change nothing there (ABSENT).");
}

TEST(ForwardPort, NamesKeepTheirSlashesAndTitlesTheirLength) {
  Hotfix h;
  h.branch = "hotfix/a/b";
  h.tag = "v1";
  EXPECT_EQ(forward_branch(h, "release/2.5"), "hotfix-forward/a/b-to-release/2.5");
  h.branch = "fix";
  EXPECT_EQ(forward_branch(h, "main"), "hotfix-forward/fix-to-main");
  auto r = ported();
  r.commits.front().subject.clear();
  for (int n = 0; n < 100; ++n) r.commits.front().subject += "ü日";
  const auto title = forward_port_title(h, r);
  EXPECT_LE(title.size(), 203U);
  EXPECT_TRUE(title.ends_with("ü…") || title.ends_with("日…")) << title;
}

// Clean-up.

Story& closed(Story& run) {
  const auto there = facts("h1", {{"develop", Verdict::present, "d2"}, {"main", Verdict::present, "m1"}});
  return run.deployed()
      .git(lacking())
      .input(ported())
      .type("alice", cmd::Resolve{"quiet"})
      .rca()
      .git(there)
      .type("alice", cmd::Close{})
      .git(there);
}

TEST(CleanUp, IsOffUnlessAskedFor) {
  Story run;
  closed(run);
  ASSERT_EQ(run.incident.status(), Status::closed);
  EXPECT_EQ(run.asked(), "");
}

TEST(CleanUp, DeletesAfterTheCloseAndTheBranchIsNotMissed) {
  Story run;
  run.policy.repositories[0].delete_branches = true;
  closed(run);
  EXPECT_EQ(run.asked(), "delete shop hotfix/checkout-500, hotfix-forward/checkout-500-to-develop");
  run.input(result::BranchesDeleted{
      "shop", {"hotfix/checkout-500"}, {{"hotfix-forward/checkout-500-to-develop", "the server refused it: \"no\""}}});
  EXPECT_EQ(run.all(),
            "branches deleted shop [hotfix/checkout-500] kept [hotfix-forward/checkout-500-to-develop: the server "
            "refused it: \"no\"]\n"
            "No longer on the origin: hotfix/checkout-500.\n"
            "Kept hotfix-forward/checkout-500-to-develop: the server refused it: \"no\".");
  auto without = facts("", {{"develop", Verdict::present, "d2"}, {"main", Verdict::present, "m1"}});
  run.git(without);
  EXPECT_EQ(run.all(), "");
  // Judged on, by the tag.
  run.git(facts("", {{"develop", Verdict::regressed, "d3", false, "reverted"}, {"main", Verdict::present, "m1"}}));
  EXPECT_TRUE(run.recorded().contains("incident reopened: open again: merge back to develop"));
  EXPECT_FALSE(run.shown().contains("is gone from the origin"));
}

TEST(CleanUp, NotWhileATargetIsOnlyOverridden) {
  Story run;
  run.policy.repositories[0].delete_branches = true;
  run.deployed().git(lacking()).type("alice", cmd::Resolve{"quiet"}).rca();
  run.type("alice", cmd::Override{"merge-back:shop:develop", "frozen", {}}).type("bob", cmd::ConfirmOverride{});
  run.type("alice", cmd::Close{}).git(lacking());
  ASSERT_EQ(run.incident.status(), Status::closed);
  EXPECT_EQ(run.asked(), "");
}

// Scope.

HotfixFacts with_findings(std::string head, std::vector<ScopeFinding> findings) {
  auto f = facts(std::move(head), {{"main"}});
  f.findings = std::move(findings);
  return f;
}

TEST(ScopeFindings, AreNamedOnceForEachSet) {
  Story run;
  run.cut().git(
      with_findings("h1", {{Finding::dependency, "package-lock.json"}, {Finding::formatting_only, "src/x.cpp"}}));
  EXPECT_EQ(run.shown(), "Scope of h1: package-lock.json is a dependency change; src/x.cpp is formatting only.");
  EXPECT_TRUE(run.recorded().contains("scope 1 2 dependency:package-lock.json formatting_only:src/x.cpp"));
  const auto slot = std::get<effect::ShowMessage>(run.last.effects.front()).slot;
  EXPECT_TRUE(text(status_card(run.incident, run.policy))
                  .contains("scope: package-lock.json is a dependency change; src/x.cpp is formatting only"));
  run.git(with_findings("h2", {{Finding::dependency, "package-lock.json"}, {Finding::formatting_only, "src/x.cpp"}}));
  EXPECT_EQ(run.shown(), "");
  run.git(with_findings("h3", {}));
  EXPECT_EQ(run.shown(), "Scope of h3: nothing stands out any more.");
  EXPECT_EQ(std::get<effect::ShowMessage>(run.last.effects.front()).slot, slot) << "edited in place";
}

TEST(ScopeFindings, CloseNoGate) {
  Story run;
  run.reviewed();
  auto f =
      with_findings("h1", {{Finding::dependency, "go.sum"}, {Finding::config, "a.yml"}, {Finding::config, "b.yml"}});
  run.git(f);
  for (const auto& gate : tag_gates(run.incident, run.incident.hotfixes.front(), run.policy)) {
    EXPECT_TRUE(gate.open()) << gate.detail;
    if (gate.gate == Gate::scope)
      EXPECT_EQ(gate.detail,
                "1 file, 2 lines changed (budget 5 and 100); go.sum is a dependency change; a.yml and b.yml are "
                "configuration");
  }
  Story later;
  later.tagged().git(with_findings("h2", {{Finding::config, "a.yml"}}));
  EXPECT_EQ(later.shown(), "") << "what was shipped is not argued about";
}

TEST(ScopeFindings, AreCountedWhenTheyAreMany) {
  Story run;
  std::vector<ScopeFinding> many;
  for (int n = 0; n < 9; ++n) many.push_back({Finding::unrelated, "f" + std::to_string(n)});
  run.cut().git(with_findings("h1", many));
  EXPECT_EQ(run.shown(), "Scope of h1: f0, f1, f2, f3 and f4 are outside of the service; and 4 more.");
}

TEST(ScopeFindings, PathsAreTheServicesElseTheRepositorys) {
  Story run;
  run.policy.repositories[0].paths = {"src"};
  run.policy.services = {{.name = "checkout", .repository = "shop", .runbook = {}, .paths = {"src/checkout"}},
                         {.name = "search", .repository = "", .runbook = {}, .paths = {"src/search"}},
                         {.name = "billing", .repository = "api", .runbook = {}, .paths = {"src/billing"}}};
  const auto asked = [&](const std::string& service) {
    Story one(run.policy);
    one.cut();
    one.incident.service = service;
    return observe(one.incident, one.incident.hotfixes.front(), one.policy)->paths;
  };
  EXPECT_EQ(asked(""), std::vector<std::string>{"src"});
  EXPECT_EQ(asked("checkout"), std::vector<std::string>{"src/checkout"});
  EXPECT_EQ(asked("search"), std::vector<std::string>{"src/search"});
  EXPECT_EQ(asked("billing"), std::vector<std::string>{"src"}) << "another repository's";
}

}  // namespace
}  // namespace hotfixd::testing
