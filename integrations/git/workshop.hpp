// What people do to the origin in a replay: commits, merges, picks, reverts, branches and tags made
// directly in a bare repository on disk. The bot itself never uses it: it fetches and pushes, as in life.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "bot/domain/basics.hpp"

namespace hotfixd::git {

// Who makes a commit or a tag, and when: author and committer (or tagger) alike, in UTC, cut to the
// second. Equal signatures and equal content give equal ids, so a story always has the same shas.
struct Signature {
  std::string name, email;
  Time at{};
};

// Path in the repository -> new content; no content deletes the file.
using Files = std::map<std::string, std::optional<std::string>>;

// A ref below is a branch, a tag or a commit id (full, or its first four or more digits), looked for
// in this order; "refs/heads/x" and "refs/tags/x" name one of them, and "~2" or "^2" may follow, as
// in git. HEAD means nothing here. A branch or tag stands for the commit it points to.
//
// Failures: not_found (no such branch, ref or file), refused (conflict, nothing to do, already there),
// invalid (a name, path or message that git would not take, or past a limit), locked (somebody moved
// the branch in the same moment: do it again). Nothing is changed then: a ref moves last, and only
// when it still is what was read.
//
// No worktree and no git program is used, hooks do not run. One call at a time.
class Workshop {
 public:
  virtual ~Workshop() = default;

  // `path` is a bare repository. not_found when there is none, invalid when it has a worktree.
  static Result<std::unique_ptr<Workshop>> open(const std::string& path);

  // Each of these returns the full id of the new commit, which is the branch's new tip.

  // A commit is made also when it changes nothing (git's --allow-empty). In an origin without any
  // commit, the first one gives birth to HEAD's branch. At most 10,000 files of 16 MiB each; a path
  // has at most 4,096 bytes, is relative, and has no "", ".", ".." or ".git" among its parts.
  virtual Result<std::string> commit(const std::string& branch, const std::string& subject, const Files& files,
                                     const Signature& signature) = 0;
  // "Merge branch 'from' into into": a merge commit even where git could fast-forward. When `into`
  // already has all of `from` in its history git makes no commit, and neither do we: the unchanged tip
  // is returned. (So merging again after a revert succeeds and brings nothing, as in life.)
  virtual Result<std::string> merge(const std::string& into, const std::string& from, const Signature& signature) = 0;
  // What merging would bring, as one ordinary commit. Refused when that is nothing.
  virtual Result<std::string> squash(const std::string& into, const std::string& from, const std::string& subject,
                                     const Signature& signature) = 0;
  // Keeps author, author's time and message, adds no trailer. Of a merge commit: what it brought to its
  // first parent. Refused when `into` already has the change.
  virtual Result<std::string> cherry_pick(const std::string& into, const std::string& ref,
                                          const Signature& signature) = 0;
  // "Revert "subject"" and "This reverts commit <sha>."; a merge commit relative to its first parent.
  // Refused when there is nothing left to revert.
  virtual Result<std::string> revert(const std::string& branch, const std::string& ref, const Signature& signature) = 0;

  // Returns the commit at which the branch was made; refused when it exists.
  virtual Result<std::string> branch(const std::string& name, const std::string& from) = 0;
  // An annotated tag whose message is its name. Returns the tagged commit; refused when it exists.
  virtual Result<std::string> tag(const std::string& name, const std::string& ref, const Signature& signature) = 0;
  // Removes the branch or, when there is none, the tag. HEAD's branch is refused.
  virtual Result<void> remove(const std::string& name) = 0;

  // The full id of the commit.
  virtual Result<std::string> resolve(const std::string& ref) = 0;
  // A file's content as of that commit.
  virtual Result<std::string> read(const std::string& ref, const std::string& path) = 0;
};

}  // namespace hotfixd::git
