// The hotfixes that shipped, from the record: out of what `hotfixd export --json` printed, or of an incident. Pure.
#pragma once

#include <set>
#include <string_view>

#include "bot/domain/incident.hpp"
#include "integrations/git/release_guard.hpp"

namespace hotfixd::cli {

constexpr std::size_t kMostListBytes = std::size_t{64} * 1024 * 1024;

struct ShippedList {
  std::set<std::string> repositories;        // of all hotfixes, shipped or not
  std::vector<git::ShippedHotfix> hotfixes;  // those with a tag, of incidents that were no drill

  void add(const Incident& incident);
  bool operator==(const ShippedList&) const = default;
};

// Problem::invalid names the key that is not as export writes it.
Result<ShippedList> read_shipped_list(std::string_view json);

}  // namespace hotfixd::cli
