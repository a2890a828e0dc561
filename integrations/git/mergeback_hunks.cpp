#include "integrations/git/mergeback_hunks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

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

// The tree `before` with that blob in a file.
Result<git_oid> with_blob(git_repository* repository, const git_oid& before, const char* path, const git_oid& blob,
                          std::uint16_t mode) {
  git_tree_update update{};
  update.action = GIT_TREE_UPDATE_UPSERT;
  update.filemode = static_cast<git_filemode_t>(mode);
  update.path = path;
  update.id = blob;
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

// What a change is that has no lines of text.
std::string what_of(const git_diff_delta& delta, bool binary) {
  const auto &old_file = delta.old_file, &new_file = delta.new_file;
  if (new_file.mode == GIT_FILEMODE_COMMIT) return "submodule " + short_hex(new_file.id);
  if (old_file.mode == GIT_FILEMODE_COMMIT) return "submodule";
  if (new_file.mode == GIT_FILEMODE_LINK || old_file.mode == GIT_FILEMODE_LINK) return "link";
  if (is_file(old_file.mode) && is_file(new_file.mode) && same(old_file.id, new_file.id))
    return fmt::format("mode {:o}", new_file.mode);
  return binary ? "binary" : "";
}

class HunkJudge {
 public:
  HunkJudge(git_repository* repository, const git_oid& before, const git_oid& after, const git_oid& target,
            const Renamed& renamed, const GitProgress& progress)
      : repository_(repository),
        before_(before),
        after_(after),
        target_(target),
        renamed_(renamed),
        progress_(progress) {}

  Result<std::vector<Hunk>> judge() {
    git_diff_options options = GIT_DIFF_OPTIONS_INIT;
    options.context_lines = 0;             // more would join what stands apart
    options.flags |= GIT_DIFF_FORCE_TEXT;  // an attribute -diff says how it is shown
    auto diff = diff_trees(repository_, before_, after_, &options);
    if (!diff) return std::unexpected(diff.error());
    for (std::size_t i = 0; i < git_diff_num_deltas(diff->get()) && all_.size() < kMostHunks; ++i)
      if (auto judged = judge_file(diff->get(), i); !judged) return std::unexpected(judged.error());
    git_error_clear();
    return std::move(all_);
  }

 private:
  Result<void> judge_file(git_diff* diff, std::size_t n) {
    const git_diff_delta& delta = *git_diff_get_delta(diff, n);
    const auto &old_file = delta.old_file, &new_file = delta.new_file;
    PatchHandle patch;
    if (!is_large(repository_, old_file.id) && !is_large(repository_, new_file.id))
      if (const int rc = make(patch, git_patch_from_diff, diff, n); rc < 0)
        return std::unexpected(damaged(last_problem(rc, "reading a patch")));
    BlobHandle was, is;
    if (patch != nullptr)
      for (auto [blob, file] : {std::pair(&was, &old_file), std::pair(&is, &new_file)})
        if (is_file(file->mode))
          if (const int rc = make(*blob, git_blob_lookup, repository_, &file->id); rc < 0)
            return std::unexpected(damaged(last_problem(rc, "reading a file")));
    const auto binary = [](const BlobHandle& blob) { return blob != nullptr && git_blob_is_binary(blob.get()) != 0; };
    const auto what = what_of(delta, binary(was) || binary(is));
    const std::size_t hunks = patch == nullptr || !what.empty() ? 0 : git_patch_num_hunks(patch.get());
    // Each hunk is judged by a file of its own, in memory.
    bool whole = hunks < 2 || delta.status != GIT_DELTA_MODIFIED;
    if (!whole) written_ += static_cast<git_object_size_t>(git_blob_rawsize(was.get())) * hunks;
    whole = whole || written_ > kMostWritten;
    const auto paths = with_new_names({old_file.path, new_file.path}, renamed_);
    auto old_tree = cut_to(repository_, before_, paths), there = cut_to(repository_, target_, paths);
    for (const auto* tree : {&old_tree, &there})
      if (!*tree) return std::unexpected(tree->error());
    const bool mode_too = is_file(old_file.mode) && is_file(new_file.mode) && old_file.mode != new_file.mode &&
                          !same(old_file.id, new_file.id);
    for (std::size_t h = 0; h < (whole ? 1 : hunks) && all_.size() < kMostHunks; ++h) {
      Hunk hunk{.path = new_file.path, .line = 0, .what = what};
      const git_diff_hunk* place = nullptr;
      if (hunks > 0 && git_patch_get_hunk(&place, nullptr, patch.get(), h) == 0)
        hunk.line = std::max(1, place->new_start);
      auto only = mode_too && whole ? with_blob(repository_, *old_tree, new_file.path, new_file.id, old_file.mode)
                  : whole           ? with_paths_from(repository_, *old_tree, after_, {new_file.path})
                                    : with_hunk(*old_tree, delta, was, patch.get(), h);
      if (auto told = tell(std::move(hunk), delta, *old_tree, *there, only); !told) return told;
    }
    if (!mode_too) return {};
    Hunk mode{.path = new_file.path, .line = 0, .what = fmt::format("mode {:o}", new_file.mode)};
    return tell(std::move(mode), delta, *old_tree, *there,
                with_blob(repository_, *old_tree, new_file.path, old_file.id, new_file.mode));
  }

  Result<git_oid> with_hunk(const git_oid& old_tree, const git_diff_delta& delta, const BlobHandle& was,
                            git_patch* patch, std::size_t n) const {
    auto text = with_one_hunk({static_cast<const char*>(git_blob_rawcontent(was.get())),
                               static_cast<std::size_t>(git_blob_rawsize(was.get()))},
                              patch, n);
    if (!text) return std::unexpected(text.error());
    git_oid blob{};
    if (const int rc = git_blob_create_from_buffer(&blob, repository_, text->data(), text->size()); rc < 0)
      return std::unexpected(last_problem(rc, "writing a file"));
    return with_blob(repository_, old_tree, delta.new_file.path, blob, delta.old_file.mode);
  }

  Result<void> tell(Hunk hunk, const git_diff_delta& delta, const git_oid& old_tree, const git_oid& there,
                    const Result<git_oid>& only) {
    if (all_.size() >= kMostHunks) return {};
    if (!only) return std::unexpected(only.error());
    if (auto wanted = still_wanted(progress_, "comparing hunks"); !wanted) return wanted;
    auto outcome = effect_on(repository_, old_tree, there, *only);
    if (!outcome) return std::unexpected(outcome.error());
    hunk.state = state_of(*outcome);
    // A new file that the line moved: the one there is that one, or a person must tell.
    if (const auto moved = renamed_.find(hunk.path);
        delta.status == GIT_DELTA_ADDED && moved != renamed_.end() && hunk.state == Hunk::State::lacking) {
      auto same_there = has_blob(repository_, target_, moved->second, delta.new_file.id);
      if (!same_there) return std::unexpected(same_there.error());
      hunk.state = *same_there ? Hunk::State::there : Hunk::State::conflicts;
    }
    all_.push_back(std::move(hunk));
    return {};
  }

  git_repository* repository_;
  const git_oid &before_, &after_, &target_;
  const Renamed& renamed_;
  const GitProgress& progress_;
  git_object_size_t written_ = 0;
  std::vector<Hunk> all_;
};

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
  return HunkJudge(repository, before, after, target, renamed, progress).judge();
}

}  // namespace hotfixd::git
