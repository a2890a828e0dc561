// GET /healthz: the process lives. GET /readyz: it can do its work.
#pragma once

#include <functional>

#include "bot/net/http_server.hpp"

namespace hotfixd::web {

// `ready` is called on a network thread for every /readyz: it must be quick and thread-safe. A Problem
// is answered with 503 and its `what`.
std::vector<net::Route> health_routes(std::function<Result<void>()> ready);

}  // namespace hotfixd::web
