// How much there is to unfold in a tree. A folder may hold itself many times over in a few hundred bytes.
#pragma once

#include "integrations/git/handle.hpp"

namespace hotfixd::git {

// Before anything walks the whole tree: Problem::invalid when it holds more than a million files, folders deeper than
// 200, paths of more than 256 MiB together, or a folder whose names are not each once and in git's order. What is known
// of a tree is remembered in the process, bounded.
Result<void> check_size(git_repository* repository, const git_oid& tree);

}  // namespace hotfixd::git
