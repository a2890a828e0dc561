// A program of this machine as the regression test of one repository.
#pragma once

#include <memory>

#include "bot/ports/regression_tester.hpp"
#include "integrations/program/runs.hpp"

namespace hotfixd::program {

// The command gets HOTFIXD_REPOSITORY, HOTFIXD_TARGET, HOTFIXD_SHA (the head of that line, whole), HOTFIXD_HOTFIX (its
// tag, before that its branch), HOTFIXD_INCIDENT and HOTFIXD_KEY. It fetches that commit itself. The exit status is
// read as by `git bisect run` (git-scm.com/docs/git-bisect): 0 = the fix works, 125 = this commit cannot be tested; 126
// and 127 are the shell's own for a command that cannot be run. These three and a run that is killed say nothing of the
// fix; any other is a failure.
//
// Its own earlier success: as of create_deployer(). `clock` must outlive it.
std::unique_ptr<RegressionTester> create_tester(const Clock& clock, RunOptions options);

}  // namespace hotfixd::program
