// Is the hotfix on that line? The decision, from evidence that mergeback_facts gathered. Pure.
// The one rule above all others: never PRESENT when the three-way merge does not prove it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bot/domain/types.hpp"

namespace hotfixd::git {

// What git says about one hotfix on one target line. Base = the production tag, own = the hotfix's own
// commits replayed onto it without ignored paths, target = the line's head.
struct MergeBackEvidence {
  enum class ThreeWay { target_unchanged, target_changes, conflict };  // merge(base, ours = target, theirs = own)

  std::string target_sha;       // abbreviated, for the explanation
  int own_commits = 0;          // that change anything
  bool only_empty = false;      // there are commits, and none of them changes anything that is judged
  bool own_is_base = false;     // together they change nothing that is judged
  std::string cannot_replay;    // why the own tree could not be made; empty = it was
  std::string too_large;        // what cannot be compared, for its size; empty = nothing
  std::string hand_made_merge;  // abbreviated sha of a merge into the hotfix that was resolved by hand
  std::string line_merge;       // abbreviated sha of a merge of a line into the hotfix; may be empty
  bool whole_there = false;     // then: all that the hotfix branch has is on the line, also what that merge brought

  ThreeWay three_way = ThreeWay::conflict;
  bool line_endings = false;           // it was so after the target's line endings were made the tag's
  std::vector<std::string> conflicts;  // paths
  std::string moved;  // a file that the fix added and the line moved since: "guard.py to lib/guard.py"; may be empty
  std::string alive;  // another name of a file that the fix deletes; may be empty
  std::string twin;   // one clause: another file may be the one, "old.py is like shop.py too"; may be empty
  bool lines_there = false;     // of the fix each, where it put it, and none that it takes away
  bool untold = false;          // a file was too large or too much to be looked through
  bool lines_seen = false;      // some of them
  bool hunks_cut = false;       // there are more hunks than were compared
  std::string odd_lines;        // one clause: what of them is not so; may be empty
  std::string place_gone;       // the line below which some of them stood, when it is not there; may be empty
  bool all_files_gone = false;  // every file that the fix changes exists in base and not in the target
  int commits_present = 0;      // own commits whose cherry-pick onto the target would change nothing
  int hunks_present = 0, hunks_lacking = 0, hunks_total = 0;  // the rest conflict

  // Work that came onto the line at a commit, what of the fix was there then (`adapted`: the three-way merge conflicts
  // there; `unlike`: so too, and no word of the fix came with it; `elsewhere`: its words came to other files), and what
  // has become of what that commit changed: of `gone` at least a part is as it was before.
  struct Landing {
    enum class Content { faithful, adapted, unlike, elsewhere, partial, empty };
    enum class Since { intact, changed, gone };
    std::string sha;      // abbreviated
    bool merged = false;  // by a merge of the hotfix, or a fast-forward to it
    Content content{};
    Since since{};
  };
  std::optional<Landing> landing;
  bool landing_lost = false;    // the forge knows of one that is not in the line's history any more
  bool ancestor = false;        // the hotfix's head is in the target's history
  int commits_landed = 0;       // own commits found in it by id, by trailer, by author or by exact patch
  bool squash_landed = false;   // one commit of the target brings all of them
  std::string last_touched_by;  // abbreviated sha of the target's newest commit on the fix's files
  bool was_present = false;     // an earlier verdict said so
};

struct Judgement {
  Verdict verdict = Verdict::unknown;
  std::string explanation;  // one line: what and where

  bool operator==(const Judgement&) const = default;
};

Judgement judge(const MergeBackEvidence& evidence);

std::string_view to_string(MergeBackEvidence::Landing::Content content);
std::string_view to_string(MergeBackEvidence::Landing::Since since);

}  // namespace hotfixd::git
