#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bot/domain/gates.hpp"
#include "tests/domain/support.hpp"

// What a look at the forge brings: facts that no webhook told, checks that must pass, authors, reviewers, and the pull
// request that the bot opens.

namespace hotfixd::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using Action = forge::PullRequest::Action;

Policy with_forge() {
  auto p = team();
  p.repositories.front().forge = "GitHub";
  return p;
}

ForgeEvent told(ForgeFact fact, std::optional<Time> when = {}, std::string login = {}) {
  return {"shop", when, std::move(login), std::move(fact)};
}

forge::PullRequest pr(std::uint64_t number, Action action = Action::opened, std::string author = "hotfixd-bot") {
  return {action, number, "https://f/pr/" + std::to_string(number), "null check",     "hotfix/checkout-500",
          "h1",   "main", action == Action::merged ? "m1" : "",     std::move(author)};
}

forge::Check check(std::string name, CheckState state, std::uint64_t sequence = 1) {
  return {"h1", std::move(name), "https://f/check", state, sequence};
}

result::Observed seen(ForgeView view, HotfixFacts git = facts("h1")) {
  git.subject = "one-line null check";
  return {"shop", std::move(git), std::move(view), {}};
}

result::Observed unseen(Problem problem) { return {"shop", facts("h1"), {}, std::move(problem)}; }

TEST(ForgeView, TheBotOpensThePullRequestOnce) {
  Story run(with_forge());
  run.cut().input(seen({}));
  EXPECT_EQ(run.asked(), "open PR shop hotfix/checkout-500 into main: one-line null check");
  EXPECT_THAT(run.recorded(), HasSubstr("PR wanted shop into main"));
  const auto& body = std::get<effect::OpenPullRequest>(run.last.effects.front()).body;
  EXPECT_THAT(body, HasSubstr("Hotfix HF-1 (sev-2): 500s spiking on /checkout"));
  EXPECT_THAT(body, HasSubstr("Cut from v2.4.7, to be shipped as v2.4.8."));
  EXPECT_THAT(body, HasSubstr("- [ ] 2 approvals of the exact commit"));
  run.input(seen({}));
  EXPECT_EQ(run.asked(), "");
  run.input(result::PullRequestReady{"shop", pr(7)});
  EXPECT_THAT(run.recorded(), HasSubstr("PR opened #7"));
  EXPECT_EQ(run.asked(), "");
  // Its own event comes as a webhook too.
  run.forge(pr(7));
  EXPECT_EQ(run.all(), "observe shop");
}

TEST(ForgeView, WhatAPersonOpenedIsRecognised) {
  Story run(with_forge());
  run.cut().at("21:30").input(seen({.events = {told(pr(7, Action::opened, "dave"), at("21:24"))}}));
  EXPECT_EQ(run.asked(), "");
  EXPECT_EQ(run.incident.hotfixes.front().pull_requests.size(), 1U);
  EXPECT_EQ(run.events.back().occurred_at, at("21:24"));
  run.input(seen({.events = {told(pr(7, Action::opened, "dave"), at("21:24"))}}));
  EXPECT_EQ(run.all(), "");
}

// GitHub tells seconds, and sends again what was lost.
TEST(ForgeView, OfTwoApprovalsInOneSecondThatOfTheHeadIsTheNewer) {
  Story run(with_forge());
  run.cut().input(seen({.events = {told(pr(7, Action::opened, "dave"))}}));
  const auto second = at("21:24");
  run.at("21:30").forge(forge::Review{7, "hotfix/checkout-500", "h1", "carol", ReviewVerdict::approved}, "carol",
                        second);
  run.forge(forge::Review{7, "hotfix/checkout-500", "h0", "carol", ReviewVerdict::approved}, "carol", second);
  EXPECT_EQ(run.recorded(), "");
  EXPECT_EQ(approvers(run.incident.hotfixes.front(), "h1", run.policy).size(), 1U);
  run.forge(forge::Review{7, "hotfix/checkout-500", "h0", "carol", ReviewVerdict::approved}, "carol",
            second + std::chrono::seconds{1});
  EXPECT_NE(run.recorded(), "") << "it is newer";
}

