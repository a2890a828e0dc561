// What GitLab's answers are taken for, and what a person reads.
#include "integrations/gitlab/api_errors.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace hotfixd::gitlab {
namespace {

const Time kNow{Seconds{1'794'690'000}};
constexpr std::string_view kCall = "GET /projects/15";
using Headers = std::vector<std::pair<std::string, std::string>>;

const char* name_of(Problem::Kind kind) {
  switch (kind) {
    case Problem::Kind::refused:
      return "refused";
    case Problem::Kind::exists_elsewhere:
      return "exists_elsewhere";
    case Problem::Kind::credentials:
      return "credentials";
    case Problem::Kind::unreachable:
      return "unreachable";
    case Problem::Kind::rate_limited:
      return "rate_limited";
    case Problem::Kind::not_found:
      return "not_found";
    case Problem::Kind::invalid:
      return "invalid";
    default:
      return "?";
  }
}

std::string said(int status, const std::string& body, const Headers& headers = {}) {
  const auto read = read_reply(kCall, {status, headers, body}, kNow);
  if (read) return "good: " + read->dump();
  const auto& f = read.error();
  EXPECT_EQ(f.status, status);
  return fmt::format("{}{}{}: {} → {}", name_of(f.kind),
                     f.retry_after ? fmt::format(" in {} s", f.retry_after->count()) : "",
                     f.may_have_arrived ? ", may have arrived" : "", f.what, f.mend);
}

const std::string kToken =
    " → make a new one with the scope api (the project's Settings, Access tokens) and set gitlab.token";

TEST(GitlabReply, IsTheJsonOfASuccess) {
  EXPECT_EQ(said(200, R"({"a":1})"), R"(good: {"a":1})");
  EXPECT_EQ(said(200, "[1,2]"), "good: [1,2]");
  EXPECT_EQ(said(201, "{}"), "good: {}");
  EXPECT_EQ(said(204, ""), "good: null");
}

TEST(GitlabReply, RateLimitsSayHowLongToWait) {
  const auto wait = [](int seconds) {
    return fmt::format(
        "rate_limited in {0} s: GitLab's rate limit is reached, it asks to wait {0} s → nothing: it is tried again",
        seconds);
  };
  const std::string text = "Retry later\n";  // what GitLab answers then is no JSON
  EXPECT_EQ(said(429, text, {{"Retry-After", "30"}}), wait(30));
  EXPECT_EQ(said(429, text, {{"RateLimit-Reset", "1794690045"}, {"RateLimit-Remaining", "0"}}), wait(45));
  EXPECT_EQ(said(429, text, {{"Retry-After", "5"}, {"RateLimit-Reset", "1794690045"}}), wait(5));
  EXPECT_EQ(said(429, text), wait(60));
  EXPECT_EQ(said(429, text, {{"RateLimit-Reset", "soon"}}), wait(60));
  EXPECT_EQ(said(429, text, {{"RateLimit-Reset", "1"}}), wait(1));
  EXPECT_EQ(said(429, text, {{"RateLimit-Reset", "99999999999999"}}), wait(3600));
  EXPECT_EQ(said(429, R"({"message":{"error":"This endpoint has been requested too many times. Try again later."}})"),
            wait(60));
}

TEST(GitlabReply, AWrongTokenIsToldFromAWeakOne) {
  EXPECT_EQ(
      said(401, R"({"message":"401 Unauthorized"})"),
      "credentials: GitLab does not take gitlab.token, it is revoked, expired or mistyped: 401 Unauthorized" + kToken);
  EXPECT_EQ(
      said(
          401,
          R"({"error":"invalid_token","error_description":"Token was revoked. You have to re-authorize from the user."})"),
      "credentials: GitLab does not take gitlab.token, it is revoked, expired or mistyped: Token was revoked. You "
      "have to re-authorize from the user." +
          kToken);
  EXPECT_EQ(
      said(
          403,
          R"({"error":"insufficient_scope","error_description":"The request requires higher privileges than provided by the access token.","scope":"api"})"),
      "credentials: GitLab refuses GET /projects/15: gitlab.token lacks the scope: The request requires higher "
      "privileges than provided by the access token." +
          kToken);
  EXPECT_EQ(
      said(403, R"({"message":"403 Forbidden"})"),
      "refused: GitLab refuses GET /projects/15: 403 Forbidden → give the owner of gitlab.token the role Developer "
      "in the project at least, Maintainer where it is protected");
}

TEST(GitlabReply, NotFoundMayMeanNotToBeSeen) {
  EXPECT_EQ(
      said(404, R"({"message":"404 Project Not Found"})"),
      "not_found: GitLab does not find GET /projects/15: it is not there, or gitlab.token may not see it (404 "
      "Project Not Found) → check the name; if it is right, give the owner of gitlab.token a role in the project");
}

TEST(GitlabReply, ConflictsAndMistakes) {
  EXPECT_EQ(said(409, R"({"message":["Another open merge request already exists for this source branch: !5"]})"),
            "exists_elsewhere: GitLab has it already (GET /projects/15): Another open merge request already exists for "
            "this source branch: !5 → look at it on GitLab");
  EXPECT_EQ(
      said(409, R"({"message":"Another update to this commit status is in progress"})"),
      "refused: GET /projects/15 conflicts with what is there: Another update to this commit status is in progress "
      "→ look at it on GitLab and try again");
  EXPECT_EQ(
      said(
          422,
          R"({"message":{"base":["You can't use same project/branch for source and target"],"title":["can't be blank"]}})"),
      "invalid: GitLab cannot do GET /projects/15 as it was asked: You can't use same project/branch for source and "
      "target; title can't be blank → look at it on GitLab");
  EXPECT_EQ(
      said(400, R"({"error":"source_branch is missing"})"),
      "invalid: GitLab cannot do GET /projects/15 as it was asked: source_branch is missing → look at it on GitLab");
  EXPECT_EQ(said(405, R"({"message":"Non GET methods are not allowed for moved projects"})"),
            "refused: the project of GET /projects/15 has another name now: Non GET methods are not allowed for moved "
            "projects → set gitlab in [[repository]] to the name that its page shows");
  EXPECT_EQ(said(418, R"({"message":"a teapot"})"),
            "refused: GitLab answers GET /projects/15 with status 418: a teapot → ask a maintainer of the project");
}

TEST(GitlabReply, WhatIsNotGitLabsIsSaid) {
  EXPECT_EQ(
      said(200, "<html>"),
      "unreachable, may have arrived: the answer to GET /projects/15 is not GitLab's: the body is not JSON → check "
      "gitlab.api_url, and whether a proxy stands between");
  EXPECT_EQ(said(403, "<html>"),
            "refused: GET /projects/15 is answered with status 403, not by GitLab's API → check "
            "gitlab.api_url, and whether a proxy stands between");
  EXPECT_EQ(said(302, ""),
            "refused: GET /projects/15 is answered with status 302, not by GitLab's API → check "
            "gitlab.api_url, and whether a proxy stands between");
  EXPECT_EQ(
      said(502, "<html>", {{"Retry-After", "7"}}),
      "unreachable in 7 s, may have arrived: GitLab answers GET /projects/15 with status 502 → nothing: it is tried "
      "again");
}

TEST(GitlabReply, MessagesAreOneShortLine) {
  const auto long_one = nlohmann::json{{"message", "a\nb\x01" + std::string(1000, 'x')}}.dump();
  const auto read = read_reply(kCall, {422, {}, long_one}, kNow);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().message, "a b " + std::string(296, 'x'));
  std::string deep = "\"x\"";
  for (int i = 0; i < 40; ++i) deep = "[" + deep + "]";
  EXPECT_TRUE(said(422, R"({"message":)" + deep + "}").contains("as it was asked: x"));
  EXPECT_TRUE(said(422, R"({"message":["a","b","c","d"]})").contains("as it was asked: a; b; c →"));
}

}  // namespace
}  // namespace hotfixd::gitlab
