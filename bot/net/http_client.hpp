// An HTTP/1.1 client behind a plain interface: connections are kept and used again, everything has a
// limit, and a failure says whether the request may have reached the server.
#pragma once

#include <functional>
#include <memory>
#include <utility>

#include "bot/domain/basics.hpp"

namespace hotfixd::net {

struct ClientRequest {
  std::string method = "GET";
  std::string url;  // http or https, absolute
  // Host, Content-Length, Connection and the like are the client's: naming one is Problem::invalid.
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  // From send() to the last byte of the answer, the wait for a free connection included. 0: ClientOptions::deadline.
  std::chrono::milliseconds deadline{0};
  // Doing it twice does no harm (RFC 9110, 9.2.2). Only then is a request sent a second time, once, when a kept
  // connection turns out to be closed.
  bool repeatable = false;
};

struct ClientResponse {
  int status = 0;                                            // any: a redirect is given back, never followed
  std::vector<std::pair<std::string, std::string>> headers;  // fields of a trailer are dropped
  std::string body;                                          // as sent, not decompressed

  // The first header of that name in any case; empty when there is none.
  std::string_view header(std::string_view name) const;
};

// Kinds: unreachable (every failure of the network and every time-out; also a client that stops), host_key (the
// server's certificate does not prove its name), invalid (the request is malformed, or the answer is no HTTP or
// over a limit), rate_limited (our own queue is full), internal. Texts name the origin ("https://host:443") and
// nothing else of the request.
struct SendFailure : Problem {
  // True: the whole request went out and no whole answer came, so the server may have acted on it. False: it
  // certainly has not, the request did not leave or not all of it.
  bool may_have_arrived = false;

  bool operator==(const SendFailure&) const = default;
};

// Converts to Result<ClientResponse> for callers who do not need the difference.
using SendResult = std::expected<ClientResponse, SendFailure>;

struct ClientOptions {
  using Duration = std::chrono::milliseconds;

  std::string ca_file;  // PEM; trusted besides the system's store; empty: the system's alone
  std::string user_agent = "hotfixd";
  Duration resolve_timeout{5'000};
  Duration connect_timeout{5'000};  // all addresses of the name together
  Duration tls_timeout{5'000};
  Duration write_timeout{10'000};       // of the whole request
  Duration first_byte_timeout{15'000};  // from the request's last byte to the answer's first
  Duration response_timeout{15'000};    // from the answer's first byte to its last
  Duration deadline{30'000};            // of all of it; see ClientRequest::deadline
  Duration idle_timeout{30'000};        // of a kept connection
  std::size_t header_limit = 64 * 1024;
  std::size_t body_limit = 8 * 1024 * 1024;
  std::size_t connections_per_host = 8;  // per scheme, host and port; further requests wait
  std::size_t idle_limit = 32;           // kept connections, all hosts together
  std::size_t waiting_limit = 1024;      // requests that wait for a connection, all hosts together
  // What an operator should see: a `done` that threw. Called on the network thread. Nothing set: standard error.
  std::function<void(const Problem&)> report;
};

struct ClientCounters {
  std::uint64_t requests = 0;  // sent at least once, whatever came of it
  std::uint64_t opened = 0;    // connections established
  std::uint64_t reused = 0;    // times a kept connection served another request
  std::uint64_t repeated = 0;  // second attempts after a kept connection had been closed
};

class HttpClient {
 public:
  using Done = std::function<void(SendResult)>;

  virtual ~HttpClient() = default;  // stops without grace
  // Waits for the answer. From any thread but the client's own (Problem::internal there).
  virtual SendResult send(const ClientRequest& request) = 0;
  // `done` is called exactly once, on the client's network thread; keep it short. Before send() returns, on the
  // calling thread, when the request is malformed or the client has stopped.
  virtual void send(ClientRequest request, Done done) = 0;
  virtual ClientCounters counters() const = 0;
  // Stage one: nothing new is taken, what waits for a connection fails, what is under way may finish. Stage two,
  // after `grace`: it is cut off. Returns when every `done` has returned and the thread has ended; a name being
  // looked up cannot be cut off and is waited for (resolv.conf bounds it). Not from a `done`. Repeatable.
  virtual void stop(std::chrono::milliseconds grace = std::chrono::milliseconds{5'000}) = 0;
};

// Problem::invalid: the options make no sense or ca_file holds no certificates.
Result<std::unique_ptr<HttpClient>> create_http_client(const ClientOptions& options);

}  // namespace hotfixd::net
