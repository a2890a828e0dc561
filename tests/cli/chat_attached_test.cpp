// A terminal's end of chat.sock, against an end that does what the test wants.
#include "bot/cli/chat_attached.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <thread>

#include "bot/net/line_socket.hpp"

namespace hotfixd::cli {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class AttachedIntake : public ::testing::Test {
 protected:
  AttachedIntake() {
    char name[] = "/tmp/hotfixd-attach-XXXXXX";
    folder_ = ::mkdtemp(name);
  }
  ~AttachedIntake() override {
    intake_.reset();
    running_.reset();
    server_.reset();
    store_.reset();
    std::filesystem::remove_all(folder_);
  }

  std::string path() const { return folder_ + "/chat.sock"; }
  // Answers each hello with its own; `last` instead, when it says something.
  void serve(std::string last = {}) {
    net::LineServerOptions options;
    options.path = path();
    options.line = [this, last](net::PeerId peer, const std::string&) {
      peer_ = peer;
      if (last == "(nothing)")
        server_->dismiss(peer, "");
      else if (!last.empty())
        server_->dismiss(peer, wire::encode(wire::FromBot(wire::Farewell{last})));
      else
        server_->send(peer, wire::encode(wire::FromBot(wire::Hello{.pid = 7})));
    };
    options.closed = [](net::PeerId) {};
    options.farewell = [](const std::string& why) { return why; };
    options.report = [](const Problem&) {};
    server_ = *net::listen_lines(std::move(options));
    server_->start();
  }
  void attach() {
    store_ = *local::ChannelStore::open(folder_ + "/channel.db");
    running_ = *Attachment::open(path());
    intake_ = attached_intake(*store_, *running_, [] {});
  }
  std::vector<std::string> news(std::size_t count) {
    std::vector<std::string> all;
    for (const auto until = steady_clock::now() + 10s; all.size() < count && steady_clock::now() < until;) {
      intake_->pump(steady_clock::now());
      for (auto& line : intake_->news()) all.push_back(std::move(line));
      std::this_thread::sleep_for(5ms);
    }
    return all;
  }

  std::string folder_;
  std::atomic<net::PeerId> peer_ = 0;
  std::unique_ptr<net::LineServer> server_;
  std::unique_ptr<local::ChannelStore> store_;
  std::unique_ptr<Attachment> running_;
  std::unique_ptr<ChatIntake> intake_;
};

TEST_F(AttachedIntake, OneThatClosedIsNotCalledOneThatHangs) {
  serve("(nothing)");
  const auto closed = Attachment::open(path());
  ASSERT_FALSE(closed);
  EXPECT_THAT(closed.error().what + closed.error().mend,
              ::testing::AllOf(HasSubstr("closed the connection"), ::testing::Not(HasSubstr("end it"))));
}

TEST_F(AttachedIntake, AConnectionThatEndedIsNotABotThatIsGone) {
  serve();
  attach();
  server_->dismiss(peer_, wire::encode(wire::FromBot(wire::Farewell{"it was silent"})));
  EXPECT_THAT(news(2),
              ElementsAre("The connection to hotfixd (pid 7) ended: it was silent. What you type is kept; it is "
                          "connected to again.",
                          "Attached again to the running hotfixd (pid 7)."));
  server_.reset();
  EXPECT_THAT(news(2), ElementsAre(HasSubstr("(pid 7) ended. "), HasSubstr("hotfixd (pid 7) is gone.")));
}

TEST_F(AttachedIntake, AFileThatCannotBeReadIsReadALittleLater) {
  serve();
  attach();
  const auto typed = store_->command("#incidents", {"alice", "alice"}, "status", Time{});
  ASSERT_TRUE(typed);
  intake_->offer(*typed);
  ASSERT_TRUE(store_->settle(typed->delivery_id, std::nullopt));
  const auto sql = [&](const char* text) {
    SQLite::Database(folder_ + "/channel.db", SQLite::OPEN_READWRITE).exec(text);
  };
  sql("ALTER TABLE incoming RENAME TO elsewhere");
  server_->send(peer_, wire::encode(wire::FromBot(wire::Changed{})));
  for (int n = 0; n < 1000 && !intake_->next_due(); ++n) {
    intake_->pump(steady_clock::now());
    std::this_thread::sleep_for(5ms);
  }
  ASSERT_TRUE(intake_->next_due());
  EXPECT_EQ(intake_->waiting(), 1u);
  sql("ALTER TABLE elsewhere RENAME TO incoming");
  intake_->pump(*intake_->next_due());  // nothing more is said by the bot
  EXPECT_EQ(intake_->waiting(), 0u);
  EXPECT_FALSE(intake_->next_due());
}

}  // namespace
}  // namespace hotfixd::cli
