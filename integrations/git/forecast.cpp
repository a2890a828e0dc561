#include "integrations/git/forecast.hpp"

#include <algorithm>

#include "integrations/git/conflict_report.hpp"
#include "integrations/git/glob.hpp"
#include "integrations/git/object_gate.hpp"
#include "integrations/git/shown_text.hpp"
#include "integrations/git/trees.hpp"

namespace hotfixd::git {
namespace {

constexpr std::size_t kMostRemembered = 1000;  // of each; then all of it is dropped
constexpr std::size_t kFilesNamed = 3;

std::string key_of(const OwnWork& work, const git_oid& line) {
  return to_hex(work.base) + to_hex(work.base_tree) + to_hex(work.tree) + to_hex(line);
}

}  // namespace

Result<LineForecast> Forecaster::line(git_repository* repository, const OwnWork& work, const git_oid& line) {
  LineForecast said;
  said.target_sha = to_hex(line);
  if (!work.cannot_replay.empty()) {
    said.outlook = Outlook::unknown;
    said.why = shown(work.cannot_replay);
    return said;
  }
  if (lines_.size() > kMostRemembered) lines_.clear();
  const auto key = key_of(work, line);
  if (const auto known = lines_.find(key); known != lines_.end()) return known->second;
  const Passing passing(repository);
  auto target = tree_of(repository, line);
  if (!target) return std::unexpected(target.error());
  auto merged = merge_trees(repository, work.base_tree, *target, work.tree);
  if (!merged) return std::unexpected(merged.error());
  said.outlook = merged->clean && same(merged->tree, *target) ? Outlook::present : Outlook::clean;
  if (!merged->clean) {
    auto index = merged_index(repository, work.base_tree, *target, work.tree);
    if (!index) return std::unexpected(index.error());
    auto settled = settle_ignored(index->get(), ignored_paths_);
    if (!settled) return std::unexpected(settled.error());
    if (!*settled) {
      auto files = report_conflicts(repository, index->get(),
                                    {.onto = line, .base = work.base, .ours = "line", .theirs = "hotfix"});
      if (!files) return std::unexpected(files.error());
      said.outlook = Outlook::conflicts;
      for (auto& file : *files)
        said.files.push_back({std::move(file.path), std::move(file.what), std::move(file.changes)});
    }
  }
  return lines_.emplace(key, std::move(said)).first->second;
}

Result<git_oid> Forecaster::carried(git_repository* repository, const OwnWork& work, const git_oid& onto) {
  if (carried_.size() > kMostRemembered) carried_.clear();
  const auto key = key_of(work, onto);
  if (const auto known = carried_.find(key); known != carried_.end()) return known->second;
  auto tree = tree_of(repository, onto);
  if (!tree) return std::unexpected(tree.error());
  auto merged = merge_for_theirs(repository, work.base_tree, *tree, work.tree);
  if (!merged) return std::unexpected(merged.error());
  return carried_.emplace(key, *merged).first->second;
}

Result<std::vector<std::string>> Forecaster::overlap(git_repository* repository, const OwnWork& work,
                                                     const git_oid& before, const git_oid& after) {
  auto wanted = carried(repository, work, before);
  if (!wanted) return std::unexpected(wanted.error());
  const Passing passing(repository);
  auto base = tree_of(repository, before);
  if (!base) return std::unexpected(base.error());
  auto theirs = tree_of(repository, after);
  if (!theirs) return std::unexpected(theirs.error());
  auto merged = merge_trees(repository, *base, *theirs, *wanted);
  if (!merged) return std::unexpected(merged.error());
  std::erase_if(merged->conflicts, [&](const auto& path) { return path_ignored(ignored_paths_, path); });
  return std::move(merged->conflicts);
}

Result<LineDistance> distance(git_repository* repository, const git_oid& base, const git_oid& line,
                              const std::vector<std::string>& paths, const std::vector<std::string>& ignored_paths) {
  LineDistance far;
  std::size_t ahead = 0, behind = 0;
  if (const int rc = git_graph_ahead_behind(&ahead, &behind, repository, &line, &base); rc < 0)
    return std::unexpected(last_problem(rc, "counting commits"));
  far.commits = static_cast<int>(ahead);
  if (ahead == 0 || paths.empty()) return far;
  auto before = tree_of(repository, base);
  if (!before) return std::unexpected(before.error());
  auto now = tree_of(repository, line);
  if (!now) return std::unexpected(now.error());
  auto changed = changed_paths(repository, *before, *now);
  if (!changed) return std::unexpected(changed.error());
  for (const auto& path : *changed) {
    if (!path_ignored(paths, path) || path_ignored(ignored_paths, path)) continue;
    if (far.files.size() < kFilesNamed)
      far.files.push_back(shown(path));
    else
      ++far.more_files;
  }
  return far;
}

}  // namespace hotfixd::git
