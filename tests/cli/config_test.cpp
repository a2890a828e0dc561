// The configuration file: what it may hold, what it says when it is wrong, and that its documentation is true.
#include "bot/cli/config.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include "bot/cli/config_keys.hpp"

namespace hotfixd::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
namespace fs = std::filesystem;
using std::chrono::hours;

// A directory of its own for each test, removed at the end.
class ConfigFile : public ::testing::Test {
 protected:
  void SetUp() override {
    auto name = (fs::temp_directory_path() / "hotfixd-config-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    dir_ = name;
    ::setenv("HOTFIXD_TEST_SECRET", "s3cret-of-the-test", 1);
  }
  void TearDown() override { fs::remove_all(dir_); }

  fs::path write(const std::string& name, const std::string& text, mode_t mode = 0600) const {
    const auto path = dir_ / name;
    std::ofstream(path) << text;
    ::chmod(path.c_str(), mode);
    return path;
  }

  fs::path dir_;
};

std::vector<std::string> complaints(const ConfigResult& result) {
  std::vector<std::string> all;
  if (!result)
    for (const auto& error : result.error()) all.push_back(describe(error, "f"));
  return all;
}

std::vector<std::string> complaints(std::string_view text) { return complaints(parse_config(text, "/etc")); }

// Every key of a configuration with its value, as the loader's own table writes them.
std::string written(const Config& config) {
  std::string all;
  for (const auto& section : sections())
    for (const auto& key : section.keys)
      if (section.name != "reminders") all += fmt::format("{}.{} = {}\n", section.name, key.name, key.show(config));
  for (const auto& repository : config.policy.repositories)
    for (const auto& key : repository_keys())
      all += fmt::format("repository.{} = {}\n", key.name,
                         key.show({repository, config.repositories.at(repository.name)}));
  for (const auto& service : config.policy.services)
    for (const auto& key : service_keys()) all += fmt::format("services.{} = {}\n", key.name, key.show(service));
  for (const auto& person : config.policy.people)
    for (const auto& key : person_keys()) all += fmt::format("people.{} = {}\n", key.name, key.show(person));
  return all;
}

// Takes the '#' away from keys and list headers; prose has a blank after its '#'.
std::string uncommented(const std::string& text) {
  return std::regex_replace(text, std::regex("(^|\n)#(?=[^ \n])"), "$1");
}

// Every variable that the documented configuration names is set to a value of its own, which is given back.
class Variables {
 public:
  Variables() {
    static const std::regex kVariable("\"env:(HOTFIXD_[A-Z_]+)\"");
    const auto text = default_config();
    for (std::sregex_iterator it(text.begin(), text.end(), kVariable), end; it != end; ++it) {
      const auto name = (*it)[1].str();
      names_.insert(name);
      ::setenv(name.c_str(), ("the value of " + name).c_str(), 1);
    }
  }
  ~Variables() {
    for (const auto& name : names_) ::unsetenv(name.c_str());
  }
  std::vector<std::string> values() const {
    std::vector<std::string> all;
    for (const auto& name : names_) all.push_back("the value of " + name);
    return all;
  }

