#include "bot/cli/config.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <fstream>
#include <set>

#include "bot/cli/config_keys.hpp"
#include "bot/cli/github.hpp"
#include "bot/cli/regression.hpp"

namespace hotfixd::cli {
namespace {

constexpr std::size_t kLargestFile = 1024 * 1024;
constexpr std::size_t kMostEntries = 1000;  // of [[repository]], [[services]] or [[people]]

constexpr std::string_view kRepository = "repository";
constexpr std::string_view kPeople = "people";
constexpr std::string_view kServices = "services";

std::string join(const std::string& path, std::string_view name) {
  return path.empty() ? std::string(name) : fmt::format("{}.{}", path, name);
}

const Section* find_section(std::string_view name) {
  const auto& all = sections();
  const auto it = std::ranges::find(all, name, &Section::name);
  return it == all.end() ? nullptr : &*it;
}

// The names of the tables directly below a path ("" = the whole file).
std::vector<std::string> tables_below(const std::string& path) {
  const auto prefix = path.empty() ? "" : path + ".";
  std::vector<std::string> names;
  for (const auto& section : sections()) {
    if (!section.name.starts_with(prefix) || section.name == path) continue;
    auto name = section.name.substr(prefix.size());
    name.resize(std::min(name.size(), name.find('.')));
    if (std::ranges::find(names, name) == names.end()) names.push_back(std::move(name));
  }
  return names;
}

// Every place where a key of this name is known.
std::vector<std::string> homes_of(std::string_view name) {
  std::vector<std::string> homes;
  const auto look = [&](const std::string& home, const auto& keys) {
    if (std::ranges::any_of(keys, [&](const auto& key) { return key.name == name; })) homes.push_back(home);
  };
  for (const auto& section : sections()) look(fmt::format("[{}]", section.name), section.keys);
  look("[[repository]]", repository_keys());
  look("[[services]]", service_keys());
  look("[[people]]", person_keys());
  return homes;
}

void report_unknown(const toml::key& name, const std::string& path, const std::vector<std::string>& known,
                    Report& report) {
  std::string mend;
  const auto homes = homes_of(name.str());
  if (const auto near = nearest(name.str(), known))
    mend = fmt::format("did you mean '{}'?", *near);
  else if (homes.size() == 1)
    mend = fmt::format("it belongs under {}", homes.front());
  else
    mend = fmt::format("known here: {}", fmt::join(known, ", "));
  report.add(name.source(), join(path, name.str()), "unknown key", std::move(mend));
}

template <typename T>
std::vector<std::string> names_in(const Keys<T>& keys) {
  std::vector<std::string> names;
  for (const auto& key : keys) names.push_back(key.name);
  return names;
}

// Reads the keys that are there, in the table's order; what is left over in `table` goes to `rest`.
template <typename T, typename Rest>
void read_keys(T& into, const toml::table& table, const std::string& path, const Keys<T>& keys, Report& report,
               Rest rest) {
  for (const auto& [name, node] : table) {
    const auto known = std::ranges::find(keys, name.str(), &Key<T>::name);
    if (known == keys.end())
      rest(name, node);
    else
      known->read(into, Value{node, join(path, name.str()), report});
  }
}

// One entry of a list of tables; nothing when a required key is missing or unusable.
template <typename T>
std::optional<T> read_entry(const toml::table& table, const std::string& path, const Keys<T>& keys, Report& report) {
  T entry;
  bool whole = true;
  for (const auto& key : keys) {
    if (!key.required || table.contains(key.name)) continue;
    report.add(table.source(), join(path, key.name), fmt::format("'{}' is missing", key.name),
               fmt::format("add {} = \"…\"", key.name));
    whole = false;
  }
  std::set<std::string> failed;
  const auto before = report.errors.size();
  read_keys(entry, table, path, keys, report,
            [&](const toml::key& name, const toml::node&) { report_unknown(name, path, names_in(keys), report); });
  for (auto i = before; i < report.errors.size(); ++i) failed.insert(report.errors[i].key);
  for (const auto& key : keys)
    if (key.required && failed.contains(join(path, key.name))) whole = false;
  return whole ? std::optional(std::move(entry)) : std::nullopt;
}

template <typename T, typename Take>
void read_entries(const toml::node& node, std::string_view name, const Keys<T>& keys, Report& report, Take take) {
  const auto* list = node.as_array();
  if (list == nullptr || (!list->empty() && !list->is_homogeneous<toml::table>()))
    return report.add(node.source(), std::string(name), fmt::format("'{}' must be a list of tables", name),
                      fmt::format("begin each one with [[{}]]", name));
  if (list->size() > kMostEntries)
    return report.add(node.source(), std::string(name),
                      fmt::format("there are {} entries, {} are allowed", list->size(), kMostEntries), "");
  for (std::size_t i = 0; i < list->size(); ++i) {
    const auto& table = *list->get_as<toml::table>(i);
    const auto path = fmt::format("{}[{}]", name, i);
    if (auto entry = read_entry(table, path, keys, report)) take(std::move(*entry), table, path);
  }
}

// The token would cross the network for everyone to read, or not be used at all.
bool wastes_token(const RepositoryAccess& access) { return access.token && !access.url.starts_with("http"); }

// What `sign` and `signing_key` lack together; empty = nothing.
std::string wrong_signature(const RepositoryAccess& access) {
  if (access.sign == TagSignature::none) return {};
  if (access.signing_key.empty()) return "tags are to be signed and no key is named";
  const bool file = access.signing_key.contains('/');
  return file || access.sign == TagSignature::gpg ? "" : "for ssh it is a file, with a '/' in its name";
}

void read_repositories(Config& config, const toml::node& node, Report& report) {
  read_entries(node, kRepository, repository_keys(), report,
               [&](RepositoryEntry entry, const toml::table& table, const std::string& path) {
                 const auto name = entry.policy.name;
                 if (config.repositories.contains(name))
                   return report.add(table.get("name")->source(), path + ".name",
                                     fmt::format("the repository '{}' is listed more than once", name),
                                     "rename or remove one");
                 if (!entry.policy.gitlab.empty() && !entry.policy.github.empty())
                   report.add(table.get("gitlab")->source(), path + ".gitlab", "github and gitlab are both set",
                              "remove the one that it is not");
                 if (wastes_token(entry.access))
                   report.add(table.get("token")->source(), path + ".token",
                              "a token is only used with an https:// address", "remove it, or change url");
                 entry.policy.deploys = !entry.access.deploy.empty();
                 entry.policy.regression_test = shown_means(entry.access.regression_test);
                 if (auto wrong = wrong_signature(entry.access); !wrong.empty())
                   report.add(table.source(), path + ".signing_key", std::move(wrong),
                              entry.access.sign == TagSignature::ssh ? "write signing_key = \"/path/to/key\""
                                                                     : "write signing_key = \"KEY-ID\"");
                 config.policy.repositories.push_back(std::move(entry.policy));
                 config.repositories.emplace(name, std::move(entry.access));
               });
}

void read_services(Config& config, const toml::node& node, Report& report) {
  read_entries(node, kServices, service_keys(), report,
               [&](ServicePolicy entry, const toml::table& table, const std::string& path) {
                 if (config.policy.service(entry.name) != nullptr)
                   return report.add(table.get("name")->source(), path + ".name",
                                     fmt::format("the service '{}' is listed more than once", entry.name),
                                     "rename or remove one");
                 config.policy.services.push_back(std::move(entry));
               });
}

void read_people(Config& config, const toml::node& node, Report& report) {
  read_entries(
      node, kPeople, person_keys(), report, [&](PersonPolicy entry, const toml::table& table, const std::string& path) {
        if (config.policy.person(entry.person.id) != nullptr)
          return report.add(table.get("id")->source(), path + ".id",
                            fmt::format("the person '{}' is listed more than once", entry.person.id), "remove one");
        if (entry.person.name.empty()) entry.person.name = entry.person.id;
        config.policy.people.push_back(std::move(entry));
      });
}

void read_table(Config& config, const toml::table& table, const std::string& path, Report& report) {
  static const Keys<Config> none;
  const auto* section = find_section(path);
  const auto& keys = section == nullptr ? none : section->keys;
  const auto tables = tables_below(path);
  std::vector<std::pair<std::string, const toml::node*>> deeper;
  read_keys(config, table, path, keys, report, [&](const toml::key& name, const toml::node& node) {
    if (std::ranges::find(tables, name.str()) != tables.end()) {
      deeper.emplace_back(name.str(), &node);
    } else if (path.empty() && name.str() == kRepository) {
      read_repositories(config, node, report);
    } else if (path.empty() && name.str() == kServices) {
      read_services(config, node, report);
    } else if (path.empty() && name.str() == kPeople) {
      read_people(config, node, report);
    } else {
      auto known = names_in(keys);
      known.insert(known.end(), tables.begin(), tables.end());
      if (path.empty())
        known.insert(known.end(), {std::string(kRepository), std::string(kServices), std::string(kPeople)});
      report_unknown(name, path, known, report);
    }
  });
  // After the keys: [reminders] counts for all kinds, [reminders.rca] then changes one.
  for (const auto& [name, node] : deeper) {
    const auto below = join(path, name);
    if (const auto* inner = node->as_table(); inner != nullptr)
      read_table(config, *inner, below, report);
    else
      report.add(node->source(), below, fmt::format("'{}' must be a table", name),
                 fmt::format("write [{}] and its keys below", below));
  }
}

// A comment of one or more lines.
std::string comment(std::string text) {
  for (auto at = text.find('\n'); at != std::string::npos; at = text.find('\n', at + 1)) text.replace(at, 1, "\n# ");
  return text.empty() ? text : fmt::format("# {}\n", text);
}

// `told` are the meanings that stand above already, in a table of the same family.
template <typename T>
void write_keys(std::string& out, const T& values, const Keys<T>& keys, std::set<std::string>& told) {
  for (const auto& key : keys) {
    if (told.insert(key.meaning).second) out += comment(key.meaning);
    out += fmt::format("#{} = {}\n", key.name, key.show(values));
  }
}

Config starting_values() {
  Config config;
  // Every kind of obligation gets its own entry, so that each can be changed.
  for (const auto kind :
       {ObligationKind::merge_back, ObligationKind::rca, ObligationKind::rca_review, ObligationKind::action_item,
        ObligationKind::verification, ObligationKind::stakeholder_update, ObligationKind::flag_clean_up})
    config.policy.reminders.try_emplace(kind, ReminderPolicy{});
  return config;
}

}  // namespace

std::string describe(const ConfigError& error, const std::string& path) {
  std::string text = path;
  if (error.line > 0) text += fmt::format(":{}:{}", error.line, error.column);
  if (!error.key.empty()) text += fmt::format(": {}", error.key);
  text += fmt::format(": {}", error.what);
  if (!error.mend.empty()) text += fmt::format(" → {}", error.mend);
  return text;
}

ConfigResult load_config(const std::filesystem::path& path, Secrets secrets) {
  const auto refuse = [](std::string what, std::string mend) {
    return std::unexpected(std::vector{ConfigError{.what = std::move(what), .mend = std::move(mend)}});
  };
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (!std::filesystem::exists(status))
    return refuse("there is no such file", fmt::format("hotfixd check --print-default > {}", path.string()));
  if (std::filesystem::is_directory(status)) return refuse("this is a directory", "name the file in it");
  std::ifstream file(path, std::ios::binary);
  std::string text(kLargestFile + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad() || (!file && file.gcount() == 0 && !file.eof()))
    return refuse("the file cannot be read", "check its owner and permissions");
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > kLargestFile) return refuse("the file is larger than 1 MiB", "shorten it");
  return parse_config(text, std::filesystem::absolute(path, error).parent_path(), secrets);
}

