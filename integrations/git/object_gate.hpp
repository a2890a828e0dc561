// Stands before the objects of a repository handle: whoever waits can stop what reads them, what is too large is not
// read, and what is written stays in memory, where it is counted.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "bot/ports/git_repository.hpp"
#include "integrations/git/handle.hpp"

namespace hotfixd::git {

// What is written stays in memory, and nothing may be larger than this.
struct InMemory {
  std::size_t largest_object = 100 << 20;  // bytes, unpacked; GitHub takes no larger file
  std::size_t most_kept = 512 << 20;       // bytes written and not dropped; beyond it nothing can be read
  std::size_t most_lines = 1'000'000;      // of a file: a merge takes half a kilobyte for each
  unsigned reads_per_question = 16;
  // Asked for what is read and not there, which it puts on the disk; may be empty.
  std::function<Result<void>(const std::vector<git_oid>&)> fetch{};
};

// Once for a handle, as long as it lives. What is beyond a limit gives Problem::invalid. Gives libgit2's code.
int put_gate(git_repository* repository, const InMemory& limits);

// As long as it lives, reading through that handle asks `progress`, which may be empty, now and then with an empty
// text; when that says no, reading gives Problem::unreachable, and so does whatever libgit2 is at: a merge, a
// comparison, a walk. What libgit2 remembers is not read. `progress` must not throw, nor use the repository. A handle
// without a gate is left alone; not one within another.
class Stoppable {
 public:
  Stoppable(git_repository* handle, const GitProgress& progress);
  ~Stoppable();
  Stoppable(const Stoppable&) = delete;
  Stoppable& operator=(const Stoppable&) = delete;

 private:
  OdbHandle objects_;
};

// Was it stopped? For after those of libgit2's calls that take an object they cannot read for one that is not there.
bool was_stopped(git_repository* repository);

// Why the last read was refused, after a call that failed and does not say; nothing when none was.
std::optional<Problem> why_refused(git_repository* repository);

// What is written meanwhile is dropped with it: for trees and files that are made to be compared and not to be kept.
// One within another ends with the outer one.
class Passing {
 public:
  explicit Passing(git_repository* repository);
  ~Passing();
  Passing(const Passing&) = delete;
  Passing& operator=(const Passing&) = delete;

 private:
  OdbHandle objects_;
};

// Does it fetch what is missing? And what is known to be, at once.
bool fetches(git_repository* repository);
Result<void> fetch_now(git_repository* repository, const std::vector<git_oid>& wanted);

// What was written to memory and is there still, and its end. Nothing that was written may be used after it.
std::size_t kept_bytes(git_repository* repository);
void drop_kept(git_repository* repository);

}  // namespace hotfixd::git
