#include "tests/gitlab/fake_gitlab.hpp"

#include <fmt/format.h>

namespace hotfixd::gitlab::test {
namespace {

using nlohmann::json;

json user(int id, const std::string& login) { return {{"id", id}, {"username", login}, {"name", login}}; }

json pipeline(int id, const std::string& status, const std::string& source = "push") {
  return {{"id", id},
          {"iid", id},
          {"project_id", 15},
          {"sha", kHead},
          {"ref", "hotfix/x"},
          {"status", status},
          {"source", source},
          {"created_at", "2026-11-14T21:27:49.000Z"},
          {"updated_at", "2026-11-14T21:31:32.000Z"},
          {"web_url", fmt::format("https://gitlab.example.com/acme/web/shop/-/pipelines/{}", id)}};
}

}  // namespace

Reply refusal(int status, const json& message) { return {status, {{"message", message}}, {}, {}}; }

void FakeGitlab::well_set_up() {
  const auto list = [](json items) { return Reply{200, std::move(items), {}, {}}; };
  on("GET /personal_access_tokens/self", {200,
                                          {{"id", 7},
                                           {"name", "hotfixd"},
                                           {"revoked", false},
                                           {"active", true},
                                           {"scopes", {"api"}},
                                           {"user_id", 50},
                                           {"expires_at", "2027-01-31"}},
                                          {},
                                          {}});
  on("GET /user", {200, user(50, "project_15_bot_4ffca233"), {}, {}});
  on("GET /version", {200, {{"version", "18.6.1-ee"}, {"revision", "abc"}}, {}, {}});
  on("GET /projects/acme%2Fweb%2Fshop",
     {200,
      {{"id", 15},
       {"path_with_namespace", "acme/web/shop"},
       {"default_branch", "main"},
       {"archived", false},
       {"visibility", "private"},
       {"merge_method", "merge"},
       {"only_allow_merge_if_pipeline_succeeds", true},
       {"permissions",
        {{"project_access", {{"access_level", 40}, {"notification_level", 3}}}, {"group_access", nullptr}}}},
      {},
      {}});
  on("GET /projects/15/repository/branches/main", {200, {{"name", "main"}, {"protected", true}}, {}, {}});
  on("GET /projects/15/hooks?per_page=100",
     list({{{"id", 1}, {"url", "https://other.example.com"}, {"push_events", true}},
           {{"id", 2},
            {"url", "https://bot.example.com/hooks/gitlab"},
            {"push_events", true},
            {"push_events_branch_filter", ""},
            {"tag_push_events", true},
            {"merge_requests_events", true},
            {"pipeline_events", true},
            {"job_events", true},
            {"deployment_events", true},
            {"releases_events", true},
            {"enable_ssl_verification", true},
            {"alert_status", "executable"},
            {"disabled_until", nullptr},
            {"token_present", true},
            {"signing_token_present", true}}}));
  const json mr{{"id", 99},
                {"iid", 5},
                {"project_id", 15},
                {"title", "Guard cart[\"coupon\"]"},
                {"state", "opened"},
                {"draft", false},
                {"created_at", "2026-11-14T21:24:11.000Z"},
                {"updated_at", "2026-11-14T21:36:10.000Z"},
                {"merged_at", nullptr},
                {"closed_at", nullptr},
                {"merged_by", nullptr},
                {"closed_by", nullptr},
                {"source_branch", "hotfix/x"},
                {"target_branch", "main"},
                {"source_project_id", 15},
                {"target_project_id", 15},
                {"author", user(9001, "bob-k")},
                {"reviewers", json::array({user(9002, "carol-m"), user(9004, "erin")})},
                {"sha", kHead},
                {"merge_commit_sha", nullptr},
                {"squash_commit_sha", nullptr},
                {"squash", false},
                {"web_url", "https://gitlab.example.com/acme/web/shop/-/merge_requests/5"}};
  on("GET /projects/15/merge_requests?state=all&per_page=100&source_branch=hotfix%2Fx", list(json::array({mr})));
  on("GET /projects/15/merge_requests?state=all&per_page=100&source_branch=hotfix%2Fx&target_branch=main",
     list(json::array()));
  auto whole = mr;
  whole["head_pipeline"] = pipeline(31, "success");
  on("GET /projects/15/merge_requests/5", {200, whole, {}, {}});
  on("GET /projects/15/merge_requests/5/approvals",
     {200,
      {{"user_has_approved", false},
       {"approved", true},
       {"approved_by", json::array({{{"user", user(9002, "carol-m")}, {"approved_at", "2026-11-14T21:36:10.000Z"}}})}},
      {},
      {}});
  on("GET /projects/15/members/all/9002", {200, {{"id", 9002}, {"username", "carol-m"}, {"access_level", 30}}, {}, {}});
  on("GET /projects/15/merge_requests/5/versions?per_page=100",
     list({{{"id", 2}, {"head_commit_sha", kHead}, {"created_at", "2026-11-14T21:27:45.000Z"}, {"state", "collected"}},
           {{"id", 1},
            {"head_commit_sha", kOldHead},
            {"created_at", "2026-11-14T21:24:12.000Z"},
            {"state", "collected"}}}));
  on("GET /projects/15/merge_requests/5/notes?per_page=100&order_by=created_at&sort=asc",
     list({{{"id", 1},
            {"body", "looks good"},
            {"system", false},
            {"author", user(9002, "carol-m")},
            {"created_at", "2026-11-14T21:30:00.000Z"}},
           {{"id", 2},
            {"body", "approved this merge request"},
            {"system", true},
            {"author", user(9002, "carol-m")},
            {"created_at", "2026-11-14T21:36:11.000Z"}}}));
  on("GET /projects/15/merge_requests/5/reviewers",
     list({{{"user", user(9002, "carol-m")}, {"state", "approved"}, {"created_at", "2026-11-14T21:24:11.000Z"}},
           {{"user", user(9004, "erin")}, {"state", "unreviewed"}, {"created_at", "2026-11-14T21:24:11.000Z"}}}));
  on(fmt::format("GET /projects/15/repository/compare?from={}&to={}", kBase, kHead),
     {200,
      {{"commits", json::array({{{"id", kHead},
                                 {"author_name", "Bob K"},
                                 {"author_email", "9001-bob-k@users.noreply.127.0.0.1"},
                                 {"committer_name", "Frank"},
                                 {"committer_email", "frank@example.com"}}})},
       {"compare_timeout", false}},
      {},
      {}});
  on("GET /users?search=frank%40example.com", list(json::array({user(9005, "frank")})));
  on(fmt::format("GET /projects/15/pipelines?per_page=100&sha={}", kHead),
     list(json::array({pipeline(31, "success")})));
  on(fmt::format("GET /projects/15/pipelines?per_page=100&sha={}&source=parent_pipeline", kHead), list(json::array()));
  on("GET /projects/15/pipelines/31/jobs?per_page=100",
     list({{{"id", 378},
            {"name", "rspec"},
            {"stage", "test"},
            {"status", "success"},
            {"ref", "hotfix/x"},
            {"tag", false},
            {"allow_failure", false},
            {"created_at", "2026-11-14T21:27:50.000Z"},
            {"started_at", "2026-11-14T21:28:01.000Z"},
            {"finished_at", "2026-11-14T21:31:30.000Z"},
            {"web_url", "https://gitlab.example.com/acme/web/shop/-/jobs/378"}}}));
  on(fmt::format("GET /projects/15/repository/commits/{}/statuses?per_page=100", kHead),
     list({{{"id", 378},
            {"name", "rspec"},
            {"ref", "hotfix/x"},
            {"status", "success"},
            {"allow_failure", false},
            {"pipeline_id", 31}}}));
}

std::optional<Reply> FakeGitlab::judge(const Asked& request) {
  const auto token = request.headers.find("private-token");
  if (token != request.headers.end() && token->second == "glpat-good") return std::nullopt;
  return refusal(401, "401 Unauthorized");
}

Reply FakeGitlab::missing() const { return refusal(404, "404 Not Found"); }

}  // namespace hotfixd::gitlab::test
