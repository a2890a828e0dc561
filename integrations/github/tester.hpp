// GitHub as the regression test of one repository: by dispatching a workflow, or by what CI reported anyway.
#pragma once

#include "bot/ports/regression_tester.hpp"
#include "integrations/github/api.hpp"

namespace hotfixd::github {

// `POST …/actions/workflows/{file}/dispatches` at the line's branch (docs.github.com/rest/actions/workflows): the
// workflow is the one of that branch, and needs `on: workflow_dispatch` with these inputs, out of "sha", "target",
// "hotfix" (its tag, before that its branch), "incident" and "key". GitHub refuses an input that is not declared.
// Needs the right to write actions.
//
// The branch may move between the order and the run. A workflow that gets "sha" is trusted to check that commit out; of
// one that does not, a run of another commit counts as not_run. So do runs that were cancelled, skipped, or did not
// start.
//
// Its own earlier success: as of create_workflow_deployer(); for certain when the workflow's `run-name` shows "key".
struct TestOptions {
  std::string file;  // "regression.yml"
  std::vector<std::string> inputs;
};
std::unique_ptr<RegressionTester> create_workflow_tester(Api& api, const Clock& clock, std::string full_name,
                                                         TestOptions options);

// Begins nothing: reads the check run or commit status of this name on the line's head. Until one is there it runs. Of
// several of one name any that failed counts, and all must have ended.
std::unique_ptr<RegressionTester> create_check_tester(Api& api, std::string full_name, std::string check);

}  // namespace hotfixd::github
