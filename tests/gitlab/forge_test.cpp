// A look at GitLab, a merge request opened there, a commit status set.
#include "integrations/gitlab/forge.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <thread>

#include "tests/gitlab/clock.hpp"
#include "tests/gitlab/describe.hpp"
#include "tests/gitlab/fake_gitlab.hpp"

namespace hotfixd::gitlab {
namespace {

using nlohmann::json;
using test::kBase;
using test::kHead;
using test::kMerged;
using test::kOldHead;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const std::string kWeb = "https://gitlab.example.com/acme/web/shop/-/";
const std::string kMr = "/projects/15/merge_requests/5";
const std::string kMrs = "GET /projects/15/merge_requests?state=all&per_page=100&source_branch=hotfix%2Fx";
const std::string kApprovals = "GET " + kMr + "/approvals";
const std::string kVersions = "GET " + kMr + "/versions?per_page=100";
const std::string kNotes = "GET " + kMr + "/notes?per_page=100&order_by=created_at&sort=asc";
const std::string kReviewers = "GET " + kMr + "/reviewers";
const std::string kPipelines = fmt::format("GET /projects/15/pipelines?per_page=100&sha={}", kHead);
const std::string kChildren = kPipelines + "&source=parent_pipeline";
const std::string kStatuses = fmt::format("GET /projects/15/repository/commits/{}/statuses?per_page=100", kHead);
const std::string kCompare = fmt::format("GET /projects/15/repository/compare?from={}&to={}", kBase, kHead);
std::string jobs_of(int pipeline) { return fmt::format("GET /projects/15/pipelines/{}/jobs?per_page=100", pipeline); }
std::string seq(std::uint64_t pipeline, std::uint64_t job) { return fmt::to_string((pipeline << 30U) | job); }

class GitlabForge : public ::testing::Test {
 protected:
  GitlabForge() {
    clock_.set("2026-11-14T22:00:00Z");
    gitlab_.well_set_up();
    http_ = net::create_http_client({}).value();
    api_ = create_api(*http_, clock_, {.url = gitlab_.url(), .token = "glpat-good"});
    forge_ = create_forge(*api_, "shop", "acme/web/shop", {}, "production");
  }

  Result<ForgeView> look(const std::string& head = kHead) {
    effect::Observe about;
    about.repository = "shop";
    about.branch = "hotfix/x";
    about.base_sha = kBase;
    about.tag_sha = tag_sha_;
    return forge_->look(about, head);
  }
  std::vector<std::string> events(const std::string& head = kHead) {
    const auto view = look(head);
    if (!view) return {"problem: " + view.error().what};
    std::vector<std::string> all;
    for (const auto& e : view->events) all.push_back(test::describe(e));
    return all;
  }
  // What stands behind "review " and "check ".
  std::vector<std::string> only(const std::string& kind, const std::string& head = kHead) {
    std::vector<std::string> all;
    for (const auto& e : events(head))
      if (const auto at = e.find(": " + kind + " "); at != std::string::npos)
        all.push_back(e.substr(at + kind.size() + 3));
      else if (e.starts_with("problem"))
        all.push_back(e);
    return all;
  }
  // Another open merge request of the branch, !id, that nobody has looked at.
  json another(int id, const std::string& target) {
    auto mr = first(kMrs);
    mr["iid"] = id;
    mr["target_branch"] = target;
    const auto path = fmt::format("GET /projects/15/merge_requests/{}", id);
    gitlab_.on(path, {200, mr, {}, {}});
    gitlab_.on(path + "/approvals", {200, {{"approved_by", json::array()}}, {}, {}});
    gitlab_.on(path + "/versions?per_page=100", {200, gitlab_.body(kVersions), {}, {}});
    gitlab_.on(path + "/notes?per_page=100&order_by=created_at&sort=asc", {200, json::array(), {}, {}});
    gitlab_.on(path + "/reviewers", {200, json::array(), {}, {}});
    return mr;
  }
  json& first(const std::string& call) { return gitlab_.body(call).at(0); }

