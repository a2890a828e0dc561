#include "bot/net/websocket_client.hpp"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/sha.h>

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <condition_variable>
#include <future>
#include <mutex>

#include "tests/net/describe.hpp"
#include "tests/net/script_server.hpp"

// The client against Beast's server side for what behaves, and against bytes for what does not. Everything that the
// handlers are told is kept as a log and compared whole.

namespace hotfixd::test {

// Lets Beast speak over a scripted connection, plain or TLS.
struct PeerStream {
  using executor_type = boost::asio::io_context::executor_type;

  explicit PeerStream(Peer& p) : peer(p) {}
  executor_type get_executor() { return context.get_executor(); }

  template <typename Buffers>
  std::size_t read_some(const Buffers& into, boost::system::error_code& ec) {
    const boost::asio::mutable_buffer first = *boost::asio::buffer_sequence_begin(into);
    const auto n = peer.read(first.data(), first.size());
    ec = n > 0 ? boost::system::error_code{} : make_error_code(boost::asio::error::eof);
    return n > 0 ? static_cast<std::size_t>(n) : 0;
  }
  template <typename Buffers>
  std::size_t read_some(const Buffers& into) {
    boost::system::error_code ec;
    const auto n = read_some(into, ec);
    if (ec) throw boost::system::system_error(ec);
    return n;
  }
  template <typename Buffers>
  std::size_t write_some(const Buffers& from, boost::system::error_code& ec) {
    std::size_t all = 0;
    ec = {};
    for (auto at = boost::asio::buffer_sequence_begin(from); at != boost::asio::buffer_sequence_end(from); ++at) {
      const boost::asio::const_buffer one = *at;
      if (one.size() > 0 && !peer.send({static_cast<const char*>(one.data()), one.size()})) {
        ec = boost::asio::error::broken_pipe;
        break;
      }
      all += one.size();
    }
    return all;
  }
  template <typename Buffers>
  std::size_t write_some(const Buffers& from) {
    boost::system::error_code ec;
    const auto n = write_some(from, ec);
    if (ec) throw boost::system::system_error(ec);
    return n;
  }

  Peer& peer;
  boost::asio::io_context context;
};

void teardown(boost::beast::role_type /*role*/, PeerStream& stream, boost::system::error_code& ec) {
  stream.peer.close();
  ec = {};
}

}  // namespace hotfixd::test

