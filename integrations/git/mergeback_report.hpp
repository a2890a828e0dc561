// Is a hotfix on a line? Asked of any clone, without a server and without a record.
#pragma once

#include "bot/domain/merge_back_report.hpp"
#include "bot/ports/git_repository.hpp"

namespace hotfixd::git {

struct MergeBackQuestion {
  std::string path;                  // of the repository, which is only read
  std::string base, hotfix, target;  // branches, tags or ids: the production tag, the fix, the line
  std::string landing;               // the commit that the work is on the line; empty = found by history
  std::vector<std::string> ignored;  // globs of paths that are not judged
  bool fetch_missing = false;        // see open_to_read()
};

// Problems: not_found when there is no repository or no such commit in it; invalid when its history is not whole, or
// `hotfix` does not go on from `base`; corrupt when objects are missing; unreachable when `progress` cancels.
Result<MergeBackReport> judge_merge_back(const MergeBackQuestion& question, const GitProgress& progress);

}  // namespace hotfixd::git
