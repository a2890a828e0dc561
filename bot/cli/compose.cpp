#include "bot/cli/compose.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <spdlog/spdlog.h>

#include <filesystem>
#include <fstream>
#include <ostream>

#include "bot/cli/chat_router.hpp"
#include "bot/engine/export.hpp"
#include "bot/store/codec.hpp"
#include "bot/store/random_ids.hpp"
#include "bot/store/redaction.hpp"
#include "bot/store/rules.hpp"
#include "bot/store/sqlite_store.hpp"
#include "integrations/git/mirror_repository.hpp"
#include "integrations/git/tag_signature.hpp"
#include "integrations/github/forge.hpp"
#include "integrations/local/local_platform.hpp"
#include "integrations/slack/channel_id.hpp"

namespace hotfixd::cli {
namespace {

namespace fs = std::filesystem;

class SystemClock : public Clock {
 public:
  Time now() const override { return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now()); }
};

std::string database_path(const Config& config) { return (config.data_dir / "hotfixd.db").string(); }

// A word for this database, made once: keys of its posts are told apart from another's.
Result<std::string> instance_of(const Config& config, IdSource& ids) {
  const auto path = config.data_dir / "instance";
  std::string word;
  if (std::ifstream in(path); in >> word) return word;
  word = ids.random_hex(6);
  std::ofstream out(path);
  out << word << "\n";
  out.close();
  if (out) return word;
  return std::unexpected(Problem{Problem::Kind::refused,
                                 fmt::format("cannot write {}", path.string()),
                                 "give this user the right to write there",
                                 {}});
}

int report(const Problem& p, std::ostream& err) {
  err << p.what << (p.mend.empty() ? "" : "\n" + p.mend) << "\n";
  return 2;
}

}  // namespace

Result<std::unique_ptr<Store>> open_for_reading(const Config& config, IdSource& ids) {
  return store::open_sqlite(
      {.path = database_path(config), .read_only = true, .environment = config.policy.environment}, ids);
}

std::string channel_path(const Config& config) { return (config.data_dir / "channel.db").string(); }

std::unique_ptr<Clock> system_clock() { return std::make_unique<SystemClock>(); }

namespace {

git::MirrorOptions::Sign signer_of(const RepositoryAccess& access) {
  using Sign = git::MirrorOptions::Sign;
  return access.sign == TagSignature::ssh ? Sign::ssh : access.sign == TagSignature::gpg ? Sign::gpg : Sign::none;
}

}  // namespace

Result<std::unique_ptr<GitRepository>> make_mirror(const std::string& name, const Config& config,
                                                   const std::string& path, const Clock& clock, Deployer* deployer) {
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
  o.production = {access.production.kind == From::fixed         ? To::fixed
                  : access.production.kind == From::command     ? To::command
                  : access.production.kind == From::deployments ? To::asked
                                                                : To::newest_tag,
                  access.production.value,
                  [deployer, environment = config.policy.environment] { return deployed_tag(deployer, environment); }};
  o.tag_prefix = access.tag_prefix;
  o.sign = signer_of(access);
  o.signing_key = access.signing_key;
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
  auto channel = local::ChannelStore::open(channel_path(config));
  if (!channel) return std::unexpected(channel.error());
  bot.channel = std::move(*channel);
  std::vector<ChatRouter::Branch> elsewhere;
  if (config.slack.bot_token) {
    auto slack = make_slack(config, *bot.clock);
    if (!slack) return std::unexpected(slack.error());
    bot.slack = std::move(*slack);
    auto instance = instance_of(config, *bot.ids);
    if (!instance) return std::unexpected(instance.error());
    elsewhere.push_back({std::string(slack::kPlatform),
                         slack::create_platform(*bot.slack.api, *bot.slack.groups, config.policy,
                                                {.instance = std::move(*instance), .report = [](const Problem& p) {
                                                   spdlog::warn("slack: {}. {}", p.what, p.mend);
                                                 }})});
  }
  bot.chat = std::make_unique<ChatRouter>(std::move(elsewhere), local::create_local_platform(*bot.channel, *bot.clock));
  EnginePorts ports{*bot.store, *bot.clock, *bot.ids, *bot.chat, {}};
  if (!config.listen.public_url.empty()) {
    auto links = PageLinks::open(config, *bot.ids);
    if (!links) return std::unexpected(links.error());
    bot.pages = std::move(*links);
    ports.page = [links = *bot.pages](const IncidentId& incident) { return links.to(incident); };
  }
  auto deploy = make_deployers(config, *bot.clock, {bot.github, bot.gitlab});
  if (!deploy) return std::unexpected(deploy.error());
  bot.deploy = std::move(*deploy);
  for (const auto& [name, deployer] : bot.deploy.deployers) ports.deployers[name] = deployer.get();
  auto testers = make_testers(config, *bot.clock, {bot.github, bot.gitlab});
  if (!testers) return std::unexpected(testers.error());
  bot.testers = std::move(*testers);
  for (const auto& [name, tester] : bot.testers) ports.testers[name] = tester.get();
  for (const auto& [name, access] : config.repositories) {
    auto mirror = make_mirror(name, config, (config.data_dir / "mirrors" / (name + ".git")).string(), *bot.clock,
                              bot.deploy.find(name));
    if (!mirror) return std::unexpected(mirror.error());
    bot.repositories[name] = std::move(*mirror);
    ports.repositories[name] = bot.repositories[name].get();
  }
  for (const auto& policy : config.policy.repositories) {
    if (policy.forge != "GitHub") continue;
    if (!bot.github.api) {
      auto github = make_github(config, *bot.clock);
      if (!github) return std::unexpected(github.error());
      bot.github = std::move(*github);
    }
    const auto& url = config.repositories.at(policy.name).url;
    bot.forges[policy.name] = github::create_forge(*bot.github.api, policy.name,
                                                   github_name(policy, url, config.github.api_url), config.policy);
  }
  auto on_gitlab = make_gitlab_forges(config, *bot.clock, bot.gitlab);
  if (!on_gitlab) return std::unexpected(on_gitlab.error());
  bot.forges.merge(*on_gitlab);
  for (const auto& [name, forge] : bot.forges) ports.forges[name] = forge.get();
  bot.engine = std::make_unique<Engine>(std::move(ports), config.policy, config.engine);
  if (auto opened = bot.engine->open(); !opened) return std::unexpected(opened.error());
  return bot;
}

