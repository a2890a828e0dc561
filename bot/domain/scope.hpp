// What stands out in a hotfix's change, in words.
#pragma once

#include "bot/domain/incident.hpp"

namespace hotfixd {

// What this hotfix may touch: the files of the incident's service, else what the repository says; empty = anything.
std::vector<std::string> related_paths(const Incident& incident, const Hotfix& hotfix, const Policy& policy);

// "package-lock.json is a dependency change; a.yml and b.yml are configuration", five paths at most; empty = nothing
// stands out.
std::string findings_text(const std::vector<ScopeFinding>& findings);

}  // namespace hotfixd
