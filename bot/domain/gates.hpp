// What must be true before the bot tags, and before an incident closes.
#pragma once

#include "bot/domain/incident.hpp"

namespace hotfixd {

struct GateResult {
  Gate gate{};
  bool passed = false;
  bool overridden = false;  // not passed, and set aside by two people
  std::string detail;       // "CI green on 1a2b3c4", "1 of 2 approvals on 1a2b3c4"

  bool open() const { return passed || overridden; }
  bool operator==(const GateResult&) const = default;
};

enum class CiState { none, pending, green, red };

// The checks of one commit taken together: red when one failed, pending while one is, green when at
// least one passed and the others passed or were skipped.
CiState ci_state(const Hotfix& hotfix, const std::string& sha);
// The context that made it red; empty when it is not.
std::string failed_check(const Hotfix& hotfix, const std::string& sha);
// People other than the author whose latest verdict approves exactly this commit.
std::vector<Person> approvers(const Hotfix& hotfix, const std::string& sha);

// The gates before a tag, in the order branch, ci, approvals, scope, judged on the hotfix's head.
std::vector<GateResult> tag_gates(const Incident& incident, const Hotfix& hotfix, const Policy& policy);
// The same for another commit, e.g. one that somebody tagged by hand.
std::vector<GateResult> tag_gates(const Incident& incident, const Hotfix& hotfix, const Policy& policy,
                                  const std::string& sha);

// The obligations that keep the incident open, oldest first.
std::vector<const Obligation*> open_obligations(const Incident& incident);

// One thing to type or do that settles this obligation.
std::string what_to_do(const Obligation& obligation, const Incident& incident);
// "merge back to develop", "write the RCA" …
std::string title(const Obligation& obligation, const Incident& incident);

std::string short_sha(std::string_view sha);  // the first seven characters

}  // namespace hotfixd
