// What an incident's own channel has besides messages: people, a topic, bookmarks.
#pragma once

#include "bot/domain/decision.hpp"
#include "bot/domain/policy.hpp"
#include "integrations/slack/groups.hpp"

namespace hotfixd::slack {

using Report = std::function<void(const Problem&)>;

// Blocks. `channel`: Slack's id, of `team`. What is there already stays. An error is one that may pass: everything is
// tried again then. What will not pass (an unknown person, a missing scope) is reported, and the rest is done.
Result<void> furnish(WebApi& api, Groups& groups, const Policy& policy, const std::string& team,
                     const std::string& channel, const effect::FurnishChannel& wanted, const Report& report);

// conversations.setTopic, cut to what fits.
Result<void> set_topic(WebApi& api, const std::string& channel, std::string_view topic, const Report& report);

}  // namespace hotfixd::slack
