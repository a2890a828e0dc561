// The means of regression tests, put together from the configuration.
#pragma once

#include "bot/cli/deploy.hpp"
#include "bot/ports/regression_tester.hpp"

namespace hotfixd::cli {

// "command:…" → "command", "workflow:fix.yml" → "workflow fix.yml": as people are shown by what was tested.
std::string shown_means(const std::string& regression_test);

// Of each repository that names `regression_test`, by policy name. `clock` and what is in `forges` must outlive them.
// Problem::invalid when one cannot work.
Result<std::map<std::string, std::unique_ptr<RegressionTester>>> make_testers(const Config& config, const Clock& clock,
                                                                              ForgesOut forges);

// For `hotfixd check`: what can be known without asking anybody.
std::vector<Finding> regression_findings(const Config& config);

}  // namespace hotfixd::cli
