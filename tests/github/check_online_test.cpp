// `hotfixd check --online` against a GitHub of our own: every line that it prints.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bot/cli/check_github.hpp"
#include "bot/cli/github.hpp"
#include "bot/domain/zone.hpp"
#include "tests/github/fake_github.hpp"

namespace hotfixd::cli {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::StartsWith;

class StoppedClock final : public Clock {
 public:
  Time now() const override { return parse_rfc3339("2026-11-14T21:00:00Z").value(); }
};

class GithubOnline : public ::testing::Test {
 protected:
  GithubOnline() {
    github_.well_set_up();
    config_.github.api_url = github_.url();
    config_.github.public_url = "https://bot.example.com";
    config_.github.webhook_secret = Secret("s3cret", "env:SECRET");
    config_.policy.repositories = {{.name = "shop", .github = "acme/shop"}};
    config_.repositories["shop"].url = "https://github.com/acme/shop.git";
  }
  void as_app() {
    config_.github.app_id = "Iv23test";
    config_.github.private_key = Secret(test::app_key().pem, "file:app.pem");
  }
  void with_token(const std::string& token = "ghp_good") { config_.github.token = Secret(token, "env:TOKEN"); }

  std::vector<std::string> lines() {
    std::vector<std::string> all;
    for (const auto& f : github_findings(config_, clock_)) {
      all.push_back(fmt::format("{} {}: {}", !f.ok ? "fail" : f.mend.empty() ? "ok" : "hint", f.subject, f.what));
      if (!f.mend.empty()) all.back() += " → " + f.mend;
      for (const char* secret : {"ghp_", "ghs_", "BEGIN", "eyJ"})
        EXPECT_EQ(all.back().find(secret), std::string::npos) << "a secret in: " << all.back();
    }
    return all;
  }

