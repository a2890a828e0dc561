// Before a hotfix ships: which lines it would conflict with, by whom, and which open pull requests touch the same
// lines.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "tests/git/repo_support.hpp"

namespace hotfixd::git::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class ForecastTest : public ::testing::Test {
 protected:
  // v2.4.7 in production, develop further in another file, and a fix of a.txt on its branch that is not tagged.
  ForecastTest() : repo_(dir_) {
    repo_.commit("start", {{"a.txt", numbered()}, {"b.txt", numbered()}, {"VERSION", "2.4.7\n"}});
    repo_.git("tag -a -m release v2.4.7");
    base_ = repo_.sha("v2.4.7");
    repo_.git("checkout -q -b develop");
    repo_.commit("next release", {{"b.txt", numbered({{1, "ONE"}})}, {"VERSION", "2.5.0-dev\n"}});
    repo_.git("checkout -q -b hotfix/coupon v2.4.7");
    fix_ = repo_.commit("guard null coupon", {{"a.txt", numbered({{10, "guarded"}})}, {"VERSION", "2.4.8\n"}});
    repo_.push();
  }
  std::string as_erin(const std::string& branch, const std::map<std::string, std::string>& files) {
    repo_.git("checkout -q " + branch);
    for (const auto& [path, content] : files) write_file(repo_.work() + "/" + path, content);
    repo_.script("git add -A\nGIT_AUTHOR_NAME=Erin GIT_AUTHOR_EMAIL=erin@example.com git commit -q -m changed");
    repo_.push();
    return repo_.sha(branch);
  }
  // An open pull request: a branch of the same repository with one commit on `from`.
  ListedPullRequest pull(std::uint64_t number, const std::string& from, const std::string& base,
                         const std::map<std::string, std::string>& files) {
    const auto branch = "feature/" + std::to_string(number);
    repo_.git("checkout -q -b " + branch + " " + from);
    const auto sha = repo_.commit("change " + std::to_string(number), files);
    repo_.push();
    return {number, sha, branch, base, fmt::format("refs/pull/{}/head", number), "Refactor cart", "erin"};
  }
  GitRepository& bot() {
    if (!git_) {
      auto made = open_mirror({.url = repo_.origin(), .path = dir_.path("mirror"), .clock = {}}, policy_);
      EXPECT_TRUE(ok(made));
      git_ = std::move(*made);
    }
    return *git_;
  }
  effect::Observe request() const {
    return {.repository = "shop",
            .branch = "hotfix/coupon",
            .base_tag = "v2.4.7",
            .base_sha = base_,
            .known_head = {},
            .version = "v2.4.8",
            .tag_sha = tag_sha_,
            .known_production = {}};
  }
  std::optional<Forecast> forecast() {
    auto facts = bot().observe(request(), {});
    EXPECT_TRUE(ok(facts));
    return facts ? facts->forecast : std::nullopt;
  }
  // "develop conflicts a.txt (both sides changed it; Erin 1a2b3c4)"
  std::vector<std::string> said() {
    const auto made = forecast();
    if (!made) return {"nothing"};
    std::vector<std::string> all;
    for (const auto& line : made->lines) {
      EXPECT_EQ(line.target_sha, repo_.sha(line.target));
      auto& text = all.emplace_back(fmt::format("{} {}{}", line.target, to_string(line.outlook), line.why));
      for (const auto& file : line.files) {
        text += fmt::format(" {} ({}", file.path, file.what);
        for (const auto& change : file.changes) text += fmt::format("; {} {}", change.author, change.sha);
        text += ")";
      }
    }
    return all;
  }
  // "512 into develop: a.txt", and how many were not looked at.
  std::vector<std::string> overlaps(const std::vector<ListedPullRequest>& open, int not_looked_at = 0) {
    forecast();
    const auto found = bot().overlapping_pull_requests(request(), open, {});
    EXPECT_TRUE(ok(found));
    if (!found) return {};
    EXPECT_EQ(found->not_looked_at, not_looked_at);
    std::vector<std::string> all;
    for (const auto& pr : found->pull_requests) {
      auto& text = all.emplace_back(fmt::format("{} into {}:", pr.number, pr.base));
      for (const auto& path : pr.paths) text += " " + path;
    }
    return all;
  }

  TempDir dir_;
  Repo repo_;
  std::string base_, fix_, tag_sha_;
  RepositoryPolicy policy_{.name = "shop"};
  std::unique_ptr<GitRepository> git_;
};

