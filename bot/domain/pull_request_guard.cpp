#include "bot/domain/pull_request_guard.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace hotfixd {
namespace {

bool lacks(Verdict v) { return v == Verdict::absent || v == Verdict::partial || v == Verdict::regressed; }

// GitHub takes 140 bytes of a description; what is cut there would look like another one.
constexpr std::size_t kDescription = 140;

std::string fitting(std::string text) {
  constexpr std::string_view kMore = "…";
  if (text.size() <= kDescription) return text;
  auto end = kDescription - kMore.size();
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;  // not inside of a character
  return text.substr(0, end).append(kMore);
}

PullRequestStatus said_of(const JudgedPullRequest& judged) {
  const auto& base = judged.pull_request.base;
  if (judged.conflict) return {CheckState::pending, fmt::format("conflicts with {}, so it cannot be judged", base)};
  if (!judged.unknown.empty()) return {CheckState::pending, "not judged: " + judged.unknown};
  std::vector<std::string> lost, touched, brought, lacking;
  for (const auto& [name, before, after] : judged.hotfixes) {
    // A line that has it in another form has it.
    const bool had = !lacks(before) && before != Verdict::unknown;
    if (had && lacks(after))
      lost.push_back(name);
    else if (before == Verdict::present && after != Verdict::present)
      touched.push_back(name);
    else if (!had && after == Verdict::present)
      brought.push_back(name);
    else if (lacks(after))
      lacking.push_back(name);
  }
  if (!lost.empty()) return {CheckState::failed, fmt::format("would take {} out of {}", fmt::join(lost, ", "), base)};
  if (!touched.empty())
    return {CheckState::passed, fmt::format("changes what {} fixed in {}: look at it", fmt::join(touched, ", "), base)};
  if (!brought.empty()) return {CheckState::passed, fmt::format("brings {} to {}", fmt::join(brought, ", "), base)};
  if (!lacking.empty())
    return {CheckState::passed, fmt::format("takes nothing away; {} lacks {}", base, fmt::join(lacking, ", "))};
  if (!judged.untold.empty())
    return {CheckState::passed, fmt::format("takes nothing away; not judged: {}", fmt::join(judged.untold, ", "))};
  return {CheckState::passed, "carries every shipped hotfix"};
}

}  // namespace

std::string PullRequestStatus::text() const { return fmt::format("{}: {}", to_string(state), description); }

PullRequestStatus status_of(const JudgedPullRequest& judged) {
  auto status = said_of(judged);
  status.description = fitting(std::move(status.description));
  return status;
}

PullRequestStatus worst_of(const std::vector<PullRequestStatus>& all) {
  const auto weight = [](const PullRequestStatus& s) {
    return s.state == CheckState::failed ? 2 : s.state == CheckState::pending ? 1 : 0;
  };
  const auto found = std::ranges::max_element(all, {}, weight);
  return found == all.end() ? PullRequestStatus{} : *found;
}

}  // namespace hotfixd
