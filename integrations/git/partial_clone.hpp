// Clones that have not all objects, since a remote promised to give them when they are asked for: git asks by itself,
// libgit2 does not.
#pragma once

#include <vector>

#include "bot/ports/git_repository.hpp"
#include "integrations/git/handle.hpp"

namespace hotfixd::git {

// The name of that remote; empty when it is no such clone.
std::string promisor_of(git_repository* repository);

// `git fetch` of just these from it, by the program git and its configuration, with what that needs to know who asks.
// Problems: not_found when git is not installed, unreachable in git's own words or after two minutes.
Result<void> fetch_objects(git_repository* repository, const std::string& remote, const std::vector<git_oid>& wanted);

// In one fetch the files of a comparison that are not there, before libgit2 reads one after the other. Nothing when the
// handle does not fetch.
Result<void> fetch_files_of(git_repository* repository, git_diff* diff);

// In one fetch what comparing them will read, as far as it is known before: of each commit after the tag and of the
// line the files that the hotfix changes.
Result<void> fetch_ahead(git_repository* repository, const git_oid& base, const git_oid& hotfix, const git_oid& target,
                         const GitProgress& progress);

}  // namespace hotfixd::git
