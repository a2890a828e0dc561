// Does a line carry the fix? The decision alone: pure, from evidence that mergeback_facts gathered.
// The one rule above all others: never PRESENT when the three-way merge does not prove it.
#pragma once

#include <string>
#include <vector>

#include "bot/domain/types.hpp"

namespace hotfixd::git {

// What git says about one hotfix on one target line. Base = the production tag, own = the hotfix's own
// commits replayed onto it without ignored paths, target = the line's head.
struct MergeBackEvidence {
  enum class ThreeWay { target_unchanged, target_changes, conflict };  // merge(base, ours = target, theirs = own)

  std::string target_sha;  // abbreviated, for the explanation
  int own_commits = 0;
  bool own_is_base = false;     // the own commits change nothing that is judged
  std::string cannot_replay;    // why the own tree could not be made; empty = it was
  std::string hand_made_merge;  // abbreviated sha of a merge into the hotfix that was resolved by hand

  ThreeWay three_way = ThreeWay::conflict;
  std::vector<std::string> conflicts;  // paths
  bool all_files_gone = false;         // every file that the fix changes exists in base and not in the target
  int commits_present = 0;             // own commits whose cherry-pick onto the target would change nothing
  int hunks_present = 0, hunks_total = 0;

  bool ancestor = false;        // the hotfix's head is in the target's history
  int commits_landed = 0;       // own commits found by trailer or by exact patch
  bool squash_landed = false;   // one commit of the target has the combined patch
  std::string landed_as;        // abbreviated sha of such a commit, when there is one
  std::string last_touched_by;  // abbreviated sha of the target's newest commit on the fix's files
  bool was_present = false;     // an earlier verdict said so
};

struct Judgement {
  Verdict verdict = Verdict::unknown;
  std::string explanation;  // one line: what and where

  bool operator==(const Judgement&) const = default;
};

Judgement judge(const MergeBackEvidence& evidence);

}  // namespace hotfixd::git
