// What every ChatPlatform must do. A platform's test includes this, implements PlatformUnderTest and says
//   INSTANTIATE_TEST_SUITE_P(Local, ChatPlatformContract, ::testing::Values(&make_local));
#pragma once

#include <gtest/gtest.h>

#include <memory>

#include "bot/ports/chat_platform.hpp"

namespace hotfixd::testing {

// A platform together with a view of the world behind it.
class PlatformUnderTest {
 public:
  virtual ~PlatformUnderTest() = default;
  virtual ChatPlatform& platform() = 0;
  virtual void restart() = 0;  // the process dies and starts again; the world stays
  struct Seen {
    MessageId id;
    Message message;
    bool pinned = false;
    bool operator==(const Seen&) const = default;
  };
  virtual std::vector<Seen> seen(const ChannelId& channel) = 0;  // the bot's messages, oldest first
  virtual void someone_deletes(const ChannelId& channel, const MessageId& id) = 0;
  // How this platform names a channel, and one that is asked for by name.
  virtual ChannelId channel() const { return "#incidents"; }
  virtual ChannelId named(const std::string& name) const { return "#" + name; }
};

class ChatPlatformContract : public ::testing::TestWithParam<std::unique_ptr<PlatformUnderTest> (*)()> {
 protected:
  std::unique_ptr<PlatformUnderTest> world_ = GetParam()();
  const ChannelId channel_ = world_->channel();

  MessageId post(const std::string& key, const Message& message, bool pin = false, bool again = false) {
    auto id = world_->platform().post(
        {.key = key, .channel = channel_, .message = message, .pin = pin, .maybe_posted = again});
    EXPECT_TRUE(id.has_value()) << (id ? "" : id.error().what);
    return id.value_or("");
  }
};

TEST_P(ChatPlatformContract, WhatIsPostedIsSeenInOrder) {
  const MessageId first = post("k1", say("one")), second = post("k2", say("two"));
  EXPECT_NE(first, second);
  EXPECT_EQ(world_->seen(channel_),
            (std::vector<PlatformUnderTest::Seen>{{first, say("one"), false}, {second, say("two"), false}}));
}

TEST_P(ChatPlatformContract, TheSameKeyIsPostedOnce) {
  if (!world_->platform().capabilities().recognises_key) GTEST_SKIP() << "the platform says that it cannot";
  const MessageId first = post("k1", say("one"));
  EXPECT_EQ(post("k1", say("one"), false, true), first);
  EXPECT_EQ(world_->seen(channel_).size(), 1u);
}

TEST_P(ChatPlatformContract, TheSameKeyIsPostedOnceAlsoAfterARestart) {
  if (!world_->platform().capabilities().recognises_key) GTEST_SKIP() << "the platform says that it cannot";
  const MessageId first = post("k1", say("one"));
  world_->restart();
  EXPECT_EQ(post("k1", say("one"), false, true), first);
  EXPECT_EQ(world_->seen(channel_).size(), 1u);
}

TEST_P(ChatPlatformContract, AnEditReplacesTheMessageInPlace) {
  if (!world_->platform().capabilities().edits) GTEST_SKIP() << "the platform says that it cannot";
  const MessageId first = post("k1", say("one")), second = post("k2", say("two"));
  ASSERT_TRUE(world_->platform().edit(channel_, first, say("changed")).has_value());
  ASSERT_TRUE(world_->platform().edit(channel_, first, say("changed")).has_value()) << "twice leaves the world as once";
  EXPECT_EQ(world_->seen(channel_),
            (std::vector<PlatformUnderTest::Seen>{{first, say("changed"), false}, {second, say("two"), false}}));
}

TEST_P(ChatPlatformContract, AnEditOfADeletedMessageIsNotFound) {
  const MessageId id = post("k1", say("one"));
  world_->someone_deletes(channel_, id);
  const auto edited = world_->platform().edit(channel_, id, say("two"));
  ASSERT_FALSE(edited.has_value());
  EXPECT_EQ(edited.error().kind, Problem::Kind::not_found);
}

TEST_P(ChatPlatformContract, AnEditOfWhatNeverWasIsNotFound) {
  for (const MessageId id : {"987654", "no number", ""}) {
    const auto edited = world_->platform().edit(channel_, id, say("two"));
    ASSERT_FALSE(edited.has_value()) << id;
    EXPECT_EQ(edited.error().kind, Problem::Kind::not_found) << id;
  }
}

TEST_P(ChatPlatformContract, PinsStayOverEdits) {
  if (!world_->platform().capabilities().pins) GTEST_SKIP() << "the platform says that it cannot";
  const MessageId id = post("k1", say("status"), true);
  ASSERT_TRUE(world_->platform().edit(channel_, id, say("newer")).has_value());
  EXPECT_EQ(world_->seen(channel_), (std::vector<PlatformUnderTest::Seen>{{id, say("newer"), true}}));
}

TEST_P(ChatPlatformContract, AnExistingChannelIsItsOwnEarlierSuccess) {
  EXPECT_TRUE(world_->platform().create_channel(world_->named("hf-1"), "checkout").has_value());
  EXPECT_TRUE(world_->platform().create_channel(world_->named("hf-1"), "checkout").has_value());
}

}  // namespace hotfixd::testing
