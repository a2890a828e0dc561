// `hotfixd mergeback`: is a hotfix on a line? For any clone, without a server; nothing is written.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

namespace hotfixd::cli {

struct MergeBackOptions {
  std::string repo, base, hotfix, target;  // see git::MergeBackQuestion
  std::string landing;                     // may be empty
  std::vector<std::string> ignored;        // paths that are not judged, globs allowed; empty = none but the usual ones
  bool json = false;
  bool fetch_missing = false;  // in a partial clone
};

// 0: PRESENT. 1: ABSENT, PARTIAL or REGRESSED. 2: called wrongly, or something cannot be read. 3: a person must look.
// The first line of what is printed is the verdict's word, or it is one JSON object. What takes longer than a second
// says so on `err` when `progress` is wanted.
int run_mergeback(const MergeBackOptions& options, bool progress, std::ostream& out, std::ostream& err);

}  // namespace hotfixd::cli
