// Which paths a configured pattern means.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "bot/domain/glob.hpp"

namespace hotfixd::git {

// True when a pattern matches the path or a folder above it ("docs", "docs/*", "VERSION").
bool path_ignored(const std::vector<std::string>& patterns, std::string_view path);

}  // namespace hotfixd::git
