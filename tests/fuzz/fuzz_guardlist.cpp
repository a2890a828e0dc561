#include <algorithm>
#include <cstdint>

#include "bot/cli/guard_list.hpp"
#include "tests/fuzz/require.hpp"

// The list that `hotfixd guard` is given: read, or refused with the key. What is read can be looked up in git.

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using hotfixd::require;
  const auto list = hotfixd::cli::read_shipped_list({reinterpret_cast<const char*>(data), size});
  if (!list) {
    require(list.error().kind == hotfixd::Problem::Kind::invalid && !list.error().what.empty(), "a reason is given");
    return 0;
  }
  for (const auto& hotfix : list->hotfixes) {
    require(list->repositories.contains(hotfix.repository), "the repository is known");
    require(!hotfix.incident.empty() && !hotfix.tag.empty() && !hotfix.base_tag.empty(), "what is shown is there");
    require(hotfix.tag_sha.size() == 40 && hotfix.base_sha.size() == 40, "ids are full");
    require(hotfix.head.empty() || hotfix.head.size() == 40, "the head is a full id");
    for (const auto& line : hotfix.lines) require(!line.name.empty(), "a line has a name");
  }
  return 0;
}
