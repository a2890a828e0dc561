// What stands behind a verdict, read by the bot from its mirror: of what shipped, by the line's shown name.
#include "bot/domain/merge_back_details.hpp"
#include "tests/git/repo_support.hpp"

namespace hotfixd::git::testing {
namespace {

using Hunk = MergeBackReport::Hunk;

class ExplainTest : public ::testing::Test {
 protected:
  // v2.4.7 in production, develop one commit ahead of it, and two commits of a hotfix, shipped.
  ExplainTest() : repo_(dir_) {
    repo_.commit("start", {{"a.txt", numbered()}, {"b.txt", numbered()}});
    repo_.git("tag v2.4.7");
    repo_.git("checkout -q -b develop");
    as("Erin", "next release", {{"c.txt", "new\n"}});
    repo_.git("checkout -q -b hotfix/checkout-500 v2.4.7");
    first_ = as("Dave", "guard null coupon", {{"a.txt", numbered({{10, "guarded"}})}});
    second_ = as("Dave", "and in the cart", {{"b.txt", numbered({{3, "guarded"}, {17, "guarded"}})}});
    repo_.git("tag v2.4.8");
    repo_.git("checkout -q develop");
  }

  std::string as(const std::string& author, const std::string& message,
                 const std::map<std::string, std::string>& files) {
    for (const auto& [path, content] : files) write_file(repo_.work() + "/" + path, content);
    repo_.git("add -A");
    repo_.script("GIT_AUTHOR_NAME=" + author + " git commit -q --allow-empty -m '" + message + "'");
    return repo_.sha("HEAD");
  }
  Result<result::MergeBackExplained> explain(const std::string& target = "develop", const std::string& landing = {}) {
    repo_.push();
    if (!git_) {
      auto opened = open_mirror({.url = repo_.origin(), .path = dir_.path("mirror")}, {.name = "shop"});
      EXPECT_TRUE(ok(opened));
      git_ = std::move(*opened);
    }
    effect::ExplainMergeBack request{.repository = "shop", .about = {}, .target = target};
    request.about = {.repository = "shop",
                     .branch = "hotfix/checkout-500",
                     .base_tag = "v2.4.7",
                     .base_sha = repo_.sha("v2.4.7"),
                     .known_head = second_,
                     .version = "v2.4.9",
                     .tag_sha = repo_.sha("v2.4.8"),
                     .known_production = "v2.4.8",
                     .known_targets = {{.name = target, .acknowledged_sha = {}, .landing_sha = landing}}};
    auto told = git_->explain_merge_back(request, {});
    if (told) EXPECT_EQ(told->target, target);
    if (told) EXPECT_EQ(told->report.verdict, verdict(request.about, target)) << "as the look at it says";
    return told;
  }
  Verdict verdict(const effect::Observe& about, const std::string& target) {
    const auto facts = git_->observe(about, {});
    EXPECT_TRUE(ok(facts));
    for (const auto& t : facts->targets)
      if (t.target == target) return t.verdict;
    ADD_FAILURE() << target;
    return {};
  }

