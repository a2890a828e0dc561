#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "tests/gitlab/describe.hpp"

// Every kind of webhook we use, as GitLab shapes it, and the whole of what we make of it.

namespace hotfixd::gitlab {
namespace {

using nlohmann::json;
using test::describe;

const std::string kHead = "4f2a9c1be7d05836aa1c94e2f7b3d8610c5e9f47";
const std::string kBase = "09d7c6b5a4f3e2d1c0b9a8f7e6d5c4b3a2f1e0d9";
const std::string kWeb = "https://gitlab.example.com/Acme/web/shop/-/";

// `asked`: the API can be.
Policy shop(bool asked = false) {
  Policy policy;
  policy.repositories = {{.name = "tools", .github = "acme/web/shop"},
                         {.name = "shop", .gitlab = "acme/Web/shop", .forge = asked ? "GitLab" : ""}};
  return policy;
}

std::string payload(const std::string& name) {
  std::ifstream file(HOTFIXD_SOURCE_DIR "/tests/gitlab/payloads/" + name + ".json", std::ios::binary);
  EXPECT_TRUE(file) << name;
  return {std::istreambuf_iterator<char>(file), {}};
}
std::string read(const std::string& name, bool asked = false) { return describe(decode(payload(name), shop(asked))); }
// A payload with one field changed.
std::string with(const std::string& name, const char* pointer, const json& value) {
  auto body = json::parse(payload(name));
  body[json::json_pointer(pointer)] = value;
  return describe(decode(body.dump(), shop()));
}

TEST(GitlabWebhook, Pushes) {
  EXPECT_EQ(read("push.branch"), "shop - bob-k: push refs/heads/hotfix/checkout-500 [" + kBase + "]..[" + kHead + "]");
  EXPECT_EQ(read("push.created"), "shop - bob-k: push refs/heads/hotfix/checkout-500 []..[" + kBase + "] created");
  EXPECT_EQ(read("push.deleted"), "shop - bob-k: push refs/heads/hotfix/checkout-500 [" + kHead + "]..[] deleted");
  EXPECT_EQ(with("push.branch", "/user_username", "project_15_bot_4ffca233d8298ea1"),
            "shop - project_15_bot_4ffca233d8298ea1: push refs/heads/hotfix/checkout-500 [" + kBase + "]..[" + kHead +
                "] by a program");
  EXPECT_EQ(read("tag_push.created"),
            "shop - bob-k: push refs/tags/v2.4.8 []..[77aa0c1be7d05836aa1c94e2f7b3d8610c5e9f47] created");
  EXPECT_EQ(read("tag_push.deleted"),
            "shop - bob-k: push refs/tags/v2.4.8 [77aa0c1be7d05836aa1c94e2f7b3d8610c5e9f47]..[] deleted");
}

TEST(GitlabWebhook, MergeRequests) {
  const auto mr = [](const std::string& action, const std::string& landing = {}) {
    return fmt::format(
        "merge request {} !4821 'Guard cart[\"coupon\"] against null' {}merge_requests/4821 hotfix/checkout-500@{} -> "
        "main landing [{}] by bob-k",
        action, kWeb, kHead, landing);
  };
  EXPECT_EQ(read("merge_request.opened"), "shop 2026-11-14T21:24:11Z bob-k: " + mr("opened"));
  EXPECT_EQ(read("merge_request.pushed"), "shop 2026-11-14T21:27:40.112Z bob-k: " + mr("updated") + " draft");
  EXPECT_EQ(read("merge_request.closed"), "shop 2026-11-14T21:38:00Z carol-m: " + mr("closed"));
  EXPECT_EQ(read("merge_request.reopened"), "shop 2026-11-14T21:38:20Z carol-m: " + mr("reopened"));
  EXPECT_EQ(read("merge_request.merged"),
            "shop 2026-11-14T21:38:41Z carol-m: " + mr("merged", "b81d3e6f9a2c4075d1e8f3b6a9c2d5e8f1b4a7c0"));
  EXPECT_EQ(read("merge_request.squashed"),
            "shop 2026-11-14T21:38:40Z carol-m: " + mr("merged", "c0ffee6f9a2c4075d1e8f3b6a9c2d5e8f1b4a7c0"));
}

// What landed is the last commit, unless it was squashed: where the API can be asked, it says which.
TEST(GitlabWebhook, FastForwards) {
  EXPECT_TRUE(read("merge_request.fast_forward").contains("merge request merged !4821 "))
      << read("merge_request.fast_forward");
  EXPECT_TRUE(read("merge_request.fast_forward").contains(" landing [" + kHead + "]"));
  EXPECT_TRUE(read("merge_request.fast_forward", true).contains("merge request updated !4821 "));
  EXPECT_TRUE(read("merge_request.merged", true).contains("merge request merged !4821 "));
}

TEST(GitlabWebhook, Approvals) {
  EXPECT_EQ(read("merge_request.approved"),
            "shop 2026-11-14T21:36:10Z carol-m: review approved !4821 "
            "hotfix/checkout-500@" +
                kHead + " by carol-m");
  EXPECT_EQ(read("merge_request.approval"),
            "shop 2026-11-14T21:35:40Z dave: review approved !4821 hotfix/checkout-500@" + kHead + " by dave");
  EXPECT_EQ(read("merge_request.unapproval"),
            "shop - carol-m: review dismissed !4821 hotfix/checkout-500@" + kHead + " by carol-m");
  EXPECT_TRUE(with("merge_request.unapproval", "/object_attributes/actioned_at", "2026-11-14 21:37:01 UTC")
                  .starts_with("shop 2026-11-14T21:37:01Z carol-m: review dismissed"));
  EXPECT_EQ(with("merge_request.approved", "/user/username", json()), "ignored: the reviewer's account is gone");
  EXPECT_EQ(with("merge_request.approved", "/user/username", "project_15_bot_4ffca233d8298ea1"),
            "ignored: a review by project_15_bot_4ffca233d8298ea1, who is a bot");
}

// The head of a webhook may be newer than the approval: who can ask, asks.
TEST(GitlabWebhook, WhereTheApiCanBeAskedItBindsApprovals) {
  EXPECT_TRUE(read("merge_request.approved", true)
                  .starts_with("shop 2026-11-14T21:36:10Z carol-m: merge request updated !4821 "));
  EXPECT_EQ(
      read("merge_request.unapproval", true),
      read("merge_request.unapproval") +
          "\nshop 2026-11-14T21:37:00Z carol-m: merge request updated !4821 'Guard cart[\"coupon\"] against null' " +
          kWeb + "merge_requests/4821 hotfix/checkout-500@" + kHead + " -> main landing [] by bob-k");
}

// A push that resets approvals is reported as of the person who pushed, who has withdrawn nothing.
TEST(GitlabWebhook, AResetByAPushIsNobodysWithdrawal) {
  EXPECT_TRUE(
      read("merge_request.reset_by_push").starts_with("shop 2026-11-14T21:37:20Z bob-k: merge request updated !4821 "))
      << read("merge_request.reset_by_push");
}

TEST(GitlabWebhook, ForksAreNotOurs) {
  EXPECT_EQ(read("merge_request.fork"), "ignored: !4821 comes from the fork stranger/shop");
  EXPECT_EQ(read("merge_request.fork_gone"), "ignored: !4821 comes from a fork that is gone");
  EXPECT_EQ(with("merge_request.approved", "/object_attributes/source_project_id", 77),
            "ignored: !4821 comes from the fork Acme/web/shop");
  EXPECT_EQ(read("pipeline.fork"), "ignored: a pipeline: !7 comes from the fork 77");
}

TEST(GitlabWebhook, TheAuthorIsToldWhereSomebodyHasTheNumber) {
  EXPECT_TRUE(with("merge_request.closed", "/assignees", json::array()).ends_with(" by "));
  EXPECT_TRUE(with("merge_request.closed", "/object_attributes/author_id", 9002).ends_with(" by carol-m"));
}

TEST(GitlabWebhook, Pipelines) {
  const auto pipeline = [](const std::string& state, const std::string& seq, const std::string& step = {}) {
    return fmt::format(
        "check {} 'pipeline (suite hotfix/checkout-500)' {} [{}pipelines/31] seq {} on [hotfix/checkout-500]{} sums up",
        state, kHead, kWeb, seq, step);
  };
  EXPECT_EQ(read("pipeline.running"), "shop 2026-11-14T21:31:30Z bob-k: " + pipeline("pending", "33285996922"));
  EXPECT_EQ(read("pipeline.success"), "shop 2026-11-14T21:31:32Z bob-k: " + pipeline("passed", "33285996923"));
  EXPECT_EQ(read("pipeline.failed"),
            "shop 2026-11-14T21:31:32Z bob-k: " + pipeline("failed", "33285996924", " at test: jest"));
  EXPECT_EQ(read("pipeline.merged_result"),
            "shop 2026-11-14T21:33:00Z bob-k: check passed 'pipeline (suite !4821)' "
            "d15ea5e0f9a2c4075d1e8f3b6a9c2d5e8f1b4a7c [" +
                kWeb + "pipelines/31] seq 34359738758 on [hotfix/checkout-500] sums up");
  EXPECT_TRUE(with("pipeline.success", "/object_attributes/tag", true)
                  .ends_with(" on [refs/tags/hotfix/checkout-500] sums up"));
  EXPECT_TRUE(with("pipeline.success", "/object_attributes/url", json()).contains("[" + kWeb + "pipelines/31]"));
}

TEST(GitlabWebhook, EveryStateOfAPipeline) {
  const std::vector<std::pair<std::string, std::string>> all{
      {"created", "pending"},   {"waiting_for_resource", "pending"},
      {"preparing", "pending"}, {"pending", "pending"},
      {"running", "pending"},   {"success", "passed"},
      {"failed", "failed"},     {"canceled", "failed"},
      {"canceling", "pending"}, {"skipped", "skipped"},
      {"manual", "pending"},    {"scheduled", "pending"},
      {"a new one", "failed"}};
  for (const auto& [status, state] : all)
    EXPECT_TRUE(
        with("pipeline.success", "/object_attributes/status", status).contains(": check " + state + " 'pipeline"))
        << status;
}

TEST(GitlabWebhook, Jobs) {
  const auto job = [](const std::string& state, const std::string& step = {}) {
    return fmt::format(
        "check {} 'rspec (suite hotfix/checkout-500)' {} [{}jobs/378] seq 378 on [hotfix/checkout-500]{}", state, kHead,
        kWeb, step);
  };
  EXPECT_EQ(read("build.created"), "shop 2026-11-14T21:27:50Z bob-k: " + job("pending"));
  EXPECT_EQ(read("build.success"), "shop 2026-11-14T21:31:30Z bob-k: " + job("passed"));
  EXPECT_EQ(read("build.failed"), "shop 2026-11-14T21:31:30Z bob-k: " + job("failed", " at test: script_failure"));
  EXPECT_EQ(read("build.may_fail"),
            "shop 2026-11-14T21:31:30Z bob-k: check skipped 'lint (suite hotfix/checkout-500)' " + kHead + " [" + kWeb +
                "jobs/379] seq 379 on [hotfix/checkout-500]");
  EXPECT_EQ(read("build.old_gitlab"),
            "shop 2026-11-14T21:28:01Z bob-k: check pending 'rspec (suite hotfix/checkout-500)' " + kHead +
                " [] seq 378 on [hotfix/checkout-500]");
  EXPECT_EQ(read("build.merged_result"), "ignored: a job of a merged result, whose pipeline is reported");
  // A manual job that nobody has to start; one that the pipeline waits for.
  auto manual = json::parse(payload("build.created"));
  manual["build_status"] = "manual";
  EXPECT_TRUE(describe(decode(manual.dump(), shop())).contains("check pending"));
  manual["build_allow_failure"] = true;
  EXPECT_TRUE(describe(decode(manual.dump(), shop())).contains("check skipped"));
}

TEST(GitlabWebhook, ChildrenCountEach) {
  auto body = json::parse(payload("pipeline.failed"));
  body["object_attributes"]["source"] = "parent_pipeline";
  EXPECT_TRUE(describe(decode(body.dump(), shop())).contains("'child pipeline (suite 31)'"));
  body = json::parse(payload("build.failed"));
  body["source_pipeline"] = {{"project", {{"id", 15}}}, {"pipeline_id", 30}, {"job_id", 3401}};
  EXPECT_TRUE(describe(decode(body.dump(), shop())).contains("'rspec (suite 31)'"));
  body["source_pipeline"]["project"]["id"] = 41;  // of another project
  EXPECT_TRUE(describe(decode(body.dump(), shop())).contains("'rspec (suite hotfix/checkout-500)'"));
  EXPECT_TRUE(with("build.failed", "/ref", "refs/merge-requests/4821/head").contains("'rspec (suite !4821)'"));
  EXPECT_EQ(with("pipeline.failed", "/object_attributes/id", 18446744073709551615U),
            "problem: object_attributes.id or a job's is too large");
}

// Made for a commit status, by whoever may set one: it replaces no other.
TEST(GitlabWebhook, ExternalPipelinesCountEach) {
  EXPECT_TRUE(with("pipeline.failed", "/object_attributes/source", "external").contains("'pipeline (suite 31)'"));
  // Where the bot sets statuses it would hear itself: that one is only a reason to look.
  auto policy = shop();
  for (auto& repository : policy.repositories) repository.forge = "GitLab";
  auto body = json::parse(payload("pipeline.failed"));
  body["object_attributes"]["source"] = "external";
  const auto told = describe(decode(body.dump(), policy));
  EXPECT_TRUE(told.contains("push refs/heads/hotfix/checkout-500")) << told;
}

// Out of order: what a run again says has a higher number, and so has a later pipeline.
TEST(GitlabWebhook, LaterReportsHaveHigherNumbers) {
  const auto sequence = [](const json& body) {
    return std::get<forge::Check>(decode(body.dump(), shop()).value().events.at(0).fact).sequence;
  };
  const auto first = json::parse(payload("pipeline.failed"));
  auto again = first;
  again["builds"][1]["id"] = 395;  // rspec
  again["object_attributes"]["status"] = "running";
  auto later = first;
  later["object_attributes"]["id"] = 32;
  later["builds"] = json::array();
  EXPECT_LT(sequence(first), sequence(again));
  EXPECT_LT(sequence(again), sequence(later));
  // gitlab.com's ids are above 2^33; where the lower 30 bits begin anew, the order stays.
  std::uint64_t before = 0;
  for (const std::uint64_t id : {(1U << 29U) - 1UL, 1UL << 29U, 1UL << 30U, (12UL << 30U) - 1, 12UL << 30U,
                                 (12UL << 30U) + 4096, (1UL << 40U) - 1}) {
    again["builds"][1]["id"] = id;
    EXPECT_LE(before, sequence(again)) << id;
    EXPECT_LT(sequence(again), sequence(later)) << id;
    before = sequence(again);
  }
  again["builds"][1]["id"] = 1UL << 40U;
  EXPECT_EQ(describe(decode(again.dump(), shop())), "problem: object_attributes.id or a job's is too large");
}

TEST(GitlabWebhook, Deployments) {
  const auto deployment = [](const std::string& state, const std::string& ref = "v2.4.8") {
    return fmt::format("shop 2026-11-14T21:42:00Z carol-m: deployment {} {}@{} to production [{}jobs/796]", state, ref,
                       kHead, kWeb);
  };
  EXPECT_EQ(read("deployment.running"), deployment("pending"));
  EXPECT_EQ(read("deployment.success"), deployment("succeeded"));
  EXPECT_EQ(read("deployment.failed"), deployment("failed"));
  EXPECT_EQ(read("deployment.canceled"), "ignored: the deployment was canceled");
  EXPECT_EQ(read("deployment.old_gitlab"), deployment("succeeded", ""));
  // The address must be of the commit that is named.
  EXPECT_EQ(with("deployment.success", "/short_sha", "1234567"),
            "shop 2026-11-14T21:42:00Z carol-m: deployment succeeded v2.4.8@ to production [" + kWeb + "jobs/796]");
  EXPECT_EQ(with("deployment.old_gitlab", "/commit_url", json()), "problem: commit_url does not name the commit");
}

TEST(GitlabWebhook, Releases) {
  EXPECT_EQ(read("release.created"), "shop 2026-11-14T21:45:00Z : released v2.4.8 [" + kWeb + "releases/v2.4.8]");
  EXPECT_EQ(read("release.updated"), "ignored: a release: update");
}

TEST(GitlabWebhook, OnlyConfiguredProjects) {
  EXPECT_EQ(with("push.branch", "/project/path_with_namespace", "acme/shop"),
            "ignored: project acme/shop is not configured");
  EXPECT_EQ(with("push.branch", "/project/path_with_namespace", "ACME/WEB/SHOP"), read("push.branch"));
  EXPECT_EQ(with("build.old_gitlab", "/repository/homepage", "https://gitlab.example.com/other/xweb/shop"),
            "ignored: project https://gitlab.example.com/other/xweb/shop is not configured");
  // The whole path counts, not its end.
  EXPECT_EQ(with("build.old_gitlab", "/repository/homepage", "https://gitlab.example.com/other/acme/web/shop"),
            "ignored: project https://gitlab.example.com/other/acme/web/shop is not configured");
  EXPECT_EQ(with("build.old_gitlab", "/repository/homepage", "https://gitlab.example.com"),
            "ignored: project https://gitlab.example.com is not configured");
  EXPECT_EQ(read("note.comment"), "ignored: this kind of event is not used");
  EXPECT_EQ(describe(decode(R"({"event_name":"project_create","path_with_namespace":"acme/web/shop"})", shop())),
            "ignored: this kind of event is not used");
}

TEST(GitlabWebhook, WhatIsWrongIsNamed) {
  EXPECT_EQ(with("push.branch", "/ref", "main"), "problem: ref is not a full ref name");
  EXPECT_EQ(with("push.branch", "/after", "soon"), "problem: after is not an object name");
  EXPECT_EQ(with("push.branch", "/project", json()), read("push.branch"));  // its homepage tells
  EXPECT_EQ(with("merge_request.opened", "/object_attributes/iid", "1"),
            "problem: object_attributes.iid is not a whole number");
  EXPECT_EQ(with("merge_request.opened", "/object_attributes/source_branch", json()),
            "problem: object_attributes.source_branch is missing");
  EXPECT_EQ(with("merge_request.opened", "/object_attributes/created_at", "yesterday"),
            "problem: object_attributes.created_at is not a time");
  EXPECT_EQ(with("merge_request.opened", "/object_attributes", "x"), "problem: object_attributes is not an object");
  EXPECT_EQ(with("pipeline.success", "/builds", "x"), "problem: builds is not a list");
  EXPECT_EQ(with("pipeline.success", "/builds/0", 7), "problem: builds is not a list of objects");
  EXPECT_EQ(with("pipeline.success", "/builds/0/id", json()), "problem: builds: id is missing ");
  EXPECT_EQ(with("pipeline.success", "/object_attributes/status", json()),
            "problem: object_attributes.status is missing");
  EXPECT_EQ(with("build.success", "/build_status", json()), "problem: build_status is missing");
  EXPECT_EQ(with("build.success", "/sha", std::string(40, '0')), "problem: sha is missing");
  EXPECT_EQ(with("deployment.success", "/environment", ""), "problem: environment is empty");
  EXPECT_EQ(with("release.created", "/tag", json()), "problem: tag is missing");
  EXPECT_EQ(with("release.created", "/object_kind", 1), "problem: object_kind is not text");
  EXPECT_EQ(with("release.created", "/object_kind", json()), "problem: object_kind is missing");
}

TEST(GitlabWebhook, WhatIsNoJsonIsSaid) {
  for (const auto* body : {"", "hello", "{", "{\"a\":\"\xff\"}"})
    EXPECT_EQ(describe(decode(body, shop())), "problem: the body is not JSON") << body;
  EXPECT_EQ(describe(decode("[]", shop())), "problem: the body is not a JSON object");
  std::string deep = "{\"a\":";
  for (int i = 0; i < 100'000; ++i) deep += '[';
  EXPECT_EQ(describe(decode(deep, shop())), "problem: the JSON is nested too deeply");
  EXPECT_EQ(describe(decode(std::string(kPayloadLimit + 1, ' '), shop())), "problem: the body is larger than 25 MB");
}

}  // namespace
}  // namespace hotfixd::gitlab
