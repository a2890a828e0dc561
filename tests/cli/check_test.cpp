// `hotfixd check`: one line for each thing, and what to do about what is wrong.
#include "bot/cli/check.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

namespace hotfixd::cli {
namespace {

namespace fs = std::filesystem;

class Check : public ::testing::Test {
 protected:
  void SetUp() override {
    auto name = (fs::temp_directory_path() / "hotfixd-check-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    dir_ = name;
    fs::create_directories(dir_ / "origin.git");
    options_.config = dir_ / "hotfixd.toml";
  }
  void TearDown() override { fs::remove_all(dir_); }

  void write(const std::string& name, const std::string& text, mode_t mode = 0600) const {
    std::ofstream(dir_ / name) << text;
    ::chmod((dir_ / name).c_str(), mode);
  }
  // The exit code and all that was printed, with this test's directory shown as DIR.
  std::string run() const {
    std::ostringstream out;
    std::ostringstream err;
    const int code = run_check(options_, out, err);
    auto text = fmt_code(code) + out.str() + err.str();
    for (auto at = text.find(dir_.string()); at != std::string::npos; at = text.find(dir_.string()))
      text.replace(at, dir_.string().size(), "DIR");
    return text;
  }
  static std::string fmt_code(int code) { return std::to_string(code) + "\n"; }

  fs::path dir_;
  CheckOptions options_;
};

TEST_F(Check, SaysOkForEachThingThatIsThere) {
  write("hotfixd.toml", "[bot]\ndata_dir = \"data\"\n[[repository]]\nname = \"shop\"\nurl = \"origin.git\"\n");
  EXPECT_EQ(run(),
            "0\n"
            "ok configuration: DIR/hotfixd.toml is sound\n"
            "ok zones: UTC is known\n"
            "ok data_dir: DIR/data will be made at the first start\n"
            "ok repository shop: DIR/origin.git is there\n");
}

TEST_F(Check, SaysWhatToDoAboutEachThingThatIsWrong) {
  write("key", "k", 0644);
  write("data", "a file where a directory belongs");
  write("hotfixd.toml",
        "[bot]\ndata_dir = \"data\"\n[[repository]]\nname = \"shop\"\nurl = \"gone.git\"\n"
        "[[repository]]\nname = \"api\"\nurl = \"git@host:api.git\"\nssh_key = \"key\"\nknown_hosts = \"hosts\"\n"
        "sign = \"ssh\"\nsigning_key = \"./key\"\n"
        "[[repository]]\nname = \"web\"\nurl = \"ssh://host/web.git\"\n");
  EXPECT_EQ(
      run(),
      "1\n"
      "ok configuration: DIR/hotfixd.toml is sound\n"
      "ok zones: UTC is known\n"
      "fail data_dir: DIR/data is not a directory → name another place in bot.data_dir\n"
      "fail repository api ssh_key: DIR/key is open to other users → chmod 600 DIR/key\n"
      "fail repository api known_hosts: DIR/hosts: No such file or directory → mend the path in the configuration\n"
      "fail repository api signing_key: DIR/key is open to other users → chmod 600 DIR/key\n"
      "fail repository shop: there is no repository at DIR/gone.git → mend url\n"
      "fail repository web: the address speaks ssh and there is no ssh_key → add ssh_key = \"PATH\" to this "
      "repository\n"
      "fail repository web: the address speaks ssh and there is no known_hosts, so no server can be trusted → write "
      "one with "
      "ssh-keyscan, compare the key, and add known_hosts = \"PATH\"\n");
}

TEST_F(Check, ShowsEveryErrorOfTheFileWithItsPlace) {
  write("hotfixd.toml", "[gates]\naprovals = 1\nscope_lines = 0\n");
  EXPECT_EQ(run(),
            "1\n"
            "fail DIR/hotfixd.toml:2:1: gates.aprovals: unknown key → did you mean 'approvals'?\n"
            "fail DIR/hotfixd.toml:3:15: gates.scope_lines: 0 is out of range → write a number from 1 to 1000000\n");
}

TEST_F(Check, AsksTheStoreAndOnRequestEveryRepository) {
  fs::create_directory(dir_ / "data");
  write("hotfixd.toml",
        "[bot]\ndata_dir = \"data\"\n[[repository]]\nname = \"shop\"\nurl = \"origin.git\"\n[[repository]]\nname = "
        "\"api\"\nurl = "
        "\"origin.git\"\n");
  options_.store_findings = [](const Config&) -> Result<std::vector<Finding>> {
    return std::vector<Finding>{{true, "audit chain", "14 events of 3 incidents", ""},
                                {false, "dead letters", "1 effect was given up", "see the log"}};
  };
  options_.fetch = [](const Config& config, const std::string& name) -> Result<std::string> {
    EXPECT_TRUE(config.repositories.contains(name));
    if (name == "shop") return "production is v2.4.7";
    return std::unexpected(Problem{Problem::Kind::credentials, "the server refused the token", "make a new one"});
  };
  const std::string offline =
      "1\n"
      "ok configuration: DIR/hotfixd.toml is sound\n"
      "ok zones: UTC is known\n"
      "ok data_dir: DIR/data can be written\n"
      "ok repository api: DIR/origin.git is there\n"
      "ok repository shop: DIR/origin.git is there\n"
      "ok audit chain: 14 events of 3 incidents\n"
      "fail dead letters: 1 effect was given up → see the log\n";
  EXPECT_EQ(run(), offline);
  options_.online = true;
  EXPECT_EQ(run(), offline +
                       "ok repository shop online: production is v2.4.7\n"
                       "fail repository api online: the server refused the token → make a new one\n");
}

TEST_F(Check, SaysWhatTheMeansToDeployLack) {
  write("hotfixd.toml",
        "[bot]\ndata_dir = \"data\"\n"
        "[[repository]]\nname = \"a\"\nurl = \"origin.git\"\ndeploy = \"command:true\"\n"
        "[[repository]]\nname = \"b\"\nurl = \"origin.git\"\ndeploy = \"workflow:deploy.yml\"\n"
        "[[repository]]\nname = \"c\"\nurl = \"origin.git\"\ngithub = \"acme/c\"\ndeploy = \"deployments\"\n"
        "[[repository]]\nname = \"d\"\nurl = \"origin.git\"\ndeploy = \"pipeline\"\n"
        "[[repository]]\nname = \"e\"\nurl = \"origin.git\"\ndeploy = \"webhook:https://deploy.example.com\"\n"
        "environments = [\"staging\"]\n"
        "[[repository]]\nname = \"f\"\nurl = \"origin.git\"\ndeploy = \"command:true\"\n"
        "production = \"deployments\"\n"
        "[[repository]]\nname = \"g\"\nurl = \"origin.git\"\ngitlab = \"acme/g\"\ndeploy = \"pipeline:deploy\"\n"
        "[[repository]]\nname = \"h\"\nurl = \"origin.git\"\nproduction = \"deployments\"\n");
  const auto said = run();
  for (const std::string line :
       {"ok repository a deploy: by command, to production\n",
        "fail repository b deploy: repository b: deploy = \"workflow:deploy.yml\" needs a repository on GitHub → set "
        "github = \"owner/name\"\n",
        "fail repository c deploy: repository c: deploy = \"deployments\" needs GitHub's API → set github.app_id and "
        "github.private_key, or github.token\n",
        "fail repository d deploy: repository d: deploy = \"pipeline\" needs a project on GitLab → set gitlab = "
        "\"group/name\"\n",
        "fail repository e deploy: it is deployed to staging, and production is what counts as shipped → add it to "
        "environments, or mend hotfix.environment\n",
        "hint repository e deploy: the webhook is not signed, so its receiver cannot know who asks → set "
        "deploy_secret\n",
        "fail repository f deploy: repository f: production = \"deployments\" is not known by deploy = \"command\" → "
        "choose another source for production\n",
        "fail repository g deploy: repository g: deploy = \"pipeline:deploy\" needs GitLab's API → set gitlab.token\n",
        "fail repository h production: repository h: production = \"deployments\" needs the API of GitHub or GitLab → "
        "set github.token or gitlab.token, or choose another source for production\n"})
    EXPECT_THAT(said, ::testing::HasSubstr(line));
}

TEST_F(Check, SaysWhatTheMeansToTestLack) {
  write("hotfixd.toml",
        "[bot]\ndata_dir = \"data\"\n"
        "[[repository]]\nname = \"a\"\nurl = \"origin.git\"\nregression_test = \"command:run SECRET\"\n"
        "[[repository]]\nname = \"b\"\nurl = \"origin.git\"\nregression_test = \"command:run SECRET\"\n"
        "regression_inputs = [\"sha\"]\n"
        "[[repository]]\nname = \"c\"\nurl = \"origin.git\"\nregression_test = \"workflow:fix.yml\"\n"
        "[[repository]]\nname = \"d\"\nurl = \"origin.git\"\nregression_test = \"check:fix\"\n");
  const auto said = run();
  for (const std::string line :
       {"ok repository a regression test: by command\n",
        "fail repository b regression test: regression_inputs is only used with workflow: and pipeline → remove it\n",
        "fail repository c regression test: repository c: regression_test = \"workflow:fix.yml\" needs a repository on "
        "GitHub → set github = \"owner/name\"\n",
        "fail repository d regression test: repository d: regression_test = \"check:fix\" needs the API of GitHub or "
        "GitLab → set github.token or gitlab.token\n"})
    EXPECT_THAT(said, ::testing::HasSubstr(line));
  EXPECT_THAT(said, ::testing::Not(::testing::HasSubstr("SECRET")));
}

TEST_F(Check, SaysHowGitLabDeploys) {
  write("token", "glpat-1");
  const auto repository = [](const std::string& name, const std::string& keys) {
    return "[[repository]]\nname = \"" + name + "\"\nurl = \"origin.git\"\ngitlab = \"acme/" + name + "\"\n" + keys;
  };
  write("hotfixd.toml",
        "[bot]\ndata_dir = \"data\"\n[gitlab]\ntoken = \"file:token\"\n" +
            repository("a", "deploy = \"pipeline:deploy\"\nproduction = \"deployments\"\n") +
            repository("b", "deploy = \"pipeline:deploy\"\nenvironments = [\"production\", \"staging\"]\n") +
            repository("c",
                       "deploy = \"pipeline:to-{environment}\"\nenvironments = [\"production\", \"staging\"]\n"
                       "deploy_pipeline_inputs = true\n") +
            repository("d", "deploy = \"pipeline\"\ndeploy_pipeline_inputs = true\n") +
            repository("e", "production = \"deployments\"\n"));
  const auto said = run();
  for (const std::string line :
       {"ok repository a deploy: by pipeline, to production\n",
        "fail repository b deploy: repository b: deploy = \"pipeline:deploy\" is the same job for production and "
        "staging "
        "→ write {environment} where the jobs' names have it: \"pipeline:deploy-{environment}\"\n",
        "fail repository c deploy: deploy_pipeline_inputs is only used with pipeline → remove it\n",
        "ok repository d deploy: by pipeline, to production\n",
        "ok repository e production: is what GitLab's deployments to production say\n"})
    EXPECT_THAT(said, ::testing::HasSubstr(line));
}

TEST_F(Check, AsksGitHubOnline) {
  write("hotfixd.toml", "[bot]\ndata_dir = \"data\"\n[[repository]]\nname = \"shop\"\nurl = \"origin.git\"\n");
  options_.ask_github = [&](const Config&) -> std::vector<Finding> { return {bad("github online", "no", "yes")}; };
  const auto offline = run();
  EXPECT_EQ(offline.find("github"), std::string::npos);
  options_.online = true;
  EXPECT_EQ(run(), "1\n" + offline.substr(2) + "fail github online: no → yes\n");

  // What cannot work is said without asking.
  write("hotfixd.toml",
        "[bot]\ndata_dir = \"data\"\n[github]\napp_id = \"Iv23x\"\n[[repository]]\nname = \"shop\"\nurl = "
        "\"origin.git\"\n");
  EXPECT_EQ(run(), "1\n" + offline.substr(2) +
                       "fail github: github.app_id is set without github.private_key → set github.private_key to the "
                       "app's .pem file\n");
}

TEST_F(Check, AsksGitLabOnline) {
  ::setenv("HOTFIXD_TEST_TOKEN", "no signing token", 1);
  const std::string rest = "[[repository]]\nname = \"shop\"\nurl = \"origin.git\"\n";
  write("hotfixd.toml", "[bot]\ndata_dir = \"data\"\n" + rest);
  options_.ask_gitlab = [&](const Config&) -> std::vector<Finding> { return {bad("gitlab online", "no", "yes")}; };
  const auto offline = run();
  EXPECT_EQ(offline.find("gitlab"), std::string::npos);
  options_.online = true;
  EXPECT_EQ(run(), "1\n" + offline.substr(2) + "fail gitlab online: no → yes\n");

  // What cannot work is said without asking.
  options_.online = false;
  write("hotfixd.toml", "[bot]\ndata_dir = \"data\"\n[gitlab]\nsigning_token = \"env:HOTFIXD_TEST_TOKEN\"\n" + rest);
  EXPECT_EQ(run(), "1\n" + offline.substr(2) +
                       "fail gitlab: gitlab.signing_token is no signing token → copy it whole from the webhook's page "
                       "when GitLab makes it: \"whsec_\" and 44 characters\n");
}

TEST_F(Check, AsksSlackOnlineWithABotTokenAndShowsHints) {
  ::setenv("HOTFIXD_TEST_TOKEN", "xoxb-1", 1);
  write("hotfixd.toml",
        "[bot]\ndata_dir = \"data\"\n[slack]\nbot_token = \"env:HOTFIXD_TEST_TOKEN\"\nsigning_secret = "
        "\"env:HOTFIXD_TEST_TOKEN\"\n[[repository]]\nname = \"shop\"\nurl = \"origin.git\"\n");
  bool fails = false;
  options_.ask_slack = [&](const Config&) -> std::vector<Finding> {
    return {good("slack online", "hotfixd in acme"), {!fails, "slack app", "it has more", "remove it"}};
  };
  const auto offline = run();
  EXPECT_EQ(offline.find("slack online"), std::string::npos);
  options_.online = true;
  EXPECT_EQ(run(), offline + "ok slack online: hotfixd in acme\nhint slack app: it has more → remove it\n");
  fails = true;
  EXPECT_THAT(run(), ::testing::AllOf(::testing::StartsWith("1\n"),
                                      ::testing::EndsWith("fail slack app: it has more → remove it\n")));
  ::unsetenv("HOTFIXD_TEST_TOKEN");
}

TEST_F(Check, SpeaksJson) {
  write("hotfixd.toml", "[bot]\ndata_dir = \"data\"\n");
  options_.json = true;
  std::ostringstream out;
  std::ostringstream err;
  EXPECT_EQ(run_check(options_, out, err), 1);
  const auto answer = nlohmann::json::parse(out.str());
  EXPECT_EQ(answer["ok"], false);
  ASSERT_EQ(answer["findings"].size(), 4u);
  EXPECT_EQ(answer["findings"][1], nlohmann::json({{"ok", false},
                                                   {"subject", "repository"},
                                                   {"what", "none is configured, so no hotfix can be cut"},
                                                   {"mend", "add a [[repository]] with name and url"}}));
}

TEST_F(Check, PrintsTheDefaultFileAndThatFilePassesTheCheckOfItsKeys) {
  options_.print_default = true;
  EXPECT_EQ(run(), "0\n" + default_config());
}

TEST_F(Check, WithoutAFileIsAMistakeOfUsage) {
  options_.config.clear();
  EXPECT_EQ(run(), "2\nhotfixd check: which configuration? Type: hotfixd check --config FILE\n");
}

}  // namespace
}  // namespace hotfixd::cli
