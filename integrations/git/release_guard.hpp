// Does a release candidate carry every hotfix that shipped? Asked of any repository on this disk, which is only read:
// what the judgement has to write stays in memory.
#pragma once

#include <string>
#include <vector>

#include "bot/domain/types.hpp"
#include "integrations/git/handle.hpp"

namespace hotfixd::git {

// What the record says of one hotfix that has a tag. Ids are full ids.
struct ShippedHotfix {
  struct Line {
    std::string name, sha;                  // a merge-back line and its head when it was last judged
    std::string acknowledged_sha, by, why;  // empty = no acknowledgement stands
    bool operator==(const Line&) const = default;
  };

  std::string incident, repository, branch;
  std::string tag, tag_sha, base_tag, base_sha;
  std::string head;  // of the branch when it was tagged: the tag may be on another line's merge of it. May be empty
  std::vector<Line> lines;
  bool operator==(const ShippedHotfix&) const = default;
};

struct GuardVerdict {
  Verdict verdict = Verdict::unknown;
  std::string explanation;  // one line
  std::string missing;      // what the repository does not have; then nothing was judged
  std::string mend;         // what to type; may be empty
  std::string settled_by;   // the line whose acknowledgement holds for the candidate too; empty = none does
};

struct GuardReport {
  std::string sha;                     // what `ref` is
  std::vector<GuardVerdict> verdicts;  // one for each hotfix
};

// An acknowledgement settles a verdict that wants one when the candidate's history has the commit that a person looked
// at, the verdict there is the same, and the fix's files have not changed since. The judgement is that of a merge-back
// to a line (integrations/git/README.md). `hotfixes` are those of this repository, `ref` a branch, a tag or a commit.
// Problems: not_found when there is no repository at `path` or no such `ref` in it; invalid when its history is not
// whole; corrupt when objects are missing that its own commits name. `fetch_missing`: see open_to_read().
Result<GuardReport> guard_release(const std::string& path, const std::string& ref,
                                  const std::vector<ShippedHotfix>& hotfixes,
                                  const std::vector<std::string>& ignored_paths, bool fetch_missing = false);

}  // namespace hotfixd::git
