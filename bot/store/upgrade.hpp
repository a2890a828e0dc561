#pragma once

#include <nlohmann/json.hpp>
#include <span>

#include "bot/domain/basics.hpp"

// Old event bodies are lifted to the present form one version at a time before they are read.

namespace hotfixd::store {

// Turns a body of `type` at version `from` into one of version from + 1. Returns false when the body
// is not what that version wrote.
struct UpgradeStep {
  std::string_view type;
  int from;
  bool (*lift)(nlohmann::json& body);
};

// The steps this build knows.
std::span<const UpgradeStep> upgrade_steps();

// `body` of `type` from `version` to `current`. corrupt: a newer version than `current`, one below 1,
// a missing step, or a step that refused; each says the type and the versions.
Result<nlohmann::json> upgrade(std::string_view type, int version, int current, nlohmann::json body,
                               std::span<const UpgradeStep> steps = upgrade_steps());

}  // namespace hotfixd::store
