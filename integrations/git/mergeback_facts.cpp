#include "integrations/git/mergeback_facts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <iterator>
#include <set>

#include "integrations/git/clone.hpp"
#include "integrations/git/conflict_report.hpp"
#include "integrations/git/fix_lines.hpp"
#include "integrations/git/line_endings.hpp"
#include "integrations/git/object_gate.hpp"
#include "integrations/git/partial_clone.hpp"
#include "integrations/git/shown_text.hpp"
#include "integrations/git/trees.hpp"

namespace hotfixd::git {
namespace {

constexpr std::size_t kMostHunks = 200;
constexpr git_object_size_t kMostWritten =
    8 << 20;  // bytes, for the hunks of one fix or commit; the rest is judged by file
constexpr std::size_t kMostContents = 500;
constexpr std::size_t kLongestSubject = 200;

using Landing = MergeBackEvidence::Landing;
using ThreeWay = MergeBackEvidence::ThreeWay;
using Hunk = MergeBackReport::Hunk;

// What merging before..after into a tree would do to it.
Result<ThreeWay> effect_on(git_repository* repository, const git_oid& before, const git_oid& target,
                           const git_oid& after) {
  const Passing passing(repository);
  auto merged = merge_trees(repository, before, target, after);
  if (!merged) return std::unexpected(merged.error());
  if (!merged->clean) return ThreeWay::conflict;
  return same(merged->tree, target) ? ThreeWay::target_unchanged : ThreeWay::target_changes;
}

// Problem::unreachable when whoever asked does not wait any more.
Result<void> still_wanted(const GitProgress& progress, std::string_view doing) {
  if (!progress || progress(doing)) return {};
  return std::unexpected(cancelled(doing));
}

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

// The name that the line gave to a file, by the one that it had.
using Renamed = std::map<std::string, std::string>;

// Of few all, since a commit of the hotfix may call a file otherwise than the tag does: what is merged must be compared
// with each of them.
std::vector<std::string> with_new_names(std::vector<std::string> paths, const Renamed& renamed) {
  constexpr std::size_t kFew = 20;
  for (const auto& [path, name] : renamed)
    if (renamed.size() <= kFew || std::ranges::find(paths, path) != paths.end()) paths.push_back(name);
  std::ranges::sort(paths);
  paths.erase(std::ranges::unique(paths).begin(), paths.end());
  return paths;
}

// A file that no diff may unpack.
bool is_large(git_repository* repository, const git_oid& id) {
  return size_of(repository, id) > InMemory{}.largest_object;
}

// Each hunk of before..after on its own. A change without text hunks (binary, large, mode, empty file), a new or
// deleted file and one with a single hunk count as one, whole file. The trees are small.
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
      const git_diff_hunk* place = nullptr;
      if (hunks > 0 && !binary && git_patch_get_hunk(&place, nullptr, patch.get(), n) == 0)
        hunk.line = std::max(1, place->new_start);
      all.push_back(std::move(hunk));
    }
  }
  git_error_clear();
  return all;
}

struct Place {
  std::string path;
  git_oid id{};
};
struct Moves {
  std::vector<Place> gone, added, changed;
};
Result<Moves> moves_between(git_repository* repository, const git_oid& before, const git_oid& after) {
  auto all = diff_trees(repository, before, after);
  if (!all) return std::unexpected(all.error());
  Moves moves;
  for (std::size_t i = 0; i < git_diff_num_deltas(all->get()); ++i) {
    const git_diff_delta* delta = git_diff_get_delta(all->get(), i);
    const Place before_it{delta->old_file.path, delta->old_file.id}, after_it{delta->new_file.path, delta->new_file.id};
    if (delta->status == GIT_DELTA_ADDED) moves.added.push_back(after_it);
    if (delta->status == GIT_DELTA_DELETED) moves.gone.push_back(before_it);
    if (delta->status == GIT_DELTA_MODIFIED) moves.changed.push_back(after_it);
  }
  return moves;
}

// Without those that no diff may unpack.
std::vector<std::string> paths_of(git_repository* repository, const std::vector<Place>& places) {
  std::vector<std::string> paths;
  for (const Place& place : places)
    if (!is_large(repository, place.id)) paths.push_back(place.path);
  return paths;
}

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

// Names that the line gave to files of `missing`, as far as they are still alike.
Result<Renamed> renamed_to(git_repository* repository, const git_oid& base_tree, const git_oid& target,
                           const std::set<std::string>& missing) {
  if (missing.empty()) return Renamed{};
  auto moves = moves_between(repository, base_tree, target);
  if (!moves) return std::unexpected(moves.error());
  return alike(repository, base_tree, {missing.begin(), missing.end()}, target, paths_of(repository, moves->added));
}

