#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bot/domain/gates.hpp"
#include "bot/domain/pull_request_guard.hpp"
#include "tests/domain/support.hpp"

// `merge`: the hotfix's pull request, behind the gates of the tag; and what is said of other people's.

namespace hotfixd::testing {
namespace {

namespace cmd = command;
using ::testing::HasSubstr;
using ::testing::Not;
using Action = forge::PullRequest::Action;

Policy with_forge() {
  auto p = team();
  p.repositories.front().forge = "GitHub";
  return p;
}

ForgeEvent told(ForgeFact fact, std::string login = {}) { return {"shop", {}, std::move(login), std::move(fact)}; }

forge::PullRequest pr(Action action = Action::opened, std::string base = "main", std::uint64_t number = 7) {
  return {action, number,          "https://f/pr/" + std::to_string(number),   "null check", "hotfix/checkout-500",
          "h1",   std::move(base), action == Action::merged ? "landed12" : "", "hotfixd-bot"};
}

ForgeView view(Action action = Action::opened, bool reviewed = true, bool draft = false) {
  ForgeView v;
  v.events.push_back(told(pr(action)));
  std::get<forge::PullRequest>(v.events.back().fact).draft = draft;
  v.events.push_back(told(forge::Check{"h1", "build", "https://f/check", CheckState::passed, 1}));
  if (reviewed)
    for (const char* who : {"carol", "erin"})
      v.events.push_back(told(forge::Review{7, "hotfix/checkout-500", "h1", who, ReviewVerdict::approved}, who));
  v.authors = {"bob"};
  return v;
}

result::Observed seen(ForgeView v) { return {"shop", facts("h1"), std::move(v), {}}; }

// Cut, with an open and reviewed pull request.
struct Reviewed : Story {
  explicit Reviewed(Policy policy = with_forge()) : Story(std::move(policy)) { cut().input(seen(view())); }
};

TEST(Merge, MergesExactlyWhatWasReviewed) {
  Reviewed run;
  run.type("alice", cmd::Merge{});
  EXPECT_EQ(run.recorded(), "asked merge shop 7 main");
  EXPECT_EQ(run.asked(), "observe shop");
  run.input(seen(view()));
  EXPECT_EQ(run.asked(), "merge shop #7 h1 by merge");
  EXPECT_THAT(run.recorded(), HasSubstr("merge ordered shop #7 h1 into main"));
  const auto* ordered = std::get_if<event::MergeOrdered>(&run.last.events.back().data);
  ASSERT_NE(ordered, nullptr);
  EXPECT_EQ(run.last.events.back().actor, person("alice"));
  EXPECT_THAT(ordered->evidence, ::testing::Contains(HasSubstr("approvals")));
  run.type("bob", cmd::Merge{});
  EXPECT_THAT(run.answer(), HasSubstr("A merge is on its way already."));
  run.input(result::PullRequestMerged{"shop", 7, "landed12"});
  EXPECT_EQ(run.shown(), "PR #7 merged into main at landed1.");
  EXPECT_EQ(run.incident.hotfixes.front().pull_requests.front().landing_sha, "landed12");
  EXPECT_EQ(run.last.events.front().actor, person("alice")) << "who had the bot do it";
  EXPECT_EQ(run.asked(), "observe shop");
  run.forge(pr(Action::merged), "hotfixd-bot");
  EXPECT_EQ(run.recorded(), "");
  EXPECT_EQ(run.shown(), "");
}

TEST(Merge, TheWebhookMayBeFasterAndItIsSaidOnce) {
  Reviewed run;
  run.type("alice", cmd::Merge{}).input(seen(view()));
  run.forge(pr(Action::merged), "hotfixd-bot");
  EXPECT_EQ(run.shown(), "PR #7 merged into main at landed1.");
  EXPECT_EQ(run.last.events.front().actor, person("alice"));
  run.input(result::PullRequestMerged{"shop", 7, "landed12"});
  EXPECT_EQ(run.all(), "");
}

TEST(Merge, ClosedGatesRefuseAndSayWhich) {
  Story run(with_forge());
  run.cut().input(seen(view(Action::opened, false)));
  run.type("alice", cmd::Merge{}).input(seen(view(Action::opened, false)));
  EXPECT_EQ(run.asked(), "");
  EXPECT_THAT(run.shown(), HasSubstr("PR #7 is not merged"));
  EXPECT_THAT(run.shown(), HasSubstr("✗ 0 of 2 approvals on h1"));
  EXPECT_THAT(run.shown(), HasSubstr("/hotfix override approvals <why>"));
  EXPECT_THAT(run.recorded(), HasSubstr("settled merge shop no: 0 of 2 approvals"));
  EXPECT_THAT(run.recorded(), Not(HasSubstr("merge ordered")));
}

TEST(Merge, FreshFactsDecide) {
  Reviewed run;
  run.type("alice", cmd::Merge{}).input(seen(view(Action::merged)));
  EXPECT_EQ(run.asked(), "");
  EXPECT_THAT(run.shown(), HasSubstr("PR #7 is not merged: it is merged already"));
  Reviewed draft;
  draft.type("alice", cmd::Merge{}).input(seen(view(Action::opened, true, true)));
  EXPECT_EQ(draft.asked(), "");
  EXPECT_THAT(draft.shown(), HasSubstr("it is a draft by now"));
  Reviewed blind;
  blind.type("alice", cmd::Merge{})
      .input(result::Observed{"shop", facts("h1"), {}, Problem{Problem::Kind::unreachable, "no answer", "wait", {}}});
  EXPECT_EQ(blind.asked(), "");
  EXPECT_THAT(blind.shown(), HasSubstr("merge is not decided: the forge cannot be asked"));
}

TEST(Merge, NeedsAnOpenPullRequestThatIsClear) {
  Story none(with_forge());
  none.cut().input(seen({}));
  none.type("alice", cmd::Merge{});
  EXPECT_THAT(none.answer(), HasSubstr("No pull request from hotfix/checkout-500 is open."));
  Story by_hand;
  by_hand.cut().type("alice", cmd::Merge{});
  EXPECT_THAT(by_hand.answer(), HasSubstr("no forge is configured"));
  Reviewed run;
  run.type("alice", cmd::Merge{"develop", {}});
  EXPECT_THAT(run.answer(), HasSubstr("No pull request from hotfix/checkout-500 into develop is open."));
  auto two = view();
  two.events.insert(two.events.begin(), told(pr(Action::opened, "develop", 8)));
  run.input(seen(two)).type("alice", cmd::Merge{"develop", {}});
  EXPECT_EQ(run.recorded(), "asked merge shop 8 develop");
}

TEST(Merge, ARefusalOfTheForgeIsSaidInItsWords) {
  Reviewed run;
  run.type("alice", cmd::Merge{}).input(seen(view()));
  run.input(result::MergeFailed{"shop", 7, {Problem::Kind::refused, "the base was modified", "look at it", {}}});
  EXPECT_EQ(run.shown(), "PR #7 is not merged: the base was modified\nlook at it; then /hotfix merge main");
  EXPECT_EQ(run.asked(), "");
  run.type("alice", cmd::Merge{});
  EXPECT_EQ(run.asked(), "observe shop") << "it may be asked for again";
}

TEST(Merge, ALostAnswerIsLookedAt) {
  Reviewed run;
  run.type("alice", cmd::Merge{}).input(seen(view()));
  run.input(result::MergeFailed{"shop", 7, {Problem::Kind::unreachable, "no answer", "wait", {}}});
  EXPECT_THAT(run.shown(), HasSubstr("PR #7 may not be merged: no answer"));
  EXPECT_EQ(run.asked(), "observe shop");
}

// The look read the reviews; a stranger approves, and the webhook is faster than the look's end.
TEST(Merge, AnApprovalDuringTheLookIsLookedAtFirst) {
  auto one = view(Action::opened, false);
  one.events.push_back(told(forge::Review{7, "hotfix/checkout-500", "h1", "carol", ReviewVerdict::approved}, "carol"));
  Story run(with_forge());
  run.cut().input(seen(one)).at("21:40").type("alice", cmd::Merge{});
  run.context.looked_at = at("21:40:01");
  run.at("21:40:02")
      .forge(forge::Review{7, "hotfix/checkout-500", "h1", "stranger", ReviewVerdict::approved}, "stranger");
  run.at("21:40:03").input(seen(one));
  EXPECT_EQ(run.asked(), "observe shop") << run.recorded();
  auto known = one;
  known.events.push_back(
      told(forge::Review{7, "hotfix/checkout-500", "h1", "stranger", ReviewVerdict::approved}, "stranger"));
  known.readers = {"stranger"};
  run.context.looked_at = at("21:40:04");
  run.at("21:40:05").input(seen(known));
  EXPECT_THAT(run.shown(), HasSubstr("stranger may not write to shop, so that one does not count"));
}

TEST(Merge, ALostAnswerThatArrivedIsTold) {
  Reviewed run;
  run.type("alice", cmd::Merge{}).input(seen(view()));
  run.input(result::MergeFailed{"shop", 7, {Problem::Kind::unreachable, "no answer", "wait", {}}});
  Reviewed again = run;
  run.input(seen(view(Action::merged)));
  EXPECT_THAT(run.shown(), HasSubstr("PR #7 merged into main"));
  again.type("alice", cmd::Merge{});
  EXPECT_EQ(again.asked(), "observe shop") << "it may be asked for again";
}

TEST(Merge, OfWhatWasClosedMeanwhileIsOver) {
  Reviewed run;
  run.type("alice", cmd::Merge{}).input(seen(view()));
  run.forge(pr(Action::closed), "dave");
  run.input(result::MergeFailed{"shop", 7, {Problem::Kind::refused, "it is closed", "look at it", {}}});
  EXPECT_THAT(run.shown(), HasSubstr("PR #7 is not merged: it is closed"));
  run.forge(pr(Action::reopened), "dave");
  run.type("alice", cmd::Merge{});
  EXPECT_EQ(run.asked(), "observe shop");
}

TEST(Merge, WhatWasRetargetedMeanwhileIsNotMerged) {
  Reviewed run;
  auto two = view();
  two.events.insert(two.events.begin(), told(pr(Action::opened, "develop", 8)));
  run.input(seen(two)).type("alice", cmd::Merge{"develop", {}});
  std::get<forge::PullRequest>(two.events.front().fact).base = "release/1.0";
  run.input(seen(two));
  EXPECT_EQ(run.asked(), "");
  EXPECT_THAT(run.shown(), HasSubstr("it was to go into develop, and is to go into release/1.0 by now"));
}

TEST(Merge, OneThatIsRenamedIsStillBeingMerged) {
  Reviewed run;
  run.type("alice", cmd::Merge{}).input(seen(view()));
  auto renamed = pr(Action::updated);
  renamed.title = "another title";
  run.forge(renamed, "dave");
  run.input(result::PullRequestMerged{"shop", 7, "landed12"});
  EXPECT_EQ(run.shown(), "PR #7 merged into main at landed1.");
}

TEST(Merge, WhatIsTaggedOnMainsMergeIsJudgedAsItWasReviewed) {
  Reviewed run;
  auto shipped = facts("h1", {{"main", Verdict::present}, {"develop"}});
  shipped.tag = "v2.4.8";
  shipped.tag_sha = "m1";
  auto two = view(Action::merged);
  two.events.insert(two.events.begin() + 1, told(pr(Action::opened, "develop", 8)));
  run.input(result::Observed{"shop", shipped, two, {}});
  EXPECT_EQ(run.incident.hotfixes.front().tag_sha, "m1");
  run.type("alice", cmd::Merge{"develop", {}}).input(result::Observed{"shop", shipped, two, {}});
  EXPECT_EQ(run.asked(), "merge shop #8 h1 by merge") << run.shown();
}

TEST(Merge, WhatIsToBeTypedAgainIsTheSame) {
  Reviewed run;
  const auto unseen =
      result::Observed{"shop", facts("h1"), {}, Problem{Problem::Kind::unreachable, "no answer", "wait", {}}};
  auto two = view();
  two.events.insert(two.events.begin(), told(pr(Action::opened, "develop", 8)));
  run.input(seen(two)).type("alice", cmd::Merge{"develop", {}}).input(unseen);
  EXPECT_THAT(run.shown(), ::testing::EndsWith("Type it again: /hotfix merge develop"));
}

TEST(Merge, IsTheNextStepWhereAPullRequestIntoTheLineIsOpen) {
  Reviewed run;
  auto shipped = facts("h1", {{"main"}});
  run.type("alice", cmd::Tag{}).input(seen(view())).input(result::TagPushed{"shop", "v2.4.8", "h1"});
  run.type("alice", cmd::DeployedTag{}).input(result::Observed{"shop", shipped, view(), {}});
  const auto* o = run.incident.obligation("merge-back:shop:main");
  ASSERT_NE(o, nullptr);
  EXPECT_EQ(what_to_do(*o, run.incident, run.policy), "/hotfix merge main");
  // What is in production comes home as it is.
  run.type("alice", cmd::Merge{}).input(result::Observed{"shop", shipped, view(), {}});
  EXPECT_EQ(run.asked(), "merge shop #7 h1 by merge");
}

// ---- feature flags

TEST(Flag, IsSwitchedOffWhereThereIsAServiceForIt) {
  Story by_hand;
  by_hand.declared().type("alice", cmd::Mitigate{Mitigation::flag, "new-cart", "only it reads the coupon"});
  EXPECT_EQ(by_hand.asked(), "");
  auto policy = team();
  policy.switches_flags = true;
  Story run(policy);
  run.declared().type("alice", cmd::Mitigate{Mitigation::flag, "new-cart", "only it reads the coupon"});
  EXPECT_EQ(run.asked(), "off new-cart (HF-1: only it reads the coupon)");
  run.input(result::FlagFailed{"new-cart", {Problem::Kind::not_found, "no flag has that key", "look at its name", {}}});
  EXPECT_EQ(run.recorded(), "new-cart not off: no flag has that key");
  EXPECT_EQ(run.shown(),
            "@alice new-cart may still be on: no flag has that key\nlook at its name; or switch it by hand.");
  run.input(result::FlagSwitched{"new-cart"});
  EXPECT_EQ(run.recorded(), "new-cart switched off");
  EXPECT_EQ(run.shown(), "new-cart is off. Watch the signal, then /hotfix verify ok|failing <what you saw>");
  EXPECT_NE(run.incident.obligation("flag:new-cart"), nullptr);
}

// ---- other people's pull requests

JudgedPullRequest judged(std::vector<JudgedPullRequest::Hotfix> hotfixes) {
  return {{12, "abc", "feature", "main", "refs/pull/12/head"}, false, {}, std::move(hotfixes)};
}

TEST(PullRequestGuard, FailsOnlyWhatTakesAFixAway) {
  using V = Verdict;
  const auto said = [](std::vector<JudgedPullRequest::Hotfix> hotfixes) { return status_of(judged(hotfixes)).text(); };
  EXPECT_EQ(said({}), "passed: carries every shipped hotfix");
  EXPECT_EQ(said({{"v1 (HF-1)", V::present, V::present}}), "passed: carries every shipped hotfix");
  for (const auto gone : {V::absent, V::partial, V::regressed})
    EXPECT_EQ(said({{"v1 (HF-1)", V::present, gone}}), "failed: would take v1 (HF-1) out of main");
  for (const auto touched : {V::unknown, V::adapted, V::changed_since, V::moot})
    EXPECT_EQ(said({{"v1 (HF-1)", V::present, touched}}), "passed: changes what v1 (HF-1) fixed in main: look at it");
  for (const auto before : {V::absent, V::partial, V::regressed, V::unknown})
    EXPECT_EQ(said({{"v1 (HF-1)", before, V::present}}), "passed: brings v1 (HF-1) to main");
  for (const auto settled : {V::adapted, V::changed_since, V::moot}) {
    EXPECT_EQ(said({{"v1 (HF-1)", settled, V::present}}), "passed: carries every shipped hotfix");
    EXPECT_EQ(said({{"v1 (HF-1)", settled, V::regressed}}), "failed: would take v1 (HF-1) out of main");
  }
  EXPECT_EQ(said({{"v1 (HF-1)", V::absent, V::absent}}), "passed: takes nothing away; main lacks v1 (HF-1)");
  EXPECT_EQ(said({{"v1 (HF-1)", V::absent, V::present}, {"v2 (HF-2)", V::present, V::absent}}),
            "failed: would take v2 (HF-2) out of main");
}

TEST(PullRequestGuard, WhatCannotBeJudgedIsPending) {
  auto one = judged({});
  one.conflict = true;
  EXPECT_EQ(status_of(one).text(), "pending: conflicts with main, so it cannot be judged");
  one.conflict = false;
  one.unknown = "its head cannot be fetched";
  EXPECT_EQ(status_of(one).text(), "pending: not judged: its head cannot be fetched");
}

TEST(PullRequestGuard, AHotfixThatCannotBeToldIsNotCalledCarried) {
  auto one = judged({{"v1 (HF-1)", Verdict::present, Verdict::present}});
  one.untold = {"v2 (HF-2)"};
  EXPECT_EQ(status_of(one).text(), "passed: takes nothing away; not judged: v2 (HF-2)");
}

TEST(PullRequestGuard, OfSeveralThatShareAHeadTheWorstCounts) {
  const PullRequestStatus good{CheckState::passed, "a"}, open{CheckState::pending, "b"}, bad{CheckState::failed, "c"};
  EXPECT_EQ(worst_of({good, bad, open}), bad);
  EXPECT_EQ(worst_of({good, open}), open);
  EXPECT_EQ(worst_of({good, {CheckState::passed, "d"}}), good);
}

TEST(PullRequestGuard, WhatIsSaidFitsWhereItIsShown) {
  auto one = judged({{"v1 (HF-1)", Verdict::present, Verdict::absent}});
  for (int more = 0; more < 4; ++more) {
    one.pull_request.base = "release/" + std::string(static_cast<std::size_t>(98 + more), 'x') + "üüüüüü";
    const auto said = status_of(one).description;
    EXPECT_LE(said.size(), 140U);
    EXPECT_THAT(said, ::testing::EndsWith("…"));
    EXPECT_THAT(said, ::testing::StartsWith("would take v1 (HF-1) out of release/xxx"));
    EXPECT_NE(static_cast<unsigned char>(said[said.size() - 4]) & 0xC0U, 0xC0U) << "half a character";
  }
}

}  // namespace
}  // namespace hotfixd::testing
