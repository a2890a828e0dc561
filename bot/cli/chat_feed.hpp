// What the channel looks like on the screen: new messages, and edits coalesced so that they do not spam.
#pragma once

#include <map>
#include <mutex>

#include "integrations/local/channel_store.hpp"

namespace hotfixd::cli {

// Where the person at the client is, and who.
struct ChatPlace {
  ChannelId channel;
  Person person;
};

struct ChatLook {
  std::string zone;
  bool live = false;  // a terminal: numbers, labels, notices of reactions; otherwise "HH:MM name: text"
  bool ansi = false;
};

class ChatFeed {
 public:
  using Instant = std::chrono::steady_clock::time_point;
  static constexpr std::chrono::milliseconds coalesce{150};

  // Listens to the store from here on. `wake` is called, from any thread, when take() has something to do.
  ChatFeed(local::ChannelStore& store, ChatLook look, const ChatPlace& place, std::function<void()> wake);

  // Blocks of text to print now. Edits of one message wait for `coalesce` and are shown once, with the lines that
  // changed; `all` does not wait. An edit that changes nothing visible is not shown.
  std::vector<std::string> take(Instant now, bool all);
  std::optional<Instant> next_due() const;

  // The card whose choices were printed last, with them as they were printed; nothing when none were in this channel.
  struct Choices {
    local::Number number{};
    std::vector<Button> buttons;
  };
  std::optional<Choices> choices() const;

  // One message as it is shown when scrolling back.
  std::string block(const local::Entry& entry);

 private:
  std::string body(const local::Entry& entry) const;
  std::string heading(const local::Entry& entry, bool edited) const;
  // With `before`, what it read when it was last printed, only the lines that are new.
  std::string show(const local::Entry& entry, bool edited, const std::string& before = {});
  std::optional<std::string> show_posted(const local::Change& change);
  std::optional<std::string> show_reaction(const local::Change& change) const;

  local::ChannelStore& store_;
  ChatLook look_;
  const ChatPlace& place_;
  std::map<local::Number, std::string> shown_;  // body as last printed, of the newest messages
  std::map<local::Number, Instant> edits_;      // when to show them
  std::map<ChannelId, Choices> choices_;        // last printed
  std::map<ChannelId, bool> announced_;         // other channels of which news was given
  std::mutex mutex_;
  std::vector<local::Change> changes_;
  std::unique_ptr<local::ChannelStore::Subscription> subscription_;  // last: ends before what it uses
};

}  // namespace hotfixd::cli
