#pragma once

#include "bot/domain/decision.hpp"
#include "bot/store/event_fields.hpp"

// The fields of messages, answers and effects: what the inbox and the outbox keep.

namespace hotfixd::store {

template <>
struct Fields<Span> {
  static constexpr auto list = std::tuple{Field{"kind", &Span::kind}, Field{"text", &Span::text},
                                          Field{"ref", &Span::ref}, Field{"at", &Span::at}};
};

template <>
struct Fields<Button> {
  static constexpr auto list = std::tuple{Field{"id", &Button::id}, Field{"label", &Button::label},
                                          Field{"value", &Button::value}, Field{"danger", &Button::danger}};
};

template <>
struct Fields<Message> {
  static constexpr auto list = std::tuple{Field{"lines", &Message::lines}, Field{"buttons", &Message::buttons}};
};

template <>
struct Fields<Reply> {
  static constexpr auto list = std::tuple{Field{"message", &Reply::message}, Field{"in_channel", &Reply::in_channel},
                                          Field{"refused", &Reply::refused}};
};

template <>
struct Fields<effect::ShowMessage> {
  using E = effect::ShowMessage;
  static constexpr std::string_view name = "show_message";
  static constexpr auto list =
      std::tuple{Field{"slot", &E::slot}, Field{"channel", &E::channel}, Field{"message", &E::message},
                 Field{"pin", &E::pin}, Field{"ping", &E::ping}};
};

template <>
struct Fields<effect::CreateChannel> {
  using E = effect::CreateChannel;
  static constexpr std::string_view name = "create_channel";
  static constexpr auto list =
      std::tuple{Field{"channel", &E::channel}, Field{"topic", &E::topic}, Field{"is_private", &E::is_private, true}};
};

template <>
struct Fields<effect::FurnishChannel::Bookmark> {
  using E = effect::FurnishChannel::Bookmark;
  static constexpr auto list = std::tuple{Field{"title", &E::title}, Field{"url", &E::url}};
};

template <>
struct Fields<effect::FurnishChannel> {
  using E = effect::FurnishChannel;
  static constexpr std::string_view name = "furnish_channel";
  static constexpr auto list =
      std::tuple{Field{"channel", &E::channel}, Field{"topic", &E::topic}, Field{"people", &E::people},
                 Field{"groups", &E::groups}, Field{"bookmarks", &E::bookmarks}};
};

template <>
struct Fields<effect::ArchiveChannel> {
  using E = effect::ArchiveChannel;
  static constexpr std::string_view name = "archive_channel";
  static constexpr auto list = std::tuple{Field{"channel", &E::channel}};
};

template <>
struct Fields<effect::AskPerson> {
  using E = effect::AskPerson;
  static constexpr std::string_view name = "ask_person";
  static constexpr auto list = std::tuple{Field{"channel", &E::channel}, Field{"person", &E::person}};
};

template <>
struct Fields<effect::CutBranch> {
  using E = effect::CutBranch;
  static constexpr std::string_view name = "cut_branch";
  static constexpr auto list =
      std::tuple{Field{"repository", &E::repository}, Field{"branch", &E::branch}, Field{"from_tag", &E::from_tag},
                 Field{"known_production", &E::known_production}, Field{"paths", &E::paths, true}};
};

template <>
struct Fields<effect::PushTag> {
  using E = effect::PushTag;
  static constexpr std::string_view name = "push_tag";
  static constexpr auto list = std::tuple{Field{"repository", &E::repository}, Field{"tag", &E::tag},
                                          Field{"sha", &E::sha}, Field{"message", &E::message}};
};

template <>
struct Fields<effect::Observe::Target> {
  using E = effect::Observe::Target;
  static constexpr auto list = std::tuple{
      Field{"name", &E::name}, Field{"acknowledged_sha", &E::acknowledged_sha}, Field{"was_present", &E::was_present},
      Field{"landing_sha", &E::landing_sha, true}, Field{"settled_sha", &E::settled_sha, true}};
};

template <>
struct Fields<effect::Observe> {
  using E = effect::Observe;
  static constexpr std::string_view name = "observe";
  static constexpr auto list =
      std::tuple{Field{"repository", &E::repository}, Field{"branch", &E::branch},
                 Field{"base_tag", &E::base_tag},     Field{"base_sha", &E::base_sha},
                 Field{"known_head", &E::known_head}, Field{"version", &E::version},
                 Field{"tag_sha", &E::tag_sha},       Field{"known_targets", &E::known_targets},
                 Field{"paths", &E::paths, true}};
};

template <>
struct Fields<effect::OpenPullRequest> {
  using E = effect::OpenPullRequest;
  static constexpr std::string_view name = "open_pull_request";
  static constexpr auto list =
      std::tuple{Field{"repository", &E::repository}, Field{"head", &E::head}, Field{"base", &E::base},
                 Field{"title", &E::title},           Field{"body", &E::body}, Field{"draft", &E::draft}};
};

template <>
struct Fields<effect::PublishRelease> {
  using E = effect::PublishRelease;
  static constexpr std::string_view name = "publish_release";
  static constexpr auto list = std::tuple{Field{"repository", &E::repository}, Field{"tag", &E::tag},
                                          Field{"title", &E::title}, Field{"notes", &E::notes}, Field{"sha", &E::sha}};
};

template <>
struct Fields<effect::MergePullRequest> {
  using E = effect::MergePullRequest;
  static constexpr std::string_view name = "merge_pull_request";
  static constexpr auto list = std::tuple{Field{"repository", &E::repository}, Field{"number", &E::number},
                                          Field{"sha", &E::sha}, Field{"base", &E::base}, Field{"method", &E::method}};
};

template <>
struct Fields<effect::GuardPullRequests::Shipped> {
  using E = effect::GuardPullRequests::Shipped;
  static constexpr auto list = std::tuple{Field{"name", &E::name}, Field{"about", &E::about}};
};

template <>
struct Fields<effect::GuardPullRequests::Said> {
  using E = effect::GuardPullRequests::Said;
  static constexpr auto list = std::tuple{Field{"sha", &E::sha}, Field{"text", &E::text}};
};

template <>
struct Fields<effect::GuardPullRequests> {
  using E = effect::GuardPullRequests;
  static constexpr std::string_view name = "guard_pull_requests";
  static constexpr auto list =
      std::tuple{Field{"repository", &E::repository}, Field{"shipped", &E::shipped}, Field{"said", &E::said}};
};

template <>
struct Fields<effect::SwitchFlag> {
  using E = effect::SwitchFlag;
  static constexpr std::string_view name = "switch_flag";
  static constexpr auto list = std::tuple{Field{"flag", &E::flag}, Field{"reason", &E::reason}};
};

template <>
struct Fields<effect::FileIssue> {
  using E = effect::FileIssue;
  static constexpr std::string_view name = "file_issue";
  static constexpr auto list =
      std::tuple{Field{"repository", &E::repository}, Field{"action", &E::action}, Field{"marker", &E::marker},
                 Field{"title", &E::title},           Field{"body", &E::body},     Field{"since", &E::since}};
};

template <>
struct Fields<effect::SetCommitStatus> {
  using E = effect::SetCommitStatus;
  static constexpr std::string_view name = "set_commit_status";
  static constexpr auto list = std::tuple{Field{"repository", &E::repository},
                                          Field{"sha", &E::sha},
                                          Field{"branch", &E::branch},
                                          Field{"context", &E::context},
                                          Field{"state", &E::state},
                                          Field{"description", &E::description},
                                          Field{"url", &E::url}};
};

template <>
struct Fields<effect::ForwardPort> {
  using E = effect::ForwardPort;
  static constexpr std::string_view name = "forward_port";
  static constexpr auto list =
      std::tuple{Field{"repository", &E::repository}, Field{"about", &E::about}, Field{"target", &E::target},
                 Field{"branch", &E::branch},         Field{"tag", &E::tag},     Field{"mode", &E::mode},
                 Field{"incident", &E::incident}};
};

template <>
struct Fields<effect::ExplainMergeBack> {
  using E = effect::ExplainMergeBack;
  static constexpr std::string_view name = "explain_merge_back";
  static constexpr auto list =
      std::tuple{Field{"repository", &E::repository}, Field{"about", &E::about}, Field{"target", &E::target}};
};

template <>
struct Fields<effect::DeleteBranches> {
  using E = effect::DeleteBranches;
  static constexpr std::string_view name = "delete_branches";
  static constexpr auto list = std::tuple{Field{"repository", &E::repository}, Field{"branches", &E::branches}};
};

template <>
struct Fields<effect::Deploy> {
  using E = effect::Deploy;
  static constexpr std::string_view name = "deploy";
  static constexpr auto list = std::tuple{Field{"key", &E::key},
                                          Field{"repository", &E::repository},
                                          Field{"tag", &E::tag},
                                          Field{"sha", &E::sha},
                                          Field{"environment", &E::environment},
                                          Field{"rollback", &E::rollback},
                                          Field{"ordered_at", &E::ordered_at}};
};

template <>
struct Fields<effect::FollowDeployment> {
  using E = effect::FollowDeployment;
  static constexpr std::string_view name = "follow_deployment";
  static constexpr auto list = std::tuple{Field{"key", &E::key}, Field{"repository", &E::repository},
                                          Field{"tag", &E::tag}, Field{"environment", &E::environment},
                                          Field{"id", &E::id},   Field{"not_before", &E::not_before}};
};

template <>
struct Fields<effect::StartRegressionTest> {
  using E = effect::StartRegressionTest;
  static constexpr std::string_view name = "start_regression_test";
  static constexpr auto list = std::tuple{Field{"key", &E::key},
                                          Field{"repository", &E::repository},
                                          Field{"target", &E::target},
                                          Field{"sha", &E::sha},
                                          Field{"hotfix", &E::hotfix},
                                          Field{"incident", &E::incident},
                                          Field{"ordered_at", &E::ordered_at}};
};

template <>
struct Fields<effect::FollowRegressionTest> {
  using E = effect::FollowRegressionTest;
  static constexpr std::string_view name = "follow_regression_test";
  static constexpr auto list = std::tuple{Field{"key", &E::key},       Field{"repository", &E::repository},
                                          Field{"target", &E::target}, Field{"sha", &E::sha},
                                          Field{"id", &E::id},         Field{"not_before", &E::not_before}};
};

template <>
struct Fields<effect::AskWhere> {
  using E = effect::AskWhere;
  static constexpr std::string_view name = "ask_where";
  static constexpr auto list = std::tuple{Field{"repository", &E::repository}, Field{"environments", &E::environments},
                                          Field{"production", &E::production}, Field{"tag", &E::tag},
                                          Field{"channel", &E::channel},       Field{"who", &E::who}};
};

}  // namespace hotfixd::store
