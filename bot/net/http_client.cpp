#include "bot/net/http_client.hpp"

#include <fmt/format.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <deque>
#include <future>
#include <list>
#include <map>
#include <set>

#include "bot/net/dial.hpp"
#include "bot/net/http_message.hpp"

// All state belongs to the network thread; send() only checks, posts and waits. One coroutine per request.

namespace hotfixd::net {
namespace {

namespace http = boost::beast::http;
using Parser = http::response_parser<http::string_body>;
using HostKey = std::tuple<bool, std::string, std::uint16_t>;

constexpr std::size_t kReadSize = 64 * 1024;
constexpr Duration kNoLimit = std::chrono::hours(24);  // the deadline counts
constexpr int kInterimLimit = 16;                      // answers of class 1xx before the final one

SendFailure failure(Problem problem, bool may_have_arrived) {
  return SendFailure{std::move(problem), may_have_arrived};
}

Problem make(Problem::Kind kind, std::string what) {
  return Problem{.kind = kind, .what = std::move(what), .mend = {}, .retry_after = {}};
}

struct Connection {
  Connection(asio::io_context& context, std::size_t header_limit)
      : stream(context), idle_timer(context), buffer(header_limit + kReadSize) {}

  Stream stream;
  asio::steady_timer idle_timer;
  boost::beast::flat_buffer buffer;
  bool idle = false;
};

struct Job {
  Job(asio::io_context& context, Url u, SteadyTime deadline) : url(std::move(u)), watch(context, deadline) {}

  const Url url;
  std::string bytes;
  bool head = false;
  bool repeatable = false;
  HttpClient::Done done;
  Watch watch;
};

struct Host {
  std::size_t active = 0;
  std::list<std::shared_ptr<Connection>> idle;  // the latest used first
  std::deque<std::shared_ptr<Job>> waiting;
};

HostKey key_of(const Url& url) { return {url.secure, url.host, url.port}; }

// One request sent once. `stale`: a kept connection that the peer had closed, as far as can be seen.
struct Attempt {
  SendResult result;
  bool stale = false;
};

class Client final : public HttpClient {
 public:
  Client(ClientOptions options, std::shared_ptr<asio::ssl::context> tls)
      : options_(std::move(options)), tls_(std::move(tls)), thread_("http client", options_.report) {}
  ~Client() override { stop(Duration{0}); }

  SendResult send(const ClientRequest& request) override;
  void send(ClientRequest request, Done done) override;
  ClientCounters counters() const override;
  void stop(std::chrono::milliseconds grace) override {
    thread_.stop([this] { drain(); }, [this] { cut_off(); }, grace);
  }

 private:
  void submit(const std::shared_ptr<Job>& job);
  void start(const std::shared_ptr<Job>& job);
  void finish(const std::shared_ptr<Job>& job, SendResult result);
  void tell(const Done& done, SendResult result);
  void leave(const Url& url);
  std::shared_ptr<Connection> take_idle(const Url& url);
  void keep(const Url& url, const std::shared_ptr<Connection>& connection);
  void drop(const HostKey& key, const std::shared_ptr<Connection>& connection);
  void forget_if_empty(const HostKey& key);
  void drain();
  void cut_off();

  asio::awaitable<SendResult> run(std::shared_ptr<Job> job);
  asio::awaitable<Attempt> attempt(Job& job, bool fresh);
  asio::awaitable<Attempt> exchange(Job& job, std::shared_ptr<Connection> connection, bool reused);
  asio::awaitable<std::size_t> write(Job& job, Connection& connection);

  const ClientOptions options_;
  const std::shared_ptr<asio::ssl::context> tls_;
  // Of the network thread.
  std::map<HostKey, Host> hosts_;
  std::set<std::shared_ptr<Job>> active_;
  std::size_t waiting_ = 0;
  std::size_t idle_ = 0;
  bool draining_ = false;

