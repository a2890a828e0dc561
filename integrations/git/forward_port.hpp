// Carries a hotfix onto another line: commits made in the object database, no working tree, nothing pushed.
#pragma once

#include <optional>

#include "bot/domain/input.hpp"
#include "integrations/git/own_work.hpp"

namespace hotfixd::git {

struct PortPlan {
  const OwnWork* work = nullptr;
  PortMode mode{};
  std::string target, branch, tag, incident;  // for the message of a merge; no tag: the branch is named
  git_signature* committer = nullptr;
  std::vector<std::string> ignored_paths;  // a conflict there leaves the target's own side
};

struct Carried {
  PortMode mode{};            // as it was done
  std::string why_picked;     // see result::ForwardPorted
  std::vector<git_oid> made;  // new commits on top of `onto`, oldest first
  std::vector<result::ForwardPorted::Commit> commits;
  int skipped = 0;
  std::optional<PortConflict> conflict;
};

// Onto a commit. A merge is one commit with the hotfix's head as its second parent; picks are what `git cherry-pick -x`
// makes: author, message and "(cherry picked from commit …)" (git's sequencer.c says where a blank line goes before
// that). What would be empty is left out. Stops before the first conflict.
Result<Carried> carry(git_repository* repository, const PortPlan& plan, const git_oid& onto);

// What another run of carry() left, or a person who resolved its conflict: these commits are on the line from `tip`
// back to the target's history, at its beginning.
struct Recognised {
  bool merged = false;  // the target has all of it
  bool ours = false;    // then `carried` is what is there, and its conflict is what is still to be resolved
  Carried carried;
};
Result<Recognised> recognise(git_repository* repository, const PortPlan& plan, const git_oid& tip,
                             const git_oid& target);

// The message as `git cherry-pick -x` leaves it.
std::string picked_message(std::string_view message, const git_oid& from);

}  // namespace hotfixd::git