 private:
  std::set<std::string> names_;
};

TEST(DefaultConfig, ParsesAsItStandsToTheBuiltInValues) {
  const auto config = parse_config(default_config(), "/etc");
  EXPECT_THAT(complaints(config), ElementsAre());
  ASSERT_TRUE(config);
  EXPECT_EQ(written(*config), written(*parse_config("", "/etc")));
}

TEST(DefaultConfig, ParsesUncommentedToTheBuiltInValuesAndTheExamples) {
  const Variables variables;
  const auto text = uncommented(default_config());
  const auto config = parse_config(text, "/etc");
  EXPECT_THAT(complaints(config), ElementsAre());
  ASSERT_TRUE(config);

  auto expected = *parse_config("", "/etc");
  const auto example = example_repository();
  expected.policy.repositories = {example.policy};
  expected.repositories.emplace(example.policy.name, example.access);
  expected.policy.services = {example_service()};
  expected.policy.people = {example_person()};
  EXPECT_EQ(written(*config), written(expected));
}

// A deploy command's output is shown without them. One that was added as another kind of key would be missing here.
TEST(DefaultConfig, EverySecretInItIsKnownAsOne) {
  const Variables variables;
  const auto config = parse_config(uncommented(default_config()), "/etc");
  ASSERT_TRUE(config);
  EXPECT_GE(variables.values().size(), 15U);
  EXPECT_THAT(secrets_of(*config), ::testing::UnorderedElementsAreArray(variables.values()));
  EXPECT_THAT(secrets_of(*parse_config("", "/etc")), ElementsAre());
}

// Only `check --online` needs it, and it lives 12 hours: `serve` starts without it.
TEST(SlackConfig, TheConfigurationTokenIsNotReadWithTheFile) {
  const auto config = parse_config("[slack]\nconfig_token = \"env:HOTFIXD_NOT_SET\"\n", "/etc");
  EXPECT_THAT(complaints(config), ElementsAre());
  ASSERT_TRUE(config && config->slack.config_token);
  EXPECT_EQ(config->slack.config_token->reference, "env:HOTFIXD_NOT_SET");
  EXPECT_EQ(config->slack.config_token->base_dir, "/etc");
  for (const char* text : {"xoxe.xoxp-1", "env:", "file:"})
    EXPECT_THAT(
        complaints(fmt::format("[slack]\nconfig_token = \"{}\"\n", text)),
        ElementsAre("f:2:16: slack.config_token: a secret must not stand in the configuration file itself → write "
                    "\"env:NAME\" or \"file:PATH\", and change the secret if it was shared with this file"))
        << text;
}

TEST(GithubConfig, AddressesAndIdsAreLookedAt) {
  for (const char* good : {"api_url = \"https://api.github.com\"", "api_url = \"https://git.acme.com/api/v3\"",
                           "app_id = \"Iv23liABC\"", "app_id = \"12345\"", "app_id = \"Iv1.8a61f9b3a7aba766\""})
    EXPECT_THAT(complaints(fmt::format("[github]\n{}\n", good)), ElementsAre()) << good;
  for (const char* bad : {"https://api.github.com/", "http://api.github.com", "api.github.com", "https://x/?a=b"})
    EXPECT_THAT(
        complaints(fmt::format("[github]\napi_url = \"{}\"\n", bad)),
        ElementsAre(fmt::format("f:2:11: github.api_url: '{}' does not fit → write \"https://api.github.com\", or "
                                "\"https://HOST/api/v3\" for GitHub Enterprise Server",
                                bad)));
  EXPECT_THAT(
      complaints("[github]\napp_id = \"my app\"\n"),
      ElementsAre("f:2:10: github.app_id: 'my app' does not fit → write the client id from the app's page, such "
                  "as \"Iv23liABCDEFGHIJKLMN\""));
}

TEST(SlackConfig, ThePublicAddressIsHttpsWithoutASlashAtItsEnd) {
  EXPECT_THAT(complaints("[slack]\npublic_url = \"https://bot.example.com/hotfix\"\n"), ElementsAre());
  for (const char* text : {"http://bot.example.com", "https://bot.example.com/", "https://", "bot.example.com"})
    EXPECT_THAT(complaints(fmt::format("[slack]\npublic_url = \"{}\"\n", text)),
                ElementsAre(fmt::format("f:2:14: slack.public_url: '{}' does not fit → write it like "
                                        "\"https://bot.example.com\", without a slash at its end",
                                        text)));
}

TEST(DefaultConfig, NamesEveryKeyTheLoaderKnowsWithAMeaning) {
  const auto text = default_config();
  const auto expect_lines = [&](const std::string& after, const auto& keys) {
    auto at = text.find(after);
    ASSERT_NE(at, std::string::npos) << after;
    for (const auto& key : keys) {
      at = text.find("\n#" + key.name + " = ", at);
      EXPECT_NE(at, std::string::npos) << after << ' ' << key.name;
    }
  };
  for (const auto& section : sections()) expect_lines("\n[" + section.name + "]\n", section.keys);
  expect_lines("\n#[[repository]]\n", repository_keys());
  expect_lines("\n#[[services]]\n", service_keys());
  expect_lines("\n#[[people]]\n", person_keys());
}

TEST(DefaultConfig, StartsFromTheDefaultPolicyForEveryKindOfObligation) {
  const auto config = parse_config("", "/etc");
  ASSERT_TRUE(config);
  const auto policy = default_policy();
  for (const auto& [kind, reminder] : config->policy.reminders) {
    EXPECT_EQ(reminder.due_after, policy.reminder(kind).due_after) << to_string(kind);
    EXPECT_EQ(reminder.escalate_channel_after, policy.reminder(kind).escalate_channel_after) << to_string(kind);
  }
  EXPECT_EQ(config->policy.reminders.size(), 7u);
  EXPECT_EQ(config->policy.alert_sources, policy.alert_sources);
  EXPECT_EQ(config->data_dir, "/var/lib/hotfixd");
}

TEST(Config, GitLabsNamesAndAddresses) {
  for (const char* good :
       {"https://gitlab.com/api/v4", "https://git.acme.com/gitlab/api/v4", "http://127.0.0.1:1/api/v4"})
    EXPECT_THAT(complaints(fmt::format("[gitlab]\napi_url = \"{}\"\n", good)), ElementsAre()) << good;
  for (const char* bad :
       {"https://gitlab.com", "https://gitlab.com/api/v4/", "http://gitlab.com/api/v4", "gitlab.com/api/v4"})
    EXPECT_THAT(
        complaints(fmt::format("[gitlab]\napi_url = \"{}\"\n", bad)),
        ElementsAre(fmt::format("f:2:11: gitlab.api_url: '{}' does not fit → write \"https://gitlab.com/api/v4\", "
                                "or \"https://HOST/api/v4\" for a GitLab of your own",
                                bad)));
  const auto repository = [](const std::string& keys) {
    return complaints("[[repository]]\nname = \"a\"\nurl = \"/srv/a.git\"\n" + keys);
  };
  for (const char* good : {"a/b", "a/b/c/d", "A-1/b.c"})
    EXPECT_THAT(repository(fmt::format("gitlab = \"{}\"\n", good)), ElementsAre()) << good;
  for (const char* bad : {"a", "/a/b", "a/b/", "a//b", "https://gitlab.com/a/b"})
    EXPECT_THAT(repository(fmt::format("gitlab = \"{}\"\n", bad)),
                ElementsAre(fmt::format("f:4:10: repository[0].gitlab: '{}' does not fit → write \"group/name\" or "
                                        "\"group/subgroup/name\" without https://",
                                        bad)));
  EXPECT_THAT(
      repository("gitlab = \"a/b\"\ngithub = \"a/b\"\n"),
      ElementsAre("f:4:10: repository[0].gitlab: github and gitlab are both set → remove the one that it is not"));
}

TEST_F(ConfigFile, OfATeamIsReadWhole) {
  write("token", "abc\n");
  const auto path = write("hotfixd.toml", R"(
[bot]
name = "fixie"
data_dir = "state"
log_level = "debug"
[server]
address = "::1"
port = 0
[github]
webhook_secret = "env:HOTFIXD_TEST_SECRET"
[gitlab]
webhook_secret = "env:HOTFIXD_TEST_SECRET"
signing_token = "env:HOTFIXD_TEST_SECRET"
token = "env:HOTFIXD_TEST_SECRET"
public_url = "https://bot.example.com"
api_url = "https://git.example.com/api/v4"
ca_file = "ca.pem"
[hotfix]
threshold = "sev3"
criteria = ["it burns"]
environment = "live"
watch_after_close = "10d"
[severity.sev1]
name = "P1"
pace = 1
[gates]
approvals = 1
scope_files = 3
scope_lines = 40
override_roles = ["releaser"]
override_expires = "15m"
[roles]
managers = ["mia"]
releasers = ["ron"]
[channel]
zone = "Europe/Berlin"
new_channel = true
template = "inc-{number}"
pin_reactions = ["star"]
[alerts]
sources = ["grafana"]
lookback = "2h"
[quiet_hours]
from = "23:30"
to = "07:15"
[snooze]
limit = "1d"
count = 1
[reminders]
first_after = "20m"
per_day = 5
[reminders.rca]
per_day = 1
[engine]
fetch_active = "30s"
workers = 4
[[people]]
id = "alice"
zone = "America/New_York"
github = "al"
gitlab = "alice.l"
[[repository]]
name = "shop"
url = "git@github.com:acme/shop.git"
github = "acme/shop"
production = "fixed:v2.4.7"
ssh_key = "keys/shop"
tag_prefix = "shop-v"
timeout = "30s"
user = "deploy"
targets = ["trunk"]
[[repository]]
name = "api"
url = "https://git.example/api.git"
token = "file:token"
production = "command:cat /srv/live"
gitlab = "group/sub/api"
)");
  const auto config = load_config(path);
  EXPECT_THAT(complaints(config), ElementsAre());
  ASSERT_TRUE(config);
  const auto& p = config->policy;
  EXPECT_EQ(config->name, "fixie");
  EXPECT_EQ(config->data_dir, dir_ / "state");
  EXPECT_EQ(config->log_level, "debug");
  EXPECT_EQ(config->listen.address, "::1");
  EXPECT_EQ(config->listen.port, 0);
  EXPECT_EQ(config->github.webhook_secret.value().reveal(), "s3cret-of-the-test");
  EXPECT_EQ(config->gitlab.webhook_secret.value().reveal(), "s3cret-of-the-test");
  EXPECT_EQ(config->gitlab.signing_token.value().reveal(), "s3cret-of-the-test");
  EXPECT_EQ(config->gitlab.token.value().reveal(), "s3cret-of-the-test");
  EXPECT_EQ(config->gitlab.public_url, "https://bot.example.com");
  EXPECT_EQ(config->gitlab.api_url, "https://git.example.com/api/v4");
  EXPECT_EQ(config->gitlab.ca_file, dir_ / "ca.pem");
  EXPECT_EQ(p.threshold, Severity::sev3);
  EXPECT_THAT(p.criteria, ElementsAre("it burns"));
  EXPECT_EQ(p.environment, "live");
  EXPECT_EQ(p.watch_after_close, hours{240});
  EXPECT_EQ(p.severities.at(Severity::sev1).name, "P1");
  EXPECT_EQ(p.severities.at(Severity::sev1).meaning, default_policy().severities.at(Severity::sev1).meaning);
  EXPECT_EQ(p.severities.at(Severity::sev1).pace, 1.0);
  EXPECT_EQ(p.approvals, 1);
  EXPECT_EQ(p.scope_files, 3);
  EXPECT_EQ(p.scope_lines, 40);
  EXPECT_THAT(p.override_roles, ElementsAre(Role::releaser));
  EXPECT_EQ(p.override_expires, Minutes{15});
  EXPECT_THAT(p.managers, ElementsAre("mia"));
  EXPECT_THAT(p.releasers, ElementsAre("ron"));
  EXPECT_EQ(p.zone, "Europe/Berlin");
  EXPECT_TRUE(p.new_channel);
  EXPECT_EQ(p.channel_template, "inc-{number}");
  EXPECT_THAT(p.pin_reactions, ElementsAre("star"));
  EXPECT_THAT(p.alert_sources, ElementsAre("grafana"));
  EXPECT_EQ(p.alert_lookback, hours{2});
  EXPECT_EQ(p.quiet.from, Minutes{23 * 60 + 30});
  EXPECT_EQ(p.quiet.to, Minutes{7 * 60 + 15});
  EXPECT_EQ(p.snooze_limit, hours{24});
  EXPECT_EQ(p.snooze_count, 1);
  for (const auto& [kind, reminder] : p.reminders) {
    EXPECT_EQ(reminder.first_after, Minutes{20}) << to_string(kind);
    EXPECT_EQ(reminder.per_day, kind == ObligationKind::rca ? 1 : 5) << to_string(kind);
    EXPECT_EQ(reminder.due_after, default_policy().reminder(kind).due_after) << to_string(kind);
  }
  EXPECT_EQ(config->engine.fetch_active, Seconds{30});
  EXPECT_EQ(config->engine.workers, 4);
  ASSERT_NE(p.person("alice"), nullptr);
  EXPECT_EQ(p.person("alice")->person.name, "alice");
  EXPECT_EQ(p.person("alice")->zone, "America/New_York");
  EXPECT_EQ(p.person("alice")->github, "al");
  EXPECT_EQ(p.person("alice")->gitlab, "alice.l");
  ASSERT_EQ(p.repositories.size(), 2u);
  EXPECT_EQ(p.repositories[0].name, "shop");
  EXPECT_EQ(p.repositories[0].github, "acme/shop");
  EXPECT_EQ(p.repositories[0].gitlab, "");
  EXPECT_EQ(p.repositories[1].gitlab, "group/sub/api");
  EXPECT_EQ(p.repositories[1].forge, "GitLab");
  EXPECT_THAT(p.repositories[0].targets, ElementsAre("trunk"));
  const auto& shop = config->repositories.at("shop");
  EXPECT_EQ(shop.url, "git@github.com:acme/shop.git");
  EXPECT_EQ(shop.ssh_key, dir_ / "keys/shop");
  EXPECT_EQ(shop.production.kind, ProductionSource::Kind::fixed);
  EXPECT_EQ(shop.production.value, "v2.4.7");
  EXPECT_EQ(shop.tag_prefix, "shop-v");
  EXPECT_EQ(shop.timeout, Seconds{30});
  EXPECT_EQ(shop.user, "deploy");
  const auto& api = config->repositories.at("api");
  EXPECT_EQ(api.token.value().reveal(), "abc");
  EXPECT_EQ(api.production.kind, ProductionSource::Kind::command);
  EXPECT_EQ(api.production.value, "cat /srv/live");
  EXPECT_EQ(api.tag_prefix, "");
}

TEST(ConfigErrors, AreAllReportedAtOnceWhereTheyStand) {
  EXPECT_THAT(
      complaints(R"([gates]
aprovals = 1
scope_files = "five"
scope_lines = 0
lookback = "1h"
override_roles = ["releaser", "comander"]
[server]
port = 70000
address = "localhost"
[hotfix]
threshold = "sev5"
watch_after_close = "1h30s"
[severty.sev1]
pace = 1
[channel]
zone = "Europe/Berln"
template = "inc"
[quiet_hours]
from = 22:00:00
to = "8"
[reminders]
backoff = 0.5
[reminders.rcaa]
per_day = 2
[engine]
fetch_active = 60
colour = "red"
)"),
      ElementsAre(
          "f:2:1: gates.aprovals: unknown key → did you mean 'approvals'?",
          "f:3:15: gates.scope_files: a whole number without quotes is expected here, this is a text → write it like 1",
          "f:4:15: gates.scope_lines: 0 is out of range → write a number from 1 to 1000000",
          "f:5:1: gates.lookback: unknown key → it belongs under [alerts]",
          "f:6:18: gates.override_roles: 'comander' is not one of commander, owner, communications, scribe, releaser → "
          "did you "
          "mean 'commander'?",
          "f:8:8: server.port: 70000 is out of range → write a number from 0 to 65535",
          "f:9:11: server.address: 'localhost' does not fit → write an IP address such as 127.0.0.1, 0.0.0.0 or ::1",
          "f:11:13: hotfix.threshold: 'sev5' is not one of sev1, sev2, sev3, sev4 → did you mean 'sev1'?",
          "f:12:21: hotfix.watch_after_close: '1h30s' is not a whole number of minutes → write \"1h1m\"",
          "f:13:2: severty: unknown key → did you mean 'severity'?",
          "f:16:8: channel.zone: 'Europe/Berln' does not fit → write an IANA time zone such as Europe/Berlin",
          "f:17:12: channel.template: 'inc' does not fit → the name must hold {number}, or two incidents would share a "
          "channel",
          "f:19:8: quiet_hours.from: a time of day in quotes is expected here, this is a date or time without quotes → "
          "write "
          "it like \"22:00\"",
          "f:20:6: quiet_hours.to: '8' is not a time of day → write it like \"08:00\" or \"22:00\"",
          "f:22:11: reminders.backoff: 0.5 is out of range → write a number from 1 to 10",
          "f:23:12: reminders.rcaa: unknown key → did you mean 'rca'?",
          "f:26:16: engine.fetch_active: a duration in quotes is expected here, this is a whole number → write it like "
          "\"30m\", \"2h\" or \"3d\"",
          "f:27:1: engine.colour: unknown key → known here: fetch_active, fetch_resolved, progress_after, "
          "max_attempts, "
          "first_retry, max_retry, inbox_kept, workers"));
}

TEST(ConfigErrors, OfEntriesNameTheirNumber) {
  EXPECT_THAT(
      complaints(R"([[repository]]
url = "https://git.example/a.git"
[[repository]]
name = "b"
url = "ftp://x/y"
[[repository]]
name = "c d"
url = "https://bob:hunter2@git.example/c.git"
[[repository]]
name = "e"
url = "/srv/e.git"
targets = []
production = "latest"
github = "https://github.com/a/b"
[[repository]]
name = "e"
url = "/srv/e2.git"
[[people]]
name = "Nobody"
[[people]]
id = "alice"
teams = "U1"
[[people]]
id = "alice"
)"),
      ElementsAre(
          "f:1:1: repository[0].name: 'name' is missing → add name = \"…\"",
          "f:5:7: repository[1].url: 'ftp://x/y' is not an address to fetch from → write it like "
          "\"https://github.com/owner/name.git\"",
          "f:7:8: repository[2].name: 'c d' does not fit → write one word without ':' or '/', as people will type it",
          "f:8:7: repository[2].url: the address holds a password → remove it from the address and use the key 'token'",
          "f:12:11: repository[3].targets: the list is empty → name at least one",
          "f:13:14: repository[3].production: 'latest' says nothing about production → write \"newest-tag\", "
          "\"deployments\", \"fixed:TAG\" "
          "or \"command:COMMAND\"",
          "f:14:10: repository[3].github: 'https://github.com/a/b' does not fit → write \"owner/name\" without "
          "https://",
          "f:16:8: repository[4].name: the repository 'e' is listed more than once → rename or remove one",
          "f:18:1: people[0].id: 'id' is missing → add id = \"…\"",
          "f:22:1: people[1].teams: unknown key → known here: id, name, zone, github, gitlab, slack",
          "f:24:6: people[2].id: the person 'alice' is listed more than once → remove one"));
}

TEST(ConfigErrors, OfMeansToDeploy) {
  const auto with = [](const std::string& keys) {
    return complaints("[[repository]]\nname = \"a\"\nurl = \"https://git.example/a.git\"\n" + keys);
  };
  for (const std::string good : {"workflow:deploy.yml", "deployments", "pipeline", "pipeline:deploy-{environment}",
                                 "command:/srv/deploy $HOTFIXD_TAG", "webhook:https://deploy.example.com/x?y=1",
                                 "webhook:http://127.0.0.1:9/x", ""})
    EXPECT_THAT(with("deploy = \"" + good + "\""), ::testing::IsEmpty()) << good;
  for (const std::string bad :
       {"workflow:", "pipeline:", "workflow:.github/workflows/deploy.yml", "command:", "by hand",
        "webhook:http://deploy.example.com", "webhook:https://me:word@deploy.example.com"})
    EXPECT_EQ(with("deploy = \"" + bad + "\"").size(), 1U) << bad;
  const auto config = parse_config(
      "[[repository]]\nname = \"a\"\nurl = \"https://git.example/a.git\"\ndeploy = \"deployments\"\n"
      "production = \"deployments\"\nenvironments = [\"production\", \"staging\"]\ndeploy_limit = \"20m\"\n",
      "/etc");
  ASSERT_TRUE(config);
  EXPECT_TRUE(config->policy.repositories.front().deploys);
  EXPECT_EQ(config->policy.repositories.front().deploy_limit, Minutes{20});
  EXPECT_EQ(config->repositories.at("a").production.kind, ProductionSource::Kind::deployments);
  EXPECT_THAT(config->policy.environments_of("a"), ElementsAre("production", "staging"));
  EXPECT_THAT(config->policy.environments_of("nothing"), ElementsAre("production"));
}

TEST(ConfigErrors, OfRegressionTests) {
  const auto with = [](const std::string& keys) {
    return complaints("[[repository]]\nname = \"a\"\nurl = \"https://git.example/a.git\"\n" + keys);
  };
  for (const std::string good :
       {"workflow:regression.yml", "pipeline", "check:regression / cart", "command:make -C /srv/shop regression", ""})
    EXPECT_THAT(with("regression_test = \"" + good + "\""), ::testing::IsEmpty()) << good;
  for (const std::string bad : {"workflow:", "workflow:.github/workflows/a.yml", "check:", "command:", "by hand"})
    EXPECT_EQ(with("regression_test = \"" + bad + "\"").size(), 1U) << bad;
  EXPECT_THAT(with("regression_test = \"deployments\""),
              ElementsAre("f:4:19: repository[0].regression_test: 'deployments' does not fit → write "
                          "\"command:COMMAND\", \"workflow:FILE\", \"check:NAME\" or \"pipeline\""));
  EXPECT_THAT(with("regression_inputs = [\"sha\", \"commit\"]"),
              ElementsAre("f:4:21: repository[0].regression_inputs: 'commit' is not one of sha, target, hotfix, "
                          "incident, key → remove it, or mend it"));
  const auto config = parse_config(
      "[[repository]]\nname = \"a\"\nurl = \"https://git.example/a.git\"\nregression_test = \"workflow:fix.yml\"\n"
      "regression_inputs = [\"sha\"]\nregression_limit = \"20m\"\n"
      "[[repository]]\nname = \"b\"\nurl = \"https://git.example/b.git\"\n"
      "regression_test = \"command:curl -H token:secret\"\n",
      "/etc");
  ASSERT_TRUE(config);
  EXPECT_EQ(config->policy.repository("a")->regression_test, "workflow fix.yml");
  EXPECT_EQ(config->policy.repository("b")->regression_test, "command") << "what it runs may hold a secret";
  EXPECT_EQ(config->policy.repository("a")->regression_limit, Minutes{20});
  EXPECT_THAT(config->repositories.at("a").regression_inputs, ElementsAre("sha"));
  EXPECT_THAT(config->repositories.at("b").regression_inputs,
              ElementsAre("sha", "target", "hotfix", "incident", "key"));
}

TEST(ConfigErrors, OfWhichLinesAreTargets) {
  const auto with = [](const std::string& keys) {
    return complaints("[[repository]]\nname = \"a\"\nurl = \"https://git.example/a.git\"\n" + keys);
  };
  EXPECT_THAT(with("release_lines = \"older\""),
              ElementsAre("f:4:17: repository[0].release_lines: 'older' is not one of all, newer"));
  EXPECT_EQ(with("active_for = \"90\"").size(), 1U);
  const auto config = parse_config(
      "[[repository]]\nname = \"a\"\nurl = \"https://git.example/a.git\"\nrelease_lines = \"newer\"\n"
      "active_for = \"90d\"\n[[repository]]\nname = \"b\"\nurl = \"https://git.example/b.git\"\n",
      "/etc");
  ASSERT_TRUE(config);
  EXPECT_EQ(config->policy.repository("a")->release_lines, ReleaseLines::newer);
  EXPECT_EQ(config->policy.repository("a")->active_for, std::chrono::hours{90 * 24});
  EXPECT_EQ(config->policy.repository("b")->release_lines, ReleaseLines::all);
  EXPECT_EQ(config->policy.repository("b")->active_for, Minutes{0});
}

TEST(ConfigErrors, OfServices) {
  EXPECT_THAT(
      complaints(R"([[services]]
name = "check out"
[[services]]
name = "search"
runbook = "wiki/search"
[[services]]
name = "pay"
[[services]]
name = "pay"
)"),
      ElementsAre("f:2:8: services[0].name: 'check out' does not fit → write one word without ':' or '/', as "
                  "people will type it",
                  "f:5:11: services[1].runbook: 'wiki/search' does not fit → write an address that begins with "
                  "https://",
                  "f:9:8: services[3].name: the service 'pay' is listed more than once → rename or remove one"));
  EXPECT_THAT(complaints("[[services]]\nname = \"pay\"\nrepository = \"bank\"\n"),
              ElementsAre("f: service pay names the repository 'bank', which is not configured"));
}

TEST(ConfigErrors, OfShape) {
  EXPECT_THAT(complaints("gates = 5"),
              ElementsAre("f:1:9: gates: 'gates' must be a table → write [gates] and its keys below"));
  EXPECT_THAT(
      complaints("[repository]\nname = \"x\""),
      ElementsAre("f:1:1: repository: 'repository' must be a list of tables → begin each one with [[repository]]"));
  EXPECT_THAT(complaints("people = [1]"),
              ElementsAre("f:1:10: people: 'people' must be a list of tables → begin each one with [[people]]"));
  EXPECT_THAT(complaints("approvals = 2"), ElementsAre("f:1:1: approvals: unknown key → it belongs under [gates]"));
  const auto syntax = complaints("[gates]\napprovals = = 2\n");
  ASSERT_EQ(syntax.size(), 1u);
  EXPECT_THAT(syntax[0], HasSubstr("f:2:13: "));
  EXPECT_THAT(complaints("[gates]\napprovals = 1\napprovals = 2\n").size(), 1u);
}

TEST(ConfigErrors, OfThePolicyAsAWholeAreReportedToo) {
  EXPECT_THAT(complaints("[reminders.rca]\nescalate_commander_after = \"9d\"\nescalate_channel_after = \"1d\"\n"),
              ElementsAre("f: reminders.rca: escalate_commander_after must not be later than escalate_channel_after"));
  EXPECT_THAT(complaints("[engine]\nfirst_retry = \"10m\"\nmax_retry = \"1m\"\n"),
              ElementsAre("f: engine.first_retry: first_retry is longer than max_retry → swap them"));
}

TEST(ConfigErrors, OfAValueThatCountsForAllKindsAreReportedOnce) {
  EXPECT_THAT(complaints("[reminders]\nper_day = 0\n"),
              ElementsAre("f:2:11: reminders.per_day: 0 is out of range → write a number from 1 to 48"));
}

TEST_F(ConfigFile, NeverHoldsNorShowsASecret) {
  write("open", "wide", 0644);
  write("empty", "\n");
  write("good", "p4ss\r\n");
  write("large", std::string(70000, 'x'));
  fs::create_directory(dir_ / "folder");
  const auto secret = [&](const std::string& reference) {
    const auto result = parse_config("[github]\nwebhook_secret = \"" + reference + "\"\n", dir_);
    return result ? result->github.webhook_secret->reveal() : complaints(result).at(0);
  };
  EXPECT_EQ(secret("env:HOTFIXD_TEST_SECRET"), "s3cret-of-the-test");
  EXPECT_EQ(secret("file:good"), "p4ss");
  EXPECT_EQ(secret("file:" + (dir_ / "good").string()), "p4ss");

  const auto literal = secret("hunter2-is-my-secret");
  EXPECT_THAT(literal,
              HasSubstr("f:2:18: github.webhook_secret: a secret must not stand in the configuration file itself"));
  EXPECT_THAT(literal, Not(HasSubstr("hunter2")));
  EXPECT_THAT(secret("env:HOTFIXD_TEST_UNSET"), HasSubstr("the environment variable HOTFIXD_TEST_UNSET is not set"));
  EXPECT_THAT(secret("env:"), HasSubstr("names no variable"));
  EXPECT_THAT(secret("file:open"),
              HasSubstr("is open to every user of this machine → chmod 600 " + (dir_ / "open").string()));
  EXPECT_THAT(secret("file:empty"), HasSubstr("is empty"));
  EXPECT_THAT(secret("file:large"), HasSubstr("is larger than 64 KiB"));
  EXPECT_THAT(secret("file:folder"), HasSubstr("is not a file"));
  EXPECT_THAT(secret("file:nowhere"), HasSubstr("cannot be read: No such file or directory"));

  std::ostringstream shown;
  shown << *parse_config("[github]\nwebhook_secret = \"env:HOTFIXD_TEST_SECRET\"\n", dir_)->github.webhook_secret;
  EXPECT_EQ(shown.str(), "<secret from env:HOTFIXD_TEST_SECRET>");
}

TEST_F(ConfigFile, RefusesATokenThatWouldNotBeUsed) {
  EXPECT_THAT(
      complaints("[[repository]]\nname = \"a\"\nurl = \"git@host:a.git\"\ntoken = \"env:HOTFIXD_TEST_SECRET\"\n"),
      ElementsAre(
          "f:4:9: repository[0].token: a token is only used with an https:// address → remove it, or change url"));
}

TEST(ConfigMergeBack, SaysHowTheFixIsCarriedAndWhatItMayTouch) {
  const auto config = parse_config(R"([[repository]]
name = "shop"
url = "/srv/shop.git"
forward_port = "cherry-pick"
delete_branches = true
paths = ["src", "db/*"]
[[services]]
name = "checkout"
paths = ["src/checkout"]
)",
                                   "/etc");
  ASSERT_TRUE(config.has_value());
  const auto& shop = config->policy.repositories.front();
  EXPECT_EQ(shop.forward_port, PortMode::cherry_pick);
  EXPECT_TRUE(shop.delete_branches);
  EXPECT_EQ(shop.paths, (std::vector<std::string>{"src", "db/*"}));
  EXPECT_EQ(config->policy.services.front().paths, std::vector<std::string>{"src/checkout"});
  EXPECT_EQ(RepositoryPolicy{}.forward_port, PortMode::merge);
  EXPECT_FALSE(RepositoryPolicy{}.delete_branches);
  EXPECT_THAT(complaints("[[repository]]\nname = \"a\"\nurl = \"/a\"\nforward_port = \"pick\"\n"),
              ElementsAre("f:4:16: repository[0].forward_port: 'pick' is not one of merge, cherry-pick"));
}

