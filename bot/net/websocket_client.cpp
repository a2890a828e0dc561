#include "bot/net/websocket_client.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <charconv>
#include <deque>
#include <set>

#include "bot/net/dial.hpp"
#include "bot/net/http_message.hpp"

// One connection is a Link, shared with its owner and guarded by a mutex, and a Live, which belongs to the network
// thread and is gone when the connection is. Reader, writer and watchdog of a Live end together: whoever fails first
// records why and closes the stream.

namespace hotfixd::net {
namespace {

namespace http = boost::beast::http;
namespace websocket = boost::beast::websocket;
using Ws = websocket::stream<Stream, false>;
using Clock = std::chrono::steady_clock;

constexpr auto as_values = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t kReadSize = 64 * 1024;
constexpr std::size_t kShownBody = 200;
constexpr std::size_t kLongestReason = 123;  // RFC 6455, 5.5

Problem make(Problem::Kind kind, std::string what) {
  return Problem{.kind = kind, .what = std::move(what), .mend = {}, .retry_after = {}};
}

struct Message {
  std::string text;
  WebSocket::Sent sent;
};

class Live;

struct Link {
  std::mutex mutex;
  std::shared_ptr<Live> live;  // nothing once the connection has ended
  std::deque<Message> queue;
  std::size_t queued_bytes = 0;
  std::optional<websocket::close_reason> close_with;
  bool wake_posted = false;  // the writer will look at the queue again
  bool muted = false;        // the owner has left: no more handlers
  bool in_handler = false;
  std::condition_variable idle;  // in_handler has become false
  WebSocketCounters counters;
};

struct Shared {
  Shared(const WebSocketClientOptions& options, std::shared_ptr<asio::ssl::context> t)
      : user_agent(options.user_agent), tls(std::move(t)), thread("websocket client", options.report) {}

  const std::string user_agent;
  const std::shared_ptr<asio::ssl::context> tls;
  std::set<std::shared_ptr<Live>> all;  // of the network thread
  NetworkThread thread;
};

class Live : public std::enable_shared_from_this<Live> {
 public:
  Live(Shared& shared, std::shared_ptr<Link> link, Url url, WebSocketOptions options, WebSocketHandlers handlers)
      : shared_(shared),
        link_(std::move(link)),
        url_(std::move(url)),
        options_(std::move(options)),
        handlers_(std::move(handlers)),
        ws_(shared.thread.context()),
        watch_(shared.thread.context(), Clock::now() + options_.handshake_timeout),
        wake_(shared.thread.context(), SteadyTime::max()),
        writer_ended_(shared.thread.context(), SteadyTime::max()),
        tick_(shared.thread.context()) {}

  void start();
  asio::io_context::executor_type executor() { return shared_.thread.context().get_executor(); }
  // Below: on the network thread.
  void wake() { wake_.cancel(); }
  void fail(Problem problem);
  void close(std::uint16_t code, std::string_view reason);
  void stopped() { fail(unreachable(url_, "the client stopped")); }

 private:
  asio::awaitable<void> run(std::shared_ptr<Live> self);
  asio::awaitable<std::optional<Problem>> open();
  asio::awaitable<void> read();
  asio::awaitable<void> write(std::shared_ptr<Live> self);
  asio::awaitable<void> shake_hands_goodbye(websocket::close_reason reason);
  std::optional<Problem> judge(const http::response<http::string_body>& answer, const error_code& ec) const;
  Problem reading_failed(const error_code& ec) const;
  WebSocketClosed closed() const;
  void heard(websocket::frame_type kind);
  void guard();
  void ping();
  void finish();
  template <typename Function, typename... Values>
  void call(const Function& handler, Values&&... values);
  void tell(const WebSocket::Sent& sent, Result<void> result);
  template <typename Change>
  void count(Change change) {
    const std::lock_guard lock(link_->mutex);
    change(link_->counters);
  }

