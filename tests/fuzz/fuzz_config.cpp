#include <cstdint>
#include <cstdlib>

#include "bot/cli/config.hpp"

// A configuration file: read, or refused with at least one error that says what is wrong.

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto config = hotfixd::cli::parse_config({reinterpret_cast<const char*>(data), size}, "/nowhere");
  if (config) {
    if (!hotfixd::validate(config->policy).empty()) std::abort();
    return 0;
  }
  if (config.error().empty()) std::abort();
  for (const auto& error : config.error())
    if (error.what.empty()) std::abort();
  return 0;
}
