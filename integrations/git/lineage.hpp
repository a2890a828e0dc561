// Is the hotfix branch the production tag plus own work, or did commits of another line come aboard?
#pragma once

#include <map>
#include <optional>
#include <set>
#include <vector>

#include "integrations/git/handle.hpp"

namespace hotfixd::git {

struct Lineage {
  struct Foreign {
    std::size_t line;  // index into the lines
    git_oid commit;    // the newest one that is surely that line's
  };
  std::vector<Foreign> foreign;
  bool certain = false;  // no commit after the bases is on a line, but those known as own: all are the hotfix's
};

// What was read of lines, by their heads: it holds as long as the bases and the head are the same.
struct Trunks {
  struct Trunk {
    std::set<git_oid, OidLess> aboard;  // of the head's commits since the bases: those on the line's first-parent chain
    bool whole = true;
  };
  std::map<git_oid, Trunk, OidLess> by_head;
};

// `bases`: the production tag that the branch was cut from, and releases in production that were merged into it. `own`:
// an earlier head that was certain; what it contains is the hotfix's, wherever it is by now. `before`: an earlier head
// of which only that is known.
//
// A commit is a line's when it is on the line's first-parent chain down to what the bases have and `own` does not
// contain it. One that came in by a merge then surely is. One on the branch's own first-parent chain may also have got
// to the line by a fast-forward: that is believed only when the line has the head itself, and the earlier head (if any)
// is on the branch's first-parent chain. At most 10,000 commits of a side are read.
Result<Lineage> read_lineage(git_repository* repository, const std::vector<git_oid>& bases, const git_oid& head,
                             const std::vector<git_oid>& lines, const std::optional<git_oid>& own,
                             const std::optional<git_oid>& before, Trunks& trunks);

}  // namespace hotfixd::git
