// Before a hotfix ships: would merging it back conflict, where, and with whose recent changes?
#pragma once

#include "bot/domain/types.hpp"

namespace hotfixd {

// What carrying the work to a line would meet there.
enum class Outlook {
  clean,
  conflicts,
  present,  // the line has the work already: there is nothing to say
  unknown,
};
std::string_view to_string(Outlook);
template <>
std::optional<Outlook> from_string<Outlook>(std::string_view name);

// Who changed lines, and the newest of their commits that did; `at` is the commit's time.
struct LineChange {
  std::string author, sha;  // abbreviated
  Time at{};
  bool operator==(const LineChange&) const = default;
};

struct ConflictingFile {
  std::string path;
  std::string what;                 // "both sides changed it", "the target deleted it"
  std::vector<LineChange> changes;  // of the lines in the way, on the target, the latest first
  bool operator==(const ConflictingFile&) const = default;
};

struct LineForecast {
  std::string target, target_sha;
  Outlook outlook{};
  std::string why;                     // unknown: one clause
  std::vector<ConflictingFile> files;  // at most 20
  bool operator==(const LineForecast&) const = default;
};

// An open pull request that changes lines that the hotfix changes, into a line that the hotfix goes to.
struct OverlappingPullRequest {
  std::uint64_t number = 0;
  Text title;
  std::string author, url, base;  // the forge's login
  bool draft = false;
  std::vector<std::string> paths;  // at most 20
  bool operator==(const OverlappingPullRequest&) const = default;
};

struct Forecast {
  std::vector<LineForecast> lines;
  std::vector<OverlappingPullRequest> pull_requests;
  int not_looked_at = 0;  // further open ones into these lines
  std::string unread;     // why the open ones could not be read; then `pull_requests` are those known before
  bool operator==(const Forecast&) const = default;
};

// Of those into merge-back lines, by git alone.
struct Overlaps {
  std::vector<OverlappingPullRequest> pull_requests;
  int not_looked_at = 0;  // their heads cannot be fetched, or there were too many at once
  bool operator==(const Overlaps&) const = default;
};

// How far a line went on since a tag.
struct LineDistance {
  std::string target;
  int commits = 0;
  std::vector<std::string> files;  // changed since, of those that a hotfix may touch; the first few
  int more_files = 0;
  bool operator==(const LineDistance&) const = default;
};

// There is something to warn of.
bool warns(const Forecast& forecast);
// Do both say the same? Which commit a line is at says nothing.
bool says_the_same(const Forecast& a, const Forecast& b);

}  // namespace hotfixd
