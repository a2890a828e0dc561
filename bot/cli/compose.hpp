// Putting the parts together: with app.cpp the only place that knows every concrete type.
#pragma once

#include <iosfwd>
#include <memory>

#include "bot/cli/check.hpp"
#include "bot/cli/config.hpp"
#include "bot/cli/deploy.hpp"
#include "bot/cli/github.hpp"
#include "bot/cli/gitlab.hpp"
#include "bot/cli/page.hpp"
#include "bot/cli/regression.hpp"
#include "bot/cli/slack.hpp"
#include "bot/engine/engine.hpp"
#include "integrations/local/channel_store.hpp"

namespace hotfixd::cli {

// The machine's clock. Nothing else in the program reads it.
std::unique_ptr<Clock> system_clock();

// `deployer` must outlive it; null: nothing says what is deployed.
Result<std::unique_ptr<GitRepository>> make_mirror(const std::string& name, const Config& config,
                                                   const std::string& path, const Clock& clock,
                                                   Deployer* deployer = nullptr);

// Everything a running bot consists of. Members are destroyed in reverse: the engine first.
struct Bot {
  std::unique_ptr<Clock> clock;
  std::unique_ptr<IdSource> ids;
  std::unique_ptr<Store> store;
  std::unique_ptr<local::ChannelStore> channel;
  std::optional<PageLinks> pages;  // none without server.public_url
  SlackOut slack;
  std::unique_ptr<ChatPlatform> chat;
  std::map<std::string, std::unique_ptr<GitRepository>> repositories;
  GithubOut github;  // nothing in it without an API to use
  GitlabOut gitlab;  // nothing in it without an API to use
  DeployOut deploy;
  std::map<std::string, std::unique_ptr<RegressionTester>> testers;
  std::map<std::string, std::unique_ptr<Forge>> forges;
  std::unique_ptr<Engine> engine;

  // Ends the engine; what it is just asking of a forge is given up.
  void stop();
};

// The database, beside an engine that may be running on it.
Result<std::unique_ptr<Store>> open_for_reading(const Config& config, IdSource& ids);

// The file of the built-in channel.
std::string channel_path(const Config& config);

// Opens the database, the built-in channel and the mirrors under config.data_dir; the engine is open but
// not started. Problems say what to mend.
Result<Bot> make_bot(const Config& config);

// For `hotfixd check`.
Result<std::vector<Finding>> store_findings(const Config& config);
Result<std::string> fetch_finding(const Config& config, const std::string& repository);

struct ExportOptions {
  IncidentId incident;              // empty = all
  std::string format = "markdown";  // markdown, json, csv, link
  bool verify = false;              // only look for what was changed
  std::string expect;               // with verify: a head that was noted earlier; empty = none
};
// 0; 1 when the audit found something, the expected head is nowhere, or the incident is unknown; 2 when the database
// cannot be read or `expect` is no head.
int run_export(const Config& config, const ExportOptions& options, std::ostream& out, std::ostream& err);

struct RedactOptions {
  IncidentId incident;
  std::string words;  // at least 3 characters
  std::string by;     // who erases
  std::string why;
};
// Erases the words from every text of the incident, from what the database holds of it besides, and from the whole
// built-in channel, and records that. 0; 1 when nothing was found, or something is left: in the chain itself or in
// other incidents (the output says where); 2 on a Problem, which says whether to repeat it.
int run_redact(const Config& config, const RedactOptions& options, std::ostream& out, std::ostream& err);

}  // namespace hotfixd::cli
