#include "integrations/git/trees.hpp"

#include <algorithm>
#include <set>

#include "integrations/git/object_gate.hpp"
#include "integrations/git/partial_clone.hpp"
#include "integrations/git/shown_text.hpp"
#include "integrations/git/tree_size.hpp"

namespace hotfixd::git {
namespace {

constexpr std::size_t kMostNarrowed = 1000;  // paths
constexpr unsigned kRenamesAmong = 7000;     // as git's merge.renameLimit is by itself

}  // namespace

git_merge_options merge_options() {
  git_merge_options options = GIT_MERGE_OPTIONS_INIT;
  options.target_limit = kRenamesAmong;
  return options;
}

Problem damaged(Problem problem) {
  if (problem.kind == Problem::Kind::not_found) problem.kind = Problem::Kind::corrupt;
  return problem;
}

Result<TreeHandle> lookup_tree(git_repository* repository, const git_oid& oid) {
  TreeHandle tree;
  if (const int rc = make(tree, git_tree_lookup, repository, &oid); rc < 0)
    return std::unexpected(damaged(last_problem(rc, "reading tree " + short_hex(oid))));
  return tree;
}

Result<CommitHandle> lookup_commit(git_repository* repository, const git_oid& oid) {
  CommitHandle commit;
  if (const int rc = make(commit, git_commit_lookup, repository, &oid); rc < 0)
    return std::unexpected(last_problem(rc, "reading commit " + short_hex(oid)));
  return commit;
}

Result<DiffHandle> diff_trees(git_repository* repository, const git_oid& before, const git_oid& after,
                              const git_diff_options* options) {
  auto old_tree = lookup_tree(repository, before);
  if (!old_tree) return std::unexpected(old_tree.error());
  auto new_tree = lookup_tree(repository, after);
  if (!new_tree) return std::unexpected(new_tree.error());
  for (const git_oid* tree : {&before, &after})
    if (auto fine = check_size(repository, *tree); !fine) return std::unexpected(fine.error());
  git_diff_options bounded = GIT_DIFF_OPTIONS_INIT;
  if (options != nullptr) bounded = *options;
  bounded.max_size = InMemory{}.largest_object;  // then it is no text
  DiffHandle diff;
  if (const int rc = make(diff, git_diff_tree_to_tree, repository, old_tree->get(), new_tree->get(), &bounded); rc < 0)
    return std::unexpected(damaged(last_problem(rc, "comparing trees")));
  return diff;
}

namespace {

Result<std::vector<std::string>> conflict_paths(git_index* index) {
  IndexConflictsHandle conflicts;
  if (const int rc = make(conflicts, git_index_conflict_iterator_new, index); rc < 0)
    return std::unexpected(last_problem(rc, "listing conflicts"));
  std::set<std::string> paths;
  const git_index_entry *ancestor = nullptr, *ours = nullptr, *theirs = nullptr;
  int rc = 0;
  while ((rc = git_index_conflict_next(&ancestor, &ours, &theirs, conflicts.get())) == 0) {
    for (const git_index_entry* entry : {ancestor, ours, theirs})
      if (entry != nullptr) paths.insert(entry->path);
  }
  if (rc != GIT_ITEROVER) return std::unexpected(last_problem(rc, "listing conflicts"));
  return std::vector<std::string>(paths.begin(), paths.end());
}

// What the index holds without conflicts, written as a tree.
Result<MergeOutcome> outcome_of(git_repository* repository, git_index* index) {
  MergeOutcome outcome;
  if (git_index_has_conflicts(index) != 0) {
    auto paths = conflict_paths(index);
    if (!paths) return std::unexpected(paths.error());
    outcome.conflicts = std::move(*paths);
    return outcome;
  }
  if (const int rc = git_index_write_tree_to(&outcome.tree, index, repository); rc < 0)
    return std::unexpected(last_problem(rc, "writing a merged tree"));
  outcome.clean = true;
  return outcome;
}

// A merge reads them to find renames.
Result<void> fetch_changed(git_repository* repository, const git_oid& before, const git_oid& after) {
  if (!fetches(repository)) return {};
  auto diff = diff_trees(repository, before, after);
  if (!diff) return std::unexpected(diff.error());
  return fetch_files_of(repository, diff->get());
}

Result<IndexHandle> index_of_merge(git_repository* repository, const git_oid& base, const git_oid& ours,
                                   const git_oid& theirs, git_merge_file_favor_t favor) {
  auto base_tree = lookup_tree(repository, base);
  if (!base_tree) return std::unexpected(base_tree.error());
  auto our_tree = lookup_tree(repository, ours);
  if (!our_tree) return std::unexpected(our_tree.error());
  auto their_tree = lookup_tree(repository, theirs);
  if (!their_tree) return std::unexpected(their_tree.error());
  for (const git_oid* tree : {&base, &ours, &theirs})
    if (auto fine = check_size(repository, *tree); !fine) return std::unexpected(fine.error());
  for (const git_oid* side : {&ours, &theirs})
    if (auto there = fetch_changed(repository, base, *side); !there) return std::unexpected(there.error());
  git_merge_options options = merge_options();
  options.file_favor = favor;
  IndexHandle index;
  if (const int rc =
          make(index, git_merge_trees, repository, base_tree->get(), our_tree->get(), their_tree->get(), &options);
      rc < 0)
    return std::unexpected(damaged(last_problem(rc, "merging trees")));
  return index;
}

// What no favour settles: a file that one side deleted, a name that is taken, one that is no text.
Result<void> take_theirs(git_index* index) {
  IndexConflictsHandle conflicts;
  if (const int rc = make(conflicts, git_index_conflict_iterator_new, index); rc < 0)
    return std::unexpected(last_problem(rc, "listing conflicts"));
  std::set<std::string> gone;
  std::vector<std::pair<std::string, git_index_entry>> taken;
  const git_index_entry *ancestor = nullptr, *ours = nullptr, *theirs = nullptr;
  int rc = 0;
  while ((rc = git_index_conflict_next(&ancestor, &ours, &theirs, conflicts.get())) == 0) {
    for (const git_index_entry* entry : {ancestor, ours, theirs})
      if (entry != nullptr) gone.insert(entry->path);
    if (theirs != nullptr) taken.emplace_back(theirs->path, *theirs);
  }
  if (rc != GIT_ITEROVER) return std::unexpected(last_problem(rc, "listing conflicts"));
  rc = 0;
  for (const auto& path : gone)
    if (rc == 0 && (rc = git_index_conflict_remove(index, path.c_str())) == GIT_ENOTFOUND) rc = 0;
  for (const auto& [path, entry] : taken) {
    git_index_entry added{};
    added.path = path.c_str();
    added.id = entry.id;
    added.mode = entry.mode;
    if (rc == 0) rc = git_index_add(index, &added);
  }
  if (rc < 0) return std::unexpected(last_problem(rc, "settling conflicts"));
  git_error_clear();
  return {};
}

}  // namespace

Result<IndexHandle> merged_index(git_repository* repository, const git_oid& base, const git_oid& ours,
                                 const git_oid& theirs) {
  return index_of_merge(repository, base, ours, theirs, GIT_MERGE_FILE_FAVOR_NORMAL);
}

namespace {

Result<MergeOutcome> merge_whole(git_repository* repository, const git_oid& base, const git_oid& ours,
                                 const git_oid& theirs, git_merge_file_favor_t favor) {
  auto index = index_of_merge(repository, base, ours, theirs, favor);
  if (!index) return std::unexpected(index.error());
  if (favor == GIT_MERGE_FILE_FAVOR_THEIRS)
    if (auto settled = take_theirs(index->get()); !settled) return std::unexpected(settled.error());
  return outcome_of(repository, index->get());
}

Result<git_oid> empty_tree(git_repository* repository) {
  TreeBuilderHandle builder;
  git_oid out{};
  int rc = make(builder, git_treebuilder_new, repository, nullptr);
  if (rc == 0) rc = git_treebuilder_write(&out, builder.get());
  if (rc < 0) return std::unexpected(last_problem(rc, "writing a tree"));
  return out;
}

bool is_file(const std::optional<Entry>& entry) { return entry && entry->mode != GIT_FILEMODE_TREE; }

// Is a file where the path needs a folder?
Result<bool> blocked(const git_tree* tree, const std::string& path) {
  for (std::size_t slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
    auto entry = entry_at(tree, path.substr(0, slash));
    if (!entry) return std::unexpected(entry.error());
    if (is_file(*entry)) return true;
  }
  return false;
}

Result<bool> deletes_any(git_repository* repository, const git_oid& before, const git_oid& after) {
  auto diff = diff_trees(repository, before, after);
  if (!diff) return std::unexpected(diff.error());
  for (std::size_t i = 0; i < git_diff_num_deltas(diff->get()); ++i)
    if (git_diff_get_delta(diff->get(), i)->status == GIT_DELTA_DELETED) return true;
  return false;
}

// The three trees cut down to the paths that `theirs` changes: merged, they give there what the whole trees give. That
// is so when each of the paths is a file wherever it is, none that the base has is gone from `ours`, where it might
// have another name, and none that both added may be another file's new name; nothing when it is not so.
struct Narrow {
  git_oid base{}, ours{}, theirs{};
};
Result<std::optional<Narrow>> narrowed(git_repository* repository, const git_oid& base, const git_oid& ours,
                                       const git_oid& theirs, const std::vector<std::string>& paths) {
  auto base_tree = lookup_tree(repository, base);
  if (!base_tree) return std::unexpected(base_tree.error());
  auto our_tree = lookup_tree(repository, ours);
  if (!our_tree) return std::unexpected(our_tree.error());
  bool both_added = false;
  for (const std::string& path : paths) {
    auto before = entry_at(base_tree->get(), path), there = entry_at(our_tree->get(), path);
    if (!before) return std::unexpected(before.error());
    if (!there) return std::unexpected(there.error());
    if (*there ? !is_file(*there) : is_file(*before)) return std::nullopt;
    both_added = both_added || (*there && !*before);
    auto in_the_way = *there ? false : blocked(our_tree->get(), path);
    if (!in_the_way) return std::unexpected(in_the_way.error());
    if (*in_the_way) return std::nullopt;
  }
  auto may_be_renamed = both_added ? deletes_any(repository, base, ours) : Result<bool>(false);
  if (!may_be_renamed) return std::unexpected(may_be_renamed.error());
  if (*may_be_renamed) return std::nullopt;
  Narrow narrow;
  for (const auto& [whole, small] :
       {std::pair(&base, &narrow.base), {&ours, &narrow.ours}, {&theirs, &narrow.theirs}}) {
    auto cut = cut_to(repository, *whole, paths);
    if (!cut) return std::unexpected(cut.error());
    *small = *cut;
  }
  return narrow;
}

Result<MergeOutcome> merge(git_repository* repository, const git_oid& base, const git_oid& ours, const git_oid& theirs,
                           git_merge_file_favor_t favor) {
  if (same(base, theirs) || same(ours, theirs)) return MergeOutcome{.clean = true, .tree = ours, .conflicts = {}};
  if (same(base, ours)) return MergeOutcome{.clean = true, .tree = theirs, .conflicts = {}};
  auto paths = changed_paths(repository, base, theirs);
  if (!paths) return std::unexpected(paths.error());
  if (paths->size() > kMostNarrowed) return merge_whole(repository, base, ours, theirs, favor);
  auto narrow = narrowed(repository, base, ours, theirs, *paths);
  if (!narrow) return std::unexpected(narrow.error());
  if (!*narrow) return merge_whole(repository, base, ours, theirs, favor);
  auto merged = merge_whole(repository, (*narrow)->base, (*narrow)->ours, (*narrow)->theirs, favor);
  if (!merged || !merged->clean) return merged;
  if (same(merged->tree, (*narrow)->ours)) return MergeOutcome{.clean = true, .tree = ours, .conflicts = {}};
  auto tree = with_paths_from(repository, ours, merged->tree, *paths);
  if (!tree) return std::unexpected(tree.error());
  return MergeOutcome{.clean = true, .tree = *tree, .conflicts = {}};
}

}  // namespace

Result<MergeOutcome> merge_trees(git_repository* repository, const git_oid& base, const git_oid& ours,
                                 const git_oid& theirs) {
  return merge(repository, base, ours, theirs, GIT_MERGE_FILE_FAVOR_NORMAL);
}

Result<git_oid> merge_for_theirs(git_repository* repository, const git_oid& base, const git_oid& ours,
                                 const git_oid& theirs) {
  auto merged = merge(repository, base, ours, theirs, GIT_MERGE_FILE_FAVOR_THEIRS);
  if (!merged) return std::unexpected(merged.error());
  return merged->tree;
}

Result<IndexHandle> merged_commits(git_repository* repository, const git_oid& ours, const git_oid& theirs) {
  auto ours_commit = lookup_commit(repository, ours);
  if (!ours_commit) return std::unexpected(damaged(ours_commit.error()));
  auto theirs_commit = lookup_commit(repository, theirs);
  if (!theirs_commit) return std::unexpected(damaged(theirs_commit.error()));
  for (const auto* commit : {&*ours_commit, &*theirs_commit})
    if (auto fine = check_size(repository, *git_commit_tree_id(commit->get())); !fine)
      return std::unexpected(fine.error());
  const git_merge_options options = merge_options();
  IndexHandle index;
  if (const int rc = make(index, git_merge_commits, repository, ours_commit->get(), theirs_commit->get(), &options);
      rc < 0)
    return std::unexpected(damaged(last_problem(rc, "merging commits")));
  return index;
}

Result<MergeOutcome> merge_commits(git_repository* repository, const git_oid& ours, const git_oid& theirs) {
  auto index = merged_commits(repository, ours, theirs);
  if (!index) return std::unexpected(index.error());
  return outcome_of(repository, index->get());
}

Result<std::optional<Entry>> entry_at(const git_tree* tree, const std::string& path) {
  TreeEntryHandle entry;
  const int rc = make(entry, git_tree_entry_bypath, tree, path.c_str());
  if (rc == GIT_ENOTFOUND) {
    git_error_clear();
    return std::nullopt;
  }
  if (rc < 0) return std::unexpected(last_problem(rc, "looking for " + path));
  return Entry{*git_tree_entry_id(entry.get()), git_tree_entry_filemode(entry.get())};
}

std::size_t size_of(git_repository* repository, const git_oid& id) {
  OdbHandle objects;
  std::size_t size = 0;
  git_object_t type = GIT_OBJECT_INVALID;
  // Asked first whether it is there: in a partial clone reading a header would fetch it.
  const bool told = make(objects, git_repository_odb, repository) == 0 && git_odb_exists(objects.get(), &id) != 0 &&
                    git_odb_read_header(&size, &type, objects.get(), &id) == 0;
  git_error_clear();
  return told ? size : 0;
}

Result<std::vector<std::string>> changed_paths(git_repository* repository, const git_oid& before,
                                               const git_oid& after) {
  if (same(before, after)) return std::vector<std::string>{};
  auto diff = diff_trees(repository, before, after);
  if (!diff) return std::unexpected(diff.error());
  std::set<std::string> paths;
  for (std::size_t i = 0; i < git_diff_num_deltas(diff->get()); ++i) {
    const git_diff_delta* delta = git_diff_get_delta(diff->get(), i);
    paths.insert(delta->old_file.path);
    paths.insert(delta->new_file.path);
  }
  return std::vector<std::string>(paths.begin(), paths.end());
}

namespace {

// A file in the place of a folder, or the other way round.
Result<git_oid> rebuilt(git_repository* repository, const git_tree* start, const git_tree* from,
                        const std::vector<std::string>& paths) {
  IndexHandle index;
  int rc = make(index, git_index_new);
  if (rc == 0) rc = git_index_read_tree(index.get(), start);
  // Removals first: a file may stand where a folder was.
  for (const std::string& path : paths) {
    if (rc == 0) rc = git_index_remove(index.get(), path.c_str(), 0);
    if (rc == GIT_ENOTFOUND) rc = 0;
  }
  for (const std::string& path : paths) {
    auto entry = entry_at(from, path);
    if (!entry) return std::unexpected(entry.error());
    if (rc != 0 || !is_file(*entry)) continue;
    git_index_entry added{};
    added.path = path.c_str();
    added.id = (*entry)->oid;
    added.mode = (*entry)->mode;
    rc = git_index_add(index.get(), &added);
  }
  git_oid out{};
  if (rc == 0) rc = git_index_write_tree_to(&out, index.get(), repository);
  if (rc < 0) return std::unexpected(last_problem(rc, "writing a tree"));
  git_error_clear();
  return out;
}

}  // namespace

Result<git_oid> with_paths_from(git_repository* repository, const git_oid& tree, const git_oid& source,
                                const std::vector<std::string>& paths) {
  if (paths.empty()) return tree;
  auto start = lookup_tree(repository, tree);
  if (!start) return std::unexpected(start.error());
  auto from = lookup_tree(repository, source);
  if (!from) return std::unexpected(from.error());
  std::vector<git_tree_update> updates;
  for (const std::string& path : paths) {
    auto there = entry_at(start->get(), path), wanted = entry_at(from->get(), path);
    if (!there) return std::unexpected(there.error());
    if (!wanted) return std::unexpected(wanted.error());
    if (*there == *wanted) continue;
    auto in_the_way = *there ? !is_file(*there) : blocked(start->get(), path);
    if (!in_the_way) return std::unexpected(in_the_way.error());
    const bool other_kind =
        *there && *wanted && ((*there)->mode == GIT_FILEMODE_COMMIT) != ((*wanted)->mode == GIT_FILEMODE_COMMIT);
    if (*in_the_way || other_kind || (*wanted && !is_file(*wanted)))
      return rebuilt(repository, start->get(), from->get(), paths);
    git_tree_update update{};
    update.action = *wanted ? GIT_TREE_UPDATE_UPSERT : GIT_TREE_UPDATE_REMOVE;
    if (*wanted) update.id = (*wanted)->oid, update.filemode = (*wanted)->mode;
    update.path = path.c_str();
    updates.push_back(update);
  }
  if (updates.empty()) return tree;
  git_oid out{};
  if (const int rc = git_tree_create_updated(&out, repository, start->get(), updates.size(), updates.data()); rc < 0)
    return std::unexpected(last_problem(rc, "writing a tree"));
  git_error_clear();
  return out;
}

Result<git_oid> cut_to(git_repository* repository, const git_oid& tree, const std::vector<std::string>& paths) {
  auto nothing = empty_tree(repository);
  if (!nothing) return nothing;
  return with_paths_from(repository, *nothing, tree, paths);
}

Result<void> find_similar(git_repository* repository, git_diff* diff, const git_diff_find_options* options) {
  if (auto there = fetch_files_of(repository, diff); !there) return there;
  const int rc = git_diff_find_similar(diff, options);
  if (rc == 0) return {};
  const auto refused = why_refused(repository);  // libgit2 forgets it
  return std::unexpected(refused ? *refused : damaged(last_problem(rc, "finding renames")));
}

Result<git_oid> tree_of(git_repository* repository, const git_oid& commit) {
  auto handle = lookup_commit(repository, commit);
  if (!handle) return std::unexpected(handle.error());
  return *git_commit_tree_id(handle->get());
}

Result<std::optional<Change>> change_of(git_repository* repository, const git_oid& commit) {
  auto handle = lookup_commit(repository, commit);
  if (!handle) return std::unexpected(handle.error());
  if (git_commit_parentcount(handle->get()) == 0) return std::nullopt;
  auto before = tree_of(repository, *git_commit_parent_id(handle->get(), 0));
  if (!before) return std::unexpected(before.error());
  return Change{*before, *git_commit_tree_id(handle->get())};
}

Result<Change> cut_to(git_repository* repository, const Change& change, const std::vector<std::string>& paths) {
  auto before = cut_to(repository, change.before, paths);
  if (!before) return std::unexpected(before.error());
  auto after = cut_to(repository, change.after, paths);
  if (!after) return std::unexpected(after.error());
  return Change{*before, *after};
}

std::string subject_of(const git_commit* commit, std::size_t limit) {
  const char* summary = git_commit_summary(const_cast<git_commit*>(commit));  // it is kept in the commit
  return shown_in(summary == nullptr ? "" : summary, git_commit_message_encoding(commit), limit);
}

std::string author_name(const git_commit* commit) {
  constexpr std::size_t kLongestName = 100;
  return shown_in(git_commit_author(commit)->name, git_commit_message_encoding(commit), kLongestName);
}

Result<bool> contains_commit(git_repository* repository, const git_oid& descendant, const git_oid& ancestor) {
  if (same(descendant, ancestor)) return true;
  const int rc = git_graph_descendant_of(repository, &descendant, &ancestor);
  if (rc < 0) return std::unexpected(damaged(last_problem(rc, "following history")));
  return rc == 1;
}

}  // namespace hotfixd::git
