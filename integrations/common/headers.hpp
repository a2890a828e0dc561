// Values of HTTP headers that more than one outside system sends.
#pragma once

#include "bot/domain/basics.hpp"

namespace hotfixd::common {

// Retry-After in whole seconds (RFC 9110, 10.2.3), held between one second and an hour; nothing for any other form.
std::optional<Seconds> retry_after(std::string_view header);

// "repo, read:org" → its names; spaces are left out.
std::vector<std::string> names_in(std::string_view header);

}  // namespace hotfixd::common
