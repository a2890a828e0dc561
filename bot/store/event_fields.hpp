#pragma once

#include "bot/domain/events.hpp"
#include "bot/store/fields.hpp"

// Every event's stable type name and fields. A new event of the variant needs an entry here, and a
// golden file under tests/store/golden/ that fixes its stored form.

namespace hotfixd::store {

// The version in which each type is written now. Specialise for a type that has moved on.
template <typename EventType>
inline constexpr int kCodecVersion = 1;

template <>
struct Fields<Person> {
  static constexpr auto list = std::tuple{Field{"id", &Person::id}, Field{"name", &Person::name}};
};

template <>
inline constexpr int kCodecVersion<event::IncidentDeclared> = 2;  // 1: without a service
template <>
struct Fields<event::IncidentDeclared> {
  using E = event::IncidentDeclared;
  static constexpr std::string_view name = "incident_declared";
  static constexpr auto list = std::tuple{Field{"id", &E::id},
                                          Field{"channel", &E::channel},
                                          Field{"summary", &E::summary},
                                          Field{"severity", &E::severity},
                                          Field{"criteria", &E::criteria},
                                          Field{"below_threshold_reason", &E::below_threshold_reason},
                                          Field{"drill", &E::drill},
                                          Field{"repository", &E::repository},
                                          Field{"service", &E::service}};
};

template <>
struct Fields<event::Assessed> {
  using E = event::Assessed;
  static constexpr std::string_view name = "assessed";
  static constexpr auto list = std::tuple{Field{"verdict", &E::verdict}, Field{"why", &E::why}};
};

template <>
struct Fields<event::SeverityChanged> {
  using E = event::SeverityChanged;
  static constexpr std::string_view name = "severity_changed";
  static constexpr auto list = std::tuple{Field{"from", &E::from}, Field{"to", &E::to}, Field{"why", &E::why}};
};

template <>
struct Fields<event::RoleAssigned> {
  using E = event::RoleAssigned;
  static constexpr std::string_view name = "role_assigned";
  static constexpr auto list = std::tuple{Field{"role", &E::role}, Field{"person", &E::person}};
};

template <>
struct Fields<event::MitigationChosen> {
  using E = event::MitigationChosen;
  static constexpr std::string_view name = "mitigation_chosen";
  static constexpr auto list = std::tuple{Field{"kind", &E::kind}, Field{"what", &E::what}, Field{"why", &E::why}};
};

template <>
struct Fields<event::BranchRequested> {
  using E = event::BranchRequested;
  static constexpr std::string_view name = "branch_requested";
  static constexpr auto list = std::tuple{Field{"repository", &E::repository}, Field{"branch", &E::branch},
                                          Field{"from_tag", &E::from_tag}, Field{"channel", &E::channel, true}};
};

template <>
struct Fields<event::BranchCut> {
  using E = event::BranchCut;
  static constexpr std::string_view name = "branch_cut";
  static constexpr auto list =
      std::tuple{Field{"repository", &E::repository}, Field{"branch", &E::branch}, Field{"base_tag", &E::base_tag},
                 Field{"base_sha", &E::base_sha}, Field{"version", &E::version}};
};

template <>
struct Fields<event::BranchRefused> {
  using E = event::BranchRefused;
  static constexpr std::string_view name = "branch_refused";
  static constexpr auto list =
      std::tuple{Field{"repository", &E::repository}, Field{"branch", &E::branch}, Field{"reason", &E::reason}};
};

template <>
struct Fields<event::PullRequestOpened> {
  using E = event::PullRequestOpened;
  static constexpr std::string_view name = "pull_request_opened";
  static constexpr auto list =
      std::tuple{Field{"repository", &E::repository}, Field{"number", &E::number},    Field{"url", &E::url},
                 Field{"title", &E::title},           Field{"base", &E::base},        Field{"head_sha", &E::head_sha},
                 Field{"author", &E::author},         Field{"draft", &E::draft, true}};
};

template <>
struct Fields<event::PullRequestWanted> {
  using E = event::PullRequestWanted;
  static constexpr std::string_view name = "pull_request_wanted";
  static constexpr auto list = std::tuple{Field{"repository", &E::repository}, Field{"base", &E::base}};
};

template <>
struct Fields<CheckSource> {
  static constexpr auto list = std::tuple{Field{"check", &CheckSource::check}, Field{"source", &CheckSource::source}};
};

template <>
struct Fields<event::ForgeAsked> {
  using E = event::ForgeAsked;
  static constexpr std::string_view name = "forge_asked";
  static constexpr auto list = std::tuple{Field{"repository", &E::repository},
                                          Field{"sha", &E::sha},
                                          Field{"authors", &E::authors},
                                          Field{"required_checks", &E::required_checks},
                                          Field{"awaited", &E::awaited},
                                          Field{"unknown_authors", &E::unknown_authors},
                                          Field{"rules_known", &E::rules_known},
                                          Field{"check_sources", &E::check_sources, true},
                                          Field{"required_approvals", &E::required_approvals, true},
                                          Field{"readers", &E::readers, true},
                                          Field{"rights_unknown", &E::rights_unknown, true}};
};

template <>
struct Fields<event::ForgeRefused> {
  using E = event::ForgeRefused;
  static constexpr std::string_view name = "forge_refused";
  static constexpr auto list =
      std::tuple{Field{"repository", &E::repository}, Field{"what", &E::what}, Field{"reason", &E::reason}};
};

template <>
struct Fields<event::ReviewNagged> {
  using E = event::ReviewNagged;
  static constexpr std::string_view name = "review_nagged";
  static constexpr auto list =
      std::tuple{Field{"repository", &E::repository}, Field{"sha", &E::sha}, Field{"count", &E::count}};
};

template <>
struct Fields<event::PullRequestClosed> {
  using E = event::PullRequestClosed;
  static constexpr std::string_view name = "pull_request_closed";
  static constexpr auto list = std::tuple{Field{"repository", &E::repository}, Field{"number", &E::number}};
};

template <>
struct Fields<event::PullRequestReopened> {
  using E = event::PullRequestReopened;
  static constexpr std::string_view name = "pull_request_reopened";
  static constexpr auto list = std::tuple{Field{"repository", &E::repository}, Field{"number", &E::number}};
};

template <>
struct Fields<event::PullRequestMerged> {
  using E = event::PullRequestMerged;
  static constexpr std::string_view name = "pull_request_merged";
  static constexpr auto list = std::tuple{Field{"repository", &E::repository}, Field{"number", &E::number},
                                          Field{"base", &E::base}, Field{"landing_sha", &E::landing_sha}};
};

template <>
struct Fields<event::HeadMoved> {
  using E = event::HeadMoved;
  static constexpr std::string_view name = "head_moved";
  static constexpr auto list = std::tuple{Field{"repository", &E::repository}, Field{"sha", &E::sha},
                                          Field{"authors", &E::authors}, Field{"subject", &E::subject, true}};
};

template <>
struct Fields<event::CheckReported> {
  using E = event::CheckReported;
  static constexpr std::string_view name = "check_reported";
  static constexpr auto list = std::tuple{Field{"repository", &E::repository},
                                          Field{"sha", &E::sha},
                                          Field{"context", &E::context},
                                          Field{"state", &E::state},
                                          Field{"url", &E::url},
                                          Field{"sequence", &E::sequence},
                                          Field{"step", &E::step, true},
                                          Field{"rollup", &E::rollup, true},
                                          Field{"source", &E::source, true}};
};

template <>
struct Fields<event::ReviewGiven> {
  using E = event::ReviewGiven;
  static constexpr std::string_view name = "review_given";
  static constexpr auto list =
      std::tuple{Field{"repository", &E::repository}, Field{"number", &E::number}, Field{"reviewer", &E::reviewer},
                 Field{"verdict", &E::verdict}, Field{"sha", &E::sha}};
};

template <>
struct Fields<event::CiTurnedGreen> {
  using E = event::CiTurnedGreen;
  static constexpr std::string_view name = "ci_turned_green";
  static constexpr auto list = std::tuple{Field{"repository", &E::repository}, Field{"sha", &E::sha}};
};

template <>
struct Fields<event::CiTurnedRed> {
  using E = event::CiTurnedRed;
  static constexpr std::string_view name = "ci_turned_red";
  static constexpr auto list =
      std::tuple{Field{"repository", &E::repository}, Field{"sha", &E::sha}, Field{"context", &E::context}};
};

template <>
struct Fields<event::ApprovalsReached> {
  using E = event::ApprovalsReached;
  static constexpr std::string_view name = "approvals_reached";
  static constexpr auto list =
      std::tuple{Field{"repository", &E::repository}, Field{"sha", &E::sha}, Field{"count", &E::count}};
};

template <>
struct Fields<ScopeFinding> {
  static constexpr auto list = std::tuple{Field{"kind", &ScopeFinding::kind}, Field{"path", &ScopeFinding::path}};
};

template <>
struct Fields<event::ScopeMeasured> {
  using E = event::ScopeMeasured;
  static constexpr std::string_view name = "scope_measured";
  static constexpr auto list = std::tuple{Field{"repository", &E::repository}, Field{"sha", &E::sha},
                                          Field{"files", &E::files},           Field{"lines", &E::lines},
                                          Field{"unclean", &E::unclean},       Field{"findings", &E::findings, true}};
};

template <>
struct Fields<event::RequestMade> {
  using E = event::RequestMade;
  static constexpr std::string_view name = "request_made";
  static constexpr auto list = std::tuple{Field{"verb", &E::verb}, Field{"repository", &E::repository},
                                          Field{"argument", &E::argument}, Field{"channel", &E::channel, true}};
};

template <>
struct Fields<event::RequestSettled> {
  using E = event::RequestSettled;
  static constexpr std::string_view name = "request_settled";
  static constexpr auto list =
      std::tuple{Field{"verb", &E::verb}, Field{"repository", &E::repository}, Field{"granted", &E::granted},
                 Field{"reason", &E::reason}, Field{"argument", &E::argument, true}};
};

template <>
struct Fields<event::Tagged> {
  using E = event::Tagged;
  static constexpr std::string_view name = "tagged";
  static constexpr auto list = std::tuple{Field{"repository", &E::repository},
                                          Field{"tag", &E::tag},
                                          Field{"sha", &E::sha},
                                          Field{"bypassed", &E::bypassed},
                                          Field{"overridden", &E::overridden},
                                          Field{"evidence", &E::evidence, true}};
};

template <>
struct Fields<event::TagRefused> {
  using E = event::TagRefused;
  static constexpr std::string_view name = "tag_refused";
  static constexpr auto list =
      std::tuple{Field{"repository", &E::repository}, Field{"tag", &E::tag}, Field{"reason", &E::reason}};
};

template <>
struct Fields<event::Deployed> {
  using E = event::Deployed;
  static constexpr std::string_view name = "deployed";
  static constexpr auto list =
      std::tuple{Field{"repository", &E::repository}, Field{"tag", &E::tag}, Field{"environment", &E::environment}};
};

template <>
struct Fields<event::DeploymentFailed> {
  using E = event::DeploymentFailed;
  static constexpr std::string_view name = "deployment_failed";
  static constexpr auto list = std::tuple{Field{"repository", &E::repository}, Field{"tag", &E::tag},
                                          Field{"environment", &E::environment}, Field{"detail", &E::detail}};
};

template <>
struct Fields<event::MergeOrdered> {
  using E = event::MergeOrdered;
  static constexpr std::string_view name = "merge_ordered";
  static constexpr auto list = std::tuple{Field{"repository", &E::repository},
                                          Field{"number", &E::number},
                                          Field{"base", &E::base},
                                          Field{"sha", &E::sha},
                                          Field{"overridden", &E::overridden},
                                          Field{"evidence", &E::evidence},
                                          Field{"channel", &E::channel, true}};
};

template <>
struct Fields<event::MergeRefused> {
  using E = event::MergeRefused;
  static constexpr std::string_view name = "merge_refused";
  static constexpr auto list = std::tuple{Field{"repository", &E::repository}, Field{"number", &E::number},
                                          Field{"reason", &E::reason}, Field{"maybe", &E::maybe, true}};
};

template <>
struct Fields<event::FlagSwitched> {
  using E = event::FlagSwitched;
  static constexpr std::string_view name = "flag_switched";
  static constexpr auto list = std::tuple{Field{"flag", &E::flag}};
};

template <>
struct Fields<event::FlagRefused> {
  using E = event::FlagRefused;
  static constexpr std::string_view name = "flag_refused";
  static constexpr auto list = std::tuple{Field{"flag", &E::flag}, Field{"reason", &E::reason}};
};

template <>
struct Fields<event::DeploymentOrdered> {
  using E = event::DeploymentOrdered;
  static constexpr std::string_view name = "deployment_ordered";
  static constexpr auto list = std::tuple{
      Field{"key", &E::key},           Field{"repository", &E::repository},   Field{"tag", &E::tag},
      Field{"sha", &E::sha},           Field{"environment", &E::environment}, Field{"replaces", &E::replaces},
      Field{"rollback", &E::rollback}, Field{"evidence", &E::evidence},       Field{"channel", &E::channel, true}};
};

template <>
struct Fields<event::DeploymentStarted> {
  using E = event::DeploymentStarted;
  static constexpr std::string_view name = "deployment_started";
  static constexpr auto list =
      std::tuple{Field{"key", &E::key}, Field{"repository", &E::repository},   Field{"tag", &E::tag},
                 Field{"sha", &E::sha}, Field{"environment", &E::environment}, Field{"id", &E::id},
                 Field{"url", &E::url}, Field{"waits", &E::waits, true}};
};

template <>
struct Fields<event::DeploymentEnded> {
  using E = event::DeploymentEnded;
  static constexpr std::string_view name = "deployment_ended";
  static constexpr auto list =
      std::tuple{Field{"key", &E::key}, Field{"outcome", &E::outcome}, Field{"detail", &E::detail},
                 Field{"url", &E::url}, Field{"output", &E::output}};
};

template <>
struct Fields<event::RollbackOffered> {
  using E = event::RollbackOffered;
  static constexpr std::string_view name = "rollback_offered";
  static constexpr auto list = std::tuple{Field{"id", &E::id},
                                          Field{"repository", &E::repository},
                                          Field{"environment", &E::environment},
                                          Field{"from", &E::from},
                                          Field{"tag", &E::tag},
                                          Field{"sha", &E::sha},
                                          Field{"source", &E::source}};
};

template <>
struct Fields<event::Verified> {
  using E = event::Verified;
  static constexpr std::string_view name = "verified";
  static constexpr auto list = std::tuple{Field{"ok", &E::ok}, Field{"what", &E::what}};
};

template <>
struct Fields<event::Resolved> {
  using E = event::Resolved;
  static constexpr std::string_view name = "resolved";
  static constexpr auto list = std::tuple{Field{"what", &E::what}};
};

template <>
struct Fields<event::MergeBackJudged> {
  using E = event::MergeBackJudged;
  static constexpr std::string_view name = "merge_back_judged";
  static constexpr auto list =
      std::tuple{Field{"repository", &E::repository},      Field{"target", &E::target},
                 Field{"target_sha", &E::target_sha},      Field{"verdict", &E::verdict},
                 Field{"explanation", &E::explanation},    Field{"last_author", &E::last_author, true},
                 Field{"last_login", &E::last_login, true}};
};

template <>
struct Fields<event::LinePushed> {
  using E = event::LinePushed;
  static constexpr std::string_view name = "line_pushed";
  static constexpr auto list =
      std::tuple{Field{"repository", &E::repository}, Field{"target", &E::target}, Field{"before", &E::before},
                 Field{"after", &E::after},           Field{"by", &E::by},         Field{"forced", &E::forced}};
};

template <>
struct Fields<event::RegressionTestOrdered> {
  using E = event::RegressionTestOrdered;
  static constexpr std::string_view name = "regression_test_ordered";
  static constexpr auto list = std::tuple{Field{"key", &E::key},
                                          Field{"repository", &E::repository},
                                          Field{"target", &E::target},
                                          Field{"target_sha", &E::target_sha},
                                          Field{"work", &E::work},
                                          Field{"means", &E::means},
                                          Field{"channel", &E::channel, true}};
};

template <>
struct Fields<event::RegressionTestStarted> {
  using E = event::RegressionTestStarted;
  static constexpr std::string_view name = "regression_test_started";
  static constexpr auto list = std::tuple{Field{"key", &E::key}, Field{"repository", &E::repository},
                                          Field{"target", &E::target}, Field{"id", &E::id}, Field{"url", &E::url}};
};

template <>
struct Fields<event::RegressionTestEnded> {
  using E = event::RegressionTestEnded;
  static constexpr std::string_view name = "regression_test_ended";
  static constexpr auto list = std::tuple{Field{"key", &E::key},       Field{"repository", &E::repository},
                                          Field{"target", &E::target}, Field{"target_sha", &E::target_sha},
                                          Field{"means", &E::means},   Field{"outcome", &E::outcome},
                                          Field{"detail", &E::detail}, Field{"url", &E::url},
                                          Field{"output", &E::output}};
};

template <>
struct Fields<event::MergeBackAcknowledged> {
  using E = event::MergeBackAcknowledged;
  static constexpr std::string_view name = "merge_back_acknowledged";
  static constexpr auto list = std::tuple{Field{"repository", &E::repository}, Field{"target", &E::target},
                                          Field{"target_sha", &E::target_sha}, Field{"why", &E::why}};
};

template <>
struct Fields<event::AcknowledgementVoided> {
  using E = event::AcknowledgementVoided;
  static constexpr std::string_view name = "acknowledgement_voided";
  static constexpr auto list =
      std::tuple{Field{"repository", &E::repository}, Field{"target", &E::target}, Field{"target_sha", &E::target_sha}};
};

template <>
struct Fields<event::ChannelWanted> {
  using E = event::ChannelWanted;
  static constexpr std::string_view name = "channel_wanted";
  static constexpr auto list =
      std::tuple{Field{"own", &E::own}, Field{"is_private", &E::is_private}, Field{"origin", &E::origin}};
};

template <>
struct Fields<event::ChannelArchived> {
  using E = event::ChannelArchived;
  static constexpr std::string_view name = "channel_archived";
  static constexpr auto list = std::tuple{Field{"archived", &E::archived}};
};

template <>
struct Fields<event::PersonKnown> {
  using E = event::PersonKnown;
  static constexpr std::string_view name = "person_known";
  static constexpr auto list =
      std::tuple{Field{"person", &E::person}, Field{"zone", &E::zone}, Field{"active", &E::active}};
};

template <>
struct Fields<event::ChannelBound> {
  using E = event::ChannelBound;
  static constexpr std::string_view name = "channel_bound";
  static constexpr auto list = std::tuple{Field{"channel", &E::channel}};
};

template <>
struct Fields<event::VersionChanged> {
  using E = event::VersionChanged;
  static constexpr std::string_view name = "version_changed";
  static constexpr auto list = std::tuple{Field{"repository", &E::repository}, Field{"version", &E::version}};
};

template <>
struct Fields<LineChange> {
  using E = LineChange;
  static constexpr auto list = std::tuple{Field{"author", &E::author}, Field{"sha", &E::sha}, Field{"at", &E::at}};
};
template <>
struct Fields<ConflictingFile> {
  using E = ConflictingFile;
  static constexpr auto list =
      std::tuple{Field{"path", &E::path}, Field{"what", &E::what}, Field{"changes", &E::changes}};
};
template <>
struct Fields<LineForecast> {
  using E = LineForecast;
  static constexpr auto list =
      std::tuple{Field{"target", &E::target}, Field{"target_sha", &E::target_sha}, Field{"outlook", &E::outlook},
                 Field{"why", &E::why, true}, Field{"files", &E::files, true}};
};
template <>
struct Fields<OverlappingPullRequest> {
  using E = OverlappingPullRequest;
  static constexpr auto list = std::tuple{
      Field{"number", &E::number}, Field{"title", &E::title},       Field{"author", &E::author}, Field{"url", &E::url},
      Field{"base", &E::base},     Field{"draft", &E::draft, true}, Field{"paths", &E::paths}};
};

template <>
struct Fields<Forecast> {
  using E = Forecast;
  static constexpr auto list =
      std::tuple{Field{"lines", &E::lines}, Field{"pull_requests", &E::pull_requests, true},
                 Field{"not_looked_at", &E::not_looked_at, true}, Field{"unread", &E::unread, true}};
};

template <>
struct Fields<event::ForecastMade> {
  using E = event::ForecastMade;
  static constexpr std::string_view name = "forecast_made";
  static constexpr auto list = std::tuple{Field{"repository", &E::repository}, Field{"forecast", &E::forecast}};
};

template <>
struct Fields<event::ForwardPortOpened> {
  using E = event::ForwardPortOpened;
  static constexpr std::string_view name = "forward_port_opened";
  static constexpr auto list = std::tuple{Field{"repository", &E::repository},
                                          Field{"target", &E::target},
                                          Field{"branch", &E::branch},
                                          Field{"sha", &E::sha},
                                          Field{"number", &E::number},
                                          Field{"url", &E::url},
                                          Field{"draft", &E::draft}};
};

template <>
struct Fields<event::ForwardPortClosed> {
  using E = event::ForwardPortClosed;
  static constexpr std::string_view name = "forward_port_closed";
  static constexpr auto list =
      std::tuple{Field{"repository", &E::repository}, Field{"target", &E::target}, Field{"number", &E::number},
                 Field{"merged", &E::merged}, Field{"landing_sha", &E::landing_sha, true}};
};

template <>
struct Fields<event::BranchesDeleted> {
  using E = event::BranchesDeleted;
  static constexpr std::string_view name = "branches_deleted";
  static constexpr auto list =
      std::tuple{Field{"repository", &E::repository}, Field{"deleted", &E::deleted}, Field{"kept", &E::kept}};
};

template <>
struct Fields<event::RcaStarted> {
  using E = event::RcaStarted;
  static constexpr std::string_view name = "rca_started";
  static constexpr auto list = std::tuple<>{};
};

template <>
struct Fields<event::RcaFieldSet> {
  using E = event::RcaFieldSet;
  static constexpr std::string_view name = "rca_field_set";
  static constexpr auto list = std::tuple{Field{"field", &E::field}, Field{"text", &E::text}};
};

template <>
struct Fields<event::RcaSubmitted> {
  using E = event::RcaSubmitted;
  static constexpr std::string_view name = "rca_submitted";
  static constexpr auto list = std::tuple<>{};
};

template <>
struct Fields<event::RcaApproved> {
  using E = event::RcaApproved;
  static constexpr std::string_view name = "rca_approved";
  static constexpr auto list = std::tuple<>{};
};

template <>
struct Fields<event::ActionAdded> {
  using E = event::ActionAdded;
  static constexpr std::string_view name = "action_added";
  static constexpr auto list =
      std::tuple{Field{"id", &E::id}, Field{"what", &E::what}, Field{"owner", &E::owner}, Field{"due", &E::due}};
};

template <>
struct Fields<event::IssueFiled> {
  using E = event::IssueFiled;
  static constexpr std::string_view name = "issue_filed";
  static constexpr auto list = std::tuple{Field{"id", &E::id}, Field{"number", &E::number}, Field{"url", &E::url}};
};

template <>
struct Fields<event::ActionDone> {
  using E = event::ActionDone;
  static constexpr std::string_view name = "action_done";
  static constexpr auto list = std::tuple{Field{"id", &E::id}};
};

template <>
struct Fields<event::ObligationOpened> {
  using E = event::ObligationOpened;
  static constexpr std::string_view name = "obligation_opened";
  static constexpr auto list =
      std::tuple{Field{"id", &E::id},         Field{"kind", &E::kind},   Field{"repository", &E::repository},
                 Field{"target", &E::target}, Field{"owner", &E::owner}, Field{"due", &E::due}};
};

template <>
inline constexpr int kCodecVersion<event::ObligationMet> = 2;  // 1: the evidence could not be erased
template <>
struct Fields<event::ObligationMet> {
  using E = event::ObligationMet;
  static constexpr std::string_view name = "obligation_met";
  static constexpr auto list = std::tuple{Field{"id", &E::id}, Field{"evidence", &E::evidence}};
};

template <>
struct Fields<event::ObligationReopened> {
  using E = event::ObligationReopened;
  static constexpr std::string_view name = "obligation_reopened";
  static constexpr auto list = std::tuple{Field{"id", &E::id}, Field{"why", &E::why}, Field{"due", &E::due}};
};

template <>
struct Fields<event::ObligationReassigned> {
  using E = event::ObligationReassigned;
  static constexpr std::string_view name = "obligation_reassigned";
  static constexpr auto list = std::tuple{Field{"id", &E::id}, Field{"owner", &E::owner}};
};

template <>
struct Fields<event::ObligationSnoozed> {
  using E = event::ObligationSnoozed;
  static constexpr std::string_view name = "obligation_snoozed";
  static constexpr auto list = std::tuple{Field{"id", &E::id}, Field{"until", &E::until}};
};

template <>
struct Fields<event::ReminderSent> {
  using E = event::ReminderSent;
  static constexpr std::string_view name = "reminder_sent";
  static constexpr auto list = std::tuple{Field{"slot", &E::slot}, Field{"to", &E::to},
                                          Field{"obligations", &E::obligations}, Field{"level", &E::level}};
};

template <>
struct Fields<event::OverrideAsked> {
  using E = event::OverrideAsked;
  static constexpr std::string_view name = "override_asked";
  static constexpr auto list = std::tuple{Field{"id", &E::id}, Field{"gate", &E::gate},
                                          Field{"repository", &E::repository}, Field{"why", &E::why}};
};

template <>
struct Fields<event::OverrideConfirmed> {
  using E = event::OverrideConfirmed;
  static constexpr std::string_view name = "override_confirmed";
  static constexpr auto list = std::tuple{Field{"id", &E::id}};
};

template <>
struct Fields<event::OverrideDeclined> {
  using E = event::OverrideDeclined;
  static constexpr std::string_view name = "override_declined";
  static constexpr auto list = std::tuple{Field{"id", &E::id}};
};

template <>
struct Fields<event::MessageRecorded> {
  using E = event::MessageRecorded;
  static constexpr std::string_view name = "message_recorded";
  static constexpr auto list = std::tuple{Field{"id", &E::id}, Field{"text", &E::text}};
};

template <>
struct Fields<event::MessageEdited> {
  using E = event::MessageEdited;
  static constexpr std::string_view name = "message_edited";
  static constexpr auto list = std::tuple{Field{"id", &E::id}, Field{"text", &E::text}};
};

template <>
struct Fields<event::MessageDeleted> {
  using E = event::MessageDeleted;
  static constexpr std::string_view name = "message_deleted";
  static constexpr auto list = std::tuple{Field{"id", &E::id}};
};

template <>
struct Fields<event::EntryAdded> {
  using E = event::EntryAdded;
  static constexpr std::string_view name = "entry_added";
  static constexpr auto list = std::tuple{Field{"id", &E::id}, Field{"message", &E::message}, Field{"text", &E::text},
                                          Field{"signal", &E::signal}};
};

template <>
struct Fields<event::EntryRemoved> {
  using E = event::EntryRemoved;
  static constexpr std::string_view name = "entry_removed";
  static constexpr auto list = std::tuple{Field{"id", &E::id}};
};

template <>
struct Fields<event::EntryTimeCorrected> {
  using E = event::EntryTimeCorrected;
  static constexpr std::string_view name = "entry_time_corrected";
  static constexpr auto list = std::tuple{Field{"id", &E::id}, Field{"at", &E::at}};
};

template <>
struct Fields<event::Closed> {
  using E = event::Closed;
  static constexpr std::string_view name = "closed";
  static constexpr auto list = std::tuple<>{};
};

template <>
struct Fields<event::Reopened> {
  using E = event::Reopened;
  static constexpr std::string_view name = "reopened";
  static constexpr auto list = std::tuple{Field{"why", &E::why}};
};

template <>
struct Fields<event::EffectAbandoned> {
  using E = event::EffectAbandoned;
  static constexpr std::string_view name = "effect_abandoned";
  static constexpr auto list = std::tuple{Field{"effect", &E::effect}, Field{"what", &E::what}};
};

template <>
struct Fields<event::TextErased> {
  using E = event::TextErased;
  static constexpr std::string_view name = "text_erased";
  static constexpr auto list =
      std::tuple{Field{"digests", &E::digests}, Field{"elsewhere", &E::elsewhere}, Field{"why", &E::why}};
};

}  // namespace hotfixd::store
