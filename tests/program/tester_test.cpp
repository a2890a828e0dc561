// Testing a fix with real programs: what they are told, and how their exit status is read.
#include "integrations/program/tester.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

namespace hotfixd::program {
namespace {

namespace fs = std::filesystem;
using State = RegressionTestView::State;

class ManualClock final : public Clock {
 public:
  Time now() const override { return at; }
  Time at{std::chrono::sys_days{std::chrono::year{2026} / 11 / 14}};
};

class ProgramTester : public ::testing::Test {
 protected:
  ProgramTester() {
    std::string name = (fs::temp_directory_path() / "hotfixd-tester-XXXXXX").string();
    dir_ = ::mkdtemp(name.data());
  }
  ~ProgramTester() override { fs::remove_all(dir_); }

  std::unique_ptr<RegressionTester> means(std::string command) {
    return create_tester(clock_, {.command = std::move(command),
                                  .folder = dir_ / "tests",
                                  .limit = Minutes{60},
                                  .secrets = {"hunter2-hunter2"}});
  }
  static effect::StartRegressionTest order() {
    return {"HF-7-T9-17", "shop", "release/2.5", "82cda02", "v2.4.8", "HF-7", {}};
  }
  static effect::FollowRegressionTest run() {
    return {"HF-7-T9-17", "shop", "release/2.5", "82cda02", "HF-7-T9-17", {}};
  }
  // Until the program's shell is gone and with it the lock. The limit is the test's own.
  void ended() {
    const int fd = ::open((dir_ / "tests" / "HF-7-T9-17" / "lock").c_str(), O_RDWR | O_CLOEXEC);
    ASSERT_GE(fd, 0);
    ASSERT_EQ(::flock(fd, LOCK_EX), 0);
    ::close(fd);
  }
  RegressionTestView result_of(std::string command) {
    const auto tester = means(std::move(command));
    const auto started = tester->start(order());
    EXPECT_TRUE(started) << started.error().what;
    ended();
    const auto view = tester->follow(run());
    EXPECT_TRUE(view);
    return *view;
  }

  ManualClock clock_;
  fs::path dir_;
};

TEST_F(ProgramTester, IsToldWhatToTestAndShowsNoSecret) {
  const auto view = result_of(
      "echo \"$HOTFIXD_REPOSITORY $HOTFIXD_TARGET $HOTFIXD_SHA $HOTFIXD_HOTFIX $HOTFIXD_INCIDENT $HOTFIXD_KEY\"; echo "
      "hunter2-hunter2; exit 1");
  EXPECT_EQ(view.state, State::failed);
  EXPECT_EQ(view.step, "exit status 1");
  EXPECT_EQ(view.output, "shop release/2.5 82cda02 v2.4.8 HF-7 HF-7-T9-17\n[secret]");
}

TEST_F(ProgramTester, ReadsTheExitStatusAsGitBisectDoes) {
  for (const auto& [status, state, step] : std::vector<std::tuple<int, State, std::string>>{
           {0, State::passed, ""},
           {1, State::failed, "exit status 1"},
           {139, State::failed, "exit status 139"},
           {125, State::not_run, "exit status 125: this commit cannot be tested"},
           {127, State::not_run, "exit status 127: the command cannot be run"}}) {
    fs::remove_all(dir_ / "tests");
    const auto view = result_of(fmt::format("exit {}", status));
    EXPECT_EQ(view.state, state) << status;
    EXPECT_EQ(view.step, step);
  }
}

TEST_F(ProgramTester, IsFoundAgainAndNotBegunTwice) {
  const auto count = (dir_ / "count").string();
  const auto command = fmt::format("echo x >> {}", count);
  EXPECT_FALSE(*means(command)->find(order()));
  ASSERT_TRUE(means(command)->start(order()));
  ended();
  const auto next = means(command);
  const auto found = next->find(order());
  ASSERT_TRUE(found && *found);
  EXPECT_EQ((*found)->id, "HF-7-T9-17");
  ASSERT_TRUE(next->start(order()));
  EXPECT_EQ(next->follow(run())->state, State::passed);
  std::ifstream in(count);
  std::string all((std::istreambuf_iterator<char>(in)), {});
  EXPECT_EQ(all, "x\n");
}

TEST_F(ProgramTester, IsKilledAtItsLimitWhichSaysNothingOfTheFix) {
  const auto ready = (dir_ / "ready").string();
  ASSERT_EQ(::mkfifo(ready.c_str(), 0600), 0);
  const auto tester = means(fmt::format("echo on > {}; exec sleep 1000", ready));
  ASSERT_TRUE(tester->start(order()));
  std::string line;
  std::ifstream in(ready);  // blocks until the program is there
  std::getline(in, line);
  ASSERT_EQ(line, "on");
  EXPECT_EQ(tester->follow(run())->state, State::running);
  clock_.at += Minutes{60};
  const auto view = tester->follow(run());
  EXPECT_EQ(view->state, State::not_run);
  EXPECT_EQ(view->step, "it was killed after 60 min");
  ended();
}

}  // namespace
}  // namespace hotfixd::program