namespace hotfixd::net {
namespace {

using namespace std::chrono_literals;
using boost::system::error_code;
using test::Authority;
using test::Peer;
using test::ScriptServer;
using test::with_port;
namespace beast = boost::beast;

class Server : public beast::websocket::stream<test::PeerStream, false> {
 public:
  explicit Server(Peer& peer) : stream(peer) {
    error_code ec;
    accept(ec);
    opened = !ec;
  }
  // One message; empty when the connection has ended, `ended` says how.
  std::string next() {
    beast::flat_buffer buffer;
    read(buffer, ended);
    return beast::buffers_to_string(buffer.data());
  }
  bool say(std::string_view message) {
    error_code ec;
    write(boost::asio::buffer(message), ec);
    return !ec;
  }
  bool opened = false;
  error_code ended;
};

// The server's side of the opening by hand (RFC 6455, 4.2.2), for what Beast would not send afterwards.
std::string raw_accept(Peer& peer) {
  const auto request = peer.until("\r\n\r\n");
  constexpr std::string_view kName = "Sec-WebSocket-Key: ";
  const auto at = request.find(kName);
  if (at == std::string::npos) return {};
  const auto key = request.substr(at + kName.size(), 24) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  unsigned char digest[SHA_DIGEST_LENGTH];
  SHA1(reinterpret_cast<const unsigned char*>(key.data()), key.size(), digest);
  unsigned char text[32] = {};
  EVP_EncodeBlock(text, digest, sizeof digest);
  peer.send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " +
            std::string(reinterpret_cast<const char*>(text)) + "\r\n\r\n");
  return request;
}

class WebSocketClientTest : public testing::Test {
 protected:
  void SetUp() override {
    handlers_.on_open = [this] { log("open"); };
    handlers_.on_text = [this](const std::string& text) { log("text " + text); };
    handlers_.on_ping = [this] { log("ping"); };
    handlers_.on_closed = [this](const Result<WebSocketClosed>& end) {
      if (end) {
        log("closed " + std::to_string(end->code) + " '" + end->reason + "'" + (end->by_us ? " by us" : ""));
      } else {
        log(test::kind_name(end.error().kind) + ": " + end.error().what);
      }
    };
    options_.handshake_timeout = 5s;
  }
  void log(std::string line) {
    const std::lock_guard lock(mutex_);
    log_.push_back(std::move(line));
    changed_.notify_all();
  }
  bool wait_for(const std::string& line) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, 10s, [&] { return std::ranges::find(log_, line) != log_.end(); });
  }
  static bool is_end(const std::string& line) {
    return line.starts_with("closed") || line.find(": ") != std::string::npos;
  }
  // The whole log once on_closed was called, lines joined by "; ".
  std::string whole() {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(changed_.wait_for(lock, 10s, [&] { return !log_.empty() && is_end(log_.back()); }));
    std::string all;
    for (const auto& line : log_) all += (all.empty() ? "" : "; ") + line;
    return with_port(all, servers_.empty() ? 0 : servers_.back()->port());
  }
  WebSocketClient& client() {
    if (!client_) client_ = std::move(*create_websocket_client(client_options_));
    return *client_;
  }
  WebSocket& connect(ScriptServer::Script script, const std::string& scheme_host = "ws://127.0.0.1",
                     test::TlsServer tls = nullptr) {
    servers_.push_back(std::make_unique<ScriptServer>(std::move(script), std::move(tls)));
    auto made = client().connect(scheme_host + ":" + std::to_string(servers_.back()->port()) + "/link?ticket=s3cret",
                                 options_, handlers_);
    EXPECT_TRUE(made) << made.error().what;
    socket_ = std::move(*made);
    return *socket_;
  }
  // The log of a connection to a server that opens by hand and then sends these bytes and waits.
  std::string after(std::string bytes, bool close = false) {
    log_.clear();
    connect([bytes = std::move(bytes), close](Peer& peer, int) {
      raw_accept(peer);
      peer.send(bytes);
      if (!close) peer.gone();
    });
    return whole();
  }

  WebSocketClientOptions client_options_;
  WebSocketOptions options_;
  WebSocketHandlers handlers_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> log_;
  std::vector<std::unique_ptr<ScriptServer>> servers_;
  std::unique_ptr<WebSocketClient> client_;
  std::unique_ptr<WebSocket> socket_;  // goes first
};

void echo(Peer& peer, int /*number*/) {
  Server server(peer);
  for (auto text = server.next(); !server.ended; text = server.next()) server.say(text);
}

