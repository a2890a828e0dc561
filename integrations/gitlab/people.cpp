#include "integrations/gitlab/people.hpp"

#include "bot/domain/basics.hpp"

namespace hotfixd::gitlab {
namespace {

// What follows the digits that `text` begins with; nothing without any.
std::string_view behind_number(std::string_view text) {
  const auto end = text.find_first_not_of("0123456789");
  return end == 0 || end == std::string_view::npos ? std::string_view{} : text.substr(end);
}

}  // namespace

bool is_bot(std::string_view username) {
  if (username.starts_with("service_account_")) return true;
  for (const std::string_view owner : {"project_", "group_"})
    if (username.starts_with(owner)) return behind_number(username.substr(owner.size())).starts_with("_bot");
  return false;
}

std::string login_of_private_email(std::string_view email, std::string_view host) {
  const auto at = email.find('@');
  constexpr std::string_view kPrivate = "@users.noreply.";
  if (host.empty() || at == std::string_view::npos || !email.substr(at).starts_with(kPrivate)) return {};
  if (!same_word(email.substr(at + kPrivate.size()), host)) return {};
  const auto name = behind_number(email.substr(0, at));
  return name.size() > 1 && name.starts_with('-') ? std::string(name.substr(1)) : std::string{};
}

}  // namespace hotfixd::gitlab
