#include "integrations/local/channel_store.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <mutex>

#include "integrations/local/incoming_rows.hpp"
#include "integrations/local/message_json.hpp"
#include "integrations/local/safe_text.hpp"
#include "integrations/local/sqlite_support.hpp"

namespace hotfixd::local {
namespace {

constexpr std::int64_t changes_kept = 1000;
constexpr std::array<const char*, 5> change_kinds = {"posted", "edited", "deleted", "reacted", "unreacted"};

constexpr const char* entry_columns =
    "number, channel, author_id, author_name, at, text, card, command, edited_at, deleted, pinned, ping, private_to, "
    "refused";

std::unexpected<Problem> fail(Problem::Kind kind, std::string what, std::string mend = {}) {
  return std::unexpected(Problem{kind, std::move(what), std::move(mend), {}});
}

std::unexpected<Problem> no_message(Number number) {
  return fail(Problem::Kind::not_found, fmt::format("there is no message #{}", number));
}

Result<std::string> checked_text(std::string_view text) {
  if (text.size() > max_text_bytes) {
    return fail(Problem::Kind::invalid,
                fmt::format("the message has {} bytes, more than {}", text.size(), max_text_bytes), "send it in parts");
  }
  std::string safe = safe_text(text);
  // Pictures of control characters take three bytes; what was full of them may have grown past the limit.
  if (safe.size() > max_text_bytes) {
    return fail(Problem::Kind::invalid, "the message is full of control characters", "send it as plain text");
  }
  if (safe.find_first_not_of(" \t\n") == std::string::npos) return fail(Problem::Kind::invalid, "the message is empty");
  return safe;
}

Result<Entry> read_entry(const SQLite::Statement& row) {
  Entry entry;
  entry.number = static_cast<Number>(row.getColumn(0).getInt64());
  entry.channel = row.getColumn(1).getString();
  entry.author = {row.getColumn(2).getString(), row.getColumn(3).getString()};
  entry.at = from_row(row.getColumn(4).getInt64());
  entry.text = row.getColumn(5).getString();
  if (!row.getColumn(6).isNull()) {
    auto card = message_from_json(row.getColumn(6).getString());
    if (!card) return std::unexpected(card.error());
    entry.card = *std::move(card);
  }
  entry.command = row.getColumn(7).getInt() != 0;
  if (!row.getColumn(8).isNull()) entry.edited_at = from_row(row.getColumn(8).getInt64());
  entry.deleted = row.getColumn(9).getInt() != 0;
  entry.pinned = row.getColumn(10).getInt() != 0;
  entry.ping = row.getColumn(11).getInt() != 0;
  entry.private_to = row.getColumn(12).getString();
  entry.refused = row.getColumn(13).getInt() != 0;
  return entry;
}

struct Listeners {
  std::mutex mutex;
  std::uint64_t last = 0;
  std::vector<std::pair<std::uint64_t, ChannelStore::Listener>> all;

  // Tells all of what `newer` returns; both under the lock, so that changes are told in their order.
  template <typename F>
  Result<void> tell(F&& newer) {
    const std::scoped_lock lock(mutex);
    const Result<std::vector<Change>> changes = std::forward<F>(newer)();
    if (!changes) return std::unexpected(changes.error());
    for (const Change& change : *changes)
      for (const auto& [id, listener] : all) listener(change);
    return {};
  }
};

class Subscribed final : public ChannelStore::Subscription {
 public:
  Subscribed(std::shared_ptr<Listeners> listeners, std::uint64_t id) : listeners_(std::move(listeners)), id_(id) {}
  ~Subscribed() override {
    const std::scoped_lock lock(listeners_->mutex);
    std::erase_if(listeners_->all, [&](const auto& entry) { return entry.first == id_; });
  }

