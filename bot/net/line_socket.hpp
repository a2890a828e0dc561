// Lines of text between processes of one machine over a Unix stream socket, behind a plain interface.
#pragma once

#include <functional>
#include <memory>

#include "bot/domain/basics.hpp"

namespace hotfixd::net {

// A line is what stands between two newlines; neither end may send a longer one than `line`. Who does not read what is
// sent to it is dropped when more than `unsent` bytes wait.
struct LineLimits {
  std::size_t line = 4096;
  std::size_t unsent = 64 * 1024;
};

// What is wrong with a path as the address of a Unix socket: Problem::invalid when it is longer than sun_path holds.
std::optional<Problem> unsound_socket_path(const std::string& path);

using PeerId = std::uint64_t;  // never used twice

struct LineServerOptions {
  using Duration = std::chrono::milliseconds;

  std::string path;
  LineLimits limits;
  std::size_t max_peers = 16;
  Duration first_line_timeout{5'000};  // afterwards a peer may be silent for as long as it likes
  // All on the network thread: hand long work to another one. `closed` follows once on each peer of whom a line came.
  std::function<void(PeerId, std::string)> line;
  std::function<void(PeerId)> closed;
  // The last line to a peer that is turned away or has broken a limit.
  std::function<std::string(const std::string& why)> farewell;
  // What an operator should see. Nothing set: standard error.
  std::function<void(const Problem&)> report;
};

class LineServer {
 public:
  virtual ~LineServer() = default;  // stops
  // Connections made before wait. Call once.
  virtual void start() = 0;
  // From any thread, and at once; lines are sent in the order of the calls. A peer that has gone is no failure.
  virtual void send(PeerId peer, std::string line) = 0;
  // Says this, without taking more lines, and closes.
  virtual void dismiss(PeerId peer, std::string last_line) = 0;
  // Closes everything and removes the socket. Afterwards no callback is running or will come. Not from a callback.
  virtual void stop() = 0;
};

// Binds (mode 0600); serves on a thread of its own. Only processes of this user and of root are let in. A socket
// that is there already is replaced: the caller knows that nobody listens on it. Problems: invalid (the path, or
// something else is there), refused (no permission).
Result<std::unique_ptr<LineServer>> listen_lines(LineServerOptions options);

class LineClient {
 public:
  virtual ~LineClient() = default;  // closes; no callback is running or will come. Not from a callback.
  virtual void send(std::string line) = 0;
};

// Connects at once. What the other end said before it closed is heard, also when something could not be sent to it any
// more. `line` and then, once, `closed` are called on a thread of its own. Problems: not_found (nobody
// listens there), refused (no permission), unreachable.
Result<std::unique_ptr<LineClient>> connect_lines(const std::string& path, LineLimits limits,
                                                  std::function<void(std::string)> line, std::function<void()> closed);

}  // namespace hotfixd::net
