// The state of one incident: what folding its events gives. Derived figures are functions, not fields.
#pragma once

#include <boost/iterator/indirect_iterator.hpp>
#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>
#include <functional>
#include <span>

#include "bot/domain/events.hpp"
#include "bot/domain/policy.hpp"

namespace hotfixd {

struct Stamp {  // who, when, from where
  Time at{};
  Person by;
  Source source = Source::bot;
  bool operator==(const Stamp&) const = default;
};

struct Check {
  CheckState state{};
  std::string url;
  std::uint64_t sequence = 0;
  Stamp stamp;
  std::string step;  // the first that failed
  bool rollup = false;
  std::string source;  // see forge::Check
  Time first_at{};     // when the bot first heard of it
  bool operator==(const Check&) const = default;
};

struct Review {
  ReviewVerdict verdict{};
  std::string sha;
  Stamp stamp;
  Time recorded_at{};
  bool operator==(const Review&) const = default;
};

// Who asked outside of the incident's channel, and is told there too what comes of it. No channel: nobody.
struct Asker {
  ChannelId channel;
  Person who;
  bool operator==(const Asker&) const = default;
};

struct PullRequest {
  std::uint64_t number = 0;
  std::string url, title, base;
  Person author;
  bool open = true;
  std::string landing_sha;  // set once merged
  bool draft = false;
  Time known_at{};            // when the bot first heard of it
  Asker merging;              // who asked the bot to merge it, while nothing is known to have come of it
  bool merging_lost = false;  // no answer came: it may be asked for again
  Time merged_at{};
  bool operator==(const PullRequest&) const = default;
};

// A line was moved, see event::LinePushed.
struct LinePush {
  std::string before, after;
  Person by;
  bool forced = false;
  bool operator==(const LinePush&) const = default;
};

struct MergeBack {
  Verdict verdict = Verdict::unknown;
  std::string target_sha, explanation;
  Time judged_at{};               // the commit's time
  std::string acknowledged_sha;   // empty = no acknowledgement stands
  std::string acknowledged_work;  // the hotfix's commit that it was given for
  Person acknowledged_by;
  std::string acknowledged_why;
  bool was_present = false;  // some earlier judgement said PRESENT
  std::string settled_sha;   // the line's head when it was last settled; empty = it never was
  // Its head when it then first was not, and who wrote the newest commit of what came between; empty = it is settled.
  std::string lost_sha, lost_author, lost_login;
  std::vector<LinePush> pushes;  // since it was last settled, as they were told
  void void_acknowledgement();
  // The pushes that led from `settled_sha` to `lost_sha`, newest first: as many of them as the forge told of.
  std::vector<LinePush> lost_by() const;
  static constexpr std::string_view kGone = " is gone from the origin";  // after the line's name: the explanation
  bool gone() const { return explanation.ends_with(kGone); }
  bool settled() const { return verdict == Verdict::present || (!acknowledged_sha.empty() && needs_ack(verdict)); }
  bool operator==(const MergeBack&) const = default;
};

// A branch that carries the fix to a line. It may be gone, and its pull request closed.
struct ForwardPort {
  std::string branch, sha;
  std::uint64_t number = 0;  // of the pull request; 0 = there is none
  std::string url;
  bool draft = false;  // it stops before a conflict
  bool open = true;
  std::string landing_sha{};  // what it is on the line since it was merged; empty = the forge did not say
  bool operator==(const ForwardPort&) const = default;
};

// A run of the regression test on a line. What it says changes no verdict and no obligation.
struct RegressionTest {
  std::string key, sha, work, means;  // see event::RegressionTestOrdered
  Stamp ordered;
  ChannelId channel;  // see Asker
  std::string id, url;
  std::optional<TestOutcome> outcome;  // nothing while it is under way
  std::string detail, output;
  Asker asker() const { return {channel, ordered.by}; }
  bool operator==(const RegressionTest&) const = default;
};

struct Hotfix {
  std::string repository, branch;
  bool requested = true;  // asked for, and not yet cut
  std::string base_tag, base_sha;
  std::string version;          // what the next tag will be called
  bool from_named_tag = false;  // cut with --from
  std::string head;
  Time head_at{};                           // when the bot saw that it is the head
  std::vector<std::string> commit_authors;  // names, as git knows them
  std::string subject;                      // first line of the first of them
  std::vector<Person> authors;              // of the same commits, as the forge knows them
  std::string tagging;                      // the commit that the bot is about to tag; empty = it is not
  Asker asker;                              // of the branch or the tag that is under way
  int files = 0, lines = 0;
  std::string unclean;                 // see HotfixFacts
  std::vector<ScopeFinding> findings;  // likewise
  std::vector<PullRequest> pull_requests;
  std::map<std::string, std::map<std::string, Check>> checks;  // sha -> context -> check
  // Person::key() and the pull request's number (0: said in the channel) -> latest verdict. See counting_reviews().
  std::map<std::pair<std::string, std::uint64_t>, Review> reviews;
  std::map<std::string, Person> reviewers;
  std::vector<std::string> required_checks;  // by the forge's rules
  std::vector<CheckSource> check_sources;    // this and what follows: see event::ForgeAsked
  int required_approvals = 0;
  std::vector<Person> awaited;
  std::vector<std::string> unknown_authors;
  std::vector<Person> readers, rights_unknown;
  bool rules_known = true;
  bool pr_wanted = false;  // the bot was to open one
  int nags = 0;            // for a review of the head
  Time nagged_at{};
  std::string green_sha, red_sha, approved_sha;  // heads for which the milestone was recorded
  std::string tag, tag_sha;
  Time tagged_at{};                       // when the bot heard of the tag
  std::string tagged_head;                // the branch's head then: the tag may be on main's merge of it
  std::vector<Gate> tag_bypassed;         // gates that were not met then
  std::vector<std::string> tag_evidence;  // see event::Tagged
  std::vector<std::string> earlier_tags;  // of this hotfix, before `tag`
  std::optional<Time> rolled_back_at;
  std::optional<Time> deploy_failed_at;   // the last time
  std::vector<std::string> environments;  // deployed to
  std::optional<Time> deployed_at;
  std::map<std::string, MergeBack> merge_backs;      // target -> state
  std::map<std::string, ForwardPort> forward_ports;  // target -> the newest
  // target -> the key of the run that first failed there, while the text of the head it ran on is PRESENT
  std::map<std::string, std::string> contradictions;
  std::map<std::string, RegressionTest> testing;  // target -> the run that is under way
  std::map<std::string, RegressionTest> tested;   // target -> the newest that ended
  std::optional<Forecast> forecast;               // the newest before it ships
  bool forecast_told = false;                     // there is a message about it
  bool branches_deleted = false;                  // by the bot, after the end
  // There are commits that could be tagged: none were yet, or the branch went on after its last tag.
  bool taggable() const { return has_work() && head != tag_sha && head != tagged_head; }
  bool has_work() const { return !head.empty() && head != base_sha; }
  // Is this the tag that it was cut from, or one that it had before `tag`? Deployed after it, that is a rollback.
  bool precedes(std::string_view name) const;
  // Its work is on a line that others ship from, whoever brought it there.
  bool landed() const;
  // The open one that is to be merged; null = none.
  const PullRequest* open_pull_request() const;
  // Wrote the fix: opened a pull request for it into the line of the first, or made one of its commits.
  bool wrote(const Person& person) const;
  bool operator==(const Hotfix&) const = default;
};

// One run of a repository's means to deploy.
struct Deployment {
  std::string key, repository, tag, sha, environment, replaces;
  bool rollback = false;
  std::vector<std::string> evidence;
  Stamp ordered;
  ChannelId channel;  // see Asker
  bool started = false;
  std::string id, url, waits;
  bool arrived = false;  // somebody said that the tag is there
  bool broke = false;    // somebody said that it failed
  std::optional<DeploymentOutcome> outcome;
  std::string detail, output;
  bool under_way() const { return !outcome; }
  Asker asker() const { return {channel, ordered.by}; }
  bool operator==(const Deployment&) const = default;
};

struct RollbackOffer {
  std::string id, repository, environment, from, tag, sha, source;
  Stamp offered;
  std::string taken_by;  // the key of the run that carries it out; empty = nobody confirmed
  Person confirmed_by;
  bool operator==(const RollbackOffer&) const = default;
};

struct Obligation {
  std::string id;
  ObligationKind kind{};
  std::string repository, target;
  Person owner;
  ObligationState state = ObligationState::open;
  Time opened_at{}, due{};
  std::optional<Time> met_at;
  std::string evidence;
  std::string reopened_why;  // empty unless it was met before
  int reopened = 0;          // times
  std::optional<Time> snoozed_until;
  int snoozes = 0;
  int pings = 0;
  std::optional<Time> last_ping;
  bool operator==(const Obligation&) const = default;
};

struct Ping {
  std::string slot;
  Person to;
  Time at{};
  std::vector<std::string> obligations;
  int level = 0;
  bool operator==(const Ping&) const = default;
};

struct OverrideRequest {
  std::string id, gate, repository, why;
  std::string sha;  // the hotfix's head when it was asked: an override of a tag gate holds for that commit only
  Stamp asked;
  std::optional<Stamp> confirmed;
  bool declined = false;
  bool operator==(const OverrideRequest&) const = default;
};

struct Rca {
  bool started = false;
  std::map<RcaField, std::string> fields;
  std::optional<Stamp> submitted, approved;
  bool operator==(const Rca&) const = default;
};

struct ActionItem {
  std::string id, what;
  Person owner;
  Time due{};
  std::optional<Time> done_at;
  std::uint64_t issue = 0;  // its number in the forge; 0 = none
  std::string issue_url;
  bool operator==(const ActionItem&) const = default;
};

struct ChatMessage {
  Person author;
  Time at{};
  std::vector<std::string> versions;  // the last is what it reads now; earlier texts are kept
  bool deleted = false;
  bool operator==(const ChatMessage&) const = default;
};

// Ranks order milestones that share a minute.
enum class Milestone : std::uint8_t {
  none,
  signal,
  declared,
  severity,
  mitigated,
  branch,
  pull_request,
  ci_failed,
  ci,
  approvals,
  merged,
  tagged,
  deployed,
  deploy_failed,
  overridden,
  verified,
  resolved,
  merged_back,
  regressed,
  closed,
  reopened
};

// What an entry rarely has for itself: all notes of one author share one.
struct Background : boost::intrusive_ref_counter<Background> {
  Person author;
  std::string repository;           // of the hotfix a milestone belongs to
  MessageId message;                // empty unless it is a chat message
  std::set<std::string> pinned_by;  // Person::key(); gone when the last of them takes the pin off
  bool operator==(const Background& other) const;
};

struct TimelineEntry : boost::intrusive_ref_counter<TimelineEntry> {
  std::uint32_t number = 0;  // from 1, in the order of recording
  Source source{};
  Milestone milestone = Milestone::none;
  bool removed = false;
  Time occurred_at{}, recorded_at{};
  std::string text;

