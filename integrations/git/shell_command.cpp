#include "integrations/git/shell_command.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <thread>

#include "integrations/git/child_process.hpp"

namespace hotfixd::git {
namespace {

constexpr std::size_t kMostOutput = 4096;

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
  auto pipe = make_pipe();
  if (!pipe) return std::unexpected(pipe.error());
  auto pid = start_program({"/bin/sh", "-c", command}, -1, pipe->write_end.get(), -1);
  if (!pid) return std::unexpected(pid.error());
  pipe->write_end.close();

  std::string output;
  int status = 0;
  bool exited = false, open = true;
  while (Clock::now() < deadline && !(exited && !open)) {
    if (open) {
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
      pollfd waiting{pipe->read_end.get(), POLLIN, 0};
      if (::poll(&waiting, 1, static_cast<int>(std::clamp<long>(left, 0, 100))) > 0) {
        char buffer[1024];
        const ssize_t count = ::read(pipe->read_end.get(), buffer, sizeof buffer);
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
