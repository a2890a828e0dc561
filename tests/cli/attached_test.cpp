// The real program: `hotfixd serve`, and `hotfixd chat` beside it.
#include <SQLiteCpp/SQLiteCpp.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

#include "integrations/local/channel_store.hpp"

namespace hotfixd::testing {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

// One run of the program with its input and output on pipes; what it logs goes to its output too.
class Process {
 public:
  explicit Process(const std::vector<std::string>& arguments) {
    std::array<int, 2> in{}, out{};
    if (::pipe2(in.data(), O_CLOEXEC) != 0 || ::pipe2(out.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
    std::vector<char*> argv{const_cast<char*>(HOTFIXD_BINARY)};
    for (const auto& a : arguments) argv.push_back(const_cast<char*>(a.c_str()));
    argv.push_back(nullptr);
    pid_ = ::fork();
    if (pid_ < 0) throw std::runtime_error("no process");
    if (pid_ == 0) {
      ::dup2(in[0], 0), ::dup2(out[1], 1), ::dup2(out[1], 2);
      ::execv(argv[0], argv.data());
      ::_exit(127);
    }
    ::close(in[0]), ::close(out[1]);
    input_ = in[1], output_fd_ = out[0];
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process() {
    if (pid_ > 0) end(SIGKILL);
    ::close(output_fd_);
  }

  pid_t pid() const { return pid_; }
  void type(const std::string& text) const {
    EXPECT_EQ(::write(input_, text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  // What it printed from the last call up to and including `text`.
  std::string wait_for(const std::string& text) {
    const auto limit = std::chrono::steady_clock::now() + 10s;
    while (true) {
      if (const auto at = unread_.find(text); at != std::string::npos) {
        auto seen = unread_.substr(0, at + text.size());
        unread_.erase(0, seen.size());
        return seen;
      }
      if (std::chrono::steady_clock::now() > limit || !read_more()) {
        ADD_FAILURE() << "waited for '" << text << "', it printed: " << unread_;
        return unread_;
      }
    }
  }
  int end(int signal) {
    ::kill(pid_, signal);
    return wait();
  }
  // Its exit code, 128 + signal when it was killed; the rest of what it printed is in rest().
  int wait() {
    if (input_ >= 0) ::close(std::exchange(input_, -1));
    while (read_more()) {
    }
    int status = 0;
    ::waitpid(std::exchange(pid_, -1), &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  const std::string& rest() const { return unread_; }

 private:
  bool read_more() {
    pollfd p{output_fd_, POLLIN, 0};
    if (::poll(&p, 1, 10'000) <= 0) return false;
    std::array<char, 4096> bytes{};
    const auto n = ::read(output_fd_, bytes.data(), bytes.size());
    if (n > 0) unread_.append(bytes.data(), static_cast<std::size_t>(n));
    return n > 0;
  }

  pid_t pid_ = -1;
  int input_ = -1, output_fd_ = -1;
  std::string unread_;
};

class Attached : public ::testing::Test {
 protected:
  void SetUp() override {
    ::signal(SIGPIPE, SIG_IGN);
    char name[] = "/tmp/hotfixd-attached-XXXXXX";
    folder_ = ::mkdtemp(name);
    data_ = folder_ + "/data";
    config_ = folder_ + "/hotfixd.toml";
    Process demo({"demo", "--dir", folder_});
    ASSERT_EQ(demo.wait(), 0) << demo.rest();
    // A free port each time, so that several of these may run at once.
    std::ofstream(config_) << "[bot]\ndata_dir = \"" << data_ << "\"\n[server]\nport = 0\n"
                           << "[[repository]]\nname = \"shop\"\nurl = \"" << folder_ << "/origin.git\"\n";
  }
  void TearDown() override {
    if (!HasFailure()) fs::remove_all(folder_);
  }

  std::unique_ptr<Process> serve() const {
    auto process = std::make_unique<Process>(std::vector<std::string>{"serve", "--config", config_});
    process->wait_for("listening on");
    return process;
  }
  std::unique_ptr<Process> chat(const std::string& who) const {
    return std::make_unique<Process>(std::vector<std::string>{"chat", "--config", config_, "--as", who});
  }
  std::unique_ptr<Process> attached(const std::string& who, const Process& to) const {
    auto process = chat(who);
    process->wait_for(fmt::format("* Attached to the running hotfixd (pid {}).\n", to.pid()));
    return process;
  }
  int count(const std::string& file, const std::string& sql) const {
    SQLite::Database db(data_ + "/" + file, SQLite::OPEN_READONLY, 5000);
    return db.execAndGet(sql).getInt();
  }
  int noted(const std::string& text) const {
    return count("hotfixd.db", "SELECT count(*) FROM texts WHERE text = '" + text + "'");
  }

  std::string folder_, data_, config_;
};

TEST_F(Attached, ALineIsCarriedOutByTheRunningOneAndAnsweredHere) {
  const auto bot = serve();
  struct stat about{};
  ASSERT_EQ(::stat((data_ + "/chat.sock").c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777, 0600u);
  const auto alice = chat("alice");
  alice->type("/hotfix declare sev2 500s on /checkout\n/hotfix note looked at the logs\n/hotfix status\nbye\n");
  EXPECT_EQ(alice->wait(), 0);
  EXPECT_THAT(alice->rest(), HasSubstr(fmt::format("* Attached to the running hotfixd (pid {}).\n", bot->pid())));
  EXPECT_THAT(alice->rest(), HasSubstr("hotfixd: HF-1 declared, sev-2. You are commander."));
  EXPECT_THAT(alice->rest(), HasSubstr("hotfixd: In the timeline at "));
  // The status is shown twice: the message in the channel, and the answer.
  const auto first = alice->rest().find("hotfixd: HF-1 sev-2 500s on /checkout");
  ASSERT_NE(first, std::string::npos);
  EXPECT_NE(alice->rest().find("hotfixd: HF-1 sev-2 500s on /checkout", first + 1), std::string::npos);
  EXPECT_THAT(alice->rest(), HasSubstr("alice: bye\n"));
  EXPECT_EQ(count("channel.db", "SELECT count(*) FROM incoming WHERE delivered = 0"), 0);
  EXPECT_EQ(bot->end(SIGTERM), 0);
  EXPECT_FALSE(fs::exists(data_ + "/chat.sock"));

  const auto alone = chat("alice");
  alone->type("/hotfix list\n");
  EXPECT_EQ(alone->wait(), 0);
  EXPECT_THAT(alone->rest(), HasSubstr("* No hotfixd was running: this terminal runs it (pid "));
  EXPECT_THAT(alone->rest(), HasSubstr("HF-1"));
}

TEST_F(Attached, TwoPeopleSeeEachOther) {
  const auto bot = serve();
  const auto alice = attached("alice", *bot), bob = attached("bob", *bot);
  alice->type("the logs are full of it\n");
  bob->wait_for("alice: the logs are full of it\n");
  bob->type("/hotfix declare sev2 500s on /checkout\n");
  alice->wait_for("bob: /hotfix declare sev2 500s on /checkout\n");
  // The answer is bob's own, the message in the channel is for both.
  EXPECT_THAT(alice->wait_for("hotfixd: HF-1 sev-2 500s on /checkout\n"), Not(HasSubstr("You are commander")));
  bob->wait_for("You are commander");
  alice->type("/edit #1 the logs are full of 500s\n");
  bob->wait_for("alice (edited): the logs are full of 500s\n");
  EXPECT_EQ(bot->end(SIGTERM), 0);
}

TEST_F(Attached, AClientThatIsKilledHarmsNobodyAndItsLineIsRecorded) {
  const auto bot = serve();
  const auto alice = attached("alice", *bot);
  alice->type("/hotfix declare sev2 500s on /checkout\n");
  alice->wait_for("You are commander");
  for (int n = 0; n < 20; ++n) {
    const auto bob = attached("bob", *bot);
    bob->type(fmt::format("/hotfix note killed {}\n", n));
    // The others see it when it is stored, which is all that bob did before he died.
    alice->wait_for(fmt::format("bob: /hotfix note killed {}\n", n));
    bob->end(SIGKILL);
  }
  alice->type("/hotfix timeline\n");
  alice->wait_for("killed 19");
  for (int n = 0; n < 20; ++n) EXPECT_EQ(noted(fmt::format("killed {}", n)), 1) << n;
  EXPECT_EQ(bot->end(SIGTERM), 0);
}

TEST_F(Attached, WhenTheRunningOneIsKilledNothingIsLostAndNothingDoubled) {
  auto bot = serve();
  const auto alice = attached("alice", *bot);
  alice->type("/hotfix declare sev2 500s on /checkout\n");
  alice->wait_for("You are commander");
  constexpr int rounds = 20;
  for (int n = 0; n < rounds; ++n) {
    alice->type(fmt::format("/hotfix note on its way {}\n", n));
    // It may have been stored by then, or taken, or committed, or acknowledged.
    std::this_thread::sleep_for(std::chrono::microseconds{n * 400});
    const auto pid = bot->pid();
    bot->end(SIGKILL);
    ASSERT_TRUE(fs::exists(data_ + "/chat.sock")) << "it is stale";
    alice->wait_for(fmt::format("* The connection to hotfixd (pid {}) ended.", pid));
    alice->wait_for(fmt::format("* hotfixd (pid {}) is gone.", pid));
    alice->type(fmt::format("/hotfix note while it was gone {}\n", n));
    alice->wait_for(fmt::format("alice: /hotfix note while it was gone {}\n", n));
    bot = serve();
    alice->wait_for(fmt::format("* Attached again to the running hotfixd (pid {}).\n", bot->pid()));
  }
  alice->type("/hotfix timeline\n");
  alice->wait_for("while it was gone 19");
  EXPECT_EQ(alice->wait(), 0) << alice->rest();
  for (int n = 0; n < rounds; ++n) {
    EXPECT_EQ(noted(fmt::format("on its way {}", n)), 1) << n;
    EXPECT_EQ(noted(fmt::format("while it was gone {}", n)), 1) << n;
  }
  EXPECT_EQ(count("channel.db", "SELECT count(*) FROM incoming WHERE delivered = 0"), 0);
  EXPECT_EQ(
      count("channel.db", "SELECT count(*) FROM messages WHERE key LIKE 'answer/%' AND card LIKE '%timeline at%'"),
      2 * rounds);
  EXPECT_EQ(bot->end(SIGTERM), 0);
}

TEST_F(Attached, AScriptEndsWhileNobodyRunsAndIsDeliveredLater) {
  auto bot = serve();
  const auto alice = attached("alice", *bot);
  alice->type("/hotfix declare sev2 500s on /checkout\n");
  alice->wait_for("You are commander");
  EXPECT_EQ(bot->end(SIGTERM), 0);
  alice->wait_for("is gone");
  alice->type("/hotfix note typed into the void\n");
  alice->wait_for("alice: /hotfix note typed into the void\n");
  EXPECT_EQ(alice->end(SIGTERM), 128 + SIGTERM);
  EXPECT_EQ(noted("typed into the void"), 0);
  bot = serve();
  for (int n = 0; n < 200 && noted("typed into the void") == 0; ++n) std::this_thread::sleep_for(50ms);
  EXPECT_EQ(noted("typed into the void"), 1);
}

int connect_to(const std::string& path) {
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  path.copy(static_cast<char*>(address.sun_path), path.size());
  EXPECT_EQ(::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  const timeval limit{.tv_sec = 10, .tv_usec = 0};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  return fd;
}

TEST_F(Attached, AClientThatStoredALineAndDiedBeforeItSaidSoIsHeard) {
  const auto bot = serve();
  const auto store = local::ChannelStore::open(data_ + "/channel.db").value();
  const Person alice{"alice", "alice"};
  const auto now = std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
  const int fd = connect_to(data_ + "/chat.sock");
  constexpr std::string_view hello = "{\"type\":\"hello\",\"version\":1,\"pid\":1}\n";
  ASSERT_EQ(::send(fd, hello.data(), hello.size(), MSG_NOSIGNAL), static_cast<ssize_t>(hello.size()));
  std::array<char, 100> answer{};
  ASSERT_GT(::recv(fd, answer.data(), answer.size(), 0), 0);
  std::this_thread::sleep_for(200ms);  // so that the look after the hello is over
  ASSERT_TRUE(store->command("#incidents", alice, "declare sev2 nobody was told", now));
  EXPECT_EQ(store->undelivered()->size(), 1u);
  ::close(fd);
  for (int n = 0; n < 200 && !store->undelivered()->empty(); ++n) std::this_thread::sleep_for(50ms);
  EXPECT_TRUE(store->undelivered()->empty());
  EXPECT_EQ(noted("nobody was told"), 1);
}

// A connection that says anything.
std::string say_to(const std::string& path, std::string_view bytes) {
  const int fd = connect_to(path);
  (void)::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  std::string all;
  std::array<char, 4096> got{};
  for (ssize_t n = 0; (n = ::recv(fd, got.data(), got.size(), 0)) > 0;)
    all.append(got.data(), static_cast<std::size_t>(n));
  ::close(fd);
  return all;
}

TEST_F(Attached, WhatMakesNoSenseIsSaidAndHarmsNobody) {
  const auto bot = serve();
  const auto alice = attached("alice", *bot);
  const auto path = data_ + "/chat.sock";
  EXPECT_EQ(say_to(path, "GET / HTTP/1.1\r\n\r\n"), "{\"type\":\"farewell\",\"what\":\"a line is one JSON object\"}\n");
  EXPECT_EQ(say_to(path, "{\"type\":\"look\"}\n"), "{\"type\":\"farewell\",\"what\":\"the first line is a hello\"}\n");
  EXPECT_THAT(say_to(path, "{\"type\":\"hello\",\"version\":2,\"pid\":1}\n"), HasSubstr("it speaks version 2"));
  EXPECT_THAT(say_to(path, std::string(100'000, 'x')), HasSubstr("a line is longer than 4096 bytes"));
  EXPECT_THAT(say_to(path, "\xff\xfe\n"), HasSubstr("a line is one JSON object"));
  alice->type("still here\n");
  alice->wait_for("alice: still here\n");
  EXPECT_EQ(alice->wait(), 0);
  EXPECT_EQ(bot->end(SIGTERM), 0);
}

TEST_F(Attached, OneThatListensAndDoesNotAnswerIsNamed) {
  const auto bot = serve();
  ::kill(bot->pid(), SIGSTOP);
  const auto alice = chat("alice");
  EXPECT_EQ(alice->wait(), 2);
  EXPECT_THAT(alice->rest(), HasSubstr("chat.sock, but does not answer"));
  ::kill(bot->pid(), SIGCONT);
  EXPECT_EQ(bot->end(SIGTERM), 0);
}

TEST_F(Attached, ItNeedsNoneOfTheSecretsThatTheRunningOneHas) {
  std::ofstream(config_, std::ios::app) << "[github]\nwebhook_secret = \"env:HOTFIXD_ATTACHED_TEST\"\n";
  ::setenv("HOTFIXD_ATTACHED_TEST", "shh", 1);
  const auto bot = serve();
  ::unsetenv("HOTFIXD_ATTACHED_TEST");
  const auto alice = attached("alice", *bot);
  alice->type("hello\n");
  EXPECT_EQ(alice->wait(), 0);
  EXPECT_EQ(bot->end(SIGTERM), 0);
  const auto alone = chat("alice");
  EXPECT_EQ(alone->wait(), 2);
  EXPECT_THAT(alone->rest(), HasSubstr("the environment variable HOTFIXD_ATTACHED_TEST is not set"));
}

TEST_F(Attached, AServeWithoutASocketSaysSoAndServes) {
  fs::create_directories(data_);
  std::ofstream(data_ + "/chat.sock") << "somebody's";
  {
    const auto bot = std::make_unique<Process>(std::vector<std::string>{"serve", "--config", config_});
    EXPECT_THAT(bot->wait_for("listening on"),
                HasSubstr("chat.sock is in the way: it is not a socket; move it elsewhere"));
    EXPECT_EQ(bot->end(SIGTERM), 0);
  }
  EXPECT_TRUE(fs::is_regular_file(data_ + "/chat.sock"));

  data_ = folder_ + "/" + std::string(100, 'd');
  std::ofstream(config_) << "[bot]\ndata_dir = \"" << data_ << "\"\n[server]\nport = 0\n"
                         << "[[repository]]\nname = \"shop\"\nurl = \"" << folder_ << "/origin.git\"\n";
  Process bot({"serve", "--config", config_});
  EXPECT_THAT(bot.wait_for("listening on"),
              HasSubstr("and the path of a socket has at most 107; set bot.data_dir to a shorter path"));
  EXPECT_EQ(bot.end(SIGTERM), 0);
  Process check({"check", "--config", config_});
  EXPECT_EQ(check.wait(), 1);
  EXPECT_THAT(check.rest(), HasSubstr("→ set bot.data_dir to a shorter path"));
  const auto alone = chat("alice");
  alone->type("hello\n");
  EXPECT_EQ(alone->wait(), 0) << "a terminal of its own needs no socket";
}

}  // namespace
}  // namespace hotfixd::testing
