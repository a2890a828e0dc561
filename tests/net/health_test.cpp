#include "bot/web/health.hpp"

#include <gtest/gtest.h>

namespace hotfixd::web {
namespace {

std::string ask(const std::vector<net::Route>& routes, std::string_view path) {
  std::string answer = "no such route";
  for (const auto& route : routes) {
    if (route.method == "GET" && route.path == path) {
      route.handle({}, [&](const net::HttpResponse& r) { answer = std::to_string(r.status) + " " + r.body; });
    }
  }
  return answer;
}

TEST(Health, AliveAndReadyAreTwoQuestions) {
  Result<void> state;
  const auto routes = health_routes([&] { return state; });
  EXPECT_EQ(ask(routes, "/healthz"), "200 ok");
  EXPECT_EQ(ask(routes, "/readyz"), "200 ready");
  state = std::unexpected(Problem{.kind = Problem::Kind::full, .what = "the disk is full"});
  EXPECT_EQ(ask(routes, "/healthz"), "200 ok");
  EXPECT_EQ(ask(routes, "/readyz"), "503 not ready: the disk is full");
}

}  // namespace
}  // namespace hotfixd::web
