// The means to deploy, put together from the configuration.
#pragma once

#include "bot/cli/check.hpp"
#include "bot/cli/github.hpp"
#include "bot/cli/gitlab.hpp"
#include "bot/ports/deployer.hpp"

namespace hotfixd::cli {

struct DeployOut {
  std::unique_ptr<net::HttpClient> http;                       // for webhooks
  std::map<std::string, std::unique_ptr<Deployer>> deployers;  // by policy name

  Deployer* find(const std::string& repository) const;
};

// The forges that deployers and testers speak to. What is empty is made when one needs it.
struct ForgesOut {
  GithubOut& github;
  GitlabOut& gitlab;

  Result<void> need_github(const Config& config, const Clock& clock) const;
  Result<void> need_gitlab(const Config& config, const Clock& clock) const;
};

// What a program's output must not show.
std::vector<std::string> hidden_in_output(const Config& config);

// Those of the repositories that name `deploy`, and of those whose production is asked of deployments: these can only
// tell. `clock` and what is in `forges` must outlive them. Problem::invalid when one cannot work.
Result<DeployOut> make_deployers(const Config& config, const Clock& clock, ForgesOut forges);

// For `hotfixd check`: what can be known without asking anybody.
std::vector<Finding> deploy_findings(const Config& config);

// The tag that is in production by what these means say; the bot's name for the place is `environment`.
Result<std::string> deployed_tag(Deployer* deployer, const std::string& environment);

}  // namespace hotfixd::cli
