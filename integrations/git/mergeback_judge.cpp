#include "integrations/git/mergeback_judge.hpp"

#include <fmt/format.h>

namespace hotfixd::git {
namespace {

using Evidence = MergeBackEvidence;

bool landed_whole(const Evidence& e) { return e.ancestor || e.squash_landed || e.commits_landed >= e.own_commits; }
bool landed_somehow(const Evidence& e) { return landed_whole(e) || e.commits_landed > 0; }

std::string how_it_landed(const Evidence& e) {
  if (e.ancestor) return "merged";
  if (!e.landed_as.empty()) return "landed as " + e.landed_as;
  return "present before";
}

std::string last_touch(const Evidence& e) {
  return e.last_touched_by.empty() ? std::string() : ", last touched by " + e.last_touched_by;
}

std::string list(const std::vector<std::string>& paths) {
  constexpr std::size_t kShown = 3;
  std::string text;
  for (std::size_t i = 0; i < paths.size() && i < kShown; ++i) text += (i == 0 ? "" : ", ") + paths[i];
  if (paths.size() > kShown) text += fmt::format(" and {} more", paths.size() - kShown);
  return text;
}

Judgement judge_clean_difference(const Evidence& e) {
  if (e.commits_present == 0 && e.hunks_present == 0) {
    const std::string count = fmt::format("0 of {} commit{}", e.own_commits, e.own_commits == 1 ? "" : "s");
    if (e.was_present || landed_somehow(e))
      return {Verdict::regressed,
              fmt::format("{} but gone at {}: {}{}", how_it_landed(e), e.target_sha, count, last_touch(e))};
    return {Verdict::absent, fmt::format("absent at {}: {}", e.target_sha, count)};
  }
  // Counted by commits when that tells more than all or nothing, by hunks otherwise.
  const bool by_commits = e.commits_present > 0 && e.commits_present < e.own_commits;
  const int present = by_commits ? e.commits_present : e.hunks_present;
  const int total = by_commits ? e.own_commits : e.hunks_total;
  if (present == 0 || present >= total)
    return {Verdict::unknown,
            fmt::format("the parts are there at {} but not the whole: a person must look", e.target_sha)};
  const std::string count = fmt::format("{} of {} {}", present, total, by_commits ? "commits" : "hunks");
  if (e.was_present || landed_whole(e))
    return {Verdict::regressed,
            fmt::format("{} but partly gone at {}: {} left{}", how_it_landed(e), e.target_sha, count, last_touch(e))};
  return {Verdict::partial, fmt::format("{} present at {}", count, e.target_sha)};
}

Judgement judge_conflict(const Evidence& e) {
  if (e.all_files_gone)
    return {Verdict::moot, fmt::format("the files are gone at {}: {}", e.target_sha, list(e.conflicts))};
  if (e.was_present || landed_whole(e))
    return {Verdict::changed_since, fmt::format("{}, and {} reads differently at {}: a person must look",
                                                how_it_landed(e), list(e.conflicts), e.target_sha)};
  return {Verdict::unknown, fmt::format("conflicts in {} at {}: a person must look", list(e.conflicts), e.target_sha)};
}

}  // namespace

Judgement judge(const MergeBackEvidence& e) {
  if (!e.cannot_replay.empty()) return {Verdict::unknown, e.cannot_replay + ": a person must look"};
  if (e.own_commits == 0) return {Verdict::unknown, "no commits on the hotfix branch yet"};
  if (e.own_is_base) return {Verdict::unknown, "the hotfix's commits change nothing that is judged"};
  switch (e.three_way) {
    case Evidence::ThreeWay::target_unchanged:
      if (!e.hand_made_merge.empty())
        return {Verdict::adapted,
                fmt::format("patch content present at {}, but merge {} on the hotfix branch was resolved by hand",
                            e.target_sha, e.hand_made_merge)};
      return {Verdict::present, fmt::format("patch content present at {}", e.target_sha)};
    case Evidence::ThreeWay::target_changes:
      return judge_clean_difference(e);
    case Evidence::ThreeWay::conflict:
      return judge_conflict(e);
  }
  return {Verdict::unknown, "not judged"};
}

}  // namespace hotfixd::git
