#include "bot/store/checkpointer.hpp"

#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bot/store/sqlite_connection.hpp"

namespace hotfixd::store::sqlite {
namespace {

constexpr int kCopyFrom = 4000;      // pages in the log (16 MB): this thread copies them
constexpr int kCopyAtOnce = 32'000;  // 128 MB: this thread does not keep up, the writer copies and waits
constexpr int kRest = 64;            // pages that the writer copies in the time of a commit
constexpr int kMostPasses = 8;
constexpr int kBusy = 64;    // a log of so many pages will grow
constexpr int kStep = 1000;  // pages that it is made longer by
constexpr std::int64_t kFrame = 4096 + 24;
constexpr int kLeastUrgent = 19;  // a nice value

// Gives the pages of the log that are copied then. BUSY is no failure: somebody reads an older state, or the other
// thread copies, and the rest follows later.
int copy(sqlite3* database) {
  int copied = 0;
  const int code = sqlite3_wal_checkpoint_v2(database, nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, &copied);
  if (code != SQLITE_OK && (code & 0xff) != SQLITE_BUSY)
    spdlog::warn("the database's log cannot be copied into its file, it grows: {}", sqlite3_errstr(code));
  return copied;
}

// Writes zeros behind the end of the log, up to so many pages; gives the pages that then fit into the file. A commit
// that makes the file longer costs one more write of the disk, for its size, before it stands. What is behind the last
// frame means nothing to SQLite. Only while nobody else can write to the log.
int lengthen(const std::string& log, int pages) {
  const int file = ::open(log.c_str(), O_WRONLY | O_CLOEXEC);
  if (file < 0) return 0;
  struct stat now{};
  const std::string zeros(1024 * 1024, '\0');
  auto size = ::fstat(file, &now) == 0 ? now.st_size : 0;
  while (size > 0 && size < pages * kFrame) {
    const auto n = ::pwrite(file, zeros.data(), zeros.size(), size);
    if (n <= 0) break;  // no space: the next commit says so, if it needs it
    size += n;
  }
  ::close(file);
  return static_cast<int>(size / kFrame);
}

}  // namespace

Checkpointer::Checkpointer(Connection& writer, std::chrono::milliseconds busy_timeout)
    : writer_(writer),
      database_(writer.path(), SQLite::OPEN_READWRITE | SQLite::OPEN_NOMUTEX, static_cast<int>(busy_timeout.count())) {
  sqlite3_extended_result_codes(database_.getHandle(), 1);
  database_.exec("PRAGMA synchronous = FULL");
  sqlite3_wal_hook(writer_.database().getHandle(), &Checkpointer::committed, this);
  thread_ = std::jthread([this] { run(); });
}

Checkpointer::~Checkpointer() {
  sqlite3_wal_hook(writer_.database().getHandle(), nullptr, nullptr);
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    wake_.notify_one();
  }
  thread_.join();
}

int Checkpointer::committed(void* self, sqlite3* writer, const char* /*database*/, int pages) {
  auto& own = *static_cast<Checkpointer*>(self);
  own.pages_ = pages;
  const bool begun = std::exchange(own.begun_, pages >= kCopyFrom);
  if (!own.begun_) return SQLITE_OK;
  {
    const std::lock_guard lock(own.mutex_);
    const bool copied = std::exchange(own.copied_, false) && begun;  // of this log, not of the one before it
    own.urgent_ = pages >= kCopyAtOnce;
    // Only a log that is copied as a whole begins anew, and nobody else knows a moment without a write: the few pages
    // that were written since the last pass are copied here.
    if (!copied && !own.urgent_) {
      if (!std::exchange(own.wanted_, true)) own.wake_.notify_one();
      return SQLITE_OK;
    }
  }
  const std::lock_guard copying(own.copying_);  // a pass that is under way is waited for: otherwise the log would grow
  copy(writer);
  const std::lock_guard lock(own.mutex_);
  own.urgent_ = false;
  return SQLITE_OK;
}

void Checkpointer::make_room() {
  if (pages_ >= kBusy && pages_ > fit_ - kBusy && pages_ < kCopyFrom)
    fit_ = lengthen(writer_.path() + "-wal", pages_ + kStep);
}

void Checkpointer::run() {
  // It works while nobody else wants to; see kCopyAtOnce.
  ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kLeastUrgent);
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [&] { return wanted_ || stopping_; });
    if (stopping_) return;
    // While it copies the log goes on growing, each time by less.
    for (int pass = 0, before = 0; pass < kMostPasses && !stopping_ && !urgent_; ++pass) {
      lock.unlock();
      int copied = 0;
      {
        const std::lock_guard copying(copying_);
        copied = copy(database_.getHandle());
      }
      lock.lock();
      if (copied - std::exchange(before, copied) < kRest) break;
    }
    wanted_ = false;
    copied_ = true;
  }
}

}  // namespace hotfixd::store::sqlite
