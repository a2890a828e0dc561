#include <gtest/gtest.h>

#include "bot/domain/cards.hpp"
#include "tests/domain/support.hpp"

// What each verb records and answers, and each refusal, which records nothing. Overrides, closing and
// what waits for git have files of their own.

namespace hotfixd::testing {
namespace {

using std::chrono::hours;
namespace cmd = command;

TEST(Declare, AServiceIsNamedOnTheCardAndStandsForItsRepository) {
  Story run(team());
  run.policy.services = {{.name = "checkout", .repository = "api", .runbook = "https://runbooks.example.com/c"},
                         {.name = "search"}};
  const auto declare = [&](const cmd::Declare& what) {
    Story one(run.policy);
    one.context.new_id = "HF-1";
    one.type("alice", what);
    return one;
  };
  auto one = declare({.severity = Severity::sev2, .summary = "slow", .service = "checkout"});
  EXPECT_EQ(one.incident.service, "checkout");
  EXPECT_EQ(one.incident.default_repository, "api");
  const auto card = status_card(one.incident, run.policy);
  EXPECT_EQ(text(card),
            "HF-1 sev-2 slow\nstatus declared, commander alice\nservice checkout, runbook\n"
            "next: /hotfix mitigate rollback|flag|hotfix <what> <why>\n[Reproduced: assess ]\n[Timeline: timeline ]");
  EXPECT_EQ(card.lines[2].back().ref, "https://runbooks.example.com/c");
  one.policy.services.clear();  // it is in the record, whatever the configuration says later
  EXPECT_TRUE(text(status_card(one.incident, one.policy)).contains("\nservice checkout\n"));
  EXPECT_EQ(declare({.summary = "slow", .repository = "shop", .service = "checkout"}).incident.default_repository,
            "shop");
  EXPECT_EQ(declare({.summary = "slow", .service = "search"}).incident.default_repository, "");
  EXPECT_EQ(declare({.summary = "slow", .service = "serch"}).answer(),
            "refused: Service 'serch' is not configured. Known: checkout, search.");
  run.policy.services.clear();
  EXPECT_EQ(declare({.summary = "slow", .service = "x"}).answer(),
            "refused: Service 'x' is not configured, and no other is.");
}

enum class Station { nothing, declared, cut, reviewed, tagged, deployed, closed };

Story& go(Story& run, Station station) {
  switch (station) {
    case Station::nothing:
      return run;
    case Station::declared:
      return run.declared();
    case Station::cut:
      return run.cut().git(facts("h1", {{"main"}, {"develop"}}));
    case Station::reviewed:
      return run.reviewed();
    case Station::tagged:
      return run.tagged();
    case Station::deployed:
      return run.deployed();
    case Station::closed:
      break;
  }
  const auto there = facts("h1", {{"main", Verdict::present}, {"develop", Verdict::present}});
  return run.deployed().type("alice", cmd::Resolve{"over"}).rca().git(there).type("alice", cmd::Close{}).git(there);
}

struct Case {
  Station station;
  const char* who;
  Command command;
  const char* all;  // answer, events, effects and messages
};

void expect(const std::vector<Case>& cases) {
  for (const auto& c : cases) {
    Story run;
    go(run, c.station).at("22:00").type(c.who, c.command);
    EXPECT_EQ(run.all(), c.all);
  }
}

TEST(Commands, WhatIsDone) {
  expect({
      {Station::declared, "bob", cmd::Assess{Assessment::reproduced, ""}, "Noted: reproduced.\nassessed reproduced: "},
      {Station::declared, "bob", cmd::Assess{Assessment::not_a_hotfix, "a cache"},
       "assessed not-a-hotfix: a cache\nHF-1 is not a hotfix: a cache"},
      {Station::declared, "bob", cmd::SetSeverity{Severity::sev1, "everybody"},
       "severity sev2 to sev1: everybody\nHF-1 is sev-1 now, was sev-2: everybody"},
      {Station::declared, "bob", cmd::SetSeverity{Severity::sev2, "still"},
       "Noted: still\nseverity sev2 to sev2: still"},
      {Station::declared, "alice", cmd::AssignRole{Role::releaser, person("carol")},
       "role releaser carol\n@carol is releaser of HF-1."},
      {Station::declared, "bob", cmd::Mitigate{Mitigation::rollback, "v2.4.6", "it was fine"},
       "mitigation rollback v2.4.6: it was fine\nbob chose rollback: v2.4.6 (it was fine)"},
      {Station::declared, "bob", cmd::Mitigate{Mitigation::flag, "coupons", "off is safe"},
       "mitigation flag coupons: off is safe\nopened flag:coupons alice 2026-11-28T22:00:00Z\nbob chose flag: coupons "
       "(off is safe)"},
      {Station::declared, "bob", cmd::Branch{"", "", "v2.4.6"},
       "branch asked shop hotfix/500s-spiking-on-checkout v2.4.6\ncut shop hotfix/500s-spiking-on-checkout from "
       "'v2.4.6' known ''"},
      {Station::cut, "dave", cmd::PullRequest{7, "https://x/7", "fix", ""},
       "Noted: you opened PR #7 and are the author of the fix, so your own approval does not count.\nPR opened #7 fix "
       "by dave"},
      {Station::cut, "dave", cmd::Ci{}, "No CI result for h1 yet."},
      {Station::reviewed, "dave", cmd::Ci{}, "CI on h1\n✓ build passed"},
      {Station::cut, "bob", cmd::Ci{CheckState::passed, "", "", ""}, "asked ci shop passed - h1 \nobserve shop"},
      {Station::cut, "bob", cmd::Approve{""}, "asked approve shop h1\nobserve shop"},
      {Station::reviewed, "bob", cmd::Tag{"v2.4.8", ""}, "asked tag shop v2.4.8\nobserve shop"},
      {Station::tagged, "bob", cmd::DeployedTag{"", "staging", ""},
       "Noted in the timeline. What counts is production: /hotfix deployed v2.4.8\nentry 7 v2.4.8 deployed to staging"},
      {Station::tagged, "bob", cmd::DeployedTag{}, "asked deployed shop v2.4.8\nobserve shop"},
      {Station::tagged, "bob", cmd::DeployedTag{"2.4.8", "Production", ""}, "asked deployed shop v2.4.8\nobserve shop"},
      {Station::reviewed, "bob", cmd::Tag{"2.4.8", ""}, "asked tag shop v2.4.8\nobserve shop"},
      {Station::deployed, "bob", cmd::Verify{true, "0 errors"},
       "Noted: 0 errors\nverified ok: 0 errors\nmet verification:shop: 0 errors"},
      {Station::deployed, "bob", cmd::Verify{false, "3 %"},
       "verified failing: 3 %\nStill failing: 3 %. Roll back? /hotfix mitigate rollback <what> <why>"},
      {Station::deployed, "bob", cmd::Resolve{"quiet"},
       "resolved: quiet\nverified ok: quiet\nmet verification:shop: quiet\nobserve shop\n"
       "HF-1 resolved: quiet\nBefore it closes: merge back to develop, merge back to main, write the RCA. /hotfix "
       "obligations"},
      {Station::declared, "bob", cmd::ActionAdd{"a test", {}, hours{48}, {}},
       "action A1 bob 2026-11-16T22:00:00Z a test\nopened action:A1 bob 2026-11-16T22:00:00Z\nA1 for @bob, due Mon 16 "
       "Nov 22:00: a test"},
      {Station::declared, "bob", cmd::ActionList{},
       "No action items. Add one: /hotfix action add <text> --owner @person --due 2w"},
      {Station::declared, "bob", cmd::Note{at("21:02"), "first ticket"},
       "In the timeline at 21:02.\nentry 2 first ticket"},
      {Station::declared, "bob", cmd::ShowObligations{}, "HF-1 has nothing open."},
      {Station::deployed, "bob", cmd::SetOwner{"rca", person("carol")},
       "reassigned rca carol\n@carol owns: write the RCA"},
      {Station::cut, "bob", cmd::MergeBackStatus{}, "asked mergeback shop \nobserve shop"},
      {Station::declared, "bob", cmd::MergeBackStatus{},
       "No hotfix branch in this incident, so nothing to merge back."},
      {Station::closed, "bob", cmd::Reopen{"again"},
       "incident reopened: again\nreopened verification:shop: what was seen no longer holds\nHF-1 reopened by bob: "
       "again"},
  });
}

TEST(Commands, WhatIsRefused) {
  expect({
      {Station::nothing, "bob", cmd::Close{},
       "refused: No incident is open in this channel.\nType: /hotfix declare sev2 <what is broken>"},
      {Station::declared, "bob", cmd::Declare{Severity::sev2, "again", {}, {}, {}, false, false},
       "refused: HF-1 is open in this channel: 500s spiking on /checkout.\nType: /hotfix declare <summary> "
       "--new-channel"},
      {Station::nothing, "bob", cmd::Declare{Severity::sev2, "x", {}, {"9"}, {}, false, false},
       "refused: '9' is not one of the criteria: 1 = users cannot complete a critical path; 2 = data is being lost, "
       "corrupted or exposed; 3 = "
       "it cannot wait for the next regular release; 4 = neither a rollback nor a feature flag is enough.\n"
       "Type: /hotfix declare sev2 <summary> --criteria 1,3"},
      {Station::nothing, "bob", cmd::Declare{Severity::sev2, "x", "web", {}, {}, false, false},
       "refused: Repository 'web' is not configured. Known: shop, api."},
      {Station::declared, "bob", cmd::Assess{Assessment::config, ""},
       "refused: Say why.\nType: /hotfix assess config <why>"},
      {Station::tagged, "bob", cmd::Assess{Assessment::not_a_hotfix, "no"},
       "refused: A hotfix was already shipped here: it must be merged back and reviewed.\nType: /hotfix close"},
      {Station::declared, "bob", cmd::SetSeverity{Severity::sev1, ""}, "refused: Say why.\nType: /hotfix sev 1 <why>"},
      {Station::declared, "bob", cmd::Mitigate{Mitigation::flag, "x", ""},
       "refused: Say why this and not the next gentler means.\nType: /hotfix mitigate flag \"x\" <why>"},
      {Station::declared, "bob", cmd::Branch{"x", "web", ""},
       "refused: Repository 'web' is not configured. Known: shop, api."},
      {Station::cut, "bob", cmd::Branch{"x", "", ""},
       "refused: HF-1 already has hotfix/checkout-500 in shop, cut from v2.4.7.\nType: /hotfix status"},
      {Station::tagged, "bob", cmd::Branch{"x", "", ""},
       "refused: hotfix/checkout-500 was shipped here as v2.4.8. What it still lacks goes onto the same branch: push "
       "it, "
       "have it reviewed, and tag v2.4.9.\nType: /hotfix tag"},
      {Station::declared, "bob", cmd::PullRequest{7, "u", "t", ""},
       "refused: HF-1 has no hotfix branch yet.\nType: /hotfix branch <slug>"},
      {Station::reviewed, "bob", cmd::PullRequest{7, "u", "t", ""}, "refused: PR #7 is known already."},
      {Station::cut, "bob", cmd::Approve{"api"},
       "refused: HF-1 has no hotfix branch in repository api.\nType: /hotfix branch <slug> --repo api"},
      {Station::cut, "dave", cmd::Approve{""}, "refused: You wrote this fix: 2 other people must approve it."},
      {Station::reviewed, "bob", cmd::Tag{"v2.5.0", ""},
       "refused: The next version after v2.4.7 is v2.4.8: a hotfix raises only the patch number.\nType: /hotfix tag "
       "v2.4.8"},
      {Station::tagged, "bob", cmd::Tag{"v2.4.8", ""}, "refused: v2.4.8 is tagged already, at h1."},
      {Station::tagged, "bob", cmd::Tag{"v2.5.0", ""},
       "refused: The next version after v2.4.8 is v2.4.9: a hotfix raises only the patch number.\nType: /hotfix tag "
       "v2.4.9"},
      {Station::tagged, "bob", cmd::DeployedTag{"v2.5.0", "", ""},
       "refused: v2.5.0 is not this hotfix, which is v2.4.8.\nType: /hotfix deployed v2.4.8"},
      {Station::deployed, "bob", cmd::DeployedTag{}, "refused: v2.4.8 is in production already."},
      {Station::deployed, "bob", cmd::Verify{true, ""},
       "refused: Say what you saw.\nType: /hotfix verify ok 500 rate back to baseline"},
      {Station::declared, "bob", cmd::RcaSet{RcaField::impact, ""},
       "refused: Say what.\nType: /hotfix rca set impact <text>"},
      {Station::declared, "bob", cmd::RcaSubmit{},
       "refused: The RCA still lacks: summary, impact, root_cause, why_reached_production, what_would_catch_it, "
       "category.\n"
       "Type: /hotfix rca set summary <text>"},
      {Station::declared, "bob", cmd::RcaApprove{}, "refused: The RCA is not submitted yet.\nType: /hotfix rca submit"},
      {Station::declared, "bob", cmd::ActionAdd{"", {}, {}, {}},
       "refused: Say what is to be done.\nType: /hotfix action add <text> --owner @person --due 2w"},
      {Station::declared, "bob", cmd::ActionAdd{"x", {}, {}, at("21:00")}, "refused: It cannot be due in the past."},
      {Station::declared, "bob", cmd::ActionFinish{"A1"},
       "refused: There is no action item 'A1'.\nType: /hotfix action list"},
      {Station::declared, "bob", cmd::SetOwner{"rca", person("carol")}, "refused: HF-1 has no obligations yet."},
      {Station::deployed, "bob", cmd::SetOwner{"merge_back", person("carol")},
       "refused: More than one obligation 'merge_back'. There are: merge-back:shop:develop, merge-back:shop:main, "
       "verification:shop, rca."},
      {Station::declared, "bob", cmd::Reopen{"x"}, "refused: HF-1 is open.\nType: /hotfix status"},
      {Station::closed, "bob", cmd::Reopen{""}, "refused: Say why.\nType: /hotfix reopen <why>"},
      {Station::closed, "bob", cmd::Tag{}, "refused: HF-1 is closed.\nType: /hotfix HF-1 reopen <why>"},
  });
}

TEST(Commands, DeclareShowsTheDefinition) {
  Story run;
  run.type(
      "alice",
      cmd::Declare{
          Severity::sev3, "slow search", {}, {"1", "it cannot wait for the next regular release"}, {}, false, false});
  EXPECT_EQ(run.answer(),
            "HF-1 declared, sev-3. You are commander.\n"
            "A hotfix is for sev-2 or worse, and when:\n"
            "✓ users cannot complete a critical path\n"
            "· data is being lost, corrupted or exposed\n"
            "✓ it cannot wait for the next regular release\n"
            "· neither a rollback nor a feature flag is enough\n"
            "sev-3 is below that threshold: say why it cannot wait before a branch is cut: /hotfix sev 3 <why>\n"
            "Roll back first, feature flag second, hotfix last: /hotfix mitigate rollback|flag|hotfix <what> <why>");
  run.type("alice", cmd::Branch{"x", {}, {}});
  EXPECT_EQ(run.answer(),
            "refused: sev-3 is below the threshold for a hotfix (sev-2). Say why it cannot wait for the next release, "
            "or roll back instead.\n"
            "Type: /hotfix sev 3 <why>");
  run.type("alice", cmd::SetSeverity{Severity::sev3, "a fair is on"}).type("alice", cmd::Branch{"x", {}, {}});
  EXPECT_EQ(run.all(), "branch asked shop hotfix/x \ncut shop hotfix/x from '' known ''");
}

// Its channel may have a later incident by then.
TEST(Commands, WhatIsToBeTypedForAReopenedIncidentNamesIt) {
  Story run;
  go(run, Station::closed).type("bob", cmd::Reopen{"again"}).type("bob", cmd::Resolve{"quiet"});
  EXPECT_TRUE(run.shown().ends_with("/hotfix HF-1 close")) << run.shown();
  run.type("bob", cmd::Resolve{"quiet"});
  EXPECT_EQ(run.answer(), "refused: HF-1 is resolved already: quiet.\nType: /hotfix HF-1 obligations");
}

TEST(Commands, AMachineMayDeclareAndNoteAndNothingElse) {
  Story run;
  run.type("pager", cmd::Declare{Severity::sev2, "500s", {}, {}, {}, false, false});
  EXPECT_EQ(run.incident.holder(Role::commander), person("pager"));
  // Nobody commands yet: whoever takes it has it.
  run.type("alice", cmd::AssignRole{Role::commander, person("alice")});
  EXPECT_EQ(run.incident.holder(Role::commander), person("alice"));
  for (const Command& c : std::initializer_list<Command>{cmd::Approve{}, cmd::RcaApprove{}, cmd::Close{}, cmd::Tag{},
                                                         cmd::MergeBackAck{"main", "fine", {}}}) {
    run.type("pager", c);
    EXPECT_EQ(run.all(), "refused: pager is an alert source: a person has to type that.");
  }
  run.type("pager", cmd::Note{std::nullopt, "still burning"});
  EXPECT_EQ(run.last.events.size(), 1u);
}

TEST(Commands, ABranchThatCannotBeUsedIsLeftForAnother) {
  Story run;
  auto unclean = facts("h1");
  unclean.unclean = "contains 1a2b3c4 of main, which is not in v2.4.7";
  run.cut().git(unclean);
  EXPECT_TRUE(run.shown().contains("cut it again from v2.4.7: /hotfix branch <another slug>")) << run.shown();
  run.type("alice", cmd::Branch{"checkout-500", "", ""});
  EXPECT_EQ(run.all(),
            "refused: hotfix/checkout-500 is not clean: contains 1a2b3c4 of main, which is not in v2.4.7. Give the new "
            "one another name.\nType: /hotfix branch <another slug>");
  run.type("alice", cmd::Branch{"again", "", ""});
  EXPECT_EQ(run.all(), "branch asked shop hotfix/again \ncut shop hotfix/again from '' known ''");
  run.input(result::BranchCut{"shop", "hotfix/again", "v2.4.7", "base", "v2.4.8"}).git(facts("h5"));
  EXPECT_EQ(run.incident.hotfixes.size(), 1u);
  EXPECT_EQ(run.incident.hotfixes.front().unclean, "");
  EXPECT_TRUE(run.incident.hotfixes.front().checks.empty());
  run.type("alice", cmd::Branch{"third", "", ""});
  EXPECT_EQ(run.answer(), "refused: HF-1 already has hotfix/again in shop, cut from v2.4.7.\nType: /hotfix status");
}

TEST(Commands, ABranchThatIsGoneIsSaidAndLeftForAnother) {
  Story run;
  run.cut().git(facts("h1")).git(facts(""));
  EXPECT_EQ(run.shown(),
            "hotfix/checkout-500 is gone from the origin. Push it again, or cut another: /hotfix branch "
            "<another slug>");
  run.type("alice", cmd::Branch{"again", "", ""});
  EXPECT_EQ(run.asked(), "cut shop hotfix/again from '' known ''");
  Story fresh;  // asked for twice
  fresh.cut().type("alice", cmd::Branch{"checkout-500", "", ""});
  EXPECT_EQ(fresh.recorded(), "");
}

TEST(Commands, NotAHotfixDoesNotEndWhatIsOwed) {
  Story run;
  run.declared()
      .type("bob", cmd::Mitigate{Mitigation::flag, "coupons", "off is safe"})
      .type("bob", cmd::Assess{Assessment::not_a_hotfix, "no code"});
  EXPECT_EQ(run.all(),
            "refused: HF-1 cannot end yet: clean up the feature flag coupons is open.\nType: /hotfix obligations");
  run.type("bob", cmd::ActionFinish{"flag"});
  EXPECT_EQ(run.all(), "Noted.\nmet flag:coupons: cleaned up, said by bob");
  run.type("bob", cmd::Assess{Assessment::not_a_hotfix, "no code"});
  EXPECT_EQ(run.incident.status(), Status::not_a_hotfix);
}

}  // namespace
}  // namespace hotfixd::testing
