// The working space of one decide(): events are folded as they are emitted, so that later steps see
// what earlier ones decided. Internal to the domain.
#pragma once

#include <utility>

#include "bot/domain/cards.hpp"
#include "bot/domain/decide.hpp"

namespace hotfixd {

// Where an event comes from.
struct EmitAs {
  std::optional<Time> at;    // default: the input's own time
  std::optional<Person> by;  // default: the actor
  Source source = Source::said;
};

class Deciding {
 public:
  // `same` equals `incident`.
  Deciding(const Incident& incident, Incident same, const Context& context, const Policy& policy)
      : c(context), p(policy), before(incident), i(std::move(same)) {}

  const Context& c;
  const Policy& p;
  const Incident& before;  // as it was when the input came
  Incident i;              // as it is with the events emitted so far
  Decision out;
  std::vector<Asker> askers;  // whose question is answered at the moment

  using How = EmitAs;
  void emit(EventData data, How how = {});
  void effect(Effect e) { out.effects.push_back(std::move(e)); }
  // A message of its own in the incident's channel, and one for each of `askers` where they asked.
  void announce(Message message, bool ping = false);
  // Only for those who asked elsewhere.
  void answer(const Message& message);
  void show(std::string slot, Message message, bool pin = false, bool ping = false);
  void reply(Message message) { out.reply = Reply{addressed(std::move(message), i), false, false}; }
  void reply(std::string text) { reply(say(text)); }
  void refuse(std::string what, const std::string& try_instead = {});

  // The next free number for an entry, an override, an action.
  std::string next_entry() const { return std::to_string(i.timeline.size() + 1); }

  // The hotfix a command means; refuses and returns null when that is not clear.
  Hotfix* which_hotfix(const std::string& repository);
  // Likewise an obligation, by id, target or kind.
  const Obligation* which_obligation(const std::string& name);

  // Asks git, and remembers who waits for the answer.
  void ask_git(const std::string& verb, const Hotfix& hotfix, const std::string& argument);
  // Of what is asked now; empty in the incident's own channel, and where a private incident's verdict would be seen by
  // others.
  ChannelId asked_in() const;
  void observe_now(const Hotfix& hotfix);
  bool waiting(std::string_view verb) const;

  // The one who answers for what is left: role owner, else commander, else who declared.
  Person responsible() const;
  void open_obligation(std::string id, ObligationKind kind, const std::string& repository, const std::string& target,
                       const Person& owner, std::optional<Time> due = {});

  // Ends what somebody said has ended, and what took longer than it may.
  void settle_deployments();
  // Begins the regression tests that are due, and ends those that took longer than they may.
  void settle_tests();
  // Everything that follows from the facts: milestones, obligations opened, met and reopened, edits.
  void follow_up();
  // Brings the obligations up to date before a close is judged.
  void follow_up_before_close();
  void try_close(const Stamp& asked);
  void send_due_pings();
  // Who types in another channel does not see what the incident's is told.
  void answer_elsewhere();

 private:
  bool derive_once();
  void derive_milestones(const Hotfix& hotfix);
  void derive_obligations();
  void settle_obligations();
  void show_review(const Hotfix& hotfix, bool ready);
  void show_deployments();
  void show_tests();
  void show_changes();
  void show_pushers();
  void show_elsewhere();
  void show_commit_statuses();
  void ask_about_owners();
  void ask_about(const Person& person);
};

// When the incident's own channel is to be archived; nothing while it is open, or was archived, or never.
std::optional<Time> archive_at(const Incident& incident, const Policy& policy);

// A forge's time is taken unless it lies before the incident or in the future: then it is a clock we cannot use, and
// the time of receipt stands.
std::optional<Time> sane(const Deciding& d, std::optional<Time> at);
// " (shop)" when there are several.
std::string of_repository(const Deciding& d, std::string_view repository);
// "v2.4.8 is in production. Watch the signal, then …"
Message watch(const std::string& shipped);

// While it lives, what is announced answers these too.
class Answering {
 public:
  Answering(Deciding& deciding, const std::vector<Asker>& askers);
  Answering(const Answering&) = delete;
  Answering& operator=(const Answering&) = delete;
  ~Answering() { d.askers.clear(); }

