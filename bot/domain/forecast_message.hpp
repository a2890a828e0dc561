// What people are told of conflicts to come.
#pragma once

#include "bot/domain/incident.hpp"
#include "bot/domain/message.hpp"

namespace hotfixd {

// The one message about it: what will conflict, where, with whose changes, or that nothing does any more. The hotfix
// has a forecast.
Message forecast_message(const Incident& incident, const Hotfix& hotfix);
// The same with every file and pull request, for those who asked.
std::vector<Line> forecast_details(const Incident& incident, const Hotfix& hotfix);
// How far the lines went on since that tag; empty when none did.
Line distance_line(const std::string& tag, const std::vector<LineDistance>& lines);

}  // namespace hotfixd
