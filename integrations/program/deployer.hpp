// A program of this machine as the means to deploy one repository.
#pragma once

#include <memory>

#include "bot/ports/deployer.hpp"
#include "integrations/program/runs.hpp"

namespace hotfixd::program {

using Options = RunOptions;  // of the command: 0 = it is there

// Its own earlier success: the folder of the order's key, where the program has begun or holds the lock. A crash
// between the two is the only gap, some microseconds long, and errs towards starting it once more.
//
// A failed run tells the last ten lines of standard output and error, 200 bytes each. `clock` must outlive it.
std::unique_ptr<Deployer> create_deployer(const Clock& clock, Options options);

}  // namespace hotfixd::program