  explicit TimelineEntry(boost::intrusive_ptr<Background> background) : background_(std::move(background)) {}
  // As shown and as recorded: "1", "2", …
  std::string id() const { return std::to_string(number); }
  const Person& author() const { return background_->author; }
  const std::string& repository() const { return background_->repository; }
  const MessageId& message() const { return background_->message; }
  const std::set<std::string>& pinned_by() const { return background_->pinned_by; }
  // To be changed for this entry only.
  Background& own_background();
  bool operator==(const TimelineEntry& other) const;

 private:
  boost::intrusive_ptr<Background> background_;  // never null
};
// A long incident is as large as its lines. With its text and a pointer in each of the engine's two states, a note of
// 40 characters takes 160 bytes; a field that most lines leave empty belongs to Background.
static_assert(sizeof(TimelineEntry) <= 72);

// Entries in the order of recording. Copies share an entry until one of them changes it.
class Entries {
 public:
  using const_iterator =
      boost::indirect_iterator<std::vector<boost::intrusive_ptr<TimelineEntry>>::const_iterator, const TimelineEntry>;

  const_iterator begin() const { return const_iterator(entries_.begin()); }
  const_iterator end() const { return const_iterator(entries_.end()); }
  std::size_t size() const { return entries_.size(); }
  const TimelineEntry& back() const { return *entries_.back(); }
  // The next number, and the background that others of this author and repository have.
  TimelineEntry& add(const Person& author, const std::string& repository);
  // The nth, from 0, to be changed here only.
  TimelineEntry& edit(std::size_t n);
  // Changes every entry for which `which` holds.
  void edit_if(const std::function<bool(const TimelineEntry&)>& which,
               const std::function<void(TimelineEntry&)>& change);
  // From the nth on, entries that are equal to those of `other` become the same.
  void share(const Entries& other, std::size_t from);
  bool operator==(const Entries& other) const;

