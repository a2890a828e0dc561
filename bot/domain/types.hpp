// The vocabulary of the domain: the same words as in the commands, the tables and the manual.
#pragma once

#include <array>
#include <map>
#include <set>

#include "bot/domain/basics.hpp"

namespace hotfixd {

enum class Severity { sev1 = 1, sev2, sev3, sev4 };
enum class Role { commander, owner, communications, scribe, releaser };
enum class Assessment { reproduced, not_reproduced, config, not_a_hotfix };
enum class Mitigation { rollback, flag, hotfix };
enum class CheckState { pending, passed, failed, skipped };
enum class ReviewVerdict { approved, changes_requested, dismissed, commented };
enum class ObligationKind { merge_back, rca, rca_review, action_item, verification, stakeholder_update, flag_clean_up };
enum class ObligationState { open, met, overridden };
enum class Gate { branch, ci, approvals, scope, close };
enum class DeploymentOutcome { succeeded, failed, unknown };  // unknown: nobody said how it ended in the time it had

// What stands out in a hotfix's change. It is said, and closes no gate.
enum class Finding {
  dependency,       // a manifest or a lock file of dependencies
  config,           // settings: of the program, of CI, of what it runs on
  formatting_only,  // no change is left when white space is ignored
  rename_only,      // another name or mode, the same content
  unrelated,        // outside of the paths that the service or the repository names
};
struct ScopeFinding {
  Finding kind{};
  std::string path;
  auto operator<=>(const ScopeFinding&) const = default;
};
// This check counts only from what the rules of the forge name, spelt as forge::Check::source.
struct CheckSource {
  std::string check, source;
  bool operator==(const CheckSource&) const = default;
};

// How a fix is carried to another line: one merge of the hotfix, or its own commits one by one.
enum class PortMode { merge, cherry_pick };

// When kMergeBackContext is set on open pull requests: while a shipped hotfix is watched, or always.
enum class PullRequestStatusWhen { never, shipped, always };

// Which of the merge-back lines whose name carries a version count: all, or those that are not older than what the
// hotfix was cut from.
enum class ReleaseLines { all, newer };

// How a regression test on a line ended. not_run: it says nothing of the fix.
enum class TestOutcome { passed, failed, not_run };

// How the forge merges a pull request. merge: as the forge's settings say, on GitHub a merge commit.
enum class MergeMethod { merge, squash, rebase };

// Where a fact came from. `said`: a person typed it as a command and the bot has not seen it itself.
enum class Source : std::uint8_t { said, message, alert, forge, git, bot, clock };

// Does the target line carry the fix? See integrations/git/README.md for the ladder.
enum class Verdict {
  unknown,  // could not be judged: a person must look
  present,  // the three-way merge proves it
  partial,  // some of the hotfix's hunks are there
  absent,
  regressed,      // it was there, and is gone again
  adapted,        // landed with a hand-made resolution: needs an acknowledgement
  changed_since,  // landed, and the same text was changed afterwards: needs an acknowledgement
  moot,           // the files are gone from the target: needs an acknowledgement
};

enum class Status {
  declared,
  mitigating,
  fixing,
  shipped,
  verifying,
  resolved,
  closing,  // resolved and nothing open: `close` will succeed
  closed,
  not_a_hotfix,
};

// The RCA's fields in the order they are asked. The first `kRcaRequired` must be set to submit.
enum class RcaField {
  summary,
  impact,
  root_cause,
  why_reached_production,
  what_would_catch_it,
  category,
  went_well,
  went_badly,
};
inline constexpr std::size_t kRcaRequired = 6;

// Root causes are counted over months, so their categories are a closed list; the last one takes a text.
inline constexpr std::array<std::string_view, 8> kRcaCategories{"regression test gap",
                                                                "missing coverage on a critical path",
                                                                "environment/config difference",
                                                                "untested edge case",
                                                                "process",
                                                                "third party",
                                                                "capacity",
                                                                "other"};
// The category that `typed` names: its number from 1, its name or a part of it that only one has, in any case.
// What is none of them becomes "other: <typed>".
std::string rca_category(std::string_view typed);
// All of them with their numbers, as people are told: "1 = regression test gap, 2 = …".
std::string rca_categories();

// Names as typed, stored and shown ("sev2", "not-a-hotfix", "merge_back", "PRESENT").
std::string_view to_string(Severity);
std::string_view to_string(Role);
std::string_view to_string(Assessment);
std::string_view to_string(Mitigation);
std::string_view to_string(CheckState);
std::string_view to_string(ReviewVerdict);
std::string_view to_string(ObligationKind);
std::string_view to_string(ObligationState);
std::string_view to_string(Gate);
std::string_view to_string(DeploymentOutcome);
std::string_view to_string(Finding);
std::string_view to_string(PortMode);
std::string_view to_string(MergeMethod);
std::string_view to_string(PullRequestStatusWhen);
std::string_view to_string(ReleaseLines);
std::string_view to_string(TestOutcome);
std::string_view to_string(Source);
std::string_view to_string(Verdict);
std::string_view to_string(Status);
std::string_view to_string(RcaField);

// The value whose name is exactly `name`; nothing otherwise.
template <typename Enum>
std::optional<Enum> from_string(std::string_view name) = delete;
template <>
std::optional<Severity> from_string<Severity>(std::string_view name);
template <>
std::optional<Role> from_string<Role>(std::string_view name);
template <>
std::optional<Assessment> from_string<Assessment>(std::string_view name);
template <>
std::optional<Mitigation> from_string<Mitigation>(std::string_view name);
template <>
std::optional<CheckState> from_string<CheckState>(std::string_view name);
template <>
std::optional<ReviewVerdict> from_string<ReviewVerdict>(std::string_view name);
template <>
std::optional<ObligationKind> from_string<ObligationKind>(std::string_view name);
template <>
std::optional<ObligationState> from_string<ObligationState>(std::string_view name);
template <>
std::optional<Gate> from_string<Gate>(std::string_view name);
template <>
std::optional<DeploymentOutcome> from_string<DeploymentOutcome>(std::string_view name);
template <>
std::optional<Finding> from_string<Finding>(std::string_view name);
template <>
std::optional<PortMode> from_string<PortMode>(std::string_view name);
template <>
std::optional<MergeMethod> from_string<MergeMethod>(std::string_view name);
template <>
std::optional<PullRequestStatusWhen> from_string<PullRequestStatusWhen>(std::string_view name);
template <>
std::optional<ReleaseLines> from_string<ReleaseLines>(std::string_view name);
template <>
std::optional<TestOutcome> from_string<TestOutcome>(std::string_view name);
template <>
std::optional<Source> from_string<Source>(std::string_view name);
template <>
std::optional<Verdict> from_string<Verdict>(std::string_view name);
template <>
std::optional<Status> from_string<Status>(std::string_view name);
template <>
std::optional<RcaField> from_string<RcaField>(std::string_view name);

// True when the verdict can only be accepted by a person who looked (`/hotfix mergeback ack`).
constexpr bool needs_ack(Verdict v) {
  return v == Verdict::unknown || v == Verdict::adapted || v == Verdict::changed_since || v == Verdict::moot;
}

}  // namespace hotfixd
