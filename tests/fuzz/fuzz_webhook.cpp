#include <cstdint>
#include <cstdlib>

#include "integrations/github/webhook.hpp"

// A webhook's body as every kind of event: read or refused with a reason, never worse.

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hotfixd;
  static const Policy policy = [] {
    Policy p;
    p.repositories = {{.name = "shop", .github = "acme/shop"}};
    return p;
  }();
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  for (const std::string_view event :
       {"push", "create", "pull_request", "pull_request_review", "check_run", "check_suite", "status", "workflow_run",
        "deployment_status", "release", "ping"}) {
    const auto decoded = github::decode(event, body, policy);
    if (!decoded) {
      if (decoded.error().kind != Problem::Kind::invalid || decoded.error().what.empty()) std::abort();
      continue;
    }
    if (decoded->events.empty() == decoded->ignored_because.empty()) std::abort();
    for (const auto& e : decoded->events) {
      if (e.repository != "shop") std::abort();
    }
  }
  return 0;
}
