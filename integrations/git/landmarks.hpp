// Where a change stands, told by the lines around it that a file has once (the anchors of a patience diff). A merge
// goes by likeness: where main has put blocks that are alike in another order, it takes one for the other.
#pragma once

#include <string>
#include <string_view>

#include "integrations/git/handle.hpp"

namespace hotfixd::git {

struct Placement {
  bool stands = false;     // every change does, and nothing that it takes out is there as often as before
  bool may_stand = false;  // every change does as seen from the one landmark or from the other
  bool untold = false;     // it was too much to compare it all
  std::string odd;         // one clause when it does not stand
};

// Of three versions of a file, as text: does each change that `own` makes to `base` stand in `target` by the landmarks
// that it stands by in `own`? Landmarks are the lines that each of the three has once. Blank lines and what is blank at
// the end of a line count only where a change is nothing else. `path` is for the clause.
Result<Placement> find_placement(std::string_view base, std::string_view own, std::string_view target,
                                 const std::string& path);

}  // namespace hotfixd::git