TEST_F(ForecastTest, AConflictIsToldWithItsAuthorAndOnlyWhereItIs) {
  EXPECT_THAT(said(), ElementsAre("develop clean", "main clean"));
  const auto sha = as_erin("develop", {{"a.txt", numbered({{10, "reworked"}})}});
  EXPECT_THAT(said(), ElementsAre("develop conflicts a.txt (both sides changed it; Erin " + sha.substr(0, 7) + ")",
                                  "main clean"));
  const auto made = forecast();
  ASSERT_TRUE(made);
  EXPECT_EQ(made->lines.front().files.front().changes.front().at,
            Time(Seconds(std::stol(repo_.git("log -1 --format=%ct develop")))));
  // What changes elsewhere moves the line and nothing that is said.
  as_erin("develop", {{"c.txt", "new\n"}});
  EXPECT_THAT(said(), ElementsAre("develop conflicts a.txt (both sides changed it; Erin " + sha.substr(0, 7) + ")",
                                  "main clean"));
  as_erin("develop", {{"a.txt", numbered()}});
  EXPECT_THAT(said(), ElementsAre("develop clean", "main clean"));
}

TEST_F(ForecastTest, AFileThatTheLineRenamedOrDeleted) {
  repo_.git("checkout -q develop");
  repo_.script("git mv a.txt moved.txt\ngit commit -q -m moved");
  repo_.push();
  const auto moved = repo_.sha("develop").substr(0, 7);
  EXPECT_THAT(said(), ElementsAre("develop clean", "main clean"));
  const auto sha = as_erin("develop", {{"moved.txt", numbered({{10, "reworked"}})}});
  EXPECT_THAT(said(), ElementsAre("develop conflicts moved.txt (both sides changed it; Erin " + sha.substr(0, 7) + ")",
                                  "main clean"));
  repo_.git("rm -q moved.txt");
  repo_.git("commit -q -m gone");
  repo_.push();
  EXPECT_THAT(said(), ElementsAre("develop conflicts a.txt (the target deleted it; Alice " + moved + ")", "main clean"))
      << "what is left of it was never called so after that commit";
}

TEST_F(ForecastTest, WhatIsIgnoredIsNoConflict) {
  as_erin("develop", {{"VERSION", "3.0.0\n"}});
  EXPECT_THAT(said(), ElementsAre("develop clean", "main clean")) << "VERSION is ignored unless configured otherwise";
}

TEST_F(ForecastTest, WhatIsThereAlreadyAndWhatCannotConflict) {
  repo_.git("checkout -q main");
  repo_.git("cherry-pick " + fix_);
  repo_.push();
  EXPECT_THAT(said(), ElementsAre("develop clean", "main present"));
  repo_.git("checkout -q -B hotfix/coupon v2.4.7");
  repo_.push();
  EXPECT_THAT(said(), ElementsAre("nothing")) << "the branch has no commit";
}

TEST_F(ForecastTest, WhatShippedIsNoForecastAndWhatCameAfterIs) {
  tag_sha_ = fix_;
  EXPECT_THAT(said(), ElementsAre("nothing"));
  repo_.git("checkout -q hotfix/coupon");
  repo_.commit("further", {{"b.txt", numbered({{1, "one"}})}});
  repo_.push();
  const auto made = said();
  ASSERT_EQ(made.size(), 2U);
  EXPECT_THAT(made[0], ::testing::StartsWith("develop conflicts b.txt (both sides changed it;"));
  EXPECT_EQ(made[1], "main clean");
}

TEST_F(ForecastTest, WhatCannotBeReplayedCannotBeTold) {
  repo_.git("checkout -q main");
  repo_.commit("before", {{"a.txt", numbered({{10, "main's own"}})}});
  repo_.git("checkout -q hotfix/coupon");
  repo_.script("git merge -q main >/dev/null 2>&1 || true");
  write_file(repo_.work() + "/a.txt", numbered({{10, "both"}}));
  repo_.script("git add -A\ngit commit -q -m merged");
  repo_.commit("on top of main", {{"a.txt", numbered({{10, "both, guarded"}})}});
  repo_.push();
  const auto made = said();
  ASSERT_EQ(made.size(), 2U);
  EXPECT_THAT(made[0], ::testing::StartsWith("develop unknowncommit "));
}