TEST(ForgeView, NoneIsOpenedWhereItWouldBeWrong) {
  for (const int wrong : {0, 1, 2, 3, 4}) {
    auto policy = with_forge();
    if (wrong == 0) policy.repositories.front().forge.clear();
    if (wrong == 1) policy.repositories.front().open_pull_request = false;
    auto git = facts(wrong == 2 ? "base" : "h1");
    if (wrong == 3) git.unclean = "contains 1a2b3c4 of main, which is not in v2.4.7";
    Story run(policy);
    run.cut();
    if (wrong == 4) run.input(unseen({Problem::Kind::unreachable, "no answer", "wait", {}}));
    if (wrong != 4) run.input(seen({}, git));
    EXPECT_EQ(run.asked(), "") << wrong;
  }
}

TEST(ForgeView, APrivateIncidentIsNotNamedThere) {
  Story run(with_forge());
  run.type("alice", command::Declare{.severity = Severity::sev2, .summary = "stolen keys", .private_channel = true});
  run.type("alice", command::Branch{});
  run.input(result::BranchCut{"shop", "hotfix/hf-1", "v2.4.7", "base", "v2.4.8"});
  auto git = facts("h1");
  run.input(result::Observed{"shop", git, ForgeView{}, {}});
  const auto& open = std::get<effect::OpenPullRequest>(run.last.effects.front());
  EXPECT_EQ(open.title, "Hotfix HF-1");
  EXPECT_THAT(open.body, Not(HasSubstr("stolen")));
}

TEST(ForgeView, WhatRefusedItIsSaidAndCanBeTriedAgain) {
  Story run(with_forge());
  run.cut().input(seen({}));
  run.input(result::PullRequestFailed{"shop",
                                      "hotfix/checkout-500",
                                      "main",
                                      {Problem::Kind::credentials, "GitHub refuses it", "give the app more", {}}});
  EXPECT_EQ(run.shown(),
            "No pull request was opened for hotfix/checkout-500: GitHub refuses it\n"
            "give the app more; then /hotfix pr, or open it by hand: it is recognised.");
  run.input(seen({}));
  EXPECT_EQ(run.asked(), "");
  run.type("bob", command::PullRequest{});
  EXPECT_EQ(run.asked(), "open PR shop hotfix/checkout-500 into main: one-line null check");
  run.input(result::PullRequestReady{"shop", pr(7)});
  run.type("bob", command::PullRequest{});
  EXPECT_THAT(run.answer(), HasSubstr("refused: PR #7 is open"));
}

TEST(ForgeView, WithoutAForgeItSaysWhatToType) {
  Story run;
  run.cut().git(facts("h1")).type("bob", command::PullRequest{});
  EXPECT_THAT(run.answer(), HasSubstr("refused: The bot cannot open one here"));
  Story empty(with_forge());
  empty.cut().type("bob", command::PullRequest{});
  EXPECT_THAT(empty.answer(), HasSubstr("refused: There is no commit on hotfix/checkout-500 yet"));
}

// Webhooks that never came: the look tells the same.
TEST(ForgeView, StandsInForWebhooks) {
  Story run(with_forge());
  run.cut().at("21:40").input(seen(
      {.events = {
           told(pr(7, Action::opened, "dave"), at("21:24")),
           told(forge::Review{7, "hotfix/checkout-500", "h1", "bob", ReviewVerdict::approved}, at("21:36"), "bob"),
           told(forge::Review{7, "hotfix/checkout-500", "h1", "carol", ReviewVerdict::approved}, at("21:37"), "carol"),
           told(check("build", CheckState::passed), at("21:38"))}}));
  EXPECT_THAT(run.recorded(), HasSubstr("CI green h1"));
  EXPECT_THAT(run.recorded(), HasSubstr("approvals"));
  EXPECT_THAT(run.shown(), HasSubstr("h1 may be tagged v2.4.8"));
  run.at("21:45").input(seen({.events = {told(pr(7, Action::merged, "dave"), at("21:44"))}}));
  EXPECT_EQ(run.incident.hotfixes.front().pull_requests.front().landing_sha, "m1");
}