  TempDir dir_;
  Repo repo_;
  std::string first_, second_;
  std::unique_ptr<GitRepository> git_;
};

TEST_F(ExplainTest, NothingLanded) {
  const auto told = explain();
  ASSERT_TRUE(ok(told));
  const auto& report = told->report;
  EXPECT_EQ(report.verdict, Verdict::absent);
  ASSERT_EQ(report.commits.size(), 2U);
  EXPECT_EQ(report.commits[0].sha, first_);
  EXPECT_EQ(report.commits[0].subject, "guard null coupon");
  EXPECT_EQ(report.commits[0].author, "Dave");
  EXPECT_EQ(report.commits[1].hunks,
            (std::vector<Hunk>{{Hunk::State::lacking, "b.txt", 3}, {Hunk::State::lacking, "b.txt", 17}}));
  EXPECT_FALSE(report.landing);
  EXPECT_TRUE(report.look.starts_with("git ")) << report.look;
}

TEST_F(ExplainTest, APartIsThere) {
  repo_.git("cherry-pick " + first_);
  const auto told = explain();
  ASSERT_TRUE(ok(told));
  EXPECT_EQ(told->report.verdict, Verdict::partial);
  ASSERT_EQ(told->report.commits.size(), 2U);
  EXPECT_EQ(told->report.commits[0].verdict, Verdict::present);
  EXPECT_EQ(told->report.commits[1].verdict, Verdict::absent);
}

TEST_F(ExplainTest, ResolvedByHandAsTheForgeSaysOfTheLanding) {
  as("Erin", "rewrite", {{"a.txt", numbered({{10, "rewritten"}})}});
  const auto landed = as(
      "Dana", "merge back",
      {{"a.txt", numbered({{10, "rewritten and guarded"}})}, {"b.txt", numbered({{3, "guarded"}, {17, "guarded"}})}});
  const auto told = explain("develop", landed);
  ASSERT_TRUE(ok(told));
  EXPECT_EQ(told->report.verdict, Verdict::adapted);
  ASSERT_TRUE(told->report.landing);
  EXPECT_EQ(told->report.landing->sha, landed);
  EXPECT_EQ(told->report.landing->author, "Dana");
  EXPECT_EQ(told->report.landing->how, "forge");
  EXPECT_EQ(told->report.landing->content, "adapted");
  EXPECT_EQ(told->report.landing->since, "intact");
  EXPECT_TRUE(told->report.look.starts_with("git show --remerge-diff " + landed.substr(0, 7))) << told->report.look;
}

TEST_F(ExplainTest, AConflictIsToldWithItsLinesAndWhoChangedThem) {
  const auto theirs = as("Erin", "pay another way", {{"a.txt", numbered({{10, "paid"}})}});
  const auto told = explain();
  ASSERT_TRUE(ok(told));
  EXPECT_NE(told->report.verdict, Verdict::present);
  ASSERT_EQ(told->report.conflicts.size(), 1U);
  EXPECT_EQ(told->report.conflicts[0].path, "a.txt");
  EXPECT_TRUE(told->report.conflicts[0].hunks.contains("paid\n"));
  ASSERT_FALSE(told->report.conflicts[0].changes.empty());
  EXPECT_EQ(told->report.conflicts[0].changes[0].author, "Erin");
  ASSERT_FALSE(told->report.touches.empty());
  EXPECT_EQ(told->report.touches[0].sha, theirs);
  EXPECT_EQ(told->report.commits[0].hunks, (std::vector<Hunk>{{Hunk::State::conflicts, "a.txt", 10}}));
}

TEST_F(ExplainTest, ALineThatIsGone) {
  ASSERT_TRUE(ok(explain()));
  repo_.git("checkout -q v2.4.7");
  repo_.git("branch -q -D develop");
  const auto told = explain();
  ASSERT_FALSE(told);
  EXPECT_EQ(told.error().kind, Problem::Kind::not_found);
  EXPECT_EQ(told.error().what, "there is no merge-back line develop on the origin");
  EXPECT_EQ(told.error().mend, "See which there are now");
}

TEST_F(ExplainTest, CommitsThatCannotBeToldAreToBeLookedAt) {
  repo_.git("tag -f v2.4.8 v2.4.7");
  const auto told = explain();
  ASSERT_FALSE(told);
  EXPECT_EQ(told.error().kind, Problem::Kind::refused);
  EXPECT_EQ(told.error().mend, "Look yourself: git log -p v2.4.7..origin/develop");
}

TEST_F(ExplainTest, WhatIsShownIsOneLineOfUtf8) {
  as("Erin", std::string(300, 'x') + "\xff", {{"a.txt", numbered({{10, "paid"}})}});
  const auto told = explain();
  ASSERT_TRUE(ok(told));
  ASSERT_FALSE(told->report.touches.empty());
  EXPECT_EQ(told->report.touches[0].subject, std::string(79, 'x') + "…");
}

TEST_F(ExplainTest, SaysWhatItIsThatHasNoLines) {
  const auto guarded = [](std::map<int, std::string> more) {
    more.insert({{3, "guarded"}, {17, "guarded"}});
    return numbered(more);
  };
  repo_.git("checkout -q hotfix/checkout-500");
  repo_.script("chmod +x a.txt && ln -s a.txt current && printf '\\000\\001' >rates.bin");
  as("Dave", "no lines", {});
  repo_.script("chmod +x b.txt");
  second_ = as("Dave", "lines and a mode", {{"b.txt", guarded({{9, "still"}})}});
  repo_.git("tag -f v2.4.8");
  repo_.git("checkout -q develop");
  const auto told = explain();
  ASSERT_TRUE(ok(told));
  ASSERT_EQ(told->report.commits.size(), 4U);
  const auto lacking = [&](std::size_t n) {
    std::string text;
    for (const auto& hunk : told->report.commits[n].hunks)
      if (hunk.state == Hunk::State::lacking) text += place(hunk) + ", ";
    return text;
  };
  EXPECT_EQ(lacking(2), "a.txt (mode 100755), current (link), rates.bin (binary), ");
  EXPECT_EQ(lacking(3), "b.txt:9, b.txt (mode 100755), ");
}

}  // namespace
}  // namespace hotfixd::git::testing
