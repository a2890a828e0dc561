#include "bot/store/sqlite_store.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include "bot/store/checkpointer.hpp"
#include "bot/store/codec.hpp"
#include "bot/store/file_lock.hpp"
#include "bot/store/rules.hpp"
#include "bot/store/sqlite_audit.hpp"
#include "bot/store/sqlite_connection.hpp"
#include "bot/store/sqlite_read.hpp"
#include "bot/store/sqlite_schema.hpp"
#include "bot/store/sqlite_write.hpp"

// The port on top of the reading, writing and auditing parts, and how a database is opened.

namespace hotfixd::store {
namespace {

using sqlite::Checkpointer;
using sqlite::Connection;
using sqlite::guarded;
using sqlite::Query;
using sqlite::Transaction;

class SqliteStore final : public Store {
 public:
  SqliteStore(FileLock lock, std::unique_ptr<Connection> connection, std::unique_ptr<Checkpointer> checkpointer,
              std::string environment, IdSource& ids)
      : lock_(std::move(lock)),
        connection_(std::move(connection)),
        checkpointer_(std::move(checkpointer)),
        environment_(std::move(environment)),
        ids_(ids) {}

  Result<std::vector<CommitOutcome>> commit(std::span<const Commit> commits) override {
    if (auto problem = wrong_call(commits)) return std::unexpected(std::move(*problem));
    if (commits.empty()) return std::vector<CommitOutcome>{};
    return writing("committing", [&] {
      return written_in_order(commits, [this](const Commit& element) {
        return sqlite::write_element(*connection_, heads_, element, ids_);
      });
    });
  }

  Result<std::vector<Event>> load(const IncidentId& id) override {
    return reading("reading " + id, [&] { return sqlite::read_events(*connection_, id); });
  }
  Result<std::vector<IncidentHead>> heads(bool all) override {
    return reading("reading the incidents", [&] { return sqlite::read_heads(*connection_, all); });
  }
  Result<std::uint64_t> last_number() override {
    return reading("reading the incidents", [&] {
      Query row(*connection_, "SELECT COALESCE(MAX(number), 0) FROM incidents");
      return row.next() ? row.count(0) : 0;
    });
  }
  Result<std::optional<InboxAnswer>> seen(const std::string& delivery_id) override {
    return reading("reading the inbox", [&] { return sqlite::read_answer(*connection_, delivery_id); });
  }
  Result<std::vector<std::optional<InboxAnswer>>> seen_all(std::span<const std::string> delivery_ids) override {
    return reading("reading the inbox", [&] {
      std::vector<std::optional<InboxAnswer>> answers;
      for (const auto& id : delivery_ids) answers.push_back(sqlite::read_answer(*connection_, id));
      return answers;
    });
  }
  Result<std::vector<OutboxItem>> pending() override {
    return reading("reading the outbox", [&] { return sqlite::read_pending(*connection_); });
  }
  Result<std::optional<PlacedMessage>> placed(const std::string& slot) override {
    return reading("reading placed messages", [&]() -> std::optional<PlacedMessage> {
      Query row(*connection_, "SELECT channel, message FROM placed WHERE slot = ?", slot);
      if (!row.next()) return std::nullopt;
      return PlacedMessage{row.text(0), row.text(1)};
    });
  }
  Result<std::vector<LooseMessage>> loose(const ChannelId& channel, Time since) override {
    return reading("reading earlier messages", [&] { return sqlite::read_loose(*connection_, channel, since); });
  }
  Result<std::vector<DeadLetter>> dead_letters() override {
    return reading("reading dead letters", [&] { return sqlite::read_dead_letters(*connection_); });
  }
  Result<MessageCounts> counts(const IncidentId& id) override {
    return reading("reading " + id, [&] {
      Query row(*connection_, "SELECT posts, edits FROM incidents WHERE id = ?", id);
      return row.next() ? MessageCounts{row.count(0), row.count(1)} : MessageCounts{};
    });
  }
  Result<std::string> last_deployed(const std::string& repository) override {
    return reading("reading deployments",
                   [&] { return sqlite::read_last_deployed(*connection_, repository, environment_); });
  }
  Result<void> prune(Time before) override {
    return writing("pruning", [&] { sqlite::write_prune(*connection_, before); });
  }
  Result<std::uint64_t> verify(const IncidentId& id) override {
    return reading("verifying " + id, [&] { return sqlite::verify_chain(*connection_, id); });
  }
  Result<Erased> redact(const Erasure& erasure) override {
    if (auto problem = wrong_erasure(erasure)) return std::unexpected(std::move(*problem));
    auto count = writing("erasing a text", [&] { return sqlite::erase_texts(*connection_, heads_, erasure, ids_); });
    if (!count) return count;
    const auto paused = checkpointer_ ? checkpointer_->pause() : std::unique_lock<std::recursive_mutex>();
    auto scrubbed = guarded(connection_->path(), "clearing the file of an erased text; repeat the redaction",
                            [&] { sqlite::scrub_file(*connection_); });
    if (!scrubbed) return std::unexpected(std::move(scrubbed.error()));
    return count;
  }

 private:
  // One consistent state for all queries of f, whatever another connection commits meanwhile.
  template <typename Function>
  auto reading(std::string_view doing, Function&& f) -> Result<std::invoke_result_t<Function>> {
    return guarded(connection_->path(), doing, [&] {
      Transaction transaction(*connection_, Transaction::Kind::read);
      auto result = f();
      transaction.commit();
      return result;
    });
  }