  Shared& shared_;
  const std::shared_ptr<Link> link_;
  const Url url_;
  const WebSocketOptions options_;
  const WebSocketHandlers handlers_;
  Ws ws_;
  Watch watch_;  // of the opening
  asio::steady_timer wake_;
  asio::steady_timer writer_ended_;
  asio::steady_timer tick_;
  bool open_ = false;
  bool writing_ = false;  // the writer's coroutine runs
  bool pinging_ = false;
  bool closing_ = false;  // our close frame is on its way
  bool ended_ = false;
  SteadyTime heard_at_;
  SteadyTime ping_at_;
  SteadyTime close_by_ = SteadyTime::max();
  SteadyTime write_by_ = SteadyTime::max();
  std::optional<Result<WebSocketClosed>> end_;  // the first that is known counts
};

void Live::start() {
  shared_.all.insert(shared_from_this());
  asio::co_spawn(executor(), run(shared_from_this()), [self = shared_from_this()](const std::exception_ptr& thrown) {
    if (thrown) {
      try {
        std::rethrow_exception(thrown);
      } catch (const std::exception& e) {
        self->fail(make(Problem::Kind::internal, fmt::format("{}: {}", self->url_.origin, e.what())));
      } catch (...) {
        self->fail(make(Problem::Kind::internal, self->url_.origin + ": something that is no exception was thrown"));
      }
    }
    self->finish();
  });
}

void Live::fail(Problem problem) {
  if (!end_) end_ = std::unexpected(std::move(problem));
  watch_.abort();
  ws_.next_layer().close();
  wake_.cancel();
  tick_.cancel();
}

// Handlers run outside the lock. One that throws ends the connection.
template <typename Function, typename... Values>
void Live::call(const Function& handler, Values&&... values) {
  {
    const std::lock_guard lock(link_->mutex);
    if (link_->muted || !handler) return;
    link_->in_handler = true;
  }
  try {
    handler(std::forward<Values>(values)...);
  } catch (const std::exception& e) {
    shared_.thread.report(fmt::format("{}: a handler threw: {}", url_.origin, e.what()));
    fail(make(Problem::Kind::internal, fmt::format("{}: a handler threw: {}", url_.origin, e.what())));
  } catch (...) {
    shared_.thread.report(url_.origin + ": a handler threw something that is no exception");
    fail(make(Problem::Kind::internal, url_.origin + ": a handler threw"));
  }
  const std::lock_guard lock(link_->mutex);
  link_->in_handler = false;
  link_->idle.notify_all();
}

void Live::tell(const WebSocket::Sent& sent, Result<void> result) { call(sent, std::move(result)); }

asio::awaitable<void> Live::run(std::shared_ptr<Live> self) {
  if (auto problem = co_await open()) {
    fail(std::move(*problem));
    co_return;
  }
  open_ = true;
  heard_at_ = Clock::now();
  ping_at_ = heard_at_ + options_.ping_every;
  writing_ = true;
  asio::co_spawn(executor(), write(self), [self](const std::exception_ptr& thrown) {
    self->writing_ = false;
    if (thrown) self->fail(make(Problem::Kind::internal, self->url_.origin + ": writing threw"));
    self->writer_ended_.cancel();
  });
  guard();
  call(handlers_.on_open);
  co_await read();
  while (!end_ && writing_) co_await writer_ended_.async_wait(as_values);  // the closing handshake
  ws_.next_layer().close();
  wake_.cancel();
  while (writing_) co_await writer_ended_.async_wait(as_values);
}

std::optional<Problem> Live::judge(const http::response<http::string_body>& answer, const error_code& ec) const {
  if (!ec) return std::nullopt;
  if (ec != websocket::error::upgrade_declined) {
    const bool cut = ec == http::error::end_of_stream || ec == http::error::partial_message;
    const bool protocol = ec.category() == error_code(websocket::error::closed).category() ||
                          ec.category() == error_code(http::error::bad_version).category();
    if (cut || !protocol) return unreachable(url_, fmt::format("the opening failed: {}", ec.message()));
    return make(Problem::Kind::invalid,
                fmt::format("{}: the answer to the opening is malformed: {}", url_.origin, ec.message()));
  }
  const auto status = static_cast<int>(answer.result_int());
  std::string shown = answer.body().substr(0, kShownBody);
  std::ranges::replace_if(shown, [](char c) { return c < 0x20 || c > 0x7E; }, ' ');
  Problem problem =
      make(Problem::Kind::refused, fmt::format("{}: the opening was answered with {}", url_.origin, status));
  if (!shown.empty()) problem.what += ": " + shown;
  if (status == 401) problem.kind = Problem::Kind::credentials;
  if (status == 404) problem.kind = Problem::Kind::not_found;
  if (status >= 500 || status == 408) problem.kind = Problem::Kind::unreachable;
  if (status == 429) {
    problem.kind = Problem::Kind::rate_limited;
    const auto after = answer[http::field::retry_after];
    constexpr int kLongest = 24 * 3600;
    int seconds = 0;
    const auto read = std::from_chars(after.data(), after.data() + after.size(), seconds);
    if (read.ec == std::errc{} && seconds >= 0 && seconds <= kLongest) problem.retry_after = Seconds{seconds};
  }
  return problem;
}

asio::awaitable<std::optional<Problem>> Live::open() {
  const auto all = options_.handshake_timeout;
  if (auto problem = co_await dial(ws_.next_layer(), url_, *shared_.tls, {all, all, all}, watch_)) co_return problem;

  // The watchdog below is ours: Beast's own closes without a word of why.
  ws_.set_option(
      websocket::stream_base::timeout{websocket::stream_base::none(), websocket::stream_base::none(), false});
  ws_.set_option(websocket::stream_base::decorator([this](websocket::request_type& request) {
    request.set(http::field::user_agent, shared_.user_agent);
    for (const auto& [name, value] : options_.headers) request.set(name, value);
  }));
  ws_.read_message_max(options_.message_limit);
  ws_.auto_fragment(false);
  ws_.text(true);
  ws_.control_callback([this](websocket::frame_type kind, boost::beast::string_view) { heard(kind); });

  watch_.step(all, "opening the WebSocket", [this] { ws_.next_layer().close(); });
  websocket::response_type answer;
  const auto [ec] = co_await ws_.async_handshake(answer, url_.authority, url_.target, as_values);
  watch_.rest();
  if (watch_.over()) co_return unreachable(url_, watch_.why());
  co_return judge(answer, ec);
}

Problem Live::reading_failed(const error_code& ec) const {
  if (ec == websocket::error::message_too_big || ec == websocket::error::buffer_overflow) {
    return make(Problem::Kind::invalid,
                fmt::format("{}: a message is larger than {} bytes", url_.origin, options_.message_limit));
  }
  if (ec == websocket::error::bad_frame_payload) {
    return make(Problem::Kind::invalid, url_.origin + ": a text message is not UTF-8");
  }
  if (ec == websocket::condition::protocol_violation) {
    return make(Problem::Kind::invalid, fmt::format("{}: the peer broke the protocol: {}", url_.origin, ec.message()));
  }
  return unreachable(url_, fmt::format("the connection ended without a close: {}", ec.message()));
}

void Live::heard(websocket::frame_type kind) {
  heard_at_ = Clock::now();
  if (kind == websocket::frame_type::pong) count([](auto& c) { ++c.pongs_in; });
  if (kind != websocket::frame_type::ping) return;
  count([](auto& c) { ++c.pings_in; });
  call(handlers_.on_ping);
}

// Until the connection ends; end_ says why.
asio::awaitable<void> Live::read() {
  boost::beast::flat_buffer buffer;
  while (!end_) {
    const auto [ec, n] = co_await ws_.async_read_some(buffer, kReadSize, as_values);
    if (end_) break;
    if (ec == websocket::error::closed) {
      end_ = closed();
    } else if (ec == asio::error::operation_aborted && closing_) {
      break;  // Beast's async_close has taken over the reading
    } else if (ec) {
      fail(reading_failed(ec));
    } else {
      heard_at_ = Clock::now();
      if (!ws_.is_message_done()) continue;
      const bool text = ws_.got_text();
      count([text](auto& c) { ++(text ? c.texts_in : c.binaries_in); });
      const auto data = buffer.cdata();
      std::string message(static_cast<const char*>(data.data()), text ? data.size() : 0);
      buffer.consume(buffer.size());
      if (text) call(handlers_.on_text, std::move(message));
    }
  }
}

asio::awaitable<void> Live::write(std::shared_ptr<Live> self) {
  while (!end_) {
    std::unique_lock lock(link_->mutex);
    if (link_->queue.empty() && link_->close_with) {
      const auto reason = *link_->close_with;
      lock.unlock();
      co_await shake_hands_goodbye(reason);
      break;
    }
    if (link_->queue.empty()) {
      link_->wake_posted = false;
      lock.unlock();
      // Woken by a cancel only, which cannot come between the look at the queue and this wait: it runs on this thread.
      co_await wake_.async_wait(as_values);
      continue;
    }
    Message message = std::move(link_->queue.front());
    link_->queue.pop_front();
    link_->queued_bytes -= message.text.size();
    lock.unlock();
    write_by_ = Clock::now() + options_.dead_after;
    guard();
    const auto [ec, n] = co_await ws_.async_write(asio::buffer(message.text), as_values);
    write_by_ = SteadyTime::max();
    if (!ec) count([](auto& c) { ++c.texts_out; });
    Result<void> result;
    if (ec) result = std::unexpected(unreachable(url_, fmt::format("a message could not be sent: {}", ec.message())));
    tell(message.sent, std::move(result));
    // Beast reads no more after a write that failed: a close frame still unread is lost, and the end is the failure's.
    if (ec && ec != asio::error::operation_aborted && ec != websocket::error::closed) {
      fail(unreachable(url_, fmt::format("the connection ended without a close: {}", ec.message())));
    }
    if (ec) break;
  }
}

asio::awaitable<void> Live::shake_hands_goodbye(websocket::close_reason reason) {
  closing_ = true;
  close_by_ = Clock::now() + options_.close_timeout;
  guard();
  const auto [ec] = co_await ws_.async_close(reason, as_values);
  if (end_) co_return;  // the reader was first, or the answer did not come in time
  if (ec && ec != websocket::error::closed) co_return fail(reading_failed(ec));
  end_ = closed();
}

WebSocketClosed Live::closed() const {
  const auto& reason = ws_.reason();
  const std::uint16_t code = reason.code == websocket::close_code::none ? 1005 : reason.code;
  return WebSocketClosed{code, std::string(reason.reason.data(), reason.reason.size()), closing_};
}

// Looks again when the next thing is due: a ping, silence for too long, a write or a close that takes too long.
void Live::guard() {
  if (end_) return;
  const auto now = Clock::now();
  const auto seconds = [](Duration d) { return std::chrono::duration<double>(d).count(); };
  if (now >= close_by_) return fail(unreachable(url_, "the close was not answered in time"));
  if (now >= write_by_) {
    return fail(unreachable(url_, fmt::format("the peer took nothing for {} s", seconds(options_.dead_after))));
  }
  if (now >= heard_at_ + options_.dead_after) {
    return fail(unreachable(url_, fmt::format("nothing was heard for {} s", seconds(options_.dead_after))));
  }
  if (now >= ping_at_) {
    ping_at_ = now + options_.ping_every;
    ping();
  }
  tick_.expires_at(std::min({close_by_, write_by_, heard_at_ + options_.dead_after, ping_at_}));
  tick_.async_wait([weak = weak_from_this()](error_code ec) {
    if (const auto self = weak.lock(); self && !ec) self->guard();
  });
}

void Live::ping() {
  if (pinging_ || closing_) return;
  pinging_ = true;
  ws_.async_ping({}, [self = shared_from_this()](error_code ec) {
    self->pinging_ = false;
    if (!ec) self->count([](auto& c) { ++c.pings_out; });
    // A ping that cannot be sent shows at the reader, or as silence.
  });
}

void Live::close(std::uint16_t code, std::string_view reason) {
  {
    const std::lock_guard lock(link_->mutex);
    if (link_->close_with) return wake();
    reason = reason.substr(0, kLongestReason);
    link_->close_with = websocket::close_reason(static_cast<websocket::close_code>(code),
                                                boost::beast::string_view(reason.data(), reason.size()));
  }
  wake();
}

void Live::finish() {
  if (std::exchange(ended_, true)) return;
  tick_.cancel();
  std::deque<Message> unsent;
  {
    const std::lock_guard lock(link_->mutex);
    unsent.swap(link_->queue);
    link_->queued_bytes = 0;
    link_->live = nullptr;  // from here on nothing is queued any more
  }
  for (const auto& message : unsent) {
    tell(message.sent, std::unexpected(unreachable(url_, "the connection ended before the message was sent")));
  }
  if (!end_) end_ = std::unexpected(make(Problem::Kind::internal, url_.origin + ": ended without a reason"));
  call(handlers_.on_closed, *end_);
  shared_.all.erase(shared_from_this());
  shared_.thread.end();
}

class Handle final : public WebSocket {
 public:
  Handle(std::shared_ptr<Link> link, std::string origin, WebSocketOptions limits, std::thread::id thread)
      : link_(std::move(link)), origin_(std::move(origin)), limits_(std::move(limits)), thread_(thread) {}
  ~Handle() override;

