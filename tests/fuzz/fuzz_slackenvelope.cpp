#include <cstdint>

#include "tests/fuzz/slack_promises.hpp"

// A frame of Socket Mode; the same bytes as the body of an event.

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hotfixd;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const slack::Self self{"U0BOT", "B0BOT", "A0"};
  slack::check_promises(slack::decode_frame(input, self));
  slack::check_promises(slack::decode_http(
      {.content_type = "application/json", .body = input, .retry_num = {}, .retry_reason = {}}, self));
  return 0;
}
