#include <cstdint>

#include "tests/fuzz/slack_promises.hpp"

// First line: the content type; the rest: the body of a request.

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hotfixd;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto end = input.find('\n');
  const std::string_view body = end == std::string_view::npos ? std::string_view{} : input.substr(end + 1);
  slack::check_promises(
      slack::decode_http({.content_type = input.substr(0, end), .body = body, .retry_num = {}, .retry_reason = {}},
                         {"U0BOT", "B0BOT", "A0"}));
  return 0;
}