TEST_F(ForecastTest, PullRequestsThatTouchTheSameLines) {
  const auto same = pull(512, "develop", "develop", {{"a.txt", numbered({{10, "refactored"}})}});
  const auto far = pull(513, "develop", "develop", {{"a.txt", numbered({{20, "far away"}})}, {"d.txt", "new\n"}});
  const auto other_file = pull(514, "main", "main", {{"b.txt", numbered({{10, "not ours"}})}});
  const auto renames = pull(515, "main", "main", {{"b.txt", numbered()}, {"c.txt", "c\n"}});
  const auto equal = pull(516, "main", "main", {{"a.txt", numbered({{10, "guarded"}})}});
  const auto elsewhere = pull(517, "main", "experiment", {{"a.txt", numbered({{10, "elsewhere"}})}});
  EXPECT_THAT(overlaps({same, far, other_file, renames, equal, elsewhere}), ElementsAre("512 into develop: a.txt"));
  const auto found = bot().overlapping_pull_requests(request(), {same}, {});
  ASSERT_TRUE(ok(found));
  EXPECT_EQ(found->pull_requests.front().title.value, "Refactor cart");
  EXPECT_EQ(found->pull_requests.front().author, "erin");
  // Merged, it is a conflict of the line and no longer one to come.
  repo_.git("checkout -q develop");
  repo_.git("merge -q --no-ff -m merged feature/512");
  repo_.push();
  EXPECT_THAT(overlaps({same, far}), IsEmpty());
  EXPECT_THAT(said()[0], ::testing::StartsWith("develop conflicts a.txt"));
}

TEST_F(ForecastTest, AFileThatAPullRequestMovesAndChanges) {
  repo_.git("checkout -q -b feature/9 main");
  repo_.script("git mv a.txt cart.txt");
  const auto sha = repo_.commit("moved", {{"cart.txt", numbered({{10, "in its new place"}})}});
  repo_.push();
  const auto paths = overlaps({{9, sha, "feature/9", "main", "refs/pull/9/head"}});
  ASSERT_EQ(paths.size(), 1U);
  EXPECT_THAT(paths[0], ::testing::HasSubstr("cart.txt"));
}

TEST_F(ForecastTest, OneThatConflictsWithItsOwnLineIsAskedWhereItLeftThat) {
  const auto late = pull(7, "v2.4.7", "develop", {{"b.txt", numbered({{1, "uno"}})}, {"a.txt", numbered({{10, "x"}})}});
  const auto far = pull(8, "v2.4.7", "develop", {{"b.txt", numbered({{1, "uno"}})}, {"a.txt", numbered({{20, "x"}})}});
  const auto other = pull(9, "v2.4.7", "develop", {{"b.txt", numbered({{1, "uno"}})}});
  EXPECT_THAT(overlaps({late, far, other}), ElementsAre("7 into develop: a.txt"));
}

// Somebody changed the same line on develop: that is told of develop, and the open ones stay.
TEST_F(ForecastTest, AnOpenOneStaysWhenItsLineConflictsToo) {
  const auto before = pull(41, "develop", "develop", {{"a.txt", numbered({{10, "refactored"}})}});
  const auto before_far = pull(42, "develop", "develop", {{"a.txt", numbered({{20, "far away"}})}});
  EXPECT_THAT(overlaps({before, before_far}), ElementsAre("41 into develop: a.txt"));
  as_erin("develop", {{"a.txt", numbered({{10, "reworked"}})}});
  EXPECT_THAT(said()[0], ::testing::StartsWith("develop conflicts a.txt"));
  const auto after = pull(43, "develop", "develop", {{"a.txt", numbered({{10, "reworked again"}})}});
  const auto after_far = pull(44, "develop", "develop", {{"a.txt", numbered({{10, "reworked"}, {13, "far"}})}});
  const auto back = pull(45, "develop", "develop", {{"a.txt", numbered()}});
  const auto equal = pull(46, "develop", "develop", {{"a.txt", numbered({{10, "guarded"}})}});
  const auto gone = pull(47, "develop", "develop", {{"other.txt", "x\n"}});
  EXPECT_THAT(overlaps({before, before_far, after, after_far, back, equal, gone}),
              ElementsAre("41 into develop: a.txt", "43 into develop: a.txt", "45 into develop: a.txt"));
  const auto deletes = [&] {
    repo_.git("checkout -q -b feature/48 develop");
    repo_.git("rm -q a.txt");
    repo_.git("commit -q -m gone");
    repo_.push();
    return ListedPullRequest{48, repo_.sha("feature/48"), "feature/48", "develop", "refs/pull/48/head"};
  }();
  EXPECT_THAT(overlaps({deletes}), ElementsAre("48 into develop: a.txt"));
}