void Bot::stop() {
  engine->stop([this] {
    if (github.http) github.http->stop(std::chrono::milliseconds{0});
    if (deploy.http) deploy.http->stop(std::chrono::milliseconds{0});
    if (gitlab.http) gitlab.http->stop(std::chrono::milliseconds{0});
  });
}

Result<std::vector<Finding>> store_findings(const Config& config) {
  std::vector<Finding> findings;
  if (!fs::exists(database_path(config)))
    return std::vector<Finding>{{true, "database", "not there yet; the first start makes it", {}}};
  const auto ids = store::random_ids();
  auto store = open_for_reading(config, *ids);
  if (!store) return std::unexpected(store.error());
  auto audit = store::audit_sqlite(database_path(config), {}, {});
  if (!audit) return std::unexpected(audit.error());
  for (const auto& incident : audit->incidents)
    if (!incident.finding.empty())
      findings.push_back(
          {false, "audit chain of " + incident.id, incident.finding, "restore the database from a backup and compare"});
  if (const bool fresh = audit->incidents.empty() && audit->events == 0; !fresh)
    for (const auto& finding : audit->findings)
      findings.push_back({false, "audit chain", finding, "restore the database from a backup and compare"});
  findings.push_back(
      {true, "database", fmt::format("{} incidents, {} events", audit->incidents.size(), audit->events), {}});
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
  GithubOut github;
  GitlabOut gitlab;
  DeployOut deploy;
  if (config.repositories.at(repository).production.kind == ProductionSource::Kind::deployments) {
    auto made = make_deployers(config, *clock, {github, gitlab});
    if (!made) return std::unexpected(made.error());
    deploy = std::move(*made);
  }
  auto mirror = make_mirror(repository, config, (config.data_dir / "mirrors" / (repository + ".git")).string(), *clock,
                            deploy.find(repository));
  if (!mirror) return std::unexpected(mirror.error());
  const auto quietly = [](std::string_view) { return true; };
  auto tag = (*mirror)->production_tag({}, quietly);
  if (!tag) return std::unexpected(tag.error());
  const auto& access = config.repositories.at(repository);
  if (access.sign == TagSignature::none) return "production is " + *tag;
  if (auto tried = git::try_signing(signer_of(access), access.signing_key); !tried)
    return std::unexpected(tried.error());
  return fmt::format("production is {}, and tags can be signed", *tag);
}

