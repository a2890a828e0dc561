#include <cstdint>
#include <cstdlib>
#include <sstream>

#include "bot/cli/replay_script.hpp"

// A story for `hotfixd replay`: read, or refused with the line and the reason. Nothing is played.

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::istringstream in(std::string(reinterpret_cast<const char*>(data), size));
  const auto steps = hotfixd::cli::read_script(in);
  if (!steps) {
    if (steps.error().line == 0 || steps.error().what.empty()) std::abort();
    return 0;
  }
  for (std::size_t n = 1; n < steps->size(); ++n)
    if ((*steps)[n].at < (*steps)[n - 1].at) std::abort();
  return 0;
}
