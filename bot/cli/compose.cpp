#include "bot/cli/compose.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <ostream>

#include "bot/engine/export.hpp"
#include "bot/store/random_ids.hpp"
#include "bot/store/sqlite_store.hpp"
#include "integrations/git/mirror_repository.hpp"
#include "integrations/local/local_platform.hpp"

namespace hotfixd::cli {
namespace {

namespace fs = std::filesystem;

class SystemClock : public Clock {
 public:
  Time now() const override { return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now()); }
};

std::string database_path(const Config& config) { return (config.data_dir / "hotfixd.db").string(); }

Result<std::unique_ptr<Store>> open_for_reading(const Config& config, IdSource& ids) {
  return store::open_sqlite(
      {.path = database_path(config), .read_only = true, .environment = config.policy.environment}, ids);
}

int report(const Problem& p, std::ostream& err) {
  err << p.what << (p.mend.empty() ? "" : "\n" + p.mend) << "\n";
  return 2;
}

}  // namespace

std::unique_ptr<Clock> system_clock() { return std::make_unique<SystemClock>(); }

Result<std::unique_ptr<GitRepository>> make_mirror(const std::string& name, const Config& config,
                                                   const std::string& path, const Clock& clock) {
  const auto& access = config.repositories.at(name);
  git::MirrorOptions o;
  o.url = access.url;
  o.path = path;
  if (access.token) o.token = access.token->reveal();
  o.user = access.user;
  o.ssh_key_path = access.ssh_key.string();
  if (access.ssh_passphrase) o.ssh_passphrase = access.ssh_passphrase->reveal();
  o.known_hosts_path = access.known_hosts.string();
  o.ca_file = access.ca_file.string();
  o.bot_name = access.tagger_name;
  o.bot_email = access.tagger_email;
  o.timeout = access.timeout;
  using From = ProductionSource::Kind;
  using To = git::MirrorOptions::Production::Source;
  o.production = {access.production.kind == From::fixed     ? To::fixed
                  : access.production.kind == From::command ? To::command
                                                            : To::newest_tag,
                  access.production.value};
  o.tag_prefix = access.tag_prefix;
  o.clock = [&clock] { return clock.now(); };
  return git::open_mirror(o, *config.policy.repository(name));
}

Result<Bot> make_bot(const Config& config) {
  Bot bot;
  std::error_code failed;
  fs::create_directories(config.data_dir / "mirrors", failed);
  if (failed)
    return std::unexpected(Problem{Problem::Kind::refused,
                                   fmt::format("cannot make {}: {}", config.data_dir.string(), failed.message()),
                                   "choose another data_dir or give this user the right to write there",
                                   {}});
  bot.clock = system_clock();
  bot.ids = store::random_ids();
  auto store = store::open_sqlite({.path = database_path(config), .environment = config.policy.environment}, *bot.ids);
  if (!store) return std::unexpected(store.error());
  bot.store = std::move(*store);
  auto channel = local::ChannelStore::open((config.data_dir / "channel.db").string());
  if (!channel) return std::unexpected(channel.error());
  bot.channel = std::move(*channel);
  bot.chat = local::create_local_platform(*bot.channel, *bot.clock);
  EnginePorts ports{*bot.store, *bot.clock, *bot.ids, *bot.chat, {}};
  for (const auto& [name, access] : config.repositories) {
    auto mirror = make_mirror(name, config, (config.data_dir / "mirrors" / (name + ".git")).string(), *bot.clock);
    if (!mirror) return std::unexpected(mirror.error());
    bot.repositories[name] = std::move(*mirror);
    ports.repositories[name] = bot.repositories[name].get();
  }
  bot.engine = std::make_unique<Engine>(std::move(ports), config.policy, config.engine);
  if (auto opened = bot.engine->open(); !opened) return std::unexpected(opened.error());
  return bot;
}

