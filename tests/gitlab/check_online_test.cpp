// `hotfixd check --online` against a GitLab of our own: every line that it prints.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bot/cli/check_gitlab.hpp"
#include "bot/cli/gitlab.hpp"
#include "tests/gitlab/clock.hpp"
#include "tests/gitlab/fake_gitlab.hpp"
#include "tests/gitlab/sign.hpp"

namespace hotfixd::cli {
namespace {

namespace test = gitlab::test;
using nlohmann::json;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::StartsWith;

constexpr auto kToken = "ok gitlab online: a token of project_15_bot_4ffca233, scopes: api, expires 2027-01-31";
constexpr auto kReached =
    "ok gitlab acme/web/shop: reached as Maintainer; main is there; pipelines must succeed before a merge";
constexpr auto kLeads = "ok gitlab acme/web/shop: its webhook leads to https://bot.example.com/hooks/gitlab";
constexpr auto kProject = "GET /projects/acme%2Fweb%2Fshop";
constexpr auto kHooks = "GET /projects/15/hooks?per_page=100";
constexpr auto kSelf = "GET /personal_access_tokens/self";

class GitlabOnline : public ::testing::Test {
 protected:
  GitlabOnline() {
    clock_.set("2026-11-14T21:00:00Z");
    gitlab_.well_set_up();
    config_.gitlab.api_url = gitlab_.url();
    config_.gitlab.public_url = "https://bot.example.com";
    config_.gitlab.signing_token = Secret(std::string(test::kToken), "env:SIGNING");
    config_.gitlab.token = Secret("glpat-good", "env:TOKEN");
    config_.policy.repositories = {{.name = "shop", .gitlab = "acme/web/shop"}};
    config_.repositories["shop"].url = "https://gitlab.example.com/acme/web/shop.git";
  }
  std::vector<std::string> lines() {
    std::vector<std::string> all;
    for (const auto& f : gitlab_findings(config_, clock_)) {
      all.push_back(fmt::format("{} {}: {}", !f.ok ? "fail" : f.mend.empty() ? "ok" : "hint", f.subject, f.what));
      if (!f.mend.empty()) all.back() += " → " + f.mend;
      for (const char* secret : {"glpat", "whsec", "s3cret"})
        EXPECT_EQ(all.back().find(secret), std::string::npos) << "a secret in: " << all.back();
    }
    return all;
  }
  json& hook() { return gitlab_.body(kHooks).at(1); }

