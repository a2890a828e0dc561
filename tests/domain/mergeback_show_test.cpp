#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "bot/domain/gates.hpp"
#include "bot/domain/merge_back_details.hpp"
#include "tests/domain/support.hpp"

// What stands behind a verdict, for those who ask.

namespace hotfixd::testing {
namespace {

namespace cmd = command;
using Hunk = MergeBackReport::Hunk;
using ::testing::HasSubstr;
using ::testing::Not;

MergeBackReport partial() {
  MergeBackReport report;
  report.verdict = Verdict::partial;
  report.explanation = "1 of 2 commits present at d5d5d5d";
  report.commits = {{"c1c1c1c1c1", "guard null coupon", "Dave", Verdict::present, {}},
                    {"c2c2c2c2c2",
                     "and in the cart",
                     "Dave",
                     Verdict::partial,
                     {{Hunk::State::there, "src/c.py", 3},
                      {Hunk::State::conflicts, "src/b.py", 5},
                      {Hunk::State::lacking, "src/a.py", 10}}}};
  report.touches = {{"e1e1e1e1e1", "Pay another way", "Erin", at("2026-11-13T09:00:00Z")}};
  report.look = "git log -p --first-parent base..h1";
  return report;
}

Story& lacking(Story& run) {
  return run.deployed().at("21:50").git(facts("h1", {{"main", Verdict::present}, {"develop", Verdict::partial, "d5"}}));
}

TEST(MergeBackShow, IsAskedAndAnsweredOnce) {
  Story run;
  lacking(run).type("bob", cmd::MergeBackShow{"develop", {}});
  EXPECT_EQ(run.all(), "asked mergeback show shop develop\nexplain shop hotfix/checkout-500 on develop");
  const auto& about = std::get<effect::ExplainMergeBack>(run.last.effects.back()).about;
  EXPECT_EQ(about, *observe(run.incident, run.incident.hotfixes.front(), run.policy));
  run.git(facts("h1", {{"main", Verdict::present}, {"develop", Verdict::partial, "d5"}}));
  EXPECT_EQ(run.all(), "") << "a look at the lines is not its answer";
  run.input(result::MergeBackExplained{"shop", "main", partial()});
  EXPECT_EQ(run.all(), "") << "nor is what is said of another line";
  run.input(result::MergeBackExplained{"shop", "develop", partial()});
  EXPECT_EQ(run.all(),
            "settled mergeback show shop develop yes\n"
            "v2.4.8 on develop: PARTIAL 1 of 2 commits present at d5d5d5d\n"
            "PRESENT c1c1c1c guard null coupon (Dave)\n"
            "PARTIAL c2c2c2c and in the cart (Dave)\n"
            "  lacking src/a.py:10, conflicts src/b.py:5, there src/c.py:3\n"
            "No commit of develop is known to have brought it.\n"
            "files changed by e1e1e1e Pay another way (Erin, 2026-11-13)\n"
            "To look at it: git fetch && git log -p --first-parent base..h1");
  run.input(result::MergeBackExplained{"shop", "develop", partial()});
  EXPECT_EQ(run.all(), "") << "the same again";
}

TEST(MergeBackShow, EachLineHasAnAnswerOfItsOwn) {
  Story run;
  lacking(run).type("bob", cmd::MergeBackShow{"main", {}}).type("bob", cmd::MergeBackShow{"develop", {}});
  run.type("carol", cmd::MergeBackShow{"develop", {}});
  run.input(result::MergeBackExplained{"shop", "develop", partial()});
  EXPECT_EQ(run.recorded(), "settled mergeback show shop develop yes\nsettled mergeback show shop develop yes");
  ASSERT_EQ(run.incident.requests.size(), 1U);
  EXPECT_EQ(run.incident.requests.front().argument, "main");
  // What was asked after the look began waits for its own.
  run.at("21:55").type("carol", cmd::MergeBackShow{"develop", {}});
  run.context.looked_at = at("21:54");
  run.input(result::MergeBackExplained{"shop", "develop", partial()});
  EXPECT_EQ(run.all(), "");
}

TEST(MergeBackShow, WithoutATargetItIsTheOneThatIsNotSettled) {
  Story run;
  lacking(run).type("bob", cmd::MergeBackShow{});
  EXPECT_EQ(run.asked(), "explain shop hotfix/checkout-500 on develop");
  run.git(facts("h1", {{"main", Verdict::adapted, "m5"}, {"develop", Verdict::partial, "d5"}}));
  run.type("bob", cmd::MergeBackShow{});
  EXPECT_EQ(run.answer(),
            "refused: Several lines are not settled: develop, main. Name one.\n"
            "Type: /hotfix mergeback show develop");
  run.git(facts("h1", {{"main", Verdict::present, "m6"}, {"develop", Verdict::present, "d6"}}));
  run.type("bob", cmd::MergeBackShow{});
  EXPECT_EQ(run.answer(),
            "refused: Every line is settled: develop, main. Name the one that you mean.\n"
            "Type: /hotfix mergeback show develop");
  run.type("bob", cmd::MergeBackShow{"trunk", {}});
  EXPECT_EQ(run.answer(),
            "refused: 'trunk' is not a merge-back target. There are: develop, main.\n"
            "Type: /hotfix mergeback show develop");
  Story early;
  early.cut().type("bob", cmd::MergeBackShow{});
  EXPECT_EQ(early.answer(), "refused: No line is judged yet.\nType: /hotfix mergeback");
}

TEST(MergeBackShow, AFailureSaysWhyAndWhatToType) {
  Story run;
  lacking(run).type("bob", cmd::MergeBackShow{"develop", {}});
  run.input(result::ObserveFailed{"shop", {Problem::Kind::unreachable, "no route", "wait", {}}});
  EXPECT_EQ(run.all(), "") << "it is another question that failed";
  run.input(
      result::MergeBackUnexplained{"shop", "develop", {Problem::Kind::unreachable, "no route to the origin", "", {}}});
  EXPECT_EQ(run.all(),
            "settled mergeback show shop develop no: no route to the origin\n"
            "What stands behind develop is not known: no route to the origin. Type it again: /hotfix mergeback show "
            "develop");
  run.type("bob", cmd::MergeBackShow{"develop", {}});
  run.input(result::MergeBackUnexplained{
      "shop",
      "develop",
      {Problem::Kind::not_found, "there is no merge-back line develop on the origin", "See which there are now", {}}});
  EXPECT_EQ(run.shown(),
            "What stands behind develop is not known: there is no merge-back line develop on the origin. See which "
            "there are now. The verdicts: /hotfix mergeback");
  EXPECT_TRUE(run.incident.requests.empty());
}

TEST(MergeBackShow, WhoAsksElsewhereIsAnsweredThereAndAfterTheEndToo) {
  Story run;
  const auto there = facts("h1", {{"main", Verdict::present, "m2"}, {"develop", Verdict::present, "d2"}});
  run.deployed().type("alice", cmd::Resolve{"quiet"}).rca().git(there).type("alice", cmd::Close{}).git(there);
  ASSERT_EQ(run.incident.status(), Status::closed);
  run.context.channel = "slack:T1:C9";
  run.type("bob", cmd::MergeBackShow{"develop", {}}).input(result::MergeBackExplained{"shop", "develop", partial()});
  std::string told;
  for (const auto& e : run.last.effects)
    if (const auto* show = std::get_if<effect::ShowMessage>(&e); show != nullptr && show->channel == "slack:T1:C9")
      told += text(show->message);
  EXPECT_THAT(told, HasSubstr("@bob "));
  EXPECT_THAT(told, HasSubstr("v2.4.8 on develop: PARTIAL"));
}

std::string details(const MergeBackReport& report) {
  Story run;
  lacking(run);
  return text(merge_back_details(run.incident, {"shop", "develop", report}));
}

TEST(MergeBackDetails, TellHowItLandedAndWhatBecameOfIt) {
  auto report = partial();
  report.landing = MergeBackReport::Landing{"1a2b3c4d5e",  "Check the coupon", "Dana",  at("2026-11-12T10:00:00Z"),
                                            "cherry-pick", "adapted",          "intact"};
  EXPECT_THAT(details(report),
              HasSubstr("landed as 1a2b3c4 by Dana on 2026-11-12, picked: resolved by hand, not changed since\n"
                        "changed since by e1e1e1e Pay another way (Erin, 2026-11-13)\n"));
  report.landing->how = "forge";
  report.landing->content = "faithful";
  report.landing->since = "gone";
  EXPECT_THAT(details(report),
              HasSubstr("landed as 1a2b3c4 by Dana on 2026-11-12, by its pull request: as it was, gone since\n"));
  report.landing.reset();
  report.history.ancestor = true;
  EXPECT_THAT(details(report), HasSubstr("The history of develop has its commits, which proves nothing.\n"));
  report.verdict = Verdict::present;
  report.look.clear();
  EXPECT_THAT(details(report), Not(HasSubstr("proves nothing")));
  EXPECT_THAT(details(report), Not(HasSubstr("To look at it")));
}

TEST(MergeBackDetails, FitOnAPhone) {
  auto report = partial();
  report.commits.assign(12, {"c1c1c1c1c1", "one of many", "Dave", Verdict::present, {}});
  report.commits.push_back({"c2c2c2c2c2", "the last", "Dave", Verdict::absent, {}});
  for (int n = 1; n <= 9; ++n) report.commits.back().hunks.push_back({Hunk::State::lacking, "a.py", n * 10});
  report.touches.assign(9, {"e1e1e1e1e1", "Pay another way", "Erin", {}});
  PortConflict::File file{"src/b.py", "both sides changed it", {{"Erin", "e1e1e1e", {}}}, {}};
  for (int n = 0; n < 30; ++n) file.hunks += "a line\n";
  report.conflicts.assign(5, file);
  const auto said = details(report);
  EXPECT_THAT(said, HasSubstr("\nABSENT c2c2c2c the last (Dave)\n"
                              "  lacking a.py:10, a.py:20, a.py:30, a.py:40, a.py:50 and 4 more\n"
                              "PRESENT c1c1c1c one of many (Dave)\n"));
  EXPECT_THAT(said, HasSubstr("\nand 7 more commits, which are there\n"));
  EXPECT_THAT(said, HasSubstr("\nand by 6 more commits\n"));
  EXPECT_THAT(said, HasSubstr("• src/b.py: both sides changed it, last by Erin\na line\n"));
  EXPECT_THAT(said, HasSubstr("\na line\nand more\n• src/b.py: both"));
  EXPECT_THAT(said, HasSubstr("last by Erin\n• and 2 more files\n"));
  EXPECT_EQ(std::ranges::count(said, '\n'), 1 + 7 + 1 + 1 + 4 + 4 + 12 + 1) << said;
}

TEST(MergeBackDetails, SayWhoAcknowledgedIt) {
  Story run;
  run.deployed().at("21:50").git(facts("h1", {{"main", Verdict::adapted, "m5"}, {"develop"}}));
  run.type("bob", cmd::MergeBackAck{"main", "read the resolution", {}});
  EXPECT_THAT(text(merge_back_details(run.incident, {"shop", "main", partial()})),
              HasSubstr("acknowledged by bob at m5: read the resolution\n"));
}

TEST(MergeBackShow, IsTheNextStepWhereAPersonHasToLook) {
  Story run;
  run.deployed().at("21:50").git(facts("h1", {{"main", Verdict::adapted, "m5"}, {"develop", Verdict::present, "d5"}}));
  EXPECT_EQ(what_to_do(*run.incident.obligation("merge-back:shop:main"), run.incident, run.policy),
            "/hotfix mergeback show main, then /hotfix mergeback ack main <why>");
}

}  // namespace
}  // namespace hotfixd::testing