  mutable std::mutex counters_mutex_;
  ClientCounters counters_;
  NetworkThread thread_;  // ends first
};

SendResult Client::send(const ClientRequest& request) {
  if (thread_.inside()) {
    return std::unexpected(failure(make(Problem::Kind::internal, "the network thread cannot wait for itself"), false));
  }
  const auto promise = std::make_shared<std::promise<SendResult>>();
  auto future = promise->get_future();
  send(request, [promise](SendResult result) { promise->set_value(std::move(result)); });
  return future.get();
}

void Client::send(ClientRequest request, Done done) {
  const auto begun = std::chrono::steady_clock::now();
  auto url = parse_url(request.url, UrlKind::http);
  if (!url) return done(std::unexpected(failure(std::move(url.error()), false)));
  auto bytes = serialize(request, *url, options_.user_agent);
  if (!bytes) return done(std::unexpected(failure(std::move(bytes.error()), false)));
  const auto limit = request.deadline > Duration{0} ? request.deadline : options_.deadline;
  auto job = std::make_shared<Job>(thread_.context(), *url, begun + limit);
  job->bytes = std::move(*bytes);
  job->head = request.method == "HEAD";
  job->repeatable = request.repeatable;
  job->done = std::move(done);
  if (thread_.begin([this, job] { submit(job); })) return;
  job->done(std::unexpected(failure(unreachable(*url, "the client has stopped"), false)));
}

ClientCounters Client::counters() const {
  const std::lock_guard lock(counters_mutex_);
  return counters_;
}

void Client::submit(const std::shared_ptr<Job>& job) {
  auto& host = hosts_[key_of(job->url)];
  if (host.active < options_.connections_per_host) return start(job);
  if (waiting_ >= options_.waiting_limit) {
    auto problem = make(Problem::Kind::rate_limited, fmt::format("{}: too many requests wait", job->url.origin));
    problem.retry_after = Seconds{1};
    return finish(job, std::unexpected(failure(std::move(problem), false)));
  }
  ++waiting_;
  host.waiting.push_back(job);
  job->watch.step(kNoLimit, "waiting for a free connection", [this, weak = std::weak_ptr(job)] {
    const auto late = weak.lock();
    if (!late) return;
    const auto at = hosts_.find(key_of(late->url));
    if (at == hosts_.end() || std::erase(at->second.waiting, late) == 0) return;
    --waiting_;
    finish(late, std::unexpected(failure(unreachable(late->url, late->watch.why()), false)));
  });
}

void Client::start(const std::shared_ptr<Job>& job) {
  job->watch.rest();
  ++hosts_[key_of(job->url)].active;
  active_.insert(job);
  {
    const std::lock_guard lock(counters_mutex_);
    ++counters_.requests;
  }
  asio::co_spawn(thread_.context(), run(job), [this, job](const std::exception_ptr& thrown, SendResult result) {
    if (thrown) {
      try {
        std::rethrow_exception(thrown);
      } catch (const std::exception& e) {
        result = std::unexpected(
            failure(make(Problem::Kind::internal, fmt::format("{}: {}", job->url.origin, e.what())), true));
      } catch (...) {
        result = std::unexpected(
            failure(make(Problem::Kind::internal, job->url.origin + ": no exception was thrown"), true));
      }
    }
    active_.erase(job);
    leave(job->url);
    finish(job, std::move(result));
  });
}

// A place at the host is free: the next that waits takes it.
void Client::leave(const Url& url) {
  const auto key = key_of(url);
  auto& host = hosts_[key];
  --host.active;
  if (host.waiting.empty()) return forget_if_empty(key);
  const auto next = host.waiting.front();
  host.waiting.pop_front();
  --waiting_;
  start(next);
}

void Client::tell(const Done& done, SendResult result) {
  try {
    done(std::move(result));
  } catch (const std::exception& e) {
    thread_.report(fmt::format("the receiver of an answer threw: {}", e.what()));
  } catch (...) {
    thread_.report("the receiver of an answer threw something that is no exception");
  }
}

void Client::finish(const std::shared_ptr<Job>& job, SendResult result) {
  job->watch.rest();
  tell(job->done, std::move(result));
  job->done = nullptr;
  thread_.end();
}

void Client::forget_if_empty(const HostKey& key) {
  const auto at = hosts_.find(key);
  if (at == hosts_.end()) return;
  const auto& host = at->second;
  if (host.active == 0 && host.idle.empty() && host.waiting.empty()) hosts_.erase(at);
}

std::shared_ptr<Connection> Client::take_idle(const Url& url) {
  auto& host = hosts_[key_of(url)];
  while (!host.idle.empty()) {
    auto connection = host.idle.front();
    host.idle.pop_front();
    --idle_;
    connection->idle = false;
    connection->idle_timer.cancel();
    error_code ec;
    tolerate(connection->stream.socket().cancel(ec));
    if (connection->stream.quiet()) return connection;
    connection->stream.close();
  }
  return nullptr;
}

void Client::keep(const Url& url, const std::shared_ptr<Connection>& connection) {
  if (draining_ || idle_ >= options_.idle_limit) return connection->stream.close();
  const auto key = key_of(url);
  ++idle_;
  connection->idle = true;
  hosts_[key].idle.push_front(connection);
  const std::weak_ptr weak = connection;
  connection->stream.socket().async_wait(Stream::Socket::wait_read, [this, key, weak](error_code ec) {
    if (const auto readable = weak.lock(); readable && !ec && readable->idle) drop(key, readable);
  });
  connection->idle_timer.expires_after(options_.idle_timeout);
  connection->idle_timer.async_wait([this, key, weak](error_code ec) {
    const auto old = weak.lock();
    if (!ec && old && old->idle && old->idle_timer.expiry() <= std::chrono::steady_clock::now()) drop(key, old);
  });
}

void Client::drop(const HostKey& key, const std::shared_ptr<Connection>& connection) {
  connection->idle = false;
  connection->idle_timer.cancel();
  connection->stream.close();
  idle_ -= std::erase(hosts_[key].idle, connection);
  forget_if_empty(key);
}

void Client::drain() {
  draining_ = true;
  std::vector<std::shared_ptr<Job>> refused;
  for (auto& [key, host] : hosts_) {
    for (const auto& connection : host.idle) {
      connection->idle = false;
      connection->idle_timer.cancel();
      connection->stream.close();
    }
    host.idle.clear();
    refused.insert(refused.end(), host.waiting.begin(), host.waiting.end());
    host.waiting.clear();
  }
  idle_ = waiting_ = 0;
  for (const auto& job : refused) {
    finish(job, std::unexpected(failure(unreachable(job->url, "the client has stopped"), false)));
  }
}

void Client::cut_off() {
  const auto active = active_;  // each abort may end one
  for (const auto& job : active) job->watch.abort();
}

asio::awaitable<SendResult> Client::run(std::shared_ptr<Job> job) {
  auto one = co_await attempt(*job, false);
  if (one.stale && job->repeatable && !job->watch.over()) {
    {
      const std::lock_guard lock(counters_mutex_);
      ++counters_.repeated;
    }
    one = co_await attempt(*job, true);
  }
  co_return std::move(one.result);
}

asio::awaitable<Attempt> Client::attempt(Job& job, bool fresh) {
  auto connection = fresh ? nullptr : take_idle(job.url);
  const bool reused = connection != nullptr;
  if (!reused) {
    connection = std::make_shared<Connection>(thread_.context(), options_.header_limit);
    const DialLimits limits{options_.resolve_timeout, options_.connect_timeout, options_.tls_timeout};
    auto problem = co_await dial(connection->stream, job.url, *tls_, limits, job.watch);
    if (problem) {
      connection->stream.close();
      co_return Attempt{std::unexpected(failure(std::move(*problem), false))};
    }
  }
  {
    const std::lock_guard lock(counters_mutex_);
    ++(reused ? counters_.reused : counters_.opened);
  }
  auto result = co_await exchange(job, connection, reused);
  co_return result;
}

// How many bytes of the request went out.
asio::awaitable<std::size_t> Client::write(Job& job, Connection& connection) {
  std::size_t sent = 0;
  job.watch.step(options_.write_timeout, "sending the request", [&connection] { connection.stream.close(); });
  while (sent < job.bytes.size() && !job.watch.over()) {
    const auto wrote = co_await write_some(connection.stream, asio::buffer(job.bytes) + sent);
    sent += wrote.bytes;
    if (wrote.ec) break;
  }
  job.watch.rest();
  co_return sent;
}

Problem malformed(const Url& url, const error_code& ec, const ClientOptions& options) {
  std::string what = fmt::format("the answer is not HTTP/1.1: {}", ec.message());
  if (ec == http::error::header_limit || ec == http::error::buffer_overflow) {
    what = fmt::format("the answer's header is larger than {} bytes", options.header_limit);
  } else if (ec == http::error::body_limit) {
    what = fmt::format("the answer's body is larger than {} bytes", options.body_limit);
  }
  return make(Problem::Kind::invalid, fmt::format("{}: {}", url.origin, what));
}

asio::awaitable<Attempt> Client::exchange(Job& job, std::shared_ptr<Connection> connection, bool reused) {
  auto& stream = connection->stream;
  auto& buffer = connection->buffer;
  const bool whole = co_await write(job, *connection) == job.bytes.size();
  bool heard = false;
  const auto fail = [&](Problem problem, bool gone = false) {
    stream.close();
    return Attempt{std::unexpected(failure(std::move(problem), whole)), gone && reused && !heard};
  };
  if (!whole && job.watch.over()) co_return fail(unreachable(job.url, job.watch.why()));
  // A server may refuse a request before it has read it all: then the answer is there although sending failed.
  job.watch.step(options_.first_byte_timeout, "waiting for the answer", [&stream] { stream.close(); });

  for (int interim = 0; interim <= kInterimLimit; ++interim) {
    Parser parser;
    parser.header_limit(static_cast<std::uint32_t>(options_.header_limit));
    parser.body_limit(options_.body_limit);
    parser.skip(job.head);
    ClientResponse response;
    while (!parser.is_done()) {
      error_code ec;
      std::size_t used = 0;
      if (buffer.size() > 0) {
        used = parser.put(buffer.data(), ec);
        buffer.consume(used);
        if (ec && ec != http::error::need_more) co_return fail(malformed(job.url, ec, options_));
        if (parser.is_header_done() && response.status == 0) {
          response.status = static_cast<int>(parser.get().result_int());
          // Taken now: fields in a trailer after the body are not the answer's headers.
          for (const auto& field : parser.get()) response.headers.emplace_back(field.name_string(), field.value());
          parser.eager(true);
        }
        if (parser.is_done() || (used > 0 && buffer.size() > 0 && !ec)) continue;
      }
      const auto room = std::min(kReadSize, buffer.max_size() - buffer.size());
      if (room == 0) co_return fail(malformed(job.url, http::error::header_limit, options_));
      const auto read = co_await read_some(stream, buffer.prepare(room));
      buffer.commit(read.bytes);
      if (read.bytes > 0) {
        if (!heard) job.watch.step(options_.response_timeout, "reading the answer", [&stream] { stream.close(); });
        heard = true;
        continue;
      }
      if (job.watch.over()) co_return fail(unreachable(job.url, job.watch.why()));
      if (read.ec == asio::error::eof && parser.is_header_done() && parser.need_eof()) {
        parser.put_eof(ec);
        if (!ec) break;
      }
      co_return fail(unreachable(job.url, fmt::format("the connection ended {}: {}",
                                                      heard ? "in the middle of the answer" : "before an answer came",
                                                      read.ec.message())),
                     true);
    }
    if (response.status == 101)
      co_return fail(make(Problem::Kind::invalid, job.url.origin + ": the answer changes the protocol"));
    if (response.status < 200) continue;  // RFC 9110, 15.2: the final answer follows
    job.watch.rest();
    response.body = std::move(parser.get().body());
    // Bytes after the answer belong to nothing that was asked for.
    if (whole && parser.keep_alive() && buffer.size() == 0 && !job.watch.over()) {
      keep(job.url, connection);
    } else {
      stream.close();
    }
    co_return Attempt{std::move(response)};
  }
  co_return fail(make(Problem::Kind::invalid, job.url.origin + ": too many interim answers"));
}

std::optional<std::string> check(const ClientOptions& options) {
  constexpr std::size_t kLargestHeader = 1024 * 1024;
  for (const auto limit : {options.resolve_timeout, options.connect_timeout, options.tls_timeout, options.write_timeout,
                           options.first_byte_timeout, options.response_timeout, options.deadline}) {
    if (limit <= Duration{0}) return "a time limit of the HTTP client is not above 0";
  }
  if (options.header_limit < 256 || options.header_limit > kLargestHeader) return "header_limit: 256 B to 1 MiB";
  if (options.connections_per_host == 0) return "connections_per_host: at least 1";
  return std::nullopt;
}

}  // namespace

Result<std::unique_ptr<HttpClient>> create_http_client(const ClientOptions& options) {
  if (auto wrong = check(options)) return std::unexpected(make(Problem::Kind::invalid, std::move(*wrong)));
  auto tls = tls_context(options.ca_file);
  if (!tls) return std::unexpected(std::move(tls.error()));
  return std::make_unique<Client>(options, std::move(*tls));
}

}  // namespace hotfixd::net
