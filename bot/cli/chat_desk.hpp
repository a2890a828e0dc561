// Where `hotfixd chat` is served while hotfixd runs: chat.sock in data_dir.
#pragma once

#include "bot/cli/chat.hpp"
#include "bot/cli/config.hpp"

namespace hotfixd::cli {

std::string chat_socket_path(const Config& config);
// Problem::invalid when no socket can be there.
std::optional<Problem> unsound_chat_socket(const Config& config);

// Brings to the engine what is stored in the channel's file, by whichever process, and tells the terminals when there
// is something new in it. Nothing here waits for a terminal.
class ChatDesk {
 public:
  struct Ports {
    local::ChannelStore& channel;  // the one that the bot posts to
    const Clock& clock;
    std::function<void(Delivery, Acknowledge)> submit;
    std::function<bool()> quiet;
  };
  // Opens the channel's file once more and binds the socket; the engine must be running, and this process must hold
  // the database. Terminals are served from here on. All of ports must outlive it.
  static Result<std::unique_ptr<ChatDesk>> open(const Config& config, const Ports& ports);
  // Stops. Call it when the engine is stopped: what it acknowledges until then is stored.
  virtual ~ChatDesk() = default;
  // Closes the connections; nothing more is submitted.
  virtual void stop() = 0;
};

}  // namespace hotfixd::cli
