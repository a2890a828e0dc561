// Before a hotfix ships: what carrying it to a line would meet, and whether a pull request changes the same lines.
#pragma once

#include <map>

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

  // Paths in which the change from `before` to `after`, both commits, conflicts with own work carried onto `before`,
  // sorted: both change the same lines there, or lines next to each other, and not to the same. Where own work
  // conflicts with `before` itself its side counts, so that each block in the way is what it changes.
  Result<std::vector<std::string>> overlap(git_repository* repository, const OwnWork& work, const git_oid& before,
                                           const git_oid& after);

  void forget() { lines_.clear(), carried_.clear(); }

 private:
  Result<git_oid> carried(git_repository* repository, const OwnWork& work, const git_oid& onto);

  const std::vector<std::string>& ignored_paths_;
  std::map<std::string, LineForecast> lines_;  // by own work and line
  std::map<std::string, git_oid> carried_;     // trees, by own work and commit
};

// Commits of `line` that `base` lacks, and the files that differ between both among those that `paths` mean, at most
// three by name; without `paths` none.
Result<LineDistance> distance(git_repository* repository, const git_oid& base, const git_oid& line,
                              const std::vector<std::string>& paths, const std::vector<std::string>& ignored_paths);

}  // namespace hotfixd::git