TEST(ForgeView, APullRequestOfAnEarlierIncidentIsNotOurs) {
  Story run(with_forge());
  run.cut().at("21:40").input(
      seen({.events = {told(pr(3, Action::merged), at("2026-11-01T10:00:00Z")), told(pr(7), at("21:24"))}}));
  ASSERT_EQ(run.incident.hotfixes.front().pull_requests.size(), 1U);
  EXPECT_EQ(run.incident.hotfixes.front().pull_requests.front().number, 7U);
  EXPECT_FALSE(run.incident.hotfixes.front().landed());
}

TEST(ForgeView, ACorrectedTimeStays) {
  Story run(with_forge());
  run.cut().at("21:40").input(seen({.events = {told(pr(7), at("21:24"))}}));
  const auto entry = run.incident.timeline.back().id();
  run.input(command::CorrectTime{std::to_string(run.incident.timeline.size()), at("21:26")}, person("bob"));
  run.input(seen({.events = {told(pr(7), at("21:24"))}}));
  EXPECT_EQ(run.all(), "");
}

// Who wrote the fix cannot approve it, though the bot opened the pull request and git knows another name.
TEST(ForgeView, AuthorsAreKnownByTheirLogins) {
  auto policy = with_forge();
  policy.people = {{person("bob"), {}, "bob-gh"}};
  Story run(policy);
  auto git = facts("h1");
  git.authors = {"Robert Builder"};
  run.cut().input(seen({.events = {told(pr(7)), told(forge::Review{7, "", "h1", "bob-gh", ReviewVerdict::approved})},
                        .authors = {"bob-gh"}},
                       git));
  EXPECT_TRUE(approvers(run.incident.hotfixes.front(), "h1", policy).empty());
  EXPECT_TRUE(run.incident.hotfixes.front().wrote(person("bob")));
}

TEST(ForgeView, OnlyTheFastLaneIsWaitedFor) {
  const struct {
    std::vector<std::string> configured, by_rules;
    std::vector<std::pair<std::string, CheckState>> checks;
    std::string gate;
  } cases[] = {
      {{}, {}, {{"build", CheckState::passed}, {"nightly", CheckState::pending}}, "CI still running on h1"},
      {{}, {"build"}, {{"build (suite 5)", CheckState::passed}, {"nightly", CheckState::pending}}, "CI green on h1"},
      {{}, {"build"}, {{"build", CheckState::passed}, {"nightly", CheckState::failed}}, "CI green on h1"},
      {{"smoke", "reg*"},
       {"build"},
       {{"smoke", CheckState::passed}, {"regression (1)", CheckState::passed}, {"build", CheckState::failed}},
       "CI green on h1"},
      {{"smoke", "reg*"}, {}, {{"smoke", CheckState::passed}}, "CI not complete on h1: reg* did not report"},
      {{"smoke"}, {}, {{"smoke", CheckState::skipped}}, "CI not complete on h1: smoke did not run"},
      {{"smoke"},
       {},
       {{"smoke (suite 1)", CheckState::passed}, {"smoke (suite 2)", CheckState::failed}},
       "CI red on h1: smoke (suite 2)"},
      {{"smoke"}, {}, {}, "no CI result for h1"},
      {{}, {}, {{"build", CheckState::skipped}}, "no CI result for h1"},
  };
  for (const auto& c : cases) {
    auto policy = with_forge();
    policy.repositories.front().required_checks = c.configured;
    Story run(policy);
    ForgeView view{.required_checks = c.by_rules};
    for (const auto& [name, state] : c.checks) view.events.push_back(told(check(name, state)));
    run.cut().input(seen(std::move(view)));
    EXPECT_EQ(tag_gates(run.incident, run.incident.hotfixes.front(), policy).at(1).detail, c.gate);
  }
}