TEST_F(WebSocketClientTest, MessagesGoBothWaysInOrder) {
  auto& socket = connect(echo);
  const std::string large(200'000, 'x');
  for (const std::string& text : {std::string("one"), std::string("zw\xc3\xb6lf"), std::string(), large}) {
    EXPECT_TRUE(socket.send_text(text, [this](const Result<void>& sent) { log(sent ? "sent" : "not sent"); }));
  }
  ASSERT_TRUE(wait_for("text " + large));
  socket.close();
  ASSERT_TRUE(wait_for("closed 1000 '' by us"));
  std::erase(log_, "sent");  // between the echoes anywhere
  EXPECT_EQ(log_, (std::vector<std::string>{"open", "text one", "text zw\xc3\xb6lf", "text ", "text " + large,
                                            "closed 1000 '' by us"}));
  const auto counters = socket.counters();
  EXPECT_EQ(counters.texts_in, 4);
  EXPECT_EQ(counters.texts_out, 4);
}

TEST_F(WebSocketClientTest, OverTlsWithAProvenServer) {
  const Authority authority;
  client_options_.ca_file = authority.file();
  auto& socket = connect(echo, "wss://localhost", authority.server("DNS:localhost"));
  EXPECT_TRUE(socket.send_text("safe"));
  ASSERT_TRUE(wait_for("text safe"));
  socket.close();
  EXPECT_EQ(whole(), "open; text safe; closed 1000 '' by us");
}

TEST_F(WebSocketClientTest, ACertificateThatProvesNothingIsRefused) {
  const Authority authority;
  connect(echo, "wss://localhost", authority.server("DNS:localhost"));
  EXPECT_EQ(
      whole(),
      "host_key: wss://localhost:PORT: the server's certificate is refused: unable to get local issuer certificate");
}

TEST_F(WebSocketClientTest, TheOpeningCarriesOurHeaders) {
  options_.headers = {{"Authorization", "Bearer s3cret"}};
  std::promise<std::string> seen;
  connect([&](Peer& peer, int) {
    seen.set_value(raw_accept(peer));
    peer.gone();
  });
  const auto request = seen.get_future().get();
  EXPECT_TRUE(request.starts_with("GET /link?ticket=s3cret HTTP/1.1\r\n")) << request;
  EXPECT_NE(request.find("\r\nHost: 127.0.0.1:" + std::to_string(servers_.back()->port()) + "\r\n"), std::string::npos);
  EXPECT_NE(request.find("\r\nAuthorization: Bearer s3cret\r\n"), std::string::npos);
  EXPECT_NE(request.find("\r\nUser-Agent: hotfixd\r\n"), std::string::npos);
  EXPECT_EQ(request.find("Sec-WebSocket-Extensions"), std::string::npos);
}

TEST_F(WebSocketClientTest, FragmentsAreOneMessageAndPingsAreAnsweredBetweenThem) {
  std::promise<std::string> pong;
  connect([&](Peer& peer, int) {
    Server server(peer);
    error_code ec;
    server.control_callback([&](beast::websocket::frame_type kind, beast::string_view text) {
      if (kind == beast::websocket::frame_type::pong) pong.set_value(std::string(text.data(), text.size()));
    });
    server.write_some(false, boost::asio::buffer("frag", 4), ec);
    server.ping("are you there", ec);
    server.write_some(true, boost::asio::buffer("ments", 5), ec);
    server.next();
  });
  EXPECT_EQ(pong.get_future().get(), "are you there");
  ASSERT_TRUE(wait_for("text fragments"));
  socket_->close(1001);
  EXPECT_EQ(whole(), "open; ping; text fragments; closed 1001 '' by us");
  EXPECT_EQ(socket_->counters().pings_in, 1);
}

TEST_F(WebSocketClientTest, BinaryMessagesAreCountedAndIgnored) {
  connect([](Peer& peer, int) {
    Server server(peer);
    server.binary(true);
    server.say("\x01\xff");
    server.text(true);
    server.say("after");
    server.next();
  });
  ASSERT_TRUE(wait_for("text after"));
  EXPECT_EQ(socket_->counters().binaries_in, 1);
  EXPECT_EQ(socket_->counters().texts_in, 1);
}

TEST_F(WebSocketClientTest, ThePeersCloseIsHeardAndAnswered) {
  EXPECT_EQ(after(std::string("\x88\x06\x03\xe9"
                              "late",
                              8)),
            "open; closed 1001 'late'");
  EXPECT_EQ(after(std::string("\x88\x00", 2)), "open; closed 1005 ''");
  log_.clear();
  std::promise<std::uint16_t> answered;
  connect([&](Peer& peer, int) {
    Server server(peer);
    error_code ec;
    server.close({beast::websocket::close_code::service_restart, "again"}, ec);
    answered.set_value(ec ? 0 : server.reason().code);
  });
  EXPECT_EQ(whole(), "open; closed 1012 'again'");
  EXPECT_EQ(answered.get_future().get(), 1012);
}

TEST_F(WebSocketClientTest, AnOpeningThatIsRefusedSaysWhy) {
  const auto refused = [&](const std::string& status, const std::string& body, const std::string& header = {}) {
    log_.clear();
    connect([=](Peer& peer, int) {
      peer.request();
      peer.send("HTTP/1.1 " + status + "\r\n" + header + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
                body);
    });
    return whole();
  };
  const std::string text = ": ws://127.0.0.1:PORT: the opening was answered with ";
  EXPECT_EQ(refused("403 Forbidden", "no\nentry\x1b[2J"), "refused" + text + "403: no entry [2J");
  EXPECT_EQ(refused("401 Unauthorized", ""), "credentials" + text + "401");
  EXPECT_EQ(refused("404 Not Found", "gone"), "not_found" + text + "404: gone");
  EXPECT_EQ(refused("429 Too Many Requests", "", "Retry-After: 7\r\n"), "rate_limited" + text + "429");
  EXPECT_EQ(refused("302 Found", "", "Location: http://h/\r\n"), "refused" + text + "302");
  EXPECT_EQ(refused("200 OK", "hello"), "refused" + text + "200: hello");
  EXPECT_EQ(refused("503 Unavailable", std::string(5000, 'x')), "unreachable" + text + "503: " + std::string(200, 'x'));
}

TEST_F(WebSocketClientTest, RetryAfterIsHandedOn) {
  std::promise<std::optional<Seconds>> after;
  handlers_.on_closed = [&](const Result<WebSocketClosed>& end) { after.set_value(end.error().retry_after); };
  connect([](Peer& peer, int) {
    peer.request();
    peer.send("HTTP/1.1 429 Too Many Requests\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n");
  });
  EXPECT_EQ(after.get_future().get(), Seconds{7});
}

TEST_F(WebSocketClientTest, AnOpeningThatFails) {
  options_.handshake_timeout = 200ms;
  connect([](Peer& peer, int) { peer.gone(); });
  EXPECT_EQ(whole(), "unreachable: ws://127.0.0.1:PORT: time ran out while opening the WebSocket");
  log_.clear();
  connect([](Peer& peer, int) { peer.request(); });
  EXPECT_EQ(whole(), "unreachable: ws://127.0.0.1:PORT: the opening failed: end of stream");
  log_.clear();
  connect([](Peer& peer, int) {
    peer.request();
    peer.send("garbage\r\n\r\n");
  });
  EXPECT_EQ(whole(), "invalid: ws://127.0.0.1:PORT: the answer to the opening is malformed: bad version");
  log_.clear();
  connect([](Peer& peer, int) {
    peer.request();
    peer.send(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
        "no\r\n\r\n");
  });
  EXPECT_EQ(whole(),
            "invalid: ws://127.0.0.1:PORT: the answer to the opening is malformed: The WebSocket handshake "
            "Sec-WebSocket-Accept field is invalid");
}

TEST_F(WebSocketClientTest, WhatBreaksTheProtocolEndsTheConnection) {
  const std::string where = "ws://127.0.0.1:PORT: ";
  EXPECT_EQ(after("\x81\x02\xc3\x28"), "open; invalid: " + where + "a text message is not UTF-8");
  EXPECT_EQ(after(std::string("\x81\x05he", 4), true),
            "open; unreachable: " + where + "the connection ended without a close: End of file");
  const auto masked = after(std::string("\x81\x81\x00\x00\x00\x00x", 7));
  EXPECT_TRUE(masked.starts_with("open; invalid: " + where + "the peer broke the protocol: ")) << masked;
  const auto reserved = after(std::string("\x83\x00", 2));
  EXPECT_TRUE(reserved.starts_with("open; invalid: " + where + "the peer broke the protocol: ")) << reserved;
}

TEST_F(WebSocketClientTest, AMessageThatIsTooLargeEndsTheConnection) {
  options_.message_limit = 1000;
  const std::string just = std::string("\x81\x7e\x03\xe8", 4) + std::string(1000, 'x');
  const std::string large("\x81\x7e\x03\xe9", 4);  // only its header: the size alone is enough
  EXPECT_EQ(after(just + large), "open; text " + std::string(1000, 'x') +
                                     "; invalid: ws://127.0.0.1:PORT: a message is larger than 1000 bytes");
}

TEST_F(WebSocketClientTest, SilenceIsNoticed) {
  options_.ping_every = 50ms;
  options_.dead_after = 200ms;
  std::atomic<int> pings{0};
  connect([&](Peer& peer, int) {
    raw_accept(peer);
    char frame[6];  // an empty, masked ping, again and again; never answered
    while (peer.read(frame, sizeof frame) == sizeof frame) {
      if (frame[0] == '\x89') ++pings;
    }
  });
  EXPECT_EQ(whole(), "open; unreachable: ws://127.0.0.1:PORT: nothing was heard for 0.2 s");
  EXPECT_GE(pings, 1);
  EXPECT_LE(pings, 4);
}

TEST_F(WebSocketClientTest, APongIsALifeSign) {
  options_.ping_every = 100ms;
  options_.dead_after = 1s;
  connect([&](Peer& peer, int) {
    Server server(peer);
    int pings = 0;
    server.control_callback([&](beast::websocket::frame_type kind, beast::string_view) {
      if (kind == beast::websocket::frame_type::ping && ++pings == 12) {
        error_code ec;
        server.write(boost::asio::buffer("alive", 5), ec);
      }
    });
    server.next();
  });
  ASSERT_TRUE(wait_for("text alive"));
  EXPECT_GE(socket_->counters().pongs_in, 11);
  EXPECT_GE(socket_->counters().pings_out, 12);
}

TEST_F(WebSocketClientTest, APeerThatTakesNothingIsDead) {
  options_.ping_every = 50ms;
  options_.dead_after = 300ms;
  options_.queue_bytes_limit = 64'000'000;
  auto& socket = connect([](Peer& peer, int) {
    raw_accept(peer);
    while (!peer.gone_within(20ms)) peer.send(std::string("\x8a\x00", 2));  // pongs: not silent, but never reads
  });
  EXPECT_TRUE(socket.send_text(std::string(60'000'000, 'x'),
                               [this](const Result<void>& sent) { log(sent ? "sent" : "not sent"); }));
  EXPECT_EQ(whole(), "open; not sent; unreachable: ws://127.0.0.1:PORT: the peer took nothing for 0.3 s");
}

TEST_F(WebSocketClientTest, ACloseThatIsNotAnswered) {
  options_.close_timeout = 100ms;
  auto& socket = connect([](Peer& peer, int) {
    raw_accept(peer);
    peer.gone();
  });
  ASSERT_TRUE(wait_for("open"));
  socket.close();
  EXPECT_EQ(whole(), "open; unreachable: ws://127.0.0.1:PORT: the close was not answered in time");
}

TEST_F(WebSocketClientTest, TheQueueHasLimitsAndAnEnd) {
  options_.queue_limit = 2;
  options_.queue_bytes_limit = 10;
  std::promise<void> go;
  auto& socket = connect([&](Peer& peer, int) {
    peer.request();
    go.get_future().get();
  });
  const auto sent = [this](const Result<void>& result) { log(result ? "sent" : "not sent " + result.error().what); };
  EXPECT_EQ(with_port(socket.send_text(std::string(11, 'x'), sent).error().what, servers_.back()->port()),
            "ws://127.0.0.1:PORT: too many messages wait to be sent");
  EXPECT_TRUE(socket.send_text("1", sent));
  EXPECT_TRUE(socket.send_text("2", sent));
  EXPECT_EQ(socket.send_text("3", sent).error().kind, Problem::Kind::rate_limited);
  go.set_value();
  ASSERT_TRUE(wait_for("unreachable: ws://127.0.0.1:" + std::to_string(servers_.back()->port()) +
                       ": the opening failed: end of stream"));
  const std::string unsent = "not sent ws://127.0.0.1:PORT: the connection ended before the message was sent; ";
  EXPECT_EQ(whole(), unsent + unsent + "unreachable: ws://127.0.0.1:PORT: the opening failed: end of stream");
  EXPECT_EQ(with_port(socket.send_text("late", sent).error().what, servers_.back()->port()),
            "ws://127.0.0.1:PORT: the connection is closed");
}

TEST_F(WebSocketClientTest, ClosingSendsWhatWasQueuedFirst) {
  std::promise<std::string> got;
  auto& socket = connect([&](Peer& peer, int) {
    Server server(peer);
    std::string all;
    for (auto text = server.next(); !server.ended; text = server.next()) all += text + " ";
    got.set_value(all + std::to_string(server.reason().code) + " " + server.reason().reason.c_str());
  });
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(socket.send_text(std::to_string(i)));
  socket.close(4000, std::string(200, 'r'));
  EXPECT_EQ(got.get_future().get(), "0 1 2 3 4 4000 " + std::string(123, 'r'));
  EXPECT_EQ(whole(), "open; closed 4000 '' by us");
}

TEST_F(WebSocketClientTest, AHandlerThatThrowsEndsTheConnection) {
  client_options_.report = [this](const Problem& problem) {
    log("reported");
    EXPECT_NE(problem.what.find("planted"), std::string::npos);
  };
  handlers_.on_text = [](const std::string&) { throw std::runtime_error("planted"); };
  EXPECT_EQ(after("\x81\x01x"), "open; reported; internal: ws://127.0.0.1:PORT: a handler threw: planted");
}

TEST_F(WebSocketClientTest, AfterTheOwnerLeftNoHandlerRuns) {
  std::promise<bool> gone;
  connect([&](Peer& peer, int) {
    raw_accept(peer);
    gone.set_value(peer.gone());
  });
  ASSERT_TRUE(wait_for("open"));
  socket_.reset();
  EXPECT_TRUE(gone.get_future().get());
  client_->stop(0ms);
  EXPECT_EQ(log_, std::vector<std::string>{"open"});
}

TEST_F(WebSocketClientTest, AHandlerMayDestroyItsOwnConnection) {
  std::promise<bool> gone;
  std::promise<void> assigned;
  handlers_.on_text = [&](const std::string& text) {
    assigned.get_future().get();
    socket_.reset();
    log("text " + text);
  };
  connect([&](Peer& peer, int) {
    Server server(peer);
    server.say("leave");
    server.say("unheard");
    gone.set_value(peer.gone());
  });
  assigned.set_value();
  EXPECT_TRUE(gone.get_future().get());
  client_->stop(0ms);
  EXPECT_EQ(log_, (std::vector<std::string>{"open", "text leave"}));
}

TEST_F(WebSocketClientTest, StoppingClosesPolitely) {
  connect(echo);
  ASSERT_TRUE(wait_for("open"));
  client_->stop(10s);
  EXPECT_EQ(whole(), "open; closed 1001 '' by us");
  EXPECT_EQ(client_->connect("ws://h/", options_, {}).error().what, "ws://h:80: the client has stopped");
  client_.reset();
  socket_->close();  // outlives the client
  EXPECT_FALSE(socket_->send_text("late"));
}

TEST_F(WebSocketClientTest, StoppingInsistsAfterTheGrace) {
  connect([](Peer& peer, int) {
    raw_accept(peer);
    peer.gone();
  });
  ASSERT_TRUE(wait_for("open"));
  client_->stop(50ms);
  EXPECT_EQ(whole(), "open; unreachable: ws://127.0.0.1:PORT: the client stopped");
}

TEST_F(WebSocketClientTest, ManyThreadsMaySend) {
  connect(echo);
  std::atomic<int> sent{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 100; ++i) {
        EXPECT_TRUE(socket_->send_text("x", [&](const Result<void>& result) { sent += result ? 1 : 0; }));
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_TRUE(socket_->send_text("last"));
  ASSERT_TRUE(wait_for("text last"));
  EXPECT_EQ(sent, 800);
  EXPECT_EQ(socket_->counters().texts_in, 801);
}

TEST_F(WebSocketClientTest, LeavingInTheMiddleOfTraffic) {
  for (int round = 0; round < 20; ++round) {
    std::atomic<int> heard{0};
    WebSocketHandlers handlers{
        .on_open = {}, .on_text = [&](const std::string&) { ++heard; }, .on_ping = {}, .on_closed = {}};
    servers_.push_back(std::make_unique<ScriptServer>(echo));
    auto socket = client().connect("ws://127.0.0.1:" + std::to_string(servers_.back()->port()), options_, handlers);
    for (int i = 0; i < 50; ++i) EXPECT_TRUE((*socket)->send_text("x"));
    while (heard < round) std::this_thread::yield();
    socket->reset();
    const int then = heard;
    std::this_thread::yield();
    EXPECT_EQ(heard, then);
  }
}

TEST_F(WebSocketClientTest, WhatMakesNoSenseIsRefusedAtOnce) {
  const auto refused = [&](const std::string& url) { return client().connect(url, options_, {}).error().what; };
  EXPECT_EQ(refused("http://h/"), "this is not a ws or wss URL");
  options_.headers = {{"Sec-WebSocket-Key", "x"}};
  EXPECT_EQ(refused("ws://h/"), "ws://h:80: header Sec-WebSocket-Key is the client's own");
  options_.headers = {{"A", "s3cret\r\nB: 1"}};
  EXPECT_EQ(refused("ws://h/"), "ws://h:80: a header is malformed");
  options_ = {};
  options_.dead_after = options_.ping_every;
  EXPECT_EQ(refused("ws://h/"), "ws://h:80: dead_after is not more than ping_every");
  EXPECT_EQ(create_websocket_client({.ca_file = "/nowhere/ca.pem"}).error().kind, Problem::Kind::invalid);
}

}  // namespace
}  // namespace hotfixd::net