 private:
  std::vector<boost::intrusive_ptr<TimelineEntry>> entries_;
  // What entries without message and pins share, by its author's id and name and its repository; it is never changed.
  std::map<std::array<std::string_view, 3>, boost::intrusive_ptr<Background>> backgrounds_;
};

struct PendingRequest {
  std::string verb, repository, argument;
  Stamp stamp;
  Time recorded_at{};
  ChannelId channel;  // see Asker
  Asker asker() const { return {channel, stamp.by}; }
  bool operator==(const PendingRequest&) const = default;
};

struct Incident {
  IncidentId id;
  ChannelId channel;
  std::string summary;
  Severity severity = Severity::sev3;
  Severity declared_severity = Severity::sev3;
  std::vector<std::string> criteria;
  std::string below_threshold_reason;
  bool drill = false;
  bool own_channel = false;                          // made for it
  ChannelId origin;                                  // where it was declared; empty = in its channel
  bool private_channel = false;                      // what it is about is for those in its channel only
  bool archived = false;                             // the channel is
  std::map<std::string, event::PersonKnown> people;  // Person::key() -> what the chat platform said
  std::string default_repository;
  std::string service;
  Stamp declared;
  std::optional<Assessment> assessment;
  std::string assessment_why;
  std::map<Role, Person> roles;
  struct MitigationRecord {
    Mitigation kind{};
    std::string what, why;
    Stamp stamp;
    bool operator==(const MitigationRecord&) const = default;
  };
  std::vector<MitigationRecord> mitigations;
  std::vector<Hotfix> hotfixes;
  std::vector<Deployment> deployments;   // in the order they were ordered
  std::vector<RollbackOffer> rollbacks;  // offered
  std::vector<Obligation> obligations;
  std::vector<Ping> pings;
  std::vector<OverrideRequest> overrides;
  Rca rca;
  std::vector<ActionItem> actions;
  std::map<MessageId, ChatMessage> messages;
  Entries timeline;  // shown sorted, see timeline.hpp
  std::vector<PendingRequest> requests;
  std::optional<Stamp> verified;
  std::string verified_what;
  bool verify_failing = false;
  std::optional<Stamp> resolved;
  std::string resolved_what;
  std::optional<Stamp> closed;
  Time last_reopened{};
  int reopened = 0;
  std::vector<std::string> abandoned;                 // effects given up, as shown to people
  std::map<std::string, std::string> forge_refusals;  // what the forge refused last -> what was to be mended
  std::uint64_t version = 0;                          // events folded
  Time last_recorded{};

  bool operator==(const Incident&) const = default;

  bool exists() const { return version > 0; }
  bool ended() const;  // closed or not a hotfix
  Status status() const;
  const Hotfix* hotfix(std::string_view repository) const;
  Hotfix* hotfix(std::string_view repository);
  const Deployment* deployment(std::string_view key) const;
  Deployment* deployment(std::string_view key);
  const Obligation* obligation(std::string_view id) const;
  Obligation* obligation(std::string_view id);
  std::optional<Person> holder(Role role) const;
  // False when the chat platform said that the account is closed.
  bool active(const Person& person) const;
  // Of this person: as configured, else as the chat platform says, else the channel's.
  const std::string& zone_of(const Person& person, const Policy& policy) const;
  // When it ended; nothing while it is open.
  std::optional<Time> ended_at() const;
};

// "v2.4.8" → "v2.4.9"; build metadata is dropped. `tag` ends with its patch number otherwise.
std::string patch_after(std::string_view tag);

// Folds one event. Never fails: an event that refers to something unknown changes only `version`.
void apply(Incident& incident, const Event& event);
Incident fold(std::span<const Event> events);

}  // namespace hotfixd
