// `hotfixd chat` beside a hotfixd that runs: what is typed is stored in the channel's file, as always, and the one that
// holds the database is told to look.
#pragma once

#include "bot/cli/chat_intake.hpp"
#include "bot/cli/chat_protocol.hpp"

namespace hotfixd::cli {

// A connection to a running hotfixd. Used from one thread.
class Attachment {
 public:
  using Instant = std::chrono::steady_clock::time_point;

  // Connects and waits for its hello. Problems: not_found (none is running), refused (it does not want us, or speaks
  // another version), unreachable (it does not answer).
  static Result<std::unique_ptr<Attachment>> open(const std::string& path);
  // Connects without waiting; the first of take() is the hello.
  static Result<std::unique_ptr<Attachment>> begin(const std::string& path);
  virtual ~Attachment() = default;

  virtual const std::string& path() const = 0;
  virtual std::int64_t pid() const = 0;  // 0 before its hello came
  virtual void say(const wire::FromClient& said) = 0;
  // What came since; `over`: the connection has ended. What cannot be read ends it.
  struct Heard {
    std::vector<wire::FromBot> said;
    bool over = false;
  };
  virtual Heard take() = 0;
  // Waits until there is something to take.
  virtual void wait(Instant until) = 0;
  // Called, from any thread, when there is something to take, until this is called again.
  virtual void wake_with(std::function<void()> wake) = 0;
};

// To the engine of the process at the other end. A connection that ends is opened again, with back-off, and news() says
// so; what was stored meanwhile is delivered then. `store` and `first` must outlive it.
std::unique_ptr<ChatIntake> attached_intake(local::ChannelStore& store, Attachment& first, std::function<void()> wake);

}  // namespace hotfixd::cli