// A file of the line that is like one of those renamed, and no other file's new name nor itself: who knows which of the
// two is used? "store.py is like shop.py"; may be empty.
Result<std::string> twin_of(git_repository* repository, const git_oid& base_tree, const git_oid& target,
                            const Renamed& renamed) {
  constexpr std::size_t kMostChanged = 2000;  // files that are compared with themselves
  if (renamed.empty()) return std::string();
  auto moves = moves_between(repository, base_tree, target);
  if (!moves) return std::unexpected(moves.error());
  std::erase_if(moves->added, [&](const Place& place) {
    return std::ranges::any_of(renamed, [&](const auto& one) { return one.second == place.path; });
  });
  // Those of the others that were only moved need no comparing.
  std::multimap<git_oid, std::string, OidLess> moved;
  std::set<std::string> explained;
  for (const Place& place : moves->gone)
    if (!renamed.contains(place.path)) moved.emplace(place.id, place.path);
  for (const Place& place : moves->added)
    if (const auto from = moved.find(place.id); from != moved.end()) {
      explained.insert({from->second, place.path});
      moved.erase(from);
    }
  const auto is_explained = [&](const Place& place) { return explained.contains(place.path); };
  std::erase_if(moves->gone, is_explained);
  std::erase_if(moves->added, is_explained);
  if (moves->changed.size() > kMostChanged) moves->changed.clear();
  auto before = paths_of(repository, moves->gone), after = paths_of(repository, moves->added);
  for (auto& path : paths_of(repository, moves->changed)) before.push_back(path), after.push_back(std::move(path));
  auto likest = alike(repository, base_tree, before, target, after);
  if (!likest) return std::unexpected(likest.error());
  for (const auto& [path, name] : *likest)
    if (renamed.contains(path)) return fmt::format("{} is like {}", name, path);
  return std::string();
}

// A file as three trees have it; each may have none.
struct Whereabouts {
  std::string path;
  std::optional<Entry> before, after, now;
};
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

// Is it a merge of just that head?
Result<bool> merges(git_repository* repository, const git_oid& oid, const git_oid& head) {
  auto commit = lookup_commit(repository, oid);
  if (!commit) return std::unexpected(damaged(commit.error()));
  return git_commit_parentcount(commit->get()) == 2 && same(*git_commit_parent_id(commit->get(), 1), head);
}

// What a change adds that was not in the lines it takes away, and the other way round.
Result<ChangedWords> words_changed(git_repository* repository, const git_oid& before, const git_oid& after) {
  git_diff_options options = GIT_DIFF_OPTIONS_INIT;
  options.context_lines = 0;
  auto diff = diff_trees(repository, before, after, &options);
  if (!diff) return std::unexpected(diff.error());
  if (auto there = fetch_files_of(repository, diff->get()); !there) return std::unexpected(there.error());
  const auto each = [](const git_diff_delta*, const git_diff_hunk*, const git_diff_line* line, void* payload) {
    const auto of_word = [](char c) {
      const auto byte = static_cast<unsigned char>(c);
      return std::isalnum(byte) != 0 || c == '_' || byte >= 0x80;
    };
    auto& words = *static_cast<ChangedWords*>(payload);
    if (line->origin != GIT_DIFF_LINE_ADDITION && line->origin != GIT_DIFF_LINE_DELETION) return 0;
    auto& into = line->origin == GIT_DIFF_LINE_ADDITION ? words.added : words.removed;
    const std::string_view text(line->content, line->content_len);
    for (auto at = text.begin(); at != text.end();) {
      at = std::find_if(at, text.end(), of_word);
      const auto end = std::find_if_not(at, text.end(), of_word);
      if (at != end) into.emplace(at, end);
      at = end;
    }
    return 0;
  };
  ChangedWords words;
  if (const int rc = git_diff_foreach(diff->get(), nullptr, nullptr, nullptr, each, &words); rc < 0)
    return std::unexpected(damaged(last_problem(rc, "reading a change")));
  ChangedWords net;
  std::ranges::set_difference(words.added, words.removed, std::inserter(net.added, net.added.end()));
  std::ranges::set_difference(words.removed, words.added, std::inserter(net.removed, net.removed.end()));
  return net;
}

Result<bool> touches_paths(git_repository* repository, const git_oid& oid, const std::vector<std::string>& paths) {
  const Passing passing(repository);
  auto change = change_of(repository, oid);
  if (!change) return std::unexpected(change.error());
  if (!*change) return true;
  auto there = cut_to(repository, **change, paths);
  if (!there) return std::unexpected(there.error());
  return !same(there->before, there->after);
}