  test::ManualClock clock_;
  test::FakeGitlab gitlab_;
  Config config_;
};

TEST_F(GitlabOnline, WhatHasAllThatItNeedsIsFine) {
  EXPECT_THAT(lines(), ElementsAre(kToken, kReached, kLeads));
  for (const auto& call : gitlab_.calls()) EXPECT_THAT(call, StartsWith("GET "));
}

TEST_F(GitlabOnline, WithoutATokenOnlyAHintComes) {
  config_.gitlab.token.reset();
  EXPECT_THAT(lines(), ElementsAre("hint gitlab online: GitLab was not asked about its projects, permissions and "
                                   "webhooks → to have that done, set gitlab.token"));
  config_.policy.repositories.front().gitlab.clear();
  EXPECT_THAT(lines(), IsEmpty());
  EXPECT_THAT(gitlab_.calls(), IsEmpty());
}

TEST_F(GitlabOnline, ATokenThatIsNotTakenIsTheOnlyLine) {
  config_.gitlab.token = Secret("glpat-old", "env:TOKEN");
  EXPECT_THAT(lines(), ElementsAre("fail gitlab online: GitLab does not take gitlab.token, it is revoked, expired or "
                                   "mistyped: 401 Unauthorized → make a new one with the scope api (the project's "
                                   "Settings, Access tokens) and set gitlab.token"));
}

TEST_F(GitlabOnline, ScopesAreSaid) {
  gitlab_.body(kSelf)["scopes"] = {"read_api"};
  EXPECT_EQ(lines().at(1),
            "fail gitlab online: it may only read, so this does not work: merge requests are opened, commit statuses "
            "are set, issues are filed → make one with the scope api, and set gitlab.token");
  config_.policy.repositories.front().publish_release = true;
  EXPECT_EQ(lines().at(1),
            "fail gitlab online: it may only read, so this does not work: merge requests are opened, commit statuses "
            "are set, releases are made, issues are filed → make one with the scope api, and set gitlab.token");
  gitlab_.body(kSelf)["scopes"] = {"read_user"};
  EXPECT_EQ(lines().at(1),
            "fail gitlab online: it lacks the scope api, so nothing can be asked → make one with it, and "
            "set gitlab.token");
  gitlab_.forget(kSelf);
  EXPECT_THAT(lines().at(1), StartsWith("hint gitlab online: its scopes cannot be read: "));
  EXPECT_EQ(lines().size(), 4U);
}

TEST_F(GitlabOnline, ATokenThatEndsSoonIsSaid) {
  clock_.set("2027-01-18T00:00:00Z");
  EXPECT_EQ(
      lines().at(1),
      "hint gitlab online: it expires on 2027-01-31 → make a new one in time (or rotate it), and set gitlab.token");
  gitlab_.body(kSelf)["expires_at"] = nullptr;
  EXPECT_EQ(lines().at(0), "ok gitlab online: a token of project_15_bot_4ffca233, scopes: api");
  EXPECT_EQ(lines().size(), 3U);
}

// What is said of deploying, behind "gitlab acme/web/shop: ".
class GitlabOnlineDeploy : public GitlabOnline {
 protected:
  GitlabOnlineDeploy() { config_.repositories["shop"].deploy = "pipeline:deploy-{environment}"; }
  std::vector<std::string> told() {
    auto all = lines();
    all.erase(all.begin());  // the token
    std::erase_if(all, [](const std::string& line) { return line == kReached || line == kLeads; });
    for (auto& line : all)
      line.erase(line.find("gitlab acme/web/shop: "), std::string_view("gitlab acme/web/shop: ").size());
    return all;
  }
  void is_protected(json levels, int approvals = 0) {
    gitlab_.on(
        kProtected,
        {200,
         {{"name", "production"}, {"deploy_access_levels", std::move(levels)}, {"required_approval_count", approvals}},
         {},
         {}});
  }
  static json of_role(int level) { return {{"access_level", level}, {"user_id", nullptr}, {"group_id", nullptr}}; }
  void role(int level) { gitlab_.body(kProject)["permissions"]["project_access"]["access_level"] = level; }