 private:
  std::shared_ptr<Listeners> listeners_;
  std::uint64_t id_;
};

}  // namespace

MessageId message_id(Number number) { return std::to_string(number); }

std::optional<Number> parse_message_id(std::string_view id) {
  Number number = 0;
  const auto [end, error] = std::from_chars(id.data(), id.data() + id.size(), number);
  if (error != std::errc() || end != id.data() + id.size() || number == 0 || number > INT64_MAX) return std::nullopt;
  return number;
}

struct ChannelStore::Impl {
  std::unique_ptr<SQLite::Database> db;
  mutable std::mutex mutex;  // one connection, one statement at a time
  std::shared_ptr<Listeners> listeners = std::make_shared<Listeners>();
  std::int64_t told = 0;  // under mutex: the last change that listeners were told of

  template <typename F>
  auto read(F&& work) const -> std::invoke_result_t<F> {
    const std::scoped_lock lock(mutex);
    return guarded(std::forward<F>(work));
  }

  // Runs `work` in one immediate transaction, commits when it succeeded, and only then tells listeners.
  template <typename F>
  auto transact(F&& work) -> std::invoke_result_t<F, std::vector<Change>&> {
    using Outcome = std::invoke_result_t<F, std::vector<Change>&>;
    std::vector<Change> changes;
    auto outcome = [&]() -> Outcome {
      const std::scoped_lock lock(mutex);
      return guarded([&]() -> Outcome {
        SQLite::Transaction transaction(*db, SQLite::TransactionBehavior::IMMEDIATE);
        Outcome result = work(changes);
        if (!result) return result;
        record(changes);
        transaction.commit();
        return result;
      });
    }();
    // It is stored; what cannot be read back now is told with the next change.
    if (outcome && !changes.empty()) {
      [[maybe_unused]] const auto later = tell_changes();
    }
    return outcome;
  }

  void record(const std::vector<Change>& changes) {
    for (const Change& change : changes) {
      SQLite::Statement insert(
          *db,
          "INSERT INTO changes (kind, number, channel, person_id, person_name, reaction) VALUES (?, ?, ?, ?, ?, ?)");
      insert.bind(1, change_kinds.at(static_cast<std::size_t>(change.kind)));
      insert.bind(2, static_cast<std::int64_t>(change.number));
      insert.bind(3, change.channel);
      insert.bind(4, change.person.id);
      insert.bind(5, change.person.name);
      insert.bind(6, change.reaction);
      insert.exec();
    }
    if (changes.empty()) return;
    SQLite::Statement prune(*db, "DELETE FROM changes WHERE seq <= ?");
    prune.bind(1, db->getLastInsertRowid() - changes_kept);
    prune.exec();
  }

  Result<void> tell_changes() {
    return listeners->tell([this] {
      return read([this]() -> Result<std::vector<Change>> {
        std::vector<Change> changes;
        SQLite::Statement query(
            *db,
            "SELECT seq, kind, number, channel, person_id, person_name, reaction FROM changes WHERE seq > ?"
            " ORDER BY seq");
        query.bind(1, told);
        std::int64_t last = told;
        while (query.executeStep()) {
          last = query.getColumn(0).getInt64();
          const auto kind = std::ranges::find(change_kinds, query.getColumn(1).getString());
          if (kind == change_kinds.end()) continue;
          changes.push_back({static_cast<Change::Kind>(kind - change_kinds.begin()),
                             static_cast<Number>(query.getColumn(2).getInt64()),
                             query.getColumn(3).getString(),
                             {query.getColumn(4).getString(), query.getColumn(5).getString()},
                             query.getColumn(6).getString()});
        }
        told = last;
        return changes;
      });
    });
  }

  void ensure_channel(const ChannelId& channel, std::string_view topic, Time at) {
    SQLite::Statement insert(
        *db, "INSERT INTO channels (name, topic, created_at) VALUES (?, ?, ?) ON CONFLICT (name) DO NOTHING");
    insert.bind(1, channel);
    insert.bind(2, std::string(topic));
    insert.bind(3, to_row(at));
    insert.exec();
  }

