#include "bot/net/http_server.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <mutex>
#include <thread>

#include "tests/net/client.hpp"

// The server on real sockets: what is sent byte by byte, what must come back byte by byte.

namespace hotfixd::net {
namespace {

using namespace std::chrono_literals;
using test::Client;

std::string ok(std::string_view body, bool keep_alive = true) {
  return "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\nConnection: " + (keep_alive ? "keep-alive" : "close") + "\r\n\r\n" +
         std::string(body);
}

std::string refused(std::string_view status, std::string_view text, std::string_view header = {},
                    bool keep_alive = false) {
  return "HTTP/1.1 " + std::string(status) +
         "\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: " + std::to_string(text.size() + 1) + "\r\n" +
         std::string(header) + "Connection: " + (keep_alive ? "keep-alive" : "close") + "\r\n\r\n" + std::string(text) +
         "\n";
}

class HttpServerTest : public testing::Test {
 protected:
  void SetUp() override {
    options_.report = [this](const Problem& problem) {
      const std::lock_guard lock(mutex_);
      reported_.push_back(problem.what);
    };
    routes_.push_back(
        {"GET", "/hello", 0, [](const HttpRequest&, const Respond& respond) { respond({.body = "hello"}); }});
    routes_.push_back(
        {"POST", "/echo", 100, [](const HttpRequest& r, const Respond& respond) { respond({.body = r.body}); }});
    routes_.push_back(
        {"PUT", "/echo", 100, [](const HttpRequest& r, const Respond& respond) { respond({.body = r.body}); }});
    routes_.push_back({"POST", "/show", 100, [](const HttpRequest& r, const Respond& respond) {
                         respond({.body = r.method + "|" + r.target + "|" + r.query + "|" +
                                          std::string(r.header("x-thing")) + "|" + r.remote + "|" + r.body});
                       }});
    routes_.push_back(
        {"GET", "/throw", 0, [](const HttpRequest&, const Respond&) { throw std::runtime_error("planted"); }});
    routes_.push_back({"GET", "/forget", 0, [](const HttpRequest&, const Respond&) {}});
    routes_.push_back({"GET", "/later", 0, [this](const HttpRequest&, const Respond& respond) {
                         const std::lock_guard lock(mutex_);
                         held_.push_back(respond);
                       }});
  }
  void TearDown() override {
    held_.clear();
    server_.reset();
  }

  std::uint16_t serve() {
    auto server = listen(options_, routes_);
    EXPECT_TRUE(server) << server.error().what;
    server_ = std::move(*server);
    server_->start();
    return server_->port();
  }
  // Waits until handlers hold `n` requests without an answer.
  std::vector<Respond> held(std::size_t n) {
    for (int i = 0; i < 1000; ++i) {
      {
        const std::lock_guard lock(mutex_);
        if (held_.size() >= n) return std::exchange(held_, {});
      }
      std::this_thread::sleep_for(5ms);
    }
    ADD_FAILURE() << "the handler was not called " << n << " times";
    return std::vector<Respond>(n, [](const HttpResponse&) {});
  }
  std::string ask(std::uint16_t port, std::string_view request) {
    Client client(port);
    client.send(request);
    return client.response();
  }

