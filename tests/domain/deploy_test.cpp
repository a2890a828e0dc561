#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bot/domain/cards.hpp"
#include "bot/domain/deploys.hpp"
#include "tests/domain/support.hpp"

// Deploying, what is where, and the way back: from the command to the end of the run, by every road that tells of it.

namespace hotfixd::testing {
namespace {

namespace cmd = command;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using State = forge::Deployment::State;
using Seen = DeploymentView::State;

Policy deploying_team() {
  auto p = team();
  p.repositories.front().deploys = true;
  p.repositories.front().environments = {"production", "staging"};
  return p;
}

HotfixFacts tagged_facts() {
  auto f = facts("h1", {{"main"}, {"develop"}});
  f.tag = "v2.4.8";
  f.tag_sha = "h1";
  return f;
}

std::string key_of(const Story& run) { return run.incident.deployments.back().key; }

// v2.4.8 was ordered for production at 21:43 and is called 17 by the means.
Story running() {
  Story run(deploying_team());
  run.tagged().at("21:43").type("alice", cmd::Deploy{}).git(tagged_facts());
  return run.input(result::DeploymentStarted{"shop", key_of(run), "17", "https://ci/17"});
}

TEST(Deploy, IsOrderedOnFreshFactsAndFollowedToItsEnd) {
  Story run(deploying_team());
  run.tagged();
  EXPECT_EQ(run.all(),
            "tagged v2.4.8 h1 bypassed [] overridden []\nv2.4.8 tagged at h1. Next: /hotfix deploy\n"
            "[Deploy v2.4.8 to production: deploy HF-1/shop@v2.4.8]");
  EXPECT_EQ(run.incident.hotfixes.front().tag_evidence,
            (std::vector<std::string>{"hotfix/checkout-500 was cut from v2.4.7", "CI green on h1",
                                      "2 of 2 approvals on h1", "1 file, 2 lines changed (budget 5 and 100)"}));
  run.at("21:43").type("alice", cmd::Deploy{"2.4.8", "Production", ""});
  EXPECT_EQ(run.all(), "asked deploy shop v2.4.8 production\nobserve shop");
  run.git(tagged_facts());
  EXPECT_EQ(run.all(),
            "settled deploy shop yes\n"
            "ordered shop v2.4.8 h1 production instead of v2.4.7 on [hotfix/checkout-500 was cut from v2.4.7, CI green "
            "on h1, 2 of 2 approvals on h1, 1 file, 2 lines changed (budget 5 and 100)]\n"
            "deploy shop v2.4.8 h1 production\n"
            "v2.4.8 to production: starting, ordered by alice");
  const auto slot = "HF-1/deploy/" + key_of(run);
  run.input(result::DeploymentStarted{"shop", key_of(run), "17", "https://ci/17"});
  EXPECT_EQ(run.all(),
            "started v2.4.8 production as 17 https://ci/17\nfollow v2.4.8 production 17\n"
            "v2.4.8 to production: running (watch it), ordered by alice");
  run.after(Seconds{5}).input(result::DeploymentSeen{"shop", key_of(run), {Seen::running, {}, {}, "https://ci/17"}});
  EXPECT_EQ(run.all(), "follow v2.4.8 production 17");
  run.after(Seconds{50}).input(result::DeploymentSeen{"shop", key_of(run), {Seen::succeeded, {}, {}, {}}});
  EXPECT_THAT(run.recorded(), HasSubstr("deployed v2.4.8 production\nended succeeded"));
  EXPECT_EQ(run.shown(),
            "v2.4.8 is in production (watch it)\nWatch the signal, then /hotfix verify ok|failing <what you saw>");
  for (const auto& e : run.last.effects)
    if (const auto* show = std::get_if<effect::ShowMessage>(&e); show != nullptr && !show->slot.ends_with("/status"))
      EXPECT_EQ(show->slot, slot);
  EXPECT_EQ(run.incident.hotfixes.front().environments, std::vector<std::string>{"production"});
  run.type("bob", cmd::Deploy{});
  EXPECT_EQ(run.answer(), "refused: v2.4.8 is in production already.\nType: /hotfix where");
}

TEST(Deploy, IsRefusedBehindAGateAndWhenTheTagMoved) {
  Story run(deploying_team());
  run.tagged().forge(forge::Check{"h1", "build", {}, CheckState::failed, 9});
  run.type("alice", cmd::Deploy{}).git(tagged_facts());
  EXPECT_EQ(run.recorded(), "settled deploy shop no: CI red on h1: build");
  EXPECT_THAT(run.shown(), HasSubstr("Deployment of v2.4.8 to production refused\n✓ hotfix/checkout-500 was cut"));
  EXPECT_THAT(run.shown(), HasSubstr("/hotfix override ci <why>"));
  EXPECT_EQ(run.asked(), "");

  Story moved(deploying_team());
  auto elsewhere = tagged_facts();
  elsewhere.tag_sha = "evil";
  moved.tagged().type("alice", cmd::Deploy{}).git(elsewhere);
  EXPECT_EQ(
      moved.all(),
      "settled deploy shop no: the tag moved: the origin has v2.4.8 at evil, the record at h1\n"
      "Deployment of v2.4.8 to production refused: the tag moved: the origin has v2.4.8 at evil, the record at h1");

  Story overtaken(deploying_team());  // somebody tagged by hand while git was asked
  auto later = facts("h2", {{"main"}, {"develop"}});
  later.tag = "v2.4.9";
  later.tag_sha = "h2";
  overtaken.tagged().type("alice", cmd::Deploy{}).git(later);
  EXPECT_THAT(overtaken.recorded(),
              HasSubstr("settled deploy shop no: v2.4.8 was asked for, and the tag is v2.4.9 now"));
  EXPECT_THAT(overtaken.asked(), ::testing::Not(HasSubstr("deploy shop")));

  Story blind(deploying_team());
  blind.tagged().type("alice", cmd::Deploy{});
  blind.input(result::ObserveFailed{"shop", {Problem::Kind::unreachable, "no route", "look at the network", {}}});
  EXPECT_THAT(blind.shown(), HasSubstr("deploy is not decided: git says no route"));
}

// The workflow that deploys runs on the same commit, and its end is told where CI's is.
TEST(Deploy, ADeploymentThatFailedIsNoCi) {
  Story run = running();
  run.at("21:45").forge(forge::Check{"h1", "deploy (suite 3)", "https://ci/17", CheckState::failed, 3});
  EXPECT_EQ(ci_state(run.incident.hotfixes.front(), "h1", run.policy), CiState::green);
  run.input(result::DeploymentSeen{"shop", key_of(run), {DeploymentView::State::failed, "roll out", {}, {}}});
  run.at("21:46").type("alice", cmd::Deploy{}).git(tagged_facts());
  EXPECT_THAT(run.all(), ::testing::StartsWith("settled deploy shop yes"));
  // What ran before the tag still counts when it is run again.
  run.forge(forge::Check{"h1", "build", "https://ci/18", CheckState::failed, 99});
  EXPECT_EQ(ci_state(run.incident.hotfixes.front(), "h1", run.policy), CiState::red);
}

TEST(Deploy, AskedForWhatCannotBe) {
  struct Case {
    bool means, tagged;
    cmd::Deploy typed;
    std::string answer;
  };
  for (const auto& c :
       {Case{false,
             true,
             {},
             "refused: The bot has no means to deploy shop: deploy it by hand, then say so. "
             "(deploy = \"…\" in the configuration gives it some.)\n"
             "Type: /hotfix deployed"},
        Case{true,
             false,
             {},
             "refused: Nothing is tagged yet, and only a tag is deployed.\n"
             "Type: /hotfix tag"},
        Case{true,
             true,
             {"v2.4.7", "", ""},
             "refused: v2.4.7 is what came before v2.4.8: that is a rollback.\n"
             "Type: /hotfix mitigate rollback v2.4.7 <why>"},
        Case{true,
             true,
             {"v2.5.0", "", ""},
             "refused: v2.5.0 is not this hotfix, which is v2.4.8.\n"
             "Type: /hotfix deploy"},
        Case{true, true, {"", "qa", ""}, "refused: shop has no environment 'qa'. There are: production, staging."}}) {
    Story run(c.means ? deploying_team() : team());
    c.tagged ? run.tagged() : run.reviewed();
    run.type("alice", c.typed);
    EXPECT_EQ(run.all(), c.answer);
  }
  auto twice = running();
  twice.type("bob", cmd::Deploy{});
  EXPECT_EQ(twice.answer(), "refused: v2.4.8 is on its way to production already.\nType: /hotfix status");
}

TEST(Deploy, TheButtonIsForOneTagOnly) {
  Story run(deploying_team());
  run.tagged().input(chat::Pressed{"deploy", "shop@v2.4.7"}, person("bob"));
  EXPECT_EQ(run.answer(), "refused: That was meant for v2.4.7, and the tag is v2.4.8 now.\nType: /hotfix status");
  run.input(chat::Pressed{"deploy", "shop@v2.4.8"}, person("bob"));
  EXPECT_EQ(run.all(), "asked deploy shop v2.4.8 production\nobserve shop");
}

TEST(Deploy, AFailureNamesTheStepAndCallsWhoOrderedIt) {
  auto run = running();
  run.after(Minutes{2})
      .input(result::DeploymentSeen{
          "shop", key_of(run), {Seen::failed, "deploy / migrate", "line 1\nno space left", "https://ci/17/2"}});
  EXPECT_EQ(run.recorded(), "deployment failed v2.4.8 production\nended failed deploy / migrate line 1\nno space left");
  EXPECT_EQ(run.shown(),
            "@alice the deployment of v2.4.8 to production failed.\n"
            "Deployment of v2.4.8 to production failed: deploy / migrate (watch it)\n  line 1\n  no space left\n"
            "Mend it, then again: /hotfix deploy");
  EXPECT_TRUE(run.incident.hotfixes.front().environments.empty());
  // The forge's webhook tells the same.
  run.forge(forge::Deployment{"v2.4.8", "h1", "production", "https://x", State::failed}, "bob");
  EXPECT_EQ(run.all(), "");
  run.type("bob", cmd::Deploy{}).git(tagged_facts());
  EXPECT_EQ(run.incident.deployments.size(), 2U);
  EXPECT_NE(run.incident.deployments[0].key, run.incident.deployments[1].key);
}

TEST(Deploy, AWebhookOfTheSameThingCountsOnce) {
  auto run = running();
  run.after(Minutes{2}).forge(forge::Deployment{"v2.4.8", "h1", "production", "https://x", State::succeeded}, "bob");
  EXPECT_THAT(run.recorded(), HasSubstr("deployed v2.4.8 production\nended succeeded"));
  EXPECT_EQ(run.shown(),
            "v2.4.8 is in production (watch it)\nWatch the signal, then /hotfix verify ok|failing <what you saw>");
  run.input(result::DeploymentSeen{"shop", key_of(run), {Seen::succeeded, {}, {}, {}}});
  EXPECT_EQ(run.all(), "");

  auto other = running();  // the other way round
  other.after(Minutes{2}).input(result::DeploymentSeen{"shop", key_of(other), {Seen::succeeded, {}, {}, {}}});
  other.forge(forge::Deployment{"v2.4.8", "h1", "production", "https://x", State::succeeded}, "bob");
  EXPECT_EQ(other.all(), "");

  auto followed = running();  // which step it was says the one that follows it
  followed.after(Minutes{2}).forge(forge::Deployment{"v2.4.8", "h1", "production", "https://x", State::failed}, "bob");
  EXPECT_EQ(followed.all(), "");
}

TEST(Deploy, WhatItWaitsForIsShownUntilItGoesOn) {
  auto run = running();
  const DeploymentView waits{Seen::running, "approve to be started by hand", {}, "https://ci/17/approve"};
  run.after(Seconds{5}).input(result::DeploymentSeen{"shop", key_of(run), waits});
  EXPECT_EQ(run.all(),
            "started v2.4.8 production as 17 https://ci/17/approve waits for approve to be started by hand\n"
            "follow v2.4.8 production 17\n"
            "v2.4.8 to production: waits for approve to be started by hand (watch it), ordered by alice");
  run.after(Seconds{5}).input(result::DeploymentSeen{"shop", key_of(run), waits});
  EXPECT_EQ(run.all(), "follow v2.4.8 production 17");
  run.after(Seconds{5}).input(result::DeploymentSeen{"shop", key_of(run), {Seen::running, {}, {}, {}}});
  EXPECT_EQ(run.shown(), "v2.4.8 to production: running (watch it), ordered by alice");
}

// A look that shows these deployments, the oldest first.
result::Observed looked(std::vector<ForgeEvent> deployments) {
  return {"shop", tagged_facts(), ForgeView{.events = std::move(deployments)}, {}};
}

ForgeEvent deployed_at(std::string_view time, State state, const std::string& tag = "v2.4.8",
                       const std::string& sha = "h1") {
  return {"shop", at(time), "bob", forge::Deployment{tag, sha, "production", "https://x", state}};
}

TEST(Deploy, ALookTellsOfADeploymentThatNoWebhookTold) {
  Story run(deploying_team());
  const auto once = looked({deployed_at("21:43", State::failed), deployed_at("21:46", State::succeeded)});
  run.tagged().at("21:50").input(once);
  EXPECT_THAT(run.recorded(), StartsWith("deployment failed v2.4.8 production\ndeployed v2.4.8 production\nopened"));
  EXPECT_EQ(run.shown(),
            "Deployment of v2.4.8 to production failed: https://x\n"
            "v2.4.8 is in production. Watch the signal, then /hotfix verify ok|failing <what you saw>");
  EXPECT_EQ(run.incident.hotfixes.front().deployed_at, at("21:46"));
  run.at("21:55").input(once);
  EXPECT_EQ(run.all(), "");
  // Production went back, and nothing told: the hotfix's own success of before it is no news then.
  const auto back =
      looked({deployed_at("21:46", State::succeeded), deployed_at("21:58", State::succeeded, "v2.4.7", "base")});
  run.at("22:00").input(back);
  EXPECT_THAT(run.recorded(), StartsWith("deployed v2.4.7 production"));
  EXPECT_THAT(run.shown(), HasSubstr("production runs v2.4.7 again: v2.4.8 was rolled back."));
  run.at("22:05").input(back);
  EXPECT_EQ(run.all(), "");
}

TEST(Deploy, ALookTellsNothingOfWhatRanBeforeOrHasNoTime) {
  Story run(deploying_team());
  run.deployed();
  auto timeless = deployed_at("21:46", State::failed);
  timeless.at.reset();
  run.input(looked({deployed_at("20:00", State::succeeded, "v2.4.7", "base"), timeless}));
  EXPECT_EQ(run.all(), "");
}

TEST(Deploy, WhatAWebhookToldALookDoesNotTellAgain) {
  Story run(deploying_team());
  run.tagged().at("21:44").forge(forge::Deployment{"v2.4.8", "h1", "production", "https://x", State::failed}, "bob");
  EXPECT_EQ(run.recorded(), "deployment failed v2.4.8 production");
  run.at("21:46").input(looked({deployed_at("21:44", State::failed)}));  // a second later by the other's time
  EXPECT_EQ(run.all(), "");
  run.at("21:50").input(looked({deployed_at("21:44", State::failed), deployed_at("21:48", State::failed)}));
  EXPECT_EQ(run.recorded(), "deployment failed v2.4.8 production") << "another one";
}

TEST(Deploy, WhatTheBotFollowsALookRecordsOnce) {
  auto run = running();
  run.after(Minutes{2}).input(looked({deployed_at("21:44", State::failed)}));
  EXPECT_EQ(run.all(), "");
  run.input(looked({deployed_at("21:45", State::succeeded)}));
  EXPECT_THAT(run.recorded(), HasSubstr("deployed v2.4.8 production\nended succeeded"));
  run.input(result::DeploymentSeen{"shop", key_of(run), {Seen::succeeded, {}, {}, {}}});
  EXPECT_EQ(run.all(), "");

  auto other = running();  // the other way round, and when it failed
  other.after(Minutes{2}).input(result::DeploymentSeen{"shop", key_of(other), {Seen::failed, "migrate", {}, {}}});
  other.input(looked({deployed_at("21:45", State::failed)}));
  EXPECT_EQ(other.all(), "");
}

TEST(Deploy, WhatCannotBeFollowedEndsByAWordOrNotAtAll) {
  Story run(deploying_team());
  run.tagged().at("21:43").type("alice", cmd::Deploy{}).git(tagged_facts());
  run.input(result::DeploymentStarted{"shop", key_of(run), "", "", false});
  EXPECT_EQ(run.asked(), "");
  Story silent = run;
  run.at("21:50").type("alice", cmd::DeployedTag{}).git(tagged_facts());
  EXPECT_THAT(run.recorded(), HasSubstr("deployed v2.4.8 production"));
  EXPECT_THAT(run.recorded(), HasSubstr("ended succeeded"));

  EXPECT_EQ(next_wake(silent.incident, silent.policy, silent.context.now), at("22:43"));
  silent.at("22:42").tick();
  EXPECT_EQ(silent.all(), "");
  silent.at("22:43").tick();
  EXPECT_EQ(silent.recorded(), "ended unknown nobody said so within 60 min ");
  EXPECT_EQ(silent.shown(),
            "@alice the deployment of v2.4.8 to production: it is not known how it ended.\n"
            "It is not known how this ended: v2.4.8 to production: nobody said so within 60 min\n"
            "Look yourself. When it is there: /hotfix deployed v2.4.8");
  silent.at("22:50").type("bob", cmd::DeployedTag{}).git(tagged_facts());
  EXPECT_THAT(silent.recorded(), HasSubstr("ended succeeded"));
}

TEST(Deploy, WhatDidNotStartSaysWhetherItMayHave) {
  const Problem problem{Problem::Kind::refused, "GitHub says no", "give it the right", {}};
  Story no(deploying_team());
  no.tagged().type("alice", cmd::Deploy{}).git(tagged_facts());
  Story maybe = no;
  no.input(result::DeploymentNotStarted{"shop", key_of(no), problem, false});
  EXPECT_EQ(no.recorded(), "deployment failed v2.4.8 production\nended failed GitHub says no. give it the right ");
  maybe.input(result::DeploymentNotStarted{"shop", key_of(maybe), problem, true});
  EXPECT_EQ(maybe.recorded(), "ended unknown GitHub says no. give it the right ");
}

TEST(Deploy, WhoCannotBeAskedIsAskedAgainUntilTheTimeIsOver) {
  auto run = running();
  run.input(result::DeploymentUnseen{"shop", key_of(run), {Problem::Kind::unreachable, "no route", {}, {}}});
  EXPECT_EQ(run.all(), "follow v2.4.8 production 17");
  run.input(result::DeploymentUnseen{"shop", key_of(run), {Problem::Kind::not_found, "no such run", {}, {}}});
  EXPECT_EQ(run.recorded(), "ended unknown no such run ");
}

TEST(Deploy, AnotherEnvironmentIsNotedAndDoesNotCount) {
  Story run(deploying_team());
  run.tagged().type("alice", cmd::Deploy{"", "staging", ""}).git(tagged_facts());
  run.input(result::DeploymentStarted{"shop", key_of(run), "18", ""});
  run.after(Minutes{1}).input(result::DeploymentSeen{"shop", key_of(run), {Seen::succeeded, {}, {}, {}}});
  EXPECT_EQ(run.recorded(), "entry 7 v2.4.8 deployed to staging\nended succeeded  ");
  EXPECT_EQ(run.shown(), "v2.4.8 is in staging");
  EXPECT_TRUE(run.incident.hotfixes.front().environments.empty());
}

result::WhereKnown two_releases() {
  return {
      "shop",
      {{"production", "GitHub's deployments", {{"v2.4.7", "bad", at("18:05"), {}}, {"v2.4.6", "good", {}, {}}}, {}}},
      {}};
}

TEST(Where, IsAskedAndAnsweredWithItsSource) {
  Story run(deploying_team());
  run.declared().at("21:06").type("bob", cmd::Where{});
  EXPECT_EQ(run.all(), "asked where shop \nwhere shop [production, staging]");
  auto known = two_releases();
  known.places.push_back({"staging", {}, {}, "GitHub says no"});
  run.input(known);
  EXPECT_EQ(run.all(),
            "settled where shop yes\nshop\n"
            "production: v2.4.7 (bad), for 3h 1m, says GitHub's deployments; before it v2.4.6\n"
            "staging: not known: GitHub says no");
  run.type("bob", cmd::Where{"qa", ""});
  EXPECT_EQ(run.answer(), "refused: shop has no environment 'qa'. There are: production, staging.");
}

TEST(Rollback, BeforeAnyHotfixGoesBackToWhatRanBefore) {
  Story run(deploying_team());
  run.declared().at("21:06").type("bob", cmd::Mitigate{Mitigation::rollback, "the cart", "500s since 18:05"});
  EXPECT_THAT(run.recorded(), HasSubstr("asked rollback shop the cart"));
  EXPECT_EQ(run.asked(), "where shop [production]");
  run.input(two_releases());
  EXPECT_EQ(run.all(),
            "settled rollback shop yes\n"
            "offered R1 shop production from v2.4.7 to v2.4.6 good: says GitHub's deployments\n"
            "Roll production back from v2.4.7 to v2.4.6? (says GitHub's deployments)\n"
            "/hotfix rollback confirm --repo shop\n[Roll back to v2.4.6: rollback HF-1/R1]");
  run.type("bob", cmd::ConfirmRollback{});
  EXPECT_EQ(
      run.recorded(),
      "ordered shop v2.4.6 good production instead of v2.4.7 (rollback) on [production runs v2.4.7: says GitHub's "
      "deployments]");
  EXPECT_EQ(run.asked(), "deploy shop v2.4.6 good production back");
  EXPECT_THAT(run.shown(), HasSubstr("Rollback of production from v2.4.7 to v2.4.6 confirmed by bob."));
  run.type("carol", cmd::ConfirmRollback{});
  EXPECT_EQ(run.answer(), "refused: bob confirmed that already.");
  run.input(result::DeploymentStarted{"shop", key_of(run), "19", "https://ci/19"});
  EXPECT_EQ(run.shown(), "production goes back from v2.4.7 to v2.4.6: running (watch it), ordered by bob");
  run.after(Minutes{1}).input(result::DeploymentSeen{"shop", key_of(run), {Seen::succeeded, {}, {}, {}}});
  EXPECT_EQ(run.recorded(), "deployed v2.4.6 production\nended succeeded  ");
  EXPECT_EQ(run.shown(),
            "production runs v2.4.6 again, v2.4.7 is out (watch it)\n"
            "Watch the signal, then /hotfix verify ok|failing <what you saw>");
  EXPECT_EQ(run.incident.timeline.back().text, "v2.4.7 rolled back to v2.4.6 in production");
}

TEST(Rollback, WhatWasTakenOutIsNotOfferedAgain) {
  Story run(deploying_team());
  run.declared().at("21:06").type("bob", cmd::Mitigate{Mitigation::rollback, "the cart", "why"}).input(two_releases());
  run.type("bob", cmd::ConfirmRollback{}).input(result::DeploymentStarted{"shop", key_of(run), "19", ""});
  run.input(result::DeploymentSeen{"shop", key_of(run), {Seen::succeeded, {}, {}, {}}});
  run.type("bob", cmd::Mitigate{Mitigation::rollback, "the cart", "still"});
  run.input(result::WhereKnown{"shop",
                               {{"production",
                                 "GitHub's deployments",
                                 {{"v2.4.6", "good", {}, {}}, {"v2.4.7", "bad", {}, {}}, {"main", "m", {}, {}}},
                                 {}}},
                               {}});
  EXPECT_THAT(run.shown(), HasSubstr("No rollback is offered: what ran in production before is not known"));
}

TEST(Rollback, OfAShippedHotfixTakesItOutOfProduction) {
  Story run(deploying_team());
  run.deployed().at("21:50").type("bob", cmd::Mitigate{Mitigation::rollback, "v2.4.7", "worse than before"});
  EXPECT_EQ(run.asked(), "where shop [production] and v2.4.7");
  result::WhereKnown known{"shop", {{"production", "the record", {{"v2.4.8", {}, {}, {}}}, {}}}, {}};
  known.wanted = Release{"v2.4.7", "base", {}, {}};
  run.input(known);
  EXPECT_THAT(run.shown(), HasSubstr("Roll production back from v2.4.8 to v2.4.7?"));
  run.input(chat::Pressed{"rollback", "R1"}, person("alice"));
  EXPECT_EQ(run.asked(), "deploy shop v2.4.7 base production back");
  run.input(result::DeploymentStarted{"shop", key_of(run), "20", ""});
  // The forge is faster than the one who follows.
  run.after(Minutes{1}).forge(forge::Deployment{"v2.4.7", "base", "production", "https://x", State::succeeded}, "bob");
  EXPECT_THAT(run.recorded(), HasSubstr("deployed v2.4.7 production\nended succeeded"));
  EXPECT_THAT(run.shown(), ::testing::Not(HasSubstr("Say why")));
  EXPECT_TRUE(run.incident.hotfixes.front().environments.empty());
  EXPECT_TRUE(run.incident.hotfixes.front().rolled_back_at.has_value());
  run.input(result::DeploymentSeen{"shop", key_of(run), {Seen::succeeded, {}, {}, {}}});
  EXPECT_EQ(run.all(), "");
}

TEST(Rollback, WhatWasTakenOutIsNotOneButtonAway) {
  Story run(deploying_team());
  run.deployed().at("21:50").type("bob", cmd::Mitigate{Mitigation::rollback, "the cart", "worse than before"});
  run.input(result::WhereKnown{"shop", {{"production", "the record", {{"v2.4.8", {}, {}, {}}}, {}}}, {}});
  run.type("bob", cmd::ConfirmRollback{}).input(result::DeploymentStarted{"shop", key_of(run), "20", ""});
  run.input(result::DeploymentSeen{"shop", key_of(run), {Seen::succeeded, {}, {}, {}}});
  EXPECT_EQ(next_step(run.incident, run.policy), "push what it lacks to hotfix/checkout-500");
  for (const auto& button : next_buttons(run.incident, run.policy)) EXPECT_NE(button.id, "deploy");
  run.type("bob", cmd::Deploy{});  // who types it means it
  EXPECT_EQ(run.recorded(), "asked deploy shop v2.4.8 production");
}

TEST(Rollback, IsOfferedOnlyWhenItIsKnownWhereTo) {
  Story none(deploying_team());
  none.declared().type("bob", cmd::Mitigate{Mitigation::rollback, "the cart", "why"});
  none.input(result::WhereKnown{"shop", {{"production", {}, {}, "GitHub says no"}}, {}});
  EXPECT_EQ(none.shown(),
            "No rollback is offered: what ran in production before is not known: GitHub says no. Name the version: "
            "/hotfix mitigate rollback v1.2.3 <why>");
  none.type("bob", cmd::ConfirmRollback{});
  EXPECT_EQ(none.answer(), "refused: No rollback is offered.\nType: /hotfix mitigate rollback v1.2.3 <why>");

  Story typo(deploying_team());
  typo.declared().type("bob", cmd::Mitigate{Mitigation::rollback, "v2.4.66", "why"}).input(two_releases());
  EXPECT_THAT(typo.shown(), HasSubstr("No rollback is offered: there is no tag v2.4.66 on the origin."));

  Story there(deploying_team());
  auto known = two_releases();
  known.wanted = Release{"v2.4.7", "bad", {}, {}};
  there.declared().type("bob", cmd::Mitigate{Mitigation::rollback, "v2.4.7", "why"}).input(known);
  EXPECT_THAT(there.shown(), HasSubstr("No rollback is offered: production runs v2.4.7 already."));

  Story without(team());  // as it was: only recorded
  without.declared().type("bob", cmd::Mitigate{Mitigation::rollback, "v2.4.6", "why"});
  EXPECT_EQ(without.asked(), "");
}

TEST(Rollback, WhatRanAtAnotherCommitIsMeant) {
  Story run(deploying_team());
  auto known = two_releases();
  known.wanted = Release{"v2.4.6", "moved", {}, {}};
  run.declared().type("bob", cmd::Mitigate{Mitigation::rollback, "v2.4.6", "why"}).input(known);
  run.type("bob", cmd::ConfirmRollback{});
  EXPECT_EQ(run.asked(), "deploy shop v2.4.6 good production back") << "the origin's tag is compared with that";
}

TEST(Rollback, ConfirmedTooLateOrByNobodyIsRefused) {
  Story run(deploying_team());
  run.declared().at("21:06").type("bob", cmd::Mitigate{Mitigation::rollback, "the cart", "why"}).input(two_releases());
  Story unknown = run;
  unknown.context.unproven = true;
  unknown.type("bob", cmd::ConfirmRollback{});
  EXPECT_THAT(unknown.answer(), HasSubstr("refused: At this terminal nobody"));
  unknown.input(chat::Pressed{"rollback", "R1"}, person("bob"));
  EXPECT_THAT(unknown.answer(), HasSubstr("refused: At this terminal nobody"));
  run.input(chat::Pressed{"rollback", "R7"}, person("bob"));
  EXPECT_THAT(run.answer(), HasSubstr("refused: Another rollback was offered since"));
  run.at("21:40").type("bob", cmd::ConfirmRollback{});
  EXPECT_THAT(run.answer(), HasSubstr("refused: That offer has expired"));
}

TEST(Rollback, AFailureIsSaidClearly) {
  Story run(deploying_team());
  run.declared().at("21:06").type("bob", cmd::Mitigate{Mitigation::rollback, "the cart", "why"}).input(two_releases());
  run.type("bob", cmd::ConfirmRollback{}).input(result::DeploymentStarted{"shop", key_of(run), "19", ""});
  run.input(result::DeploymentSeen{"shop", key_of(run), {Seen::failed, "exit status 3", {}, {}}});
  EXPECT_EQ(run.shown(),
            "@bob the rollback of production to v2.4.6 failed.\n"
            "The rollback failed: production goes back from v2.4.7 to v2.4.6: exit status 3\n"
            "Mend it, then again: /hotfix mitigate rollback v2.4.6 <why>");
}

TEST(Rollback, ItsEndMayBeSaidByAPerson) {
  Story run(deploying_team());
  run.declared().at("21:06").type("bob", cmd::Mitigate{Mitigation::rollback, "the cart", "why"}).input(two_releases());
  run.type("bob", cmd::ConfirmRollback{}).input(result::DeploymentStarted{"shop", key_of(run), "", "", false});
  run.at("21:15").type("carol", cmd::DeployedTag{"2.4.6", "", ""});
  EXPECT_EQ(run.recorded(), "deployed v2.4.6 production\nended succeeded  ");
}

}  // namespace
}  // namespace hotfixd::testing
