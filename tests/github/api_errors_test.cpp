// What GitHub's answers are taken for, and what a person reads.
#include "integrations/github/api_errors.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace hotfixd::github {
namespace {

const Time kNow{Seconds{1'794'690'000}};
constexpr std::string_view kCall = "GET /repos/acme/shop";
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

std::string said(int status, const std::string& body, const Headers& headers = {}, Shown shown = Shown::token) {
  const auto read = read_reply(kCall, {status, headers, body}, shown, kNow);
  if (read) return "good: " + read->dump();
  const auto& f = read.error();
  EXPECT_EQ(f.status, status);
  return fmt::format("{}{}{}: {} → {}", name_of(f.kind),
                     f.retry_after ? fmt::format(" in {} s", f.retry_after->count()) : "",
                     f.may_have_arrived ? ", may have arrived" : "", f.what, f.mend);
}

std::string message(const std::string& text) { return nlohmann::json{{"message", text}}.dump(); }

TEST(ApiReply, IsTheJsonOfASuccess) {
  EXPECT_EQ(said(200, R"({"a":1})"), R"(good: {"a":1})");
  EXPECT_EQ(said(200, "[1,2]"), "good: [1,2]");
  EXPECT_EQ(said(202, "{}"), "good: {}");
  EXPECT_EQ(said(204, ""), "good: null");
}

TEST(ApiReply, RateLimitsSayHowLongToWait) {
  const auto wait = [](int seconds) {
    return fmt::format(
        "rate_limited in {0} s: GitHub's rate limit is reached, it asks to wait {0} s → nothing: it is "
        "tried again",
        seconds);
  };
  const auto reset = [](int in) { return std::to_string(1'794'690'000 + in); };
  const auto primary = message("API rate limit exceeded for installation ID 7.");
  EXPECT_EQ(said(403, primary, {{"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset", reset(1200)}}), wait(1200));
  EXPECT_EQ(said(429, primary, {{"X-RateLimit-Remaining", "0"}, {"X-RateLimit-Reset", reset(1200)}}), wait(1200));
  // A clock that is behind or a header that is wrong: never none, never more than an hour.
  EXPECT_EQ(said(403, primary, {{"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset", reset(-5)}}), wait(1));
  EXPECT_EQ(said(403, primary, {{"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset", "99999999999999999"}}),
            wait(3600));
  EXPECT_EQ(said(403, primary, {{"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset", "soon"}}), wait(60));
  // Secondary: Retry-After, else a minute, whatever remains of the primary one.
  const auto secondary = message("You have exceeded a secondary rate limit. Please wait a few minutes.");
  EXPECT_EQ(said(403, secondary, {{"retry-after", "17"}, {"x-ratelimit-remaining", "4000"}}), wait(17));
  EXPECT_EQ(said(403, secondary, {{"x-ratelimit-remaining", "4000"}, {"x-ratelimit-reset", reset(1200)}}), wait(60));
  EXPECT_EQ(said(429, "<html>slow down</html>"), wait(60));
}

TEST(ApiReply, A401IsTheTokenOrTheKey) {
  EXPECT_EQ(
      said(401, message("Bad credentials")),
      "credentials: GitHub does not take github.token, it is revoked, expired or mistyped: Bad credentials → make "
      "a new one (Settings, Developer settings, Personal access tokens) and set github.token");
  EXPECT_EQ(
      said(401, message("'Issued at' claim ('iat') must be an Integer"), {}, Shown::app),
      "credentials: GitHub does not take the app's key: 'Issued at' claim ('iat') must be an Integer → check that "
      "github.app_id and github.private_key belong together, and this machine's clock");
}

TEST(ApiReply, A403NamesThePermission) {
  EXPECT_EQ(said(403, message("Resource not accessible by personal access token"),
                 {{"X-Accepted-GitHub-Permissions", "contents=read; contents=write"}}),
            "credentials: GitHub refuses GET /repos/acme/shop: Resource not accessible by personal access token; it "
            "needs the permission contents=read; contents=write → give github.token the permission contents=read; "
            "contents=write: Settings, Developer settings, Personal access tokens");
  EXPECT_EQ(said(403, message("Resource not accessible by integration"), {}, Shown::installation),
            "credentials: GitHub refuses GET /repos/acme/shop: Resource not accessible by integration → give the app "
            "what it needs (its page, Permissions & events) and accept that in the installation");
  EXPECT_EQ(said(403, message("Must have admin rights to Repository."),
                 {{"x-oauth-scopes", "read:org"}, {"x-accepted-oauth-scopes", "admin:repo_hook, repo"}}),
            "credentials: GitHub refuses GET /repos/acme/shop: Must have admin rights to Repository.; it needs the "
            "scope admin:repo_hook or repo → give github.token the scope admin:repo_hook or repo: Settings, Developer "
            "settings, Personal access tokens");
  EXPECT_EQ(said(403, message("Resource protected by organization SAML enforcement."),
                 {{"X-GitHub-SSO", "required; url=https://github.com/orgs/acme/sso?x=1"}}),
            "credentials: GitHub refuses GET /repos/acme/shop: Resource protected by organization SAML enforcement. → "
            "authorise github.token for the organisation: Personal access tokens, Configure SSO");
  EXPECT_EQ(said(403, message("Repository was archived so is read-only.")),
            "refused: GitHub refuses GET /repos/acme/shop: Repository was archived so is read-only. → ask an "
            "administrator of the repository or its organisation");
}

TEST(ApiReply, A404IsEitherAndNamesWhatMayBeMissing) {
  EXPECT_EQ(said(404, message("Not Found"), {{"x-accepted-github-permissions", "metadata=read"}}),
            "not_found: GitHub does not find GET /repos/acme/shop: it is not there, or github.token may not see it "
            "without the permission metadata=read (Not Found) → check the name; if it is right, give github.token the "
            "permission metadata=read: Settings, Developer settings, Personal access tokens");
  // Granted already: then that is not what is missing.
  EXPECT_EQ(said(404, message("Branch not found"), {{"x-oauth-scopes", "repo"}, {"x-accepted-oauth-scopes", "repo"}}),
            "not_found: GitHub does not find GET /repos/acme/shop: it is not there, or github.token may not see it "
            "(Branch not found) → check the name; if it is right, give github.token what it needs: Settings, Developer "
            "settings, Personal access tokens");
}

TEST(ApiReply, RefusalsSayWhyInGitHubsWords) {
  EXPECT_EQ(said(405, message("Pull Request is not mergeable")),
            "refused: GitHub does not allow GET /repos/acme/shop now: Pull Request is not mergeable → ask an "
            "administrator of the repository or its organisation");
  EXPECT_EQ(said(409, message("Head branch was modified.")),
            "refused: GET /repos/acme/shop conflicts with what is there: Head branch was modified. → look at it on "
            "GitHub and try again");
  EXPECT_EQ(said(422, message("Reference already exists")),
            "exists_elsewhere: GitHub has it already (GET /repos/acme/shop): Reference already exists → look at it on "
            "GitHub");
  EXPECT_EQ(
      said(422, R"({"message":"Validation Failed","errors":[{"field":"head","code":"invalid"},)"
                R"({"message":"No commits between main and x"},"a third","a fourth"]})"),
      "invalid: GitHub cannot do GET /repos/acme/shop as it was asked: Validation Failed: head invalid; No commits "
      "between main and x; a third → look at it on GitHub");
  EXPECT_EQ(said(451, message("Repository access blocked")),
            "refused: GitHub answers GET /repos/acme/shop with status 451: Repository access blocked → ask an "
            "administrator of the repository or its organisation");
}

TEST(ApiReply, FromWhatIsNotGitHubIsSaid) {
  EXPECT_EQ(said(503, "<html><h1>Unicorn!</h1></html>"),
            "unreachable, may have arrived: GitHub answers GET /repos/acme/shop with status 503 → nothing: it is tried "
            "again");
  EXPECT_EQ(said(200, "<html>sign in</html>"),
            "unreachable, may have arrived: the answer to GET /repos/acme/shop is not GitHub's: the body is not JSON → "
            "check github.api_url, and whether a proxy stands between");
  for (const int status : {300, 304, 400, 401, 403, 404, 405, 409, 422})
    EXPECT_EQ(said(status, "<html>proxy</html>"),
              fmt::format("refused: GET /repos/acme/shop is answered with status {}, not by GitHub's API → check "
                          "github.api_url, and whether a proxy stands between",
                          status));
}

TEST(ApiReply, ForeignTextIsOneShortLine) {
  const auto read = read_reply(kCall, {409, {}, R"({"message":"a\r\n\u001b[31mb)" + std::string(1000, 'x') + "\xff\"}"},
                               Shown::token, kNow);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().message.substr(0, 10), "a   [31mbx");
  EXPECT_EQ(read.error().message.size(), 300U);
}

}  // namespace
}  // namespace hotfixd::github
