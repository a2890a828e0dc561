// `hotfixd chat`: the built-in channel on a terminal, or driven by a script through a pipe.
#pragma once

#include "bot/engine/engine.hpp"
#include "integrations/local/channel_store.hpp"

namespace hotfixd::cli {

class Attachment;

struct ChatOptions {
  ChannelId channel = "#incidents";
  Person person;                   // empty: $USER, or "me"
  std::string zone = "UTC";        // IANA; what times are shown in
  bool color = true;               // on a terminal; a pipe never gets any
  int input = 0, output = 1;       // file descriptors; both terminals = interactive (unless TERM is dumb)
  std::string history;             // file for the lines typed, mode 0600; empty = none is kept
  std::vector<std::string> verbs;  // of /hotfix, for completion and suggestions
  std::string opening;             // one line that is shown first
  std::vector<Person> people;      // known ones: "/as NAME" finds them by name or id, in any case
  Seconds step_limit{30};          // through a pipe: how long one line's effects are waited for, and the end
};

// What the client needs from the rest. All must outlive run_chat(); the acknowledgement of a delivery may
// still come after it returned and is then ignored (the delivery stays queued and is offered again).
struct ChatPorts {
  local::ChannelStore& store;
  const Clock& clock;
  // Engine::submit(). May acknowledge from any thread, also before it returns.
  std::function<void(Delivery, Acknowledge)> submit;
  // Thread-safe: is nothing on its way, i.e. no delivery, and no effect that is due or being carried out?
  // An effect that waits for its next attempt counts as quiet.
  std::function<bool()> quiet;
  // Not null: the engine is in another process, which takes what is stored; submit and quiet are not called then.
  Attachment* running = nullptr;
};

// Runs until /quit, end of input, SIGTERM, SIGHUP, or SIGINT (on a terminal: with nothing typed). First
// offers what a former run left undelivered. Returns the exit code: 0; 1 when something typed could not be
// stored or is still undelivered, or the output is closed; 128 + n when signal n ended a piped run.
int run_chat(const ChatOptions& options, const ChatPorts& ports);

}  // namespace hotfixd::cli
