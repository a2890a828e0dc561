// What happened. Events are append-only and durable: adding one costs a variant entry, an apply()
// branch, a codec entry (store/codec.cpp) and a golden file (tests/store/golden/).
#pragma once

#include <variant>

#include "bot/domain/forecast.hpp"

namespace hotfixd {

namespace event {

struct IncidentDeclared {
  IncidentId id;
  ChannelId channel;
  Text summary;
  Severity severity = Severity::sev3;
  std::vector<std::string> criteria;  // which of the policy's criteria were met
  Text below_threshold_reason;        // empty unless the severity is below the hotfix threshold
  bool drill = false;
  std::string repository;  // the one named with --repo, else the service's; empty = the default one
  std::string service;     // empty = none was named
  bool operator==(const IncidentDeclared&) const = default;
};
struct Assessed {
  Assessment verdict{};
  Text why;
  bool operator==(const Assessed&) const = default;
};
struct SeverityChanged {
  Severity from{}, to{};
  Text why;
  bool operator==(const SeverityChanged&) const = default;
};
struct RoleAssigned {
  Role role{};
  Person person;
  bool operator==(const RoleAssigned&) const = default;
};
struct MitigationChosen {
  Mitigation kind{};
  Text what, why;
  bool operator==(const MitigationChosen&) const = default;
};

struct BranchRequested {
  std::string repository, branch, from_tag;
  ChannelId channel;  // as in RequestMade
  bool operator==(const BranchRequested&) const = default;
};
// `version` is the tag this hotfix will be shipped as: base_tag with its patch component bumped.
struct BranchCut {
  std::string repository, branch, base_tag, base_sha, version;
  bool operator==(const BranchCut&) const = default;
};
struct BranchRefused {
  std::string repository, branch, reason;
  bool operator==(const BranchRefused&) const = default;
};

// Its name was taken by another tag meanwhile: the next one will be called so.
struct VersionChanged {
  std::string repository, version;
  bool operator==(const VersionChanged&) const = default;
};

struct PullRequestOpened {
  std::string repository;
  std::uint64_t number = 0;
  std::string url;
  Text title;
  std::string base;
  std::string head_sha;  // empty when said by a person
  Person author;
  bool draft = false;
  bool operator==(const PullRequestOpened&) const = default;
};
// The bot was to open one from the hotfix's branch.
struct PullRequestWanted {
  std::string repository, base;
  bool operator==(const PullRequestWanted&) const = default;
};
struct PullRequestClosed {
  std::string repository;
  std::uint64_t number = 0;
  bool operator==(const PullRequestClosed&) const = default;
};
struct PullRequestReopened {
  std::string repository;
  std::uint64_t number = 0;
  bool operator==(const PullRequestReopened&) const = default;
};
struct PullRequestMerged {
  std::string repository;
  std::uint64_t number = 0;
  std::string base, landing_sha;
  bool operator==(const PullRequestMerged&) const = default;
};
// `authors`: names of the people whose commits are on the branch, as git knows them.
struct HeadMoved {
  std::string repository, sha;
  std::vector<std::string> authors;
  Text subject;  // of the first of these commits
  bool operator==(const HeadMoved&) const = default;
};
// `context` names the check; `sequence` orders reports of one check (the forge's id; 0 when said).
struct CheckReported {
  std::string repository, sha, context;
  CheckState state{};
  std::string url;
  std::uint64_t sequence = 0;
  std::string step;     // the first step of it that failed; empty = unknown
  bool rollup = false;  // sums up others of the commit
  std::string source;   // see forge::Check
  bool operator==(const CheckReported&) const = default;
};
struct ReviewGiven {
  std::string repository;
  std::uint64_t number = 0;  // of the pull request; 0 when none is known
  Person reviewer;
  ReviewVerdict verdict{};
  std::string sha;  // the commit that was reviewed
  bool operator==(const ReviewGiven&) const = default;
};
// What the forge was asked beside that: who wrote the commits up to `sha`, which checks the line demands, and whose
// review is asked for and not given (people, and teams as "@acme/owners").
struct ForgeAsked {
  std::string repository, sha;
  std::vector<Person> authors;
  std::vector<std::string> required_checks;
  std::vector<Person> awaited;
  std::vector<std::string> unknown_authors;  // commits of which the forge names no account
  bool rules_known = true;                   // false: what the rules demand is what was known before
  std::vector<CheckSource> check_sources;    // of the required checks that count from there only
  int required_approvals = 0;                // that the line demands; 0 = none, or it is not known
  std::vector<Person> readers;               // reviewers who may not write there: their approvals do not count
  std::vector<Person> rights_unknown;        // reviewers of whom that may not be read
  bool operator==(const ForgeAsked&) const = default;
};
// What the bot was to do there, and why it did not come to be.
struct ForgeRefused {
  std::string repository, what, reason;
  bool operator==(const ForgeRefused&) const = default;
};
// People were asked for a review of this head, the nth time.
struct ReviewNagged {
  std::string repository, sha;
  int count = 0;
  bool operator==(const ReviewNagged&) const = default;
};
// Milestones derived from the facts above, kept as events so that the timeline says when.
struct CiTurnedGreen {
  std::string repository, sha;
  bool operator==(const CiTurnedGreen&) const = default;
};
struct CiTurnedRed {
  std::string repository, sha, context;
  bool operator==(const CiTurnedRed&) const = default;
};
struct ApprovalsReached {
  std::string repository, sha;
  int count = 0;
  bool operator==(const ApprovalsReached&) const = default;
};
// `unclean`: see HotfixFacts.
struct ScopeMeasured {
  std::string repository, sha;
  int files = 0, lines = 0;
  std::string unclean;
  std::vector<ScopeFinding> findings{};
  bool operator==(const ScopeMeasured&) const = default;
};

// A request that waits for fresh facts from git (verb = "tag" or "close").
struct RequestMade {
  std::string verb, repository, argument;
  ChannelId channel;  // where it was asked; empty = in the incident's
  bool operator==(const RequestMade&) const = default;
};
struct RequestSettled {
  std::string verb, repository;
  bool granted = false;
  std::string reason;
  std::string argument{};  // of the request, where several of one verb may wait for answers of their own; else empty
  bool operator==(const RequestSettled&) const = default;
};

// `bypassed` names the gates that were not met when a person tagged by hand; `overridden` those set aside. `evidence`:
// what each gate was judged on then, a line each.
struct Tagged {
  std::string repository, tag, sha;
  std::vector<Gate> bypassed, overridden;
  std::vector<std::string> evidence{};
  bool operator==(const Tagged&) const = default;
};
struct TagRefused {
  std::string repository, tag, reason;
  bool operator==(const TagRefused&) const = default;
};
struct Deployed {
  std::string repository, tag, environment;
  bool operator==(const Deployed&) const = default;
};
// A person asked for it and the gates let it: the bot merges the pull request as it is at `sha`. `evidence` as in
// Tagged.
struct MergeOrdered {
  std::string repository;
  std::uint64_t number = 0;
  std::string base, sha;
  std::vector<Gate> overridden;
  std::vector<std::string> evidence;
  ChannelId channel;  // as in RequestMade
  bool operator==(const MergeOrdered&) const = default;
};
// `maybe`: no answer came, so it may be merged all the same.
struct MergeRefused {
  std::string repository;
  std::uint64_t number = 0;
  std::string reason;
  bool maybe = false;
  bool operator==(const MergeRefused&) const = default;
};
// The bot switched a feature flag off, or could not.
struct FlagSwitched {
  std::string flag;
  bool operator==(const FlagSwitched&) const = default;
};
struct FlagRefused {
  std::string flag, reason;
  bool operator==(const FlagRefused&) const = default;
};
struct DeploymentFailed {
  std::string repository, tag, environment, detail;
  bool operator==(const DeploymentFailed&) const = default;
};
// This tag is to be brought to an environment by the repository's own means. `key` names this run of it, unique for
// all time; `replaces` is what was there, empty = not known; `evidence` as in Tagged.
struct DeploymentOrdered {
  std::string key, repository, tag, sha, environment, replaces;
  bool rollback = false;
  std::vector<std::string> evidence;
  ChannelId channel;  // as in RequestMade
  bool operator==(const DeploymentOrdered&) const = default;
};
// The means took it: `id` is what they call the run, `url` where it can be watched, `waits` what it waits for just now.
// The same key again: more is known.
struct DeploymentStarted {
  std::string key, repository, tag, sha, environment, id, url;
  std::string waits{};  // as in DeploymentView::step
  bool operator==(const DeploymentStarted&) const = default;
};
// `detail`: the step that failed, or why nothing is known; `output`: the last lines that it printed.
struct DeploymentEnded {
  std::string key;
  DeploymentOutcome outcome{};
  std::string detail, url;
  Text output;
  bool operator==(const DeploymentEnded&) const = default;
};
// A person may confirm that `environment` goes back from `from` to `tag`. `source`: who says what ran there.
struct RollbackOffered {
  std::string id, repository, environment, from, tag, sha, source;
  bool operator==(const RollbackOffered&) const = default;
};
struct Verified {
  bool ok = false;
  Text what;
  bool operator==(const Verified&) const = default;
};
struct Resolved {
  Text what;
  bool operator==(const Resolved&) const = default;
};

struct MergeBackJudged {
  std::string repository, target, target_sha;
  Verdict verdict{};
  std::string explanation;    // one line
  std::string last_author{};  // see MergeBackFact
  std::string last_login{};   // likewise
  bool operator==(const MergeBackJudged&) const = default;
};
// A forge said that a merge-back line was moved. `by` without an id: a program, of which only the name is shown. A line
// that was made anew has no `before`.
struct LinePushed {
  std::string repository, target, before, after;
  Person by;
  bool forced = false;  // where the forge tells
  bool operator==(const LinePushed&) const = default;
};
// The configured regression test is to run on a line at this head. `key` as in DeploymentOrdered; `work`: the hotfix's
// commit whose fix is looked for; `means`: by what, as shown.
struct RegressionTestOrdered {
  std::string key, repository, target, target_sha, work, means;
  ChannelId channel;  // as in RequestMade
  bool operator==(const RegressionTestOrdered&) const = default;
};
// As in DeploymentStarted.
struct RegressionTestStarted {
  std::string key, repository, target, id, url;
  bool operator==(const RegressionTestStarted&) const = default;
};
// It stands beside the verdict and changes nothing of it. `detail`: what failed, or why it did not run, one line;
// `output`: the last lines that it printed.
struct RegressionTestEnded {
  std::string key, repository, target, target_sha, means;
  TestOutcome outcome{};
  std::string detail, url;
  Text output;
  bool operator==(const RegressionTestEnded&) const = default;
};
struct MergeBackAcknowledged {
  std::string repository, target, target_sha;
  Text why;
  bool operator==(const MergeBackAcknowledged&) const = default;
};
// The files changed on the target after the acknowledgement: it no longer counts.
struct AcknowledgementVoided {
  std::string repository, target, target_sha;
  bool operator==(const AcknowledgementVoided&) const = default;
};

// What merging the hotfix back would meet before it ships. A later one takes its place; the lines' shas are those of
// the time when this began to be true.
struct ForecastMade {
  std::string repository;
  Forecast forecast;
  bool operator==(const ForecastMade&) const = default;
};

// A branch that carries the fix to `target`, at `sha`, and the pull request from it; `number` 0: there is none yet.
// Draft: it stops before a conflict. Of the same target again: it says more, or takes the place of the one before.
struct ForwardPortOpened {
  std::string repository, target, branch, sha;
  std::uint64_t number = 0;
  std::string url;
  bool draft = false;
  bool operator==(const ForwardPortOpened&) const = default;
};
// `landing_sha`: what a merged one is on its line since; empty = the forge did not say.
struct ForwardPortClosed {
  std::string repository, target;
  std::uint64_t number = 0;
  bool merged = false;
  std::string landing_sha{};
  bool operator==(const ForwardPortClosed&) const = default;
};
// After the end: the bot deleted these on the origin, or they were gone. Each of `kept`: "name: why".
struct BranchesDeleted {
  std::string repository;
  std::vector<std::string> deleted, kept;
  bool operator==(const BranchesDeleted&) const = default;
};

// `own`: the incident gets a channel of its own, and IncidentDeclared::channel is what it shall be called; `origin` is
// where it was declared. `is_private`: what it is about is for those in its channel only.
struct ChannelWanted {
  bool own = true, is_private = false;
  ChannelId origin;
  bool operator==(const ChannelWanted&) const = default;
};
// The channel that was made for the incident, by the id that the platform gave it.
struct ChannelBound {
  ChannelId channel;
  bool operator==(const ChannelBound&) const = default;
};

// Its channel was closed to everybody's messages, or opened again: by a person, or by the bot some time after the end.
struct ChannelArchived {
  bool archived = true;
  bool operator==(const ChannelArchived&) const = default;
};
// What the chat platform says of somebody who owes something: see result::PersonKnown.
struct PersonKnown {
  Person person;
  std::string zone;
  bool active = true;
  bool operator==(const PersonKnown&) const = default;
};

struct RcaStarted {
  bool operator==(const RcaStarted&) const = default;
};
struct RcaFieldSet {
  RcaField field{};
  Text text;
  bool operator==(const RcaFieldSet&) const = default;
};
struct RcaSubmitted {
  bool operator==(const RcaSubmitted&) const = default;
};
struct RcaApproved {
  bool operator==(const RcaApproved&) const = default;
};
struct ActionAdded {
  std::string id;
  Text what;
  Person owner;
  Time due{};
  bool operator==(const ActionAdded&) const = default;
};
struct ActionDone {
  std::string id;
  bool operator==(const ActionDone&) const = default;
};
// The action item has an issue in the forge.
struct IssueFiled {
  std::string id;
  std::uint64_t number = 0;
  std::string url;
  bool operator==(const IssueFiled&) const = default;
};

// id: "merge-back:shop:main", "rca", "rca-review", "verification:shop", "action:A1", "flag".
struct ObligationOpened {
  std::string id;
  ObligationKind kind{};
  std::string repository, target;
  Person owner;
  Time due{};
  bool operator==(const ObligationOpened&) const = default;
};
struct ObligationMet {
  std::string id;
  Text evidence;  // may repeat what people wrote
  bool operator==(const ObligationMet&) const = default;
};
struct ObligationReopened {
  std::string id, why;
  Time due{};
  bool operator==(const ObligationReopened&) const = default;
};
struct ObligationReassigned {
  std::string id;
  Person owner;
  bool operator==(const ObligationReassigned&) const = default;
};
struct ObligationSnoozed {
  std::string id;
  Time until{};
  bool operator==(const ObligationSnoozed&) const = default;
};
// `slot` is the message that carries the ping (see effect::ShowMessage); it is edited as things get done.
struct ReminderSent {
  std::string slot;
  Person to;
  std::vector<std::string> obligations;
  int level = 0;  // 0 owner, 1 commander too, 2 the whole channel
  bool operator==(const ReminderSent&) const = default;
};

// `gate` is a Gate's name or an obligation's id.
struct OverrideAsked {
  std::string id, gate, repository;
  Text why;
  bool operator==(const OverrideAsked&) const = default;
};
struct OverrideConfirmed {
  std::string id;
  bool operator==(const OverrideConfirmed&) const = default;
};
struct OverrideDeclined {
  std::string id;
  bool operator==(const OverrideDeclined&) const = default;
};

struct MessageRecorded {
  MessageId id;
  Text text;
  bool operator==(const MessageRecorded&) const = default;
};
struct MessageEdited {
  MessageId id;
  Text text;
  bool operator==(const MessageEdited&) const = default;
};
struct MessageDeleted {
  MessageId id;
  bool operator==(const MessageDeleted&) const = default;
};

// A line that people (or an alert) put into the timeline. `message` is empty for a note.
// The same id again: one more person pinned the entry.
struct EntryAdded {
  std::string id;
  MessageId message;
  Text text;
  bool signal = false;
  bool operator==(const EntryAdded&) const = default;
};
// By one of several who pinned it: their pin only.
struct EntryRemoved {
  std::string id;
  bool operator==(const EntryRemoved&) const = default;
};
struct EntryTimeCorrected {
  std::string id;
  Time at{};
  bool operator==(const EntryTimeCorrected&) const = default;
};

struct Closed {
  bool operator==(const Closed&) const = default;
};
struct Reopened {
  Text why;
  bool operator==(const Reopened&) const = default;
};
// The outbox gave up on an effect.
struct EffectAbandoned {
  std::string effect, what;
  bool operator==(const EffectAbandoned&) const = default;
};

// Texts of this incident were erased, by whom the event says. `digests` name them in the record, `elsewhere` counts
// what else held the same words: answers, messages that wait, the built-in channel.
struct TextErased {
  std::vector<std::string> digests;
  std::uint64_t elsewhere = 0;
  Text why;
  bool operator==(const TextErased&) const = default;
};

}  // namespace event

using EventData = std::variant<
    event::IncidentDeclared, event::Assessed, event::SeverityChanged, event::RoleAssigned, event::MitigationChosen,
    event::BranchRequested, event::BranchCut, event::BranchRefused, event::PullRequestOpened, event::PullRequestClosed,
    event::PullRequestReopened, event::PullRequestMerged, event::HeadMoved, event::CheckReported, event::ReviewGiven,
    event::CiTurnedGreen, event::CiTurnedRed, event::ApprovalsReached, event::ScopeMeasured, event::RequestMade,
    event::RequestSettled, event::Tagged, event::TagRefused, event::Deployed, event::DeploymentFailed, event::Verified,
    event::Resolved, event::MergeBackJudged, event::MergeBackAcknowledged, event::AcknowledgementVoided,
    event::RcaStarted, event::RcaFieldSet, event::RcaSubmitted, event::RcaApproved, event::ActionAdded,
    event::ActionDone, event::ObligationOpened, event::ObligationMet, event::ObligationReopened,
    event::ObligationReassigned, event::ObligationSnoozed, event::ReminderSent, event::OverrideAsked,
    event::OverrideConfirmed, event::OverrideDeclined, event::MessageRecorded, event::MessageEdited,
    event::MessageDeleted, event::EntryAdded, event::EntryRemoved, event::EntryTimeCorrected, event::Closed,
    event::Reopened, event::EffectAbandoned, event::VersionChanged, event::ChannelBound, event::TextErased,
    event::ChannelWanted, event::ChannelArchived, event::PersonKnown, event::PullRequestWanted, event::ForgeAsked,
    event::ReviewNagged, event::IssueFiled, event::ForgeRefused, event::ForwardPortOpened, event::ForwardPortClosed,
    event::BranchesDeleted, event::DeploymentOrdered, event::DeploymentStarted, event::DeploymentEnded,
    event::RollbackOffered, event::MergeOrdered, event::MergeRefused, event::FlagSwitched, event::FlagRefused,
    event::RegressionTestOrdered, event::RegressionTestStarted, event::RegressionTestEnded, event::ForecastMade,
    event::LinePushed>;

// An event with who, when and from where. occurred_at is the source's own time (the message's, the
// webhook's, the commit's); recorded_at is when the bot wrote it down. The two are never mixed.
struct Event {
  EventData data;
  Time occurred_at{};
  Time recorded_at{};
  Person actor;  // empty for the bot itself
  Source source = Source::bot;

  bool operator==(const Event&) const = default;
};

}  // namespace hotfixd
