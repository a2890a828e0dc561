// Slack waits three seconds: what it is told by then, and what people see afterwards. No network, no real time.
#include "integrations/slack/intake.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/slack/manual_timer.hpp"
#include "tests/slack/quiet_api.hpp"

namespace hotfixd::testing {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using slack::Told;

constexpr auto kPatience = 10s;

class StoppedClock final : public Clock {
 public:
  Time now() const override { return Time{Seconds{1'794'690'000}}; }
};

// A workspace that answers when it is told to, an engine that commits when it is told to, and what came of it.
class Desk final : public testing::QuietApi {
 public:
  Desk() = default;
  ~Desk() override {
    release_names();
    intake_.stop();
    timer_.stop();
    people_.stop();
    answers_.stop();
  }

  // ---- Slack ----
  slack::ApiResult write(std::string_view method, std::string arguments, std::string_view) override {
    const auto a = json::parse(arguments);
    {
      const std::lock_guard lock(mutex_);
      ++writes_;
      changed_.notify_all();
      if (!write_fails_.empty()) {
        auto failure = std::move(write_fails_.front());
        write_fails_.pop_front();
        return std::unexpected(std::move(failure));
      }
    }
    note(fmt::format("{} to {}{}: {}", method, a.value("user", a.value("channel", "")),
                     a.contains("thread_ts") ? " in " + a["thread_ts"].get<std::string>() : "", a.value("text", "")));
    return json{{"ok", true}};
  }
  slack::ApiResult read(std::string_view, const slack::Arguments& arguments) override {
    std::unique_lock lock(mutex_);
    ++asked_;
    changed_.notify_all();
    changed_.wait(lock, [&] { return names_; });
    return json{{"ok", true}, {"user", {{"profile", {{"display_name", "Name of " + arguments[0].second}}}}}};
  }
  std::expected<void, slack::ApiFailure> respond(std::string_view url, std::string message) override {
    slack::ApiFailure failure;
    {
      const std::lock_guard lock(mutex_);
      ++responses_;
      if (!respond_fails_.empty()) {
        failure = respond_fails_.front();
        respond_fails_.pop_front();
        changed_.notify_all();
        return std::unexpected(failure);
      }
    }
    const auto m = json::parse(message);
    note(fmt::format("{} {}: {}", url, m.value("response_type", ""), m.value("text", "")));
    return {};
  }

  void release_names() {
    const std::lock_guard lock(mutex_);
    names_ = true;
    changed_.notify_all();
  }
  void responding_fails(slack::ApiFailure failure) {
    const std::lock_guard lock(mutex_);
    respond_fails_.push_back(std::move(failure));
  }
  void writing_fails(slack::ApiFailure failure) {
    const std::lock_guard lock(mutex_);
    write_fails_.push_back(std::move(failure));
  }
  // Lets a second pass until that much was written, or failed to be.
  bool pass_until_written(int times) {
    for (int n = 0; n < 1000; ++n, advance(std::chrono::seconds{1})) {
      std::unique_lock lock(mutex_);
      if (changed_.wait_for(lock, std::chrono::milliseconds{1}, [&] { return writes_ >= times; })) return true;
    }
    return false;
  }
  bool wait_asked(int times) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kPatience, [&] { return asked_ >= times; });
  }
  bool wait_responses(int times) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kPatience, [&] { return responses_ >= times; });
  }

  // ---- in ----
  void take(slack::What what) {
    slack::Incoming in;
    in.workspace.team = "T1";
    in.what = std::move(what);
    intake_.take(std::move(in), [this](Told told) {
      note(fmt::format("told {}{}", told.committed ? "ok" : "again later",
                       told.payload.empty() ? "" : ": " + json::parse(told.payload).value("text", "")));
    });
  }
  void show(slack::Place place, const std::string& text) { answers_.show(std::move(place), Reply{say(text)}); }
  void advance(std::chrono::milliseconds by) { timer_.advance(by); }
  std::size_t timers() const { return timer_.waiting(); }
  // The oldest delivery that waits is committed with this answer.
  void commit(std::optional<Reply> reply = {}) { finish(InboxAnswer{"HF-1", std::move(reply), false}); }
  void refuse() { finish(std::unexpected(Problem{Problem::Kind::full, "the disk is full", "make room", {}})); }

