// GitLab as the means to deploy one project: by a job of the tag's own pipeline, or by a pipeline that is started at
// the tag. What ran where is read from GitLab's deployments by both.
#pragma once

#include "bot/ports/clock.hpp"
#include "bot/ports/deployer.hpp"
#include "integrations/gitlab/api.hpp"

namespace hotfixd::gitlab {

struct PipelineOptions {
  // The job that deploys, in the pipeline that GitLab makes for a tag; "{environment}" in it stands for the
  // environment. Empty: a pipeline of its own is started.
  std::string job;
  // What a pipeline of its own is told, as variables (docs.gitlab.com/api/pipelines) or, from GitLab 18.1, as the
  // inputs that its configuration declares. An empty name: not sent.
  std::string version = "version", environment = "environment", key;
  bool as_inputs = false;
};

// `full_name` is "acme/web/shop"; both references must outlive it. Needs a token with the scope api whose owner is
// Developer, and may deploy there where the environment or the tag is protected.
//
// The job: one that is to be started by hand is played, as soon as those before it have let it be; one that runs by
// itself is followed; one that has ended is run again, which is how GitLab rolls back; an approval that GitLab wants
// first is waited for. Variables are not sent: new projects refuse them to everybody. A pipeline of its own: it shall
// do nothing but deploy, for its end is taken for the deployment's. One that has passed while a job of it still waits
// to be started by hand counts only once a deployment of it is there.
//
// Its own earlier success. The job: that it is under way or has ended since the order. A pipeline of its own: one of
// the tag and commit that the API started since the order; with `key`, the one that has it in its name or its
// variables. It errs towards not deploying twice: what a person starts for the same tag meanwhile is taken for its own.
std::unique_ptr<Deployer> create_pipeline_deployer(Api& api, const Clock& clock, std::string full_name,
                                                   PipelineOptions options);

}  // namespace hotfixd::gitlab
