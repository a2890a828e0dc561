// Which commit is judged, which tag counts as the hotfix's, and what makes the branch unclean.
#include <algorithm>
#include <functional>

#include "tests/git/repo_support.hpp"

namespace hotfixd::git::testing {
namespace {

const std::string kFixed = numbered({{10, "fixed"}});

class ObserverTest : public ::testing::Test {
 protected:
  // v1.0.0, then two unfinished commits on main; develop shares the first.
  ObserverTest() : repo_(dir_) {
    repo_.commit("start", {{"a.txt", numbered()}, {"VERSION", "1\n"}});
    repo_.git("tag v1.0.0");
    unfinished_ = repo_.commit("unfinished", {{"u.txt", "u\n"}, {"VERSION", "2\n"}});
    repo_.git("branch develop");
    repo_.commit("more", {{"w.txt", "w\n"}});
    request_ = {.repository = "shop", .branch = "hotfix/x", .base_tag = "v1.0.0", .base_sha = repo_.sha("v1.0.0")};
    request_.version = "v1.0.1";
    reopen("mirror");
  }
  void reopen(const std::string& folder) {
    auto opened = open_mirror({.url = repo_.origin(), .path = dir_.path(folder)}, {.name = "shop"});
    ASSERT_TRUE(ok(opened));
    git_ = std::move(*opened);
  }
  std::string fix(const std::string& from = "v1.0.0") {
    repo_.git("checkout -q -B hotfix/x " + from);
    return repo_.commit("fix", {{"a.txt", kFixed}});
  }
  void on(const std::string& branch, const std::string& command) {
    repo_.git("checkout -q " + branch);
    repo_.git(command);
  }
  HotfixFacts observe() {
    repo_.push();
    auto facts = git_->observe(request_, {});
    EXPECT_TRUE(ok(facts));
    if (!facts) return {};
    request_.known_head = facts->head.empty() ? request_.known_head : facts->head;
    return *facts;
  }
  Verdict on_line(const HotfixFacts& facts, const std::string& line) {
    for (const auto& fact : facts.targets)
      if (fact.target == line) return fact.verdict;
    ADD_FAILURE() << line;
    return {};
  }
  std::string contains(const std::string& ref, const std::string& line) {
    return "contains " + repo_.sha(ref).substr(0, 7) + " of " + line + ", which is not in v1.0.0";
  }

