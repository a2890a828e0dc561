// The demo workspace: a little shop's origin with a git-flow history and one bug in production. It is
// what `hotfixd replay` plays on and what a person tries the bot with on a fresh machine.
#pragma once

#include <string>

#include "bot/domain/basics.hpp"

namespace hotfixd::git {

// Makes <dir>/origin.git (bare; tags v2.4.5 to v2.4.7, main with unfinished work, develop, release/2.5)
// and <dir>/README.md, which says how to clone, mend and push. Every run makes the same commit ids.
// True = made now; false = it was there, sound, and was left as people have changed it since.
//
// The origin is built under another name and renamed, so an interrupted run leaves nothing that looks
// finished. What stands at origin.git without being a repository with commits is moved aside to
// origin.git.broken (never deleted) and made anew. Two processes at once: the second waits, ten
// seconds at most, then Problem locked. A repository that is not ours is exists_elsewhere, one whose
// production history cannot be read is corrupt; both are left alone.
Result<bool> create_demo(const std::string& dir);

}  // namespace hotfixd::git