  template <typename Function>
  auto writing(std::string_view doing, Function&& f) -> Result<std::invoke_result_t<Function>> {
    return guarded(connection_->path(), doing, [&] {
      Transaction transaction(*connection_, Transaction::Kind::write);
      if (checkpointer_) checkpointer_->make_room();
      heads_.begin();
      if constexpr (std::is_void_v<std::invoke_result_t<Function>>) {
        f();
        transaction.commit();
        heads_.committed();
      } else {
        auto result = f();
        transaction.commit();
        heads_.committed();
        return result;
      }
    });
  }

  FileLock lock_;  // given up last
  std::unique_ptr<Connection> connection_;
  sqlite::Heads heads_{*connection_};
  std::unique_ptr<Checkpointer> checkpointer_;  // none of a database that is only read or only in memory
  std::string environment_;
  IdSource& ids_;
};

// A new database is readable by its owner only. An existing one is not touched: closing a second
// descriptor of it would drop SQLite's own locks in this process.
Result<void> create_private(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (descriptor >= 0) {
    ::close(descriptor);
    return {};
  }
  if (errno == EEXIST) return {};
  const int code = errno == ENOSPC || errno == EDQUOT ? SQLITE_FULL : SQLITE_CANTOPEN;
  return std::unexpected(sqlite::problem_of(code, "no new file can be made", "creating it", path));
}

void set_up(Connection& connection, const SqliteOptions& options) {
  auto& database = connection.database();
  sqlite3_limit(database.getHandle(), SQLITE_LIMIT_LENGTH, static_cast<int>(kLargestBody));
  database.exec("PRAGMA trusted_schema = OFF");
  sqlite::require_ours(connection);
  if (options.read_only) {
    sqlite::require_schema(connection);
    return;
  }
  const std::string mode = database.execAndGet("PRAGMA journal_mode = WAL").getString();
  if (mode != "wal" && mode != "memory")
    throw sqlite::Failed{{Problem::Kind::refused,
                          fmt::format("{} lies where SQLite cannot keep a write-ahead log", connection.path()),
                          "put the database on a local disk",
                          {}}};
  database.exec("PRAGMA synchronous = FULL");
  database.exec("PRAGMA foreign_keys = ON");
  database.exec("PRAGMA secure_delete = ON");
  database.exec("PRAGMA journal_size_limit = 67108864");
  database.exec("PRAGMA cache_size = -4096");  // kB: a busy hour's pages are not read again
  if (options.max_bytes > 0) {
    const auto page = static_cast<std::uint64_t>(database.execAndGet("PRAGMA page_size").getInt64());
    database.execAndGet(
        fmt::format("PRAGMA max_page_count = {}", std::max<std::uint64_t>(1, options.max_bytes / page)));
  }
  sqlite::migrate(connection);
}

}  // namespace

Result<std::unique_ptr<Store>> open_sqlite(const SqliteOptions& options, IdSource& ids) {
  const bool in_memory = options.path == ":memory:";
  if (options.path.empty() || (in_memory && options.read_only))
    return std::unexpected(Problem{Problem::Kind::invalid,
                                   "a database that is read needs a file",
                                   "set the store's path in the configuration",
                                   {}});
  FileLock lock;
  if (options.exclusive && !options.read_only && !in_memory) {
    auto taken = FileLock::take(options.path + ".lock");
    if (!taken) return std::unexpected(std::move(taken.error()));
    lock = std::move(*taken);
  }
  if (!options.read_only && !in_memory)
    if (auto created = create_private(options.path); !created) return std::unexpected(std::move(created.error()));
  return guarded(options.path, "opening it", [&]() -> std::unique_ptr<Store> {
    const int flags = options.read_only ? SQLite::OPEN_READONLY : SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE;
    auto connection = std::make_unique<Connection>(options.path, flags, options.busy_timeout);
    set_up(*connection, options);
    std::unique_ptr<Checkpointer> checkpointer;
    if (!in_memory && !options.read_only)
      checkpointer = std::make_unique<Checkpointer>(*connection, options.busy_timeout);
    return std::make_unique<SqliteStore>(std::move(lock), std::move(connection), std::move(checkpointer),
                                         options.environment, ids);
  });
}

Result<AuditReport> audit_sqlite(const std::string& path, const IncidentId& only, const std::string& expected) {
  std::error_code unreadable;
  const auto size = std::filesystem::file_size(path, unreadable);
  if (unreadable == std::errc::no_such_file_or_directory || (!unreadable && size == 0)) {
    AuditReport nothing;
    nothing.findings.push_back(fmt::format("{} is {}", path, unreadable ? "not there" : "empty"));
    return nothing;
  }
  return guarded(path, "auditing it", [&] {
    Connection connection(path, SQLite::OPEN_READONLY, SqliteOptions{}.busy_timeout);
    set_up(connection, {.path = path, .read_only = true});
    connection.database().exec("PRAGMA temp_store = MEMORY");  // whoever audits need not be able to write anywhere
    Transaction transaction(connection, Transaction::Kind::read);
    auto report = sqlite::audit(connection, only, expected);
    transaction.commit();
    return report;
  });
}

}  // namespace hotfixd::store
