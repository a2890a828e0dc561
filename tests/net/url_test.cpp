#include "bot/net/url.hpp"

#include <gtest/gtest.h>

namespace hotfixd::net {
namespace {

std::string taken_apart(std::string_view text, UrlKind kind = UrlKind::http) {
  const auto url = parse_url(text, kind);
  if (!url) return url.error().what;
  return url->origin + " " + url->host + (url->host_is_ip ? " (ip) " : " ") + url->authority + " " + url->target;
}

TEST(Url, IsTakenApart) {
  EXPECT_EQ(taken_apart("https://slack.com/api/x?a=b%20c#f"),
            "https://slack.com:443 slack.com slack.com /api/x?a=b%20c");
  EXPECT_EQ(taken_apart("HTTP://Host:8080"), "http://Host:8080 Host Host:8080 /");
  EXPECT_EQ(taken_apart("http://h:80?q"), "http://h:80 h h /?q");
  EXPECT_EQ(taken_apart("http://h:/p"), "http://h:80 h h /p");
  EXPECT_EQ(taken_apart("http://[::1]:81/"), "http://[::1]:81 ::1 (ip) [::1]:81 /");
  EXPECT_EQ(taken_apart("http://127.0.0.1/"), "http://127.0.0.1:80 127.0.0.1 (ip) 127.0.0.1 /");
  EXPECT_EQ(taken_apart("wss://h/link/?ticket=x", UrlKind::websocket), "wss://h:443 h h /link/?ticket=x");
  EXPECT_EQ(taken_apart("ws://h", UrlKind::websocket), "ws://h:80 h h /");
}

TEST(Url, WhatIsRefusedIsNotRepeated) {
  for (const auto* bad : {"", "h", "/p", "h:80", "//h/p", "ftp://h/", "wss://h/", "http//h", "http://h/\r\nX: 1",
                          "http://h/ x", "http://h\xc3\xa9/"}) {
    EXPECT_EQ(taken_apart(bad), "this is not an http or https URL") << bad;
  }
  EXPECT_EQ(taken_apart("http://h/", UrlKind::websocket), "this is not a ws or wss URL");
  for (const auto* bad : {"http://", "http:///p", "https:/h", "http://h%00/", "http://h%0d%0aX/", "http://[v1.x]/"}) {
    EXPECT_EQ(taken_apart(bad), "the URL names no host that can be looked up") << bad;
  }
  for (const auto* bad : {"http://h:0/", "http://h:65536/", "http://h:99999999999/"}) {
    EXPECT_EQ(taken_apart(bad), "the URL's port is not 1 to 65535") << bad;
  }
  for (const auto* bad : {"http://u@h/", "http://u:p@h/", "http://:p@h/"}) {
    EXPECT_EQ(taken_apart(bad), "the URL carries a name or password; they belong into a header") << bad;
  }
  EXPECT_EQ(taken_apart("http://h/" + std::string(20'000, 'x')), "the URL is longer than 16 KiB");
}

}  // namespace
}  // namespace hotfixd::net
