// What is kept of the built-in channel: messages, reactions, channels, and the queue of what people typed.
#pragma once

#include <functional>
#include <memory>

#include "bot/domain/input.hpp"
#include "bot/domain/message.hpp"

namespace hotfixd::local {

// Messages are numbered from 1 across all channels; a MessageId is that number in decimal.
using Number = std::uint64_t;
MessageId message_id(Number number);
std::optional<Number> parse_message_id(std::string_view id);  // "12", nothing else

// What people may write in one message; more is refused before anything is stored.
constexpr std::size_t max_text_bytes = 8000;
constexpr std::size_t max_name_bytes = 64;  // of a person, channel or reaction

struct Reaction {
  std::string reaction;
  Person person;
};

// One message as it is now.
struct Entry {
  Number number = 0;
  ChannelId channel;
  Person author;
  Time at{};
  std::string text;             // of a person's; empty once deleted
  std::optional<Message> card;  // of the bot's
  bool command = false;         // the text is a /hotfix command as it was typed
  std::optional<Time> edited_at;
  bool deleted = false, pinned = false;
  bool ping = false;       // it is to notify the people it mentions
  std::string private_to;  // id of the only person who sees it; empty = everybody
  bool refused = false;    // the private answer to something that was refused
  std::vector<Reaction> reactions;

  bool visible_to(const std::string& person_id) const { return private_to.empty() || private_to == person_id; }
};

// Something a person did, on its way to the engine. It stays queued until settled.
struct Incoming {
  struct CommandLine {
    std::string text;
  };  // without the leading "/hotfix"
  std::uint64_t sequence = 0;  // order in the queue
  std::string delivery_id;     // "local:12", "local:12:edit:40", "local:press:41": the same on every attempt
  ChannelId channel;
  Person actor;
  Time at{};
  std::variant<CommandLine, chat::Said, chat::Edited, chat::Deleted, chat::Reacted, chat::Pressed> what;
};

// A message to be posted by the bot. A private answer names the person.
struct NewPost {
  std::string key;  // never empty; a second post with the same key is the first one
  ChannelId channel;
  Person author;
  Time at{};
  Message message;
  bool pin = false, ping = false;
  std::string private_to;
  bool refused = false;
};

struct ChannelInfo {
  ChannelId name;
  std::string topic;
  std::uint64_t messages = 0;
};

// What ChannelStore::redact() found and erased.
struct Blackened {
  std::uint64_t messages = 0;  // of people: messages and commands
  std::uint64_t cards = 0;     // of the bot: posts and answers
  std::uint64_t others = 0;    // of the queue of what was typed, channel topics, reactions
};

struct Change {
  enum class Kind { posted, edited, deleted, reacted, unreacted } kind = Kind::posted;
  Number number = 0;
  ChannelId channel;
  Person person;  // who reacted or deleted
  std::string reaction;
};

// Thread-safe, and several processes may have the same file open. Every writing call is one durable transaction.
// Failures: locked, full, corrupt, internal as SQLite reports them; not_found for a message that is not there; refused
// for what is not theirs to change.
class ChannelStore {
 public:
  // Creates the file when it is not there; ":memory:" keeps nothing. `patience`: how long a write waits for another
  // process's before it is `locked`.
  static Result<std::unique_ptr<ChannelStore>> open(const std::string& path,
                                                    std::chrono::milliseconds patience = std::chrono::seconds{5});
  ~ChannelStore();
  ChannelStore(const ChannelStore&) = delete;
  ChannelStore& operator=(const ChannelStore&) = delete;

  // What a person does: the change and its place in the queue are stored together. Text is made safe
  // (safe_text) before it is stored. `invalid` when it is empty or longer than max_text_bytes.
  Result<Incoming> say(const ChannelId& channel, const Person& author, std::string_view text, Time at);
  // `arguments` follows "/hotfix"; the message in the channel shows both.
  Result<Incoming> command(const ChannelId& channel, const Person& author, std::string_view arguments, Time at);
  Result<Incoming> edit_said(Number number, const Person& person, std::string_view text, Time at);
  Result<Incoming> delete_said(Number number, const Person& person, Time at);
  // Nothing when the reaction was already there (or, to take away, was not).
  Result<std::optional<Incoming>> react(Number number, const Person& person, std::string_view reaction, bool add,
                                        Time at);
  Result<Incoming> press(const ChannelId& channel, const Person& person, const Button& button, Time at);

  // Everything that was never settled, oldest first: offered again at start.
  Result<std::vector<Incoming>> undelivered() const;
  // The engine has it for good: leaves the queue, and the answer is posted, in one transaction. Settling
  // twice is harmless.
  Result<void> settle(const std::string& delivery_id, const std::optional<NewPost>& answer);

  Result<Number> post(const NewPost& post);
  // not_found when it is not there, deleted, or in another channel; refused when a person wrote it.
  Result<void> edit_post(const ChannelId& channel, Number number, const Message& message, Time at);
  Result<void> create_channel(const ChannelId& channel, std::string_view topic, Time at);

  // Erases words in every channel: what people typed and contains them reads `stand_in` from then on, also in the
  // queue; `blacken` takes them out of a message of the bot and says whether there was something. Afterwards no
  // file of the channel holds the old bytes. locked while another process reads the old state: what is shown is
  // erased then, and repeating it clears the file. Reactions named so are taken away.
  Result<Blackened> redact(std::string_view words, std::string_view stand_in,
                           const std::function<bool(Message&)>& blacken);

  Result<std::optional<Entry>> entry(Number number) const;
  // The newest `limit` messages that `person_id` may see and that are not deleted, oldest first.
  Result<std::vector<Entry>> recent(const ChannelId& channel, const std::string& person_id, std::size_t limit) const;
  Result<std::vector<Entry>> pinned(const ChannelId& channel, std::size_t limit) const;
  // The newest message with buttons that this person sees.
  Result<std::optional<Entry>> newest_choice(const ChannelId& channel, const std::string& person_id) const;
  // The newest message that a person typed and that is no command.
  Result<std::optional<Entry>> newest_said(const ChannelId& channel) const;
  Result<std::vector<ChannelInfo>> channels() const;                   // by name
  Result<std::vector<Person>> people(const ChannelId& channel) const;  // who wrote, most recent first, at most 50

  // Called for each change since open(), in their order, one call at a time, on the thread that made one or called
  // notice_changes(); must be quick and must not call subscribe(). Once the handle is gone no call is running or will
  // come.
  using Listener = std::function<void(const Change&)>;
  class Subscription {
   public:
    virtual ~Subscription() = default;
  };
  std::unique_ptr<Subscription> subscribe(Listener listener);
  // Tells the listeners of what others have changed through the same file meanwhile: the newest thousand changes.
  // Nothing does so by itself.
  Result<void> notice_changes();

 private:
  struct Impl;
  explicit ChannelStore(std::shared_ptr<Impl> impl);
  std::shared_ptr<Impl> impl_;
};

}  // namespace hotfixd::local
