// Any repository on this disk, which is only read: what a judgement has to write stays in memory.
#pragma once

#include <optional>
#include <string>

#include "integrations/git/handle.hpp"

namespace hotfixd::git {

// A clone's top folder, its .git, a bare repository or a work tree. Attributes are not asked: it is judged like a
// mirror. `fetch_missing`: of a partial clone git fetches what is read and not there; that alone is written, and so is
// nothing without it. Problems: not_found when there is none; invalid when its history is not whole.
Result<RepositoryHandle> open_to_read(const std::string& path, bool fetch_missing = false);

// What to type when objects are missing in it.
std::string how_to_fetch_missing(git_repository* repository);

// The commit that a branch, tag or id leads to, by git's own rules for revisions; nothing when there is none.
std::optional<git_oid> commit_of(git_repository* repository, const std::string& name);

// As one word of a shell's line, fit to be shown.
std::string shell_word(const std::string& name);

}  // namespace hotfixd::git
