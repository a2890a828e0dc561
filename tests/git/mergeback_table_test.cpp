// Small repositories whose truth is known, and what must be said of main. Never PRESENT when it is not.
#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "tests/git/repo_support.hpp"

namespace hotfixd::git::testing {
namespace {

struct Scenario {
  std::string name;
  std::vector<Verdict> allowed;  // the first is what is expected today
  bool was_present = false;
  std::function<void(Repo&)> build;  // starts on main at v1.0.0, must leave hotfix/x and main
};

void hotfix(Repo& r, const std::string& file, const std::string& content) {
  r.git("checkout -q -B hotfix/x v1.0.0");
  r.commit("fix", {{file, content}});
}
const std::string kFixed = numbered({{10, "fixed"}});
const std::string kTwo = numbered({{3, "first"}, {17, "second"}});
void two_commits(Repo& r) {
  r.git("checkout -q -B hotfix/x v1.0.0");
  r.commit("fix one", {{"a.txt", numbered({{3, "first"}})}});
  r.commit("fix two", {{"a.txt", kTwo}});
}
void main_moves(Repo& r) {
  r.git("checkout -q main");
  r.commit("unrelated", {{"other.txt", "more\n"}});
}

std::vector<Scenario> scenarios() {
  using enum Verdict;
  return {
      {"not merged at all",
       {absent},
       false,
       [](Repo& r) {
         hotfix(r, "a.txt", kFixed);
         main_moves(r);
       }},
      {"no commits yet",
       {unknown},
       false,
       [](Repo& r) {
         r.git("checkout -q -B hotfix/x v1.0.0");
         main_moves(r);
       }},
      {"merge",
       {present},
       false,
       [](Repo& r) {
         hotfix(r, "a.txt", kFixed);
         main_moves(r);
         r.git("merge -q --no-ff -m m hotfix/x");
       }},
      {"fast-forward",
       {present},
       false,
       [](Repo& r) {
         two_commits(r);
         r.git("checkout -q main");
         r.git("merge -q --ff-only hotfix/x");
       }},
      {"squash of two",
       {present},
       false,
       [](Repo& r) {
         two_commits(r);
         main_moves(r);
         r.git("merge -q --squash hotfix/x");
         r.git("commit -q -m squashed");
       }},
      {"rebase of two",
       {present},
       false,
       [](Repo& r) {
         two_commits(r);
         main_moves(r);
         r.git("checkout -q -b rebased hotfix/x");
         r.git("rebase -q main");
         r.git("checkout -q main");
         r.git("merge -q --ff-only rebased");
       }},
      {"cherry-pick -x",
       {present},
       false,
       [](Repo& r) {
         hotfix(r, "a.txt", kFixed);
         main_moves(r);
         r.git("cherry-pick -x hotfix/x");
       }},
      {"cherry-pick, context shifted",
       {present},
       false,
       [](Repo& r) {
         hotfix(r, "a.txt", kFixed);
         r.git("checkout -q main");
         r.commit("shift", {{"a.txt", "new top\nand more\n" + numbered()}});
         r.git("cherry-pick hotfix/x");
       }},
      {"merged then reverted",
       {regressed},
       false,
       [](Repo& r) {
         hotfix(r, "a.txt", kFixed);
         main_moves(r);
         r.git("merge -q --no-ff -m m hotfix/x");
         r.git("revert --no-edit -m 1 HEAD");
       }},
      {"squashed then reverted",
       {regressed},
       false,
       [](Repo& r) {
         two_commits(r);
         main_moves(r);
         r.git("merge -q --squash hotfix/x");
         r.git("commit -q -m squashed");
         r.git("revert --no-edit HEAD");
       }},
      {"picked then reverted",
       {regressed},
       false,
       [](Repo& r) {
         hotfix(r, "a.txt", kFixed);
         main_moves(r);
         r.git("cherry-pick hotfix/x");
         r.git("revert --no-edit HEAD");
       }},
      {"one of two reverted after the merge",
       {regressed},
       false,
       [](Repo& r) {
         two_commits(r);
         main_moves(r);
         r.git("merge -q --no-ff -m m hotfix/x");
         r.git("revert --no-edit hotfix/x");
       }},
      {"re-added after the revert",
       {present},
       false,
       [](Repo& r) {
         hotfix(r, "a.txt", kFixed);
         main_moves(r);
         r.git("merge -q --no-ff -m m hotfix/x");
         r.git("revert --no-edit -m 1 HEAD");
         r.git("revert --no-edit HEAD");
       }},
      {"merge -s ours",
       {regressed},
       false,
       [](Repo& r) {
         hotfix(r, "a.txt", kFixed);
         main_moves(r);
         r.git("merge -q -s ours -m m hotfix/x");
       }},
      {"a hunk dropped in the merge",
       {regressed},
       false,
       [](Repo& r) {
         hotfix(r, "a.txt", kTwo);
         main_moves(r);
         r.git("merge -q --no-ff --no-commit hotfix/x");
         r.commit("m", {{"a.txt", numbered({{3, "first"}})}});
       }},
      {"one commit of two picked",
       {partial},
       false,
       [](Repo& r) {
         two_commits(r);
         main_moves(r);
         r.git("cherry-pick hotfix/x~1");
       }},
      {"one hunk of two by hand",
       {partial},
       false,
       [](Repo& r) {
         hotfix(r, "a.txt", kTwo);
         r.git("checkout -q main");
         r.commit("half", {{"a.txt", numbered({{17, "second"}})}});
       }},
      {"conflict resolved by hand",
       {adapted},
       false,
       [](Repo& r) {
         hotfix(r, "a.txt", kFixed);
         r.git("checkout -q main");
         r.commit("own way", {{"a.txt", numbered({{10, "ours"}})}});
         r.script("git merge -q --no-ff hotfix/x || true");
         r.commit("m", {{"a.txt", numbered({{10, "ours and fixed"}})}});
       }},
      {"conflict, nothing landed",
       {unknown},
       false,
       [](Repo& r) {
         hotfix(r, "a.txt", kFixed);
         r.git("checkout -q main");
         r.commit("own way", {{"a.txt", numbered({{10, "ours"}})}});
       }},
      {"overwritten later",
       {changed_since},
       false,
       [](Repo& r) {
         hotfix(r, "a.txt", kFixed);
         main_moves(r);
         r.git("merge -q --no-ff -m m hotfix/x");
         r.commit("rewrite", {{"a.txt", numbered({{10, "rewritten"}})}});
       }},
      {"was present, overwritten by a rebase of main",
       {changed_since},
       true,
       [](Repo& r) {
         hotfix(r, "a.txt", kFixed);
         r.git("checkout -q main");
         r.commit("own way", {{"a.txt", numbered({{10, "ours"}})}});
       }},
      {"was present, main reset",
       {regressed},
       true,
       [](Repo& r) {
         hotfix(r, "a.txt", kFixed);
         main_moves(r);
       }},
      {"file deleted on main",
       {moot},
       false,
       [](Repo& r) {
         hotfix(r, "a.txt", kFixed);
         r.git("checkout -q main");
         r.git("rm -q a.txt");
         r.git("commit -q -m gone");
       }},
      {"file renamed on main, then merged",
       {present},
       false,
       [](Repo& r) {
         hotfix(r, "a.txt", kFixed);
         r.git("checkout -q main");
         r.git("mv a.txt b.txt");
         r.git("commit -q -m rename");
         r.git("merge -q --no-ff -m m hotfix/x");
       }},
      {"file renamed on main, not merged",
       {absent},
       false,
       [](Repo& r) {
         hotfix(r, "a.txt", kFixed);
         r.git("checkout -q main");
         r.git("mv a.txt b.txt");
         r.git("commit -q -m rename");
       }},
      {"only whitespace differs",
       {changed_since, unknown},
       false,
       [](Repo& r) {
         hotfix(r, "a.txt", numbered({{10, "    line 10"}}));
         r.git("checkout -q main");
         r.commit("indent", {{"a.txt", numbered({{10, "  line 10"}})}});
       }},
      {"deletion-only fix, merged",
       {present},
       false,
       [](Repo& r) {
         hotfix(r, "a.txt", numbered({{10, "line 10"}}, 15));
         main_moves(r);
         r.git("merge -q --no-ff -m m hotfix/x");
       }},
      {"deletion-only fix, not merged",
       {absent},
       false,
       [](Repo& r) {
         hotfix(r, "a.txt", numbered({}, 15));
         main_moves(r);
       }},
      {"deleted line added again",
       {regressed},
       false,
       [](Repo& r) {
         hotfix(r, "a.txt", numbered({}, 15));
         main_moves(r);
         r.git("merge -q --no-ff -m m hotfix/x");
         r.commit("again", {{"a.txt", numbered()}});
       }},
      {"binary, merged",
       {present},
       false,
       [](Repo& r) {
         hotfix(r, "b.bin", std::string("\0\1fixed", 7));
         main_moves(r);
         r.git("merge -q --no-ff -m m hotfix/x");
       }},
      {"binary, not merged",
       {absent},
       false,
       [](Repo& r) {
         hotfix(r, "b.bin", std::string("\0\1fixed", 7));
         main_moves(r);
       }},
      {"binary, changed differently",
       {unknown},
       false,
       [](Repo& r) {
         hotfix(r, "b.bin", std::string("\0\1fixed", 7));
         r.git("checkout -q main");
         r.commit("b", {{"b.bin", std::string("\0\1other", 7)}});
       }},
      {"mode change, not merged",
       {absent},
       false,
       [](Repo& r) {
         r.git("checkout -q -B hotfix/x v1.0.0");
         r.git("update-index --chmod=+x a.txt");
         r.git("commit -q -m exec");
         r.git("reset -q --hard");
         main_moves(r);
       }},
      {"mode change, merged",
       {present},
       false,
       [](Repo& r) {
         r.git("checkout -q -B hotfix/x v1.0.0");
         r.git("update-index --chmod=+x a.txt");
         r.git("commit -q -m exec");
         r.git("reset -q --hard");
         main_moves(r);
         r.git("merge -q --no-ff -m m hotfix/x");
       }},
      {"main merged into the hotfix, not back",
       {absent},
       false,
       [](Repo& r) {
         hotfix(r, "a.txt", kFixed);
         main_moves(r);
         r.git("checkout -q hotfix/x");
         r.git("merge -q --no-edit main");
       }},
      {"main merged into the hotfix, and back",
       {present},
       false,
       [](Repo& r) {
         hotfix(r, "a.txt", kFixed);
         main_moves(r);
         r.git("checkout -q hotfix/x");
         r.git("merge -q --no-edit main");
         r.git("checkout -q main");
         r.git("merge -q --no-ff -m m hotfix/x");
       }},
      {"main merged into the hotfix by hand, and back",
       {adapted, unknown, changed_since},
       false,
       [](Repo& r) {
         hotfix(r, "a.txt", kFixed);
         main_moves(r);
         r.git("checkout -q hotfix/x");
         r.git("merge -q --no-ff --no-commit main");
         r.commit("evil merge", {{"c.txt", "a fix hidden in the merge\n"}});
         r.git("checkout -q main");
         r.git("cherry-pick hotfix/x^1");
       }},
      {"hotfix pointed at main's merge of it, merge dropped",
       {absent, unknown},
       false,
       [](Repo& r) {
         hotfix(r, "a.txt", kFixed);
         main_moves(r);
         r.git("branch -q before");
         r.git("merge -q --no-ff -m m hotfix/x");
         r.git("branch -q -f hotfix/x main");
         r.git("reset -q --hard before");
       }},
      {"hotfix pointed at main's merge of it",
       {unknown, present},
       false,
       [](Repo& r) {
         hotfix(r, "a.txt", kFixed);
         main_moves(r);
         r.git("merge -q --no-ff -m m hotfix/x");
         r.git("branch -q -f hotfix/x main");
       }},
      {"only ignored files changed",
       {unknown},
       false,
       [](Repo& r) {
         hotfix(r, "VERSION", "1.0.1\n");
         main_moves(r);
       }},
      {"fix with a version bump, picked without it",
       {present},
       false,
       [](Repo& r) {
         r.git("checkout -q -B hotfix/x v1.0.0");
         r.commit("fix", {{"a.txt", kFixed}, {"VERSION", "1.0.1\n"}});
         r.git("checkout -q main");
         r.commit("2", {{"VERSION", "2.0.0\n"}, {"a.txt", kFixed}});
       }},
      {"fix and its own revert on the hotfix",
       {unknown},
       false,
       [](Repo& r) {
         hotfix(r, "a.txt", kFixed);
         r.git("revert --no-edit HEAD");
         main_moves(r);
       }},
      {"new file, merged",
       {present},
       false,
       [](Repo& r) {
         hotfix(r, "new/file.txt", "new\n");
         main_moves(r);
         r.git("merge -q --no-ff -m m hotfix/x");
       }},
      {"new file, removed again",
       {regressed},
       false,
       [](Repo& r) {
         hotfix(r, "new/file.txt", "new\n");
         main_moves(r);
         r.git("merge -q --no-ff -m m hotfix/x");
         r.git("rm -q new/file.txt");
         r.git("commit -q -m rm");
       }},
      {"a trailer that lies",
       {absent},
       false,
       [](Repo& r) {
         hotfix(r, "a.txt", kFixed);
         const std::string sha = r.sha("hotfix/x");
         r.git("checkout -q main");
         r.commit("(cherry picked from commit " + sha + ")", {{"other.txt", "nothing of it\n"}});
       }},
  };
}

TEST(MergeBackTable, EveryVerdictIsTheTruth) {
  fmt::print("{:<52} {:<14} {}\n", "scenario", "verdict", "explanation");
  for (const Scenario& scenario : scenarios()) {
    SCOPED_TRACE(scenario.name);
    const TempDir dir;
    Repo repo(dir);
    repo.commit("start", {{"a.txt", numbered()},
                          {"b.bin", std::string("\0\1binary", 8)},
                          {"VERSION", "1.0.0\n"},
                          {"other.txt", "other\n"}});
    repo.git("tag v1.0.0");
    scenario.build(repo);
    repo.push();
    auto git = open_mirror({.url = repo.origin(), .path = dir.path("mirror")}, {.name = "shop", .targets = {"main"}});
    ASSERT_TRUE(ok(git));
    const effect::Observe request{.repository = "shop",
                                  .branch = "hotfix/x",
                                  .base_tag = "v1.0.0",
                                  .base_sha = repo.sha("v1.0.0"),
                                  .known_head = {},
                                  .known_targets = {{"main", "", scenario.was_present}}};
    const auto facts = (*git)->observe(request, {});
    ASSERT_TRUE(ok(facts));
    ASSERT_EQ(facts->targets.size(), 1u);
    const MergeBackFact& fact = facts->targets[0];
    fmt::print("{:<52} {:<14} {}\n", scenario.name, to_string(fact.verdict), fact.explanation);
    EXPECT_TRUE(std::ranges::count(scenario.allowed, fact.verdict) == 1)
        << to_string(fact.verdict) << " instead of " << to_string(scenario.allowed[0]) << ": " << fact.explanation;
    EXPECT_EQ(fact.explanation.find('\n'), std::string::npos);
    EXPECT_EQ(facts->head, repo.sha("hotfix/x"));
  }
}

}  // namespace
}  // namespace hotfixd::git::testing
