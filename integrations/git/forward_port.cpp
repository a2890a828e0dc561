#include "integrations/git/forward_port.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "integrations/git/conflict_report.hpp"
#include "integrations/git/shown_text.hpp"
#include "integrations/git/tree_size.hpp"
#include "integrations/git/trees.hpp"

namespace hotfixd::git {
namespace {

constexpr std::size_t kMostCommits = 1000;
constexpr std::size_t kLongestSubject = 120;
constexpr std::string_view kPicked = "(cherry picked from commit ";

// The merged tree; nothing when `conflict` was filled.
Result<std::optional<git_oid>> settle(git_repository* repository, git_index* index, const PortPlan& plan,
                                      const ConflictSides& sides, PortConflict& conflict) {
  if (git_index_has_conflicts(index) != 0) {
    auto settled = settle_ignored(index, plan.ignored_paths);
    if (!settled) return std::unexpected(settled.error());
    if (!*settled) {
      auto files = report_conflicts(repository, index, sides);
      if (!files) return std::unexpected(files.error());
      conflict.files = std::move(*files);
      return std::nullopt;
    }
  }
  git_oid tree{};
  if (const int rc = git_index_write_tree_to(&tree, index, repository); rc < 0)
    return std::unexpected(last_problem(rc, "writing a tree"));
  return tree;
}

Result<git_oid> make_commit(git_repository* repository, const PortPlan& plan, const git_signature* author,
                            const char* encoding, const std::string& message, const git_oid& tree,
                            const std::vector<const git_commit*>& parents) {
  auto there = lookup_tree(repository, tree);
  if (!there) return std::unexpected(there.error());
  std::vector<const git_commit*> list = parents;
  git_oid made{};
  if (const int rc = git_commit_create(&made, repository, nullptr, author, plan.committer, encoding, message.c_str(),
                                       there->get(), list.size(), list.data());
      rc < 0)
    return std::unexpected(last_problem(rc, "making a commit"));
  return made;
}

// A commit that a merge would bring and that is not the hotfix's; nothing when there is none.
Result<std::optional<git_oid>> foreign_commit(git_repository* repository, const OwnWork& work, const git_oid& onto) {
  std::set<git_oid, OidLess> own;
  for (const auto& step : work.steps) {
    own.insert(step.commit);
    own.insert(step.brought.begin(), step.brought.end());
  }
  RevwalkHandle walk;
  int rc = make(walk, git_revwalk_new, repository);
  if (rc == 0) rc = git_revwalk_push(walk.get(), &work.head);
  if (rc == 0) rc = git_revwalk_hide(walk.get(), &onto);
  git_oid oid{};
  for (std::size_t n = 0; rc == 0 && (rc = git_revwalk_next(&oid, walk.get())) == 0; ++n) {
    if (own.contains(oid)) continue;
    auto commit = lookup_commit(repository, oid);
    if (!commit) return std::unexpected(commit.error());
    if (git_commit_parentcount(commit->get()) < 2 || n > kMostCommits) return oid;
  }
  if (rc != GIT_ITEROVER) return std::unexpected(last_problem(rc, "following history"));
  git_error_clear();
  return std::nullopt;
}

// False: a merge is not what carries it, `out.why_picked` says why.
Result<bool> merge(git_repository* repository, const PortPlan& plan, const git_oid& onto, Carried& out) {
  const OwnWork& work = *plan.work;
  auto contained = contains_commit(repository, onto, work.head);
  if (!contained) return std::unexpected(contained.error());
  if (*contained) {
    out.why_picked = fmt::format("{} has the hotfix in its history and not in its files", plan.target);
    return false;
  }
  auto foreign = foreign_commit(repository, work, onto);
  if (!foreign) return std::unexpected(foreign.error());
  if (*foreign) {
    out.why_picked = fmt::format("a merge would bring {} too, which is not the hotfix's", short_hex(**foreign));
    return false;
  }
  auto ours = lookup_commit(repository, onto);
  if (!ours) return std::unexpected(ours.error());
  auto theirs = lookup_commit(repository, work.head);
  if (!theirs) return std::unexpected(theirs.error());
  auto index = merged_commits(repository, onto, work.head);
  if (!index) return std::unexpected(index.error());
  PortConflict conflict{
      .sha = to_hex(work.head), .subject = subject_of(theirs->get(), kLongestSubject), .files = {}, .left = {}};
  auto tree = settle(repository, index->get(), plan,
                     {.onto = onto, .base = work.base, .ours = plan.target, .theirs = short_hex(work.head)}, conflict);
  if (!tree) return std::unexpected(tree.error());
  out.mode = PortMode::merge;
  if (!*tree) {
    out.conflict = std::move(conflict);
    return true;
  }
  if (same(**tree, *git_commit_tree_id(ours->get()))) {
    out.why_picked = "a merge would change nothing there";
    return false;
  }
  const auto message =
      fmt::format("Merge {} into {}\n\nForward-port of {}{}.\n",
                  plan.tag.empty() ? fmt::format("branch '{}'", plan.branch) : fmt::format("tag '{}'", plan.tag),
                  plan.target, plan.branch, plan.incident.empty() ? "" : ", " + plan.incident);
  auto made = make_commit(repository, plan, plan.committer, nullptr, message, **tree, {ours->get(), theirs->get()});
  if (!made) return std::unexpected(made.error());
  out.made.push_back(*made);
  for (const auto& step : work.steps) {
    auto commit = lookup_commit(repository, step.commit);
    if (!commit) return std::unexpected(commit.error());
    auto there = contains_commit(repository, onto, step.commit);
    if (!there) return std::unexpected(there.error());
    if (*there)
      ++out.skipped;
    else
      out.commits.push_back({to_hex(step.commit), subject_of(commit->get(), kLongestSubject)});
  }
  return true;
}

Result<void> pick_all(git_repository* repository, const PortPlan& plan, const git_oid& onto, Carried& out) {
  out.mode = PortMode::cherry_pick;
  git_oid at = onto;
  const auto& steps = plan.work->steps;
  for (std::size_t n = 0; n < steps.size(); ++n) {
    auto commit = lookup_commit(repository, steps[n].commit);
    if (!commit) return std::unexpected(commit.error());
    auto ours = lookup_commit(repository, at);
    if (!ours) return std::unexpected(ours.error());
    for (const auto* side : {&*ours, &*commit})
      if (auto fine = check_size(repository, *git_commit_tree_id(side->get())); !fine) return fine;
    const git_merge_options options = merge_options();
    IndexHandle index;
    if (const int rc =
            make(index, git_cherrypick_commit, repository, commit->get(), ours->get(), steps[n].mainline, &options);
        rc < 0)
      return std::unexpected(damaged(last_problem(rc, "picking " + short_hex(steps[n].commit))));
    PortConflict conflict{
        .sha = to_hex(steps[n].commit), .subject = subject_of(commit->get(), kLongestSubject), .files = {}, .left = {}};
    auto tree = settle(repository, index.get(), plan,
                       {.onto = at, .base = plan.work->base, .ours = plan.target, .theirs = short_hex(steps[n].commit)},
                       conflict);
    if (!tree) return std::unexpected(tree.error());
    if (!*tree) {
      for (auto left = n; left < steps.size(); ++left) {
        conflict.left.push_back(to_hex(steps[left].commit));
        conflict.mainline = std::max(conflict.mainline, steps[left].mainline);
      }
      out.conflict = std::move(conflict);
      return {};
    }
    if (same(**tree, *git_commit_tree_id(ours->get()))) {
      ++out.skipped;
      continue;
    }
    auto made =
        make_commit(repository, plan, git_commit_author(commit->get()), git_commit_message_encoding(commit->get()),
                    picked_message(git_commit_message(commit->get()), steps[n].commit), **tree, {ours->get()});
    if (!made) return std::unexpected(made.error());
    out.made.push_back(*made);
    out.commits.push_back({to_hex(steps[n].commit), subject_of(commit->get(), kLongestSubject)});
    at = *made;
  }
  return {};
}

// The same but for who committed it when, and for its parents, which are compared by their places.
Result<bool> alike(git_repository* repository, const git_oid& made, const git_oid& there) {
  auto a = lookup_commit(repository, made);
  if (!a) return std::unexpected(a.error());
  auto b = lookup_commit(repository, there);
  if (!b) return std::unexpected(b.error());
  if (!same(*git_commit_tree_id(a->get()), *git_commit_tree_id(b->get()))) return false;
  if (std::string_view(git_commit_message(a->get())) != git_commit_message(b->get())) return false;
  const unsigned parents = git_commit_parentcount(a->get());
  if (parents != git_commit_parentcount(b->get())) return false;
  // A merge's author is the bot at the time of the merge.
  if (parents == 2) return same(*git_commit_parent_id(a->get(), 1), *git_commit_parent_id(b->get(), 1));
  const auto *by = git_commit_author(a->get()), *by_there = git_commit_author(b->get());
  return std::string_view(by->name) == by_there->name && std::string_view(by->email) == by_there->email &&
         by->when.time == by_there->when.time;
}

// Did somebody resolve it: is the hotfix merged, or is there a pick of each commit that was left?
Result<bool> resolved(git_repository* repository, const PortPlan& plan, const PortConflict& conflict,
                      const git_oid& tip, const std::vector<git_oid>& chain) {
  auto merged = contains_commit(repository, tip, plan.work->head);
  if (!merged || *merged) return merged;
  if (conflict.left.empty()) return false;
  std::string messages;
  for (const auto& oid : chain) {
    auto commit = lookup_commit(repository, oid);
    if (!commit) return std::unexpected(commit.error());
    messages += git_commit_message(commit->get());
  }
  return std::ranges::all_of(conflict.left,
                             [&](const auto& sha) { return messages.contains(std::string(kPicked) + sha); });
}

}  // namespace

std::string picked_message(std::string_view message, const git_oid& from) {
  std::string text(message);
  if (!text.ends_with('\n')) text += '\n';
  auto last = std::string_view(text).substr(0, text.size() - 1);
  last = last.substr(last.rfind('\n') + 1);
  git_message_trailer_array trailers{};
  // libgit2 counts "key: value" lines only; git takes a line of an earlier pick for one too.
  bool footer = last.starts_with(kPicked);
  if (git_message_trailers(&trailers, text.c_str()) == 0) footer = footer || trailers.count > 0;
  git_message_trailer_array_free(&trailers);
  if (!footer) text += '\n';
  return fmt::format("{}{}{})\n", text, kPicked, to_hex(from));
}

Result<Carried> carry(git_repository* repository, const PortPlan& plan, const git_oid& onto) {
  Carried out;
  if (plan.mode == PortMode::merge) {
    auto merged = merge(repository, plan, onto, out);
    if (!merged) return std::unexpected(merged.error());
    if (*merged) return out;
  }
  if (auto picked = pick_all(repository, plan, onto, out); !picked) return std::unexpected(picked.error());
  return out;
}

Result<Recognised> recognise(git_repository* repository, const PortPlan& plan, const git_oid& tip,
                             const git_oid& target) {
  Recognised out;
  std::vector<git_oid> chain;
  git_oid at = tip;
  while (true) {
    auto contained = contains_commit(repository, target, at);
    if (!contained) return std::unexpected(contained.error());
    if (*contained) break;
    if (chain.size() >= kMostCommits) return out;
    chain.push_back(at);
    auto commit = lookup_commit(repository, at);
    if (!commit) return std::unexpected(commit.error());
    if (git_commit_parentcount(commit->get()) == 0) return out;
    at = *git_commit_parent_id(commit->get(), 0);
  }
  std::ranges::reverse(chain);
  out.merged = chain.empty();
  if (out.merged) return out;
  auto again = carry(repository, plan, at);
  if (!again) return std::unexpected(again.error());
  if (again->made.size() > chain.size()) return out;
  for (std::size_t n = 0; n < again->made.size(); ++n) {
    auto equal = alike(repository, again->made[n], chain[n]);
    if (!equal) return std::unexpected(equal.error());
    if (!*equal) return out;
  }
  if (again->conflict) {
    auto done = resolved(repository, plan, *again->conflict, tip, chain);
    if (!done) return std::unexpected(done.error());
    if (*done) {
      for (const auto& sha : again->conflict->left) {
        auto oid = parse_oid(sha);
        if (!oid) return std::unexpected(oid.error());
        auto commit = lookup_commit(repository, *oid);
        if (!commit) return std::unexpected(commit.error());
        again->commits.push_back({sha, subject_of(commit->get(), kLongestSubject)});
      }
      again->conflict.reset();
    } else if (again->made.empty()) {
      return out;  // what is there has nothing to do with it
    }
  } else if (again->made.empty()) {
    return out;
  }
  out.ours = true;
  out.carried = std::move(*again);
  return out;
}

}  // namespace hotfixd::git
