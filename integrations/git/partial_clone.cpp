#include "integrations/git/partial_clone.hpp"

#include <fmt/format.h>

#include <set>

#include "integrations/common/child_process.hpp"
#include "integrations/git/object_gate.hpp"
#include "integrations/git/shown_text.hpp"
#include "integrations/git/trees.hpp"

namespace hotfixd::git {
namespace {

constexpr std::chrono::minutes kLimit{2};
constexpr std::size_t kMostCommits = 500, kMostWords = 300;

using ConfigIteratorHandle = std::unique_ptr<git_config_iterator, Freer<git_config_iterator_free>>;

std::string last_line(std::string_view text) {
  while (text.ends_with('\n')) text.remove_suffix(1);
  return shown(text.substr(text.find_last_of('\n') + 1), kMostWords);  // npos + 1 is 0
}

// What of `paths` the tree has and the repository has not.
Result<void> add_missing(git_repository* repository, const git_oid& tree, const std::vector<std::string>& paths,
                         std::set<git_oid, OidLess>& missing) {
  OdbHandle objects;
  if (const int rc = make(objects, git_repository_odb, repository); rc < 0)
    return std::unexpected(last_problem(rc, "opening the objects"));
  auto found = lookup_tree(repository, tree);
  if (!found) return std::unexpected(found.error());
  for (const auto& path : paths) {
    auto entry = entry_at(found->get(), path);
    if (!entry) return std::unexpected(entry.error());
    if (!*entry || (*entry)->mode == GIT_FILEMODE_TREE || (*entry)->mode == GIT_FILEMODE_COMMIT) continue;
    if (git_odb_exists(objects.get(), &(*entry)->oid) == 0) missing.insert((*entry)->oid);
  }
  return {};
}

}  // namespace

std::string promisor_of(git_repository* repository) {
  ConfigHandle config;
  ConfigIteratorHandle all;
  std::string remote;
  int rc = make(config, git_repository_config_snapshot, repository);
  const char* named = nullptr;
  if (rc == 0 && git_config_get_string(&named, config.get(), "extensions.partialclone") == 0) remote = named;
  if (rc == 0 && remote.empty()) rc = make(all, git_config_iterator_glob_new, config.get(), "^remote\\..*\\.promisor$");
  git_config_entry* entry = nullptr;
  while (rc == 0 && remote.empty() && git_config_next(&entry, all.get()) == 0) {
    const std::string_view name = entry->name;
    remote = name.substr(7, name.size() - 7 - 9);
  }
  git_error_clear();
  return remote;
}

Result<void> fetch_objects(git_repository* repository, const std::string& remote, const std::vector<git_oid>& wanted) {
  std::string input;
  for (const auto& oid : wanted) input += to_hex(oid) + "\n";
  auto ran = common::run_program({"git", std::string("--git-dir=") + git_repository_path(repository), "-c",
                                  "fetch.negotiationAlgorithm=noop", "fetch", remote, "--no-tags",
                                  "--no-write-fetch-head", "--recurse-submodules=no", "--filter=blob:none", "--stdin"},
                                 input, kLimit, {"LC_ALL=C", "GIT_TERMINAL_PROMPT=0"});
  const auto unreachable = [&](const std::string& why) {
    return std::unexpected(
        problem(Problem::Kind::unreachable, fmt::format("fetching what is missing from {}: {}", shown(remote), why)));
  };
  if (!ran) return std::unexpected(ran.error());
  if (ran->timed_out) return unreachable(fmt::format("git took longer than {} min", kLimit.count()));
  if (ran->status != 0) return unreachable(last_line(ran->errors));
  return {};
}

Result<void> fetch_files_of(git_repository* repository, git_diff* diff) {
  if (!fetches(repository)) return {};
  OdbHandle objects;
  if (const int rc = make(objects, git_repository_odb, repository); rc < 0)
    return std::unexpected(last_problem(rc, "opening the objects"));
  std::set<git_oid, OidLess> missing;
  for (std::size_t i = 0; i < git_diff_num_deltas(diff); ++i) {
    const git_diff_delta* delta = git_diff_get_delta(diff, i);
    for (const auto* file : {&delta->old_file, &delta->new_file})
      if (file->mode != GIT_FILEMODE_COMMIT && git_oid_is_zero(&file->id) == 0 &&
          git_odb_exists(objects.get(), &file->id) == 0)
        missing.insert(file->id);
  }
  return missing.empty() ? Result<void>{} : fetch_now(repository, {missing.begin(), missing.end()});
}

Result<void> fetch_ahead(git_repository* repository, const git_oid& base, const git_oid& hotfix, const git_oid& target,
                         const GitProgress& progress) {
  if (!fetches(repository)) return {};
  auto before = tree_of(repository, base);
  if (!before) return std::unexpected(before.error());
  auto after = tree_of(repository, hotfix);
  if (!after) return std::unexpected(after.error());
  auto paths = changed_paths(repository, *before, *after);
  if (!paths) return std::unexpected(paths.error());
  std::set<git_oid, OidLess> missing;
  auto at = tree_of(repository, target);
  if (!at) return std::unexpected(at.error());
  for (const git_oid& tree : {*before, *after, *at})
    if (auto added = add_missing(repository, tree, *paths, missing); !added) return added;
  RevwalkHandle walk;
  int rc = make(walk, git_revwalk_new, repository);
  if (rc == 0) rc = git_revwalk_push(walk.get(), &hotfix);
  if (rc == 0) rc = git_revwalk_hide(walk.get(), &base);
  git_oid commit{};
  for (std::size_t n = 0; rc == 0 && n < kMostCommits && (rc = git_revwalk_next(&commit, walk.get())) == 0; ++n) {
    auto tree = tree_of(repository, commit);
    if (!tree) return std::unexpected(tree.error());
    if (auto added = add_missing(repository, *tree, *paths, missing); !added) return added;
  }
  if (rc < 0 && rc != GIT_ITEROVER) return std::unexpected(damaged(last_problem(rc, "following history")));
  git_error_clear();
  if (missing.empty()) return {};
  if (progress && !progress(fmt::format("fetching {} objects that are missing", missing.size())))
    return std::unexpected(cancelled("fetching what is missing"));
  return fetch_now(repository, {missing.begin(), missing.end()});
}

}  // namespace hotfixd::git