namespace {

std::string plural(std::uint64_t n, std::string_view one) { return fmt::format("{} {}{}", n, one, n == 1 ? "" : "s"); }

int run_verify(const Config& config, const ExportOptions& options, std::ostream& out, std::ostream& err) {
  constexpr std::size_t kHeadLength = 64;
  if (!options.expect.empty() && (options.expect.size() != kHeadLength ||
                                  options.expect.find_first_not_of("0123456789abcdef") != std::string::npos)) {
    err << "--expect takes a head as --verify prints it: 64 digits 0-9 and a-f.\n";
    return 2;
  }
  auto audit = store::audit_sqlite(database_path(config), options.incident, options.expect);
  if (!audit) return report(audit.error(), err);
  bool sound = audit->findings.empty();
  for (const auto& incident : audit->incidents) {
    sound = sound && incident.finding.empty();
    if (incident.finding.empty())
      out << fmt::format("{}: {}, the chain is whole, head {}\n", incident.id, plural(incident.events, "event"),
                         incident.head);
    else
      out << incident.finding << "\n";
  }
  for (const auto& finding : audit->findings) out << finding << "\n";
  if (!audit->head.empty())
    out << fmt::format("database: {}, {}, head {}\n", plural(audit->incidents.size(), "incident"),
                       plural(audit->events, "event"), audit->head);
  if (!options.expect.empty()) {
    sound = sound && !audit->found.empty();
    out << (audit->found.empty()
                ? "The expected head is nowhere: what it covered was cut off or replaced.\n"
                : fmt::format("The expected head is that of {}{}\n", audit->found,
                              sound ? ": nothing up to it was cut off or replaced." : ", but see above."));
  }
  return sound ? 0 : 1;
}

int print_links(const Config& config, const std::vector<IncidentHead>& heads, IdSource& ids, std::ostream& out,
                std::ostream& err) {
  if (config.listen.public_url.empty()) {
    err << "There are no pages: set server.public_url in the configuration.\n";
    return 2;
  }
  const auto links = PageLinks::open(config, ids);
  if (!links) return report(links.error(), err);
  for (const auto& head : heads) out << links->to(head.id) << "\n";
  return 0;
}

}  // namespace

int run_export(const Config& config, const ExportOptions& options, std::ostream& out, std::ostream& err) {
  if (options.verify) return run_verify(config, options, out, err);
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
  if (options.format == "link") return print_links(config, *heads, *ids, out, err);
  bool first = true;
  if (options.format == "json") out << "{\"incidents\":[";
  for (const auto& head : *heads) {
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
  if (options.format == "json") out << "]}\n";
  return 0;
}

int run_redact(const Config& config, const RedactOptions& options, std::ostream& out, std::ostream& err) {
  const auto ids = store::random_ids();
  const auto path = database_path(config);
  if (!fs::exists(path)) {
    err << fmt::format("There is no database {}.\n", path);
    return 2;
  }
  // Holding the database keeps an engine from posting the words again meanwhile.
  auto store = store::open_sqlite({.path = path, .environment = config.policy.environment}, *ids);
  if (!store) return report(store.error(), err);
  Erasure erasure{options.incident, options.words, {options.by, options.by}, options.why, system_clock()->now(), 0};
  if (auto wrong = store::wrong_erasure(erasure)) return report(*wrong, err);
  const auto events = (*store)->load(options.incident);
  if (!events) return report(events.error(), err);
  if (events->empty()) return report(store::no_such_incident(options.incident), err);

  local::Blackened channel;
  if (fs::exists(channel_path(config))) {
    auto opened = local::ChannelStore::open(channel_path(config));
    if (!opened) return report(opened.error(), err);
    auto blackened = (*opened)->redact(
        options.words, kRedacted, [&](Message& message) { return store::redact_message(message, options.words) > 0; });
    if (!blackened) return report(blackened.error(), err);
    channel = *blackened;
  }
  // What was typed in terminals, in the form of a library: not worth keeping half of it.
  std::error_code kept;
  const bool forgotten = fs::remove(config.data_dir / "history", kept);
  if (kept)
    return report({Problem::Kind::refused,
                   fmt::format("{} cannot be removed: {}", (config.data_dir / "history").string(), kept.message()),
                   "remove it, then repeat the redaction",
                   {}},
                  err);
  erasure.elsewhere = channel.messages + channel.cards + channel.others;
  auto erased = (*store)->redact(erasure);
  if (!erased) return report(erased.error(), err);

  const auto& e = *erased;
  out << fmt::format("hotfixd.db: {} of {}, {}, {}, {} of channels without an incident{}.\n", plural(e.texts, "text"),
                     options.incident, plural(e.answers, "answer"), plural(e.effects, "waiting message"),
                     plural(e.loose, "message"), e.heads > 0 ? ", the summary in the list" : "");
  out << fmt::format("channel.db: {} of people, {} of the bot, {} in the queue, topics and reactions.\n",
                     plural(channel.messages, "message"), plural(channel.cards, "message"), channel.others);
  if (forgotten)
    out << "history: removed, whatever it held. A terminal that is still open writes its own again: end it first.\n";
  if (e.anything() || erasure.elsewhere > 0)
    out << fmt::format("{} records that {} erased them: {}. The audit chain stays whole.\n", options.incident,
                       options.by, options.why);
  else
    out << "Nothing holds these words.\n";
  if (!e.kept.empty())
    out << fmt::format("Not erased, they are part of the chain itself: event {} of {}.\n", fmt::join(e.kept, ", "),
                       options.incident);
  if (!e.others.empty()) out << fmt::format("Not erased, redact them too: {}.\n", fmt::join(e.others, ", "));
  return (e.anything() || erasure.elsewhere > 0) && e.kept.empty() && e.others.empty() ? 0 : 1;
}

}  // namespace hotfixd::cli
