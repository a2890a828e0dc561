// GitLab's deployments: what ran where, for looks and for rollbacks.
#pragma once

#include "bot/domain/input.hpp"
#include "integrations/gitlab/api.hpp"

namespace hotfixd::gitlab {

// What became of one, by its status; nothing while it says nothing of the version ("canceled", "skipped", and
// "blocked", which waits for an approval). Source: app/models/deployment.rb; docs.gitlab.com/api/deployments.
std::optional<forge::Deployment::State> deployment_state(std::string_view status);

// `project` is "/projects/15". Of the environment's thirty newest those of one of these commits, the oldest first, as
// the webhooks tell them. Where they may not be read there are none.
Result<std::vector<ForgeEvent>> deployments_of(Api& api, const std::string& project, const std::string& environment,
                                               const std::vector<std::string>& shas);

// What ran there with success, newest first, each version once; of the thirty newest successes.
Result<std::vector<Release>> deployed_releases(Api& api, const std::string& project, const std::string& environment);

// Did a job of this pipeline deploy there with success? Of the thirty newest successes.
Result<bool> was_deployed_by(Api& api, const std::string& project, const std::string& environment,
                             std::uint64_t pipeline);

}  // namespace hotfixd::gitlab