// Where the forge says what passed, nobody's word stands in for it; that it fails is believed.
TEST(ForgeView, AWordIsNoCheck) {
  Story run(with_forge());
  run.cut().input(seen({})).type("bob", command::Ci{CheckState::passed, {}, {}, {}});
  EXPECT_THAT(run.answer(), HasSubstr("refused: GitHub says itself what passed"));
  run.type("bob", command::Ci{CheckState::failed, {}, {}, {}}).input(seen({}));
  EXPECT_EQ(ci_state(run.incident.hotfixes.front(), "h1", run.policy), CiState::red);
  // One that was said before the forge was configured counts no more, not even under a pattern that it fits.
  Story before;
  before.cut().git(facts("h1")).type("bob", command::Ci{CheckState::passed, {}, {}, {}}).git(facts("h1"));
  EXPECT_EQ(ci_state(before.incident.hotfixes.front(), "h1", before.policy), CiState::green);
  EXPECT_NE(ci_state(before.incident.hotfixes.front(), "h1", with_forge()), CiState::green);
  auto patterns = team();
  patterns.repositories.front().required_checks = {"*"};
  EXPECT_NE(ci_state(before.incident.hotfixes.front(), "h1", patterns), CiState::green);
}

// One person is not two, under a name of the forge and one of the chat.
TEST(ForgeView, OneHumanCountsOnce) {
  auto policy = with_forge();
  Story run(policy);
  const ForgeView view{.events = {told(pr(7)), told(check("build", CheckState::passed)),
                                  told(forge::Review{7, "", "h1", "bobk-gh", ReviewVerdict::approved})}};
  run.cut().input(seen(view));
  run.input(command::Approve{}, Person{"U0BOB", "Bob K"});
  EXPECT_THAT(run.answer(), HasSubstr("refused: Who you are on GitHub is not configured"));
  EXPECT_THAT(run.answer(), HasSubstr("https://f/pr/7"));
  policy.people = {{Person{"U0BOB", "Bob K"}, {}, "bobk-gh"}};
  Story known(policy);
  known.cut().input(seen(view));
  known.input(command::Approve{}, Person{"U0BOB", "Bob K"}).input(seen(view));
  EXPECT_EQ(approvers(known.incident.hotfixes.front(), "h1", policy).size(), 1U);
}

// Where nobody knows who wrote a commit, nobody knows whose approval counts.
TEST(ForgeView, AnUnknownAuthorClosesTheGate) {
  auto policy = with_forge();
  auto git = facts("h1");
  git.authors = {"Dave Miller"};
  const ForgeView view{.events = {told(pr(7)), told(check("build", CheckState::passed)),
                                  told(forge::Review{7, "", "h1", "dmiller", ReviewVerdict::approved}),
                                  told(forge::Review{7, "", "h1", "carol", ReviewVerdict::approved})},
                       .unknown_authors = {"1a2b3c4"}};
  Story run(policy);
  run.cut().input(seen(view, git)).type("alice", command::Tag{}).input(seen(view, git));
  EXPECT_EQ(run.asked(), "");
  EXPECT_THAT(run.shown(), HasSubstr("who wrote 1a2b3c4 is not known"));
  // Named in the configuration, it is known, and dmiller is no second person.
  policy.people = {{Person{"dave", "Dave Miller"}, {}, "dmiller"}};
  Story known(policy);
  known.cut().input(seen(view, git));
  EXPECT_EQ(tag_gates(known.incident, known.incident.hotfixes.front(), policy).at(2).detail,
            "1 of 2 approvals on h1; Dave Miller wrote the fix, so that one does not count");
}

TEST(ForgeView, NamesOfChecksMayHoldSlashes) {
  for (const bool configured : {true, false}) {
    auto policy = with_forge();
    if (configured) policy.repositories.front().required_checks = {"build*"};
    Story run(policy);
    ForgeView view{.required_checks = {"build", "build / e2e"}};
    view.events = {told(check("build", CheckState::passed)), told(check("build / e2e (suite 4)", CheckState::failed))};
    run.cut().input(seen(view));
    EXPECT_EQ(tag_gates(run.incident, run.incident.hotfixes.front(), policy).at(1).detail, "CI red on h1: build / e2e");
  }
}