  // Waits until that much has happened, and gives all of it.
  std::vector<std::string> seen(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, kPatience, [&] { return seen_.size() >= count; });
    return seen_;
  }

 private:
  void note(std::string line) {
    const std::lock_guard lock(mutex_);
    seen_.push_back(std::move(line));
    changed_.notify_all();
  }
  void submit(slack::Taken taken, std::function<void(const Result<InboxAnswer>&)> done) {
    std::string what = "else";
    if (const auto* line = std::get_if<slack::Taken::CommandLine>(&taken.what)) what = "/hotfix " + line->text;
    if (const auto* said = std::get_if<chat::Said>(&taken.what)) what = said->text;
    if (const auto* edited = std::get_if<chat::Edited>(&taken.what)) what = "edit: " + edited->text;
    if (const auto* r = std::get_if<chat::Reacted>(&taken.what)) what = (r->added ? "+" : "-") + r->reaction;
    if (const auto* pressed = std::get_if<chat::Pressed>(&taken.what)) what = "press " + pressed->button;
    const std::lock_guard lock(mutex_);
    seen_.push_back(fmt::format("engine: {}: {}", taken.actor.name, what));
    waiting_.push_back(std::move(done));
    changed_.notify_all();
  }
  void finish(const Result<InboxAnswer>& answer) {
    std::function<void(const Result<InboxAnswer>&)> done;
    {
      std::unique_lock lock(mutex_);
      ASSERT_TRUE(changed_.wait_for(lock, kPatience, [&] { return !waiting_.empty(); }));
      done = std::move(waiting_.front());
      waiting_.pop_front();
    }
    done(answer);
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> seen_;
  std::deque<std::function<void(const Result<InboxAnswer>&)>> waiting_;
  std::deque<slack::ApiFailure> respond_fails_, write_fails_;
  bool names_ = false;
  int asked_ = 0, responses_ = 0, writes_ = 0;
  Policy policy_ = [] {
    Policy p;
    p.people = {{.person = {"alice", "Alice"}, .zone = {}, .github = {}, .slack = "U1"}};
    return p;
  }();
  StoppedClock clock_;
  ManualTimer timer_;
  slack::People people_{*this, policy_, clock_};
  slack::Answers answers_{*this, policy_, timer_, [this](const std::string& what) { note("log: " + what); }};
  slack::Intake intake_{{people_, answers_, timer_, policy_},
                        [this](slack::Taken t, auto done) { submit(std::move(t), std::move(done)); },
                        [this](const std::string& what) { note("log: " + what); }};
};

using Seen = std::vector<std::string>;

