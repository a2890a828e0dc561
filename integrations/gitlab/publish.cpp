#include "integrations/gitlab/publish.hpp"

#include <fmt/format.h>

#include "bot/domain/zone.hpp"
#include "integrations/common/fields.hpp"
#include "integrations/common/form.hpp"
#include "integrations/common/utf8.hpp"
#include "integrations/gitlab/answers.hpp"

// docs.gitlab.com/api/releases, docs.gitlab.com/api/issues.

namespace hotfixd::gitlab {
namespace {

using common::Fields;
using nlohmann::json;

constexpr std::size_t kTextLimit = 60'000;  // GitLab takes 1,048,576 characters

Result<Issue> read_issue(const json& body) {
  Fields in(body);
  Issue issue{in.number("iid"), in.text_if_any("web_url")};
  if (const auto& wrong = in.problem()) return malformed(wrong->what);
  return issue;
}

}  // namespace

Result<void> publish_release(Api& api, const std::string& project, const std::string& tag, const std::string& title,
                             const std::string& notes) {
  const auto known = api.get(fmt::format("{}/releases/{}", project, common::percent_encoded(tag)));
  if (known) return {};
  if (known.error().kind != Problem::Kind::not_found) return std::unexpected(known.error());
  const auto made =
      api.post(project + "/releases",
               {{"tag_name", tag}, {"name", title}, {"description", std::string(common::cut_utf8(notes, kTextLimit))}});
  if (made || made.error().kind == Problem::Kind::exists_elsewhere) return {};
  // It would make the tag itself, and was not told of which commit (app/services/releases/create_service.rb).
  if (made.error().status == 422 && made.error().message.contains("Ref is not specified"))
    return std::unexpected(Problem{Problem::Kind::unreachable,
                                   fmt::format("the tag {} is not on GitLab yet", tag),
                                   "push the tag; it is tried again",
                                   {}});
  return std::unexpected(made.error());
}

Result<Issue> file_issue(Api& api, const std::string& project, const IssueText& text, Time since) {
  const auto marker = fmt::format("<!-- {} -->", text.marker);
  const auto known =
      api.list(fmt::format("{}/issues?state=all&scope=all&order_by=created_at&sort=asc&per_page=100&created_after={}",
                           project, common::percent_encoded(format_rfc3339(since))));
  if (!known) return std::unexpected(known.error());
  for (const auto& issue : known->items)
    if (const auto it = issue.find("description"); it != issue.end() && it->is_string())
      if (it->get_ref<const std::string&>().contains(marker)) return read_issue(issue);
  if (!known->whole)
    return std::unexpected(Problem{Problem::Kind::refused,
                                   "GitLab has more new issues than are read",
                                   "file it by hand, it cannot be told whether it is there",
                                   {}});
  const auto made = api.post(
      project + "/issues", {{"title", text.title},
                            {"description", fmt::format("{}\n\n{}", common::cut_utf8(text.body, kTextLimit), marker)}});
  if (!made) return std::unexpected(made.error());
  return read_issue(made->body);
}

}  // namespace hotfixd::gitlab
