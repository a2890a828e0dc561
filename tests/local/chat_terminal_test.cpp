// The chat client on a pseudo-terminal: what reaches the screen while somebody is typing.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <pty.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <thread>

#include "bot/cli/chat.hpp"
#include "tests/local/fake_engine.hpp"
#include "tests/local/temporary_folder.hpp"

namespace hotfixd::testing {
namespace {

using namespace std::chrono_literals;

// A client on a pseudo-terminal of 60 columns. type() is what the keyboard sends; wait_for() reads the screen.
class Screen {
 public:
  explicit Screen(FakeEngine::Script script, std::string history = "") : engine_(*store_, clock_, std::move(script)) {
    ::setenv("TERM", "xterm", 1);
    ::setenv("HOME", "/nonexistent", 1);  // no .editrc of the person who runs the tests
    winsize size{.ws_row = 24, .ws_col = 60, .ws_xpixel = 0, .ws_ypixel = 0};
    EXPECT_EQ(::openpty(&master_, &slave_, nullptr, nullptr, &size), 0);
    options_.person = {"alice", "alice"};
    options_.color = false;
    options_.verbs = {"assess", "declare", "mergeback", "mitigate"};
    options_.input = options_.output = slave_;
    options_.history = std::move(history);
    client_ = std::thread([this] { code_ = cli::run_chat(options_, engine_.ports(*store_, clock_)); });
    wait_for("alice> ");
    // What is typed before the client has taken over the terminal would be echoed by the driver, not by it.
    termios mode{};
    for (int n = 0; n < 1000 && ::tcgetattr(slave_, &mode) == 0 && (mode.c_lflag & ECHO) != 0; ++n) ::usleep(10'000);
    EXPECT_EQ(mode.c_lflag & ECHO, 0u);
  }
  ~Screen() {
    if (client_.joinable()) quit();
    ::close(master_), ::close(slave_);
  }

  void type(std::string_view keys) {
    EXPECT_EQ(::write(master_, keys.data(), keys.size()), static_cast<ssize_t>(keys.size()));
  }
  // What the screen got from the last call up to and including `text`.
  std::string wait_for(const std::string& text) {
    const auto limit = std::chrono::steady_clock::now() + 10s;
    for (;;) {
      if (const auto at = unread_.find(text); at != std::string::npos) {
        const std::string seen = unread_.substr(0, at + text.size());
        unread_.erase(0, seen.size());
        return seen;
      }
      if (std::chrono::steady_clock::now() > limit) {
        ADD_FAILURE() << "waited for '" << text << "', the screen got: " << unread_;
        return unread_;
      }
      read_more(100);
    }
  }
  int quit() {
    type("\x15/quit\r");
    while (code_ < 0 && read_more(100)) {
    }
    client_.join();
    return code_;
  }
  FakeEngine& engine() { return engine_; }
  ChatPlatform& chat() { return engine_.chat(); }

 private:
  bool read_more(int ms) {
    pollfd p{master_, POLLIN, 0};
    if (::poll(&p, 1, ms) <= 0) return true;
    char bytes[4096];
    const auto n = ::read(master_, bytes, sizeof bytes);
    if (n <= 0) return false;
    unread_.append(bytes, static_cast<std::size_t>(n));
    // The terminal driver puts a return before each newline, also where there is one already.
    for (std::size_t at; (at = unread_.find("\r\r\n")) != std::string::npos;) unread_.erase(at, 1);
    return true;
  }

  FixedClock clock_;
  std::unique_ptr<local::ChannelStore> store_ = local::ChannelStore::open(":memory:").value();
  FakeEngine engine_;
  cli::ChatOptions options_;
  int master_ = -1, slave_ = -1;
  std::atomic<int> code_{-1};
  std::string unread_;
  std::thread client_;
};

FakeEngine::Response silent(const Delivery&) { return {}; }

TEST(ChatTerminal, AMessageThatArrivesLeavesTheLineBeingTyped) {
  Screen screen(silent);
  screen.type("half a li");
  screen.wait_for("li");
  ASSERT_TRUE(screen.chat().post({.key = "k", .channel = "#incidents", .message = say("from the bot\nsecond")}));
  // The line is cleared, the message printed in its place, and the line drawn again below.
  EXPECT_EQ(screen.wait_for("half a li"),
            "\r\x1b[J#1 21:04 hotfixd: from the bot\r\n         second\r\n#incidents alice> half a li");
  screen.type("ne\r");
  screen.wait_for("#2 21:04 alice: half a line\r\n");
  EXPECT_EQ(screen.quit(), 0);
  EXPECT_EQ(screen.engine().accepted(), (std::vector<std::string>{"alice said 2 half a line"}));
}

TEST(ChatTerminal, AWrappedLineIsClearedFromItsFirstRow) {
  Screen screen(silent);
  screen.type(std::string(70, 'x') + "!");  // 18 columns of prompt and 71 of text on 60 columns: the second row
  screen.wait_for("!");
  ASSERT_TRUE(screen.chat().post({.key = "k", .channel = "#incidents", .message = say("hello")}));
  EXPECT_THAT(screen.wait_for("hello\r\n"), ::testing::EndsWith("\x1b[1A\r\x1b[J#1 21:04 hotfixd: hello\r\n"));
  screen.wait_for("!");
}

TEST(ChatTerminal, EditsInQuickSuccessionAreShownOnce) {
  Screen screen(silent);
  const auto id = screen.chat().post({.key = "k", .channel = "#incidents", .message = say("v0")}).value();
  screen.wait_for("hotfixd: v0\r\n");
  for (const char* text : {"v1", "v2", "v3"}) ASSERT_TRUE(screen.chat().edit("#incidents", id, say(text)));
  const std::string seen = screen.wait_for("#1 21:04 hotfixd (edited): v3\r\n");
  EXPECT_EQ(seen.find("v1"), std::string::npos);
  EXPECT_EQ(seen.find("v2"), std::string::npos);
}

TEST(ChatTerminal, AnEditShowsTheLinesThatChanged) {
  Screen screen(silent);
  const auto id =
      screen.chat()
          .post({.key = "k", .channel = "#incidents", .message = say("HF-1 slow search\nfixing\nnext: wait")})
          .value();
  screen.wait_for("next: wait\r\n");
  ASSERT_TRUE(screen.chat().edit("#incidents", id, say("HF-1 slow search\nshipped\nv1.0.1 tagged\nnext: wait")));
  EXPECT_TRUE(screen.wait_for("v1.0.1 tagged\r\n")
                  .contains("#1 21:04 hotfixd (edited): shipped\r\n         v1.0.1 tagged\r\n"));
  // Lines only went: all that is left is shown.
  ASSERT_TRUE(screen.chat().edit("#incidents", id, say("HF-1 slow search\nshipped")));
  EXPECT_TRUE(
      screen.wait_for("shipped\r\n").contains("#1 21:04 hotfixd (edited): HF-1 slow search\r\n         shipped\r\n"));
}

TEST(ChatTerminal, TabCompletesVerbsAndListsWhatIsPossible) {
  Screen screen(silent);
  screen.type("/hotfix m\t");
  screen.wait_for("  mergeback  mitigate\r\n");
  screen.type("e\tack\r");
  screen.wait_for("#1 21:04 alice: /hotfix mergeback ack\r\n");
}

TEST(ChatTerminal, TheHistoryComesBackInTheNextRunAndIsPrivate) {
  const TemporaryFolder folder;
  {
    Screen screen(silent, folder.file("history"));
    screen.type("first thing said\r");
    screen.wait_for("#1 21:04 alice: first thing said\r\n");
    EXPECT_EQ(screen.quit(), 0);
  }
  struct stat s{};
  ASSERT_EQ(::stat(folder.file("history").c_str(), &s), 0);
  EXPECT_EQ(s.st_mode & 0777, 0600u);
  Screen screen(silent, folder.file("history"));
  screen.type("\x10\x10");  // ^P: past /quit
  screen.wait_for("first thing said");
  screen.type("\r");
  screen.wait_for("#1 21:04 alice: first thing said\r\n");
}

TEST(ChatTerminal, APasteOfSeveralLinesIsOneMessage) {
  Screen screen(silent);
  screen.type("\x1b[200~one\ntwo\n\x1b[201~\r");
  screen.wait_for("#1 21:04 alice: one\r\n         two\r\n");
}

TEST(ChatTerminal, ASlowCommandSaysThatItIsWorking) {
  Screen screen([](const Delivery&) -> FakeEngine::Response {
    std::this_thread::sleep_for(1300ms);
    return {InboxAnswer{"HF-1", Reply{say("done"), false, true}}, {}};
  });
  screen.type("/hotfix assess\r");
  screen.wait_for("* …working\r\n");
  screen.wait_for("#2 21:04 hotfixd (refused): done\r\n");
}

}  // namespace
}  // namespace hotfixd::testing
