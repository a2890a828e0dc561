// The forge of one repository: where its pull requests, reviews, CI results and deployments are. Every call blocks on
// the network and is made on a worker thread. Several may be made at once.
#pragma once

#include "bot/domain/decision.hpp"
#include "bot/domain/pull_request_guard.hpp"

namespace hotfixd {

class Forge {
 public:
  virtual ~Forge() = default;

  // All that is there of the hotfix whose branch has this head (empty: it has no commit). What the bot may not read
  // (branch rules, say) is left out; what it cannot do without is a Problem.
  virtual Result<ForgeView> look(const effect::Observe& about, const std::string& head) = 0;

  // Its own earlier success: an open pull request of that head into that base, whoever opened it.
  virtual Result<forge::PullRequest> open_pull_request(const effect::OpenPullRequest& request) = 0;

  // Merges it as it is at that sha, and gives the commit that its base has since; empty: the forge does not say yet.
  // Its own earlier success: it is merged, and had that head. Refused in the forge's words when its head is another, or
  // its rules say no.
  virtual Result<std::string> merge_pull_request(const effect::MergePullRequest& request) = 0;

  // The open ones, those changed last first; of very many not all.
  virtual Result<std::vector<ListedPullRequest>> open_pull_requests() = 0;

  // What this context says of the commit now, as set_commit_status() would say it; nothing when it says nothing.
  virtual Result<std::optional<PullRequestStatus>> status_on(const std::string& sha, std::string_view context) = 0;

  // Its own earlier success: a release of that tag, whoever made it.
  virtual Result<void> publish_release(const effect::PublishRelease& request) = 0;

  // Its own earlier success: an issue since then whose text holds the marker.
  virtual Result<result::IssueFiled> file_issue(const effect::FileIssue& request) = 0;

  // Set once or twice, it reads the same.
  virtual Result<void> set_commit_status(const effect::SetCommitStatus& request) = 0;
};

}  // namespace hotfixd
