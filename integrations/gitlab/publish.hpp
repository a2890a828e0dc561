// What the bot leaves at GitLab when a hotfix is done: a release of its tag, issues for its action items.
#pragma once

#include "bot/domain/basics.hpp"
#include "integrations/gitlab/api.hpp"

namespace hotfixd::gitlab {

// A release of a tag that is there; one of that tag, whoever made it, stays as it is. `project`: "/projects/15";
// `notes` is Markdown. GitLab makes a tag that is not there, where it is told what to put it on: it is not told, and a
// missing tag is a Problem that may be gone later.
Result<void> publish_release(Api& api, const std::string& project, const std::string& tag, const std::string& title,
                             const std::string& notes);

struct IssueText {
  std::string marker;       // "hotfixd HF-3/A1": stands in the text, unseen, and tells the issue again
  std::string title, body;  // Markdown
};
struct Issue {
  std::uint64_t number = 0;  // in its project
  std::string url;
};
// Its own earlier success: an issue since then whose text holds the marker. More issues since then than are read are a
// Problem: it could be among them.
Result<Issue> file_issue(Api& api, const std::string& project, const IssueText& text, Time since);

}  // namespace hotfixd::gitlab
