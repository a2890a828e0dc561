#include "integrations/git/moved_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "integrations/git/object_gate.hpp"

namespace hotfixd::git {
namespace {

// Which of `added` in the one tree are like which of `gone` in the other. Nothing else is compared, so that no limit on
// renames hides one.
Result<Renamed> alike(git_repository* repository, const git_oid& before, const std::vector<std::string>& gone,
                      const git_oid& after, const std::vector<std::string>& added) {
  Renamed names;
  if (gone.empty() || added.empty()) return names;
  const Passing passing(repository);
  auto old_files = cut_to(repository, before, gone), new_files = cut_to(repository, after, added);
  for (const auto* tree : {&old_files, &new_files})
    if (!*tree) return std::unexpected(tree->error());
  auto diff = diff_trees(repository, *old_files, *new_files);
  if (!diff) return std::unexpected(diff.error());
  git_diff_find_options options = GIT_DIFF_FIND_OPTIONS_INIT;
  options.flags = GIT_DIFF_FIND_RENAMES | GIT_DIFF_FIND_REWRITES | GIT_DIFF_BREAK_REWRITES;
  options.rename_limit = gone.size() + added.size();
  if (auto similar = find_similar(repository, diff->get(), &options); !similar) return std::unexpected(similar.error());
  for (std::size_t i = 0; i < git_diff_num_deltas(diff->get()); ++i)
    if (const git_diff_delta* delta = git_diff_get_delta(diff->get(), i); delta->status == GIT_DELTA_RENAMED)
      names.emplace(delta->old_file.path, delta->new_file.path);
  return names;
}

}  // namespace

Result<std::vector<Whereabouts>> find_in(git_repository* repository, const git_oid& before, const git_oid& after,
                                         const git_oid& now, const std::vector<std::string>& paths) {
  auto old_tree = lookup_tree(repository, before), new_tree = lookup_tree(repository, after),
       there = lookup_tree(repository, now);
  for (const auto* one : {&old_tree, &new_tree, &there})
    if (!*one) return std::unexpected(one->error());
  std::vector<Whereabouts> found;
  for (const std::string& path : paths) {
    auto first = entry_at(old_tree->get(), path), second = entry_at(new_tree->get(), path),
         third = entry_at(there->get(), path);
    for (const auto* entry : {&first, &second, &third})
      if (!*entry) return std::unexpected(entry->error());
    found.push_back({path, *first, *second, *third});
  }
  return found;
}

bool is_large(git_repository* repository, const git_oid& id) {
  return size_of(repository, id) > InMemory{}.largest_object;
}

Result<const MovedFiles::Moves*> MovedFiles::moves() {
  if (moves_) return &*moves_;
  auto all = diff_trees(repository_, before_, after_);
  if (!all) return std::unexpected(all.error());
  moves_.emplace();
  for (std::size_t i = 0; i < git_diff_num_deltas(all->get()); ++i) {
    const git_diff_delta* delta = git_diff_get_delta(all->get(), i);
    const Place before{delta->old_file.path, delta->old_file.id}, after{delta->new_file.path, delta->new_file.id};
    if (delta->status == GIT_DELTA_ADDED) moves_->added.push_back(after);
    if (delta->status == GIT_DELTA_DELETED) moves_->gone.push_back(before);
    if (delta->status == GIT_DELTA_MODIFIED) moves_->changed.push_back(after);
  }
  return &*moves_;
}

std::vector<std::string> MovedFiles::paths_of(const std::vector<Place>& places) const {
  std::vector<std::string> paths;
  for (const Place& place : places)
    if (!is_large(repository_, place.id)) paths.push_back(place.path);
  return paths;
}

Result<Renamed> MovedFiles::names_of(const std::vector<std::string>& paths, const std::optional<git_oid>& tree) {
  if (paths.empty()) return Renamed{};
  auto all = moves();
  if (!all) return std::unexpected(all.error());
  auto names = alike(repository_, tree.value_or(before_), paths, after_, paths_of((*all)->added));
  if (!names) return names;
  // libgit2 takes no link or submodule for a renamed one.
  auto from = lookup_tree(repository_, tree.value_or(before_));
  if (!from) return std::unexpected(from.error());
  for (const auto& path : paths) {
    auto entry = entry_at(from->get(), path);
    if (!entry) return std::unexpected(entry.error());
    if (!*entry || ((*entry)->mode != GIT_FILEMODE_LINK && (*entry)->mode != GIT_FILEMODE_COMMIT)) continue;
    const auto same_there =
        std::ranges::find_if((*all)->added, [&](const Place& place) { return same(place.id, (*entry)->oid); });
    if (same_there != (*all)->added.end()) names->emplace(path, same_there->path);
  }
  return names;
}

Result<std::string> MovedFiles::brought_to(const std::vector<git_oid>& blobs, const std::vector<std::string>& but) {
  auto all = moves();
  if (!all) return std::unexpected(all.error());
  for (const auto* places : {&(*all)->changed, &(*all)->added})
    for (const Place& place : *places)
      if (std::ranges::any_of(blobs, [&](const git_oid& blob) { return same(blob, place.id); }) &&
          std::ranges::find(but, place.path) == but.end())
        return place.path;
  return std::string();
}

Result<std::string> MovedFiles::twin_of(const Renamed& renamed) {
  constexpr std::size_t kMostChanged = 2000;  // files that are compared with themselves
  if (renamed.empty()) return std::string();
  auto all = moves();
  if (!all) return std::unexpected(all.error());
  Moves others = **all;
  std::erase_if(others.added, [&](const Place& place) {
    return std::ranges::any_of(renamed, [&](const auto& one) { return one.second == place.path; });
  });
  // Those of the others that were only moved need no comparing.
  std::multimap<git_oid, std::string, OidLess> moved;
  std::set<std::string> explained;
  for (const Place& place : others.gone)
    if (!renamed.contains(place.path)) moved.emplace(place.id, place.path);
  for (const Place& place : others.added)
    if (const auto from = moved.find(place.id); from != moved.end()) {
      explained.insert({from->second, place.path});
      moved.erase(from);
    }
  const auto is_explained = [&](const Place& place) { return explained.contains(place.path); };
  std::erase_if(others.gone, is_explained);
  std::erase_if(others.added, is_explained);
  if (others.changed.size() > kMostChanged) others.changed.clear();
  auto before = paths_of(others.gone), after = paths_of(others.added);
  for (auto& path : paths_of(others.changed)) before.push_back(path), after.push_back(std::move(path));
  auto likest = alike(repository_, before_, before, after_, after);
  if (!likest) return std::unexpected(likest.error());
  for (const auto& [path, name] : *likest)
    if (renamed.contains(path)) return fmt::format("{} is like {} too", name, path);
  return std::string();
}

}  // namespace hotfixd::git
