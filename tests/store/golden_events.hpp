#pragma once

#include "bot/domain/events.hpp"

// One value of every event, written out by hand: were they made from the codec's own field lists, a name
// that stands for the wrong member would not be noticed.

namespace hotfixd::store::test {

inline constexpr Time kSampleTime{std::chrono::microseconds{1794690245123456}};

inline std::vector<EventData> golden_events() {
  return {
      event::IncidentDeclared{.id = "a id",
                              .channel = "a channel",
                              .summary = {"what people wrote as summary"},
                              .severity = Severity::sev2,
                              .criteria = {"one of criteria", "another"},
                              .below_threshold_reason = {"what people wrote as below_threshold_reason"},
                              .drill = true,
                              .repository = "a repository",
                              .service = "a service"},
      event::Assessed{.verdict = Assessment::not_a_hotfix, .why = {"what people wrote as why"}},
      event::SeverityChanged{.from = Severity::sev2, .to = Severity::sev1, .why = {"what people wrote as why"}},
      event::RoleAssigned{.role = Role::communications, .person = {"U08", "a person"}},
      event::MitigationChosen{
          .kind = Mitigation::flag, .what = {"what people wrote as what"}, .why = {"what people wrote as why"}},
      event::BranchRequested{.repository = "a repository", .branch = "a branch", .from_tag = "a from_tag"},
      event::BranchCut{.repository = "a repository",
                       .branch = "a branch",
                       .base_tag = "a base_tag",
                       .base_sha = "a base_sha",
                       .version = "a version"},
      event::BranchRefused{.repository = "a repository", .branch = "a branch", .reason = "a reason"},
      event::PullRequestOpened{.repository = "a repository",
                               .number = 71,
                               .url = "a url",
                               .title = {"what people wrote as title"},
                               .base = "a base",
                               .head_sha = "a head_sha",
                               .author = {"U08", "a author"}},
      event::PullRequestClosed{.repository = "a repository", .number = 78},
      event::PullRequestReopened{.repository = "a repository", .number = 80},
      event::PullRequestMerged{
          .repository = "a repository", .number = 82, .base = "a base", .landing_sha = "a landing_sha"},
      event::HeadMoved{.repository = "a repository", .sha = "a sha", .authors = {"alice", "bob"}},
      event::CheckReported{.repository = "a repository",
                           .sha = "a sha",
                           .context = "a context",
                           .state = CheckState::failed,
                           .url = "a url",
                           .sequence = 92},
      event::ReviewGiven{.repository = "a repository",
                         .number = 94,
                         .reviewer = {"U08", "a reviewer"},
                         .verdict = ReviewVerdict::changes_requested,
                         .sha = "a sha"},
      event::CiTurnedGreen{.repository = "a repository", .sha = "a sha"},
      event::CiTurnedRed{.repository = "a repository", .sha = "a sha", .context = "a context"},
      event::ApprovalsReached{.repository = "a repository", .sha = "a sha", .count = 105},
      event::ScopeMeasured{
          .repository = "a repository", .sha = "a sha", .files = 108, .lines = 109, .unclean = "an unclean"},
      event::RequestMade{.verb = "a verb", .repository = "a repository", .argument = "a argument"},
      event::RequestSettled{.verb = "a verb", .repository = "a repository", .granted = true, .reason = "a reason"},
      event::Tagged{.repository = "a repository",
                    .tag = "a tag",
                    .sha = "a sha",
                    .bypassed = {Gate::ci, Gate::scope},
                    .overridden = {Gate::ci, Gate::approvals}},
      event::TagRefused{.repository = "a repository", .tag = "a tag", .reason = "a reason"},
      event::Deployed{.repository = "a repository", .tag = "a tag", .environment = "a environment"},
      event::DeploymentFailed{
          .repository = "a repository", .tag = "a tag", .environment = "a environment", .detail = "a detail"},
      event::Verified{.ok = true, .what = {"what people wrote as what"}},
      event::Resolved{.what = {"what people wrote as what"}},
      event::MergeBackJudged{.repository = "a repository",
                             .target = "a target",
                             .target_sha = "a target_sha",
                             .verdict = Verdict::changed_since,
                             .explanation = "a explanation"},
      event::MergeBackAcknowledged{.repository = "a repository",
                                   .target = "a target",
                                   .target_sha = "a target_sha",
                                   .why = {"what people wrote as why"}},
      event::AcknowledgementVoided{.repository = "a repository", .target = "a target", .target_sha = "a target_sha"},
      event::ChannelBound{.channel = "slack:T1:C1"},
      event::VersionChanged{.repository = "a repository", .version = "v2.4.9"},
      event::RcaStarted{},
      event::RcaFieldSet{.field = RcaField::root_cause, .text = {"what people wrote as text"}},
      event::RcaSubmitted{},
      event::RcaApproved{},
      event::ActionAdded{
          .id = "a id", .what = {"what people wrote as what"}, .owner = {"U08", "a owner"}, .due = kSampleTime},
      event::ActionDone{.id = "a id"},
      event::ObligationOpened{.id = "a id",
                              .kind = ObligationKind::merge_back,
                              .repository = "a repository",
                              .target = "a target",
                              .owner = {"U08", "a owner"},
                              .due = kSampleTime},
      event::ObligationMet{.id = "a id", .evidence = {"what people wrote as evidence"}},
      event::ObligationReopened{.id = "a id", .why = "a why", .due = kSampleTime},
      event::ObligationReassigned{.id = "a id", .owner = {"U08", "a owner"}},
      event::ObligationSnoozed{.id = "a id", .until = kSampleTime},
      event::ReminderSent{
          .slot = "a slot", .to = {"U08", "a to"}, .obligations = {"one of obligations", "another"}, .level = 172},
      event::OverrideAsked{
          .id = "a id", .gate = "a gate", .repository = "a repository", .why = {"what people wrote as why"}},
      event::OverrideConfirmed{.id = "a id"},
      event::OverrideDeclined{.id = "a id"},
      event::MessageRecorded{.id = "a id", .text = {"what people wrote as text"}},
      event::MessageEdited{.id = "a id", .text = {"what people wrote as text"}},
      event::MessageDeleted{.id = "a id"},
      event::EntryAdded{.id = "a id", .message = "a message", .text = {"what people wrote as text"}, .signal = true},
      event::EntryRemoved{.id = "a id"},
      event::EntryTimeCorrected{.id = "a id", .at = kSampleTime},
      event::Closed{},
      event::Reopened{.why = {"what people wrote as why"}},
      event::EffectAbandoned{.effect = "a effect", .what = "a what"},
      event::TextErased{.digests = {"a digest", "another"}, .elsewhere = 230, .why = {"what people wrote as why"}},
  };
}

}  // namespace hotfixd::store::test
