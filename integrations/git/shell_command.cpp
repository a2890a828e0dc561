#include "integrations/git/shell_command.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <thread>

extern char** environ;

namespace hotfixd::git {
namespace {

constexpr std::size_t kMostOutput = 4096;

Problem trouble(const std::string& doing, int error) {
  return {Problem::Kind::internal, doing + ": " + std::strerror(error), "", {}};
}

struct Pipe {
  int read_end = -1, write_end = -1;
  ~Pipe() {
    if (read_end >= 0) ::close(read_end);
    close_write_end();
  }
  void close_write_end() {
    if (write_end >= 0) ::close(write_end);
    write_end = -1;
  }
};

Result<pid_t> spawn(const std::string& command, int output) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_init(&attributes);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, output, 1);
  posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setpgroup(&attributes, 0);  // a group of its own, so that children can be killed too
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  std::string shell = "/bin/sh", option = "-c", text = command;
  char* const arguments[] = {shell.data(), option.data(), text.data(), nullptr};
  pid_t pid = 0;
  const int error = posix_spawn(&pid, "/bin/sh", &actions, &attributes, arguments, environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) return std::unexpected(trouble("starting the command for the production tag", error));
  return pid;
}

std::string trim(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  const std::size_t from = text.find_first_not_of(kBlank);
  if (from == std::string_view::npos) return {};
  return std::string(text.substr(from, text.find_last_not_of(kBlank) - from + 1));
}

}  // namespace

Result<std::string> first_line_of(const std::string& command, std::chrono::milliseconds limit) {
  using Clock = std::chrono::steady_clock;
  const auto deadline = Clock::now() + limit;
  Pipe pipe;
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return std::unexpected(trouble("making a pipe", errno));
  pipe.read_end = ends[0], pipe.write_end = ends[1];
  auto pid = spawn(command, pipe.write_end);
  if (!pid) return std::unexpected(pid.error());
  pipe.close_write_end();

  std::string output;
  int status = 0;
  bool exited = false, open = true;
  while (Clock::now() < deadline && !(exited && !open)) {
    if (open) {
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
      pollfd waiting{pipe.read_end, POLLIN, 0};
      if (::poll(&waiting, 1, static_cast<int>(std::clamp<long>(left, 0, 100))) > 0) {
        char buffer[1024];
        const ssize_t count = ::read(pipe.read_end, buffer, sizeof buffer);
        if (count > 0) output.append(buffer, std::min(static_cast<std::size_t>(count), kMostOutput - output.size()));
        open = count > 0 || (count < 0 && errno == EINTR);
      }
    } else {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    if (!exited) exited = ::waitpid(*pid, &status, WNOHANG) == *pid;
    if (exited && output.find('\n') != std::string::npos) open = false;
  }
  ::kill(-*pid, SIGKILL);  // the group: also what the command left running
  if (!exited) {
    ::waitpid(*pid, &status, 0);
    return std::unexpected(Problem{Problem::Kind::unreachable,
                                   "the command for the production tag took too long",
                                   "it must print the tag within " + std::to_string(limit.count() / 1000) + " s",
                                   {}});
  }
  const std::string line = trim(std::string_view(output).substr(0, output.find('\n')));
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    return std::unexpected(Problem{Problem::Kind::refused,
                                   "the command for the production tag failed with status " +
                                       std::to_string(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status)),
                                   "run it by hand",
                                   {}});
  if (line.empty())
    return std::unexpected(
        Problem{Problem::Kind::refused, "the command for the production tag printed nothing", "run it by hand", {}});
  return line;
}

}  // namespace hotfixd::git
