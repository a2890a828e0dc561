#include "integrations/git/glob.hpp"

#include <algorithm>

namespace hotfixd::git {

bool path_ignored(const std::vector<std::string>& patterns, std::string_view path) {
  return std::ranges::any_of(patterns, [path](std::string_view pattern) {
    while (!pattern.empty() && pattern.back() == '/') pattern.remove_suffix(1);
    for (std::size_t slash = path.find('/'); slash != std::string_view::npos; slash = path.find('/', slash + 1)) {
      if (glob_matches(pattern, path.substr(0, slash))) return true;
    }
    return glob_matches(pattern, path);
  });
}

}  // namespace hotfixd::git
