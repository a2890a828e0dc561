// As much of Slack as hotfixd needs to run under load: the Web API answers at once and keeps nothing, and Socket Mode
// is one connection on which commands are sent as fast as they are acknowledged.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "bot/net/http_server.hpp"
#include "tests/bench/load.hpp"

namespace hotfixd::bench {

// A WebSocket server for one client at a time.
class SocketLoad {
 public:
  SocketLoad();
  ~SocketLoad();
  SocketLoad(const SocketLoad&) = delete;
  SocketLoad& operator=(const SocketLoad&) = delete;

  std::uint16_t port() const;
  // Waits for a client, and says hello to it.
  void accept();
  // Sends the forms' fields as slash commands with so many under way. An acknowledgement is right when it contains
  // `expected`.
  Figures run(const std::vector<std::string>& frames, int under_way, const std::string& expected);

 private:
  int listener_, peer_ = -1;
};

// The envelope of Socket Mode; `number` becomes its id. Arguments as of slash_form().
std::string slash_frame(std::size_t number, const std::string& text, int channel, std::uint64_t trigger);

class FakeApi {
 public:
  // Socket Mode is sent to this port.
  explicit FakeApi(std::uint16_t socket_port);
  std::string url() const;  // ends with '/'

 private:
  std::unique_ptr<net::HttpServer> server_;
};

}  // namespace hotfixd::bench
