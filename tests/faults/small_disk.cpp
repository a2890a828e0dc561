#include "tests/faults/small_disk.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <new>
#include <stdexcept>

// A VFS shim as https://www.sqlite.org/vfs.html describes it: xOpen, xWrite and xTruncate are its own, the rest
// goes to the file below.

namespace hotfixd::faults {
namespace {

struct Disk {
  std::int64_t room = 0;
  int refused = 0;
  sqlite3_vfs* below = nullptr;
  sqlite3_vfs shim{};
} disk;

struct File {
  sqlite3_file base;
  sqlite3_int64 size;  // what it takes of the room

  sqlite3_file* below() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

File* of(sqlite3_file* file) { return reinterpret_cast<File*>(file); }
const sqlite3_io_methods& below(sqlite3_file* file) { return *of(file)->below()->pMethods; }

// The file's end moves to `end`; false when there is no room for that.
bool takes(File& file, sqlite3_int64 end) {
  if (end - file.size > disk.room) {
    ++disk.refused;
    return false;
  }
  disk.room -= end - file.size;
  file.size = end;
  return true;
}

int write(sqlite3_file* file, const void* data, int count, sqlite3_int64 at) {
  if (!takes(*of(file), std::max(of(file)->size, at + count))) return SQLITE_FULL;
  return below(file).xWrite(of(file)->below(), data, count, at);
}

int truncate(sqlite3_file* file, sqlite3_int64 size) {
  const int code = below(file).xTruncate(of(file)->below(), size);
  if (code == SQLITE_OK) takes(*of(file), std::min(of(file)->size, size));
  return code;
}

// A file that is closed keeps its room: it is still there.
const sqlite3_io_methods methods{
    3,
    [](sqlite3_file* f) { return below(f).xClose(of(f)->below()); },
    [](sqlite3_file* f, void* to, int n, sqlite3_int64 at) { return below(f).xRead(of(f)->below(), to, n, at); },
    write,
    truncate,
    [](sqlite3_file* f, int flags) { return below(f).xSync(of(f)->below(), flags); },
    [](sqlite3_file* f, sqlite3_int64* size) { return below(f).xFileSize(of(f)->below(), size); },
    [](sqlite3_file* f, int lock) { return below(f).xLock(of(f)->below(), lock); },
    [](sqlite3_file* f, int lock) { return below(f).xUnlock(of(f)->below(), lock); },
    [](sqlite3_file* f, int* out) { return below(f).xCheckReservedLock(of(f)->below(), out); },
    [](sqlite3_file* f, int op, void* arg) {
      // Told how large a file will become, the file system below would make it so behind our back.
      if (op == SQLITE_FCNTL_SIZE_HINT || op == SQLITE_FCNTL_CHUNK_SIZE) return SQLITE_OK;
      return below(f).xFileControl(of(f)->below(), op, arg);
    },
    [](sqlite3_file* f) { return below(f).xSectorSize(of(f)->below()); },
    [](sqlite3_file* f) { return below(f).xDeviceCharacteristics(of(f)->below()); },
    [](sqlite3_file* f, int page, int size, int extend, void volatile** out) {
      return below(f).xShmMap(of(f)->below(), page, size, extend, out);
    },
    [](sqlite3_file* f, int offset, int n, int flags) { return below(f).xShmLock(of(f)->below(), offset, n, flags); },
    [](sqlite3_file* f) { below(f).xShmBarrier(of(f)->below()); },
    [](sqlite3_file* f, int remove) { return below(f).xShmUnmap(of(f)->below(), remove); },
    [](sqlite3_file* f, sqlite3_int64 at, int n, void** out) { return below(f).xFetch(of(f)->below(), at, n, out); },
    [](sqlite3_file* f, sqlite3_int64 at, void* p) { return below(f).xUnfetch(of(f)->below(), at, p); },
};

int open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out) {
  auto* shim = new (file) File{};
  const int code = disk.below->xOpen(disk.below, name, shim->below(), flags, out);
  if (shim->below()->pMethods == nullptr) return code;
  shim->base.pMethods = &methods;
  if (code == SQLITE_OK) shim->below()->pMethods->xFileSize(shim->below(), &shim->size);
  return code;
}

}  // namespace

SmallDisk::SmallDisk(std::int64_t bytes) {
  if (disk.below != nullptr) throw std::logic_error("there is a small disk already");
  disk = {bytes, 0, sqlite3_vfs_find(nullptr), {}};
  disk.shim = *disk.below;
  disk.shim.zName = "small_disk";
  disk.shim.szOsFile = static_cast<int>(sizeof(File)) + disk.below->szOsFile;
  disk.shim.xOpen = open;
  sqlite3_vfs_register(&disk.shim, 1);
}

SmallDisk::~SmallDisk() {
  sqlite3_vfs_unregister(&disk.shim);
  sqlite3_vfs_register(disk.below, 1);
  disk.below = nullptr;
}

void SmallDisk::add_room(std::int64_t bytes) { disk.room += bytes; }
int SmallDisk::refused() const { return disk.refused; }

}  // namespace hotfixd::faults
