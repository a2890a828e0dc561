#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

// Copies what the write-ahead log holds into the database file, beside the thread that commits: who waits for a commit
// does not wait for that too.

namespace hotfixd::store::sqlite {

class Connection;

class Checkpointer {
 public:
  // Takes over from SQLite's own checkpoints on this connection, which must outlive it; has one of its own.
  // Throws SQLite::Exception.
  Checkpointer(Connection& writer, std::chrono::milliseconds busy_timeout);
  ~Checkpointer();
  Checkpointer(const Checkpointer&) = delete;
  Checkpointer& operator=(const Checkpointer&) = delete;

  // At the start of a write transaction, when nobody else can write: the log shall not become full in it.
  void make_room();

  // While it is held nothing is copied, and the log may be cut off.
  std::unique_lock<std::recursive_mutex> pause() {
    fit_ = 0;
    return std::unique_lock(copying_);
  }

 private:
  // Called by SQLite in the writing thread, after each commit, with the pages that the log then holds.
  static int committed(void* self, sqlite3* writer, const char* database, int pages);
  void run();

  Connection& writer_;
  // The writing thread's: pages of the log, in use and that the file has room for; whether its copying has begun.
  int pages_ = 0, fit_ = 0;
  bool begun_ = false;
  SQLite::Database database_;
  std::recursive_mutex copying_;  // what is committed while it is held may have to be copied at once
  std::mutex mutex_;              // of what follows
  std::condition_variable wake_;
  bool wanted_ = false, copied_ = false, urgent_ = false, stopping_ = false;
  std::jthread thread_;
};

}  // namespace hotfixd::store::sqlite
