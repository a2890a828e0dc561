// Open pull requests, merged with their base in memory and judged for what shipped.
#include <gmock/gmock.h>

#include "tests/git/repo_support.hpp"

namespace hotfixd::git::testing {
namespace {

class PullRequestsTest : public ::testing::Test {
 protected:
  // v2.4.7 in production, a hotfix shipped as v2.4.8 and merged into main; develop lacks it.
  PullRequestsTest() : repo_(dir_) {
    repo_.commit("start", {{"a.txt", numbered()}, {"b.txt", numbered()}});
    repo_.git("tag -a -m release v2.4.7");
    base_ = repo_.sha("v2.4.7");
    repo_.git("branch develop");
    repo_.git("checkout -q -b hotfix/coupon");
    fix_ = repo_.commit("guard null coupon", {{"a.txt", numbered({{10, "guarded"}})}});
    repo_.git("tag -a -m hotfix v2.4.8");
    repo_.git("checkout -q main");
    repo_.git("merge -q --no-ff -m back hotfix/coupon");
    repo_.push();
  }
  // A commit on top of `from`, on the origin only as what a forge keeps of a fork's pull request.
  ListedPullRequest from_fork(std::uint64_t number, const std::string& from, const std::string& base,
                              const std::map<std::string, std::string>& files) {
    repo_.git("checkout -q --detach " + from);
    const auto sha = repo_.commit("change " + std::to_string(number), files);
    const auto ref = "refs/pull/" + std::to_string(number) + "/head";
    repo_.git("push -q origin HEAD:" + ref);
    repo_.git("checkout -q main");
    return {number, sha, "theirs", base, ref};
  }
  GitRepository& bot() {
    if (!git_) {
      auto made = open_mirror({.url = repo_.origin(), .path = dir_.path("mirror"), .clock = {}}, {.name = "shop"});
      EXPECT_TRUE(ok(made));
      git_ = std::move(*made);
    }
    return *git_;
  }
  effect::GuardPullRequests request() const {
    return {"shop",
            {{"v2.4.8 (HF-1)",
              {.repository = "shop",
               .branch = "hotfix/coupon",
               .base_tag = "v2.4.7",
               .base_sha = base_,
               .known_head = fix_,
               .version = "v2.4.9",
               .tag_sha = fix_,
               .known_production = "v2.4.8"}}},
            {}};
  }
  std::vector<std::string> said(const std::vector<ListedPullRequest>& open) {
    const auto judged = bot().judge_pull_requests(request(), open, {});
    EXPECT_TRUE(ok(judged));
    std::vector<std::string> all;
    for (const auto& one : *judged)
      all.push_back(std::to_string(one.pull_request.number) + " " + status_of(one).text());
    return all;
  }

