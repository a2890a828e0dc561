// The address of a server to talk to, taken apart. Pure.
#pragma once

#include "bot/domain/basics.hpp"

namespace hotfixd::net {

struct Url {
  bool secure = false;  // https or wss
  std::string host;     // as for the resolver: "slack.com", "127.0.0.1", "::1"
  bool host_is_ip = false;
  std::uint16_t port = 0;  // the scheme's own when none is given
  std::string authority;   // the value of Host: "slack.com", "[::1]:8080"
  std::string target;      // path and query as sent, never empty
  // "https://slack.com:443". The only part that may be shown: paths and queries carry secrets
  // (response_url, a socket's ticket).
  std::string origin;
};

enum class UrlKind { http, websocket };  // http and https; ws and wss

// Absolute URLs only (RFC 3986), the fragment is dropped. Problem::invalid for anything else, for a name and
// password in the URL (RFC 9110, 4.2.4) and for port 0; its text repeats nothing of the URL.
Result<Url> parse_url(std::string_view text, UrlKind kind);

}  // namespace hotfixd::net
