#include "bot/net/dial.hpp"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>

namespace hotfixd::net {
namespace {

namespace ssl = asio::ssl;
constexpr auto as_values = asio::as_tuple(asio::use_awaitable);

Problem invalid(std::string what, std::string mend) {
  return Problem{.kind = Problem::Kind::invalid, .what = std::move(what), .mend = std::move(mend), .retry_after = {}};
}

}  // namespace

NetworkThread::NetworkThread(std::string name, Report report)
    : name_(std::move(name)), report_(std::move(report)), guard_(context_.get_executor()) {
  thread_ = std::thread([this] { work(); });
  id_ = thread_.get_id();
}

void NetworkThread::report(std::string what) const {
  const Problem problem{.kind = Problem::Kind::internal, .what = std::move(what), .mend = {}, .retry_after = {}};
  if (report_) return report_(problem);
  fmt::print(stderr, "{}: {}\n", name_, problem.what);
}

void NetworkThread::work() {
  while (true) {
    try {
      context_.run();
      return;
    } catch (const std::exception& e) {
      fmt::print(stderr, "{}: a callback threw: {}\n", name_, e.what());  // report itself may have thrown
    }
  }
}

bool NetworkThread::begin(std::function<void()> task) {
  const std::lock_guard lock(mutex_);
  if (stopping_) return false;
  ++running_;
  asio::post(context_, std::move(task));
  return true;
}

void NetworkThread::end() {
  const std::lock_guard lock(mutex_);
  if (--running_ == 0) ended_.notify_all();
}

void NetworkThread::stop(std::function<void()> ask, std::function<void()> insist, Duration grace) {
  const std::lock_guard once(stop_mutex_);
  if (!thread_.joinable()) return;
  const auto none_left = [this] { return running_ == 0; };
  std::unique_lock lock(mutex_);
  stopping_ = true;
  asio::post(context_, std::move(ask));
  ended_.wait_for(lock, grace, none_left);
  asio::post(context_, std::move(insist));
  ended_.wait(lock, none_left);
  lock.unlock();
  guard_.reset();
  thread_.join();
}

struct Watch::State {
  explicit State(asio::io_context& context) : timer(context) {}

  void interrupt_now() {
    if (const auto call = std::exchange(interrupt, nullptr)) call();
  }

  asio::steady_timer timer;
  SteadyTime deadline;
  std::uint64_t round = 0;  // which step the timer belongs to
  std::string doing = "waiting";
  std::function<void()> interrupt;
  bool expired = false;
  bool aborted = false;
};

Watch::Watch(asio::io_context& context, SteadyTime deadline) : state_(std::make_shared<State>(context)) {
  state_->deadline = deadline;
}

Watch::~Watch() { rest(); }

void Watch::step(Duration limit, std::string doing, std::function<void()> interrupt) {
  rest();
  state_->doing = std::move(doing);
  state_->interrupt = std::move(interrupt);
  state_->timer.expires_at(std::min(state_->deadline, std::chrono::steady_clock::now() + limit));
  state_->timer.async_wait([state = state_, round = state_->round](error_code ec) {
    if (ec || round != state->round) return;
    state->expired = true;
    state->interrupt_now();
  });
}

void Watch::rest() {
  ++state_->round;
  state_->interrupt = nullptr;
  state_->timer.cancel();
}

void Watch::abort() {
  const auto state = state_;  // the interruption may be the last that knows this watch
  state->aborted = true;
  state->interrupt_now();
}

bool Watch::over() const { return state_->expired || state_->aborted; }

std::string Watch::why() const {
  return fmt::format("{} while {}", state_->aborted ? "the client stopped" : "time ran out", state_->doing);
}

bool Stream::quiet() {
  if (tls_) {
    SSL* tls = tls_->native_handle();
    if (SSL_pending(tls) > 0 || BIO_ctrl_pending(SSL_get_rbio(tls)) > 0) return false;
  }
  char byte = 0;
  const auto n = ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

asio::awaitable<Transfer> read_some(Stream& stream, asio::mutable_buffer into) {
  const auto [ec, n] = co_await stream.async_read_some(into, as_values);
  co_return Transfer{ec, n};
}

asio::awaitable<Transfer> write_some(Stream& stream, asio::const_buffer from) {
  const auto [ec, n] = co_await stream.async_write_some(from, as_values);
  co_return Transfer{ec, n};
}

Problem unreachable(const Url& url, std::string_view what) {
  return Problem{.kind = Problem::Kind::unreachable,
                 .what = fmt::format("{}: {}", url.origin, what),
                 .mend = {},
                 .retry_after = {}};
}

Result<std::shared_ptr<ssl::context>> tls_context(const std::string& ca_file) {
  auto context = std::make_shared<ssl::context>(ssl::context::tls_client);
  error_code ec;
  ec = context->set_verify_mode(ssl::verify_peer, ec);
  if (!ec && SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION) != 1) {
    ec = error_code(static_cast<int>(ERR_get_error()), asio::error::get_ssl_category());
  }
  if (!ec) ec = context->set_default_verify_paths(ec);
  if (ec) return std::unexpected(invalid(fmt::format("TLS cannot be set up: {}", ec.message()), {}));
  if (!ca_file.empty()) ec = context->load_verify_file(ca_file, ec);
  if (ec) {
    return std::unexpected(invalid(fmt::format("no certificates can be read from {}: {}", ca_file, ec.message()),
                                   "name a readable file with certificates in PEM form"));
  }
  return context;
}

namespace {

struct Lookup {
  explicit Lookup(asio::io_context::executor_type executor) : resolver(executor), wake(executor) {}

