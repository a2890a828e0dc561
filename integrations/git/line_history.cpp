#include "integrations/git/line_history.hpp"

#include <set>

#include "integrations/git/trees.hpp"

namespace hotfixd::git {
namespace {

constexpr int kMostCommits = 10'000;
constexpr std::size_t kMostRemembered = 50'000;

// Nothing when a file in it has no text hunks: the ids of binary and mode changes do not tell contents apart.
Result<std::optional<git_oid>> patch_id(git_repository* repository, const git_oid& before, const git_oid& after) {
  auto diff = diff_trees(repository, before, after);
  if (!diff) return std::unexpected(diff.error());
  for (std::size_t i = 0; i < git_diff_num_deltas(diff->get()); ++i) {
    PatchHandle patch;
    if (const int rc = make(patch, git_patch_from_diff, diff->get(), i); rc < 0)
      return std::unexpected(last_problem(rc, "reading a patch"));
    if (patch == nullptr || git_patch_num_hunks(patch.get()) == 0) return std::nullopt;
  }
  git_oid id{};
  if (const int rc = git_diff_patchid(&id, diff->get(), nullptr); rc < 0)
    return std::unexpected(last_problem(rc, "making a patch id"));
  return id;
}

// The commit named by the last "(cherry picked from commit <sha>)" of a message.
std::optional<git_oid> picked_from(std::string_view message) {
  constexpr std::string_view kTrailer = "(cherry picked from commit ";
  const std::size_t at = message.rfind(kTrailer);
  if (at == std::string_view::npos) return std::nullopt;
  const auto oid = parse_oid(message.substr(at + kTrailer.size(), GIT_OID_HEXSZ));
  return oid ? std::optional(*oid) : std::nullopt;
}

Result<bool> differs(const git_tree* a, const git_tree* b, const std::vector<std::string>& paths) {
  if (same(*git_tree_id(a), *git_tree_id(b))) return false;
  for (const std::string& path : paths) {
    auto left = entry_at(a, path);
    if (!left) return std::unexpected(left.error());
    auto right = entry_at(b, path);
    if (!right) return std::unexpected(right.error());
    if (*left != *right) return true;
  }
  return false;
}

// Do `paths` differ between the commit and its first parent?
Result<bool> touches_paths(git_repository* repository, const git_commit* commit,
                           const std::vector<std::string>& paths) {
  if (git_commit_parentcount(commit) == 0) return false;
  auto tree = lookup_tree(repository, *git_commit_tree_id(commit));
  if (!tree) return std::unexpected(tree.error());
  auto parent = lookup_commit(repository, *git_commit_parent_id(commit, 0));
  if (!parent) return std::unexpected(parent.error());
  auto parent_tree = lookup_tree(repository, *git_commit_tree_id(parent->get()));
  if (!parent_tree) return std::unexpected(parent_tree.error());
  return differs(tree->get(), parent_tree->get(), paths);
}

}  // namespace

HistoryReader::HistoryReader(const OwnWork& work) : work_(work) {
  for (std::size_t i = 0; i < work_.steps.size(); ++i) own_commits_.emplace(work_.steps[i].commit, static_cast<int>(i));
}

Result<void> HistoryReader::make_own_patch_ids(git_repository* repository) {
  if (have_patch_ids_) return {};
  for (std::size_t i = 0; i < work_.steps.size(); ++i) {
    const OwnWork::Step& step = work_.steps[i];
    if (same(step.before, step.after)) continue;
    auto id = patch_id(repository, step.before, step.after);
    if (!id) return std::unexpected(id.error());
    if (*id) own_patches_.emplace(**id, static_cast<int>(i));
  }
  if (work_.cannot_replay.empty() && work_.steps.size() > 1 && !same(work_.base_tree, work_.tree)) {
    auto id = patch_id(repository, work_.base_tree, work_.tree);
    if (!id) return std::unexpected(id.error());
    whole_patch_ = *id;
  }
  have_patch_ids_ = true;
  return {};
}

Result<HistoryReader::Looked> HistoryReader::look(git_repository* repository, const git_oid& oid,
                                                  const git_commit* commit, bool touches) {
  if (const auto known = looked_.find(oid); known != looked_.end()) return known->second;
  Looked found;
  if (const auto picked = picked_from(git_commit_message(commit))) {
    if (const auto own = own_commits_.find(*picked); own != own_commits_.end()) found.step = own->second;
  }
  if (found.step < 0 && touches && git_commit_parentcount(commit) == 1) {
    if (auto made = make_own_patch_ids(repository); !made) return std::unexpected(made.error());
    auto parent = lookup_commit(repository, *git_commit_parent_id(commit, 0));
    if (!parent) return std::unexpected(parent.error());
    auto id = patch_id(repository, *git_commit_tree_id(parent->get()), *git_commit_tree_id(commit));
    if (!id) return std::unexpected(id.error());
    if (*id) {
      if (const auto own = own_patches_.find(**id); own != own_patches_.end()) found.step = own->second;
      found.squash = whole_patch_ && same(*whole_patch_, **id);
    }
  }
  if (looked_.size() >= kMostRemembered) looked_.clear();
  looked_.emplace(oid, found);
  return found;
}

Result<LineHistory> HistoryReader::read(git_repository* repository, const git_oid& line,
                                        const std::vector<std::string>& paths) {
  LineHistory history;
  auto ancestor = contains_commit(repository, line, work_.head);
  if (!ancestor) return std::unexpected(ancestor.error());
  history.ancestor = *ancestor && !work_.steps.empty();

  RevwalkHandle walk;
  int rc = make(walk, git_revwalk_new, repository);
  if (rc == 0) rc = git_revwalk_sorting(walk.get(), GIT_SORT_TOPOLOGICAL | GIT_SORT_TIME);
  if (rc == 0) rc = git_revwalk_push(walk.get(), &line);
  if (rc == 0) rc = git_revwalk_hide(walk.get(), &work_.base);
  if (rc < 0) return std::unexpected(last_problem(rc, "walking history"));

  std::set<int> landed;
  git_oid oid{}, trunk = line;  // `trunk` goes down the line's first parents: what was put onto the line
  for (int count = 0; count < kMostCommits && (rc = git_revwalk_next(&oid, walk.get())) == 0; ++count) {
    auto commit = lookup_commit(repository, oid);
    if (!commit) return std::unexpected(commit.error());
    auto touches = touches_paths(repository, commit->get(), paths);
    if (!touches) return std::unexpected(touches.error());
    if (same(oid, trunk)) {
      if (*touches && !history.last_touch) {
        history.last_touch = oid;
        history.last_author = author_name(commit->get());
      }
      if (git_commit_parentcount(commit->get()) > 0) trunk = *git_commit_parent_id(commit->get(), 0);
    }
    if (const auto own = own_commits_.find(oid); own != own_commits_.end()) {
      landed.insert(own->second);
      continue;
    }
    auto found = look(repository, oid, commit->get(), *touches);
    if (!found) return std::unexpected(found.error());
    if (found->step >= 0) landed.insert(found->step);
    history.squash_landed = history.squash_landed || found->squash;
    if ((found->step >= 0 || found->squash) && history.landed_as.empty()) history.landed_as = short_hex(oid);
  }
  if (rc < 0 && rc != GIT_ITEROVER) return std::unexpected(last_problem(rc, "walking history"));
  history.commits_landed = static_cast<int>(landed.size());
  return history;
}

}  // namespace hotfixd::git
