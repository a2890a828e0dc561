// GitHub as the forge of one repository: a look over its REST API, and what the bot does there.
#pragma once

#include "bot/domain/policy.hpp"
#include "bot/ports/forge.hpp"
#include "integrations/github/api.hpp"

namespace hotfixd::github {

// `name` is the policy's word for the repository, `full_name` GitHub's ("acme/shop"). `api` must outlive it.
//
// A look needs to read contents, pull requests, checks and commit statuses; workflow runs, their steps and the rules
// of branches are left out where they may not be read. It costs nine requests, one for each failed job, one
// for each person who approves (at most twenty) and one for each app whose account set a status, and once there is a
// tag one for the deployments to Policy::environment and one for each of at most five of them: of the tag,
// of what it was cut from, of what its pull requests landed as. While a hotfix has not shipped, the engine lists the
// open pull requests too. Most of these an unchanged ETag answers without counting. Of a list, what is beyond Api's
// pages makes the look fail: checks that nobody saw must not pass.
std::unique_ptr<Forge> create_forge(Api& api, std::string name, std::string full_name, Policy policy);

}  // namespace hotfixd::github
