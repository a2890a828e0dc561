// Which branches are merge-back lines: by their names, by the version that the hotfix was cut from, and by their age.
#include <algorithm>

#include "integrations/git/semver.hpp"
#include "tests/git/repo_support.hpp"

namespace hotfixd::git::testing {
namespace {

std::string line_of(std::string_view name) {
  const auto line = release_line(name);
  if (!line) return "none";
  return std::to_string(line->major) + (line->minor ? "." + std::to_string(*line->minor) : "") +
         (line->patch ? "." + std::to_string(*line->patch) : "");
}

TEST(ReleaseLine, IsTheVersionInABranchsName) {
  for (const auto& [name, wanted] :
       std::vector<std::pair<std::string, std::string>>{{"release/2.5", "2.5"},
                                                        {"release/v2.5", "2.5"},
                                                        {"2.4.x", "2.4"},
                                                        {"2.x", "2"},
                                                        {"v3", "3"},
                                                        {"release-2.5.0", "2.5.0"},
                                                        {"release-2.5.0-rc1", "2.5.0"},
                                                        {"release/2.5/maintenance", "2.5"},
                                                        {"ios-17-release-2.5", "2.5"},
                                                        {"release/2024.01", "2024.1"},
                                                        {"v2.4.7", "2.4.7"},
                                                        {"web-2.4.7+build5", "2.4.7"},
                                                        {"release/2.4.7.1", "2.4.7"},
                                                        {"release/2.4.7.x", "2.4.7"},
                                                        {"2.4.x-2.5", "2.5"},
                                                        {"stable_2.4.*", "2.4"},
                                                        {"main", "none"},
                                                        {"develop", "none"},
                                                        {"release/next", "none"},
                                                        {"feature/2fa", "none"},
                                                        {"py3", "none"},
                                                        {"release/1a2b", "none"},
                                                        {"release/2.x.1", "none"},
                                                        {"release/2..1", "none"},
                                                        {"release/.5", "none"},
                                                        {"release/99999999999999999999", "none"},
                                                        {"", "none"}})
    EXPECT_EQ(line_of(name), wanted) << name;
}

TEST(ReleaseLine, OlderIsOnlyWhatSurelyIs) {
  const auto is_older = [](std::string_view line, std::string_view base) {
    return older(*release_line(line), *release_line(base));
  };
  EXPECT_TRUE(is_older("release/2.3", "v2.4.7"));
  EXPECT_TRUE(is_older("1.x", "v2.4.7"));
  EXPECT_TRUE(is_older("release/1.9", "v2.4.7"));
  EXPECT_FALSE(is_older("2.4.x", "v2.4.7")) << "the fixed version's own line";
  EXPECT_TRUE(is_older("release-2.4.0", "v2.4.7"));
  EXPECT_TRUE(is_older("release/2.4.6", "v2.4.7"));
  EXPECT_TRUE(is_older("release/2.3.9", "v2.4.7"));
  EXPECT_FALSE(is_older("release/2.4.7", "v2.4.7"));
  EXPECT_FALSE(is_older("release/2.4.10", "v2.4.7"));
  EXPECT_FALSE(is_older("release/2.5.0", "v2.4.7"));
  EXPECT_FALSE(is_older("release/2.4.6", "2.4.x"));
  EXPECT_FALSE(is_older("2.x", "v2.4.7"));
  EXPECT_FALSE(is_older("release/2.10", "v2.4.7"));
  EXPECT_FALSE(is_older("v3", "v2.4.7"));
}

class TargetsTest : public ::testing::Test {
 protected:
  // release/1.9 is of long before v2.4.7, release/2.3 of just before it.
  TargetsTest() : repo_(dir_) {
    policy_.name = "shop";
    policy_.targets = {"main", "develop", "release/*", "2.*"};
    repo_.commit("start", {{"a.txt", numbered()}});
    repo_.git("branch release/1.9");
    for (int n = 0; n < 30; ++n) repo_.git("rev-parse HEAD");  // a minute each
    repo_.commit("later", {{"b.txt", "b\n"}});
    repo_.git("branch release/2.3");
    repo_.commit("last", {{"c.txt", "c\n"}});
    repo_.git("tag v2.4.7");
    for (const char* line : {"develop", "release/2.4", "2.4.x", "release/2.5", "release/next"})
      repo_.git(std::string("branch ") + line);
    repo_.git("checkout -q -B hotfix/x v2.4.7");
    repo_.commit("fix", {{"a.txt", numbered({{10, "fixed"}})}});
    request_ = {.repository = "shop", .branch = "hotfix/x", .base_tag = "v2.4.7", .base_sha = repo_.sha("v2.4.7")};
    request_.version = "v2.4.8";
  }
  // Names of the lines that were judged.
  std::string targets() {
    repo_.push();
    auto opened =
        open_mirror({.url = repo_.origin(), .path = dir_.path("mirror" + std::to_string(++opened_))}, policy_);
    EXPECT_TRUE(ok(opened));
    auto facts = (*opened)->observe(request_, {});
    EXPECT_TRUE(ok(facts));
    std::string names;
    for (const auto& fact : facts->targets) names += (names.empty() ? "" : " ") + fact.target;
    return names;
  }