TEST(ForgeView, TheBotsOwnStatusIsNoCi) {
  Story run(with_forge());
  run.cut().input(seen({.events = {told(check("hotfixd/merge-back", CheckState::passed))}}));
  EXPECT_EQ(ci_state(run.incident.hotfixes.front(), "h1", run.policy), CiState::none);
}

TEST(ForgeView, AnObjectionToAnEarlierPullRequestIsNotOurs) {
  Story run(with_forge());
  run.cut().at("21:40").input(
      seen({.events = {told(pr(3, Action::closed), at("2026-11-01T10:00:00Z")),
                       told(forge::Review{3, "hotfix/checkout-500", "dead", "bob", ReviewVerdict::changes_requested},
                            at("2026-11-01T09:00:00Z"), "bob")}}));
  EXPECT_TRUE(run.incident.hotfixes.front().reviews.empty());
}

// Losing the right to read the rules does not widen the gate.
TEST(ForgeView, RulesThatMayNotBeReadAnyMoreStillHold) {
  Story run(with_forge());
  run.cut().input(seen({.required_checks = {"build", "e2e"}}));
  run.input(seen({.events = {told(check("build", CheckState::passed))}, .rules_known = false}));
  EXPECT_EQ(tag_gates(run.incident, run.incident.hotfixes.front(), run.policy).at(1).detail,
            "CI not complete on h1: e2e did not report");
  Story never(with_forge());
  never.cut().input(seen({.events = {told(check("build", CheckState::passed))}, .rules_known = false}));
  EXPECT_THAT(tag_gates(never.incident, never.incident.hotfixes.front(), never.policy).at(1).detail,
              HasSubstr("which checks the line demands may not be read"));
}

TEST(ForgeView, ARefusedStatusIsSaidOnce) {
  Story run(with_forge());
  run.deployed();
  const result::StatusRefused no{
      "shop", "hotfixd/merge-back", {Problem::Kind::credentials, "GitHub refuses POST …/t1", "give it statuses", {}}};
  run.input(no);
  EXPECT_THAT(run.shown(), HasSubstr("The status hotfixd/merge-back cannot be set in shop: GitHub refuses"));
  for (int n = 0; n < 3; ++n) {
    run.input(no);
    EXPECT_EQ(run.all(), "");
  }
  EXPECT_TRUE(run.incident.abandoned.empty());
}

TEST(ForgeView, AnErasedTitleDoesNotComeBack) {
  Story run(with_forge());
  run.cut().input(seen({.events = {told(pr(7))}}));
  run.incident.hotfixes.front().pull_requests.front().title = kRedacted;
  run.input(seen({.events = {told(pr(7))}}));
  EXPECT_EQ(run.recorded(), "");
}

TEST(ForgeView, OneMessageTellsOfAllChecks) {
  Story run(with_forge());
  auto unit = check("unit", CheckState::failed);
  unit.step = "Run tests";
  forge::Check suite{"h1", "suite: actions (suite 5)", {}, CheckState::failed, 1, {}, {}, true};
  ForgeView view{.required_checks = {"smoke", "unit"}, .awaited = {"carol", "@acme/owners"}};
  view.events = {told(pr(7)), told(check("nightly", CheckState::pending))};
  run.cut().input(seen(view));
  const auto slot = [&] {
    std::string found;
    for (const auto& e : run.last.effects)
      if (const auto* m = std::get_if<effect::ShowMessage>(&e); m != nullptr && m->slot == "HF-1/review/shop/h1")
        found = text(m->message);
    return found;
  };
  EXPECT_EQ(slot(),
            "h1: CI running, 0 of 2 approvals\n· smoke has not reported\n· unit has not reported\n"
            "· nightly (the tag does not wait for it)\nasked to review: carol, @acme/owners");
  view.events = {told(check("smoke", CheckState::passed)), told(unit), told(suite)};
  run.input(seen(view));
  EXPECT_EQ(slot(),
            "h1: CI red, 0 of 2 approvals\n✗ unit: \"Run tests\" failed\n"
            "· nightly (the tag does not wait for it)\nasked to review: carol, @acme/owners");
  EXPECT_THAT(run.shown(), HasSubstr("CI red on h1: unit, step \"Run tests\""));
  for (const auto& e : run.last.effects)
    if (const auto* m = std::get_if<effect::ShowMessage>(&e); m != nullptr && m->slot == "HF-1/review/shop/h1")
      EXPECT_EQ(m->message.lines.at(1).at(1), link("unit", "https://f/check"));
  run.input(seen(view));
  EXPECT_EQ(run.all(), "");
}

