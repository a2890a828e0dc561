// `hotfixd serve`: the bot as a service; and the glue that `hotfixd chat` shares with it.
#pragma once

#include "bot/cli/config.hpp"

namespace hotfixd::cli {

// Listens for webhooks until SIGTERM or SIGINT, then stops in two stages. 0, or 2 when it cannot start.
int run_serve(const Config& config);

struct ChatArguments {
  std::string channel = "#incidents", person;
  bool color = true;
};
// The built-in channel on this terminal, with the engine in this process.
int run_chat_here(const Config& config, const ChatArguments& arguments);

}  // namespace hotfixd::cli
