// What GitHub writes of one thing, the same in its webhooks and in its API: read once, for both. Internal to this room.
#pragma once

#include "bot/domain/input.hpp"
#include "bot/domain/policy.hpp"
#include "integrations/common/fields.hpp"

namespace hotfixd::github {

// An event, or the reason why there is none. Problems stay in the Fields.
struct Finding {
  std::optional<ForgeEvent> event;
  std::string ignored;
};

// What the bot says of a commit itself begins with this: it is no check of the commit.
inline constexpr std::string_view kOwnContext = "hotfixd/";

// What reports checks, as forge::Check::source spells it. An app's own name may change, its number does not.
std::string app_source(std::uint64_t id);
std::string user_source(std::string_view login);
// A workflow of this repository, or one of another that a ruleset brings here.
std::string workflow_source(std::string_view file, bool foreign);

// The file that a run's `path` names: ".github/workflows/ci.yml", with "@ref" after it or the repository before it
// ("octocat/octo-repo/.github/workflows/ci.yml@main" in @octokit/openapi). Without the repository it is not told whose
// file it is. Empty: none ("dynamic/…").
struct WorkflowFile {
  std::string file;
  std::optional<bool> foreign;
};
WorkflowFile workflow_file(std::string_view path, std::string_view repository);
// Does a run that this event started stand for a required workflow? (docs.github.com, "Required workflows"; what a push
// starts is the branch's own version of the file.)
bool is_of_a_pull_request(std::string_view event);

// `in` is a webhook's body: the thing stands under its own name ("check_run"), beside "repository" and, of a review,
// "pull_request", of a deployment's status "deployment". Only a commit's status stands there itself.
Finding check_run(common::Fields& in, const Policy& policy);
Finding check_suite(common::Fields& in, const Policy& policy);
Finding workflow_run(common::Fields& in, const Policy& policy);
Finding commit_status(common::Fields& in, const Policy& policy);
Finding pull_request(common::Fields& in, const Policy& policy);
Finding pull_request_review(common::Fields& in, const Policy& policy);
Finding deployment_status(common::Fields& in, const Policy& policy);

}  // namespace hotfixd::github
