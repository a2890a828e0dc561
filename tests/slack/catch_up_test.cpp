// What was said, changed and asked while nobody listened is in the record afterwards, once and in order.
#include "tests/slack/world.hpp"

namespace hotfixd::testing {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class CatchUp : public ::testing::TestWithParam<Mode> {};

TEST_P(CatchUp, WhatHappenedWhileTheBotWasAwayIsInTheRecord) {
  World world(GetParam());
  auto& slack = world.slack;
  world.command("U1", "declare sev2 500s on /checkout");
  const auto first = slack.say("U2", "pool is full");
  world.event(first);
  world.event(slack.react(first["ts"], "U1", "pushpin"));
  const auto kept = slack.say("U3", "and the queue too");
  world.event(kept);
  world.event(slack.react(kept["ts"], "U3", "pushpin"));
  EXPECT_THAT(world.timeline(), ElementsAre("declared sev-2: 500s on /checkout", "Name of U2: pool is full",
                                            "Name of U3: and the queue too"));
  world.end();

  slack.edit(first["ts"], "the pool is full");
  slack.react(kept["ts"], "U3", "pushpin", false);
  const auto missed = slack.say("U2", "rolled back");
  slack.react(missed["ts"], "U2", "eyes");
  slack.react(missed["ts"], "U2", "pushpin");
  const auto reply = slack.say("U3", "since 21:00", first["ts"]);
  slack.pin(reply["ts"], "U3");
  slack.pin(slack.say("U1", "told support", first["ts"], true)["ts"], "U1");

  world.begin();
  ASSERT_TRUE(world.wait_caught_up(1));
  // What was unpinned meanwhile stays: Slack cannot tell it from what was added by a message's menu.
  const auto expected =
      ElementsAre("declared sev-2: 500s on /checkout", "Name of U2: the pool is full", "Name of U3: and the queue too",
                  "Name of U2: rolled back", "Name of U3: since 21:00", "Alice: told support");
  EXPECT_THAT(world.timeline(), expected);

  // Slack delivers late what was caught up already, and the bot is started once more.
  world.event(missed);
  world.event(reply);
  world.end();
  world.begin();
  ASSERT_TRUE(world.wait_caught_up(1));
  EXPECT_THAT(world.timeline(), expected);
}

TEST_P(CatchUp, ACommandIsNotCarriedOutLateAndItsAuthorIsTold) {
  World world(GetParam());
  auto& slack = world.slack;
  world.command("U1", "declare sev2 slow");
  const auto answered = slack.say("U2", "<@U0BOT> status");
  world.event(answered);
  EXPECT_EQ(slack.wait_for_ephemeral("HF-1").user, "U2");
  world.end();
  const auto thread = slack.say("U3", "shall we tag?");
  const auto asked = slack.say("U3", "<@U0BOT> resolve all is well", thread["ts"]);
  slack.pin(asked["ts"], "U3");
  world.begin();
  ASSERT_TRUE(world.wait_caught_up(1));
  const auto told = slack.wait_for_ephemeral("was not carried out");
  EXPECT_EQ(told.user, "U3");
  EXPECT_EQ(told.thread, thread["ts"].get<std::string>());
  EXPECT_THAT(world.timeline(), ElementsAre("declared sev-2: slow", "Name of U3: @Name of U0BOT resolve all is well"));
  world.event(asked);  // delivered late, it does nothing either
  EXPECT_THAT(world.command("U1", "status"), ::testing::Not(HasSubstr("resolved")));
  // Neither the question that was answered nor, after another start, this one is told about again.
  world.end();
  world.begin();
  ASSERT_TRUE(world.wait_caught_up(1));
  EXPECT_EQ(slack.ephemerals(), 2u);
}

TEST_P(CatchUp, PagesAreReadToTheEndAndWaitedFor) {
  World world(GetParam());
  auto& slack = world.slack;
  world.command("U1", "declare sev2 slow");
  world.end();
  slack.page_limit(2);
  for (int n = 1; n <= 5; ++n) slack.pin(slack.say("U1", "step " + std::to_string(n))["ts"], "U1");
  slack.fail_next("conversations.history", FakeSlack::Failure::rate_limited);
  slack.fail_next("conversations.history", FakeSlack::Failure::refused);
  world.begin();
  ASSERT_TRUE(world.wait_caught_up(1));
  EXPECT_THAT(world.timeline(), ElementsAre("declared sev-2: slow", "Alice: step 1", "Alice: step 2", "Alice: step 3",
                                            "Alice: step 4", "Alice: step 5"));
}

INSTANTIATE_TEST_SUITE_P(Modes, CatchUp, ::testing::Values(Mode::socket, Mode::http),
                         [](const auto& info) { return info.param == Mode::socket ? "Socket" : "Http"; });

TEST(CatchUp, WhatWasMissedBetweenTwoSocketsIsRead) {
  World world(Mode::socket);
  auto& slack = world.slack;
  world.command("U1", "declare sev2 slow");
  ASSERT_TRUE(world.wait_caught_up(1));
  slack.pin(slack.say("U1", "unheard")["ts"], "U1");
  slack.cut(1);
  ASSERT_TRUE(world.eventually([&] { return world.timeline().size() == 2; }));
  EXPECT_THAT(world.timeline(), ElementsAre("declared sev-2: slow", "Alice: unheard"));
}

}  // namespace
}  // namespace hotfixd::testing
