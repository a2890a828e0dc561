#pragma once

#include <cstdint>

// A disk that can be full, under SQLite: every file opened while it is there shares its room.

namespace hotfixd::faults {

// Stands before SQLite's own file system as its default while it lives. One at a time; databases opened on it
// are closed before its end. A write that needs more room than is left gives SQLITE_FULL, as ENOSPC does.
class SmallDisk {
 public:
  explicit SmallDisk(std::int64_t bytes);
  ~SmallDisk();
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  void add_room(std::int64_t bytes);
  // How often it was full.
  int refused() const;
};

}  // namespace hotfixd::faults