Result<void> add_touch(git_repository* repository, const git_oid& oid, MergeBackReport& report) {
  auto commit = lookup_commit(repository, oid);
  if (!commit) return std::unexpected(damaged(commit.error()));
  report.touches.push_back({to_hex(oid), subject_of(commit->get(), kLongestSubject), author_name(commit->get()),
                            Time(Seconds(git_commit_time(commit->get())))});
  return {};
}

// In any clone: git makes the merge, shows the fix, or shows how it was resolved.
std::string what_to_type(const MergeBackReport& report, const std::vector<std::string>& files) {
  const auto line = report.target_sha.substr(0, 12);
  if (report.verdict == Verdict::present) return {};
  if (report.landing && report.landing->content == "adapted" && report.landing->since != "gone")
    return "git show --remerge-diff " + report.landing->sha.substr(0, 12);
  if (report.landing && !report.touches.empty()) {
    constexpr std::size_t kNamed = 5;
    std::string paths;
    for (std::size_t n = 0; n < files.size() && n < kNamed; ++n) paths += " " + shell_word(files[n]);
    return fmt::format("git log -p --first-parent {}..{} --{}", report.landing->sha.substr(0, 12), line, paths);
  }
  if (!report.conflicts.empty()) return fmt::format("git merge-tree {} {}", line, report.hotfix_sha.substr(0, 12));
  return fmt::format("git log -p --first-parent {}..{}", report.base_sha.substr(0, 12),
                     report.hotfix_sha.substr(0, 12));
}

int count(const std::vector<Hunk>& hunks, Hunk::State state) {
  return static_cast<int>(std::ranges::count(hunks, state, &Hunk::state));
}

}  // namespace

// The fix's files under the names that they have there, and whether they are all gone.
Result<void> LineReader::look_at_paths(git_repository* repository, const git_oid& tree, Contents& contents) const {
  auto files = find_in(repository, work_.base_tree, work_.tree, tree, work_.paths);
  if (!files) return std::unexpected(files.error());
  std::set<std::string> missing;
  for (const auto& file : *files)
    if (file.before && !file.now) missing.insert(file.path);
  auto names = renamed_to(repository, work_.base_tree, tree, missing);
  if (!names) return std::unexpected(names.error());
  contents.evidence.all_files_gone = !work_.paths.empty() && missing.size() == work_.paths.size() && names->empty();
  contents.paths = work_.paths;
  for (const auto& [path, name] : *names)
    if (!std::ranges::binary_search(work_.paths, name)) contents.paths.push_back(name);
  contents.renamed = std::move(*names);
  return {};
}

// Also of files that the fix adds: git puts them where the line moved their folder.
Result<std::map<std::string, std::string>> LineReader::names_there(git_repository* repository, const git_oid& tree,
                                                                   const Contents& contents) const {
  auto names = contents.renamed;
  auto files = find_in(repository, work_.base_tree, work_.tree, tree, work_.paths);
  if (!files) return std::unexpected(files.error());
  std::vector<std::string> elsewhere;
  for (const auto& file : *files)
    if (!file.before && file.after && !file.now) elsewhere.push_back(file.path);
  if (elsewhere.empty()) return names;
  auto moves = moves_between(repository, work_.base_tree, tree);
  if (!moves) return std::unexpected(moves.error());
  auto found = alike(repository, work_.tree, elsewhere, tree, paths_of(repository, moves->added));
  if (!found) return std::unexpected(found.error());
  names.insert(found->begin(), found->end());
  return names;
}

// A target that has every line of a file with other endings conflicts everywhere; then it is looked at with the tag's.
Result<void> LineReader::merge(git_repository* repository, const git_oid& tree, Contents& contents) const {
  const auto merge_into = [&](const git_oid& target) {
    const Passing passing(repository);
    return merge_trees(repository, work_.base_tree, target, work_.tree);
  };
  contents.target = tree;
  auto merged = merge_into(tree);
  if (!merged) return std::unexpected(merged.error());
  if (!merged->clean) {
    auto alike = with_line_endings_of(repository, tree, work_.base_tree, work_.tree, merged->conflicts);
    if (!alike) return std::unexpected(alike.error());
    if (*alike) {
      contents.target = **alike;
      contents.evidence.line_endings = true;
      merged = merge_into(contents.target);
      if (!merged) return std::unexpected(merged.error());
    }
  }
  contents.evidence.conflicts = merged->conflicts;
  contents.evidence.three_way = !merged->clean                        ? ThreeWay::conflict
                                : same(merged->tree, contents.target) ? ThreeWay::target_unchanged
                                                                      : ThreeWay::target_changes;
  return {};
}

