// Gathers from git what mergeback_judge decides on, for one hotfix and one target line after another.
#pragma once

#include "integrations/git/line_history.hpp"
#include "integrations/git/mergeback_judge.hpp"

namespace hotfixd::git {

struct LineFacts {
  MergeBackEvidence evidence;
  std::vector<std::string> paths;  // the hotfix's files under the names they have on the line, old and new
  std::string last_author;         // of the line's newest commit on those files; empty = none since the tag
};

// `line` is a commit. `history` must have been made for the same `work`.
Result<LineFacts> gather_facts(git_repository* repository, const OwnWork& work, HistoryReader& history,
                               const git_oid& line, bool was_present);

// Did any of `paths` change between the acknowledged commit and `line`? An acknowledged commit that
// the mirror does not have counts as changed.
Result<bool> changed_since(git_repository* repository, const std::string& acknowledged_sha, const git_oid& line,
                           const std::vector<std::string>& paths);

}  // namespace hotfixd::git
