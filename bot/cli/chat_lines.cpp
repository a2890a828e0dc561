#include "bot/cli/chat_lines.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace hotfixd::cli {

void LineReader::read_some() {
  char bytes[4096];
  const auto count = ::read(fd_, bytes, sizeof bytes);
  if (count > 0) return take({bytes, static_cast<std::size_t>(count)});
  if (count < 0 && (errno == EINTR || errno == EAGAIN)) return;
  if (!begun_.empty()) lines_.push_back(std::exchange(begun_, {}));
  ended_ = true;
}

void LineReader::take(std::string_view bytes) {
  for (;;) {
    const auto end = bytes.find('\n');
    const std::string_view part = bytes.substr(0, end);
    begun_ += part.substr(0, longest_line - std::min(longest_line, begun_.size()));
    if (end == std::string_view::npos) return;
    if (begun_.ends_with('\r')) begun_.pop_back();
    lines_.push_back(std::exchange(begun_, {}));
    bytes.remove_prefix(end + 1);
  }
}

std::optional<std::string> LineReader::next() {
  if (lines_.empty()) return std::nullopt;
  std::string line = std::move(lines_.front());
  lines_.pop_front();
  return line;
}

std::optional<std::string> LineJoiner::add(std::string line) {
  // An even number of backslashes at the end is text, such as a Windows path.
  const auto last_other = line.find_last_not_of('\\');
  const std::size_t slashes = line.size() - (last_other == std::string::npos ? 0 : last_other + 1);
  middle_ = slashes % 2 == 1 && begun_.size() < longest_line;
  if (slashes % 2 == 1) line.pop_back();
  begun_ += line;
  if (!middle_) return std::exchange(begun_, {});
  begun_ += '\n';
  return std::nullopt;
}

std::string LineJoiner::take_rest() {
  middle_ = false;
  return std::exchange(begun_, {});
}

}  // namespace hotfixd::cli
