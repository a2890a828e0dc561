#include <fmt/format.h>

#include <algorithm>

#include "integrations/git/merged_line.hpp"
#include "integrations/git/named_lines.hpp"
#include "integrations/git/object_gate.hpp"
#include "integrations/git/observer.hpp"
#include "integrations/git/shown_text.hpp"
#include "integrations/git/trees.hpp"

// Open pull requests: what they would do to what shipped, and which touch the lines of what has not.

namespace hotfixd::git {
namespace {

constexpr int kMergedAtOnce = 20;  // pull requests that were not merged before
constexpr std::size_t kMostOverlaps = 20, kMostPaths = 20, kLongestTitle = 200;

}  // namespace

std::vector<ListedPullRequest> Observer::missing(const std::vector<ListedPullRequest>& open) const {
  const auto lines = named_lines(mirror_, policy_, {});
  std::vector<ListedPullRequest> found;
  for (const auto& one : open) {
    const auto head = parse_oid(one.head_sha);
    if (head && std::ranges::find(lines, one.base, &Line::name) != lines.end() && !mirror_.has(*head))
      found.push_back(one);
  }
  return found;
}

// One pull request, its line, and that line with it merged.
struct Observer::Judging {
  JudgedPullRequest judged;
  std::string line_name, line_shown;
  git_oid line{}, head{};
  std::optional<git_oid> merged;
  std::set<std::string> changed;  // paths, by the merge
  std::size_t place = 0;          // among those that are asked about
};

// A few that are new in one pass: git's other work waits meanwhile.
Result<void> Observer::merge_all(std::vector<Judging>& all, const GitProgress& progress) {
  git_repository* repository = mirror_.scratch();
  int made = 0;
  for (auto& one : all) {
    if (progress && !progress(fmt::format("judging pull request {}", one.judged.pull_request.number)))
      return std::unexpected(cancelled("judging pull requests"));
    if (!mirror_.has(one.head)) {
      one.judged.unknown = "its head cannot be fetched";
      continue;
    }
    const auto key = to_hex(one.line) + to_hex(one.head);
    auto known = merged_.find(key);
    if (known == merged_.end()) {
      if (++made > kMergedAtOnce || kept_bytes(repository) > options_.most_kept) {
        one.judged.later = true;
        continue;
      }
      auto merged = merged_line(repository, one.line, one.head);
      if (!merged && merged.error().retryable()) return std::unexpected(merged.error());
      if (!merged) {  // its trees may be what no other has
        one.judged.unknown = shown(merged.error().what);
        continue;
      }
      known = merged_.emplace(key, *merged).first;
    }
    one.merged = known->second;
    one.judged.conflict = !one.merged;
    if (!one.merged) continue;
    auto before = lookup_commit(repository, one.line);
    if (!before) return std::unexpected(before.error());
    auto after = lookup_commit(repository, *one.merged);
    if (!after) return std::unexpected(after.error());
    auto paths = changed_paths(repository, *git_commit_tree_id(before->get()), *git_commit_tree_id(after->get()));
    if (!paths && paths.error().kind == Problem::Kind::invalid) {
      one.judged.unknown = shown(paths.error().what);
      one.merged.reset();
      continue;
    }
    if (!paths) return std::unexpected(damaged(paths.error()));
    one.changed.insert(paths->begin(), paths->end());
  }
  return {};
}

Result<std::vector<JudgedPullRequest>> Observer::judge_pull_requests(const effect::GuardPullRequests& request,
                                                                     const std::vector<ListedPullRequest>& open,
                                                                     const GitProgress& progress) {
  forget_when_much();
  const Stoppable stoppable(mirror_.scratch(), progress);
  const auto lines = named_lines(mirror_, policy_, {});
  std::vector<Judging> all;
  for (const auto& one : open) {
    const auto line = std::ranges::find(lines, one.base, &Line::name);
    const auto head = parse_oid(one.head_sha);
    if (line == lines.end() || !head) continue;
    if (std::ranges::any_of(lines, [&](const Line& l) { return same(l.head, *head); })) continue;
    all.push_back({.judged = {one, false, {}, {}},
                   .line_name = line->name,
                   .line_shown = line->shown,
                   .line = line->head,
                   .head = *head,
                   .merged = {},
                   .changed = {},
                   .place = all.size()});
  }
  // What has no answer yet comes first, so that each gets one in the end.
  const auto answered = [&](const Judging& one) {
    return std::ranges::any_of(request.said,
                               [&](const auto& said) { return said.sha == one.judged.pull_request.head_sha; });
  };
  std::ranges::stable_partition(all, [&](const Judging& one) { return !answered(one); });
  if (auto merged = merge_all(all, progress); !merged) return std::unexpected(merged.error());
  for (const auto& shipped : request.shipped) {
    // Not kept from one to the next: another's reading of the same commits may take its place.
    auto hotfix = shipped_hotfix(shipped.about, false);
    if (!hotfix && must_end(hotfix.error())) return std::unexpected(hotfix.error());
    auto choice = choice_for(shipped.about);
    if (!choice) return std::unexpected(choice.error());
    for (auto& one : all) {
      if (!one.merged) continue;
      if (!hotfix) {
        one.judged.untold.push_back(shipped.name);
        continue;
      }
      auto counts = is_target(*choice, shipped.about, one.line_name, one.line_shown, one.line);
      if (!counts) return std::unexpected(counts.error());
      if (!*counts) continue;
      const auto& targets = shipped.about.known_targets;
      const auto target = std::ranges::find(targets, one.line_shown, &effect::Observe::Target::name);
      auto before = judge_line(**hotfix, one.line_shown, one.line,
                               target == targets.end() ? effect::Observe::Target{} : *target, progress);
      if (!before) return std::unexpected(damaged(before.error()));
      auto untouched = leaves_alone((*hotfix)->work, one.line, one.changed);
      if (!untouched) return std::unexpected(untouched.error());
      Verdict verdict = before->verdict;
      if (!*untouched) {
        auto after = judge_line(**hotfix, one.line_shown, *one.merged,
                                {one.line_shown, {}, before->verdict == Verdict::present, {}}, progress);
        if (!after) return std::unexpected(damaged(after.error()));
        verdict = after->verdict;
      }
      one.judged.hotfixes.push_back({shipped.name, before->verdict, verdict});
    }
  }
  if (was_stopped(mirror_.scratch())) return std::unexpected(cancelled("judging pull requests"));
  std::ranges::sort(all, {}, &Judging::place);
  std::vector<JudgedPullRequest> told;
  for (auto& one : all) told.push_back(std::move(one.judged));
  return told;
}

// Every file of the hotfix is on the line under its own name, and none of them is changed: then nothing is.
Result<bool> Observer::leaves_alone(const OwnWork& work, const git_oid& line,
                                    const std::set<std::string>& changed) const {
  if (std::ranges::any_of(work.paths, [&](const auto& path) { return changed.contains(path); })) return false;
  auto commit = lookup_commit(mirror_.scratch(), line);
  if (!commit) return std::unexpected(commit.error());
  auto tree = lookup_tree(mirror_.scratch(), *git_commit_tree_id(commit->get()));
  if (!tree) return std::unexpected(tree.error());
  for (const auto& path : work.paths) {
    auto entry = entry_at(tree->get(), path);
    if (!entry) return std::unexpected(damaged(entry.error()));
    if (!*entry) return false;
  }
  return true;
}

// What a pull request changes is what merging it would change on its line or, when it conflicts there, what it changed
// since it left that. One that leaves the hotfix's files alone changes nothing for it.
Result<std::vector<std::string>> Observer::overlap(const OwnWork& work, const git_oid& line, const git_oid& head) {
  git_repository* repository = mirror_.scratch();
  const std::vector<std::string> none;
  const auto key = to_hex(line) + to_hex(head);
  auto known = merged_.find(key);
  if (known == merged_.end()) {
    auto merged = merged_line(repository, line, head);
    if (!merged) return std::unexpected(merged.error());
    known = merged_.emplace(key, *merged).first;
  }
  git_oid before = line;
  const git_oid after = known->second.value_or(head);
  if (!known->second) {
    const int rc = git_merge_base(&before, repository, &line, &head);
    if (rc == GIT_ENOTFOUND) git_error_clear();
    if (rc == GIT_ENOTFOUND) return none;
    if (rc < 0) return std::unexpected(last_problem(rc, "following history"));
  }
  auto before_tree = tree_of(repository, before);
  if (!before_tree) return std::unexpected(before_tree.error());
  auto after_tree = tree_of(repository, after);
  if (!after_tree) return std::unexpected(after_tree.error());
  auto changed = changed_paths(repository, *before_tree, *after_tree);
  if (!changed) return std::unexpected(changed.error());
  auto untouched = leaves_alone(work, before, std::set<std::string>(changed->begin(), changed->end()));
  if (!untouched) return std::unexpected(untouched.error());
  if (*untouched) return none;
  auto paths = forecaster_.overlap(repository, work, before, after);
  if (!paths) return std::unexpected(paths.error());
  if (paths->size() > kMostPaths) paths->resize(kMostPaths);
  for (auto& path : *paths) path = shown(path);
  return paths;
}

Result<Overlaps> Observer::overlaps(const effect::Observe& request, const std::vector<ListedPullRequest>& open,
                                    const GitProgress& progress) {
  if (epoch_ != mirror_.epoch()) forget();  // and else it keeps what observe() found
  const Stoppable stoppable(mirror_.scratch(), progress);
  const auto known = unshipped_.find(key_of(request));
  const auto tip = mirror_.commit_of(std::string(kHeads) + request.branch);
  if (known == unshipped_.end() || !known->second.cannot_replay.empty())
    return std::unexpected(
        Problem{Problem::Kind::unreachable, "what " + request.branch + " changes is not known just now", "", {}});
  const OwnWork& work = known->second;
  const auto lines = named_lines(mirror_, policy_, request.branch);
  auto choice = choice_for(request);
  if (!choice) return std::unexpected(choice.error());
  Overlaps told;
  int made = 0;
  for (const auto& one : open) {
    const auto line = std::ranges::find(lines, one.base, &Line::name);
    const auto head = parse_oid(one.head_sha);
    if (line == lines.end() || !head) continue;
    auto counts = is_target(*choice, request, line->name, line->shown, line->head);
    if (!counts) return std::unexpected(counts.error());
    if (!*counts) continue;
    if ((!one.fork && one.head_branch == request.branch) || (tip && same(*tip, *head))) continue;  // its own
    if (progress && !progress(fmt::format("looking at pull request {}", one.number)))
      return std::unexpected(cancelled("looking at pull requests"));
    auto alone = forecaster_.line(mirror_.scratch(), work, line->head);
    if (!alone) return std::unexpected(damaged(alone.error()));
    if (alone->outlook == Outlook::present) continue;  // nothing is carried there any more
    const auto key = to_hex(work.base_tree) + to_hex(work.tree) + to_hex(line->head) + to_hex(*head);
    auto paths = overlapping_.find(key);
    if (paths == overlapping_.end()) {
      if (!mirror_.has(*head) || ++made > kMergedAtOnce) {
        ++told.not_looked_at;
        continue;
      }
      auto found = overlap(work, line->head, *head);
      if (!found && must_end(found.error())) return std::unexpected(found.error());
      if (!found) {
        ++told.not_looked_at;
        continue;
      }
      paths = overlapping_.emplace(key, std::move(*found)).first;
    }
    if (paths->second.empty()) continue;
    if (told.pull_requests.size() >= kMostOverlaps) {
      ++told.not_looked_at;
      continue;
    }
    told.pull_requests.push_back({one.number,
                                  {shown(one.title, kLongestTitle)},
                                  shown(one.author, kLongestTitle),
                                  one.url,
                                  line->shown,
                                  one.draft,
                                  paths->second});
  }
  if (was_stopped(mirror_.scratch())) return std::unexpected(cancelled("looking at pull requests"));
  // Forges list those first that were changed last.
  std::ranges::sort(told.pull_requests, {}, &OverlappingPullRequest::number);
  return told;
}

}  // namespace hotfixd::git
