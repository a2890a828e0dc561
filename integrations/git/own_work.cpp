#include "integrations/git/own_work.hpp"

#include <algorithm>

#include "integrations/git/glob.hpp"
#include "integrations/git/object_gate.hpp"
#include "integrations/git/trees.hpp"

namespace hotfixd::git {
namespace {

constexpr std::size_t kMostCommits = 500;

// The first-parent chain from `head` down to what `base` already has, newest first.
struct Chain {
  struct Own {
    git_oid commit{};
    unsigned parent = 0;  // the one that the chain goes on with
    bool topic = false;   // a merge of what is no line
  };
  std::vector<Own> commits;
  std::vector<git_oid> merges;  // of lines and releases
  std::vector<OwnWork::LineMerge> from_lines;
  bool has_head = false;
  std::string ambiguous;
};

Result<bool> any_contains(git_repository* repository, const std::vector<git_oid>& lines, const git_oid& commit) {
  for (const git_oid& line : lines) {
    auto contained = contains_commit(repository, line, commit);
    if (!contained) return std::unexpected(contained.error());
    if (*contained) return true;
  }
  return false;
}

// Is `commit` on the first-parent chain of a line? Looks 2000 commits back.
Result<bool> on_trunk(git_repository* repository, const std::vector<git_oid>& lines, const git_oid& commit) {
  for (const git_oid& line : lines) {
    git_oid at = line;
    for (int i = 0; i < 2000; ++i) {
      if (same(at, commit)) return true;
      auto handle = lookup_commit(repository, at);
      if (!handle) return std::unexpected(handle.error());
      if (git_commit_parentcount(handle->get()) == 0) break;
      at = *git_commit_parent_id(handle->get(), 0);
    }
  }
  return false;
}

// The release that has `commit`, when no earlier head of the hotfix had it.
Result<const Aboard*> release_of(git_repository* repository, const std::vector<Aboard>& aboard, const git_oid& commit) {
  for (const Aboard& one : aboard) {
    auto contained = contains_commit(repository, one.release, commit);
    if (!contained) return std::unexpected(contained.error());
    if (!*contained) continue;
    auto own = contains_commit(repository, one.own, commit);
    if (!own) return std::unexpected(own.error());
    if (!*own) return &one;
  }
  return nullptr;
}

// Which parent of a merge on the branch is the branch's own side? Normally the first. After
// `git checkout main && git merge hotfix && git branch -f hotfix` it is the second, and taking the
// first would judge main's commits instead of the fix.
enum class Side { first, second, unclear };
Result<Side> own_side(git_repository* repository, const git_commit* merge, const std::vector<git_oid>& lines,
                      const std::vector<Aboard>& aboard) {
  if (git_commit_parentcount(merge) != 2) {  // an octopus is made on the branch that it is merged into
    auto trunk = git_commit_parentcount(merge) < 2 ? Result<bool>(false)
                                                   : on_trunk(repository, lines, *git_commit_parent_id(merge, 0));
    if (!trunk) return std::unexpected(trunk.error());
    return *trunk ? Side::unclear : Side::first;
  }
  auto first_released = release_of(repository, aboard, *git_commit_parent_id(merge, 0));
  if (!first_released) return std::unexpected(first_released.error());
  auto second_released = release_of(repository, aboard, *git_commit_parent_id(merge, 1));
  if (!second_released) return std::unexpected(second_released.error());
  if ((*first_released == nullptr) != (*second_released == nullptr))
    return *first_released == nullptr ? Side::first : Side::second;
  auto first = any_contains(repository, lines, *git_commit_parent_id(merge, 0));
  if (!first) return std::unexpected(first.error());
  if (!*first) return Side::first;
  auto second = any_contains(repository, lines, *git_commit_parent_id(merge, 1));
  if (!second) return std::unexpected(second.error());
  if (!*second) {
    auto first_is_trunk = on_trunk(repository, lines, *git_commit_parent_id(merge, 0));
    if (!first_is_trunk) return std::unexpected(first_is_trunk.error());
    return *first_is_trunk ? Side::second : Side::first;
  }
  // Both are in a line by now: the branch has been merged. It was fast-forwarded when the merge itself
  // is on a trunk, and then the graph looks the same either way.
  auto trunk = on_trunk(repository, lines, *git_commit_id(merge));
  if (!trunk) return std::unexpected(trunk.error());
  return *trunk ? Side::unclear : Side::first;
}

// What does a merge on the branch bring: what everybody has, a line, or a topic branch? What a line got by a merge of
// its own is a topic all the same.
enum class Brings { nothing, line, topic };
Result<Brings> brought_as(git_repository* repository, const git_oid& parent, const git_oid& base,
                          const std::vector<git_oid>& lines, const std::vector<Aboard>& aboard) {
  auto known = contains_commit(repository, base, parent);
  if (!known) return std::unexpected(known.error());
  auto released = release_of(repository, aboard, parent);
  if (!released) return std::unexpected(released.error());
  if (*known || *released != nullptr) return Brings::nothing;
  auto trunk = on_trunk(repository, lines, parent);
  if (!trunk) return std::unexpected(trunk.error());
  return *trunk ? Brings::line : Brings::topic;
}

Result<Chain> first_parent_chain(git_repository* repository, const git_oid& base, const git_oid& head,
                                 const std::vector<git_oid>& lines, const std::vector<Aboard>& aboard) {
  Chain chain;
  git_oid at = head;
  while (true) {
    auto known = contains_commit(repository, base, at);
    if (!known) return std::unexpected(known.error());
    if (*known) return chain;
    auto released = release_of(repository, aboard, at);
    if (!released) return std::unexpected(released.error());
    if (*released != nullptr) {  // fast-forwarded to it: own work goes on below, when it is in there
      auto below = contains_commit(repository, at, (*released)->own);
      if (!below) return std::unexpected(below.error());
      if (!*below) return chain;
      at = (*released)->own;
      continue;
    }
    if (same(at, head)) chain.has_head = true;
    if (chain.commits.size() + chain.merges.size() >= kMostCommits) {
      chain.ambiguous = "more than " + std::to_string(kMostCommits) + " commits on the hotfix branch";
      return chain;
    }
    auto commit = lookup_commit(repository, at);
    if (!commit) return std::unexpected(commit.error());
    const unsigned parents = git_commit_parentcount(commit->get());
    unsigned next = 0, topics = 0;
    if (parents > 1) {
      auto side = own_side(repository, commit->get(), lines, aboard);
      if (!side) return std::unexpected(side.error());
      if (*side == Side::unclear)
        chain.ambiguous = "merge " + short_hex(at) + " on the hotfix branch does not tell which side is the hotfix";
      next = *side == Side::second ? 1 : 0;
      for (unsigned n = 0; n < parents; ++n) {
        const git_oid& parent = *git_commit_parent_id(commit->get(), n);
        auto brings = n == next ? Result<Brings>(Brings::nothing) : brought_as(repository, parent, base, lines, aboard);
        if (!brings) return std::unexpected(brings.error());
        topics += *brings == Brings::topic ? 1 : 0;
        if (*brings == Brings::line) chain.from_lines.push_back({at, parent});
      }
      if (topics > 0 && topics < parents - 1)
        chain.ambiguous = "merge " + short_hex(at) + " on the hotfix branch brings a line and other work at once";
    }
    if (parents < 2 || topics > 0)
      chain.commits.push_back({at, next, topics > 0});
    else
      chain.merges.push_back(at);
    if (parents == 0) return chain;
    at = *git_commit_parent_id(commit->get(), next);
  }
}

std::vector<std::string> ignored_among(const std::vector<std::string>& paths,
                                       const std::vector<std::string>& patterns) {
  std::vector<std::string> ignored;
  std::ranges::copy_if(paths, std::back_inserter(ignored),
                       [&](const auto& path) { return path_ignored(patterns, path); });
  return ignored;
}

// What a merge brought beside its own side, newest first.
Result<std::vector<git_oid>> brought_by(git_repository* repository, const git_commit* merge, unsigned own_parent,
                                        const git_oid& base) {
  RevwalkHandle walk;
  int rc = make(walk, git_revwalk_new, repository);
  if (rc == 0) rc = git_revwalk_sorting(walk.get(), GIT_SORT_TOPOLOGICAL);
  for (unsigned n = 0; rc == 0 && n < git_commit_parentcount(merge); ++n) {
    const git_oid* parent = git_commit_parent_id(merge, n);
    rc = n == own_parent ? git_revwalk_hide(walk.get(), parent) : git_revwalk_push(walk.get(), parent);
  }
  if (rc == 0) rc = git_revwalk_hide(walk.get(), &base);
  std::vector<git_oid> brought;
  git_oid oid{};
  while (rc == 0 && brought.size() < kMostCommits && (rc = git_revwalk_next(&oid, walk.get())) == 0)
    brought.push_back(oid);
  if (rc < 0 && rc != GIT_ITEROVER) return std::unexpected(damaged(last_problem(rc, "walking history")));
  git_error_clear();
  return brought;
}

// The commit as a change from its parent's tree, ignored paths as the parent has them.
Result<OwnWork::Step> step_of(git_repository* repository, const Chain::Own& own, const git_oid& base,
                              const std::vector<std::string>& ignored) {
  auto commit = lookup_commit(repository, own.commit);
  if (!commit) return std::unexpected(commit.error());
  OwnWork::Step step{.commit = own.commit, .before = {}, .after = *git_commit_tree_id(commit->get())};
  if (git_commit_parentcount(commit->get()) == 0) {
    if (const int rc = git_oid_fromstr(&step.before, "4b825dc642cb6eb9a060e54bf8d69288fbee4904"); rc < 0)
      return std::unexpected(last_problem(rc, "naming the empty tree"));
    return step;
  }
  auto before = tree_of(repository, *git_commit_parent_id(commit->get(), own.parent));
  if (!before) return std::unexpected(before.error());
  step.before = *before;
  auto paths = changed_paths(repository, step.before, step.after);
  if (!paths) return std::unexpected(paths.error());
  auto after = with_paths_from(repository, step.after, step.before, ignored_among(*paths, ignored));
  if (!after) return std::unexpected(after.error());
  step.after = *after;
  if (own.topic) {
    step.mainline = own.parent + 1;
    auto brought = brought_by(repository, commit->get(), own.parent, base);
    if (!brought) return std::unexpected(brought.error());
    step.brought = std::move(*brought);
  }
  return step;
}

// Would a machine have made this merge's tree, ignored paths aside?
Result<bool> made_by_hand(git_repository* repository, const git_oid& oid, const std::vector<std::string>& ignored) {
  auto commit = lookup_commit(repository, oid);
  if (!commit) return std::unexpected(commit.error());
  if (git_commit_parentcount(commit->get()) != 2) return true;
  const Passing passing(repository);
  const git_oid first = *git_commit_parent_id(commit->get(), 0), second = *git_commit_parent_id(commit->get(), 1);
  auto merged = merge_commits(repository, first, second);
  if (!merged) return std::unexpected(merged.error());
  if (!merged->clean) return ignored_among(merged->conflicts, ignored).size() != merged->conflicts.size();
  auto differing = changed_paths(repository, merged->tree, *git_commit_tree_id(commit->get()));
  if (!differing) return std::unexpected(differing.error());
  return ignored_among(*differing, ignored).size() != differing->size();
}

Result<void> measure(git_repository* repository, OwnWork& work, const git_oid& from, const git_oid& tree) {
  auto diff = diff_trees(repository, from, tree);
  if (!diff) return std::unexpected(diff.error());
  if (auto similar = find_similar(repository, diff->get(), nullptr); !similar) return similar;
  DiffStatsHandle stats;
  if (const int rc = make(stats, git_diff_get_stats, diff->get()); rc < 0)
    return std::unexpected(last_problem(rc, "counting lines"));
  work.measured_from = from;
  work.measured_tree = tree;
  work.files = static_cast<int>(git_diff_stats_files_changed(stats.get()));
  work.lines = static_cast<int>(git_diff_stats_insertions(stats.get()) + git_diff_stats_deletions(stats.get()));
  return {};
}

// Sets `tree` and `cannot_replay`.
Result<void> replay(git_repository* repository, OwnWork& work) {
  work.tree = work.base_tree;
  for (const OwnWork::Step& step : work.steps) {
    auto replayed = merge_trees(repository, step.before, work.tree, step.after);
    if (!replayed && replayed.error().kind == Problem::Kind::invalid) {
      work.cannot_replay = replayed.error().what;
      return {};
    }
    if (!replayed) return std::unexpected(replayed.error());
    if (!replayed->clean) {
      work.cannot_replay = "commit " + short_hex(step.commit) + " does not apply to the production tag alone";
      return {};
    }
    work.tree = replayed->tree;
  }
  return {};
}

// The tree of the release that no other one contains.
Result<std::optional<git_oid>> last_release(git_repository* repository, const std::vector<Aboard>& aboard) {
  if (aboard.empty()) return std::nullopt;
  const Aboard* last = &aboard.front();
  for (const Aboard& one : aboard) {
    auto later = contains_commit(repository, one.release, last->release);
    if (!later) return std::unexpected(later.error());
    if (*later) last = &one;
  }
  auto tree = tree_of(repository, last->release);
  if (!tree) return std::unexpected(tree.error());
  return *tree;
}

// Own work that a release has already would vanish on top of it.
Result<bool> any_released(git_repository* repository, const OwnWork& work, const std::vector<Aboard>& aboard) {
  for (const OwnWork::Step& step : work.steps) {
    for (const Aboard& one : aboard) {
      auto contained = contains_commit(repository, one.release, step.commit);
      if (!contained || *contained) return contained;
    }
  }
  return false;
}

}  // namespace

Result<OwnWork> find_own_work(git_repository* repository, const git_oid& base, const git_oid& head,
                              const std::vector<git_oid>& lines, const std::vector<Aboard>& aboard,
                              const std::vector<std::string>& ignored_paths) {
  OwnWork work;
  work.base = base;
  work.head = head;
  auto base_tree = tree_of(repository, base);
  if (!base_tree) return std::unexpected(base_tree.error());
  work.base_tree = work.tree = *base_tree;
  auto descends = contains_commit(repository, head, base);
  if (!descends) return std::unexpected(descends.error());
  work.descends_from_base = *descends;

  auto chain = first_parent_chain(repository, base, head, lines, aboard);
  if (!chain) return std::unexpected(chain.error());
  work.cannot_replay = chain->ambiguous;
  work.head_is_own = chain->has_head;
  work.line_merges = chain->from_lines;
  if (!work.line_merges.empty()) {
    auto tree = tree_of(repository, head);
    if (!tree) return std::unexpected(tree.error());
    auto changed = changed_paths(repository, *base_tree, *tree);
    if (!changed) return std::unexpected(changed.error());
    auto whole = with_paths_from(repository, *tree, *base_tree, ignored_among(*changed, ignored_paths));
    if (!whole) return std::unexpected(whole.error());
    work.whole_tree = *whole;
  }
  work.has_merges =
      !chain->merges.empty() || std::ranges::any_of(chain->commits, [](const Chain::Own& own) { return own.topic; });
  for (auto commit = chain->commits.rbegin(); commit != chain->commits.rend(); ++commit) {
    auto step = step_of(repository, *commit, base, ignored_paths);
    if (!step) return std::unexpected(step.error());
    work.steps.push_back(*step);
  }
  for (const git_oid& merge : chain->merges) {
    auto by_hand = made_by_hand(repository, merge, ignored_paths);
    if (!by_hand) return std::unexpected(by_hand.error());
    if (*by_hand) work.hand_made_merge = short_hex(merge);
  }
  auto release = last_release(repository, aboard);
  if (!release) return std::unexpected(release.error());
  work.release_tree = *release;
  if (auto replayed = replay(repository, work); !replayed) return std::unexpected(replayed.error());
  if (chain->ambiguous.empty() && !work.cannot_replay.empty() && work.release_tree) {
    auto released = any_released(repository, work, aboard);
    if (!released) return std::unexpected(released.error());
    if (!*released) {
      work.base_tree = *work.release_tree;
      work.cannot_replay.clear();
      if (auto replayed = replay(repository, work); !replayed) return std::unexpected(replayed.error());
    }
  }
  auto paths = changed_paths(repository, work.base_tree, work.tree);
  if (!paths) return std::unexpected(paths.error());
  work.paths = std::move(*paths);
  if (auto measured = measure(repository, work, work.base_tree, work.tree); !measured)
    return std::unexpected(measured.error());
  return work;
}

Result<void> measure_all(git_repository* repository, OwnWork& work, const std::vector<std::string>& ignored_paths) {
  auto tree = tree_of(repository, work.head);
  if (!tree) return std::unexpected(tree.error());
  const git_oid& from = work.release_tree ? *work.release_tree : work.base_tree;
  auto paths = changed_paths(repository, from, *tree);
  if (!paths) return std::unexpected(paths.error());
  auto judged = with_paths_from(repository, *tree, from, ignored_among(*paths, ignored_paths));
  if (!judged) return std::unexpected(judged.error());
  return measure(repository, work, from, *judged);
}

Result<bool> contains_work(git_repository* repository, const OwnWork& work, const git_oid& commit) {
  if (work.steps.empty()) return false;
  auto descends = contains_commit(repository, commit, work.head);
  if (!descends || *descends) return descends;
  if (!work.cannot_replay.empty() || same(work.tree, work.base_tree)) return false;
  const Passing passing(repository);
  auto tree = tree_of(repository, commit);
  if (!tree) return std::unexpected(tree.error());
  auto merged = merge_trees(repository, work.base_tree, *tree, work.tree);
  if (!merged) return std::unexpected(merged.error());
  return merged->clean && same(merged->tree, *tree);
}

Result<bool> on_first_parents(git_repository* repository, const git_oid& base, const git_oid& head,
                              const git_oid& wanted) {
  git_oid at = head;
  for (int i = 0; i < 500; ++i) {
    auto commit = lookup_commit(repository, at);
    if (!commit) return std::unexpected(commit.error());
    if (same(at, wanted)) return true;
    if (git_commit_parentcount(commit->get()) == 0) return false;
    const git_oid& parent = *git_commit_parent_id(commit->get(), 0);
    if (same(parent, wanted)) {  // asked once: what `base` has, it has with all before
      auto known = contains_commit(repository, base, at);
      if (!known) return known;
      return !*known;
    }
    at = parent;
  }
  return false;
}

}  // namespace hotfixd::git
