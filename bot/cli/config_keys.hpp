// The one table of keys: it drives the loader, the search for unknown keys and default_config().
#pragma once

#include "bot/cli/config_kinds.hpp"

namespace hotfixd::cli {

// A [table] of the file.
struct Section {
  std::string name;  // "gates", "severity.sev1"
  std::string meaning;
  Keys<Config> keys;
};

// In the order they are documented.
const std::vector<Section>& sections();

// One [[repository]].
struct RepositoryEntry {
  RepositoryPolicy policy;
  RepositoryAccess access;
};
const Keys<RepositoryEntry>& repository_keys();
// What default_config() shows as an example.
RepositoryEntry example_repository();

// One [[services]].
const Keys<ServicePolicy>& service_keys();
ServicePolicy example_service();

// One [[people]].
const Keys<PersonPolicy>& person_keys();
PersonPolicy example_person();

}  // namespace hotfixd::cli
