#include "integrations/git/mergeback_facts.hpp"

#include <algorithm>
#include <set>

#include "integrations/git/trees.hpp"

namespace hotfixd::git {
namespace {

constexpr int kMostHunks = 200;

// Would merging before..after into the target leave the target as it is?
Result<bool> already_there(git_repository* repository, const git_oid& before, const git_oid& target,
                           const git_oid& after) {
  auto merged = merge_trees(repository, before, target, after);
  if (!merged) return std::unexpected(merged.error());
  return merged->clean && same(merged->tree, target);
}

Result<int> count_commits(git_repository* repository, const OwnWork& work, const git_oid& target) {
  int present = 0;
  for (const OwnWork::Step& step : work.steps) {
    if (same(step.before, step.after)) continue;
    auto there = already_there(repository, step.before, target, step.after);
    if (!there) return std::unexpected(there.error());
    present += *there ? 1 : 0;
  }
  return present;
}

// The base tree with only hunk `wanted` of the file `path` applied.
Result<git_oid> with_one_hunk(git_repository* repository, const git_oid& base_tree, git_diff* diff, const char* path,
                              std::size_t wanted) {
  struct Choice {
    std::string_view path;
    std::size_t wanted, seen;
  } choice{path, wanted, 0};
  git_apply_options options = GIT_APPLY_OPTIONS_INIT;
  options.payload = &choice;
  options.delta_cb = [](const git_diff_delta* delta, void* payload) {
    return static_cast<Choice*>(payload)->path == delta->new_file.path ? 0 : 1;
  };
  options.hunk_cb = [](const git_diff_hunk*, void* payload) {
    auto& c = *static_cast<Choice*>(payload);
    return c.seen++ == c.wanted ? 0 : 1;
  };
  auto tree = lookup_tree(repository, base_tree);
  if (!tree) return std::unexpected(tree.error());
  IndexHandle index;
  int rc = make(index, git_apply_to_tree, repository, tree->get(), diff, &options);
  git_oid out{};
  if (rc == 0) rc = git_index_write_tree_to(&out, index.get(), repository);
  if (rc < 0) return std::unexpected(last_problem(rc, "applying one hunk"));
  return out;
}

// Counts hunks; a change without text hunks (binary, mode, empty file) and one with a single hunk
// counts as one, whole file.
Result<void> count_hunks(git_repository* repository, const OwnWork& work, const git_oid& target,
                         MergeBackEvidence& evidence) {
  auto diff = diff_trees(repository, work.base_tree, work.tree);
  if (!diff) return std::unexpected(diff.error());
  for (std::size_t i = 0; i < git_diff_num_deltas(diff->get()); ++i) {
    PatchHandle patch;
    if (const int rc = make(patch, git_patch_from_diff, diff->get(), i); rc < 0)
      return std::unexpected(last_problem(rc, "reading a patch"));
    const git_diff_delta* delta = git_diff_get_delta(diff->get(), i);
    const std::size_t hunks = patch == nullptr ? 0 : git_patch_num_hunks(patch.get());
    const bool whole = hunks < 2 || delta->status != GIT_DELTA_MODIFIED;
    for (std::size_t hunk = 0; hunk < (whole ? 1 : hunks) && evidence.hunks_total < kMostHunks; ++hunk) {
      auto only = whole ? with_paths_from(repository, work.base_tree, work.tree, {delta->new_file.path})
                        : with_one_hunk(repository, work.base_tree, diff->get(), delta->new_file.path, hunk);
      if (!only) return std::unexpected(only.error());
      auto there = already_there(repository, work.base_tree, target, *only);
      if (!there) return std::unexpected(there.error());
      ++evidence.hunks_total;
      evidence.hunks_present += *there ? 1 : 0;
    }
  }
  return {};
}

// Names that the line gave to files of `missing`, as far as they are still alike.
Result<std::vector<std::string>> renamed_to(git_repository* repository, const git_oid& base_tree, const git_oid& target,
                                            const std::set<std::string>& missing) {
  std::vector<std::string> names;
  if (missing.empty()) return names;
  auto diff = diff_trees(repository, base_tree, target);
  if (!diff) return std::unexpected(diff.error());
  git_diff_find_options options = GIT_DIFF_FIND_OPTIONS_INIT;
  options.flags = GIT_DIFF_FIND_RENAMES;
  if (const int rc = git_diff_find_similar(diff->get(), &options); rc < 0)
    return std::unexpected(last_problem(rc, "finding renames"));
  for (std::size_t i = 0; i < git_diff_num_deltas(diff->get()); ++i) {
    const git_diff_delta* delta = git_diff_get_delta(diff->get(), i);
    if (delta->status == GIT_DELTA_RENAMED && missing.contains(delta->old_file.path))
      names.emplace_back(delta->new_file.path);
  }
  return names;
}

// Fills the paths, and whether the fix's files are all gone from the line.
Result<void> look_at_paths(git_repository* repository, const OwnWork& work, const git_oid& target, LineFacts& facts) {
  auto base = lookup_tree(repository, work.base_tree);
  if (!base) return std::unexpected(base.error());
  auto tree = lookup_tree(repository, target);
  if (!tree) return std::unexpected(tree.error());
  facts.paths = work.paths;
  std::set<std::string> missing;
  for (const std::string& path : work.paths) {
    auto before = entry_at(base->get(), path);
    if (!before) return std::unexpected(before.error());
    auto now = entry_at(tree->get(), path);
    if (!now) return std::unexpected(now.error());
    if (*before && !*now) missing.insert(path);
  }
  auto names = renamed_to(repository, work.base_tree, target, missing);
  if (!names) return std::unexpected(names.error());
  facts.evidence.all_files_gone = !work.paths.empty() && missing.size() == work.paths.size() && names->empty();
  facts.paths.insert(facts.paths.end(), names->begin(), names->end());
  return {};
}

}  // namespace

Result<LineFacts> gather_facts(git_repository* repository, const OwnWork& work, HistoryReader& history,
                               const git_oid& line, bool was_present) {
  LineFacts facts;
  MergeBackEvidence& evidence = facts.evidence;
  evidence.target_sha = short_hex(line);
  evidence.own_commits = static_cast<int>(work.steps.size());
  evidence.own_is_base = same(work.base_tree, work.tree);
  evidence.cannot_replay = work.cannot_replay;
  evidence.hand_made_merge = work.hand_made_merge;
  evidence.was_present = was_present;
  auto commit = lookup_commit(repository, line);
  if (!commit) return std::unexpected(commit.error());
  const git_oid target = *git_commit_tree_id(commit->get());

  if (auto looked = look_at_paths(repository, work, target, facts); !looked) return std::unexpected(looked.error());
  auto past = history.read(repository, line, facts.paths);
  if (!past) return std::unexpected(past.error());
  facts.last_author = past->last_author;
  evidence.ancestor = past->ancestor;
  evidence.commits_landed = past->commits_landed;
  evidence.squash_landed = past->squash_landed;
  evidence.landed_as = past->landed_as;
  if (past->last_touch) evidence.last_touched_by = short_hex(*past->last_touch);
  if (!evidence.cannot_replay.empty() || evidence.own_is_base) return facts;

  auto merged = merge_trees(repository, work.base_tree, target, work.tree);
  if (!merged) return std::unexpected(merged.error());
  if (!merged->clean) {
    evidence.three_way = MergeBackEvidence::ThreeWay::conflict;
    evidence.conflicts = merged->conflicts;
    return facts;
  }
  if (same(merged->tree, target)) {
    evidence.three_way = MergeBackEvidence::ThreeWay::target_unchanged;
    return facts;
  }
  evidence.three_way = MergeBackEvidence::ThreeWay::target_changes;
  auto commits = count_commits(repository, work, target);
  if (!commits) return std::unexpected(commits.error());
  evidence.commits_present = *commits;
  if (auto counted = count_hunks(repository, work, target, evidence); !counted) return std::unexpected(counted.error());
  return facts;
}

Result<bool> changed_since(git_repository* repository, const std::string& acknowledged_sha, const git_oid& line,
                           const std::vector<std::string>& paths) {
  auto acknowledged = parse_oid(acknowledged_sha);
  if (!acknowledged) return true;
  if (same(*acknowledged, line)) return false;
  auto then = lookup_commit(repository, *acknowledged);
  if (!then) {
    if (then.error().kind == Problem::Kind::not_found) return true;
    return std::unexpected(then.error());
  }
  auto now = lookup_commit(repository, line);
  if (!now) return std::unexpected(now.error());
  auto changed = changed_paths(repository, *git_commit_tree_id(then->get()), *git_commit_tree_id(now->get()));
  if (!changed) return std::unexpected(changed.error());
  return std::ranges::any_of(paths,
                             [&](const std::string& path) { return std::ranges::binary_search(*changed, path); });
}

}  // namespace hotfixd::git
