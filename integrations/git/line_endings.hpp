// Files that differ by nothing but their line endings, line for line: a repository that was renormalised.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "integrations/git/handle.hpp"

namespace hotfixd::git {

// `tree` with the line endings of `base` in those of `paths` where it has CRLF throughout and `base` LF, or the other
// way round, and `own` ends its lines as `base` does; nothing when there is no such file. A fix that changes line
// endings is so left alone.
Result<std::optional<git_oid>> with_line_endings_of(git_repository* repository, const git_oid& tree,
                                                    const git_oid& base, const git_oid& own,
                                                    const std::vector<std::string>& paths);

}  // namespace hotfixd::git