slack::UserRef user(const std::string& id) { return {{.team = "T1", .enterprise = {}, .org_install = false}, id, "n"}; }
slack::ChannelRef channel() { return {{.team = "T1", .enterprise = {}, .org_install = false}, "C1", {}}; }
slack::MessageRef at(int second) { return {channel(), {1'794'690'000 + second, 100}}; }

slack::SlashCommand slash(const std::string& text) {
  return {user("U1"), channel(), "/hotfix", text, "https://hooks.slack.com/x", "trigger"};
}
slack::MessagePosted said(const std::string& who, int second, const std::string& text) {
  auto author = user(who);
  author.name.clear();
  return {at(second), {author, {}, {}}, text, {}};
}
slack::MessageChanged edited(int second, const std::string& text, const std::string& event_ts) {
  return {at(second), {user("U1"), {}, {}}, text, {}, {}, event_ts};
}
slack::BlockActions press() {
  return {user("U1"), at(1), {}, false, {}, {}, {{"confirm", "b", "button", {"HF-1/O1"}, "1.5"}}, {}, "trigger"};
}

TEST(SlackAnswers, ACommandThatIsCommittedInTimeIsAnsweredOnce) {
  Desk desk;
  desk.take(slash("status"));
  EXPECT_EQ(desk.timers(), 1U);
  desk.commit(Reply{say("All is well."), false, false});
  EXPECT_EQ(desk.timers(), 0U);  // nothing is kept for what was answered
  desk.advance(10s);
  EXPECT_EQ(desk.seen(2), (Seen{"engine: Alice: /hotfix status", "told ok: All is well."}));
}

TEST(SlackAnswers, ACommandThatTakesLongerIsAnsweredNotYetAndThenThroughItsResponseUrl) {
  Desk desk;
  desk.take(slash("status"));
  desk.advance(2'499ms);
  EXPECT_EQ(desk.seen(1), (Seen{"engine: Alice: /hotfix status"}));
  desk.advance(1ms);
  desk.commit(Reply{say("All is well."), false, false});
  EXPECT_EQ(desk.seen(3),
            (Seen{"engine: Alice: /hotfix status",
                  "told ok: Not recorded yet: this takes longer than usual. The answer follows here; if none "
                  "does within a minute, type it again.",
                  "https://hooks.slack.com/x ephemeral: All is well."}));
}

TEST(SlackAnswers, WhoWasToldNotYetIsToldTheEndAlsoWhenThereIsNoAnswerOrNothingWasRecorded) {
  Desk desk;
  desk.take(slash("branch x"));
  desk.advance(3s);
  desk.commit();
  EXPECT_EQ(desk.seen(3).back(), "https://hooks.slack.com/x ephemeral: Recorded.");
  desk.take(slash("note y"));
  desk.advance(3s);
  desk.refuse();
  EXPECT_EQ(desk.seen(6).back(),
            "https://hooks.slack.com/x ephemeral: Nothing was changed: the disk is full.\nmake room");
}

TEST(SlackAnswers, AnAnswerThatIsNotTakenIsTriedAgainAndThenShownInTheChannel) {
  Desk desk;
  desk.responding_fails({{Problem::Kind::unreachable, "no route", {}, {}}, {}, false});
  desk.responding_fails({{Problem::Kind::refused, "expired_url", {}, {}}, "expired_url", false});
  desk.take(slash("status"));
  desk.advance(3s);
  desk.commit(Reply{say("All is well."), false, false});
  ASSERT_TRUE(desk.wait_responses(1));
  // The second try is due a second after the first failed, which this thread can only see by trying.
  for (int n = 0; n < 1000 && desk.seen(2).size() < 3; ++n) {
    desk.advance(1s);
    std::this_thread::sleep_for(1ms);
  }
  EXPECT_EQ(desk.seen(3).back(), "chat.postEphemeral to U1: All is well.");
}

TEST(SlackAnswers, WhatCannotBeShownInTheChannelIsShownToThePersonAlone) {
  Desk desk;
  desk.writing_fails({{Problem::Kind::refused, "not_in_channel", {}, {}}, "not_in_channel", false});
  desk.show({"C1", "U1", {}, {}}, "All is well.");
  desk.show({{}, "U2", {}, {}}, "Likewise.");
  EXPECT_THAT(desk.seen(2), ::testing::UnorderedElementsAre("chat.postMessage to U1: All is well.",
                                                            "chat.postMessage to U2: Likewise."));
}

// An ephemeral message is seen twice rather than never; a message that stays is not repeated.
TEST(SlackAnswers, WhatMayHaveArrivedIsRepeatedInTheChannelOnly) {
  const slack::ApiFailure lost{{Problem::Kind::unreachable, "status 502", {}, {}}, {}, true};
  Desk desk;
  desk.writing_fails(lost);
  desk.show({"C1", "U1", {}, {}}, "All is well.");
  ASSERT_TRUE(desk.pass_until_written(2));
  EXPECT_EQ(desk.seen(1), (Seen{"chat.postEphemeral to U1: All is well."}));
  desk.writing_fails(lost);
  desk.show({{}, "U1", {}, {}}, "All is well.");
  EXPECT_EQ(desk.seen(2).back(), "log: an answer may not have been shown: status 502");
}

TEST(SlackAnswers, WhatMayHaveArrivedTwiceIsNotShownAThirdTime) {
  const slack::ApiFailure lost{{Problem::Kind::unreachable, "status 502", {}, {}}, {}, true};
  Desk desk;
  desk.writing_fails(lost);
  desk.writing_fails(lost);
  desk.show({"C1", "U1", {}, {}}, "All is well.");
  ASSERT_TRUE(desk.pass_until_written(2));
  EXPECT_EQ(desk.seen(1), (Seen{"log: an answer may not have been shown: status 502"}));
  desk.advance(600s);
  EXPECT_EQ(desk.seen(1).size(), 1U);
}

// One that waits for Slack holds up nobody else's.
TEST(SlackAnswers, AnAnswerThatIsTriedAgainLaterDoesNotHoldUpTheNext) {
  Desk desk;
  desk.writing_fails({{Problem::Kind::rate_limited, "later", {}, Seconds{30}}, "ratelimited", false});
  desk.show({"C1", "U1", {}, {}}, "First.");
  desk.show({"C1", "U2", {}, {}}, "Second.");
  EXPECT_EQ(desk.seen(1), (Seen{"chat.postEphemeral to U2: Second."}));  // no time has passed
  ASSERT_TRUE(desk.pass_until_written(3));
  EXPECT_EQ(desk.seen(2).back(), "chat.postEphemeral to U1: First.");
}

TEST(SlackAnswers, APressIsAcknowledgedInTimeAndItsPersonSeesTheEnd) {
  Desk desk;
  desk.take(press());
  desk.advance(2'500ms);
  EXPECT_EQ(desk.seen(3), (Seen{"engine: Alice: press confirm", "told ok",
                                "chat.postEphemeral to U1: Not recorded yet: this takes longer than usual. The "
                                "answer follows here; if none does within a minute, type it again."}));
  desk.commit();
  EXPECT_EQ(desk.seen(4).back(), "chat.postEphemeral to U1: Recorded.");
}

TEST(SlackAnswers, APressThatIsNotRecordedIsAcknowledgedAndSaysSo) {
  Desk desk;
  desk.take(press());
  desk.refuse();
  auto seen = desk.seen(3);
  std::ranges::sort(seen);
  EXPECT_EQ(seen, (Seen{"chat.postEphemeral to U1: Nothing was changed: the disk is full.\nmake room",
                        "engine: Alice: press confirm", "told ok"}));
}

TEST(SlackAnswers, AnEventThatIsNotCommittedIsLeftForRedelivery) {
  Desk desk;
  desk.take(said("U1", 1, "rolled back"));
  desk.advance(10s);
  EXPECT_EQ(desk.seen(1), (Seen{"engine: Alice: rolled back"}));
  desk.refuse();
  EXPECT_EQ(desk.seen(2).back(), "told again later");
}

TEST(SlackNames, AreWaitedForASecondAndHoldUpNothingElse) {
  Desk desk;
  desk.take(said("U2", 1, "first"));
  desk.take(said("U1", 2, "second"));
  ASSERT_TRUE(desk.wait_asked(1));  // users.info does not answer
  desk.take(slash("status"));
  desk.take(press());
  EXPECT_EQ(desk.seen(2), (Seen{"engine: Alice: /hotfix status", "engine: Alice: press confirm"}));
  desk.advance(1s);  // the order of messages is kept, and the id does
  EXPECT_EQ(desk.seen(4), (Seen{"engine: Alice: /hotfix status", "engine: Alice: press confirm", "engine: U2: first",
                                "engine: Alice: second"}));
}

TEST(SlackNames, ThatComeInTimeAreUsed) {
  Desk desk;
  desk.take(said("U2", 1, "with <@U3>"));
  ASSERT_TRUE(desk.wait_asked(1));
  desk.release_names();
  EXPECT_EQ(desk.seen(1), (Seen{"engine: Name of U2: with @Name of U3"}));
}

TEST(SlackOrder, AnOlderEditDoesNotUndoANewerOne) {
  Desk desk;
  desk.take(said("U1", 1, "a"));
  desk.take(edited(1, "c", "1794690003.000000"));
  desk.take(edited(1, "b", "1794690002.000000"));
  desk.take(edited(1, "c", "1794690003.000000"));  // redelivered: the inbox knows it
  EXPECT_EQ(desk.seen(4), (Seen{"engine: Alice: a", "engine: Alice: edit: c", "told ok", "engine: Alice: edit: c"}));
}

TEST(SlackOrder, WhatChangesAMessageBeforeItCameIsDoneAfterIt) {
  Desk desk;
  desk.take(edited(1, "b", "1794690002.000000"));
  desk.take(slack::Reaction{at(1), user("U1"), "pushpin", true, "1794690003.000000"});
  desk.take(said("U1", 1, "a"));
  EXPECT_EQ(desk.seen(5), (Seen{"engine: Alice: edit: b", "engine: Alice: +pushpin", "engine: Alice: a",
                                "engine: Alice: edit: b", "engine: Alice: +pushpin"}));
}

}  // namespace
}  // namespace hotfixd::testing
