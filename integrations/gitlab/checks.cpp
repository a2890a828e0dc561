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

std::string pipeline_context(std::string_view source, std::uint64_t id) {
  return fmt::format("pipeline ({}{}{})", source, source.empty() ? "" : ", ", id);
}

std::string job_context(std::string_view name, std::uint64_t pipeline) {
  return pipeline == 0 ? std::string(name) : fmt::format("{} (pipeline {})", name, pipeline);
}

std::string failed_step(std::string_view stage, std::string_view reason) {
  return fmt::format("{}{}{}", stage, stage.empty() || reason.empty() ? "" : ": ", reason);
}

}  // namespace hotfixd::gitlab