// By commits and by hunks, in trees that have nothing but the fix's files.
Result<void> LineReader::look_at_parts(git_repository* repository, Contents& contents) const {
  MergeBackEvidence& evidence = contents.evidence;
  for (const OwnWork::Step* step : counted_) {
    if (auto wanted = still_wanted(progress_, "comparing commits"); !wanted) return wanted;
    auto outcome = effect_on(repository, step->before, contents.target, step->after);
    if (!outcome) return std::unexpected(outcome.error());
    evidence.commits_present += *outcome == ThreeWay::target_unchanged ? 1 : 0;
  }
  const Passing passing(repository);
  auto base = cut_to(repository, work_.base_tree, contents.paths);
  if (!base) return std::unexpected(base.error());
  auto own = cut_to(repository, work_.tree, contents.paths);
  if (!own) return std::unexpected(own.error());
  auto target = cut_to(repository, contents.target, contents.paths);
  if (!target) return std::unexpected(target.error());
  auto hunks = judge_hunks(repository, *base, *own, *target, contents.renamed, progress_);
  if (!hunks) return std::unexpected(hunks.error());
  contents.hunks = std::move(*hunks);
  evidence.hunks_total = static_cast<int>(contents.hunks.size());
  evidence.hunks_cut = contents.hunks.size() >= kMostHunks;
  evidence.hunks_present = count(contents.hunks, Hunk::State::there);
  evidence.hunks_lacking = count(contents.hunks, Hunk::State::lacking);
  return {};
}

Result<LineReader::Contents> LineReader::look(git_repository* repository, const git_oid& tree) const {
  Contents contents;
  MergeBackEvidence& evidence = contents.evidence;
  evidence.own_commits = static_cast<int>(counted_.size());
  evidence.only_empty = evidence.own_commits == 0 && !work_.steps.empty();
  evidence.own_is_base = same(work_.base_tree, work_.tree);
  evidence.cannot_replay = work_.cannot_replay;
  evidence.hand_made_merge = work_.hand_made_merge;
  contents.target = tree;
  if (auto looked = look_at_paths(repository, tree, contents); !looked) return std::unexpected(looked.error());
  if (!evidence.cannot_replay.empty() || evidence.own_is_base) return contents;
  if (auto merged = merge(repository, tree, contents); !merged) return std::unexpected(merged.error());
  auto names = names_there(repository, tree, contents);
  if (!names) return std::unexpected(names.error());
  auto lines = find_fix_lines(repository, work_.base_tree, work_.tree, contents.target, work_.paths, *names);
  if (!lines) return std::unexpected(lines.error());
  evidence.lines_there = lines->all_there;
  evidence.lines_seen = lines->any_there;
  evidence.odd_lines = std::move(lines->odd);
  if (evidence.three_way == ThreeWay::target_unchanged) {
    auto alive = deleted_and_alive(repository, tree);
    if (!alive) return std::unexpected(alive.error());
    evidence.alive = std::move(*alive);
    auto twin = twin_of(repository, work_.base_tree, tree, contents.renamed);
    if (!twin) return std::unexpected(twin.error());
    evidence.twin = std::move(*twin);
    return contents;
  }
  if (auto parts = look_at_parts(repository, contents); !parts) return std::unexpected(parts.error());
  return contents;
}

// Not those that change nothing, nor what the hotfix tried and took back: neither the one nor the other is in what it
// did. When that leaves none, all that change anything.
Result<void> LineReader::count_commits(git_repository* repository) {
  if (counting_done_) return {};
  counted_.clear();
  for (const OwnWork::Step& step : work_.steps) {
    if (auto wanted = still_wanted(progress_, "reading the hotfix's commits"); !wanted) return wanted;
    if (!step.changes()) continue;
    auto stands = effect_on(repository, step.before, work_.tree, step.after);
    if (!stands) return std::unexpected(stands.error());
    auto in_base = effect_on(repository, step.before, work_.base_tree, step.after);
    if (!in_base) return std::unexpected(in_base.error());
    // A later commit of the hotfix may go over the same lines: then it conflicts, and counts.
    if (*stands != ThreeWay::target_changes && *in_base != ThreeWay::target_unchanged) counted_.push_back(&step);
  }
  if (counted_.empty())
    for (const OwnWork::Step& step : work_.steps)
      if (step.changes()) counted_.push_back(&step);
  counting_done_ = true;
  return {};
}

Result<const LineReader::Contents*> LineReader::contents_of(git_repository* repository, const git_oid& tree) {
  if (auto counted = count_commits(repository); !counted) return std::unexpected(counted.error());
  if (const auto known = contents_.find(tree); known != contents_.end()) return &known->second;
  auto contents = look(repository, tree);
  if (!contents) return std::unexpected(contents.error());
  if (contents_.size() >= kMostContents) contents_.clear();
  return &contents_.emplace(tree, std::move(*contents)).first->second;
}

