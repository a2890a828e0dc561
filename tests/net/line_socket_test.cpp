// Lines over real Unix sockets.
#include "bot/net/line_socket.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <mutex>

namespace hotfixd::net {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// What happened, in its order; waited for.
class Log {
 public:
  void add(std::string what) {
    const std::scoped_lock lock(mutex_);
    all_.push_back(std::move(what));
    changed_.notify_all();
  }
  bool wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, 10s, [&] { return all_.size() >= count; });
  }
  std::vector<std::string> all() const {
    const std::scoped_lock lock(mutex_);
    return all_;
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> all_;
};

// A connection that knows nothing of lines.
class Raw {
 public:
  explicit Raw(const std::string& path) : fd_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
    path.copy(static_cast<char*>(address.sun_path), path.size());
    if (::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
      throw std::runtime_error("no");
    const timeval limit{.tv_sec = 10, .tv_usec = 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  }
  Raw(const Raw&) = delete;
  Raw& operator=(const Raw&) = delete;
  ~Raw() { ::close(fd_); }
  void send(std::string_view bytes) const {
    EXPECT_EQ(::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
  }
  // Until the other end closes.
  std::string read_all() const {
    std::string all;
    char bytes[4096];
    for (ssize_t n; (n = ::recv(fd_, bytes, sizeof bytes, 0)) > 0;) all.append(bytes, static_cast<std::size_t>(n));
    return all;
  }

 private:
  int fd_;
};

class LineSocket : public ::testing::Test {
 protected:
  LineSocket() {
    char name[] = "/tmp/hotfixd-line-XXXXXX";
    folder_ = ::mkdtemp(name);
    options_.path = folder_ + "/s";
    options_.line = [this](PeerId peer, const std::string& line) {
      log_.add(line);
      if (line == "echo") server_->send(peer, "echoed");
      if (line == "go") server_->dismiss(peer, "gone");
      if (line == "flood")
        for (int n = 0; n < 100'000; ++n) server_->send(peer, std::string(100, 'x'));
    };
    options_.closed = [this](PeerId) { log_.add("closed"); };
    options_.farewell = [](const std::string& why) { return "farewell: " + why; };
    options_.report = [](const Problem&) {};
  }
  ~LineSocket() override {
    server_.reset();
    std::filesystem::remove_all(folder_);
  }
  void serve() {
    auto server = listen_lines(options_);
    ASSERT_TRUE(server) << server.error().what;
    server_ = std::move(*server);
    server_->start();
  }
  Result<std::unique_ptr<LineClient>> connect() {
    return connect_lines(
        options_.path, {}, [this](const std::string& line) { heard_.add(line); }, [this] { heard_.add("(end)"); });
  }

  std::string folder_;
  LineServerOptions options_;
  Log log_, heard_;
  std::unique_ptr<LineServer> server_;
};

TEST_F(LineSocket, LinesGoBothWaysAndEitherEndMayClose) {
  EXPECT_EQ(connect().error().kind, Problem::Kind::not_found);
  serve();
  struct stat about{};
  ASSERT_EQ(::stat(options_.path.c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777, 0600u);
  {
    const auto client = connect();
    ASSERT_TRUE(client);
    (*client)->send("hello");
    (*client)->send("");
    (*client)->send("echo");
    ASSERT_TRUE(heard_.wait_for(1));
  }
  ASSERT_TRUE(log_.wait_for(4));
  EXPECT_THAT(log_.all(), ElementsAre("hello", "", "echo", "closed"));
  EXPECT_THAT(heard_.all(), ElementsAre("echoed", "(end)"));
  const auto client = connect();
  (*client)->send("go");
  ASSERT_TRUE(heard_.wait_for(4));
  EXPECT_THAT(heard_.all(), ElementsAre("echoed", "(end)", "gone", "(end)"));
  server_->stop();
  EXPECT_FALSE(std::filesystem::exists(options_.path));
  EXPECT_EQ(connect().error().kind, Problem::Kind::not_found);
}

TEST_F(LineSocket, LinesMayComeInPieces) {
  serve();
  const Raw raw(options_.path);
  raw.send("he");
  raw.send("llo\nwor");
  raw.send("ld\n");
  ASSERT_TRUE(log_.wait_for(2));
  EXPECT_THAT(log_.all(), ElementsAre("hello", "world"));
}

TEST_F(LineSocket, ALineThatIsTooLongEndsItsConnectionAndNoOther) {
  options_.limits.line = 10;
  serve();
  const Raw other(options_.path);
  other.send("other\n");
  for (const std::string_view bytes : {"0123456789\n0123456789a\n", "0123456789\n0123456789abc"}) {
    const Raw raw(options_.path);
    raw.send(bytes);
    EXPECT_EQ(raw.read_all(), "farewell: a line is longer than 10 bytes\n");
  }
  other.send("still\n");
  ASSERT_TRUE(log_.wait_for(6));
  EXPECT_THAT(log_.all(),
              ::testing::UnorderedElementsAre("other", "0123456789", "closed", "0123456789", "closed", "still"));
}

TEST_F(LineSocket, OnlySoManyAreLetInAndTheSilentOnesDoNotStay) {
  options_.max_peers = 2;
  options_.first_line_timeout = 200ms;
  serve();
  const Raw silent(options_.path), talks(options_.path);
  talks.send("hello\n");
  ASSERT_TRUE(log_.wait_for(1));
  EXPECT_EQ(Raw(options_.path).read_all(), "farewell: 2 are connected already, no more are let in\n");
  EXPECT_EQ(silent.read_all(), "farewell: nothing was said\n");
  talks.send("echo\n");  // it may be silent for longer
  ASSERT_TRUE(log_.wait_for(2));
  const Raw third(options_.path);
  third.send("there is room again\n");
  ASSERT_TRUE(log_.wait_for(3));
}

TEST_F(LineSocket, WhatWasSaidBeforeTheOtherEndClosedIsHeardAlsoWhenNothingCanBeSentAnyMore) {
  const int listener = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  options_.path.copy(static_cast<char*>(address.sun_path), options_.path.size());
  ASSERT_EQ(::bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(::listen(listener, 1), 0);
  std::mutex unread;
  unread.lock();
  const auto client = connect_lines(
      options_.path, {},
      [&](const std::string& line) {
        const std::scoped_lock wait(unread);
        heard_.add(line.substr(0, 8));
      },
      [this] { heard_.add("(end)"); });
  ASSERT_TRUE(client);
  const int peer = ::accept(listener, nullptr, nullptr);
  constexpr std::size_t lines = 20;  // many times what is read at once
  for (std::size_t n = 0; n < lines; ++n) {
    const auto line = (n + 1 == lines ? "farewell" : std::string(8, 'x')) + std::string(3000, 'y') + "\n";
    ASSERT_EQ(::send(peer, line.data(), line.size(), MSG_NOSIGNAL), static_cast<ssize_t>(line.size()));
  }
  ::close(peer);
  ::close(listener);
  (*client)->send("hello");
  unread.unlock();
  ASSERT_TRUE(heard_.wait_for(lines + 1));
  EXPECT_EQ(heard_.all().at(lines - 1), "farewell");
  EXPECT_EQ(heard_.all().back(), "(end)");
}

TEST_F(LineSocket, WhoDoesNotReadIsDropped) {
  serve();
  const Raw deaf(options_.path), other(options_.path);
  deaf.send("flood\n");
  ASSERT_TRUE(log_.wait_for(2));
  EXPECT_THAT(log_.all(), ElementsAre("flood", "closed"));
  other.send("hello\n");
  ASSERT_TRUE(log_.wait_for(3));
  EXPECT_LT(deaf.read_all().size(), 2'000'000u);
}

TEST_F(LineSocket, AStaleSocketIsReplacedAndAFileIsNot) {
  const int killed = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  options_.path.copy(static_cast<char*>(address.sun_path), options_.path.size());
  ASSERT_EQ(::bind(killed, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ::close(killed);
  ASSERT_TRUE(std::filesystem::exists(options_.path));
  EXPECT_EQ(connect().error().kind, Problem::Kind::not_found);
  serve();
  EXPECT_TRUE(connect());
  server_.reset();
  std::ofstream(options_.path) << "somebody's";
  const auto refused = listen_lines(options_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, Problem::Kind::invalid);
  EXPECT_THAT(refused.error().what, HasSubstr("is not a socket"));
  EXPECT_TRUE(std::filesystem::exists(options_.path));
}

TEST_F(LineSocket, APathThatIsTooLongIsSaid) {
  options_.path = folder_ + "/" + std::string(200, 'x');
  EXPECT_EQ(listen_lines(options_).error().kind, Problem::Kind::invalid);
  EXPECT_EQ(connect().error().kind, Problem::Kind::invalid);
  EXPECT_FALSE(unsound_socket_path(std::string(107, 'x')));
  EXPECT_TRUE(unsound_socket_path(std::string(108, 'x')));
}

TEST_F(LineSocket, AnotherUserIsTurnedAway) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can become another user";
  serve();
  constexpr uid_t nobody = 65534;
  // Even when the file's mode and the folder's let it in.
  ASSERT_EQ(::chmod(folder_.c_str(), 0755), 0);
  for (const mode_t mode : {0600, 0666}) {
    ASSERT_EQ(::chmod(options_.path.c_str(), mode), 0);
    const pid_t child = ::fork();
    if (child == 0) {
      if (::setuid(nobody) != 0) ::_exit(9);
      const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
      sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
      options_.path.copy(static_cast<char*>(address.sun_path), options_.path.size());
      if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) ::_exit(1);
      char bytes[200]{};
      if (::read(fd, bytes, sizeof bytes - 1) <= 0) ::_exit(8);
      ::_exit(std::string_view(bytes).starts_with("farewell: only the user") ? 2 : 7);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_EQ(WEXITSTATUS(status), mode == 0600 ? 1 : 2);
  }
  EXPECT_TRUE(log_.all().empty());
}

}  // namespace
}  // namespace hotfixd::net
