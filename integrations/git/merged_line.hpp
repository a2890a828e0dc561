// A line with a pull request merged into it, as a commit that nobody pushes.
#pragma once

#include <optional>

#include "integrations/git/handle.hpp"

namespace hotfixd::git {

// The line itself when it has `head` already, `head` when it only goes on from there; nothing when they conflict. The
// same two always give the same commit.
Result<std::optional<git_oid>> merged_line(git_repository* repository, const git_oid& line, const git_oid& head);

}  // namespace hotfixd::git
