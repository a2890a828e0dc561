// The header Link, by which forges say where the next page is.
#pragma once

#include <string>
#include <string_view>

namespace hotfixd::common {

// The address with this relation (RFC 8288): as written, may be relative; empty when there is none. What is malformed
// ends the reading, what stood before it counts.
std::string link_to(std::string_view header, std::string_view relation);

}  // namespace hotfixd::common