  ListenOptions options_;
  std::vector<Route> routes_;
  std::unique_ptr<HttpServer> server_;
  std::mutex mutex_;
  std::vector<Respond> held_;
  std::vector<std::string> reported_;
};

TEST_F(HttpServerTest, AnswersAndKeepsTheConnection) {
  Client client(serve());
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(client.send("GET /hello HTTP/1.1\r\nHost: h\r\n\r\n"));
    EXPECT_EQ(client.response(), ok("hello"));
  }
  ASSERT_TRUE(client.send("GET /hello HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"));
  EXPECT_EQ(client.response(), ok("hello", false));
  EXPECT_TRUE(client.closed());
}

TEST_F(HttpServerTest, OldClientsAreClosedUnlessTheyAsk) {
  const auto port = serve();
  EXPECT_EQ(ask(port, "GET /hello HTTP/1.0\r\n\r\n"), ok("hello", false));
  EXPECT_EQ(ask(port, "GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"), ok("hello", true));
}

TEST_F(HttpServerTest, HandlersSeeTheWholeRequest) {
  EXPECT_EQ(ask(serve(), "POST /show?a=1&b=%20 HTTP/1.1\r\nHost: h\r\nX-Thing: v\r\nContent-Length: 4\r\n\r\nbody"),
            ok("POST|/show|a=1&b=%20|v|127.0.0.1|body"));
}

TEST_F(HttpServerTest, PipelinedRequestsAreAnsweredInOrder) {
  Client client(serve());
  client.send(
      "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\none"
      "GET /hello HTTP/1.1\r\nHost: h\r\n\r\n"
      "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nth\r\n3;x=y\r\nree\r\n0\r\n\r\n"
      "GET /hello HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(client.rest(), ok("one") + ok("hello") + ok("three") + ok("hello", false));
}

TEST_F(HttpServerTest, ARequestMayComeByteByByte) {
  Client client(serve());
  for (const char c : std::string_view("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nslow!")) {
    ASSERT_TRUE(client.send(std::string_view(&c, 1)));
    std::this_thread::sleep_for(1ms);
  }
  EXPECT_EQ(client.response(), ok("slow!"));
}

TEST_F(HttpServerTest, FieldsOfATrailerAreNotHeaders) {
  EXPECT_EQ(
      ask(serve(),
          "POST /show HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX-Thing: late\r\n\r\n"),
      ok("POST|/show|||127.0.0.1|a"));
}

TEST_F(HttpServerTest, HeadIsGetWithoutTheBody) {
  const std::string whole = ok("hello", false);
  Client client(serve());
  client.send("HEAD /hello HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(client.rest(), whole.substr(0, whole.size() - 5));
}

TEST_F(HttpServerTest, UnknownPathsAndMethods) {
  const auto port = serve();
  EXPECT_EQ(ask(port, "GET / HTTP/1.1\r\nHost: h\r\n\r\n"), refused("404 Not Found", "nothing here", {}, true));
  EXPECT_EQ(ask(port, "GET /hello/ HTTP/1.1\r\nHost: h\r\n\r\n"), refused("404 Not Found", "nothing here", {}, true));
  EXPECT_EQ(ask(port, "GET /../hello HTTP/1.1\r\nHost: h\r\n\r\n"), refused("404 Not Found", "nothing here", {}, true));
  EXPECT_EQ(ask(port, "DELETE /hello HTTP/1.1\r\nHost: h\r\n\r\n"),
            refused("405 Method Not Allowed", "not with this method", "Allow: GET, HEAD\r\n", true));
  EXPECT_EQ(ask(port, "GET /echo HTTP/1.1\r\nHost: h\r\n\r\n"),
            refused("405 Method Not Allowed", "not with this method", "Allow: POST, PUT\r\n", true));
}

TEST_F(HttpServerTest, WhatIsNotHttpIsRefusedAndClosed) {
  const auto port = serve();
  const auto bad = refused("400 Bad Request", "this is not a request of HTTP/1.1");
  const auto host = refused("400 Bad Request", "exactly one Host is needed", {}, true);
  EXPECT_EQ(ask(port, "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\r\n\r\n"), bad);
  EXPECT_EQ(ask(port, "GET /hello\r\n\r\n"), bad);
  EXPECT_EQ(ask(port, "GET /hello HTTP/2.0\r\nHost: h\r\n\r\n"), bad);
  EXPECT_EQ(ask(port, "GET /hello HTTP/1.1\r\nHost: h\r\nno colon\r\n\r\n"), bad);
  EXPECT_EQ(ask(port, "GET /hello HTTP/1.1\r\n\r\n"), host);
  EXPECT_EQ(ask(port, "GET /hello HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"), host);
  EXPECT_EQ(ask(port, "GET hello HTTP/1.1\r\nHost: h\r\n\r\n"),
            refused("400 Bad Request", "the target is not a path", {}, true));
  // Request smuggling: two lengths, or a length and chunks, leave no doubt that something is wrong.
  EXPECT_EQ(ask(port, "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc"), bad);
  EXPECT_EQ(
      ask(port, "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
      bad);
  EXPECT_EQ(ask(port, "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n"),
            refused("400 Bad Request", "the body is malformed"));
}

TEST_F(HttpServerTest, HeadersHaveALimit) {
  options_.header_limit = 1024;
  const auto port = serve();
  const auto too_large = refused("431 Request Header Fields Too Large", "the header is too large");
  EXPECT_EQ(ask(port, "GET /hello HTTP/1.1\r\nHost: h\r\nX-Big: " + std::string(2000, 'x') + "\r\n\r\n"), too_large);
  EXPECT_EQ(ask(port, "GET /" + std::string(100'000, 'x')), too_large);
  EXPECT_EQ(ask(port, "GET /hello HTTP/1.1\r\nHost: h\r\nX-Big: " + std::string(900, 'x') + "\r\n\r\n"), ok("hello"));
}

TEST_F(HttpServerTest, BodiesHaveTheLimitOfTheirRoute) {
  const auto port = serve();
  const auto too_large = refused("413 Content Too Large", "the body is too large");
  const std::string full(100, 'x');
  EXPECT_EQ(ask(port, "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\n" + full), ok(full));
  EXPECT_EQ(ask(port, "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 101\r\n\r\n"), too_large);
  EXPECT_EQ(ask(port, "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 18446744073709551615\r\n\r\n"), too_large);
  EXPECT_EQ(ask(port, "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n64\r\n" + full +
                          "\r\n1\r\nx\r\n0\r\n\r\n"),
            too_large);
  EXPECT_EQ(ask(port, "GET /hello HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nx"), too_large);
}

TEST_F(HttpServerTest, ARefusalArrivesEvenWhenTheClientKeepsSending) {
  Client client(serve());
  client.send("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 20000000\r\n\r\n");
  const std::string block(1'000'000, 'x');
  for (int i = 0; i < 20; ++i) client.send(block);
  EXPECT_EQ(client.response(), refused("413 Content Too Large", "the body is too large"));
}

TEST_F(HttpServerTest, AllBodiesTogetherHaveALimit) {
  options_.bodies_limit = 150;
  const auto port = serve();
  Client first(port);
  first.send("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\nExpect: 100-continue\r\n\r\n");
  ASSERT_EQ(first.response(), "HTTP/1.1 100 Continue\r\n\r\n");  // its share is taken
  EXPECT_EQ(ask(port, "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 51\r\n\r\n" + std::string(51, 'x')),
            refused("503 Service Unavailable", "too many large requests at once", "Retry-After: 1\r\n"));
  first.send(std::string(100, 'x'));
  EXPECT_EQ(first.response(), ok(std::string(100, 'x')));
  EXPECT_EQ(ask(port, "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 51\r\n\r\n" + std::string(51, 'x')),
            ok(std::string(51, 'x')));
}

TEST_F(HttpServerTest, ExpectContinue) {
  const auto port = serve();
  Client client(port);
  client.send("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nExpect: 100-Continue\r\n\r\n");
  EXPECT_EQ(client.response(), "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("body");
  EXPECT_EQ(client.response(), ok("body"));
  EXPECT_EQ(ask(port, "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 4000\r\nExpect: 100-continue\r\n\r\n"),
            refused("413 Content Too Large", "the body is too large"));
  EXPECT_EQ(ask(port, "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nExpect: tea\r\n\r\n"),
            refused("417 Expectation Failed", "only 100-continue can be expected"));
}

TEST_F(HttpServerTest, ASlowHeaderIsGivenUp) {
  options_.header_timeout = 150ms;
  const auto port = serve();
  Client client(port);
  client.send("GET /hello HTT");
  std::thread dripping([&] {
    for (int i = 0; i < 20 && client.send("P"); ++i) std::this_thread::sleep_for(20ms);
  });
  EXPECT_EQ(client.response(), refused("408 Request Timeout", "the header took too long"));
  dripping.join();
  Client silent(port);
  EXPECT_EQ(silent.rest(), "");
  EXPECT_TRUE(silent.closed());
}

TEST_F(HttpServerTest, ASlowBodyIsGivenUp) {
  options_.body_timeout = 150ms;
  Client client(serve());
  client.send("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n1");
  EXPECT_EQ(client.response(), refused("408 Request Timeout", "the body took too long"));
}

TEST_F(HttpServerTest, AnIdleConnectionIsClosed) {
  options_.idle_timeout = 100ms;
  Client client(serve());
  client.send("GET /hello HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(client.rest(), ok("hello"));
  EXPECT_TRUE(client.closed());
}

TEST_F(HttpServerTest, ConnectionsHaveALimit) {
  options_.max_connections = 2;
  const auto port = serve();
  {
    Client a(port);
    Client b(port);
    a.send("GET /hello HTTP/1.1\r\nHost: h\r\n\r\n");
    b.send("GET /hello HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_EQ(a.response(), ok("hello"));
    EXPECT_EQ(b.response(), ok("hello"));
    Client c(port);
    EXPECT_EQ(c.rest(), refused("503 Service Unavailable", "too many connections", "Retry-After: 1\r\n"));
  }
  std::string answer;
  for (int i = 0; i < 200 && answer != ok("hello"); ++i) {  // until the server saw the two leave
    std::this_thread::sleep_for(5ms);
    answer = ask(port, "GET /hello HTTP/1.1\r\nHost: h\r\n\r\n");
  }
  EXPECT_EQ(answer, ok("hello"));
}

TEST_F(HttpServerTest, AHandlerThatThrowsOrForgetsIsAnsweredFor) {
  const auto port = serve();
  EXPECT_EQ(ask(port, "GET /throw HTTP/1.1\r\nHost: h\r\n\r\n").substr(0, 12), "HTTP/1.1 500");
  EXPECT_EQ(ask(port, "GET /forget HTTP/1.1\r\nHost: h\r\n\r\n"),
            refused("500 Internal Server Error", "no answer was given", {}, true));
  server_->stop();
  EXPECT_EQ(reported_, std::vector<std::string>{"GET /throw: the handler threw: planted"});
}

TEST_F(HttpServerTest, TheAnswerMayComeFromAnotherThread) {
  Client client(serve());
  client.send("GET /later HTTP/1.1\r\nHost: h\r\n\r\n");
  auto respond = held(1);
  std::thread([&] { respond[0]({.status = 202, .body = "done", .headers = {{"X-Once", "1"}}}); }).join();
  respond[0]({.body = "a second call"});
  EXPECT_EQ(client.response(),
            "HTTP/1.1 202 Accepted\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 4\r\nX-Once: 1\r\n"
            "Connection: keep-alive\r\n\r\ndone");
  client.send("GET /hello HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(client.response(), ok("hello"));
}

TEST_F(HttpServerTest, AnAnswerAfterTheTimeOutIsIgnored) {
  options_.response_timeout = 100ms;
  Client client(serve());
  client.send("GET /later HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(client.response(), refused("503 Service Unavailable", "no answer in time", "Retry-After: 10\r\n", true));
  held(1)[0]({.body = "too late"});
  client.send("GET /hello HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(client.response(), ok("hello"));
}

TEST_F(HttpServerTest, StoppingLetsARunningRequestFinish) {
  const auto port = serve();
  Client idle(port);
  idle.send("GET /hello HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(idle.response(), ok("hello"));
  Client busy(port);
  busy.send("GET /later HTTP/1.1\r\nHost: h\r\n\r\nGET /hello HTTP/1.1\r\nHost: h\r\n\r\n");
  auto respond = held(1);
  auto stopping = std::async(std::launch::async, [&] { server_->stop(20s); });
  EXPECT_TRUE(idle.closed());  // at once
  EXPECT_FALSE(Client(port).connected());
  EXPECT_EQ(stopping.wait_for(50ms), std::future_status::timeout);
  respond[0]({.body = "finished"});
  EXPECT_EQ(busy.rest(), ok("finished", false));
  stopping.get();
}

TEST_F(HttpServerTest, StoppingInsistsAfterTheGrace) {
  Client busy(serve());
  busy.send("GET /later HTTP/1.1\r\nHost: h\r\n\r\n");
  auto respond = held(1);
  server_->stop(50ms);
  server_->stop(50ms);  // again does nothing
  EXPECT_EQ(busy.rest(), "");
  server_.reset();
  respond[0]({.body = "nobody hears"});
}

TEST_F(HttpServerTest, ManyClientsOnSeveralThreads) {
  options_.threads = 4;
  options_.response_timeout = 20ms;
  const auto port = serve();
  std::atomic<bool> over{false};
  std::thread answering([&] {  // races with the time-out on purpose
    while (!over) {
      std::vector<Respond> some;
      {
        const std::lock_guard lock(mutex_);
        some.swap(held_);
      }
      std::this_thread::sleep_for(20ms);
      for (const auto& respond : some) respond({.body = "hello"});
    }
  });
  std::vector<std::thread> clients;
  std::atomic<int> answers{0};
  for (int c = 0; c < 8; ++c) {
    clients.emplace_back([&] {
      for (int i = 0; i < 10; ++i) {
        Client client(port);
        for (int k = 0; k < 3; ++k) {
          client.send("GET /later HTTP/1.1\r\nHost: h\r\n\r\n");
          const auto answer = client.response();
          if (answer == ok("hello") || answer.starts_with("HTTP/1.1 503 ")) ++answers;
        }
      }
    });
  }
  for (auto& client : clients) client.join();
  over = true;
  answering.join();
  EXPECT_EQ(answers, 8 * 10 * 3);
}

TEST_F(HttpServerTest, StoppingInTheMiddleOfTraffic) {
  options_.threads = 2;
  for (int round = 0; round < 20; ++round) {
    const auto port = serve();
    std::vector<std::thread> clients;
    for (int c = 0; c < 4; ++c) {
      clients.emplace_back([port] {
        Client client(port);
        while (client.send("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi")) {
          const auto answer = client.response();
          if (answer != ok("hi")) {
            EXPECT_TRUE(answer.empty() || answer == ok("hi", false)) << answer;
            break;
          }
        }
      });
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(round));
    server_->stop(1s);
    for (auto& client : clients) client.join();
  }
}

TEST_F(HttpServerTest, AServerThatNeverStartedCanGo) {
  auto server = listen(options_, routes_);
  ASSERT_TRUE(server);
  EXPECT_NE((*server)->port(), 0);
  (*server)->stop();
}

TEST_F(HttpServerTest, WhatCannotBeListenedOnIsSaid) {
  const auto port = serve();
  options_.port = port;
  const auto taken = listen(options_, routes_);
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().kind, Problem::Kind::locked);
  EXPECT_EQ(taken.error().what, "cannot listen on 127.0.0.1 port " + std::to_string(port) + ": Address already in use");
  options_.address = "localhost!";
  EXPECT_EQ(listen(options_, routes_).error().what, "localhost! is not an IP address");
  options_ = {};
  routes_.push_back(routes_.front());
  EXPECT_EQ(listen(options_, routes_).error().what, "route GET /hello is there twice");
  EXPECT_EQ(listen({.threads = 0}, {}).error().what, "threads: 1 to 64");
}

}  // namespace
}  // namespace hotfixd::net