// What one commit changed of these paths: still there, as it was before it, or neither.
Result<Landing::Since> LineReader::since(git_repository* repository, const git_oid& oid, const git_oid& now,
                                         const std::vector<std::string>& paths) const {
  const Passing passing(repository);
  auto change = change_of(repository, oid);
  if (!change) return std::unexpected(change.error());
  if (!*change) return Landing::Since::changed;
  auto there = cut_to(repository, **change, paths);
  if (!there) return std::unexpected(there.error());
  if (same(there->before, there->after)) return Landing::Since::changed;
  auto target = cut_to(repository, now, paths);
  if (!target) return std::unexpected(target.error());
  auto done = effect_on(repository, there->before, *target, there->after);
  if (!done) return std::unexpected(done.error());
  if (*done == ThreeWay::target_unchanged) return Landing::Since::intact;
  auto undone = effect_on(repository, there->after, *target, there->before);
  if (!undone) return std::unexpected(undone.error());
  return *undone == ThreeWay::target_unchanged ? Landing::Since::gone : Landing::Since::changed;
}

// What came to the hotfix with a merge of a line may have been its own: is it on the line, too?
Result<void> LineReader::look_at_line_merges(git_repository* repository, const git_oid& tree,
                                             MergeBackEvidence& evidence) const {
  if (work_.line_merges.empty()) return {};
  auto base = tree_of(repository, work_.base);
  if (!base) return std::unexpected(base.error());
  auto outcome = effect_on(repository, *base, tree, work_.whole_tree);
  if (!outcome) return std::unexpected(outcome.error());
  evidence.line_merge = short_hex(work_.line_merges.front().merge);
  evidence.whole_there = *outcome == ThreeWay::target_unchanged;
  return {};
}

// What the fix deletes lives on when the line gave it another name. Which, or nothing.
Result<std::string> LineReader::deleted_and_alive(git_repository* repository, const git_oid& tree) const {
  auto files = find_in(repository, work_.base_tree, work_.tree, tree, work_.paths);
  if (!files) return std::unexpected(files.error());
  std::erase_if(*files, [](const Whereabouts& file) { return !file.before || file.after || file.now; });
  if (files->empty()) return std::string();
  auto moves = moves_between(repository, work_.base_tree, tree);
  if (!moves) return std::unexpected(moves.error());
  std::vector<std::string> deleted;
  for (const auto& file : *files) deleted.push_back(file.path);
  auto names = alike(repository, work_.base_tree, deleted, tree, paths_of(repository, moves->added));
  if (!names) return std::unexpected(names.error());
  for (const auto& [path, name] : *names)
    if (!std::ranges::binary_search(work_.paths, name)) return name;
  // Or put it over another file, as it was.
  for (const Place& changed : moves->changed)
    if (std::ranges::any_of(*files, [&](const auto& file) { return same(file.before->oid, changed.id); }))
      return changed.path;
  return std::string();
}

// A file that the fix adds is looked for by its new name where it was when it landed.
Result<std::string> LineReader::moved_since(git_repository* repository, const git_oid& landed,
                                            const git_oid& tree) const {
  auto files = find_in(repository, work_.base_tree, landed, tree, work_.paths);
  if (!files) return std::unexpected(files.error());
  for (const auto& file : *files) {
    if (file.before || !file.after || file.now) continue;
    auto names = renamed_to(repository, landed, tree, {file.path});
    if (!names) return std::unexpected(names.error());
    if (!names->empty()) return fmt::format("{} to {}", file.path, names->begin()->second);
  }
  return std::string();
}

// Does the commit bring a word that the fix brings or, when it brings none, take one away that it takes away?
Result<bool> LineReader::shares_words(git_repository* repository, const git_oid& oid) {
  if (!own_words_) {
    auto own = words_changed(repository, work_.base_tree, work_.tree);
    if (!own) return std::unexpected(own.error());
    own_words_ = std::move(*own);
  }
  auto change = change_of(repository, oid);
  if (!change) return std::unexpected(change.error());
  if (!*change) return true;
  auto there = words_changed(repository, (*change)->before, (*change)->after);
  if (!there) return std::unexpected(there.error());
  const bool adds = !own_words_->added.empty();
  const auto &wanted = adds ? own_words_->added : own_words_->removed, &found = adds ? there->added : there->removed;
  return wanted.empty() || std::ranges::any_of(wanted, [&](const auto& line) { return found.contains(line); });
}

