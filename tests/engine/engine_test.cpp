// The engine by hand: no threads, a made-up clock, scripted ports.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/engine/bench.hpp"

namespace hotfixd::testing {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr auto kDeclare = "declare sev2 500s on checkout --criteria all";

TEST(Engine, ARedeliveryGetsTheFirstAnswerAndChangesNothing) {
  Bench b;
  const auto declare = b.delivery("alice", Delivery::CommandLine{kDeclare});
  const auto first = b.send(declare);
  ASSERT_TRUE(first && first->has_value());
  EXPECT_EQ((*first)->incident, "HF-1");
  ASSERT_TRUE((*first)->reply.has_value());
  EXPECT_FALSE((*first)->reply->refused);
  const auto version = b.incident().version;
  const auto posts = b.chat.count();

  const auto second = b.send(declare);
  ASSERT_TRUE(second && second->has_value());
  EXPECT_EQ((*second)->incident, "HF-1");
  EXPECT_EQ((*second)->reply, (*first)->reply);
  EXPECT_EQ(b.incident().version, version);
  EXPECT_EQ(b.chat.count(), posts);
  EXPECT_EQ(*b.store.last_number(), 1U);
}

TEST(Engine, AnswersWithAProblemWhenNothingWasCommittedAndTakesItTheNextTime) {
  Bench b;
  b.type("alice", kDeclare);
  const auto version = b.incident().version;
  const auto note = b.delivery("bob", Delivery::CommandLine{"note support was told"});
  b.store.refuse = Problem{Problem::Kind::full, "the disk is full", "make room", {}};
  const auto refused = b.send(note);
  ASSERT_TRUE(refused && !refused->has_value());
  EXPECT_EQ(refused->error().kind, Problem::Kind::full);
  EXPECT_EQ(b.incident().version, version);

  b.store.refuse.reset();
  b.clock.advance(Seconds{3});
  const auto taken = b.send(note);
  ASSERT_TRUE(taken && taken->has_value());
  EXPECT_EQ(b.incident().version, version + 1);
}

TEST(Engine, ASurpriseInTheStoreIsAProblemToo) {
  Bench b;
  b.type("alice", kDeclare);
  const auto note = b.delivery("bob", Delivery::CommandLine{"note support was told"});
  b.store.throws = true;
  const auto refused = b.send(note);
  ASSERT_TRUE(refused && !refused->has_value());
  b.store.throws = false;
  b.clock.advance(Seconds{3});
  const auto taken = b.send(note);
  EXPECT_TRUE(taken && taken->has_value());
}

TEST(Engine, ASurpriseInOneDecisionDoesNotHoldUpTheOthers) {
  Bench b;
  b.type("alice", kDeclare, "#one");
  b.type("alice", "assess not-a-hotfix the load test ran", "#one");
  b.type("alice", kDeclare, "#two");
  b.engine = b.make(Bench::by_hand());  // an incident that is over is read when it is asked for
  b.store.load_throws = true;
  const auto failed = b.type("alice", "HF-1 timeline", "#two");
  ASSERT_TRUE(failed && !failed->has_value());
  EXPECT_EQ(failed->error().kind, Problem::Kind::internal);
  const auto fine = b.type("alice", "note still here", "#two");
  EXPECT_TRUE(fine && fine->has_value());
  b.store.load_throws = false;
  EXPECT_TRUE(b.type("alice", "HF-1 timeline", "#two")->has_value());
}

TEST(Engine, AMessageWhoseSlotCannotBeLookedUpWaitsAndTheOthersGoOut) {
  Bench b;
  b.store.refuses = [](std::string_view call, const std::string& slot) -> std::optional<Problem> {
    if (call != "placed" || slot != "HF-1/status") return std::nullopt;
    return Problem{Problem::Kind::corrupt, "damaged", "restore it", {}};
  };
  b.type("alice", kDeclare, "#one");
  b.type("alice", kDeclare, "#two");
  EXPECT_TRUE(b.last_run.has_value());
  EXPECT_EQ(b.chat.text("HF-1/status"), "");
  EXPECT_THAT(b.chat.text("HF-2/status"), HasSubstr("500s on checkout"));
  b.store.refuses = nullptr;
  b.wait(Seconds{2});
  EXPECT_THAT(b.chat.text("HF-1/status"), HasSubstr("500s on checkout"));
}

TEST(Engine, AnIncidentThatCannotBeReadHoldsUpNoOther) {
  Bench b;
  for (const auto* channel : {"#one", "#two"}) {
    b.type("alice", kDeclare, channel);
    b.type("alice", "branch checkout-500", channel);
    b.type("alice", "override ci the runners are down", channel);
  }
  b.change_behind("HF-1");
  b.store.refuses = [](std::string_view call, const std::string& id) -> std::optional<Problem> {
    if (call != "load" || id != "HF-1") return std::nullopt;
    return Problem{Problem::Kind::corrupt, "damaged", "restore it", {}};
  };
  const auto answer = b.type("alice", "note which cannot be taken", "#one");
  ASSERT_TRUE(answer && !answer->has_value());
  EXPECT_EQ(answer->error().mend, "restore it");
  // The other's time comes, its channel answers, and git is asked for it.
  b.wait(default_policy().override_expires + Seconds{60});
  EXPECT_TRUE(b.incident("HF-2").overrides.front().declined);
  EXPECT_TRUE(b.type("bob", "note taken", "#two")->has_value());
  EXPECT_EQ(b.incident("HF-2").hotfixes.front().head, FakeGit::kHead);
  b.store.refuses = nullptr;
  b.wait(Seconds{61});
  EXPECT_TRUE(b.incident("HF-1").overrides.front().declined);
}

TEST(Engine, AnAcknowledgementThatThrowsCostsNobodyElseTheirs) {
  Bench b;
  int answered = 0;
  b.engine->submit(b.delivery("alice", chat::Said{"1", "looking"}, "#one"),
                   [](const auto&) { throw std::runtime_error("the socket is gone"); });
  b.engine->submit(b.delivery("bob", chat::Said{"2", "looking"}, "#two"),
                   [&](const auto& a) { answered += a.has_value(); });
  EXPECT_TRUE(b.engine->run_until_idle());
  EXPECT_EQ(answered, 1);
}

// What a refused commit would have changed is not taken for granted afterwards.
TEST(Engine, ARefusedCommitLeavesNoTraceInWhatIsRemembered) {
  Bench b;
  b.type("alice", kDeclare);
  b.type("alice", "branch checkout-500");
  const auto status = [&] { return (*b.type("carol", "status"))->reply; };
  const auto before = status();
  b.store.refuse = Problem{Problem::Kind::full, "the disk is full", "make room", {}};
  EXPECT_FALSE(b.type("alice", "assess not-a-hotfix the load test ran")->has_value());
  b.store.refuse.reset();
  b.clock.advance(Seconds{3});
  EXPECT_EQ(status(), before);
  EXPECT_TRUE(b.type("alice", "note it is still open")->has_value());
  EXPECT_EQ(b.incident().timeline.back().text, "it is still open");
}

// The bot says once that it cannot read a repository, although the store refused to take that the first time.
TEST(Engine, WhatWasToBeSaidIsSaidAfterTheStoreRefusedIt) {
  Bench b;
  b.type("alice", kDeclare);
  b.type("alice", "branch checkout-500");
  b.script.expect("observe * -> credentials");
  bool down = true;
  b.store.refuses = [&](std::string_view call, const std::string&) -> std::optional<Problem> {
    if (call != "heads" || !down) return std::nullopt;
    return Problem{Problem::Kind::locked, "locked", "wait", {}};
  };
  b.store.refuse = Problem{Problem::Kind::locked, "locked", "wait", {}};
  b.wait(Seconds{61});
  EXPECT_FALSE(b.last_run.has_value());
  EXPECT_TRUE(b.script.received_all_expected());
  b.wait(Seconds{3});  // it can still not be read
  EXPECT_FALSE(b.last_run.has_value());
  EXPECT_THAT(b.chat.texts("HF-1/blind/"), ElementsAre());
  down = false;
  b.store.refuse.reset();
  b.wait(Seconds{3});
  EXPECT_THAT(b.chat.texts("HF-1/blind/shop"), ElementsAre(HasSubstr("I cannot read shop")));
  b.wait(Seconds{600});
  EXPECT_THAT(b.chat.texts("HF-1/blind/shop"), ElementsAre(HasSubstr("I can read shop again")));
}

// The commit took place and its answer was lost.
TEST(Engine, ACommitWhoseOutcomeWasLostIsCarriedOut) {
  Bench b;
  b.type("alice", kDeclare);
  const auto branch = b.delivery("alice", Delivery::CommandLine{"branch checkout-500"});
  b.store.loses_answers = true;
  EXPECT_FALSE(b.send(branch)->has_value());
  b.store.loses_answers = false;
  b.clock.advance(Seconds{3});
  EXPECT_TRUE(b.send(branch)->has_value());
  EXPECT_EQ(b.incident().hotfixes.front().base_tag, "v2.4.7");
  EXPECT_EQ(std::ranges::count(b.script.calls(), "cut hotfix/checkout-500"), 1);
  EXPECT_TRUE(b.store.pending()->empty());
}

TEST(Engine, TriesAgainWithGrowingPausesAndJitter) {
  Bench b;
  for (int n = 0; n < 10; ++n) b.script.expect("post HF-1/status -> unreachable");
  b.type("alice", kDeclare);
  const EngineOptions o;
  auto full = o.first_retry;
  for (int n = 0; n < 9; ++n) {
    const auto pending = *b.store.pending();
    ASSERT_FALSE(pending.empty());
    EXPECT_EQ(pending.front().attempts, n + 1);
    const auto pause = pending.front().not_before - b.clock.now();
    EXPECT_GE(pause, std::max(Seconds{1}, full / 2)) << n;
    EXPECT_LE(pause, full) << n;
    b.wait(pause - std::chrono::milliseconds{1});
    EXPECT_EQ(b.store.pending()->front().attempts, n + 1) << "too early";
    b.wait(std::chrono::milliseconds{1});
    full = std::min(full * 2, o.max_retry);
  }
  EXPECT_TRUE(b.script.received_all_expected());
  b.wait(o.max_retry);
  EXPECT_TRUE(b.store.pending()->empty());
  EXPECT_THAT(b.chat.text("HF-1/status"), HasSubstr("500s on checkout"));
}

TEST(Engine, WaitsAsLongAsItIsToldTo) {
  Bench b;
  b.script.expect("post HF-1/status -> rate_limited 40");
  b.type("alice", kDeclare);
  EXPECT_EQ(b.store.pending()->front().not_before - b.clock.now(), Seconds{40});
  EXPECT_EQ(*b.engine->next_due(), b.clock.now() + Seconds{40});
  b.wait(Seconds{39});
  EXPECT_EQ(b.chat.count(), 0U);
  b.wait(Seconds{1});
  EXPECT_EQ(b.chat.count(), 1U);
}

TEST(Engine, KeepsTheOrderOfOneTargetWhileAnotherGoesOn) {
  Bench b;
  b.script.expect("post HF-1/status -> rate_limited 60");
  b.type("alice", kDeclare);
  b.type("alice", "role owner @bob");
  b.type("alice", "branch checkout-500");
  EXPECT_THAT(b.script.calls(), Contains("cut hotfix/checkout-500"));  // git went on
  EXPECT_EQ(b.chat.count(), 0U);                                       // nothing overtook in the channel
  EXPECT_FALSE(b.incident().hotfixes.front().requested);
  b.wait(Seconds{60});
  const auto posts = b.chat.texts("HF-1/");
  ASSERT_GE(posts.size(), 3U);
  EXPECT_THAT(posts[0], HasSubstr("HF-1"));
  EXPECT_THAT(posts[1], HasSubstr("is owner of HF-1"));
  EXPECT_THAT(posts[2], HasSubstr("cut from v2.4.7"));
  EXPECT_THAT(b.chat.text("HF-1/status"), HasSubstr("hotfix/checkout-500"));
}

TEST(Engine, GivesUpAfterSoManyAttemptsAndSaysSo) {
  auto options = Bench::by_hand();
  options.max_attempts = 3;
  Bench b(options);
  b.type("alice", kDeclare);
  for (int n = 0; n < 3; ++n) b.script.expect("post HF-1/say/* -> unreachable");
  b.type("alice", "role owner @bob");
  for (int n = 0; n < 3; ++n) b.wait(Seconds{300});
  EXPECT_TRUE(b.script.received_all_expected());
  const auto dead = *b.store.dead_letters();
  ASSERT_EQ(dead.size(), 1U);
  EXPECT_EQ(dead.front().incident, "HF-1");
  EXPECT_EQ(dead.front().what, "scripted: unreachable");
  EXPECT_TRUE(b.store.pending()->empty());
  EXPECT_THAT(b.chat.text("HF-1/status"), HasSubstr("given up: "));
}

TEST(Engine, DoesNotTryAgainWhatWasRefused) {
  Bench b;
  b.type("alice", kDeclare);
  b.script.expect("cut hotfix/checkout-500 -> refused");
  b.type("alice", "branch checkout-500");
  EXPECT_TRUE(b.script.received_all_expected());
  EXPECT_TRUE(b.store.pending()->empty());
  EXPECT_THAT(b.chat.texts("HF-1/say/"), Contains(HasSubstr("scripted: refused")));
}

TEST(Engine, ShowsOnlyTheLatestOfWhatWasNotShownYet) {
  Bench b;
  for (const auto* line : {kDeclare, "sev 1 it is worse", "sev 3 it is better"})
    b.engine->submit(b.delivery("alice", Delivery::CommandLine{line}),
                     [](const Result<InboxAnswer>& a) { EXPECT_TRUE(a.has_value()); });
  ASSERT_TRUE(b.engine->run_until_idle());
  EXPECT_EQ(std::ranges::count(b.script.calls(), "post HF-1/status"), 1);
  EXPECT_EQ(std::ranges::count(b.script.calls(), "edit m1"), 0);
  EXPECT_THAT(b.chat.text("HF-1/status"), HasSubstr("sev-3"));
}

TEST(Engine, SaysWhatTheRecordHoldsOfEachOpenChannel) {
  Bench b;
  b.type("alice", kDeclare);
  b.send(b.delivery("bob", chat::Said{"m7", "rolled back"}));
  b.send(b.delivery("carol", chat::Reacted{"m7", "pushpin", true}));
  b.send(b.delivery("bob", chat::Said{"m8", "no"}));
  b.send(b.delivery("bob", chat::Deleted{"m8"}));
  std::optional<std::vector<Engine::OpenChannel>> known;
  b.engine->open_channels([&](std::vector<Engine::OpenChannel> all) { known = std::move(all); });
  ASSERT_TRUE(b.engine->run_until_idle());
  ASSERT_TRUE(known && known->size() == 1);
  const auto& messages = known->front().messages;
  ASSERT_EQ(messages.size(), 2u);
  EXPECT_EQ(messages.at("m7").text, "rolled back");
  EXPECT_EQ(messages.at("m7").pinned_by, std::set<std::string>{"carol"});
  EXPECT_FALSE(messages.at("m7").deleted);
  EXPECT_TRUE(messages.at("m8").deleted);
  // Who asks an engine that stops is answered too.
  b.engine->stop();
  b.engine->open_channels([&](std::vector<Engine::OpenChannel> all) { known = std::move(all); });
  EXPECT_TRUE(known->empty());
}

TEST(Engine, AnAnswerThatIsToBeRememberedIsGivenAgainAndSaysSo) {
  Bench b;
  b.type("alice", kDeclare);
  auto asked = b.delivery("bob", Delivery::CommandLine{"status"});
  asked.remember = true;
  const auto first = b.send(asked);
  ASSERT_TRUE(first && *first && (*first)->reply);
  EXPECT_FALSE((*first)->again);
  b.type("alice", "sev 1 it is worse");
  asked.what = chat::Said{"m9", "status"};  // the same thing, read from the history
  const auto second = b.send(asked);
  ASSERT_TRUE(second && *second);
  EXPECT_TRUE((*second)->again);
  EXPECT_EQ((*second)->reply, (*first)->reply);
}

TEST(Engine, SaysAgainWhatPeopleDeleted) {
  Bench b;
  b.type("alice", kDeclare);
  b.chat.delete_by_people("HF-1/status");
  b.type("alice", "sev 1 it is worse");
  EXPECT_THAT(b.chat.text("HF-1/status/after/m1"), HasSubstr("sev-1"));
  b.type("alice", "sev 2 as before");
  EXPECT_EQ(b.chat.texts("HF-1/status").size(), 2U);  // edited where it stands now
  EXPECT_THAT(b.chat.text("HF-1/status/after/m1"), HasSubstr("sev-2"));
}

// The post went out, its answer never came, and it was given up; meanwhile the text has changed.
TEST(Engine, APostFoundAgainByItsKeyReadsAsItShouldNow) {
  auto options = Bench::by_hand();
  options.max_attempts = 1;
  Bench b(options);
  b.script.expect("post HF-1/status -> lost");
  b.type("alice", kDeclare);
  EXPECT_THAT(b.chat.text("HF-1/status"), HasSubstr("sev-2"));
  b.type("alice", "sev 3 it is better");
  EXPECT_THAT(b.chat.text("HF-1/status"), HasSubstr("sev-3"));
  EXPECT_EQ(b.chat.texts("HF-1/status").size(), 1U);
}

TEST(Engine, TakesUpItsOutboxAfterARestart) {
  Bench b;
  b.script.expect("post HF-1/status -> rate_limited 60");
  b.type("alice", kDeclare);
  b.engine = b.make(Bench::by_hand());
  EXPECT_EQ(*b.engine->next_due(), b.clock.now() + Seconds{60});
  b.wait(Seconds{60});
  EXPECT_THAT(b.chat.text("HF-1/status"), HasSubstr("500s on checkout"));
}

TEST(Engine, AnotherEngineOnTheSameStoreIsNoticed) {
  Bench b;
  b.type("alice", kDeclare);
  auto other = b.make(Bench::by_hand());
  b.type("alice", "note seen by the first");
  std::optional<Result<InboxAnswer>> answer;
  other->submit(b.delivery("bob", Delivery::CommandLine{"note seen by the second"}),
                [&](const auto& a) { answer = a; });
  ASSERT_TRUE(other->run_until_idle());
  ASSERT_TRUE(answer && answer->has_value());
  b.type("alice", "note seen by the first again");
  std::vector<std::string> notes;
  for (const auto& e : b.incident().timeline)
    if (e.text.starts_with("seen")) notes.push_back(e.text);
  EXPECT_THAT(notes, ElementsAre("seen by the first", "seen by the second", "seen by the first again"));
  EXPECT_TRUE(b.store.verify("HF-1").has_value());
}

TEST(Engine, AForgeEventForTwoIncidentsIsOneCommit) {
  Bench b;
  for (const auto* channel : {"#one", "#two"}) {
    b.type("alice", kDeclare, channel);
    b.type("alice", fmt::format("branch {}", channel + 1), channel);
    b.wait(Seconds{700});  // git is asked
  }
  const auto one = b.incident("HF-1").version, two = b.incident("HF-2").version;
  b.store.appends.clear();
  forge::Check check;
  check.sha = FakeGit::kHead;
  check.context = "build";
  check.state = CheckState::passed;
  b.send(b.delivery("github", ForgeEvent{"shop", {}, "github", check}));
  EXPECT_GT(b.incident("HF-1").version, one);
  EXPECT_GT(b.incident("HF-2").version, two);
  EXPECT_EQ(b.store.appends.front(), 2U);
}

TEST(Engine, WhatWaitsForDifferentChannelsIsOneCommit) {
  Bench b;
  int answered = 0;
  for (int n = 0; n < 64; ++n)
    b.engine->submit(b.delivery("dave", chat::Said{fmt::format("m{}", n), "looking"}, fmt::format("#c{}", n)),
                     [&](const auto& a) { answered += a.has_value(); });
  ASSERT_TRUE(b.engine->run_until_idle());
  EXPECT_EQ(answered, 64);
  EXPECT_EQ(b.engine->counters().commits, 1U);
}

// The engine keeps its states by folding what it decides; an engine that reads the record must know the same.
TEST(Engine, WhatItRemembersIsWhatTheRecordGives) {
  Bench b;
  int step = 0;
  const auto same = [&](Engine& engine) {
    std::optional<Result<InboxAnswer>> answer;
    engine.submit({fmt::format("asked{}", ++step),
                   b.clock.now(),
                   {"carol", "carol"},
                   "#incidents",
                   Delivery::CommandLine{"export json"}},
                  [&](const auto& a) { answer = a; });
    EXPECT_TRUE(engine.run_until_idle());
    return (*answer)->reply;
  };
  const auto check = [&] {
    const auto other = b.make(Bench::by_hand());
    ASSERT_EQ(same(*b.engine), same(*other)) << "after step " << step;
  };
  const auto refused = [&](const Delivery& d) {  // the store does not take it the first time
    b.store.refuse = Problem{Problem::Kind::full, "the disk is full", "make room", {}};
    EXPECT_FALSE(b.send(d)->has_value());
    b.store.refuse.reset();
    b.clock.advance(Seconds{3});
    check();
    EXPECT_TRUE(b.send(d)->has_value());
    check();
  };
  b.send(b.delivery("pager", chat::Said{"1", "500s spiking"}));
  b.type("alice", kDeclare);
  check();
  for (int n = 2; n < 6; ++n) {
    const auto id = fmt::format("{}", n);
    b.send(b.delivery("dave", chat::Said{id, "rate is 3 %"}));
    b.send(b.delivery("bob", chat::Reacted{id, "pushpin", true}));
    check();
    if (n == 4) b.change_behind("HF-1");
    refused(b.delivery("dave", chat::Edited{id, "rate is 2 %"}));
    b.type("carol", "status");
    b.type("carol", "obligations");
    check();
  }
  b.send(b.delivery("dave", chat::Deleted{"3"}));
  refused(b.delivery("alice", Delivery::CommandLine{"branch checkout-500"}));
  b.wait(Seconds{61});
  for (const auto* line :
       {"pr 4821 one-line null check", "ci pass", "rca set summary an empty cart gave a 500",
        "override approvals nobody else is awake", "assess not-a-hotfix the load test ran", "reopen it was not"}) {
    b.type("alice", line);
    check();
  }
  EXPECT_GT(b.incident().timeline.size(), 8U);
}

// Both incidents have an override called O1.
TEST(Engine, AButtonBelongsToItsIncidentWhateverIsOpenInTheChannel) {
  Bench b;
  const auto ask = [&] {
    b.type("alice", kDeclare);
    b.type("alice", "branch checkout-500");
    b.wait(Seconds{61});
    b.type("alice", "override ci the runners are down");
  };
  const auto press = [&](const Button& button, const std::string& channel) {
    return (*b.send(b.delivery("bob", chat::Pressed{button.id, button.value}, channel)))->reply.value_or(Reply{});
  };
  ask();
  b.type("alice", "assess not-a-hotfix the load test ran");
  ask();
  const auto buttons = b.chat.buttons("confirm");
  ASSERT_EQ(buttons.size(), 2U);
  EXPECT_EQ(buttons[0].value, "HF-1/O1");
  EXPECT_EQ(buttons[1].value, "HF-2/O1");

  EXPECT_EQ(press(buttons[0], "#incidents").message, say("That is over."));
  EXPECT_FALSE(b.incident("HF-2").overrides.front().confirmed);
  EXPECT_FALSE(press(buttons[1], "#elsewhere").refused);
  EXPECT_TRUE(b.incident("HF-2").overrides.front().confirmed);
  EXPECT_FALSE(b.incident("HF-1").overrides.front().confirmed);
}

TEST(Engine, AButtonWithoutAnIncidentGoesToTheOneThatIsOpenInTheChannel) {
  Bench b;
  b.type("alice", kDeclare);
  b.type("alice", "branch checkout-500");
  b.wait(Seconds{61});
  b.type("alice", "override ci the runners are down");
  b.send(b.delivery("bob", chat::Pressed{"confirm", "HF-9/O1"}));
  EXPECT_FALSE(b.incident().overrides.front().confirmed);
  b.send(b.delivery("bob", chat::Pressed{"confirm", "O1"}));
  EXPECT_TRUE(b.incident().overrides.front().confirmed);
}

TEST(Engine, WhatBecomesOfAMessageIsFollowedAfterItsIncidentEnded) {
  Bench b;
  b.type("alice", kDeclare);
  b.send(b.delivery("dave", chat::Said{"1", "rate is 3 %"}));
  b.send(b.delivery("dave", chat::Said{"2", "an empty cart does it"}));
  b.type("alice", "assess not-a-hotfix the load test ran");
  b.engine = b.make(Bench::by_hand());
  b.send(b.delivery("dave", chat::Edited{"1", "rate is 2 %"}));
  EXPECT_EQ(b.incident().messages.at("1").versions.back(), "rate is 2 %");

  b.type("alice", kDeclare);  // HF-2 is open there now
  b.send(b.delivery("erin", chat::Said{"3", "here we go again"}));
  b.send(b.delivery("dave", chat::Edited{"1", "rate is 1 %"}));
  b.send(b.delivery("dave", chat::Deleted{"2"}));
  b.send(b.delivery("bob", chat::Reacted{"1", "pushpin", true}));
  b.send(b.delivery("erin", chat::Edited{"3", "here we are again"}));
  EXPECT_EQ(b.incident().messages.at("1").versions.back(), "rate is 1 %");
  EXPECT_TRUE(b.incident().messages.at("2").deleted);
  EXPECT_EQ(b.incident().timeline.back().text, "rate is 1 %");
  EXPECT_EQ(b.incident("HF-2").messages.at("3").versions.back(), "here we are again");
  EXPECT_EQ(b.incident("HF-2").messages.size(), 1U);

  b.send(b.delivery("dave", chat::Edited{"1", "of another channel"}, "#elsewhere"));
  EXPECT_EQ(b.incident().messages.at("1").versions.back(), "rate is 1 %");
}

TEST(Engine, AMessageIsLookedForInTheLastTwentyIncidentsOfItsChannel) {
  Bench b;
  for (int n = 1; n <= 21; ++n) {
    b.type("alice", kDeclare);
    b.send(b.delivery("dave", chat::Said{fmt::format("m{}", n), "before"}));
    b.type("alice", "assess not-a-hotfix the load test ran");
  }
  b.send(b.delivery("dave", chat::Edited{"m1", "after"}));
  b.send(b.delivery("dave", chat::Edited{"m2", "after"}));
  EXPECT_EQ(b.incident("HF-1").messages.at("m1").versions.back(), "before");
  EXPECT_EQ(b.incident("HF-2").messages.at("m2").versions.back(), "after");
}

TEST(Engine, ADamagedEndedIncidentDoesNotHoldUpTheEditsOfItsChannel) {
  Bench b;
  for (const auto* message : {"1", "2"}) {
    b.type("alice", kDeclare);
    b.send(b.delivery("dave", chat::Said{message, "before"}));
    b.type("alice", "assess not-a-hotfix the load test ran");
  }
  b.engine = b.make(Bench::by_hand());
  auto kind = Problem::Kind::corrupt;
  b.store.refuses = [&](std::string_view call, const std::string& id) -> std::optional<Problem> {
    if (call != "load" || id != "HF-2") return std::nullopt;
    return Problem{kind, "scripted", "restore it", {}};
  };
  EXPECT_TRUE(b.send(b.delivery("dave", chat::Edited{"1", "after"}))->has_value());
  kind = Problem::Kind::locked;  // it may hold the message: sent again
  EXPECT_FALSE(b.send(b.delivery("dave", chat::Edited{"1", "later"}))->has_value());
  b.store.refuses = nullptr;
  EXPECT_EQ(b.incident("HF-1").messages.at("1").versions.back(), "after");
}

TEST(Engine, NobodyReopensAnIncidentWhereAnotherIsOpen) {
  Bench b;
  b.type("alice", kDeclare);
  b.type("alice", "assess not-a-hotfix the load test ran");
  b.type("alice", kDeclare);
  const auto version = b.incident("HF-1").version;
  for (const auto* channel : {"#incidents", "#elsewhere"}) {
    const auto answer = *(*b.type("alice", "HF-1 reopen it is back", channel))->reply;
    EXPECT_TRUE(answer.refused);
    EXPECT_EQ(answer.message.lines, (std::vector<Line>{{plain("HF-2 is open in "), channel_link("#incidents"),
                                                        plain(": one at a time. Close it first, then reopen HF-1.")},
                                                       {plain("Type: "), code("/hotfix HF-2 close")}}));
    EXPECT_EQ(b.incident("HF-1").version, version);
  }
  b.type("alice", "assess not-a-hotfix the load test ran");
  EXPECT_FALSE((*b.type("alice", "HF-1 reopen it is back"))->reply.value_or(Reply{}).refused);
  EXPECT_FALSE(b.incident("HF-1").ended());
}

TEST(Engine, WhatIsPrivateIsToldInItsOwnChannelOnly) {
  Bench b;
  b.type("alice", "declare sev1 keys leaked --private");
  const auto own = b.incident("HF-1").channel;
  EXPECT_EQ(own, "#hf-1-private");
  for (const char* command : {"HF-1 status", "HF-1 timeline", "HF-1 export json", "HF-1 close"}) {
    const auto answer = *(*b.type("mallory", command))->reply;
    EXPECT_TRUE(answer.refused);
    EXPECT_EQ(answer.message, say("HF-1 is private: type it in its own channel."));
  }
  const auto listed = *(*b.type("mallory", "list --all"))->reply;
  ASSERT_EQ(listed.message.lines.size(), 1u);
  EXPECT_EQ(listed.message.lines[0][1].text, " sev-1 (private), declared, ");
  EXPECT_FALSE((*b.type("alice", "HF-1 status"))->reply->refused) << "who answers for it, if its channel is gone";
  EXPECT_FALSE((*b.type("alice", "status", own))->reply->refused);
  EXPECT_FALSE((*b.type("alice", "HF-1 status", own))->reply->refused);
}

TEST(Engine, AChannelThatIsInUseAgainIsNotArchived) {
  Bench b;
  b.type("alice", "declare sev2 500s --new-channel");
  const auto own = b.incident("HF-1").channel;
  b.type("alice", "assess not-a-hotfix the load test ran", own);
  b.wait(std::chrono::hours{29 * 24});
  b.type("alice", "declare sev2 again", own);
  b.wait(std::chrono::hours{3 * 24});
  EXPECT_FALSE(b.incident("HF-1").archived);
  b.type("alice", "HF-2 assess not-a-hotfix the load test ran", own);
  b.wait(std::chrono::hours{2 * 24});
  EXPECT_TRUE(b.incident("HF-1").archived);
}

TEST(Engine, WhatIsDeclaredInAPrivateChannelIsPrivate) {
  Bench b;
  b.type("alice", "declare sev1 keys leaked --private");
  const auto own = b.incident("HF-1").channel;
  b.type("alice", "assess not-a-hotfix it was a drill", own);
  b.type("alice", "declare sev1 keys leaked again", own);
  EXPECT_TRUE(b.incident("HF-2").private_channel);
}

TEST(Engine, PeopleAreLetInAfterTheChannelIsThereAndAgainWhenThatFailed) {
  Bench b;
  b.script.expect("furnish #hf-1-500s -> unreachable");
  b.type("alice", "declare sev2 500s --new-channel");
  b.wait(Seconds{10});
  EXPECT_EQ(std::ranges::count(b.script.calls(), "furnish #hf-1-500s"), 2);
}

TEST(Engine, TheFirstBookmarkIsTheIncidentsPageWhereThereAreSome) {
  Bench b;
  const auto first = [&] {
    const auto& links = b.chat.furnished.back().bookmarks;
    return links.empty() ? std::string{} : links.front().title + " " + links.front().url;
  };
  b.type("alice", "declare sev2 500s --new-channel");
  EXPECT_EQ(first(), "");
  b.engine.reset();
  b.engine = b.make(Bench::by_hand(), [](const IncidentId& id) { return "https://bot/" + id; });
  b.type("alice", "declare sev2 500s again --new-channel", "#elsewhere");
  EXPECT_EQ(first(), "Incident HF-2 https://bot/HF-2");
}

TEST(Engine, GitIsToldWhatTheRecordSaysOfProduction) {
  Bench b;
  b.type("alice", kDeclare);
  b.type("alice", "branch checkout-500");
  b.wait(Seconds{61});
  EXPECT_EQ(b.shop.known_production(), "");
  b.change_behind("HF-1", event::Deployed{"shop", "v2.4.7", "production"});
  b.store.refuses = [](std::string_view call, const std::string& of) -> std::optional<Problem> {
    if (call != "last_deployed" || of != "shop") return std::nullopt;
    return Problem{Problem::Kind::locked, "scripted", "wait", {}};
  };
  const auto calls = b.script.calls().size();
  b.wait(Seconds{61});
  EXPECT_TRUE(b.last_run.has_value());
  EXPECT_EQ(b.script.calls().size(), calls);
  b.store.refuses = nullptr;
  b.wait(Seconds{2});
  EXPECT_EQ(b.shop.known_production(), "v2.4.7");
}

TEST(Engine, CarriesAFixForwardAndTriesAgain) {
  Bench b;
  b.type("alice", kDeclare);
  b.type("alice", "branch checkout-500");
  b.type("alice", "ci passed");
  b.type("carol", "approve");
  b.type("erin", "approve");
  b.type("alice", "tag");
  ASSERT_EQ(b.incident().hotfixes.front().tag, "v2.4.8");
  b.script.expect("carry main -> unreachable");
  b.script.expect("carry main -> ok");
  b.type("alice", "mergeback open main");
  const auto carried = [&] {
    const auto said = b.chat.texts("HF-1/say/");
    return std::ranges::count_if(said, [](const auto& t) { return t.contains("hotfix-forward/checkout-500-to-main"); });
  };
  EXPECT_EQ(carried(), 0);
  b.wait(std::chrono::minutes{2});
  EXPECT_TRUE(b.script.received_all_expected());
  EXPECT_EQ(carried(), 1);
  // Refused is said once, and not tried again.
  b.script.expect("carry main -> refused");
  b.type("alice", "mergeback open main");
  b.wait(std::chrono::hours{1});
  EXPECT_TRUE(b.script.received_all_expected());
  const auto said = b.chat.texts("HF-1/say/");
  EXPECT_EQ(std::ranges::count_if(said, [](const auto& t) { return t.contains("Nothing was carried to main"); }), 1);
}

TEST(Engine, SaysWhatStandsBehindAVerdictOnce) {
  Bench b;
  b.type("alice", kDeclare);
  b.type("alice", "branch checkout-500");
  b.type("alice", "mergeback");
  b.script.expect("explain main -> ok");
  b.type("alice", "mergeback show");
  const auto told = [&](std::string_view words) {
    const auto said = b.chat.texts("HF-1/say/");
    return std::ranges::count_if(said, [&](const auto& t) { return t.contains(words); });
  };
  EXPECT_TRUE(b.script.received_all_expected());
  EXPECT_EQ(told("hotfix/checkout-500 on main: ABSENT 0 of 1 commit present\nABSENT 300fb6c guard null coupon (bob)"),
            1);
  // What failed is said, and not tried again behind their back.
  b.script.expect("explain main -> unreachable");
  b.type("alice", "mergeback show main");
  b.wait(std::chrono::hours{1});
  EXPECT_TRUE(b.script.received_all_expected());
  EXPECT_EQ(told("What stands behind main is not known: "), 1);
  EXPECT_EQ(told("hotfix/checkout-500 on main: ABSENT"), 1);
  EXPECT_TRUE(b.incident().requests.empty());
}

TEST(Engine, PostsAndEditsAreCountedForGoodPerIncident) {
  Bench b;
  b.type("alice", kDeclare, "#one");
  b.type("alice", kDeclare, "#two");
  b.type("alice", "role owner @bob", "#one");
  const MessageCounts two{1, 0};
  const auto one = *b.store.counts("HF-1");
  EXPECT_EQ(one, (MessageCounts{b.chat.texts("HF-1/").size(), 1}));  // the status card was edited
  EXPECT_EQ(*b.store.counts("HF-2"), two);
  b.script.expect("edit * -> unreachable");
  b.type("alice", "sev 1 it is worse", "#one");
  const auto before = *b.store.counts("HF-1");
  b.wait(Seconds{2});
  EXPECT_EQ(b.store.counts("HF-1")->edits, before.edits + 1) << "what failed counts when it is done";
  b.engine = b.make(Bench::by_hand());
  b.type("alice", "sev 2 it is better", "#one");
  EXPECT_EQ(b.store.counts("HF-1")->edits, before.edits + 2);
  EXPECT_EQ(*b.store.counts("HF-2"), two);
  EXPECT_EQ(*b.store.counts("HF-9"), MessageCounts{});
  const auto shown = (*b.type("alice", "export json", "#one"))->reply->message.lines;
  EXPECT_THAT(shown, Contains(Line{plain(fmt::format("  \"edits\": {}", before.edits + 2))}));
}

TEST(Engine, NumbersIncidentsInTheOrderTheyWereDeclared) {
  Bench b;
  std::vector<std::string> ids;
  for (const auto* channel : {"#one", "#two", "#three"})
    b.engine->submit(b.delivery("alice", Delivery::CommandLine{kDeclare}, channel),
                     [&](const auto& a) { ids.push_back(a->incident); });
  ASSERT_TRUE(b.engine->run_until_idle());
  EXPECT_THAT(ids, ElementsAre("HF-1", "HF-2", "HF-3"));
}

TEST(Engine, TakesTheAlertsOfTheLastHourIntoTheIncident) {
  Bench b;
  b.send(b.delivery("pager", chat::Said{"1", "an alert of yesterday"}));
  b.wait(std::chrono::hours{2});
  b.send(b.delivery("pager", chat::Said{"2", "500s spiking"}));
  b.send(b.delivery("pager", chat::Said{"3", "another channel's"}, "#other"));
  b.wait(std::chrono::minutes{5});
  b.type("alice", kDeclare);
  const auto i = b.incident();
  EXPECT_TRUE(i.messages.contains("2"));
  EXPECT_FALSE(i.messages.contains("1"));
  EXPECT_FALSE(i.messages.contains("3"));
  EXPECT_EQ(std::ranges::count(i.timeline, std::string("500s spiking"), &TimelineEntry::text), 1);
  EXPECT_TRUE(b.store.loose("#incidents", b.clock.now() - std::chrono::hours{1})->empty());
}

TEST(Engine, SaysWhatAPersonOwesOverAllIncidents) {
  Bench b;
  const auto mine = [&](const std::string& who) {
    std::string text;
    for (const auto& line : (*b.type(who, "mine", "#elsewhere"))->reply->message.lines) {
      for (const auto& span : line)
        text += span.kind == Span::Kind::due ? "<due>" : span.kind == Span::Kind::day ? "<day>" : span.text;
      text += "\n";
    }
    return text;
  };
  EXPECT_EQ(mine("alice"), "You owe nothing.\n\nNo incident is open.\n");
  b.type("alice", "declare sev2 slow", "#one");
  b.type("alice", "resolve restarted", "#one");
  b.type("bob", "declare sev1 down", "slack:T1:C2");
  b.type("bob", "action add write a test --owner alice --due 2d", "slack:T1:C2");
  EXPECT_EQ(mine("alice"),
            "You owe 2 things\n"
            "• write the RCA, HF-1 in #one, due <due>: /hotfix HF-1 rca set summary <text>\n"
            "• A1: write a test, HF-2 in C2, due <due>: /hotfix HF-2 action done A1\n"
            "\nOpen incidents\n"
            "HF-1 sev-2 slow, resolved, #one, <day>\n"
            "HF-2 sev-1 down, declared, C2, <day>\n");
  EXPECT_EQ(mine("carol"),
            "You owe nothing.\n\nOpen incidents\n"
            "HF-1 sev-2 slow, resolved, #one, <day>\nHF-2 sev-1 down, declared, C2, <day>\n");
}

TEST(Engine, TheMessageAnIncidentIsDeclaredFromIsItsAlert) {
  Bench b;
  b.send(b.delivery("pager", chat::Said{"1", "disk is 80 % full"}));
  b.send(b.delivery("support", chat::Said{"2", "customers cannot pay"}));
  b.wait(std::chrono::minutes{5});
  b.send(b.delivery("alice", Delivery::CommandLine{"declare sev1 payments fail", "2"}));
  const auto i = b.incident();
  const auto entry = std::ranges::find(i.timeline, MessageId("2"), &TimelineEntry::message);
  ASSERT_NE(entry, i.timeline.end());
  EXPECT_EQ(entry->author().name, "support");
  EXPECT_EQ(entry->milestone, Milestone::signal);
  EXPECT_EQ(std::ranges::count(i.timeline, Milestone::signal, &TimelineEntry::milestone), 1);
}

// Whether it was heard before, belongs to an incident that is over, or comes for the first time.
TEST(Engine, AMessageIsAddedToTheIncidentThatHoldsIt) {
  Bench b;
  const auto add = [&](const std::string& id) {
    const auto answer =
        b.send(b.delivery("bob", chat::Added{id, "looks like the cache", {"dave", "dave"}, b.clock.now()}));
    std::string text;
    for (const auto& span : (*answer)->reply->message.lines.front()) text += span.text;
    return text;
  };
  EXPECT_EQ(add("1"), "No incident is open in this channel.");
  EXPECT_TRUE(b.store.heads(true)->empty());
  b.type("alice", kDeclare);
  b.send(b.delivery("dave", chat::Said{"2", "looks like the cache"}));
  EXPECT_EQ(add("2"), "On the timeline of HF-1 at .");
  EXPECT_EQ(add("2"), "It is on the timeline of HF-1 already, at .");
  EXPECT_EQ(add("3"), "On the timeline of HF-1 at .");
  const auto i = b.incident();
  EXPECT_EQ(std::ranges::count(i.timeline, std::string("looks like the cache"), &TimelineEntry::text), 2);
  EXPECT_EQ(i.messages.at("3").author.name, "dave");
  b.type("alice", "assess not-a-hotfix it was a drill");
  b.type("alice", kDeclare);
  EXPECT_EQ(add("3"), "It is on the timeline of HF-1 already, at .");
  EXPECT_EQ(add("4"), "On the timeline of HF-2 at .");
  b.send(b.delivery("dave", chat::Deleted{"4"}));
  EXPECT_EQ(add("4"), "That message was deleted.");
}

TEST(Engine, AMistakeIsAnsweredAndLeavesNothingBehind) {
  Bench b;
  const auto answer = b.type("alice", "statsu");
  ASSERT_TRUE(answer && answer->has_value());
  EXPECT_TRUE((*answer)->reply->refused);
  EXPECT_TRUE(b.store.heads(true)->empty());
  EXPECT_FALSE(b.store.seen("d1")->has_value());
  EXPECT_TRUE(b.engine->counters().commits == 0);
}

}  // namespace
}  // namespace hotfixd::testing
