#include "bot/net/http_message.hpp"

#include <gtest/gtest.h>

#include "bot/net/exchange.hpp"

namespace hotfixd::net {
namespace {

std::string split(std::string_view target) {
  const auto parts = parse_target(target);
  return parts ? parts->path + " " + parts->query : "refused";
}

TEST(HttpMessage, TargetsAreSplit) {
  EXPECT_EQ(split("/a/b"), "/a/b ");
  EXPECT_EQ(split("/a?x=1?y"), "/a x=1?y");
  EXPECT_EQ(split("/"), "/ ");
  EXPECT_EQ(split("http://host:1/a?x"), "/a x");
  EXPECT_EQ(split("HTTPS://host"), "/ ");
  EXPECT_EQ(split("http://host?x"), "/ x");
  for (const auto* bad : {"", "a", "*", "host:80", "http:///a", "ftp://host/a", "/a\nb", "/a\x7f"}) {
    EXPECT_EQ(split(bad), "refused") << bad;
  }
}

TEST(HttpMessage, HeadersAreFoundInAnyCase) {
  const HttpRequest request{.headers = {{"X-Hub", "1"}, {"x-hub", "2"}, {"Empty", ""}}};
  EXPECT_EQ(request.header("x-HUB"), "1");
  EXPECT_EQ(request.header("X-Hubs"), "");
  EXPECT_TRUE(request.has_header("EMPTY"));
  EXPECT_FALSE(request.has_header("Empt"));
}

// What a handler puts into a header, perhaps taken from outside, never becomes a second header.
TEST(HttpMessage, AnAnswerCannotBeSplit) {
  const HttpResponse response{
      .status = 200,
      .content_type = "text/plain\r\nX-Evil: 1",
      .body = "b",
      .headers = {{"A", "x\r\nX-Evil: 1"}, {"B:", "x"}, {"Content-Length", "9"}, {"Good", "v"}}};
  EXPECT_EQ(serialize(response, true, false),
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nGood: v\r\nConnection: keep-alive\r\n\r\nb");
}

TEST(HttpMessage, NoContentHasNoBody) {
  EXPECT_EQ(serialize({.status = 204, .body = "b"}, false, false),
            "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n");
}

TEST(Exchange, TheFirstAnswerCounts) {
  int woken = 0;
  Exchange exchange([&] { ++woken; });
  EXPECT_TRUE(exchange.answer(plain(200, "first")));
  EXPECT_FALSE(exchange.answer(plain(200, "second")));
  EXPECT_EQ(woken, 1);
  EXPECT_EQ(exchange.take()->body, "first\n");
  EXPECT_FALSE(exchange.take());
}

TEST(Exchange, AnAnswerJustBeforeTheEndIsNotLost) {
  Exchange exchange([] {});
  EXPECT_TRUE(exchange.answer(plain(200, "just in time")));
  EXPECT_EQ(exchange.abandon()->body, "just in time\n");
}

TEST(Exchange, AfterTheEndNobodyIsWoken) {
  auto exchange = std::make_shared<Exchange>([] { FAIL() << "woken"; });
  const auto respond = respond_to(exchange);
  EXPECT_FALSE(exchange->abandon());
  respond(plain(200, "late"));
  EXPECT_FALSE(exchange->take());
}

TEST(Exchange, AForgottenAnswerIsAnError) {
  auto exchange = std::make_shared<Exchange>([] {});
  {
    const auto respond = respond_to(exchange);
  }
  EXPECT_EQ(exchange->take()->status, 500);
}

}  // namespace
}  // namespace hotfixd::net
