#include "integrations/common/links.hpp"
#include "integrations/github/api_errors.hpp"
#include "tests/fuzz/fuzz_reply.hpp"

// An answer of GitHub's API. The next page's address is a part of what was sent.

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hotfixd;
  const auto response = response_of(data, size);
  const auto header = std::string(response.header("link"));
  const auto next = common::link_to(header, "next");
  require(header.contains(next), "an address that was not there");
  require(!next.contains('>'), "an address that goes on behind its end");
  for (const auto shown : {github::Shown::app, github::Shown::installation, github::Shown::token})
    check_reply(github::read_reply("GET /repos/acme/shop", response, shown, Time{Seconds{1'794'690'000}}), response);
  return 0;
}
