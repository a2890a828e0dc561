#include "bot/net/http_server.hpp"

#include <fmt/format.h>

#include <atomic>
#include <boost/asio.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <condition_variable>
#include <set>
#include <thread>

#include "bot/net/exchange.hpp"
#include "bot/net/http_message.hpp"
#include "bot/net/routing.hpp"

// One coroutine per connection on a strand of its own (a single thread needs none), one for accept. A timer that runs
// out cancels the pending operation and leaves a mark; each coroutine looks at the mark first when it resumes.
// (Beast's tcp_stream closes the socket on a time-out, which leaves no way to answer 408.)

namespace hotfixd::net {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;
using tcp = asio::ip::tcp;
using Duration = ListenOptions::Duration;
using Parser = http::request_parser<http::string_body>;

constexpr auto as_values = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t kReadSize = 64 * 1024;

using Steady = std::chrono::steady_clock;

// For closing, cancelling and tuning a socket: what can fail is that the peer has gone already, and that
// shows at the next read or write.
void tolerate(const error_code& /*ec*/) {}

class Session;

// What the connections share. Outlives the server object for as long as a connection needs it.
struct Core {
  Core(ListenOptions o, std::vector<Route> r)
      : options(std::move(o)),
        routes(std::move(r)),
        acceptor(asio::make_strand(context)),
        pause(acceptor.get_executor()) {}

  // For one connection.
  asio::any_io_executor executor() {
    if (options.threads == 1) return context.get_executor();
    return asio::make_strand(context);
  }
  void report(Problem::Kind kind, std::string what) const;
  void admit(const std::shared_ptr<Core>& self, tcp::socket socket);
  void leave(const std::shared_ptr<Session>& session);

  const ListenOptions options;
  const std::vector<Route> routes;
  asio::io_context context;
  tcp::acceptor acceptor;
  asio::steady_timer pause;  // after a failed accept
  std::atomic<std::size_t> body_bytes{0};

  std::mutex mutex;
  std::condition_variable left;
  std::set<std::shared_ptr<Session>> sessions;  // under mutex
  bool draining = false;                        // under mutex
};

// A share of ListenOptions::bodies_limit, given back at the end of the scope.
class BodyShare {
 public:
  BodyShare() = default;
  BodyShare(const BodyShare&) = delete;
  BodyShare& operator=(const BodyShare&) = delete;
  ~BodyShare() {
    if (total_ != nullptr) *total_ -= bytes_;
  }
  bool take(std::atomic<std::size_t>& total, std::size_t bytes, std::size_t limit) {
    if (total.fetch_add(bytes) + bytes > limit) {
      total -= bytes;
      return false;
    }
    total_ = &total;
    bytes_ = bytes;
    return true;
  }

 private:
  std::atomic<std::size_t>* total_ = nullptr;
  std::size_t bytes_ = 0;
};

class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(std::shared_ptr<Core> core, tcp::socket socket);

  asio::awaitable<void> run(std::shared_ptr<Session> self);
  asio::any_io_executor executor() { return socket_.get_executor(); }
  // On the executor, once run() has ended: nothing waits for the timers any more.
  void over() {
    deadline_.cancel();
    wake_.cancel();
  }
  // From any thread. Drain: close when idle, otherwise after the answer. Close: now.
  void drain() {
    asio::post(socket_.get_executor(), [self = shared_from_this()] { self->drain_here(); });
  }
  void close() {
    asio::post(socket_.get_executor(), [self = shared_from_this()] { self->close_here(); });
  }

 private:
  enum class Read { more, end, expired };
  struct Answer {
    HttpResponse response;
    bool keep_alive = false;
    bool head_only = false;
    bool unread = false;  // part of the request was not read
  };

  // What a sound header asks for, and of whom.
  struct Asked {
    HttpRequest request;
    const Route* route = nullptr;
    BodyShare share;
  };

