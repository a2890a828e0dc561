// Decoded webhooks of a forge as text, every field of them, so that a test compares the whole reading.
#pragma once

#include <fmt/format.h>

#include "bot/domain/input.hpp"
#include "bot/domain/zone.hpp"

namespace hotfixd::test {

struct DescribeFact {
  std::string_view request;  // "pull request"
  char sign;                 // in front of its number

  std::string operator()(const forge::PullRequest& f) const {
    static constexpr std::string_view kActions[] = {"opened", "updated", "closed", "reopened", "merged"};
    return fmt::format("{} {} {}{} '{}' {} {}@{} -> {} landing [{}] by {}{}", request,
                       kActions[static_cast<std::size_t>(f.action)], sign, f.number, f.title, f.url, f.head_branch,
                       f.head_sha, f.base, f.landing_sha, f.author_login, f.draft ? " draft" : "");
  }
  std::string operator()(const forge::Review& f) const {
    return fmt::format("review {} {}{} {}@{} by {}", to_string(f.verdict), sign, f.number, f.head_branch, f.sha,
                       f.login);
  }
  std::string operator()(const forge::Check& f) const {
    return fmt::format("check {} '{}' {} [{}] seq {} on [{}]{}", to_string(f.state), f.context, f.sha, f.url,
                       f.sequence, f.branch, (f.step.empty() ? "" : " at " + f.step) + (f.rollup ? " sums up" : ""));
  }
  std::string operator()(const forge::Push& f) const {
    return fmt::format("push {} [{}]..[{}]{}{}{}{}", f.ref, f.before, f.after, f.created ? " created" : "",
                       f.deleted ? " deleted" : "", f.forced ? " forced" : "", f.by_program ? " by a program" : "");
  }
  std::string operator()(const forge::TagCreated& f) const { return "tag " + f.tag; }
  std::string operator()(const forge::Deployment& f) const {
    static constexpr std::string_view kStates[] = {"pending", "succeeded", "failed"};
    return fmt::format("deployment {} {}@{} to {} [{}]", kStates[static_cast<std::size_t>(f.state)], f.ref, f.sha,
                       f.environment, f.url);
  }
  std::string operator()(const forge::Released& f) const { return fmt::format("released {} [{}]", f.tag, f.url); }
};

inline std::string describe(const ForgeEvent& event, std::string_view request, char sign) {
  return fmt::format("{} {} {}: {}", event.repository, event.at ? format_rfc3339(*event.at) : "-", event.login,
                     std::visit(DescribeFact{request, sign}, event.fact));
}

// Of a room's Decoded.
template <typename Decoded>
std::string describe(const Result<Decoded>& decoded, std::string_view request, char sign) {
  if (!decoded) return "problem: " + decoded.error().what;
  std::string all;
  for (const auto& event : decoded->events) all += (all.empty() ? "" : "\n") + describe(event, request, sign);
  return decoded->events.empty() ? "ignored: " + decoded->ignored_because : all;
}

}  // namespace hotfixd::test