  TempDir dir_;
  Repo repo_;
  std::string base_, fix_;
  std::unique_ptr<GitRepository> git_;
};

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST_F(PullRequestsTest, WhatTheyWouldDoToTheLine) {
  const std::vector open{
      from_fork(1, "main", "main", {{"b.txt", numbered({{3, "feature"}})}}),
      from_fork(2, "main", "main", {{"a.txt", numbered()}}),                     // takes it out
      from_fork(3, "v2.4.7", "main", {{"b.txt", numbered({{7, "old base"}})}}),  // begins before it
      from_fork(4, "v2.4.7", "main", {{"a.txt", numbered({{10, "rewritten"}})}}),
      from_fork(5, "develop", "develop", {{"b.txt", numbered({{3, "next"}})}}),
      from_fork(6, "develop", "develop", {{"a.txt", numbered({{10, "guarded"}})}}),
      from_fork(7, "main", "experiment", {{"a.txt", numbered()}}),
  };
  EXPECT_THAT(
      said(open),
      ElementsAre("1 passed: carries every shipped hotfix", "2 failed: would take v2.4.8 (HF-1) out of main",
                  "3 passed: carries every shipped hotfix", "4 pending: conflicts with main, so it cannot be judged",
                  "5 passed: takes nothing away; develop lacks v2.4.8 (HF-1)",
                  "6 passed: brings v2.4.8 (HF-1) to develop"));
  // The same again, and on a line that moved on.
  EXPECT_EQ(said(open).size(), 6U);
  repo_.git("checkout -q develop");
  repo_.git("merge -q --no-ff -m back hotfix/coupon");
  repo_.push();
  EXPECT_EQ(said({open[4]}), std::vector<std::string>{"5 passed: carries every shipped hotfix"});
}

// What a pull request changes is looked at under the names that the line has.
TEST_F(PullRequestsTest, AFileThatTheLineCallsOtherwise) {
  repo_.git("mv a.txt moved.txt");
  repo_.git("commit -q -m moved");
  repo_.push();
  EXPECT_THAT(said({from_fork(1, "main", "main", {{"moved.txt", numbered()}}),
                    from_fork(2, "main", "main", {{"moved.txt", numbered({{10, "guarded"}, {20, "more"}})}})}),
              ElementsAre("1 failed: would take v2.4.8 (HF-1) out of main", "2 passed: carries every shipped hotfix"));
}

TEST_F(PullRequestsTest, AFewThatAreNewInOnePass) {
  std::vector<ListedPullRequest> open;
  for (std::uint64_t n = 1; n <= 23; ++n)
    open.push_back(from_fork(n, "main", "main", {{"c" + std::to_string(n) + ".txt", "new\n"}}));
  const auto later = [&] {
    const auto judged = bot().judge_pull_requests(request(), open, {});
    EXPECT_TRUE(ok(judged));
    return std::ranges::count_if(*judged, [](const auto& one) { return one.later; });
  };
  EXPECT_EQ(later(), 3);
  EXPECT_EQ(later(), 0);
}

// When what was merged is much, it is dropped, and each still gets its answer.
TEST_F(PullRequestsTest, OneInAPassWhenMemoryIsShort) {
  std::vector<ListedPullRequest> open;
  for (std::uint64_t n = 1; n <= 3; ++n)
    open.push_back(from_fork(n, "v2.4.7", "main", {{"c" + std::to_string(n) + ".txt", "new\n"}}));
  auto made =
      open_mirror({.url = repo_.origin(), .path = dir_.path("mirror"), .most_kept = 1, .clock = {}}, {.name = "shop"});
  ASSERT_TRUE(ok(made));
  git_ = std::move(*made);
  auto wanted = request();
  for (std::size_t pass = 1; pass <= open.size(); ++pass) {
    const auto judged = bot().judge_pull_requests(wanted, open, {});
    ASSERT_TRUE(ok(judged));
    for (std::size_t n = 0; n < open.size(); ++n) {
      EXPECT_EQ((*judged)[n].later, n + 1 != pass) << n << " in pass " << pass;
      if ((*judged)[n].later) continue;
      EXPECT_EQ(status_of((*judged)[n]).text(), "passed: carries every shipped hotfix");
      wanted.said.push_back({.sha = open[n].head_sha});
    }
  }
}

TEST_F(PullRequestsTest, AHotfixWhoseCommitsAreGoneIsNotCalledCarried) {
  auto wanted = request();
  wanted.shipped.push_back(wanted.shipped.front());
  wanted.shipped.back().name = "v2.4.6 (HF-2)";
  wanted.shipped.back().about.base_sha = std::string(40, 'b');
  const auto judged =
      bot().judge_pull_requests(wanted, {from_fork(1, "main", "main", {{"b.txt", numbered({{3, "feature"}})}})}, {});
  ASSERT_TRUE(ok(judged));
  ASSERT_EQ(judged->size(), 1U);
  EXPECT_EQ(status_of(judged->front()).text(), "passed: takes nothing away; not judged: v2.4.6 (HF-2)");
}

TEST_F(PullRequestsTest, OfALineItselfTheLineTells) {
  EXPECT_THAT(said({{8, repo_.sha("develop"), "develop", "main", "refs/pull/8/head"}}), IsEmpty());
}

TEST_F(PullRequestsTest, WhatIsNotThereIsNotJudged) {
  EXPECT_THAT(said({{9, std::string(40, 'a'), "gone", "main", "refs/pull/9/head"}}),
              ElementsAre("9 pending: not judged: its head cannot be fetched"));
}

TEST_F(PullRequestsTest, TheHotfixesOwnBringsIt) {
  repo_.git("push -q origin HEAD:refs/pull/10/head");
  EXPECT_THAT(said({{10, fix_, "hotfix/coupon", "develop", "refs/pull/10/head"}}),
              ElementsAre("10 passed: brings v2.4.8 (HF-1) to develop"));
}

// Nothing is left behind in the mirror that a person would see.
TEST_F(PullRequestsTest, MakesNoRefs) {
  const auto one = from_fork(1, "v2.4.7", "main", {{"b.txt", numbered({{3, "feature"}})}});
  said({one});
  EXPECT_THAT(shell("git -C " + dir_.path("mirror") + " for-each-ref --format='%(refname)' refs/heads refs/pull"),
              ::testing::Not(::testing::HasSubstr("pull")));
}

}  // namespace
}  // namespace hotfixd::git::testing
