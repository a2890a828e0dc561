#include "integrations/git/line_history.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "integrations/git/partial_clone.hpp"
#include "integrations/git/trees.hpp"

namespace hotfixd::git {
namespace {

constexpr std::size_t kMostCommits = 10'000;
constexpr std::size_t kMostRemembered = 50'000;
constexpr std::size_t kMostLines = 256;
constexpr std::size_t kCommitsASay = 500;

// The commit named by the last "(cherry picked from commit <sha>)" of a message.
std::optional<git_oid> picked_from(std::string_view message) {
  constexpr std::string_view kTrailer = "(cherry picked from commit ";
  const std::size_t at = message.rfind(kTrailer);
  if (at == std::string_view::npos) return std::nullopt;
  const auto oid = parse_oid(message.substr(at + kTrailer.size(), GIT_OID_HEXSZ));
  return oid ? std::optional(*oid) : std::nullopt;
}

// A rebase and a pick leave these as they are.
std::string authorship(const git_commit* commit) {
  const git_signature* author = git_commit_author(commit);
  const char* subject = git_commit_summary(const_cast<git_commit*>(commit));
  return std::string(author->email) + '\0' + std::to_string(author->when.time) + '\0' + (subject ? subject : "");
}

// Is a path not the same in two trees? Folders that are the same are not opened.
Result<bool> differs_at(git_repository* repository, const git_tree* a, const git_tree* b, std::string_view path) {
  if (same(*git_tree_id(a), *git_tree_id(b))) return false;
  const auto slash = path.find('/');
  const std::string name(path.substr(0, slash));
  const git_tree_entry *left = git_tree_entry_byname(a, name.c_str()), *right = git_tree_entry_byname(b, name.c_str());
  if (left == nullptr || right == nullptr) return left != right;
  if (same(*git_tree_entry_id(left), *git_tree_entry_id(right)))
    return git_tree_entry_filemode(left) != git_tree_entry_filemode(right);
  if (slash == path.npos || git_tree_entry_type(left) != GIT_OBJECT_TREE ||
      git_tree_entry_type(right) != GIT_OBJECT_TREE)
    return true;
  auto below_left = lookup_tree(repository, *git_tree_entry_id(left));
  if (!below_left) return std::unexpected(below_left.error());
  auto below_right = lookup_tree(repository, *git_tree_entry_id(right));
  if (!below_right) return std::unexpected(below_right.error());
  return differs_at(repository, below_left->get(), below_right->get(), path.substr(slash + 1));
}

// Do `paths` differ between the commit and its first parent?
Result<bool> changes(git_repository* repository, const git_commit* commit, const std::vector<std::string>& paths) {
  if (git_commit_parentcount(commit) == 0) return false;
  auto parent = lookup_commit(repository, *git_commit_parent_id(commit, 0));
  if (!parent) return std::unexpected(damaged(parent.error()));
  if (same(*git_commit_tree_id(commit), *git_commit_tree_id(parent->get()))) return false;
  auto tree = lookup_tree(repository, *git_commit_tree_id(commit));
  if (!tree) return std::unexpected(tree.error());
  auto before = lookup_tree(repository, *git_commit_tree_id(parent->get()));
  if (!before) return std::unexpected(before.error());
  for (const std::string& path : paths) {
    auto differs = differs_at(repository, before->get(), tree->get(), path);
    if (!differs || *differs) return differs;
  }
  return false;
}

// What a line has and neither the tag nor `known` has, children before parents; nothing when there is more of it than
// is read.
struct Walked {
  std::vector<git_oid> commits;
  bool whole = true;
};
Result<Walked> walk(git_repository* repository, const git_oid& line, const git_oid& base, const git_oid* known) {
  RevwalkHandle walk;
  int rc = make(walk, git_revwalk_new, repository);
  if (rc == 0) rc = git_revwalk_sorting(walk.get(), GIT_SORT_TOPOLOGICAL | GIT_SORT_TIME);
  if (rc == 0) rc = git_revwalk_push(walk.get(), &line);
  if (rc == 0) rc = git_revwalk_hide(walk.get(), &base);
  if (rc == 0 && known != nullptr) rc = git_revwalk_hide(walk.get(), known);
  Walked walked;
  git_oid oid{};
  while (rc == 0 && (rc = git_revwalk_next(&oid, walk.get())) == 0) {
    if (walked.commits.size() >= kMostCommits) {
      walked.whole = false;
      break;
    }
    walked.commits.push_back(oid);
  }
  if (rc < 0 && rc != GIT_ITEROVER) return std::unexpected(damaged(last_problem(rc, "walking history")));
  git_error_clear();
  return walked;
}

int add_to_hash(const git_diff_delta* /*delta*/, const git_diff_hunk* /*hunk*/, const git_diff_line* line,
                void* payload) {
  auto& text = *static_cast<std::string*>(payload);
  switch (line->origin) {
    case GIT_DIFF_LINE_HUNK_HDR:
      text += "@@\n";  // its numbers are where it stands
      break;
    case GIT_DIFF_LINE_FILE_HDR:
      break;
    default:
      text += line->origin;
      text.append(line->content, line->content_len);
  }
  return 0;
}

}  // namespace

std::string_view to_string(LandedBy by) {
  constexpr std::array<std::string_view, 8> kNames{"forge",  "merge",  "own commit", "cherry-pick",
                                                   "origin", "squash", "patch",      "author"};
  return kNames.at(static_cast<std::size_t>(by));
}

Result<git_oid> exact_patch(git_repository* repository, const git_oid& before, const git_oid& after) {
  auto diff = diff_trees(repository, before, after);
  if (!diff) return std::unexpected(diff.error());
  if (auto there = fetch_files_of(repository, diff->get()); !there) return std::unexpected(there.error());
  std::string ids;  // of each file's patch: the text of all may be large
  const auto id_of = [](const std::string& text) -> Result<git_oid> {
    git_oid id{};
    if (const int rc = git_odb_hash(&id, text.data(), text.size(), GIT_OBJECT_BLOB); rc < 0)
      return std::unexpected(last_problem(rc, "hashing a patch"));
    return id;
  };
  for (std::size_t i = 0; i < git_diff_num_deltas(diff->get()); ++i) {
    const git_diff_delta* delta = git_diff_get_delta(diff->get(), i);
    std::string text = std::string(delta->old_file.path) + '\0' + delta->new_file.path + '\0' +
                       std::to_string(delta->old_file.mode) + ' ' + std::to_string(delta->new_file.mode) + '\n';
    PatchHandle patch;
    int rc = make(patch, git_patch_from_diff, diff->get(), i);
    const std::size_t hunks = patch == nullptr ? 0 : git_patch_num_hunks(patch.get());
    if (rc == 0 && hunks > 0) rc = git_patch_print(patch.get(), add_to_hash, &text);
    if (rc < 0) return std::unexpected(damaged(last_problem(rc, "reading a patch")));
    if (hunks == 0) text += to_hex(delta->old_file.id) + to_hex(delta->new_file.id) + '\n';
    auto id = id_of(text);
    if (!id) return id;
    ids += to_hex(*id);
  }
  return id_of(ids);
}

const LineHistory::Piece* LineHistory::newest() const {
  const Piece* newest = whole ? &*whole : nullptr;
  for (const auto& [step, piece] : landed)
    if (newest == nullptr || piece.place > newest->place) newest = &piece;
  return newest;
}

std::size_t HistoryReader::Hash::operator()(const git_oid& oid) const {
  std::size_t hash = 0;
  std::memcpy(&hash, &oid.id, sizeof hash);
  return hash;
}

HistoryReader::HistoryReader(const OwnWork& work) : work_(work) {}

Result<void> HistoryReader::know_own_commits(git_repository* repository) {
  if (have_commits_) return {};
  for (std::size_t i = 0; i < work_.steps.size(); ++i) {
    const auto& step = work_.steps[i];
    const int index = static_cast<int>(i);
    own_commits_.emplace(step.commit, index);
    for (const auto& brought : step.brought) own_commits_.emplace(brought, index);
    if (!step.changes()) continue;
    auto commit = lookup_commit(repository, step.commit);
    if (!commit) return std::unexpected(damaged(commit.error()));
    if (step.mainline == 0) own_authors_.emplace(authorship(commit->get()), index);
    if (const auto origin = picked_from(git_commit_message(commit->get()))) origins_.emplace(*origin, index);
  }
  have_commits_ = true;
  return {};
}

Result<void> HistoryReader::know_own_patches(git_repository* repository) {
  if (have_patches_) return {};
  for (std::size_t i = 0; i < work_.steps.size(); ++i) {
    const OwnWork::Step& step = work_.steps[i];
    if (!step.changes()) continue;
    auto id = exact_patch(repository, step.before, step.after);
    if (!id) return std::unexpected(id.error());
    own_patches_.emplace(*id, static_cast<int>(i));
  }
  if (work_.cannot_replay.empty() && work_.steps.size() > 1 && !same(work_.base_tree, work_.tree)) {
    auto id = exact_patch(repository, work_.base_tree, work_.tree);
    if (!id) return std::unexpected(id.error());
    whole_patch_ = *id;
  }
  have_patches_ = true;
  return {};
}

Result<HistoryReader::Looked> HistoryReader::look(git_repository* repository, const git_oid& oid,
                                                  const git_commit* commit, bool touches) {
  if (const auto known = looked_.find(oid); known != looked_.end()) return known->second;
  Looked found;
  const auto as = [&](const auto& map, const auto& key, LandedBy by) {
    if (found.step >= 0) return;
    if (const auto own = map.find(key); own != map.end()) found.step = own->second, found.by = by;
  };
  if (const auto picked = picked_from(git_commit_message(commit))) as(own_commits_, *picked, LandedBy::cherry_pick);
  as(origins_, oid, LandedBy::origin);
  if (found.step < 0 && git_commit_parentcount(commit) == 1) {
    if (touches) {
      if (auto made = know_own_patches(repository); !made) return std::unexpected(made.error());
      auto parent = lookup_commit(repository, *git_commit_parent_id(commit, 0));
      if (!parent) return std::unexpected(damaged(parent.error()));
      auto id = exact_patch(repository, *git_commit_tree_id(parent->get()), *git_commit_tree_id(commit));
      if (!id) return std::unexpected(id.error());
      as(own_patches_, *id, LandedBy::patch);
      found.squash = whole_patch_ && same(*whole_patch_, *id);
    }
    as(own_authors_, authorship(commit), LandedBy::author);
  }
  if (looked_.size() >= kMostRemembered) looked_.clear();
  looked_.emplace(oid, found);
  return found;
}

Result<bool> HistoryReader::touches(git_repository* repository, const git_oid& oid, const git_commit* commit,
                                    const std::vector<std::string>& paths) {
  if (paths != work_.paths) return changes(repository, commit, paths);
  if (const auto known = touched_.find(oid); known != touched_.end()) return known->second;
  auto found = changes(repository, commit, paths);
  if (!found) return found;
  if (touched_.size() >= kMostRemembered) touched_.clear();
  touched_.emplace(oid, *found);
  return found;
}

// Adds to `read` what `line` has more than read.head; false when the line does not go on from there.
Result<bool> HistoryReader::go_on(git_repository* repository, const git_oid& line, Read& read,
                                  const GitProgress& progress) {
  const bool anew = read.commits == 0;
  auto walked = walk(repository, line, work_.base, anew ? nullptr : &read.head);
  if (!walked) return std::unexpected(walked.error());
  // Which commit of the first parents brought the others: of several the oldest.
  const std::size_t count = walked->commits.size();
  ByCommit<std::size_t> brought_by;  // index of that commit
  git_oid trunk = line;
  LineHistory found;
  const auto place_of = [&](std::size_t index) { return read.commits + count - index; };
  const auto add = [&](int step, const git_oid& oid, std::size_t by_index, LandedBy by) {
    LineHistory::Piece piece{oid, walked->commits[by_index], by, place_of(by_index)};
    if (by == LandedBy::own_commit && !same(piece.commit, piece.trunk))
      piece.commit = piece.trunk, piece.by = LandedBy::merge;
    const auto known = found.landed.find(step);
    if (known == found.landed.end())
      found.landed.emplace(step, piece);
    else if (piece.place > known->second.place)
      known->second = piece;
  };
  for (std::size_t index = 0; index < count; ++index) {
    const git_oid& oid = walked->commits[index];
    if (index % kCommitsASay == kCommitsASay - 1 && progress &&
        !progress(fmt::format("reading history: {} of {} commits", index, count)))
      return std::unexpected(cancelled("reading history"));
    auto commit = lookup_commit(repository, oid);
    if (!commit) return std::unexpected(damaged(commit.error()));
    const bool on_trunk = same(oid, trunk);
    std::size_t bringer = index;
    if (!on_trunk)
      if (const auto known = brought_by.find(oid); known != brought_by.end()) bringer = known->second;
    for (unsigned n = 0; n < git_commit_parentcount(commit->get()); ++n) {
      const git_oid& parent = *git_commit_parent_id(commit->get(), n);
      if (on_trunk && n == 0) {
        trunk = parent;
        continue;
      }
      const auto [known, fresh] = brought_by.emplace(parent, bringer);
      if (!fresh && bringer > known->second) known->second = bringer;
    }
    auto touched = touches(repository, oid, commit->get(), read.paths);
    if (!touched) return std::unexpected(touched.error());
    if (on_trunk && *touched && found.touches.size() < LineHistory::kMostTouches) found.touches.push_back(oid);
    found.ancestor = found.ancestor || same(oid, work_.head);
    if (const auto own = own_commits_.find(oid); own != own_commits_.end()) {
      add(own->second, oid, bringer, LandedBy::own_commit);
      continue;
    }
    auto looked = look(repository, oid, commit->get(), *touched);
    if (!looked) return std::unexpected(looked.error());
    if (looked->step >= 0) add(looked->step, oid, bringer, looked->by);
    found.squash = found.squash || looked->squash;
    if (looked->squash && !found.whole)
      found.whole = LineHistory::Piece{oid, walked->commits[bringer], LandedBy::squash, place_of(bringer)};
  }
  if (!anew && !same(trunk, read.head)) return false;

  LineHistory& all = read.history;
  all.ancestor = all.ancestor || found.ancestor;
  if (!all.ancestor && !walked->whole) {
    auto contained = contains_commit(repository, line, work_.head);
    if (!contained) return contained;
    all.ancestor = *contained;
  }
  all.squash = all.squash || found.squash;
  if (found.whole) all.whole = found.whole;
  for (const auto& [step, piece] : found.landed) all.landed.insert_or_assign(step, piece);
  found.touches.insert(found.touches.end(), all.touches.begin(), all.touches.end());
  if (found.touches.size() > LineHistory::kMostTouches) found.touches.resize(LineHistory::kMostTouches);
  all.touches = std::move(found.touches);
  read.commits += count;
  read.head = line;
  return true;
}

Result<LineHistory> HistoryReader::read(git_repository* repository, const std::string& name, const git_oid& line,
                                        const std::vector<std::string>& paths, const std::optional<git_oid>& landing,
                                        const GitProgress& progress) {
  if (auto known = know_own_commits(repository); !known) return std::unexpected(known.error());
  if (lines_.size() >= kMostLines && !lines_.contains(name)) lines_.clear();
  Read& read = lines_[name];
  bool current = read.commits > 0 && read.paths == paths;
  if (current && !same(read.head, line)) {
    auto went_on = go_on(repository, line, read, progress);
    if (!went_on) return std::unexpected(went_on.error());
    current = *went_on;
  }
  if (!current) {
    read = Read{.head = {}, .paths = paths, .commits = 0, .history = {}};
    if (auto done = go_on(repository, line, read, progress); !done) return std::unexpected(done.error());
  }
  LineHistory history = read.history;
  if (work_.steps.empty()) history.ancestor = false;
  if (!landing) return history;
  auto there = lookup_commit(repository, *landing);
  if (!there && there.error().kind == Problem::Kind::not_found) return history;
  if (!there) return std::unexpected(there.error());
  auto contained = contains_commit(repository, line, *landing);
  if (!contained) return std::unexpected(contained.error());
  const bool is_piece =
      std::ranges::any_of(history.landed, [&](const auto& one) { return same(one.second.commit, *landing); });
  // One commit of a rebase is a piece like any other: it does not bring all of them.
  if (!*contained || git_commit_parentcount(there->get()) == 0 || (is_piece && work_.steps.size() > 1)) return history;
  const auto* newest = history.newest();
  history.whole = LineHistory::Piece{*landing, *landing, LandedBy::forge, newest == nullptr ? 1 : newest->place};
  return history;
}

}  // namespace hotfixd::git
