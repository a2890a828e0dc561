#include "bot/web/health.hpp"

namespace hotfixd::web {
namespace {

constexpr std::string_view kText = "text/plain; charset=utf-8";

net::HttpResponse text(int status, std::string body) {
  return {.status = status, .content_type = std::string(kText), .body = std::move(body), .headers = {}};
}

}  // namespace

std::vector<net::Route> health_routes(std::function<Result<void>()> ready) {
  std::vector<net::Route> routes;
  routes.push_back({.method = "GET",
                    .path = "/healthz",
                    .body_limit = 0,
                    .handle = [](const net::HttpRequest&, const net::Respond& respond) { respond(text(200, "ok")); }});
  routes.push_back({.method = "GET",
                    .path = "/readyz",
                    .body_limit = 0,
                    .handle = [ready = std::move(ready)](const net::HttpRequest&, const net::Respond& respond) {
                      const auto state = ready();
                      respond(state ? text(200, "ready") : text(503, "not ready: " + state.error().what));
                    }});
  return routes;
}

}  // namespace hotfixd::web
