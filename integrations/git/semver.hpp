// Version tags: text, then MAJOR.MINOR.PATCH, ordered by Semantic Versioning 2.0.0 (semver.org, item 11).
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hotfixd::git {

// "release-2.4.7-rc.1+build5" is prefix "release-", 2, 4, 7, pre-release "rc.1", build "build5".
// Tags with the same prefix are one family: only within a family does "newer" mean anything.
struct Version {
  std::string prefix;
  std::uint64_t major = 0, minor = 0, patch = 0;
  std::string pre_release, build;

  std::string text() const;
};

// Nothing when the tag is no version: fewer than three numbers, a number with a leading zero or more
// than 18 digits, an empty or ill-formed pre-release. The prefix is all before the first digit.
std::optional<Version> parse_version(std::string_view tag);

// Precedence of `a` against `b` by SemVer, below/equal/above zero. Build metadata and prefix do not count.
int compare(const Version& a, const Version& b);

// True when both are versions of one family and `a` is newer.
bool newer(std::string_view a, std::string_view b);

// "release/2.5", "2.4.x", "release-2.5.0", "v3": the first three numbers, or as many as there are, of the version in a
// branch's name.
struct ReleaseLine {
  std::uint64_t major = 0;
  std::optional<std::uint64_t> minor;  // nothing: all of that major version
  std::optional<std::uint64_t> patch;  // nothing: all of the two numbers

  bool operator==(const ReleaseLine&) const = default;
};

// Of several numbers in a name that one counts which has the most parts, of those the last. A number begins the name or
// follows one of "/-_", and what follows it is the end or one of them ("2fa" is none); a "v" may stand before it, and
// its last parts may be "x" or "*". Also of a tag. Nothing: no version is in it.
std::optional<ReleaseLine> release_line(std::string_view name);

// True when `line` is surely older than `base`: of 2.4.8 that are 2.4.7, 2.3 and 1, but neither 2.4 nor 2.
bool older(const ReleaseLine& line, const ReleaseLine& base);

// The newest release (never a pre-release) of the family `prefix`; nothing when there is none.
std::optional<std::string> newest(const std::vector<std::string>& tags, std::string_view prefix);

// "v2.4.7" → "v2.4.8": the patch number goes up until `taken` says no; pre-release and build are
// dropped. Nothing when `tag` is no version or 1000 numbers in a row are taken.
std::optional<std::string> next_patch(std::string_view tag, const std::function<bool(const std::string&)>& taken = {});

}  // namespace hotfixd::git
