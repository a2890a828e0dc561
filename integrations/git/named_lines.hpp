// The merge-back lines of an origin: its branches that the configuration's globs name.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "bot/domain/policy.hpp"
#include "integrations/git/mirror.hpp"

namespace hotfixd::git {

inline constexpr std::string_view kHeads = "refs/heads/";

struct Line {
  std::string name;  // bytes, as git has it
  git_oid head{};
  std::string shown;  // the name that the rest of the program knows
};

// By name; never the hotfix branch itself.
std::vector<Line> named_lines(const Mirror& mirror, const RepositoryPolicy& policy, const std::string& hotfix_branch);

}  // namespace hotfixd::git
