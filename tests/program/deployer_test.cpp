// Deploying with real programs: what they are told, what is shown of them, that they outlive the bot and end in time.
#include "integrations/program/deployer.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

namespace hotfixd::program {
namespace {

namespace fs = std::filesystem;
using State = DeploymentView::State;
using ::testing::HasSubstr;
using ::testing::Not;

class ManualClock final : public Clock {
 public:
  Time now() const override { return at; }
  Time at{std::chrono::sys_days{std::chrono::year{2026} / 11 / 14}};
};

class ProgramDeployer : public ::testing::Test {
 protected:
  ProgramDeployer() {
    std::string name = (fs::temp_directory_path() / "hotfixd-program-XXXXXX").string();
    dir_ = ::mkdtemp(name.data());
  }
  ~ProgramDeployer() override { fs::remove_all(dir_); }

  std::unique_ptr<Deployer> means(std::string command) {
    return create_deployer(clock_, {.command = std::move(command),
                                    .folder = dir_ / "deploys",
                                    .limit = Minutes{60},
                                    .secrets = {"hunter2-hunter2"}});
  }
  static effect::Deploy order(std::string key = "HF-7-D1-17") {
    return {std::move(key), "shop", "v2.4.8", "82cda02", "production", false, {}};
  }
  static effect::FollowDeployment run(std::string id = "HF-7-D1-17") {
    return {id, "shop", "v2.4.8", "production", id, {}};
  }
  // Until the program's shell is gone and with it the lock. The limit is the test's own.
  void ended(const std::string& key = "HF-7-D1-17") {
    const int fd = ::open((dir_ / "deploys" / key / "lock").c_str(), O_RDWR | O_CLOEXEC);
    ASSERT_GE(fd, 0);
    ASSERT_EQ(::flock(fd, LOCK_EX), 0);
    ::close(fd);
  }
  std::string fifo(const std::string& name) {
    const auto path = (dir_ / name).string();
    EXPECT_EQ(::mkfifo(path.c_str(), 0600), 0);
    return path;
  }
  // Blocks until a program writes to it.
  static std::string read(const std::string& path) {
    std::ifstream in(path);
    std::string line;
    std::getline(in, line);
    return line;
  }