Result<std::vector<Finding>> store_findings(const Config& config) {
  std::vector<Finding> findings;
  if (!fs::exists(database_path(config)))
    return std::vector<Finding>{{true, "database", "not there yet; the first start makes it", {}}};
  const auto ids = store::random_ids();
  auto store = open_for_reading(config, *ids);
  if (!store) return std::unexpected(store.error());
  auto heads = (*store)->heads(true);
  if (!heads) return std::unexpected(heads.error());
  std::uint64_t events = 0;
  for (const auto& head : *heads) {
    auto sound = (*store)->verify(head.id);
    if (!sound)
      findings.push_back(
          {false, "audit chain of " + head.id, sound.error().what, "restore the database from a backup and compare"});
    else
      events += *sound;
  }
  findings.push_back({true, "database", fmt::format("{} incidents, {} events", heads->size(), events), {}});
  auto dead = (*store)->dead_letters();
  if (!dead) return std::unexpected(dead.error());
  for (const auto& letter : *dead)
    findings.push_back({false, "dead letter " + letter.key, letter.what,
                        "mend the cause; what it was about is in " + letter.incident});
  return findings;
}

Result<std::string> fetch_finding(const Config& config, const std::string& repository) {
  const auto clock = system_clock();
  std::error_code failed;
  fs::create_directories(config.data_dir / "mirrors", failed);
  auto mirror = make_mirror(repository, config, (config.data_dir / "mirrors" / (repository + ".git")).string(), *clock);
  if (!mirror) return std::unexpected(mirror.error());
  const auto quietly = [](std::string_view) { return true; };
  auto tag = (*mirror)->production_tag({}, quietly);
  if (!tag) return std::unexpected(tag.error());
  return "production is " + *tag;
}

int run_export(const Config& config, const ExportOptions& options, std::ostream& out, std::ostream& err) {
  const auto ids = store::random_ids();
  auto store = open_for_reading(config, *ids);
  if (!store) return report(store.error(), err);
  auto heads = (*store)->heads(true);
  if (!heads) return report(heads.error(), err);
  std::erase_if(*heads, [&](const IncidentHead& h) { return !options.incident.empty() && h.id != options.incident; });
  if (heads->empty() && !options.incident.empty()) {
    err << fmt::format("There is no incident {}.\n", options.incident);
    return 1;
  }
  int code = 0;
  bool first = true;
  if (options.format == "json" && !options.verify) out << "{\"incidents\":[";
  for (const auto& head : *heads) {
    if (options.verify) {
      auto sound = (*store)->verify(head.id);
      if (sound) {
        out << fmt::format("{}: {} events, the chain is whole\n", head.id, *sound);
      } else {
        out << fmt::format("{}: {}\n", head.id, sound.error().what);
        code = 1;
      }
      continue;
    }
    auto events = (*store)->load(head.id);
    if (!events) return report(events.error(), err);
    const auto incident = fold(*events);
    auto counted = (*store)->counts(head.id);
    if (!counted) return report(counted.error(), err);
    if (options.format == "json")
      out << (first ? "" : ",\n") << export_json(incident, config.policy, *counted, 1);
    else
      out << export_text(incident, config.policy, *counted, options.format) << (options.format == "csv" ? "" : "\n");
    first = false;
  }
  if (options.format == "json" && !options.verify) out << "]}\n";
  return code;
}

int run_redact(const Config& config, const IncidentId& incident, const std::string& needle, std::ostream& out,
               std::ostream& err) {
  const auto ids = store::random_ids();
  auto store = store::open_sqlite({.path = database_path(config), .environment = config.policy.environment}, *ids);
  if (!store) return report(store.error(), err);
  auto erased = (*store)->redact(incident, needle);
  if (!erased) return report(erased.error(), err);
  out << fmt::format("{} {} of {} erased; the audit chain stays whole.\n", *erased, *erased == 1 ? "text" : "texts",
                     incident);
  return *erased == 0 ? 1 : 0;
}

}  // namespace hotfixd::cli
