#include "integrations/gitlab/answers.hpp"

#include "integrations/common/fields.hpp"

namespace hotfixd::gitlab {

using nlohmann::json;

std::unexpected<Problem> malformed(std::string_view what) {
  return common::malformed_answer("GitLab", "gitlab.api_url", what);
}

std::string text_at(const json& root, std::string_view path) { return common::short_text(root, path); }

}  // namespace hotfixd::gitlab
