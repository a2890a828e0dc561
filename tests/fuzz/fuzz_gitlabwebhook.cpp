#include <cstdint>

#include "integrations/gitlab/webhook.hpp"
#include "tests/fuzz/require.hpp"

// The body of a webhook of GitLab's: read or refused with a reason, never worse; and nothing of another project.

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hotfixd;
  static const auto policy = [](const char* forge) {
    Policy p;
    p.repositories = {{.name = "shop", .gitlab = "acme/web/shop", .forge = forge}};
    return p;
  };
  static const Policy alone = policy(""), asked = policy("GitLab");
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  for (const auto* p : {&alone, &asked}) {
    const auto decoded = gitlab::decode(body, *p);
    if (!decoded) {
      require(decoded.error().kind == Problem::Kind::invalid && !decoded.error().what.empty(), "no reason");
      continue;
    }
    require(decoded->events.empty() != decoded->ignored_because.empty(), "neither read nor ignored, or both");
    for (const auto& e : decoded->events) {
      require(e.repository == "shop", "of another project");
      if (const auto* check = std::get_if<forge::Check>(&e.fact))
        require(!check->sha.empty() && !check->context.empty(), "a check of nothing");
      if (const auto* pr = std::get_if<forge::PullRequest>(&e.fact))
        require(pr->number != 0 || body.contains("0"), "a merge request without a number");
    }
  }
  return 0;
}
