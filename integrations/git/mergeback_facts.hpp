// Gathers from git what mergeback_judge decides on, for one hotfix and one target line after another.
#pragma once

#include <set>

#include "bot/domain/merge_back_report.hpp"
#include "integrations/git/line_history.hpp"
#include "integrations/git/mergeback_judge.hpp"
#include "integrations/git/moved_files.hpp"

namespace hotfixd::git {

struct LineFacts {
  MergeBackEvidence evidence;
  std::vector<std::string> paths;  // the hotfix's files under the names they have on the line, old and new
  std::optional<git_oid> touch{};  // the line's newest commit on those files; nothing = none since the tag
  std::string last_author;         // of it
  std::string last_email{};        // likewise
};

// What was said of a line before.
struct LineKnown {
  std::string name;                // of the line; may be empty
  bool was_present = false;        // an earlier verdict said so
  std::optional<git_oid> landing;  // the commit that the forge says the merge-back is on it
};

struct ChangedWords {
  std::set<std::string> added, removed;
};

// Keep it as long as the OwnWork that it was made for: what the contents of a tree say is remembered by the tree, what
// history says by the line. Bounded.
class LineReader {
 public:
  explicit LineReader(const OwnWork& work) : work_(work), history_(work) {}

  // `line` is a commit. Problem::unreachable when `progress` cancels.
  Result<LineFacts> gather(git_repository* repository, const git_oid& line, const LineKnown& known,
                           const GitProgress& progress);

  // The same for those who ask why: each commit and hunk, conflicts, landing, what was changed since.
  Result<MergeBackReport> report(git_repository* repository, const git_oid& line, const LineKnown& known,
                                 const GitProgress& progress);

 private:
  // What does not depend on history.
  struct Contents {
    MergeBackEvidence evidence;
    std::vector<std::string> paths;
    Renamed renamed;   // files of the fix that the tag has and the line calls otherwise
    Renamed names;     // those, and where it put files that the fix adds
    git_oid target{};  // the tree that was judged: the line's, with the tag's line endings
    std::vector<MergeBackReport::Hunk> hunks;
  };

  struct Landed {
    MergeBackEvidence::Landing landing;
    std::vector<std::string> elsewhere;  // the files that it came to, when its content is so
  };
  struct Seen {
    LineFacts facts;
    Contents contents;
    LineHistory history;
  };

  Result<const Contents*> contents_of(git_repository* repository, const git_oid& tree);
  Result<Contents> look(git_repository* repository, const git_oid& tree) const;
  Result<void> look_at_paths(const std::vector<Whereabouts>& files, MovedFiles& moved, Contents& contents) const;
  Result<Renamed> names_there(const std::vector<Whereabouts>& files, MovedFiles& moved, const Contents& contents) const;
  Result<void> merge(git_repository* repository, const git_oid& tree, Contents& contents) const;
  Result<void> look_at_parts(git_repository* repository, Contents& contents) const;
  // Evidence without any when something is too large to be compared.
  Result<Seen> look_at_line(git_repository* repository, const git_oid& line, const LineKnown& known,
                            const GitProgress& progress);
  Result<Seen> look_closely(git_repository* repository, const git_oid& line, const LineKnown& known,
                            const GitProgress& progress);
  Result<Landed> look_at_landing(git_repository* repository, const Contents& now, const LineHistory& history);
  Result<MergeBackEvidence::Landing::Since> since(git_repository* repository, const git_oid& commit, const git_oid& now,
                                                  const std::vector<std::string>& paths) const;
  Result<std::vector<std::string>> put_elsewhere(git_repository* repository, const LineHistory::Piece& landing);
  Result<bool> shares_words(git_repository* repository, const git_oid& commit);
  Result<void> report_commits(git_repository* repository, const Contents& contents, MergeBackReport& report) const;

  Result<void> count_commits(git_repository* repository);
  Result<void> look_at_line_merges(git_repository* repository, const git_oid& tree, MergeBackEvidence& evidence) const;
  Result<std::string> deleted_and_alive(const std::vector<Whereabouts>& files, MovedFiles& moved) const;
  static Result<std::string> changed_places(git_repository* repository, const std::vector<Whereabouts>& files,
                                            bool unchanged, MovedFiles& moved);
  Result<std::string> moved_since(git_repository* repository, const git_oid& landed, const git_oid& tree) const;

  const OwnWork& work_;
  HistoryReader history_;
  std::vector<const OwnWork::Step*> counted_;  // into work_
  bool counting_done_ = false;
  GitProgress progress_;  // of the call that is under way
  std::optional<ChangedWords> own_words_;
  std::map<git_oid, Contents, OidLess> contents_;
};

// Did any of `paths` change between the acknowledged commit and `line`? An acknowledged commit that
// the mirror does not have counts as changed.
Result<bool> changed_since(git_repository* repository, const std::string& acknowledged_sha, const git_oid& line,
                           const std::vector<std::string>& paths);

}  // namespace hotfixd::git
