#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/domain/support.hpp"

// Who is told besides the owner that a line lost the fix: who pushed, as the forge's webhook says, and nobody whose
// work was there before.

namespace hotfixd::testing {
namespace {

namespace cmd = command;

// alice owns the merge-back, the line was last seen with the fix at m2, and the incident is closed.
struct Lost : Story {
  Lost()
      : Story([] {
          auto p = team();
          p.people = {{.person = {"U01", "alice"}, .zone = {}, .github = "alice"},
                      {.person = {"U03", "carol"}, .zone = {}, .github = "carol-m"},
                      {.person = {"U04", "dave"}, .zone = {}, .github = "dave-d"},
                      {.person = {"U05", "Erin Example"}, .zone = {}, .github = "erin-at-work"}};
          return p;
        }()) {
    deployed().type("alice", cmd::Resolve{"quiet"}).rca();
    sees("m2", Verdict::present).type("alice", cmd::Close{});
    sees("m2", Verdict::present).at("2026-11-20T02:10:00Z");
  }
  Lost& at(std::string_view time) { return Story::at(time), *this; }
  Lost& sees(const std::string& head, Verdict verdict, const std::string& author = {}, const std::string& login = {}) {
    auto now = facts("h1", {{"main", verdict, head, false, verdict == Verdict::present ? "there" : "gone at " + head},
                            {"develop", Verdict::present, "d2"}});
    now.targets.front().last_author = author;
    now.targets.front().last_login = login;
    return git(now), *this;
  }
  Lost& pushed(const std::string& before, const std::string& after, const std::string& login, bool forced = false,
               bool by_program = false) {
    return forge(forge::Push{"refs/heads/main", before, after, false, false, forced, by_program}, login), *this;
  }
  // What the message says of who it was.
  std::string who() const {
    const auto all = shown();
    constexpr std::string_view kGone = " is open again: gone at ";
    const auto at = all.find(kGone);
    return at == std::string::npos ? "nothing: " + all : all.substr(all.find_first_of(".\n", at + kGone.size()) + 1);
  }
  const effect::ShowMessage& message() const {
    const effect::ShowMessage* found = nullptr;
    for (const auto& e : last.effects)
      if (const auto* m = std::get_if<effect::ShowMessage>(&e); m != nullptr && m->slot.contains("/reopened/"))
        found = m;
    static const effect::ShowMessage kNone;
    return found == nullptr ? kNone : *found;
  }
};

TEST(Pusher, WhoPushedIsCalledAndTheAuthorIsOnlyNamed) {
  Lost run;
  run.pushed("m2", "m3", "dave-d");
  EXPECT_EQ(run.recorded(), "pushed main m2..m3 by dave");
  EXPECT_EQ(run.shown(), "");
  run.sees("m3", Verdict::regressed, "Carol", "carol-m");
  EXPECT_EQ(run.shown(),
            "@alice HF-1: merge back to main is open again: gone at m3. Pushed by @dave (commit by carol)");
  EXPECT_EQ(run.message().slot, "HF-1/reopened/merge-back:shop:main/1");
  EXPECT_TRUE(run.message().ping);
  run.sees("m3", Verdict::regressed, "Carol", "carol-m");
  EXPECT_EQ(run.shown(), "");
}

TEST(Pusher, WhoseGitNameNobodyKnowsIsStillCalled) {
  Lost run;
  run.pushed("m2", "m3", "Dave-D").sees("m3", Verdict::regressed, "Dave Diaz");
  EXPECT_EQ(run.who(), " Pushed by @dave");
}

TEST(Pusher, WhoForcedTheLineBackIsCalledAndNoOlderAuthor) {
  Lost run;
  run.pushed("m2", "m1", "carol-m", true).sees("m1", Verdict::regressed);
  EXPECT_EQ(run.who(), " Force-pushed by @carol");
}

TEST(Pusher, AWebhookAfterTheVerdictPutsTheMessageRight) {
  Lost run;
  run.sees("m3", Verdict::regressed, "carol");
  EXPECT_EQ(run.who(), " Last to change it there: @carol");
  const auto slot = run.message().slot;
  run.pushed("m2", "m3", "dave-d");
  EXPECT_EQ(run.shown(),
            "@alice HF-1: merge back to main is open again: gone at m3. Pushed by @dave (commit by carol)");
  EXPECT_EQ(run.message().slot, slot) << "the same message";
  EXPECT_FALSE(run.message().ping);
  run.pushed("m2", "m3", "dave-d");
  EXPECT_EQ(run.recorded() + run.shown(), "") << "it is delivered again";
  run.pushed("m3", "m4", "Erin-at-work").sees("m4", Verdict::regressed, "Erin Example");
  EXPECT_EQ(run.shown(), "") << "what comes after is not what took it out";
  run.sees("m5", Verdict::present).pushed("m3", "m4", "erin-at-work");
  EXPECT_EQ(run.shown(), "");
}

TEST(Pusher, EachTimeIsAMessageOfItsOwn) {
  Lost run;
  run.pushed("m2", "m1", "carol-m", true).sees("m1", Verdict::regressed);
  run.pushed("m1", "m2", "alice").sees("m2", Verdict::present);
  run.pushed("m2", "m1", "dave-d", true).sees("m1", Verdict::regressed);
  EXPECT_EQ(run.who(), " Force-pushed by @dave");
  EXPECT_EQ(run.message().slot, "HF-1/reopened/merge-back:shop:main/2");
  EXPECT_TRUE(run.message().ping);
}

TEST(Pusher, OnlyWhatCameSinceTheFixWasThereCounts) {
  Lost run;
  // bob moved main to m1 before; the fix came with m2, and nobody told of the push back to m1.
  run.pushed("m0", "m1", "bob").pushed("m1", "m2", "alice");
  EXPECT_TRUE(run.incident.hotfixes.front().merge_backs.at("main").pushes.empty());
  run.pushed("m1", "m2", "alice");
  EXPECT_EQ(run.recorded(), "");
  run.sees("m1", Verdict::regressed);
  EXPECT_EQ(run.shown(), "@alice HF-1: merge back to main is open again: gone at m1") << "nobody is known";
}

TEST(Pusher, APushIsKeptWhileGitIsStillLookingAtTheOneBefore) {
  Lost run;
  run.pushed("m2", "m3", "carol-m").pushed("m3", "m4", "dave-d");
  run.sees("m3", Verdict::present).sees("m4", Verdict::regressed);
  EXPECT_EQ(run.who(), " Pushed by @dave");
}

TEST(Pusher, OfSeveralAtOnceEachIsNamed) {
  Lost two;
  two.pushed("m3", "m4", "erin-at-work").pushed("m2", "m3", "dave-d").sees("m4", Verdict::regressed, "Carol");
  EXPECT_EQ(two.who(), " Pushed by @Erin Example and @dave") << "in whatever order they were told";
  Lost many;
  for (int n = 2; n < 8; ++n) many.pushed(fmt::format("m{}", n), fmt::format("m{}", n + 1), fmt::format("dev{}", n));
  many.sees("m8", Verdict::regressed);
  EXPECT_EQ(many.who(), " Pushed by @dev7, @dev6, @dev5 and 3 more");
}

TEST(Pusher, ALineThatIsMovedAllTheTimeKeepsWhatMatters) {
  Lost run;
  run.pushed("m2", "m3", "dave-d").sees("m3", Verdict::regressed);
  for (int n = 3; n < 300; ++n) {
    run.pushed(fmt::format("m{}", n), fmt::format("m{}", n + 1), "carol-m");
    ASSERT_EQ(run.shown(), "") << n;
  }
  const auto& line = run.incident.hotfixes.front().merge_backs.at("main");
  EXPECT_EQ(line.pushes.size(), 64U);
  ASSERT_EQ(line.lost_by().size(), 1U);
  EXPECT_EQ(line.lost_by().front().by.name, "dave");
  EXPECT_EQ(line.pushes.back().after, "m300");
}

TEST(Pusher, TheOwnerIsCalledOnce) {
  Lost run;
  run.pushed("m2", "m3", "alice").sees("m3", Verdict::regressed, "carol");
  EXPECT_EQ(run.shown(),
            "@alice HF-1: merge back to main is open again: gone at m3. Pushed by alice (commit by carol)");
}

TEST(Pusher, AProgramIsNotCalled) {
  Lost run;
  run.pushed("m2", "m3", "renovate[bot]", false, true).sees("m3", Verdict::regressed);
  EXPECT_EQ(run.who(), " Pushed by renovate[bot]");
  Lost queue;
  queue.pushed("m2", "m3", "github-merge-queue[bot]", false, true).sees("m3", Verdict::regressed, "Carol");
  EXPECT_EQ(queue.who(), " Pushed by github-merge-queue[bot]. Last to change it there: @carol");
}

TEST(Pusher, WithoutAWebhookTheAuthorIsFoundByLogin) {
  Lost run;
  run.sees("m3", Verdict::regressed, "D. Diaz", "dave-d");
  EXPECT_EQ(run.who(), " Last to change it there: @dave");
  Lost unknown;
  unknown.sees("m3", Verdict::regressed, "Mallory", "mallory-1");
  EXPECT_EQ(unknown.who(), " Last to change it there: Mallory");
}

TEST(Pusher, WhatTellsNothingIsNotKept) {
  Lost run;
  const auto says = [&](forge::Push push, const std::string& login) {
    run.forge(push, login);
    return run.recorded();
  };
  EXPECT_EQ(says({"refs/heads/main", "m2", "m3"}, {}), "") << "nobody";
  EXPECT_EQ(says({"refs/heads/main", {}, {}}, "dave-d"), "") << "a pipeline's report";
  EXPECT_EQ(says({"refs/heads/main", "m2", {}, false, true}, "dave-d"), "") << "deleted";
  EXPECT_EQ(says({"refs/heads/feature", "f1", "f2"}, "dave-d"), "") << "no line";
  EXPECT_EQ(says({"refs/heads/hotfix/checkout-500", "h1", "h2"}, "dave-d"), "");
  EXPECT_EQ(says({"refs/heads/main", {}, "m3", true}, "dave-d"), "pushed main ..m3 by dave") << "made anew";
  run.sees("m3", Verdict::regressed);
  EXPECT_EQ(run.who(), " Pushed by @dave");
}

TEST(Pusher, GitIsToldSinceWhenItCounts) {
  Lost run;
  const auto since = [&] {
    return observe(run.incident, run.incident.hotfixes.front(), run.policy)->known_targets.back();
  };
  EXPECT_EQ(since().name, "main");
  EXPECT_EQ(since().settled_sha, "m2");
  run.sees("m3", Verdict::present);
  EXPECT_EQ(since().settled_sha, "m3");
  run.sees("m4", Verdict::changed_since);
  EXPECT_EQ(since().settled_sha, "m3");
  run.type("alice", cmd::MergeBackAck{"main", "solved otherwise there", {}});
  EXPECT_EQ(since().settled_sha, "m4") << "somebody answers for it";
}

}  // namespace
}  // namespace hotfixd::testing
