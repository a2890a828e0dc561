// What stands out in a hotfix's change, by file names and by what the change leaves of itself.
#pragma once

#include <string>
#include <vector>

#include "bot/domain/types.hpp"
#include "integrations/git/handle.hpp"

namespace hotfixd::git {

// Of the files that differ between two trees; `paths` are globs of what may be touched, empty = anything. Sorted, at
// most 100. White space counts at the ends of lines only where it has a meaning elsewhere (Python, YAML, make, …).
Result<std::vector<ScopeFinding>> find_findings(git_repository* repository, const git_oid& before, const git_oid& after,
                                                const std::vector<std::string>& paths);

// By the name alone: does the file say what the program depends on, or how it is set up?
bool is_dependency_file(std::string_view path);
bool is_config_file(std::string_view path);

}  // namespace hotfixd::git