  asio::ip::basic_resolver<tcp, asio::io_context::executor_type> resolver;
  asio::steady_timer wake;
  bool done = false;
  error_code ec;
  std::vector<tcp::endpoint> endpoints;
};

// getaddrinfo() cannot be interrupted, so who waits is woken and the lookup ends later, unheard.
asio::awaitable<std::shared_ptr<Lookup>> look_up(Stream& stream, const Url& url, Duration limit, Watch& watch) {
  auto lookup = std::make_shared<Lookup>(stream.get_executor());
  error_code not_an_address;
  if (const auto address = asio::ip::make_address(url.host, not_an_address); !not_an_address) {
    lookup->done = true;
    lookup->endpoints.emplace_back(address, url.port);
    co_return lookup;
  }
  lookup->wake.expires_at(SteadyTime::max());
  lookup->resolver.async_resolve(url.host, std::to_string(url.port), tcp::resolver::numeric_service,
                                 [lookup](error_code ec, const tcp::resolver::results_type& found) {
                                   lookup->done = true;
                                   lookup->ec = ec;
                                   for (const auto& entry : found) lookup->endpoints.push_back(entry.endpoint());
                                   lookup->wake.cancel();
                                 });
  watch.step(limit, "looking up the name", [lookup] {
    lookup->resolver.cancel();
    lookup->wake.cancel();
  });
  while (!lookup->done && !watch.over()) co_await lookup->wake.async_wait(as_values);
  watch.rest();
  co_return lookup;
}

asio::awaitable<error_code> connect(Stream& stream, const std::vector<tcp::endpoint>& endpoints, Duration limit,
                                    Watch& watch) {
  error_code last = asio::error::host_not_found;
  watch.step(limit, "connecting", [&stream] { stream.close(); });
  for (const auto& endpoint : endpoints) {
    stream.close();
    const auto [ec] = co_await stream.socket().async_connect(endpoint, as_values);
    last = ec;
    if (!ec || watch.over()) break;
  }
  watch.rest();
  error_code ec;
  if (!last && !watch.over()) tolerate(stream.socket().set_option(tcp::no_delay(true), ec));
  co_return last;
}

// RFC 6066, 3: no server name for an address. RFC 9525: the name is checked against the certificate's
// alternative names.
bool expect_name(SSL* tls, const Url& url) {
  if (url.host_is_ip) return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(tls), url.host.c_str()) == 1;
  SSL_set_hostflags(tls, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  return SSL_set_tlsext_host_name(tls, url.host.c_str()) == 1 && SSL_set1_host(tls, url.host.c_str()) == 1;
}

std::string mend_certificate(long verdict, const Url& url) {
  switch (verdict) {
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
      return "name the certificate of the server's CA as ca_file, or install the package ca-certificates";
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return "have the server's certificate renewed; see also whether this machine's clock is right";
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return "see whether this machine's clock is right";
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return fmt::format("use a name that the certificate is made for, or have {} added to it", url.host);
    default:
      return "have the server's certificate examined";
  }
}

Problem tls_problem(SSL* tls, const error_code& ec, const Url& url) {
  if (const long verdict = SSL_get_verify_result(tls); verdict != X509_V_OK) {
    return Problem{.kind = Problem::Kind::host_key,
                   .what = fmt::format("{}: the server's certificate is refused: {}", url.origin,
                                       X509_verify_cert_error_string(verdict)),
                   .mend = mend_certificate(verdict, url),
                   .retry_after = {}};
  }
  auto problem = unreachable(url, fmt::format("the TLS handshake failed: {}", ec.message()));
  if (ec.category() != asio::error::get_ssl_category()) return problem;
  switch (ERR_GET_REASON(static_cast<unsigned long>(ec.value()))) {
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_HTTP_REQUEST:
      problem.mend = "see whether this port speaks TLS at all";
      break;
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
      problem.mend = "let the server offer TLS 1.2 or newer";
      break;
    default:
      break;
  }
  return problem;
}

}  // namespace

asio::awaitable<std::optional<Problem>> dial(Stream& stream, const Url& url, ssl::context& tls, DialLimits limits,
                                             Watch& watch) {
  const auto lookup = co_await look_up(stream, url, limits.resolve, watch);
  if (watch.over()) co_return unreachable(url, watch.why());
  if (lookup->ec) co_return unreachable(url, fmt::format("the name cannot be looked up: {}", lookup->ec.message()));

  const auto refused = co_await connect(stream, lookup->endpoints, limits.connect, watch);
  if (watch.over()) co_return unreachable(url, watch.why());
  if (refused) co_return unreachable(url, fmt::format("no connection: {}", refused.message()));
  if (!url.secure) co_return std::nullopt;

  auto& layer = stream.start_tls(tls);
  if (!expect_name(layer.native_handle(), url)) {
    co_return invalid(fmt::format("{}: this name cannot be checked against a certificate", url.origin), {});
  }
  watch.step(limits.tls, "agreeing on TLS", [&stream] { stream.close(); });
  const auto [ec] = co_await layer.async_handshake(ssl::stream_base::client, as_values);
  watch.rest();
  if (watch.over()) co_return unreachable(url, watch.why());
  if (ec) co_return tls_problem(layer.native_handle(), ec, url);
  co_return std::nullopt;
}

}  // namespace hotfixd::net
