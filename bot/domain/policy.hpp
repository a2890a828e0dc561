// What a team decided beforehand. Read from the configuration file, given to decide() as an argument.
#pragma once

#include "bot/domain/types.hpp"

namespace hotfixd {

struct SeverityPolicy {
  std::string name;     // shown, e.g. "sev-2"
  std::string meaning;  // when to choose it
  double pace = 1.0;    // multiplies every reminder interval: below 1 = faster
};

// When an owner is pinged. Intervals are multiplied by the severity's pace.
struct ReminderPolicy {
  Minutes due_after{24 * 60};                 // from the obligation's opening
  Minutes first_after{60};                    // first ping
  double backoff = 2.0;                       // each gap is this much longer than the one before, >= 1
  Minutes max_gap{24 * 60};                   // but never longer than this
  int per_day = 3;                            // pings to one owner per day in the owner's zone, >= 1
  Minutes escalate_commander_after{24 * 60};  // from opening: the commander is pinged too
  Minutes escalate_channel_after{72 * 60};    // from opening: the channel and the managers are told
};

// Minutes after local midnight; from > to spans midnight; from == to means none.
struct QuietHours {
  Minutes from{22 * 60};
  Minutes to{8 * 60};
};

// When people are asked for the reviews that a head lacks. Multiplied by the severity's pace; quiet hours do not count:
// somebody is waiting.
struct ReviewPolicy {
  Minutes first_after{10};  // after the bot saw the head and its pull request; doubles from one to the next
  int count = 4;            // for one head; 0 = never
};

struct PersonPolicy {
  Person person;
  std::string zone;    // IANA; empty = the channel's
  std::string github;  // login; empty = the same as the id
  std::string slack;   // member id, "U012AB3CD"; empty = nobody there
  std::string gitlab;  // user name; empty = the same as the id
};

struct RepositoryPolicy {
  std::string name;                          // the word people type, e.g. "shop"
  std::string github;                        // "owner/name" in webhooks; empty = any owner with this name
  std::string gitlab;                        // "group/subgroup/name"; not empty: it is GitLab's, and none of GitHub's
  std::string forge;                         // "GitHub", "GitLab": whose API the bot may use; empty = none
  bool publish_release = false;              // of each tag that the bot makes; only with a forge
  bool open_pull_request = true;             // the bot opens it once the branch has a commit; only with a forge
  std::vector<std::string> required_checks;  // names, globs allowed: those that must pass; empty = what the forge says
  bool deploys = false;                      // the bot has means to deploy it
  std::vector<std::string> environments;     // it is deployed to; empty = Policy::environment alone
  Minutes deploy_limit{60};                  // how long the end of one deployment is waited for
  std::string regression_test;             // by what the bot has the fix tested on a line, as shown; empty = it has not
  Minutes regression_limit{60};            // how long the end of one test is waited for
  std::string production_branch = "main";  // production tags are reachable from here
  std::vector<std::string> targets = {"main", "develop", "release/*"};  // merge-back lines; globs allowed
  ReleaseLines release_lines = ReleaseLines::all;                       // of those with a version in their name
  Minutes active_for{0};  // such a line whose head is older by this than the base tag's commit is none; 0 = any age
  std::vector<std::string> ignored_paths = {"VERSION", "CHANGELOG.md"};  // not judged, not counted
  std::vector<std::string> paths;                 // what a hotfix may touch, globs allowed; empty = anything
  PortMode forward_port = PortMode::merge;        // where a merge would bring more than the fix, its commits are picked
  MergeMethod merge_method = MergeMethod::merge;  // of `merge`
  PullRequestStatusWhen pull_request_status = PullRequestStatusWhen::shipped;  // only with a forge
  bool delete_branches = false;  // the hotfix's, on the origin, once the incident is closed
};

// What a team runs and customers see, e.g. "checkout".
struct ServicePolicy {
  std::string name;                  // the word people type
  std::string repository;            // where its hotfixes are cut, a RepositoryPolicy's name; empty = the default one
  std::string runbook;               // http(s) address; empty = none
  std::vector<std::string> paths{};  // its files, globs allowed; empty = as the repository says
};

struct Policy {
  std::string zone = "UTC";                       // IANA: times in messages and in the timeline
  std::map<Severity, SeverityPolicy> severities;  // all four
  Severity threshold = Severity::sev2;            // a hotfix is for this severity or worse
  std::vector<std::string> criteria;              // the written definition of a hotfix
  int approvals = 2;
  ReviewPolicy review;
  int scope_files = 5;
  int scope_lines = 100;
  std::vector<Role> override_roles = {Role::releaser, Role::commander};
  std::vector<std::string> managers;   // people named when an obligation escalates to the channel
  std::vector<std::string> releasers;  // people who hold the role releaser in every incident
  std::string environment = "production";
  std::map<ObligationKind, ReminderPolicy> reminders;  // a kind that is missing uses the default values
  QuietHours quiet;
  Minutes snooze_limit{3 * 24 * 60};  // one snooze
  int snooze_count = 3;               // per obligation
  Minutes override_expires{30};
  Minutes alert_lookback{60};              // alerts this long before `declare` belong to the incident
  std::vector<std::string> alert_sources;  // names whose messages are alerts
  std::vector<std::string> pin_reactions = {"pushpin", "round_pushpin", "📌"};
  std::vector<PersonPolicy> people;
  std::vector<RepositoryPolicy> repositories;  // the first is the default
  std::vector<ServicePolicy> services;
  bool switches_flags = false;  // `mitigate flag` has the bot switch it off; set where there is a flag service
  bool new_channel = false;     // each incident gets a channel of its own
  std::string channel_template = "hf-{number}-{slug}";
  std::vector<std::string> invite;      // into an incident's own channel: ids of people, "@group" of the chat platform
  std::string digest;                   // a channel told of every incident that is not private; empty = none
  Minutes archive_after{30 * 24 * 60};  // an incident's own channel, after its end; 0 = never
  Minutes watch_after_close{30 * 24 * 60};  // merge-backs are judged this long after close

  const RepositoryPolicy* repository(std::string_view name) const;
  // Where this repository is deployed to, as configured.
  std::vector<std::string> environments_of(std::string_view repository) const;
  const ServicePolicy* service(std::string_view name) const;
  const PersonPolicy* person(std::string_view id) const;
  // The person whose login this is; a person named like the login when nobody is configured.
  Person by_github(std::string_view login) const;
  Person by_gitlab(std::string_view login) const;
  // The same in the forge of this repository.
  Person by_login(std::string_view repository, std::string_view login) const;
  // The person with this member id in Slack; a person of that id and name when nobody is configured.
  Person by_slack(std::string_view member, std::string_view name) const;
  // The person whom git calls so, by name, id or login; nothing when nobody is configured.
  std::optional<Person> by_git_name(std::string_view repository, std::string_view name) const;
  const ReminderPolicy& reminder(ObligationKind kind) const;
  bool is_alert_source(const Person& p) const;
};

// The policy of a team that configured nothing: what `hotfixd check --print-default` documents.
Policy default_policy();

// All that is wrong with a policy (numbers out of range, unknown zones, duplicate names); empty when sound.
std::vector<std::string> validate(const Policy& policy);

}  // namespace hotfixd