// Two fixes in one file: one of them conflicts on the line, the other one not yet.
TEST_F(ForecastTest, EachPlaceOfAFileCountsByItself) {
  repo_.git("checkout -q hotfix/coupon");
  repo_.commit("another place", {{"a.txt", numbered({{10, "guarded"}, {20, "guarded too"}})}});
  as_erin("develop", {{"a.txt", numbered({{10, "reworked"}})}});
  const auto there = pull(50, "develop", "develop", {{"a.txt", numbered({{10, "reworked"}, {20, "theirs"}})}});
  const auto between = pull(51, "develop", "develop", {{"a.txt", numbered({{10, "reworked"}, {15, "theirs"}})}});
  EXPECT_THAT(overlaps({there, between}), ElementsAre("50 into develop: a.txt"));
}

TEST_F(ForecastTest, ARenamedFileOfALineThatConflicts) {
  repo_.git("checkout -q develop");
  repo_.script("git mv a.txt moved.txt\ngit commit -q -m moved");
  as_erin("develop", {{"moved.txt", numbered({{10, "reworked"}})}});
  const auto same = pull(61, "develop", "develop", {{"moved.txt", numbered({{10, "reworked again"}})}});
  const auto far = pull(62, "develop", "develop", {{"moved.txt", numbered({{10, "reworked"}, {20, "far"}})}});
  const auto from_before = pull(63, "v2.4.7", "develop", {{"a.txt", numbered({{10, "theirs"}})}});
  const auto far_before = pull(64, "v2.4.7", "develop", {{"a.txt", numbered({{20, "theirs"}})}});
  EXPECT_THAT(overlaps({same, far, from_before, far_before}),
              ElementsAre("61 into develop: moved.txt", "63 into develop: a.txt"));
  repo_.git("checkout -q -b feature/65 develop");
  repo_.script("git mv moved.txt cart.txt\ngit commit -q -m renamed");
  repo_.push();
  const ListedPullRequest only_moves{65, repo_.sha("feature/65"), "feature/65", "develop", "refs/pull/65/head"};
  EXPECT_THAT(overlaps({only_moves}), IsEmpty());
  const auto sha = repo_.commit("and changed", {{"cart.txt", numbered({{10, "in its new place"}})}});
  repo_.push();
  const ListedPullRequest moves{66, sha, "feature/65", "develop", "refs/pull/66/head"};
  EXPECT_THAT(overlaps({moves}), ElementsAre(::testing::HasSubstr("cart.txt")));
}

TEST_F(ForecastTest, AFileThatTheLineDeletedAndAnOpenOneChanges) {
  const auto same = pull(71, "develop", "develop", {{"a.txt", numbered({{10, "theirs"}})}});
  const auto far = pull(72, "develop", "develop", {{"a.txt", numbered({{20, "theirs"}})}});
  repo_.git("checkout -q develop");
  repo_.git("rm -q a.txt");
  repo_.git("commit -q -m gone");
  repo_.push();
  EXPECT_THAT(said()[0], ::testing::StartsWith("develop conflicts a.txt (the target deleted it"));
  EXPECT_THAT(overlaps({same, far}), ElementsAre("71 into develop: a.txt"));
}

TEST_F(ForecastTest, OneThatSharesNoHistoryWithItsLine) {
  repo_.script("git checkout -q --orphan elsewhere\ngit rm -rfq .");
  const auto sha = repo_.commit("imported", {{"a.txt", numbered({{10, "theirs"}})}});
  repo_.push();
  EXPECT_THAT(overlaps({{81, sha, "elsewhere", "develop", "refs/pull/81/head"}}), IsEmpty());
}

TEST_F(ForecastTest, ALineThatHasTheWorkIsNobodysTrouble) {
  const auto one = pull(7, "main", "main", {{"a.txt", numbered({{10, "guarded, and more"}})}});
  EXPECT_THAT(overlaps({one}), ElementsAre("7 into main: a.txt"));
  repo_.git("checkout -q main");
  repo_.git("merge -q --ff-only hotfix/coupon");
  repo_.git("checkout -q feature/7");
  repo_.script("git rebase -q main >/dev/null 2>&1 || true\ngit checkout -q --theirs a.txt\ngit add -A");
  repo_.git("rebase --continue");
  repo_.push();
  auto rebased = one;
  rebased.head_sha = repo_.sha("feature/7");
  EXPECT_THAT(overlaps({rebased}), IsEmpty());
}