TEST(ConfigSigning, NeedsAKeyOfTheRightKind) {
  const auto with = [](const std::string& lines) {
    return "[[repository]]\nname = \"a\"\nurl = \"/a\"\n" + lines + "\n";
  };
  auto config = parse_config(with("sign = \"ssh\"\nsigning_key = \"./keys/bot\""), "/etc/hotfixd");
  ASSERT_TRUE(config.has_value());
  EXPECT_EQ(config->repositories.at("a").sign, TagSignature::ssh);
  EXPECT_EQ(config->repositories.at("a").signing_key, "/etc/hotfixd/keys/bot");
  config = parse_config(with("sign = \"gpg\"\nsigning_key = \"bot@example.com\""), "/etc/hotfixd");
  ASSERT_TRUE(config.has_value());
  EXPECT_EQ(config->repositories.at("a").sign, TagSignature::gpg);
  EXPECT_EQ(config->repositories.at("a").signing_key, "bot@example.com");
  EXPECT_THAT(
      complaints(with("sign = \"x509\"")),
      ElementsAre("f:4:8: repository[0].sign: 'x509' is no kind of signature → write \"ssh\", \"gpg\" or \"\""));
  EXPECT_THAT(complaints(with("sign = \"gpg\"")),
              ElementsAre("f:1:1: repository[0].signing_key: tags are to be signed and no key is named → write "
                          "signing_key = \"KEY-ID\""));
  EXPECT_THAT(complaints(with("sign = \"ssh\"\nsigning_key = \"bot\"")),
              ElementsAre("f:1:1: repository[0].signing_key: for ssh it is a file, with a '/' in its name → write "
                          "signing_key = \"/path/to/key\""));
  EXPECT_THAT(complaints(with("signing_key = \"--homedir=/tmp\"")),
              ElementsAre("f:4:15: repository[0].signing_key: '--homedir=/tmp' reads like an option → name a file or a "
                          "key"));
}

