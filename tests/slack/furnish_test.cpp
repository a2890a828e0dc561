// What an incident's own channel gets, call by call, against a Slack that answers from a list.
#include "integrations/slack/furnish.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>

#include "tests/slack/quiet_api.hpp"

namespace hotfixd::slack {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class ListedApi final : public testing::QuietApi {
 public:
  ApiResult write(std::string_view method, std::string arguments, std::string_view) override {
    return next(fmt::format("{} {}", method, arguments));
  }
  ApiResult read(std::string_view method, const Arguments& arguments) override {
    std::string call(method);
    for (const auto& [name, value] : arguments) call += fmt::format(" {}={}", name, value);
    return next(call);
  }

  std::vector<std::string> calls;
  std::deque<ApiResult> answers;  // then {"ok":true}

 private:
  ApiResult next(std::string call) {
    calls.push_back(std::move(call));
    if (answers.empty()) return json{{"ok", true}};
    auto answer = std::move(answers.front());
    answers.pop_front();
    return answer;
  }
};

ApiResult refused(std::string error, Problem::Kind kind = Problem::Kind::refused) {
  return std::unexpected(ApiFailure{{kind, error, {}, {}}, error, false});
}

class TestClock final : public Clock {
 public:
  Time now() const override { return at; }
  Time at{Seconds{1'794'690'000}};
};

class Furnish : public ::testing::Test {
 protected:
  Furnish() { policy.people = {{.person = {"alice", "Alice"}, .zone = {}, .github = {}, .slack = "U1"}}; }

  Result<void> furnish(const effect::FurnishChannel& wanted) {
    return slack::furnish(api, groups, policy, "T1", "C9", wanted,
                          [this](const Problem& p) { reported.push_back(p.what); });
  }

  ListedApi api;
  TestClock clock;
  Groups groups{api, clock};
  Policy policy;
  std::vector<std::string> reported;
};

json groups_answer() {
  return {{"ok", true},
          {"usergroups", json::array({{{"id", "S1"}, {"handle", "oncall"}, {"users", {"U2", "U1", "U3"}}},
                                      {{"id", "S2"}, {"handle", "empty"}},
                                      "not a group"})}};
}

TEST_F(Furnish, PeopleAreInvitedOnceWhoeverNamesThem) {
  api.answers = {groups_answer()};
  ASSERT_TRUE(furnish({.channel = "slack:T1:C9",
                       .people = {{"alice", "Alice"}, {"U4", "Dave"}, {"bob", "Bob"}},
                       .groups = {"@oncall", "@empty", "@nobody"}}));
  EXPECT_THAT(api.calls, ElementsAre("usergroups.list include_users=true team_id=T1",
                                     R"(conversations.invite {"channel":"C9","force":true,"users":"U1,U4,U2,U3"})"));
  EXPECT_THAT(reported, ElementsAre("bob could not be invited: no Slack member is known for that person",
                                    "@nobody could not be invited: there is no such group"));
}

TEST_F(Furnish, WhoIsInAlreadyIsNoFailure) {
  api.answers = {refused("already_in_channel"), refused("cant_invite_self")};
  EXPECT_TRUE(furnish({.people = {{"U1", ""}}}));
  EXPECT_TRUE(furnish({.people = {{"U0BOT", ""}}}));
  EXPECT_THAT(reported, IsEmpty());
}

TEST_F(Furnish, AHundredAtATime) {
  effect::FurnishChannel wanted;
  for (int n = 0; n < 101; ++n) wanted.people.push_back({fmt::format("U{}", 100 + n), {}});
  ASSERT_TRUE(furnish(wanted));
  ASSERT_EQ(api.calls.size(), 2u);
  EXPECT_EQ(api.calls.back(), R"(conversations.invite {"channel":"C9","force":true,"users":"U200"})");
}

TEST_F(Furnish, WhatWillNotPassIsReportedAndTheRestIsDone) {
  api.answers = {refused("user_is_restricted"), refused("missing_scope", Problem::Kind::credentials)};
  EXPECT_TRUE(furnish({.topic = "HF-1", .people = {{"U1", ""}}, .bookmarks = {{"PR #7", "https://forge.example/7"}}}));
  EXPECT_THAT(reported, ElementsAre("user_is_restricted", "missing_scope"));
  EXPECT_THAT(
      api.calls,
      ElementsAre(
          R"(conversations.invite {"channel":"C9","force":true,"users":"U1"})",
          R"(conversations.setTopic {"channel":"C9","topic":"HF-1"})", "bookmarks.list channel_id=C9",
          R"(bookmarks.add {"channel_id":"C9","link":"https://forge.example/7","title":"PR #7","type":"link"})"));
}

TEST_F(Furnish, WhatMayPassIsTriedAgain) {
  api.answers = {refused("internal_error", Problem::Kind::unreachable)};
  const auto done = furnish({.people = {{"U1", ""}}, .bookmarks = {{"PR #7", "https://forge.example/7"}}});
  ASSERT_FALSE(done);
  EXPECT_TRUE(done.error().retryable());
  EXPECT_EQ(api.calls.size(), 1u);
}

TEST_F(Furnish, ALinkThatIsThereIsNotAddedAgain) {
  api.answers = {json{{"ok", true}, {"bookmarks", json::array({{{"link", "https://forge.example/7"}}})}}};
  ASSERT_TRUE(furnish({.bookmarks = {{"PR #7", "https://forge.example/7"}}}));
  EXPECT_THAT(api.calls, ElementsAre("bookmarks.list channel_id=C9"));
}

TEST_F(Furnish, GroupsAreAskedForEveryFiveMinutesAndKeptWhenSlackIsDown) {
  api.answers = {groups_answer()};
  ASSERT_TRUE(groups.all("T1"));
  ASSERT_TRUE(groups.all("T1"));
  EXPECT_EQ(api.calls.size(), 1u);
  clock.at += Seconds{301};
  api.answers = {refused("fatal_error", Problem::Kind::unreachable)};
  const auto kept = groups.all("T1");
  ASSERT_TRUE(kept);
  EXPECT_THAT(kept->at("oncall").members, ElementsAre("U2", "U1", "U3"));
  EXPECT_EQ(api.calls.size(), 2u);
}

TEST_F(Furnish, ATopicIsCutBetweenCharacters) {
  const std::string topic = std::string(249, 'x') + "ü";
  ASSERT_TRUE(set_topic(api, "C9", topic, {}));
  EXPECT_EQ(api.calls.front(),
            fmt::format(R"(conversations.setTopic {{"channel":"C9","topic":"{}"}})", std::string(249, 'x')));
}

}  // namespace
}  // namespace hotfixd::slack
