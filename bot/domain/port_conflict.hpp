// Where a pick or a merge stopped.
#pragma once

#include "bot/domain/forecast.hpp"

namespace hotfixd {

struct PortConflict {
  struct File {
    std::string path;
    std::string what;                 // "both sides changed it", "the target deleted it"
    std::vector<LineChange> changes;  // of the lines in the way, on the target, the latest first
    std::string hunks;                // with conflict markers; empty when it is no text, cut after 40 lines
  };
  std::string sha, subject;  // the commit that does not apply; in a merge the hotfix's head
  std::vector<File> files;
  std::vector<std::string> left;  // commits still to be picked, that one first
  unsigned mainline = 0;          // for `cherry-pick -m`: merges of topic branches are among them; 0 = none are
};

}  // namespace hotfixd
