// An HTTP/1.1 server behind a plain interface: routes in, bytes out, a limit on everything. It speaks
// no TLS (a reverse proxy does) and serves no files.
#pragma once

#include <functional>
#include <memory>
#include <utility>

#include "bot/domain/basics.hpp"

namespace hotfixd::net {

struct HttpRequest {
  std::string method;  // as sent, e.g. "GET"
  std::string target;  // the path alone, as sent, never empty: "/hooks/github"
  std::string query;   // what follows "?", undecoded
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::string remote;  // the peer's IP address

  // The first header of that name in any case; empty when there is none.
  std::string_view header(std::string_view name) const;
  bool has_header(std::string_view name) const;
};

struct HttpResponse {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;  // Content-Length and Connection are the server's
};

// Gives the answer. From any thread and at any time, even when the server is gone: the first call
// counts, later ones and those after response_timeout do nothing. When the last copy is destroyed
// without a call the answer is 500.
using Respond = std::function<void(HttpResponse)>;

struct Route {
  std::string method;          // "GET" answers HEAD too
  std::string path;            // compared as a whole
  std::size_t body_limit = 0;  // bytes; more is answered with 413
  // Runs on a network thread, on several at once when there are several: hand long work to another one.
  // An exception is answered with 500.
  std::function<void(HttpRequest, Respond)> handle;
};

struct ListenOptions {
  using Duration = std::chrono::milliseconds;

  std::string address = "127.0.0.1";
  std::uint16_t port = 0;  // 0 = any free one
  int threads = 1;
  std::size_t header_limit = 16 * 1024;          // 431
  Duration header_timeout{10'000};               // from the first byte of a request, or the connection: 408
  Duration body_timeout{30'000};                 // from the end of the header: 408
  Duration idle_timeout{60'000};                 // between requests
  Duration write_timeout{10'000};                // of one answer
  Duration response_timeout{9'000};              // 503; below the 10 s that GitHub waits
  std::size_t max_connections = 1024;            // 503
  std::size_t bodies_limit = 256 * 1024 * 1024;  // bytes of all request bodies being read at once: 503
  // What an operator should see: a handler that threw, accept() that failed. Called on a network
  // thread. Nothing set: standard error.
  std::function<void(const Problem&)> report;
};

class HttpServer {
 public:
  virtual ~HttpServer() = default;  // stops
  virtual std::uint16_t port() const = 0;
  // Connections made before start() wait. Call once.
  virtual void start() = 0;
  // Stage one: no new connections, idle ones are closed, requests under way get their answer. Stage two,
  // after `grace`: what is still open is closed. Returns when all is closed and every thread has ended.
  // Not from a handler. Call it as often as you like.
  virtual void stop(std::chrono::milliseconds grace = std::chrono::milliseconds{5'000}) = 0;
};

// Binds. Problems: invalid (address, routes or options), locked (the port is taken), refused (no permission).
Result<std::unique_ptr<HttpServer>> listen(const ListenOptions& options, std::vector<Route> routes);

}  // namespace hotfixd::net
