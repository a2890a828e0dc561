#include "integrations/git/private_email.hpp"

#include "bot/domain/basics.hpp"
#include "integrations/git/transport_callbacks.hpp"

namespace hotfixd::git {

std::string login_of_private_email(std::string_view email, const std::string& origin) {
  constexpr std::string_view kPrivate = "@users.noreply.";
  constexpr std::size_t kLongestLogin = 255;  // GitLab's; GitHub's is 39
  const auto at = email.find('@');
  if (at == std::string_view::npos || !email.substr(at).starts_with(kPrivate)) return {};
  const auto host = split_url(origin).host;
  if (host.empty() || !same_word(email.substr(at + kPrivate.size()), host)) return {};
  auto login = email.substr(0, at);
  if (const auto end = login.find_first_not_of("0123456789");
      end != 0 && end != std::string_view::npos &&
      ((login[end] == '+' && !same_word(host, "gitlab.com")) || (login[end] == '-' && !same_word(host, "github.com"))))
    login.remove_prefix(end + 1);
  const bool sound = login.size() <= kLongestLogin && login.find_first_not_of(
                                                          "abcdefghijklmnopqrstuvwxyz"
                                                          "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                                          "0123456789-_.") == std::string_view::npos;
  return sound ? std::string(login) : std::string{};
}

}  // namespace hotfixd::git
