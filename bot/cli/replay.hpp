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

  // Instead of `file`: the folder of a Slack export, to review an incident that nobody ran with the bot.
  std::string slack_export;
  std::string channel;      // name or id; empty = the only one
  std::string from, until;  // RFC 3339, or "2026-11-14 21:04" or "2026-11-14" in the zone; empty = all there is
  std::string declare;      // what would have been typed after "/hotfix declare" at the first message
  std::string format;       // "markdown", "json", "csv"; empty = the timeline
};

// 0: played to the end. 2: a step that cannot be read or done; `err` names its line, of an export its file.
int run_replay(const ReplayOptions& options, std::ostream& out, std::ostream& err);

}  // namespace hotfixd::cli