ConfigResult parse_config(std::string_view text, const std::filesystem::path& base_dir, Secrets secrets) {
  Report report{.base_dir = base_dir, .errors = {}, .secrets = secrets};
  auto config = starting_values();
  try {
    read_table(config, toml::parse(text), "", report);
  } catch (const toml::parse_error& wrong) {
    report.add(wrong.source(), "", std::string(wrong.description()), "mend the TOML here; what follows was not read");
    return std::unexpected(std::move(report.errors));
  }
  std::ranges::stable_sort(report.errors, {}, [](const ConfigError& e) { return std::pair(e.line, e.column); });
  for (auto& sentence : validate(config.policy))
    report.errors.push_back({.key = "", .what = std::move(sentence), .mend = ""});
  if (config.engine.first_retry > config.engine.max_retry)
    report.errors.push_back(
        {.key = "engine.first_retry", .what = "first_retry is longer than max_retry", .mend = "swap them"});
  if (!report.errors.empty()) return std::unexpected(std::move(report.errors));
  for (auto& repository : config.policy.repositories) {
    const auto& url = config.repositories.at(repository.name).url;
    if (config.github.has_api() && repository.gitlab.empty() &&
        !github_name(repository, url, config.github.api_url).empty())
      repository.forge = "GitHub";
    if (config.gitlab.token && !repository.gitlab.empty()) repository.forge = "GitLab";
  }
  return config;
}

