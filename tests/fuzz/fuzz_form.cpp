#include <cstdint>
#include <cstdlib>

#include "integrations/github/webhook.hpp"

// First line: the content type; the rest: the body. Unwrapped or refused with a reason.

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto end = input.find('\n');
  const std::string_view type = input.substr(0, end);
  const std::string_view body = end == std::string_view::npos ? std::string_view{} : input.substr(end + 1);
  const auto json = hotfixd::github::json_of(type, body);
  if (json ? json->size() > body.size() : json.error().what.empty()) std::abort();
  return 0;
}
