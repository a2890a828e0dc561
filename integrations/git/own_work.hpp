// What the hotfix itself did: its own commits, replayed onto the production tag.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "integrations/git/handle.hpp"

namespace hotfixd::git {

// A release that is in production, not the hotfix's, and in the branch: `git merge v2.4.8` brought it. What it contains
// is nobody's work here, except what `own` has: a head of the hotfix from before.
struct Aboard {
  git_oid release{}, own{};
};

struct OwnWork {
  // One own commit: its parent's tree and its own, which differ only in judged paths. A merge of a branch that is no
  // line (a pull request into the hotfix branch) is one commit too, and `brought` what came with it, newest first.
  struct Step {
    git_oid commit{}, before{}, after{};
    unsigned mainline = 0;  // of a merge: which parent, from 1, it is a change of
    std::vector<git_oid> brought{};
    bool changes() const { return !same(before, after); }
  };

  git_oid base{}, head{};          // commits
  git_oid base_tree{}, tree{};     // `tree` = base_tree with every step replayed; valid unless cannot_replay
  std::vector<Step> steps;         // oldest first
  std::vector<std::string> paths;  // that differ between base_tree and tree
  // Merges on the branch of what a line has on its first-parent chain, by their sides. It is taken for the line's; the
  // graph does not tell a topic branch that a line was fast-forwarded to from the line.
  struct LineMerge {
    git_oid merge{}, side{};
  };
  std::vector<LineMerge> line_merges;
  git_oid whole_tree{};  // when there are such merges: the head's, ignored paths as the tag has them
  bool descends_from_base = true;
  bool head_is_own = false;             // the head is an own commit or merge, not the base nor a release that is aboard
  bool has_merges = false;              // then the work depends on the target lines too
  std::optional<git_oid> release_tree;  // of the release that is aboard, the last one of several
  int files = 0, lines = 0;             // lines = added + deleted
  git_oid measured_from{}, measured_tree{};  // the trees between which they were counted
  std::string cannot_replay;                 // one sentence without full stop; empty = `tree` is valid
  std::string hand_made_merge;               // abbreviated; a merge on the branch whose content no machine would make
};

// Own commits are the first-parent commits base..head without merges of a line: a merge of main into the hotfix does
// not count, nor does what is in `aboard`. `lines` are the heads of the target lines, which tell such merges from
// others and their sides apart. They are replayed onto the base or, when they need it, onto the release that is aboard.
// At most 500 commits are looked at. New trees go to the repository's object database.
Result<OwnWork> find_own_work(git_repository* repository, const git_oid& base, const git_oid& head,
                              const std::vector<git_oid>& lines, const std::vector<Aboard>& aboard,
                              const std::vector<std::string>& ignored_paths);

// Counts files and lines anew, from the tree of the base (or of the release that is aboard) to the head's: with all
// that came along.
Result<void> measure_all(git_repository* repository, OwnWork& work, const std::vector<std::string>& ignored_paths);

// Is the own work in a commit elsewhere: by history, or because merging it would change nothing there?
Result<bool> contains_work(git_repository* repository, const OwnWork& work, const git_oid& commit);

// Is `wanted` among head and its first parents, down to what `base` has? Looks 500 commits back.
Result<bool> on_first_parents(git_repository* repository, const git_oid& base, const git_oid& head,
                              const git_oid& wanted);

}  // namespace hotfixd::git
