// GitLab as the regression test of one project: by a pipeline that is started at the line, or by what CI reported
// anyway.
#pragma once

#include "bot/ports/clock.hpp"
#include "bot/ports/regression_tester.hpp"
#include "integrations/gitlab/api.hpp"

namespace hotfixd::gitlab {

// `POST /projects/:id/pipeline` at the line's branch (docs.gitlab.com/api/pipelines), with the variables of these names
// out of "sha", "target", "hotfix", "incident" and "key"; none are sent when `variables` is empty, as new projects
// refuse them to everybody. It shall do nothing but test, `if: $CI_PIPELINE_SOURCE == "api"`: its end is taken for the
// test's. One that was made of another commit, the line having moved on, is cancelled and not_run.
//
// Its own earlier success: a pipeline of that branch and commit that the API started since the order. It errs towards
// not testing twice: what a person starts for the same commit meanwhile is taken for its own.
std::unique_ptr<RegressionTester> create_pipeline_tester(Api& api, const Clock& clock, std::string full_name,
                                                         std::vector<std::string> variables);

// Begins nothing: reads the job or commit status of this name on the line's head. Until one is there it runs. Of
// several of one name any that failed counts, and all must have ended.
std::unique_ptr<RegressionTester> create_check_tester(Api& api, std::string full_name, std::string check);

}  // namespace hotfixd::gitlab