// Of a merge of the hotfix itself, or what the forge says to be it: the paths that it changed, when the hotfix did not
// change all of them, not even among those that are not judged. Then somebody worked by hand.
Result<std::vector<std::string>> LineReader::put_elsewhere(git_repository* repository,
                                                           const LineHistory::Piece& landing) {
  const std::vector<std::string> none;
  auto merges_it = merges(repository, landing.commit, work_.head);
  if (!merges_it) return std::unexpected(merges_it.error());
  if (landing.by != LandedBy::forge && !*merges_it) return none;
  auto alike = shares_words(repository, landing.commit);
  if (!alike) return std::unexpected(alike.error());
  auto change = change_of(repository, landing.commit);
  if (!change) return std::unexpected(change.error());
  if (!*change || !*alike) return none;
  auto changed = changed_paths(repository, (*change)->before, (*change)->after);
  if (!changed) return std::unexpected(changed.error());
  auto base = tree_of(repository, work_.base), head = tree_of(repository, work_.head);
  for (const auto* tree : {&base, &head})
    if (!*tree) return std::unexpected(tree->error());
  auto own = changed_paths(repository, *base, *head);
  if (!own) return std::unexpected(own.error());
  return std::ranges::includes(*own, *changed) ? none : *changed;
}

// There is one: history.newest().
Result<LineReader::Landed> LineReader::look_at_landing(git_repository* repository, const Contents& now,
                                                       const LineHistory& history) {
  const LineHistory::Piece& last = *history.newest();
  Landed landed;
  Landing& landing = landed.landing;
  landing = {.sha = short_hex(last.commit),
             .merged = last.by == LandedBy::merge || last.by == LandedBy::own_commit,
             .content = {},
             .since = Landing::Since::intact};
  auto then_tree = tree_of(repository, last.trunk);
  if (!then_tree) return std::unexpected(then_tree.error());
  auto then = contents_of(repository, *then_tree);
  if (!then) return std::unexpected(then.error());
  const MergeBackEvidence& evidence = (*then)->evidence;
  landing.content = evidence.three_way == ThreeWay::target_unchanged             ? Landing::Content::faithful
                    : evidence.three_way == ThreeWay::conflict                   ? Landing::Content::adapted
                    : evidence.commits_present > 0 || evidence.hunks_present > 0 ? Landing::Content::partial
                                                                                 : Landing::Content::empty;
  auto merges_it = merges(repository, last.commit, work_.head);
  if (!merges_it) return std::unexpected(merges_it.error());
  if (landing.content == Landing::Content::adapted && !*merges_it) {
    auto brought = touches_paths(repository, last.commit, now.paths);
    if (!brought) return std::unexpected(brought.error());
    auto alike = shares_words(repository, last.commit);
    if (!alike) return std::unexpected(alike.error());
    if (!*alike) landing.content = *brought ? Landing::Content::unlike : Landing::Content::empty;
  }
  if (landing.content == Landing::Content::empty) {
    auto elsewhere = put_elsewhere(repository, last);
    if (!elsewhere) return std::unexpected(elsewhere.error());
    if (!elsewhere->empty()) {
      landing.content = Landing::Content::elsewhere;
      auto state = since(repository, last.commit, now.target, *elsewhere);
      if (!state) return std::unexpected(state.error());
      landing.since = *state;
      landed.elsewhere = std::move(*elsewhere);
      return landed;
    }
  }
  // What brought all of it, else each piece whose change is not undone by the hotfix's own later commits.
  std::set<git_oid, OidLess> pieces;
  if (history.whole && history.whole->place >= last.place) pieces.insert(history.whole->commit);
  for (const auto& [step, piece] : history.landed) {
    if (!pieces.empty() && history.whole && pieces.contains(history.whole->commit)) break;
    const auto& own = work_.steps[static_cast<std::size_t>(step)];
    auto stands = effect_on(repository, own.before, work_.tree, own.after);
    if (!stands) return std::unexpected(stands.error());
    if (*stands == ThreeWay::target_unchanged) pieces.insert(piece.commit);
  }
  for (const git_oid& piece : pieces) {
    auto state = since(repository, piece, now.target, now.paths);
    if (!state) return std::unexpected(state.error());
    if (*state == Landing::Since::gone || landing.since == Landing::Since::intact) landing.since = *state;
  }
  if (pieces.empty()) landing.since = Landing::Since::changed;
  return landed;
}

