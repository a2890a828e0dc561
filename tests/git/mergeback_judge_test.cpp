// The decision alone, over every combination of evidence: what may never be said is never said.
#include "integrations/git/mergeback_judge.hpp"

#include <gtest/gtest.h>

namespace hotfixd::git {
namespace {

using Evidence = MergeBackEvidence;

TEST(Judge, PresentOnlyWhenTheThreeWayProvesIt) {
  int seen = 0;
  for (const auto three_way :
       {Evidence::ThreeWay::target_unchanged, Evidence::ThreeWay::target_changes, Evidence::ThreeWay::conflict})
    for (unsigned bits = 0; bits < 1u << 8; ++bits)
      for (int commits = 0; commits <= 2; ++commits)
        for (int hunks = 0; hunks <= 3; ++hunks) {
          Evidence e;
          e.target_sha = "1a2b3c4";
          e.own_commits = (bits & 1) != 0 ? 2 : 0;
          e.own_is_base = (bits & 2) != 0;
          if ((bits & 4) != 0) e.cannot_replay = "commit 5d6e7f8 does not apply";
          if ((bits & 8) != 0) e.hand_made_merge = "9a9a9a9";
          e.all_files_gone = (bits & 16) != 0;
          e.ancestor = (bits & 32) != 0;
          e.squash_landed = (bits & 64) != 0;
          e.was_present = (bits & 128) != 0;
          e.three_way = three_way;
          e.commits_present = commits;
          e.hunks_present = hunks;
          e.hunks_total = 3;
          e.conflicts = {"a.txt"};
          const Judgement said = judge(e);
          const bool proven = three_way == Evidence::ThreeWay::target_unchanged && e.own_commits > 0 &&
                              !e.own_is_base && e.cannot_replay.empty() && e.hand_made_merge.empty();
          EXPECT_EQ(said.verdict == Verdict::present, proven);
          EXPECT_FALSE(said.explanation.empty());
          EXPECT_EQ(said.explanation.find("fixed"), std::string::npos);
          EXPECT_EQ(said.explanation.find('\n'), std::string::npos);
          ++seen;
        }
  EXPECT_EQ(seen, 3 * 256 * 3 * 4);
}

// Each of them alone holds PRESENT back where the three-way merge says so.
TEST(Judge, OneDoubtIsEnough) {
  const Evidence proven{.target_sha = "1a2b3c4", .own_commits = 1, .three_way = Evidence::ThreeWay::target_unchanged};
  ASSERT_EQ(judge(proven).verdict, Verdict::present);
  for (auto doubt : {&Evidence::too_large, &Evidence::line_merge, &Evidence::alive, &Evidence::twin}) {
    Evidence e = proven;
    e.*doubt = "this";
    EXPECT_EQ(judge(e).verdict, Verdict::unknown);
    EXPECT_NE(judge(e).explanation.find("a person must look"), std::string::npos) << judge(e).explanation;
    EXPECT_NE(judge(e).explanation.find("this"), std::string::npos) << judge(e).explanation;
  }
  Evidence e = proven;
  e.line_endings = true;
  EXPECT_EQ(judge(e).verdict, Verdict::adapted);
}

TEST(Judge, WhatAMergeOfALineBroughtMayUndoWhatIsLacking) {
  for (const auto three_way : {Evidence::ThreeWay::target_changes, Evidence::ThreeWay::conflict}) {
    Evidence e{.target_sha = "1a2b3c4",
               .own_commits = 2,
               .line_merge = "5d6e7f8",
               .three_way = three_way,
               .hunks_lacking = 1,
               .hunks_total = 1,
               .commits_landed = 1};
    EXPECT_EQ(judge(e).verdict, Verdict::regressed);
    e.whole_there = true;
    EXPECT_EQ(judge(e), (Judgement{Verdict::unknown,
                                   "all that the hotfix branch has is at 1a2b3c4, and merge 5d6e7f8 on it does not "
                                   "tell whose work that is: a person must look"}));
  }
}

TEST(Judge, SaysWhatAndWhere) {
  Evidence e{
      .target_sha = "1a2b3c4", .own_commits = 2, .three_way = Evidence::ThreeWay::target_changes, .hunks_total = 3};
  EXPECT_EQ(judge(e), (Judgement{Verdict::absent, "absent at 1a2b3c4: 0 of 2 commits"}));
  e.commits_present = 1, e.hunks_present = 2;
  EXPECT_EQ(judge(e), (Judgement{Verdict::partial, "1 of 2 commits present at 1a2b3c4"}));
  e.commits_present = 0;
  EXPECT_EQ(judge(e), (Judgement{Verdict::partial, "2 of 3 hunks present at 1a2b3c4"}));
  e.commits_present = 2, e.hunks_present = 3;
  EXPECT_EQ(judge(e).verdict, Verdict::unknown);
  e = {.target_sha = "1a2b3c4",
       .own_commits = 1,
       .three_way = Evidence::ThreeWay::conflict,
       .conflicts = {"a", "b", "c", "d", "e"}};
  EXPECT_EQ(judge(e), (Judgement{Verdict::unknown, "conflicts in a, b, c and 2 more at 1a2b3c4: a person must look"}));
  e.was_present = true;
  EXPECT_EQ(judge(e).verdict, Verdict::changed_since);
  e = {.target_sha = "1a2b3c4", .own_commits = 0};
  EXPECT_EQ(judge(e), (Judgement{Verdict::unknown, "no commits on the hotfix branch yet"}));
}

}  // namespace
}  // namespace hotfixd::git
