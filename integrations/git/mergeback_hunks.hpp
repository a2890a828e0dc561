// What merging a change would do to a tree, as a whole and hunk by hunk.
#pragma once

#include "bot/domain/merge_back_report.hpp"
#include "bot/ports/git_repository.hpp"
#include "integrations/git/mergeback_judge.hpp"
#include "integrations/git/moved_files.hpp"

namespace hotfixd::git {

constexpr std::size_t kMostHunks = 200;  // of one change; what is beyond is not judged

// What merging before..after into a tree would do to it.
Result<MergeBackEvidence::ThreeWay> effect_on(git_repository* repository, const git_oid& before, const git_oid& target,
                                              const git_oid& after);

// Problem::unreachable when whoever asked does not wait any more.
Result<void> still_wanted(const GitProgress& progress, std::string_view doing);

// Of few all, since a commit of the hotfix may call a file otherwise than the tag does: what is merged must be compared
// with each of them.
std::vector<std::string> with_new_names(std::vector<std::string> paths, const Renamed& renamed);

// Each hunk of before..after on its own. A change without text hunks (binary, large, mode, empty file), a new or
// deleted file and one with a single hunk count as one, whole file. The trees are small. `renamed` has new files, too.
Result<std::vector<MergeBackReport::Hunk>> judge_hunks(git_repository* repository, const git_oid& before,
                                                       const git_oid& after, const git_oid& target,
                                                       const Renamed& renamed, const GitProgress& progress);

}  // namespace hotfixd::git
