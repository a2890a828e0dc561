// What history says of a line, and that reading on from the last time says the same as reading it anew.
#include "integrations/git/line_history.hpp"

#include <fmt/format.h>

#include <random>

#include "integrations/git/mergeback_facts.hpp"
#include "tests/git/repo_support.hpp"

namespace hotfixd::git::testing {
namespace {

class LineHistoryTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(ok(start_library()));
    repo_.commit("start", {{"a.txt", numbered()}, {"b.txt", numbered()}, {"other.txt", "other\n"}});
    repo_.git("tag v1.0.0");
  }
  // Two commits on hotfix/x.
  void make_hotfix() {
    repo_.git("checkout -q -B hotfix/x v1.0.0");
    repo_.commit("fix one", {{"a.txt", numbered({{3, "first"}})}});
    repo_.commit("fix two", {{"b.txt", numbered({{17, "second"}})}});
    repo_.git("checkout -q main");
  }
  OwnWork work() {
    if (!repository_) EXPECT_EQ(make(repository_, git_repository_open, repo_.work().c_str()), 0);
    auto found = find_own_work(repository_.get(), oid("v1.0.0"), oid("hotfix/x"), {oid("main")}, {}, {});
    EXPECT_TRUE(ok(found));
    return *found;
  }
  git_oid oid(const std::string& ref) { return *parse_oid(repo_.sha(ref)); }
  LineHistory read(HistoryReader& reader, const OwnWork& work, const std::optional<git_oid>& landing = {}) {
    auto history = reader.read(repository_.get(), "main", oid("main"), work.paths, landing, {});
    EXPECT_TRUE(ok(history));
    return *history;
  }
  static std::string told(const LineHistory& h) {
    std::string text = fmt::format("{}{}", h.ancestor ? "ancestor " : "", h.squash ? "squash " : "");
    const auto piece = [&](const LineHistory::Piece& p) {
      return fmt::format("{}/{} {}", short_hex(p.commit), short_hex(p.trunk), to_string(p.by));
    };
    for (const auto& [step, p] : h.landed) text += fmt::format("[{}: {}]", step, piece(p));
    if (h.whole) text += fmt::format("[all: {}]", piece(*h.whole));
    if (const auto* newest = h.newest()) text += " newest " + short_hex(newest->commit);
    for (const auto& touch : h.touches) text += " " + short_hex(touch);
    return text;
  }

  TempDir dir_;
  Repo repo_{dir_};
  RepositoryHandle repository_;
};

TEST_F(LineHistoryTest, SaysByWhatItIsKnown) {
  make_hotfix();
  const auto expect_by = [&](std::map<int, LandedBy> wanted) {
    const auto own = work();
    HistoryReader reader(own);
    std::map<int, LandedBy> by;
    for (const auto& [step, piece] : read(reader, own).landed) by[step] = piece.by;
    EXPECT_EQ(by, wanted);
  };
  expect_by({});
  repo_.commit("before", {{"other.txt", "more\n"}});
  repo_.git("branch -q clean");
  repo_.git("cherry-pick -x hotfix/x~1");
  expect_by({{0, LandedBy::cherry_pick}});
  repo_.git("cherry-pick hotfix/x");  // the same change, no trailer
  expect_by({{0, LandedBy::cherry_pick}, {1, LandedBy::patch}});
  repo_.git("reset -q --hard clean");
  repo_.git("merge -q --no-ff -m m hotfix/x");
  expect_by({{0, LandedBy::merge}, {1, LandedBy::merge}});
  repo_.git("reset -q --hard v1.0.0");
  repo_.git("merge -q --ff-only hotfix/x");
  expect_by({{0, LandedBy::own_commit}, {1, LandedBy::own_commit}});
  // A pick that had to be resolved keeps who wrote it when, and its subject.
  repo_.git("reset -q --hard clean");
  repo_.commit("in the way", {{"a.txt", numbered({{3, "other"}})}});
  repo_.script("git cherry-pick hotfix/x~1 || true");
  repo_.commit("unused", {{"a.txt", numbered({{3, "first and other"}})}});
  repo_.git("commit -q --amend -C hotfix/x~1");
  expect_by({{0, LandedBy::author}});
}

TEST_F(LineHistoryTest, ThePatchOfOtherWhiteSpaceIsAnotherPatch) {
  repo_.git("checkout -q -B hotfix/x v1.0.0");
  repo_.commit("indent", {{"a.txt", numbered({{10, "    line 10"}})}});
  repo_.git("checkout -q main");
  repo_.git("commit -q --allow-empty -m e");
  repo_.commit("indent less", {{"a.txt", numbered({{10, "  line 10"}})}});
  const auto own = work();
  HistoryReader reader(own);
  EXPECT_TRUE(read(reader, own).landed.empty());
}

