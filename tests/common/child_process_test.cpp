// Programs that are started: what they get, what they say, when they end.
#include "integrations/common/child_process.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <thread>

namespace hotfixd::common {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(RunProgram, GivesAndTakes) {
  auto ran = run_program({"sh", "-c", "cat; echo no >&2; exit 3"}, "in\n", seconds(10));
  ASSERT_TRUE(ran) << ran.error().what;
  EXPECT_EQ(ran->output, "in\n");
  EXPECT_EQ(ran->errors, "no\n");
  EXPECT_EQ(ran->status, 3);
  EXPECT_FALSE(ran->timed_out);
  ran = run_program({"sh", "-c", "echo \"$FRUIT $HOTFIXD_TEST\""}, "", seconds(10), {"FRUIT=pear"});
  EXPECT_EQ(ran->output, "pear \n");
  ran = run_program({"head", "-c", "1000000", "/dev/zero"}, "", seconds(10));
  EXPECT_EQ(ran->output.size(), 64U * 1024) << "more is thrown away";
  EXPECT_EQ(ran->status, 0);
  EXPECT_EQ(run_program({"no-such-program"}, "", seconds(1)).error().kind, Problem::Kind::not_found);
}

TEST(RunProgram, EndsWithItsLimitAndSoDoWhatItStarted) {
  // The child holds the output until it is killed.
  const auto ran = run_program({"sh", "-c", "sleep 60 & echo $!; wait"}, "", milliseconds(300));
  ASSERT_TRUE(ran) << ran.error().what;
  EXPECT_TRUE(ran->timed_out);
  // Killed, though perhaps not yet dead, nor waited for by whoever inherits it.
  std::string state;
  for (int n = 0; n < 500 && state != "Z" && state != "X" && state != "none"; ++n) {
    if (n > 0) std::this_thread::sleep_for(milliseconds(10));
    std::ifstream stat("/proc/" + std::to_string(std::stoi(ran->output)) + "/stat");
    std::string pid, name;
    state = "none";
    stat >> pid >> name >> state;
  }
  EXPECT_TRUE(state == "Z" || state == "X" || state == "none") << state;
  // One that leaves a child behind that holds its output is not waited for.
  const auto left = run_program({"sh", "-c", "sleep 60 & echo done"}, "", seconds(30));
  ASSERT_TRUE(left) << left.error().what;
  EXPECT_EQ(left->output, "done\n");
  EXPECT_FALSE(left->timed_out);
}

TEST(StartProgram, HoldsADescriptorAndKeepsVariablesBack) {
  ::setenv("SECRET_TEST_TOKEN", "hunter2", 1);
  ::setenv("FRUIT", "apple", 1);
  auto pipe = make_pipe(), held = make_pipe();
  ASSERT_TRUE(pipe && held);
  auto pid =
      start_program({.arguments = {"sh", "-c", "echo \"$FRUIT,$SECRET_TEST_TOKEN,$SECRET_TEST_OWN\"; echo 9 >&9"},
                     .settings = {"FRUIT=pear", "SECRET_TEST_OWN=yes"},
                     .output = pipe->write_end.get(),
                     .held = std::pair(held->write_end.get(), 9),
                     .withheld = "SECRET_TEST_"});
  ASSERT_TRUE(pid) << pid.error().what;
  EXPECT_EQ(::getsid(*pid), *pid) << "a session of its own";
  ::waitpid(*pid, nullptr, 0);
  ::unsetenv("SECRET_TEST_TOKEN");
  ::unsetenv("FRUIT");
  std::string said(100, '\0'), through(100, '\0');
  said.resize(static_cast<std::size_t>(::read(pipe->read_end.get(), said.data(), said.size())));
  through.resize(static_cast<std::size_t>(::read(held->read_end.get(), through.data(), through.size())));
  EXPECT_EQ(said, "pear,,yes\n");
  EXPECT_EQ(through, "9\n");
}

}  // namespace
}  // namespace hotfixd::common
