// `hotfixd guard`: does what is about to be released carry every hotfix that shipped? For any CI; nothing is written.
#pragma once

#include <iosfwd>
#include <optional>

#include "bot/cli/config.hpp"

namespace hotfixd::cli {

struct GuardOptions {
  std::string repo;                  // the clone that has the candidate
  std::string ref = "HEAD";          // the candidate
  std::string name;                  // the repository's name in the policy; empty = the only one
  std::string list;                  // what export --json printed, "-" = standard input; empty = the database
  std::vector<std::string> ignored;  // paths that are not judged; empty = the policy's
  bool json = false;
  bool fetch_missing = false;  // in a partial clone
};

// `config` when there is no list. 0: all are there. 1: at least one is lacking. 2: called wrongly, or something cannot
// be read. 3: nothing is lacking for sure, but a person must look.
int run_guard(const std::optional<Config>& config, const GuardOptions& options, std::istream& in, std::ostream& out,
              std::ostream& err);

}  // namespace hotfixd::cli
