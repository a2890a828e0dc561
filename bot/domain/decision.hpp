// What decide() returns: events to record, effects to carry out, and the answer to the person who asked.
#pragma once

#include "bot/domain/events.hpp"
#include "bot/domain/incident.hpp"
#include "bot/domain/input.hpp"
#include "bot/domain/message.hpp"

namespace hotfixd {

// Effects are commands to the outside. Each is idempotent under its key: carrying it out twice must
// leave the world as carrying it out once. The engine keys them; ports say how they recognise their
// own earlier success.
namespace effect {

// The message in `slot` shall read so: posted when the slot is empty, edited in place otherwise.
// A newer Show of the same slot replaces an older one that has not been sent.
struct ShowMessage {
  // Unique for all time, e.g. "HF-1/status", "HF-1/ping/3". "HF-1/say/": one of its own, whose name the engine
  // completes.
  std::string slot;
  ChannelId channel;
  Message message;
  bool pin = false;
  bool ping = false;  // notifies the people it mentions (a reminder)
  bool operator==(const ShowMessage&) const = default;
};
struct CreateChannel {
  ChannelId channel;
  std::string topic;
  bool is_private = false;
  bool operator==(const CreateChannel&) const = default;
};
// The incident's own channel shall have these too: people let in, and links at its head. An empty topic leaves it.
struct FurnishChannel {
  struct Bookmark {
    std::string title, url;
    bool operator==(const Bookmark&) const = default;
  };
  ChannelId channel;
  std::string topic;
  std::vector<Person> people;
  std::vector<std::string> groups;  // "@oncall"
  std::vector<Bookmark> bookmarks;
  bool empty() const { return topic.empty() && people.empty() && groups.empty() && bookmarks.empty(); }
  bool operator==(const FurnishChannel&) const = default;
};
// Nobody writes there any more.
struct ArchiveChannel {
  ChannelId channel;
  bool operator==(const ArchiveChannel&) const = default;
};
// What the chat platform knows of a person. Answered by result::PersonKnown, or by nothing: it is asked again with the
// next ping.
struct AskPerson {
  ChannelId channel;  // says which platform
  Person person;
  bool operator==(const AskPerson&) const = default;
};
// Cut `branch` at the production tag (`from_tag` empty = find it). `known_production` is the newest
// tag that the record says was deployed; empty = none. `paths` as in Observe.
struct CutBranch {
  std::string repository, branch, from_tag, known_production;
  std::vector<std::string> paths{};
  bool operator==(const CutBranch&) const = default;
};
struct PushTag {
  std::string repository, tag, sha, message;
  bool operator==(const PushTag&) const = default;
};
// A pull request from `head` into `base`. Answered by result::PullRequestReady or result::PullRequestFailed.
struct OpenPullRequest {
  std::string repository, head, base, title, body;  // branches by name; `body` is Markdown
  bool draft = false;
  bool operator==(const OpenPullRequest&) const = default;
};
// What the bot says of a commit in the forge; a later one of the same context replaces it. Of kMergeBackContext the
// engine says at the moment of setting it what all incidents know of that commit.
inline constexpr std::string_view kMergeBackContext = "hotfixd/merge-back";
struct SetCommitStatus {
  std::string repository, sha, context;
  std::string branch;  // whose head it is
  CheckState state{};  // skipped is not used
  std::string description;
  std::string url;  // may be empty
  bool operator==(const SetCommitStatus&) const = default;
};
// Into `base`, and only as it is at `sha`. Answered by result::PullRequestMerged or result::MergeFailed.
struct MergePullRequest {
  std::string repository;
  std::uint64_t number = 0;
  std::string sha, base;
  MergeMethod method{};
  bool operator==(const MergePullRequest&) const = default;
};
// A release of a tag that is there. One of that tag that is there already stays as it is.
struct PublishRelease {
  std::string repository, tag, title, notes;  // `notes` is Markdown
  std::string sha;                            // that the tag is on
  bool operator==(const PublishRelease&) const = default;
};
// An issue in the forge for an action item, once: `marker` tells it again. Answered by result::IssueFiled or
// result::IssueFailed.
struct FileIssue {
  std::string repository, action;
  std::string marker;  // "hotfixd HF-3/A1"
  std::string title, body;
  Time since{};  // none of that marker is older
  bool operator==(const FileIssue&) const = default;
};
// Fetch and judge, and ask the forge where one is configured. Answered by result::Observed or result::ObserveFailed.
struct Observe {
  std::string repository, branch, base_tag, base_sha, known_head;
  std::string version;  // what the hotfix is to be tagged as
  std::string tag_sha;  // of the shipped tag: what is judged on the target lines, wherever the branch goes after it
  std::string known_production;  // the newest tag that the record says was deployed; empty = none
  struct Target {
    std::string name, acknowledged_sha;
    bool was_present = false;
    std::string landing_sha{};  // the commit that the forge says the merge-back is on this line; empty = not known
    std::string settled_sha{};  // its head when it was last settled, see MergeBack; empty = it never was
    bool operator==(const Target&) const = default;
  };
  std::vector<Target> known_targets;  // what was said of targets before
  std::vector<std::string> paths{};   // what the change may touch, globs allowed; empty = anything
  // What shipped from here in other incidents, cut from the same production or an older one: the next tag must carry
  // it. Filled in when it begins.
  struct Shipped {
    std::string name, branch, base_tag, base_sha, tag, tag_sha;  // "v2.4.8 (HF-3)"
    bool operator==(const Shipped&) const = default;
  };
  std::vector<Shipped> shipped{};
  bool operator==(const Observe&) const = default;
};

// Say of each open pull request into a merge-back line what merging it would do to what shipped (kMergeBackContext on
// its head). Not recorded: the engine asks for it again.
struct GuardPullRequests {
  std::string repository;
  struct Shipped {
    std::string name;  // "v2.4.8 (HF-3)"
    Observe about;
    bool operator==(const Shipped&) const = default;
  };
  std::vector<Shipped> shipped;
  struct Said {
    std::string sha, text;
    bool operator==(const Said&) const = default;
  };
  std::vector<Said> said{};  // what the bot knows to stand on these heads
  bool operator==(const GuardPullRequests&) const = default;
};

// A feature flag shall be off. Answered by result::FlagSwitched or result::FlagFailed.
struct SwitchFlag {
  std::string flag;    // its key
  std::string reason;  // for the flag service's own record
  bool operator==(const SwitchFlag&) const = default;
};

// Bring this tag to an environment by the repository's means, unless the tag is on another commit now. Answered by
// result::DeploymentStarted or result::DeploymentNotStarted.
struct Deploy {
  std::string key, repository, tag, sha, environment;  // `sha` empty: whatever commit the tag is on
  bool rollback = false;
  Time ordered_at{};  // an old order is not carried out any more
  bool operator==(const Deploy&) const = default;
};
// How is that run going? Answered by result::DeploymentSeen or result::DeploymentUnseen.
struct FollowDeployment {
  std::string key, repository, tag, environment, id;
  Time not_before{};
  bool operator==(const FollowDeployment&) const = default;
};
// Begin the regression test of a hotfix on `target`, whose head is `sha`. Answered by result::RegressionTestStarted or
// result::RegressionTestNotStarted.
struct StartRegressionTest {
  std::string key, repository, target, sha;
  std::string hotfix;    // its tag; before that its branch
  std::string incident;  // "HF-1"
  Time ordered_at{};     // an old order is not carried out any more
  bool operator==(const StartRegressionTest&) const = default;
};
// How is that test going? Answered by result::RegressionTestSeen or result::RegressionTestUnseen.
struct FollowRegressionTest {
  std::string key, repository, target, sha, id;
  Time not_before{};
  bool operator==(const FollowRegressionTest&) const = default;
};
// What is in these environments now? Answered by result::WhereKnown or result::WhereFailed.
struct AskWhere {
  std::string repository;
  std::vector<std::string> environments;
  std::string production;        // which of them the record and git speak of
  std::string tag;               // a tag to be looked up too; may be empty
  std::string known_production;  // the newest tag that the record says was deployed; filled in when it begins
  ChannelId channel;             // where it was asked without an incident; else empty
  Person who;
  bool operator==(const AskWhere&) const = default;
};
// Carry what shipped to `target`: `branch` at its head with the hotfix's own commits or one merge of them, pushed and
// never forced. Answered by result::ForwardPorted or result::ForwardPortFailed.
struct ForwardPort {
  std::string repository;
  Observe about;  // the hotfix
  std::string target, branch;
  std::string tag;  // that it shipped as; empty = none
  PortMode mode{};
  std::string incident;  // "HF-1", for the message of a merge
  bool operator==(const ForwardPort&) const = default;
};
// What stands behind the verdict on a line, of that line by its shown name. Answered by result::MergeBackExplained or
// result::MergeBackUnexplained.
struct ExplainMergeBack {
  std::string repository;
  Observe about;  // the hotfix
  std::string target;
  bool operator==(const ExplainMergeBack&) const = default;
};
// On the origin, each one whose commits are all in a tag or in a merge-back line. Answered by result::BranchesDeleted.
struct DeleteBranches {
  std::string repository;
  std::vector<std::string> branches;
  bool operator==(const DeleteBranches&) const = default;
};

}  // namespace effect

using Effect = std::variant<effect::ShowMessage, effect::CreateChannel, effect::CutBranch, effect::PushTag,
                            effect::Observe, effect::FurnishChannel, effect::ArchiveChannel, effect::AskPerson,
                            effect::OpenPullRequest, effect::SetCommitStatus, effect::PublishRelease, effect::FileIssue,
                            effect::ForwardPort, effect::DeleteBranches, effect::Deploy, effect::FollowDeployment,
                            effect::AskWhere, effect::MergePullRequest, effect::GuardPullRequests, effect::SwitchFlag,
                            effect::StartRegressionTest, effect::FollowRegressionTest, effect::ExplainMergeBack>;

// The answer to the person who typed the command. Only that person sees it, unless `in_channel`.
struct Reply {
  Message message;
  bool in_channel = false;
  bool refused = false;  // a UserError or a closed gate: nothing was changed
  bool operator==(const Reply&) const = default;
};

struct Decision {
  std::vector<Event> events;
  std::vector<Effect> effects;
  std::optional<Reply> reply;
  Incident after;  // the incident with `events` folded
};

}  // namespace hotfixd