Result<LineReader::Seen> LineReader::look_at_line(git_repository* repository, const git_oid& line,
                                                  const LineKnown& known, const GitProgress& progress) {
  auto seen = look_closely(repository, line, known, progress);
  if (seen || seen.error().kind != Problem::Kind::invalid) return seen;
  Seen nothing;
  nothing.facts.evidence.target_sha = short_hex(line);
  nothing.facts.evidence.too_large = seen.error().what;
  nothing.facts.paths = work_.paths;
  return nothing;
}

Result<LineReader::Seen> LineReader::look_closely(git_repository* repository, const git_oid& line,
                                                  const LineKnown& known, const GitProgress& progress) {
  progress_ = progress;
  auto tree = tree_of(repository, line);
  if (!tree) return std::unexpected(tree.error());
  auto contents = contents_of(repository, *tree);
  if (!contents) return std::unexpected(contents.error());
  Seen seen{.facts = {.evidence = (*contents)->evidence, .paths = (*contents)->paths, .last_author = {}},
            .contents = **contents,  // what follows may drop the remembered one
            .history = {}};
  const Contents& now = seen.contents;
  LineFacts& facts = seen.facts;
  MergeBackEvidence& evidence = facts.evidence;
  evidence.target_sha = short_hex(line);
  evidence.was_present = known.was_present;
  auto past = history_.read(repository, known.name, line, now.paths, known.landing, progress);
  if (!past) return std::unexpected(past.error());
  seen.history = std::move(*past);
  const LineHistory& history = seen.history;
  evidence.ancestor = history.ancestor;
  evidence.commits_landed = static_cast<int>(std::ranges::count_if(counted_, [&](const auto* step) {
    return history.landed.contains(static_cast<int>(step - work_.steps.data()));
  }));
  evidence.squash_landed = history.whole.has_value();
  if (known.landing && !(history.whole && same(history.whole->commit, *known.landing))) {
    auto there = lookup_commit(repository, *known.landing);
    auto contained = there ? contains_commit(repository, line, *known.landing) : Result<bool>(false);
    if (!contained) return std::unexpected(contained.error());
    evidence.landing_lost = !*contained;
  }
  if (!history.touches.empty()) {
    evidence.last_touched_by = short_hex(history.touches.front());
    auto touch = lookup_commit(repository, history.touches.front());
    if (!touch) return std::unexpected(damaged(touch.error()));
    facts.last_author = author_name(touch->get());
  }
  if (!evidence.cannot_replay.empty() || evidence.own_is_base) return seen;
  if (auto looked = look_at_line_merges(repository, *tree, evidence); !looked) return std::unexpected(looked.error());
  if (evidence.three_way == ThreeWay::target_unchanged || history.newest() == nullptr) return seen;
  auto landed = look_at_landing(repository, now, history);
  if (!landed) return std::unexpected(landed.error());
  // What is said to have brought it did not: then history tells what did.
  if (history.newest()->by == LandedBy::forge && landed->landing.content == Landing::Content::empty) {
    auto without = history_.read(repository, known.name, line, now.paths, std::nullopt, progress);
    if (!without) return std::unexpected(without.error());
    if (without->newest() != nullptr) {
      seen.history = std::move(*without);
      landed = look_at_landing(repository, now, history);
      if (!landed) return std::unexpected(landed.error());
    }
  }
  evidence.landing = landed->landing;
  for (auto& path : landed->elsewhere)
    if (std::ranges::find(facts.paths, path) == facts.paths.end()) facts.paths.push_back(std::move(path));
  if (evidence.three_way == ThreeWay::target_changes && evidence.landing->content == Landing::Content::faithful) {
    auto then = tree_of(repository, history.newest()->trunk);
    if (!then) return std::unexpected(then.error());
    auto moved = moved_since(repository, *then, *tree);
    if (!moved) return std::unexpected(moved.error());
    evidence.moved = std::move(*moved);
  }
  return seen;
}

Result<LineFacts> LineReader::gather(git_repository* repository, const git_oid& line, const LineKnown& known,
                                     const GitProgress& progress) {
  auto seen = look_at_line(repository, line, known, progress);
  if (!seen) return std::unexpected(seen.error());
  return std::move(seen->facts);
}

