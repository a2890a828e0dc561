#include "bot/net/url.hpp"

#include <fmt/format.h>

#include <algorithm>
// Debian's libboost1.81-dev carries Boost.URL's sources as headers, its library is a package of its own.
#include <boost/url/src.hpp>

namespace hotfixd::net {
namespace {

namespace urls = boost::urls;

std::unexpected<Problem> invalid(std::string what) {
  return std::unexpected(
      Problem{.kind = Problem::Kind::invalid, .what = std::move(what), .mend = {}, .retry_after = {}});
}

// RFC 1123, 2.1, and the underscore that some internal names have.
bool is_host_name(std::string_view name) {
  constexpr std::size_t kLongest = 253;
  return !name.empty() && name.size() <= kLongest && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
           c == '_';
  });
}

}  // namespace

Result<Url> parse_url(std::string_view text, UrlKind kind) {
  const bool http = kind == UrlKind::http;
  const std::string expected = http ? "an http or https URL" : "a ws or wss URL";
  constexpr std::size_t kLongest = 16 * 1024;
  if (text.size() > kLongest) return invalid("the URL is longer than 16 KiB");
  const auto parsed = urls::parse_uri(urls::string_view(text.data(), text.size()));
  if (!parsed) return invalid("this is not " + expected);
  const auto scheme = parsed->scheme_id();
  const bool secure = scheme == (http ? urls::scheme::https : urls::scheme::wss);
  if (!secure && scheme != (http ? urls::scheme::http : urls::scheme::ws)) return invalid("this is not " + expected);
  if (parsed->has_userinfo()) return invalid("the URL carries a name or password; they belong into a header");

  Url url{.secure = secure,
          .host = {},
          .port = static_cast<std::uint16_t>(secure ? 443 : 80),
          .authority = {},
          .target = {},
          .origin = {}};
  url.host = parsed->host_address();
  url.host_is_ip = parsed->host_type() == urls::host_type::ipv4 || parsed->host_type() == urls::host_type::ipv6;
  const bool named = parsed->host_type() == urls::host_type::name && is_host_name(url.host);
  if (!url.host_is_ip && !named) return invalid("the URL names no host that can be looked up");
  const std::uint16_t usual = url.port;
  if (parsed->has_port() && !parsed->port().empty()) {
    url.port = parsed->port_number();
    if (url.port == 0) return invalid("the URL's port is not 1 to 65535");
  }
  const std::string shown = parsed->host_type() == urls::host_type::ipv6 ? "[" + url.host + "]" : url.host;
  url.authority = url.port == usual ? shown : fmt::format("{}:{}", shown, url.port);
  const auto path = parsed->encoded_path();
  url.target = path.empty() ? "/" : std::string(path.data(), path.size());
  if (parsed->has_query()) {
    const auto query = parsed->encoded_query();
    url.target += '?' + std::string(query.data(), query.size());
  }
  url.origin = fmt::format("{}://{}:{}", http ? (secure ? "https" : "http") : (secure ? "wss" : "ws"), shown, url.port);
  return url;
}

}  // namespace hotfixd::net
