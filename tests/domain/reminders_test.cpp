#include "bot/domain/reminders.hpp"

#include <gtest/gtest.h>

#include "bot/domain/zone.hpp"
#include "tests/domain/support.hpp"

// When owners are pinged, and when no longer.

namespace hotfixd::testing {
namespace {

using std::chrono::hours;
namespace cmd = command;

const HotfixFacts kMissing = facts("h1", {{"main"}, {"develop"}});
const HotfixFacts kMerged = facts("h1", {{"main", Verdict::present, "m2"}, {"develop", Verdict::present, "d2"}});

// Deployed and resolved at 21:43 by alice, RCA done: only the merge-backs are open. Pace 1, so that the
// policy's own figures show.
Story& only_merge_backs(Story& run) {
  run.policy.severities[Severity::sev2].pace = 1.0;
  return run.deployed().type("alice", cmd::Resolve{"fine"}).rca();
}

TEST(Reminders, QuietHoursEndInTheOwnersZone) {
  const QuietHours night{Minutes{22 * 60}, Minutes{8 * 60}};
  const QuietHours shift{Minutes{22 * 60}, Minutes{150}};
  const QuietHours day{Minutes{9 * 60}, Minutes{17 * 60}};
  const QuietHours none{Minutes{60}, Minutes{60}};
  struct Case {
    const char* at;
    QuietHours quiet;
    const char* zone;
    const char* after;
  };
  for (const auto& c : {
           Case{"2026-11-14T12:00:00Z", night, "UTC", "2026-11-14T12:00:00Z"},
           Case{"2026-11-14T22:00:00Z", night, "UTC", "2026-11-15T08:00:00Z"},
           Case{"2026-11-15T07:59:59.5Z", night, "UTC", "2026-11-15T08:00:00Z"},
           Case{"2026-11-15T08:00:00Z", night, "UTC", "2026-11-15T08:00:00Z"},
           Case{"2026-11-14T21:30:00Z", night, "Europe/Berlin", "2026-11-15T07:00:00Z"},
           Case{"2026-11-14T12:00:00Z", day, "UTC", "2026-11-14T17:00:00Z"},
           Case{"2026-11-14T12:00:00Z", none, "UTC", "2026-11-14T12:00:00Z"},
           // The night before clocks go forward: tomorrow has 23 hours and is not skipped.
           Case{"2027-03-27T22:30:00Z", night, "Europe/Berlin", "2027-03-28T06:00:00Z"},
           Case{"2026-10-24T20:30:00Z", night, "Europe/Berlin", "2026-10-25T07:00:00Z"},
           // The end is skipped: the jump. The end comes twice: the first, and for who is past that the second.
           Case{"2027-03-28T00:30:00Z", shift, "Europe/Berlin", "2027-03-28T01:00:00Z"},
           Case{"2026-10-25T00:10:00Z", shift, "Europe/Berlin", "2026-10-25T00:30:00Z"},
           Case{"2026-10-25T01:10:30Z", shift, "Europe/Berlin", "2026-10-25T01:30:00Z"},
       })
    EXPECT_EQ(format_rfc3339(after_quiet(at(c.at), c.quiet, c.zone)), c.after) << c.at << " " << c.zone;
}

TEST(Reminders, FirstPingThenBackOffThenTheCap) {
  Story run;
  only_merge_backs(run).sleep_until("2026-11-18T00:00:00Z", kMissing);
  // 21:43 + 1 h, then gaps of 2 h, 4 h, 8 h, 16 h and 24 h; from a day on the commander shares them.
  EXPECT_EQ(run.pings(),
            "14 22:43 alice: merge-back:shop:develop, merge-back:shop:main\n"
            "15 00:43 alice: merge-back:shop:develop, merge-back:shop:main\n"
            "15 04:43 alice: merge-back:shop:develop, merge-back:shop:main\n"
            "15 12:43 alice: merge-back:shop:develop, merge-back:shop:main\n"
            "16 04:43 alice: merge-back:shop:develop, merge-back:shop:main\n"
            "17 04:43 alice: merge-back:shop:develop, merge-back:shop:main");
}

TEST(Reminders, TheCapHoldsPerLocalDay) {
  Story run;
  run.policy.reminders[ObligationKind::merge_back] = {.first_after = hours{1}, .backoff = 1.0, .per_day = 2};
  run.policy.people = {{person("alice"), "America/New_York", {}}};
  only_merge_backs(run).sleep_until("2026-11-16T12:00:00Z", kMissing);
  EXPECT_EQ(run.pings(),
            "14 17:43 alice: merge-back:shop:develop, merge-back:shop:main\n"
            "14 18:43 alice: merge-back:shop:develop, merge-back:shop:main\n"
            "15 00:00 alice: merge-back:shop:develop, merge-back:shop:main\n"
            "15 01:00 alice: merge-back:shop:develop, merge-back:shop:main\n"
            "16 00:00 alice: merge-back:shop:develop, merge-back:shop:main\n"
            "16 01:00 alice: merge-back:shop:develop, merge-back:shop:main");
}

TEST(Reminders, AHandedOverObligationKeepsToTheNewOwnersCap) {
  Story run;
  run.policy.reminders[ObligationKind::merge_back] = {.first_after = hours{1}, .backoff = 1.0, .per_day = 1};
  only_merge_backs(run).type("alice", cmd::SetOwner{"develop", person("bob")});
  run.sleep_until("22:50", kMissing);
  // Both were pinged today; what alice hands on was due long ago for her, and waits for bob's tomorrow.
  run.at("2026-11-15T00:30:00Z").tick().git(kMissing);
  run.at("2026-11-15T12:00:00Z").type("alice", cmd::SetOwner{"main", person("bob")});
  run.sleep_until("2026-11-16T00:10:00Z", kMissing);
  EXPECT_EQ(run.pings(),
            "14 22:43 bob: merge-back:shop:develop\n"
            "14 22:43 alice: merge-back:shop:main\n"
            "15 00:30 bob: merge-back:shop:develop\n"
            "15 00:30 alice: merge-back:shop:main\n"
            "16 00:00 bob: merge-back:shop:develop, merge-back:shop:main\n"
            "16 00:00 alice: merge-back:shop:develop, merge-back:shop:main");  // as commander
}

TEST(Reminders, QuietHoursHoldAcrossDaylightSaving) {
  Story run;
  run.policy.quiet = {Minutes{22 * 60}, Minutes{8 * 60}};
  run.policy.people = {{person("alice"), "Europe/Berlin", {}}};
  run.policy.reminders[ObligationKind::merge_back] = {.first_after = hours{12}, .backoff = 1.0, .per_day = 3};
  only_merge_backs(run);
  run.sleep_until("2026-11-15T00:00:00Z", kMissing);
  run.at("2027-03-27T23:00:00Z").sleep_until("2027-03-29T12:00:00Z", kMissing);  // clocks go forward on the 28th
  EXPECT_EQ(run.pings(),
            "28 08:00 alice: merge-back:shop:develop, merge-back:shop:main\n"
            "28 06:00 #incidents: merge-back:shop:develop, merge-back:shop:main\n"
            "28 20:00 alice: merge-back:shop:develop, merge-back:shop:main\n"
            "28 18:00 #incidents: merge-back:shop:develop, merge-back:shop:main\n"
            "29 08:00 alice: merge-back:shop:develop, merge-back:shop:main\n"
            "29 06:00 #incidents: merge-back:shop:develop, merge-back:shop:main");
}

TEST(Reminders, OneCatchUpPingAfterDowntime) {
  Story run;
  only_merge_backs(run).at("2026-11-24T10:00:00Z").tick().git(kMissing).tick().git(kMissing);
  run.after(Minutes{5}).tick();
  EXPECT_EQ(run.pings(),
            "24 10:00 alice: merge-back:shop:develop, merge-back:shop:main\n"
            "24 10:00 #incidents: merge-back:shop:develop, merge-back:shop:main");
}

TEST(Reminders, LooksAtGitFirstAndIsSilentWhenItIsDone) {
  Story run;
  only_merge_backs(run).at("22:43").tick();
  EXPECT_EQ(run.all(), "asked remind shop \nobserve shop");
  run.git(kMerged);
  EXPECT_EQ(run.recorded(),
            "judged shop main m2 PRESENT: PRESENT\n"
            "judged shop develop d2 PRESENT: PRESENT\n"
            "settled remind shop yes\n"
            "met merge-back:shop:develop: PRESENT\n"
            "met merge-back:shop:main: PRESENT");
  EXPECT_EQ(run.pings(), "");
  EXPECT_EQ(next_wake(run.incident, run.policy, run.context.now), std::nullopt);
}

TEST(Reminders, PingsOnWhatIsKnownWhenGitCannotBeAsked) {
  Story run;
  only_merge_backs(run).at("22:43").tick().input(
      result::ObserveFailed{"shop", {Problem::Kind::unreachable, "no route", "", {}}});
  EXPECT_EQ(run.recorded(),
            "settled remind shop no: no route\nreminded alice level 0: merge-back:shop:develop, merge-back:shop:main");
}

TEST(Reminders, TheMessageFollowsWhatGetsDone) {
  Story run;
  only_merge_backs(run).at("22:43").tick().git(kMissing);
  EXPECT_EQ(run.shown(),
            "@alice 2 things keep HF-1 open\n"
            "• merge back to develop, due Sun 15 Nov 21:43: git switch develop && git merge v2.4.8 && git push\n"
            "• merge back to main, due Sun 15 Nov 21:43: git switch main && git merge v2.4.8 && git push\n"
            "[Snooze 1d: snooze HF-1/alice]");
  run.after(Minutes{5}).git(facts("h1", {{"main", Verdict::present, "m2"}, {"develop"}}));
  EXPECT_EQ(run.shown(),
            "@alice 1 thing keeps HF-1 open\n"
            "• merge back to develop, due Sun 15 Nov 21:43: git switch develop && git merge v2.4.8 && git push\n"
            "✓ ~merge back to main~\n"
            "[Snooze 1d: snooze HF-1/alice]");
  run.after(Minutes{5}).git(kMerged);
  EXPECT_EQ(run.shown(), "✓ alice did this in HF-1\n✓ ~merge back to develop~\n✓ ~merge back to main~");
}

TEST(Reminders, EscalatesToTheCommanderThenToTheChannel) {
  Story run;
  run.policy.managers = {"mia"};
  only_merge_backs(run)
      .type("alice", cmd::SetOwner{"develop", person("bob")})
      .type("alice", cmd::SetOwner{"main", person("bob")});
  run.at("2026-11-15T20:43:00Z").tick().git(kMissing);
  EXPECT_EQ(run.recorded(),
            "settled remind shop yes\nreminded bob level 0: merge-back:shop:develop, merge-back:shop:main");
  run.at("2026-11-15T22:43:00Z").tick().git(kMissing);
  EXPECT_EQ(run.recorded(),
            "settled remind shop yes\n"
            "reminded bob level 1: merge-back:shop:develop, merge-back:shop:main\n"
            "reminded alice level 1: merge-back:shop:develop, merge-back:shop:main");
  run.at("2026-11-17T21:43:00Z").tick().git(kMissing);
  EXPECT_EQ(run.recorded(),
            "settled remind shop yes\n"
            "reminded bob level 2: merge-back:shop:develop, merge-back:shop:main\n"
            "reminded alice level 2: merge-back:shop:develop, merge-back:shop:main\n"
            "reminded #incidents level 2: merge-back:shop:develop, merge-back:shop:main");
  EXPECT_EQ(run.shown().substr(0, 101),
            "@bob 2 things keep HF-1 open, commander @alice. Nobody has settled this: can somebody here help? @mia");
}

TEST(Reminders, SnoozeIsQuietAndHasALimit) {
  Story run;
  only_merge_backs(run).at("22:00").type("alice", cmd::Snooze{"main", hours{100}});
  EXPECT_EQ(run.all(), "refused: At most 3d at a time.\nType: /hotfix snooze merge-back:shop:main 72h");
  run.type("bob", cmd::Snooze{"main", hours{1}});
  EXPECT_EQ(run.all(),
            "refused: Only alice or the commander may snooze that.\nType: /hotfix owner merge-back:shop:main @you");
  run.type("bob", cmd::Snooze{"", hours{1}});
  EXPECT_EQ(run.all(), "refused: You own nothing that is open in HF-1.\nType: /hotfix obligations");
  run.type("alice", cmd::Snooze{"rca", hours{1}});
  EXPECT_EQ(run.all(), "refused: write the RCA is met already.");
  for (int n = 0; n < 3; ++n) run.type("alice", cmd::Snooze{"main", hours{24}});
  EXPECT_EQ(run.all(), "Quiet until Sun 15 Nov 22:00.\nsnoozed merge-back:shop:main 2026-11-15T22:00:00Z");
  run.type("alice", cmd::Snooze{"main", hours{24}});
  EXPECT_EQ(run.all(), "refused: It was snoozed 3 times already: now it has to be done or handed on.");
  run.sleep_until("2026-11-16T00:30:00Z", kMissing);
  // The snooze ends at 22:00, when the day has had its three pings.
  EXPECT_EQ(run.pings(),
            "14 22:43 alice: merge-back:shop:develop\n"
            "15 00:43 alice: merge-back:shop:develop\n"
            "15 04:43 alice: merge-back:shop:develop\n"
            "15 12:43 alice: merge-back:shop:develop\n"
            "16 00:00 alice: merge-back:shop:develop, merge-back:shop:main");
}

}  // namespace
}  // namespace hotfixd::testing
