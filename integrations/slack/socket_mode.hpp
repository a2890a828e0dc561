// Socket Mode: WebSockets to Slack that are always there.
#pragma once

#include <memory>

#include "bot/net/websocket_client.hpp"
#include "bot/ports/clock.hpp"
#include "integrations/slack/intake.hpp"
#include "integrations/slack/web_api.hpp"

namespace hotfixd::slack {

struct SocketOptions {
  using Duration = std::chrono::milliseconds;
  int connections = 2;  // 1 to 10: Slack gives each payload to any one of them
  Duration first_retry{500}, max_retry{60'000};
  Duration drain{5'000};  // how long an old connection is kept after the new one is ready
  net::WebSocketOptions socket;
  // Called when a connection is ready and there was none before: what came meanwhile was missed. Keep it short.
  std::function<void()> heard_again;
};

struct SocketState {
  int ready = 0;             // connections that said hello
  std::uint64_t opened = 0;  // connections that were ever ready
  std::uint64_t frames = 0;  // envelopes taken
  std::uint64_t malformed = 0;
  std::string trouble;  // why the last attempt failed; empty = it did not
};

// Keeps `connections` of them. One that Slack is about to close ("warning", "refresh_requested") is replaced before it
// is let go, so that there is no deaf time; one that breaks is opened again with back-off and jitter. An envelope is
// acknowledged on its own connection after the commit; one that was not committed is not acknowledged, and Slack
// delivers it again, which the inbox recognises. Bad tokens are tried again at the slowest pace and reported once.
class SocketMode {
 public:
  virtual ~SocketMode() = default;  // stops
  virtual void start() = 0;
  virtual void stop() = 0;  // repeatable
  virtual SocketState state() const = 0;
};

// All must outlive it. `report`: what an operator should see.
std::unique_ptr<SocketMode> create_socket_mode(WebApi& api, net::WebSocketClient& client, Intake& intake, IdSource& ids,
                                               SocketOptions options, std::function<void(const std::string&)> report);

}  // namespace hotfixd::slack
