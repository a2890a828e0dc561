// `hotfixd check`: is everything the bot needs there, before it is needed at night?
#pragma once

#include <functional>
#include <iosfwd>

#include "bot/cli/config.hpp"

namespace hotfixd::cli {

// One line of the answer.
struct Finding {
  bool ok = true;
  std::string subject;  // "repository shop", "data_dir"
  std::string what;     // without secrets
  std::string mend;     // what to do about it; with ok it is a hint
};

Finding good(std::string subject, std::string what);
Finding bad(std::string subject, std::string what, std::string mend);
Finding from_problem(std::string subject, const Problem& problem);

struct CheckOptions {
  std::filesystem::path config;
  bool online = false;         // also fetch every repository and ask Slack, GitHub and GitLab
  bool print_default = false;  // only print default_config()
  bool json = false;

  // Opens the database read-only in config.data_dir and reports dead letters and the audit chain; a Problem is
  // a failed finding. Called only when data_dir exists. May be empty.
  std::function<Result<std::vector<Finding>>(const Config&)> store_findings;
  // Fetches one repository and says what it saw ("production is v2.4.7"). May be empty; called only with `online`.
  std::function<Result<std::string>(const Config&, const std::string& repository)> fetch;
  // Asks Slack who the bot is and how its app is set. May be empty; called only with `online` and a bot token.
  std::function<std::vector<Finding>(const Config&)> ask_slack;
  // Asks GitHub what the app or token may do. May be empty; called only with `online`.
  std::function<std::vector<Finding>(const Config&)> ask_github;
  // Asks GitLab what the token may do. May be empty; called only with `online`.
  std::function<std::vector<Finding>(const Config&)> ask_gitlab;
};

// Everything that can be found out, each on a line "ok <subject>: <what>", "hint <subject>: <what> → <mend>" or
// "fail <subject>: <what> → <mend>";
// with `json` one object {"ok", "findings": [{"ok", "subject", "what", "mend"}]}.
// 0: all is well; 1: something failed; 2: called without a configuration file.
int run_check(const CheckOptions& options, std::ostream& out, std::ostream& err);

// What is checked about the machine, without the database: data_dir and its free space, key files, zones.
std::vector<Finding> machine_findings(const Config& config);

}  // namespace hotfixd::cli
