#include "integrations/git/conflict_report.hpp"

#include <git2/sys/index.h>

#include <algorithm>
#include <cstring>
#include <map>

#include "bot/domain/forward_port.hpp"
#include "integrations/git/glob.hpp"
#include "integrations/git/object_gate.hpp"
#include "integrations/git/shown_text.hpp"
#include "integrations/git/tree_size.hpp"
#include "integrations/git/trees.hpp"

namespace hotfixd::git {
namespace {

constexpr std::size_t kMostFiles = 20, kMostAuthors = 3, kMostLines = 40, kLongestLine = 200;
constexpr int kMostCommits = 2000;
constexpr std::size_t kLargestBlamed =
    1 << 20;  // bytes: of what is larger, who wrote a line takes too long to find out

using BlameHandle = std::unique_ptr<git_blame, Freer<git_blame_free>>;

struct Side {
  bool there = false;
  git_index_entry entry{};
  std::string path;
};

// The entries live in the index: what is changed there must not be read any more, so these are copies.
struct Conflict {
  Side ancestor, ours, theirs;
  const std::string& path() const { return ours.there ? ours.path : theirs.there ? theirs.path : ancestor.path; }
};

Side copy_of(const git_index_entry* entry) {
  Side side;
  if (entry == nullptr) return side;
  side.there = true;
  side.path = entry->path;
  side.entry = *entry;
  return side;
}

// libgit2 lists a renamed file once under each of its names, and beside that which names belong together.
void join_renamed(git_index* index, std::vector<Conflict>& all) {
  const auto take = [&](Side Conflict::* side, const char* path) {
    Side taken;
    if (path == nullptr) return taken;
    const auto it =
        std::ranges::find_if(all, [&](const Conflict& c) { return (c.*side).there && (c.*side).path == path; });
    if (it != all.end()) std::swap(taken, (*it).*side);
    return taken;
  };
  for (std::size_t n = 0; n < git_index_name_entrycount(index); ++n) {
    const git_index_name_entry* names = git_index_name_get_byindex(index, n);
    Conflict whole{take(&Conflict::ancestor, names->ancestor), take(&Conflict::ours, names->ours),
                   take(&Conflict::theirs, names->theirs)};
    if (whole.ancestor.there || whole.ours.there || whole.theirs.there) all.push_back(std::move(whole));
  }
  std::erase_if(all, [](const Conflict& c) { return !c.ancestor.there && !c.ours.there && !c.theirs.there; });
}

Result<std::vector<Conflict>> conflicts_of(git_index* index) {
  IndexConflictsHandle iterator;
  if (const int rc = make(iterator, git_index_conflict_iterator_new, index); rc < 0)
    return std::unexpected(last_problem(rc, "listing conflicts"));
  std::vector<Conflict> all;
  const git_index_entry *ancestor = nullptr, *ours = nullptr, *theirs = nullptr;
  int rc = 0;
  while ((rc = git_index_conflict_next(&ancestor, &ours, &theirs, iterator.get())) == 0)
    all.push_back({copy_of(ancestor), copy_of(ours), copy_of(theirs)});
  if (rc != GIT_ITEROVER) return std::unexpected(last_problem(rc, "listing conflicts"));
  git_error_clear();
  join_renamed(index, all);
  return all;
}

std::string what_happened(const Conflict& c) {
  if (c.ancestor.there && c.ours.there && c.theirs.there && c.ours.path != c.ancestor.path &&
      c.theirs.path != c.ancestor.path && c.ours.path != c.theirs.path)
    return "both sides moved it";
  if (c.ours.there && c.theirs.there) return c.ancestor.there ? "both sides changed it" : "both sides added it";
  if (!c.ours.there && !c.theirs.there) return "both sides moved it";
  if (!c.ancestor.there) return c.theirs.there ? "the hotfix's new name for it is taken" : "its new name is taken";
  return c.ours.there ? "the hotfix deletes it, the target changed it" : "the target deleted it";
}

// Fit to be shown, as far in as it was.
std::string shown_line(std::string_view line) {
  std::string blanks;
  while (!line.empty() && (line.front() == ' ' || line.front() == '\t') && blanks.size() < kLongestLine) {
    blanks += line.front() == '\t' ? "    " : " ";
    line.remove_prefix(1);
  }
  return blanks + shown(line, kLongestLine);
}

struct Hunks {
  std::string text;
  std::vector<std::vector<std::string>> ours;  // lines of the target's side
};

// Out of a file with conflict markers.
Hunks hunks_of(const std::vector<std::string>& lines, const std::string& ours, const std::string& theirs) {
  Hunks hunks;
  const std::string begin = "<<<<<<< " + ours, middle = "=======", end = ">>>>>>> " + theirs;
  enum { outside, in_ours, in_theirs } where = outside;
  std::size_t count = 0;
  for (const auto& raw : lines) {
    const auto line = raw.ends_with('\r') ? raw.substr(0, raw.size() - 1) : raw;
    if (where == outside && line != begin) continue;
    if (where == outside) {
      where = in_ours;
      hunks.ours.emplace_back();
    } else if (where == in_ours && line == middle) {
      where = in_theirs;
    } else if (where == in_ours) {
      hunks.ours.back().push_back(raw);
    } else if (line == end) {
      where = outside;
    }
    if (count++ < kMostLines) hunks.text += shown_line(line) + "\n";
  }
  if (count > kMostLines) hunks.text += "…\n";
  return hunks;
}

Result<std::optional<Hunks>> read_hunks(git_repository* repository, const Conflict& c, const ConflictSides& sides) {
  if (!c.ours.there || !c.theirs.there) return std::nullopt;
  for (const Side* side : {&c.ancestor, &c.ours, &c.theirs})
    if (side->there && side->entry.mode == GIT_FILEMODE_COMMIT)
      return std::nullopt;  // a submodule's commit is not here
  git_merge_file_options options = GIT_MERGE_FILE_OPTIONS_INIT;
  options.our_label = sides.ours.c_str();
  options.their_label = sides.theirs.c_str();
  const auto entry = [](const Side& side, git_index_entry& into) -> const git_index_entry* {
    if (!side.there) return nullptr;
    into = side.entry;
    into.path = side.path.c_str();
    return &into;
  };
  git_index_entry ancestor{}, ours{}, theirs{};
  git_merge_file_result merged{};
  const int rc = git_merge_file_from_index(&merged, repository, entry(c.ancestor, ancestor), entry(c.ours, ours),
                                           entry(c.theirs, theirs), &options);
  if (rc < 0) return std::unexpected(last_problem(rc, "merging " + c.path()));
  std::optional<Hunks> hunks;
  if (merged.ptr != nullptr && std::memchr(merged.ptr, 0, merged.len) == nullptr)
    hunks = hunks_of(lines_of({merged.ptr, merged.len}), sides.ours, sides.theirs);
  git_merge_file_result_free(&merged);
  return hunks;
}

// Line numbers from 1 of each run of lines, one after the other.
using Places = std::vector<std::pair<std::size_t, std::size_t>>;
Places places_of(const std::vector<std::string>& file, const std::vector<std::vector<std::string>>& runs) {
  Places places;
  auto from = file.begin();
  for (const auto& run : runs) {
    if (run.empty()) continue;
    const auto at = std::search(from, file.end(), run.begin(), run.end());
    if (at == file.end()) continue;
    const auto first = static_cast<std::size_t>(at - file.begin()) + 1;
    places.emplace_back(first, first + run.size() - 1);
    from = at + static_cast<std::ptrdiff_t>(run.size());
  }
  return places;
}

LineChange change_by(git_commit* commit) {
  return {author_name(commit), short_hex(*git_commit_id(commit)), Time(Seconds(git_commit_time(commit)))};
}

using Changes = std::multimap<git_time_t, LineChange, std::greater<>>;

// Blame compares the whole trees of the commits on its way. Not more than that many, and none that is too large.
Result<bool> may_blame(git_repository* repository, const ConflictSides& sides) {
  RevwalkHandle walk;
  int rc = make(walk, git_revwalk_new, repository);
  if (rc == 0) rc = git_revwalk_push(walk.get(), &sides.onto);
  if (rc == 0) rc = git_revwalk_hide(walk.get(), &sides.base);
  git_oid oid{};
  int commits = 0;
  while (rc == 0 && (rc = git_revwalk_next(&oid, walk.get())) == 0) {
    if (++commits > kMostCommits) return false;
    auto tree = tree_of(repository, oid);
    if (!tree) return std::unexpected(damaged(tree.error()));
    auto fine = check_size(repository, *tree);
    if (!fine && fine.error().kind == Problem::Kind::invalid) return false;
    if (!fine) return std::unexpected(fine.error());
  }
  if (rc != GIT_ITEROVER) return std::unexpected(damaged(last_problem(rc, "following history")));
  git_error_clear();
  return true;
}

Result<void> blame(git_repository* repository, const ConflictSides& sides, const std::string& path,
                   const std::pair<std::size_t, std::size_t>& lines, Changes& changes) {
  git_blame_options options = GIT_BLAME_OPTIONS_INIT;
  options.newest_commit = sides.onto;
  git_oid shared{};
  const int shares = git_merge_base(&shared, repository, &sides.onto, &sides.base);
  if (shares < 0 && shares != GIT_ENOTFOUND) return std::unexpected(last_problem(shares, "following history"));
  if (shares == 0) options.oldest_commit = shared;
  options.min_line = lines.first;
  options.max_line = lines.second;
  BlameHandle found;
  if (const int rc = make(found, git_blame_file, repository, path.c_str(), &options); rc < 0)
    return std::unexpected(last_problem(rc, "asking who wrote " + path));
  if (was_stopped(repository)) return std::unexpected(cancelled("asking who wrote " + path));
  for (std::uint32_t n = 0; n < git_blame_get_hunk_count(found.get()); ++n) {
    const auto* hunk = git_blame_get_hunk_byindex(found.get(), n);
    auto commit = lookup_commit(repository, hunk->final_commit_id);
    if (!commit) return std::unexpected(commit.error());
    changes.emplace(git_commit_time(commit->get()), change_by(commit->get()));
  }
  git_error_clear();
  return {};
}

// The newest first-parent commit that changed the path; none of the last 2000 may have.
Result<std::optional<LineChange>> last_change(git_repository* repository, const git_oid& onto,
                                              const std::string& path) {
  git_oid at = onto;
  for (int n = 0; n < kMostCommits; ++n) {
    auto commit = lookup_commit(repository, at);
    if (!commit) return std::unexpected(commit.error());
    if (git_commit_parentcount(commit->get()) == 0) return change_by(commit->get());
    auto parent = lookup_commit(repository, *git_commit_parent_id(commit->get(), 0));
    if (!parent) return std::unexpected(parent.error());
    auto tree = lookup_tree(repository, *git_commit_tree_id(commit->get()));
    if (!tree) return std::unexpected(tree.error());
    auto before = lookup_tree(repository, *git_commit_tree_id(parent->get()));
    if (!before) return std::unexpected(before.error());
    auto now = entry_at(tree->get(), path), then = entry_at(before->get(), path);
    if (!now) return std::unexpected(now.error());
    if (!then) return std::unexpected(then.error());
    if (!(*now == *then)) return change_by(commit->get());
    at = *git_commit_id(parent->get());
  }
  return std::nullopt;
}

// Of each author the newest, the latest first.
Result<std::vector<LineChange>> changes_of(git_repository* repository, const Conflict& c, const ConflictSides& sides,
                                           const std::optional<Hunks>& hunks, bool by_line) {
  Changes changes;
  if (by_line && hunks && c.ours.there) {
    BlobHandle blob;
    if (const int rc = make(blob, git_blob_lookup, repository, &c.ours.entry.id); rc < 0)
      return std::unexpected(last_problem(rc, "reading " + c.path()));
    const std::string_view text(static_cast<const char*>(git_blob_rawcontent(blob.get())),
                                static_cast<std::size_t>(git_blob_rawsize(blob.get())));
    const bool quick = text.size() <= kLargestBlamed;
    for (const auto& place : quick ? places_of(lines_of(text), hunks->ours) : Places{})
      if (auto found = blame(repository, sides, c.ours.path, place, changes); !found)
        return std::unexpected(found.error());
  }
  std::vector<LineChange> newest;
  for (const auto& [time, change] : changes)
    if (std::ranges::find(newest, change.author, &LineChange::author) == newest.end() && newest.size() < kMostAuthors)
      newest.push_back(change);
  if (!newest.empty()) return newest;
  auto last = last_change(repository, sides.onto, c.ours.there ? c.ours.path : c.path());
  if (!last) return std::unexpected(last.error());
  if (*last) newest.push_back(std::move(**last));
  return newest;
}

}  // namespace

Result<bool> settle_ignored(git_index* index, const std::vector<std::string>& ignored_paths) {
  auto all = conflicts_of(index);
  if (!all) return std::unexpected(all.error());
  for (auto& c : *all) {
    bool ignored = true;
    for (const Side* side : {&c.ancestor, &c.ours, &c.theirs})
      ignored = ignored && (!side->there || path_ignored(ignored_paths, side->path));
    if (!ignored) continue;
    int rc = 0;
    for (const Side* side : {&c.ancestor, &c.ours, &c.theirs})
      if (rc == 0 && side->there) {  // the three have one path, as a rule
        rc = git_index_conflict_remove(index, side->path.c_str());
        if (rc == GIT_ENOTFOUND) rc = 0;
      }
    if (rc == 0 && c.ours.there) {
      git_index_entry added{};
      added.path = c.ours.path.c_str();
      added.id = c.ours.entry.id;
      added.mode = c.ours.entry.mode;
      rc = git_index_add(index, &added);
    }
    if (rc < 0) return std::unexpected(last_problem(rc, "leaving " + c.path() + " as it is"));
  }
  return git_index_has_conflicts(index) == 0;
}

Result<std::vector<PortConflict::File>> report_conflicts(git_repository* repository, git_index* index,
                                                         const ConflictSides& sides) {
  auto all = conflicts_of(index);
  if (!all) return std::unexpected(all.error());
  std::ranges::sort(*all, {}, [](const Conflict& c) { return c.path(); });
  auto by_line = may_blame(repository, sides);
  if (!by_line) return std::unexpected(by_line.error());
  std::vector<PortConflict::File> files;
  for (const auto& c : *all) {
    if (files.size() >= kMostFiles) break;
    auto hunks = read_hunks(repository, c, sides);
    if (!hunks) return std::unexpected(hunks.error());
    auto changes = changes_of(repository, c, sides, *hunks, *by_line);
    if (!changes) return std::unexpected(changes.error());
    files.push_back({shown(c.path()), what_happened(c), std::move(*changes), *hunks ? (*hunks)->text : std::string()});
  }
  return files;
}

}  // namespace hotfixd::git