  const std::string kProtected = "GET /projects/15/protected_environments/production";
};

TEST_F(GitlabOnlineDeploy, AnEnvironmentThatIsNotProtectedNeedsNothing) {
  EXPECT_THAT(told(), IsEmpty());
  EXPECT_EQ(gitlab_.asked(kProtected), 1);
  config_.repositories["shop"].deploy = "command:true";
  EXPECT_THAT(told(), IsEmpty());
  EXPECT_EQ(gitlab_.asked(kProtected), 1) << "GitLab does not deploy it";
}

TEST_F(GitlabOnlineDeploy, WhoMayDeployToAProtectedOneIsSaid) {
  is_protected(json::array({of_role(40)}), 2);
  EXPECT_THAT(told(), ElementsAre("ok production is protected, and project_15_bot_4ffca233 may deploy there; 2 must "
                                  "approve on GitLab first"));
  is_protected(json::array({of_role(60)}));
  const std::string never =
      "fail production is protected, and project_15_bot_4ffca233 may not deploy there → its Settings, CI/CD, Protected "
      "environments: allow it to deploy";
  EXPECT_THAT(told(), ElementsAre(never));
  is_protected(json::array({{{"access_level", 40}, {"user_id", 7}}}));
  EXPECT_THAT(told(), ElementsAre(never)) << "another user's";
  is_protected(json::array({of_role(60), {{"access_level", 40}, {"user_id", 50}, {"group_id", nullptr}}}));
  EXPECT_THAT(told(), ElementsAre("ok production is protected, and project_15_bot_4ffca233 may deploy there"));
  is_protected(json::array({{{"access_level", 40}, {"user_id", nullptr}, {"group_id", 9}}}));
  EXPECT_THAT(told(), ElementsAre(StartsWith("hint production is protected, and whether a group of")));
}

TEST_F(GitlabOnlineDeploy, WhatTheRoleIsTooLowForIsSaid) {
  gitlab_.on(kProtected, test::refusal(403, "403 Forbidden"));
  role(30);
  EXPECT_THAT(told(),
              Contains("hint whether it may deploy cannot be told as Developer: environments may be protected → "
                       "to have that checked, give the token the role Maintainer"));
  role(20);
  EXPECT_THAT(told(),
              Contains(StartsWith("fail the token's role is Reporter, so this does not work: merge requests are "
                                  "opened, commit statuses are set, tags are deployed →")));
}

TEST_F(GitlabOnlineDeploy, VariablesThatNobodyMaySendAreSaid) {
  auto& project = gitlab_.body(kProject);
  project["ci_pipeline_variables_minimum_override_role"] = "no_one_allowed";
  project["restrict_user_defined_variables"] = true;
  EXPECT_THAT(told(), IsEmpty()) << "a job is played without";
  config_.repositories["shop"].deploy = "pipeline";
  EXPECT_THAT(
      told(),
      ElementsAre("fail it lets nobody send variables to a pipeline, and the token's role is Maintainer, so this "
                  "does not work: /hotfix deploy → its Settings, CI/CD, Variables, Minimum role to use pipeline "
                  "variables; or set deploy_pipeline_inputs"));
  project["ci_pipeline_variables_minimum_override_role"] = "owner";
  EXPECT_THAT(told(), ElementsAre(StartsWith("fail it lets Owners alone send variables")));
  project["ci_pipeline_variables_minimum_override_role"] = "maintainer";
  EXPECT_THAT(told(), IsEmpty());
  project["ci_pipeline_variables_minimum_override_role"] = "no_one_allowed";
  project["restrict_user_defined_variables"] = false;
  EXPECT_THAT(told(), IsEmpty());
  project["restrict_user_defined_variables"] = true;
  config_.repositories["shop"].deploy_pipeline_inputs = true;
  EXPECT_THAT(told(), IsEmpty());
}

TEST_F(GitlabOnline, AProjectThatIsNotSeenOrHasMovedIsSaid) {
  gitlab_.forget(kProject);
  EXPECT_THAT(lines().at(1),
              StartsWith("fail gitlab acme/web/shop: GitLab does not find GET "
                         "/projects/acme%2Fweb%2Fshop: it is not there, or gitlab.token may not see it"));
  gitlab_.well_set_up();
  auto body = gitlab_.body(kProject);
  body["path_with_namespace"] = "acme/store";
  gitlab_.on("GET /projects/15", {200, body, {}, {}});
  gitlab_.on(kProject, {301, nullptr, {{"Location", gitlab_.url() + "/projects/15"}}, {}});
  EXPECT_EQ(lines().at(1),
            "fail gitlab acme/web/shop: it is called acme/store now, so its webhooks are taken for another project's → "
            "set gitlab = \"acme/store\" in [[repository]] shop and mend its url");
}

TEST_F(GitlabOnline, TheRoleDecidesWhatWorks) {
  auto& permissions = gitlab_.body(kProject)["permissions"];
  permissions["project_access"]["access_level"] = 20;
  gitlab_.on(kHooks, test::refusal(403, "403 Forbidden"));
  EXPECT_THAT(
      lines(),
      ElementsAre(kToken,
                  "fail gitlab acme/web/shop: the token's role is Reporter, so this does not work: merge requests "
                  "are opened, commit statuses are set → the project's page, Manage, Members: Developer at least",
                  "ok gitlab acme/web/shop: reached as Reporter; main is there; pipelines must succeed before a "
                  "merge",
                  "hint gitlab acme/web/shop: its webhooks cannot be read as Reporter, so whether they arrive is "
                  "not known → to have that checked, give the token the role Maintainer"));
  config_.policy.repositories.front().publish_release = true;
  EXPECT_THAT(lines(), Contains(testing::HasSubstr("commit statuses are set, releases are made → the project's")));
  config_.policy.repositories.front().publish_release = false;
  permissions["group_access"] = {{"access_level", 30}};  // the higher one counts
  auto& branch = gitlab_.body("GET /projects/15/repository/branches/main");
  EXPECT_THAT(lines(),
              Contains("fail gitlab acme/web/shop: as Developer the token may not set commit statuses on main, "
                       "so this does not work: the bot says there whether the fix is merged back → the "
                       "project's page, Manage, Members: Maintainer; or Settings, Repository, Protected "
                       "branches: let Developers merge"));
  for (const char* right : {"can_push", "developers_can_merge"}) {
    branch[right] = true;
    EXPECT_EQ(lines().size(), 3U) << right;
    branch[right] = false;
  }
  branch["protected"] = false;
  EXPECT_THAT(lines(), Contains(StartsWith("ok gitlab acme/web/shop: reached as Developer")));
  EXPECT_EQ(lines().size(), 3U);
}

TEST_F(GitlabOnline, IssuesThatAreSwitchedOffAreSaid) {
  constexpr auto kOff =
      "hint gitlab acme/web/shop: its issues are switched off, so this does not work: /hotfix action issue → its page "
      "on GitLab, Settings, General, Visibility, project features: Issues";
  gitlab_.body(kProject)["issues_access_level"] = "disabled";
  EXPECT_THAT(lines(), ElementsAre(kToken, kOff, kReached, kLeads));
  gitlab_.body(kProject)["issues_access_level"] = "private";
  EXPECT_THAT(lines(), ElementsAre(kToken, kReached, kLeads));
  gitlab_.body(kProject).erase("issues_access_level");  // an older GitLab
  gitlab_.body(kProject)["issues_enabled"] = false;
  EXPECT_THAT(lines(), ElementsAre(kToken, kOff, kReached, kLeads));
}

TEST_F(GitlabOnline, BranchesAreLookedFor) {
  config_.policy.repositories.front().production_branch = "stable/1";
  EXPECT_THAT(lines(), Contains("fail gitlab acme/web/shop: there is no branch stable/1 → mend production_branch in "
                                "[[repository]] shop"));
  EXPECT_EQ(gitlab_.asked("GET /projects/15/repository/branches/stable%2F1"), 1);
  gitlab_.body(kProject)["archived"] = true;
  EXPECT_THAT(lines(), Contains(StartsWith("fail gitlab acme/web/shop: it is archived")));
}

TEST_F(GitlabOnline, AWebhookThatIsNotThereIsSaid) {
  gitlab_.body(kHooks).erase(1);
  EXPECT_EQ(
      lines().back(),
      "hint gitlab acme/web/shop: it has no webhook that leads to https://bot.example.com/hooks/gitlab; without one, "
      "here or at the group, this does not work: merge requests, approvals, CI and deployments are seen at once → "
      "the settings of acme/web/shop, Webhooks: add it, with a signing token or secret token as in [gitlab]");
  gitlab_.well_set_up();
  config_.gitlab.public_url.clear();
  EXPECT_EQ(lines().back(),
            "hint gitlab acme/web/shop: its webhook leads to https://bot.example.com/hooks/gitlab, which "
            "was not compared → set gitlab.public_url");
}

TEST_F(GitlabOnline, EachMissingEventSaysWhatDoesNotWork) {
  hook()["job_events"] = false;
  hook().erase("releases_events");
  EXPECT_THAT(
      lines(),
      ElementsAre(kToken, kReached, kLeads,
                  "fail gitlab acme/web/shop: its webhook does not send Job events, so this does not work: jobs "
                  "count for the CI gate at once → the settings of acme/web/shop, Webhooks: Edit, Trigger: tick it",
                  "fail gitlab acme/web/shop: its webhook does not send Release events, so this does not work: "
                  "releases are on the timeline → the settings of acme/web/shop, Webhooks: Edit, Trigger: tick it"));
}

TEST_F(GitlabOnline, AWebhookInABadStateIsSaid) {
  hook()["alert_status"] = "temporarily_disabled";
  hook()["disabled_until"] = "2026-11-14T21:30:00.000Z";
  hook()["enable_ssl_verification"] = false;
  hook()["custom_webhook_template"] = "{\"a\":1}";
  hook()["push_events_branch_filter"] = "main";
  EXPECT_THAT(
      lines(),
      ElementsAre(
          kToken, kReached, kLeads,
          "fail gitlab acme/web/shop: GitLab has switched its webhook off after failures, until "
          "2026-11-14T21:30:00.000Z, so this does not work: merge requests, approvals, CI and deployments are seen "
          "at once → the settings of acme/web/shop, Webhooks: Edit, Recent events: look why, mend it, then Test",
          "fail gitlab acme/web/shop: its webhook sends without verifying the server's certificate → the settings "
          "of acme/web/shop, Webhooks: Edit, enable SSL verification",
          "fail gitlab acme/web/shop: its webhook has a template of its own, so what it sends is not understood → "
          "the settings of acme/web/shop, Webhooks: Edit, Custom webhook template: empty it",
          "hint gitlab acme/web/shop: its webhook sends pushes of main only → the settings of acme/web/shop, "
          "Webhooks: Edit, Push events: all branches"));
}

TEST_F(GitlabOnline, WhatProvesTheSenderIsCompared) {
  hook()["signing_token_present"] = false;
  EXPECT_THAT(lines(),
              Contains("fail gitlab acme/web/shop: its webhook has no signing token, so what it sends is refused "
                       "→ the settings of acme/web/shop, Webhooks: Edit, Signing token, the same as "
                       "gitlab.signing_token"));
  config_.gitlab.signing_token.reset();
  EXPECT_THAT(lines(), Contains(StartsWith("fail gitlab acme/web/shop: neither gitlab.signing_token nor "
                                           "gitlab.webhook_secret is set")));
  config_.gitlab.webhook_secret = Secret("s3cret", "env:SECRET");
  EXPECT_EQ(lines().size(), 3U);
  hook()["token_present"] = false;
  EXPECT_THAT(lines(), Contains(StartsWith("fail gitlab acme/web/shop: its webhook has no secret token")));
  hook().erase("token_present");  // an older GitLab does not say
  EXPECT_EQ(lines().size(), 3U);
}

TEST_F(GitlabOnline, AnUnsoundSigningTokenIsSaid) {
  EXPECT_FALSE(unsound_gitlab(config_));
  config_.gitlab.signing_token = Secret("s3cret", "env:SIGNING");
  ASSERT_TRUE(unsound_gitlab(config_));
  EXPECT_EQ(unsound_gitlab(config_)->what, "gitlab.signing_token is no signing token");
  EXPECT_FALSE(gitlab_route(config_, clock_, {}));
  config_.gitlab.signing_token.reset();
  EXPECT_FALSE(gitlab_route(config_, clock_, {})->has_value());
  config_.gitlab.webhook_secret = Secret("s3cret", "env:SECRET");
  EXPECT_TRUE(gitlab_route(config_, clock_, {})->has_value());
}

TEST_F(GitlabOnline, ForgesAreMadeWhereThePolicySaysSo) {
  GitlabOut out;
  EXPECT_TRUE(make_gitlab_forges(config_, clock_, out)->empty());
  EXPECT_FALSE(out.api);
  config_.policy.repositories.front().forge = "GitLab";
  config_.policy.repositories.push_back({.name = "api", .gitlab = "acme/api", .forge = "GitLab"});
  config_.policy.repositories.push_back({.name = "tools", .github = "acme/tools", .forge = "GitHub"});
  const auto forges = make_gitlab_forges(config_, clock_, out);
  ASSERT_TRUE(forges);
  EXPECT_EQ(forges->size(), 2U);
  effect::Observe about;
  about.branch = "hotfix/x";
  EXPECT_TRUE(forges->at("shop")->look(about, ""));
}

}  // namespace
}  // namespace hotfixd::cli
