#include "integrations/github/answers.hpp"

#include <algorithm>
#include <functional>

#include "integrations/common/fields.hpp"

namespace hotfixd::github {

using common::Fields;
using nlohmann::json;

std::unexpected<Problem> malformed(std::string_view what) {
  return common::malformed_answer("GitHub", "github.api_url", what);
}

std::string text_at(const json& root, std::string_view path) { return common::short_text(root, path); }

std::uint64_t number_at(const json& root, std::string_view path) { return Fields(root).number_if_any(path); }

std::vector<json> by_id(const json& list) {
  std::vector<json> all;
  if (list.is_array())
    for (const auto& one : list)
      if (one.is_object()) all.push_back(one);
  std::ranges::stable_sort(all, std::greater{}, [](const json& one) { return number_at(one, "id"); });
  return all;
}

}  // namespace hotfixd::github