  Number insert_typed(const ChannelId& channel, const Person& author, const std::string& text, bool command, Time at) {
    ensure_channel(channel, "", at);
    SQLite::Statement insert(
        *db, "INSERT INTO messages (channel, author_id, author_name, at, text, command) VALUES (?, ?, ?, ?, ?, ?)");
    insert.bind(1, channel);
    insert.bind(2, author.id);
    insert.bind(3, author.name);
    insert.bind(4, to_row(at));
    insert.bind(5, text);
    insert.bind(6, command ? 1 : 0);
    insert.exec();
    return static_cast<Number>(db->getLastInsertRowid());
  }

  Result<Number> insert_post(const NewPost& post, std::vector<Change>& changes) {
    if (post.key.empty()) return fail(Problem::Kind::invalid, "a post of the bot has no key");
    ensure_channel(post.channel, "", post.at);
    SQLite::Statement insert(
        *db,
        "INSERT INTO messages (channel, key, author_id, author_name, at, text, card, pinned, ping, private_to, refused)"
        " VALUES (?, ?, ?, ?, ?, '', ?, ?, ?, ?, ?) ON CONFLICT (key) DO NOTHING");
    insert.bind(1, post.channel);
    insert.bind(2, post.key);
    insert.bind(3, post.author.id);
    insert.bind(4, post.author.name);
    insert.bind(5, to_row(post.at));
    insert.bind(6, message_to_json(post.message));
    insert.bind(7, post.pin ? 1 : 0);
    insert.bind(8, post.ping ? 1 : 0);
    insert.bind(9, post.private_to);
    insert.bind(10, post.refused ? 1 : 0);
    if (insert.exec() == 1) {
      const auto number = static_cast<Number>(db->getLastInsertRowid());
      changes.push_back({Change::Kind::posted, number, post.channel, post.author, {}});
      return number;
    }
    SQLite::Statement first(*db, "SELECT number FROM messages WHERE key = ?");
    first.bind(1, post.key);
    if (!first.executeStep()) return fail(Problem::Kind::internal, "a post vanished while its key was looked up");
    return static_cast<Number>(first.getColumn(0).getInt64());
  }

  Result<std::optional<Entry>> find(Number number) const {
    SQLite::Statement query(*db, fmt::format("SELECT {} FROM messages WHERE number = ?", entry_columns));
    query.bind(1, static_cast<std::int64_t>(number));
    auto entries = collect(query);
    if (!entries) return std::unexpected(entries.error());
    if (entries->empty()) return std::nullopt;
    return std::move(entries->front());
  }

  // A message that this person typed, that is no command and not deleted.
  Result<Entry> own_message(Number number, const Person& person) const {
    auto entry = find(number);
    if (!entry) return std::unexpected(entry.error());
    if (!*entry || (*entry)->deleted || !(*entry)->visible_to(person.id)) return no_message(number);
    if (!((*entry)->author == person)) {
      return fail(Problem::Kind::refused, fmt::format("#{} was written by {}", number, (*entry)->author.name));
    }
    if ((*entry)->command) {
      return fail(Problem::Kind::refused, fmt::format("#{} is a command and has been carried out", number),
                  "type a new command");
    }
    return **std::move(entry);
  }

  Result<std::vector<Entry>> collect(SQLite::Statement& query) const {
    std::vector<Entry> out;
    while (query.executeStep()) {
      auto entry = read_entry(query);
      if (!entry) return std::unexpected(entry.error());
      out.push_back(*std::move(entry));
    }
    for (Entry& entry : out) {
      SQLite::Statement reactions(
          *db, "SELECT reaction, person_id, person_name FROM reactions WHERE number = ? ORDER BY at, person_id");
      reactions.bind(1, static_cast<std::int64_t>(entry.number));
      while (reactions.executeStep()) {
        entry.reactions.push_back({reactions.getColumn(0).getString(),
                                   {reactions.getColumn(1).getString(), reactions.getColumn(2).getString()}});
      }
    }
    return out;
  }

