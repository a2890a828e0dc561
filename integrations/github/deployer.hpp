// GitHub as the means to deploy one repository: by dispatching a workflow, or by deployments that something else acts
// on. What ran where is read from GitHub's deployments by both.
#pragma once

#include "bot/ports/deployer.hpp"
#include "integrations/github/api.hpp"

namespace hotfixd::github {

// `POST …/actions/workflows/{file}/dispatches` at the tag (docs.github.com/rest/actions/workflows); the workflow is the
// one of the tag's own commit, and needs `on: workflow_dispatch` with these inputs. An empty name: not sent.
struct WorkflowOptions {
  std::string file;  // "deploy.yml"
  std::string version_input = "version", environment_input = "environment", key_input;
};

// `full_name` is "acme/shop". All references must outlive it. Needs the right to write actions.
//
// Its own earlier success: a run of this workflow for this tag and commit that was dispatched since the order; with
// `key_input`, and a `run-name` in the workflow that shows it, the run with the order's key alone. A run is listed some
// seconds after it was dispatched, so for a minute nothing is no answer. It errs towards not deploying twice: what a
// person dispatches for the same tag meanwhile is taken for its own.
std::unique_ptr<Deployer> create_workflow_deployer(Api& api, const Clock& clock, std::string full_name,
                                                   WorkflowOptions options);

// `POST …/deployments` (docs.github.com/rest/deployments/deployments) without merging anything and without GitHub's own
// wait for statuses: the gates have judged. Needs the right to write deployments.
//
// Its own earlier success: a deployment of this tag and environment whose payload holds the order's key.
std::unique_ptr<Deployer> create_deployments_deployer(Api& api, std::string full_name);

// What ran there with success, by GitHub's deployments, newest first, each version once; two are enough to go back.
// Of thirty deployments the ten newest are asked for their statuses.
Result<std::vector<Release>> deployed_releases(Api& api, const std::string& full_name, const std::string& environment);

}  // namespace hotfixd::github
