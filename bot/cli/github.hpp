// The parts of the GitHub integration, put together.
#pragma once

#include "bot/cli/config.hpp"
#include "bot/net/http_client.hpp"
#include "integrations/github/api.hpp"

namespace hotfixd::cli {

struct GithubOut {
  std::unique_ptr<net::HttpClient> http;
  std::unique_ptr<github::Api> api;
};
// Needs config.github.has_api(). Problem::invalid or credentials when the configuration cannot work.
Result<GithubOut> make_github(const Config& config, const Clock& clock);

// "acme/shop", as GitHub has this repository: RepositoryPolicy::github, else what its url says when that is of the
// server whose API `api_url` is; empty when neither does.
std::string github_name(const RepositoryPolicy& policy, const std::string& url, const std::string& api_url);

}  // namespace hotfixd::cli