  Result<void> send_text(std::string text, Sent sent) override;
  void close(std::uint16_t code, std::string reason) override;
  WebSocketCounters counters() const override {
    const std::lock_guard lock(link_->mutex);
    return link_->counters;
  }

 private:
  const std::shared_ptr<Link> link_;
  const std::string origin_;
  const WebSocketOptions limits_;
  const std::thread::id thread_;
};

Handle::~Handle() {
  std::unique_lock lock(link_->mutex);
  link_->muted = true;
  if (link_->live) {
    asio::post(link_->live->executor(), [live = link_->live, origin = origin_] {
      live->fail(make(Problem::Kind::unreachable, origin + ": its owner has left"));
    });
  }
  if (std::this_thread::get_id() == thread_) return;
  link_->idle.wait(lock, [this] { return !link_->in_handler; });
}

Result<void> Handle::send_text(std::string text, Sent sent) {
  const std::lock_guard lock(link_->mutex);
  if (!link_->live || link_->close_with) {
    return std::unexpected(make(Problem::Kind::unreachable, origin_ + ": the connection is closed"));
  }
  if (link_->queue.size() >= limits_.queue_limit || link_->queued_bytes + text.size() > limits_.queue_bytes_limit) {
    auto problem = make(Problem::Kind::rate_limited, origin_ + ": too many messages wait to be sent");
    problem.retry_after = Seconds{1};
    return std::unexpected(std::move(problem));
  }
  link_->queued_bytes += text.size();
  link_->queue.push_back({std::move(text), std::move(sent)});
  if (!std::exchange(link_->wake_posted, true)) {
    asio::post(link_->live->executor(), [live = link_->live] { live->wake(); });
  }
  return {};
}

void Handle::close(std::uint16_t code, std::string reason) {
  const std::lock_guard lock(link_->mutex);
  if (!link_->live) return;
  asio::post(link_->live->executor(), [live = link_->live, code, r = std::move(reason)] { live->close(code, r); });
}

class Client final : public WebSocketClient {
 public:
  Client(const WebSocketClientOptions& options, std::shared_ptr<asio::ssl::context> tls)
      : shared_(options, std::move(tls)) {}
  ~Client() override { stop(Duration{0}); }

