// Programs of this machine: without a terminal, run for a moment with a time limit, or left to go on by themselves.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bot/domain/basics.hpp"

namespace hotfixd::common {

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

struct Program {
  std::vector<std::string> arguments;         // the first is found by PATH
  std::vector<std::string> settings{};        // "NAME=value", before those of this process
  int input = -1, output = -1, errors = -1;   // -1: /dev/null
  std::optional<std::pair<int, int>> held{};  // a descriptor, and the number that it has there
  std::string_view withheld{};  // variables of this process that begin so are not handed on; empty: all are
};
// In a session of its own, which goes on when this process ends. Its group is its id: kill(-pid, …) ends its children
// too. not_found when there is no such program.
Result<pid_t> start_program(Program program);

struct ProgramOutput {
  int status = 0;  // exit status, 128 + the signal's number when a signal ended it
  bool timed_out = false;
  std::string output, errors;  // 64 KiB each at most
};
// Without a shell. Problems: not_found, internal.
Result<ProgramOutput> run_program(const std::vector<std::string>& arguments, std::string_view input,
                                  std::chrono::milliseconds limit, const std::vector<std::string>& settings = {});

}  // namespace hotfixd::common
