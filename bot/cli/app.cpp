
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>

#include "bot/cli/check_github.hpp"
#include "bot/cli/check_gitlab.hpp"
#include "bot/cli/check_slack.hpp"
#include "bot/cli/compose.hpp"
#include "bot/cli/guard.hpp"
#include "bot/cli/mergeback.hpp"
#include "bot/cli/replay.hpp"
#include "bot/cli/serve.hpp"
#include "integrations/git/demo.hpp"
#include "integrations/slack/manifest.hpp"

namespace hotfixd::cli {
namespace {

namespace fs = std::filesystem;

constexpr auto kDefaultConfig = "/etc/hotfixd/hotfixd.toml";

// --config FILE, or --dir DIR for a demo workspace.
struct Where {
  std::string config, dir;

  void add_to(CLI::App& command) {
    auto* c =
        command.add_option("--config", config, "Configuration file (default: " + std::string(kDefaultConfig) + ")");
    command.add_option("--dir", dir, "A demo workspace made by `hotfixd demo`, instead of a configuration file")
        ->excludes(c);
  }

  // Prints what is wrong and returns nothing when it cannot be read.
  std::optional<Config> load(Secrets secrets = Secrets::read) const {
    if (!dir.empty()) {
      if (!fs::exists(fs::path(dir) / "origin.git")) {
        std::cerr << dir << " is not a demo workspace. Make one: hotfixd demo --dir " << dir << "\n";
        return std::nullopt;
      }
      return demo_config(fs::absolute(dir).lexically_normal().string());
    }
    const std::string path = config.empty() ? kDefaultConfig : config;
    auto loaded = load_config(path, secrets);
    if (!loaded) {
      for (const auto& e : loaded.error()) std::cerr << describe(e, path) << "\n";
      std::cerr << "Type `hotfixd check --print-default` to see every key.\n";
      return std::nullopt;
    }
    spdlog::set_level(spdlog::level::from_str(loaded->log_level));
    return std::move(*loaded);
  }
};

}  // namespace

int run(int argc, char** argv) {
  spdlog::set_default_logger(spdlog::stderr_logger_mt("hotfixd"));
  CLI::App app{
      "hotfixd runs a hotfix from the incident channel: declare, branch, tag, deploy, verify, merge back, RCA, close."};
  app.require_subcommand(1);
  app.failure_message(CLI::FailureMessage::help);
  app.footer("Start here: deploy/try, or `hotfixd demo --dir D` and `hotfixd chat --dir D`, then type /hotfix help.");
  int code = 0;

  Where serve_where;
  auto* serve = app.add_subcommand("serve", "Run as a service: webhooks, timers, reminders");
  serve_where.add_to(*serve);
  serve->callback([&] {
    const auto config = serve_where.load();
    code = config ? run_serve(*config) : 2;
  });

  Where chat_where;
  ChatArguments chat_arguments;
  bool plain = false;
  auto* chat =
      app.add_subcommand("chat", "The built-in channel in this terminal, also while serve runs (a pipe works too)");
  chat_where.add_to(*chat);
  chat->add_option("--channel", chat_arguments.channel, "Channel to begin in")->capture_default_str();
  chat->add_option("--as", chat_arguments.person, "Who you are (default: $USER)");
  chat->add_flag("--no-color", plain, "No colours");
  chat->callback([&] {
    spdlog::set_level(spdlog::level::err);  // the channel says what people need to know
    chat_arguments.color = !plain;
    const auto load = [&](Secrets secrets) {
      auto config = chat_where.load(secrets);
      spdlog::set_level(spdlog::level::err);
      return config;
    };
    code = run_chat_here(load, chat_arguments);
  });

  ReplayOptions replay_options;
  auto* replay =
      app.add_subcommand("replay", "Play a recorded conversation under a virtual clock and print the channel");
  replay->add_option("file", replay_options.file, "JSON Lines, one step a line; - reads standard input");
  replay->add_option("--config", replay_options.config,
                     "Try this configuration (default: a throw-away copy of the demo workspace)");
  replay->add_option("--zone", replay_options.zone, "IANA time zone of the channel, e.g. Europe/Berlin");
  replay->add_flag("--state", replay_options.state, "Print the incidents as JSON instead of the channel");
  auto* exported = replay->add_option("--slack-export", replay_options.slack_export,
                                      "Review an incident from a Slack export: the folder of the unpacked ZIP");
  replay->add_option("--channel", replay_options.channel, "The channel, by name or id (default: the only one)")
      ->needs(exported);
  replay->add_option("--from", replay_options.from, "From this time on: 2026-11-14T21:04:00Z, or \"2026-11-14 21:04\"")
      ->needs(exported);
  replay->add_option("--until", replay_options.until, "Before this time")->needs(exported);
  replay->add_option("--declare", replay_options.declare, "What it was: \"sev2 500s on /checkout\"")->needs(exported);
  replay->add_option("--format", replay_options.format, "markdown, json or csv (default: the timeline)")
      ->needs(exported)
      ->check(CLI::IsMember({"markdown", "json", "csv"}));
  replay->footer(
      "A step: {\"at\":\"2026-11-14T21:04:00Z\",\"as\":\"alice\",\"say\":\"/hotfix declare sev2 500s on /checkout\"}\n"
      "Others: react, unreact, edit, delete, press, hook, git; see README.md, \"Replay\".\n"
      "A review: hotfixd replay --slack-export DIR --channel incidents --from \"2026-11-14 20:50\" --until 2026-11-15\n"
      "--declare \"sev2 500s on /checkout\"");
  replay->callback([&] {
    if (replay_options.file.empty() == replay_options.slack_export.empty())
      throw CLI::ValidationError("replay", "name a file of steps, or a folder with --slack-export");
    spdlog::set_level(spdlog::level::off);  // what goes wrong is printed with its line
    code = run_replay(replay_options, std::cout, std::cerr);
  });

  CheckOptions check_options;
  std::string check_config, check_dir;
  auto* check = app.add_subcommand("check", "Validate the configuration and say what to mend");
  check->add_option("--config", check_config, "Configuration file")->default_str(kDefaultConfig);
  check->add_flag("--online", check_options.online, "Also fetch every repository and ask Slack, GitHub and GitLab");
  check->add_flag("--print-default", check_options.print_default,
                  "Print a commented file with every key and its default");
  check->add_flag("--json", check_options.json, "One JSON object instead of lines");
  check->callback([&] {
    spdlog::set_level(spdlog::level::off);
    check_options.config = check_config.empty() ? kDefaultConfig : check_config;
    check_options.store_findings = store_findings;
    check_options.fetch = fetch_finding;
    check_options.ask_slack = slack_findings;
    check_options.ask_github = [](const Config& config) { return github_findings(config, *system_clock()); };
    check_options.ask_gitlab = [](const Config& config) { return gitlab_findings(config, *system_clock()); };
    code = run_check(check_options, std::cout, std::cerr);
  });

  std::string manifest_url;
  bool by_socket = false;
  auto* slack = app.add_subcommand("slack", "What Slack needs to know");
  slack->require_subcommand(1);
  auto* manifest = slack->add_subcommand("manifest", "Print the manifest of the app");
  auto* socket_flag = manifest->add_flag("--socket", by_socket, "For Socket Mode (the default)");
  manifest->add_option("--url", manifest_url, "For requests to this public address, e.g. https://bot.example.com")
      ->excludes(socket_flag);
  manifest->callback([&] {
    while (manifest_url.ends_with('/')) manifest_url.pop_back();
    std::cout << slack::manifest(manifest_url);
  });

  Where export_where;
  ExportOptions export_options;
  bool as_json = false, as_csv = false, as_link = false;
  auto* exporting = app.add_subcommand("export", "An incident as Markdown, JSON or CSV; or verify the audit chain");
  export_where.add_to(*exporting);
  exporting->add_option("incident", export_options.incident, "e.g. HF-3 (default: all)");
  auto* json_flag = exporting->add_flag("--json", as_json, "JSON, the same as replay --state");
  auto* csv_flag = exporting->add_flag("--csv", as_csv, "The timeline as CSV")->excludes(json_flag);
  exporting
      ->add_flag("--link", as_link, "The address of its page, to be handed on: who has it may read (server.public_url)")
      ->excludes(json_flag)
      ->excludes(csv_flag);
  auto* verify_flag =
      exporting->add_flag("--verify", export_options.verify,
                          "Look for anything that was changed, print a head hash per incident and for the database; "
                          "exit 1 when something was found");
  exporting->add_option("--expect", export_options.expect, "A head hash noted earlier: nothing up to it is missing")
      ->needs(verify_flag);
  exporting->footer(
      "A record whose end was cut off by somebody who may write the file looks whole. Note the head that --verify\n"
      "prints, elsewhere, and give it to --expect later; without a noted head a cut-off end cannot be seen.\n"
      "Exit: 0 all is well, 1 something was found or the incident is unknown, 2 it cannot be read.");
  exporting->callback([&] {
    export_options.format = as_json ? "json" : as_csv ? "csv" : as_link ? "link" : "markdown";
    const auto config = export_where.load();
    code = config ? run_export(*config, export_options, std::cout, std::cerr) : 2;
  });

  Where guard_where;
  GuardOptions guard_options;
  auto* guard = app.add_subcommand("guard", "For CI: does what is about to be released carry every shipped hotfix?");
  guard->add_option("--repo", guard_options.repo, "A clone with its whole history, only read")->required();
  guard->add_option("--ref", guard_options.ref, "What is to be released: a branch, tag or commit")
      ->capture_default_str();
  auto* list_option =
      guard->add_option("--list", guard_options.list, "What `hotfixd export --json` printed; - reads standard input");
  guard_where.add_to(*guard);
  guard->add_option("--name", guard_options.name, "The repository's name in the policy (default: the only one)");
  guard->add_option(
      "--ignore", guard_options.ignored,
      "A path that is not judged, globs allowed (default: the policy's; of a list: VERSION, CHANGELOG.md)");
  guard->add_flag("--fetch-missing", guard_options.fetch_missing,
                  "In a partial clone, have git fetch what is read and not there (else it is exit 2)");
  guard->add_flag("--json", guard_options.json, "One JSON object instead of lines");
  for (const char* other : {"--config", "--dir"}) list_option->excludes(guard->get_option(other));
  guard->footer(
      "Beside the bot, now and then:  hotfixd export --json > hotfixes.json\n"
      "In CI, on a whole clone:       git fetch origin --tags && hotfixd guard --repo . --list hotfixes.json\n"
      "Exit: 0 all are there, 1 a hotfix is lacking, 2 something cannot be read, 3 a person must look.");
  guard->callback([&] {
    const bool configured = !guard_where.config.empty() || !guard_where.dir.empty() ||
                            (guard_options.list.empty() && fs::exists(kDefaultConfig));
    const auto config = configured ? guard_where.load(Secrets::left) : std::nullopt;
    code = configured && !config ? 2 : run_guard(config, guard_options, std::cin, std::cout, std::cerr);
  });

  MergeBackOptions mergeback_options;
  auto* mergeback = app.add_subcommand("mergeback", "Does a line carry a hotfix? Any clone, without a server");
  mergeback->add_option("--repo", mergeback_options.repo, "A clone with its whole history, only read")->required();
  mergeback->add_option("--base", mergeback_options.base, "The production tag that the hotfix was cut from")
      ->required();
  mergeback->add_option("--hotfix", mergeback_options.hotfix, "The hotfix: a branch, tag or commit")->required();
  mergeback->add_option("--target", mergeback_options.target, "The line: main, develop, release/2.5")->required();
  mergeback->add_option(
      "--landing", mergeback_options.landing,
      "The commit that the hotfix is on the line, where the forge knows it (default: found by history)");
  mergeback->add_option("--ignore", mergeback_options.ignored,
                        "A path that is not judged, globs allowed (default: VERSION, CHANGELOG.md)");
  mergeback->add_flag("--fetch-missing", mergeback_options.fetch_missing,
                      "In a partial clone, have git fetch what is read and not there (else it is exit 2)");
  mergeback->add_flag("--json", mergeback_options.json, "One JSON object instead of lines");
  mergeback->footer(
      "hotfixd mergeback --repo . --base v2.4.7 --hotfix hotfix/checkout-500 --target origin/main\n"
      "The first line is the verdict: PRESENT, PARTIAL, ABSENT, REGRESSED, ADAPTED, CHANGED_SINCE, MOOT or UNKNOWN.\n"
      "Exit: 0 PRESENT, 1 ABSENT, PARTIAL or REGRESSED, 2 something cannot be read, 3 a person must look.");
  mergeback->callback(
      [&] { code = run_mergeback(mergeback_options, isatty(STDERR_FILENO) != 0, std::cout, std::cerr); });

  Where redact_where;
  RedactOptions redact_options;
  auto* redact = app.add_subcommand(
      "redact", "Erase words from an incident and from the built-in channel; the audit chain stays whole and says so");
  redact_where.add_to(*redact);
  redact->add_option("incident", redact_options.incident, "e.g. HF-3")->required();
  redact->add_option("words", redact_options.words, "What the texts contain, at least 3 characters")->required();
  redact->add_option("--why", redact_options.why, "The reason, kept in the record: without the words")->required();
  redact->add_option("--by", redact_options.by, "Who erases (default: $USER)")->envname("USER")->required();
  redact->footer(
      "Stop hotfixd first. All of channel.db is searched, of hotfixd.db what belongs to the incident. Backups, logs,\n"
      "git and other chat platforms keep what they have.\n"
      "Exit: 0 erased, 1 nothing was found or something is left (it says what), 2 it could not be done.");
  redact->callback([&] {
    const auto config = redact_where.load();
    code = config ? run_redact(*config, redact_options, std::cout, std::cerr) : 2;
  });

  std::string demo_dir;
  auto* demo = app.add_subcommand("demo", "Make the demo workspace: a small repository with something to fix");
  demo->add_option("--dir", demo_dir, "Where")->required();
  demo->callback([&] {
    auto made = git::create_demo(demo_dir);
    if (!made) {
      std::cerr << made.error().what << "\n";
      code = 2;
      return;
    }
    std::cout << (*made ? "Made " : "There already: ") << demo_dir << "\n";
  });

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    const int parsed = app.exit(e);
    return parsed == 0 ? 0 : 2;
  }
  return code;
}

}  // namespace hotfixd::cli
