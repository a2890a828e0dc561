#include <gtest/gtest.h>

#include "bot/domain/cards.hpp"
#include "tests/domain/support.hpp"

// The regression test of a fix on its lines: when it runs, what is said of it, and that it changes nothing else.

namespace hotfixd::testing {
namespace {

namespace cmd = command;
using State = RegressionTestView::State;

Policy tested() {
  auto p = team();
  p.repositories.front().regression_test = "workflow fix.yml";
  return p;
}

struct Testing : Story {
  Testing() : Story(tested()) { deployed().type("alice", cmd::Resolve{"quiet"}).rca(); }
  Testing& at(std::string_view time) { return Story::at(time), *this; }
  Testing& git(HotfixFacts facts) { return Story::git(std::move(facts)), *this; }
  Testing& type(std::string_view who, const Command& command) { return Story::type(who, command), *this; }
  const Hotfix& hotfix() { return incident.hotfixes.front(); }
  std::string key(const std::string& target = "main") { return hotfix().testing.at(target).key; }
  Testing& started(const std::string& target = "main") {
    input(result::RegressionTestStarted{"shop", key(target), "17", "https://ci/17"});
    return *this;
  }
  Testing& ends(State state, std::string step = {}, std::string output = {}, const std::string& target = "main") {
    input(result::RegressionTestSeen{"shop", key(target), {state, std::move(step), std::move(output), {}}});
    return *this;
  }
  std::string state_of(std::string_view obligation) {
    return std::string(to_string(incident.obligation(obligation)->state));
  }
};

TEST(RegressionTest, RunsOnceOnEachHeadThatIsSaidToCarryTheFix) {
  Testing run;
  run.at("22:10").git(facts("h1", {{"main", Verdict::present, "m2"}, {"develop"}}));
  EXPECT_EQ(run.recorded(),
            "judged shop main m2 PRESENT: PRESENT\nmet merge-back:shop:main: PRESENT\n"
            "test ordered shop main m2 of h1 by workflow fix.yml");
  EXPECT_EQ(run.asked(), "test shop main at m2 for v2.4.8 of HF-1");
  run.started();
  EXPECT_EQ(run.asked(), "follow test main 17");
  run.git(facts("h1", {{"main", Verdict::present, "m2"}, {"develop"}}));
  EXPECT_EQ(run.all() + run.asked(), "") << "it runs";
  run.ends(State::passed);
  EXPECT_EQ(run.recorded(), "test passed main m2  https://ci/17");
  EXPECT_EQ(run.shown(), "") << "what was expected wakes nobody";
  run.git(facts("h1", {{"main", Verdict::present, "m2"}, {"develop"}}));
  EXPECT_EQ(run.asked(), "") << "once";
  run.at("22:40").git(facts("h1", {{"main", Verdict::present, "m3"}, {"develop"}}));
  EXPECT_EQ(run.asked(), "") << "it passed less than an hour ago";
  run.at("23:10").git(facts("h1", {{"main", Verdict::present, "m3"}, {"develop"}}));
  EXPECT_EQ(run.asked(), "test shop main at m3 for v2.4.8 of HF-1");
}

TEST(RegressionTest, IsOfVerdictsThatSayThatTheFixOughtToWork) {
  for (const auto& [verdict, wanted] : std::vector<std::pair<Verdict, bool>>{{Verdict::present, true},
                                                                             {Verdict::adapted, true},
                                                                             {Verdict::changed_since, true},
                                                                             {Verdict::absent, false},
                                                                             {Verdict::partial, false},
                                                                             {Verdict::regressed, false},
                                                                             {Verdict::unknown, false},
                                                                             {Verdict::moot, false}}) {
    Testing run;
    run.git(facts("h1", {{"main", verdict, "m2"}, {"develop"}}));
    EXPECT_EQ(run.asked().starts_with("test "), wanted) << to_string(verdict);
    if (verdict != Verdict::unknown) continue;
    run.type("bob", cmd::MergeBackAck{"main", "read it", {}});
    EXPECT_EQ(run.asked(), "test shop main at m2 for v2.4.8 of HF-1") << "somebody looked, and said so";
  }
}

TEST(RegressionTest, IsNotBegunBeforeTheFixIsOutNorWithoutMeans) {
  Story run(tested());
  run.reviewed().git(facts("h1", {{"main", Verdict::absent}, {"develop", Verdict::adapted, "d1"}}));
  EXPECT_EQ(run.asked(), "");
  Story without;
  without.deployed().git(facts("h1", {{"main", Verdict::present, "m2"}, {"develop"}}));
  EXPECT_EQ(without.asked(), "");
}

TEST(RegressionTest, ANewerHeadWaitsAndOnlyTheNewestIsTested) {
  Testing run;
  run.git(facts("h1", {{"main", Verdict::present, "m2"}, {"develop"}}))
      .git(facts("h1", {{"main", Verdict::present, "m3"}, {"develop"}}));
  run.git(facts("h1", {{"main", Verdict::present, "m4"}, {"develop"}}));
  EXPECT_EQ(run.asked(), "");
  run.started().ends(State::failed, "exit status 1");
  EXPECT_EQ(run.asked(), "test shop main at m4 for v2.4.8 of HF-1") << "what failed is tested again at once";
}

TEST(RegressionTest, AFailureWhereTheTextIsThereIsSaidOnceToTheOwnerAndChangesNothing) {
  Testing run;
  run.git(facts("h1", {{"main", Verdict::present, "m2"}, {"develop"}}))
      .started()
      .ends(State::failed, "exit status 1", "expected 200\ngot 500");
  EXPECT_EQ(run.all(),
            "test failed main m2 exit status 1 https://ci/17\n"
            "@alice main carries the text of the fix, but the regression test fails there at m2: exit status 1 (see "
            "it)\n  expected 200\n  got 500\n"
            "Is it undone by something else on that line? Again: /hotfix mergeback test main");
  EXPECT_EQ(run.state_of("merge-back:shop:main"), "met");
  EXPECT_EQ(run.incident.hotfixes.front().merge_backs.at("main").verdict, Verdict::present);
  // The next head: the same message is edited, and nobody is called again.
  run.git(facts("h1", {{"main", Verdict::present, "m3"}, {"develop"}}));
  EXPECT_EQ(run.shown(), "");
  run.started().ends(State::failed, "exit status 1");
  EXPECT_EQ(run.shown(), "");
  run.git(facts("h1", {{"main", Verdict::present, "m4"}, {"develop"}})).started().ends(State::passed);
  EXPECT_EQ(run.shown(), "main: the regression test of v2.4.8 passes there now at m4 (see it)");
  // Another failure, later, is another message.
  run.at("23:50").git(facts("h1", {{"main", Verdict::present, "m5"}, {"develop"}})).started();
  run.ends(State::failed, "exit status 2");
  EXPECT_TRUE(run.shown().starts_with("@alice main carries the text of the fix, but")) << run.shown();
}

TEST(RegressionTest, AnOlderHeadAccusesNobodyAndTheVerdictMayComeLater) {
  Testing run;
  run.git(facts("h1", {{"main", Verdict::changed_since, "m2"}, {"develop"}})).started();
  run.git(facts("h1", {{"main", Verdict::present, "m3"}, {"develop"}}));
  run.ends(State::failed, "exit status 1");
  EXPECT_EQ(run.shown(), "") << "it ran where the fix was not proven to be";
  Testing later;
  later.git(facts("h1", {{"main", Verdict::changed_since, "m2"}, {"develop"}})).started();
  later.ends(State::failed, "exit status 1");
  EXPECT_EQ(later.shown(), "");
  later.git(facts("h1", {{"main", Verdict::present, "m2"}, {"develop"}}));
  EXPECT_TRUE(later.shown().starts_with("@alice main carries the text of the fix, but")) << later.shown();
}

TEST(RegressionTest, AFailureIsOnTheStatusCardOnlyWhereTheTextIsThere) {
  Testing run;
  const auto card = [&] { return text(status_card(run.incident, run.policy)); };
  run.git(facts("h1", {{"main", Verdict::present, "m2"}, {"develop", Verdict::adapted, "d2"}}));
  run.started()
      .ends(State::failed, "exit status 1")
      .started("develop")
      .ends(State::failed, "exit status 1", {}, "develop");
  EXPECT_NE(card().find("✓ main: PRESENT; the regression test failed at m2: exit status 1 (see it)\n"),
            std::string::npos)
      << card();
  EXPECT_NE(card().find("✗ develop: ADAPTED\n"), std::string::npos) << card();
  run.type("bob", cmd::MergeBackStatus{})
      .git(facts("h1", {{"main", Verdict::present, "m2"}, {"develop", Verdict::adapted, "d2"}}));
  EXPECT_EQ(run.shown(),
            "shop v2.4.8\n"
            "✗ develop: ADAPTED ADAPTED\n"
            "  regression test (workflow fix.yml) failed at d2: exit status 1 (see it)\n"
            "✓ main: PRESENT PRESENT\n"
            "  regression test (workflow fix.yml) failed at m2: exit status 1 (see it)");
}

TEST(RegressionTest, APassDoesNotMeetAnObligation) {
  Testing run;
  run.git(facts("h1", {{"main", Verdict::changed_since, "m2"}, {"develop"}})).started().ends(State::passed);
  EXPECT_EQ(run.recorded(), "test passed main m2  https://ci/17");
  EXPECT_EQ(run.state_of("merge-back:shop:main"), "open");
}

TEST(RegressionTest, WhatCannotRunOrDoesNotEndSaysNothingOfTheFix) {
  Testing run;
  run.at("22:10").git(facts("h1", {{"main", Verdict::present, "m2"}, {"develop"}}));
  run.input(result::RegressionTestNotStarted{
      "shop", run.key(), {Problem::Kind::refused, "no such workflow", "write it", {}}});
  EXPECT_EQ(run.all(), "test not_run main m2 no such workflow. write it ");
  run.at("22:20").git(facts("h1", {{"main", Verdict::present, "m3"}, {"develop"}}));
  run.started().input(result::RegressionTestUnseen{"shop", run.key(), {Problem::Kind::unreachable, "reset", "", {}}});
  EXPECT_EQ(run.recorded(), "");
  EXPECT_EQ(run.asked(), "follow test main 17") << "it is looked at again";
  run.at("23:24:59").tick();
  EXPECT_EQ(run.recorded().find("not_run"), std::string::npos);
  run.at("23:25").tick();
  EXPECT_NE(run.recorded().find("test not_run main m3 it did not end within 60 min https://ci/17"), std::string::npos)
      << run.recorded();
}

TEST(RegressionTest, IsBegunForAnyLineWhenSomebodyAsks) {
  Testing run;
  run.at("22:10").type("bob", cmd::MergeBackTest{"develop", {}});
  EXPECT_EQ(run.recorded(), "asked mergeback test shop develop");
  run.git(facts("h1", {{"main"}, {"develop", Verdict::absent, "d2"}}));
  EXPECT_EQ(run.asked(), "test shop develop at d2 for v2.4.8 of HF-1");
  EXPECT_EQ(run.shown(), "Regression test of v2.4.8 on develop: runs at d2");
  run.type("carol", cmd::MergeBackTest{"develop", {}});
  EXPECT_EQ(run.answer(), "refused: develop is being tested already, at d2.\nType: /hotfix mergeback");
  run.started("develop").ends(State::failed, "exit status 1", "got 500", "develop");
  EXPECT_EQ(run.shown(), "Regression test of v2.4.8 on develop: failed at d2: exit status 1 (see it)\n  got 500");
  EXPECT_EQ(run.state_of("merge-back:shop:develop"), "open");
  run.type("bob", cmd::MergeBackTest{"trunk", {}});
  EXPECT_EQ(run.answer(), "refused: 'trunk' is not a merge-back target. There are: develop, main.");
  run.type("bob", cmd::MergeBackTest{}).git(facts("h1", {{"main"}, {"develop", Verdict::absent, "d2"}}));
  EXPECT_EQ(run.shown(), "No line of shop is said to carry the fix. Name one: /hotfix mergeback test <target>");
}

TEST(RegressionTest, WithoutMeansTheCommandSaysWhatToConfigure) {
  Story run;
  run.deployed().type("bob", cmd::MergeBackTest{"main", {}});
  EXPECT_EQ(run.answer(),
            "refused: The bot has no regression test for shop. (regression_test = \"…\" in the configuration gives it "
            "one.)");
}

// What a target is may grow after the end.

Story& closed(Story& run) {
  const auto there = facts("h1", {{"main", Verdict::present, "m2"}, {"develop", Verdict::present, "d2"}});
  return run.deployed().type("alice", cmd::Resolve{"quiet"}).rca().git(there).type("alice", cmd::Close{}).git(there);
}

TEST(NewLine, AReleaseBranchThatHasTheFixIsNoNoise) {
  Story run;
  closed(run)
      .at("2026-11-20T10:00:00Z")
      .git(facts("h1", {{"main", Verdict::present, "m2"},
                        {"develop", Verdict::present, "d2"},
                        {"release/2.6", Verdict::present, "r1"}}));
  EXPECT_EQ(run.shown(), "");
  EXPECT_EQ(run.incident.status(), Status::closed);
}

TEST(NewLine, AReleaseBranchThatLacksTheFixOpensTheIncidentAndItsOwnerIsToldOnce) {
  Story run;
  const auto lacking = facts("h1", {{"main", Verdict::present, "m2"},
                                    {"develop", Verdict::present, "d2"},
                                    {"release/2.6", Verdict::absent, "r1"},
                                    {"release/2.7", Verdict::absent, "r2"}});
  closed(run).at("2026-11-20T10:00:00Z").git(lacking);
  EXPECT_EQ(run.all(),
            "judged shop release/2.6 r1 ABSENT: ABSENT\n"
            "judged shop release/2.7 r2 ABSENT: ABSENT\n"
            "opened merge-back:shop:release/2.6 alice 2026-11-21T10:00:00Z\n"
            "opened merge-back:shop:release/2.7 alice 2026-11-21T10:00:00Z\n"
            "incident reopened: open again: merge back to release/2.6, merge back to release/2.7\n"
            "@alice HF-1 is open again: merge back to release/2.6, merge back to release/2.7");
  EXPECT_EQ(run.incident.status(), Status::resolved);
  run.git(lacking);
  EXPECT_EQ(run.shown(), "");
}

TEST(LastAuthor, WhoTookTheFixOutIsNamedToTheOwner) {
  for (const auto& [author, told] :
       std::vector<std::pair<std::string, std::string>>{{"Erin Example", "@Erin Example"},  // configured
                                                        {"carol", "@carol"},                // approved the fix
                                                        {"Mallory", "Mallory"},  // nobody knows more than the name
                                                        {"alice", ""},           // the owner is named already
                                                        {"", ""}}) {
    Story run([] {
      auto p = team();
      p.people.push_back({.person = {"erin", "Erin Example"}, .zone = {}, .github = "erin-at-work"});
      return p;
    }());
    auto gone =
        facts("h1", {{"main", Verdict::regressed, "m3", false, "gone at m3"}, {"develop", Verdict::present, "d2"}});
    gone.targets.front().last_author = author;
    closed(run).at("2026-11-20T10:00:00Z").git(gone);
    EXPECT_EQ(run.shown(), "@alice HF-1: merge back to main is open again: gone at m3" +
                               (told.empty() ? "" : ". Last to change it there: " + told));
  }
}

}  // namespace
}  // namespace hotfixd::testing
