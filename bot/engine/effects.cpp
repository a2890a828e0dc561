#include "bot/engine/effects.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <map>

#include "bot/domain/overloaded.hpp"

namespace hotfixd {
namespace {

template <typename T>
EffectOutcome as_input(Result<T> result) {
  if (!result) return {std::move(result.error())};
  return {Input{std::move(*result)}};
}

// An order that waited longer than this is not carried out: the gates were judged then.
constexpr Minutes kOrderHolds{10};
constexpr Minutes kTestHolds{60};  // of a regression test: the line has a newer head by then

constexpr int kStatusesAtOnce = 30;  // of pull requests, in one pass

// The tag must still be on the commit that was judged. A rollback does not wait for a git that cannot be reached.
Result<void> check_tag(const effect::Deploy& e, GitRepository& git, const GitProgress& progress) {
  const auto there = git.tag_commit(e.tag, progress);
  if (!there && e.rollback && there.error().retryable()) return {};
  if (!there) return std::unexpected(there.error());
  if (e.sha.empty() || *there == e.sha) return {};
  return std::unexpected(
      Problem{Problem::Kind::refused,
              fmt::format("the tag {} moved: it is on {:.7} now, and {:.7} was meant", e.tag, *there, e.sha),
              "find out who moved it, and why",
              {}});
}

EffectOutcome test(const effect::StartRegressionTest& e, bool maybe_begun, RegressionTester& tester, Time now) {
  const auto begun = [&](RegressionTester::Started s) {
    return EffectOutcome{Input{result::RegressionTestStarted{e.repository, e.key, std::move(s.id), std::move(s.url)}}};
  };
  if (maybe_begun) {
    auto found = tester.find(e);
    if (!found) return {std::move(found.error())};
    if (*found) return begun(std::move(**found));
  }
  if (now > e.ordered_at + kTestHolds)
    return {Problem{Problem::Kind::refused,
                    fmt::format("the order is older than {} min", kTestHolds.count()),
                    "ask for it again",
                    {}}};
  auto started = tester.start(e);
  if (!started) return {std::move(started.error())};
  return begun(std::move(*started));
}

EffectOutcome deploy(const effect::Deploy& e, bool maybe_begun, GitRepository& git, Deployer& deployer, Time now,
                     const GitProgress& progress) {
  const auto begun = [&](Deployer::Started s) {
    return EffectOutcome{
        Input{result::DeploymentStarted{e.repository, e.key, std::move(s.id), std::move(s.url), s.followed}}};
  };
  if (maybe_begun) {
    auto found = deployer.find(e);
    if (!found) return {std::move(found.error())};
    if (*found) return begun(std::move(**found));
  }
  if (now > e.ordered_at + kOrderHolds)
    return {Problem{Problem::Kind::refused,
                    fmt::format("the order is older than {} min", kOrderHolds.count()),
                    "look at what is there, and order it again",
                    {}}};
  if (auto there = check_tag(e, git, progress); !there) return {std::move(there.error())};
  auto started = deployer.start(e);
  if (!started) return {std::move(started.error())};
  return begun(std::move(*started));
}

// The best source that can tell: the means themselves, else the record, else git.
result::WhereKnown::Place place_of(const effect::AskWhere& e, const std::string& environment, GitRepository& git,
                                   Deployer* deployer, const GitProgress& progress) {
  result::WhereKnown::Place place{environment, {}, {}, {}};
  if (deployer != nullptr) {
    auto told = deployer->releases(environment);
    if (!told) place.trouble = told.error().what;
    if (told && !told->empty()) {
      place.source = deployer->teller();
      place.releases = std::move(*told);
      return place;
    }
  }
  if (!same_word(environment, e.production)) return place;
  if (!e.known_production.empty()) {
    place.source = "the record";
    place.releases = {{e.known_production, {}, {}, {}}};
    return place;
  }
  auto tag = git.production_tag({}, progress);
  if (!tag) {
    place.trouble += (place.trouble.empty() ? "" : "; ") + tag.error().what;
    return place;
  }
  place.source = "git, where nothing tells of deployments";
  place.releases = {{std::move(*tag), {}, {}, {}}};
  return place;
}

EffectOutcome where(const effect::AskWhere& e, GitRepository& git, Deployer* deployer, const GitProgress& progress) {
  result::WhereKnown known{e.repository, {}, {}};
  for (const auto& environment : e.environments)
    known.places.push_back(place_of(e, environment, git, deployer, progress));
  if (e.tag.empty()) return {Input{std::move(known)}};
  const bool bare = e.tag.front() >= '0' && e.tag.front() <= '9';
  for (const auto& tag : bare ? std::vector{e.tag, "v" + e.tag} : std::vector{e.tag}) {
    auto commit = git.tag_commit(tag, progress);
    if (commit) known.wanted = Release{tag, std::move(*commit), {}, {}};
    if (commit) break;
    if (commit.error().kind == Problem::Kind::not_found) continue;
    // Git cannot be asked: what ran there is known with its commit all the same.
    for (const auto& place : known.places)
      for (const auto& release : place.releases)
        if (release.tag == tag && !known.wanted) known.wanted = release;
    if (!known.wanted) return {std::move(commit.error())};
    break;
  }
  return {Input{std::move(known)}};
}

EffectOutcome show(const effect::ShowMessage& e, const std::optional<PlacedMessage>& placed, bool maybe_posted,
                   ChatPlatform& chat) {
  std::string key = e.slot;
  if (placed && chat.capabilities().edits) {
    auto edited = chat.edit(placed->channel, placed->message, e.message);
    if (edited) return {EffectOutcome::Edited{}};
    if (edited.error().kind != Problem::Kind::not_found) return {std::move(edited.error())};
    key += "/after/" + placed->message;  // somebody deleted it: it is said again
  }
  auto posted = chat.post({std::move(key), e.channel, e.message, e.pin, e.ping, maybe_posted});
  if (!posted) return {std::move(posted.error())};
  return {EffectOutcome::Posted{{e.channel, std::move(*posted)}}};
}

// What stands there already is left; of the rest a few at a time, so that the forge does not take it for abuse.
EffectOutcome guard(const effect::GuardPullRequests& e, GitRepository& git, Forge& forge, const GitProgress& progress) {
  auto open = forge.open_pull_requests();
  if (!open) return {std::move(open.error())};
  auto judged = git.judge_pull_requests(e, *open, progress);
  if (!judged) return {std::move(judged.error())};
  EffectOutcome::Guarded done;
  std::vector<std::string> heads;  // in their order, each once
  std::map<std::string, std::vector<const JudgedPullRequest*>> of_head;
  for (const auto& one : *judged) {
    auto& all = of_head[one.pull_request.head_sha];
    if (all.empty()) heads.push_back(one.pull_request.head_sha);
    all.push_back(&one);
  }
  int asked = 0;
  for (const auto& sha : heads) {
    const auto& all = of_head.at(sha);
    const auto known = std::ranges::find(e.said, sha, &effect::GuardPullRequests::Said::sha);
    if (std::ranges::any_of(all, [](const auto* one) { return one->later; })) {
      done.all = false;
      if (known != e.said.end()) done.said.push_back(*known);
      continue;
    }
    std::vector<PullRequestStatus> each;
    for (const auto* one : all) each.push_back(status_of(*one));
    const auto status = worst_of(each);
    if (known != e.said.end() && known->text == status.text()) {
      done.said.push_back(*known);
      continue;
    }
    if (++asked > kStatusesAtOnce) {
      done.all = false;
      if (known != e.said.end()) done.said.push_back(*known);
      continue;
    }
    const auto failed = [&](Problem problem) {
      if (!done.problem) done.problem = std::move(problem);
      // Of the others the same may be true: the right is missing, or the forge is.
      return done.problem->retryable() || done.problem->kind == Problem::Kind::credentials;
    };
    bool stands = false;
    if (known == e.said.end()) {
      auto there = forge.status_on(sha, effect::kMergeBackContext);
      if (!there && failed(std::move(there.error()))) break;
      stands = there && *there && (*there)->text() == status.text();
    }
    if (!stands) {
      auto put = forge.set_commit_status({e.repository,
                                          sha,
                                          std::string(effect::kMergeBackContext),
                                          all.front()->pull_request.head_branch,
                                          status.state,
                                          status.description,
                                          {}});
      if (!put && failed(std::move(put.error()))) break;
    }
    done.said.push_back({sha, status.text()});  // also what was refused: it is not tried again before something changes
  }
  return {std::move(done)};
}

// Open pull requests that touch the same lines. The forge's trouble is said, and fails nothing.
void add_overlaps(result::Observed& seen, const effect::Observe& e, GitRepository& git, Forge& forge,
                  const GitProgress& progress) {
  if (!seen.facts.forecast) return;
  auto& forecast = *seen.facts.forecast;
  const auto wanted = [](const LineForecast& line) {
    return line.outlook == Outlook::clean || line.outlook == Outlook::conflicts;
  };
  if (std::ranges::none_of(forecast.lines, wanted)) return;
  if (seen.forge_problem) {
    forecast.unread = seen.forge_problem->what;
    return;
  }
  auto open = forge.open_pull_requests();
  auto found = open ? git.overlapping_pull_requests(e, *open, progress) : std::unexpected(open.error());
  if (!found) {
    forecast.unread = found.error().what;
    return;
  }
  forecast.pull_requests = std::move(found->pull_requests);
  forecast.not_looked_at = found->not_looked_at;
}

}  // namespace

EffectOutcome carry_out(const Effect& effect, const std::optional<PlacedMessage>& placed, bool maybe_done,
                        EnginePorts& ports, const GitProgress& progress) {
  const auto repository = [&](const std::string& name) -> GitRepository* {
    const auto it = ports.repositories.find(name);
    return it == ports.repositories.end() ? nullptr : it->second;
  };
  const auto forge_of = [&](const std::string& name) -> Forge* {
    const auto it = ports.forges.find(name);
    return it == ports.forges.end() ? nullptr : it->second;
  };
  const auto deployer_of = [&](const std::string& name) -> Deployer* {
    const auto it = ports.deployers.find(name);
    return it == ports.deployers.end() ? nullptr : it->second;
  };
  const auto tester_of = [&](const std::string& name) -> RegressionTester* {
    const auto it = ports.testers.find(name);
    return it == ports.testers.end() ? nullptr : it->second;
  };
  const auto missing = [](const std::string& name) {
    return EffectOutcome{Problem{Problem::Kind::not_found,
                                 fmt::format("repository {} is not configured any more", name),
                                 "add it to the configuration file",
                                 {}}};
  };
  const auto untested = [](const std::string& name) {
    return EffectOutcome{Problem{Problem::Kind::not_found,
                                 fmt::format("no regression test is configured for {} any more", name),
                                 "set regression_test again",
                                 {}}};
  };
  return std::visit(
      Overloaded{
          [&](const effect::ShowMessage& e) { return show(e, placed, maybe_done, ports.chat); },
          [&](const effect::CreateChannel& e) -> EffectOutcome {
            auto made = ports.chat.create_channel(e.channel, e.topic, e.is_private);
            if (!made) return {std::move(made.error())};
            if (*made == e.channel) return {EffectOutcome::Done{}};
            return {Input{result::ChannelCreated{std::move(*made)}}};
          },
          [&](const effect::FurnishChannel& e) -> EffectOutcome {
            auto done = ports.chat.furnish(e);
            if (!done) return {std::move(done.error())};
            return {EffectOutcome::Done{}};
          },
          [&](const effect::ArchiveChannel& e) -> EffectOutcome {
            auto done = ports.chat.archive(e.channel);
            if (!done) return {std::move(done.error())};
            return {EffectOutcome::Done{}};
          },
          [&](const effect::AskPerson& e) -> EffectOutcome {
            // Not worth trying again: it is asked with every ping.
            auto known = ports.chat.person(e);
            if (!known) spdlog::warn("{}: {}", describe(e), known.error().what);
            if (!known || !*known) return {EffectOutcome::Done{}};
            return {Input{std::move(**known)}};
          },
          [&](const effect::CutBranch& e) {
            auto* git = repository(e.repository);
            return git == nullptr ? missing(e.repository) : as_input(git->cut_branch(e, progress));
          },
          [&](const effect::PushTag& e) {
            auto* git = repository(e.repository);
            return git == nullptr ? missing(e.repository) : as_input(git->push_tag(e, progress));
          },
          [&](const effect::ForwardPort& e) {
            auto* git = repository(e.repository);
            return git == nullptr ? missing(e.repository) : as_input(git->forward_port(e, progress));
          },
          [&](const effect::ExplainMergeBack& e) {
            auto* git = repository(e.repository);
            return git == nullptr ? missing(e.repository) : as_input(git->explain_merge_back(e, progress));
          },
          [&](const effect::DeleteBranches& e) {
            auto* git = repository(e.repository);
            return git == nullptr ? missing(e.repository) : as_input(git->delete_branches(e, progress));
          },
          [&](const effect::Observe& e) -> EffectOutcome {
            auto* git = repository(e.repository);
            if (git == nullptr) return missing(e.repository);
            auto facts = git->observe(e, progress);
            if (!facts) return {std::move(facts.error())};
            result::Observed seen{e.repository, std::move(*facts)};
            if (auto* forge = forge_of(e.repository)) {
              const bool work = seen.facts.head != e.base_sha;
              auto view = forge->look(e, work ? seen.facts.head : std::string{});
              if (view)
                seen.forge = std::move(*view);
              else
                seen.forge_problem = std::move(view.error());
              add_overlaps(seen, e, *git, *forge, progress);
            }
            return {Input{std::move(seen)}};
          },
          [&](const effect::OpenPullRequest& e) -> EffectOutcome {
            auto* forge = forge_of(e.repository);
            if (forge == nullptr) return missing(e.repository);
            auto opened = forge->open_pull_request(e);
            if (!opened) return {std::move(opened.error())};
            return {Input{result::PullRequestReady{e.repository, std::move(*opened)}}};
          },
          [&](const effect::MergePullRequest& e) -> EffectOutcome {
            auto* forge = forge_of(e.repository);
            if (forge == nullptr) return missing(e.repository);
            auto merged = forge->merge_pull_request(e);
            if (!merged) return {std::move(merged.error())};
            return {Input{result::PullRequestMerged{e.repository, e.number, std::move(*merged)}}};
          },
          [&](const effect::GuardPullRequests& e) -> EffectOutcome {
            auto* git = repository(e.repository);
            auto* forge = forge_of(e.repository);
            if (git == nullptr || forge == nullptr) return missing(e.repository);
            return guard(e, *git, *forge, progress);
          },
          [&](const effect::SwitchFlag& e) -> EffectOutcome {
            if (ports.flags == nullptr)
              return {Problem{
                  Problem::Kind::not_found, "no flag service is configured any more", "configure it again", {}}};
            auto done = ports.flags->switch_off(e);
            if (!done) return {std::move(done.error())};
            return {Input{result::FlagSwitched{e.flag}}};
          },
          [&](const effect::PublishRelease& e) -> EffectOutcome {
            auto* forge = forge_of(e.repository);
            if (forge == nullptr) return missing(e.repository);
            auto published = forge->publish_release(e);
            if (!published) return {std::move(published.error())};
            return {EffectOutcome::Done{}};
          },
          [&](const effect::FileIssue& e) -> EffectOutcome {
            auto* forge = forge_of(e.repository);
            return forge == nullptr ? missing(e.repository) : as_input(forge->file_issue(e));
          },
          [&](const effect::SetCommitStatus& e) -> EffectOutcome {
            auto* forge = forge_of(e.repository);
            if (forge == nullptr) return missing(e.repository);
            auto set = forge->set_commit_status(e);
            if (!set) return {std::move(set.error())};
            return {EffectOutcome::Done{}};
          },
          [&](const effect::Deploy& e) -> EffectOutcome {
            auto* git = repository(e.repository);
            auto* deployer = deployer_of(e.repository);
            if (git == nullptr || deployer == nullptr) return missing(e.repository);
            return deploy(e, maybe_done, *git, *deployer, ports.clock.now(), progress);
          },
          [&](const effect::FollowDeployment& e) -> EffectOutcome {
            auto* deployer = deployer_of(e.repository);
            if (deployer == nullptr) return missing(e.repository);
            auto view = deployer->follow(e);
            if (!view) return {std::move(view.error())};
            return {Input{result::DeploymentSeen{e.repository, e.key, std::move(*view)}}};
          },
          [&](const effect::StartRegressionTest& e) -> EffectOutcome {
            auto* tester = tester_of(e.repository);
            return tester == nullptr ? untested(e.repository) : test(e, maybe_done, *tester, ports.clock.now());
          },
          [&](const effect::FollowRegressionTest& e) -> EffectOutcome {
            auto* tester = tester_of(e.repository);
            if (tester == nullptr) return untested(e.repository);
            auto view = tester->follow(e);
            if (!view) return {std::move(view.error())};
            return {Input{result::RegressionTestSeen{e.repository, e.key, std::move(*view)}}};
          },
          [&](const effect::AskWhere& e) -> EffectOutcome {
            auto* git = repository(e.repository);
            if (git == nullptr) return missing(e.repository);
            return where(e, *git, deployer_of(e.repository), progress);
          },
      },
      effect);
}

std::string target_of(const Effect& effect, const IncidentId& incident) {
  return std::visit(Overloaded{
                        // Of one incident, wherever it is said: its channel's name changes when the channel is made.
                        [&](const effect::ShowMessage&) { return "chat/" + incident; },
                        [&](const effect::CreateChannel&) { return "chat/" + incident; },
                        [&](const effect::ArchiveChannel&) { return "chat/" + incident; },
                        // An invitation that Slack cannot take now does not hold up what is said.
                        [&](const effect::FurnishChannel&) { return "furnish/" + incident; },
                        [](const effect::AskPerson&) { return std::string("people"); },
                        [](const effect::SwitchFlag&) { return std::string("flags"); },
                        [](const effect::OpenPullRequest& e) { return "forge/" + e.repository; },
                        [](const effect::SetCommitStatus& e) { return "forge/" + e.repository; },
                        [](const effect::PublishRelease& e) { return "forge/" + e.repository; },
                        [](const effect::MergePullRequest& e) { return "forge/" + e.repository; },
                        // A forge that is slow to answer holds up neither a cut nor a tag.
                        [](const effect::Observe& e) { return "look/" + e.repository; },
                        [](const effect::ExplainMergeBack& e) { return "look/" + e.repository; },
                        [](const effect::GuardPullRequests&) { return std::string("guard"); },  // one worker at most
                        [](const effect::FileIssue& e) { return "forge/" + e.repository; },
                        // Each run is looked at by its own clock.
                        [](const effect::StartRegressionTest& e) { return "test/" + e.key; },
                        [](const effect::FollowRegressionTest& e) { return "test/" + e.key; },
                        [](const auto& e) { return "git/" + e.repository; },
                    },
                    effect);
}

bool begins_elsewhere(const Effect& effect) {
  return std::holds_alternative<effect::Deploy>(effect) || std::holds_alternative<effect::StartRegressionTest>(effect);
}

std::string describe(const Effect& effect) {
  return std::visit(
      Overloaded{
          [](const effect::ShowMessage& e) { return "message " + e.slot; },
          [](const effect::CreateChannel& e) { return "creating channel " + e.channel; },
          [](const effect::FurnishChannel& e) { return "invitations and bookmarks of " + e.channel; },
          [](const effect::ArchiveChannel& e) { return "archiving " + e.channel; },
          [](const effect::AskPerson& e) { return "asking the chat about " + e.person.name; },
          [](const effect::CutBranch& e) { return fmt::format("cutting {} in {}", e.branch, e.repository); },
          [](const effect::PushTag& e) { return fmt::format("tagging {} in {}", e.tag, e.repository); },
          [](const effect::ForwardPort& e) {
            return fmt::format("carrying {} to {} in {}", e.about.branch, e.target, e.repository);
          },
          [](const effect::DeleteBranches& e) {
            return fmt::format("deleting {} in {}", fmt::join(e.branches, ", "), e.repository);
          },
          [](const effect::Observe& e) { return fmt::format("asking git about {} in {}", e.branch, e.repository); },
          [](const effect::OpenPullRequest& e) {
            return fmt::format("opening a pull request from {} into {} in {}", e.head, e.base, e.repository);
          },
          [](const effect::PublishRelease& e) { return fmt::format("the release {} in {}", e.tag, e.repository); },
          [](const effect::SwitchFlag& e) { return "switching off " + e.flag; },
          [](const effect::MergePullRequest& e) { return fmt::format("merging PR #{} in {}", e.number, e.repository); },
          [](const effect::GuardPullRequests& e) { return "judging the pull requests of " + e.repository; },
          [](const effect::FileIssue& e) { return fmt::format("an issue for {} in {}", e.action, e.repository); },
          [](const effect::SetCommitStatus& e) {
            return fmt::format("status {} of {:.7} in {}", e.context, e.sha, e.repository);
          },
          [](const effect::Deploy& e) {
            return fmt::format("deploying {} of {} to {}", e.tag, e.repository, e.environment);
          },
          [](const effect::FollowDeployment& e) {
            return fmt::format("following {} of {} to {}", e.tag, e.repository, e.environment);
          },
          [](const effect::AskWhere& e) { return "asking what is deployed of " + e.repository; },
          [](const effect::StartRegressionTest& e) {
            return fmt::format("testing {} on {} in {}", e.hotfix, e.target, e.repository);
          },
          [](const effect::FollowRegressionTest& e) {
            return fmt::format("following the test {} on {} in {}", e.key, e.target, e.repository);
          },
          [](const effect::ExplainMergeBack& e) {
            return fmt::format("looking at {} on {} in {}", e.about.branch, e.target, e.repository);
          },
      },
      effect);
}

Input failure_of(const Effect& effect, const Problem& problem) {
  return std::visit(
      Overloaded{
          [&](const effect::CutBranch& e) { return Input{result::BranchFailed{e.repository, e.branch, problem}}; },
          [&](const effect::PushTag& e) { return Input{result::TagFailed{e.repository, e.tag, problem}}; },
          [&](const effect::Observe& e) { return Input{result::ObserveFailed{e.repository, problem}}; },
          [&](const effect::CreateChannel&) { return Input{result::ChannelFailed{problem}}; },
          [&](const effect::FileIssue& e) { return Input{result::IssueFailed{e.action, problem}}; },
          [&](const effect::SetCommitStatus& e) {
            return Input{result::StatusRefused{e.repository, e.context, problem}};
          },
          [&](const effect::OpenPullRequest& e) {
            return Input{result::PullRequestFailed{e.repository, e.head, e.base, problem}};
          },
          [&](const effect::SwitchFlag& e) { return Input{result::FlagFailed{e.flag, problem}}; },
          [&](const effect::MergePullRequest& e) {
            return Input{result::MergeFailed{e.repository, e.number, problem}};
          },
          [&](const effect::Deploy& e) {
            return Input{
                result::DeploymentNotStarted{e.repository, e.key, problem, problem.kind == Problem::Kind::unreachable}};
          },
          [&](const effect::FollowDeployment& e) {
            return Input{result::DeploymentUnseen{e.repository, e.key, problem}};
          },
          [&](const effect::AskWhere& e) { return Input{result::WhereFailed{e.repository, problem}}; },
          [&](const effect::StartRegressionTest& e) {
            return Input{result::RegressionTestNotStarted{e.repository, e.key, problem}};
          },
          [&](const effect::FollowRegressionTest& e) {
            return Input{result::RegressionTestUnseen{e.repository, e.key, problem}};
          },
          [&](const effect::ExplainMergeBack& e) {
            return Input{result::MergeBackUnexplained{e.repository, e.target, problem}};
          },
          [&](const effect::ForwardPort& e) {
            return Input{result::ForwardPortFailed{e.repository, e.target, e.branch, problem}};
          },
          [&](const auto&) { return Input{result::Abandoned{describe(effect), problem}}; },
      },
      effect);
}

}  // namespace hotfixd
