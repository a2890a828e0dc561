#include <algorithm>

#include "commands/text.hpp"
#include "commands/verb.hpp"

// The table of verbs, in the order of a run. A new verb is a file in verbs/ and a line here.
#define HOTFIXD_VERBS(VERB) \
  VERB(declare)             \
  VERB(assess)              \
  VERB(sev)                 \
  VERB(role)                \
  VERB(mitigate)            \
  VERB(rollback)            \
  VERB(branch)              \
  VERB(pr)                  \
  VERB(ci)                  \
  VERB(approve)             \
  VERB(tag)                 \
  VERB(merge)               \
  VERB(deploy)              \
  VERB(deployed)            \
  VERB(where)               \
  VERB(verify)              \
  VERB(resolve)             \
  VERB(mergeback)           \
  VERB(rca)                 \
  VERB(action)              \
  VERB(close)               \
  VERB(reopen)              \
  VERB(note)                \
  VERB(time)                \
  VERB(timeline)            \
  VERB(status)              \
  VERB(obligations)         \
  VERB(owner)               \
  VERB(snooze)              \
  VERB(list)                \
  VERB(mine)                \
  VERB(override)            \
  VERB(export)              \
  VERB(help)

namespace hotfixd::commands {

#define HOTFIXD_DECLARE(name) Verb name##_verb();
HOTFIXD_VERBS(HOTFIXD_DECLARE)
#undef HOTFIXD_DECLARE

const std::vector<Verb>& all_verbs() {
#define HOTFIXD_ENTRY(name) name##_verb(),
  static const std::vector<Verb> verbs{HOTFIXD_VERBS(HOTFIXD_ENTRY)};
#undef HOTFIXD_ENTRY
  return verbs;
}

const Verb* find_verb(std::string_view name) {
  const std::string wanted = lower(name);
  const auto found = std::ranges::find_if(all_verbs(), [&](const Verb& verb) {
    return verb.name == wanted || std::ranges::find(verb.aliases, wanted) != verb.aliases.end();
  });
  return found == all_verbs().end() ? nullptr : &*found;
}

const Verb* nearest_verb(std::string_view name) {
  std::vector<std::string_view> names;
  for (const Verb& verb : all_verbs()) names.push_back(verb.name);
  const std::string_view near = nearest(name, names);
  return near.empty() ? nullptr : find_verb(near);
}

std::vector<std::string> verbs() {
  std::vector<std::string> names;
  for (const Verb& verb : all_verbs()) names.emplace_back(verb.name);
  return names;
}

}  // namespace hotfixd::commands
