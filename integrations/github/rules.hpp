// What the rules of a line demand before a merge: rulesets, and the older branch protection. Pure. Internal to this
// room.
#pragma once

#include <nlohmann/json.hpp>

#include "bot/domain/input.hpp"

namespace hotfixd::github {

struct Rules {
  struct Workflow {
    std::string file;              // ".github/workflows/ci.yml"
    std::uint64_t repository = 0;  // whose file it is
    bool operator==(const Workflow&) const = default;
  };
  std::vector<std::string> checks;   // each once, in the order in which they are written; none of the bot's own
  std::vector<CheckSource> sources;  // of those that are demanded of one app
  std::vector<Workflow> workflows;
  int approvals = 0;  // the largest number
};

// One of GET /repos/{owner}/{repo}/rules/branches/{branch}. Read are required_status_checks, workflows and of
// pull_request the number of approvals. Not read, for REST does not say how GitHub judges them: whether a code owner is
// still waited for (require_code_owner_review; GitHub asks owners for a review, so they are among those asked), and
// required_deployments.
void read_rule(Rules& rules, const nlohmann::json& rule);
// GET /repos/{owner}/{repo}/branches/{branch}. It holds the required checks; how many approvals the protection wants
// only an administrator may read (GET …/protection).
void read_protection(Rules& rules, const nlohmann::json& branch);

}  // namespace hotfixd::github
