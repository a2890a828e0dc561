#include "bot/store/checkpointer.hpp"

#include <spdlog/spdlog.h>
#include <sqlite3.h>

#include "bot/store/sqlite_connection.hpp"

namespace hotfixd::store::sqlite {
namespace {

constexpr int kCopyFrom = 1000;      // pages in the log (4 MB): copied by this thread
constexpr int kCopyAtOnce = 16'000;  // 64 MB: this thread does not keep up, the writer copies and waits

// BUSY is no failure: somebody reads an older state, and the rest is copied later.
void copy(sqlite3* database) {
  const int code = sqlite3_wal_checkpoint_v2(database, nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
  if (code != SQLITE_OK && (code & 0xff) != SQLITE_BUSY)
    spdlog::warn("the database's log cannot be copied into its file, it grows: {}", sqlite3_errstr(code));
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
  if (pages < kCopyFrom) return SQLITE_OK;
  auto& own = *static_cast<Checkpointer*>(self);
  {
    const std::lock_guard lock(own.mutex_);
    // Once the most is copied the writer copies the few pages that were written meanwhile: only a log that is copied as
    // a whole begins anew, and nobody else knows a moment without a write.
    if (!std::exchange(own.copied_, false) && pages < kCopyAtOnce) {
      own.wanted_ = true;
      own.wake_.notify_one();
      return SQLITE_OK;
    }
  }
  copy(writer);
  return SQLITE_OK;
}

void Checkpointer::run() {
  while (true) {
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [&] { return wanted_ || stopping_; });
      if (stopping_) return;
    }
    {
      const std::lock_guard lock(copying_);
      copy(database_.getHandle());
    }
    const std::lock_guard lock(mutex_);
    wanted_ = false;
    copied_ = true;
  }
}

}  // namespace hotfixd::store::sqlite
