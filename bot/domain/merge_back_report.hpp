// What stands behind one verdict, for those who ask: where each commit and each hunk is, how the work landed, what was
// changed since and by whom.
#pragma once

#include "bot/domain/port_conflict.hpp"
#include "bot/domain/types.hpp"

namespace hotfixd {

struct MergeBackReport {
  // A place in the fix, as it is in the hotfix's own version of the file. A change without lines of text (binary, mode,
  // symlink, submodule) is one hunk at line 0.
  struct Hunk {
    enum class State { there, lacking, conflicts } state{};
    std::string path;
    int line = 0;        // from 1
    std::string what{};  // of what has no lines: "mode 100755", "link", "submodule 1a2b3c4", "binary"; else empty
    bool operator==(const Hunk&) const = default;
  };
  struct Commit {
    std::string sha, subject, author;
    Verdict verdict{};  // present, partial, absent, or unknown: it conflicts
    std::vector<Hunk> hunks;
    bool operator==(const Commit&) const = default;
  };
  // How the work got onto the line, by the newest commit that brought some of it.
  struct Landing {
    std::string sha, subject, author;
    Time at{};
    // By whom it is known: "forge", else git: "merge", "own commit", "cherry-pick" (a trailer), "origin" (the hotfix's
    // commit is a pick of it), "patch" (the same change), "squash" (the same change in one commit), "author" (same
    // author, author's time and subject).
    std::string how;
    // Of the fix at that commit: "faithful", "adapted", "unlike" or "elsewhere" (by hand), "partial", "empty".
    std::string content;
    std::string since;  // of what that commit changed: "intact", "gone", "changed"
    bool operator==(const Landing&) const = default;
  };
  // A commit of the line, by first parents, that changed a file of the fix; newest first.
  struct Touch {
    std::string sha, subject, author;
    Time at{};
    bool operator==(const Touch&) const = default;
  };
  // What history alone says, which proves nothing.
  struct History {
    bool ancestor = false;   // the hotfix's head is in the line's history
    int commits_landed = 0;  // of its commits, by id, trailer, patch or author
    int commits = 0;         // that change anything
    bool squash = false;     // one commit of the line has the patch of all of them
    bool operator==(const History&) const = default;
  };

  Verdict verdict{};
  std::string explanation;                       // one line
  std::string base_sha, hotfix_sha, target_sha;  // full ids
  std::vector<Commit> commits;                   // oldest first
  std::vector<PortConflict::File> conflicts;     // of the three-way merge
  std::optional<Landing> landing;
  History history;
  std::vector<Touch> touches;  // since the landing, else since the production tag; at most 20
  std::string look;            // what to type in a clone to see it
};

}  // namespace hotfixd