 private:
  Deciding& d;
};

// "2.4.8" is "v2.4.8" to people.
bool same_number(std::string_view a, std::string_view b);
// " --repo shop" when there are several.
std::string repo_option(const Deciding& d, std::string_view repository);

// decide_facts.cpp
// What somebody asked for is decided.
void settle(Deciding& d, const PendingRequest& request, bool granted, std::string reason);
// Settles it and says so under `title`: `why`, or, when that is empty, which gates are closed.
void refuse_behind_gates(Deciding& d, const PendingRequest& request, const Hotfix& hotfix, std::string title,
                         const std::vector<GateResult>& gates, const std::string& why);

// decide_deploy.cpp
void decide_deploy_command(Deciding& d, const command::Deploy& x);
void decide_deploy_command(Deciding& d, const command::Where& x);
void decide_deploy_command(Deciding& d, const command::ConfirmRollback& x);
// `id`: the offer whose button was pressed.
void confirm_rollback(Deciding& d, const std::string& id);
// After `mitigate rollback` was recorded: asks what ran before, where the bot can bring it back.
void ask_for_rollback(Deciding& d, const std::string& what);
// A person says that what the bot rolls back to is there. False: it is nothing that waits for it.
bool rolled_back_by_word(Deciding& d, const command::DeployedTag& x);
// Fresh facts are there: deploys, or says why not. Settles the request.
void decide_deploy(Deciding& d, const PendingRequest& request, const HotfixFacts& facts);
// The request's own answer comes from somewhere else than git.
bool waits_for_deployer(const PendingRequest& request);
void decide_result(Deciding& d, const result::DeploymentStarted& r);
void decide_result(Deciding& d, const result::DeploymentNotStarted& r);
void decide_result(Deciding& d, const result::DeploymentSeen& r);
void decide_result(Deciding& d, const result::DeploymentUnseen& r);
void decide_result(Deciding& d, const result::WhereKnown& r);
void decide_result(Deciding& d, const result::WhereFailed& r);

// decide_show.cpp
// What stands behind a verdict: refuses, or asks git.
void ask_why(Deciding& d, const Hotfix& hotfix, const std::string& target);
// The request's own answer is what stands behind a verdict.
bool waits_for_details(const PendingRequest& request);
void decide_result(Deciding& d, const result::MergeBackExplained& r);
void decide_result(Deciding& d, const result::MergeBackUnexplained& r);

// decide_merge.cpp
// `target`: the base of the pull request that is meant; empty = what is clear. Refuses, or asks git and the forge
// first.
void ask_to_merge(Deciding& d, const Hotfix& h, const std::string& target);
// Fresh facts are there: merges, or says why not. Settles the request.
void decide_merge(Deciding& d, const PendingRequest& request);
// The merge of this pull request, as it was before, is on the record: who had the bot do it is told.
void say_merged(Deciding& d, const std::string& repository, const PullRequest& ordered);
void decide_result(Deciding& d, const result::PullRequestMerged& r);
void decide_result(Deciding& d, const result::MergeFailed& r);
// decide_commands.cpp
void decide_command(Deciding& d, const Command& command);
void press(Deciding& d, const chat::Pressed& pressed);
// decide_facts.cpp
void decide_chat(Deciding& d, const chat::Said& said);
void decide_chat(Deciding& d, const chat::Edited& edited);
void decide_chat(Deciding& d, const chat::Deleted& deleted);
void decide_chat(Deciding& d, const chat::Reacted& reacted);
void decide_chat(Deciding& d, const chat::Joined& joined);
void decide_chat(Deciding& d, const chat::Archived& archived);
void decide_chat(Deciding& d, const chat::Added& added);
void decide_result(Deciding& d, const result::BranchCut& r);
void decide_result(Deciding& d, const result::BranchFailed& r);
void decide_result(Deciding& d, const result::TagPushed& r);
void decide_result(Deciding& d, const result::TagFailed& r);
void decide_result(Deciding& d, const result::Observed& r);
void decide_result(Deciding& d, const result::ObserveFailed& r);
void decide_result(Deciding& d, const result::ChannelCreated& r);
void decide_result(Deciding& d, const result::ChannelFailed& r);
void decide_result(Deciding& d, const result::PersonKnown& r);
void decide_result(Deciding& d, const result::Abandoned& r);
void decide_result(Deciding& d, const result::FlagSwitched& r);
void decide_result(Deciding& d, const result::FlagFailed& r);
// decide_regression.cpp
// Refuses, or asks git first.
void ask_to_test(Deciding& d, const command::MergeBackTest& wanted);
// Git was looked at: begins what that request asked for.
void begin_tests(Deciding& d, const PendingRequest& request);
void decide_result(Deciding& d, const result::RegressionTestStarted& r);
void decide_result(Deciding& d, const result::RegressionTestNotStarted& r);
void decide_result(Deciding& d, const result::RegressionTestSeen& r);
void decide_result(Deciding& d, const result::RegressionTestUnseen& r);
// decide_forecast.cpp
// What a look says of conflicts to come, while the hotfix has not shipped.
void record_forecast(Deciding& d, const result::Observed& r);
// decide_forward_port.cpp
void decide_result(Deciding& d, const result::ForwardPorted& r);
void decide_result(Deciding& d, const result::ForwardPortFailed& r);
void decide_result(Deciding& d, const result::BranchesDeleted& r);
// Refuses, or asks git first.
void ask_to_carry(Deciding& d, const command::MergeBackOpen& wanted);
// Git was looked at: begins what that request asked for.
void carry_forward(Deciding& d, const PendingRequest& request);
// True when the pull request is one from a branch of these, and is on the record now.
bool record_forward_port(Deciding& d, const std::string& repository, const forge::PullRequest& pr);
// True when the failure was about a branch of these, and has been said.
bool forward_port_failed(Deciding& d, const result::PullRequestFailed& r);
// The incident has just been closed.
void clear_branches(Deciding& d);
void decide_tick(Deciding& d);
// decide_forge.cpp
void decide_forge(Deciding& d, const ForgeEvent& event);
// What a look at the forge told, which saw the branch's present head.
void record_view(Deciding& d, const std::string& repository, const ForgeView& view);
// From the branch into the production line; the policy knows a forge for it.
void open_pull_request(Deciding& d, const Hotfix& hotfix);
void decide_result(Deciding& d, const result::StatusRefused& r);
void decide_result(Deciding& d, const result::IssueFiled& r);
void decide_result(Deciding& d, const result::IssueFailed& r);
void decide_result(Deciding& d, const result::PullRequestReady& r);
void decide_result(Deciding& d, const result::PullRequestFailed& r);

}  // namespace hotfixd
