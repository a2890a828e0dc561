// One configured repository, seen through a bare mirror. Every call may block on the network and is
// made on a worker thread, never on the network or engine thread; calls that are made at once wait for each other.
#pragma once

#include <functional>
#include <memory>

#include "bot/domain/decision.hpp"
#include "bot/domain/pull_request_guard.hpp"

namespace hotfixd {

// Called now and then from inside a long call with what it is doing ("fetching 1200 of 5000 objects"), or with an empty
// text, which only asks.
// Returning false cancels the call with Problem::Kind::unreachable.
using GitProgress = std::function<bool(std::string_view)>;

class GitRepository {
 public:
  virtual ~GitRepository() = default;

  // Brings the mirror up to date with the origin. Also run by each call below before it looks.
  virtual Result<void> fetch(const GitProgress& progress) = 0;

  // The tag that is in production (see RepositoryPolicy; `known_production` wins when it is newer by SemVer).
  virtual Result<std::string> production_tag(const std::string& known_production, const GitProgress& progress) = 0;

  // Creates the branch on the origin at the tag's commit. Its own earlier success: the branch is
  // already there at that very commit. Refuses (exists_elsewhere) a branch at another commit, and
  // (refused) a tag outside the production history or, without from_tag, a missing production tag.
  virtual Result<result::BranchCut> cut_branch(const effect::CutBranch& request, const GitProgress& progress) = 0;

  // Creates an annotated tag on the origin at `sha`. Its own earlier success: the tag is there and
  // peels to that commit. Refused by the server: the hook's own words are in Problem::what.
  virtual Result<result::TagPushed> push_tag(const effect::PushTag& request, const GitProgress& progress) = 0;

  // The commit that a tag of the origin leads to; not_found when the origin has no such tag.
  virtual Result<std::string> tag_commit(const std::string& tag, const GitProgress& progress) = 0;

  // Carries the hotfix to a target line (see effect::ForwardPort). Commits that change nothing there are left out; a
  // conflict is part of the answer, and no markers of it are ever committed. Its own earlier success: the branch is
  // there with these very commits, more on top of them included, wherever on the target it began. Refused
  // (exists_elsewhere) when other work is on a branch of that name; one that was merged is not touched, the next free
  // name is taken.
  virtual Result<result::ForwardPorted> forward_port(const effect::ForwardPort& request,
                                                     const GitProgress& progress) = 0;

  // What stands behind the verdict on one line, of what shipped (see Observe). Problems: not_found when the origin has
  // no merge-back line of that name; refused when nobody can tell which commits are the hotfix's own.
  virtual Result<result::MergeBackExplained> explain_merge_back(const effect::ExplainMergeBack& request,
                                                                const GitProgress& progress) = 0;

  // Deletes branches on the origin: each one that a tag or a merge-back line contains, and only as it was when that was
  // looked at. What is not there (any more) counts as deleted; what the server refuses is kept, in its own words.
  virtual Result<result::BranchesDeleted> delete_branches(const effect::DeleteBranches& request,
                                                          const GitProgress& progress) = 0;

  // Reads everything about one hotfix. Every configured target line that exists on the origin is
  // judged, also those not named in the request.
  virtual Result<HotfixFacts> observe(const effect::Observe& request, const GitProgress& progress) = 0;

  // Merges each of them with its base in memory and judges both for what shipped. Left out: those whose base is no
  // merge-back line, and those whose head is one's, of which the line itself tells.
  virtual Result<std::vector<JudgedPullRequest>> judge_pull_requests(const effect::GuardPullRequests& request,
                                                                     const std::vector<ListedPullRequest>& open,
                                                                     const GitProgress& progress) = 0;

  // Which of them change the lines that the hotfix of the last observe() changes: each is merged with its base in
  // memory, and what that changes there with the hotfix; of one that conflicts with its base by itself, what it changed
  // since it left that. Whether the hotfix conflicts there without them does not matter. The hotfix's own is none of
  // them. Does not bring the mirror up to date; unreachable when that observe() is forgotten.
  virtual Result<Overlaps> overlapping_pull_requests(const effect::Observe& request,
                                                     const std::vector<ListedPullRequest>& open,
                                                     const GitProgress& progress) = 0;
};

}  // namespace hotfixd