  Result<std::unique_ptr<WebSocket>> connect(std::string_view url, const WebSocketOptions& options,
                                             WebSocketHandlers handlers) override;
  void stop(std::chrono::milliseconds grace) override;

 private:
  Shared shared_;
};

std::optional<std::string> check(const WebSocketOptions& options) {
  for (const auto& header : options.headers) {
    if (!is_sound(header)) return "a header is malformed";
    if (is_the_clients(header.first) || same_text(header.first.substr(0, 14), "Sec-WebSocket-")) {
      return fmt::format("header {} is the client's own", header.first);
    }
  }
  if (options.handshake_timeout <= Duration{0} || options.close_timeout <= Duration{0})
    return "a time limit is not above 0";
  if (options.ping_every <= Duration{0}) return "ping_every is not above 0";
  if (options.dead_after <= options.ping_every) return "dead_after is not more than ping_every";
  if (options.message_limit == 0) return "message_limit: at least 1";
  return std::nullopt;
}

Result<std::unique_ptr<WebSocket>> Client::connect(std::string_view text, const WebSocketOptions& options,
                                                   WebSocketHandlers handlers) {
  auto url = parse_url(text, UrlKind::websocket);
  if (!url) return std::unexpected(std::move(url.error()));
  if (auto wrong = check(options)) return std::unexpected(make(Problem::Kind::invalid, url->origin + ": " + *wrong));
  auto link = std::make_shared<Link>();
  const auto live = std::make_shared<Live>(shared_, link, *url, options, std::move(handlers));
  link->live = live;
  if (!shared_.thread.begin([live] { live->start(); })) {
    link->live = nullptr;
    return std::unexpected(unreachable(*url, "the client has stopped"));
  }
  return std::make_unique<Handle>(std::move(link), url->origin, options, shared_.thread.id());
}

void Client::stop(std::chrono::milliseconds grace) {
  const auto each = [this](auto act) {
    const auto all = shared_.all;  // each act may end one
    for (const auto& live : all) act(*live);
  };
  shared_.thread.stop([each] { each([](Live& live) { live.close(1001, {}); }); },
                      [each] { each([](Live& live) { live.stopped(); }); }, grace);
}

}  // namespace

Result<std::unique_ptr<WebSocketClient>> create_websocket_client(const WebSocketClientOptions& options) {
  auto tls = tls_context(options.ca_file);
  if (!tls) return std::unexpected(std::move(tls.error()));
  return std::make_unique<Client>(options, std::move(*tls));
}

}  // namespace hotfixd::net