  ManualClock clock_;
  fs::path dir_;
};

TEST_F(ProgramDeployer, IsToldWhatToDeployAndNoSecret) {
  ::setenv("HOTFIXD_GITHUB_TOKEN", "ghp_secret", 1);
  const auto deployer = means(
      "echo \"$HOTFIXD_TAG $HOTFIXD_SHA $HOTFIXD_ENVIRONMENT $HOTFIXD_KEY $HOTFIXD_ROLLBACK [$HOTFIXD_GITHUB_TOKEN]\"; "
      "exit 3");
  const auto started = deployer->start(order());
  ASSERT_TRUE(started) << started.error().what;
  EXPECT_EQ(started->id, "HF-7-D1-17");
  ended();
  const auto view = deployer->follow(run());
  ASSERT_TRUE(view);
  EXPECT_EQ(view->state, State::failed);
  EXPECT_EQ(view->step, "exit status 3");
  EXPECT_EQ(view->output, "v2.4.8 82cda02 production HF-7-D1-17 0 []");
  ::unsetenv("HOTFIXD_GITHUB_TOKEN");
}

TEST_F(ProgramDeployer, RunsUntilItEndsAndIsThereWithZero) {
  const auto hold = fifo("hold"), ready = fifo("ready");
  const auto deployer = means(fmt::format("echo on > {}; cat {} > /dev/null", ready, hold));
  ASSERT_TRUE(deployer->start(order()));
  EXPECT_EQ(read(ready), "on");
  EXPECT_EQ(deployer->follow(run())->state, State::running);
  std::ofstream(hold) << "go\n";
  ended();
  EXPECT_EQ(deployer->follow(run())->state, State::succeeded);
}

// kill -9 of the bot: the program goes on, and the next bot finds it.
TEST_F(ProgramDeployer, OutlivesTheBotAndIsNotStartedTwice) {
  const auto hold = fifo("hold"), ready = fifo("ready");
  const auto count = (dir_ / "count").string();
  const auto command = fmt::format("echo x >> {}; echo on > {}; cat {} > /dev/null", count, ready, hold);
  ASSERT_TRUE(means(command)->start(order()));
  EXPECT_EQ(read(ready), "on");
  const auto next = means(command);
  const auto found = next->find(order());
  ASSERT_TRUE(found && *found);
  EXPECT_EQ((*found)->id, "HF-7-D1-17");
  ASSERT_TRUE(next->start(order())) << "nor when it is told to";
  EXPECT_EQ(next->follow(run())->state, State::running);
  std::ofstream(hold) << "go\n";
  ended();
  EXPECT_EQ(next->follow(run())->state, State::succeeded);
  ASSERT_TRUE(next->start(order()));
  EXPECT_EQ(next->follow(run())->state, State::succeeded) << "it does not run again";
  EXPECT_TRUE(*next->find(order()));
  EXPECT_EQ(fs::file_size(count), 2U);
  EXPECT_FALSE(*next->find(order("HF-7-D2-18")));
}

TEST_F(ProgramDeployer, IsKilledWithAllThatItStartedWhenTheTimeIsOver) {
  const auto hold = fifo("hold"), ready = fifo("ready");
  const auto deployer = means(fmt::format("echo working; (echo on > {}; exec cat {}) & wait", ready, hold));
  ASSERT_TRUE(deployer->start(order()));
  EXPECT_EQ(read(ready), "on");
  const int reader = ::open(hold.c_str(), O_WRONLY | O_CLOEXEC);  // waits until it reads there
  clock_.at += Minutes{59};
  EXPECT_EQ(deployer->follow(run())->state, State::running);
  clock_.at += Minutes{1};
  const auto view = deployer->follow(run());
  ASSERT_TRUE(view);
  EXPECT_EQ(view->state, State::failed);
  EXPECT_EQ(view->step, "it was killed after 60 min");
  EXPECT_EQ(view->output, "working");
  ended();
  pollfd gone{reader, 0, 0};
  ASSERT_EQ(::poll(&gone, 1, 10'000), 1) << "its child still reads";
  EXPECT_TRUE(gone.revents & POLLERR);
  ::close(reader);
  EXPECT_EQ(deployer->follow(run())->step, "it ended without an exit status: killed");
}

TEST_F(ProgramDeployer, ShowsTheLastLinesWithoutSecretsAndControl) {
  const auto deployer = means(
      "i=0; while [ $i -lt 40 ]; do echo line $i; i=$((i+1)); done; printf 'a\\033[31mred\\n'; "
      "echo token hunter2-hunter2 used; echo push to https://bot:word@git.example.com/x failed >&2; "
      "head -c 500 /dev/zero | tr '\\0' y; printf '\\n\\377\\n'; exit 1");
  ASSERT_TRUE(deployer->start(order()));
  ended();
  const auto view = deployer->follow(run());
  ASSERT_TRUE(view);
  EXPECT_EQ(std::ranges::count(view->output, '\n'), 9);
  EXPECT_THAT(view->output,
              HasSubstr("line 39\na [31mred\ntoken [secret] used\npush to https://[secret]@git.example.com/x "
                        "failed\nyyyy"));
  EXPECT_THAT(view->output, Not(HasSubstr(std::string(201, 'y'))));
  EXPECT_THAT(view->output, ::testing::EndsWith("\xEF\xBF\xBD"));
}

TEST_F(ProgramDeployer, WhatIsLostIsNotKnown) {
  const auto deployer = means("exit 0");
  EXPECT_EQ(deployer->follow(run()).error().kind, Problem::Kind::not_found);
  EXPECT_TRUE(deployer->releases("production")->empty());
  ASSERT_TRUE(deployer->start(order("../../etc")));
  EXPECT_TRUE(fs::exists(dir_ / "deploys" / "______etc")) << "a key stays within the folder";
  std::ofstream(dir_ / "file") << "x";
  EXPECT_FALSE(create_deployer(clock_, {.command = "exit 0", .folder = dir_ / "file" / "deploys"})->start(order()));
}

}  // namespace
}  // namespace hotfixd::program
