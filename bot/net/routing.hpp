// Which route answers a request, and whether a server's options and routes make sense. Pure.
#pragma once

#include <optional>

#include "bot/net/http_server.hpp"

namespace hotfixd::net {

// Who answers this method on this path; otherwise the refusal: 404, or 405 with Allow.
std::expected<const Route*, HttpResponse> find_route(const std::vector<Route>& routes, const HttpRequest& request);

// The first thing that is wrong (Problem::invalid); nothing when all is sound.
std::optional<Problem> check(const ListenOptions& options, const std::vector<Route>& routes);

}  // namespace hotfixd::net
