#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "integrations/common/hmac.hpp"
#include "integrations/slack/signature.hpp"

// First line: the timestamp; second: the signature; the rest: the body. Only what was signed within the
// five minutes is believed.

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hotfixd;
  static const common::HmacKey key("8f742231b10e8888abcd99yyyzzz85a5");
  constexpr std::int64_t kNow = 1531420618;
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  const auto line = [&] {
    const auto end = rest.find('\n');
    const std::string_view out = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    return out;
  };
  const std::string_view stamp = line();
  std::string signature(line());
  const bool believed = slack::verify_signature(key, stamp, rest, signature, Time{Seconds{kNow}}).has_value();
  for (std::size_t i = 3; i < signature.size(); ++i)
    if (signature[i] >= 'A' && signature[i] <= 'F') signature[i] = static_cast<char>(signature[i] - 'A' + 'a');
  const bool digits = !stamp.empty() && stamp.size() <= 11 && stamp.find_first_not_of("0123456789") == stamp.npos;
  const bool recent = digits && std::abs(std::atoll(std::string(stamp).c_str()) - kNow) <= 300;
  const bool right = signature == "v0=" + key.sign({"v0:", stamp, ":", rest});
  if (believed != (recent && right)) std::abort();
  return 0;
}
