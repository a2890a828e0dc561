#include "integrations/github/redelivery.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "integrations/common/fields.hpp"
#include "integrations/github/needs.hpp"

namespace hotfixd::github {
namespace {

constexpr Seconds kKept = std::chrono::days{3};
constexpr std::size_t kAtOnce = 20;  // GitHub counts writes: 80 in a minute
constexpr std::size_t kGuidLimit = 100;

struct Lost {
  std::string guid;
  std::uint64_t id = 0;  // of the latest attempt
  Time at{};
};

bool is_read(std::string_view event) {
  return std::ranges::any_of(needs(), [&](const Need& need) { return need.event == event; });
}

// The oldest first. Attempts at one delivery share their guid; the list begins with the latest.
std::vector<Lost> lost_of(const std::vector<nlohmann::json>& deliveries, Time since) {
  std::vector<Lost> lost;
  std::set<std::string> arrived;
  for (const auto& one : deliveries) {
    common::Fields in(one);
    const auto guid = in.text_if_any("guid", kGuidLimit);
    const auto status = in.number_if_any("status_code");
    const auto at = in.time("delivered_at");
    const auto id = in.number_if_any("id");
    const auto event = in.text_if_any("event");
    if (in.problem() || guid.empty() || id == 0 || !at) continue;
    if (status >= 200 && status < 400) arrived.insert(guid);
    if (*at >= since && is_read(event) && std::ranges::find(lost, guid, &Lost::guid) == lost.end())
      lost.push_back({guid, id, *at});
  }
  std::erase_if(lost, [&](const Lost& l) { return arrived.contains(l.guid); });
  std::ranges::sort(lost, {}, &Lost::at);
  return lost;
}

}  // namespace

std::expected<int, ApiFailure> Redelivery::look() {
  const auto all = api_.list("/app/hook/deliveries?per_page=100");
  if (!all) return std::unexpected(all.error());
  auto lost = lost_of(all->items, clock_.now() - kKept);
  std::erase_if(lost, [&](const Lost& l) { return asked_.contains(l.guid); });
  if (lost.size() > kAtOnce) lost.resize(kAtOnce);
  int asked = 0;
  for (const auto& one : lost) {
    const auto answer = api_.post(fmt::format("/app/hook/deliveries/{}/attempts", one.id), nullptr);
    // What may have arrived is not asked for twice.
    if (answer || answer.error().may_have_arrived || !answer.error().retryable()) asked_.insert(one.guid);
    if (answer)
      ++asked;
    else if (answer.error().retryable() || answer.error().kind == Problem::Kind::credentials)
      return std::unexpected(answer.error());
  }
  return asked;
}

}  // namespace hotfixd::github
