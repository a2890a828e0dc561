// Before a hotfix ships: what carrying it to a line, or to a line with a pull request merged, would meet.
#pragma once

#include <map>
#include <set>

#include "bot/domain/forecast.hpp"
#include "integrations/git/own_work.hpp"

namespace hotfixd::git {

// Remembers its answers by content, so that a push to one line costs one merge.
class Forecaster {
 public:
  explicit Forecaster(const std::vector<std::string>& ignored_paths) : ignored_paths_(ignored_paths) {}

  // Merges own work onto the line in memory. A conflict on ignored paths is none. `line` is a commit, and the answer
  // has no name for it.
  Result<LineForecast> line(git_repository* repository, const OwnWork& work, const git_oid& line);

  // Paths of a merge of own work onto `merged` that conflict there and not on `line`, sorted. Both are commits.
  Result<std::vector<std::string>> overlap(git_repository* repository, const OwnWork& work, const git_oid& line,
                                           const git_oid& merged);

  void forget() { lines_.clear(), conflicts_.clear(); }

 private:
  Result<std::set<std::string>> conflicts(git_repository* repository, const OwnWork& work, const git_oid& line);

  const std::vector<std::string>& ignored_paths_;
  std::map<std::string, LineForecast> lines_;               // by own work and line
  std::map<std::string, std::set<std::string>> conflicts_;  // likewise
};

// Commits of `line` that `base` lacks, and the files that differ between both among those that `paths` mean, at most
// three by name; without `paths` none.
Result<LineDistance> distance(git_repository* repository, const git_oid& base, const git_oid& line,
                              const std::vector<std::string>& paths, const std::vector<std::string>& ignored_paths);

}  // namespace hotfixd::git
