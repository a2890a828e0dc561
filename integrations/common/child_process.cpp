#include "integrations/common/child_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <thread>

extern char** environ;

namespace hotfixd::common {
namespace {

constexpr std::size_t kMostOutput = 64 * 1024;

Problem trouble(const std::string& doing, int error) {
  return {error == ENOENT ? Problem::Kind::not_found : Problem::Kind::internal,
          doing + ": " + std::strerror(error),
          "",
          {}};
}

// A file that holds `text`, to be read from its beginning: nobody has to feed a pipe.
Result<Descriptor> file_of(std::string_view text) {
  Descriptor file(::memfd_create("input", MFD_CLOEXEC));
  while (file.get() >= 0 && !text.empty()) {
    const ssize_t count = ::write(file.get(), text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return std::unexpected(trouble("writing for a program", errno));
    text.remove_prefix(static_cast<std::size_t>(count));
  }
  if (file.get() < 0 || ::lseek(file.get(), 0, SEEK_SET) < 0)
    return std::unexpected(trouble("making a file for a program", errno));
  return file;
}

// False at its end.
bool read_some(int fd, std::string& into) {
  std::array<char, 4096> buffer{};
  const ssize_t count = ::read(fd, buffer.data(), buffer.size());
  if (count < 0) return errno == EINTR;
  into.append(buffer.data(), std::min(static_cast<std::size_t>(count), kMostOutput - into.size()));
  return count > 0;
}

}  // namespace

void Descriptor::close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

Result<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return std::unexpected(trouble("making a pipe", errno));
  return Pipe{Descriptor(ends[0]), Descriptor(ends[1])};
}

Result<pid_t> start_program(Program program) {
  std::vector<char*> argv, environment;
  for (auto& word : program.arguments) argv.push_back(word.data());
  argv.push_back(nullptr);
  for (auto& value : program.settings) environment.push_back(value.data());
  for (char** one = environ; one != nullptr && *one != nullptr; ++one) {
    const std::string_view text(*one);
    const auto name = text.substr(0, text.find('=') + 1);
    const bool withheld = !program.withheld.empty() && text.starts_with(program.withheld);
    if (!withheld && std::ranges::none_of(program.settings, [&](const auto& own) { return own.starts_with(name); }))
      environment.push_back(*one);
  }
  environment.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_init(&attributes);
  for (const auto& [from, to] : {std::pair(program.input, 0), {program.output, 1}, {program.errors, 2}}) {
    if (from >= 0)
      posix_spawn_file_actions_adddup2(&actions, from, to);
    else
      posix_spawn_file_actions_addopen(&actions, to, "/dev/null", to == 0 ? O_RDONLY : O_WRONLY, 0);
  }
  if (program.held) posix_spawn_file_actions_adddup2(&actions, program.held->first, program.held->second);
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  pid_t pid = 0;
  const int error = posix_spawnp(&pid, argv.front(), &actions, &attributes, argv.data(), environment.data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) return std::unexpected(trouble("starting " + program.arguments.front(), error));
  return pid;
}

Result<ProgramOutput> run_program(const std::vector<std::string>& arguments, std::string_view input,
                                  std::chrono::milliseconds limit, const std::vector<std::string>& settings) {
  using Clock = std::chrono::steady_clock;
  const auto deadline = Clock::now() + limit;
  auto file = file_of(input);
  if (!file) return std::unexpected(file.error());
  auto output = make_pipe();
  if (!output) return std::unexpected(output.error());
  auto errors = make_pipe();
  if (!errors) return std::unexpected(errors.error());
  auto pid = start_program({.arguments = arguments,
                            .settings = settings,
                            .input = file->get(),
                            .output = output->write_end.get(),
                            .errors = errors->write_end.get()});
  if (!pid) return std::unexpected(pid.error());
  output->write_end.close();
  errors->write_end.close();
  ProgramOutput done;
  int status = 0;
  bool exited = false, open[2] = {true, true};
  while (Clock::now() < deadline && !(exited && !open[0] && !open[1])) {
    std::array<pollfd, 2> waiting{pollfd{open[0] ? output->read_end.get() : -1, POLLIN, 0},
                                  pollfd{open[1] ? errors->read_end.get() : -1, POLLIN, 0}};
    if (open[0] || open[1]) {
      if (::poll(waiting.data(), waiting.size(), exited ? 0 : 50) > 0) {
        if (waiting[0].revents != 0) open[0] = read_some(output->read_end.get(), done.output);
        if (waiting[1].revents != 0) open[1] = read_some(errors->read_end.get(), done.errors);
      } else if (exited) {
        break;  // what it left running has the other ends: it is not waited for
      }
    } else {
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    if (!exited) exited = ::waitpid(*pid, &status, WNOHANG) == *pid;
  }
  done.timed_out = !exited;
  ::kill(-*pid, SIGKILL);  // the group: also what it left running
  if (!exited) ::waitpid(*pid, &status, 0);
  done.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return done;
}

}  // namespace hotfixd::common
