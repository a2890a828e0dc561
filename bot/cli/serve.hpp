// `hotfixd serve`: the bot as a service; and the glue that `hotfixd chat` shares with it.
#pragma once

#include <functional>
#include <optional>

#include "bot/cli/config.hpp"

namespace hotfixd::cli {

// Listens for webhooks until SIGTERM or SIGINT, then stops in two stages. 0, or 2 when it cannot start.
int run_serve(const Config& config);

struct ChatArguments {
  std::string channel = "#incidents", person;
  bool color = true;
};
// The built-in channel on this terminal: attached to the hotfixd that runs on the same data_dir, or, when there is
// none, with the engine in this process. Only then are secrets needed. `load` says what is wrong and returns nothing
// when the configuration cannot be read: 2.
using LoadConfig = std::function<std::optional<Config>(Secrets)>;
int run_chat_here(const LoadConfig& load, const ChatArguments& arguments);

}  // namespace hotfixd::cli
