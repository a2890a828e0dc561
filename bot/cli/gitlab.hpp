// The parts of the GitLab integration, put together.
#pragma once

#include "bot/cli/config.hpp"
#include "bot/net/http_client.hpp"
#include "bot/ports/forge.hpp"
#include "integrations/gitlab/api.hpp"
#include "integrations/gitlab/routes.hpp"

namespace hotfixd::cli {

struct GitlabOut {
  std::unique_ptr<net::HttpClient> http;
  std::unique_ptr<gitlab::Api> api;
};
// Needs config.gitlab.token. Problem::invalid or credentials when the configuration cannot work.
Result<GitlabOut> make_gitlab(const Config& config, const Clock& clock);

// Of each repository whose RepositoryPolicy::forge is "GitLab", by the policy's name. `out` is made when there is one
// and it is empty, and must outlive them, as `clock` must outlive `out`.
Result<std::map<std::string, std::unique_ptr<Forge>>> make_gitlab_forges(const Config& config, const Clock& clock,
                                                                         GitlabOut& out);

// What cannot work of signing_token; nothing when all is well or none is set.
std::optional<Problem> unsound_gitlab(const Config& config);

// POST /hooks/gitlab; nothing without webhook_secret and signing_token. `clock` must outlive it. What GitLab sends and
// cannot be read is logged. Problem::invalid of an unsound configuration.
Result<std::optional<net::Route>> gitlab_route(const Config& config, const Clock& clock, common::HookSubmit submit);

}  // namespace hotfixd::cli
