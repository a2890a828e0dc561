#include "integrations/github/rules.hpp"

#include <algorithm>

#include "integrations/common/fields.hpp"
#include "integrations/github/findings.hpp"

// Fields: docs.github.com/rest/repos/rules and /rest/branches, as in @octokit/openapi (repository-rule-params-…,
// protected-branch-required-status-check).

namespace hotfixd::github {
namespace {

using common::Fields;
using nlohmann::json;

constexpr std::size_t kNameLimit = 300;

const json* list_at(const json& root, std::string_view path) {
  const auto* list = Fields(root).at(path);
  return list != nullptr && list->is_array() ? list : nullptr;
}

// `app`: null and -1 are any ("Pass -1 to explicitly allow any app to set the status").
void want(Rules& rules, std::string name, const json* app) {
  if (name.empty() || name.starts_with(kOwnContext)) return;
  if (app != nullptr && app->is_number_unsigned() && *app > 0) {
    CheckSource bound{name, app_source(app->get<std::uint64_t>())};
    if (std::ranges::find(rules.sources, bound) == rules.sources.end()) rules.sources.push_back(std::move(bound));
  }
  if (std::ranges::find(rules.checks, name) == rules.checks.end()) rules.checks.push_back(std::move(name));
}

}  // namespace

void read_rule(Rules& rules, const json& rule) {
  const auto type = Fields(rule).text_if_any("type", kNameLimit);
  if (type == "required_status_checks") {
    if (const auto* checks = list_at(rule, "parameters.required_status_checks"))
      for (const auto& check : *checks)
        want(rules, Fields(check).text_if_any("context", kNameLimit), Fields(check).at("integration_id"));
  } else if (type == "workflows") {
    if (const auto* workflows = list_at(rule, "parameters.workflows"))
      for (const auto& one : *workflows) {
        Fields in(one);
        Rules::Workflow workflow{in.text_if_any("path", kNameLimit), in.number_if_any("repository_id")};
        if (!workflow.file.empty() && std::ranges::find(rules.workflows, workflow) == rules.workflows.end())
          rules.workflows.push_back(std::move(workflow));
      }
  } else if (type == "pull_request") {
    constexpr std::uint64_t kMost = 10;  // as described
    const auto count = Fields(rule).number_if_any("parameters.required_approving_review_count");
    rules.approvals = std::max(rules.approvals, static_cast<int>(std::min(count, kMost)));
  }
}

void read_protection(Rules& rules, const json& branch) {
  if (Fields(branch).text_if_any("protection.required_status_checks.enforcement_level", kNameLimit) == "off") return;
  if (const auto* checks = list_at(branch, "protection.required_status_checks.checks"))
    for (const auto& check : *checks)
      want(rules, Fields(check).text_if_any("context", kNameLimit), Fields(check).at("app_id"));
  // The same names, and all that an older server has.
  if (const auto* contexts = list_at(branch, "protection.required_status_checks.contexts"))
    for (const auto& context : *contexts) {
      const json wrapped{{"name", context}};
      want(rules, Fields(wrapped).text_if_any("name", kNameLimit), nullptr);
    }
}

}  // namespace hotfixd::github
