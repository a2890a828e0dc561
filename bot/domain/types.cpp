#include "bot/domain/types.hpp"

#include <fmt/format.h>

#include <utility>

// The one table of names for every enum: read in both directions.

namespace hotfixd {
namespace {

template <typename Enum, std::size_t N>
using Names = std::array<std::pair<Enum, std::string_view>, N>;

constexpr Names<Severity, 4> kSeverity{
    {{Severity::sev1, "sev1"}, {Severity::sev2, "sev2"}, {Severity::sev3, "sev3"}, {Severity::sev4, "sev4"}}};
constexpr Names<Role, 5> kRole{{{Role::commander, "commander"},
                                {Role::owner, "owner"},
                                {Role::communications, "communications"},
                                {Role::scribe, "scribe"},
                                {Role::releaser, "releaser"}}};
constexpr Names<Assessment, 4> kAssessment{{{Assessment::reproduced, "reproduced"},
                                            {Assessment::not_reproduced, "not-reproduced"},
                                            {Assessment::config, "config"},
                                            {Assessment::not_a_hotfix, "not-a-hotfix"}}};
constexpr Names<Mitigation, 3> kMitigation{
    {{Mitigation::rollback, "rollback"}, {Mitigation::flag, "flag"}, {Mitigation::hotfix, "hotfix"}}};
constexpr Names<CheckState, 4> kCheckState{{{CheckState::pending, "pending"},
                                            {CheckState::passed, "passed"},
                                            {CheckState::failed, "failed"},
                                            {CheckState::skipped, "skipped"}}};
constexpr Names<ReviewVerdict, 4> kReviewVerdict{{{ReviewVerdict::approved, "approved"},
                                                  {ReviewVerdict::changes_requested, "changes_requested"},
                                                  {ReviewVerdict::dismissed, "dismissed"},
                                                  {ReviewVerdict::commented, "commented"}}};
constexpr Names<ObligationKind, 7> kObligationKind{{{ObligationKind::merge_back, "merge_back"},
                                                    {ObligationKind::rca, "rca"},
                                                    {ObligationKind::rca_review, "rca_review"},
                                                    {ObligationKind::action_item, "action_item"},
                                                    {ObligationKind::verification, "verification"},
                                                    {ObligationKind::stakeholder_update, "stakeholder_update"},
                                                    {ObligationKind::flag_clean_up, "flag_clean_up"}}};
constexpr Names<ObligationState, 3> kObligationState{
    {{ObligationState::open, "open"}, {ObligationState::met, "met"}, {ObligationState::overridden, "overridden"}}};
constexpr Names<Gate, 5> kGate{{{Gate::branch, "branch"},
                                {Gate::ci, "ci"},
                                {Gate::approvals, "approvals"},
                                {Gate::scope, "scope"},
                                {Gate::close, "close"}}};
constexpr Names<DeploymentOutcome, 3> kDeploymentOutcome{{{DeploymentOutcome::succeeded, "succeeded"},
                                                          {DeploymentOutcome::failed, "failed"},
                                                          {DeploymentOutcome::unknown, "unknown"}}};
constexpr Names<Finding, 5> kFinding{{{Finding::dependency, "dependency"},
                                      {Finding::config, "config"},
                                      {Finding::formatting_only, "formatting_only"},
                                      {Finding::rename_only, "rename_only"},
                                      {Finding::unrelated, "unrelated"}}};
constexpr Names<PortMode, 2> kPortMode{{{PortMode::merge, "merge"}, {PortMode::cherry_pick, "cherry-pick"}}};
constexpr Names<MergeMethod, 3> kMergeMethod{
    {{MergeMethod::merge, "merge"}, {MergeMethod::squash, "squash"}, {MergeMethod::rebase, "rebase"}}};
constexpr Names<PullRequestStatusWhen, 3> kPullRequestStatusWhen{{{PullRequestStatusWhen::never, "never"},
                                                                  {PullRequestStatusWhen::shipped, "shipped"},
                                                                  {PullRequestStatusWhen::always, "always"}}};
constexpr Names<ReleaseLines, 2> kReleaseLines{{{ReleaseLines::all, "all"}, {ReleaseLines::newer, "newer"}}};
constexpr Names<TestOutcome, 3> kTestOutcome{
    {{TestOutcome::passed, "passed"}, {TestOutcome::failed, "failed"}, {TestOutcome::not_run, "not_run"}}};
constexpr Names<Source, 7> kSource{{{Source::said, "said"},
                                    {Source::message, "message"},
                                    {Source::alert, "alert"},
                                    {Source::forge, "forge"},
                                    {Source::git, "git"},
                                    {Source::bot, "bot"},
                                    {Source::clock, "clock"}}};
constexpr Names<Verdict, 8> kVerdict{{{Verdict::unknown, "UNKNOWN"},
                                      {Verdict::present, "PRESENT"},
                                      {Verdict::partial, "PARTIAL"},
                                      {Verdict::absent, "ABSENT"},
                                      {Verdict::regressed, "REGRESSED"},
                                      {Verdict::adapted, "ADAPTED"},
                                      {Verdict::changed_since, "CHANGED_SINCE"},
                                      {Verdict::moot, "MOOT"}}};
constexpr Names<Status, 9> kStatus{{{Status::declared, "declared"},
                                    {Status::mitigating, "mitigating"},
                                    {Status::fixing, "fixing"},
                                    {Status::shipped, "shipped"},
                                    {Status::verifying, "verifying"},
                                    {Status::resolved, "resolved"},
                                    {Status::closing, "closing"},
                                    {Status::closed, "closed"},
                                    {Status::not_a_hotfix, "not a hotfix"}}};
constexpr Names<RcaField, 8> kRcaField{{{RcaField::summary, "summary"},
                                        {RcaField::impact, "impact"},
                                        {RcaField::root_cause, "root_cause"},
                                        {RcaField::why_reached_production, "why_reached_production"},
                                        {RcaField::what_would_catch_it, "what_would_catch_it"},
                                        {RcaField::category, "category"},
                                        {RcaField::went_well, "went_well"},
                                        {RcaField::went_badly, "went_badly"}}};

template <typename Enum, std::size_t N>
std::string_view name_in(const Names<Enum, N>& names, Enum value) {
  for (const auto& [v, name] : names)
    if (v == value) return name;
  return "?";
}

template <typename Enum, std::size_t N>
std::optional<Enum> value_in(const Names<Enum, N>& names, std::string_view wanted) {
  for (const auto& [v, name] : names)
    if (name == wanted) return v;
  return std::nullopt;
}

}  // namespace

#define HOTFIXD_NAMES(Enum)                                                  \
  std::string_view to_string(Enum value) { return name_in(k##Enum, value); } \
  template <>                                                                \
  std::optional<Enum> from_string<Enum>(std::string_view name) {             \
    return value_in(k##Enum, name);                                          \
  }

HOTFIXD_NAMES(Severity)
HOTFIXD_NAMES(Role)
HOTFIXD_NAMES(Assessment)
HOTFIXD_NAMES(Mitigation)
HOTFIXD_NAMES(CheckState)
HOTFIXD_NAMES(ReviewVerdict)
HOTFIXD_NAMES(ObligationKind)
HOTFIXD_NAMES(ObligationState)
HOTFIXD_NAMES(Gate)
HOTFIXD_NAMES(DeploymentOutcome)
HOTFIXD_NAMES(Finding)
HOTFIXD_NAMES(PortMode)
HOTFIXD_NAMES(MergeMethod)
HOTFIXD_NAMES(PullRequestStatusWhen)
HOTFIXD_NAMES(ReleaseLines)
HOTFIXD_NAMES(TestOutcome)
HOTFIXD_NAMES(Source)
HOTFIXD_NAMES(Verdict)
HOTFIXD_NAMES(Status)
HOTFIXD_NAMES(RcaField)
#undef HOTFIXD_NAMES

std::string rca_category(std::string_view typed) {
  std::string wanted;
  for (const char ch : typed)
    wanted += ch >= 'A' && ch <= 'Z' ? static_cast<char>(ch - 'A' + 'a') : ch == '-' || ch == '_' ? ' ' : ch;
  if (wanted.size() == 1 && wanted[0] >= '1' && wanted[0] < static_cast<char>('1' + kRcaCategories.size()))
    return std::string(kRcaCategories[static_cast<std::size_t>(wanted[0] - '1')]);
  const std::string other(kRcaCategories.back());
  if (wanted.starts_with(other + ":")) return other + std::string(typed.substr(other.size()));
  std::string found;
  for (const auto category : kRcaCategories) {
    if (category == wanted) return std::string(category);
    if (wanted.empty() || category.find(wanted) == std::string_view::npos) continue;
    if (!found.empty()) return fmt::format("{}: {}", other, typed);
    found = category;
  }
  return found.empty() ? fmt::format("{}: {}", other, typed) : found;
}

std::string rca_categories() {
  std::string all;
  for (std::size_t n = 0; n < kRcaCategories.size(); ++n)
    all += fmt::format("{}{} = {}", n == 0 ? "" : ", ", n + 1, kRcaCategories[n]);
  return all;
}

}  // namespace hotfixd
