#include "bot/domain/timeline.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "bot/domain/zone.hpp"
#include "tests/domain/support.hpp"

// The timeline as people read it.

namespace hotfixd::testing {
namespace {

namespace cmd = command;

std::string lines(const Story& run) {
  std::vector<std::string> out;
  for (const auto& line : timeline(run.incident, run.policy))
    out.push_back(fmt::format("{} {}{}", format_clock(line.at, run.policy.zone),
                              line.author.empty() ? "" : line.author + ": ", line.text));
  return fmt::format("{}", fmt::join(out, "\n"));
}

TEST(Timeline, MilestonesOfOneMinuteJoinByRank) {
  Story run;
  run.reviewed();
  run.forge(
      forge::PullRequest{
          forge::PullRequest::Action::merged, 7, {}, {}, "hotfix/checkout-500", "h1", "main", "m1", "dave", false},
      "bob", at("21:30:40"));
  run.at("21:42:10").type("alice", cmd::Tag{}).git(facts("h1", {{"main", Verdict::present, "m1"}, {"develop"}}));
  run.input(result::TagPushed{"shop", "v2.4.8", "h1"})
      .at("21:42:50")
      .type("alice", cmd::DeployedTag{})
      .git(facts("h1", {{"main"}, {"develop"}}));
  run.at("22:01").type("alice", cmd::Resolve{"500 rate back to baseline"});
  EXPECT_EQ(lines(run),
            "21:05 declared sev-2: 500s spiking on /checkout\n"
            "21:10 branch hotfix/checkout-500 cut from tag v2.4.7\n"
            "21:24 PR #7 opened, null check\n"
            "21:30 CI green, merged to main\n"
            "21:38 two approvals\n"
            "21:42 v2.4.8 tagged and deployed to production\n"
            "22:01 500 rate back to baseline, incident resolved");
}

TEST(Timeline, TheAlertThatBeganItCarriesTheSeverity) {
  Story run;
  run.context.earlier = {{"m1", person("pager"), "500s spiking on /checkout", at("21:04")},
                         {"m2", person("bob"), "looking", at("21:04:30")}};
  run.at("21:05").type("alice", cmd::Declare{Severity::sev2, "checkout is down", {}, {}, {}, false, false});
  EXPECT_EQ(run.recorded(),
            "declared HF-1 sev2 checkout is down\n"
            "message m1 pager: 500s spiking on /checkout\n"
            "entry 2 500s spiking on /checkout (signal)\n"
            "message m2 bob: looking");
  run.at("21:20").type("alice", cmd::SetSeverity{Severity::sev1, "all of Europe"});
  EXPECT_EQ(lines(run),
            "21:04 pager: 500s spiking on /checkout (sev-2)\n21:20 severity sev-1, was sev-2: all of Europe");
}

TEST(Timeline, WhatEntersFromChat) {
  Story run;
  run.declared();
  run.at("21:11").say("bob", "m1", "just talk");
  run.at("21:12").say("pager", "m2", "error budget burnt");
  run.at("21:13").say("bob", "m3", "21:07 rolled back the config");
  run.at("21:14").input(chat::Reacted{"m1", "pushpin", true}, person("carol"));
  run.at("21:15").type("carol", cmd::Note{at("21:02"), "first ticket"});
  run.at("21:16").type("carol", cmd::Note{std::nullopt, "second ticket"});
  EXPECT_EQ(lines(run),
            "21:02 carol: first ticket\n"
            "21:05 declared sev-2: 500s spiking on /checkout\n"
            "21:07 bob: rolled back the config\n"
            "21:11 bob: just talk\n"
            "21:12 pager: error budget burnt\n"
            "21:16 carol: second ticket");
  // A pin that is no pin, a pin twice, of an alert, of what is unknown, and the same message again.
  run.input(chat::Reacted{"m1", "heart", true}, person("bob"));
  EXPECT_EQ(run.recorded(), "");
  run.input(chat::Reacted{"m1", "📌", true}, person("carol"));
  EXPECT_EQ(run.recorded(), "");
  run.input(chat::Reacted{"m2", "📌", true}, person("bob"));
  EXPECT_EQ(run.recorded(), "");
  run.input(chat::Reacted{"m9", "pushpin", true}, person("bob"));
  EXPECT_EQ(run.recorded(), "");
  run.say("bob", "m1", "just talk");
  EXPECT_EQ(run.recorded(), "");
}

TEST(Timeline, AnEntryStaysAsLongAsSomebodyPinsIt) {
  Story run;
  run.declared();
  run.at("21:11").say("bob", "m1", "just talk");
  run.input(chat::Reacted{"m1", "pushpin", true}, person("carol"));
  run.input(chat::Reacted{"m1", "pushpin", true}, person("dave"));
  EXPECT_EQ(run.recorded(), "entry 2 just talk");
  const auto with = lines(run);
  EXPECT_EQ(with, "21:05 declared sev-2: 500s spiking on /checkout\n21:11 bob: just talk");
  run.input(chat::Reacted{"m1", "pushpin", false}, person("carol"));
  EXPECT_EQ(run.recorded(), "entry removed 2");
  EXPECT_EQ(lines(run), with);
  run.input(chat::Reacted{"m1", "pushpin", false}, person("eve"));  // who had not pinned it
  EXPECT_EQ(run.recorded(), "");
  run.input(chat::Reacted{"m1", "pushpin", false}, person("dave"));
  EXPECT_EQ(lines(run), "21:05 declared sev-2: 500s spiking on /checkout");
  run.input(chat::Reacted{"m1", "pushpin", true}, person("carol"));
  EXPECT_EQ(lines(run), with);
}

TEST(Timeline, IsInTheOrderInWhichThingsHappened) {
  Story run;
  run.declared();
  run.at("21:10:00").say("bob", "m1", "first").at("21:10:20").say("bob", "m2", "second");
  run.input(chat::Reacted{"m2", "pushpin", true}, person("carol"));
  run.input(chat::Reacted{"m1", "pushpin", true}, person("carol"));
  EXPECT_EQ(lines(run), "21:05 declared sev-2: 500s spiking on /checkout\n21:10 bob: first\n21:10 bob: second");
  Story deploy;  // the failure and then the success, in one minute
  deploy.tagged().at("21:50:10");
  deploy.forge(forge::Deployment{"v2.4.8", "h1", "production", {}, forge::Deployment::State::failed}, "bob");
  deploy.at("21:50:40");
  deploy.forge(forge::Deployment{"v2.4.8", "h1", "production", {}, forge::Deployment::State::succeeded}, "bob");
  EXPECT_TRUE(lines(deploy).ends_with("21:50 deployment of v2.4.8 to production failed, v2.4.8 deployed to production"))
      << lines(deploy);
}

TEST(Timeline, WhatAPersonWroteIsNotReadAsASeverity) {
  Story run;
  run.type("alice", cmd::Declare{Severity::sev2, "the text {sev1} is shown raw", {}, {}, {}, false, false});
  run.type("alice", cmd::SetSeverity{Severity::sev1, "{sev4} too"});
  const auto day = format_clock(run.context.now, "UTC");
  EXPECT_EQ(lines(run), day + " declared sev-2: the text {sev1} is shown raw, severity sev-1, was sev-2: {sev4} too");
}

TEST(Timeline, EditsDeletionsAndUnpinsAreFollowed) {
  Story run;
  run.declared();
  run.at("21:11").say("bob", "m1", "21:06 looked");
  run.at("21:12").say("bob", "m2", "talk").input(chat::Reacted{"m2", "pushpin", true}, person("bob"));
  run.at("21:13").say("pager", "m3", "alert");
  run.at("21:14").input(chat::Edited{"m1", "21:08 looked closer"}, person("bob"));
  EXPECT_EQ(run.recorded(), "message m1 edited: 21:08 looked closer\nentry removed 2\nentry 5 looked closer");
  run.input(chat::Edited{"m2", "better talk"}, person("bob"));
  run.input(chat::Edited{"m3", "21:01 alert, since nine"}, person("pager"));
  EXPECT_EQ(lines(run),
            "21:05 declared sev-2: 500s spiking on /checkout\n21:08 bob: looked closer\n21:12 bob: better talk\n21:13 "
            "pager: 21:01 alert, since nine");
  EXPECT_EQ(run.incident.messages.at("m1").versions, (std::vector<std::string>{"21:06 looked", "21:08 looked closer"}));
  run.input(chat::Edited{"m1", "never mind"}, person("bob"));
  run.input(chat::Reacted{"m2", "pushpin", false}, person("bob"));
  run.input(chat::Reacted{"m3", "pushpin", false}, person("bob"));  // an alert stays
  EXPECT_EQ(lines(run), "21:05 declared sev-2: 500s spiking on /checkout\n21:13 pager: 21:01 alert, since nine");
  run.input(chat::Deleted{"m3"}, person("pager"));
  EXPECT_EQ(lines(run), "21:05 declared sev-2: 500s spiking on /checkout");
  // What comes late about a deleted message changes nothing.
  for (const Input& late : {Input{chat::Deleted{"m3"}}, Input{chat::Edited{"m3", "21:01 again"}},
                            Input{chat::Reacted{"m3", "pushpin", true}}}) {
    run.input(late, person("bob"));
    EXPECT_EQ(run.recorded(), "");
  }
}

TEST(Timeline, CorrectionsMoveALine) {
  Story run;
  run.cut().at("21:30").type("alice", cmd::CorrectTime{"2", at("21:08")});
  EXPECT_EQ(run.all(),
            "Line 2 is now at 21:08: branch hotfix/checkout-500 cut from tag v2.4.7\nentry 2 at 2026-11-14T21:08:00Z");
  run.type("alice", cmd::CorrectTime{"3", at("21:08")});
  EXPECT_EQ(run.all(),
            "refused: The timeline has no line '3'. Its lines are:\n"
            "1. 21:05 declared sev-2: 500s spiking on /checkout\n"
            "2. 21:08 branch hotfix/checkout-500 cut from tag v2.4.7");
  run.type("alice", cmd::CorrectTime{"two", at("21:08")});
  EXPECT_EQ(run.answer().substr(0, 41), "refused: The timeline has no line 'two'. ");
}

TEST(Timeline, TwoRepositoriesAreNamedAndDoNotJoin) {
  Story run;
  run.cut().type("alice", cmd::Branch{"checkout-500", "api", {}});
  run.input(result::BranchCut{"api", "hotfix/checkout-500", "v1.0.0", "base", "v1.0.1"});
  EXPECT_EQ(lines(run),
            "21:05 declared sev-2: 500s spiking on /checkout\n"
            "21:10 shop: branch hotfix/checkout-500 cut from tag v2.4.7\n"
            "21:10 api: branch hotfix/checkout-500 cut from tag v1.0.0");
}

TEST(Timeline, TheMessageNamesDaysAndWhatWasOnlySaid) {
  Story run;
  run.policy.zone = "Europe/Berlin";
  run.cut().at("2026-11-14T22:50:00Z").git(facts("h1"));
  run.type("dave", cmd::PullRequest{7, "https://x/7", "null check", {}});
  run.type("bob", cmd::Ci{CheckState::passed, {}, {}, {}})
      .git(facts("h1"))
      .type("bob", cmd::Approve{{}})
      .git(facts("h1"));
  run.at("2026-11-14T23:10:00Z").type("carol", cmd::Note{{}, "past midnight"}).type("carol", cmd::ShowTimeline{});
  EXPECT_EQ(run.answer(),
            "HF-1 timeline (Europe/Berlin, 2026-11-14)\n"
            "22:05 declared sev-2: 500s spiking on /checkout\n"
            "22:10 branch hotfix/checkout-500 cut from tag v2.4.7\n"
            "23:50 PR #7 opened, null check, CI green\n"
            "2026-11-15 00:10 carol: past midnight\n"
            "Said by a person, not seen by the bot: CI (bob), approval (bob), pull request (dave).");
}

TEST(Timeline, AMessageThatBeginsWithATime) {
  struct Case {
    const char* text;
    const char* sent;
    const char* zone;
    const char* read;
  };  // "" = not such a message
  for (const auto& c : {
           Case{"21:07 rolled back", "2026-11-14T21:10:00Z", "UTC", "2026-11-14T21:07:00Z rolled back"},
           Case{"9:05 - rolled back", "2026-11-14T21:10:00Z", "UTC", "2026-11-14T09:05:00Z rolled back"},
           Case{"21:10 now", "2026-11-14T21:10:00Z", "UTC", "2026-11-14T21:10:00Z now"},
           Case{"23:50 last night", "2026-11-14T00:10:00Z", "UTC", "2026-11-13T23:50:00Z last night"},
           Case{"22:07 rolled back", "2026-11-14T21:10:00Z", "Europe/Berlin", "2026-11-14T21:07:00Z rolled back"},
           // The day before had 23 hours; the day has 25; an hour that comes twice.
           Case{"23:50 x", "2027-03-28T22:10:00Z", "Europe/Berlin", "2027-03-28T21:50:00Z x"},
           Case{"23:45 x", "2026-10-25T22:30:00Z", "Europe/Berlin", "2026-10-24T21:45:00Z x"},
           Case{"02:30 x", "2026-10-25T00:40:00Z", "Europe/Berlin", "2026-10-25T00:30:00Z x"},
           Case{"02:30 x", "2026-10-25T01:40:00Z", "Europe/Berlin", "2026-10-25T01:30:00Z x"},
           Case{"21:07", "2026-11-14T21:10:00Z", "UTC", ""},
           Case{"21:07 ", "2026-11-14T21:10:00Z", "UTC", ""},
           Case{"21:07:30 x", "2026-11-14T21:10:00Z", "UTC", "2026-11-14T21:07:00Z x"},
           Case{"21:07: x", "2026-11-14T21:10:00Z", "UTC", "2026-11-14T21:07:00Z x"},
           Case{"21:07:3 x", "2026-11-14T21:10:00Z", "UTC", ""},
           Case{"24:07 x", "2026-11-14T21:10:00Z", "UTC", ""},
           Case{"21:60 x", "2026-11-14T21:10:00Z", "UTC", ""},
           Case{"121:07 x", "2026-11-14T21:10:00Z", "UTC", ""},
           Case{"21.07 x", "2026-11-14T21:10:00Z", "UTC", ""},
           Case{"at 21:07 x", "2026-11-14T21:10:00Z", "UTC", ""},
           Case{"", "2026-11-14T21:10:00Z", "UTC", ""},
       }) {
    const auto read = leading_time(c.text, at(c.sent), c.zone);
    EXPECT_EQ(read ? format_rfc3339(read->first) + " " + read->second : "", c.read) << c.text << " sent " << c.sent;
  }
}

}  // namespace
}  // namespace hotfixd::testing
