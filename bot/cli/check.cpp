#include "bot/cli/check.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>
#include <ostream>
#include <set>

#include "bot/cli/chat_desk.hpp"
#include "bot/cli/deploy.hpp"
#include "bot/cli/github.hpp"
#include "bot/cli/gitlab.hpp"
#include "bot/cli/regression.hpp"

namespace hotfixd::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kLeastSpace = 256ULL * 1024 * 1024;

// May this process, as it runs now, do `mode` there?
bool may(const fs::path& path, int mode) { return ::faccessat(AT_FDCWD, path.c_str(), mode, AT_EACCESS) == 0; }

Finding data_dir_finding(const fs::path& dir) {
  std::error_code error;
  if (!fs::exists(dir, error)) {
    auto parent = dir;
    while (!fs::exists(parent, error) && parent.has_parent_path() && parent != parent.root_path())
      parent = parent.parent_path();
    if (may(parent, W_OK | X_OK))
      return good("data_dir", fmt::format("{} will be made at the first start", dir.string()));
    return bad("data_dir", fmt::format("{} is not there and cannot be made by this user", dir.string()),
               fmt::format("install -d -m 700 -o <the bot's user> {}", dir.string()));
  }
  if (!fs::is_directory(dir, error))
    return bad("data_dir", fmt::format("{} is not a directory", dir.string()), "name another place in bot.data_dir");
  if (!may(dir, R_OK | W_OK | X_OK))
    return bad("data_dir", fmt::format("{} cannot be written: {}", dir.string(), std::strerror(errno)),
               fmt::format("chown <the bot's user> {}, or run the check as that user", dir.string()));
  struct statvfs space{};
  if (::statvfs(dir.c_str(), &space) == 0) {
    const auto free = static_cast<std::uint64_t>(space.f_bavail) * space.f_frsize;
    if (free < kLeastSpace)
      return bad("data_dir", fmt::format("{} has only {} MiB free", dir.string(), free >> 20), "free 256 MiB at least");
  }
  return good("data_dir", fmt::format("{} can be written", dir.string()));
}

// A file that must be readable; `is_private`: and by nobody else.
Finding file_finding(const std::string& subject, const fs::path& path, bool is_private) {
  struct stat about{};
  if (::stat(path.c_str(), &about) != 0)
    return bad(subject, fmt::format("{}: {}", path.string(), std::strerror(errno)),
               "mend the path in the configuration");
  if (!S_ISREG(about.st_mode)) return bad(subject, fmt::format("{} is not a file", path.string()), "name a file");
  if (is_private && (about.st_mode & (S_IRWXG | S_IRWXO)) != 0)
    return bad(subject, fmt::format("{} is open to other users", path.string()),
               fmt::format("chmod 600 {}", path.string()));
  if (!may(path, R_OK))
    return bad(subject, fmt::format("{} cannot be read by this user", path.string()),
               fmt::format("chown <the bot's user> {}", path.string()));
  return good(subject, fmt::format("{} is there", path.string()));
}

bool speaks_ssh(const std::string& url) {
  return url.starts_with("ssh://") || (url.find("://") == std::string::npos && !url.starts_with('/'));
}

void repository_findings(const std::string& name, const RepositoryAccess& access, std::vector<Finding>& all) {
  const auto subject = "repository " + name;
  if (!access.ssh_key.empty()) all.push_back(file_finding(subject + " ssh_key", access.ssh_key, true));
  if (!access.known_hosts.empty()) all.push_back(file_finding(subject + " known_hosts", access.known_hosts, false));
  if (!access.ca_file.empty()) all.push_back(file_finding(subject + " ca_file", access.ca_file, false));
  if (access.sign == TagSignature::ssh)
    all.push_back(
        file_finding(subject + " signing_key", access.signing_key, fs::path(access.signing_key).extension() != ".pub"));
  if (speaks_ssh(access.url)) {
    if (access.ssh_key.empty())
      all.push_back(
          bad(subject, "the address speaks ssh and there is no ssh_key", "add ssh_key = \"PATH\" to this repository"));
    if (access.known_hosts.empty())
      all.push_back(bad(subject, "the address speaks ssh and there is no known_hosts, so no server can be trusted",
                        "write one with ssh-keyscan, compare the key, and add known_hosts = \"PATH\""));
  }
  std::error_code error;
  auto local = access.url.starts_with("file://") ? access.url.substr(7) : access.url;
  if (local.starts_with('/')) {
    if (!fs::is_directory(local, error))
      all.push_back(bad(subject, fmt::format("there is no repository at {}", local), "mend url"));
    else if (!may(local, R_OK | X_OK))
      all.push_back(
          bad(subject, fmt::format("{} cannot be read by this user", local), "check its owner and permissions"));
    else
      all.push_back(good(subject, fmt::format("{} is there", local)));
  }
}

Finding zones_finding(const Policy& policy) {
  std::set<std::string> zones{policy.zone};
  for (const auto& person : policy.people)
    if (!person.zone.empty()) zones.insert(person.zone);
  return good("zones", fmt::format("{} {} known", fmt::join(zones, ", "), zones.size() == 1 ? "is" : "are"));
}