  asio::awaitable<bool> serve_one(bool first);
  asio::awaitable<bool> await_request(bool first);
  // Leaves answer_; nothing when the peer has gone, or the connection was closed.
  asio::awaitable<void> read_and_handle();
  // True: it is complete. False: answer_ says what was wrong; nothing when the peer has gone.
  asio::awaitable<bool> read_header(Parser& parser);
  asio::awaitable<bool> read_body(Parser& parser);
  asio::awaitable<void> await_answer(const Parser& parser, Exchange& exchange);
  asio::awaitable<Read> fill();
  asio::awaitable<bool> send(std::string bytes, Duration limit);
  asio::awaitable<void> linger();

  // False: answer_ says why not.
  bool admit(const Parser& parser, Asked& asked);
  std::optional<HttpResponse> judge(const Parser& parser, Asked& asked);
  HttpRequest request_of(const Parser& parser, Target target) const;
  std::shared_ptr<Exchange> hand_over(Asked& asked);
  void refuse_unread(HttpResponse response) { answer_ = Answer{.response = std::move(response), .unread = true}; }
  void arm(Duration limit);
  void disarm() { due_.reset(); }
  void watch(Steady::time_point until);
  void drain_here();
  void close_here();

  const std::shared_ptr<Core> core_;
  tcp::socket socket_;
  std::optional<Steady::time_point> due_;  // the limit of what is under way
  asio::steady_timer deadline_;            // runs out at due_ at the latest
  bool watching_ = false;                  // it runs
  asio::steady_timer wake_;                // cancelled when the handler's answer is there; never runs out
  boost::beast::flat_buffer buffer_;
  std::optional<Answer> answer_;  // to the request under way
  std::string remote_;
  bool expired_ = false;
  bool idle_ = false;  // nothing would be lost by closing now
  bool draining_ = false;
  bool closed_ = false;
};

Session::Session(std::shared_ptr<Core> core, tcp::socket socket)
    : core_(std::move(core)),
      socket_(std::move(socket)),
      deadline_(socket_.get_executor()),
      wake_(socket_.get_executor(), Steady::time_point::max()),
      buffer_(core_->options.header_limit + kReadSize) {
  error_code ec;
  const auto peer = socket_.remote_endpoint(ec);
  if (!ec) remote_ = peer.address().to_string();
  tolerate(socket_.set_option(tcp::no_delay(true), ec));
}

// A request has several limits, one after the other, and hardly ever reaches one: the timer is set anew only for one
// that is nearer than what it waits for, and looks when it runs out whether the limit has moved.
void Session::arm(Duration limit) {
  expired_ = false;
  due_ = Steady::now() + limit;
  if (!watching_ || deadline_.expiry() > *due_) watch(*due_);
}

void Session::watch(Steady::time_point until) {
  watching_ = true;
  deadline_.expires_at(until);
  deadline_.async_wait([self = shared_from_this()](error_code ec) {
    if (ec) return;  // set anew
    self->watching_ = false;
    if (!self->due_) return;
    if (Steady::now() < *self->due_) return self->watch(*self->due_);
    self->due_.reset();
    self->expired_ = true;
    tolerate(self->socket_.cancel(ec));
    self->wake_.cancel();
  });
}

void Session::drain_here() {
  draining_ = true;
  error_code ec;
  if (idle_) tolerate(socket_.cancel(ec));
}

void Session::close_here() {
  draining_ = closed_ = true;
  error_code ec;
  tolerate(socket_.close(ec));
  wake_.cancel();
}

asio::awaitable<void> Session::run(std::shared_ptr<Session> self) {
  bool first = true;
  while (!draining_ && co_await serve_one(first)) first = false;
  error_code ec;
  tolerate(socket_.shutdown(tcp::socket::shutdown_send, ec));
  tolerate(socket_.close(ec));
  self.reset();
}

