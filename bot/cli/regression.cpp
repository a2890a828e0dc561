#include "bot/cli/regression.hpp"

#include <fmt/format.h>

#include "integrations/github/tester.hpp"
#include "integrations/gitlab/tester.hpp"
#include "integrations/program/tester.hpp"

namespace hotfixd::cli {
namespace {

constexpr std::string_view kWorkflow = "workflow:", kCommand = "command:", kCheck = "check:", kPipeline = "pipeline";

// Why these means cannot work; nothing when they can.
std::optional<Problem> unsound(const Config& config, const RepositoryPolicy& policy, const RepositoryAccess& access) {
  const auto& how = access.regression_test;
  const auto invalid = [&](std::string_view lacks, std::string mend) {
    return Problem{Problem::Kind::invalid,
                   fmt::format("repository {}: regression_test = \"{}\" needs {}", policy.name, how, lacks),
                   std::move(mend),
                   {}};
  };
  if (how.starts_with(kWorkflow) && github_name(policy, access.url, config.github.api_url).empty())
    return invalid("a repository on GitHub", "set github = \"owner/name\"");
  if (how.starts_with(kWorkflow) && policy.forge != "GitHub")
    return invalid("GitHub's API", "set github.app_id and github.private_key, or github.token");
  if (how == kPipeline && policy.gitlab.empty()) return invalid("a project on GitLab", "set gitlab = \"group/name\"");
  if (how == kPipeline && policy.forge != "GitLab") return invalid("GitLab's API", "set gitlab.token");
  if (how.starts_with(kCheck) && policy.forge.empty())
    return invalid("the API of GitHub or GitLab", "set github.token or gitlab.token");
  return std::nullopt;
}

bool has_idle_inputs(const RepositoryAccess& access) {
  const auto& how = access.regression_test;
  return (how.starts_with(kCommand) || how.starts_with(kCheck)) &&
         access.regression_inputs != RepositoryAccess{}.regression_inputs;
}

}  // namespace

std::string shown_means(const std::string& how) {
  const auto colon = how.find(':');
  if (colon == std::string::npos || how.starts_with(kCommand)) return how.substr(0, colon);  // it may hold a secret
  return how.substr(0, colon) + " " + how.substr(colon + 1);
}

Result<std::map<std::string, std::unique_ptr<RegressionTester>>> make_testers(const Config& config, const Clock& clock,
                                                                              ForgesOut forges) {
  std::map<std::string, std::unique_ptr<RegressionTester>> testers;
  for (const auto& policy : config.policy.repositories) {
    const auto found = config.repositories.find(policy.name);
    if (found == config.repositories.end() || found->second.regression_test.empty()) continue;
    const auto& access = found->second;
    const auto& how = access.regression_test;
    if (auto problem = unsound(config, policy, access)) return std::unexpected(std::move(*problem));
    auto& made = testers[policy.name];
    if (how.starts_with(kCommand)) {
      made = program::create_tester(clock, {.command = how.substr(kCommand.size()),
                                            .folder = config.data_dir / "tests",
                                            .limit = policy.regression_limit,
                                            .secrets = hidden_in_output(config)});
      continue;
    }
    const auto check = how.starts_with(kCheck) ? how.substr(kCheck.size()) : std::string{};
    if (policy.forge == "GitLab") {
      if (auto there = forges.need_gitlab(config, clock); !there) return std::unexpected(there.error());
      made = check.empty()
                 ? gitlab::create_pipeline_tester(*forges.gitlab.api, clock, policy.gitlab, access.regression_inputs)
                 : gitlab::create_check_tester(*forges.gitlab.api, policy.gitlab, check);
      continue;
    }
    if (auto there = forges.need_github(config, clock); !there) return std::unexpected(there.error());
    const auto full_name = github_name(policy, access.url, config.github.api_url);
    made = check.empty() ? github::create_workflow_tester(
                               *forges.github.api, clock, full_name,
                               {.file = how.substr(kWorkflow.size()), .inputs = access.regression_inputs})
                         : github::create_check_tester(*forges.github.api, full_name, check);
  }
  return testers;
}

std::vector<Finding> regression_findings(const Config& config) {
  std::vector<Finding> all;
  for (const auto& policy : config.policy.repositories) {
    const auto found = config.repositories.find(policy.name);
    if (found == config.repositories.end() || found->second.regression_test.empty()) continue;
    const auto subject = fmt::format("repository {} regression test", policy.name);
    if (const auto problem = unsound(config, policy, found->second))
      all.push_back(from_problem(subject, *problem));
    else if (has_idle_inputs(found->second))
      all.push_back(bad(subject, "regression_inputs is only used with workflow: and pipeline", "remove it"));
    else
      all.push_back(good(subject, "by " + shown_means(found->second.regression_test)));
  }
  return all;
}

}  // namespace hotfixd::cli
