// `hotfixd replay`: plays a recorded conversation under a virtual clock on the real engine, the real
// store and real git, and prints the channel. The same input always prints the same output.
#pragma once

#include <iosfwd>
#include <string>

namespace hotfixd::cli {

struct ReplayOptions {
  std::string file;    // "-" = standard input
  std::string config;  // empty = the demo workspace's
  std::string zone;    // overrides the policy's
  bool state = false;  // print the incidents as JSON instead of the channel
};

// 0: played to the end. 2: a step that cannot be read or done; `err` names its line.
int run_replay(const ReplayOptions& options, std::ostream& out, std::ostream& err);

}  // namespace hotfixd::cli
