#pragma once

#include <string>

#include "bot/domain/incident.hpp"

// What must be the same after a run with crashes and one without: everything but times and made-up ids.

namespace hotfixd::faults {

std::string final_state(const Incident& incident);

}  // namespace hotfixd::faults
