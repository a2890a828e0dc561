#include "bot/store/file_lock.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

namespace hotfixd::store {
namespace {

Problem file_problem(const std::string& path, int error) {
  const bool full = error == ENOSPC || error == EDQUOT;
  return {full ? Problem::Kind::full : Problem::Kind::refused,
          fmt::format("cannot write {}: {}", path, std::generic_category().message(error)),
          full ? "free space on its disk" : "check that the folder exists and that hotfixd's user may write to it",
          {}};
}

// "process 123" as the holder wrote it; vague when it has not written yet.
std::string holder(int descriptor) {
  std::array<char, 32> buffer{};
  const auto size = ::pread(descriptor, buffer.data(), buffer.size() - 1, 0);
  std::string pid;
  for (ssize_t i = 0;
       i < size && buffer[static_cast<std::size_t>(i)] >= '0' && buffer[static_cast<std::size_t>(i)] <= '9'; ++i)
    pid.push_back(buffer[static_cast<std::size_t>(i)]);
  return pid.empty() ? "another process" : "process " + pid;
}

}  // namespace

Result<FileLock> FileLock::take(const std::string& path) {
  FileLock lock(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (lock.descriptor_ < 0) return std::unexpected(file_problem(path, errno));
  while (::flock(lock.descriptor_, LOCK_EX | LOCK_NB) != 0) {
    if (errno == EINTR) continue;
    if (errno != EWOULDBLOCK) return std::unexpected(file_problem(path, errno));
    const auto who = holder(lock.descriptor_);
    return std::unexpected(
        Problem{Problem::Kind::locked,
                fmt::format("{} is held by {}: a hotfixd is already running on this database", path, who),
                fmt::format("stop {} first, or give this one a database of its own", who),
                {}});
  }
  const auto pid = fmt::format("{}\n", ::getpid());
  if (::ftruncate(lock.descriptor_, 0) != 0 ||
      ::pwrite(lock.descriptor_, pid.data(), pid.size(), 0) != static_cast<ssize_t>(pid.size()))
    return std::unexpected(file_problem(path, errno));
  return lock;
}

FileLock::FileLock(FileLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

FileLock& FileLock::operator=(FileLock&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

FileLock::~FileLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace hotfixd::store
