#include "bot/cli/deploy.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <spdlog/spdlog.h>

#include <algorithm>

#include "integrations/github/deployer.hpp"
#include "integrations/gitlab/deployer.hpp"
#include "integrations/program/deployer.hpp"
#include "integrations/webhook/deployer.hpp"

namespace hotfixd::cli {
namespace {

constexpr std::string_view kWorkflow = "workflow:", kJob = "pipeline:", kCommand = "command:", kWebhook = "webhook:";
constexpr std::string_view kPipeline = "pipeline", kPlace = "{environment}";

bool on_github(const std::string& deploy) { return deploy == "deployments" || deploy.starts_with(kWorkflow); }
bool on_gitlab(const std::string& deploy) { return deploy == kPipeline || deploy.starts_with(kJob); }
// Deployments are asked what is in production, without means to deploy.
bool only_tells(const RepositoryAccess& access) {
  return access.deploy.empty() && access.production.kind == ProductionSource::Kind::deployments;
}

Problem invalid(const std::string& repository, std::string_view what, std::string mend) {
  return {Problem::Kind::invalid, fmt::format("repository {}: {}", repository, what), std::move(mend), {}};
}

// Why these means cannot work; nothing when they can.
std::optional<Problem> unsound(const Config& config, const RepositoryPolicy& policy, const RepositoryAccess& access) {
  const auto& how = access.deploy;
  if (on_github(how) && github_name(policy, access.url, config.github.api_url).empty())
    return invalid(policy.name, fmt::format("deploy = \"{}\" needs a repository on GitHub", how),
                   "set github = \"owner/name\"");
  if (on_github(how) && !config.github.has_api())
    return invalid(policy.name, fmt::format("deploy = \"{}\" needs GitHub's API", how),
                   "set github.app_id and github.private_key, or github.token");
  if (on_gitlab(how) && policy.gitlab.empty())
    return invalid(policy.name, fmt::format("deploy = \"{}\" needs a project on GitLab", how),
                   "set gitlab = \"group/name\"");
  if (on_gitlab(how) && !config.gitlab.token)
    return invalid(policy.name, fmt::format("deploy = \"{}\" needs GitLab's API", how), "set gitlab.token");
  const auto environments = config.policy.environments_of(policy.name);
  if (how.starts_with(kJob) && environments.size() > 1 && !how.contains(kPlace))
    return invalid(policy.name,
                   fmt::format("deploy = \"{}\" is the same job for {}", how, fmt::join(environments, " and ")),
                   "write {environment} where the jobs' names have it: \"pipeline:deploy-{environment}\"");
  if (only_tells(access) && policy.forge.empty())
    return invalid(policy.name, "production = \"deployments\" needs the API of GitHub or GitLab",
                   "set github.token or gitlab.token, or choose another source for production");
  if (access.production.kind == ProductionSource::Kind::deployments && !how.empty() && !on_github(how) &&
      !on_gitlab(how))
    return invalid(
        policy.name,
        fmt::format("production = \"deployments\" is not known by deploy = \"{}\"", how.substr(0, how.find(':'))),
        "choose another source for production");
  return std::nullopt;
}

}  // namespace

Result<void> ForgesOut::need_github(const Config& config, const Clock& clock) const {
  if (github.api) return {};
  auto api = make_github(config, clock);
  if (!api) return std::unexpected(api.error());
  github = std::move(*api);
  return {};
}

Result<void> ForgesOut::need_gitlab(const Config& config, const Clock& clock) const {
  if (gitlab.api) return {};
  auto api = make_gitlab(config, clock);
  if (!api) return std::unexpected(api.error());
  gitlab = std::move(*api);
  return {};
}

std::vector<std::string> hidden_in_output(const Config& config) {
  constexpr std::size_t kShortest = 6;  // a shorter one would tear ordinary words apart
  auto all = secrets_of(config);
  std::erase_if(all, [](const std::string& secret) { return secret.size() < kShortest; });
  return all;
}

Deployer* DeployOut::find(const std::string& repository) const {
  const auto it = deployers.find(repository);
  return it == deployers.end() ? nullptr : it->second.get();
}

Result<DeployOut> make_deployers(const Config& config, const Clock& clock, ForgesOut forges) {
  DeployOut out;
  for (const auto& policy : config.policy.repositories) {
    const auto found = config.repositories.find(policy.name);
    if (found == config.repositories.end() || (found->second.deploy.empty() && !only_tells(found->second))) continue;
    const auto& access = found->second;
    const auto& how = access.deploy;
    if (auto problem = unsound(config, policy, access)) return std::unexpected(std::move(*problem));
    auto& made = out.deployers[policy.name];
    const bool github = on_github(how) || (how.empty() && policy.forge == "GitHub");
    const bool gitlab = on_gitlab(how) || (how.empty() && policy.forge == "GitLab");
    if (github)
      if (auto there = forges.need_github(config, clock); !there) return std::unexpected(there.error());
    if (gitlab)
      if (auto there = forges.need_gitlab(config, clock); !there) return std::unexpected(there.error());
    if (how.starts_with(kWebhook) && !out.http) {
      net::ClientOptions options;
      options.body_limit = 64 * 1024;
      options.report = [](const Problem& p) { spdlog::warn("deploy webhook: {}", p.what); };
      auto http = net::create_http_client(options);
      if (!http) return std::unexpected(http.error());
      out.http = std::move(*http);
    }
    const auto full_name = github_name(policy, access.url, config.github.api_url);
    if (gitlab)
      made = gitlab::create_pipeline_deployer(*forges.gitlab.api, clock, policy.gitlab,
                                              {.job = how.starts_with(kJob) ? how.substr(kJob.size()) : "",
                                               .version = access.deploy_version_input,
                                               .environment = access.deploy_environment_input,
                                               .key = access.deploy_key_input,
                                               .as_inputs = access.deploy_pipeline_inputs});
    else if (how.starts_with(kWorkflow))
      made = github::create_workflow_deployer(*forges.github.api, clock, full_name,
                                              {.file = how.substr(kWorkflow.size()),
                                               .version_input = access.deploy_version_input,
                                               .environment_input = access.deploy_environment_input,
                                               .key_input = access.deploy_key_input});
    else if (github)
      made = github::create_deployments_deployer(*forges.github.api, full_name);
    else if (how.starts_with(kCommand))
      made = program::create_deployer(clock, {.command = how.substr(kCommand.size()),
                                              .folder = config.data_dir / "deploys",
                                              .limit = policy.deploy_limit,
                                              .secrets = hidden_in_output(config)});
    else
      made = webhook::create_deployer(
          *out.http, clock,
          {.url = how.substr(kWebhook.size()), .secret = access.deploy_secret ? access.deploy_secret->reveal() : ""});
  }
  return out;
}

std::vector<Finding> deploy_findings(const Config& config) {
  std::vector<Finding> all;
  for (const auto& policy : config.policy.repositories) {
    const auto found = config.repositories.find(policy.name);
    if (found == config.repositories.end() || (found->second.deploy.empty() && !only_tells(found->second))) continue;
    const auto& access = found->second;
    const auto subject = fmt::format("repository {} {}", policy.name, only_tells(access) ? "production" : "deploy");
    if (const auto problem = unsound(config, policy, access)) {
      all.push_back(from_problem(subject, *problem));
      continue;
    }
    if (only_tells(access)) {
      all.push_back(
          good(subject, fmt::format("is what {}'s deployments to {} say", policy.forge, config.policy.environment)));
      continue;
    }
    const auto environments = config.policy.environments_of(policy.name);
    if (std::ranges::none_of(environments, [&](const auto& e) { return same_word(e, config.policy.environment); }))
      all.push_back(bad(subject,
                        fmt::format("it is deployed to {}, and {} is what counts as shipped",
                                    fmt::join(environments, ", "), config.policy.environment),
                        "add it to environments, or mend hotfix.environment"));
    if (access.deploy.starts_with(kWebhook) && !access.deploy_secret)
      all.push_back(
          {true, subject, "the webhook is not signed, so its receiver cannot know who asks", "set deploy_secret"});
    if (access.deploy_secret && !access.deploy.starts_with(kWebhook))
      all.push_back(bad(subject, "deploy_secret is only used with webhook:", "remove it"));
    if (access.deploy_pipeline_inputs && access.deploy != kPipeline)
      all.push_back(bad(subject, "deploy_pipeline_inputs is only used with pipeline", "remove it"));
    if (all.empty() || all.back().subject != subject)
      all.push_back(good(subject, fmt::format("by {}, to {}", access.deploy.substr(0, access.deploy.find(':')),
                                              fmt::join(environments, ", "))));
  }
  return all;
}

Result<std::string> deployed_tag(Deployer* deployer, const std::string& environment) {
  const Problem unknown{Problem::Kind::not_found,
                        fmt::format("nothing tells what is in {}: no deployment there succeeded", environment),
                        "name the production tag with --from",
                        {}};
  if (deployer == nullptr) return std::unexpected(unknown);
  auto releases = deployer->releases(environment);
  if (!releases) return std::unexpected(releases.error());
  if (releases->empty() || releases->front().tag.empty()) return std::unexpected(unknown);
  return releases->front().tag;
}

}  // namespace hotfixd::cli
