// What a merge cannot see: under which heading the lines of a fix stand, and whether what it took away is there again.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "integrations/git/handle.hpp"

namespace hotfixd::git {

struct FixLines {
  // Of each file: every line that it adds stands where it put it, and none that it takes away is there; or each change
  // may stand by its landmarks.
  bool all_there = false;
  bool any_there = false;
  bool untold = false;     // a file was too large, or too much, to be looked through
  std::string odd;         // one clause that speaks against it being there; empty = nothing does
  std::string place_gone;  // a line below which the fix stands and that is not there any more; may be empty
};

// The fix is what `own` has otherwise than `base`, in `paths`; `names` are those that these files have in `target`. A
// line counts when it is told from the others of its file: by its text and, where the file has such a line once, by the
// lines that it is indented below, or by the [section] that it is in (in files up to 1 MiB), and by landmarks.hpp.
// Files that are binary tell nothing, and those above 16 MiB that they cannot.
Result<FixLines> find_fix_lines(git_repository* repository, const git_oid& base, const git_oid& own,
                                const git_oid& target, const std::vector<std::string>& paths,
                                const std::map<std::string, std::string>& names);

}  // namespace hotfixd::git
