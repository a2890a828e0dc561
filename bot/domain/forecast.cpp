#include "bot/domain/forecast.hpp"

#include <algorithm>
#include <array>

namespace hotfixd {
namespace {

constexpr std::array<std::pair<Outlook, std::string_view>, 4> kNames{{{Outlook::clean, "clean"},
                                                                      {Outlook::conflicts, "conflicts"},
                                                                      {Outlook::present, "present"},
                                                                      {Outlook::unknown, "unknown"}}};

}  // namespace

std::string_view to_string(Outlook outlook) {
  const auto it = std::ranges::find(kNames, outlook, [](const auto& named) { return named.first; });
  return it == kNames.end() ? std::string_view{} : it->second;
}

template <>
std::optional<Outlook> from_string<Outlook>(std::string_view name) {
  const auto it = std::ranges::find(kNames, name, [](const auto& named) { return named.second; });
  return it == kNames.end() ? std::nullopt : std::optional(it->first);
}

bool warns(const Forecast& forecast) {
  return !forecast.pull_requests.empty() ||
         std::ranges::find(forecast.lines, Outlook::conflicts, &LineForecast::outlook) != forecast.lines.end();
}

// What could not be read or looked at comes and goes.
bool says_the_same(const Forecast& a, const Forecast& b) {
  const auto alike = [](const LineForecast& x, const LineForecast& y) {
    return x.target == y.target && x.outlook == y.outlook && x.why == y.why && x.files == y.files;
  };
  // An erased title is the one that was there.
  const auto same_pull_request = [](const OverlappingPullRequest& x, const OverlappingPullRequest& y) {
    auto z = y;
    if (x.title.value == kRedacted) z.title = x.title;
    return x == z;
  };
  return std::ranges::equal(a.lines, b.lines, alike) &&
         std::ranges::equal(a.pull_requests, b.pull_requests, same_pull_request);
}

}  // namespace hotfixd
