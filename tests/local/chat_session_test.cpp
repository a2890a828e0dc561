// What a number that is typed chooses.
#include "bot/cli/chat_session.hpp"

#include <gtest/gtest.h>

#include "tests/local/fake_engine.hpp"

namespace hotfixd::testing {
namespace {

using namespace std::chrono_literals;

class Choices : public ::testing::Test {
 protected:
  std::string card(const std::string& key, std::vector<Button> buttons, const ChannelId& channel = "#incidents") {
    Message message = say(key);
    message.buttons = std::move(buttons);
    return *chat_->post({.key = key, .channel = channel, .message = std::move(message)});
  }
  void edit(const std::string& id, const std::string& text, std::vector<Button> buttons) {
    Message message = say(text);
    message.buttons = std::move(buttons);
    ASSERT_TRUE(chat_->edit("#incidents", id, message));
  }
  void look() {
    for (auto& block : feed_.take(std::chrono::steady_clock::now(), true)) printed_ += block + "\n";
  }
  // What is said to it, and what was pressed.
  std::string type(const std::string& line) {
    printed_.clear();
    session_.enter(line);
    std::string all = printed_;
    for (const auto& d : *store_->undelivered()) {
      if (const auto* pressed = std::get_if<chat::Pressed>(&d.what))
        all += "pressed " + pressed->button + " " + pressed->value + "\n";
      EXPECT_TRUE(store_->settle(d.delivery_id, std::nullopt));
    }
    return all;
  }

  FixedClock clock_;
  std::unique_ptr<local::ChannelStore> store_ = *local::ChannelStore::open(":memory:");
  std::unique_ptr<ChatPlatform> chat_ = local::create_local_platform(*store_, clock_);
  cli::ChatOptions options_;
  cli::ChatPlace place_{"#incidents", {"alice", "alice"}};
  cli::ChatPorts ports_{*store_, clock_, [](Delivery, Acknowledge) {}, [] { return true; }};
  std::unique_ptr<cli::ChatIntake> intake_ = cli::engine_intake(ports_, [] {});
  cli::ChatFeed feed_{*store_, {.zone = "UTC"}, place_, [] {}};
  std::string printed_;
  cli::ChatSession session_{options_, ports_, place_,
                            *intake_, feed_,  [this](std::string block) { printed_ += block + "\n"; }};
};

TEST_F(Choices, AreThoseThatWereShown) {
  card("status", {{"approve", "Approve h1", "HF-1/shop@h1", true}});
  look();
  card("other", {{"close", "Close", "HF-1/", false}});  // not shown yet
  EXPECT_EQ(type("1"), "* alice chose [1] Approve h1 of #1\npressed approve HF-1/shop@h1\n");
  look();
  EXPECT_EQ(type("1"), "* alice chose [1] Close of #2\npressed close HF-1/\n");
}

TEST_F(Choices, ThatChangedMeanwhileAreShownAndNotPressed) {
  const auto id = card("status", {{"approve", "Approve h1", "HF-1/shop@h1", true}});
  look();
  edit(id, "status", {{"tag", "Tag v2.4.8", "HF-1/shop@h1", true}});
  EXPECT_EQ(type("1"),
            "* Nothing was pressed: the choices of #1 changed since they were shown. Now it reads:\n"
            "21:04 hotfixd (edited): status\n"
            "      [1] Tag v2.4.8\n");
  EXPECT_EQ(type("1"), "* alice chose [1] Tag v2.4.8 of #1\npressed tag HF-1/shop@h1\n");
}

TEST_F(Choices, OfAnEditThatDidNotShowThemAreNotMeant) {
  const auto id = card("status", {{"assess", "Reproduced", "HF-1/", false}});
  card("other", {{"close", "Close", "HF-1/", false}});
  look();
  edit(id, "more", {{"assess", "Reproduced", "HF-1/", false}});
  look();
  EXPECT_EQ(type("1"), "* alice chose [1] Close of #2\npressed close HF-1/\n");
}

TEST_F(Choices, ThatWereNeverShownAreNotPressed) {
  card("status", {{"close", "Close", "HF-1/", false}});
  EXPECT_EQ(type("/press 1"),
            "* Nothing was pressed: the choices of #1 were not shown yet. Now it reads:\n"
            "21:04 hotfixd: status\n"
            "      [1] Close\n");
  EXPECT_EQ(type("/press 1"), "* alice chose [1] Close of #1\npressed close HF-1/\n");
}

}  // namespace
}  // namespace hotfixd::testing