// A thousand checks of one commit make one message, and few lines.
TEST(ForgeView, AStormOfChecksStaysOneShortMessage) {
  Story run(with_forge());
  run.cut().input(seen({.events = {told(pr(7))}}));
  std::set<std::string> slots;
  for (int n = 0; n < 1000; ++n) {
    run.forge(forge::Check{"h1",
                           "check " + std::to_string(n),
                           {},
                           n % 2 == 0 ? CheckState::pending : CheckState::failed,
                           static_cast<std::uint64_t>(n)});
    for (const auto& e : run.last.effects)
      if (const auto* m = std::get_if<effect::ShowMessage>(&e); m != nullptr) {
        slots.insert(m->slot);
        EXPECT_LE(m->message.lines.size(), 14U);
      }
  }
  EXPECT_EQ(slots.size(), 3U);  // the status card, this message, and that CI is red
}

TEST(ForgeView, ATagIsNotDecidedOnWhatTheForgeSaidBefore) {
  Story run(with_forge());
  run.cut().input(seen({.events = {told(pr(7, Action::opened, "dave")), told(check("build", CheckState::passed)),
                                   told(forge::Review{7, "", "h1", "bob", ReviewVerdict::approved}),
                                   told(forge::Review{7, "", "h1", "carol", ReviewVerdict::approved})}}));
  run.type("alice", command::Tag{}).input(unseen({Problem::Kind::unreachable, "GitHub is down", "wait", {}}));
  EXPECT_EQ(run.asked(), "");
  EXPECT_THAT(run.shown(),
              HasSubstr("tag is not decided: the forge cannot be asked: GitHub is down. Type it again: /hotfix tag"));
  // A dismissal that no webhook told closes the gate at the moment of acting.
  run.type("alice", command::Tag{})
      .input(seen({.events = {told(forge::Review{7, "", "h1", "carol", ReviewVerdict::dismissed})}}));
  EXPECT_EQ(run.asked(), "");
  EXPECT_THAT(run.shown(), HasSubstr("✗ 1 of 2 approvals on h1"));
  run.type("alice", command::Tag{})
      .input(seen({.events = {told(forge::Review{7, "", "h1", "carol", ReviewVerdict::approved})}}));
  EXPECT_THAT(run.asked(), HasSubstr("push shop v2.4.8 h1"));
}

// GitLab before 18.9 does not say when an approval was taken back, so it counts from when that was heard. What was said
// anew before then is on the forge, and the next look finds it.
TEST(ForgeView, AnApprovalSaidAnewIsNotLostToALateReport) {
  Story run(with_forge());
  run.cut().at("21:30").input(seen({.events = {told(pr(7, Action::opened, "dave"), at("21:24"))}}));
  run.at("21:36").forge(forge::Review{7, "", "h1", "bob", ReviewVerdict::dismissed}, "bob");
  const auto anew = told(forge::Review{7, "", "h1", "bob", ReviewVerdict::approved}, at("21:35"));
  run.at("21:37").context.looked_at = at("21:35");
  run.input(seen({.events = {anew}}));  // it began before that was heard
  EXPECT_EQ(run.recorded(), "");
  run.context.looked_at = at("21:37");
  run.input(seen({.events = {anew}}));
  EXPECT_THAT(run.recorded(), HasSubstr("bob approved"));
}

