// Where the files of one tree are in another: by their names, and by what they are like.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "integrations/git/trees.hpp"

namespace hotfixd::git {

// The name that a line gave to a file, by the one that it had.
using Renamed = std::map<std::string, std::string>;

// A file as three trees have it; each may have none.
struct Whereabouts {
  std::string path;
  std::optional<Entry> before, after, now;
};
Result<std::vector<Whereabouts>> find_in(git_repository* repository, const git_oid& before, const git_oid& after,
                                         const git_oid& now, const std::vector<std::string>& paths);

// A file that no diff may unpack.
bool is_large(git_repository* repository, const git_oid& id);

// Compares the two trees once, when the first question needs it. A file that is_large() is like nothing.
class MovedFiles {
 public:
  MovedFiles(git_repository* repository, const git_oid& before, const git_oid& after)
      : repository_(repository), before_(before), after_(after) {}

  // Names of those of `paths` that `after` has elsewhere, in files that `before` has not. `tree` has the paths;
  // `before` when it is not given.
  Result<Renamed> names_of(const std::vector<std::string>& paths, const std::optional<git_oid>& tree = std::nullopt);

  // A path of `after` whose content came to be one of `blobs`, none of `but`; may be empty.
  Result<std::string> brought_to(const std::vector<git_oid>& blobs, const std::vector<std::string>& but);

  // A file of `after` that is like one of those renamed, and no other file's new name nor itself: who knows which of
  // the two is used? "store.py is like shop.py too"; may be empty.
  Result<std::string> twin_of(const Renamed& renamed);

 private:
  struct Place {
    std::string path;
    git_oid id{};
  };
  struct Moves {
    std::vector<Place> gone, added, changed;
  };
  Result<const Moves*> moves();
  std::vector<std::string> paths_of(const std::vector<Place>& places) const;

  git_repository* repository_;
  git_oid before_, after_;
  std::optional<Moves> moves_;
};

}  // namespace hotfixd::git
