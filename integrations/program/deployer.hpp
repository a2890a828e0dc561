// A program of this machine as the means to deploy one repository.
#pragma once

#include <filesystem>
#include <memory>

#include "bot/ports/clock.hpp"
#include "bot/ports/deployer.hpp"

namespace hotfixd::program {

struct Options {
  std::string command;               // for /bin/sh -c; 0 = it is there
  std::filesystem::path folder;      // of its runs: made when it is not there; runs older than 30 days are removed
  Seconds limit{3600};               // then it and all that it started are killed
  std::vector<std::string> secrets;  // never shown
};

// Its own earlier success: the folder of the order's key, where the program has begun or holds the lock. A crash
// between the two is the only gap, some microseconds long, and errs towards starting it once more.
//
// A failed run tells the last ten lines of standard output and error, 200 bytes each. `clock` must outlive it.
std::unique_ptr<Deployer> create_deployer(const Clock& clock, Options options);

}  // namespace hotfixd::program
