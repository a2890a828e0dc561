// The means to deploy, put together from the configuration.
#pragma once

#include "bot/cli/check.hpp"
#include "bot/cli/github.hpp"
#include "bot/ports/deployer.hpp"

namespace hotfixd::cli {

struct DeployOut {
  std::unique_ptr<net::HttpClient> http;                       // for webhooks
  std::map<std::string, std::unique_ptr<Deployer>> deployers;  // by policy name

  Deployer* find(const std::string& repository) const;
};

// Those of the repositories that name `deploy`; `clock` and `github` must outlive them. What is empty in `github` is
// made when one needs it. Problem::invalid when one cannot work.
Result<DeployOut> make_deployers(const Config& config, const Clock& clock, GithubOut& github);

// For `hotfixd check`: what can be known without asking anybody.
std::vector<Finding> deploy_findings(const Config& config);

// The tag that is in production by what these means say; the bot's name for the place is `environment`.
Result<std::string> deployed_tag(Deployer* deployer, const std::string& environment);

}  // namespace hotfixd::cli
