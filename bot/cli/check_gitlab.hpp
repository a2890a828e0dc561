// `hotfixd check --online` for GitLab: what its token may do, is each project there, do webhooks arrive.
#pragma once

#include "bot/cli/check.hpp"
#include "integrations/gitlab/api.hpp"

namespace hotfixd::cli {

// Only reads, nothing is changed at GitLab. Nothing is asked and at most a hint comes back when the configuration names
// no token.
std::vector<Finding> gitlab_findings(const Config& config, const Clock& clock);
// The same with an API of the token that the configuration names.
std::vector<Finding> gitlab_findings(const Config& config, const Clock& clock, gitlab::Api& api);

}  // namespace hotfixd::cli