  std::string tag_sha_;
  test::ManualClock clock_;
  test::FakeGitlab gitlab_;
  std::unique_ptr<net::HttpClient> http_;
  std::unique_ptr<Api> api_;
  std::unique_ptr<Forge> forge_;
};

TEST_F(GitlabForge, ALookTellsAllThatIsThere) {
  const auto view = look();
  ASSERT_TRUE(view) << view.error().what;
  std::vector<std::string> all;
  for (const auto& e : view->events) all.push_back(test::describe(e));
  EXPECT_THAT(
      all,
      ElementsAre(fmt::format("shop 2026-11-14T21:24:11Z bob-k: merge request opened !5 'Guard cart[\"coupon\"]' "
                              "{}merge_requests/5 hotfix/x@{} -> main landing [] by bob-k",
                              kWeb, kHead),
                  fmt::format("shop 2026-11-14T21:36:10Z carol-m: review approved !5 hotfix/x@{} by carol-m", kHead),
                  fmt::format("shop 2026-11-14T21:31:32Z : check passed 'pipeline (suite hotfix/x)' {} "
                              "[{}pipelines/31] seq {} on [] sums up",
                              kHead, kWeb, seq(31, 378)),
                  fmt::format("shop 2026-11-14T21:31:30Z : check passed 'rspec (suite hotfix/x)' {} [{}jobs/378] "
                              "seq 378 on []",
                              kHead, kWeb)));
  EXPECT_THAT(view->required_checks, ElementsAre("pipeline"));
  EXPECT_THAT(view->authors, ElementsAre("bob-k", "frank"));
  EXPECT_THAT(view->awaited, ElementsAre("erin"));
  EXPECT_THAT(view->readers, IsEmpty());
  EXPECT_THAT(view->rights_unknown, IsEmpty());
  EXPECT_EQ(gitlab_.calls().size(), 15U);
  // An address is looked up once.
  ASSERT_TRUE(look());
  EXPECT_EQ(gitlab_.asked("GET /users?search=frank%40example.com"), 1);
}

TEST_F(GitlabForge, WithoutACommitThereAreNoChecks) {
  EXPECT_THAT(only("check", ""), IsEmpty());
  EXPECT_EQ(gitlab_.asked(kPipelines), 0);
  EXPECT_EQ(only("review", "").size(), 1U);
}

TEST_F(GitlabForge, WithoutAMergeRequestThereAreNoReviews) {
  gitlab_.body(kMrs) = json::array();
  EXPECT_EQ(events().size(), 2U);  // the pipeline and its job
  EXPECT_EQ(gitlab_.asked(kApprovals), 0);
}

TEST_F(GitlabForge, AForksMergeRequestIsNotOurs) {
  first(kMrs)["source_project_id"] = 77;
  EXPECT_THAT(only("merge request"), IsEmpty());
  first(kMrs)["source_project_id"] = nullptr;  // it is gone
  EXPECT_THAT(only("merge request"), IsEmpty());
}

TEST_F(GitlabForge, WhatLandedIsTold) {
  auto& mr = first(kMrs);
  mr["state"] = "merged";
  mr["merged_at"] = "2026-11-14T21:38:40.000Z";
  mr["merge_user"] = {{"username", "carol-m"}};
  const auto landing = [&] {
    const auto all = events();
    return all.at(0).substr(0, all.at(0).find(" !5")) + all.at(0).substr(all.at(0).find(" landing"));
  };
  const std::string merged = "shop 2026-11-14T21:38:40Z carol-m: merge request merged landing [";
  mr["merge_commit_sha"] = test::kMerged;
  mr["squash_commit_sha"] = kOldHead;
  EXPECT_EQ(landing(), merged + test::kMerged + "] by bob-k");
  mr["merge_commit_sha"] = nullptr;  // a fast-forward of the squashed commit
  EXPECT_EQ(landing(), merged + kOldHead + "] by bob-k");
  mr["squash_commit_sha"] = nullptr;  // of all of them
  EXPECT_EQ(landing(), merged + kHead + "] by bob-k");
  mr["state"] = "closed";
  mr["closed_at"] = "2026-11-14T21:39:00.000Z";
  mr["closed_by"] = {{"username", "erin"}};
  EXPECT_TRUE(events().at(0).starts_with("shop 2026-11-14T21:39:00Z erin: merge request closed !5 "));
}

TEST_F(GitlabForge, OfSeveralTheOpenOnesReviewsCount) {
  auto old = first(kMrs), other = first(kMrs);
  old["iid"] = 3;
  old["state"] = "closed";
  other["iid"] = 7;
  other["state"] = "closed";
  gitlab_.body(kMrs) = json::array({other, first(kMrs), old});
  const auto all = only("merge request");
  ASSERT_EQ(all.size(), 3U);
  EXPECT_TRUE(all[0].starts_with("closed !3 ") && all[1].starts_with("opened !5 ") && all[2].starts_with("closed !7 "));
  EXPECT_EQ(gitlab_.asked(kApprovals), 1);
}

// The one into the production branch is ours; what people say is told with the merge request in which they say it.
TEST_F(GitlabForge, OfSeveralOpenOnesEachReviewIsOfItsOwn) {
  const auto main = first(kMrs), develop = another(7, "develop"), release = another(8, "release");
  gitlab_.body(kMrs) = json::array({release, develop, main});
  const std::string of_develop = "GET /projects/15/merge_requests/7", of_release = "GET /projects/15/merge_requests/8";
  gitlab_.body(of_develop + "/reviewers") = json::array({{{"user", {{"username", "dave"}}}, {"state", "unreviewed"}},
                                                         {{"user", {{"username", "erin"}}}, {"state", "unreviewed"}}});
  gitlab_.body(of_release + "/approvals")["approved_by"] =
      json::array({{{"user", {{"username", "grace"}}}, {"approved_at", "2026-11-14T21:37:00.000Z"}}});
  EXPECT_THAT(only("review"), ElementsAre(fmt::format("approved !5 hotfix/x@{} by carol-m", kHead),
                                          fmt::format("approved !8 hotfix/x@{} by grace", kHead)));
  EXPECT_THAT(look()->awaited, testing::UnorderedElementsAre("dave", "erin"));
  // An objection in one stands beside the approval in another.
  gitlab_.body(of_develop + "/reviewers")[0] = {{"user", {{"username", "carol-m"}}}, {"state", "requested_changes"}};
  gitlab_.body(of_develop + "/notes?per_page=100&order_by=created_at&sort=asc") =
      json::array({{{"body", "requested changes"},
                    {"system", true},
                    {"author", {{"username", "carol-m"}}},
                    {"created_at", "2026-11-14T21:30:00.000Z"}}});
  EXPECT_THAT(only("review"), ElementsAre(fmt::format("changes_requested !7 hotfix/x@{} by carol-m", kHead),
                                          HasSubstr("approved !5 "), HasSubstr("approved !8 ")));
  // Whose pipeline of a merged result is asked for.
  EXPECT_EQ(gitlab_.asked("GET " + kMr), 0);
  EXPECT_GT(gitlab_.asked(of_release), 0);
  forge_ = create_forge(*api_, "shop", "acme/web/shop", "main");
  ASSERT_TRUE(look());
  EXPECT_EQ(gitlab_.asked("GET " + kMr), 1);
  forge_ = create_forge(*api_, "shop", "acme/web/shop", "develop");
  ASSERT_TRUE(look());
  EXPECT_EQ(gitlab_.asked(of_develop), 1);
}

// Merged into the production branch, it still counts before one that is open into another.
TEST_F(GitlabForge, TheOneThatWasMergedIntoProductionStillCounts) {
  auto merged = first(kMrs);
  merged["state"] = "merged";
  merged["merged_at"] = "2026-11-14T21:38:40.000Z";
  gitlab_.body(kMrs) = json::array({another(7, "develop"), merged});
  forge_ = create_forge(*api_, "shop", "acme/web/shop", "main");
  EXPECT_THAT(only("review"), ElementsAre(HasSubstr("approved !5 ")));
  EXPECT_EQ(gitlab_.asked("GET /projects/15/merge_requests/7/approvals"), 1);
  EXPECT_EQ(gitlab_.asked("GET " + kMr), 1);
  forge_ = create_forge(*api_, "shop", "acme/web/shop", "trunk");
  EXPECT_THAT(only("review"), IsEmpty());
}

TEST_F(GitlabForge, RightsOfThoseWhoApprove) {
  const std::string member = "GET /projects/15/members/all/9002", rules = "GET " + kMr + "/approval_state";
  const auto rights = [&](test::Reply reply) -> std::string {
    gitlab_.on(member, std::move(reply));
    const auto view = look();
    if (!view) return "problem";
    return fmt::format("{}{}", view->readers.empty() ? "" : "reads", view->rights_unknown.empty() ? "" : "unknown");
  };
  const auto level = [](json n) { return test::Reply{200, {{"access_level", std::move(n)}}, {}, {}}; };
  EXPECT_EQ(rights(level(30)), "");
  EXPECT_EQ(rights(level(40)), "");
  EXPECT_EQ(gitlab_.asked(rules), 0);
  EXPECT_EQ(rights(level(20)), "reads");
  EXPECT_EQ(rights(level(10)), "reads");
  EXPECT_EQ(rights({404, {{"message", "404 Not found"}}, {}, {}}), "reads");
  EXPECT_EQ(rights({403, {{"message", "403 Forbidden"}}, {}, {}}), "unknown");
  EXPECT_EQ(rights(level(nullptr)), "unknown");
  EXPECT_EQ(rights({502, {}, {}, {}}), "problem");
  // An approval rule may name a Reporter.
  const auto eligible = [&](int user) {
    gitlab_.on(rules, {200,
                       {{"rules", json::array({{{"eligible_approvers", json::array()}},
                                               {{"eligible_approvers", json::array({{{"id", user}}})}}})}},
                       {},
                       {}});
  };
  eligible(9001);
  EXPECT_EQ(rights(level(20)), "reads");
  eligible(9002);
  EXPECT_EQ(rights(level(20)), "");
  gitlab_.body(kApprovals)["approved_by"][0]["user"].erase("id");
  EXPECT_EQ(rights(level(30)), "unknown");
}

TEST_F(GitlabForge, AmongTooManyOpenOnesItCannotBeTold) {
  auto all = json::array();
  for (int i = 0; i < 11; ++i) all.push_back(first(kMrs));
  gitlab_.body(kMrs) = all;
  EXPECT_EQ(look().error().what, "GitLab has more of /merge_requests than are read");
  EXPECT_EQ(gitlab_.asked(kApprovals), 0);
}

// GitLab's approval is of the merge request, and stays when somebody pushes: it is bound to the head of its time.
TEST_F(GitlabForge, AnApprovalFromBeforeThePushIsOfTheOldHead) {
  auto& approval = gitlab_.body(kApprovals)["approved_by"][0];
  approval["approved_at"] = "2026-11-14T21:26:00.000Z";
  EXPECT_THAT(only("review"), ElementsAre(fmt::format("approved !5 hotfix/x@{} by carol-m", kOldHead)));
  approval["approved_at"] = "2026-11-14T21:27:44.999Z";  // a moment before
  EXPECT_THAT(only("review"), ElementsAre(HasSubstr(kOldHead)));
  approval["approved_at"] = "2026-11-14T21:27:45.000Z";
  EXPECT_THAT(only("review"), ElementsAre(HasSubstr(kHead)));
  approval["approved_at"] = "2026-11-14T21:00:00.000Z";  // before there was anything: of nothing
  EXPECT_THAT(only("review"), Not(Contains(HasSubstr("approved"))));
}

TEST_F(GitlabForge, AnOlderGitLabTellsTheTimeInANote) {
  gitlab_.body(kApprovals)["approved_by"][0].erase("approved_at");
  EXPECT_THAT(only("review"), ElementsAre(fmt::format("approved !5 hotfix/x@{} by carol-m", kHead)));
  gitlab_.body(kNotes)[1]["created_at"] = "2026-11-14T21:26:00.000Z";
  EXPECT_THAT(only("review"), ElementsAre(fmt::format("approved !5 hotfix/x@{} by carol-m", kOldHead)));
  // Without a time it counts only where nobody pushed since.
  gitlab_.body(kNotes) = json::array();
  EXPECT_THAT(only("review"), IsEmpty());
  gitlab_.body(kVersions).erase(1);
  EXPECT_THAT(only("review"), ElementsAre(fmt::format("approved !5 hotfix/x@{} by carol-m", kHead)));
}

// A comment that says the same is none.
TEST_F(GitlabForge, OnlySystemNotesAreBelieved) {
  gitlab_.body(kApprovals)["approved_by"] = json::array();
  auto& note = gitlab_.body(kNotes)[1];
  note["system"] = false;
  EXPECT_THAT(only("review"), IsEmpty());
}

TEST_F(GitlabForge, WhatNoLongerStandsIsDismissed) {
  gitlab_.body(kApprovals)["approved_by"] = json::array();
  EXPECT_THAT(events(), Contains(fmt::format(
                            "shop 2026-11-14T21:36:11Z carol-m: review dismissed !5 hotfix/x@{} by carol-m", kHead)));
  auto note = gitlab_.body(kNotes)[1];
  note["body"] = "unapproved this merge request";
  note["created_at"] = "2026-11-14T21:37:00.000Z";
  gitlab_.body(kNotes).push_back(note);
  EXPECT_THAT(events(), Contains(fmt::format(
                            "shop 2026-11-14T21:37:00Z carol-m: review dismissed !5 hotfix/x@{} by carol-m", kHead)));
}

TEST_F(GitlabForge, RequestedChangesAreToldWhileTheyStand) {
  auto reviewer = gitlab_.body(kReviewers)[1];
  reviewer["state"] = "requested_changes";
  gitlab_.body(kReviewers)[1] = reviewer;
  EXPECT_THAT(only("review"),
              ElementsAre(HasSubstr("approved"), "changes_requested !5 hotfix/x@ by erin"));  // no note tells when
  EXPECT_THAT(look()->awaited, IsEmpty());
  // Asked again, it stands no longer.
  gitlab_.body(kReviewers)[1]["state"] = "unreviewed";
  gitlab_.body(kNotes).push_back({{"id", 3},
                                  {"body", "requested changes"},
                                  {"system", true},
                                  {"author", {{"username", "erin"}}},
                                  {"created_at", "2026-11-14T21:37:00.000Z"}});
  EXPECT_THAT(only("review"), Contains(fmt::format("dismissed !5 hotfix/x@{} by erin", kHead)));
  EXPECT_THAT(look()->awaited, ElementsAre("erin"));
}

TEST_F(GitlabForge, WhatABotSaysDoesNotCount) {
  for (const char* bot : {"project_15_bot_4ffca233", "service_account_33"}) {
    gitlab_.body(kApprovals)["approved_by"][0]["user"]["username"] = bot;
    gitlab_.body(kNotes)[1]["author"]["username"] = bot;
    gitlab_.body(kReviewers)[0] = {{"user", {{"username", bot}}}, {"state", "requested_changes"}};
    EXPECT_THAT(only("review"), IsEmpty()) << bot;
  }
}

// From an address that GitLab does not know, under the name that it does.
TEST_F(GitlabForge, AnApprovalByAnAuthorsNameDoesNotCount) {
  auto& commit = gitlab_.body(kCompare)["commits"][0];
  commit["author_email"] = "c@home.example.org";
  commit["author_name"] = "Carol-M";
  EXPECT_THAT(only("review"), ElementsAre(fmt::format("dismissed !5 hotfix/x@{} by carol-m", kHead)));
  commit["author_name"] = "Bob K";
  EXPECT_THAT(only("review"), ElementsAre(HasSubstr("approved !5")));
  commit["committer_name"] = "carol-m";
  EXPECT_THAT(only("review"), ElementsAre(HasSubstr("dismissed !5")));
}

// What was said stays as it was told when somebody pushes.
TEST_F(GitlabForge, AnObjectionIsOfTheHeadOfItsTime) {
  const json note{{"body", "requested changes"},
                  {"system", true},
                  {"author", {{"username", "erin"}}},
                  {"created_at", "2026-11-14T21:26:00.000Z"}};
  gitlab_.body(kNotes) = json::array({note});
  gitlab_.body(kApprovals)["approved_by"] = json::array();
  gitlab_.body(kReviewers)[1]["state"] = "requested_changes";
  const auto told = only("review");
  EXPECT_THAT(told, ElementsAre(fmt::format("changes_requested !5 hotfix/x@{} by erin", kOldHead)));
  const auto again = [&](const std::string& sha) {
    first(kMrs)["sha"] = sha;
    gitlab_.body(kVersions).push_back(
        {{"id", 3}, {"head_commit_sha", sha}, {"created_at", "2026-11-14T21:40:00.000Z"}});
    return only("review");
  };
  EXPECT_EQ(again(test::kMerged), told);
  // Without a time it is of no head that is known.
  gitlab_.body(kNotes) = json::array();
  EXPECT_THAT(only("review"), ElementsAre("changes_requested !5 hotfix/x@ by erin"));
  // Taken back.
  gitlab_.body(kReviewers)[1]["state"] = "unreviewed";
  gitlab_.body(kNotes) = json::array({note});
  EXPECT_THAT(only("review"), ElementsAre(fmt::format("dismissed !5 hotfix/x@{} by erin", kOldHead)));
}

TEST_F(GitlabForge, WhereReviewersMayNotBeReadApprovalsCount) {
  gitlab_.forget(kReviewers);
  EXPECT_EQ(only("review").size(), 1U);
  EXPECT_THAT(look()->awaited, IsEmpty());
}

// A pipeline that failed says where.
TEST_F(GitlabForge, AFailureNamesItsStep) {
  first(kPipelines)["status"] = "failed";
  auto lint = first(jobs_of(31)), rspec = first(jobs_of(31));
  rspec["status"] = "failed";
  rspec["failure_reason"] = "script_failure";
  lint["id"] = 379;
  lint["name"] = "lint";
  lint["status"] = "failed";
  lint["allow_failure"] = true;
  gitlab_.body(jobs_of(31)) = json::array({lint, rspec});
  EXPECT_THAT(only("check"),
              ElementsAre(HasSubstr("failed 'pipeline (suite hotfix/x)'"), HasSubstr("skipped 'lint (suite hotfix/x)'"),
                          HasSubstr("failed 'rspec (suite hotfix/x)'")));
  EXPECT_THAT(only("check"), Contains(testing::EndsWith(" on [] at test: rspec sums up")));
  EXPECT_THAT(only("check"), Contains(testing::EndsWith(" on [] at test: script_failure")));
}

// Started anew, a pipeline replaces the one before; what only the old one had, and was not green, is still told.
TEST_F(GitlabForge, TheNewestPipelineOfABranchCounts) {
  auto again = first(kPipelines);
  again["id"] = 40;
  again["source"] = "web";
  first(kPipelines)["status"] = "failed";
  gitlab_.body(kPipelines).insert(gitlab_.body(kPipelines).begin(), again);
  first(jobs_of(31))["status"] = "failed";
  auto job = first(jobs_of(31));
  job["id"] = 500;
  job["status"] = "success";
  gitlab_.on(jobs_of(40), {200, json::array({job}), {}, {}});
  EXPECT_THAT(only("check"),
              ElementsAre(HasSubstr("failed 'rspec (suite hotfix/x)'"), HasSubstr("passed 'pipeline (suite hotfix/x)'"),
                          HasSubstr("passed 'rspec (suite hotfix/x)'")));
  gitlab_.body(kPipelines)[1]["status"] = "success";
  EXPECT_EQ(only("check").size(), 2U);
  // What somebody else reported stays in the old one.
  gitlab_.body(kStatuses).push_back({{"id", 600}, {"name", "jenkins"}, {"status", "success"}, {"pipeline_id", 31}});
  EXPECT_THAT(only("check"),
              ElementsAre(HasSubstr("passed 'pipeline (suite hotfix/x)'"), HasSubstr("passed 'rspec (suite hotfix/x)'"),
                          HasSubstr("passed 'jenkins (suite hotfix/x, status)'")));
}

// Each counts by itself: one green hides no red one of its name.
TEST_F(GitlabForge, ChildrenAndMergeRequestsCountEach) {
  auto child = first(kPipelines), other = first(kPipelines), merge = first(kPipelines);
  child["id"] = 32;
  child["source"] = other["source"] = "parent_pipeline";
  child["status"] = "failed";
  other["id"] = 33;
  merge["id"] = 34;
  merge["source"] = "merge_request_event";
  merge["ref"] = "refs/merge-requests/5/head";
  gitlab_.body(kChildren) = json::array({other, child});
  gitlab_.body(kPipelines).push_back(merge);
  auto job = first(jobs_of(31));
  for (const int id : {32, 33, 34}) {
    job["id"] = 400 + id;
    job["status"] = id == 32 ? "failed" : "success";
    gitlab_.on(jobs_of(id), {200, json::array({job}), {}, {}});
  }
  EXPECT_THAT(only("check"),
              ElementsAre(HasSubstr("passed 'pipeline (suite hotfix/x)'"), HasSubstr("passed 'rspec (suite hotfix/x)'"),
                          HasSubstr("failed 'child pipeline (suite 32)'"), HasSubstr("failed 'rspec (suite 32)'"),
                          HasSubstr("passed 'child pipeline (suite 33)'"), HasSubstr("passed 'rspec (suite 33)'"),
                          HasSubstr("passed 'pipeline (suite !5)'"), HasSubstr("passed 'rspec (suite !5)'")));
}

// Anybody who may set a status can have GitLab make a green one: it stands beside the branch's own.
TEST_F(GitlabForge, AnExternalPipelineReplacesNone) {
  first(kPipelines)["status"] = "failed";
  auto made = first(kPipelines);
  made["id"] = 40;
  made["source"] = "external";
  made["status"] = "success";
  gitlab_.body(kPipelines).insert(gitlab_.body(kPipelines).begin(), made);
  gitlab_.on(jobs_of(40), {200, json::array(), {}, {}});
  gitlab_.body(kStatuses).push_back({{"id", 600}, {"name", "rspec"}, {"status", "success"}, {"pipeline_id", 40}});
  EXPECT_THAT(only("check"),
              ElementsAre(HasSubstr("failed 'pipeline (suite hotfix/x)'"), HasSubstr("passed 'rspec (suite hotfix/x)'"),
                          HasSubstr("passed 'pipeline (suite 40)'"), HasSubstr("passed 'rspec (suite 40, status)'")));
}

// A merged result is another commit: the merge of the head into the target.
TEST_F(GitlabForge, ThePipelineOfAMergedResultIsOfItsHead) {
  constexpr auto kResult = "d15ea5e0f9a2c4075d1e8f3b6a9c2d5e8f1b4a7c";
  auto& whole = gitlab_.body("GET " + kMr);
  whole["head_pipeline"]["id"] = 50;
  whole["head_pipeline"]["sha"] = kResult;
  whole["head_pipeline"]["ref"] = "refs/merge-requests/5/merge";
  whole["head_pipeline"]["source"] = "merge_request_event";
  gitlab_.on(jobs_of(50), {200, json::array(), {}, {}});
  const auto commit = fmt::format("GET /projects/15/repository/commits/{}", kResult);
  gitlab_.on(commit, {200, {{"id", kResult}, {"parent_ids", {kBase, kHead}}}, {}, {}});
  EXPECT_THAT(only("check"),
              Contains(fmt::format("passed 'pipeline (suite !5)' {} [{}pipelines/31] seq {} on [] sums up", kHead, kWeb,
                                   seq(50, 0))));
  // Of a head that is no more.
  gitlab_.body(commit)["parent_ids"] = {kBase, kOldHead};
  EXPECT_THAT(only("check"), Not(Contains(HasSubstr("!5"))));
  gitlab_.forget(commit);
  EXPECT_THAT(only("check"), Not(Contains(HasSubstr("!5"))));
}

TEST_F(GitlabForge, CommitStatusesAreChecksToo) {
  gitlab_.body(kStatuses).push_back({{"id", 600},
                                     {"name", "jenkins"},
                                     {"ref", "hotfix/x"},
                                     {"status", "failed"},
                                     {"target_url", "https://jenkins.example.com/1"},
                                     {"allow_failure", false},
                                     {"finished_at", "2026-11-14T21:33:00.000Z"},
                                     {"pipeline_id", 31}});
  EXPECT_THAT(events(),
              Contains(fmt::format("shop 2026-11-14T21:33:00Z : check failed 'jenkins (suite hotfix/x, status)' "
                                   "{} [https://jenkins.example.com/1] seq 600 on []",
                                   kHead)));
  gitlab_.body(kStatuses)[1].erase("pipeline_id");  // an older GitLab
  EXPECT_THAT(events(), Contains(HasSubstr("'jenkins (suite hotfix/x, status)'")));
}

// The bot's own status hangs in the newest pipeline, which waits for it then.
TEST_F(GitlabForge, TheBotsOwnStatusIsNoCheck) {
  first(kPipelines)["status"] = "running";
  gitlab_.body(kStatuses).push_back({{"id", 601},
                                     {"name", "hotfixd/merge-back"},
                                     {"ref", "hotfix/x"},
                                     {"status", "pending"},
                                     {"allow_failure", false},
                                     {"pipeline_id", 31}});
  const auto pipeline = [&] { return only("check").at(0).substr(0, 16); };
  EXPECT_EQ(only("check").size(), 2U);
  EXPECT_EQ(pipeline(), "passed 'pipeline");
  gitlab_.body(kStatuses)[1]["status"] = "failed";
  first(kPipelines)["status"] = "failed";
  EXPECT_EQ(pipeline(), "passed 'pipeline");
  // What else runs or failed in it counts.
  gitlab_.body(kStatuses)[0]["status"] = "running";
  EXPECT_EQ(pipeline(), "pending 'pipelin");
  gitlab_.body(kStatuses)[0]["status"] = "failed";
  EXPECT_EQ(pipeline(), "failed 'pipeline");
  // Of a commit without CI, the pipeline that GitLab makes for it is nothing.
  gitlab_.body(kStatuses).erase(0);
  EXPECT_EQ(pipeline(), "skipped 'pipelin");
}

TEST_F(GitlabForge, TheBotsOwnGreenPipelineIsNoCheck) {
  first(kPipelines)["source"] = "external";
  gitlab_.body(kStatuses) = json::array({{{"id", 601},
                                          {"name", "hotfixd/merge-back"},
                                          {"ref", "hotfix/x"},
                                          {"status", "success"},
                                          {"allow_failure", false},
                                          {"pipeline_id", 31}}});
  gitlab_.on(jobs_of(31), {200, json::array(), {}, {}});
  EXPECT_THAT(only("check"), Not(Contains(HasSubstr("passed"))));
}

TEST_F(GitlabForge, ExternalStatusChecks) {
  gitlab_.on("GET " + kMr + "/status_checks",
             {200,
              json::array(
                  {{{"id", 2}, {"name", "Compliance"}, {"external_url", "https://c.example.com"}, {"status", "passed"}},
                   {{"id", 1}, {"name", "QA"}, {"external_url", "https://q.example.com"}, {"status", "pending"}}}),
              {},
              {}});
  EXPECT_THAT(only("check"), Contains(fmt::format("passed 'Compliance (suite !5, status)' {} [] seq 2 on []", kHead)));
  EXPECT_THAT(only("check"), Contains(fmt::format("pending 'QA (suite !5, status)' {} [] seq 1 on []", kHead)));
  EXPECT_THAT(look()->required_checks, ElementsAre("pipeline"));
  gitlab_.body("GET /projects/acme%2Fweb%2Fshop")["only_allow_merge_if_all_status_checks_passed"] = true;
  EXPECT_THAT(look()->required_checks, ElementsAre("pipeline", "Compliance", "QA"));
  // They are of the merge request's head.
  first(kMrs)["sha"] = kOldHead;
  EXPECT_THAT(only("check"), Not(Contains(HasSubstr("QA"))));
}

TEST_F(GitlabForge, AuthorsAreFoundWhereGitLabTells) {
  gitlab_.body("GET /users?search=frank%40example.com") = json::array();
  EXPECT_THAT(look()->authors, ElementsAre("bob-k"));
  forge_ = create_forge(*api_, "shop", "acme/web/shop");
  gitlab_.body("GET /users?search=frank%40example.com") = json::array({{{"username", "a"}}, {{"username", "b"}}});
  EXPECT_THAT(look()->authors, ElementsAre("bob-k"));  // who of them?
  EXPECT_THAT(look()->unknown_authors, IsEmpty());     // he committed it only
  gitlab_.body(kCompare)["commits"][0]["author_email"] = "frank@example.com";
  EXPECT_THAT(look()->unknown_authors, ElementsAre("4f2a9c1"));
  // Once he makes his address public he is found.
  gitlab_.body("GET /users?search=frank%40example.com") = json::array({{{"username", "frank"}}});
  EXPECT_THAT(look()->unknown_authors, IsEmpty());
  // A private address of another GitLab is somebody else's.
  gitlab_.body(kCompare)["commits"][0]["author_email"] = "9001-bob-k@users.noreply.gitlab.com";
  EXPECT_THAT(look()->authors, ElementsAre("frank"));
  EXPECT_THAT(look()->unknown_authors, ElementsAre("4f2a9c1"));
}

TEST_F(GitlabForge, WhoIsNotLookedUpIsNotKnown) {
  auto commits = json::array();
  for (int i = 0; i < 12; ++i) {
    const auto email = fmt::format("a{}@example.com", i);
    gitlab_.on(fmt::format("GET /users?search=a{}%40example.com", i),
               {200, json::array({{{"username", fmt::format("a{}", i)}}}), {}, {}});
    commits.push_back({{"id", fmt::format("{:07x}{:033x}", i + 1, 0)},
                       {"author_email", i == 3 ? "" : email},
                       {"committer_email", email}});
  }
  gitlab_.body(kCompare)["commits"] = commits;
  const auto view = look();
  ASSERT_TRUE(view) << view.error().what;
  EXPECT_EQ(view->authors.size(), 10U);
  EXPECT_THAT(view->unknown_authors, ElementsAre("0000004", "000000b", "000000c"));
}

// A look runs beside whatever else the bot does there.
TEST_F(GitlabForge, ALookRunsBesideAnotherCall) {
  const auto call = fmt::format("POST /projects/15/statuses/{}", kHead);
  gitlab_.on(call, {201, {{"id", 1}}, {}, {}});
  auto commits = json::array();
  for (int i = 0; i < 10; ++i) {
    const auto email = fmt::format("a{}@example.com", i);
    gitlab_.on(fmt::format("GET /users?search=a{}%40example.com", i),
               {200, json::array({{{"username", fmt::format("a{}", i)}}}), {}, {}});
    commits.push_back({{"id", kHead}, {"author_email", email}, {"committer_email", email}});
  }
  gitlab_.body(kCompare)["commits"] = commits;
  const auto work = [&] {
    const bool looked = look().has_value();
    return forge_->set_commit_status({"shop", kHead, "hotfixd/merge-back", "main", CheckState::passed, "", ""}) &&
           looked;
  };
  constexpr int kTimes = 5;
  for (int i = 0; i < kTimes; ++i) {
    forge_ = create_forge(*api_, "shop", "acme/web/shop");  // it knows no address
    bool there = false;
    std::thread other([&] { there = work(); });
    const bool here = work();
    other.join();
    EXPECT_TRUE(here && there);
  }
  EXPECT_EQ(gitlab_.asked(call), 2 * kTimes);
}

TEST_F(GitlabForge, ALookThatSawNotAllFails) {
  gitlab_.on(kPipelines, {200,
                          gitlab_.body(kPipelines),
                          {{"Link", fmt::format("<{}>; rel=\"next\"", "/api/v4" + kPipelines.substr(4))}},
                          {}});
  const auto view = look();
  ASSERT_FALSE(view);
  EXPECT_EQ(view.error().what, "GitLab has more of /pipelines than are read");
}

// Every call of a look failing once: a Problem, or, of what the bot may do without, the rest.
TEST_F(GitlabForge, EveryCallMayFail) {
  ASSERT_TRUE(look());
  const auto calls = gitlab_.calls();
  const std::set<std::string> optional{kReviewers, "GET " + kMr + "/status_checks",
                                       "GET /users?search=frank%40example.com", "GET /projects/15/members/all/9002"};
  for (const auto& call : calls) {
    forge_ = create_forge(*api_, "shop", "acme/web/shop");
    gitlab_.next(call, {502, nullptr, {}, "<html>"});
    const auto broken = look();
    EXPECT_FALSE(broken) << call;
    if (!broken) EXPECT_EQ(broken.error().kind, Problem::Kind::unreachable) << call;
    forge_ = create_forge(*api_, "shop", "acme/web/shop");
    gitlab_.next(call, test::refusal(403, "403 Forbidden"));
    EXPECT_EQ(look().has_value(), optional.contains(call)) << call;
    forge_ = create_forge(*api_, "shop", "acme/web/shop");
    gitlab_.next(call, {200, json(7), {}, {}});
    EXPECT_FALSE(look() && !optional.contains(call)) << call;
  }
}

const std::string kDeployments =
    "GET /projects/15/deployments?environment=production&order_by=id&sort=desc&per_page=30";

json deployment(int id, const std::string& sha, const std::string& status, const json& finished) {
  return {{"id", id},
          {"ref", "v2.4.8"},
          {"sha", sha},
          {"status", status},
          {"updated_at", "2026-11-14T21:50:00.000Z"},
          {"user", {{"id", 9005}, {"username", "frank"}}},
          {"environment", {{"id", 9}, {"name", "production"}}},
          {"deployable", {{"id", id}, {"finished_at", finished}, {"web_url", kWeb + fmt::format("jobs/{}", id)}}}};
}

TEST_F(GitlabForge, DeploymentsAreReadOnceThereIsATag) {
  gitlab_.on(kDeployments, {200,
                            json::array({deployment(46, kBase, "success", "2026-11-14T21:58:00.000Z"),
                                         deployment(45, kMerged, "running", nullptr),
                                         deployment(44, kOldHead, "success", "2026-11-14T21:46:00.000Z"),
                                         deployment(43, kHead, "canceled", "2026-11-14T21:45:30.000Z"),
                                         deployment(42, kHead, "success", "2026-11-14T21:45:00.000Z"),
                                         deployment(41, kHead, "failed", "2026-11-14T21:43:00.000Z")}),
                            {},
                            {}});
  auto& mr = first(kMrs);
  mr["state"] = "merged";
  mr["merged_at"] = "2026-11-14T21:38:00.000Z";
  mr["merge_commit_sha"] = kMerged;
  EXPECT_THAT(only("deployment"), IsEmpty());
  EXPECT_EQ(gitlab_.asked(kDeployments), 0);
  tag_sha_ = kHead;
  EXPECT_THAT(only("deployment"),
              ElementsAre(fmt::format("failed v2.4.8@{} to production [{}jobs/41]", kHead, kWeb),
                          fmt::format("succeeded v2.4.8@{} to production [{}jobs/42]", kHead, kWeb),
                          fmt::format("pending v2.4.8@{} to production [{}jobs/45]", kMerged, kWeb),
                          fmt::format("succeeded v2.4.8@{} to production [{}jobs/46]", kBase, kWeb)));
  EXPECT_THAT(events(), Contains(HasSubstr("shop 2026-11-14T21:45:00Z frank: deployment succeeded")));
  EXPECT_THAT(only("deployment", ""), ::testing::SizeIs(4)) << "the branch is gone";
  // What may not be read is left out, what cannot be asked just now is not.
  gitlab_.on(kDeployments, test::refusal(403, "403 Forbidden"));
  EXPECT_THAT(only("deployment"), IsEmpty());
  gitlab_.on(kDeployments, test::refusal(503, "later"));
  EXPECT_THAT(only("deployment"), ElementsAre(HasSubstr("problem")));
}

TEST_F(GitlabForge, ARenamedProjectIsLookedAt) {
  gitlab_.on("GET /projects/15", {200, gitlab_.body("GET /projects/acme%2Fweb%2Fshop"), {}, {}});
  gitlab_.on("GET /projects/acme%2Fweb%2Fshop", {301, nullptr, {{"Location", gitlab_.url() + "/projects/15"}}, {}});
  EXPECT_EQ(events().size(), 4U);
}

TEST_F(GitlabForge, OpensAMergeRequest) {
  auto made = first(kMrs);
  made["iid"] = 6;
  gitlab_.on("POST /projects/15/merge_requests", {201, made, {}, {}});
  const auto pr = forge_->open_pull_request({"shop", "hotfix/x", "main", "Guard it", "Hotfix HF-1", false});
  ASSERT_TRUE(pr) << pr.error().what;
  EXPECT_EQ(pr->number, 6U);
  EXPECT_EQ(pr->head_branch, "hotfix/x");
  EXPECT_EQ(json::parse(gitlab_.asked().back().body), (json{{"source_branch", "hotfix/x"},
                                                            {"target_branch", "main"},
                                                            {"title", "Guard it"},
                                                            {"description", "Hotfix HF-1"},
                                                            {"remove_source_branch", false}}));
  ASSERT_TRUE(forge_->open_pull_request({"shop", "hotfix/x", "main", "Guard it", "", true}));
  EXPECT_EQ(json::parse(gitlab_.asked().back().body)["title"], "Draft: Guard it");
}

TEST_F(GitlabForge, RecognisesAnOpenOne) {
  const std::string open =
      "GET /projects/15/merge_requests?state=all&per_page=100&source_branch=hotfix%2Fx&target_branch=main";
  auto fork = first(kMrs);
  fork["iid"] = 9;
  fork["source_project_id"] = 77;
  gitlab_.body(open) = json::array({fork, first(kMrs)});
  EXPECT_EQ(forge_->open_pull_request({"shop", "hotfix/x", "main", "t", "b", false})->number, 5U);
  EXPECT_EQ(gitlab_.asked("POST /projects/15/merge_requests"), 0);
  // Somebody is faster.
  gitlab_.next(open, {200, json::array(), {}, {}});
  gitlab_.on("POST /projects/15/merge_requests",
             test::refusal(409, json::array({"Another open merge request already exists for this source branch: !5"})));
  EXPECT_EQ(forge_->open_pull_request({"shop", "hotfix/x", "main", "t", "b", false})->number, 5U);
  gitlab_.body(open) = json::array();
  const auto none = forge_->open_pull_request({"shop", "hotfix/x", "main", "t", "b", false});
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().kind, Problem::Kind::exists_elsewhere);
}

// The answer to an earlier try was lost, and a person has merged it meanwhile.
TEST_F(GitlabForge, OneThatIsMergedAlreadyIsNotOpenedAgain) {
  const effect::OpenPullRequest wanted{"shop", "hotfix/x", "main", "t", "b", false};
  const std::string branch = "GET /projects/15/repository/branches/hotfix%2Fx";
  auto merged = first(kMrs);
  merged["state"] = "merged";
  merged["merged_at"] = "2026-11-14T21:40:00.000Z";
  merged["merge_commit_sha"] = kOldHead;
  gitlab_.body("GET /projects/15/merge_requests?state=all&per_page=100&source_branch=hotfix%2Fx&target_branch=main") =
      json::array({merged});
  const auto gone = forge_->open_pull_request(wanted);
  ASSERT_TRUE(gone) << gone.error().what;
  EXPECT_EQ(gone->action, forge::PullRequest::Action::merged);
  gitlab_.on(branch, {200, {{"name", "hotfix/x"}, {"commit", {{"id", kHead}}}}, {}, {}});
  EXPECT_EQ(forge_->open_pull_request(wanted)->number, 5U);
  EXPECT_EQ(gitlab_.asked("POST /projects/15/merge_requests"), 0);
  // There is more on the branch by now.
  gitlab_.on(branch, {200, {{"name", "hotfix/x"}, {"commit", {{"id", kOldHead}}}}, {}, {}});
  auto next = first(kMrs);
  next["iid"] = 6;
  gitlab_.on("POST /projects/15/merge_requests", {201, next, {}, {}});
  EXPECT_EQ(forge_->open_pull_request(wanted)->number, 6U);
}

TEST_F(GitlabForge, PublishesAReleaseAndFilesAnIssue) {
  gitlab_.on("POST /projects/15/releases", {201, {{"tag_name", "v2.4.8"}}, {}, {}});
  EXPECT_TRUE(forge_->publish_release({"shop", "v2.4.8", "v2.4.8", "notes", kHead}));
  EXPECT_EQ(gitlab_.asked("POST /projects/15/releases"), 1);
  effect::FileIssue issue{"shop", "A1", "hotfixd HF-3/A1", "Add a test", "body"};
  issue.since = parse_rfc3339("2026-11-14T21:00:00Z").value();
  gitlab_.on(
      "GET /projects/15/issues?state=all&scope=all&order_by=created_at&sort=asc&per_page=100&created_after="
      "2026-11-14T21%3A00%3A00Z",
      {200, json::array(), {}, {}});
  gitlab_.on("POST /projects/15/issues", {201, {{"iid", 12}, {"web_url", "https://gitlab.example.com/i/12"}}, {}, {}});
  const auto filed = forge_->file_issue(issue);
  ASSERT_TRUE(filed) << filed.error().what;
  EXPECT_EQ(filed->action + " " + fmt::to_string(filed->number) + " " + filed->url,
            "A1 12 https://gitlab.example.com/i/12");
  gitlab_.forget("GET /projects/acme%2Fweb%2Fshop");
  EXPECT_FALSE(forge_->publish_release({"shop", "v2.4.8", "v2.4.8", "notes", kHead}));
  EXPECT_FALSE(forge_->file_issue(issue));
}

TEST_F(GitlabForge, SetsACommitStatus) {
  const auto call = fmt::format("POST /projects/15/statuses/{}", kHead);
  gitlab_.on(call, {201, {{"id", 1}}, {}, {}});
  std::string branch = "main";
  const auto set = [&](CheckState state, const std::string& url = {}) {
    return forge_->set_commit_status(
        {"shop", kHead, "hotfixd/merge-back", branch, state, "1 of 3 lines" + std::string(300, '.'), url});
  };
  ASSERT_TRUE(set(CheckState::pending, "https://bot.example.com/i/1"));
  EXPECT_EQ(json::parse(gitlab_.asked().back().body), (json{{"state", "pending"},
                                                            {"name", "hotfixd/merge-back"},
                                                            {"description", "1 of 3 lines" + std::string(128, '.')},
                                                            {"ref", "main"},
                                                            {"target_url", "https://bot.example.com/i/1"}}));
  branch.clear();
  ASSERT_TRUE(set(CheckState::passed));
  EXPECT_FALSE(json::parse(gitlab_.asked().back().body).contains("ref"));
  EXPECT_EQ(json::parse(gitlab_.asked().back().body)["state"], "success");
  EXPECT_FALSE(json::parse(gitlab_.asked().back().body).contains("target_url"));
  ASSERT_TRUE(set(CheckState::failed));
  EXPECT_EQ(json::parse(gitlab_.asked().back().body)["state"], "failed");

  // It says so already.
  const std::string refused =
      "Cannot transition status via :enqueue from :pending (Reason(s): Status cannot transition via \"enqueue\")";
  gitlab_.next(call, test::refusal(400, refused));
  EXPECT_TRUE(set(CheckState::pending));
  gitlab_.next(call, test::refusal(400, refused));  // that is not what was wanted
  EXPECT_FALSE(set(CheckState::passed));
  gitlab_.next(call, test::refusal(400, "State is required"));
  EXPECT_FALSE(set(CheckState::pending));
  gitlab_.next(call, test::refusal(404, "404 References for commit Not Found"));
  EXPECT_EQ(set(CheckState::pending).error().kind, Problem::Kind::not_found);
}

TEST_F(GitlabForge, MergesExactlyThatHead) {
  auto mr = first(kMrs);
  gitlab_.on("GET " + kMr, {200, mr, {}, {}});
  auto merged = mr;
  merged["state"] = "merged";
  merged["merge_commit_sha"] = kOldHead;
  gitlab_.on("PUT " + kMr + "/merge", {200, merged, {}, {}});
  const auto done = forge_->merge_pull_request({"shop", 5, kHead, "main", MergeMethod::squash});
  ASSERT_TRUE(done) << done.error().what;
  EXPECT_EQ(*done, kOldHead);
  EXPECT_EQ(json::parse(gitlab_.asked().back().body),
            (json{{"sha", kHead}, {"should_remove_source_branch", false}, {"squash", true}}));
  // GitLab may take it and put it into a merge train.
  gitlab_.on("PUT " + kMr + "/merge", {200, mr, {}, {}});
  const auto later = forge_->merge_pull_request({"shop", 5, kHead, "main", MergeMethod::merge});
  ASSERT_FALSE(later);
  EXPECT_EQ(later.error().what, "GitLab took it and has not merged it yet");
  // Its own earlier success.
  gitlab_.on("GET " + kMr, {200, merged, {}, {}});
  const auto calls = gitlab_.asked().size();
  const auto again = forge_->merge_pull_request({"shop", 5, kHead, "main", MergeMethod::merge});
  ASSERT_TRUE(again) << again.error().what;
  EXPECT_EQ(*again, kOldHead);
  EXPECT_EQ(gitlab_.asked().size(), calls + 2) << "the project and the merge request";
}

TEST_F(GitlabForge, MergesNothingElse) {
  gitlab_.on("GET " + kMr, {200, first(kMrs), {}, {}});
  const auto moved = forge_->merge_pull_request({"shop", 5, kBase, "main", MergeMethod::merge});
  ASSERT_FALSE(moved);
  EXPECT_THAT(moved.error().what, HasSubstr("its head is "));
  for (const auto& [status, words] : {std::pair{401, "401 Unauthorized"}, std::pair{405, "405 Method Not Allowed"},
                                      std::pair{409, "SHA does not match HEAD of source branch"}}) {
    gitlab_.on("PUT " + kMr + "/merge", test::refusal(status, words));
    const auto refused = forge_->merge_pull_request({"shop", 5, kHead, "main", MergeMethod::merge});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, Problem::Kind::refused);
    if (status == 401) EXPECT_EQ(refused.error().what, "gitlab.token's owner may not merge into main");
  }
}

