// `hotfixd check --online` for GitHub: who the bot is, what its app or token lacks, whether webhooks arrive.
#pragma once

#include "bot/cli/check.hpp"
#include "integrations/github/api.hpp"

namespace hotfixd::cli {

// Only reads, nothing is changed at GitHub. Nothing is asked and at most a hint comes back when the configuration names
// neither an app nor a token.
std::vector<Finding> github_findings(const Config& config, const Clock& clock);
// The same with an API of the app or token that the configuration names.
std::vector<Finding> github_findings(const Config& config, github::Api& api);

}  // namespace hotfixd::cli
