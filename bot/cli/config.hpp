// The configuration file: one TOML file, read once at start. Every key is in config_keys.cpp.
#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bot/cli/config_secret.hpp"
#include "bot/domain/policy.hpp"
#include "bot/engine/engine.hpp"

namespace hotfixd::cli {

struct Listen {
  std::string address = "127.0.0.1";  // an IPv4 or IPv6 address, no name
  std::uint16_t port = 8787;          // 0 = any free one
  std::string public_url;             // where people reach it; empty = there are no pages. Without a slash at its end
};

// How the bot learns which tag is in production.
struct ProductionSource {
  enum class Kind {
    newest_tag,   // the newest by SemVer that is reachable from RepositoryPolicy::production_branch
    fixed,        // `value` is the tag
    command,      // `value` is a shell command that prints the tag
    deployments,  // what the forge's deployments say is there
  };
  Kind kind = Kind::newest_tag;
  std::string value;
};

// How the tags that the bot makes are signed.
enum class TagSignature { none, ssh, gpg };

// How one repository is reached. The policy of the same name says what is done there.
struct RepositoryAccess {
  std::string url;                       // https://, ssh://, user@host:path, file:// or an absolute path
  std::optional<Secret> token;           // for https
  std::string user;                      // empty: what goes with the token, the url's own, or "git" over ssh
  std::filesystem::path ssh_key;         // private key for ssh; empty = none
  std::optional<Secret> ssh_passphrase;  // of that key
  std::filesystem::path known_hosts;     // for ssh: the server must be in it
  std::filesystem::path ca_file;         // PEM, trusted besides the system's store; empty = that alone
  ProductionSource production;
  std::string tag_prefix;               // of production tags; empty: the family in use
  Seconds timeout{120};                 // of each call to git
  std::string tagger_name = "hotfixd";  // who makes the annotated tags
  std::string tagger_email = "hotfixd@localhost";
  // How it is deployed: "workflow:FILE", "deployments", "pipeline:JOB", "pipeline", "command:…", "webhook:https://…";
  // empty = by people.
  std::string deploy;
  std::string deploy_version_input = "version", deploy_environment_input = "environment", deploy_key_input;
  bool deploy_pipeline_inputs = false;  // a pipeline gets them as inputs and not as variables
  std::optional<Secret> deploy_secret;  // signs the webhook
  // How the fix is tested on a line: "command:…", "workflow:FILE", "check:NAME", "pipeline"; empty = not at all.
  std::string regression_test;
  std::vector<std::string> regression_inputs = {"sha", "target", "hotfix", "incident", "key"};  // that a workflow gets
  TagSignature sign = TagSignature::none;
  std::string signing_key;  // ssh: a file, absolute; gpg: the id of a key
};

// GitHub: its webhooks, and its API as a GitHub App or with a token.
struct GithubAccess {
  std::optional<Secret> webhook_secret;  // none: GitHub's webhooks are refused
  std::string app_id;                    // the app's client id or number; empty = no app
  std::optional<Secret> private_key;     // of the app, PEM
  std::optional<Secret> token;           // instead of an app
  std::string public_url;                // in front of /hooks/github, for `check --online`; without a slash at its end
  std::string api_url = "https://api.github.com";  // GHES: https://HOST/api/v3; without a slash at its end
  std::filesystem::path ca_file;                   // PEM, trusted besides the system's store
  Seconds redeliver_every{600};                    // of an app's webhooks; 0 = never
  std::chrono::milliseconds deadline{15'000};      // of one request; no key

  bool has_api() const { return !app_id.empty() || private_key || token; }
};

// GitLab, gitlab.com or one's own: its webhooks, and its API with a token.
struct GitlabAccess {
  std::optional<Secret> webhook_secret;  // X-Gitlab-Token
  std::optional<Secret> signing_token;   // whsec_…; with it webhook_secret is not looked at
  std::optional<Secret> token;           // personal, project or group access token
  std::string public_url;                // in front of /hooks/gitlab, for `check --online`; without a slash at its end
  std::string api_url = "https://gitlab.com/api/v4";  // without a slash at its end
  std::filesystem::path ca_file;                      // PEM, trusted besides the system's store
  std::chrono::milliseconds deadline{15'000};         // of one request; no key
};

// A Slack workspace. Without a bot token there is none.
struct SlackAccess {
  std::optional<Secret> bot_token;       // xoxb-…
  std::optional<Secret> app_token;       // xapp-…: Socket Mode
  std::optional<Secret> signing_secret;  // HTTP mode
  std::string client_id;                 // of the app, where its tokens expire
  std::optional<Secret> client_secret, refresh_token;
  std::optional<SecretPlace> config_token;  // xoxe.xoxp-…: read by `check --online` only
  std::string public_url;                   // HTTP mode, for `check --online`; without a slash at its end
  std::string api_url = "https://slack.com/api/";
  std::filesystem::path ca_file;               // PEM, trusted besides the system's store
  int connections = 2;                         // of Socket Mode
  std::chrono::milliseconds deadline{15'000};  // of one call; no key: only tests are in such a hurry
};

struct Config {
  Policy policy = default_policy();
  std::filesystem::path data_dir = "/var/lib/hotfixd";
  Listen listen;
  GithubAccess github;
  GitlabAccess gitlab;
  SlackAccess slack;
  std::map<std::string, RepositoryAccess> repositories;  // by policy name
  EngineOptions engine;
  std::string log_level = "info";  // trace, debug, info, warn, error
  std::string name = "hotfixd";    // what the bot calls itself in the channel
};

// Line and column count from 1; 0 = the file as a whole.
struct ConfigError {
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  std::string key;   // "gates.approvals", "repository[0].url"; may be empty
  std::string what;  // what is wrong, without secrets
  std::string mend;  // what to write instead; may be empty
};

// "/etc/hotfixd.toml:3:1: gates.aprovals: unknown key. Did you mean 'approvals'?"
std::string describe(const ConfigError& error, const std::string& path);

using ConfigResult = std::expected<Config, std::vector<ConfigError>>;

// Are they read? Left, they are as if they were not named: who only talks to the hotfixd that runs needs none, and the
// environment of a terminal seldom has them.
enum class Secrets { read, left };

// Reads at most 1 MiB. All errors of the file and of the policy it makes are in the answer, in the order of
// the file. Secrets are read here; relative paths count from the file's directory.
ConfigResult load_config(const std::filesystem::path& path, Secrets secrets = Secrets::read);
ConfigResult parse_config(std::string_view text, const std::filesystem::path& base_dir,
                          Secrets secrets = Secrets::read);

// Every secret that the configuration names and that can be read, in no order: what must not be shown.
std::vector<std::string> secrets_of(const Config& config);

// A file with every key, its meaning and its default, all commented out: it parses to the built-in values.
// Without the '#' in front of its keys it does so too, plus one example repository, service and person.
std::string default_config();

// The demo workspace: the repository "shop" with its origin at <dir>/origin.git, data in <dir>/data, zone UTC.
Config demo_config(const std::string& dir);

}  // namespace hotfixd::cli
