#include "integrations/gitlab/answers.hpp"

#include <fmt/format.h>

#include "integrations/common/fields.hpp"

namespace hotfixd::gitlab {

using common::Fields;
using nlohmann::json;

std::unexpected<Problem> malformed(std::string_view what) {
  return std::unexpected(Problem{Problem::Kind::unreachable,
                                 fmt::format("GitLab's answer is not as described: {}", what),
                                 "check gitlab.api_url, and whether a proxy stands between",
                                 {}});
}

std::string text_at(const json& root, std::string_view path) {
  constexpr std::size_t kShown = 200;
  return Fields(root).text_if_any(path, kShown);
}

}  // namespace hotfixd::gitlab
