// Carries out what a person typed: stores it, queues it for the engine, or answers it from the store.
#pragma once

#include "bot/cli/chat_feed.hpp"
#include "bot/cli/chat_input.hpp"
#include "bot/cli/chat_intake.hpp"

namespace hotfixd::cli {

class ChatSession {
 public:
  // `print` shows one block of text on the screen. All references must outlive the session.
  ChatSession(const ChatOptions& options, const ChatPorts& ports, ChatPlace& place, ChatIntake& intake, ChatFeed& feed,
              std::function<void(std::string)> print);

  // One line, which may contain newlines. False: the person wants to leave.
  bool enter(std::string_view line);
  // Shows the channel's newest messages.
  void scroll_back();
  void notice(std::string_view text);  // a line of the client's own
  // Tells the person what went wrong with a delivery.
  void tell(const ChatIntake::Trouble& trouble);

  Completions complete(std::string_view before) const;
  bool stored_all() const { return stored_all_; }  // false: something typed could not be stored

 private:
  struct Carry;
  void tell(const UserError& error);
  void tell(const Problem& problem);
  void queue(Result<local::Incoming> stored);
  void press(const typed::Press& press);
  void become(const std::string& name);
  void react(const typed::React& react);
  void list_channels();
  void list_people();
  void list_pins();

  const ChatOptions& options_;
  ChatPorts ports_;
  ChatPlace& place_;
  ChatIntake& intake_;
  ChatFeed& feed_;
  std::function<void(std::string)> print_;
  bool stored_all_ = true;
};

// Who speaks when nobody was named: $USER, or "me".
Person default_person();

}  // namespace hotfixd::cli
