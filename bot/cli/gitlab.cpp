#include "bot/cli/gitlab.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "integrations/gitlab/forge.hpp"

namespace hotfixd::cli {

Result<GitlabOut> make_gitlab(const Config& config, const Clock& clock) {
  const auto& access = config.gitlab;
  gitlab::ApiOptions api;
  api.url = access.api_url;
  api.deadline = access.deadline;
  if (access.token) api.token = access.token->reveal();
  net::ClientOptions options;
  options.ca_file = access.ca_file.string();
  options.body_limit = gitlab::kReplyLimit;
  options.report = [](const Problem& p) { spdlog::warn("http client: {}", p.what); };
  auto http = net::create_http_client(options);
  if (!http) return std::unexpected(http.error());
  GitlabOut out;
  out.http = std::move(*http);
  out.api = gitlab::create_api(*out.http, clock, std::move(api));
  return out;
}

Result<std::map<std::string, std::unique_ptr<Forge>>> make_gitlab_forges(const Config& config, const Clock& clock,
                                                                         GitlabOut& out) {
  std::map<std::string, std::unique_ptr<Forge>> all;
  for (const auto& policy : config.policy.repositories) {
    if (policy.forge != "GitLab") continue;
    if (!out.api) {
      auto made = make_gitlab(config, clock);
      if (!made) return std::unexpected(made.error());
      out = std::move(*made);
    }
    all[policy.name] =
        gitlab::create_forge(*out.api, policy.name, policy.gitlab, policy.production_branch, config.policy.environment);
  }
  return all;
}

std::optional<Problem> unsound_gitlab(const Config& config) {
  if (!config.gitlab.signing_token) return std::nullopt;
  const auto token = gitlab::SigningToken::read(config.gitlab.signing_token->reveal());
  return token ? std::nullopt : std::optional(token.error());
}

Result<std::optional<net::Route>> gitlab_route(const Config& config, const Clock& clock, common::HookSubmit submit) {
  const auto& access = config.gitlab;
  if (!access.webhook_secret && !access.signing_token) {
    if (std::ranges::any_of(config.policy.repositories, [](const auto& r) { return !r.gitlab.empty(); }))
      spdlog::warn("gitlab.signing_token and gitlab.webhook_secret are not set: POST /hooks/gitlab is not served");
    return std::nullopt;
  }
  gitlab::HookOptions options;
  if (access.webhook_secret) options.secret = access.webhook_secret->reveal();
  if (access.signing_token) {
    auto token = gitlab::SigningToken::read(access.signing_token->reveal());
    if (!token) return std::unexpected(token.error());
    options.signing = std::move(*token);
  }
  options.report = [](const Problem& p) { spdlog::warn("gitlab: {}", p.what); };
  return gitlab::webhook_route(std::move(options), config.policy, clock, std::move(submit));
}

}  // namespace hotfixd::cli