void print(const std::vector<Finding>& findings, bool json, std::ostream& out) {
  const bool all_ok = std::ranges::all_of(findings, &Finding::ok);
  if (json) {
    auto list = nlohmann::json::array();
    for (const auto& f : findings)
      list.push_back({{"ok", f.ok}, {"subject", f.subject}, {"what", f.what}, {"mend", f.mend}});
    const nlohmann::json whole{{"ok", all_ok}, {"findings", std::move(list)}};
    out << whole.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << '\n';
    return;
  }
  for (const auto& f : findings) {
    out << (!f.ok ? "fail " : f.mend.empty() ? "ok " : "hint ") << f.subject << ": " << f.what;
    if (!f.mend.empty()) out << " → " << f.mend;
    out << '\n';
  }
}

std::vector<Finding> config_findings(const std::vector<ConfigError>& errors, const std::string& path) {
  std::vector<Finding> all;
  for (const auto& error : errors) {
    auto where = error;
    where.what.clear();
    where.mend.clear();
    auto subject = describe(where, path);
    subject.resize(subject.size() - std::string_view(": ").size());  // of the text that is not there
    all.push_back(bad(std::move(subject), error.what, error.mend));
  }
  return all;
}

std::vector<Finding> all_findings(const CheckOptions& options) {
  const auto path = options.config.string();
  const auto config = load_config(options.config);
  if (!config) return config_findings(config.error(), path);

  std::vector<Finding> all;
  all.push_back(good("configuration", fmt::format("{} is sound", path)));
  if (config->policy.repositories.empty())
    all.push_back(
        bad("repository", "none is configured, so no hotfix can be cut", "add a [[repository]] with name and url"));
  for (auto& finding : machine_findings(*config)) all.push_back(std::move(finding));

  std::error_code error;
  if (options.store_findings && fs::is_directory(config->data_dir, error)) {
    if (auto found = options.store_findings(*config))
      for (auto& finding : *found) all.push_back(std::move(finding));
    else
      all.push_back(from_problem("database", found.error()));
  }
  if (config->slack.bot_token && !config->slack.app_token && !config->slack.signing_secret)
    all.push_back(bad("slack", "there is a bot token, but nothing can come in",
                      "set slack.app_token for Socket Mode or slack.signing_secret for requests"));
  if (!config->slack.bot_token && (config->slack.app_token || config->slack.signing_secret))
    all.push_back(bad("slack", "there is no bot token, so nothing can be said", "set slack.bot_token"));
  if (options.online && options.ask_slack && config->slack.bot_token)
    for (auto& finding : options.ask_slack(*config)) all.push_back(std::move(finding));
  for (auto& finding : deploy_findings(*config)) all.push_back(std::move(finding));
  for (auto& finding : regression_findings(*config)) all.push_back(std::move(finding));
  const auto unsound = unsound_github(*config);
  if (unsound) all.push_back(from_problem("github", *unsound));
  if (options.online && options.ask_github && !unsound)
    for (auto& finding : options.ask_github(*config)) all.push_back(std::move(finding));
  if (const auto no_token = unsound_gitlab(*config)) all.push_back(from_problem("gitlab", *no_token));
  if (options.online && options.ask_gitlab)
    for (auto& finding : options.ask_gitlab(*config)) all.push_back(std::move(finding));
  if (options.online && options.fetch)
    for (const auto& repository : config->policy.repositories) {
      const auto subject = fmt::format("repository {} online", repository.name);
      if (const auto seen = options.fetch(*config, repository.name))
        all.push_back(good(subject, *seen));
      else
        all.push_back(from_problem(subject, seen.error()));
    }
  return all;
}

}  // namespace

Finding good(std::string subject, std::string what) { return {true, std::move(subject), std::move(what), {}}; }
Finding bad(std::string subject, std::string what, std::string mend) {
  return {false, std::move(subject), std::move(what), std::move(mend)};
}
Finding from_problem(std::string subject, const Problem& problem) {
  return bad(std::move(subject), problem.what, problem.mend.empty() ? "see the log of hotfixd serve" : problem.mend);
}

std::vector<Finding> machine_findings(const Config& config) {
  std::vector<Finding> all{zones_finding(config.policy), data_dir_finding(config.data_dir)};
  if (const auto unsound = unsound_chat_socket(config)) all.push_back(from_problem("data_dir", *unsound));
  for (const auto& [name, access] : config.repositories) repository_findings(name, access, all);
  return all;
}

int run_check(const CheckOptions& options, std::ostream& out, std::ostream& err) {
  if (options.print_default) {
    out << default_config();
    return 0;
  }
  if (options.config.empty()) {
    err << "hotfixd check: which configuration? Type: hotfixd check --config FILE\n";
    return 2;
  }
  const auto findings = all_findings(options);
  print(findings, options.json, out);
  return std::ranges::all_of(findings, &Finding::ok) ? 0 : 1;
}

}  // namespace hotfixd::cli
