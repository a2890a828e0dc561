// What stands in the way of a merge or a pick: files, the lines of both sides, and who wrote those of the target.
#pragma once

#include <vector>

#include "bot/domain/input.hpp"
#include "integrations/git/handle.hpp"

namespace hotfixd::git {

// A merged index without the conflicts on ignored paths: there the target's own side stays. True when none is left.
Result<bool> settle_ignored(git_index* index, const std::vector<std::string>& ignored_paths);

struct ConflictSides {
  git_oid onto{};            // the commit whose lines are "ours"
  git_oid base{};            // nobody is asked about lines older than what this and `onto` share
  std::string ours, theirs;  // how the two are called in the markers
};

// At most 20 files, sorted; of each at most three authors, with the newest commit of each, and 40 lines. Binary files
// have no hunks.
Result<std::vector<PortConflict::File>> report_conflicts(git_repository* repository, git_index* index,
                                                         const ConflictSides& sides);

}  // namespace hotfixd::git
