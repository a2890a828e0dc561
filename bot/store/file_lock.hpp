#pragma once

#include <string>

#include "bot/domain/basics.hpp"

// One engine per database: an flock on a file beside it, which the kernel drops when the process dies.

namespace hotfixd::store {

class FileLock {
 public:
  // Takes the lock on `path`, creating the file, and writes our process id into it. Problems: locked
  // (naming the holder), refused (the file cannot be created), full.
  static Result<FileLock> take(const std::string& path);

  FileLock() = default;
  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&& other) noexcept;
  // The file stays: removing it would let two processes hold locks on two files of the same name.
  ~FileLock();

 private:
  explicit FileLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_ = -1;
};

}  // namespace hotfixd::store
