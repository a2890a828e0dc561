// User names of GitLab that tell more than a name.
#pragma once

#include <string>
#include <string_view>

namespace hotfixd::gitlab {

// The user behind a project's or a group's access token, "project_15_bot_4ffca233d8298ea1", or a service account under
// the name that GitLab gives it, "service_account_group_9_4ffca233". Nobody's second pair of eyes. A service account
// that was given another name is not told from a person. Source:
// docs.gitlab.com/user/project/settings/project_access_tokens, "Bot users for projects";
// docs.gitlab.com/api/service_accounts.
bool is_bot(std::string_view username);

// "bob-k" of "9001-bob-k@users.noreply.gitlab.com", the address that the GitLab at `host` ("gitlab.com") writes into
// commits of those who keep theirs private; empty for any other: another GitLab's bob-k is somebody else. Source:
// docs.gitlab.com/user/profile, "Use an automatically generated private commit email".
std::string login_of_private_email(std::string_view email, std::string_view host);

}  // namespace hotfixd::gitlab
