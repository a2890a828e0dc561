#include "tests/bench/process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace hotfixd::bench {

Process::Process(const std::vector<std::string>& arguments, const std::string& log) {
  std::array<int, 2> out{};
  if (::pipe2(out.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  const int errors = ::open(log.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
  std::vector<char*> argv;
  for (const auto& a : arguments) argv.push_back(const_cast<char*>(a.c_str()));
  argv.push_back(nullptr);
  pid_ = ::fork();
  if (pid_ < 0) throw std::runtime_error("no process");
  if (pid_ == 0) {
    ::dup2(out[1], STDOUT_FILENO);
    ::dup2(errors, STDERR_FILENO);
    ::execv(argv[0], argv.data());
    ::_exit(127);
  }
  ::close(out[1]);
  ::close(errors);
  out_ = out[0];
}

Process::~Process() {
  if (pid_ > 0) {
    ::kill(pid_, SIGKILL);
    wait();
  }
  ::close(out_);
}

std::string Process::line() {
  std::string text;
  char c = 0;
  while (::read(out_, &c, 1) == 1 && c != '\n') text += c;
  return text;
}

int Process::stop() {
  ::kill(pid_, SIGTERM);
  return wait();
}

int Process::wait() {
  int status = 0;
  ::waitpid(pid_, &status, 0);
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

double Process::megabytes() const {
  std::ifstream in("/proc/" + std::to_string(pid_) + "/status");
  for (std::string word; in >> word;)
    if (double kilobytes = 0; word == "VmRSS:" && in >> kilobytes) return kilobytes / 1024;
  throw std::runtime_error("the process has gone");
}

std::chrono::nanoseconds Process::processor() const {
  std::chrono::nanoseconds all{0};
  for (const auto& task : std::filesystem::directory_iterator("/proc/" + std::to_string(pid_) + "/task")) {
    std::ifstream in(task.path() / "schedstat");
    if (std::int64_t spent = 0; in >> spent) all += std::chrono::nanoseconds{spent};
  }
  return all;
}

}  // namespace hotfixd::bench
