// Lines of a pipe or file, taken while other descriptors are watched too.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <string_view>

namespace hotfixd::cli {

// Longer lines are cut here; no message may be that long (local::max_text_bytes).
constexpr std::size_t longest_line = 64 * 1024;

class LineReader {
 public:
  explicit LineReader(int fd) : fd_(fd) {}
  // Reads once; to be called when the descriptor is readable. Failure to read counts as the end.
  void read_some();
  // The next line, or the last one without its newline; nothing when there is none yet.
  std::optional<std::string> next();
  bool ended() const { return ended_ && lines_.empty(); }

 private:
  void take(std::string_view bytes);
  int fd_;
  bool ended_ = false;
  std::string begun_;
  std::deque<std::string> lines_;
};

// Puts lines together that end in a backslash.
class LineJoiner {
 public:
  // The whole message, once it is complete.
  std::optional<std::string> add(std::string line);
  bool in_the_middle() const { return middle_; }
  std::string take_rest();  // at the end of input

 private:
  std::string begun_;
  bool middle_ = false;
};

}  // namespace hotfixd::cli