  StoppedClock clock_;
  test::FakeGithub github_;
  Config config_;
};

constexpr auto kApp = "ok github online: the GitHub App acme-hotfixd of acme";
constexpr auto kLeads = "ok github webhook: it leads to https://bot.example.com/hooks/github";
constexpr auto kArrived =
    "ok github webhook: the last delivery (push, 2026-11-14T21:00:00Z) arrived, and so did all of the last 2";
constexpr auto kReached = "ok github acme/shop: reached; main is there; rules of main: deletion, pull_request";
constexpr auto kToken =
    "ok github online: a token of alice, scopes: repo, read:repo_hook, expires 2027-01-31 10:00:00 UTC";
constexpr auto kInstallation = "GET /repos/acme/shop/installation";
constexpr auto kDeliveries = "GET /app/hook/deliveries?per_page=100";
constexpr auto kHooks = "GET /repos/acme/shop/hooks?per_page=100";

TEST_F(GithubOnline, SaysWhetherTheWorkflowToTestWithIsThere) {
  as_app();
  const auto call = "GET /repos/acme/shop/actions/workflows/fix.yml";
  config_.repositories["shop"].regression_test = "workflow:fix.yml";
  github_.on(call, {200, {{"id", 1}, {"path", ".github/workflows/fix.yml"}, {"state", "active"}}, {}, {}});
  EXPECT_THAT(lines(), ::testing::Contains("ok github acme/shop: the workflow fix.yml is there to test with"));
  github_.on(call, {404, {{"message", "Not Found"}}, {}, {}});
  EXPECT_THAT(lines(), ::testing::Contains(StartsWith(
                           "fail github acme/shop: there is no workflow fix.yml to test with, or it may not be seen")));
}

TEST_F(GithubOnline, WhatItIsDeployedWithIsThere) {
  as_app();
  const auto call = "GET /repos/acme/shop/actions/workflows/deploy.yml";
  config_.repositories["shop"].deploy = "workflow:deploy.yml";
  github_.on(call, {200, {{"id", 1}, {"path", ".github/workflows/deploy.yml"}, {"state", "active"}}, {}, {}});
  constexpr auto kMayNot =
      "fail github acme/shop: the app may not write actions, so /hotfix deploy does not work → the app's page, "
      "Permissions & events, Actions: Read and write; then accept it at "
      "https://github.com/organizations/acme/settings/installations/7";
  constexpr auto kThere = "ok github acme/shop: the workflow deploy.yml is there to deploy with";
  EXPECT_THAT(lines(), ElementsAre(kApp, kLeads, kArrived, kReached, kMayNot, kThere));
  github_.body(kInstallation)["permissions"]["actions"] = "write";
  EXPECT_THAT(lines(), ElementsAre(kApp, kLeads, kArrived, kReached, kThere));
  github_.body(call)["state"] = "disabled_manually";
  EXPECT_THAT(lines().back(), StartsWith("fail github acme/shop: the workflow deploy.yml is disabled_manually, so"));
  github_.on(call, {404, {{"message", "Not Found"}}, {}, {}});
  EXPECT_THAT(lines().back(), StartsWith("fail github acme/shop: there is no workflow deploy.yml to deploy with, or it "
                                         "may not be seen → mend deploy in [[repository]] shop"));
  config_.repositories["shop"].deploy = "deployments";
  EXPECT_THAT(lines().back(), StartsWith("fail github acme/shop: the app may not write deployments"));
}

TEST_F(GithubOnline, AnAppWithAllThatItNeedsIsFine) {
  as_app();
  EXPECT_THAT(lines(), ElementsAre(kApp, kLeads, kArrived, kReached));
}

TEST_F(GithubOnline, ATokenIsFineToo) {
  with_token();
  EXPECT_THAT(lines(), ElementsAre(kToken, kReached,
                                   "ok github acme/shop: its webhook leads to "
                                   "https://bot.example.com/hooks/github"));
}

TEST_F(GithubOnline, WithoutEitherOnlyAHintComes) {
  EXPECT_THAT(lines(), ElementsAre("hint github online: GitHub was not asked about its repositories, permissions and "
                                   "webhooks → to have that done, set github.app_id and github.private_key, or "
                                   "github.token"));
  config_.policy.repositories.front().github.clear();
  config_.repositories["shop"].url = "https://git.example.com/acme/shop.git";
  EXPECT_THAT(lines(), ElementsAre());
  EXPECT_THAT(github_.calls(), ElementsAre());
}

TEST_F(GithubOnline, AConfigurationThatCannotWorkIsSaid) {
  const auto only = [&] { return lines().at(0); };
  config_.github.app_id = "Iv23test";
  EXPECT_EQ(only(),
            "fail github online: github.app_id is set without github.private_key → set github.private_key to "
            "the app's .pem file");
  config_.github.private_key = Secret("s3cret", "env:KEY");
  EXPECT_THAT(only(), StartsWith("fail github online: github.private_key is no private key in PEM form"));
  with_token();
  EXPECT_THAT(only(), StartsWith("fail github online: github.app_id and github.token are both set"));
  config_.github.app_id.clear();
  EXPECT_THAT(only(), StartsWith("fail github online: github.private_key is set without github.app_id"));
  EXPECT_THAT(github_.calls(), ElementsAre());
}

TEST_F(GithubOnline, ATokenOrKeyThatIsNotTakenIsTheOnlyLine) {
  with_token("ghp_old");
  EXPECT_THAT(lines(), ElementsAre("fail github online: GitHub does not take github.token, it is revoked, expired or "
                                   "mistyped: Bad credentials → make a new one (Settings, Developer settings, Personal "
                                   "access tokens) and set github.token"));
  config_.github.token.reset();
  as_app();
  github_.ids("Iv23other");
  EXPECT_THAT(lines(), ElementsAre("fail github online: GitHub does not take the app's key: Bad credentials → check "
                                   "that github.app_id and github.private_key belong together, and this machine's "
                                   "clock"));
}

TEST_F(GithubOnline, EachMissingPermissionSaysWhatDoesNotWork) {
  as_app();
  auto& permissions = github_.body(kInstallation)["permissions"];
  permissions.erase("pull_requests");
  permissions.erase("actions");
  github_.body("GET /app")["permissions"].erase("actions");
  EXPECT_THAT(
      lines(),
      ElementsAre(
          kApp, kLeads, kArrived,
          "fail github acme/shop: the app lacks the permission Pull requests: write, so this does not work: pull "
          "requests are on the timeline, approvals count for the gate, the bot opens pull requests → accept the app's "
          "new permissions at "
          "https://github.com/organizations/acme/settings/installations/7",
          "fail github acme/shop: the app lacks the permission Actions: read, so this does not work: workflow "
          "runs count for the CI gate → the app's page, Permissions & events, Actions: Read-only; then accept "
          "it at https://github.com/organizations/acme/settings/installations/7",
          kReached));
}

TEST_F(GithubOnline, ToReadIsNotEnoughWhereTheBotWrites) {
  as_app();
  auto& permissions = github_.body(kInstallation)["permissions"];
  permissions["pull_requests"] = "read";
  permissions["statuses"] = "read";
  permissions["contents"] = "write";
  github_.body("GET /app")["permissions"]["statuses"] = "read";
  EXPECT_THAT(lines(),
              ElementsAre(kApp, kLeads, kArrived,
                          "fail github acme/shop: the app lacks the permission Pull requests: write, so this does not "
                          "work: the bot opens pull requests → accept the app's new permissions at "
                          "https://github.com/organizations/acme/settings/installations/7",
                          "fail github acme/shop: the app lacks the permission Commit statuses: write, so this does "
                          "not work: the bot says on a commit whether the fix is merged back → the app's page, "
                          "Permissions & events, Commit statuses: Read and write; then accept it at "
                          "https://github.com/organizations/acme/settings/installations/7",
                          kReached));
  permissions["pull_requests"] = "write";
  permissions["statuses"] = "admin";
  EXPECT_THAT(lines(), ElementsAre(kApp, kLeads, kArrived, kReached));
}

// Releases are made where that is configured, issues where somebody asks for one.
TEST_F(GithubOnline, WhatIsWrittenOnlyWhereItIsUsedIsAskedForThere) {
  as_app();
  auto& permissions = github_.body(kInstallation)["permissions"];
  permissions["contents"] = "read";
  constexpr auto kMerges =
      "hint github acme/shop: the app lacks the permission Contents: write, so this does not work: /hotfix merge "
      "merges "
      "the pull request → accept the app's new permissions at "
      "https://github.com/organizations/acme/settings/installations/7";
  EXPECT_THAT(lines(), ElementsAre(kApp, kLeads, kArrived, kMerges, kReached));
  config_.policy.repositories.front().publish_release = true;
  permissions.erase("issues");
  github_.body("GET /app")["permissions"]["issues"] = "read";
  EXPECT_THAT(lines(),
              ElementsAre(kApp, kLeads, kArrived,
                          "fail github acme/shop: the app lacks the permission Contents: write, so this does not work: "
                          "the bot makes releases → accept the app's new permissions at "
                          "https://github.com/organizations/acme/settings/installations/7",
                          kMerges,
                          "hint github acme/shop: the app lacks the permission Issues: write, so this does not work: "
                          "/hotfix action issue files issues → the app's page, Permissions & events, Issues: Read and "
                          "write; then accept it at https://github.com/organizations/acme/settings/installations/7",
                          kReached));
  permissions["contents"] = "write";
  permissions["issues"] = "write";
  github_.body("GET /repos/acme/shop")["has_issues"] = false;
  EXPECT_THAT(lines(), ElementsAre(kApp, kLeads, kArrived,
                                   "hint github acme/shop: its issues are switched off, so this does not work: /hotfix "
                                   "action issue → its page on GitHub, Settings, General, Features: Issues",
                                   kReached));
}

TEST_F(GithubOnline, WhatATokenMayWriteIsToldAsFarAsItIsKnown) {
  with_token();
  auto& shop = github_.body("GET /repos/acme/shop");
  const auto scopes = [&](const std::string& all) {
    github_.on("GET /user", {200, {{"login", "alice"}}, {{"X-OAuth-Scopes", all}}, {}});
  };
  const auto second = [&] {
    const auto all = lines();
    return all.size() > 1 ? all.at(1) : std::string{};
  };
  scopes("read:org, repo:status");
  config_.policy.repositories.front().publish_release = true;
  config_.repositories["shop"].deploy = "deployments";
  EXPECT_EQ(second(),
            "fail github acme/shop: github.token may not write with its scopes, so this does not work: the bot opens "
            "pull requests, the bot makes releases, /hotfix merge merges the pull request, /hotfix action issue files "
            "issues, /hotfix deploy makes "
            "deployments → make one with the scope repo, and set github.token");
  scopes("repo_deployment");
  config_.policy.repositories.front().publish_release = false;
  EXPECT_EQ(
      second(),
      "fail github acme/shop: github.token may not write with its scopes, so this does not work: the bot opens "
      "pull requests, the bot says on a commit whether the fix is merged back, /hotfix merge merges the pull request, "
      "/hotfix action issue files issues → make one with the scope repo, and set github.token");
  config_.repositories["shop"].deploy = {};
  scopes("public_repo");
  EXPECT_THAT(second(), StartsWith("fail github acme/shop: github.token may not write with its scopes"));
  shop["private"] = false;
  EXPECT_EQ(second(), kReached);
  // Whatever the scopes are, the user must be allowed to.
  shop["permissions"]["push"] = false;
  EXPECT_EQ(second(),
            "fail github acme/shop: github.token's user may not push to it, so this does not work: the bot opens pull "
            "requests, the bot says on a commit whether the fix is merged back, /hotfix merge merges the pull request "
            "→ the settings of acme/shop, "
            "Collaborators and teams: give that user the role Write");
  shop["permissions"]["push"] = true;
  shop["permissions"]["admin"] = true;
  EXPECT_THAT(second(), StartsWith("hint github acme/shop: github.token's user is an administrator"));
  shop["permissions"]["admin"] = false;
  github_.on("GET /user", {200, {{"login", "alice"}}, {}, {}});  // a fine-grained one
  EXPECT_EQ(second(),
            "hint github acme/shop: what github.token may write there GitHub does not say → see that it has read and "
            "write access to: Pull requests, Commit statuses, Contents, Issues");
  for (const auto& call : github_.calls()) EXPECT_THAT(call, StartsWith("GET "));
}

TEST_F(GithubOnline, AMissingEventIsNamed) {
  as_app();
  auto& events = github_.body(kInstallation)["events"];
  events.erase(std::ranges::find(events, "status"));
  EXPECT_THAT(lines(), ElementsAre(kApp, kLeads, kArrived,
                                   "fail github acme/shop: the app does not get the event status, so this does not "
                                   "work: commit statuses count for the CI gate → the app's page, Permissions & "
                                   "events, Subscribe to events: add it",
                                   kReached));
}

TEST_F(GithubOnline, AnAppThatIsNotInstalledOrSuspendedIsSaid) {
  as_app();
  config_.policy.repositories.push_back({.name = "api", .github = "acme/api"});
  EXPECT_THAT(lines(),
              ElementsAre(kApp, kLeads, kArrived, kReached,
                          "fail github acme/api: the GitHub App is not installed for acme/api, or there is no such "
                          "repository → install it (the app's page, Install App) and let it see this repository, or "
                          "mend its name"));
  config_.policy.repositories.pop_back();
  github_.body(kInstallation)["suspended_at"] = "2026-11-14T20:00:00Z";
  EXPECT_EQ(lines().back(),
            "fail github acme/shop: the app's installation at acme is suspended, so nothing works → "
            "take it up again at https://github.com/organizations/acme/settings/installations/7");
}

TEST_F(GithubOnline, TheAppsWebhookIsComparedWithTheConfiguration) {
  as_app();
  auto& hook = github_.body("GET /app/hook/config");
  hook["url"] = "https://old.example.com/hooks/github";
  hook.erase("secret");
  hook["insecure_ssl"] = "1";
  EXPECT_THAT(
      lines(),
      ElementsAre(kApp,
                  "fail github webhook: it leads to https://old.example.com/hooks/github instead of "
                  "https://bot.example.com/hooks/github, so this does not work: pull requests, reviews, CI and "
                  "deployments are seen → the app's page, General, Webhook: URL; or mend github.public_url",
                  "fail github webhook: it has no secret, so what it sends is refused → the app's page, General, "
                  "Webhook: Secret, the same as github.webhook_secret",
                  "fail github webhook: it sends without verifying the server's certificate → the app's page, General, "
                  "Webhook: enable SSL verification",
                  kArrived, kReached));
  config_.github.webhook_secret.reset();
  EXPECT_EQ(lines().at(3),
            "fail github webhook: github.webhook_secret is not set, so what it sends is refused → set it "
            "to the webhook's secret");
  github_.on("GET /app/hook/config", {200, {{"url", "https://x.example.com"}, {"secret", "********"}}, {}, {}});
  config_.github.public_url.clear();
  EXPECT_EQ(lines().at(1),
            "hint github webhook: it leads to https://x.example.com, which was not compared → set "
            "github.public_url");
  for (const test::Reply& none :
       {test::Reply{200, json::object(), {}, {}}, test::Reply{404, {{"message", "Not Found"}}, {}, {}}}) {
    github_.on("GET /app/hook/config", none);
    EXPECT_EQ(lines().at(1),
              "fail github webhook: the app has no webhook, so this does not work: pull requests, reviews, CI and "
              "deployments are seen → the app's page, General, Webhook: make it active, URL https://…/hooks/github");
  }
}

TEST_F(GithubOnline, DeliveriesThatDidNotArriveAreCounted) {
  as_app();
  auto& all = github_.body(kDeliveries);
  all.erase(0);  // the redelivery that arrived
  EXPECT_EQ(
      lines().at(2),
      "fail github webhook: the last delivery (push, 2026-11-14T20:00:00Z) failed: 502 Bad Gateway; 1 of the last "
      "2 did not arrive → the app's page, Advanced, Recent Deliveries: look why, and redeliver them");
  std::swap(all[0], all[1]);
  EXPECT_EQ(lines().at(2),
            "hint github webhook: the last delivery (ping, 2026-11-14T19:00:00Z) arrived; 1 of the last 2 did not "
            "arrive → the app's page, Advanced, Recent Deliveries: look why, and redeliver them");
  all = json::array();
  EXPECT_EQ(lines().at(2), "ok github webhook: nothing was delivered in the last days");
}

TEST_F(GithubOnline, TheRepositorysWebhookIsComparedWithTheConfiguration) {
  with_token();
  auto& hook = github_.body(kHooks)[1];
  hook["active"] = false;
  auto& events = hook["events"];
  events.erase(std::ranges::find(events, "push"));
  hook["last_response"] = {{"code", 504}, {"status", "x"}, {"message", "timed out"}};
  EXPECT_THAT(
      lines(),
      ElementsAre(kToken, kReached,
                  "fail github acme/shop: its webhook is switched off, so this does not work: pull requests, reviews, "
                  "CI and deployments are seen → the settings of acme/shop, Webhooks: Active",
                  "ok github acme/shop: its webhook leads to https://bot.example.com/hooks/github",
                  "fail github acme/shop: its webhook does not send push, so this does not work: commits on a hotfix's "
                  "branch are seen at once → the settings of acme/shop, Webhooks: Edit, let me select individual "
                  "events: add it",
                  "fail github acme/shop: its webhook's last delivery failed: 504 timed out → the settings of "
                  "acme/shop, Webhooks: Recent Deliveries: look why, and redeliver them"));
  github_.body(kHooks) = json::array();
  EXPECT_EQ(lines().back(),
            "hint github acme/shop: it has no webhook that leads to https://bot.example.com/hooks/github; without one, "
            "here or at the organisation, this does not work: pull requests, reviews, CI and deployments are seen → "
            "the settings of acme/shop, Webhooks: add it, content type application/json, secret as "
            "github.webhook_secret");
  github_.on(kHooks, {404, {{"message", "Not Found"}}, {{"X-Accepted-OAuth-Scopes", "admin:repo_hook"}}, {}});
  EXPECT_EQ(lines().back(),
            "hint github acme/shop: its webhooks cannot be read, so whether they arrive is not known: GitHub does not "
            "find GET /repos/acme/shop/hooks: it is not there, or github.token may not see it without the scope "
            "admin:repo_hook (Not Found) → give github.token the permission Webhooks: read, or the scope "
            "read:repo_hook");
}

TEST_F(GithubOnline, WhatIsWrongWithARepositoryIsSaid) {
  with_token();
  auto& shop = github_.body("GET /repos/acme/shop");
  shop["full_name"] = "acme/storefront";
  shop["archived"] = true;
  shop["default_branch"] = "release/2";
  github_.on("GET /repos/acme/shop/branches/release%2F2", {404, {{"message", "Branch not found"}}, {}, {}});
  github_.on(
      "GET /repos/acme/shop/rules/branches/main?per_page=100",
      {403, {{"message", "Upgrade to GitHub Pro or make this repository public to enable this feature."}}, {}, {}});
  EXPECT_THAT(
      lines(),
      ElementsAre(
          kToken,
          "hint github acme/shop: it is called acme/storefront now, so its webhooks are taken for another "
          "repository's → set github = \"acme/storefront\" in [[repository]] shop and mend its url",
          "fail github acme/shop: it is archived or disabled, so no branch can be cut and no tag be pushed → "
          "its page on GitHub, Settings, Danger Zone: unarchive it",
          "fail github acme/shop: there is no branch release/2 → push a first commit to it, or choose another "
          "default branch in its settings",
          "hint github acme/shop: the rules of main cannot be read, so what they forbid is seen only when "
          "GitHub refuses it: GitHub refuses GET /repos/acme/shop/rules/branches/main: Upgrade to GitHub Pro or "
          "make this repository public to enable this feature. → ask an administrator of the repository or its "
          "organisation",
          "ok github acme/shop: reached; main is there",
          "ok github acme/shop: its webhook leads to https://bot.example.com/hooks/github"));

  github_.on("GET /repos/acme/shop",
             {404, {{"message", "Not Found"}}, {{"X-Accepted-GitHub-Permissions", "metadata=read"}}, {}});
  EXPECT_EQ(
      lines().back(),
      "fail github acme/shop: GitHub does not find GET /repos/acme/shop: it is not there, or github.token may not "
      "see it without the permission metadata=read (Not Found) → check the name; if it is right, give "
      "github.token the permission metadata=read: Settings, Developer settings, Personal access tokens");
}

TEST_F(GithubOnline, ServeAsksForWhatDidNotArrive) {
  as_app();
  github_.body(kDeliveries).erase(0);
  github_.on("POST /app/hook/deliveries/11/attempts", {202, json::object(), {}, {}});
  GithubCatchUp again(make_github(config_, clock_).value(), clock_, Seconds{3600});
  again.start();
  for (int i = 0; i < 1000 && github_.asked("POST /app/hook/deliveries/11/attempts") == 0; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds{10});
  EXPECT_EQ(github_.asked("POST /app/hook/deliveries/11/attempts"), 1);
  again.stop();
}

TEST_F(GithubOnline, ServeStopsWithoutWaitingForGitHub) {
  as_app();
  test::ScriptServer silent([](test::Peer& peer, int) { (void)peer.gone(); });
  config_.github.api_url = fmt::format("http://127.0.0.1:{}", silent.port());
  config_.github.deadline = std::chrono::hours{1};
  GithubCatchUp again(make_github(config_, clock_).value(), clock_, Seconds{3600});
  again.start();
  for (int i = 0; i < 1000 && silent.accepted() == 0; ++i) std::this_thread::sleep_for(std::chrono::milliseconds{10});
  again.stop();
  EXPECT_EQ(silent.accepted(), 1);
}

TEST(GithubName, IsInTheConfigurationOrInTheAddress) {
  const std::string api = "https://api.github.com", ghes = "https://git.acme.com/api/v3";
  const auto name = [](const std::string& url, const std::string& of) {
    return github_name({.name = "shop"}, url, of);
  };
  EXPECT_EQ(github_name({.name = "shop", .github = "acme/shop"}, "file:///x", api), "acme/shop");
  for (const char* url :
       {"https://github.com/acme/shop.git", "https://github.com/acme/shop", "https://GitHub.com/acme/shop/",
        "ssh://git@github.com/acme/shop.git", "ssh://git@ssh.github.com:443/acme/shop.git",
        "git@github.com:acme/shop.git", "git@github.com:/acme/shop"})
    EXPECT_EQ(name(url, api), "acme/shop") << url;
  for (const char* url : {"https://git.acme.com/acme/shop.git", "ssh://git@git.acme.com:2222/acme/shop.git",
                          "git@git.acme.com:acme/shop.git"}) {
    EXPECT_EQ(name(url, ghes), "acme/shop") << url;
    EXPECT_EQ(name(url, api), "") << url;
  }
  EXPECT_EQ(name("https://acme.ghe.com/acme/shop.git", "https://api.acme.ghe.com"), "acme/shop");
  for (const char* url : {"", "/srv/github.com/acme/shop.git", "file:///github.com/acme/shop", "https://github.com",
                          "https://github.com/acme", "https://github.com/a/b/c", "https://github.com.evil.com/a/b",
                          "https://github.com@evil.com/a/b", "git@evil.com:github.com/a"})
    EXPECT_EQ(name(url, api), "") << url;
}

}  // namespace
}  // namespace hotfixd::cli
