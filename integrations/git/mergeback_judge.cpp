#include "integrations/git/mergeback_judge.hpp"

#include <fmt/format.h>

#include <array>

namespace hotfixd::git {
namespace {

using Evidence = MergeBackEvidence;
using Content = Evidence::Landing::Content;
using Since = Evidence::Landing::Since;

// History says that all of it came, or that some did.
bool landed_whole(const Evidence& e) {
  return e.ancestor || e.squash_landed || (e.own_commits > 0 && e.commits_landed >= e.own_commits);
}
bool landed_somehow(const Evidence& e) { return landed_whole(e) || e.commits_landed > 0; }
// It was on the line at some time, by what was said or by what the forge knows.
bool was_there(const Evidence& e) { return e.was_present || e.landing_lost; }

std::string how_it_landed(const Evidence& e) {
  if (e.landing) return (e.landing->merged ? "merged in " : "landed as ") + e.landing->sha;
  if (e.landing_lost) return "landed in a history that was rewritten";
  return e.ancestor ? "merged" : "present before";
}

std::string last_touch(const Evidence& e) {
  return e.last_touched_by.empty() ? std::string() : ", last touched by " + e.last_touched_by;
}

// Its end, by whole names where there are several.
std::string shortened(const std::string& path) {
  constexpr std::size_t kLongest = 40;  // bytes
  if (path.size() <= kLongest) return path;
  const auto tail = path.size() - kLongest;
  auto from = path.find('/', tail);
  if (from == path.npos) from = path.rfind('/');
  return from == path.npos ? path : "…" + path.substr(from);
}

std::string list(const std::vector<std::string>& paths) {
  constexpr std::size_t kShown = 3;
  std::string text;
  for (std::size_t i = 0; i < paths.size() && i < kShown; ++i) text += (i == 0 ? "" : ", ") + shortened(paths[i]);
  if (paths.size() > kShown) text += fmt::format(" and {} more", paths.size() - kShown);
  return text;
}

std::string of_commits(const Evidence& e) {
  return fmt::format("0 of {} commit{}", e.own_commits, e.own_commits == 1 ? "" : "s");
}

// What came and is not there: it was taken out again, or never came with the commit that says so.
Judgement gone(const Evidence& e, const std::string& left) {
  if (e.landing && e.landing->content == Content::empty && !was_there(e) && !e.ancestor)
    return {Verdict::absent, fmt::format("absent at {}: {}; {} says that it brings it, and does not", e.target_sha,
                                         left, e.landing->sha)};
  if (e.landing && e.landing->content == Content::empty && !was_there(e))
    return {Verdict::regressed,
            fmt::format("{} but nothing of it came along: {} at {}", how_it_landed(e), left, e.target_sha)};
  return {Verdict::regressed,
          fmt::format("{} but gone at {}: {}{}", how_it_landed(e), e.target_sha, left, last_touch(e))};
}

Judgement judge_clean_difference(const Evidence& e) {
  if (e.landing && e.landing->content == Content::elsewhere && e.landing->since != Since::gone)
    return {e.landing->since == Since::intact ? Verdict::adapted : Verdict::changed_since,
            fmt::format("{} in other files, by hand, and {} since (at {}): a person must look", how_it_landed(e),
                        e.landing->since == Since::intact ? "not changed" : "changed", e.target_sha)};
  if (!e.moved.empty() && e.landing)
    return {Verdict::changed_since, fmt::format("{}, and {} was moved since (at {}): a person must look",
                                                how_it_landed(e), e.moved, e.target_sha)};
  if (e.commits_present == 0 && e.hunks_present == 0) {
    if (was_there(e) || landed_somehow(e)) return gone(e, of_commits(e));
    return {Verdict::absent, fmt::format("absent at {}: {}", e.target_sha, of_commits(e))};
  }
  // Counted by commits when that tells more than all or nothing, by hunks otherwise.
  const bool by_commits = e.commits_present > 0 && e.commits_present < e.own_commits;
  const int present = by_commits ? e.commits_present : e.hunks_present;
  const int total = by_commits ? e.own_commits : e.hunks_total;
  if (present == 0 || present >= total)
    return {Verdict::unknown,
            fmt::format("the parts are there at {} but not the whole: a person must look", e.target_sha)};
  const std::string count = fmt::format("{} of {} {}", present, total, by_commits ? "commits" : "hunks");
  if (was_there(e) || landed_whole(e))
    return {Verdict::regressed,
            fmt::format("{} but partly gone at {}: {} left{}", how_it_landed(e), e.target_sha, count, last_touch(e))};
  return {Verdict::partial, fmt::format("{} present at {}", count, e.target_sha)};
}

// All of it came, and the three-way merge cannot tell what is there.
Judgement judge_landed_conflict(const Evidence& e) {
  const auto files = list(e.conflicts);
  const bool empty = e.landing && e.landing->content == Content::empty && e.hunks_present == 0 && !was_there(e);
  if (empty && (e.landing->merged || e.hunks_lacking > 0)) return gone(e, of_commits(e));
  if (empty)  // so would be a commit that somebody named by mistake
    return {Verdict::unknown, fmt::format("conflicts in {} at {}, and {}, said to bring it, changed nothing there: a "
                                          "person must look",
                                          files, e.target_sha, e.landing->sha)};
  if (e.landing && e.landing->content == Content::unlike)
    return {Verdict::unknown, fmt::format("conflicts in {} at {}, and {} brought no word of it: a person must look",
                                          files, e.target_sha, e.landing->sha)};
  if (e.landing && e.landing->content == Content::faithful && e.hunks_lacking > 0)
    return {Verdict::regressed,
            fmt::format("{} but partly gone at {}: {} of {} hunks lacking; conflicts in {}{}", how_it_landed(e),
                        e.target_sha, e.hunks_lacking, e.hunks_total, files, last_touch(e))};
  if (e.landing && e.landing->since == Since::gone)
    return gone(e, "what it changed in " + files + " is as it was before");
  if (e.landing && e.landing->since == Since::intact && e.landing->content == Content::adapted)
    return {Verdict::adapted,
            fmt::format("{}, resolved by hand in {}, and not changed since (at {}): a person must look once",
                        how_it_landed(e), files, e.target_sha)};
  return {Verdict::changed_since, fmt::format("{}, and {} reads differently at {}{}: a person must look",
                                              how_it_landed(e), files, e.target_sha, last_touch(e))};
}

Judgement judge_conflict(const Evidence& e) {
  if (e.all_files_gone)
    return {Verdict::moot, fmt::format("the files are gone at {}: {}", e.target_sha, list(e.conflicts))};
  if (was_there(e) || landed_whole(e)) return judge_landed_conflict(e);
  // What is lacking for sure is lacking whatever the rest turns out to be.
  if (e.hunks_lacking > 0) {
    const auto rest = fmt::format("; conflicts in {}", list(e.conflicts));
    if (e.hunks_present == 0 && e.commits_landed > 0) return gone(e, of_commits(e) + rest);
    if (e.hunks_present == 0)
      return {Verdict::absent, fmt::format("absent at {}: {} of {} hunks lacking{}", e.target_sha, e.hunks_lacking,
                                           e.hunks_total, rest)};
    return {Verdict::partial, fmt::format("{} of {} hunks present at {}, {} lacking{}", e.hunks_present, e.hunks_total,
                                          e.target_sha, e.hunks_lacking, rest)};
  }
  return {Verdict::unknown, fmt::format("conflicts in {} at {}: a person must look", list(e.conflicts), e.target_sha)};
}

Judgement judge_merge(const Evidence& e) {
  if (!e.cannot_replay.empty()) return {Verdict::unknown, e.cannot_replay + ": a person must look"};
  if (!e.too_large.empty()) return {Verdict::unknown, e.too_large + ": a person must look"};
  if (e.own_commits == 0 && !e.hand_made_merge.empty())
    return {Verdict::unknown,
            fmt::format("merge {}, made by hand, is all that the hotfix branch has: a person must look",
                        e.hand_made_merge)};
  if (e.own_commits == 0 && !e.only_empty) return {Verdict::unknown, "no commits on the hotfix branch yet"};
  if (e.own_is_base || e.own_commits == 0)
    return {Verdict::unknown, "the hotfix's commits change nothing that is judged"};
  switch (e.three_way) {
    case Evidence::ThreeWay::target_unchanged:
      if (!e.hand_made_merge.empty())
        return {Verdict::unknown,
                fmt::format("what its commits did is at {}, but merge {} on the hotfix branch was made by hand and may "
                            "have done more: a person must look",
                            e.target_sha, e.hand_made_merge)};
      if (!e.alive.empty())
        return {Verdict::unknown,
                fmt::format("what it deletes is not at {} under its name, but {} is like it: a person "
                            "must look",
                            e.target_sha, e.alive)};
      if (!e.twin.empty())
        return {Verdict::unknown,
                fmt::format("patch content present at {}, but {}: a person must look", e.target_sha, e.twin)};
      if (!e.odd_lines.empty())
        return {Verdict::unknown,
                fmt::format("patch content present at {}, but {}: a person must look", e.target_sha, e.odd_lines)};
      if (!e.line_merge.empty() && !e.whole_there)
        return {Verdict::unknown,
                fmt::format("patch content present at {}, but merge {} on the hotfix branch brought more, and not all "
                            "of that is here as it was: a person must look",
                            e.target_sha, e.line_merge)};
      if (e.line_endings)
        return {Verdict::adapted,
                fmt::format("patch content present at {}, but with other line endings: a person must look once",
                            e.target_sha)};
      return {Verdict::present, fmt::format("patch content present at {}", e.target_sha)};
    case Evidence::ThreeWay::target_changes:
      return judge_clean_difference(e);
    case Evidence::ThreeWay::conflict:
      return judge_conflict(e);
  }
  return {Verdict::unknown, "not judged"};
}

}  // namespace

// Where the same lines stand several times, or a neighbour went, a merge takes them for others.
Judgement judge(const MergeBackEvidence& e) {
  auto said = judge_merge(e);
  const bool lacking =
      said.verdict == Verdict::absent || said.verdict == Verdict::partial || said.verdict == Verdict::regressed;
  if (lacking && e.hunks_cut && e.lines_seen)
    return {Verdict::unknown,
            fmt::format("too much to compare it all: lacking at {} is part of it: a person must look", e.target_sha)};
  if (lacking && said.verdict != Verdict::absent && e.untold)
    return {Verdict::unknown, fmt::format("{}: a person must look", e.odd_lines)};
  // It may have brought the hotfix's own work, which undoes what is lacking.
  if (lacking && !e.line_merge.empty() && e.whole_there)
    return {Verdict::unknown, fmt::format("all that the hotfix branch has is at {}, and merge {} on it does not tell "
                                          "whose work that is: a person must look",
                                          e.target_sha, e.line_merge)};
  if (lacking && !e.twin.empty())
    return {Verdict::unknown,
            fmt::format("it is not where it was at {}, but {}: a person must look", e.target_sha, e.twin)};
  if (said.verdict == Verdict::regressed && !e.place_gone.empty())
    return {Verdict::unknown, fmt::format("{}, and {}, below which it stood, is gone at {}: a person must look",
                                          how_it_landed(e), e.place_gone, e.target_sha)};
  if (!lacking || !e.lines_there) return said;
  return {
      Verdict::unknown,
      fmt::format("each line of it is at {}, and yet not as the hotfix has them: a person must look", e.target_sha)};
}

std::string_view to_string(Content content) {
  constexpr std::array<std::string_view, 6> kNames{"faithful", "adapted", "unlike", "elsewhere", "partial", "empty"};
  return kNames.at(static_cast<std::size_t>(content));
}

std::string_view to_string(Since since) {
  constexpr std::array<std::string_view, 3> kNames{"intact", "changed", "gone"};
  return kNames.at(static_cast<std::size_t>(since));
}

}  // namespace hotfixd::git
