// Addresses that a forge writes into commits of those who keep theirs private: they name the account.
#pragma once

#include <string>
#include <string_view>

namespace hotfixd::git {

// "dave" of "1234+dave@users.noreply.github.com", "dave@users.noreply.github.com" and
// "1234-dave@users.noreply.gitlab.com", when `origin`, a repository's url, is at that forge: another one's dave is
// somebody else. Empty for any other address. Source: docs.github.com, "Setting your commit email address";
// docs.gitlab.com/user/profile, "Use an automatically generated private commit email".
std::string login_of_private_email(std::string_view email, const std::string& origin);

}  // namespace hotfixd::git