TEST(ConfigUrl, WithoutTlsIsForThisMachineOnly) {
  const auto refused = [](const std::string& url) {
    return !parse_config("[[repository]]\nname = \"a\"\nurl = \"" + url + "\"\n", "/etc").has_value();
  };
  for (const auto* url : {"http://127.0.0.1:8080/a.git", "http://localhost/a.git", "https://git.example/a.git",
                          "ssh://git@host:22/a.git", "host:a.git", "file:///srv/a.git", "/srv/a.git", "../a.git"})
    EXPECT_FALSE(refused(url)) << url;
  for (const auto* url :
       {"", "http://git.example/a.git", "http://localhost.example/a.git", "http://127.0.0.1.example/a.git", "https://",
        "ssh://u:p@host/a.git", "file://a.git", "git://host/a.git"})
    EXPECT_TRUE(refused(url)) << url;
}

TEST_F(ConfigFile, TellsWhatIsWrongWithTheFileItself) {
  EXPECT_THAT(
      complaints(load_config(dir_ / "none.toml")),
      ElementsAre("f: there is no such file → hotfixd check --print-default > " + (dir_ / "none.toml").string()));
  EXPECT_THAT(complaints(load_config(dir_)), ElementsAre("f: this is a directory → name the file in it"));
  EXPECT_THAT(complaints(load_config(write("huge.toml", std::string(2 << 20, '#')))),
              ElementsAre("f: the file is larger than 1 MiB → shorten it"));
  EXPECT_TRUE(load_config(write("empty.toml", "")).has_value());
  EXPECT_EQ(complaints(load_config(write("binary.toml", std::string("\0\xff\x01", 3)))).size(), 1u);
}

TEST(DemoConfig, IsSoundAndPointsIntoItsDirectory) {
  const auto config = demo_config("/tmp/demo");
  EXPECT_THAT(validate(config.policy), ElementsAre());
  EXPECT_EQ(config.data_dir, "/tmp/demo/data");
  EXPECT_EQ(config.repositories.at("shop").url, "file:///tmp/demo/origin.git");
  ASSERT_EQ(config.policy.repositories.size(), 1u);
  EXPECT_EQ(config.policy.repositories[0].name, "shop");
  EXPECT_EQ(config.policy.zone, "UTC");
  EXPECT_TRUE(config.policy.people.empty());
  EXPECT_THAT(config.policy.alert_sources, ElementsAre("pager", "alertmanager", "pagerduty"));
}

}  // namespace
}  // namespace hotfixd::cli
