// What the outside tells the domain: commands as people type them, chat, forge events, git facts, time.
#pragma once

#include <variant>

#include "bot/domain/forecast.hpp"
#include "bot/domain/merge_back_report.hpp"
#include "bot/domain/message.hpp"
#include "bot/domain/port_conflict.hpp"
#include "bot/domain/types.hpp"

namespace hotfixd {

// One struct per verb; parsed by commands/, decided by decide(). Empty strings mean "not given".
namespace command {

struct Declare {
  std::optional<Severity> severity;
  std::string summary, repository;
  std::vector<std::string> criteria;
  std::string reason;  // --reason: why it is urgent although below the threshold
  bool drill = false, new_channel = false;
  bool private_channel = false;  // a new one, for those invited
  std::string service{};
};
struct Assess {
  Assessment verdict{};
  std::string why;
};
struct SetSeverity {
  Severity severity{};
  std::string why;
};
struct AssignRole {
  Role role{};
  Person person;
};
struct Mitigate {
  Mitigation kind{};
  std::string what, why;
};
struct Branch {
  std::string slug, repository, from_tag;
};
struct PullRequest {
  std::uint64_t number = 0;
  std::string url, title, repository;
};
struct Ci {
  std::optional<CheckState> state;
  std::string sha, url, repository;
};  // no state = show
struct Approve {
  std::string repository;
};
struct Tag {
  std::string version, repository;
};
// `target`: the base of the pull request that is meant; empty = the production line's, else the only one.
struct Merge {
  std::string target, repository;
};
struct DeployedTag {
  std::string version, environment, repository;
};
struct Deploy {
  std::string version, environment, repository;
};
struct Where {
  std::string environment, repository;
};
struct ConfirmRollback {
  std::string repository;
};
struct Verify {
  bool ok = false;
  std::string what;
};
struct Resolve {
  std::string what;
};
struct MergeBackStatus {
  std::string repository;
};
// No target: each one where the fix ought to work.
struct MergeBackTest {
  std::string target, repository;
};
// No target: each one that lacks the fix.
struct MergeBackOpen {
  std::string target, repository;
};
struct MergeBackAck {
  std::string target, why, repository;
};
// What stands behind the verdict. No target: the only one that is not settled.
struct MergeBackShow {
  std::string target, repository;
};
struct RcaStart {};
struct RcaSet {
  RcaField field{};
  std::string text;
};
struct RcaShow {};
struct RcaSubmit {};
struct RcaApprove {};
struct ActionAdd {
  std::string what;
  Person owner;
  std::optional<Seconds> due_in;
  std::optional<Time> due_at;
};
struct ActionFinish {
  std::string id;
};
struct ActionIssue {
  std::string id;  // empty = all that are open and have none
  std::string repository;
};
struct ActionList {};
struct Note {
  std::optional<Time> at;
  std::string text;
};
struct CorrectTime {
  std::string entry;
  Time at{};
};
struct ShowTimeline {};
struct SetOwner {
  std::string obligation;
  Person person;
};
struct Snooze {
  std::string obligation;
  Seconds duration{};
};
struct ShowObligations {};
struct ShowStatus {};
struct List {
  bool all = false;
};
struct Mine {};
struct Close {};
struct Reopen {
  std::string why;
};
struct Override {
  std::string gate, why, repository;
};
struct ConfirmOverride {
  std::string id;
};  // by button, or `/hotfix override confirm`
struct DeclineOverride {
  std::string id;
};
struct Export {
  std::string format;
};  // "markdown", "json" or "csv"
struct Help {
  std::string verb;
};

}  // namespace command

using Command =
    std::variant<command::Declare, command::Assess, command::SetSeverity, command::AssignRole, command::Mitigate,
                 command::Branch, command::PullRequest, command::Ci, command::Approve, command::Tag,
                 command::DeployedTag, command::Verify, command::Resolve, command::MergeBackStatus, command::Merge,
                 command::MergeBackOpen, command::MergeBackAck, command::RcaStart, command::RcaSet, command::RcaShow,
                 command::RcaSubmit, command::RcaApprove, command::ActionAdd, command::ActionFinish,
                 command::ActionIssue, command::ActionList, command::Note, command::CorrectTime, command::ShowTimeline,
                 command::SetOwner, command::Snooze, command::ShowObligations, command::ShowStatus, command::List,
                 command::Mine, command::Close, command::Reopen, command::Override, command::ConfirmOverride,
                 command::DeclineOverride, command::Export, command::Help, command::Deploy, command::Where,
                 command::ConfirmRollback, command::MergeBackTest, command::MergeBackShow>;

// Chat that is not a command.
namespace chat {
struct Said {
  MessageId id;
  std::string text;
};
struct Edited {
  MessageId id;
  std::string text;
};
struct Deleted {
  MessageId id;
};
struct Reacted {
  MessageId id;
  std::string reaction;
  bool added = true;
};  // pins come as reaction "pushpin"
// Somebody puts a message on the timeline, as a pin by that person does, whether the bot saw it before or not.
// Answered.
struct Added {
  MessageId id;
  std::string text;
  Person author;  // of the message
  Time at{};      // the message's own time
};
struct Pressed {
  std::string button, value;  // as decide() takes it: without the "<incident id>/" that addressed() put in front
};
// Somebody came into the channel: they are answered with the status card.
struct Joined {};
// The channel was closed to everybody's messages, or opened again.
struct Archived {
  bool archived = true;
};
}  // namespace chat

// What a forge reported, already verified and normalised. Unknown fields are empty. `at` is the
// forge's own time for the fact, absent when the payload has none.
namespace forge {
struct PullRequest {
  enum class Action { opened, updated, closed, reopened, merged };
  Action action{};
  std::uint64_t number = 0;
  std::string url, title, head_branch, head_sha, base, landing_sha, author_login;
  bool draft = false;
};
struct Review {
  std::uint64_t number = 0;
  std::string head_branch, sha, login;
  ReviewVerdict verdict{};
};
struct Check {
  // `context` tells it from the commit's others; where one name can run twice on a commit, " (suite 7)" stands after
  // it.
  std::string sha, context, url;
  CheckState state{};
  std::uint64_t sequence = 0;
  std::string branch{};  // empty = unknown
  std::string step{};    // the first step of it that failed; empty = unknown
  bool rollup = false;   // sums up others of the commit: a suite, a workflow, a pipeline
  // What reported it, as the rules of the forge name it: "app 15368", "workflow .github/workflows/ci.yml", or a person
  // ("user dave"). Empty = unknown.
  std::string source{};
};
struct Push {
  std::string ref, before, after;
  bool created = false, deleted = false, forced = false;
  bool by_program = false;  // the login is a bot's
};  // full ref name
struct TagCreated {
  std::string tag;
};
struct Deployment {
  std::string ref, sha, environment, url;
  enum class State { pending, succeeded, failed } state{};
};
struct Released {
  std::string tag, url;
};
}  // namespace forge

using ForgeFact = std::variant<forge::PullRequest, forge::Review, forge::Check, forge::Push, forge::TagCreated,
                               forge::Deployment, forge::Released>;

struct ForgeEvent {
  std::string repository;  // the policy's name for it
  std::optional<Time> at;
  std::string login;  // who did it, the forge's login
  ForgeFact fact;
};

// What a forge shows of one hotfix when it is asked: what its webhooks would have said, whether they came or not, and
// what they do not say. Logins are the forge's.
struct ForgeView {
  std::vector<ForgeEvent> events;             // pull requests first, then reviews, checks of the head, deployments
  std::vector<std::string> required_checks;   // of the production line, by its rules; names without a suite, or sources
  std::vector<CheckSource> check_sources{};   // those of them that count from there only
  int required_approvals = 0;                 // by the same rules; 0 = none, or it is not known
  bool rules_known = true;                    // false: they may not be read, and these three say nothing
  std::vector<std::string> authors;           // logins of those who wrote or committed the hotfix's own commits
  std::vector<std::string> unknown_authors;   // commits of which the forge names no account, as short shas
  std::vector<std::string> awaited;           // logins, and teams as "@acme/owners", asked for a review and yet silent
  std::vector<std::string> readers{};         // logins of those who approve and may not write there
  std::vector<std::string> rights_unknown{};  // logins of those who approve, and whether they may write cannot be read
};

// A version in an environment.
struct Release {
  std::string tag, sha;    // either may be empty
  std::optional<Time> at;  // since when
  std::string url;
};

// What a repository's means to deploy say of one run.
struct DeploymentView {
  enum class State { running, succeeded, failed } state{};
  // Failed: the step that did, "migrate / apply", or why: "exit status 3". Running: what it waits for, "approve to be
  // started by hand"; empty = nothing that is known.
  std::string step;
  std::string output;  // the last lines that it printed, when it failed
  std::string url;
};

// What the means of a regression test say of one run.
struct RegressionTestView {
  enum class State { running, passed, failed, not_run } state{};
  std::string step;    // failed: what did, "exit status 1"; not_run: why; one line
  std::string output;  // the last lines that it printed, when it failed
  std::string url;
};

// What git shows about one hotfix. All of it is read from one fetch of the mirror.
struct MergeBackFact {
  std::string target, target_sha;
  Verdict verdict{};
  std::string explanation;         // one line, e.g. "1 of 2 commits present at 1a2b3c4"
  bool changed_since_ack = false;  // the hotfix's files changed after the acknowledged sha
  std::string last_author;         // of the newest commit on the hotfix's files that came since Target::settled_sha
  std::string last_login{};        // the forge's login in that commit's private address; empty = it has none
  std::optional<Time> at;          // commit time of the target's head
};
struct HotfixFacts {
  std::string head;  // tip of the hotfix branch; empty when the branch is gone
  // Why the branch is not just the production tag with the fix on it, one clause; empty = it is. E.g.
  // "contains 1a2b3c4 of main, which is not in v2.4.7", "no longer contains v2.4.7".
  std::string unclean;
  // Why the branch does not start from what is in production now, one clause; empty = it contains it. E.g. "was cut
  // from v2.4.6, production is v2.4.7". Only while nothing is tagged, or the branch went on after its tag.
  std::string stale;
  // What the next tag is to be called: Observe::version, or the next free patch number when a tag of that name is
  // on a commit that is not the hotfix's; empty = unknown.
  std::string version;
  std::vector<std::string> authors;      // names in the own commits, each once, oldest first
  std::string subject;                   // first line of the oldest own commit
  int files = 0, lines = 0;              // own commits only, without ignored paths
  std::vector<ScopeFinding> findings{};  // in them, sorted; at most 100
  // The newest release tag on one of the hotfix's own commits or, named Observe::version, anywhere else
  // that contains the fix; empty = none.
  std::string tag, tag_sha;
  std::optional<Time> tag_at;
  std::vector<MergeBackFact> targets;
  std::optional<Forecast> forecast{};  // only while there is own work that could still be shipped
};

// Results of effects, and time.
namespace result {
struct BranchCut {
  std::string repository, branch, base_tag, base_sha, version;
  std::vector<LineDistance> lines{};  // since base_tag
};
struct BranchFailed {
  std::string repository, branch;
  Problem problem;
};
struct TagPushed {
  std::string repository, tag, sha;
};
struct TagFailed {
  std::string repository, tag;
  Problem problem;
};
struct Observed {
  std::string repository;
  HotfixFacts facts;
  std::optional<ForgeView> forge{};        // none: no forge is configured, or `forge_problem`
  std::optional<Problem> forge_problem{};  // why the forge could not be asked
};
struct ObserveFailed {
  std::string repository;
  Problem problem;
};
// The incident's own channel has another id than the name it was asked for by.
struct ChannelCreated {
  ChannelId channel;
};
struct ChannelFailed {
  Problem problem;
};
// `zone`: IANA, empty = not said. `active` false: the account is closed, nobody reads what is sent there.
struct PersonKnown {
  Person person;
  std::string zone;
  bool active = true;
};
// It was opened, or had been before. `head` and `base` as in the request.
struct PullRequestReady {
  std::string repository;
  forge::PullRequest pull_request;
};
struct PullRequestFailed {
  std::string repository, head, base;
  Problem problem;
};
// `landing_sha` is what it is on its base now; empty: the forge does not say yet.
struct PullRequestMerged {
  std::string repository;
  std::uint64_t number = 0;
  std::string landing_sha;
};
struct MergeFailed {
  std::string repository;
  std::uint64_t number = 0;
  Problem problem;
};
struct FlagSwitched {
  std::string flag;
};
struct FlagFailed {
  std::string flag;
  Problem problem;
};
struct StatusRefused {
  std::string repository, context;
  Problem problem;
};
struct IssueFiled {
  std::string action;
  std::uint64_t number = 0;
  std::string url;
};
struct IssueFailed {
  std::string action;
  Problem problem;
};
// `followed` false: the means cannot be asked how it ends.
struct DeploymentStarted {
  std::string repository, key, id, url;
  bool followed = true;
};
// `maybe`: the order may have arrived all the same.
struct DeploymentNotStarted {
  std::string repository, key;
  Problem problem;
  bool maybe = false;
};
struct DeploymentSeen {
  std::string repository, key;
  DeploymentView view;
};
struct DeploymentUnseen {
  std::string repository, key;
  Problem problem;
};
struct RegressionTestStarted {
  std::string repository, key, id, url;
};
struct RegressionTestNotStarted {
  std::string repository, key;
  Problem problem;
};
struct RegressionTestSeen {
  std::string repository, key;
  RegressionTestView view;
};
struct RegressionTestUnseen {
  std::string repository, key;
  Problem problem;
};
// What is in each environment, newest first: the first of `releases` is there now; none: nobody can tell.
struct WhereKnown {
  struct Place {
    std::string environment, source;  // who says so, "the record"
    std::vector<Release> releases;
    std::string trouble;  // why a better source could not be asked; empty = nothing is wrong
  };
  std::string repository;
  std::vector<Place> places;
  std::optional<Release> wanted{};  // the tag that was asked for, as the origin has it
};
struct WhereFailed {
  std::string repository;
  Problem problem;
};
// The branch is on the origin, or was before. Without a commit to carry there is none: `branch` is empty, and either
// `conflict` says why or the target has all of it already.
struct ForwardPorted {
  struct Commit {
    std::string sha, subject;
  };
  std::string repository, target, branch, sha, target_sha;
  PortMode mode{};              // as it was done
  std::string why_picked;       // why it was no merge although that was asked for, one clause
  std::vector<Commit> commits;  // the hotfix's that the branch carries, oldest first
  int skipped = 0;              // that change nothing on the target
  std::optional<PortConflict> conflict{};
};
struct ForwardPortFailed {
  std::string repository, target, branch;
  Problem problem;
};
// `target` as in the request.
struct MergeBackExplained {
  std::string repository, target;
  MergeBackReport report;
};
struct MergeBackUnexplained {
  std::string repository, target;
  Problem problem;
};
struct BranchesDeleted {
  struct Kept {
    std::string branch, why;
  };
  std::string repository;
  std::vector<std::string> deleted;
  std::vector<Kept> kept;
};
struct Abandoned {
  std::string effect;
  Problem problem;
};
}  // namespace result

struct Tick {};

using Input = std::variant<
    Command, chat::Said, chat::Edited, chat::Deleted, chat::Reacted, chat::Added, chat::Pressed, chat::Joined,
    chat::Archived, ForgeEvent, result::BranchCut, result::BranchFailed, result::TagPushed, result::TagFailed,
    result::Observed, result::ObserveFailed, result::ChannelCreated, result::ChannelFailed, result::PersonKnown,
    result::PullRequestReady, result::PullRequestFailed, result::PullRequestMerged, result::FlagSwitched,
    result::FlagFailed, result::MergeFailed, result::IssueFiled, result::IssueFailed, result::StatusRefused,
    result::ForwardPorted, result::ForwardPortFailed, result::BranchesDeleted, result::DeploymentStarted,
    result::DeploymentNotStarted, result::DeploymentSeen, result::DeploymentUnseen, result::WhereKnown,
    result::WhereFailed, result::RegressionTestStarted, result::RegressionTestNotStarted, result::RegressionTestSeen,
    result::RegressionTestUnseen, result::MergeBackExplained, result::MergeBackUnexplained, result::Abandoned, Tick>;

}  // namespace hotfixd
