#include "bot/net/routing.hpp"

#include <fmt/format.h>

#include <set>

#include "bot/net/http_message.hpp"

namespace hotfixd::net {
namespace {

Problem invalid(std::string what) {
  return Problem{.kind = Problem::Kind::invalid, .what = std::move(what), .mend = {}, .retry_after = {}};
}

}  // namespace

std::expected<const Route*, HttpResponse> find_route(const std::vector<Route>& routes, const HttpRequest& request) {
  std::string allowed;
  for (const auto& route : routes) {
    if (route.path != request.target) continue;
    const bool get = route.method == "GET";
    if (route.method == request.method || (get && request.method == "HEAD")) return &route;
    allowed += (allowed.empty() ? "" : ", ") + route.method + (get ? ", HEAD" : "");
  }
  if (allowed.empty()) return std::unexpected(plain(404, "nothing here"));
  auto response = plain(405, "not with this method");
  response.headers.emplace_back("Allow", std::move(allowed));
  return std::unexpected(std::move(response));
}

std::optional<Problem> check(const ListenOptions& options, const std::vector<Route>& routes) {
  constexpr std::size_t kLargestHeader = 1024 * 1024;
  if (options.threads < 1 || options.threads > 64) return invalid("threads: 1 to 64");
  if (options.header_limit < 256 || options.header_limit > kLargestHeader)
    return invalid("header_limit: 256 B to 1 MiB");
  if (options.max_connections == 0) return invalid("max_connections: at least 1");
  std::set<std::pair<std::string, std::string>> seen;
  for (const auto& route : routes) {
    const auto name = fmt::format("route {} {}", route.method, route.path);
    if (route.method.empty() || !route.path.starts_with('/') || !route.handle) return invalid(name + " is incomplete");
    if (!seen.emplace(route.method, route.path).second) return invalid(name + " is there twice");
  }
  return std::nullopt;
}

}  // namespace hotfixd::net
