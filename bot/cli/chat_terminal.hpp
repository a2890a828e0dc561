// The line being typed, and everything else printed above it. The only file that knows libedit.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>

#include "bot/cli/chat_input.hpp"

namespace hotfixd::cli {

struct TerminalHooks {
  std::function<std::string()> prompt;
  std::function<Completions(std::string_view before)> complete;
  // Called while a line is being typed, whenever `wake` is readable, a signal came, or the time is up; may
  // print(). Returns after how many milliseconds to call again, -1 for not at all; nothing ends the line.
  std::function<std::optional<int>()> tick;
};

class ChatTerminal {
 public:
  virtual ~ChatTerminal() = default;
  // The next line without its newline; pasted text keeps its newlines. Nothing at the end of input, when
  // tick() said so, or for Ctrl-C with nothing typed (otherwise it discards the line).
  virtual std::optional<std::string> read_line() = 0;
  // Prints a block above the line being typed, which stays as it is.
  virtual void print(std::string_view block) = 0;
};

// `wake` is a readable descriptor that ends a wait for keys. An empty history path keeps none; a history
// that cannot be read or written is no failure. `invalid` when libedit cannot use the terminal.
Result<std::unique_ptr<ChatTerminal>> open_terminal(int input, int output, int wake,
                                                    const std::filesystem::path& history, TerminalHooks hooks);

}  // namespace hotfixd::cli