TEST_F(GitlabForge, ListsOpenMergeRequestsAndWhatStandsOnThem) {
  auto ours = first(kMrs), fork = ours, preparing = ours;
  ours["draft"] = true;
  ours["source_project_id"] = ours["target_project_id"] = 15;
  fork["source_project_id"] = 99;
  fork["target_project_id"] = 15;
  preparing["source_project_id"] = preparing["target_project_id"] = 15;
  preparing["sha"] = nullptr;
  gitlab_.on("GET /projects/15/merge_requests?state=opened&order_by=updated_at&sort=desc&per_page=100",
             {200, json::array({ours, fork, preparing}), {}, {}});
  const auto open = forge_->open_pull_requests();
  ASSERT_TRUE(open) << open.error().what;
  ASSERT_EQ(open->size(), 1U);
  EXPECT_EQ(open->front().head_sha, kHead);
  EXPECT_EQ(open->front().ref, "refs/merge-requests/5/head");
  EXPECT_EQ(open->front().title, ours["title"].get<std::string>());
  EXPECT_EQ(open->front().author, ours["author"]["username"].get<std::string>());
  EXPECT_EQ(open->front().url, ours["web_url"].get<std::string>());
  EXPECT_TRUE(open->front().draft);
  gitlab_.on(
      fmt::format("GET /projects/15/repository/commits/{}/statuses?name=hotfixd%2Fmerge-back&per_page=100", kHead),
      {200,
       json::array({{{"name", "hotfixd/merge-back"}, {"status", "failed"}, {"description", "would take it out"}}}),
       {},
       {}});
  const auto stands = forge_->status_on(kHead, "hotfixd/merge-back");
  ASSERT_TRUE(stands) << stands.error().what;
  EXPECT_EQ(*stands, (PullRequestStatus{CheckState::failed, "would take it out"}));
}

}  // namespace
}  // namespace hotfixd::gitlab
