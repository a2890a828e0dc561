// What a target line's history says about a hotfix. History lies in both directions (reverts, squashes,
// wrong trailers), so it never makes a verdict PRESENT: it only tells "gone again" from "never there".
#pragma once

#include <map>
#include <optional>

#include "integrations/git/own_work.hpp"

namespace hotfixd::git {

struct LineHistory {
  bool ancestor = false;              // the hotfix's head is in the line's history
  int commits_landed = 0;             // own commits in it by id, by "(cherry picked from commit …)" or by exact patch
  bool squash_landed = false;         // a single commit has the patch of all own commits together
  std::string landed_as;              // abbreviated sha of the newest such commit that is not an own commit
  std::optional<git_oid> last_touch;  // newest first-parent commit of the line, a merge too, that changed `paths`
  std::string last_author;            // its author's name
};

// Reads the history of lines for one hotfix and remembers what it looked at, because a patch id costs
// milliseconds: keep it as long as the OwnWork it was made for.
class HistoryReader {
 public:
  explicit HistoryReader(const OwnWork& work);

  // `paths`: the hotfix's files under the names they have on this line. At most the 10,000 newest
  // commits that the production tag does not have are read.
  Result<LineHistory> read(git_repository* repository, const git_oid& line, const std::vector<std::string>& paths);

 private:
  struct Looked {
    int step = -1;
    bool squash = false;
  };  // step: index into the own commits, -1 = none of them

  Result<void> make_own_patch_ids(git_repository* repository);
  Result<Looked> look(git_repository* repository, const git_oid& oid, const git_commit* commit, bool touches);

  const OwnWork& work_;
  bool have_patch_ids_ = false;
  std::map<git_oid, int, OidLess> own_commits_, own_patches_;
  std::optional<git_oid> whole_patch_;
  std::map<git_oid, Looked, OidLess> looked_;
};

}  // namespace hotfixd::git
