// Which tag is in production, and which tags ever were.
#pragma once

#include "integrations/git/mirror.hpp"
#include "integrations/git/mirror_repository.hpp"

namespace hotfixd::git {

// The tag in production as configured; `known_production` (what the record says was deployed; may be
// empty) wins when it exists and is newer by SemVer in the same family. Without a configured prefix the
// family is that of `known_production`, else "v", else no prefix, else the first in the alphabet that
// has a release in the production history. Problems: not_found, and those of the command.
Result<std::string> find_production_tag(Mirror& mirror, const MirrorOptions& options, const RepositoryPolicy& policy,
                                        const std::string& known_production);

// May a hotfix start at `tag`? Yes when it is reachable from the production branch, is `known_production`
// itself, or is SemVer-older than that and reachable from it. Problem::refused otherwise.
Result<void> check_production_history(Mirror& mirror, const RepositoryPolicy& policy, const std::string& tag,
                                      const git_oid& commit, const std::string& known_production);

}  // namespace hotfixd::git
