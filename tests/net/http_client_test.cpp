#include "bot/net/http_client.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <future>
#include <latch>
#include <mutex>
#include <set>
#include <thread>

#include "bot/net/http_message.hpp"
#include "bot/net/http_server.hpp"
#include "tests/net/describe.hpp"
#include "tests/net/script_server.hpp"

// The client against servers that behave and servers that do not. What it says of a failure is compared whole, and
// above all: whether the request may have arrived.

namespace hotfixd::net {
namespace {

using namespace std::chrono_literals;
using test::Authority;
using test::closed_port;
using test::Peer;
using test::ScriptServer;
using test::with_port;

constexpr auto kPatience = 10s;

std::string ok(std::string_view body) {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

// "200 body", or "unreachable, may have arrived: text".
std::string describe(const SendResult& result) {
  if (result) return std::to_string(result->status) + " " + result->body;
  return test::kind_name(result.error().kind) +
         (result.error().may_have_arrived ? ", may have arrived: " : ", not sent: ") + result.error().what;
}

class HttpClientTest : public testing::Test {
 protected:
  void SetUp() override {
    options_.report = [this](const Problem& problem) {
      const std::lock_guard lock(mutex_);
      reported_.push_back(problem.what);
    };
  }

  HttpClient& client() {
    if (!client_) {
      auto made = create_http_client(options_);
      EXPECT_TRUE(made) << made.error().what;
      client_ = std::move(*made);
    }
    return *client_;
  }
  ScriptServer& serve(ScriptServer::Script script, test::TlsServer tls = nullptr) {
    return *servers_.emplace_back(std::make_unique<ScriptServer>(std::move(script), std::move(tls)));
  }
  std::string url(const ScriptServer& server, std::string_view path = "/") {
    return "http://127.0.0.1:" + std::to_string(server.port()) + std::string(path);
  }
  // The outcome of one request to a server that follows the script on each connection.
  std::string outcome(ScriptServer::Script script, ClientRequest request = {}) {
    const auto& server = serve(std::move(script));
    request.url = url(server);
    return with_port(describe(client().send(request)), server.port());
  }
  // The outcome when the server answers each request with these bytes and then closes.
  std::string answered(std::string bytes, ClientRequest request = {}) {
    return outcome(
        [bytes = std::move(bytes)](Peer& peer, int) {
          peer.request();
          peer.send(bytes);
        },
        std::move(request));
  }

  ClientOptions options_;
  std::vector<std::unique_ptr<ScriptServer>> servers_;
  std::unique_ptr<HttpClient> client_;  // goes first
  std::mutex mutex_;
  std::vector<std::string> reported_;
};

class AgainstOurServer : public HttpClientTest {
 protected:
  std::string start(ListenOptions options = {}) {
    std::vector<Route> routes;
    routes.push_back({"POST", "/show", 1024 * 1024, [](const HttpRequest& r, const Respond& respond) {
                        respond({.status = 201,
                                 .body = r.method + "|" + r.target + "|" + r.query + "|" +
                                         std::string(r.header("host")) + "|" + std::string(r.header("user-agent")) +
                                         "|" + std::string(r.header("x-thing")) + "|" + r.body,
                                 .headers = {{"X-Answer", "a"}}});
                      }});
    routes.push_back(
        {"GET", "/hello", 0, [](const HttpRequest&, const Respond& respond) { respond({.body = "hello"}); }});
    auto server = listen(options, routes);
    EXPECT_TRUE(server);
    server_ = std::move(*server);
    server_->start();
    return "http://127.0.0.1:" + std::to_string(server_->port());
  }
  std::unique_ptr<HttpServer> server_;
};

TEST_F(AgainstOurServer, ARequestGoesOutAsItWasAskedFor) {
  const auto base = start();
  const auto result = client().send({.method = "POST",
                                     .url = base + "/show?a=1&b=%20#part",
                                     .headers = {{"X-Thing", "v"}},
                                     .body = std::string(300'000, 'b')});
  ASSERT_TRUE(result) << result.error().what;
  EXPECT_EQ(result->status, 201);
  EXPECT_EQ(result->body, "POST|/show|a=1&b=%20|" + base.substr(7) + "|hotfixd|v|" + std::string(300'000, 'b'));
  EXPECT_EQ(result->header("x-answer"), "a");
  EXPECT_EQ(result->header("x-other"), "");
}

TEST_F(AgainstOurServer, AConnectionIsUsedAgain) {
  const auto base = start();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(describe(client().send({.url = base + "/hello"})), "200 hello");
  EXPECT_EQ(describe(client().send({.method = "HEAD", .url = base + "/hello"})), "200 ");
  EXPECT_EQ(describe(client().send({.url = base + "/nowhere"})), "404 nothing here\n");
  EXPECT_EQ(client().counters().requests, 5);
  EXPECT_EQ(client().counters().opened, 1);
  EXPECT_EQ(client().counters().reused, 4);
}

TEST_F(AgainstOurServer, ManyAtOnceShareAFewConnections) {
  options_.connections_per_host = 4;
  const auto base = start();
  client();
  std::latch together(64);
  std::atomic<int> answered{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 64; ++i) {
    threads.emplace_back([&, i] {
      together.arrive_and_wait();
      const auto body = std::to_string(i);
      const auto result = client_->send({.method = "POST", .url = base + "/show", .body = body});
      if (result && result->body.ends_with("|" + body)) ++answered;
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(answered, 64);
  const auto counters = client().counters();
  EXPECT_EQ(counters.requests, 64);
  EXPECT_LE(counters.opened, 4);
  EXPECT_EQ(counters.opened + counters.reused, 64);
}

TEST_F(AgainstOurServer, TheReceiverOfAnAnswerMaySendAgainButNotWait) {
  const auto base = start();
  std::promise<std::string> all;
  client().send({.url = base + "/hello"}, [&](const SendResult& first) {
    const auto waiting = describe(client_->send({.url = base + "/hello"}));
    client_->send({.url = base + "/hello"}, [&, text = describe(first) + ", " + waiting](const SendResult& second) {
      all.set_value(text + ", " + describe(second));
    });
  });
  EXPECT_EQ(all.get_future().get(),
            "200 hello, internal, not sent: the network thread cannot wait for itself, 200 hello");
}

TEST_F(AgainstOurServer, AReceiverThatThrowsIsReported) {
  const auto base = start();
  client().send({.url = base + "/hello"}, [](const SendResult&) { throw std::runtime_error("planted"); });
  client().stop(kPatience);
  EXPECT_EQ(reported_, std::vector<std::string>{"the receiver of an answer threw: planted"});
}

TEST_F(HttpClientTest, TheBytesOfARequest) {
  std::promise<std::string> seen;
  const auto script = [&](Peer& peer, int) {
    seen.set_value(peer.request());
    peer.send(ok("x"));
  };
  EXPECT_EQ(outcome(script, {.method = "POST", .headers = {{"A", "1"}, {"A", "2"}}, .body = "body"}), "200 x");
  EXPECT_EQ(with_port(seen.get_future().get(), servers_.back()->port()),
            "POST / HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nA: 1\r\nA: 2\r\nUser-Agent: hotfixd\r\nContent-Length: "
            "4\r\n\r\nbody");
}

TEST_F(HttpClientTest, WhatCannotBeReachedWasNotSent) {
  const auto port = closed_port();
  EXPECT_EQ(with_port(describe(client().send({.url = "http://127.0.0.1:" + std::to_string(port) + "/x?s3cret"})), port),
            "unreachable, not sent: http://127.0.0.1:PORT: no connection: Connection refused");
  const auto lost = describe(client().send({.url = "http://no-such-host.invalid/"}));
  EXPECT_TRUE(lost.starts_with("unreachable, not sent: http://no-such-host.invalid:80: the name cannot be looked up: "))
      << lost;
}

TEST_F(HttpClientTest, AllAddressesOfANameAreTried) {  // ::1 first, where nobody listens
  const auto& server = serve([](Peer& peer, int) {
    peer.request();
    peer.send(ok("x"));
  });
  EXPECT_EQ(describe(client().send({.url = "http://localhost:" + std::to_string(server.port())})), "200 x");
}

TEST_F(HttpClientTest, AServerThatSaysNothing) {
  options_.first_byte_timeout = 100ms;
  EXPECT_EQ(outcome([](Peer& peer, int) { peer.gone(); }),
            "unreachable, may have arrived: http://127.0.0.1:PORT: time ran out while waiting for the answer");
}

TEST_F(HttpClientTest, TheDeadlineOfTheRequestCountsMost) {
  EXPECT_EQ(outcome([](Peer& peer, int) { peer.gone(); }, {.deadline = 100ms}),
            "unreachable, may have arrived: http://127.0.0.1:PORT: time ran out while waiting for the answer");
}

TEST_F(HttpClientTest, AnAnswerThatDripsIsCutOff) {
  options_.response_timeout = 100ms;
  const auto drip = [](Peer& peer, int) {
    peer.request();
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
    while (!peer.gone_within(5ms)) peer.send("x");
  };
  EXPECT_EQ(outcome(drip),
            "unreachable, may have arrived: http://127.0.0.1:PORT: time ran out while reading the answer");
}

TEST_F(HttpClientTest, AnAnswerThatEndsTooEarly) {
  const std::string expected =
      "unreachable, may have arrived: http://127.0.0.1:PORT: the connection ended in the middle of the answer: End of "
      "file";
  EXPECT_EQ(answered("HTTP/1.1 200 OK\r\nContent-Len"), expected);
  EXPECT_EQ(answered("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"), expected);
  EXPECT_EQ(answered("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"), expected);
  EXPECT_EQ(
      answered(""),
      "unreachable, may have arrived: http://127.0.0.1:PORT: the connection ended before an answer came: End of file");
}

TEST_F(HttpClientTest, WhatIsNoAnswerIsRefused) {
  const std::string head = "invalid, may have arrived: http://127.0.0.1:PORT: the answer is not HTTP/1.1: ";
  for (const auto* bytes : {"SSH-2.0-OpenSSH_9.2\r\n\r\n", "HTTP/1.1 abc\r\n\r\n", "HTTP/2 200 OK\r\n\r\n",
                            "HTTP/1.1 200 OK\r\nBad Header: x\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 2x\r\n\r\n",
                            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
                            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n"}) {
    EXPECT_EQ(answered(bytes).substr(0, head.size()), head) << bytes;
  }
  EXPECT_EQ(answered("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"),
            "invalid, may have arrived: http://127.0.0.1:PORT: the answer changes the protocol");
}

TEST_F(HttpClientTest, AnswersHaveLimits) {
  options_.header_limit = 1024;
  options_.body_limit = 1000;
  const std::string large(2000, 'x');
  const std::string header =
      "invalid, may have arrived: http://127.0.0.1:PORT: the answer's header is larger than 1024 bytes";
  const std::string body =
      "invalid, may have arrived: http://127.0.0.1:PORT: the answer's body is larger than 1000 bytes";
  EXPECT_EQ(answered("HTTP/1.1 200 OK\r\nX: " + large + "\r\n\r\n"), header);
  EXPECT_EQ(answered("HTTP/1.1 200 " + large), header);
  EXPECT_EQ(answered("HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n"), body);
  EXPECT_EQ(answered("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7d0\r\n" + large), body);
  EXPECT_EQ(answered("HTTP/1.1 200 OK\r\n\r\n" + large), body);
  const std::string just(1000, 'x');
  EXPECT_EQ(answered(ok(just)), "200 " + just);
}

TEST_F(HttpClientTest, AnswersOfEveryShape) {
  EXPECT_EQ(
      answered(
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nth\r\n3;x=y\r\nree\r\n0\r\nX-Late: 1\r\n\r\n"),
      "200 three");
  EXPECT_EQ(answered("HTTP/1.1 200 OK\r\n\r\nuntil the end"), "200 until the end");
  EXPECT_EQ(answered("HTTP/1.1 204 No Content\r\n\r\n"), "204 ");
  EXPECT_EQ(answered("HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nold"), "200 old");
  EXPECT_EQ(answered("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + ok("final")),
            "200 final");
  EXPECT_EQ(answered("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", {.method = "HEAD"}), "200 ");
  std::string many;
  for (int i = 0; i < 20; ++i) many += "HTTP/1.1 100 Continue\r\n\r\n";
  EXPECT_EQ(answered(many + ok("final")), "invalid, may have arrived: http://127.0.0.1:PORT: too many interim answers");
}

TEST_F(HttpClientTest, ARedirectIsGivenBack) {
  const auto& server = serve([](Peer& peer, int) {
    peer.request();
    peer.send("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n");
  });
  const auto result = client().send({.url = url(server)});
  ASSERT_TRUE(result);
  EXPECT_EQ(result->status, 302);
  EXPECT_EQ(result->header("location"), "http://127.0.0.1:1/");
}

TEST_F(HttpClientTest, OnlyACleanConnectionIsKept) {
  // The second answer when the first one on a connection is this.
  const auto second = [&](const std::string& first) {
    const auto& server = serve([first](Peer& peer, int) {
      peer.request();
      peer.send(first);
      if (!peer.request().empty()) peer.send(ok("kept"));
    });
    EXPECT_EQ(describe(client().send({.url = url(server)})), "200 a");
    return describe(client().send({.url = url(server)}));
  };
  EXPECT_EQ(second(ok("a")), "200 kept");
  EXPECT_EQ(second("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n"), "200 kept");
  EXPECT_EQ(second("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\na"), "200 a");
  EXPECT_EQ(second("HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\na"), "200 a");
  EXPECT_EQ(second(ok("a") + ok("forged")), "200 a");
}

TEST_F(HttpClientTest, AKeptConnectionThatTheServerClosedIsNotUsed) {
  std::promise<void> closed;
  const auto& server = serve([&](Peer& peer, int number) {
    peer.request();
    peer.send(ok(std::to_string(number)));
    peer.close();
    if (number == 1) closed.set_value();
  });
  EXPECT_EQ(describe(client().send({.url = url(server)})), "200 1");
  closed.get_future().get();
  EXPECT_EQ(describe(client().send({.method = "POST", .url = url(server)})), "200 2");
  EXPECT_EQ(client().counters().reused, 0);
}

// The close comes while the network thread is busy, so that nothing but a look at the socket can tell.
TEST_F(HttpClientTest, AConnectionIsLookedAtBeforeItIsUsedAgain) {
  std::promise<void> closed;
  std::promise<std::string> second;
  const auto& server = serve([&](Peer& peer, int number) {
    peer.request();
    peer.send(ok(std::to_string(number)));
    peer.close();
    if (number == 1) closed.set_value();
  });
  client().send({.url = url(server)}, [&](const SendResult& first) {
    EXPECT_EQ(describe(first), "200 1");
    closed.get_future().get();
    client_->send({.url = url(server)}, [&](const SendResult& r) { second.set_value(describe(r)); });
  });
  EXPECT_EQ(second.get_future().get(), "200 2");
}

TEST_F(HttpClientTest, AKeptConnectionThatTheServerEndsIsLetGoAtOnce) {
  std::promise<bool> gone;
  const auto& server = serve([&](Peer& peer, int) {
    peer.request();
    peer.send(ok("x"));
    peer.finish();
    gone.set_value(peer.gone());
  });
  EXPECT_EQ(describe(client().send({.url = url(server)})), "200 x");
  EXPECT_TRUE(gone.get_future().get());
}

// The server takes the second request of its first connection and closes without a word: it may have acted.
TEST_F(HttpClientTest, AStaleConnectionIsAnsweredForOnlyWhenRepeatable) {
  std::atomic<int> requests{0};
  const auto script = [&](Peer& peer, int number) {
    while (!peer.request().empty()) {
      if (++requests % 2 == 0 && number % 2 == 1) return peer.close();
      peer.send(ok("answer"));
    }
  };
  const auto& server = serve(script);
  EXPECT_EQ(describe(client().send({.url = url(server)})), "200 answer");
  EXPECT_EQ(
      with_port(describe(client().send({.method = "POST", .url = url(server)})), server.port()),
      "unreachable, may have arrived: http://127.0.0.1:PORT: the connection ended before an answer came: End of file");
  EXPECT_EQ(requests, 2);
  EXPECT_EQ(server.accepted(), 1);

  requests = 0;
  const auto& other = serve(script);
  EXPECT_EQ(describe(client().send({.url = url(other)})), "200 answer");
  EXPECT_EQ(describe(client().send({.url = url(other), .repeatable = true})), "200 answer");
  EXPECT_EQ(requests, 3);
  EXPECT_EQ(other.accepted(), 2);
  EXPECT_EQ(client().counters().repeated, 1);
}

TEST_F(HttpClientTest, AFreshConnectionIsNotTriedTwice) {
  EXPECT_EQ(
      outcome([](Peer& peer, int) { peer.request(); }, {.repeatable = true}),
      "unreachable, may have arrived: http://127.0.0.1:PORT: the connection ended before an answer came: End of file");
  EXPECT_EQ(servers_.back()->accepted(), 1);
}

TEST_F(HttpClientTest, WhatWasNotSentWholeHasNotArrived) {
  options_.write_timeout = 200ms;
  EXPECT_EQ(outcome(
                [](Peer& peer, int) {
                  while (!peer.gone_within(10s)) {
                  }
                },
                {.method = "POST", .body = std::string(64'000'000, 'x')}),
            "unreachable, not sent: http://127.0.0.1:PORT: time ran out while sending the request");
}

TEST_F(HttpClientTest, ARefusalBeforeTheWholeRequestWasSentIsHeard) {
  const auto refuse = [](Peer& peer, int) {
    peer.until("\r\n\r\n");
    peer.send("HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\nConnection: close\r\n\r\nbig");
  };
  EXPECT_EQ(outcome(refuse, {.method = "POST", .body = std::string(64'000'000, 'x')}), "413 big");
}

TEST_F(HttpClientTest, WaitingForAConnectionHasLimits) {
  options_.connections_per_host = 1;
  options_.waiting_limit = 1;
  std::promise<void> taken;
  const auto& server = serve([&](Peer& peer, int) {
    peer.request();
    taken.set_value();
    peer.gone();
  });
  std::promise<std::string> first;
  std::promise<std::string> second;
  client().send({.url = url(server)}, [&](const SendResult& r) { first.set_value(describe(r)); });
  taken.get_future().get();
  client().send({.url = url(server), .deadline = 200ms}, [&](const SendResult& r) { second.set_value(describe(r)); });
  const auto third = client().send({.url = url(server)});
  EXPECT_EQ(with_port(describe(third), server.port()),
            "rate_limited, not sent: http://127.0.0.1:PORT: too many requests wait");
  EXPECT_EQ(third.error().retry_after, Seconds{1});
  EXPECT_EQ(with_port(second.get_future().get(), server.port()),
            "unreachable, not sent: http://127.0.0.1:PORT: time ran out while waiting for a free connection");
  client().stop(0ms);
  EXPECT_EQ(with_port(first.get_future().get(), server.port()),
            "unreachable, may have arrived: http://127.0.0.1:PORT: the client stopped while waiting for the answer");
}

TEST_F(HttpClientTest, AnIdleConnectionIsClosed) {
  options_.idle_timeout = 50ms;
  std::promise<bool> closed;
  const auto& server = serve([&](Peer& peer, int) {
    peer.request();
    peer.send(ok("x"));
    closed.set_value(peer.gone());
  });
  EXPECT_EQ(describe(client().send({.url = url(server)})), "200 x");
  EXPECT_TRUE(closed.get_future().get());
}

TEST_F(HttpClientTest, StoppingLetsARequestFinish) {
  options_.connections_per_host = 1;
  std::promise<void> taken;
  std::promise<void> refused;
  const auto& server = serve([&](Peer& peer, int) {
    peer.request();
    taken.set_value();
    refused.get_future().get();
    peer.send(ok("finished"));
  });
  std::promise<std::string> first;
  std::string second;
  client().send({.url = url(server)}, [&](const SendResult& r) { first.set_value(describe(r)); });
  taken.get_future().get();
  client().send({.url = url(server)}, [&](const SendResult& r) {
    second = describe(r);
    refused.set_value();
  });
  client().stop(kPatience);
  EXPECT_EQ(first.get_future().get(), "200 finished");
  EXPECT_EQ(with_port(second, server.port()), "unreachable, not sent: http://127.0.0.1:PORT: the client has stopped");
  EXPECT_EQ(with_port(describe(client().send({.url = url(server)})), server.port()),
            "unreachable, not sent: http://127.0.0.1:PORT: the client has stopped");
  client().stop(0ms);  // again does nothing
}

TEST_F(HttpClientTest, StoppingInTheMiddleOfTrafficAnswersEveryone) {
  const auto& server = serve([](Peer& peer, int) {
    while (!peer.request().empty()) peer.send(ok("x"));
  });
  for (int round = 0; round < 10; ++round) {
    std::atomic<int> sent{0};
    std::atomic<int> told{0};
    std::vector<std::thread> threads;
    client();
    std::latch under_way(4);
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 50; ++i) {
          ++sent;
          client_->send({.url = url(server)}, [&](const SendResult&) { ++told; });
          if (i == 10) under_way.count_down();
        }
      });
    }
    under_way.wait();
    client_->stop(0ms);
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(told, sent);
    client_.reset();
  }
}

TEST_F(HttpClientTest, MalformedRequestsAreRefusedWithoutRepeatingThem) {
  const std::string where = "invalid, not sent: http://h:80: ";
  const auto refused = [&](ClientRequest request) { return describe(client().send(request)); };
  EXPECT_EQ(refused({.url = "/path"}), "invalid, not sent: this is not an http or https URL");
  EXPECT_EQ(refused({.url = "ftp://h/s3cret"}), "invalid, not sent: this is not an http or https URL");
  EXPECT_EQ(refused({.url = "http://user:s3cret@h/"}),
            "invalid, not sent: the URL carries a name or password; they belong into a header");
  EXPECT_EQ(refused({.method = "GET /s3cret", .url = "http://h"}), where + "this method cannot be sent");
  EXPECT_EQ(refused({.url = "http://h", .headers = {{"A", "s3cret\r\nX: 1"}}}),
            where + "the value of header A is malformed");
  EXPECT_EQ(refused({.url = "http://h", .headers = {{"A b", "1"}}}), where + "a header's name is malformed");
  EXPECT_EQ(refused({.url = "http://h", .headers = {{"content-length", "1"}}}),
            where + "header content-length is the client's own");
}

TEST_F(HttpClientTest, OptionsThatMakeNoSenseAreRefused) {
  options_.deadline = 0ms;
  EXPECT_EQ(create_http_client(options_).error().what, "a time limit of the HTTP client is not above 0");
  options_ = {};
  options_.ca_file = "/nowhere/ca.pem";
  const auto problem = create_http_client(options_).error();
  EXPECT_EQ(problem.kind, Problem::Kind::invalid);
  EXPECT_EQ(problem.what, "no certificates can be read from /nowhere/ca.pem: No such file or directory");
  EXPECT_EQ(problem.mend, "name a readable file with certificates in PEM form");
}

class HttpsClientTest : public HttpClientTest {
 protected:
  void SetUp() override {
    HttpClientTest::SetUp();
    options_.ca_file = authority_.file();
  }
  static void polite(Peer& peer, int) {
    while (!peer.request().empty()) peer.send(ok("safe"));
  }
  // What happens at https://`host` when the server shows this certificate.
  std::string shown(const test::TlsServer& tls, const std::string& host = "localhost") {
    const auto& server = serve(polite, tls);
    const auto result = client().send({.url = "https://" + host + ":" + std::to_string(server.port()) + "/s3cret"});
    return with_port(describe(result) + (result || result.error().mend.empty() ? "" : "; " + result.error().mend),
                     server.port());
  }

  const Authority authority_;
};

TEST_F(HttpsClientTest, AProvenServerIsTalkedTo) {
  const auto& server = serve(polite, authority_.server("DNS:localhost,IP:127.0.0.1"));
  for (const std::string host : {"localhost", "127.0.0.1", "localhost"}) {
    EXPECT_EQ(describe(client().send({.url = "https://" + host + ":" + std::to_string(server.port())})), "200 safe");
  }
  EXPECT_EQ(client().counters().opened, 2);
  EXPECT_EQ(client().counters().reused, 1);
}

TEST_F(HttpsClientTest, ACertificateThatProvesNothingIsRefusedAndTheMendIsSaid) {
  EXPECT_EQ(
      shown(Authority().server("DNS:localhost")),
      "host_key, not sent: https://localhost:PORT: the server's certificate is refused: unable to get local issuer "
      "certificate; name the certificate of the server's CA as ca_file, or install the package ca-certificates");
  EXPECT_EQ(
      shown(authority_.server("DNS:other.test,DNS:*.localhost")),
      "host_key, not sent: https://localhost:PORT: the server's certificate is refused: hostname mismatch; use a name "
      "that the certificate is made for, or have localhost added to it");
  EXPECT_EQ(
      shown(authority_.server("DNS:localhost"), "127.0.0.1"),
      "host_key, not sent: https://127.0.0.1:PORT: the server's certificate is refused: IP address mismatch; use a "
      "name that the certificate is made for, or have 127.0.0.1 added to it");
  EXPECT_EQ(
      shown(authority_.server("DNS:localhost", -2h, -1h)),
      "host_key, not sent: https://localhost:PORT: the server's certificate is refused: certificate has expired; have "
      "the server's certificate renewed; see also whether this machine's clock is right");
  EXPECT_EQ(
      shown(authority_.server("DNS:localhost", 1h, 2h)),
      "host_key, not sent: https://localhost:PORT: the server's certificate is refused: certificate is not yet valid; "
      "see whether this machine's clock is right");
}

TEST_F(HttpsClientTest, TheSystemsStoreIsTrustedBesidesTheFile) {
  const Authority system;
  ::setenv("SSL_CERT_FILE", system.file().c_str(), 1);  // where OpenSSL looks for the system's store
  client();
  ::unsetenv("SSL_CERT_FILE");
  EXPECT_EQ(shown(system.server("DNS:localhost")), "200 safe");
  EXPECT_EQ(shown(authority_.server("DNS:localhost")), "200 safe");
}

TEST_F(HttpsClientTest, OldTlsIsRefused) {
  const auto tls = authority_.server("DNS:localhost");
  SSL_CTX_set_cipher_list(tls.get(), "DEFAULT@SECLEVEL=0");
  SSL_CTX_set_min_proto_version(tls.get(), TLS1_VERSION);
  SSL_CTX_set_max_proto_version(tls.get(), TLS1_1_VERSION);
  const auto text = shown(tls);
  EXPECT_TRUE(text.starts_with("unreachable, not sent: https://localhost:PORT: the TLS handshake failed: ")) << text;
  EXPECT_TRUE(text.ends_with("; let the server offer TLS 1.2 or newer")) << text;
}

TEST_F(HttpsClientTest, APortWithoutTlsIsNamed) {
  const auto& server = serve([](Peer& peer, int) {
    peer.send("220 mail.test ready\r\n");
    peer.gone();
  });
  const auto result = client().send({.url = url(server).replace(0, 4, "https")});
  EXPECT_EQ(result.error().kind, Problem::Kind::unreachable);
  EXPECT_EQ(result.error().mend, "see whether this port speaks TLS at all");
}

TEST_F(HttpsClientTest, AHandshakeThatNeverEndsIsCutOff) {
  options_.tls_timeout = 100ms;
  const auto& server = serve([](Peer& peer, int) { peer.gone(); });
  EXPECT_EQ(with_port(describe(client().send({.url = url(server).replace(0, 4, "https")})), server.port()),
            "unreachable, not sent: https://127.0.0.1:PORT: time ran out while agreeing on TLS");
}

// Anyone on the way can close TCP; only the server can close TLS (RFC 9112, 9.8).
TEST_F(HttpsClientTest, ABodyUntilTheEndMustEndWithACloseOfTls) {
  const auto tls = authority_.server("DNS:localhost");
  const auto ask = [&](bool clean) {
    const auto& server = serve(
        [clean](Peer& peer, int) {
          peer.request();
          peer.send("HTTP/1.1 200 OK\r\n\r\nall of it");
          clean ? peer.close() : peer.cut();
        },
        tls);
    return with_port(describe(client().send({.url = "https://localhost:" + std::to_string(server.port())})),
                     server.port());
  };
  EXPECT_EQ(ask(true), "200 all of it");
  EXPECT_EQ(
      ask(false),
      "unreachable, may have arrived: https://localhost:PORT: the connection ended in the middle of the answer: stream "
      "truncated");
}

}  // namespace
}  // namespace hotfixd::net
