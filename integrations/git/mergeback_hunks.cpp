#include "integrations/git/mergeback_hunks.hpp"

#include <algorithm>

#include "integrations/git/object_gate.hpp"
#include "integrations/git/trees.hpp"

namespace hotfixd::git {
namespace {

constexpr git_object_size_t kMostWritten =
    8 << 20;  // bytes, for the hunks of one fix or commit; the rest is judged by file

using ThreeWay = MergeBackEvidence::ThreeWay;
using Hunk = MergeBackReport::Hunk;

Hunk::State state_of(ThreeWay outcome) {
  return outcome == ThreeWay::target_unchanged ? Hunk::State::there
         : outcome == ThreeWay::target_changes ? Hunk::State::lacking
                                               : Hunk::State::conflicts;
}

// The text with hunk `n` of the patch and without its others.
Result<std::string> with_one_hunk(std::string_view text, git_patch* patch, std::size_t n) {
  const git_diff_hunk* hunk = nullptr;
  std::size_t lines = 0;
  if (const int rc = git_patch_get_hunk(&hunk, &lines, patch, n); rc < 0)
    return std::unexpected(last_problem(rc, "reading a hunk"));
  // Of a hunk that only adds, old_start is the line before it.
  auto untouched = static_cast<std::size_t>(hunk->old_lines == 0 ? hunk->old_start : hunk->old_start - 1);
  const auto take = [&](std::size_t count) {
    std::size_t end = 0;
    for (; count > 0 && end < text.size(); --count) end = std::min(text.find('\n', end), text.size() - 1) + 1;
    const auto taken = text.substr(0, end);
    text.remove_prefix(end);
    return std::string(taken);
  };
  std::string out = take(untouched);
  for (std::size_t i = 0; i < lines; ++i) {
    const git_diff_line* line = nullptr;
    if (const int rc = git_patch_get_line_in_hunk(&line, patch, n, i); rc < 0)
      return std::unexpected(last_problem(rc, "reading a hunk"));
    if (line->origin == GIT_DIFF_LINE_CONTEXT || line->origin == GIT_DIFF_LINE_ADDITION)
      out.append(line->content, line->content_len);
  }
  take(static_cast<std::size_t>(hunk->old_lines));
  return out + std::string(text);
}

// The tree `before` with that text in a file.
Result<git_oid> with_text(git_repository* repository, const git_oid& before, const git_diff_file& file,
                          const std::string& text) {
  git_tree_update update{};
  update.action = GIT_TREE_UPDATE_UPSERT;
  update.filemode = static_cast<git_filemode_t>(file.mode);
  update.path = file.path;
  if (const int rc = git_blob_create_from_buffer(&update.id, repository, text.data(), text.size()); rc < 0)
    return std::unexpected(last_problem(rc, "writing a file"));
  auto tree = lookup_tree(repository, before);
  if (!tree) return std::unexpected(tree.error());
  git_oid out{};
  if (const int rc = git_tree_create_updated(&out, repository, tree->get(), 1, &update); rc < 0)
    return std::unexpected(last_problem(rc, "writing a tree"));
  return out;
}

Result<bool> has_blob(git_repository* repository, const git_oid& tree, const std::string& path, const git_oid& blob) {
  auto found = lookup_tree(repository, tree);
  if (!found) return std::unexpected(found.error());
  auto entry = entry_at(found->get(), path);
  if (!entry) return std::unexpected(entry.error());
  return *entry && same((*entry)->oid, blob);
}

}  // namespace

Result<ThreeWay> effect_on(git_repository* repository, const git_oid& before, const git_oid& target,
                           const git_oid& after) {
  const Passing passing(repository);
  auto merged = merge_trees(repository, before, target, after);
  if (!merged) return std::unexpected(merged.error());
  if (!merged->clean) return ThreeWay::conflict;
  return same(merged->tree, target) ? ThreeWay::target_unchanged : ThreeWay::target_changes;
}

Result<void> still_wanted(const GitProgress& progress, std::string_view doing) {
  if (!progress || progress(doing)) return {};
  return std::unexpected(cancelled(doing));
}

std::vector<std::string> with_new_names(std::vector<std::string> paths, const Renamed& renamed) {
  constexpr std::size_t kFew = 20;
  for (const auto& [path, name] : renamed)
    if (renamed.size() <= kFew || std::ranges::find(paths, path) != paths.end()) paths.push_back(name);
  std::ranges::sort(paths);
  paths.erase(std::ranges::unique(paths).begin(), paths.end());
  return paths;
}

Result<std::vector<Hunk>> judge_hunks(git_repository* repository, const git_oid& before, const git_oid& after,
                                      const git_oid& target, const Renamed& renamed, const GitProgress& progress) {
  const Passing passing(repository);
  std::vector<Hunk> all;
  git_object_size_t written = 0;
  git_diff_options options = GIT_DIFF_OPTIONS_INIT;
  options.context_lines = 0;             // more would join what stands apart
  options.flags |= GIT_DIFF_FORCE_TEXT;  // an attribute -diff says how it is shown
  auto diff = diff_trees(repository, before, after, &options);
  if (!diff) return std::unexpected(diff.error());
  for (std::size_t i = 0; i < git_diff_num_deltas(diff->get()); ++i) {
    const git_diff_delta* delta = git_diff_get_delta(diff->get(), i);
    PatchHandle patch;
    if (!is_large(repository, delta->old_file.id) && !is_large(repository, delta->new_file.id))
      if (const int rc = make(patch, git_patch_from_diff, diff->get(), i); rc < 0)
        return std::unexpected(damaged(last_problem(rc, "reading a patch")));
    const std::size_t hunks = patch == nullptr ? 0 : git_patch_num_hunks(patch.get());
    bool whole = hunks < 2 || delta->status != GIT_DELTA_MODIFIED;
    BlobHandle blob, changed;
    int rc = whole ? 0 : make(blob, git_blob_lookup, repository, &delta->old_file.id);
    if (rc == 0 && !whole) rc = make(changed, git_blob_lookup, repository, &delta->new_file.id);
    if (rc < 0) return std::unexpected(damaged(last_problem(rc, "reading a file")));
    const bool binary = !whole && (git_blob_is_binary(blob.get()) != 0 || git_blob_is_binary(changed.get()) != 0);
    whole = whole || binary;
    // Each hunk is judged by a file of its own, in memory.
    if (!whole) written += git_blob_rawsize(blob.get()) * hunks;
    whole = whole || written > kMostWritten;
    const auto paths = with_new_names({delta->old_file.path, delta->new_file.path}, renamed);
    auto old_file = cut_to(repository, before, paths), there = cut_to(repository, target, paths);
    if (!old_file) return std::unexpected(old_file.error());
    if (!there) return std::unexpected(there.error());
    for (std::size_t n = 0; n < (whole ? 1 : hunks) && all.size() < kMostHunks; ++n) {
      if (auto wanted = still_wanted(progress, "comparing hunks"); !wanted) return std::unexpected(wanted.error());
      Result<git_oid> only = git_oid{};
      if (whole) {
        only = with_paths_from(repository, *old_file, after, {delta->new_file.path});
      } else {
        auto text = with_one_hunk({static_cast<const char*>(git_blob_rawcontent(blob.get())),
                                   static_cast<std::size_t>(git_blob_rawsize(blob.get()))},
                                  patch.get(), n);
        if (!text) return std::unexpected(text.error());
        only = with_text(repository, *old_file, delta->new_file, *text);
      }
      if (!only) return std::unexpected(only.error());
      auto outcome = effect_on(repository, *old_file, *there, *only);
      if (!outcome) return std::unexpected(outcome.error());
      Hunk hunk{state_of(*outcome), delta->new_file.path, 0};
      // A new file that the line moved: the one there is that one, or a person must tell.
      if (const auto moved = renamed.find(hunk.path); delta->status == GIT_DELTA_ADDED && moved != renamed.end()) {
        auto same_there = has_blob(repository, target, moved->second, delta->new_file.id);
        if (!same_there) return std::unexpected(same_there.error());
        if (hunk.state == Hunk::State::lacking) hunk.state = *same_there ? Hunk::State::there : Hunk::State::conflicts;
      }
      const git_diff_hunk* place = nullptr;
      if (hunks > 0 && !binary && git_patch_get_hunk(&place, nullptr, patch.get(), n) == 0)
        hunk.line = std::max(1, place->new_start);
      all.push_back(std::move(hunk));
    }
  }
  git_error_clear();
  return all;
}

}  // namespace hotfixd::git
