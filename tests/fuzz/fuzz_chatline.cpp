#include <cstdint>
#include <cstdlib>

#include "bot/cli/chat_protocol.hpp"

// A line on chat.sock, in either direction: read, or refused with a reason that can be said on the same line. What was
// read is written and read again: the same, and within the limit.

namespace {

template <typename Decode>
void check(std::string_view line, Decode decode) {
  namespace wire = hotfixd::cli::wire;
  const auto said = decode(line);
  if (!said) {
    if (said.error().empty() || wire::encode(wire::FromBot(wire::Farewell{said.error()})).size() > wire::longest_line)
      std::abort();
    return;
  }
  const auto once = wire::encode(*said);
  if (once.size() > wire::longest_line || once.find('\n') != std::string::npos) std::abort();
  const auto again = decode(once);
  if (!again || wire::encode(*again) != once) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view line(reinterpret_cast<const char*>(data), size);
  check(line, [](std::string_view l) { return hotfixd::cli::wire::decode_from_client(l); });
  check(line, [](std::string_view l) { return hotfixd::cli::wire::decode_from_bot(l); });
  return 0;
}