TEST_F(ForecastTest, TheyAreToldByNumberHoweverTheForgeListsThem) {
  const auto a = pull(7, "main", "main", {{"a.txt", numbered({{10, "seven"}})}});
  const auto b = pull(6, "main", "main", {{"a.txt", numbered({{10, "six"}})}});
  EXPECT_THAT(overlaps({a, b}), ElementsAre("6 into main: a.txt", "7 into main: a.txt"));
}

TEST_F(ForecastTest, ItsOwnIsNoneOfThem) {
  ListedPullRequest own{8, fix_, "hotfix/coupon", "main", "refs/pull/8/head"};
  repo_.git("checkout -q hotfix/coupon");
  repo_.commit("more", {{"a.txt", numbered({{10, "guarded twice"}})}});
  repo_.push();
  EXPECT_THAT(overlaps({own}), IsEmpty()) << "its head may be listed late";
  auto theirs = pull(9, "main", "main", {{"a.txt", numbered({{10, "theirs"}})}});
  theirs.head_branch = "hotfix/coupon";
  theirs.fork = true;
  EXPECT_THAT(overlaps({theirs}), ElementsAre("9 into main: a.txt")) << "a fork may call its branch so";
}

TEST_F(ForecastTest, TheHeadOfAForkIsFetchedAndOneThatIsMissingIsCounted) {
  repo_.git("checkout -q --detach main");
  const auto sha = repo_.commit("theirs", {{"a.txt", numbered({{10, "theirs"}})}});
  repo_.git("push -q origin HEAD:refs/pull/4/head");
  repo_.git("checkout -q main");
  const ListedPullRequest there{4, sha, "theirs", "main", "refs/pull/4/head", {}, {}, {}, false, true};
  const ListedPullRequest gone{5, std::string(40, 'a'), "gone", "main", "refs/pull/5/head", {}, {}, {}, false, true};
  EXPECT_THAT(overlaps({there, gone}, 1), ElementsAre("4 into main: a.txt"));
  EXPECT_THAT(shell("git -C " + dir_.path("mirror") + " for-each-ref --format='%(refname)' refs/pull"), "");
}

TEST_F(ForecastTest, AFewThatAreNewInOneLook) {
  std::vector<ListedPullRequest> open;
  for (std::uint64_t n = 1; n <= 23; ++n)
    open.push_back(pull(n, "main", "main", {{"c" + std::to_string(n) + ".txt", "new\n"}}));
  EXPECT_THAT(overlaps(open, 3), IsEmpty());
  EXPECT_THAT(overlaps(open, 0), IsEmpty());
}

TEST_F(ForecastTest, WithoutALookThereIsNothingToCompareWith) {
  const auto found = bot().overlapping_pull_requests(request(), {}, {});
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().kind, Problem::Kind::unreachable);
}

TEST_F(ForecastTest, ALookCanBeCancelled) {
  const auto facts = bot().observe(request(), [](std::string_view doing) { return !doing.starts_with("forecasting"); });
  ASSERT_FALSE(facts);
  EXPECT_EQ(facts.error().kind, Problem::Kind::unreachable);
}

TEST_F(ForecastTest, TheCutTellsHowFarTheLinesAre) {
  as_erin("develop", {{"src/cart.py", "x\n"}, {"src/a.py", "x\n"}, {"docs/x.md", "x\n"}, {"VERSION", "9\n"}});
  as_erin("develop", {{"src/b.py", "x\n"}, {"src/c.py", "x\n"}});
  const auto cut = bot().cut_branch({"shop", "hotfix/other", "v2.4.7", {}, {"src", "VERSION"}}, {});
  ASSERT_TRUE(ok(cut));
  EXPECT_THAT(cut->lines, ElementsAre(LineDistance{"develop", 3, {"src/a.py", "src/b.py", "src/c.py"}, 1},
                                      LineDistance{"main", 0, {}, 0}));
  const auto plain = bot().cut_branch({"shop", "hotfix/another", "v2.4.7", {}}, {});
  ASSERT_TRUE(ok(plain));
  EXPECT_EQ(plain->lines.front(), (LineDistance{"develop", 3, {}, 0})) << "everything may be touched: no files";
}

}  // namespace
}  // namespace hotfixd::git::testing
