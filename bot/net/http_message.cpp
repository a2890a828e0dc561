#include "bot/net/http_message.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace hotfixd::net {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// RFC 9110, 15. What we send; anything else goes without a phrase.
std::string_view reason(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 303:
      return "See Other";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 413:
      return "Content Too Large";
    case 415:
      return "Unsupported Media Type";
    case 417:
      return "Expectation Failed";
    case 422:
      return "Unprocessable Content";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 503:
      return "Service Unavailable";
    default:
      return "";
  }
}

bool is_token(std::string_view name) {  // RFC 9110, 5.6.2
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return !name.empty() && std::ranges::all_of(name, [&](char c) {
    const char l = lower(c);
    return (l >= 'a' && l <= 'z') || (c >= '0' && c <= '9') || kMarks.find(c) != std::string_view::npos;
  });
}

bool is_value(std::string_view value) {
  return std::ranges::none_of(value,
                              [](char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F; });
}

bool is_framing(std::string_view name) {
  return same_text(name, "Content-Length") || same_text(name, "Transfer-Encoding") || same_text(name, "Connection") ||
         same_text(name, "Content-Type");
}

}  // namespace

bool same_text(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view HttpRequest::header(std::string_view name) const {
  const auto it = std::ranges::find_if(headers, [&](const auto& h) { return same_text(h.first, name); });
  return it == headers.end() ? std::string_view{} : std::string_view{it->second};
}

bool HttpRequest::has_header(std::string_view name) const {
  return std::ranges::any_of(headers, [&](const auto& h) { return same_text(h.first, name); });
}

std::optional<Target> parse_target(std::string_view target) {
  if (!is_value(target)) return std::nullopt;
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!same_text(target.substr(0, scheme.size()), scheme)) continue;
    target.remove_prefix(scheme.size());
    const auto path = target.find_first_of("/?");
    if (path == 0) return std::nullopt;
    target.remove_prefix(std::min(path, target.size()));
    if (!target.starts_with('/')) return Target{"/", std::string(target.substr(target.empty() ? 0 : 1))};
    break;
  }
  if (!target.starts_with('/')) return std::nullopt;
  const auto question = target.find('?');
  if (question == std::string_view::npos) return Target{std::string(target), {}};
  return Target{std::string(target.substr(0, question)), std::string(target.substr(question + 1))};
}

HttpResponse plain(int status, std::string text) { return {.status = status, .body = std::move(text) + "\n"}; }

std::string serialize(const HttpResponse& response, bool keep_alive, bool head_only) {
  const bool bodiless = response.status == 204 || response.status == 304;  // RFC 9110, 6.4.1
  constexpr std::size_t kUsualHeader = 256;
  std::string out;
  out.reserve(kUsualHeader + response.body.size());
  const auto line = [&](std::initializer_list<std::string_view> parts) {
    for (const auto part : parts) out += part;
    out += "\r\n";
  };
  line({"HTTP/1.1 ", std::to_string(response.status), " ", reason(response.status)});
  if (!bodiless) {
    if (is_value(response.content_type) && !response.content_type.empty())
      line({"Content-Type: ", response.content_type});
    line({"Content-Length: ", std::to_string(response.body.size())});
  }
  for (const auto& [name, value] : response.headers) {
    if (is_token(name) && is_value(value) && !is_framing(name)) line({name, ": ", value});
  }
  line({"Connection: ", keep_alive ? "keep-alive" : "close"});
  line({});
  if (!bodiless && !head_only) out += response.body;
  return out;
}

std::string_view ClientResponse::header(std::string_view name) const {
  const auto it = std::ranges::find_if(headers, [&](const auto& h) { return same_text(h.first, name); });
  return it == headers.end() ? std::string_view{} : std::string_view{it->second};
}

bool is_sound(const std::pair<std::string, std::string>& header) {
  return is_token(header.first) && is_value(header.second);
}

bool is_the_clients(std::string_view name) {
  return std::ranges::any_of(
      std::initializer_list<std::string_view>{"Host", "Content-Length", "Transfer-Encoding", "Connection", "Keep-Alive",
                                              "Expect", "Upgrade", "TE", "Trailer", "Proxy-Connection"},
      [&](std::string_view own) { return same_text(name, own); });
}

Result<std::string> serialize(const ClientRequest& request, const Url& url, std::string_view user_agent) {
  const auto invalid = [&](std::string what) {
    return std::unexpected(Problem{.kind = Problem::Kind::invalid,
                                   .what = fmt::format("{}: {}", url.origin, what),
                                   .mend = {},
                                   .retry_after = {}});
  };
  if (!is_token(request.method) || request.method == "CONNECT") return invalid("this method cannot be sent");
  std::string out = fmt::format("{} {} HTTP/1.1\r\nHost: {}\r\n", request.method, url.target, url.authority);
  bool named = false;
  for (const auto& header : request.headers) {
    if (!is_token(header.first)) return invalid("a header's name is malformed");
    if (!is_sound(header)) return invalid(fmt::format("the value of header {} is malformed", header.first));
    if (is_the_clients(header.first)) return invalid(fmt::format("header {} is the client's own", header.first));
    named = named || same_text(header.first, "User-Agent");
    out += fmt::format("{}: {}\r\n", header.first, header.second);
  }
  if (!named && is_value(user_agent) && !user_agent.empty()) out += fmt::format("User-Agent: {}\r\n", user_agent);
  // RFC 9110, 8.6: methods that have a use for a body say how long it is, even when it is empty.
  const bool wants_body = request.method == "POST" || request.method == "PUT" || request.method == "PATCH";
  if (wants_body || !request.body.empty()) out += fmt::format("Content-Length: {}\r\n", request.body.size());
  out += "\r\n";
  out += request.body;
  return out;
}

}  // namespace hotfixd::net