// Reads what has come into the buffer.
asio::awaitable<Session::Read> Session::fill() {
  const auto room = std::min(kReadSize, buffer_.max_size() - buffer_.size());
  if (room == 0) co_return Read::end;
  const auto [ec, n] = co_await socket_.async_read_some(buffer_.prepare(room), as_values);
  if (closed_) co_return Read::end;
  if (expired_) co_return Read::expired;
  if (ec) co_return Read::end;
  buffer_.commit(n);
  co_return Read::more;
}

asio::awaitable<bool> Session::send(std::string bytes, Duration limit) {
  arm(limit);
  std::size_t sent = 0;
  while (sent < bytes.size()) {
    const auto [ec, n] = co_await socket_.async_write_some(asio::buffer(bytes) + sent, as_values);
    if (closed_ || expired_ || ec) break;
    sent += n;
  }
  disarm();
  co_return sent == bytes.size();
}

// After an answer to a request that was not read to its end: were the socket closed at once, the peer's
// TCP might throw the answer away (RFC 9112, 9.6). Reads on for a moment.
asio::awaitable<void> Session::linger() {
  constexpr Duration kLimit{2'000};
  constexpr std::size_t kBytes = 32 * 1024 * 1024;
  error_code ec;
  tolerate(socket_.shutdown(tcp::socket::shutdown_send, ec));
  idle_ = true;
  arm(kLimit);
  for (std::size_t read = 0; read < kBytes && !draining_;) {
    buffer_.clear();
    if (co_await fill() != Read::more) break;
    read += buffer_.size();
  }
  disarm();
}

asio::awaitable<bool> Session::serve_one(bool first) {
  if (!co_await await_request(first)) co_return false;
  co_await read_and_handle();
  const auto answer = std::exchange(answer_, std::nullopt);
  if (!answer || closed_) co_return false;
  const bool keep_alive = answer->keep_alive && !draining_;
  const bool sent =
      co_await send(serialize(answer->response, keep_alive, answer->head_only), core_->options.write_timeout);
  if (sent && answer->unread) co_await linger();
  co_return sent&& keep_alive;
}

// Waits for the first byte of the next request.
asio::awaitable<bool> Session::await_request(bool first) {
  if (buffer_.size() > 0) co_return true;
  idle_ = true;
  arm(first ? core_->options.header_timeout : core_->options.idle_timeout);
  const auto read = co_await fill();
  disarm();
  idle_ = false;
  co_return read == Read::more && !draining_;
}

asio::awaitable<bool> Session::read_header(Parser& parser) {
  arm(core_->options.header_timeout);
  while (!answer_) {
    error_code ec;
    buffer_.consume(parser.put(buffer_.data(), ec));
    if (parser.is_header_done()) break;
    if (ec == http::error::header_limit) {
      refuse_unread(plain(431, "the header is too large"));
    } else if (ec && ec != http::error::need_more) {
      refuse_unread(plain(400, "this is not a request of HTTP/1.1"));
    } else if (const auto read = co_await fill(); read == Read::expired) {
      refuse_unread(plain(408, "the header took too long"));
    } else if (read == Read::end) {
      break;
    }
  }
  disarm();
  co_return parser.is_header_done();
}

asio::awaitable<bool> Session::read_body(Parser& parser) {
  arm(core_->options.body_timeout);
  parser.eager(true);
  while (!answer_ && !parser.is_done()) {
    error_code ec;
    std::size_t used = 0;
    if (buffer_.size() > 0) {
      used = parser.put(buffer_.data(), ec);
      buffer_.consume(used);
      if (parser.is_done()) break;
    }
    if (ec == http::error::body_limit) {
      refuse_unread(plain(413, "the body is too large"));
    } else if (ec && ec != http::error::need_more) {
      refuse_unread(plain(400, "the body is malformed"));
    } else if (used > 0 && buffer_.size() > 0 && !ec) {
      continue;
    } else if (const auto read = co_await fill(); read == Read::expired) {
      refuse_unread(plain(408, "the body took too long"));
    } else if (read == Read::end) {
      break;
    }
  }
  disarm();
  co_return parser.is_done();
}

HttpRequest Session::request_of(const Parser& parser, Target target) const {
  constexpr std::size_t kUsual = 16;
  HttpRequest request{.method = std::string(parser.get().method_string()),
                      .target = std::move(target.path),
                      .query = std::move(target.query),
                      .headers = {},
                      .body = {},
                      .remote = remote_};
  request.headers.reserve(kUsual);
  for (const auto& field : parser.get()) request.headers.emplace_back(field.name_string(), field.value());
  return request;
}

// What is wrong with a header that parsed; only then is its body worth reading.
std::optional<HttpResponse> refuse_header(const Parser& parser) {
  const auto& head = parser.get();
  if (head.version() != 11 && head.version() != 10) return plain(400, "this is not a request of HTTP/1.1");
  if (head.version() == 11 && head.count(http::field::host) != 1) return plain(400, "exactly one Host is needed");
  const auto expect = head[http::field::expect];
  if (!expect.empty() && !same_text(expect, "100-continue")) return plain(417, "only 100-continue can be expected");
  return std::nullopt;
}

bool has_body(const Parser& parser) { return parser.chunked() || parser.content_length().value_or(0) > 0; }
bool is_head(const Parser& parser) { return parser.get().method() == http::verb::head; }
bool wants_continue(const Parser& parser) {
  return parser.get().version() == 11 && !parser.get()[http::field::expect].empty();
}

HttpResponse unavailable(std::string text, std::string retry_after) {
  auto response = plain(503, std::move(text));
  response.headers.emplace_back("Retry-After", std::move(retry_after));
  return response;
}

std::optional<HttpResponse> Session::judge(const Parser& parser, Asked& asked) {
  if (auto refusal = refuse_header(parser)) return refusal;
  auto target = parse_target(parser.get().target());
  if (!target) return plain(400, "the target is not a path");
  // Taken now: fields in a trailer after the body are not the request's headers.
  asked.request = request_of(parser, std::move(*target));
  auto route = find_route(core_->routes, asked.request);
  if (!route) return std::move(route.error());
  asked.route = *route;
  const std::size_t limit = asked.route->body_limit;
  if (parser.content_length().value_or(0) > limit) return plain(413, "the body is too large");
  const bool room = !has_body(parser) || asked.share.take(core_->body_bytes, parser.content_length().value_or(limit),
                                                          core_->options.bodies_limit);
  if (!room) return unavailable("too many large requests at once", "1");
  return std::nullopt;
}

bool Session::admit(const Parser& parser, Asked& asked) {
  auto refusal = judge(parser, asked);
  if (refusal) {
    const bool unread = has_body(parser);
    answer_ = Answer{std::move(*refusal), parser.keep_alive() && !unread, is_head(parser), unread};
  }
  return !refusal;
}

// Its frame is below a kilobyte: Asio keeps no larger one for the next request.
asio::awaitable<void> Session::read_and_handle() {
  Parser parser;
  parser.header_limit(static_cast<std::uint32_t>(core_->options.header_limit));
  parser.body_limit(boost::none);  // judged once the route is known
  Asked asked;
  if (!co_await read_header(parser) || !admit(parser, asked)) co_return;
  if (has_body(parser)) {
    if (wants_continue(parser) && buffer_.size() == 0 &&
        !co_await send("HTTP/1.1 100 Continue\r\n\r\n", core_->options.write_timeout))
      co_return;
    parser.body_limit(asked.route->body_limit);
    if (!co_await read_body(parser)) co_return;
    asked.request.body = std::move(parser.get().body());
  }
  const auto exchange = hand_over(asked);
  co_await await_answer(parser, *exchange);
}

// Not inlined: what it has of its own would be part of that frame.
[[gnu::noinline]] std::shared_ptr<Exchange> Session::hand_over(Asked& asked) {
  auto exchange = std::make_shared<Exchange>(
      [self = shared_from_this()] { asio::post(self->socket_.get_executor(), [self] { self->wake_.cancel(); }); });
  const auto& route = *asked.route;
  try {
    route.handle(std::move(asked.request), respond_to(exchange));
  } catch (const std::exception& e) {
    core_->report(Problem::Kind::internal,
                  fmt::format("{} {}: the handler threw: {}", route.method, route.path, e.what()));
    exchange->answer(plain(500, "internal error"));
  }
  return exchange;
}

asio::awaitable<void> Session::await_answer(const Parser& parser, Exchange& exchange) {
  arm(core_->options.response_timeout);
  std::optional<HttpResponse> response;
  while (!closed_ && !expired_ && !(response = exchange.take())) co_await wake_.async_wait(as_values);
  disarm();
  if (!response) response = exchange.abandon();
  if (!response && expired_ && !closed_) response = unavailable("no answer in time", "10");
  if (response) answer_ = Answer{std::move(*response), parser.keep_alive(), is_head(parser), false};
}

void Core::report(Problem::Kind kind, std::string what) const {
  const Problem problem{.kind = kind, .what = std::move(what), .mend = {}, .retry_after = {}};
  if (options.report) return options.report(problem);
  fmt::print(stderr, "http: {}\n", problem.what);
}

void turn_away(tcp::socket socket) {
  const auto response = unavailable("too many connections", "1");
  error_code ec;
  tolerate(socket.non_blocking(true, ec));
  // One try is enough: the socket is new, so its buffer is empty; and a peer that is gone needs no answer.
  socket.write_some(asio::buffer(serialize(response, false, false)), ec);
  tolerate(socket.shutdown(tcp::socket::shutdown_send, ec));
  tolerate(socket.close(ec));
}

void Core::admit(const std::shared_ptr<Core>& self, tcp::socket socket) {
  std::unique_lock lock(mutex);
  if (draining) return;
  if (sessions.size() >= options.max_connections) {
    lock.unlock();
    return turn_away(std::move(socket));
  }
  auto session = std::make_shared<Session>(self, std::move(socket));
  sessions.insert(session);
  lock.unlock();
  asio::co_spawn(session->executor(), session->run(session), [self, session](const std::exception_ptr& thrown) {
    session->over();
    try {
      if (thrown) std::rethrow_exception(thrown);
    } catch (const std::exception& e) {
      self->report(Problem::Kind::internal, fmt::format("a connection failed: {}", e.what()));
    } catch (...) {
      self->report(Problem::Kind::internal, "a connection failed: something that is no exception was thrown");
    }
    self->leave(session);
  });
}

void Core::leave(const std::shared_ptr<Session>& session) {
  const std::lock_guard lock(mutex);
  sessions.erase(session);
  left.notify_all();
}

asio::awaitable<void> accept_all(std::shared_ptr<Core> core) {
  while (core->acceptor.is_open()) {
    auto [ec, socket] = co_await core->acceptor.async_accept(core->executor(), as_values);
    if (!core->acceptor.is_open()) break;
    if (!ec) {
      core->admit(core, std::move(socket));
      continue;
    }
    if (ec == asio::error::connection_aborted) continue;  // the peer gave up while it waited
    core->report(Problem::Kind::internal, fmt::format("accept: {}", ec.message()));
    core->pause.expires_after(Duration{100});  // out of descriptors, most likely: let some be closed
    co_await core->pause.async_wait(as_values);
  }
}

class Server final : public HttpServer {
 public:
  explicit Server(std::shared_ptr<Core> core)
      : core_(std::move(core)), port_(core_->acceptor.local_endpoint().port()), work_(core_->context.get_executor()) {}
  ~Server() override { shut_down(Duration{0}); }

  std::uint16_t port() const override { return port_; }
  void start() override;
  void stop(std::chrono::milliseconds grace) override { shut_down(grace); }

 private:
  void shut_down(std::chrono::milliseconds grace);
  void work(const std::shared_ptr<Core>& core);
  std::vector<std::shared_ptr<Session>> open_sessions();

  const std::shared_ptr<Core> core_;
  const std::uint16_t port_;
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  std::mutex mutex_;  // start and stop, one at a time
  std::vector<std::thread> threads_;
  bool stopped_ = false;
};

void Server::start() {
  const std::lock_guard lock(mutex_);
  if (stopped_ || !threads_.empty()) return;
  asio::co_spawn(core_->acceptor.get_executor(), accept_all(core_), [core = core_](const std::exception_ptr& thrown) {
    if (thrown) core->report(Problem::Kind::internal, "no more connections are accepted: accept threw");
  });
  for (int i = 0; i < core_->options.threads; ++i) threads_.emplace_back(&Server::work, this, core_);
}

void Server::work(const std::shared_ptr<Core>& core) {
  while (true) {
    try {
      core->context.run();
      return;
    } catch (const std::exception& e) {
      fmt::print(stderr, "http: a callback threw: {}\n", e.what());  // report itself may have thrown
    }
  }
}

std::vector<std::shared_ptr<Session>> Server::open_sessions() {
  const std::lock_guard lock(core_->mutex);
  core_->draining = true;
  return {core_->sessions.begin(), core_->sessions.end()};
}

void Server::shut_down(std::chrono::milliseconds grace) {
  const std::lock_guard lock(mutex_);
  if (stopped_) return;
  stopped_ = true;
  if (threads_.empty()) {
    error_code ec;
    tolerate(core_->acceptor.close(ec));
    return;
  }
  asio::post(core_->acceptor.get_executor(), [core = core_] {
    error_code ec;
    tolerate(core->acceptor.close(ec));
    core->pause.cancel();
  });
  const auto all_left = [this] { return core_->sessions.empty(); };
  for (const auto& session : open_sessions()) session->drain();
  {
    std::unique_lock sessions_lock(core_->mutex);
    core_->left.wait_for(sessions_lock, grace, all_left);
  }
  for (const auto& session : open_sessions()) session->close();
  {
    std::unique_lock sessions_lock(core_->mutex);
    core_->left.wait(sessions_lock, all_left);
  }
  work_.reset();
  for (auto& thread : threads_) thread.join();
  threads_.clear();
}

Problem invalid(std::string what) {
  return Problem{.kind = Problem::Kind::invalid, .what = std::move(what), .mend = {}, .retry_after = {}};
}

error_code bind_and_listen(tcp::acceptor& acceptor, const tcp::endpoint& endpoint) {
  error_code ec;
  if (acceptor.open(endpoint.protocol(), ec)) return ec;
  if (acceptor.set_option(asio::socket_base::reuse_address(true), ec)) return ec;
  if (acceptor.bind(endpoint, ec)) return ec;
  return acceptor.listen(asio::socket_base::max_listen_connections, ec);
}

Problem cannot_listen(const tcp::endpoint& endpoint, const error_code& ec) {
  Problem problem = invalid(
      fmt::format("cannot listen on {} port {}: {}", endpoint.address().to_string(), endpoint.port(), ec.message()));
  if (ec == asio::error::address_in_use) {
    problem.kind = Problem::Kind::locked;
    problem.mend = "stop what listens there, or choose another port";
  } else if (ec == asio::error::access_denied) {
    problem.kind = Problem::Kind::refused;
    problem.mend = "choose a port above 1023";
  }
  return problem;
}

}  // namespace

Result<std::unique_ptr<HttpServer>> listen(const ListenOptions& options, std::vector<Route> routes) {
  if (auto problem = check(options, routes)) return std::unexpected(std::move(*problem));
  error_code ec;
  const auto address = asio::ip::make_address(options.address, ec);
  if (ec) return std::unexpected(invalid(fmt::format("{} is not an IP address", options.address)));
  const tcp::endpoint endpoint(address, options.port);
  auto core = std::make_shared<Core>(options, std::move(routes));
  ec = bind_and_listen(core->acceptor, endpoint);
  if (ec) return std::unexpected(cannot_listen(endpoint, ec));
  return std::make_unique<Server>(std::move(core));
}

}  // namespace hotfixd::net
