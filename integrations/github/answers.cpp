#include "integrations/github/answers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "integrations/common/fields.hpp"

namespace hotfixd::github {

using common::Fields;
using nlohmann::json;

std::unexpected<Problem> malformed(std::string_view what) {
  return std::unexpected(Problem{Problem::Kind::unreachable,
                                 fmt::format("GitHub's answer is not as described: {}", what),
                                 "check github.api_url, and whether a proxy stands between",
                                 {}});
}

std::string text_at(const json& root, std::string_view path) {
  constexpr std::size_t kShown = 200;
  return Fields(root).text_if_any(path, kShown);
}

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