  TempDir dir_;
  Repo repo_;
  std::string unfinished_;
  effect::Observe request_;
  std::unique_ptr<GitRepository> git_;
};

TEST_F(ObserverTest, WhatShippedIsJudgedAfterTheBranchWasRecut) {
  const std::string shipped = fix();
  observe();
  request_.tag_sha = shipped;
  repo_.git("checkout -q -B hotfix/x v1.0.0");
  const std::string other = repo_.commit("other", {{"o.txt", "o\n"}});
  on("main", "merge -q --no-ff -m other hotfix/x");
  auto facts = observe();
  EXPECT_EQ(facts.head, other);
  EXPECT_EQ(on_line(facts, "main"), Verdict::absent);
  // The branch goes, whatever head is known: the same.
  repo_.git("branch -q -D hotfix/x");
  facts = observe();
  EXPECT_EQ(facts.head, "");
  EXPECT_EQ(on_line(facts, "main"), Verdict::absent);
  on("main", "cherry-pick " + shipped);
  EXPECT_EQ(on_line(observe(), "main"), Verdict::present);
  request_.tag_sha = std::string(40, 'a');
  facts = observe();
  EXPECT_EQ(on_line(facts, "main"), Verdict::unknown);
  EXPECT_EQ(facts.targets[0].explanation, "tagged commit aaaaaaa is gone");
}

TEST_F(ObserverTest, CommitsOnTopOfWhatShippedMayBeTaggedButAreNotJudged) {
  const std::string shipped = fix();
  on("main", "merge -q --no-ff -m landed hotfix/x");
  request_.tag_sha = shipped;
  EXPECT_EQ(on_line(observe(), "main"), Verdict::present);
  repo_.git("checkout -q hotfix/x");
  const std::string more = repo_.commit("second", {{"s.txt", "s\n"}});
  repo_.git("tag v1.0.1 " + shipped);
  repo_.git("tag v1.0.2 " + more);
  const auto facts = observe();
  EXPECT_EQ(on_line(facts, "main"), Verdict::present);
  EXPECT_EQ(facts.tag, "v1.0.2") << "the newest one wins";
}

TEST_F(ObserverTest, ATagOnMainsMergeOrSquashCounts) {
  for (const char* how : {"merge -q --no-ff -m landed hotfix/x", "merge -q --squash hotfix/x"}) {
    SCOPED_TRACE(how);
    request_.tag_sha = request_.known_head = "";
    const std::string head = fix();
    on("main", how);
    repo_.git("commit -q --allow-empty -m squashed");
    repo_.git("tag -f v1.0.1");
    auto facts = observe();
    EXPECT_EQ(facts.tag, "v1.0.1");
    EXPECT_EQ(facts.tag_sha, repo_.sha("main"));
    EXPECT_TRUE(facts.tag_at);
    // From then on the own work still is the hotfix's, not main's: with the branch, re-cut, and without.
    request_.tag_sha = facts.tag_sha;
    repo_.git("checkout -q develop");
    repo_.git("reset -q --hard " + unfinished_);
    EXPECT_EQ(on_line(observe(), "develop"), Verdict::absent);
    repo_.git("cherry-pick " + head);
    EXPECT_EQ(on_line(observe(), "develop"), Verdict::present);
    repo_.git("branch -q -D hotfix/x");
    facts = observe();
    EXPECT_EQ(on_line(facts, "develop"), Verdict::present);
    EXPECT_EQ(facts.tag, "v1.0.1");
    EXPECT_EQ(facts.files, 1);
    on("main", "reset -q --hard HEAD~1");
  }
}

TEST_F(ObserverTest, ATagElsewhereMustHaveTheNameAndTheFix) {
  repo_.git("tag v1.0.1 main");
  repo_.git("branch hotfix/x v1.0.0");
  EXPECT_EQ(observe().tag, "") << "no own commits";
  fix();
  EXPECT_EQ(observe().tag, "") << "not the fix";
  on("main", "merge -q --no-ff -m landed hotfix/x");
  repo_.git("tag v1.0.2");
  EXPECT_EQ(observe().tag, "") << "not the name";
  repo_.git("tag v1.0.1 -f");
  EXPECT_EQ(observe().tag, "v1.0.1");
}

TEST_F(ObserverTest, AFixAndItsRevertAreInNoTagByContent) {
  fix();
  repo_.git("revert --no-edit HEAD");
  repo_.git("tag v1.0.1 main");
  EXPECT_EQ(observe().tag, "");
}

TEST_F(ObserverTest, ABranchMadeAnewFromMainIsUnclean) {
  fix();
  EXPECT_EQ(observe().unclean, "");
  repo_.git("checkout -q main");
  repo_.git("branch -q -D hotfix/x");
  fix("main");
  for (int i = 0; i < 3; ++i) {
    if (i == 2) reopen("another");  // remembers nothing
    const auto facts = observe();
    EXPECT_EQ(facts.unclean, contains("main", "main"));
    EXPECT_EQ(facts.files, 3) << "a.txt, u.txt, w.txt; not VERSION";
  }
  on("main", "merge -q --ff-only hotfix/x");
  EXPECT_NE(observe().unclean, "");
}

TEST_F(ObserverTest, ABranchMadeAnewFromMainIsUncleanAtFirstSightAndAtMainItself) {
  fix("main");
  EXPECT_EQ(observe().unclean, contains("main", "main"));
  fix();
  EXPECT_EQ(observe().unclean, "");
  repo_.git("checkout -q -B hotfix/x main");
  EXPECT_EQ(observe().unclean, contains("main", "main"));
}

TEST_F(ObserverTest, MainMergedIntoTheHotfixIsUncleanForGood) {
  fix();
  EXPECT_EQ(observe().unclean, "");
  const std::string expected = contains("main", "main");
  repo_.git("merge -q --no-edit main");
  const auto facts = observe();
  EXPECT_EQ(facts.unclean, expected);
  EXPECT_EQ(facts.files, 3);
  on("main", "merge -q --ff-only hotfix/x");
  EXPECT_EQ(observe().unclean, expected);
  on("hotfix/x", "reset -q --hard HEAD^1");
  EXPECT_EQ(observe().unclean, "") << "taken out again";
  on("hotfix/x", "merge -q --no-ff --no-edit develop");
  EXPECT_EQ(observe().unclean, contains("develop", "develop")) << "main's first parents are the hotfix's by now";
}

TEST_F(ObserverTest, MainMergedBothWaysIsUnclean) {
  fix();
  const std::string of_main = contains("main", "main");
  repo_.git("merge -q --no-edit main");
  on("main", "merge -q --no-ff -m landed hotfix/x");
  EXPECT_EQ(observe().unclean, of_main);
  // And the hotfix pointed at main's merge of it.
  fix();
  on("main", "merge -q --no-ff -m landed hotfix/x");
  EXPECT_EQ(observe().unclean, "");
  repo_.git("branch -q -f hotfix/x main");
  EXPECT_EQ(observe().unclean, of_main) << "the first reason is still aboard";
}

TEST_F(ObserverTest, ABranchWithoutItsBaseIsUnclean) {
  repo_.git("checkout -q --orphan elsewhere v1.0.0");
  repo_.commit("rewritten", {{"r.txt", "r\n"}});
  repo_.git("branch -q -m hotfix/x");
  EXPECT_EQ(observe().unclean, "no longer contains v1.0.0");
}

TEST_F(ObserverTest, OwnWorkIsCleanHoweverItLands) {
  for (const char* how :
       {"merge -q --no-ff -m landed hotfix/x", "merge -q --squash hotfix/x", "cherry-pick -x hotfix/x~1 hotfix/x"}) {
    for (const bool seen_before : {true, false}) {
      SCOPED_TRACE(how);
      fix();
      repo_.commit("second", {{"s.txt", "s\n"}});
      if (seen_before) EXPECT_EQ(observe().unclean, "");
      on("main", how);
      repo_.git("commit -q --allow-empty -m squashed");
      const auto facts = observe();
      EXPECT_EQ(facts.unclean, "");
      EXPECT_EQ(facts.files, 2);
      on("hotfix/x", "commit -q --allow-empty -m third");
      EXPECT_EQ(observe().unclean, "");
      on("main", "reset -q --hard v1.0.0");
      repo_.commit("unfinished", {{"u.txt", "u\n"}});
    }
  }
}

TEST_F(ObserverTest, AFastForwardIsClean) {
  on("main", "reset -q --hard v1.0.0");
  fix();
  on("main", "merge -q --ff-only hotfix/x");
  EXPECT_EQ(observe().unclean, "") << "never seen before";
  on("main", "reset -q --hard v1.0.0");
  EXPECT_EQ(observe().unclean, "");
  on("main", "merge -q --ff-only hotfix/x");
  repo_.commit("main goes on", {{"m.txt", "m\n"}});
  EXPECT_EQ(observe().unclean, "");
  repo_.git("checkout -q hotfix/x");
  repo_.commit("so does the hotfix", {{"s.txt", "s\n"}});
  EXPECT_EQ(observe().unclean, "");
}

TEST_F(ObserverTest, ARebaseOnTheSameTagAndAMergedPullRequestAreClean) {
  fix();
  EXPECT_EQ(observe().unclean, "");
  repo_.git("commit -q --amend -m reworded");
  EXPECT_EQ(observe().unclean, "");
  repo_.git("checkout -q -b feature v1.0.0");
  repo_.commit("part", {{"p.txt", "p\n"}});
  on("hotfix/x", "merge -q --no-ff -m 'pull request' feature");
  EXPECT_EQ(observe().unclean, "");
  on("main", "merge -q --no-ff -m landed hotfix/x");
  EXPECT_EQ(observe().unclean, "");
  on("develop", "merge -q --no-ff -m landed main");
  EXPECT_EQ(observe().unclean, "");
}

// How often a look judges its lines: not at all when nothing is new, all of them after any change.
class LookAgain : public ObserverTest {
 protected:
  LookAgain() {
    fix();
    on("main", "merge -q --no-ff -m landed hotfix/x");
    repo_.git("tag v1.0.1 hotfix/x");
    settle();
  }
  HotfixFacts look() {
    repo_.push();
    judged_ = 0;
    auto facts = git_->observe(request_, [&](std::string_view doing) {
      judged_ += doing.starts_with("judging") ? 1 : 0;
      return true;
    });
    EXPECT_TRUE(ok(facts));
    return facts ? *facts : HotfixFacts{};
  }
  // Until what the looks themselves write down is written.
  void settle() {
    observe();
    look();
    look();
    ASSERT_EQ(judged_, 0);
  }
  int judged_ = 0;
};

TEST_F(LookAgain, NothingNewIsNotJudgedAgain) {
  const HotfixFacts first = look(), second = look();
  EXPECT_EQ(judged_, 0);
  EXPECT_EQ(second.head, first.head);
  EXPECT_EQ(second.authors, std::vector<std::string>{"Alice"});
  EXPECT_EQ(second.tag, "v1.0.1");
  EXPECT_EQ(second.files, 1);
  EXPECT_EQ(second.lines, 2);
  ASSERT_EQ(second.targets.size(), 2u);
  EXPECT_EQ(on_line(second, "main"), Verdict::present);
  EXPECT_EQ(on_line(second, "develop"), Verdict::absent);
}

TEST_F(LookAgain, AChangedTarget) {
  on("main", "revert --no-edit -m 1 HEAD");
  EXPECT_EQ(on_line(look(), "main"), Verdict::regressed);
  EXPECT_EQ(judged_, 2);
}

TEST_F(LookAgain, ATargetThatIsPackedAway) {
  repo_.script("git -C " + repo_.origin() + " pack-refs --all");
  look();
  EXPECT_EQ(judged_, 0) << "the same refs, stored in another way";
  on("develop", "cherry-pick hotfix/x");
  EXPECT_EQ(on_line(look(), "develop"), Verdict::present);
}

TEST_F(LookAgain, ANewTarget) {
  repo_.git("branch release/1.1 v1.0.0");
  EXPECT_EQ(on_line(look(), "release/1.1"), Verdict::absent);
  EXPECT_EQ(judged_, 3);
}

TEST_F(LookAgain, ADeletedTarget) {
  on("main", "branch -q -D develop");
  EXPECT_EQ(look().targets.size(), 1u);
  EXPECT_EQ(judged_, 1);
}

TEST_F(LookAgain, AMovedTag) {
  on("hotfix/x", "commit -q --allow-empty -m second");
  settle();
  repo_.git("tag -f v1.0.1 hotfix/x");
  EXPECT_EQ(look().tag_sha, repo_.sha("hotfix/x"));
  EXPECT_EQ(judged_, 2);
}

TEST_F(LookAgain, ADeletedTag) {
  repo_.git("tag -d v1.0.1");
  EXPECT_EQ(look().tag, "");
}

TEST_F(LookAgain, ANewAcknowledgement) {
  request_.known_targets = {{.name = "develop", .acknowledged_sha = repo_.sha("v1.0.0")}};
  look();
  EXPECT_EQ(judged_, 2);
  on("develop", "cherry-pick hotfix/x");
  const HotfixFacts facts = look();
  const auto develop = std::ranges::find(facts.targets, "develop", &MergeBackFact::target);
  ASSERT_NE(develop, facts.targets.end());
  EXPECT_TRUE(develop->changed_since_ack);
}

TEST_F(LookAgain, TwoHotfixesDoNotMixTheirFacts) {
  const HotfixFacts first = look();
  repo_.git("branch hotfix/y v1.0.0");
  look();
  auto other = request_;
  other.branch = "hotfix/y";
  other.known_head = "";
  const auto second = git_->observe(other, {});
  ASSERT_TRUE(ok(second));
  EXPECT_NE(second->head, first.head);
  EXPECT_EQ(look().head, first.head);
}

TEST_F(LookAgain, AnOriginThatIsGoneIsNotTakenForUnchanged) {
  std::filesystem::rename(repo_.origin(), repo_.origin() + ".away");
  const auto gone = git_->observe(request_, {});
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().kind, Problem::Kind::not_found);
  std::filesystem::rename(repo_.origin() + ".away", repo_.origin());
  EXPECT_TRUE(ok(git_->observe(request_, {})));
}

}  // namespace
}  // namespace hotfixd::git::testing