  TempDir dir_;
  Repo repo_;
  RepositoryPolicy policy_;
  effect::Observe request_;
  int opened_ = 0;
};

TEST_F(TargetsTest, AreAllThatTheGlobsNameUnlessSaidOtherwise) {
  EXPECT_EQ(targets(), "2.4.x develop main release/1.9 release/2.3 release/2.4 release/2.5 release/next");
}

TEST_F(TargetsTest, NewerLeavesOutLinesThatAreOlderThanTheBase) {
  policy_.release_lines = ReleaseLines::newer;
  EXPECT_EQ(targets(), "2.4.x develop main release/2.4 release/2.5 release/next");
  request_.base_tag = "baseline";  // no version to compare with
  EXPECT_EQ(targets(), "2.4.x develop main release/1.9 release/2.3 release/2.4 release/2.5 release/next");
}

// The fix is of v2.4.8: what is named after an older one is out already and gets no further release.
TEST_F(TargetsTest, NewerLeavesOutLinesOfThreeNumbersThatAreOlderThanWhatShips) {
  policy_.release_lines = ReleaseLines::newer;
  policy_.targets = {"main", "release/2.4*", "release/2.5"};
  for (const char* line : {"2.4.0", "2.4.6", "2.4.7", "2.4.8", "2.4.10", "2.4.9-rc1"})
    repo_.git(std::string("branch release/") + line + " main");
  const auto wanted = "main release/2.4 release/2.4.10 release/2.4.8 release/2.4.9-rc1 release/2.5";
  EXPECT_EQ(targets(), wanted);
  request_.version.clear();  // not known yet: what it was cut from
  EXPECT_EQ(targets(), "main release/2.4 release/2.4.10 release/2.4.7 release/2.4.8 release/2.4.9-rc1 release/2.5");
  // Once it shipped the next version is a further fix's.
  repo_.git("tag v2.4.8 hotfix/x");
  request_.tag_sha = repo_.sha("hotfix/x");
  request_.version = "v2.4.9";
  EXPECT_EQ(targets(), wanted);
  request_.known_targets = {{"release/2.4.6", {}, false}};
  EXPECT_EQ(targets(), "main release/2.4 release/2.4.10 release/2.4.6 release/2.4.8 release/2.4.9-rc1 release/2.5");
}

TEST_F(TargetsTest, ALineThatWasJudgedOnceStays) {
  policy_.release_lines = ReleaseLines::newer;
  policy_.active_for = Minutes{10};
  request_.known_targets = {{"release/1.9", {}, false}};
  EXPECT_EQ(targets(), "2.4.x develop main release/1.9 release/2.4 release/2.5 release/next");
}

TEST_F(TargetsTest, ALineWhoseHeadIsOldIsNotActive) {
  policy_.active_for = Minutes{10};
  EXPECT_EQ(targets(), "2.4.x develop main release/2.3 release/2.4 release/2.5 release/next");
  // Somebody pushes to it: it is in use after all.
  repo_.git("checkout -q release/1.9");
  repo_.commit("in use", {{"d.txt", "d\n"}});
  EXPECT_EQ(targets(), "2.4.x develop main release/1.9 release/2.3 release/2.4 release/2.5 release/next");
}

TEST_F(TargetsTest, TheProductionBranchIsAlwaysOne) {
  policy_.release_lines = ReleaseLines::newer;
  policy_.active_for = Minutes{10};
  policy_.production_branch = "release/1.9";
  EXPECT_EQ(targets(), "2.4.x develop main release/1.9 release/2.4 release/2.5 release/next");
}

// What an older line holds is told all the same: its commits are not the hotfix's own.
TEST_F(TargetsTest, ALineThatOwesNothingStillTellsWhoseCommitsTheseAre) {
  policy_.release_lines = ReleaseLines::newer;
  repo_.git("checkout -q release/2.3");
  const auto foreign = repo_.commit("only on 2.3", {{"old.txt", "o\n"}});
  repo_.git("checkout -q hotfix/x");
  repo_.git("merge -q --no-ff -m oops release/2.3");
  repo_.push();
  auto opened = open_mirror({.url = repo_.origin(), .path = dir_.path("mirror")}, policy_);
  ASSERT_TRUE(ok(opened));
  auto facts = (*opened)->observe(request_, {});
  ASSERT_TRUE(ok(facts));
  EXPECT_EQ(facts->unclean, "contains " + foreign.substr(0, 7) + " of release/2.3, which is not in v2.4.7");
}

TEST_F(TargetsTest, AReleaseBranchThatIsCutLaterIsJudgedAtOnce) {
  policy_.release_lines = ReleaseLines::newer;
  policy_.active_for = std::chrono::hours{90 * 24};
  request_.tag_sha = repo_.sha("hotfix/x");
  repo_.git("checkout -q main");
  repo_.git("branch release/2.6");
  repo_.git("merge -q --no-ff -m landed hotfix/x");
  repo_.git("branch release/2.7");
  repo_.push();
  auto opened = open_mirror({.url = repo_.origin(), .path = dir_.path("mirror")}, policy_);
  ASSERT_TRUE(ok(opened));
  auto facts = (*opened)->observe(request_, {});
  ASSERT_TRUE(ok(facts));
  const auto verdict = [&](std::string_view line) {
    return std::ranges::find(facts->targets, line, &MergeBackFact::target)->verdict;
  };
  EXPECT_EQ(verdict("release/2.6"), Verdict::absent);
  EXPECT_EQ(verdict("release/2.7"), Verdict::present);
}

// Production lost v2.4.8 by a regular release; the next hotfix is cut from that.
TEST_F(TargetsTest, ABranchThatLacksWhatShippedBeforeIsStale) {
  const auto shipped = repo_.sha("hotfix/x");
  repo_.git("tag v2.4.8 hotfix/x");
  repo_.git("checkout -q main");
  repo_.commit("a regular release without it", {{"e.txt", "e\n"}});
  repo_.git("tag v2.5.0");
  repo_.git("checkout -q -B hotfix/y v2.5.0");
  repo_.commit("another fix", {{"f.txt", "f\n"}});
  request_ = {.repository = "shop", .branch = "hotfix/y", .base_tag = "v2.5.0", .base_sha = repo_.sha("v2.5.0")};
  request_.version = "v2.5.1";
  const effect::Observe::Shipped other{"v2.4.8 (HF-1)", "hotfix/x", "v2.4.7", repo_.sha("v2.4.7"), "v2.4.8", shipped};
  const auto stale = [&] {
    repo_.push();
    auto opened =
        open_mirror({.url = repo_.origin(), .path = dir_.path("mirror" + std::to_string(++opened_))}, policy_);
    EXPECT_TRUE(ok(opened));
    auto facts = (*opened)->observe(request_, {});
    EXPECT_TRUE(ok(facts));
    return facts->stale;
  };
  EXPECT_EQ(stale(), "");
  request_.shipped = {other};
  EXPECT_EQ(stale(), "lacks v2.4.8 (HF-1), which shipped before: git cherry-pick v2.4.7..v2.4.8");
  // A hotfix for an older version owes nothing to what was cut from a newer one.
  request_.shipped.front().base_tag = "v2.6.0";
  EXPECT_EQ(stale(), "");
  request_.shipped = {other};
  repo_.git("cherry-pick v2.4.7..v2.4.8");
  EXPECT_EQ(stale(), "");
}

}  // namespace
}  // namespace hotfixd::git::testing