std::vector<std::string> secrets_of(const Config& config) {
  std::vector<std::string> all;
  const auto add = [&](const auto& keys, const auto& from) {
    for (const auto& key : keys)
      if (key.secret)
        if (auto secret = key.secret(from)) all.push_back(std::move(*secret));
  };
  for (const auto& section : sections()) add(section.keys, config);
  for (const auto& [name, access] : config.repositories) add(repository_keys(), RepositoryEntry{{}, access});
  return all;
}

std::string default_config() {
  const auto config = starting_values();
  std::string out =
      "# The configuration of hotfixd. Every key is here with its default: take the # away to change one.\n"
      "# Durations are written \"30s\", \"30m\", \"2h\", \"3d\" or \"1h30m\", times of day \"22:00\", secrets "
      "\"env:NAME\" or\n"
      "# \"file:PATH\". `hotfixd check` says what is wrong with this file, and where.\n";
  std::set<std::string> told;
  std::string family;
  for (const auto& section : sections()) {
    if (auto now = section.name.substr(0, section.name.find('.')); now != family) {
      family = std::move(now);
      told.clear();
    }
    out += fmt::format("\n{}[{}]\n", comment(section.meaning), section.name);
    write_keys(out, config, section.keys, told);
  }
  told.clear();
  out += "\n# One such block for each repository.\n#[[repository]]\n";
  write_keys(out, example_repository(), repository_keys(), told);
  told.clear();
  out += "\n# One such block for each service that --service may name.\n#[[services]]\n";
  write_keys(out, example_service(), service_keys(), told);
  told.clear();
  out += "\n# One such block for each person whose zone or login differs.\n#[[people]]\n";
  write_keys(out, example_person(), person_keys(), told);
  return out;
}

Config demo_config(const std::string& dir) {
  const auto root = std::filesystem::absolute(dir).lexically_normal();
  auto config = starting_values();
  config.data_dir = root / "data";
  config.policy.zone = "UTC";
  config.policy.alert_sources = {"pager", "alertmanager", "pagerduty"};
  config.policy.repositories.push_back({.name = "shop"});
  config.repositories["shop"].url = "file://" + (root / "origin.git").string();
  return config;
}

}  // namespace hotfixd::cli
