// What merging an open pull request would do to the hotfixes that shipped: kMergeBackContext on its head.
#pragma once

#include <vector>

#include "bot/domain/types.hpp"

namespace hotfixd {

// As the forge lists it. `ref` is where its head is on the origin, also of a fork's ("refs/pull/7/head").
struct ListedPullRequest {
  std::uint64_t number = 0;
  std::string head_sha, head_branch, base, ref;
  std::string title{}, author{}, url{};  // the author's login; each may be empty
  bool draft = false, fork = false;
  bool operator==(const ListedPullRequest&) const = default;
};

// One whose base is a merge-back line, and the line with it merged.
struct JudgedPullRequest {
  struct Hotfix {
    std::string name;  // "v2.4.8 (HF-3)"
    Verdict before{}, after{};
    bool operator==(const Hotfix&) const = default;
  };
  ListedPullRequest pull_request;
  bool conflict = false;  // it cannot be merged, so nothing is judged
  std::string unknown;    // why it could not be judged; empty = it was
  std::vector<Hotfix> hotfixes;
  std::vector<std::string> untold{};  // names of hotfixes whose commits cannot be told any more
  bool later = false;                 // it was not come to in this pass, and nothing is said of it
};

struct PullRequestStatus {
  CheckState state{};  // failed, passed, or pending: not judged
  std::string description;
  std::string text() const;  // both in one, to be compared
  bool operator==(const PullRequestStatus&) const = default;
};

// Failed is only what takes a hotfix away that the line has. What the line lacks anyway is nobody else's fault, and is
// said; so is a change of what the hotfix changed.
PullRequestStatus status_of(const JudgedPullRequest& judged);

// A commit has one status, and may be the head of several pull requests: the worst counts, the first of equals.
PullRequestStatus worst_of(const std::vector<PullRequestStatus>& all);

}  // namespace hotfixd
