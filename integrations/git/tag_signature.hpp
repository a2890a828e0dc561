// Signed tags, as git makes and verifies them.
#pragma once

#include "integrations/git/handle.hpp"
#include "integrations/git/mirror_repository.hpp"

namespace hotfixd::git {

// Writes the tag object of `unsigned_tag` with a signature behind its message: `ssh-keygen -Y sign -n git -f <key>`, or
// `gpg -bsau <key>` (git's gpg-interface.c). The signer has 30 s and no terminal. Refused, in its own words, when it
// fails; the object is written only when it did not.
Result<git_oid> signed_tag(git_repository* from, const git_oid& unsigned_tag, git_repository* into,
                           MirrorOptions::Sign how, const std::string& key);

// Can something be signed? Refused as above.
Result<void> try_signing(MirrorOptions::Sign how, const std::string& key);

}  // namespace hotfixd::git
