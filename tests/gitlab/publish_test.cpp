// A release and an issue, each once.
#include "integrations/gitlab/publish.hpp"

#include <gtest/gtest.h>

#include "tests/gitlab/clock.hpp"
#include "tests/gitlab/fake_gitlab.hpp"

namespace hotfixd::gitlab {
namespace {

using nlohmann::json;

constexpr auto kProject = "/projects/15";
constexpr auto kRelease = "GET /projects/15/releases/v2.4.8%2Bx";
constexpr auto kMake = "POST /projects/15/releases";
constexpr auto kIssues =
    "GET /projects/15/issues?state=all&scope=all&order_by=created_at&sort=asc&per_page=100&created_after="
    "2026-11-14T22%3A00%3A00Z";
constexpr auto kFile = "POST /projects/15/issues";

class GitlabPublish : public ::testing::Test {
 protected:
  GitlabPublish() {
    clock_.set("2026-11-14T23:00:00Z");
    http_ = net::create_http_client({}).value();
    api_ = create_api(*http_, clock_, {.url = gitlab_.url(), .token = "glpat-good"});
    gitlab_.on(kIssues, {200, json::array({{{"iid", 1}, {"description", nullptr}}, 7, {{"iid", 2}}}), {}, {}});
    gitlab_.on(kFile, {201, {{"iid", 12}, {"web_url", "https://gitlab.example.com/i/12"}}, {}, {}});
  }
  Result<void> publish() { return publish_release(*api_, kProject, "v2.4.8+x", "v2.4.8", "Guards the cart"); }
  Result<Issue> file() {
    return file_issue(*api_, kProject, {"hotfixd HF-3/A1", "Add a test", "An empty cart"},
                      parse_rfc3339("2026-11-14T22:00:00Z").value());
  }

  test::ManualClock clock_;
  test::FakeGitlab gitlab_;
  std::unique_ptr<net::HttpClient> http_;
  std::unique_ptr<Api> api_;
};

TEST_F(GitlabPublish, AReleaseIsMadeOnce) {
  gitlab_.on(kMake, {201, {{"tag_name", "v2.4.8+x"}}, {}, {}});
  EXPECT_TRUE(publish());
  EXPECT_EQ(json::parse(gitlab_.asked().back().body),
            (json{{"tag_name", "v2.4.8+x"}, {"name", "v2.4.8"}, {"description", "Guards the cart"}}));
  gitlab_.on(kRelease, {200, {{"tag_name", "v2.4.8+x"}}, {}, {}});
  EXPECT_TRUE(publish());
  EXPECT_EQ(gitlab_.asked(kMake), 1);
}

TEST_F(GitlabPublish, SomebodyMayBeFaster) {
  gitlab_.on(kMake, test::refusal(409, "Release already exists"));
  EXPECT_TRUE(publish());
}

TEST_F(GitlabPublish, WhatGitLabRefusesIsSaid) {
  gitlab_.on(kMake, test::refusal(422, "Tag name invalid"));
  EXPECT_EQ(publish().error().kind, Problem::Kind::invalid);
  gitlab_.on(kMake, test::refusal(403, "403 Forbidden"));
  EXPECT_EQ(publish().error().kind, Problem::Kind::refused);
  gitlab_.on(kRelease, test::refusal(500, "500 Internal Server Error"));
  EXPECT_EQ(publish().error().kind, Problem::Kind::unreachable);
  EXPECT_EQ(gitlab_.asked(kMake), 2);
}

// Told a commit GitLab would make the tag: it is told none, and the tag may come yet.
TEST_F(GitlabPublish, AMissingTagIsWaitedFor) {
  gitlab_.on(kMake, test::refusal(422, "Ref is not specified"));
  const auto early = publish();
  ASSERT_FALSE(early);
  EXPECT_EQ(early.error().what, "the tag v2.4.8+x is not on GitLab yet");
  EXPECT_TRUE(early.error().retryable());
  EXPECT_FALSE(json::parse(gitlab_.asked().back().body).contains("ref"));
}

TEST_F(GitlabPublish, AnIssueIsFiledOnce) {
  const auto filed = file();
  ASSERT_TRUE(filed) << filed.error().what;
  EXPECT_EQ(filed->number, 12U);
  EXPECT_EQ(filed->url, "https://gitlab.example.com/i/12");
  const auto sent = json::parse(gitlab_.asked().back().body);
  EXPECT_EQ(sent, (json{{"title", "Add a test"}, {"description", "An empty cart\n\n<!-- hotfixd HF-3/A1 -->"}}));
  // It is found by its marker, and not by one that begins like it.
  auto known = json{{"iid", 12}, {"web_url", "https://gitlab.example.com/i/12"}, {"description", sent["description"]}};
  auto other = json{{"iid", 13}, {"description", "<!-- hotfixd HF-3/A10 -->"}};
  gitlab_.body(kIssues) = json::array({other, known});
  EXPECT_EQ(file()->number, 12U);
  EXPECT_EQ(gitlab_.asked(kFile), 1);
  gitlab_.body(kIssues) = json::array({other});
  EXPECT_TRUE(file());
  EXPECT_EQ(gitlab_.asked(kFile), 2);
}

TEST_F(GitlabPublish, AmongTooManyItCannotBeTold) {
  gitlab_.on(kIssues, {200,
                       json::array({{{"iid", 1}}}),
                       {{"Link", "<" + gitlab_.url() + std::string(kIssues).substr(4) + ">; rel=\"next\""}},
                       {}});
  EXPECT_EQ(file().error().what, "GitLab has more new issues than are read");
  EXPECT_EQ(gitlab_.asked(kFile), 0);
}

TEST_F(GitlabPublish, ProjectsWithoutIssuesSaySo) {
  gitlab_.on(kFile, test::refusal(403, "403 Forbidden"));
  EXPECT_EQ(file().error().kind, Problem::Kind::refused);
  gitlab_.on(kFile, {201, json::object(), {}, {}});
  EXPECT_EQ(file().error().what, "GitLab's answer is not as described: iid is missing");
}

}  // namespace
}  // namespace hotfixd::gitlab