TEST_F(LineHistoryTest, AFixThatWasOnTheLineFirstIsItsOrigin) {
  const auto there = repo_.commit("fix", {{"a.txt", numbered({{3, "first"}})}});
  repo_.git("checkout -q -B hotfix/x v1.0.0");
  repo_.git("cherry-pick -x main");
  repo_.git("commit -q --amend --author 'Else <else@example.com>' -m 'adapted\n\n(cherry picked from commit " + there +
            ")'");
  repo_.git("checkout -q main");
  const auto own = work();
  HistoryReader reader(own);
  const auto history = read(reader, own);
  ASSERT_EQ(history.landed.size(), 1u);
  EXPECT_EQ(history.landed.at(0).by, LandedBy::origin);
  EXPECT_EQ(to_hex(history.landed.at(0).commit), there);
}

TEST_F(LineHistoryTest, TheForgesLandingCountsWhenTheLineHasIt) {
  make_hotfix();
  repo_.git("merge -q --squash hotfix/x");
  const auto squash = repo_.commit("squashed, and more", {{"other.txt", "more\n"}, {"b.txt", numbered({{17, "2nd"}})}});
  const auto own = work();
  HistoryReader reader(own);
  EXPECT_FALSE(read(reader, own).whole);
  const auto history = read(reader, own, *parse_oid(squash));
  ASSERT_TRUE(history.whole);
  EXPECT_EQ(history.whole->by, LandedBy::forge);
  EXPECT_EQ(to_hex(history.newest()->commit), squash);
  EXPECT_FALSE(read(reader, own, oid("hotfix/x")).whole);
  EXPECT_FALSE(read(reader, own, *parse_oid(std::string(40, '1'))).whole);
}

// Merges, picks, reverts, resets of main, one after another: after each the reader that remembers says what a new one
// says.
TEST_F(LineHistoryTest, ReadingOnSaysWhatReadingAnewSays) {
  for (unsigned seed = 1; seed <= 12; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    std::mt19937 random(seed);
    repo_.git("checkout -q -B main v1.0.0");
    make_hotfix();
    const auto own = work();
    HistoryReader remembers(own);
    for (int step = 0; step < 10; ++step) {
      switch (random() % 8) {
        case 0:
          repo_.script("git merge -q --no-ff -m m hotfix/x || git merge --abort");
          break;
        case 1:
          repo_.script("git cherry-pick -x hotfix/x~1 || git cherry-pick --abort || git reset -q --hard");
          break;
        case 2:
          repo_.script("git cherry-pick hotfix/x || git cherry-pick --abort || git reset -q --hard");
          break;
        case 3:
          repo_.script(
              "git revert --no-edit -m 1 HEAD 2>/dev/null || git revert --no-edit HEAD || git revert --abort || true");
          break;
        case 4:
          repo_.script(random() % 2 == 0 ? "git reset -q --hard HEAD^ || true" : "git reset -q --hard v1.0.0");
          break;
        case 5:  // work that comes by a side branch
          repo_.git("checkout -q -B side v1.0.0");
          repo_.script("git cherry-pick -x hotfix/x~1");
          repo_.git("checkout -q main");
          repo_.script("git merge -q --no-ff -m side side || git reset -q --hard");
          break;
        default:
          repo_.commit("more",
                       {{random() % 2 == 0 ? "a.txt" : "other.txt", numbered({{12, std::to_string(random())}})}});
      }
      if (repo_.sha("main") == repo_.sha("v1.0.0") && random() % 2 == 0) continue;
      HistoryReader anew(own);
      ASSERT_EQ(told(read(remembers, own)), told(read(anew, own))) << repo_.git("log --graph --oneline -12");
    }
  }
}

// Cancelled at any moment it says so, and what it remembers of that is no judgement.
TEST_F(LineHistoryTest, ACancelledJudgementIsNone) {
  make_hotfix();
  repo_.git("cherry-pick hotfix/x~1");
  const auto own = work();
  LineReader whole(own);
  const auto wanted = whole.report(repository_.get(), oid("main"), {.name = "main"}, {});
  ASSERT_TRUE(ok(wanted));
  EXPECT_EQ(wanted->verdict, Verdict::partial);
  int most = 0;
  for (int stop = 1; stop < 100; ++stop) {
    LineReader reader(own);
    int asked = 0;
    const auto cancelled = reader.report(repository_.get(), oid("main"), {.name = "main"},
                                         [&](std::string_view) { return ++asked != stop; });
    if (cancelled) break;
    most = stop;
    EXPECT_EQ(cancelled.error().kind, Problem::Kind::unreachable);
    EXPECT_EQ(asked, stop) << "nothing is done after it";
    const auto again = reader.report(repository_.get(), oid("main"), {.name = "main"}, {});
    ASSERT_TRUE(ok(again));
    EXPECT_EQ(again->explanation, wanted->explanation);
    EXPECT_EQ(again->commits, wanted->commits);
  }
  EXPECT_GT(most, 5);
}

}  // namespace
}  // namespace hotfixd::git::testing
