// Small pure helpers around the plain request and response types.
#pragma once

#include <optional>

#include "bot/net/http_client.hpp"
#include "bot/net/http_server.hpp"
#include "bot/net/url.hpp"

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

// A header that may be sent as it is: its name is a token, its value has no control characters (RFC 9110, 5.5 and
// 5.6.2).
bool is_sound(const std::pair<std::string, std::string>& header);

// What says where a request goes and where its body ends, or asks for what the clients cannot do.
bool is_the_clients(std::string_view header_name);

// The whole request as bytes. Problem::invalid for a method or header that could break the framing, and for headers
// that are the client's own; the text names the header, never its value.
Result<std::string> serialize(const ClientRequest& request, const Url& url, std::string_view user_agent);

}  // namespace hotfixd::net
