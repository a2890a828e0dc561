// User names of GitLab that tell more than a name.
#pragma once

#include <string>
#include <string_view>

namespace hotfixd::gitlab {

// The user behind a project's or a group's access token: "project_15_bot_4ffca233d8298ea1". Nobody's second pair of
// eyes. Source: docs.gitlab.com/user/project/settings/project_access_tokens, "Bot users for projects".
bool is_bot(std::string_view username);

// "bob-k" of "9001-bob-k@users.noreply.gitlab.com", the address that GitLab writes into commits of those who keep
// theirs private; empty for any other. Source: docs.gitlab.com/user/profile, "Use an automatically generated private
// commit email".
std::string login_of_private_email(std::string_view email);

}  // namespace hotfixd::gitlab
