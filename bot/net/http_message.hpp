// Small pure helpers around the plain request and response types.
#pragma once

#include <optional>

#include "bot/net/http_server.hpp"

namespace hotfixd::net {

bool same_text(std::string_view a, std::string_view b);  // ASCII case ignored

// Splits a request target into path and query. Takes "/path?query" and "http://host/path?query"
// (RFC 9112, 3.2.1 and 3.2.2); nothing for any other form or one with control characters.
struct Target {
  std::string path, query;
};
std::optional<Target> parse_target(std::string_view target);

HttpResponse plain(int status, std::string text);

// The whole answer as bytes. Headers whose name or value could break the framing are left out.
std::string serialize(const HttpResponse& response, bool keep_alive, bool head_only);

}  // namespace hotfixd::net