  // Takes the words out of the bot's messages. How many had them.
  Result<std::uint64_t> blacken_cards(const std::function<bool(Message&)>& blacken, std::vector<Change>& changes) {
    std::uint64_t count = 0;
    SQLite::Statement cards(*db, "SELECT number, channel, card FROM messages WHERE card IS NOT NULL");
    SQLite::Statement update(*db, "UPDATE messages SET card = ? WHERE number = ?");
    while (cards.executeStep()) {
      auto card = message_from_json(cards.getColumn(2).getString());
      if (!card) return std::unexpected(card.error());
      if (!blacken(*card)) continue;
      const auto number = cards.getColumn(0).getInt64();
      update.bind(1, message_to_json(*card));
      update.bind(2, number);
      update.exec();
      update.reset();
      changes.push_back(
          {Change::Kind::edited, static_cast<Number>(number), cards.getColumn(1).getString(), Person{}, {}});
      ++count;
    }
    return count;
  }

  // Runs a statement over the words (?1) and what stands for them (?2) that returns a row for each row changed: a
  // message's number and channel, or anything else. How many.
  std::uint64_t erase(const char* sql, const std::string& words, std::string_view stand_in,
                      std::vector<Change>& changes) {
    std::uint64_t count = 0;
    SQLite::Statement statement(*db, sql);
    statement.bind(1, words);
    if (!stand_in.empty()) statement.bind(2, std::string(stand_in));
    for (; statement.executeStep(); ++count)
      if (statement.getColumnCount() == 2)
        changes.push_back({Change::Kind::edited,
                           static_cast<Number>(statement.getColumn(0).getInt64()),
                           statement.getColumn(1).getString(),
                           Person{},
                           {}});
    return count;
  }

  // Leaves nothing of what was erased in free space or in the write-ahead log.
  Result<void> clear_file() {
    const std::scoped_lock lock(mutex);
    return guarded([&]() -> Result<void> {
      db->exec("VACUUM");
      SQLite::Statement checkpoint(*db, "PRAGMA wal_checkpoint(TRUNCATE)");
      if (checkpoint.executeStep() && checkpoint.getColumn(0).getInt() != 0)
        return fail(Problem::Kind::locked,
                    "the words are erased, but another process still reads the old state of the channel's file",
                    "end the other process, then repeat the redaction");
      return {};
    });
  }

