// The command line of hotfixd.
#pragma once

namespace hotfixd::cli {

// Runs the subcommand; returns the exit code. 2 = called wrongly.
int run(int argc, char** argv);

}  // namespace hotfixd::cli
