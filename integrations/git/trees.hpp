// Small questions about trees: merge three, compare two, take one path from another.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "integrations/git/handle.hpp"

namespace hotfixd::git {

// For every merge here: renames are found among so many files, whatever a clone's own configuration says.
git_merge_options merge_options();

// "Not found" of an object that another one names means that the repository is damaged: corrupt.
Problem damaged(Problem problem);

struct MergeOutcome {
  bool clean = false;
  git_oid tree{};                      // when clean
  std::vector<std::string> conflicts;  // paths, sorted, when not
};

// Three-way merge in memory, renames followed, attributes not asked. New objects go to the repository's object
// database. It costs what the paths cost that differ between `base` and `theirs`, unless `ours` has given one of them
// another name.
Result<MergeOutcome> merge_trees(git_repository* repository, const git_oid& base, const git_oid& ours,
                                 const git_oid& theirs);

// The tree of that merge where `theirs` wins what conflicts: blocks of lines, or all of a file that has none.
Result<git_oid> merge_for_theirs(git_repository* repository, const git_oid& base, const git_oid& ours,
                                 const git_oid& theirs);

// As `git merge` would merge two commits: with the base that their histories have in common, which is made of several
// when they crossed. Commits without a common one conflict.
Result<MergeOutcome> merge_commits(git_repository* repository, const git_oid& ours, const git_oid& theirs);

// The index of such a merge, for those who settle its conflicts.
Result<IndexHandle> merged_commits(git_repository* repository, const git_oid& ours, const git_oid& theirs);

// The index of merge_trees(), of the whole trees, for those who look at its conflicts.
Result<IndexHandle> merged_index(git_repository* repository, const git_oid& base, const git_oid& ours,
                                 const git_oid& theirs);

// A path's blob (or submodule commit) and mode; nothing when the tree has no such path.
struct Entry {
  git_oid oid{};
  git_filemode_t mode = GIT_FILEMODE_UNREADABLE;
  bool operator==(const Entry& other) const { return same(oid, other.oid) && mode == other.mode; }
};
// A file with content: no link, no submodule, no folder.
constexpr bool is_file(std::uint16_t mode) { return mode == GIT_FILEMODE_BLOB || mode == GIT_FILEMODE_BLOB_EXECUTABLE; }
Result<std::optional<Entry>> entry_at(const git_tree* tree, const std::string& path);

// Of an object, unpacked, in bytes; 0 when there is none here.
std::size_t size_of(git_repository* repository, const git_oid& id);

// Paths that differ, each once, sorted; a rename gives both names.
Result<std::vector<std::string>> changed_paths(git_repository* repository, const git_oid& before, const git_oid& after);

// `paths`, each once. `tree` with each of them as it is in `source` (removed where `source` has none).
Result<git_oid> with_paths_from(git_repository* repository, const git_oid& tree, const git_oid& source,
                                const std::vector<std::string>& paths);

// Only those paths of a tree.
Result<git_oid> cut_to(git_repository* repository, const git_oid& tree, const std::vector<std::string>& paths);

Result<TreeHandle> lookup_tree(git_repository* repository, const git_oid& tree);
Result<CommitHandle> lookup_commit(git_repository* repository, const git_oid& commit);
Result<DiffHandle> diff_trees(git_repository* repository, const git_oid& before, const git_oid& after,
                              const git_diff_options* options = nullptr);

// libgit2's search for renames in it. `options` may be null.
Result<void> find_similar(git_repository* repository, git_diff* diff, const git_diff_find_options* options);

Result<git_oid> tree_of(git_repository* repository, const git_oid& commit);

// The trees of a commit's first parent and its own; nothing when it has no parent.
struct Change {
  git_oid before{}, after{};
};
Result<std::optional<Change>> change_of(git_repository* repository, const git_oid& commit);

Result<Change> cut_to(git_repository* repository, const Change& change, const std::vector<std::string>& paths);

// The first line of the message, as the author below.
std::string subject_of(const git_commit* commit, std::size_t limit);

// The author as it can be shown, in the encoding that the commit says it is written in.
std::string author_name(const git_commit* commit);

// The commit itself or one of its descendants.
Result<bool> contains_commit(git_repository* repository, const git_oid& descendant, const git_oid& ancestor);

}  // namespace hotfixd::git
