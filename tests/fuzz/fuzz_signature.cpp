#include <cstdint>
#include <cstdlib>

#include "integrations/github/webhook.hpp"

// Any signature header against one body: only the right one is believed, in either case of its digits.

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string header(reinterpret_cast<const char*>(data), size);
  static const hotfixd::common::HmacKey key("It's a Secret to Everybody");
  const bool believed = hotfixd::github::verify_signature(key, "Hello, World!", header);
  for (std::size_t i = 7; i < header.size(); ++i) {
    if (header[i] >= 'A' && header[i] <= 'F') header[i] = static_cast<char>(header[i] - 'A' + 'a');
  }
  const bool right = header == "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
  if (believed != right) std::abort();
  return 0;
}