TEST(ForgeView, ReviewersAreAskedWithinMinutes) {
  auto policy = with_forge();
  policy.people = {{person("carol"), {}, "carol-gh"}};
  Story run(policy);
  run.cut().at("21:20").input(
      seen({.events = {told(pr(7, Action::opened, "dave"))}, .awaited = {"carol-gh", "@acme/owners"}}));
  EXPECT_EQ(next_wake(run.incident, policy, at("21:20")), at("21:25"));  // ten minutes at half the pace
  run.at("21:25").tick();
  EXPECT_EQ(run.shown(), "@carol @acme/owners PR #7 needs 2 more approvals of h1.");
  EXPECT_EQ(next_wake(run.incident, policy, at("21:25")), at("21:35"));
  run.forge(forge::Review{7, "", "h1", "carol-gh", ReviewVerdict::approved}, "carol-gh");
  run.input(seen({}));
  run.at("21:35").tick();
  EXPECT_EQ(run.shown(), "@alice nobody is asked to review: PR #7 needs 1 more approval of h1.");
  run.forge(forge::Review{7, "", "h1", "bob", ReviewVerdict::approved}, "bob");
  EXPECT_FALSE(next_review_nag(run.incident, run.incident.hotfixes.front(), policy));
}

TEST(ForgeView, NobodyIsAskedInVain) {
  auto policy = with_forge();
  const auto nag = [&](const ForgeView& view) {
    Story run(policy);
    run.cut().input(seen(view));
    return next_review_nag(run.incident, run.incident.hotfixes.front(), policy).has_value();
  };
  EXPECT_TRUE(nag({.events = {told(pr(7))}}));
  EXPECT_FALSE(nag({.events = {told(pr(7)), told(check("build", CheckState::failed))}}));
  auto draft = pr(7);
  draft.draft = true;
  EXPECT_FALSE(nag({.events = {told(draft)}}));
  EXPECT_FALSE(nag({}));
  policy.review.count = 0;
  EXPECT_FALSE(nag({.events = {told(pr(7))}}));
}

TEST(ForgeView, TheyAreAskedSoOftenAndNoMore) {
  auto policy = with_forge();
  Story run(policy);
  run.cut().at("21:20").input(seen({.events = {told(pr(7))}}));
  int nags = 0;
  for (auto at = next_wake(run.incident, policy, run.context.now); at && nags < 20;
       at = next_wake(run.incident, policy, run.context.now)) {
    run.context.now = run.context.sent_at = *at;
    run.tick();
    ++nags;
  }
  EXPECT_EQ(nags, policy.review.count);
}

TEST(ForgeView, ActionItemsBecomeIssuesOnRequest) {
  Story run(with_forge());
  run.declared()
      .type("bob", command::ActionAdd{.what = "test the empty coupon"})
      .type("bob", command::ActionAdd{.what = "alert"});
  run.type("bob", command::ActionIssue{});
  EXPECT_EQ(run.asked(),
            "issue shop A1 (hotfixd HF-1/A1): test the empty coupon\nissue shop A2 (hotfixd HF-1/A2): alert");
  run.input(result::IssueFiled{"A1", 41, "https://f/41"});
  EXPECT_EQ(run.all(), "issue 41 for A1\nA1 is issue #41: test the empty coupon");
  run.input(result::IssueFiled{"A1", 41, "https://f/41"});
  EXPECT_EQ(run.all(), "");
  run.input(result::IssueFailed{"A2", {Problem::Kind::refused, "issues are disabled", "enable them", {}}});
  EXPECT_EQ(run.shown(), "No issue for A2: issues are disabled\nenable them; then /hotfix action issue A2");
  run.type("bob", command::ActionIssue{});
  EXPECT_EQ(run.asked(), "issue shop A2 (hotfixd HF-1/A2): alert");
  run.type("bob", command::ActionIssue{"A1", {}});
  EXPECT_EQ(run.answer(), "refused: A1 is issue #41 already: https://f/41");
  run.type("bob", command::ActionIssue{"A9", {}});
  EXPECT_THAT(run.answer(), HasSubstr("refused: There is no action item 'A9'."));
  run.type("bob", command::ActionIssue{"A2", "nowhere"});
  EXPECT_THAT(run.answer(), HasSubstr("refused: Repository 'nowhere' is not configured"));
  run.type("bob", command::ActionIssue{"A2", "api"});
  EXPECT_THAT(run.answer(), HasSubstr("refused: No forge is configured for api"));
  run.type("bob", command::ActionList{});
  EXPECT_THAT(run.answer(), HasSubstr("test the empty coupon, bob, issue #41"));
}

