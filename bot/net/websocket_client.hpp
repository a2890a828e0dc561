// A WebSocket client (RFC 6455) behind a plain interface: text messages in and out, a limit on everything, and an
// end that always comes.
#pragma once

#include <functional>
#include <memory>
#include <utility>

#include "bot/domain/basics.hpp"

namespace hotfixd::net {

struct WebSocketOptions {
  using Duration = std::chrono::milliseconds;

  std::vector<std::pair<std::string, std::string>> headers;  // of the opening request
  Duration handshake_timeout{10'000};                        // name, connection, TLS and upgrade together
  Duration ping_every{10'000};                               // our own pings
  // Nothing heard for so long, or nothing taken from us: the connection is dead. More than ping_every.
  Duration dead_after{30'000};
  Duration close_timeout{5'000};                // from our close frame to the answer
  std::size_t message_limit = 4 * 1024 * 1024;  // bytes of one incoming message; more ends the connection
  std::size_t queue_limit = 1024;               // outgoing messages that wait
  std::size_t queue_bytes_limit = 8 * 1024 * 1024;
};

// The closing handshake was done.
struct WebSocketClosed {
  std::uint16_t code = 1000;  // RFC 6455, 7.4; 1005 when the peer named none
  std::string reason;
  bool by_us = false;  // we asked first

  bool operator==(const WebSocketClosed&) const = default;
};

// Called on the client's network thread, one at a time and in the order of what happened: keep them short. An
// exception ends the connection. Any of them may be empty.
struct WebSocketHandlers {
  std::function<void()> on_open;
  std::function<void(std::string)> on_text;  // valid UTF-8
  std::function<void()> on_ping;             // the peer's; it was answered
  // Once, and last. Problem kinds: unreachable (network, time-outs, silence, a server error at the opening), host_key
  // (certificate), credentials (401), refused (any other status but 404 and 429), not_found, rate_limited, invalid
  // (the peer broke the protocol or a limit), internal (a handler threw). A close that comes just as sending fails may
  // be told as unreachable.
  std::function<void(Result<WebSocketClosed>)> on_closed;
};

struct WebSocketCounters {
  std::uint64_t texts_in = 0, texts_out = 0;
  std::uint64_t binaries_in = 0;  // ignored
  std::uint64_t pings_in = 0, pongs_in = 0, pings_out = 0;
};

class WebSocket {
 public:
  using Sent = std::function<void(Result<void>)>;

  // Cuts the connection off. No handler runs after it has returned; neither on_closed nor `sent` is called for it. May
  // be destroyed by one of its own handlers. The handlers themselves are destroyed on the network thread.
  virtual ~WebSocket() = default;
  // From any thread, before on_open too. `text` must be UTF-8. `sent` (may be empty) is called once on the network
  // thread, before on_closed: success means given to the system, not read by the peer; a message that fails may still
  // have arrived. Refused at once, without a call: rate_limited (the queue is full), unreachable (closed or closing).
  virtual Result<void> send_text(std::string text, Sent sent = nullptr) = 0;
  // Sends what is queued, then the close frame. `reason` is cut to 123 bytes. The first call counts.
  virtual void close(std::uint16_t code = 1000, std::string reason = {}) = 0;
  virtual WebSocketCounters counters() const = 0;
};

class WebSocketClient {
 public:
  virtual ~WebSocketClient() = default;  // stops without grace
  // Begins to connect; what happens is told to the handlers. Problem::invalid: the URL, a header or the options are
  // malformed. Problem::unreachable: the client has stopped. Texts name the origin only, never path, query or headers.
  virtual Result<std::unique_ptr<WebSocket>> connect(std::string_view url, const WebSocketOptions& options,
                                                     WebSocketHandlers handlers) = 0;
  // Stage one: no new connections, the open ones are closed with 1001. Stage two, after `grace`: they are cut off.
  // Returns when every on_closed has returned and the thread has ended; a name being looked up is waited for. Not from
  // a handler. Repeatable. A WebSocket may outlive the client.
  virtual void stop(std::chrono::milliseconds grace = std::chrono::milliseconds{5'000}) = 0;
};

struct WebSocketClientOptions {
  std::string ca_file;  // PEM; trusted besides the system's store; empty: the system's alone
  std::string user_agent = "hotfixd";
  std::function<void(const Problem&)> report;  // a handler that threw. Nothing set: standard error
};

// One network thread for all its connections. Problem::invalid: ca_file holds no certificates.
Result<std::unique_ptr<WebSocketClient>> create_websocket_client(const WebSocketClientOptions& options);

}  // namespace hotfixd::net
