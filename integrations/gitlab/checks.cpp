#include "integrations/gitlab/checks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace hotfixd::gitlab {
namespace {

bool unfinished(std::string_view status) {
  constexpr std::array<std::string_view, 9> kUnfinished{"created",   "waiting_for_resource",
                                                        "preparing", "waiting_for_callback",
                                                        "pending",   "running",
                                                        "scheduled", "canceling",
                                                        "manual"};
  return std::ranges::find(kUnfinished, status) != kUnfinished.end();
}

}  // namespace

CheckState pipeline_state(std::string_view status) {
  if (unfinished(status)) return CheckState::pending;
  if (status == "success") return CheckState::passed;
  if (status == "skipped") return CheckState::skipped;
  return CheckState::failed;
}

CheckState job_state(std::string_view status, bool may_fail) {
  if (status == "manual" && may_fail) return CheckState::skipped;
  const auto state = pipeline_state(status);
  return state == CheckState::failed && may_fail ? CheckState::skipped : state;
}

bool counts_alone(std::string_view source) { return source == "parent_pipeline" || source == "external"; }

std::string suite_of(std::string_view ref, bool alone, std::uint64_t pipeline) {
  if (alone) return fmt::to_string(pipeline);
  constexpr std::string_view kMergeRequest = "refs/merge-requests/";
  if (!ref.starts_with(kMergeRequest)) return std::string(ref);
  const auto rest = ref.substr(kMergeRequest.size());
  return fmt::format("!{}", rest.substr(0, rest.find('/')));
}

std::string pipeline_context(std::string_view suite, bool is_child) {
  return job_context(is_child ? "child pipeline" : "pipeline", suite);
}

std::string job_context(std::string_view name, std::string_view suite) {
  return fmt::format("{} (suite {})", name, suite);
}

std::string status_context(std::string_view name, std::string_view suite) {
  return fmt::format("{} (suite {}, status)", name, suite);
}

std::optional<std::uint64_t> pipeline_sequence(std::uint64_t pipeline, std::uint64_t newest_job) {
  constexpr std::uint64_t kSlotBits = 30, kPipelineBits = 33, kJobBits = 40, kStepBits = 11;
  constexpr auto kExact = std::uint64_t{1} << (kSlotBits - 1);
  static_assert(kExact + (((std::uint64_t{1} << kJobBits) - 1 - kExact) >> kStepBits) < std::uint64_t{1} << kSlotBits);
  if (pipeline >> kPipelineBits != 0 || newest_job >> kJobBits != 0) return std::nullopt;
  const auto slot = newest_job < kExact ? newest_job : kExact + ((newest_job - kExact) >> kStepBits);
  return (pipeline << kSlotBits) | slot;
}

std::string failed_step(std::string_view stage, std::string_view reason) {
  return fmt::format("{}{}{}", stage, stage.empty() || reason.empty() ? "" : ": ", reason);
}

}  // namespace hotfixd::gitlab