// Commits whose change alone is judged by hunks; of a fix that is there, each is there.
Result<void> LineReader::report_commits(git_repository* repository, const Contents& contents,
                                        MergeBackReport& report) const {
  for (const OwnWork::Step& step : work_.steps) {
    const Passing passing(repository);
    if (auto wanted = still_wanted(progress_, "comparing commits"); !wanted) return wanted;
    auto commit = lookup_commit(repository, step.commit);
    if (!commit) return std::unexpected(damaged(commit.error()));
    MergeBackReport::Commit one{to_hex(step.commit),
                                subject_of(commit->get(), kLongestSubject),
                                author_name(commit->get()),
                                Verdict::unknown,
                                {}};
    if (!step.changes()) {
      one.verdict = Verdict::moot;
      report.commits.push_back(std::move(one));
      continue;
    }
    auto paths = changed_paths(repository, step.before, step.after);
    if (!paths) return std::unexpected(paths.error());
    *paths = with_new_names(std::move(*paths), contents.renamed);
    Result<git_oid> before = cut_to(repository, step.before, *paths), after = cut_to(repository, step.after, *paths),
                    target = cut_to(repository, contents.target, *paths);
    for (const auto* tree : {&before, &after, &target})
      if (!*tree) return std::unexpected(tree->error());
    auto hunks = judge_hunks(repository, *before, *after, *target, contents.renamed, progress_);
    if (!hunks) return std::unexpected(hunks.error());
    auto outcome = effect_on(repository, *before, *target, *after);
    if (!outcome) return std::unexpected(outcome.error());
    const int there = count(*hunks, Hunk::State::there), lacking = count(*hunks, Hunk::State::lacking);
    one.verdict = *outcome == ThreeWay::target_unchanged || contents.evidence.three_way == ThreeWay::target_unchanged
                      ? Verdict::present
                  : there > 0 && lacking > 0 ? Verdict::partial
                  : lacking > 0              ? Verdict::absent
                                             : Verdict::unknown;
    if (one.verdict != Verdict::present) one.hunks = std::move(*hunks);
    report.commits.push_back(std::move(one));
  }
  return {};
}

Result<MergeBackReport> LineReader::report(git_repository* repository, const git_oid& line, const LineKnown& known,
                                           const GitProgress& progress) {
  auto seen = look_at_line(repository, line, known, progress);
  if (!seen) return std::unexpected(seen.error());
  const MergeBackEvidence& evidence = seen->facts.evidence;
  const Judgement judgement = judge(evidence);
  MergeBackReport report{
      .verdict = judgement.verdict,
      .explanation = shown(judgement.explanation),
      .base_sha = to_hex(work_.base),
      .hotfix_sha = to_hex(work_.head),
      .target_sha = to_hex(line),
      .commits = {},
      .conflicts = {},
      .landing = {},
      .history = {evidence.ancestor, evidence.commits_landed, evidence.own_commits, seen->history.squash},
      .touches = {},
      .look = {}};
  if (!evidence.too_large.empty()) {
    report.look = what_to_type(report, seen->facts.paths);
    return report;
  }
  if (auto told = report_commits(repository, seen->contents, report); !told) return std::unexpected(told.error());
  const auto* last = seen->history.newest();
  if (last != nullptr) {
    auto commit = lookup_commit(repository, last->commit);
    if (!commit) return std::unexpected(damaged(commit.error()));
    auto landing = evidence.landing;
    if (!landing) {  // no verdict asked for it
      auto landed = look_at_landing(repository, seen->contents, seen->history);
      if (!landed) return std::unexpected(landed.error());
      landing = landed->landing;
    }
    report.landing = MergeBackReport::Landing{to_hex(last->commit),
                                              subject_of(commit->get(), kLongestSubject),
                                              author_name(commit->get()),
                                              Time(Seconds(git_commit_time(commit->get()))),
                                              std::string(to_string(last->by)),
                                              std::string(to_string(landing->content)),
                                              std::string(to_string(landing->since))};
  }
  for (const git_oid& touch : seen->history.touches) {
    auto earlier = last == nullptr ? Result<bool>(false) : contains_commit(repository, last->trunk, touch);
    if (!earlier) return std::unexpected(earlier.error());
    if (*earlier) break;
    if (auto added = add_touch(repository, touch, report); !added) return std::unexpected(added.error());
  }
  if (evidence.three_way == ThreeWay::conflict && evidence.cannot_replay.empty() && !evidence.own_is_base) {
    const Passing passing(repository);
    auto index = merged_index(repository, work_.base_tree, seen->contents.target, work_.tree);
    if (!index) return std::unexpected(index.error());
    auto files = report_conflicts(repository, index->get(),
                                  {.onto = line,
                                   .base = work_.base,
                                   .ours = known.name.empty() ? "target" : known.name,
                                   .theirs = short_hex(work_.head)});
    if (!files) return std::unexpected(files.error());
    report.conflicts = std::move(*files);
  }
  report.look = what_to_type(report, seen->facts.paths);
  return report;
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
  if (!changed && changed.error().kind == Problem::Kind::invalid) return true;  // nobody can tell
  if (!changed) return std::unexpected(changed.error());
  return std::ranges::any_of(paths,
                             [&](const std::string& path) { return std::ranges::binary_search(*changed, path); });
}

}  // namespace hotfixd::git