  Result<std::optional<Entry>> newest(const ChannelId& channel, const std::string& condition,
                                      const std::string& person_id) const {
    SQLite::Statement query(*db, fmt::format("SELECT {} FROM messages WHERE channel = ? AND deleted = 0 AND {}"
                                             " AND private_to IN ('', ?) ORDER BY number DESC LIMIT 1",
                                             entry_columns, condition));
    query.bind(1, channel);
    query.bind(2, person_id);
    auto entries = collect(query);
    if (!entries) return std::unexpected(entries.error());
    if (entries->empty()) return std::nullopt;
    return std::move(entries->front());
  }
};

ChannelStore::ChannelStore(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
ChannelStore::~ChannelStore() = default;

Result<std::unique_ptr<ChannelStore>> ChannelStore::open(const std::string& path, std::chrono::milliseconds patience) {
  return guarded([&]() -> Result<std::unique_ptr<ChannelStore>> {
    auto db = open_database(path, patience);
    if (!db) return std::unexpected(db.error());
    auto impl = std::make_shared<Impl>();
    impl->db = *std::move(db);
    impl->told = impl->db->execAndGet("SELECT coalesce(max(seq), 0) FROM changes").getInt64();
    return std::unique_ptr<ChannelStore>(new ChannelStore(std::move(impl)));
  });
}

Result<Incoming> ChannelStore::say(const ChannelId& channel, const Person& author, std::string_view text, Time at) {
  auto safe = checked_text(text);
  if (!safe) return std::unexpected(safe.error());
  return impl_->transact([&](std::vector<Change>& changes) -> Result<Incoming> {
    const Number number = impl_->insert_typed(channel, author, *safe, false, at);
    Incoming in{.channel = channel, .actor = author, .at = at, .what = chat::Said{message_id(number), *safe}};
    insert_incoming(*impl_->db, in, number);
    changes.push_back({Change::Kind::posted, number, channel, author, {}});
    return in;
  });
}

Result<Incoming> ChannelStore::command(const ChannelId& channel, const Person& author, std::string_view arguments,
                                       Time at) {
  std::string typed = "/hotfix";
  if (!arguments.empty()) typed += fmt::format(" {}", arguments);
  auto safe = checked_text(typed);
  if (!safe) return std::unexpected(safe.error());
  return impl_->transact([&](std::vector<Change>& changes) -> Result<Incoming> {
    const Number number = impl_->insert_typed(channel, author, *safe, true, at);
    Incoming in{.channel = channel, .actor = author, .at = at, .what = Incoming::CommandLine{safe_text(arguments)}};
    insert_incoming(*impl_->db, in, number);
    changes.push_back({Change::Kind::posted, number, channel, author, {}});
    return in;
  });
}

Result<Incoming> ChannelStore::edit_said(Number number, const Person& person, std::string_view text, Time at) {
  auto safe = checked_text(text);
  if (!safe) return std::unexpected(safe.error());
  return impl_->transact([&](std::vector<Change>& changes) -> Result<Incoming> {
    auto entry = impl_->own_message(number, person);
    if (!entry) return std::unexpected(entry.error());
    SQLite::Statement update(*impl_->db, "UPDATE messages SET text = ?, edited_at = ? WHERE number = ?");
    update.bind(1, *safe);
    update.bind(2, to_row(at));
    update.bind(3, static_cast<std::int64_t>(number));
    update.exec();
    Incoming in{.channel = entry->channel, .actor = person, .at = at, .what = chat::Edited{message_id(number), *safe}};
    insert_incoming(*impl_->db, in, number);
    changes.push_back({Change::Kind::edited, number, entry->channel, person, {}});
    return in;
  });
}

Result<Incoming> ChannelStore::delete_said(Number number, const Person& person, Time at) {
  return impl_->transact([&](std::vector<Change>& changes) -> Result<Incoming> {
    auto entry = impl_->own_message(number, person);
    if (!entry) return std::unexpected(entry.error());
    SQLite::Statement update(*impl_->db, "UPDATE messages SET deleted = 1, text = '' WHERE number = ?");
    update.bind(1, static_cast<std::int64_t>(number));
    update.exec();
    Incoming in{.channel = entry->channel, .actor = person, .at = at, .what = chat::Deleted{message_id(number)}};
    insert_incoming(*impl_->db, in, number);
    changes.push_back({Change::Kind::deleted, number, entry->channel, person, {}});
    return in;
  });
}

Result<std::optional<Incoming>> ChannelStore::react(Number number, const Person& person, std::string_view reaction,
                                                    bool add, Time at) {
  const std::string name = safe_line(reaction);
  if (name.empty() || name.size() > max_name_bytes)
    return fail(Problem::Kind::invalid, "a reaction is one emoji or its name");
  return impl_->transact([&](std::vector<Change>& changes) -> Result<std::optional<Incoming>> {
    auto entry = impl_->find(number);
    if (!entry) return std::unexpected(entry.error());
    if (!*entry || (*entry)->deleted || !(*entry)->visible_to(person.id)) return no_message(number);
    if (!(*entry)->private_to.empty()) return fail(Problem::Kind::refused, fmt::format("only you see #{}", number));
    SQLite::Statement change(
        *impl_->db, add ? "INSERT INTO reactions (number, reaction, person_id, person_name, at) VALUES (?, ?, ?, ?, ?)"
                          " ON CONFLICT DO NOTHING"
                        : "DELETE FROM reactions WHERE number = ? AND reaction = ? AND person_id = ?");
    change.bind(1, static_cast<std::int64_t>(number));
    change.bind(2, name);
    change.bind(3, person.id);
    if (add) {
      change.bind(4, person.name);
      change.bind(5, to_row(at));
    }
    if (change.exec() == 0) return std::nullopt;
    Incoming in{
        .channel = (*entry)->channel, .actor = person, .at = at, .what = chat::Reacted{message_id(number), name, add}};
    insert_incoming(*impl_->db, in, number);
    changes.push_back({add ? Change::Kind::reacted : Change::Kind::unreacted, number, in.channel, person, name});
    return in;
  });
}

Result<Incoming> ChannelStore::press(const ChannelId& channel, const Person& person, const Button& button, Time at) {
  return impl_->transact([&](std::vector<Change>&) -> Result<Incoming> {
    Incoming in{.channel = channel, .actor = person, .at = at, .what = chat::Pressed{button.id, button.value}};
    insert_incoming(*impl_->db, in, 0);
    return in;
  });
}

Result<std::vector<Incoming>> ChannelStore::undelivered() const {
  return impl_->read([&]() -> Result<std::vector<Incoming>> { return waiting_incoming(*impl_->db); });
}

Result<void> ChannelStore::settle(const std::string& delivery_id, const std::optional<NewPost>& answer) {
  return impl_->transact([&](std::vector<Change>& changes) -> Result<void> {
    mark_delivered(*impl_->db, delivery_id);
    if (!answer) return {};
    const auto posted = impl_->insert_post(*answer, changes);
    if (!posted) return std::unexpected(posted.error());
    return {};
  });
}

Result<Number> ChannelStore::post(const NewPost& post) {
  return impl_->transact([&](std::vector<Change>& changes) { return impl_->insert_post(post, changes); });
}

Result<void> ChannelStore::edit_post(const ChannelId& channel, Number number, const Message& message, Time at) {
  return impl_->transact([&](std::vector<Change>& changes) -> Result<void> {
    auto entry = impl_->find(number);
    if (!entry) return std::unexpected(entry.error());
    if (!*entry || (*entry)->deleted || (*entry)->channel != channel) return no_message(number);
    if (!(*entry)->card) return fail(Problem::Kind::refused, fmt::format("#{} is not the bot's own message", number));
    if (*(*entry)->card == message) return {};  // its own earlier success
    SQLite::Statement update(*impl_->db, "UPDATE messages SET card = ?, edited_at = ? WHERE number = ?");
    update.bind(1, message_to_json(message));
    update.bind(2, to_row(at));
    update.bind(3, static_cast<std::int64_t>(number));
    update.exec();
    changes.push_back({Change::Kind::edited, number, channel, (*entry)->author, {}});
    return {};
  });
}

Result<void> ChannelStore::create_channel(const ChannelId& channel, std::string_view topic, Time at) {
  if (channel.empty() || channel.size() > max_name_bytes)
    return fail(Problem::Kind::invalid, "a channel's name has 1 to 64 bytes");
  return impl_->transact([&](std::vector<Change>&) -> Result<void> {
    impl_->ensure_channel(channel, topic, at);
    return {};
  });
}

Result<Blackened> ChannelStore::redact(std::string_view words, std::string_view stand_in,
                                       const std::function<bool(Message&)>& blacken) {
  const std::string stored = safe_text(words);  // as say() would have stored them
  if (stored.empty()) return fail(Problem::Kind::invalid, "there are no words to erase");
  auto found = impl_->transact([&](std::vector<Change>& changes) -> Result<Blackened> {
    Blackened count;
    auto cards = impl_->blacken_cards(blacken, changes);
    if (!cards) return std::unexpected(cards.error());
    count.cards = *cards;
    count.messages = impl_->erase("UPDATE messages SET text = ?2 WHERE instr(text, ?1) > 0 RETURNING number, channel",
                                  stored, stand_in, changes);
    count.others =
        impl_->erase("UPDATE incoming SET text = ?2 WHERE instr(text, ?1) > 0 RETURNING 0", stored, stand_in, changes) +
        impl_->erase("UPDATE incoming SET value = ?2 WHERE instr(value, ?1) > 0 RETURNING 0", stored, stand_in,
                     changes) +
        impl_->erase("UPDATE channels SET topic = ?2 WHERE instr(topic, ?1) > 0 RETURNING 0", stored, stand_in,
                     changes) +
        impl_->erase("DELETE FROM reactions WHERE instr(reaction, ?1) > 0 RETURNING 0", stored, {}, changes);
    impl_->erase("DELETE FROM changes WHERE instr(reaction, ?1) > 0 RETURNING 0", stored, {}, changes);
    return count;
  });
  if (!found) return found;
  if (auto cleared = impl_->clear_file(); !cleared) return std::unexpected(cleared.error());
  return found;
}

Result<std::optional<Entry>> ChannelStore::entry(Number number) const {
  return impl_->read([&] { return impl_->find(number); });
}

Result<std::vector<Entry>> ChannelStore::recent(const ChannelId& channel, const std::string& person_id,
                                                std::size_t limit) const {
  return impl_->read([&]() -> Result<std::vector<Entry>> {
    SQLite::Statement query(*impl_->db, fmt::format("SELECT {} FROM messages WHERE channel = ? AND deleted = 0"
                                                    " AND private_to IN ('', ?) ORDER BY number DESC LIMIT ?",
                                                    entry_columns));
    query.bind(1, channel);
    query.bind(2, person_id);
    query.bind(3, static_cast<std::int64_t>(limit));
    auto entries = impl_->collect(query);
    if (entries) std::ranges::reverse(*entries);
    return entries;
  });
}

Result<std::vector<Entry>> ChannelStore::pinned(const ChannelId& channel, std::size_t limit) const {
  return impl_->read([&]() -> Result<std::vector<Entry>> {
    SQLite::Statement query(*impl_->db,
                            fmt::format("SELECT {} FROM messages WHERE channel = ? AND deleted = 0 AND pinned = 1"
                                        " AND private_to = '' ORDER BY number DESC LIMIT ?",
                                        entry_columns));
    query.bind(1, channel);
    query.bind(2, static_cast<std::int64_t>(limit));
    auto entries = impl_->collect(query);
    if (entries) std::ranges::reverse(*entries);
    return entries;
  });
}

Result<std::optional<Entry>> ChannelStore::newest_choice(const ChannelId& channel, const std::string& person_id) const {
  // message_to_json() writes "buttons" only when there are some, so the key's presence is the answer.
  return impl_->read([&] { return impl_->newest(channel, "json_type(card, '$.buttons') = 'array'", person_id); });
}

Result<std::optional<Entry>> ChannelStore::newest_said(const ChannelId& channel) const {
  return impl_->read([&] { return impl_->newest(channel, "card IS NULL AND command = 0", ""); });
}

Result<std::vector<ChannelInfo>> ChannelStore::channels() const {
  return impl_->read([&]() -> Result<std::vector<ChannelInfo>> {
    std::vector<ChannelInfo> out;
    SQLite::Statement query(*impl_->db,
                            "SELECT name, topic, (SELECT count(*) FROM messages WHERE channel = name AND deleted = 0"
                            " AND private_to = '') FROM channels ORDER BY name LIMIT 1000");
    while (query.executeStep()) {
      out.push_back({query.getColumn(0).getString(), query.getColumn(1).getString(),
                     static_cast<std::uint64_t>(query.getColumn(2).getInt64())});
    }
    return out;
  });
}

Result<std::vector<Person>> ChannelStore::people(const ChannelId& channel) const {
  return impl_->read([&]() -> Result<std::vector<Person>> {
    std::vector<Person> out;
    SQLite::Statement query(
        *impl_->db,
        "SELECT author_id, author_name, max(number) FROM messages WHERE channel = ? AND card IS NULL"
        " GROUP BY author_id ORDER BY 3 DESC LIMIT 50");
    query.bind(1, channel);
    while (query.executeStep()) out.push_back({query.getColumn(0).getString(), query.getColumn(1).getString()});
    return out;
  });
}

std::unique_ptr<ChannelStore::Subscription> ChannelStore::subscribe(Listener listener) {
  const std::scoped_lock lock(impl_->listeners->mutex);
  const std::uint64_t id = ++impl_->listeners->last;
  impl_->listeners->all.emplace_back(id, std::move(listener));
  return std::make_unique<Subscribed>(impl_->listeners, id);
}

Result<void> ChannelStore::notice_changes() { return impl_->tell_changes(); }

}  // namespace hotfixd::local
