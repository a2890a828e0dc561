#include "integrations/git/named_lines.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "integrations/git/glob.hpp"
#include "integrations/git/shown_text.hpp"

namespace hotfixd::git {
namespace {

// Names that are not UTF-8 may look alike; they stay apart by "~2", which no branch's own name can have.
std::string shown_name(const std::vector<Line>& lines, const std::string& name) {
  const std::string plain = shown(name);
  std::string unique = plain;
  for (int n = 2; std::ranges::find(lines, unique, &Line::shown) != lines.end(); ++n)
    unique = fmt::format("{}~{}", plain, n);
  return unique;
}

}  // namespace

std::vector<Line> named_lines(const Mirror& mirror, const RepositoryPolicy& policy, const std::string& hotfix_branch) {
  std::vector<Line> lines;
  for (auto ref = mirror.refs().lower_bound(std::string(kHeads));
       ref != mirror.refs().end() && ref->first.starts_with(kHeads); ++ref) {
    const std::string name = ref->first.substr(kHeads.size());
    if (name == hotfix_branch) continue;
    if (std::ranges::any_of(policy.targets, [&](const auto& glob) { return glob_matches(glob, name); }))
      lines.push_back({name, ref->second, shown_name(lines, name)});
  }
  return lines;
}

}  // namespace hotfixd::git
