// The steps of a replay out of a Slack export.
#pragma once

#include <ostream>

#include "bot/cli/config.hpp"
#include "bot/cli/replay.hpp"
#include "bot/cli/replay_script.hpp"

namespace hotfixd::cli {

// Delivery id of --declare. A team that reviews afterwards declared nothing then: the record says that the export did.
inline constexpr std::string_view kExportDeclares = "export:declare";

// What was left out is written to `warnings`. The error is a sentence with what to do.
std::expected<std::vector<ReplayStep>, std::string> export_steps(const ReplayOptions& options, const Config& config,
                                                                 std::ostream& warnings);

}  // namespace hotfixd::cli
