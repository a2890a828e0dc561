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
#include "integrations/git/mergeback_hunks.hpp"
#include "integrations/git/moved_files.hpp"
#include "integrations/git/object_gate.hpp"
#include "integrations/git/partial_clone.hpp"
#include "integrations/git/shown_text.hpp"
#include "integrations/git/trees.hpp"

namespace hotfixd::git {
namespace {

constexpr std::size_t kMostContents = 500;
constexpr std::size_t kLongestSubject = 200;

using Landing = MergeBackEvidence::Landing;
using ThreeWay = MergeBackEvidence::ThreeWay;
using Hunk = MergeBackReport::Hunk;

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
Result<void> LineReader::look_at_paths(const std::vector<Whereabouts>& files, MovedFiles& moved,
                                       Contents& contents) const {
  std::vector<std::string> missing;
  for (const auto& file : files)
    if (file.before && !file.now) missing.push_back(file.path);
  auto names = moved.names_of(missing);
  if (!names) return std::unexpected(names.error());
  contents.evidence.all_files_gone = !work_.paths.empty() && missing.size() == work_.paths.size() && names->empty();
  contents.paths = work_.paths;
  for (const auto& [path, name] : *names)
    if (!std::ranges::binary_search(work_.paths, name)) contents.paths.push_back(name);
  contents.renamed = std::move(*names);
  return {};
}

// Also of files that the fix adds: git puts them where the line moved their folder.
Result<Renamed> LineReader::names_there(const std::vector<Whereabouts>& files, MovedFiles& moved,
                                        const Contents& contents) const {
  std::vector<std::string> elsewhere;
  for (const auto& file : files)
    if (!file.before && file.after && !file.now) elsewhere.push_back(file.path);
  auto names = moved.names_of(elsewhere, work_.tree);
  if (names) names->insert(contents.renamed.begin(), contents.renamed.end());
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
  const auto paths = with_new_names(contents.paths, contents.names);
  auto base = cut_to(repository, work_.base_tree, paths), own = cut_to(repository, work_.tree, paths),
       target = cut_to(repository, contents.target, paths);
  for (const auto* tree : {&base, &own, &target})
    if (!*tree) return std::unexpected(tree->error());
  auto hunks = judge_hunks(repository, *base, *own, *target, contents.names, progress_);
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
  auto files = find_in(repository, work_.base_tree, work_.tree, tree, work_.paths);
  if (!files) return std::unexpected(files.error());
  MovedFiles moved(repository, work_.base_tree, tree);
  if (auto looked = look_at_paths(*files, moved, contents); !looked) return std::unexpected(looked.error());
  if (!evidence.cannot_replay.empty() || evidence.own_is_base) return contents;
  if (auto merged = merge(repository, tree, contents); !merged) return std::unexpected(merged.error());
  auto names = names_there(*files, moved, contents);
  if (!names) return std::unexpected(names.error());
  contents.names = std::move(*names);
  auto lines = find_fix_lines(repository, work_.base_tree, work_.tree, contents.target, work_.paths, contents.names);
  if (!lines) return std::unexpected(lines.error());
  evidence.lines_there = lines->all_there;
  evidence.lines_seen = lines->any_there;
  evidence.odd_lines = std::move(lines->odd);
  evidence.place_gone = std::move(lines->place_gone);
  evidence.untold = lines->untold;
  const bool unchanged = evidence.three_way == ThreeWay::target_unchanged;
  auto twin = changed_places(repository, *files, unchanged, moved);
  if (!twin) return std::unexpected(twin.error());
  evidence.twin = std::move(*twin);
  if (unchanged) {
    auto alive = deleted_and_alive(*files, moved);
    if (!alive) return std::unexpected(alive.error());
    evidence.alive = std::move(*alive);
    twin = moved.twin_of(contents.renamed);
    if (!twin) return std::unexpected(twin.error());
    if (!twin->empty()) evidence.twin = std::move(*twin);
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

// What the fix deletes lives on when the line gave it another name, or put it over another file as it was. Which, or
// nothing.
Result<std::string> LineReader::deleted_and_alive(const std::vector<Whereabouts>& files, MovedFiles& moved) const {
  std::vector<std::string> deleted;
  std::vector<git_oid> blobs;
  for (const auto& file : files)
    if (file.before && !file.after && !file.now) deleted.push_back(file.path), blobs.push_back(file.before->oid);
  if (deleted.empty()) return std::string();
  auto names = moved.names_of(deleted);
  if (!names) return std::unexpected(names.error());
  for (const auto& [path, name] : *names)
    if (!std::ranges::binary_search(work_.paths, name)) return name;
  return moved.brought_to(blobs, work_.paths);
}

// A file of the fix that the line changed, and another that came to be just as that one was, with the fix or, when the
// merge says that it is there, without: which of them is used?
Result<std::string> LineReader::changed_places(git_repository* repository, const std::vector<Whereabouts>& files,
                                               bool unchanged, MovedFiles& moved) {
  for (const auto& file : files) {
    if (!file.before || !file.after || !file.now || *file.now == *file.after || *file.now == *file.before) continue;
    std::vector<git_oid> blobs{file.after->oid};
    if (unchanged) blobs.push_back(file.before->oid);
    std::erase_if(blobs, [&](const git_oid& blob) { return size_of(repository, blob) == 0; });
    auto other = moved.brought_to(blobs, {file.path});
    if (!other) return other;
    if (!other->empty()) return fmt::format("{} is now as {} was", *other, file.path);
  }
  return std::string();
}

// A file that the fix adds is looked for by its new name where it was when it landed.
Result<std::string> LineReader::moved_since(git_repository* repository, const git_oid& landed,
                                            const git_oid& tree) const {
  auto files = find_in(repository, work_.base_tree, landed, tree, work_.paths);
  if (!files) return std::unexpected(files.error());
  std::vector<std::string> away;
  for (const auto& file : *files)
    if (!file.before && file.after && !file.now) away.push_back(file.path);
  auto names = MovedFiles(repository, landed, tree).names_of(away);
  if (!names) return std::unexpected(names.error());
  if (names->empty()) return std::string();
  return fmt::format("{} to {}", names->begin()->first, names->begin()->second);
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
    facts.touch = history.touches.front();
    facts.last_author = author_name(touch->get());
    facts.last_email = git_commit_author(touch->get())->email;
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
    *paths = with_new_names(std::move(*paths), contents.names);
    Result<git_oid> before = cut_to(repository, step.before, *paths), after = cut_to(repository, step.after, *paths),
                    target = cut_to(repository, contents.target, *paths);
    for (const auto* tree : {&before, &after, &target})
      if (!*tree) return std::unexpected(tree->error());
    auto hunks = judge_hunks(repository, *before, *after, *target, contents.names, progress_);
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
  const bool changes = evidence.own_commits > 0 && !evidence.own_is_base;
  const auto* last = changes ? seen->history.newest() : nullptr;
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
