#include "integrations/slack/signature.hpp"

#include <algorithm>
#include <charconv>

namespace hotfixd::slack {
namespace {

constexpr std::string_view kScheme = "v0=";

std::optional<std::int64_t> seconds_in(std::string_view text) {
  constexpr std::size_t kMostDigits = 11;
  if (text.empty() || text.size() > kMostDigits) return std::nullopt;
  if (!std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; })) return std::nullopt;
  std::int64_t seconds = 0;
  std::from_chars(text.data(), text.data() + text.size(), seconds);
  return seconds;
}

}  // namespace

std::string_view to_string(Distrust reason) {
  switch (reason) {
    case Distrust::missing:
      return "the request is not signed";
    case Distrust::malformed_timestamp:
      return "the timestamp is not a number of seconds";
    case Distrust::too_old:
      return "the request is older than five minutes";
    case Distrust::too_far_ahead:
      return "the request is more than five minutes ahead of our clock";
    case Distrust::wrong:
      return "the signature is wrong";
  }
  return {};
}

std::expected<void, Distrust> verify_signature(const common::HmacKey& key, std::string_view timestamp,
                                               std::string_view body, std::string_view signature, Time now) {
  if (key.empty() || timestamp.empty() || signature.empty()) return std::unexpected(Distrust::missing);
  const auto sent = seconds_in(timestamp);
  if (!sent) return std::unexpected(Distrust::malformed_timestamp);
  const std::int64_t ours = std::chrono::floor<Seconds>(now).time_since_epoch().count();
  if (ours - *sent > kSignatureWindow.count()) return std::unexpected(Distrust::too_old);
  if (*sent - ours > kSignatureWindow.count()) return std::unexpected(Distrust::too_far_ahead);
  if (!signature.starts_with(kScheme) || !key.verifies({"v0:", timestamp, ":", body}, signature.substr(kScheme.size())))
    return std::unexpected(Distrust::wrong);
  return {};
}

}  // namespace hotfixd::slack
