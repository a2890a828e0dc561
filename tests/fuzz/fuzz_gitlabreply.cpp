#include "integrations/gitlab/api_errors.hpp"
#include "tests/fuzz/fuzz_reply.hpp"

// An answer of GitLab's API.

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hotfixd;
  const auto response = response_of(data, size);
  check_reply(gitlab::read_reply("GET /projects/15", response, Time{Seconds{1'794'690'000}}), response);
  return 0;
}
