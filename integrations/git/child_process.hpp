// Programs that are run for a moment: no terminal, a time limit, children killed with them.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "bot/domain/basics.hpp"

namespace hotfixd::git {

// A file descriptor that is closed at the end.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() { close(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  Descriptor(Descriptor&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  int get() const { return fd_; }
  void reset(int fd) {
    close();
    fd_ = fd;
  }
  void close();

 private:
  int fd_ = -1;
};

struct Pipe {
  Descriptor read_end, write_end;
};
Result<Pipe> make_pipe();

// In a session of its own, found by PATH; -1 is /dev/null. Its group is its id: kill(-pid, …) ends its children too.
// `settings` ("NAME=value") come before those of this process. not_found when there is no such program.
Result<pid_t> start_program(const std::vector<std::string>& arguments, int input, int output, int errors,
                            const std::vector<std::string>& settings = {});

struct ProgramOutput {
  int status = 0;  // exit status, 128 + the signal's number when a signal ended it
  bool timed_out = false;
  std::string output, errors;  // 64 KiB each at most
};
// Without a shell. Problems: not_found, internal.
Result<ProgramOutput> run_program(const std::vector<std::string>& arguments, std::string_view input,
                                  std::chrono::milliseconds limit, const std::vector<std::string>& settings = {});

}  // namespace hotfixd::git
