#include <gtest/gtest.h>

#include "tests/domain/support.hpp"

// Conflicts are told before they are there, in one message.

namespace hotfixd::testing {
namespace {

namespace cmd = command;
using Action = forge::PullRequest::Action;

LineForecast clean(const std::string& target, const std::string& sha = "t1") {
  return {target, sha, Outlook::clean, {}, {}};
}
LineForecast conflicts(const std::string& target, const std::string& sha = "t1",
                       const std::string& path = "src/cart.py") {
  return {target, sha, Outlook::conflicts, {}, {{path, "both sides changed it", {{"Dana", "1a2b3c4", at("10:00")}}}}};
}
OverlappingPullRequest refactoring() {
  return {512, {"Refactor cart"}, "dana", "https://x/512", "develop", false, {"src/cart.py"}};
}
HotfixFacts facing(Forecast forecast, const std::string& head = "h1") {
  auto f = facts(head, {{"main"}, {"develop"}});
  f.forecast = std::move(forecast);
  return f;
}

TEST(Forecast, SaysNothingWhileNothingIsInTheWay) {
  Story run;
  run.cut().git(facing({{clean("develop"), clean("main")}, {}, 0, {}}));
  EXPECT_EQ(run.shown(), "");
  EXPECT_TRUE(run.recorded().ends_with("forecast shop develop:clean main:clean")) << run.recorded();
  run.git(facing({{clean("develop", "t2"), clean("main", "t3")}, {}, 0, {}}));
  EXPECT_EQ(run.all(), "") << "a line that moved on says nothing new";
}

TEST(Forecast, OneMessageSaysWhatAndWhoAndIsEdited) {
  Story run;
  run.cut().git(facing({{conflicts("develop"), clean("main")}, {refactoring()}, 0, {}}));
  const std::string conflict =
      "Merging back will conflict on develop: src/cart.py (both sides changed it; Dana, 1a2b3c4, 2026-11-14).";
  const std::string pull = "PR #512 “Refactor cart” (dana) into develop touches the same lines: src/cart.py.";
  EXPECT_EQ(run.shown(), conflict + "\n" + pull);
  run.git(facing({{conflicts("develop", "t2"), clean("main", "t2")}, {refactoring()}, 0, {}}, "h2"));
  EXPECT_EQ(run.shown(), "");
  EXPECT_FALSE(run.recorded().contains("forecast")) << run.recorded();
  run.git(facing({{conflicts("develop"), conflicts("main")}, {}, 0, {}}, "h2"));
  EXPECT_EQ(run.shown(),
            "Merging back will conflict on develop and main: src/cart.py (both sides changed it; Dana, 1a2b3c4, "
            "2026-11-14).");
  for (const auto& e : run.last.effects)
    if (const auto* show = std::get_if<effect::ShowMessage>(&e); show != nullptr && show->slot != "HF-1/status")
      EXPECT_EQ(show->slot, "HF-1/forecast/shop");
  auto draft = refactoring();
  draft.draft = true;
  run.git(facing({{clean("develop"), clean("main")}, {draft}, 0, {}}, "h2"));
  EXPECT_EQ(run.shown(),
            "Merging back will conflict once this is merged:\n"
            "PR #512 “Refactor cart” (dana, draft) into develop touches the same lines: src/cart.py.");
  run.git(facing({{clean("develop"), clean("main")}, {}, 0, {}}, "h2"));
  EXPECT_EQ(run.shown(), "hotfix/checkout-500 goes onto develop and main without conflict now.");
  run.git(facing({{clean("develop", "t9"), clean("main", "t9")}, {}, 0, {}}, "h3"));
  EXPECT_EQ(run.shown(), "");
}

TEST(Forecast, IsShortHoweverMuchThereIs) {
  Story run;
  Forecast much{{conflicts("develop"), conflicts("release/1", "t1", "b.py")}, {}, 4, {}};
  for (const std::string path : {"a.py", "b.py", "c.py", "d.py", "e.py"})
    much.lines.front().files.push_back(
        {path, "the target deleted it", {{"Erin", "5d6e7f8", at("09:00")}, {"Frank", "9a0b1c2", at("08:00")}}});
  for (std::uint64_t n = 1; n <= 5; ++n)
    much.pull_requests.push_back({n, {}, "", "", "develop", false, {"a", "b", "c", "d"}});
  run.cut().git(facing(much));
  EXPECT_EQ(run.shown(),
            "Merging back will conflict on develop:\n"
            "• src/cart.py (both sides changed it; Dana, 1a2b3c4, 2026-11-14)\n"
            "• a.py (the target deleted it; Erin, 5d6e7f8, 2026-11-14)\n"
            "• b.py (the target deleted it; Erin, 5d6e7f8, 2026-11-14)\n"
            "• and 3 more files\n"
            "On release/1: b.py (both sides changed it; Dana, 1a2b3c4, 2026-11-14).\n"
            "PR #1 into develop touches the same lines: a, b, c and 1 more.\n"
            "PR #2 into develop touches the same lines: a, b, c and 1 more.\n"
            "PR #3 into develop touches the same lines: a, b, c and 1 more.\n"
            "And 2 more pull requests: /hotfix mergeback");
  run.type("bob", cmd::MergeBackStatus{}).git(facing(much));
  const auto details = run.shown();
  EXPECT_TRUE(details.contains("e.py (the target deleted it; Erin, 5d6e7f8, 2026-11-14; Frank, 9a0b1c2, 2026-11-14)"))
      << details;
  EXPECT_TRUE(details.contains("PR #5 into develop touches the same lines: a, b, c, d.")) << details;
  EXPECT_TRUE(details.ends_with("\n4 open pull requests were not looked at.")) << details;
}

TEST(Forecast, TheAnswerOfMergebackHasItUntilItShips) {
  Story run;
  run.reviewed();
  const auto foreseen = facing({{clean("develop"), clean("main")}, {}, 0, {}});
  run.git(foreseen).type("bob", cmd::MergeBackStatus{}).git(foreseen);
  EXPECT_EQ(run.shown(),
            "shop hotfix/checkout-500\n"
            "✗ develop: ABSENT ABSENT\n"
            "✗ main: ABSENT ABSENT\n"
            "hotfix/checkout-500 goes onto develop and main without conflict.");
  run.at("21:42").type("alice", cmd::Tag{}).git(foreseen).input(result::TagPushed{"shop", "v2.4.8", "h1"});
  // A look that was under way then.
  run.git(facing({{conflicts("develop"), clean("main")}, {}, 0, {}}));
  EXPECT_EQ(run.all(), "");
  run.type("bob", cmd::MergeBackStatus{}).git(foreseen);
  EXPECT_EQ(run.shown(), "shop v2.4.8\n✗ develop: ABSENT ABSENT\n✗ main: ABSENT ABSENT");
}

TEST(Forecast, WhatCannotBeToldIsSaidToWhoAsks) {
  Story run;
  Forecast unknown{
      {{"develop", "t1", Outlook::unknown, "commit 1a2b3c4 does not apply to the production tag alone", {}},
       {"main", "t1", Outlook::present, {}, {}}},
      {},
      0,
      {}};
  run.cut().git(facing(unknown));
  EXPECT_EQ(run.shown(), "");
  run.type("bob", cmd::MergeBackStatus{}).git(facing(unknown));
  EXPECT_TRUE(
      run.shown().ends_with("Whether hotfix/checkout-500 will conflict on develop cannot be told: commit "
                            "1a2b3c4 does not apply to the production tag alone."))
      << run.shown();
}

TEST(Forecast, PullRequestsThatCannotBeReadStandAsTheyWere) {
  Story run;
  run.cut().git(facing({{clean("develop"), clean("main")}, {refactoring()}, 0, {}}));
  Forecast blind{{clean("develop"), clean("main")}, {}, 0, "no answer in 10 s"};
  run.git(facing(blind));
  EXPECT_EQ(run.all(), "") << "a forge that answers now and then is no news";
  Story quiet;
  quiet.cut().git(facing(blind));
  EXPECT_EQ(quiet.shown(), "") << "that alone is no warning";
}

TEST(Forecast, APullRequestIntoALineIsLookedAtWhileTheHotfixHasNotShipped) {
  const forge::PullRequest other{
      Action::opened, 512, "https://x/512", "Refactor cart", "feature/cart", "f1", "develop", {}, "dana", false};
  Story run;
  run.cut().git(facts("base", {{"main"}, {"develop"}})).forge(other);
  EXPECT_EQ(run.asked(), "") << "there is no work yet";
  run.git(facts("h1", {{"main"}, {"develop"}})).forge(other);
  EXPECT_EQ(run.all(), "observe shop");
  auto elsewhere = other;
  elsewhere.base = "experiment";
  run.forge(elsewhere);
  EXPECT_EQ(run.asked(), "");
  Story shipped;
  shipped.deployed().forge(other);
  EXPECT_EQ(shipped.asked(), "");
}

TEST(Forecast, AnotherBranchTakesOverTheMessage) {
  Story run;
  run.cut().git(facing({{conflicts("develop"), clean("main")}, {}, 0, {}}));
  auto gone = facts("", {{"main"}, {"develop"}});
  gone.unclean = "no longer contains v2.4.7";
  auto unclean = facing({{conflicts("develop"), clean("main")}, {}, 0, {}});
  unclean.unclean = "no longer contains v2.4.7";
  run.git(unclean).type("alice", cmd::Branch{"again", {}, {}});
  run.input(result::BranchCut{"shop", "hotfix/again", "v2.4.7", "base", "v2.4.8"});
  run.git(facing({{clean("develop"), clean("main")}, {}, 0, {}}, "h9"));
  EXPECT_EQ(run.shown(), "hotfix/again goes onto develop and main without conflict now.");
}

TEST(Forecast, TheCutSaysHowFarTheLinesAre) {
  Story run;
  run.declared().type("alice", cmd::Branch{"checkout-500", {}, {}});
  run.input(result::BranchCut{"shop",
                              "hotfix/checkout-500",
                              "v2.4.7",
                              "base",
                              "v2.4.8",
                              {{"develop", 12, {"src/cart.py"}, 2}, {"main", 1, {}, 0}, {"release/2.4", 0, {}, 0}}});
  EXPECT_EQ(run.shown(),
            "hotfix/checkout-500 cut from v2.4.7 at base, next version v2.4.8.\n"
            "Start: git fetch && git switch hotfix/checkout-500\n"
            "Since v2.4.7: develop 12 commits (changed src/cart.py and 2 more), main 1 commit.");
}

TEST(Forecast, AnErasedTitleStaysErased) {
  Story run;
  run.cut().git(facing({{clean("develop")}, {refactoring()}, 0, {}}));
  run.incident.hotfixes.front().forecast->pull_requests.front().title = {std::string(kRedacted)};
  run.git(facing({{clean("develop")}, {refactoring()}, 0, {}}));
  EXPECT_EQ(run.all(), "");
  run.git(facing({{conflicts("develop")}, {refactoring()}, 0, {}}));
  EXPECT_TRUE(run.shown().contains("PR #512 “[redacted]” (dana) into develop")) << run.shown();
}

TEST(Forecast, ANotedEndStopsIt) {
  Story run;
  run.cut().git(facing({{clean("develop")}, {}, 0, {}})).type("alice", cmd::Assess{Assessment::not_a_hotfix, "no"});
  run.git(facing({{conflicts("develop")}, {}, 0, {}}));
  EXPECT_EQ(run.shown(), "");
}

}  // namespace
}  // namespace hotfixd::testing
