// Which of a forge's deployments a look tells of.
#pragma once

#include "bot/domain/decision.hpp"

namespace hotfixd::common {

// The commits whose deployment says something of the hotfix: its tag's, that which it was cut from (deployed again, it
// is a rollback), and those that its pull requests landed as. Each may stand twice.
std::vector<std::string> commits_of_interest(const effect::Observe& about, const ForgeView& view);

}  // namespace hotfixd::common
