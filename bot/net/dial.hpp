// What the HTTP and the WebSocket client share: a thread with an io_context, a time limit for each step, and a
// stream that is TCP or TLS. Includes Asio: for the .cpp files of this room only.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/role.hpp>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "bot/net/url.hpp"

namespace hotfixd::net {

namespace asio = boost::asio;
using boost::system::error_code;
using tcp = asio::ip::tcp;
using Duration = std::chrono::milliseconds;
using SteadyTime = std::chrono::steady_clock::time_point;
using Report = std::function<void(const Problem&)>;

// For closing, cancelling and tuning a socket: what can fail is that the peer has gone already, and that
// shows at the next read or write.
inline void tolerate(const error_code& /*ec*/) {}

// One thread, one io_context, and a count of what has been begun and not ended.
class NetworkThread {
 public:
  NetworkThread(std::string name, Report report);
  ~NetworkThread() {
    stop([] {}, [] {}, Duration{0});
  }

  asio::io_context& context() { return context_; }
  std::thread::id id() const { return id_; }
  bool inside() const { return std::this_thread::get_id() == id_; }
  void report(std::string what) const;
  // False after stop(). Otherwise counts one more and runs `task` on the thread.
  bool begin(std::function<void()> task);
  // On the thread. Must follow each begin() once.
  void end();
  // Runs `ask` on the thread after all that begun before; waits for the count to fall to 0; after `grace` runs
  // `insist` and waits without limit. Then joins. The second call waits for the first.
  void stop(std::function<void()> ask, std::function<void()> insist, Duration grace);

 private:
  void work();

  const std::string name_;
  const Report report_;
  asio::io_context context_{1};
  asio::executor_work_guard<asio::io_context::executor_type> guard_;
  std::mutex stop_mutex_;
  std::mutex mutex_;
  std::condition_variable ended_;
  std::size_t running_ = 0;  // under mutex_
  bool stopping_ = false;    // under mutex_
  std::thread thread_;
  std::thread::id id_;
};

// The time limit of the step under way and of the whole. What runs out, or abort(), interrupts the step and
// leaves a mark; who resumes looks at over() first.
class Watch {
 public:
  Watch(asio::io_context& context, SteadyTime deadline);
  ~Watch();
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  // Begins a step: `interrupt` is called at most once, when `limit` or the deadline has passed or on abort().
  void step(Duration limit, std::string doing, std::function<void()> interrupt);
  void rest();  // no step is under way
  void abort();
  bool over() const;
  // "time ran out while connecting", "the client stopped while connecting".
  std::string why() const;

 private:
  struct State;
  const std::shared_ptr<State> state_;
};

// TCP, and TLS on it after a dial() that asks for it. One read and one write at a time.
class Stream {
 public:
  using executor_type = asio::io_context::executor_type;
  using Socket = asio::basic_stream_socket<tcp, executor_type>;

  explicit Stream(asio::io_context& context) : socket_(context.get_executor()) {}

  executor_type get_executor() { return socket_.get_executor(); }
  Socket& socket() { return socket_; }
  asio::ssl::stream<Socket&>& start_tls(asio::ssl::context& context) { return tls_.emplace(socket_, context); }
  // Every pending operation ends with an error. No close_notify: HTTP and WebSocket messages carry their own end.
  void close() {
    error_code ec;
    tolerate(socket_.close(ec));
  }

  // Nothing has come that was not read, an end included.
  bool quiet();

  template <typename Buffers, typename Token>
  auto async_read_some(const Buffers& buffers, Token&& token) {
    return asio::async_initiate<Token, void(error_code, std::size_t)>(
        [this](auto handler, const Buffers& into) {
          if (tls_) return tls_->async_read_some(into, std::move(handler));
          socket_.async_read_some(into, std::move(handler));
        },
        token, buffers);
  }
  template <typename Buffers, typename Token>
  auto async_write_some(const Buffers& buffers, Token&& token) {
    return asio::async_initiate<Token, void(error_code, std::size_t)>(
        [this](auto handler, const Buffers& from) {
          if (tls_) return tls_->async_write_some(from, std::move(handler));
          socket_.async_write_some(from, std::move(handler));
        },
        token, buffers);
  }

 private:
  Socket socket_;
  std::optional<asio::ssl::stream<Socket&>> tls_;
};

// The same as the members, for callers that need no templates.
struct Transfer {
  error_code ec;
  std::size_t bytes = 0;
};
asio::awaitable<Transfer> read_some(Stream& stream, asio::mutable_buffer into);
asio::awaitable<Transfer> write_some(Stream& stream, asio::const_buffer from);

// Found by Beast, whose own time limits are off: it must compile.
inline void beast_close_socket(Stream& stream) { stream.close(); }

// Found by Beast when a WebSocket is done with the stream: the close frames were exchanged, nothing else is due.
template <typename Handler>
void async_teardown(boost::beast::role_type /*role*/, Stream& stream, Handler&& handler) {
  stream.close();
  asio::post(stream.get_executor(), [h = std::forward<Handler>(handler)]() mutable { h(error_code{}); });
}

// TLS 1.2 or newer, peers verified against the system's store and the certificates of `ca_file` when one is named.
// Problem::invalid when that file cannot be read.
Result<std::shared_ptr<asio::ssl::context>> tls_context(const std::string& ca_file);

struct DialLimits {
  Duration resolve, connect, tls;
};
// Looks the name up, connects to one of its addresses, and for a secure URL proves the server's name. Problems:
// unreachable; host_key when the certificate is not acceptable.
asio::awaitable<std::optional<Problem>> dial(Stream& stream, const Url& url, asio::ssl::context& tls, DialLimits limits,
                                             Watch& watch);

Problem unreachable(const Url& url, std::string_view what);

}  // namespace hotfixd::net