TEST(ForgeView, TheTagAndItsReleaseSayWhatWasReviewed) {
  auto policy = with_forge();
  policy.repositories.front().publish_release = true;
  Story run(policy);
  run.cut().input(seen({.events = {told(pr(7, Action::opened, "dave")), told(check("build", CheckState::passed)),
                                   told(forge::Review{7, "", "h1", "bob", ReviewVerdict::approved}),
                                   told(forge::Review{7, "", "h1", "carol", ReviewVerdict::approved})}}));
  run.type("alice", command::Tag{}).input(seen({}));
  const std::string notes =
      "HF-1: 500s spiking on /checkout\n\nPR #7: null check\nApproved by bob, carol\nCI green on h1";
  ASSERT_THAT(run.asked(), HasSubstr("push shop v2.4.8 h1"));
  for (const auto& e : run.last.effects)
    if (const auto* push = std::get_if<effect::PushTag>(&e)) EXPECT_EQ(push->message, notes);
  run.input(result::TagPushed{"shop", "v2.4.8", "h1"});
  EXPECT_EQ(run.asked(), "release shop v2.4.8 (v2.4.8): " + notes);
}

// The head of every line that owes a merge-back says so, until it is there.
TEST(ForgeView, TheLinesHeadsShowWhetherTheyCarryIt) {
  Story run(with_forge());
  run.deployed();
  EXPECT_THAT(run.statuses(), HasSubstr("status shop t1 hotfixd/merge-back pending: being judged"));
  run.git(facts("h1", {{"main", Verdict::absent, "t1"}, {"develop", Verdict::absent, "t1"}}));
  EXPECT_EQ(run.statuses(), "");
  run.git(facts("h1", {{"main", Verdict::present, "t2"}, {"develop", Verdict::absent, "t1"}}));
  EXPECT_EQ(run.statuses(), "status shop t2 hotfixd/merge-back pending: being judged");
  EXPECT_THAT(carries(run.incident, "shop", "main", "t2").lacking, ::testing::IsEmpty());
  EXPECT_TRUE(carries(run.incident, "shop", "main", "t2").judged);
  EXPECT_THAT(carries(run.incident, "shop", "develop", "t1").lacking, ::testing::ElementsAre("v2.4.8 (HF-1)"));
  // A head that nobody has looked at is not called good.
  EXPECT_FALSE(carries(run.incident, "shop", "develop", "t9").judged);
}

TEST(ForgeView, ADraftIsShownAsOneAndARetargetedOneFollowed) {
  Story run(with_forge());
  auto draft = pr(7);
  draft.draft = true;
  run.cut().forge(draft);
  EXPECT_TRUE(run.incident.hotfixes.front().pull_requests.front().draft);
  draft.draft = false;
  draft.base = "release/2.4";
  draft.action = Action::updated;
  run.forge(draft);
  EXPECT_FALSE(run.incident.hotfixes.front().pull_requests.front().draft);
  EXPECT_EQ(run.incident.hotfixes.front().pull_requests.front().base, "release/2.4");
  run.forge(draft);
  EXPECT_EQ(run.recorded(), "");
}

}  // namespace
}  // namespace hotfixd::testing
