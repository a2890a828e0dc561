// Shell-like patterns for branch names and paths.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace hotfixd::git {

// `*` stands for any text without a slash, `?` for one character that is no slash; all else for itself.
bool glob_matches(std::string_view pattern, std::string_view text);

// True when a pattern matches the path or a folder above it ("docs", "docs/*", "VERSION").
bool path_ignored(const std::vector<std::string>& patterns, std::string_view path);

}  // namespace hotfixd::git
